//! Taking roles: once, with the external ID and a policy that only reads, and again when the time comes.

use futures_util::future::join_all;

use super::server::{Asked, Says, Server, query, query_error, says};
use super::{ACCOUNT, account, bucket, edge, edge_in, edge_with, role};
use crate::aws::Own;
use crate::event::Changed;
use crate::evidence::{ControlPolicy, Document, Entity, Fact, KeyRef, Question, Why};
use crate::ports::{Reader, Writer};
use crate::remedy::{Edit, Image, Place};

const CALLER: &str = "<Arn>arn:aws:iam::111122223333:user/me</Arn><UserId>AIDA</UserId><Account>111122223333</Account>";

const MANAGEMENT_ROLE: &str = "arn:aws:iam::999999999999:role/deniedby-organization";

fn credentials(expiration: &str) -> Says {
    let credentials = format!(
        "<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>t</SessionToken><Expiration>{expiration}</Expiration></Credentials>"
    );
    query("AssumeRole", &credentials)
}

fn sts(asked: &Asked, _: usize) -> Says {
    if asked.body.contains("Action=AssumeRole") {
        credentials("2999-01-01T00:00:00Z")
    } else if asked.body.contains("Action=GetCallerIdentity") {
        query("GetCallerIdentity", CALLER)
    } else {
        query_error(404, "NoSuchEntity")
    }
}

fn calls(server: &Server, action: &str) -> Vec<Asked> {
    let asked = server.asked();
    asked.into_iter().filter(|asked| asked.body.contains(&format!("Action={action}&"))).collect()
}

fn count(server: &Server, action: &str) -> usize {
    calls(server, action).len()
}

async fn fact(reader: &impl Reader, question: &Question) -> Fact<crate::evidence::Answer> {
    reader.ask(question).await.fact
}

/// So that the next event asks again.
fn everything() -> Changed {
    Changed::Resources { accounts: vec![account()], names: vec![] }
}

#[tokio::test]
async fn many_questions_at_once_take_the_role_once() {
    let server = Server::with_sts(sts);
    let reader = edge(&server, Some("deniedby-read"), Own::Assume).reader("6f0d9d3e", None);
    let questions = [Question::Identity(role()), Question::InlinePolicies(role()), Question::AttachedPolicies(role())];
    let facts = join_all(questions.iter().map(|question| fact(&reader, question))).await;
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
    for part in ["organizations%3A", "s3%3AGetObject%22"] {
        assert!(!assume.body.contains(part), "{part} in {}", assume.body);
    }
    assert_eq!(asked.iter().filter(|asked| asked.header("x-amz-security-token") == Some("t")).count(), 3);
}

#[tokio::test]
async fn a_warm_process_keeps_its_session_and_each_call_bears_its_events_id() {
    let server = Server::with_sts(sts);
    let edge = edge(&server, Some("deniedby-read"), Own::Assume);
    for event in ["first", "second"] {
        edge.forget(&everything());
        assert_eq!(fact(&edge.reader(event, None), &Question::Identity(role())).await, Fact::Absent);
    }
    assert_eq!(count(&server, "AssumeRole"), 1);
    let agents: Vec<_> =
        calls(&server, "GetRole").iter().map(|asked| asked.header("user-agent").unwrap().to_owned()).collect();
    assert!(agents[0].contains("app/deniedby-first") && agents[1].contains("app/deniedby-second"), "{agents:?}");
}

#[tokio::test]
async fn a_session_that_ends_soon_is_not_kept() {
    let server = Server::with_sts(|asked, number| {
        if asked.body.contains("Action=AssumeRole") { credentials("2001-01-01T00:00:00Z") } else { sts(asked, number) }
    });
    let edge = edge(&server, Some("deniedby-read"), Own::Assume);
    for event in ["first", "second"] {
        edge.forget(&everything());
        edge.reader(event, None).ask(&Question::Identity(role())).await;
    }
    assert_eq!(count(&server, "AssumeRole"), 2);
}

