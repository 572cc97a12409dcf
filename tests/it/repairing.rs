//! What the function changes by itself: only what the hub and the owners let it, once, and it says what came of it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use deniedby::case::Case;
use deniedby::event::Denial;
use deniedby::evidence::{Answer, Evidence, Fact, Question, Reading, Why};
use deniedby::ports::Reader;
use deniedby::remedy::consent::TAG;
use deniedby::remedy::{Class, Edit, Effect, Image, KINDS, Place, State};
use deniedby::repair::{Fixing, Hands, Planned, repair};
use deniedby::report::Report;
use serde_json::{Value, json};

use crate::applying::{FAULTS, Outside};
use crate::world::{Sample, samples};

/// A denial with a safe remedy.
struct Broken {
    name: String,
    denial: Denial,
    evidence: Evidence,
    edit: Edit,
    kind: &'static str,
    /// The remedy is for later requests.
    later: bool,
}

/// One for later requests, and one for the denied call itself.
static ALL: LazyLock<Vec<Broken>> = LazyLock::new(|| {
    let sample = samples().into_iter().find(|sample| sample.name == "object-owned-by-other-account").unwrap();
    let all = [broken(&sample, sample.evidence()), broken(&sample, with_owner(&sample))];
    assert_eq!(all.each_ref().map(|broken| broken.later), [true, false]);
    all.into()
});

fn broken(sample: &Sample, evidence: Evidence) -> Broken {
    let denial = sample.denial();
    let planned = Planned::new(&denial, &evidence);
    let (_, remedy) = planned.remedies.iter().find(|(_, remedy)| remedy.class() == Class::Safe).unwrap();
    let edit = Edit::of(remedy.change()).unwrap();
    let (kind, later) = (remedy.kind(), remedy.proof().effect == Effect::Later);
    Broken { name: kind.to_owned(), denial, evidence, edit, kind, later }
}

