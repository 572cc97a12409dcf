//! This crate's evaluator beside two others, on the policy set of `benches/evaluate`. Run by hand: `make bench`, which
//! first installs the other engines.
//!
//! They take turns on one core, so that a busy machine is busy for all of them, and what counts is the CPU time of the
//! process that decides. The requests are made beforehand, for each in its own form. Fails where a decision is not the
//! expected one: a ratio to an engine that decides something else would say nothing.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "the data is our own, and a test reads it first")]
#![expect(clippy::print_stdout, reason = "the table is all that it makes")]

#[path = "../evaluate/policy_set.rs"]
mod policy_set;
mod iam_rs;
mod iam_simulate;

use std::cell::RefCell;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::thread::available_parallelism;
use std::time::Duration;

use cpu_time::ProcessTime;
use deniedby::evaluate::evaluate;
use policy_set::{Texts, requests};

/// How many turns of each engine count, after those that warm it up.
const TURNS: usize = 11;
const WARM_UP: usize = 3;

/// A turn is as many passes over the requests as take this long, and one at least.
const TURN: Duration = Duration::from_millis(500);

/// What an engine did in a turn.
struct Turn {
    /// CPU time of all passes.
    cpu: Duration,
    /// The decisions of the last pass.
    decisions: Vec<String>,
}

/// An engine, used in one way.
struct Row<'a> {
    engine: String,
    /// Decides all requests so many times over.
    decide: Box<dyn FnMut(u32) -> Turn + 'a>,
    passes: u32,
    /// Of each turn, the microseconds for a decision.
    micros: Vec<f64>,
    /// The expected decisions, in the turn that had the fewest.
    agreed: usize,
}

fn main() -> ExitCode {
    let core = if pin() { "on one core" } else { "not pinned to a core, for want of `taskset`" };
    let texts = Texts::new();
    let (requests, expected): (Vec<_>, Vec<_>) = requests().into_iter().unzip();
    let set = texts.compile();
    let world = set.world();
    let (other_set, other_requests) = (iam_rs::compile(&texts), iam_rs::requests());
    let node = RefCell::new(iam_simulate::Process::start());
    let ask_node = |way| {
        let node = &node;
        move |passes| node.borrow_mut().turn(way, passes)
    };
    let (iam_rs, iam_simulate) = (iam_rs::name(), iam_simulate::name());

    let mut kept = [
        Row::new("deniedby", |passes| timed(&requests, passes, |one| evaluate(one, &world).possible.name())),
        Row::new(&iam_rs, |passes| timed(&other_requests, passes, |one| iam_rs::decide(&other_set, one))),
        Row::new(&iam_simulate, ask_node("kept")),
        Row::new(&format!("{iam_simulate}, unchecked"), ask_node("unchecked")),
    ];
    let mut new = [
        Row::new("deniedby", |passes| {
            timed(&requests, passes, |one| evaluate(one, &texts.compile().world()).possible.name())
        }),
        Row::new(&iam_rs, |passes| timed(&other_requests, passes, |one| iam_rs::decide(&iam_rs::compile(&texts), one))),
        Row::new(&iam_simulate, ask_node("new")),
    ];
    for turn in 0..WARM_UP + TURNS {
        for row in kept.iter_mut().chain(&mut new) {
            row.turn(&expected, turn >= WARM_UP);
        }
    }

    println!("CPU time {core}, medians of {TURNS} turns of each engine");
    print("policies parsed once", &kept, expected.len());
    print("policies new each time", &new, expected.len());
    let agreed = kept.iter().chain(&new).all(|row| row.agreed == expected.len());
    drop((kept, new));
    node.into_inner().stop();
    if agreed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

impl<'a> Row<'a> {
    fn new(engine: &str, decide: impl FnMut(u32) -> Turn + 'a) -> Self {
        Self { engine: engine.to_owned(), decide: Box::new(decide), passes: 1, micros: Vec::new(), agreed: usize::MAX }
    }

    fn turn(&mut self, expected: &[String], counts: bool) {
        let turn = (self.decide)(self.passes);
        assert_eq!(turn.decisions.len(), expected.len(), "{} left requests out", self.engine);
        let agreed = turn.decisions.iter().zip(expected).filter(|(found, expected)| found == expected).count();
        self.agreed = self.agreed.min(agreed);
        if counts {
            let decisions = f64::from(self.passes) * f64::from(u32::try_from(expected.len()).unwrap());
            self.micros.push(turn.cpu.as_secs_f64() * 1e6 / decisions);
        } else {
            let pass = turn.cpu.as_nanos() / u128::from(self.passes);
            self.passes = u32::try_from(TURN.as_nanos() / pass.max(1)).unwrap().max(1);
        }
    }

    fn median(&self) -> f64 {
        let mut micros = self.micros.clone();
        micros.sort_by(f64::total_cmp);
        *micros.get(micros.len() / 2).unwrap()
    }
}

/// A turn of an engine that runs in this process.
fn timed<R>(requests: &[R], passes: u32, mut decide: impl FnMut(&R) -> &'static str) -> Turn {
    let mut decisions = Vec::with_capacity(requests.len());
    let before = ProcessTime::now();
    for _ in 0..passes {
        decisions.clear();
        decisions.extend(requests.iter().map(|request| decide(black_box(request))));
        black_box(&decisions);
    }
    let cpu = before.elapsed();
    Turn { cpu, decisions: decisions.into_iter().map(str::to_owned).collect() }
}

/// The first row is ours.
fn print(policies: &str, rows: &[Row<'_>], requests: usize) {
    println!("\n{policies:36} {:>12} {:>9} {:>10}", "us/decision", "ratio", "agreement");
    let ours = rows.first().unwrap().median();
    for row in rows {
        let (micros, agreed) = (row.median(), format!("{}/{requests}", row.agreed));
        println!("  {:34} {micros:>12.2} {:>9.1} {agreed:>10}", row.engine, micros / ours);
    }
}

/// Keeps this process, and those that it starts from now on, on the last core that it may use. Says whether it is on
/// one core now.
fn pin() -> bool {
    let process = std::process::id().to_string();
    let taskset = |arguments: &[&str]| Command::new("taskset").arg("-cp").args(arguments).arg(&process).output();
    if let Ok(cores) = taskset(&[]) {
        // pid 4711's current affinity list: 0-3,6
        let cores = String::from_utf8(cores.stdout).unwrap();
        let last = cores.trim_end().rsplit([' ', ',', '-']).next().unwrap();
        taskset(&[last]).unwrap();
    }
    available_parallelism().is_ok_and(|cores| cores.get() == 1)
}
