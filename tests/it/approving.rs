//! Who approves what, and once.

use deniedby::apply::propose;
use deniedby::approval::{Approvers, Click, Work, decide, make};
use deniedby::remedy::{Record, State};
use deniedby::repair::Planned;
use futures_util::future::join_all;

use crate::applying::{FAULTS, Outside};
use crate::world::samples;

/// A proposed remedy, and the world in which it was proposed.
async fn proposed() -> (Outside, Record) {
    for sample in samples().into_iter().filter(|sample| sample.name == "object-owned-by-other-account") {
        let planned = Planned::new(&sample.denial(), &sample.evidence());
        for (_, remedy) in &planned.remedies {
            let ledger = Outside::default();
            if let Some(record) = propose(remedy, "event", &ledger).await.unwrap() {
                *ledger.there.lock().unwrap() = Some(record.edit.before.clone());
                return (ledger, record);
            }
        }
    }
    panic!("no sample has a remedy that can be made")
}

fn approvers() -> Approvers {
    Approvers { team: "T1".to_owned(), users: vec!["U1".to_owned(), "U2".to_owned()] }
}

fn click(record: &Record) -> Click {
    Click {
        team: "T1".to_owned(),
        user: "U1".to_owned(),
        approves: true,
        token: record.token(),
        response_url: "https://hooks.slack.com/actions/x".to_owned(),
    }
}

fn state(outside: &Outside, record: &Record) -> State {
    outside.records.lock().unwrap().get(&record.id).unwrap().state
}

#[tokio::test]
async fn a_click_decides_by_who_made_it_and_what_it_is_about() {
    let make_it = |work: &Work| matches!(work, Work::Make { .. });
    for (name, change, state_now, after, makes) in [
        ("approved", None, State::Proposed, State::Approved, true),
        ("another team", Some(("team", "T2")), State::Proposed, State::Proposed, false),
        ("another user", Some(("user", "U3")), State::Proposed, State::Proposed, false),
        ("letter case", Some(("user", "u1")), State::Proposed, State::Proposed, false),
        ("nobody", Some(("user", "")), State::Proposed, State::Proposed, false),
        ("another digest", Some(("token", "0")), State::Proposed, State::Proposed, false),
        ("no token", Some(("token", "")), State::Proposed, State::Proposed, false),
        ("rejects", Some(("rejects", "")), State::Proposed, State::Rejected, false),
        ("again while it is to be made", None, State::Approved, State::Approved, true),
        ("again while it is made", None, State::Intended, State::Intended, true),
        ("rejects what is approved", Some(("rejects", "")), State::Approved, State::Approved, false),
        ("rejected before", None, State::Rejected, State::Rejected, false),
        ("made before", None, State::Done, State::Done, false),
        ("failed before", None, State::Failed, State::Failed, false),
        ("undone", None, State::Undone, State::Undone, false),
        ("foreign", None, State::Foreign, State::Foreign, false),
    ] {
        let (outside, record) = proposed().await;
        let by = (state_now != State::Proposed).then(|| "slack:T1/U2".to_owned());
        let there = Record { state: state_now, approved_by: by, ..record.clone() };
        outside.records.lock().unwrap().insert(record.id.clone(), there);
        let mut click = click(&record);
        match change {
            None => {}
            Some(("team", value)) => value.clone_into(&mut click.team),
            Some(("user", value)) => value.clone_into(&mut click.user),
            Some(("token", "")) => click.token.clear(),
            Some(("token", value)) => click.token = format!("{} {value}", record.id),
            Some(_) => click.approves = false,
        }
        let work = decide(click, &approvers(), &outside).await.unwrap();
        assert_eq!((make_it(&work), state(&outside, &record)), (makes, after), "{name}: {work:?}");
        assert_eq!(*outside.writes.lock().unwrap(), 0, "{name}: a click writes nothing but the decision");
    }
}

#[tokio::test]
async fn what_is_being_made_without_a_person_is_not_made_by_a_click() {
    let (outside, record) = proposed().await;
    let there = Record { state: State::Intended, approved_by: None, ..record.clone() };
    outside.records.lock().unwrap().insert(record.id.clone(), there);
    assert!(matches!(decide(click(&record), &approvers(), &outside).await.unwrap(), Work::Tell { .. }));
    make(&record.token(), &outside, &outside).await;
    assert_eq!(*outside.writes.lock().unwrap(), 0);
}

#[tokio::test]
async fn of_many_clicks_at_once_one_decides() {
    let (outside, record) = proposed().await;
    let clicks = (0..8).map(|number| Click { approves: number % 2 == 0, ..click(&record) });
    let approvers = approvers();
    join_all(clicks.map(|click| decide(click, &approvers, &outside))).await;
    let decided = state(&outside, &record);
    assert!(matches!(decided, State::Approved | State::Rejected), "{decided:?}");
}

#[tokio::test]
async fn what_was_approved_is_made_once_whatever_fails() {
    let calls = {
        let (outside, record) = proposed().await;
        decide(click(&record), &approvers(), &outside).await.unwrap();
        let before = *outside.calls.lock().unwrap();
        assert!(make(&record.token(), &outside, &outside).await.1);
        before..*outside.calls.lock().unwrap()
    };
    for at in calls.start + 1..=calls.end {
        for fault in FAULTS {
            let (outside, record) = proposed().await;
            decide(click(&record), &approvers(), &outside).await.unwrap();
            *outside.fault.lock().unwrap() = Some((at, fault));
            let (_, told) = make(&record.token(), &outside, &outside).await;
            outside.revive();
            let settled = state(&outside, &record);
            assert!(!told || !matches!(settled, State::Approved | State::Intended), "{fault:?} at {at}: {settled:?}");
            let (text, _) = make(&record.token(), &outside, &outside).await;
            let there = outside.image();
            let done = state(&outside, &record) == State::Done;
            assert_eq!(done, there.is_same(&record.edit.after), "{fault:?} at {at}: {text}");
            assert!(done || there.is_same(&record.edit.before), "{fault:?} at {at}");
            assert!(done || state(&outside, &record) == State::Failed, "{fault:?} at {at}: {text}");
            assert!(*outside.writes.lock().unwrap() <= 2);
        }
    }
}

#[tokio::test]
async fn what_changed_since_it_was_shown_is_not_overwritten() {
    let (outside, record) = proposed().await;
    decide(click(&record), &approvers(), &outside).await.unwrap();
    let theirs = deniedby::remedy::Image::Policy(deniedby::evidence::Document::new(r#"{"Statement":[]}"#));
    *outside.there.lock().unwrap() = Some(theirs.clone());
    let (text, settled) = make(&record.token(), &outside, &outside).await;
    assert!(settled && text.contains("changed since"), "{text}");
    assert_eq!(outside.image(), theirs);
}