#[tokio::test]
async fn an_account_that_refuses_is_asked_once_an_event_and_said() {
    let server = Server::always(query_error(403, "AccessDenied"));
    let edge = edge(&server, Some("deniedby-read"), Own::Assume);
    for times in 1..=2 {
        let reader = edge.reader("event", None);
        for question in [Question::Identity(role()), Question::BucketPolicy(bucket())] {
            assert_eq!(fact(&reader, &question).await, Fact::Unreadable(Why::NoReadRole));
        }
        assert_eq!(server.asked().len(), times);
    }

    let server = Server::always(query_error(400, "Throttling"));
    let reader = super::edge(&server, Some("deniedby-read"), Own::Assume).reader("event", None);
    assert_eq!(fact(&reader, &Question::Identity(role())).await, Fact::Unreadable(Why::Throttled));
}

#[tokio::test]
async fn where_our_region_is_not_active_the_one_that_always_is_is_asked() {
    let server = Server::with_sts(|asked, number| {
        let here = asked.header("authorization").is_some_and(|text| text.contains("/eu-west-1/sts/"));
        if here { query_error(403, "RegionDisabledException") } else { sts(asked, number) }
    });
    let reader = edge(&server, Some("deniedby-read"), Own::Assume).reader("event", None);
    assert_eq!(fact(&reader, &Question::Identity(role())).await, Fact::Absent);
    let assumed = calls(&server, "AssumeRole");
    assert_eq!(assumed.len(), 2);
    assert!(assumed[1].header("authorization").unwrap().contains("/us-east-1/sts/"));
}

#[tokio::test]
async fn the_command_line_reads_its_own_account_without_a_role() {
    let server = Server::with_sts(sts);
    let edge = edge(&server, Some("deniedby-read"), Own::Ambient);
    let foreign = Question::Identity(Entity { account: "444455556666".parse().unwrap(), ..role() });
    for event in ["one", "two"] {
        let reader = edge.reader(event, None);
        assert_eq!(fact(&reader, &Question::Identity(role())).await, Fact::Absent);
        assert_eq!(fact(&reader, &foreign).await, Fact::Absent);
    }
    assert_eq!((count(&server, "GetCallerIdentity"), count(&server, "AssumeRole")), (1, 1), "{:?}", server.asked());
}

#[tokio::test]
async fn without_a_read_role_only_the_account_of_the_credentials_is_read() {
    let server = Server::with_sts(sts);
    let reader = edge(&server, None, Own::Ambient).reader("event", None);
    assert_eq!(fact(&reader, &Question::Identity(role())).await, Fact::Absent);
    let foreign = Question::Identity(Entity { account: "444455556666".parse().unwrap(), ..role() });
    // A role of this name in our own account would be another role.
    assert_eq!(fact(&reader, &foreign).await, Fact::Unreadable(Why::ForeignCredentials(account())));
    assert_eq!((count(&server, "GetCallerIdentity"), count(&server, "GetRole")), (1, 1), "{:?}", server.asked());
}

