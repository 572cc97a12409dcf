//! Questions about a bucket's settings and owner.

use std::collections::BTreeMap;

use super::server::{Asked, Says, Server, s3_error, says};
use super::{ACCOUNT, ask, bucket};
use crate::evidence::{Answer, Encryption, Fact, Question, Versioning, Why};

/// A question, its call, an answer to it, what that means, and the code for "there is none" where the call has one.
struct Case {
    question: Question,
    call: &'static str,
    body: &'static str,
    answer: Answer,
    none: Option<&'static str>,
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            question: Question::BucketPolicyStatus(bucket()),
            call: "policyStatus",
            body: "<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>",
            answer: Answer::Flag(true),
            none: Some("NoSuchBucketPolicy"),
        },
        Case {
            question: Question::BucketRequestPayment(bucket()),
            call: "requestPayment",
            body: "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>",
            answer: Answer::Flag(true),
            none: None,
        },
        Case {
            question: Question::BucketEncryption(bucket()),
            call: "encryption",
            body: "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
                   <SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>alias/reports</KMSMasterKeyID>\
                   </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled>\
                   <BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>\
                   </Rule></ServerSideEncryptionConfiguration>",
            answer: Answer::Encryption(Encryption {
                algorithm: "aws:kms".to_owned(),
                key: Some("alias/reports".to_owned()),
                bucket_key: true,
                blocks_customer_keys: true,
            }),
            none: Some("ServerSideEncryptionConfigurationNotFoundError"),
        },
        Case {
            question: Question::BucketVersioning(bucket()),
            call: "versioning",
            body: "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>",
            answer: Answer::Versioning(Versioning { enabled: true, mfa_delete: true }),
            none: None,
        },
        Case {
            question: Question::BucketAbac(bucket()),
            call: "abac",
            body: "<AbacStatus><Status>Enabled</Status></AbacStatus>",
            answer: Answer::Flag(true),
            none: None,
        },
        Case {
            question: Question::BucketTags(bucket()),
            call: "tagging",
            body: "<Tagging><TagSet><Tag><Key>team</Key><Value>a</Value></Tag></TagSet></Tagging>",
            answer: Answer::Tags(BTreeMap::from([("team".to_owned(), "a".to_owned())])),
            none: Some("NoSuchTagSet"),
        },
    ]
}

async fn answered(question: &Question, body: &str) -> Fact<Answer> {
    ask(&Server::always(says(200, body)), question.clone()).await
}

#[tokio::test]
async fn each_setting_is_found_for_the_expected_owner_after_a_throttle_and_wherever_the_bucket_is() {
    for case in cases() {
        let elsewhere = |asked: &Asked| !asked.header("authorization").unwrap().contains("/us-west-2/");
        let server = Server::start(move |asked, number| match number {
            0 => s3_error(503, "SlowDown"),
            _ if elsewhere(asked) => s3_error(301, "PermanentRedirect").with("x-amz-bucket-region", "us-west-2"),
            _ => says(200, case.body),
        });
        assert_eq!(ask(&server, case.question).await, Fact::Known(case.answer), "{}", case.call);
        let asked = server.asked();
        assert_eq!(asked.len(), 3);
        for asked in asked {
            assert!(asked.path.starts_with("/acme") && asked.path.contains(case.call), "{}", asked.path);
            assert_eq!(asked.header("x-amz-expected-bucket-owner"), Some(ACCOUNT));
        }
    }
}

#[tokio::test]
async fn no_setting_and_no_access_and_no_answer_differ() {
    for case in cases() {
        let fact = async |says: Says| ask(&Server::always(says), case.question.clone()).await;
        if let Some(none) = case.none {
            assert_eq!(fact(s3_error(404, none)).await, Fact::Absent, "{}", case.call);
        }
        assert_eq!(fact(s3_error(403, "AccessDenied")).await, Fact::Unreadable(Why::AccessDenied), "{}", case.call);
        assert_eq!(fact(s3_error(503, "SlowDown")).await, Fact::Unreadable(Why::Throttled), "{}", case.call);
        let gone = Why::Failed("NoSuchBucket".to_owned());
        assert_eq!(fact(s3_error(404, "NoSuchBucket")).await, Fact::Unreadable(gone), "{}", case.call);
        for body in ["<Wrong", "", "<html><body>Please log in</body></html>"] {
            assert_eq!(fact(says(200, body)).await, Fact::Unreadable(Why::Garbled), "{}: {body}", case.call);
        }
    }
}

