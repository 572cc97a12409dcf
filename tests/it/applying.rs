//! Making changes: whatever fails at whatever step, what is there in the end is exactly what was there before or exactly
//! what was meant, and the record says which.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock};

use deniedby::apply::{Applied, apply, record_of, undo};
use deniedby::case::Case;
use deniedby::checks;
use deniedby::diagnosis::Diagnosis;
use deniedby::evidence::{Acl, Grantee};
use deniedby::permissions::writes::WRITES;
use deniedby::ports::{Ledger, LedgerError, Writer};
use deniedby::remedy::{Edit, Image, KINDS, Place, Record, Remedy, State, Stored, plan};

use crate::world::scenarios;

/// What goes wrong at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The call fails, and has no effect.
    Fails,
    /// The call takes effect, and its answer is lost.
    AnswerLost,
    /// The process ends before the call.
    Killed,
    /// The process ends right after the call took effect.
    KilledAfter,
}

pub(crate) const FAULTS: [Fault; 4] = [Fault::Fails, Fault::AnswerLost, Fault::Killed, Fault::KilledAfter];

/// One resource and the ledger, with a fault at the nth call.
#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) there: Mutex<Option<Image>>,
    pub(crate) records: Mutex<BTreeMap<String, Record>>,
    pub(crate) held: Mutex<BTreeMap<String, String>>,
    pub(crate) calls: Mutex<usize>,
    pub(crate) writes: Mutex<usize>,
    pub(crate) fault: Mutex<Option<(usize, Fault)>>,
    dead: Mutex<bool>,
}

impl Outside {
    pub(crate) fn with(image: &Image) -> Self {
        let outside = Self::default();
        *outside.there.lock().unwrap() = Some(image.clone());
        outside
    }

    pub(crate) fn image(&self) -> Image {
        self.there.lock().unwrap().clone().unwrap()
    }

    /// Another process goes on.
    pub(crate) fn revive(&self) {
        *self.dead.lock().unwrap() = false;
        *self.fault.lock().unwrap() = None;
    }

    /// One call: does `effect` or not, and answers or not.
    fn call<T>(&self, effect: impl FnOnce() -> T) -> Option<T> {
        if *self.dead.lock().unwrap() {
            return None;
        }
        let mut calls = self.calls.lock().unwrap();
        *calls += 1;
        let fault = self.fault.lock().unwrap().filter(|(at, _)| *at == *calls).map(|row| row.1);
        if matches!(fault, Some(Fault::Killed | Fault::KilledAfter)) {
            *self.dead.lock().unwrap() = true;
        }
        match fault {
            None => Some(effect()),
            Some(Fault::Fails | Fault::Killed) => None,
            Some(Fault::AnswerLost | Fault::KilledAfter) => {
                effect();
                None
            }
        }
    }

    fn failed() -> LedgerError {
        LedgerError("no answer".to_owned())
    }
}

impl Writer for &Outside {
    async fn complete(&self, edit: Edit) -> Result<Edit, String> {
        (**self).complete(edit).await
    }

    async fn read(&self, place: &Place) -> Result<Image, String> {
        (**self).read(place).await
    }

    async fn write(&self, edit: &Edit) -> Result<(), String> {
        (**self).write(edit).await
    }
}

impl Ledger for &Outside {
    async fn begin(&self, record: &Record) -> Result<Option<Record>, LedgerError> {
        (**self).begin(record).await
    }

    async fn end(&self, record: &Record) -> Result<(), LedgerError> {
        (**self).end(record).await
    }

    async fn put(&self, record: &Record) -> Result<(), LedgerError> {
        (**self).put(record).await
    }

    async fn swap(&self, record: &Record, from: Option<State>) -> Result<bool, LedgerError> {
        (**self).swap(record, from).await
    }

    async fn get(&self, id: &str) -> Result<Option<Record>, LedgerError> {
        (**self).get(id).await
    }
}

