//! The event history: how a session was made, and who changed what.

use serde_json::{Value, json};

use super::server::{Asked, Says, Server, says};
use super::{account, ask, edge};
use crate::aws::errors::Outcome;
use crate::aws::http::Http;
use crate::aws::signed::Signer;
use crate::aws::{Own, cloudtrail};
use crate::event::mask;
use crate::evidence::{Answer, Change, Document, Fact, Question, SessionInfo, SessionRef, Why};

const KEY: &str = "ASIAIOSFODNN7EXAMPLE";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

fn reference(of: &str, session: &str) -> SessionRef {
    SessionRef {
        account: account(),
        region: "eu-west-1".to_owned(),
        of: of.to_owned(),
        session: session.to_owned(),
        created: "2026-11-01T10:00:00Z".parse().unwrap(),
        access_key: mask(KEY),
    }
}

/// The question as the reader asks it: in two Regions, and no faster than CloudTrail lets us.
fn session() -> Question {
    Question::Session(reference("app", "deploy"))
}

/// One Region, as fast as it answers.
fn here(server: &Server) -> Signer {
    Signer::new(edge(server, None, Own::Ambient).ambient.in_region("eu-west-1"), Http::default())
}

async fn look(server: &Server) -> Fact<Answer> {
    fact(cloudtrail::session(&here(server), &reference("app", "deploy")).await)
}

async fn changes(server: &Server) -> Fact<Answer> {
    let since = "2026-11-01T10:00:00Z".parse().unwrap();
    fact(cloudtrail::changes(&here(server), "acme", since).await)
}

fn fact(outcome: Outcome) -> Fact<Answer> {
    match outcome {
        Ok(Some(answer)) => Fact::Known(answer),
        Ok(None) => Fact::Absent,
        Err(failure) => Fact::Unreadable(failure.why().clone()),
    }
}

/// A record as of <https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html>.
pub(super) fn assumed(call: &str, key: &str, parameters: &Value) -> Value {
    json!({
        "eventVersion": "1.11",
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann", "accountId": "111122223333" },
        "eventTime": "2026-11-01T10:00:00Z",
        "eventSource": "sts.amazonaws.com",
        "eventName": call,
        "awsRegion": "eu-west-1",
        "requestParameters": parameters,
        "responseElements": {
            "credentials": { "accessKeyId": key, "sessionToken": "t", "expiration": "Nov 1, 2026, 11:00:00 AM" },
            "assumedRoleUser": {
                "assumedRoleId": "AROAEXAMPLE:deploy",
                "arn": "arn:aws:sts::111122223333:assumed-role/app/deploy",
            },
        },
        "eventID": "e-1",
    })
}

/// The plain record of the session that is asked for.
fn plain() -> Value {
    assumed("AssumeRole", KEY, &json!({ "roleArn": "arn:aws:iam::111122223333:role/app", "roleSessionName": "deploy" }))
}

pub(super) fn page(records: &[Value], token: Option<&str>) -> Says {
    let events: Vec<_> = records
        .iter()
        .map(|record| json!({ "EventId": record["eventID"], "EventTime": 1.0, "CloudTrailEvent": record.to_string() }))
        .collect();
    let mut answer = json!({ "Events": events });
    if let Some(token) = token {
        answer["NextToken"] = json!(token);
    }
    says(200, answer.to_string())
}

pub(super) fn input(asked: &Asked) -> Value {
    serde_json::from_str(&asked.body).unwrap()
}

/// The attribute that a search is for.
pub(super) fn sought(asked: &Asked) -> String {
    input(asked)["LookupAttributes"][0]["AttributeValue"].as_str().unwrap().to_owned()
}

fn region(asked: &Asked) -> &str {
    asked.header("authorization").unwrap().split('/').nth(2).unwrap()
}

/// The answer where the records are those of one call in one Region.
fn history(call: &'static str, region_of_it: &'static str, records: Vec<Value>) -> Server {
    Server::start(move |asked, _| {
        let here = sought(asked) == call && region(asked) == region_of_it;
        page(if here { &records } else { &[] }, None)
    })
}

async fn made(record: Value) -> SessionInfo {
    let fact = look(&history("AssumeRole", "eu-west-1", vec![record])).await;
    let Fact::Known(Answer::Session(info)) = fact else { panic!("{fact:?}") };
    info
}

