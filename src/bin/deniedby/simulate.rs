//! `deniedby simulate`

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use clap::Args;
use deniedby::simulate::Simulator;

use crate::Failure;
use crate::input::{place, words};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Requests with their policies, a line of JSON each; `-` is standard input. A line that cannot be read is answered
    /// with its error, and is no failure of the command
    #[arg(default_value = "-")]
    file: PathBuf,
}

/// How many lines one thread takes at once, at most: as many as have been read already.
const LINES_PER_UNIT: usize = 32;

/// How many units may be under way, from being read to being written. Bounds the memory.
const WINDOW: usize = 64;

/// Lines, or their answers, and their place in the input.
type Unit = (usize, Vec<String>);

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let input: Box<dyn Read + Send> = if arguments.file == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(&arguments.file).map_err(|error| unread(&arguments.file, &error))?)
    };
    let (lines, work) = sync_channel(WINDOW);
    let (answers, done) = sync_channel(WINDOW);
    let (taken, given_back) = sync_channel(WINDOW);
    let (simulator, work) = (Simulator::default(), Mutex::new(work));
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            let read = read(BufReader::with_capacity(1 << 18, input), &lines, &taken);
            read.map_err(|error| unread(&arguments.file, &error))
        });
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            let (simulator, work, answers) = (&simulator, &work, answers.clone());
            scope.spawn(move || answer(simulator, work, &answers));
        }
        drop(answers);
        let written = write(&done, given_back);
        // A writer that stopped early has closed its ends, which stops the others.
        drop(done);
        let read = reader.join().unwrap_or_else(|_| Err(Failure("the input could not be read to its end".to_owned())));
        written.and(read)
    })
}

fn unread(path: &Path, error: &io::Error) -> Failure {
    Failure(format!("cannot read {}: {}", place(path), words(error)))
}

/// Hands out lines as they come, in units of what is there: a slow input is answered line by line.
fn read(mut input: impl BufReadMore, lines: &SyncSender<Unit>, taken: &SyncSender<()>) -> io::Result<()> {
    for place in 0.. {
        let mut unit = Vec::new();
        while unit.len() < LINES_PER_UNIT && (unit.is_empty() || input.has_line()) {
            let mut line = Vec::new();
            if input.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            let text = String::from_utf8_lossy(&line);
            if !text.trim().is_empty() {
                unit.push(text.trim().to_owned());
            }
        }
        // The others are gone if nobody reads the answers any more.
        if unit.is_empty() || taken.send(()).is_err() || lines.send((place, unit)).is_err() {
            break;
        }
    }
    Ok(())
}

/// A reader that tells whether a whole line is there already.
trait BufReadMore: BufRead {
    fn has_line(&self) -> bool;
}

impl<R: Read> BufReadMore for BufReader<R> {
    fn has_line(&self) -> bool {
        self.buffer().contains(&b'\n')
    }
}

/// One worker: answers units until there are no more.
fn answer(simulator: &Simulator, work: &Mutex<Receiver<Unit>>, answers: &SyncSender<Unit>) {
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((place, lines)) = next else { break };
        let answered = lines.iter().map(|line| simulator.answer(line)).collect();
        if answers.send((place, answered)).is_err() {
            break;
        }
    }
}

/// Writes answers in the order of the input.
fn write(done: &Receiver<Unit>, given_back: Receiver<()>) -> Result<(), Failure> {
    let mut output = BufWriter::new(io::stdout().lock());
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    while let Ok((place, answers)) = done.recv() {
        waiting.insert(place, answers);
        while let Some(answers) = waiting.remove(&next) {
            next += 1;
            let written =
                answers.iter().try_for_each(|answer| writeln!(output, "{answer}")).and_then(|()| output.flush());
            output::written(written)?;
            let _ticket = given_back.recv();
        }
    }
    drop(given_back);
    Ok(())
}