impl Writer for Outside {
    async fn read(&self, _: &Place) -> Result<Image, String> {
        self.call(|| self.image()).ok_or_else(|| "no answer".to_owned())
    }

    async fn complete(&self, edit: Edit) -> Result<Edit, String> {
        let completed = match (&edit.before, &edit.after) {
            (Image::Owner(before), Image::Owner(after)) => {
                let object = |owner: &str| Image::Object(Box::new(stored(owner)));
                Edit { before: object(before), after: object(after), ..edit.clone() }
            }
            _ => edit,
        };
        self.call(|| completed).ok_or_else(|| "no answer".to_owned())
    }

    async fn write(&self, edit: &Edit) -> Result<(), String> {
        let write = || {
            *self.writes.lock().unwrap() += 1;
            *self.there.lock().unwrap() = Some(edit.after.clone());
        };
        self.call(write).ok_or_else(|| "no answer".to_owned())
    }
}

impl Ledger for Outside {
    async fn begin(&self, record: &Record) -> Result<Option<Record>, LedgerError> {
        let begin = || {
            let mut records = self.records.lock().unwrap();
            if let Some(known) = records.get(&record.id).filter(|known| known.state == State::Intended) {
                return Some(known.clone());
            }
            let mut held = self.held.lock().unwrap();
            held.retain(|_, holder| records.get(holder).is_some_and(|known| known.state == State::Intended));
            if let Some(other) = held.get(&record.edit.place.name()) {
                return records.get(other).cloned();
            }
            held.insert(record.edit.place.name(), record.id.clone());
            records.insert(record.id.clone(), record.clone());
            None
        };
        self.call(begin).ok_or_else(Self::failed)
    }

    async fn end(&self, record: &Record) -> Result<(), LedgerError> {
        let end = || {
            self.held.lock().unwrap().retain(|_, holder| *holder != record.id);
            self.records.lock().unwrap().insert(record.id.clone(), record.clone());
        };
        self.call(end).ok_or_else(Self::failed)
    }

    async fn put(&self, record: &Record) -> Result<(), LedgerError> {
        let put = || {
            self.records.lock().unwrap().insert(record.id.clone(), record.clone());
        };
        self.call(put).ok_or_else(Self::failed)
    }

    async fn swap(&self, record: &Record, from: Option<State>) -> Result<bool, LedgerError> {
        let swap = || {
            let mut records = self.records.lock().unwrap();
            let fits = records.get(&record.id).map(|known| known.state) == from;
            if fits {
                records.insert(record.id.clone(), record.clone());
            }
            fits
        };
        self.call(swap).ok_or_else(Self::failed)
    }

    async fn get(&self, id: &str) -> Result<Option<Record>, LedgerError> {
        self.call(|| self.records.lock().unwrap().get(id).cloned()).ok_or_else(Self::failed)
    }
}

/// An object with something in every field.
fn stored(owner: &str) -> Stored {
    let one = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
    Stored {
        owner: owner.to_owned(),
        etag: format!("\"of {owner}\""),
        version: Some("v1".to_owned()),
        size: 4,
        headers: one("content-type", "text/csv"),
        metadata: one("quarter", "q3"),
        tags: one("team", "finance"),
        storage_class: "STANDARD".to_owned(),
        encryption: Some("aws:kms".to_owned()),
        key: Some("arn:aws:kms:eu-west-1:111122223333:key/k".to_owned()),
        bucket_key: true,
        checksum: Some("CRC32".to_owned()),
    }
}

