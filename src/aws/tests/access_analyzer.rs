//! Access Analyzer's opinion: given, denied, and garbled. The answers are those that AWS documents.

use serde_json::{Value, json};

use super::server::{Asked, Says, Server, says};
use super::{account, bucket, edge};
use crate::aws::Own;
use crate::evidence::{Document, Entity, EntityKind};
use crate::remedy::{Change, Opinion, PolicyPlace};

fn document(action: &str) -> Document {
    Document::of(json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": action }] }))
}

fn of_bucket() -> Change {
    Change::Policy {
        on: PolicyPlace::Bucket(bucket()),
        before: Some(document("s3:GetObject")),
        after: document("s3:*"),
    }
}

fn answer(asked: &Asked) -> Says {
    let body = match asked.path.split('?').next().unwrap() {
        "/policy/validation" if asked.path.contains("nextToken=more") => {
            json!({ "findings": [{ "findingType": "SECURITY_WARNING", "issueCode": "PASS_ROLE_WITH_STAR_IN_RESOURCE",
                "findingDetails": "d", "learnMoreLink": "l", "locations": [] }] })
        }
        "/policy/validation" => json!({ "nextToken": "more", "findings": [{ "findingType": "SUGGESTION",
            "issueCode": "REDUNDANT_ACTION", "findingDetails": "d", "learnMoreLink": "l", "locations": [] }] }),
        "/policy/check-no-new-access" => json!({ "result": "FAIL", "message": "m",
            "reasons": [{ "description": "New access in the statement with index: 0.", "statementIndex": 0 }] }),
        "/policy/check-no-public-access" => json!({ "result": "PASS", "message": "m" }),
        other => panic!("{other}"),
    };
    says(200, body.to_string())
}

async fn opinion(server: &Server, change: &Change) -> Option<Opinion> {
    edge(server, None, Own::Ambient).opinion(change).await
}

#[tokio::test]
async fn faults_new_access_and_public_access_are_told() {
    let server = Server::start(|asked, _| answer(asked));
    let faults = Ok(vec!["PASS_ROLE_WITH_STAR_IN_RESOURCE".to_owned()]);
    let expected = Opinion { faults, new_access: Some(Ok(true)), public: Some(Ok(false)) };
    assert_eq!(opinion(&server, &of_bucket()).await, Some(expected));
    let asked = server.asked();
    let body = |path: &str| -> Value {
        serde_json::from_str(&asked.iter().find(|asked| asked.path == path).unwrap().body).unwrap()
    };
    assert_eq!(body("/policy/validation")["validatePolicyResourceType"], "AWS::S3::Bucket");
    assert_eq!(body("/policy/check-no-new-access")["policyType"], "RESOURCE_POLICY");
    assert_eq!(body("/policy/check-no-public-access")["resourceType"], "AWS::S3::Bucket");
    assert!(asked.iter().all(|asked| asked.header("authorization").unwrap().contains("/access-analyzer/aws4_request")));
}

#[tokio::test]
async fn that_it_may_not_be_asked_is_said_and_no_failure() {
    let denied = says(403, r#"{"message":"m"}"#).with("x-amzn-errortype", "AccessDeniedException");
    let why = || "AWS denied it".to_owned();
    let expected = Opinion { faults: Err(why()), new_access: Some(Err(why())), public: Some(Err(why())) };
    assert_eq!(opinion(&Server::always(denied), &of_bucket()).await, Some(expected));
    let garbled = opinion(&Server::always(says(200, "{}")), &of_bucket()).await.unwrap();
    assert!(garbled.faults.is_err() && garbled.new_access.unwrap().is_err() && garbled.public.unwrap().is_err());
}

#[tokio::test]
async fn an_identity_policy_that_is_new_is_only_validated() {
    let entity = Entity { kind: EntityKind::Role, account: account(), name: "app".to_owned() };
    let on = PolicyPlace::Inline { entity, policy: "p".to_owned() };
    let server = Server::start(|asked, _| answer(asked));
    let given = opinion(&server, &Change::Policy { on, before: None, after: document("s3:*") }).await.unwrap();
    assert_eq!((given.new_access, given.public), (None, None));
    assert!(server.asked().iter().all(|asked| asked.body.contains("IDENTITY_POLICY")));
}
