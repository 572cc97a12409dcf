//! How questions are asked: kept answers, shared ones, deadlines, and the calls that are written down.

use std::time::{Duration, Instant};

use futures_util::future::join;

use super::server::{Server, query, query_error, says};
use super::{account, bucket, edge, edge_with, role};
use crate::aws::clock::now;
use crate::aws::{Own, Total, deadline};
use crate::event::Changed;
use crate::evidence::{Entity, Fact, ObjectRef, Question, Why};
use crate::ports::Reader;

const NAMES: &str = "<PolicyNames><member>one</member></PolicyNames>";

fn names() -> Server {
    Server::always(query("ListRolePolicies", NAMES))
}

fn policies() -> Question {
    Question::InlinePolicies(role())
}

fn changed(names: &[&str]) -> Changed {
    Changed::Resources { accounts: vec![account()], names: names.iter().map(|&name| name.to_owned()).collect() }
}

#[tokio::test]
async fn an_answer_is_kept_for_the_next_diagnosis_which_is_told_its_age() {
    let server = names();
    let edge = edge(&server, None, Own::Ambient);
    let before = jiff::Timestamp::try_from(now()).unwrap();
    let first = edge.reader("first", None).ask(&policies()).await;
    let second = edge.reader("second", None).ask(&policies()).await;
    assert_eq!(server.asked().len(), 1);
    assert_eq!((&first.fact, first.earlier), (&second.fact, None));
    assert!(second.earlier.is_some_and(|read| read >= before), "{second:?}");
}

#[tokio::test]
async fn diagnoses_at_the_same_time_share_a_call_and_neither_is_old() {
    let server = names();
    let edge = edge(&server, None, Own::Ambient);
    let (one, other) = (edge.reader("one", None), edge.reader("other", None));
    let (policies, same) = (policies(), policies());
    let (one, other) = join(one.ask(&policies), other.ask(&same)).await;
    assert_eq!(server.asked().len(), 1);
    assert_eq!((&one, other.earlier), (&other, None));
}

#[tokio::test]
async fn that_there_is_none_is_kept_and_a_failure_is_not() {
    for (code, times) in [("NoSuchEntity", 1), ("AccessDenied", 2)] {
        let server = Server::always(query_error(403, code));
        let edge = edge(&server, None, Own::Ambient);
        let first = edge.reader("first", None).ask(&policies()).await;
        assert_eq!(edge.reader("second", None).ask(&policies()).await.fact, first.fact);
        assert_eq!(server.asked().len(), times, "{code}");
    }
}

#[tokio::test]
async fn objects_are_asked_for_each_time() {
    let server = Server::always(says(200, "<ListBucketResult></ListBucketResult>"));
    let edge = edge(&server, None, Own::Ambient);
    let object = Question::Object { bucket: bucket(), key: "k".to_owned() };
    for _ in 0..2 {
        assert_eq!(edge.reader("event", None).ask(&object).await.fact, Fact::Absent);
    }
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_change_ends_what_is_kept_of_the_resource_and_nothing_else() {
    let other = Question::InlinePolicies(Entity { name: "other".to_owned(), ..role() });
    for (change, asked_again) in [
        (changed(&["app"]), 1),
        (changed(&["arn:aws:iam::111122223333:role/team/app"]), 1),
        (changed(&["apple"]), 0),
        (changed(&[]), 2),
        (Changed::Organization, 0),
        (Changed::Resources { accounts: vec!["444455556666".parse().unwrap()], names: vec!["app".to_owned()] }, 0),
    ] {
        let server = names();
        let edge = edge(&server, None, Own::Ambient);
        for event in ["before", "after"] {
            for question in [&policies(), &other] {
                edge.reader(event, None).ask(question).await;
            }
            edge.forget(&change);
        }
        assert_eq!(server.asked().len(), 2 + asked_again, "{change:?}");
    }
}

#[tokio::test]
async fn what_is_open_at_the_deadline_stays_open() {
    let server = Server::start(|_, _| {
        std::thread::sleep(Duration::from_secs(2));
        query("ListRolePolicies", NAMES)
    });
    let edge = edge(&server, None, Own::Ambient);
    let began = Instant::now();
    let reader = edge.reader("event", Some(began + Duration::from_millis(200)));
    assert_eq!(reader.ask(&policies()).await.fact, Fact::Unreadable(Why::Deadline));
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(reader.ask(&Question::Identity(role())).await.fact, Fact::Unreadable(Why::Deadline));
    assert!(server.asked().len() <= 1, "after the deadline nothing is asked");
}

#[test]
fn the_reserve_is_kept_of_an_invocations_time() {
    let left = |seconds| {
        let end = now() + Duration::from_secs(seconds);
        deadline(end, Duration::from_secs(20)).saturating_duration_since(Instant::now()).as_secs()
    };
    assert!((99..=100).contains(&left(120)));
    assert_eq!(left(5), 0);
}

#[tokio::test]
async fn metadata_is_read_only_where_the_owner_opted_in() {
    let metadata = Question::ObjectMetadata(ObjectRef { bucket: bucket(), key: "k".to_owned(), version: None });
    for opted_in in [false, true] {
        let server = Server::always(says(200, ""));
        let edge = edge_with(&server, |options| options.object_metadata = opted_in);
        let reader = edge.reader("event", None);
        assert_eq!(reader.may_ask(&metadata), opted_in);
        let reading = reader.ask(&metadata).await;
        assert_eq!(reading.fact == Fact::Unreadable(Why::NotAsked), !opted_in, "{reading:?}");
        assert_eq!(server.asked().len(), usize::from(opted_in));
    }
}

#[tokio::test]
async fn every_call_is_written_down_with_its_round() {
    let server =
        Server::start(
            |_, number| {
                if number == 0 { query_error(400, "Throttling") } else { query("ListRolePolicies", NAMES) }
            },
        );
    let edge = edge_with(&server, |options| options.trace = true);
    let reader = edge.reader("event", None);
    reader.ask(&policies()).await;
    reader.ask(&policies()).await;
    reader.ask(&Question::AttachedPolicies(role())).await;
    let calls = edge.calls();
    let told: Vec<_> = calls
        .iter()
        .map(|call| {
            (
                call.round,
                call.service,
                call.operation.as_str(),
                call.account,
                call.region.as_str(),
                call.outcome.as_str(),
            )
        })
        .collect();
    let account = Some(account());
    assert_eq!(
        told,
        [
            (1, "sts", "GetCallerIdentity", None, "eu-west-1", "200"),
            (1, "iam", "ListRolePolicies", account, "eu-west-1", "400"),
            (1, "iam", "ListRolePolicies", account, "eu-west-1", "200"),
            (2, "iam", "ListAttachedRolePolicies", account, "eu-west-1", "200"),
        ]
    );
    assert_eq!(Total::of(&calls), Total { calls: 4, rounds: 2, in_sequence: 4 });
    assert_eq!(server.asked().len(), 3);
}