/// A scenario's case with other texts.
fn altered() -> Vec<Case> {
    let other = |name: &str, texts: &[(&str, &str)]| {
        let sample = scenarios().into_iter().find(|sample| sample.name == name).unwrap();
        let mut case = sample.case.to_json();
        for (text, by) in texts {
            assert!(case.contains(text), "{name} has no {text}");
            case = case.replace(text, by);
        }
        Case::parse(&case).unwrap()
    };
    let uploader = "c3".repeat(32);
    let grantee = format!("\"account\": \"{uploader}\"\n");
    vec![
        other(
            "event-bus-of-another-account",
            &[
                ("events.amazonaws.com", "dynamodb.amazonaws.com"),
                ("PutEvents", "GetItem"),
                ("events:GetItem", "dynamodb:GetItem"),
                ("arn:aws:events:", "arn:aws:dynamodb:"),
                (":event-bus/", ":table/"),
            ],
        ),
        // Somebody else than the object's owner has a grant.
        other("object-of-a-known-uploader", &[(&grantee, &grantee.replace("c3c3c3", "d4d4d4"))]),
    ]
}

/// The row of the table of what is written. Grants of others than the object's owner take more than the owner's own.
fn row(edit: &Edit) -> &'static str {
    let others = |acl: &Acl| acl.grants.iter().any(|grant| Some(&grant.grantee) != owner(acl).as_ref());
    if matches!(&edit.before, Image::Acl(acl) if others(acl)) { "object-grants" } else { edit.place.written().name }
}

fn owner(acl: &Acl) -> Option<Grantee> {
    acl.owner.clone().map(Grantee::Account)
}

/// Every remedy of the scenarios that this program can make.
fn remedies() -> &'static [(Remedy, Edit)] {
    static ALL: OnceLock<Vec<(Remedy, Edit)>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<(Remedy, Edit)> = Vec::new();
        for case in scenarios().into_iter().map(|sample| sample.case).chain(altered()) {
            let (denial, evidence) = (case.read_denial().unwrap(), case.evidence());
            let diagnosis = Diagnosis::new(&denial, &evidence);
            for remedy in plan(&diagnosis, &checks::run(&diagnosis)).into_iter().flatten() {
                // One of each kind on each kind of place is enough.
                if let Some(edit) = Edit::of(remedy.change())
                    && all.iter().all(|known| (known.0.kind(), row(&known.1)) != (remedy.kind(), row(&edit)))
                {
                    all.push((remedy, edit));
                }
            }
        }
        all
    })
}

/// The table of what can be written says for which kinds; and every kind of place is reached by a scenario.
#[test]
fn every_kind_of_place_is_reached_and_is_in_the_fix_role_of_its_kind() {
    let mut reached = BTreeSet::new();
    for (remedy, edit) in remedies() {
        let written = edit.place.written();
        assert!(written.kinds.contains(&remedy.kind()), "{} writes {}, and may not", remedy.kind(), written.name);
        reached.insert(row(edit));
    }
    // No remedy changes a group's policies.
    let wanted = WRITES.iter().filter(|row| !row.kinds.is_empty()).map(|row| row.name);
    let lacking: Vec<_> = wanted.filter(|name| !reached.contains(name)).collect();
    assert_eq!(lacking, Vec::<&str>::new());
    for row in WRITES {
        for kind in row.kinds {
            assert!(KINDS.iter().any(|known| known.name == *kind), "{kind} of {}", row.name);
        }
    }
}

#[tokio::test]
async fn a_fault_at_any_step_leaves_before_or_after_and_never_anything_else() {
    for (remedy, edit) in remedies() {
        let calls = {
            let outside = Outside::with(&edit.before);
            assert_eq!(apply(remedy, "event", None, &outside, &outside).await, Applied::Done);
            assert!(outside.image().is_same(&edit.after));
            *outside.calls.lock().unwrap()
        };
        for at in 1..=calls {
            for fault in FAULTS {
                let outside = Outside::with(&edit.before);
                *outside.fault.lock().unwrap() = Some((at, fault));
                apply(remedy, "event", None, &outside, &outside).await;
                let now = outside.image();
                assert!(now.is_same(&edit.before) || now.is_same(&edit.after), "{fault:?} at {at}: {now:?}");
                outside.revive();
                let applied = apply(remedy, "event", None, &outside, &outside).await;
                assert_eq!(applied, Applied::Done, "{fault:?} at call {at} of {}", remedy.kind());
                assert!(outside.image().is_same(&edit.after));
                let records = outside.records.lock().unwrap();
                assert!(records.values().all(|record| record.state == State::Done), "{fault:?} at {at}: {records:?}");
                assert!(outside.held.lock().unwrap().is_empty(), "{fault:?} at {at}: the place is still reserved");
            }
        }
    }
}