#[tokio::test]
async fn a_session_is_found_by_its_names_and_its_masked_key() {
    let others = [
        assumed("AssumeRole", "ASIAOTHERKEY7EXAMPLQ", &json!({})),
        {
            let mut record = plain();
            record["responseElements"]["assumedRoleUser"]["arn"] =
                json!("arn:aws:sts::111122223333:assumed-role/app/other");
            record
        },
        {
            let mut record = plain();
            record["responseElements"]["assumedRoleUser"]["arn"] =
                json!("arn:aws:sts::444455556666:assumed-role/app/deploy");
            record
        },
        {
            let mut record = plain();
            record["responseElements"] = Value::Null;
            record["errorCode"] = json!("AccessDenied");
            record
        },
    ];
    let server = history("AssumeRole", "eu-west-1", others.to_vec());
    assert_eq!(ask(&server, session()).await, Fact::Absent);
    let sought: Vec<_> = server.asked().iter().map(|asked| (region(asked).to_owned(), sought(asked))).collect();
    let calls = ["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"];
    let expected: Vec<_> =
        ["eu-west-1", "us-east-1"].iter().flat_map(|r| calls.map(|call| ((*r).to_owned(), call.to_owned()))).collect();
    assert_eq!(sought, expected);

    let server = history("AssumeRole", "eu-west-1", others.into_iter().chain([plain()]).collect());
    assert!(matches!(ask(&server, session()).await, Fact::Known(Answer::Session(_))));
    let asked = server.asked();
    assert_eq!(asked.len(), 1, "nothing more is asked");
    let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
    assert_eq!(asked[0].header("x-amz-target"), Some(target));
    let created = reference("", "").created.as_second();
    assert_eq!(
        input(&asked[0]),
        json!({
            "LookupAttributes": [{ "AttributeKey": "EventName", "AttributeValue": "AssumeRole" }],
            "StartTime": created - 60,
            "EndTime": created + 60,
            "MaxResults": 50,
        })
    );
}

