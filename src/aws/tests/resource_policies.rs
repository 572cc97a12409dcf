//! Policies of resources of every kind: found, none, denied, throttled, malformed.

use serde_json::{Value, json};

use super::server::{Asked, Says, Server, query, query_error, s3_error, says};
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

const DIRECTORY: &str = "arn:aws:s3express:eu-west-1:111122223333:bucket/fast--euw1-az1--x-s3";
const DIRECTORY_POINT: &str = "arn:aws:s3express:eu-west-1:111122223333:accesspoint/point--euw1-az1--xa-s3";
const OUTPOST_BUCKET: &str = "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/bucket/local";
const OUTPOST_POINT: &str = "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/here";
const LAKE: &str = "arn:aws:s3tables:eu-west-1:111122223333:bucket/lake";
const LAKE_TABLE: &str = "arn:aws:s3tables:eu-west-1:111122223333:bucket/lake/table/5e1f";

const ALL: &[&str] = &[
    TABLE,
    REPOSITORY,
    BUS,
    DATABASE,
    FUNCTION,
    SECRET,
    TOPIC,
    QUEUE,
    GRANTS,
    OBJECT_LAMBDA,
    DIRECTORY,
    DIRECTORY_POINT,
    OUTPOST_BUCKET,
    OUTPOST_POINT,
    LAKE,
    LAKE_TABLE,
];

async fn policy(server: &Server, arn: &str) -> Fact<Answer> {
    ask(server, Question::ResourcePolicy { account: account(), arn: arn.parse().unwrap() }).await
}

/// What S3 control is asked by its paths.
const CONTROL: &[(&str, &str)] = &[
    ("/accesspointforobjectlambda/", "GetAccessPointPolicyForObjectLambda"),
    ("/accessgrantsinstance/", "GetAccessGrantsInstanceResourcePolicy"),
    ("/accesspoint/", "GetAccessPointPolicy"),
    ("/bucket/", "GetBucketPolicy"),
];

/// What a service answers to a read of a policy, or of none.
pub(super) fn answer(asked: &Asked, policy: Option<&str>) -> Says {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
    if asked.path.starts_with("/v20180820/") {
        let policy = policy.map(|policy| format!("<Policy>{}</Policy>", escape(policy))).unwrap_or_default();
        let (_, name) = CONTROL.iter().find(|(part, _)| asked.path.contains(part)).unwrap();
        return says(200, format!("<{name}Result>{policy}</{name}Result>"));
    }
    if is_bucket(asked) {
        return says(200, policy.unwrap_or_default());
    }
    if asked.path.starts_with("/get-table?") {
        let table = json!({ "name": "orders", "namespace": ["shop"], "tableARN": LAKE_TABLE });
        return says(200, table.to_string());
    }
    if asked.path.starts_with("/buckets/") || asked.path.starts_with("/tables/") {
        return says(200, json!({ "resourcePolicy": policy }).to_string());
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

/// What is asked before the policy is answered, and the policy itself as `otherwise` says.
fn of_policy(asked: &Asked, policy: Option<&str>, otherwise: impl Fn(&Asked) -> Says) -> Says {
    if asked.path.starts_with("/get-table?") { answer(asked, policy) } else { otherwise(asked) }
}

/// Whether a directory bucket is asked, which answers with the policy as it is.
fn is_bucket(asked: &Asked) -> bool {
    asked.path.starts_with("/fast--")
}

/// An error, as the service of the request writes it.
fn error(asked: &Asked, status: u16, code: &str) -> Says {
    if is_bucket(asked) {
        return s3_error(status, code);
    }
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
        (DIRECTORY, "NoSuchBucketPolicy"),
        (DIRECTORY_POINT, "NoSuchAccessPointPolicy"),
        (OUTPOST_BUCKET, "NoSuchBucketPolicy"),
        (OUTPOST_POINT, "NoSuchAccessPointPolicy"),
        (LAKE, "NotFoundException"),
        (LAKE_TABLE, "NotFoundException"),
    ];
    assert_eq!(by_answer.len() + by_error.len(), ALL.len());
    for arn in by_answer {
        assert_eq!(policy(&Server::start(|asked, _| answer(asked, None)), arn).await, Fact::Absent, "{arn}");
        assert_eq!(policy(&Server::start(|asked, _| answer(asked, Some(""))), arn).await, Fact::Absent, "{arn}");
    }
    for (arn, code) in by_error {
        let server = Server::start(move |asked, _| of_policy(asked, None, |asked| error(asked, 400, code)));
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
        (DIRECTORY, "NoSuchBucket"),
        (DIRECTORY_POINT, "NoSuchAccessPoint"),
        (OUTPOST_BUCKET, "NoSuchBucket"),
        (OUTPOST_POINT, "NoSuchAccessPoint"),
        // The table is looked up before its policy is.
        (LAKE_TABLE, "NotFoundException"),
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

    let directory = &asked(DIRECTORY).await[0];
    assert_eq!(directory.path, "/fast--euw1-az1--x-s3/?policy");
    assert_eq!(directory.header("x-amz-expected-bucket-owner"), None, "it is not supported there");
    assert!(directory.header("authorization").unwrap().contains("/eu-west-1/s3express/aws4_request"));
    let point = &asked(DIRECTORY_POINT).await[0];
    assert!(point.path.starts_with("/v20180820/accesspoint/point--euw1-az1--xa-s3/policy"), "{}", point.path);
    assert!(point.header("authorization").unwrap().contains("/eu-west-1/s3express/aws4_request"));
    for (arn, path) in
        [(OUTPOST_BUCKET, "/v20180820/bucket/local/policy"), (OUTPOST_POINT, "/v20180820/accesspoint/here/policy")]
    {
        let asked = &asked(arn).await[0];
        assert_eq!(asked.path, path);
        assert_eq!(asked.header("x-amz-account-id"), Some(ACCOUNT));
        assert_eq!(asked.header("x-amz-outpost-id"), Some("op-1"));
        assert!(asked.header("authorization").unwrap().contains("/eu-west-1/s3-outposts/aws4_request"));
    }
    let lake = "arn%3Aaws%3As3tables%3Aeu-west-1%3A111122223333%3Abucket%2Flake";
    assert_eq!(asked(LAKE).await[0].path, format!("/buckets/{lake}/policy"));
    let table = asked(LAKE_TABLE).await;
    assert_eq!(table[0].path, format!("/get-table?tableArn={lake}%2Ftable%2F5e1f"));
    assert_eq!(table[1].path, format!("/tables/{lake}/shop/orders/policy"));

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
