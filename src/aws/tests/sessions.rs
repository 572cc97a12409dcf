//! Taking the read role: once, with the external ID and a policy that only reads.

use futures_util::future::join_all;

use super::server::{Asked, Says, Server, query, query_error};
use super::{account, bucket, edge, role};
use crate::aws::Own;
use crate::evidence::{Entity, Fact, Question, Why};
use crate::ports::Reader;

const ASSUMED: &str = "<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
    <SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>";

const CALLER: &str = "<Arn>arn:aws:iam::111122223333:user/me</Arn><UserId>AIDA</UserId><Account>111122223333</Account>";

fn sts(asked: &Asked, _: usize) -> Says {
    if asked.body.contains("Action=AssumeRole") {
        query("AssumeRole", ASSUMED)
    } else if asked.body.contains("Action=GetCallerIdentity") {
        query("GetCallerIdentity", CALLER)
    } else {
        query_error(404, "NoSuchEntity")
    }
}

fn count(server: &Server, action: &str) -> usize {
    server.asked().iter().filter(|asked| asked.body.contains(&format!("Action={action}&"))).count()
}

#[tokio::test]
async fn many_questions_at_once_take_the_role_once() {
    let server = Server::start(sts);
    let reader = edge(&server, Some("deniedby-read"), Own::Assume).reader("6f0d9d3e");
    let questions = [Question::Identity(role()), Question::InlinePolicies(role()), Question::AttachedPolicies(role())];
    let facts = join_all(questions.iter().map(|question| reader.ask(question))).await;
    assert!(facts.iter().all(|fact| *fact == Fact::Absent), "{facts:?}");

    assert_eq!(count(&server, "AssumeRole"), 1);
    let asked = server.asked();
    let assume = asked.iter().find(|asked| asked.body.contains("Action=AssumeRole")).unwrap();
    for part in [
        "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fdeniedby-read",
        "RoleSessionName=deniedby-6f0d9d3e",
        "ExternalId=external-9f2",
        "DurationSeconds=900",
        "Policy=%7B",
        "iam%3AGetRole%22",
    ] {
        assert!(assume.body.contains(part), "{part} in {}", assume.body);
    }
    assert_eq!(asked.iter().filter(|asked| asked.header("x-amz-security-token") == Some("t")).count(), 3);
}

#[tokio::test]
async fn an_account_that_refuses_is_asked_once_and_said() {
    let server = Server::always(query_error(403, "AccessDenied"));
    let reader = edge(&server, Some("deniedby-read"), Own::Assume).reader("event");
    for question in [Question::Identity(role()), Question::BucketPolicy(bucket())] {
        assert_eq!(reader.ask(&question).await, Fact::Unreadable(Why::NoReadRole));
    }
    assert_eq!(server.asked().len(), 1);

    let server = Server::always(query_error(400, "Throttling"));
    let reader = edge(&server, Some("deniedby-read"), Own::Assume).reader("event");
    assert_eq!(reader.ask(&Question::Identity(role())).await, Fact::Unreadable(Why::Throttled));
}

#[tokio::test]
async fn the_command_line_reads_its_own_account_without_a_role() {
    let server = Server::start(sts);
    let edge = edge(&server, Some("deniedby-read"), Own::Ambient);
    let foreign = Question::Identity(Entity { account: "444455556666".parse().unwrap(), ..role() });
    for event in ["one", "two"] {
        let reader = edge.reader(event);
        assert_eq!(reader.ask(&Question::Identity(role())).await, Fact::Absent);
        assert_eq!(reader.ask(&foreign).await, Fact::Absent);
    }
    assert_eq!((count(&server, "GetCallerIdentity"), count(&server, "AssumeRole")), (1, 2), "{:?}", server.asked());
}

#[tokio::test]
async fn without_a_read_role_nobody_is_asked_who_we_are() {
    let server = Server::start(sts);
    let reader = edge(&server, None, Own::Ambient).reader("event");
    assert_eq!(reader.ask(&Question::Identity(role())).await, Fact::Absent);
    assert_eq!(server.asked().len(), 1);
    assert_eq!(account().to_string(), "111122223333");
}