#[tokio::test]
async fn a_change_by_somebody_else_is_never_overwritten() {
    for (remedy, edit) in remedies() {
        let outside = Outside::with(&Image::Policy(deniedby::evidence::Document::new(r#"{"Statement":[]}"#)));
        let applied = apply(remedy, "event", None, &outside, &outside).await;
        assert!(matches!(applied, Applied::Untouched(_)), "{applied:?}");
        assert!(!outside.image().is_same(&edit.after));
    }
}

#[tokio::test]
async fn undoing_gives_back_what_was_there_unless_somebody_changed_it_since() {
    for (remedy, edit) in remedies() {
        let outside = Outside::with(&edit.before);
        assert_eq!(apply(remedy, "event", Some("ann"), &outside, &outside).await, Applied::Done);
        let id = outside.records.lock().unwrap().keys().next().unwrap().clone();
        assert_eq!(undo(&id, &outside, &outside).await, Applied::Done);
        assert!(outside.image().is_same(&edit.before));
        assert_eq!(outside.records.lock().unwrap()[&id].state, State::Undone);

        let outside = Outside::with(&edit.before);
        apply(remedy, "event", None, &outside, &outside).await;
        let theirs = Image::Policy(deniedby::evidence::Document::new(r#"{"Statement":[]}"#));
        *outside.there.lock().unwrap() = Some(theirs.clone());
        assert!(matches!(undo(&id, &outside, &outside).await, Applied::Untouched(_)));
        assert_eq!(outside.image(), theirs);
    }
}

#[tokio::test]
async fn what_was_undone_can_be_made_and_undone_again() {
    for (remedy, edit) in remedies() {
        let outside = Outside::with(&edit.before);
        for round in 1..=3 {
            assert_eq!(apply(remedy, "event", None, &outside, &outside).await, Applied::Done);
            assert!(outside.image().is_same(&edit.after), "round {round}: {} is not made", remedy.kind());
            let id = record_of(remedy, "event").unwrap();
            assert_eq!(undo(&id, &outside, &outside).await, Applied::Done);
            assert!(outside.image().is_same(&edit.before), "round {round}: {} is not undone", remedy.kind());
        }
        assert!(outside.held.lock().unwrap().is_empty(), "the place is still reserved");
    }
}

#[tokio::test]
async fn a_change_that_somebody_took_back_is_made_again() {
    for (remedy, edit) in remedies() {
        let outside = Outside::with(&edit.before);
        assert_eq!(apply(remedy, "event", None, &outside, &outside).await, Applied::Done);
        *outside.there.lock().unwrap() = Some(edit.before.clone());
        assert_eq!(apply(remedy, "event", None, &outside, &outside).await, Applied::Done);
        assert!(outside.image().is_same(&edit.after), "{} is only said to be made", remedy.kind());
    }
}

#[tokio::test]
async fn of_two_attempts_on_one_resource_one_waits() {
    let (remedy, edit) = &remedies()[0];
    let outside = Outside::with(&edit.before);
    // The first is killed right after it reserved the place.
    *outside.fault.lock().unwrap() = Some((1, Fault::KilledAfter));
    apply(remedy, "first", None, &outside, &outside).await;
    outside.revive();
    assert_eq!(apply(remedy, "second", None, &outside, &outside).await, Applied::Busy);
    assert!(outside.image().is_same(&edit.before));
}