#[tokio::test]
async fn settings_that_are_off() {
    let owner_pays = "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>";
    assert_eq!(answered(&Question::BucketRequestPayment(bucket()), owner_pays).await, Fact::Known(Answer::Flag(false)));
    let disabled = "<AbacStatus><Status>Disabled</Status></AbacStatus>";
    assert_eq!(answered(&Question::BucketAbac(bucket()), disabled).await, Fact::Known(Answer::Flag(false)));
    let private = "<PolicyStatus><IsPublic>false</IsPublic></PolicyStatus>";
    assert_eq!(answered(&Question::BucketPolicyStatus(bucket()), private).await, Fact::Known(Answer::Flag(false)));
    let off = Fact::Known(Answer::Versioning(Versioning::default()));
    for body in [
        "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"/>",
        "<VersioningConfiguration><Status>Suspended</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>",
    ] {
        assert_eq!(answered(&Question::BucketVersioning(bucket()), body).await, off);
    }
    let untagged = "<Tagging><TagSet></TagSet></Tagging>";
    let fact = answered(&Question::BucketTags(bucket()), untagged).await;
    assert_eq!(fact, Fact::Known(Answer::Tags(BTreeMap::new())));
}

#[tokio::test]
async fn values_that_nobody_documents_are_not_guessed() {
    for (question, body) in [
        (Question::BucketRequestPayment(bucket()), "<RequestPaymentConfiguration/>"),
        (
            Question::BucketRequestPayment(bucket()),
            "<RequestPaymentConfiguration><Payer>Nobody</Payer></RequestPaymentConfiguration>",
        ),
        (Question::BucketAbac(bucket()), "<AbacStatus/>"),
        (Question::BucketAbac(bucket()), "<AbacStatus><Status>Partly</Status></AbacStatus>"),
        (Question::BucketPolicyStatus(bucket()), "<PolicyStatus/>"),
        (
            Question::BucketVersioning(bucket()),
            "<VersioningConfiguration><Status>Partly</Status></VersioningConfiguration>",
        ),
        (Question::BucketEncryption(bucket()), "<ServerSideEncryptionConfiguration/>"),
    ] {
        assert_eq!(answered(&question, body).await, Fact::Unreadable(Why::Garbled), "{body}");
    }
}

#[tokio::test]
async fn encryption_without_a_key_or_without_a_default() {
    let rule = |inner: &str| {
        format!("<ServerSideEncryptionConfiguration><Rule>{inner}</Rule></ServerSideEncryptionConfiguration>")
    };
    let default = |algorithm: &str, key: Option<&str>, blocks_customer_keys| {
        Fact::Known(Answer::Encryption(Encryption {
            algorithm: algorithm.to_owned(),
            key: key.map(str::to_owned),
            bucket_key: false,
            blocks_customer_keys,
        }))
    };
    let question = Question::BucketEncryption(bucket());
    let set = |algorithm: &str| {
        format!(
            "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>{algorithm}</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
        )
    };
    assert_eq!(answered(&question, &rule(&set("AES256"))).await, default("AES256", None, false));
    assert_eq!(answered(&question, &rule(&set("aws:kms:dsse"))).await, default("aws:kms:dsse", None, false));
    let none = "<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes>";
    assert_eq!(answered(&question, &rule(&format!("{}{none}", set("AES256")))).await, default("AES256", None, false));
    let only = "<BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes>";
    assert_eq!(answered(&question, &rule(only)).await, default("AES256", None, true));
}
