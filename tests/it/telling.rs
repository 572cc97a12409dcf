//! What people hear once, and what they hear again: the pipeline with a memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use deniedby::evidence::{Answer, Evidence, Fact, Question};
use deniedby::notice::{Known, LOOK_AGAIN, Notice, Step, Turn};
use deniedby::pipeline::{Handled, Hub, handle};
use deniedby::ports::{Memory, Notifier, NotifyError};
use deniedby::report::Report;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use crate::world::{Recorder, Refusal, samples};

const QUIET: u64 = 3_600;

/// The table, and a clock that stands until it is set.
#[derive(Default)]
struct Table {
    now: Mutex<u64>,
    told: Mutex<BTreeMap<String, BTreeSet<&'static str>>>,
    counted: Mutex<BTreeSet<String>>,
    kinds: Mutex<BTreeMap<String, Known>>,
    /// Nothing is known, and nothing is kept.
    broken: bool,
}

impl Table {
    fn turn_of(&self, notice: &Notice) -> Turn {
        if self.broken {
            return Turn::first();
        }
        if self.counted.lock().unwrap().contains(&notice.event) {
            return Turn::Counted;
        }
        let mut kinds = self.kinds.lock().unwrap();
        let known = kinds.get(&notice.kind);
        if let Some(told) = self.told.lock().unwrap().get(&notice.event) {
            let more = known.filter(|known| known.holder == notice.event).map_or(0, |known| known.before);
            return Turn::Tell { told: told.iter().map(|name| (*name).to_owned()).collect(), more };
        }
        match Known::step(known, &notice.event, *self.now.lock().unwrap(), QUIET) {
            Step::Go(turn) => turn,
            Step::Take(next, turn) => {
                kinds.insert(notice.kind.clone(), next);
                turn
            }
        }
    }
}

impl Memory for Table {
    fn turn<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Turn> {
        Box::pin(async { self.turn_of(notice) })
    }

    fn told<'a>(&'a self, notice: &'a Notice, sink: &'static str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if !self.broken {
                self.told.lock().unwrap().entry(notice.event.clone()).or_default().insert(sink);
            }
        })
    }

    fn quiet<'a>(&'a self, notice: &'a Notice, causes: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {
            let mut kinds = self.kinds.lock().unwrap();
            if let Some(known) = kinds.get_mut(&notice.kind).filter(|known| known.holder == notice.event) {
                *known = known.clone().told(causes, *self.now.lock().unwrap(), QUIET);
            }
        })
    }

    fn count<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, ()> {
        Box::pin(async {
            if let Some(known) = self.kinds.lock().unwrap().get_mut(&notice.kind) {
                known.more += 1;
            }
            self.counted.lock().unwrap().insert(notice.event.clone());
        })
    }
}

/// Who was told of which event, and how many more were said to have come.
type Heard = &'static Mutex<Vec<(&'static str, String, String)>>;

struct Sink {
    name: &'static str,
    broken: &'static Mutex<Option<Refusal>>,
    heard: Heard,
}

impl Notifier for Sink {
    fn name(&self) -> &'static str {
        self.name
    }

    fn notify<'a>(&'a self, report: &'a Report) -> BoxFuture<'a, Result<(), NotifyError>> {
        Box::pin(async {
            let (sink, reason) = (self.name, "it is broken".to_owned());
            match *self.broken.lock().unwrap() {
                Some(Refusal::Later) => return Err(NotifyError::Retryable { sink, reason }),
                Some(Refusal::Never) => return Err(NotifyError::Permanent { sink, reason }),
                None => {}
            }
            let more = report.notes.iter().find(|note| note.code == "repeats").map(|note| note.text.clone());
            self.heard.lock().unwrap().push((sink, report.event_id.clone(), more.unwrap_or_default()));
            Ok(())
        })
    }
}

struct World {
    table: Table,
    sinks: Vec<Box<dyn Notifier>>,
    slack: &'static Mutex<Option<Refusal>>,
    heard: Heard,
    event: Value,
    reader: Recorder,
}

impl World {
    fn new() -> Self {
        let sample = samples().into_iter().find(|sample| sample.name == "identity-no-allow").unwrap();
        let (slack, heard): (&Mutex<_>, Heard) = (Box::leak(Box::default()), Box::leak(Box::default()));
        let sns = Sink { name: "sns", broken: Box::leak(Box::default()), heard };
        Self {
            table: Table::default(),
            sinks: vec![Box::new(sns), Box::new(Sink { name: "slack", broken: slack, heard })],
            slack,
            heard,
            event: serde_json::from_str(&sample.event).unwrap(),
            reader: Recorder { evidence: sample.evidence(), ..Recorder::default() },
        }
    }

    fn event(&self, id: &str) -> Value {
        let mut event = self.event.clone();
        *event.pointer_mut("/detail/eventID").unwrap() = id.into();
        event
    }

    async fn handle(&self, input: &Value) -> Handled {
        let hub = Hub { sinks: &self.sinks, memory: Some(&self.table), ..Hub::default() };
        handle(input, hub, |_| &self.reader).await
    }

    async fn denied(&self, id: &str) -> Handled {
        self.handle(&self.event(id)).await
    }