#[tokio::test]
async fn what_was_passed_with_a_session() {
    let info = made(plain()).await;
    let by = Some("arn:aws:iam::111122223333:user/ann".to_owned());
    assert_eq!(info, SessionInfo { call: "AssumeRole".to_owned(), by, ..SessionInfo::default() });

    let info = made(assumed(
        "AssumeRole",
        KEY,
        &json!({
            "policy": POLICY,
            "policyArns": [{ "arn": "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
            "tags": [{ "key": "Email", "value": "a@example.com" }, { "key": "Empty" }],
            "incomingTransitiveTags": { "Department": "Engineering" },
            "transitiveTagKeys": ["Email"],
        }),
    ))
    .await;
    assert_eq!(info.policy, Some(Document::new(POLICY)));
    assert_eq!(info.policy_arns, ["arn:aws:iam::aws:policy/ReadOnlyAccess".parse().unwrap()]);
    let tags: Vec<_> = info.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    assert_eq!(tags, [("Department", "Engineering"), ("Email", "a@example.com"), ("Empty", "")]);
    assert!(!info.chained);
}

#[tokio::test]
async fn who_made_a_session() {
    let by = async |identity: Value| {
        let mut record = plain();
        record["userIdentity"] = identity;
        let info = made(record).await;
        (info.by, info.chained)
    };
    let arn = "arn:aws:sts::111122223333:assumed-role/ci/run";
    assert_eq!(by(json!({ "type": "AssumedRole", "arn": arn })).await, (Some(arn.to_owned()), true));
    let service = json!({ "type": "AWSService", "invokedBy": "lambda.amazonaws.com" });
    assert_eq!(by(service).await, (Some("lambda.amazonaws.com".to_owned()), false));
    // The role's account is not told the name of another account's caller.
    let session = json!({ "type": "AWSAccount", "principalId": "AROAEXAMPLE:run", "accountId": "444455556666" });
    assert_eq!(by(session).await, (None, true));
    let user = json!({ "type": "AWSAccount", "principalId": "AIDAEXAMPLE", "accountId": "444455556666" });
    assert_eq!(by(user).await, (None, false));
}

#[tokio::test]
async fn a_session_of_an_identity_provider_with_its_tags() {
    for call in ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"] {
        let record = assumed(call, KEY, &json!({ "principalTags": { "CostCenter": "987654" } }));
        let fact = look(&history(call, "eu-west-1", vec![record])).await;
        let Fact::Known(Answer::Session(info)) = fact else { panic!("{fact:?}") };
        assert_eq!((info.call.as_str(), info.tags["CostCenter"].as_str()), (call, "987654"));
    }
}

#[tokio::test]
async fn a_federated_session_is_that_of_its_name() {
    let record = json!({
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/portal" },
        "requestParameters": { "name": "ann", "policy": POLICY },
        "responseElements": {
            "credentials": { "accessKeyId": KEY },
            "federatedUser": { "federatedUserId": "111122223333:ann", "arn": "arn:aws:sts::111122223333:federated-user/ann" },
        },
    });
    let server = history("GetFederationToken", "eu-west-1", vec![record]);
    let fact = ask(&server, Question::Session(reference("ann", ""))).await;
    let Fact::Known(Answer::Session(info)) = fact else { panic!("{fact:?}") };
    assert_eq!((info.call.as_str(), info.policy), ("GetFederationToken", Some(Document::new(POLICY))));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_session_of_the_global_endpoint_is_looked_for_in_its_region() {
    let server = history("AssumeRole", "us-east-1", vec![plain()]);
    assert!(matches!(ask(&server, session()).await, Fact::Known(_)));
    assert_eq!(server.asked().len(), 4);

    for (region_of_it, global) in [("cn-northwest-1", "cn-north-1"), ("us-gov-east-1", "us-gov-west-1")] {
        let server = Server::always(page(&[], None));
        let elsewhere = SessionRef { region: region_of_it.to_owned(), ..reference("app", "deploy") };
        assert_eq!(ask(&server, Question::Session(elsewhere)).await, Fact::Absent);
        assert_eq!(region(&server.asked()[3]), global);
    }
    let server = Server::always(page(&[], None));
    let there = SessionRef { region: "us-east-1".to_owned(), ..reference("app", "deploy") };
    assert_eq!(ask(&server, Question::Session(there)).await, Fact::Absent);
    assert_eq!(server.asked().len(), 3, "once");
}

#[tokio::test]
async fn a_session_whose_restrictions_cannot_be_read_is_unreadable() {
    for parameters in [
        Value::Null,
        json!({ "policy": "HIDDEN_DUE_TO_SECURITY_REASONS" }),
        json!({ "policyArns": "arn" }),
        json!({ "policyArns": [{ "arn": "ReadOnlyAccess" }] }),
        json!({ "tags": "x" }),
        json!({ "tags": [{ "value": "x" }] }),
    ] {
        let server = history("AssumeRole", "eu-west-1", vec![assumed("AssumeRole", KEY, &parameters)]);
        assert_eq!(look(&server).await, Fact::Unreadable(Why::Garbled), "{parameters}");
    }
    let broken = says(200, r#"{"Events":[{"CloudTrailEvent":"{"}]}"#);
    assert_eq!(look(&Server::always(broken)).await, Fact::Unreadable(Why::Garbled));
    let broken = says(200, r#"{"Events":{}}"#);
    assert_eq!(look(&Server::always(broken)).await, Fact::Unreadable(Why::Garbled));
}

#[tokio::test]
async fn events_are_read_page_by_page_and_not_without_end() {
    let server = Server::start(|asked, _| match input(asked)["NextToken"].as_str() {
        None => page(&[assumed("AssumeRole", "ASIAOTHERKEY7EXAMPLQ", &json!({}))], Some("two")),
        Some("two") => page(&[], Some("three")),
        Some("three") => page(&[plain()], Some("four")),
        Some(other) => panic!("{other}"),
    });
    assert!(matches!(look(&server).await, Fact::Known(_)));
    assert_eq!(server.asked().len(), 3);

    // It may be in what was not read, so it is not absent.
    let endless = Server::always(page(&[], Some("more")));
    assert_eq!(look(&endless).await, Fact::Unreadable(Why::Failed("too many events".to_owned())));
    assert_eq!(endless.asked().len(), 30);
}

#[tokio::test]
async fn no_access_and_a_throttle_are_not_no_record() {
    for (status, code, why) in [
        (400, "AccessDeniedException", Why::AccessDenied),
        (400, "ThrottlingException", Why::Throttled),
        (400, "InvalidTimeRangeException", Why::Failed("InvalidTimeRangeException".to_owned())),
    ] {
        let error = says(status, json!({ "__type": code }).to_string());
        assert_eq!(look(&Server::always(error.clone())).await, Fact::Unreadable(why.clone()), "{code}");
        assert_eq!(changes(&Server::always(error.clone())).await, Fact::Unreadable(why.clone()), "{code}");
        // Denied where the global endpoint's calls are.
        let server =
            Server::start(move |asked, _| if region(asked) == "us-east-1" { error.clone() } else { page(&[], None) });
        assert_eq!(ask(&server, session()).await, Fact::Unreadable(why), "{code}");
    }
    let server = Server::start(|_, number| {
        if number == 0 { says(400, r#"{"__type":"ThrottlingException"}"#) } else { page(&[plain()], None) }
    });
    assert!(matches!(look(&server).await, Fact::Known(_)));
}

pub(super) fn call(source: &str, name: &str, time: &str) -> Value {
    json!({
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann" },
        "eventSource": source,
        "eventName": name,
        "eventTime": time,
        "eventID": format!("e-{name}"),
    })
}

#[tokio::test]
async fn changes_are_the_calls_that_changed_permissions_the_latest_first() {
    let mut failed = call("s3.amazonaws.com", "DeleteBucketPolicy", "2026-11-01T10:05:00Z");
    failed["errorCode"] = json!("AccessDenied");
    let records = [
        call("s3.amazonaws.com", "PutBucketPolicy", "2026-11-01T10:01:00Z"),
        failed,
        call("s3.amazonaws.com", "PutBucketLogging", "2026-11-01T10:04:00Z"),
        call("s3.amazonaws.com", "GetBucketPolicy", "2026-11-01T10:04:00Z"),
        // Another service's call of the name that Organizations has.
        call("iot.amazonaws.com", "AttachPolicy", "2026-11-01T10:04:00Z"),
        call("lambda.amazonaws.com", "AddPermission20150331v2", "2026-11-01T10:02:00Z"),
        call("kms.amazonaws.com", "PutKeyPolicy", "2026-11-01T10:03:00Z"),
        call("s3.amazonaws.com", "PutBucketAcl", "2026-11-01T09:59:59Z"),
    ];
    let server = Server::start(move |asked, _| match input(asked)["NextToken"].as_str() {
        None => page(&records[..4], Some("two")),
        Some(_) => page(&records[4..], None),
    });
    let change = |name: &str, minute: u8| Change {
        time: format!("2026-11-01T10:0{minute}:00Z").parse().unwrap(),
        call: name.to_owned(),
        by: Some("arn:aws:iam::111122223333:user/ann".to_owned()),
        event_id: format!("e-{name}"),
    };
    let expected = vec![change("PutKeyPolicy", 3), change("AddPermission20150331v2", 2), change("PutBucketPolicy", 1)];
    let since: jiff::Timestamp = "2026-11-01T10:00:00Z".parse().unwrap();
    let (account, region, resource) = (account(), "eu-west-1".to_owned(), "acme".to_owned());
    let changed = Question::Changes { account, region, resource, since };
    assert_eq!(ask(&server, changed).await, Fact::Known(Answer::Changes(expected)));
    assert_eq!(
        input(&server.asked()[0]),
        json!({
            "LookupAttributes": [{ "AttributeKey": "ResourceName", "AttributeValue": "acme" }],
            "StartTime": since.as_second(),
            "MaxResults": 50,
        })
    );
}

#[tokio::test]
async fn no_change_is_known_only_if_all_events_were_read() {
    let none = Server::always(page(&[call("s3.amazonaws.com", "PutBucketLogging", "2026-11-01T10:04:00Z")], None));
    assert_eq!(changes(&none).await, Fact::Known(Answer::Changes(Vec::new())));

    let endless = Server::always(page(&[], Some("more")));
    assert_eq!(changes(&endless).await, Fact::Unreadable(Why::Failed("too many events".to_owned())));
    assert_eq!(endless.asked().len(), 10);

    let busy = Server::start(|_, number| {
        let found = [call("s3.amazonaws.com", "PutBucketPolicy", "2026-11-01T10:01:00Z")];
        page(if number == 0 { &found } else { &[] }, Some("more"))
    });
    let fact = changes(&busy).await;
    assert!(matches!(&fact, Fact::Known(Answer::Changes(changes)) if changes.len() == 1), "{fact:?}");

    let untimed = Server::always(page(&[call("s3.amazonaws.com", "PutBucketPolicy", "lately")], None));
    assert_eq!(changes(&untimed).await, Fact::Unreadable(Why::Garbled));
}
