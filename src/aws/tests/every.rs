//! Every kind of question, against a service that refuses, is busy, or talks nonsense. What each finds, and what none
//! is, stands in the files of the services.

use serde_json::json;

use super::server::{Asked, Says, Server, query_error, s3_error, says};
use super::{account, bucket, edge_with, role};
use crate::evidence::{
    AccessPointRef, Answer, ControlPolicy, Entity, EntityKind, Fact, KeyRef, ObjectRef, Question, RESOURCE_POLICIES,
    SPECS, SessionRef, Why,
};
use crate::ports::Reader;

const REGION: &str = "eu-west-1";

fn entity(kind: EntityKind) -> Entity {
    Entity { kind, ..role() }
}

fn of_entities(question: fn(Entity) -> Question) -> impl Iterator<Item = Question> {
    [EntityKind::Role, EntityKind::User, EntityKind::Group].into_iter().map(move |kind| question(entity(kind)))
}

fn of_bucket() -> Vec<Question> {
    vec![
        Question::OwnedBucket(bucket()),
        Question::BucketPolicy(bucket()),
        Question::BucketPolicyStatus(bucket()),
        Question::BucketOwnership(bucket()),
        Question::BucketAcl(bucket()),
        Question::BucketPublicAccessBlock(bucket()),
        Question::BucketRequestPayment(bucket()),
        Question::BucketEncryption(bucket()),
        Question::BucketVersioning(bucket()),
        Question::BucketAbac(bucket()),
        Question::BucketTags(bucket()),
    ]
}

fn of_object() -> Vec<Question> {
    let (key, version) = ("a/b".to_owned(), "v1".to_owned());
    let object = ObjectRef { bucket: bucket(), key: key.clone(), version: None };
    let versioned = ObjectRef { version: Some(version.clone()), ..object.clone() };
    vec![
        Question::Object { bucket: bucket(), key: key.clone() },
        Question::ObjectVersion { bucket: bucket(), key: key.clone(), version: version.clone() },
        Question::ObjectAcl { bucket: bucket(), key: key.clone() },
        Question::ObjectVersionAcl { bucket: bucket(), key, version },
        Question::OwnersObjectAcl { object: object.clone(), owner: account() },
        Question::ObjectTags(object.clone()),
        Question::ObjectTags(versioned.clone()),
        Question::ObjectLock(object.clone()),
        Question::ObjectMetadata(object),
        Question::ObjectMetadata(versioned),
    ]
}

fn of_organization() -> Vec<Question> {
    let arn = "arn:aws:organizations::999988887777:policy/o-abc/service_control_policy/p-1".parse().unwrap();
    vec![
        Question::OrganizationPath { account: account() },
        Question::AccountTags { account: account() },
        Question::ControlPolicies { target: "r-1".to_owned(), kind: ControlPolicy::Scp },
        Question::ControlPolicies { target: "r-1".to_owned(), kind: ControlPolicy::Rcp },
        Question::OrganizationPolicy { arn },
    ]
}

fn of_s3_control() -> Vec<Question> {
    let (region, name) = (REGION.to_owned(), "reports".to_owned());
    let point = AccessPointRef { account: account(), region: region.clone(), access_point: name.clone() };
    let grantee = "arn:aws:iam::111122223333:role/app".parse().unwrap();
    vec![
        Question::AccountPublicAccessBlock { account: account(), region: region.clone() },
        Question::AccessPoint(point.clone()),
        Question::AccessPointPolicy(point.clone()),
        Question::AccessPointAlias { account: account(), region: region.clone(), alias: "reports-s3alias".to_owned() },
        Question::MultiRegionAccessPoint { account: account(), alias: "abc.mrap".to_owned() },
        Question::MultiRegionAccessPointPolicy { account: account(), name },
        Question::ObjectLambda(point),
        Question::AccessGrants { account: account(), region, grantee },
    ]
}

fn of_others() -> Vec<Question> {
    let region = || REGION.to_owned();
    let key = |key: &str| KeyRef { account: account(), region: region(), key: key.to_owned() };
    let own = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let created = "2026-11-02T02:10:00Z".parse().unwrap();
    let session = SessionRef {
        account: account(),
        region: region(),
        of: "app".to_owned(),
        session: "s".to_owned(),
        created,
        access_key: "ASIA************0001".to_owned(),
    };
    let mut questions = vec![
        Question::Groups(entity(EntityKind::User)),
        Question::ManagedPolicy { account: account(), arn: "arn:aws:iam::111122223333:policy/p".parse().unwrap() },
        Question::Session(session),
        Question::CanonicalId { account: account(), region: region() },
        Question::VpcEndpoint { account: account(), region: region(), endpoint: "vpce-1".to_owned() },
        Question::KmsKey(key(own)),
        Question::KmsKey(key("alias/aws/s3")),
        Question::KmsKeyPolicy(key(own)),
        Question::KmsGrants(key(own)),
        Question::ResourceTags { account: account(), arn: "arn:aws:sns:eu-west-1:111122223333:t".parse().unwrap() },
        Question::Authorization { account: account(), region: region(), id: "abc".to_owned() },
        Question::DecodedMessage { account: account(), region: region(), message: "m".to_owned() },
        Question::Changes { account: account(), region: region(), resource: "acme".to_owned(), since: created },
        Question::GlueJobs { account: account(), region: region(), role: "app".to_owned() },
    ];
    questions.extend(RESOURCE_POLICIES.iter().map(|row| {
        let arn = format!("arn:aws:{}:eu-west-1:111122223333:{}x", row.service, row.prefix);
        Question::ResourcePolicy { account: account(), arn: arn.parse().unwrap() }
    }));
    questions
}