    /// Who heard of which events since the last time.
    fn heard(&self) -> Vec<(&'static str, String)> {
        self.heard.lock().unwrap().drain(..).map(|(sink, id, _)| (sink, id)).collect()
    }

    fn at(&self, now: u64) {
        *self.table.now.lock().unwrap() = now;
    }

    fn asked(&self) -> usize {
        self.reader.asked.lock().unwrap().len()
    }
}

fn both(id: &str) -> Vec<(&'static str, String)> {
    vec![("sns", id.to_owned()), ("slack", id.to_owned())]
}

#[tokio::test]
async fn an_event_that_is_delivered_twice_is_told_once() {
    let world = World::new();
    world.denied("a").await.response().unwrap();
    assert_eq!(world.heard(), both("a"));
    let asked = world.asked();
    let again = world.denied("a").await.response().unwrap();
    assert_eq!((world.heard(), again.repeated), (vec![], vec!["a".to_owned()]));
    assert_eq!(world.asked(), asked, "nobody is asked either");
}

#[tokio::test]
async fn only_the_sink_that_failed_is_tried_again() {
    let world = World::new();
    *world.slack.lock().unwrap() = Some(Refusal::Later);
    for _ in 0..3 {
        assert!(world.denied("a").await.response().is_err());
    }
    assert_eq!(world.heard(), [("sns", "a".to_owned())]);
    *world.slack.lock().unwrap() = None;
    world.denied("a").await.response().unwrap();
    assert_eq!(world.heard(), [("slack", "a".to_owned())]);
}

#[tokio::test]
async fn of_many_equal_denials_one_is_told_and_the_next_message_counts_the_others() {
    let world = World::new();
    for id in 0..30 {
        world.denied(&format!("e{id}")).await.response().unwrap();
    }
    let asked = world.asked();
    assert_eq!(world.heard(), both("e0"));
    // What was counted is counted once.
    world.denied("e7").await.response().unwrap();
    world.at(QUIET);
    world.denied("f").await.response().unwrap();
    let heard = world.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 2);
    assert!(heard.iter().all(|row| row.1 == "f" && row.2.starts_with("29 more denials of this kind")), "{heard:?}");
    assert_eq!(world.asked(), 2 * asked, "for the two that were told, and no other");
}

#[tokio::test]
async fn another_cause_is_told_while_it_is_quiet() {
    let mut world = World::new();
    world.denied("a").await.response().unwrap();
    world.at(LOOK_AGAIN);
    world.denied("b").await.response().unwrap();
    assert_eq!(world.heard(), both("a"), "it is looked at, and has the same cause");
    world.reader.evidence = Evidence::default();
    world.denied("c").await.response().unwrap();
    assert_eq!(world.heard(), [], "not each is looked at");
    world.at(2 * LOOK_AGAIN);
    world.denied("d").await.response().unwrap();
    assert_eq!(world.heard(), both("d"));
    world.at(QUIET + LOOK_AGAIN);
    world.denied("e").await.response().unwrap();
    assert_eq!(world.heard(), [], "the quiet time began anew");
}

#[tokio::test]
async fn other_denials_are_not_kept_quiet() {
    let world = World::new();
    world.denied("a").await.response().unwrap();
    let mut other = world.event("b");
    other["detail"]["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"] =
        "arn:aws:iam::111122223333:role/x".into();
    world.handle(&other).await.response().unwrap();
    assert_eq!(world.heard(), [both("a"), both("b")].concat());
}

#[tokio::test]
async fn without_the_table_everything_is_told() {
    let mut world = World::new();
    world.table.broken = true;
    for id in ["a", "a", "b"] {
        world.denied(id).await.response().unwrap();
    }
    assert_eq!(world.heard(), [both("a"), both("a"), both("b")].concat());
}

/// A batch that is delivered again since one of its records cannot be read.
#[tokio::test]
async fn of_a_batch_that_comes_again_nothing_is_told_again() {
    let world = World::new();
    let mut broken = world.event("x");
    broken["detail"]["eventTime"] = json!(7);
    let batch = json!([world.event("a"), broken, world.event("b")]);
    for _ in 0..3 {
        assert!(world.handle(&batch).await.response().is_err());
    }
    assert_eq!(world.heard(), both("a"));
    let kinds = world.table.kinds.lock().unwrap();
    assert_eq!(kinds.values().map(|known| known.more).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn a_sink_that_will_never_take_it_is_not_tried_for_ever() {
    let world = World::new();
    *world.slack.lock().unwrap() = Some(Refusal::Never);
    let handled = world.denied("a").await;
    assert_eq!((handled.refused.len(), handled.failed.len()), (1, 0));
    world.denied("b").await.response().unwrap();
    assert_eq!(world.heard(), [("sns", "a".to_owned())]);
}

/// The evidence has a question of each sort, so that the test of another cause looks at something.
#[test]
fn the_evidence_of_the_tests_says_something() {
    let world = World::new();
    let known = |row: (&Question, &Fact<Answer>)| matches!(row.1, Fact::Known(_));
    assert!(world.reader.evidence.iter().any(known));
}
