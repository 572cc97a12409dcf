//! Policies of resources of every kind: found, none, denied, throttled, malformed.

use serde_json::{Value, json};

use super::server::{Asked, Says, Server, query, query_error, says};
use super::{ACCOUNT, account, ask};
use crate::arn::Arn;
use crate::evidence::{Answer, Document, Fact, Question, RESOURCE_POLICIES, Why, resource_policy};

pub(super) const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"a":"<b>&\"c\""}}}]}"#;

const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
const REPOSITORY: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/team/app";
const BUS: &str = "arn:aws:events:eu-west-1:111122223333:event-bus/orders";
const DATABASE: &str = "arn:aws:glue:eu-west-1:111122223333:database/sales";
const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:app";
const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:orders";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:orders";

const GRANTS: &str = "arn:aws:s3:eu-west-1:111122223333:access-grants/default";
const OBJECT_LAMBDA: &str = "arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/redacted";

const ALL: &[&str] = &[TABLE, REPOSITORY, BUS, DATABASE, FUNCTION, SECRET, TOPIC, QUEUE, GRANTS, OBJECT_LAMBDA];

async fn policy(server: &Server, arn: &str) -> Fact<Answer> {
    ask(server, Question::ResourcePolicy { account: account(), arn: arn.parse().unwrap() }).await
}

/// What a service answers to a read of a policy, or of none.
pub(super) fn answer(asked: &Asked, policy: Option<&str>) -> Says {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    if asked.path.starts_with("/v20180820/") {
        let policy = policy.map(|policy| format!("<Policy>{}</Policy>", escape(policy))).unwrap_or_default();
        let point = asked.path.contains("accesspointforobjectlambda");
        let name = if point { "GetAccessPointPolicyForObjectLambda" } else { "GetAccessGrantsInstanceResourcePolicy" };
        return says(200, format!("<{name}Result>{policy}</{name}Result>"));
    }
    let body = match asked.header("x-amz-target") {
        Some("DynamoDB_20120810.GetResourcePolicy") => json!({ "Policy": policy, "RevisionId": "1" }),
        Some("AmazonEC2ContainerRegistry_V20150921.GetRepositoryPolicy") => {
            json!({ "registryId": ACCOUNT, "repositoryName": "team/app", "policyText": policy })
        }
        Some("AWSEvents.DescribeEventBus") => json!({ "Name": "orders", "Arn": BUS, "Policy": policy }),
        Some("AWSGlue.GetResourcePolicy") => json!({ "PolicyInJson": policy, "PolicyHash": "x" }),
        Some("secretsmanager.GetResourcePolicy") => json!({ "ARN": SECRET, "Name": "db", "ResourcePolicy": policy }),
        Some("AmazonSQS.GetQueueUrl") => json!({ "QueueUrl": "https://sqs.example/111122223333/orders" }),
        Some("AmazonSQS.GetQueueAttributes") => match policy {
            Some(policy) => json!({ "Attributes": { "Policy": policy } }),
            None => json!({}),
        },
        Some(other) => panic!("{other}"),
        None if asked.body.starts_with("Action=GetTopicAttributes&") => {
            let entry = |key: &str, value: &str| format!("<entry><key>{key}</key><value>{value}</value></entry>");
            let policy = policy.map(|policy| entry("Policy", &escape(policy))).unwrap_or_default();
            let attributes = format!("<Attributes>{}{policy}</Attributes>", entry("TopicArn", TOPIC));
            return query("GetTopicAttributes", &attributes);
        }
        None => json!({ "Policy": policy, "RevisionId": "1" }),
    };
    says(200, body.to_string())
}

