//! Questions to KMS: a key, its policy and its grants.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::server::{Asked, Says, Server, says};
use super::{account, ask};
use crate::evidence::{Answer, Document, Fact, GrantConstraints, KeyRef, KmsGrant, KmsKeyInfo, Question, Why};

const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}]}"#;

fn answer(body: &Value) -> Says {
    says(200, body.to_string()).with("content-type", "application/x-amz-json-1.1")
}

fn refusal(code: &str) -> Says {
    says(400, json!({ "__type": code, "message": "m" }).to_string()).with("content-type", "application/x-amz-json-1.1")
}

fn operation(asked: &Asked) -> &str {
    asked.header("x-amz-target").unwrap().strip_prefix("TrentService.").unwrap()
}

fn field(asked: &Asked, name: &str) -> Option<String> {
    serde_json::from_str::<Value>(&asked.body).unwrap()[name].as_str().map(str::to_owned)
}

fn described(state: &str, manager: &str) -> Says {
    answer(&json!({ "KeyMetadata": { "KeyId": ID, "Arn": ARN, "KeyState": state, "KeyManager": manager } }))
}

fn key(key: &str) -> KeyRef {
    KeyRef { account: account(), region: "eu-west-1".to_owned(), key: key.to_owned() }
}

fn questions() -> [Question; 3] {
    [Question::KmsKey(key(ARN)), Question::KmsKeyPolicy(key(ARN)), Question::KmsGrants(key(ARN))]
}

#[tokio::test]
async fn a_keys_state_and_who_manages_it() {
    for (state, manager, aws_managed) in [("Enabled", "CUSTOMER", false), ("PendingDeletion", "AWS", true)] {
        let info = KmsKeyInfo { arn: ARN.parse().unwrap(), state: state.to_owned(), aws_managed };
        let server = Server::always(described(state, manager));
        assert_eq!(ask(&server, Question::KmsKey(key(ID))).await, Fact::Known(Answer::KmsKey(info)));
        assert_eq!(field(&server.asked()[0], "KeyId").as_deref(), Some(ID));
    }
    let nobodys = answer(&json!({ "KeyMetadata": { "KeyId": ID, "Arn": ARN, "KeyState": "Enabled" } }));
    let fact = ask(&Server::always(nobodys), Question::KmsKey(key(ID))).await;
    assert_eq!(fact, Fact::Unreadable(Why::Garbled));
}

#[tokio::test]
async fn a_key_that_is_not_there_and_one_that_we_may_not_see_differ() {
    for question in questions() {
        let fact = async |says: Says| ask(&Server::always(says), question.clone()).await;
        assert_eq!(fact(refusal("NotFoundException")).await, Fact::Absent, "{question:?}");
        assert_eq!(fact(refusal("AccessDeniedException")).await, Fact::Unreadable(Why::AccessDenied));
        assert_eq!(fact(refusal("ThrottlingException")).await, Fact::Unreadable(Why::Throttled));
        assert_eq!(fact(refusal("DependencyTimeoutException")).await, Fact::Unreadable(Why::Timeout));
        let invalid = Why::Failed("KMSInvalidStateException".to_owned());
        assert_eq!(fact(refusal("KMSInvalidStateException")).await, Fact::Unreadable(invalid));
        for odd in ["", "{}", "<html>"] {
            assert_eq!(fact(says(200, odd)).await, Fact::Unreadable(Why::Garbled), "{question:?}: {odd}");
        }
    }
}

#[tokio::test]
async fn a_key_is_asked_for_in_its_own_region() {
    let arn = "arn:aws:kms:ap-south-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab";
    let server = Server::always(described("Enabled", "CUSTOMER"));
    ask(&server, Question::KmsKey(key(arn))).await;
    assert!(server.asked()[0].header("authorization").unwrap().contains("/ap-south-1/kms/"));
}

#[tokio::test]
async fn the_policy_of_a_key() {
    let server = Server::start(|asked, number| {
        assert_eq!((operation(asked), field(asked, "PolicyName").as_deref()), ("GetKeyPolicy", Some("default")));
        if number == 0 {
            refusal("ThrottlingException")
        } else {
            answer(&json!({ "Policy": POLICY, "PolicyName": "default" }))
        }
    });
    let fact = ask(&server, Question::KmsKeyPolicy(key(ARN))).await;
    assert_eq!(fact, Fact::Known(Answer::Policy(Document::new(POLICY))));
    assert_eq!(field(&server.asked()[1], "KeyId").as_deref(), Some(ARN));
    for odd in [json!({}), json!({ "Policy": "" }), json!({ "Policy": "\"text\"" })] {
        let fact = ask(&Server::always(answer(&odd)), Question::KmsKeyPolicy(key(ARN))).await;
        assert_eq!(fact, Fact::Unreadable(Why::Garbled), "{odd}");
    }
}