fn of_edges() -> Vec<Question> {
    let region = || "us-east-1".to_owned();
    let by =
        |name: &str| Question::Distribution { account: account(), region: region(), distribution: name.to_owned() };
    let acl = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2".parse().unwrap();
    vec![
        by("E1"),
        by("www.example.com"),
        Question::OriginDistributions { account: account(), region: region(), bucket: "acme".to_owned() },
        Question::OriginAccessControl { account: account(), region: region(), control: "E2".to_owned() },
        Question::WebAcl { account: account(), arn: acl },
    ]
}

fn questions() -> Vec<Question> {
    let policy = |of: Entity| Question::InlinePolicy { of, policy: "p".to_owned() };
    let mut all: Vec<_> = of_entities(Question::InlinePolicies).collect();
    all.extend(of_entities(Question::AttachedPolicies));
    all.extend(of_entities(policy));
    all.extend([EntityKind::Role, EntityKind::User].map(|kind| Question::Identity(entity(kind))));
    all.into_iter()
        .chain(of_bucket())
        .chain(of_object())
        .chain(of_organization())
        .chain(of_s3_control())
        .chain(of_others())
        .chain(of_edges())
        .collect()
}

#[test]
fn every_kind_is_here() {
    let here: Vec<_> = questions().iter().map(Question::spec).collect();
    let specs = SPECS.iter().chain(RESOURCE_POLICIES.iter().map(|row| &row.spec));
    let lacking: Vec<_> = specs.filter(|spec| !here.contains(spec)).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

/// Services that answer in XML by paths: S3's control plane, and CloudFront.
fn xml(path: &str) -> bool {
    path.starts_with("/v20180820/") || path.starts_with("/2020-05-31/")
}

/// An error, as the service of the request writes it.
fn error(asked: &Asked, status: u16, code: &str) -> Says {
    if asked.header("x-amz-target").is_some() {
        says(status, json!({ "__type": code, "message": "m" }).to_string())
    } else if asked.path.starts_with("/2015-03-31/") || asked.path.starts_with("/authorization-details/") {
        says(status, r#"{"message":"m"}"#).with("x-amzn-errortype", code)
    } else if asked.body.starts_with("Action=") || xml(&asked.path) {
        query_error(status, code)
    } else {
        s3_error(status, code)
    }
}

async fn fact(server: &Server, question: &Question) -> Fact<Answer> {
    edge_with(server, |options| options.object_metadata = true).reader("event", None).ask(question).await.fact
}

#[tokio::test]
async fn a_refusal_is_told_and_is_never_none() {
    for question in questions() {
        let server = Server::start(|asked, _| error(asked, 403, "AccessDenied"));
        assert_eq!(fact(&server, &question).await, Fact::Unreadable(Why::AccessDenied), "{question:?}");
    }
}

#[tokio::test]
async fn a_throttle_is_waited_out_and_one_that_stays_is_told() {
    for question in questions() {
        let server = Server::start(|asked, number| match number {
            0 => error(asked, 503, "SlowDown"),
            _ => error(asked, 403, "AccessDenied"),
        });
        let after = fact(&server, &question).await;
        assert_eq!(after, Fact::Unreadable(Why::AccessDenied), "{question:?}: what comes after a throttle counts");
        let server = Server::start(|asked, _| error(asked, 503, "SlowDown"));
        assert_eq!(fact(&server, &question).await, Fact::Unreadable(Why::Throttled), "{question:?}");
        assert!(server.asked().len() >= 3, "{question:?}");
    }
}

#[tokio::test]
async fn nonsense_is_told_and_is_never_none() {
    for question in questions() {
        // The head of an object has no body to be nonsense.
        if matches!(question, Question::ObjectMetadata(_)) {
            continue;
        }
        let server = Server::always(says(200, "<html><body>hello</body></html>"));
        assert_eq!(fact(&server, &question).await, Fact::Unreadable(Why::Garbled), "{question:?}");
    }
}