/// The evidence with the account of the object's owner, which has a read role: the bucket's policy lets it upload.
fn with_owner(sample: &Sample) -> Evidence {
    let mut case: Value = serde_json::from_str(&sample.case.to_json()).unwrap();
    let (account, id) = ("444455556666", "c3".repeat(32));
    let place = json!({ "account": "111122223333", "region": "eu-west-1", "bucket": "acme-reports" });
    let rows = case.get_mut("evidence").and_then(Value::as_array_mut).unwrap();
    rows.retain(|row| row.get("ask").unwrap() != "bucket-policy");
    let with = |more: Value| {
        let mut row = place.clone();
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    let policy = json!({ "Statement": {
        "Effect": "Allow", "Principal": { "AWS": account }, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-reports/*",
    } });
    rows.push(with(json!({ "ask": "bucket-policy", "answer": { "known": { "policy": policy } } })));
    rows.push(json!({
        "ask": "canonical-id", "account": account, "region": "eu-west-1", "answer": { "known": { "canonical-id": id } },
    }));
    let acl = json!({ "owner": id, "grants": [{ "grantee": { "account": id }, "permission": "FULL_CONTROL" }] });
    rows.push(with(json!({
        "ask": "owners-object-acl", "key": "inbox/q3.csv", "owner": account, "answer": { "known": { "acl": acl } },
    })));
    Case::parse(&case.to_string()).unwrap().evidence()
}

fn safe() -> Vec<&'static str> {
    KINDS.iter().filter(|kind| kind.class == Class::Safe).map(|kind| kind.name).collect()
}

/// The question that reads what is in a place.
fn asked_for(place: &Place) -> Question {
    if let Place::ObjectAcl { object, owner, .. } = place {
        Question::OwnersObjectAcl { object: object.clone(), owner: *owner }
    } else {
        Question::BucketOwnership(place.bucket().unwrap().clone())
    }
}

/// Answers from a case, but for what the remedy changes, which is as it is now, and the tags.
struct Now<'a> {
    broken: &'a Broken,
    outside: &'a Outside,
    tags: Fact<Answer>,
}

impl Reader for Now<'_> {
    async fn ask(&self, question: &Question) -> Reading {
        if *question == asked_for(&self.broken.edit.place) {
            let image = self.outside.image();
            let fact = if let Image::Acl(acl) = image {
                Fact::Known(Answer::Acl(acl))
            } else if let Image::Ownership(ownership) = image {
                Fact::Known(Answer::Ownership(ownership))
            } else {
                Fact::Absent
            };
            return fact.into();
        }
        if matches!(question, Question::AccountTags { .. }) {
            return self.tags.clone().into();
        }
        let recorded = self.broken.evidence.reading(question).cloned();
        recorded.unwrap_or_else(|| {
            // The bucket itself says nothing.
            let is_of_bucket = matches!(question, Question::BucketTags(_));
            if is_of_bucket { Fact::Absent.into() } else { Fact::Unreadable(Why::NotRecorded).into() }
        })
    }
}

fn tag(value: &str) -> Fact<Answer> {
    Fact::Known(Answer::Tags(BTreeMap::from([(TAG.to_owned(), value.to_owned())])))
}

/// One try of an event, by what is there now.
async fn tried(broken: &Broken, outside: &Outside, tags: &Fact<Answer>, approvals: bool) -> (Report, bool) {
    tried_as(broken, &broken.denial, outside, tags, approvals, &safe()).await
}

async fn tried_as(
    broken: &Broken,
    denial: &Denial,
    outside: &Outside,
    tags: &Fact<Answer>,
    approvals: bool,
    auto: &[&str],
) -> (Report, bool) {
    let reader = Now { broken, outside, tags: tags.clone() };
    let mut evidence = broken.evidence.clone();
    evidence.insert(asked_for(&broken.edit.place), reader.ask(&asked_for(&broken.edit.place)).await);
    let mut planned = Planned::new(denial, &evidence);
    let fixer = Hands { ledger: outside, writer: |_: &str| outside, until: None };
    let settled = repair(denial, &mut planned, &reader, Fixing { auto, approvals, fixer: &fixer }).await;
    (planned.report, settled)
}

fn outcomes(report: &Report) -> Vec<&str> {
    report.remedies.iter().filter_map(|remedy| remedy.outcome.as_deref()).collect()
}

#[tokio::test]
async fn what_the_hub_and_the_owners_let_it_is_made_and_told() {
    for broken in ALL.iter() {
        let outside = Outside::with(&broken.edit.before);
        let (report, settled) = tried(broken, &outside, &tag("auto"), false).await;
        assert!(settled && outside.image().is_same(&broken.edit.after), "{}", broken.name);
        assert_eq!(*outside.writes.lock().unwrap(), 1);
        let told = outcomes(&report);
        let now = if broken.later { "it is for later requests" } else { "the request is allowed" };
        assert!(told[0].starts_with("made without a person") && told[0].contains(now), "{}: {told:?}", broken.name);
        let records = outside.records.lock().unwrap();
        let (id, record) = records.iter().next().unwrap();
        assert!(told[0].contains(id.as_str()));
        assert_eq!((record.state, record.approved_by.as_deref()), (State::Done, None));
    }
}

#[tokio::test]
async fn nothing_is_written_unless_everybody_lets_it() {
    let unread = Fact::Unreadable(Why::AccessDenied);
    let refusals = [tag("approve"), tag("never"), tag("Auto"), tag(""), Fact::Absent, unread];
    for broken in ALL.iter() {
        for tags in &refusals {
            let outside = Outside::with(&broken.edit.before);
            let (report, _) = tried(broken, &outside, tags, true).await;
            assert_eq!(*outside.writes.lock().unwrap(), 0, "{} {tags:?}", broken.name);
            let told = outcomes(&report);
            assert!(
                told.first().is_some_and(|told| told.starts_with("not made without a person")),
                "{tags:?} {told:?}"
            );
        }
        let others: Vec<_> = safe().into_iter().filter(|kind| *kind != broken.kind).collect();
        for auto in [Vec::new(), others] {
            let outside = Outside::with(&broken.edit.before);
            tried_as(broken, &broken.denial, &outside, &tag("auto"), false, &auto).await;
            let made = outside.records.lock().unwrap().values().any(|record| record.kind == broken.kind);
            assert!(!made, "{} by {auto:?}", broken.name);
        }
    }
}

#[tokio::test]
async fn a_remedy_computed_on_stale_evidence_is_never_written() {
    for broken in ALL.iter() {
        let theirs = Image::Policy(deniedby::evidence::Document::new(r#"{"Statement":[]}"#));
        let outside = Outside::with(&theirs);
        let reader = Now { broken, outside: &outside, tags: tag("auto") };
        let mut planned = Planned::new(&broken.denial, &broken.evidence);
        let fixer = Hands { ledger: &outside, writer: |_: &str| &outside, until: None };
        let auto = safe();
        repair(&broken.denial, &mut planned, &reader, Fixing { auto: &auto, approvals: false, fixer: &fixer }).await;
        assert_eq!((*outside.writes.lock().unwrap(), outside.image()), (0, theirs), "{}", broken.name);
        assert!(outcomes(&planned.report)[0].contains("changed since"), "{:?}", outcomes(&planned.report));
    }
}

#[tokio::test]
async fn whatever_fails_the_report_says_so_and_the_next_try_finds_the_record() {
    for broken in ALL.iter() {
        let calls = {
            let outside = Outside::with(&broken.edit.before);
            tried(broken, &outside, &tag("auto"), false).await;
            *outside.calls.lock().unwrap()
        };
        for at in 1..=calls {
            for fault in FAULTS {
                let outside = Outside::with(&broken.edit.before);
                *outside.fault.lock().unwrap() = Some((at, fault));
                let (report, _) = tried(broken, &outside, &tag("auto"), false).await;
                let now = outside.image();
                assert!(now.is_same(&broken.edit.before) || now.is_same(&broken.edit.after), "{fault:?} at {at}");
                assert!(!outcomes(&report).is_empty(), "{fault:?} at {at}: nothing is said");
                outside.revive();
                let (report, settled) = tried(broken, &outside, &tag("auto"), false).await;
                assert!(settled && outside.image().is_same(&broken.edit.after), "{} {fault:?} at {at}", broken.name);
                let told = outcomes(&report);
                assert!(told[0].starts_with("made without a person"), "{} {fault:?} at {at}: {told:?}", broken.name);
                assert!(*outside.writes.lock().unwrap() <= 2);
                assert!(outside.held.lock().unwrap().is_empty(), "{fault:?} at {at}: the place is still held");
            }
        }
    }
}

#[tokio::test]
async fn a_second_try_of_an_event_tells_what_the_first_one_made() {
    for broken in ALL.iter() {
        let outside = Outside::with(&broken.edit.before);
        tried(broken, &outside, &tag("auto"), false).await;
        let (report, settled) = tried(broken, &outside, &tag("auto"), false).await;
        assert!(settled);
        assert_eq!(*outside.writes.lock().unwrap(), 1, "{}", broken.name);
        let row = report.remedies.iter().find(|remedy| remedy.outcome.is_some()).unwrap();
        assert_eq!(row.kind, broken.kind);
        assert!(row.outcome.as_deref().unwrap().starts_with("made without a person"));
        let ids: std::collections::BTreeSet<_> = report.remedies.iter().map(|remedy| &remedy.id).collect();
        assert_eq!(ids.len(), report.remedies.len());
    }
}

#[tokio::test]
async fn a_hundred_denials_lead_to_one_write() {
    for broken in ALL.iter() {
        let outside = Outside::with(&broken.edit.before);
        // Read before the first of them was repaired.
        let Planned { report, remedies, is_tried } = Planned::new(&broken.denial, &broken.evidence);
        for number in 0..100 {
            let denial = Denial { event_id: format!("event-{number}"), ..broken.denial.clone() };
            let reader = Now { broken, outside: &outside, tags: tag("auto") };
            let mut planned = Planned { report: report.clone(), remedies: remedies.clone(), is_tried };
            let fixer = Hands { ledger: &outside, writer: |_: &str| &outside, until: None };
            let auto = safe();
            let fixing = Fixing { auto: &auto, approvals: false, fixer: &fixer };
            assert!(repair(&denial, &mut planned, &reader, fixing).await);
        }
        assert_eq!(*outside.writes.lock().unwrap(), 1, "{}", broken.name);
    }
}

#[tokio::test]
async fn what_a_person_undid_is_not_made_again_for_the_same_event() {
    for broken in ALL.iter() {
        let outside = Outside::with(&broken.edit.before);
        tried(broken, &outside, &tag("auto"), false).await;
        let id = outside.records.lock().unwrap().keys().next().unwrap().clone();
        deniedby::apply::undo(&id, &outside, &outside).await;
        assert_eq!(outside.image(), broken.edit.before);
        let (report, _) = tried(broken, &outside, &tag("auto"), false).await;
        assert_eq!(outside.image(), broken.edit.before, "{}", broken.name);
        assert!(outcomes(&report)[0].contains("undone by a person"), "{:?}", outcomes(&report));
    }
}

#[tokio::test]
async fn nothing_is_begun_when_the_time_is_up() {
    let broken = &ALL[0];
    let outside = Outside::with(&broken.edit.before);
    let reader = Now { broken, outside: &outside, tags: tag("auto") };
    let mut planned = Planned::new(&broken.denial, &broken.evidence);
    let fixer = Hands { ledger: &outside, writer: |_: &str| &outside, until: Some(std::time::Instant::now()) };
    let auto = safe();
    assert!(
        repair(&broken.denial, &mut planned, &reader, Fixing { auto: &auto, approvals: false, fixer: &fixer }).await
    );
    assert_eq!(*outside.writes.lock().unwrap(), 0);
    assert!(outcomes(&planned.report)[0].contains("no time left"));
}

#[tokio::test]
async fn what_may_be_approved_is_kept_as_it_is_shown() {
    for broken in ALL.iter() {
        let outside = Outside::with(&broken.edit.before);
        let (report, _) = tried(broken, &outside, &tag("approve"), true).await;
        let offered: Vec<_> = report.remedies.iter().filter_map(|remedy| remedy.approval.clone()).collect();
        assert!(!offered.is_empty(), "{}", broken.name);
        let records = outside.records.lock().unwrap().clone();
        let kept: Vec<_> = records.values().map(deniedby::remedy::Record::token).collect();
        assert!(offered.iter().all(|token| kept.contains(token)));
        assert!(records.values().all(|record| record.state == State::Proposed));
        assert_eq!(*outside.writes.lock().unwrap(), 0);

        // What was decided is not offered again.
        for record in records.values() {
            let decided = deniedby::remedy::Record { state: State::Rejected, ..record.clone() };
            outside.records.lock().unwrap().insert(record.id.clone(), decided);
        }
        let (report, _) = tried(broken, &outside, &tag("approve"), true).await;
        assert!(report.remedies.iter().all(|remedy| remedy.approval.is_none()));

        // Nor is what the owners forbid.
        let outside = Outside::with(&broken.edit.before);
        let (report, _) = tried(broken, &outside, &tag("never"), true).await;
        let forbidden = report.remedies.iter().filter(|remedy| remedy.approval.is_some());
        let elsewhere = forbidden.filter(|remedy| remedy.kind == broken.kind).count();
        assert_eq!(elsewhere, 0, "{}", broken.name);
    }
}
