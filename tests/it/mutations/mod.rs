//! Every cause by itself: a world that allows a call, broken in one way, gives that cause with the policy and the
//! statement to blame; mended in the least way, it allows the call again. Broken in two and in three ways at once,
//! it gives them all.
#![expect(clippy::indexing_slicing, reason = "a test that does not find what it expects has to fail")]

pub(crate) mod healthy;
mod rows;

use deniedby::checks::CHECKS;
use deniedby::event;
use deniedby::evidence::{Answer, Evidence, Fact, Question, Reading};
use deniedby::gather::gather;
use deniedby::ports::Reader;
use deniedby::report::{Report, Verdict};
use futures_util::FutureExt;
use serde_json::Value;

use crate::world::{explain, is_said};
use healthy::{Call, healthy};
use rows::rows;

/// Answers to questions, each by the question's name and target: `bucket-policy acme-reports`.
pub(crate) type Answers = Vec<(&'static str, Value)>;

/// One way to break a world.
pub(crate) struct Row {
    /// The cause.
    code: &'static str,
    /// The call.
    call: Call,
    /// What of the world is other than the healthy one's, before it is broken.
    setting: Answers,
    /// What breaks it.
    broken: Answers,
    /// Members of the record that break it, by their JSON pointers.
    record: Answers,
    /// What mends it, in the least way: put in place of what broke it.
    mended: Answers,
    /// The same for the record.
    mended_record: Answers,
    /// The policy to blame, as the report names it, and its statement.
    blamed: (&'static str, &'static str),
}

/// A world of healthy answers but for some.
struct World<'a> {
    other: Vec<&'a (&'static str, Value)>,
}

impl Reader for World<'_> {
    async fn ask(&self, question: &Question) -> Reading {
        let name = format!("{} {}", question.spec().name, question.target());
        let other = self.other.iter().rev().find(|row| row.0 == name);
        let answer: Fact<Answer> = match other {
            Some((_, value)) => serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("{name}: {e}")),
            None => healthy(question),
        };
        answer.into()
    }

    fn may_ask(&self, _: &Question) -> bool {
        true
    }
}

fn report(call: Call, record: &[&Answers], answers: &[&Answers]) -> Report {
    let mut event = call.record();
    for (pointer, value) in record.iter().copied().flatten() {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    let denial = event::read_record(&event).unwrap().unwrap();
    let world = World { other: answers.iter().copied().flatten().collect() };
    let evidence: Evidence = gather(&denial, &world).now_or_never().unwrap();
    explain(&denial, &evidence)
}

fn codes(report: &Report) -> Vec<&str> {
    report.causes.iter().map(|cause| cause.code.as_str()).collect()
}

fn is_allowed(report: &Report) -> bool {
    report.verdict == Verdict::NotReproduced && report.causes.is_empty()
}

#[test]
fn every_cause_has_a_mutation() {
    let rows = rows();
    let lacking: Vec<_> = CHECKS.iter().filter(|check| rows.iter().all(|row| row.code != check.code)).collect();
    assert!(lacking.is_empty(), "{:?}", lacking.iter().map(|check| check.code).collect::<Vec<_>>());
}

#[test]
fn what_breaks_a_world_is_named_and_what_mends_it_is_enough() {
    for row in rows() {
        let code = row.code;
        let before = report(row.call, &[], &[&row.setting]);
        assert!(is_allowed(&before), "{code}: {:?} {:?}", before.verdict, codes(&before));
        let broken = report(row.call, &[&row.record], &[&row.setting, &row.broken]);
        assert_eq!(codes(&broken).first(), Some(&code), "{code}: {:?}", codes(&broken));
        let (policy, statement) = row.blamed;
        let places = &broken.causes[0].places;
        let blamed = places.iter().any(|place| place.policy == policy && place.statement == statement);
        assert!(blamed || (policy.is_empty() && places.is_empty()), "{code}: {places:?}");
        let after = report(row.call, &[&row.record, &row.mended_record], &[&row.setting, &row.broken, &row.mended]);
        assert!(is_allowed(&after), "{code}, mended: {:?} {:?}", after.verdict, codes(&after));
    }
}

/// Rows that can be put together: of the same call, in settings that do not contradict, each with its own questions.
fn fit(rows: &[&Row]) -> bool {
    let [first, ..] = rows else { return false };
    // These two say that nothing else denies.
    let alone = ["unexplained", "changed-since"];
    let same = rows.iter().all(|row| row.call == first.call && row.record.is_empty() && !alone.contains(&row.code));
    let names = |answers: &Answers| answers.iter().map(|row| row.0).collect::<Vec<_>>();
    let apart = rows.iter().enumerate().all(|(index, row)| {
        let own = names(&row.broken);
        rows.iter().enumerate().filter(|other| other.0 != index).all(|(_, other)| {
            let theirs = [names(&other.broken), names(&other.setting)].concat();
            own.iter().all(|name| !theirs.contains(name))
        })
    });
    let has = |code: &str| rows.iter().any(|row| row.code == code);
    same && apart && !EXCLUSIVE.iter().any(|pair| has(pair.0) && has(pair.1))
}

/// Causes that are not there together: a key that does not leave it to its account is not opened by the account's own
/// policies, so these are not to blame.
const EXCLUSIVE: &[(&str, &str)] = &[("kms-key-policy-no-allow", "kms-identity-policy-no-allow")];

fn together(rows: &[&Row]) {
    let mut answers: Vec<&Answers> = rows.iter().map(|row| &row.setting).collect();
    answers.extend(rows.iter().map(|row| &row.broken));
    let report = report(rows[0].call, &[], &answers);
    let said = codes(&report);
    for row in rows {
        let others: Vec<_> = rows.iter().map(|row| row.code).collect();
        assert!(is_said(row.code, said.iter().copied()), "of {others:?} `{}` is not among {said:?}", row.code);
    }
}

#[test]
fn two_and_three_causes_at_once_are_all_named() {
    let rows = rows();
    let (mut pairs, mut triples) = (0, 0);
    for (i, a) in rows.iter().enumerate() {
        for (j, b) in rows.iter().enumerate().skip(i + 1) {
            if !fit(&[a, b]) {
                continue;
            }
            together(&[a, b]);
            pairs += 1;
            for c in rows.iter().skip(j + 1).filter(|c| fit(&[a, b, c])) {
                together(&[a, b, c]);
                triples += 1;
            }
        }
    }
    assert!(pairs > 50 && triples > 100, "only {pairs} pairs and {triples} triples");
}