/// An error, as the service of the request writes it.
fn error(asked: &Asked, status: u16, code: &str) -> Says {
    if asked.body.starts_with("Action=") || asked.path.starts_with("/v20180820/") {
        query_error(status, code)
    } else if asked.header("x-amz-target").is_some() {
        says(status, json!({ "__type": format!("com.amazonaws#{code}"), "message": "m" }).to_string())
    } else {
        says(status, r#"{"Type":"User","Message":"m"}"#).with("x-amzn-errortype", code)
    }
}

fn input(asked: &Asked) -> Value {
    serde_json::from_str(&asked.body).unwrap()
}

#[test]
fn every_row_has_a_resource_here() {
    for row in RESOURCE_POLICIES {
        let of_row = |arn: &&&str| resource_policy(&arn.parse::<Arn>().unwrap()).is_some_and(|found| found == row);
        assert!(ALL.iter().any(|arn| of_row(&arn)), "{row:?}");
    }
}

#[tokio::test]
async fn a_policy_is_found() {
    for arn in ALL {
        let server = Server::start(|asked, _| answer(asked, Some(POLICY)));
        assert_eq!(policy(&server, arn).await, Fact::Known(Answer::Policy(Document::new(POLICY))), "{arn}");
    }
}

#[tokio::test]
async fn none_is_what_the_service_calls_none() {
    let by_answer = [BUS, SECRET, TOPIC, QUEUE];
    let by_error = [
        (TABLE, "PolicyNotFoundException"),
        (REPOSITORY, "RepositoryPolicyNotFoundException"),
        (DATABASE, "EntityNotFoundException"),
        (FUNCTION, "ResourceNotFoundException"),
        (GRANTS, "AccessGrantsInstanceResourcePolicyNotExists"),
        (OBJECT_LAMBDA, "NoSuchAccessPointPolicy"),
    ];
    assert_eq!(by_answer.len() + by_error.len(), ALL.len());
    for arn in by_answer {
        assert_eq!(policy(&Server::start(|asked, _| answer(asked, None)), arn).await, Fact::Absent, "{arn}");
        assert_eq!(policy(&Server::start(|asked, _| answer(asked, Some(""))), arn).await, Fact::Absent, "{arn}");
    }
    for (arn, code) in by_error {
        let server = Server::start(move |asked, _| error(asked, 400, code));
        assert_eq!(policy(&server, arn).await, Fact::Absent, "{arn}");
        let fact = policy(&Server::start(|asked, _| answer(asked, None)), arn).await;
        assert_eq!(fact, Fact::Unreadable(Why::Garbled), "{arn}: an answer without a policy is none");
    }
}

#[tokio::test]
async fn no_access_is_never_none() {
    for arn in ALL {
        for (status, code) in [(400, "AccessDeniedException"), (403, "AccessDenied"), (403, "AuthorizationError")] {
            let server = Server::start(move |asked, _| error(asked, status, code));
            assert_eq!(policy(&server, arn).await, Fact::Unreadable(Why::AccessDenied), "{arn} {code}");
        }
    }
    // The queue's URL is told, its policy is not.
    let server = Server::start(
        |asked, number| {
            if number == 0 { answer(asked, None) } else { error(asked, 403, "AccessDenied") }
        },
    );
    assert_eq!(policy(&server, QUEUE).await, Fact::Unreadable(Why::AccessDenied));
}

#[tokio::test]
async fn no_resource_is_no_answer_where_the_service_tells_it_from_no_policy() {
    for (arn, code) in [
        (TABLE, "ResourceNotFoundException"),
        (REPOSITORY, "RepositoryNotFoundException"),
        (BUS, "ResourceNotFoundException"),
        (SECRET, "ResourceNotFoundException"),
        (TOPIC, "NotFound"),
        (QUEUE, "QueueDoesNotExist"),
        (GRANTS, "AccessGrantsInstanceNotExistsError"),
        (OBJECT_LAMBDA, "NoSuchAccessPoint"),
    ] {
        let server = Server::start(move |asked, _| error(asked, 400, code));
        assert_eq!(policy(&server, arn).await, Fact::Unreadable(Why::Failed(code.to_owned())), "{arn}");
    }
}

#[tokio::test]
async fn a_throttle_is_waited_out_and_one_that_stays_is_said() {
    for arn in ALL {
        let server = Server::start(|asked, number| match number {
            0 => error(asked, 429, "TooManyRequestsException"),
            _ => answer(asked, Some(POLICY)),
        });
        assert!(matches!(policy(&server, arn).await, Fact::Known(_)), "{arn}");
        let server = Server::start(|asked, _| error(asked, 400, "ThrottlingException"));
        assert_eq!(policy(&server, arn).await, Fact::Unreadable(Why::Throttled), "{arn}");
        assert_eq!(server.asked().len(), 3);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_garbled() {
    for arn in ALL {
        for text in ["allow", "[]", "\"{}\"", "{"] {
            let server = Server::start(move |asked, _| answer(asked, Some(text)));
            assert_eq!(policy(&server, arn).await, Fact::Unreadable(Why::Garbled), "{arn} {text}");
        }
        let server = Server::always(says(200, "<html></html>"));
        assert_eq!(policy(&server, arn).await, Fact::Unreadable(Why::Garbled), "{arn}");
    }
    let server = Server::always(says(200, r#"{"Policy":{}}"#));
    assert_eq!(policy(&server, BUS).await, Fact::Unreadable(Why::Garbled), "a policy is text");
}

#[tokio::test]
async fn resources_are_named_with_their_account() {
    let asked = async |arn: &str| {
        let server = Server::start(|asked, _| answer(asked, Some(POLICY)));
        assert!(matches!(policy(&server, arn).await, Fact::Known(_)), "{arn}");
        server.asked()
    };
    assert_eq!(input(&asked(TABLE).await[0]), json!({ "ResourceArn": TABLE }));
    assert_eq!(input(&asked(&format!("{TABLE}/index/by-day")).await[0]), json!({ "ResourceArn": TABLE }));
    let stream = format!("{TABLE}/stream/2026-01-01T00:00:00.000");
    assert_eq!(input(&asked(&stream).await[0]), json!({ "ResourceArn": stream }));
    assert_eq!(input(&asked(REPOSITORY).await[0]), json!({ "registryId": ACCOUNT, "repositoryName": "team/app" }));
    assert_eq!(input(&asked(BUS).await[0]), json!({ "Name": BUS }));
    assert_eq!(input(&asked(DATABASE).await[0]), json!({}));
    assert_eq!(input(&asked(SECRET).await[0]), json!({ "SecretId": SECRET }));

    let encoded = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Aapp/policy";
    assert_eq!(asked(FUNCTION).await[0].path, encoded);
    assert_eq!(asked(&format!("{FUNCTION}:live")).await[0].path, format!("{encoded}?Qualifier=live"));

    let grants = &asked(GRANTS).await[0];
    assert!(grants.path.starts_with("/v20180820/accessgrantsinstance/resourcepolicy"), "{}", grants.path);
    assert_eq!(grants.header("x-amz-account-id"), Some(ACCOUNT));
    let point = &asked(OBJECT_LAMBDA).await[0];
    assert!(point.path.starts_with("/v20180820/accesspointforobjectlambda/redacted/policy"), "{}", point.path);
    assert_eq!(point.header("x-amz-account-id"), Some(ACCOUNT));

    let topic = "TopicArn=arn%3Aaws%3Asns%3Aeu-west-1%3A111122223333%3Aorders";
    for arn in [TOPIC, &format!("{TOPIC}:6f0d9d3e-0000-0000-0000-000000000000")] {
        let asked = asked(arn).await;
        assert!(asked[0].body.ends_with(topic), "{}", asked[0].body);
    }

    let queue = asked(QUEUE).await;
    assert_eq!(input(&queue[0]), json!({ "QueueName": "orders", "QueueOwnerAWSAccountId": ACCOUNT }));
    let url = "https://sqs.example/111122223333/orders";
    assert_eq!(input(&queue[1]), json!({ "QueueUrl": url, "AttributeNames": ["Policy"] }));
}

#[tokio::test]
async fn what_has_no_policy_to_ask_for_is_not_asked() {
    let server = Server::always(says(200, "{}"));
    for arn in ["arn:aws:sns:eu-west-1:111122223333:app/GCM/shop", "arn:aws:logs:eu-west-1:111122223333:log-group:x"] {
        assert_eq!(policy(&server, arn).await, Fact::Unreadable(Why::NotAsked), "{arn}");
    }
    assert!(server.asked().is_empty());
}
