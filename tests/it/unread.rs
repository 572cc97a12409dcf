//! Reports say for certain only what holds however the unread facts turn out: every scenario with facts hidden,
//! and with what is hidden filled in one way and another.
#![expect(clippy::indexing_slicing, reason = "a test that does not find what it expects has to fail")]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use deniedby::case::{Case, Replay};
use deniedby::event::Denial;
use deniedby::evidence::{Answer, Evidence, Fact, OwnerSearch, Question, Reading, Why};
use deniedby::gather::gather;
use deniedby::ports::Reader;
use deniedby::report::{Confidence, Report};
use futures_util::FutureExt;
use proptest::prelude::*;

use crate::pool::pool;
use crate::world::{explain, fits_the_record, is_said, scenarios};

/// Every scenario.
static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| scenarios().into_iter().map(|sample| sample.case).collect());

/// The most questions of a scenario.
const MOST: usize = 80;

/// How one question is answered in a made-up account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// As the case says.
    AsRecorded,
    /// We may not read it.
    Hidden,
    /// In one of the ways of the pool.
    Pool(usize),
}

/// A reader that answers from a case, but some questions in its own way. What the case does not hold comes from the
/// pool, or is hidden where anything is.
struct MadeUp<'c> {
    replay: &'c Replay,
    /// By the place of a question among those of the case; the last entry is for all others.
    how: &'c [How],
    asked: &'c [Question],
}

impl Reader for MadeUp<'_> {
    async fn ask(&self, question: &Question) -> Reading {
        let place = self.asked.iter().position(|q| q == question);
        match self.how[place.unwrap_or(self.asked.len())] {
            How::Hidden => Fact::Unreadable(Why::AccessDenied).into(),
            How::AsRecorded => self.replay.ask(question).await,
            How::Pool(pick) => {
                let pool = pool(question);
                pool[pick % pool.len()].clone().into()
            }
        }
    }
}

fn evidence(case: &Case, replay: &Replay, asked: &[Question], how: &[How]) -> Evidence {
    let denial = case.read_denial().unwrap();
    gather(&denial, &MadeUp { replay, how, asked }).now_or_never().unwrap()
}

/// Whether the answers can all be true at once: an object has one owner and an ACL only if it is there, and no two
/// accounts share a canonical id.
fn is_consistent(denial: &Denial, seen: &Evidence, full: &Evidence) -> bool {
    if full.iter().any(|(question, fact)| !fits_the_record(denial, question, fact)) {
        return false;
    }
    let (mut object_owners, mut bucket_owner, mut caller) = (BTreeSet::new(), None, None);
    let (mut absent, mut has_acl) = (false, false);
    let mut owners = BTreeSet::new();
    for (question, fact) in seen.iter().chain(full.iter()) {
        match (question, fact) {
            (Question::Object { .. } | Question::ObjectVersion { .. }, Fact::Known(Answer::Object(object))) => {
                object_owners.extend(object.owner.clone());
            }
            (Question::Object { .. } | Question::ObjectVersion { .. }, Fact::Absent) => absent = true,
            (
                Question::ObjectAcl { .. } | Question::ObjectVersionAcl { .. } | Question::OwnersObjectAcl { .. },
                Fact::Known(Answer::Acl(acl)),
            ) => {
                has_acl = true;
                object_owners.extend(acl.owner.clone());
            }
            (Question::BucketAcl(_), Fact::Known(Answer::Acl(acl))) => bucket_owner.clone_from(&acl.owner),
            // A bucket has one owner.
            (Question::OwnedBucket(bucket), Fact::Known(_)) => {
                owners.insert(bucket.account);
            }
            (Question::BucketOwner { .. }, Fact::Known(Answer::BucketOwner(OwnerSearch::Found { account, .. }))) => {
                owners.insert(*account);
            }
            (Question::CanonicalId { .. }, Fact::Known(Answer::CanonicalId(id))) => caller = Some(id.clone()),
            _ => {}
        }
    }
    owners.len() < 2
        && object_owners.len() < 2
        && !(absent && has_acl)
        && (bucket_owner.is_none() || bucket_owner != caller)
}

/// What was not answered as recorded, for people.
fn shown(asked: &[Question], how: &[How]) -> String {
    let own = |(index, how): (usize, &How)| {
        let question = asked.get(index);
        let name = question.map_or("other", |q| q.spec().name);
        match how {
            How::AsRecorded => None,
            How::Hidden => Some(format!("{name} hidden")),
            How::Pool(pick) => Some(format!(
                "{name} {}",
                question.map_or_else(String::new, |q| format!("{:?}", pool(q)[pick % pool(q).len()]))
            )),
        }
    };
    how.iter().enumerate().filter_map(own).collect::<Vec<_>>().join("; ")
}

/// The codes of the causes, and whether each is certain.
fn causes(report: &Report) -> BTreeSet<(String, bool)> {
    report.causes.iter().map(|cause| (cause.code.clone(), cause.confidence == Confidence::Certain)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_certain_cause_stays_whatever_the_unread_facts_are(
        scenario in 0..1000_usize,
        made_up in prop::collection::vec(prop_oneof![3 => Just(How::AsRecorded), 1 => (0..6_usize).prop_map(How::Pool)], MOST),
        hides in prop::collection::vec(prop::bool::weighted(0.3), MOST),
        fillings in prop::collection::vec(prop::collection::vec(0..6_usize, MOST), 3),
    ) {
        let case = &CASES[scenario % CASES.len()];
        let replay = Replay::new(case);
        let denial = case.read_denial().unwrap();
        let asked: Vec<_> = case.evidence.iter().map(|entry| entry.question.clone()).collect();
        let count = asked.len() + 1;
        prop_assert!(count <= MOST, "{count} questions");
        // A world; the same with some facts hidden; and other worlds that look the same.
        let base: Vec<How> = made_up.iter().copied().take(count - 1).chain([How::Pool(0)]).collect();
        let mut hidden = base.clone();
        hidden.iter_mut().zip(&hides).filter(|row| *row.1).for_each(|row| *row.0 = How::Hidden);
        hidden[count - 1] = How::Hidden;
        let read = evidence(case, &replay, &asked, &hidden);
        let seen = explain(&denial, &read);
        let mut worlds = vec![base];
        for filling in &fillings {
            let fill = |(how, pick): (&How, &usize)| if *how == How::Hidden { How::Pool(*pick) } else { *how };
            worlds.push(hidden.iter().zip(filling).map(fill).collect());
        }
        for world in worlds {
            let evidence = evidence(case, &replay, &asked, &world);
            if !is_consistent(&denial, &read, &evidence) {
                continue;
            }
            let full = explain(&denial, &evidence);
            for (code, _) in causes(&seen).iter().filter(|cause| cause.1) {
                let said = causes(&full);
                let has = is_said(code, said.iter().filter(|cause| cause.1).map(|cause| cause.0.as_str()));
                prop_assert!(has, "{} is certain if we see {}, but could be {}: {:?}", code, shown(&asked, &hidden), shown(&asked, &world), said);
            }
        }
    }
}