#[tokio::test]
async fn only_the_keys_own_account_is_asked_for_its_policy() {
    let foreign = ARN.replace("111122223333", "444455556666");
    let server = Server::always(refusal("NotFoundException"));
    assert_eq!(ask(&server, Question::KmsKeyPolicy(key(&foreign))).await, Fact::Unreadable(Why::NotAsked));
    assert!(server.asked().is_empty());
    ask(&server, Question::KmsKey(key(&foreign))).await;
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn an_alias_is_looked_up_where_kms_knows_none() {
    let alias = "arn:aws:kms:eu-west-1:111122223333:alias/reports";
    let server = Server::start(|asked, _| match operation(asked) {
        "DescribeKey" => described("Enabled", "CUSTOMER"),
        "GetKeyPolicy" => answer(&json!({ "Policy": POLICY })),
        _ => answer(&json!({ "Grants": [] })),
    });
    for question in [Question::KmsKeyPolicy(key(alias)), Question::KmsGrants(key("alias/reports"))] {
        assert!(matches!(ask(&server, question).await, Fact::Known(_)));
    }
    let ids: Vec<_> = server.asked().iter().map(|asked| field(asked, "KeyId").unwrap()).collect();
    assert_eq!(ids, [alias, ARN, "alias/reports", ARN]);
    let none = Server::always(refusal("NotFoundException"));
    assert_eq!(ask(&none, Question::KmsGrants(key("alias/reports"))).await, Fact::Absent);
}

#[tokio::test]
async fn asking_never_makes_a_key() {
    let server = Server::start(|asked, _| match (operation(asked), field(asked, "Marker").as_deref()) {
        ("ListAliases", None) => answer(&json!({ "Truncated": true, "NextMarker": "more", "Aliases": [
            { "AliasName": "alias/aws/ebs", "AliasArn": "arn:aws:kms:eu-west-1:111122223333:alias/aws/ebs" },
        ] })),
        ("ListAliases", Some(_)) => answer(&json!({ "Truncated": false, "Aliases": [
            { "AliasName": "alias/aws/s3", "TargetKeyId": ID },
        ] })),
        ("DescribeKey", _) => described("Enabled", "AWS"),
        other => panic!("{other:?}"),
    });
    let info = KmsKeyInfo { arn: ARN.parse().unwrap(), state: "Enabled".to_owned(), aws_managed: true };
    for alias in ["alias/aws/s3", "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3"] {
        assert_eq!(ask(&server, Question::KmsKey(key(alias))).await, Fact::Known(Answer::KmsKey(info.clone())));
    }
    let described: Vec<_> = server.asked().iter().filter(|asked| operation(asked) == "DescribeKey").cloned().collect();
    assert!(described.iter().all(|asked| field(asked, "KeyId").as_deref() == Some(ID)), "{described:?}");

    for alias in ["alias/aws/ebs", "alias/aws/dynamodb"] {
        for question in
            [Question::KmsKey(key(alias)), Question::KmsKeyPolicy(key(alias)), Question::KmsGrants(key(alias))]
        {
            let before = server.asked().len();
            assert_eq!(ask(&server, question).await, Fact::Absent, "{alias} has no key yet");
            assert!(server.asked().iter().skip(before).all(|asked| operation(asked) == "ListAliases"));
        }
    }
    let foreign = "arn:aws:kms:eu-west-1:444455556666:alias/aws/s3";
    let before = server.asked().len();
    assert_eq!(ask(&server, Question::KmsKey(key(foreign))).await, Fact::Unreadable(Why::NotAsked));
    assert_eq!(server.asked().len(), before);
    let denied = Server::always(refusal("AccessDeniedException"));
    let fact = ask(&denied, Question::KmsKey(key("alias/aws/s3"))).await;
    assert_eq!(fact, Fact::Unreadable(Why::AccessDenied));
}

#[tokio::test]
async fn grants_are_listed_to_the_end() {
    let server = Server::start(|asked, _| match field(asked, "Marker").as_deref() {
        None => answer(&json!({ "Truncated": true, "NextMarker": "more", "Grants": [{
            "KeyId": ARN, "GrantId": "g1", "GranteePrincipal": "arn:aws:iam::444455556666:role/app",
            "RetiringPrincipal": "arn:aws:iam::111122223333:root", "Operations": ["Decrypt", "GenerateDataKey"],
            "Constraints": { "EncryptionContextSubset": { "team": "a" } },
        }] })),
        Some(_) => answer(&json!({ "Truncated": false, "Grants": [
            { "GrantId": "g2", "GranteeServicePrincipal": "ec2.amazonaws.com", "Operations": ["CreateGrant"],
              "RetiringServicePrincipal": "ec2.amazonaws.com",
              "Constraints": { "SourceArn": "arn:aws:ec2:eu-west-1:111122223333:volume/vol-1" } },
        ] })),
    });
    let pairs = BTreeMap::from([("team".to_owned(), "a".to_owned())]);
    let constraints = GrantConstraints { encryption_context_subset: Some(pairs), ..GrantConstraints::default() };
    let expected = vec![
        KmsGrant {
            grantee_principal: "arn:aws:iam::444455556666:role/app".to_owned(),
            retiring_principal: Some("arn:aws:iam::111122223333:root".to_owned()),
            operations: ["Decrypt", "GenerateDataKey"].map(str::to_owned).to_vec(),
            constraints: Some(constraints),
        },
        KmsGrant {
            grantee_principal: "ec2.amazonaws.com".to_owned(),
            retiring_principal: Some("ec2.amazonaws.com".to_owned()),
            operations: vec!["CreateGrant".to_owned()],
            constraints: Some(GrantConstraints {
                source_arn: Some("arn:aws:ec2:eu-west-1:111122223333:volume/vol-1".to_owned()),
                ..GrantConstraints::default()
            }),
        },
    ];
    assert_eq!(ask(&server, Question::KmsGrants(key(ARN))).await, Fact::Known(Answer::KmsGrants(expected)));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_grant_to_nobody_leaves_none_known() {
    let grants = json!([
        { "GranteePrincipal": "arn:aws:iam::444455556666:role/app", "Operations": ["Decrypt"] },
        { "GrantId": "g1", "Operations": ["Decrypt"] },
    ]);
    let server = Server::always(answer(&json!({ "Grants": grants, "Truncated": false })));
    assert_eq!(ask(&server, Question::KmsGrants(key(ARN))).await, Fact::Unreadable(Why::Garbled));
}