#[tokio::test]
async fn credentials_that_sts_does_not_take_read_nothing() {
    let server = Server::with_sts(|_, _| query_error(403, "ExpiredToken"));
    let reader = edge(&server, None, Own::Ambient).reader("event", None);
    for _ in 0..2 {
        let expired = Why::BadCredentials("ExpiredToken".to_owned());
        assert_eq!(fact(&reader, &Question::Identity(role())).await, Fact::Unreadable(expired));
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn without_a_fix_role_only_the_account_of_the_credentials_is_changed() {
    let server = Server::with_sts(sts);
    let writer = edge(&server, None, Own::Ambient).writer("event", None);
    let place = |account: &str| Place::InlinePolicy {
        entity: Entity { account: account.parse().unwrap(), ..role() },
        policy: "p".to_owned(),
    };
    assert_eq!(writer.read(&place(ACCOUNT)).await, Ok(Image::Nothing));
    let document = Image::Policy(Document::new("{\"Version\":\"2012-10-17\",\"Statement\":[]}"));
    let edit = Edit { place: place("444455556666"), before: Image::Nothing, after: document };
    let refused = "the credentials at hand are of account 111122223333: give `--fix-role`, or use credentials of the \
                   account that is changed";
    assert_eq!(writer.read(&edit.place).await, Err(format!("what is there now could not be read: {refused}")));
    assert_eq!(writer.write(&edit).await, Err(format!("AWS did not make the change: {refused}")));
    assert_eq!((count(&server, "GetCallerIdentity"), count(&server, "PutRolePolicy")), (1, 0));
}

#[tokio::test]
async fn what_cannot_be_a_region_is_not_asked() {
    let server = Server::with_sts(sts);
    let reader = edge(&server, Some("deniedby-read"), Own::Assume).reader("event", None);
    let queue = "arn:aws:sqs:evil.example/:111122223333:q".parse().unwrap();
    let question = Question::ResourcePolicy { account: account(), arn: queue };
    assert_eq!(fact(&reader, &question).await, Fact::Unreadable(Why::Failed("region".to_owned())));
    let key = KeyRef { account: account(), region: "evil.example/".to_owned(), key: "k".to_owned() };
    let writer = edge(&server, None, Own::Ambient).writer("event", Some("deniedby-fix".to_owned()));
    assert!(writer.read(&Place::KeyState(key)).await.is_err());
    assert!(server.asked().is_empty(), "{:?}", server.asked());
}

fn scps() -> Question {
    Question::ControlPolicies { target: "r-1".to_owned(), kind: ControlPolicy::Scp }
}

/// STS, and Organizations that answers with no policies.
fn organization(asked: &Asked, number: usize) -> Says {
    if asked.header("x-amz-target").is_some() { says(200, "{\"Policies\":[]}") } else { sts(asked, number) }
}

#[tokio::test]
async fn the_organization_is_read_with_a_role_of_its_own_where_it_is() {
    let server = Server::with_sts(organization);
    let edge = edge_with(&server, |options| {
        options.read_role = Some("deniedby-read".to_owned());
        options.management_role = Some(MANAGEMENT_ROLE.parse().unwrap());
        options.own = Own::Assume;
    });
    let answer = fact(&edge.reader("event", None), &scps()).await;
    assert!(matches!(&answer, Fact::Known(answer) if answer.as_names() == Some(&[])), "{answer:?}");
    let assume = calls(&server, "AssumeRole").remove(0);
    for part in
        ["RoleArn=arn%3Aaws%3Aiam%3A%3A999999999999%3Arole%2Fdeniedby-organization", "organizations%3ADescribePolicy"]
    {
        assert!(assume.body.contains(part), "{part} in {}", assume.body);
    }
    assert!(!assume.body.contains("iam%3AGetRole"), "{}", assume.body);
    let asked = server.asked();
    assert!(asked.last().unwrap().header("authorization").unwrap().contains("/us-east-1/organizations/"));
}

#[tokio::test]
async fn a_partition_has_its_own_roles_and_its_own_place_for_organizations() {
    for (region, partition, home) in [
        ("cn-north-1", "aws-cn", "cn-northwest-1"),
        ("us-gov-east-1", "aws-us-gov", "us-gov-west-1"),
        ("me-central-1", "aws", "us-east-1"),
    ] {
        let server = Server::with_sts(organization);
        let edge = edge_in(&server, region, |options| {
            options.read_role = Some("deniedby-read".to_owned());
            options.management_role = Some(MANAGEMENT_ROLE.parse().unwrap());
            options.own = Own::Assume;
        });
        let reader = edge.reader("event", None);
        fact(&reader, &Question::InlinePolicies(role())).await;
        fact(&reader, &scps()).await;
        let assumed = calls(&server, "AssumeRole");
        assert!(assumed[0].body.contains(&format!("RoleArn=arn%3A{partition}%3Aiam%3A%3A111122223333%3A")), "{region}");
        for assume in &assumed {
            // The Regional endpoint, whose tokens are good in Regions that must be enabled as well.
            assert!(assume.header("authorization").unwrap().contains(&format!("/{region}/sts/")), "{region}");
        }
        let asked = server.asked();
        let last = asked.last().unwrap().header("authorization").unwrap();
        assert!(last.contains(&format!("/{home}/organizations/")), "{last}");
    }
}

#[tokio::test]
async fn without_a_management_role_only_a_bare_command_line_tries() {
    let with = |read_role: Option<&str>, own| {
        let server = Server::with_sts(organization);
        let edge = edge(&server, read_role, own);
        async move { (fact(&edge.reader("event", None), &scps()).await, server.asked().len()) }
    };
    let none = Fact::Unreadable(Why::NoManagementRole);
    assert_eq!(with(Some("deniedby-read"), Own::Assume).await, (none.clone(), 0));
    assert_eq!(with(Some("deniedby-read"), Own::Ambient).await, (none, 0));
    assert!(matches!(with(None, Own::Ambient).await, (Fact::Known(_), 1)));
}
