//! Questions about what is kept with an object: tags, locks, metadata.

use std::collections::BTreeMap;

use super::server::{Asked, Says, Server, s3_error, says};
use super::{ACCOUNT, ask, bucket, edge_with};
use crate::evidence::{Answer, Fact, ObjectLock, ObjectMetadata, ObjectRef, Question, Why};
use crate::ports::Reader;

const RETAINED: &str =
    "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>2030-01-02T03:04:05.000Z</RetainUntilDate></Retention>";
const HELD: &str = "<LegalHold><Status>ON</Status></LegalHold>";

fn object(version: Option<&str>) -> ObjectRef {
    ObjectRef { bucket: bucket(), key: "a b/c.csv".to_owned(), version: version.map(str::to_owned) }
}

fn s3_text(status: u16, code: &str, message: &str) -> Says {
    says(status, format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"))
}

fn moved(asked: &Asked) -> bool {
    asked.header("authorization").unwrap().contains("/us-west-2/")
}

#[tokio::test]
async fn tags_of_an_object_and_of_a_version() {
    let body = "<Tagging><TagSet><Tag><Key>team</Key><Value>a</Value></Tag></TagSet></Tagging>";
    let tags = Fact::Known(Answer::Tags(BTreeMap::from([("team".to_owned(), "a".to_owned())])));
    for version in [None, Some("v1")] {
        let server = Server::start(move |asked, _| {
            if moved(asked) {
                says(200, body)
            } else {
                s3_error(301, "PermanentRedirect").with("x-amz-bucket-region", "us-west-2")
            }
        });
        assert_eq!(ask(&server, Question::ObjectTags(object(version))).await, tags);
        let asked = server.asked();
        assert_eq!(asked.len(), 2);
        assert!(
            asked[1].path.starts_with("/acme/a%20b/c.csv?") && asked[1].path.contains("tagging"),
            "{}",
            asked[1].path
        );
        assert_eq!(asked[1].path.contains("versionId=v1"), version.is_some());
        assert_eq!(asked[1].header("x-amz-expected-bucket-owner"), Some(ACCOUNT));
    }
    let fact = async |says: Says| ask(&Server::always(says), Question::ObjectTags(object(None))).await;
    assert_eq!(fact(says(200, "<Tagging><TagSet/></Tagging>")).await, Fact::Known(Answer::Tags(BTreeMap::new())));
    assert_eq!(fact(s3_error(404, "NoSuchKey")).await, Fact::Absent);
    assert_eq!(fact(s3_error(404, "NoSuchVersion")).await, Fact::Absent);
    assert_eq!(fact(s3_error(403, "AccessDenied")).await, Fact::Unreadable(Why::AccessDenied));
    assert_eq!(fact(s3_error(503, "SlowDown")).await, Fact::Unreadable(Why::Throttled));
    assert_eq!(fact(says(200, "<html>")).await, Fact::Unreadable(Why::Garbled));
}

/// The lock of an object for an answer about its retention and one about its legal hold.
async fn lock(retention: Says, hold: Says) -> Fact<Answer> {
    let server = Server::start(move |asked, _| {
        assert_eq!(asked.header("x-amz-expected-bucket-owner"), Some(ACCOUNT));
        assert!(asked.path.contains("versionId=v1"), "{}", asked.path);
        if asked.path.contains("legal-hold") { hold.clone() } else { retention.clone() }
    });
    ask(&server, Question::ObjectLock(object(Some("v1")))).await
}

fn locked(mode: Option<&str>, legal_hold: bool) -> Fact<Answer> {
    let until = mode.map(|_| "2030-01-02T03:04:05Z".parse().unwrap());
    Fact::Known(Answer::ObjectLock(ObjectLock { mode: mode.map(str::to_owned), until, legal_hold }))
}

#[tokio::test]
async fn what_locks_an_object() {
    let (retained, held) = (|| says(200, RETAINED), || says(200, HELD));
    let none = || s3_error(404, "NoSuchObjectLockConfiguration");
    assert_eq!(lock(retained(), held()).await, locked(Some("COMPLIANCE"), true));
    assert_eq!(lock(retained(), none()).await, locked(Some("COMPLIANCE"), false));
    assert_eq!(lock(none(), held()).await, locked(None, true));
    let released = says(200, "<LegalHold><Status>OFF</Status></LegalHold>");
    assert_eq!(lock(none(), released.clone()).await, Fact::Absent);
    assert_eq!(lock(says(200, "<Retention/>"), released).await, Fact::Absent);
}

#[tokio::test]
async fn nothing_locks_what_has_no_lock() {
    for none in [
        s3_error(404, "NoSuchObjectLockConfiguration"),
        s3_error(404, "ObjectLockConfigurationNotFoundError"),
        s3_error(404, "NoSuchKey"),
        s3_error(404, "NoSuchVersion"),
        s3_text(400, "InvalidRequest", "Bucket is missing Object Lock Configuration"),
        s3_text(400, "InvalidRequest", "Bucket is missing ObjectLockConfiguration"),
    ] {
        assert_eq!(lock(none.clone(), none).await, Fact::Absent);
    }
}

#[tokio::test]
async fn half_a_lock_is_not_known() {
    let (retained, held) = (says(200, RETAINED), says(200, HELD));
    let denied = || s3_error(403, "AccessDenied");
    assert_eq!(lock(denied(), held.clone()).await, Fact::Unreadable(Why::AccessDenied));
    assert_eq!(lock(retained.clone(), denied()).await, Fact::Unreadable(Why::AccessDenied));
    assert_eq!(lock(retained.clone(), s3_error(503, "SlowDown")).await, Fact::Unreadable(Why::Throttled));
    let invalid = s3_text(400, "InvalidRequest", "Something else");
    assert_eq!(lock(invalid, held.clone()).await, Fact::Unreadable(Why::Failed("InvalidRequest".to_owned())));
    for odd in [
        "<Retention><Mode>COMPLIANCE</Mode></Retention>",
        "<Retention><RetainUntilDate>2030-01-02T03:04:05Z</RetainUntilDate></Retention>",
        "<Retention><Mode>COMPLIANCE</Mode><RetainUntilDate>soon</RetainUntilDate></Retention>",
        "<html>",
    ] {
        assert_eq!(lock(says(200, odd), held.clone()).await, Fact::Unreadable(Why::Garbled), "{odd}");
    }
    for odd in ["<LegalHold/>", "<LegalHold><Status>MAYBE</Status></LegalHold>", "<html>"] {
        assert_eq!(lock(retained.clone(), says(200, odd)).await, Fact::Unreadable(Why::Garbled), "{odd}");
    }
    let event = says(200, "<Retention><Mode>COMPLIANCE</Mode><EventHold>ON</EventHold></Retention>");
    assert_eq!(lock(event, held).await, Fact::Unreadable(Why::Failed("EventHold".to_owned())));
}

/// Asks as one who opted in to it.
async fn ask_metadata(server: &Server, version: Option<&str>) -> Fact<Answer> {
    let edge = edge_with(server, |options| options.object_metadata = true);
    edge.reader("event", None).ask(&Question::ObjectMetadata(object(version))).await.fact
}

/// The metadata of an object for the headers of an answer.
async fn metadata(headers: &[(&'static str, &str)]) -> ObjectMetadata {
    let says = headers.iter().fold(says(200, ""), |says, (name, value)| says.with(name, value));
    let server = Server::always(says);
    let fact = ask_metadata(&server, None).await;
    assert_eq!(server.asked()[0].header("x-amz-expected-bucket-owner"), Some(ACCOUNT));
    let Fact::Known(Answer::ObjectMetadata(metadata)) = fact else { panic!("{fact:?}") };
    metadata
}

#[tokio::test]
async fn how_an_object_is_encrypted() {
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let kms = metadata(&[
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", arn),
        ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
    ])
    .await;
    let expected = ObjectMetadata {
        algorithm: Some("aws:kms".to_owned()),
        key: Some(arn.to_owned()),
        bucket_key: true,
        ..ObjectMetadata::default()
    };
    assert_eq!(kms, expected);
    let own = metadata(&[("x-amz-server-side-encryption-customer-algorithm", "AES256")]).await;
    assert_eq!(own, ObjectMetadata { customer_key: true, ..ObjectMetadata::default() });
    assert_eq!(metadata(&[]).await, ObjectMetadata::default());
}

#[tokio::test]
async fn an_archived_object_is_archived_until_it_is_restored() {
    let class = |name: &'static str| ("x-amz-storage-class", name);
    let restore = |text: &'static str| ("x-amz-restore", text);
    let copy = restore("ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2029 00:00:00 GMT\"");
    for (headers, archived) in [
        (vec![class("STANDARD_IA")], false),
        (vec![class("GLACIER_IR")], false),
        (vec![class("GLACIER")], true),
        (vec![class("DEEP_ARCHIVE"), restore("ongoing-request=\"true\"")], true),
        (vec![class("DEEP_ARCHIVE"), copy], false),
        (vec![class("INTELLIGENT_TIERING")], false),
        (vec![class("INTELLIGENT_TIERING"), ("x-amz-archive-status", "ARCHIVE_ACCESS")], true),
    ] {
        let found = metadata(&headers).await;
        assert_eq!((found.archived, found.storage_class.as_deref()), (archived, Some(headers[0].1)), "{headers:?}");
    }
    assert_eq!(metadata(&[class("STANDARD")]).await.storage_class, None);
}

#[tokio::test]
async fn no_object_and_no_access_differ_without_a_body_too() {
    let server = Server::always(says(404, ""));
    assert_eq!(ask_metadata(&server, Some("v1")).await, Fact::Absent);
    assert!(server.asked()[0].path.contains("versionId=v1"));
    let fact = async |status| ask_metadata(&Server::always(says(status, "")), None).await;
    assert_eq!(fact(403).await, Fact::Unreadable(Why::AccessDenied));
    assert_eq!(fact(503).await, Fact::Unreadable(Why::Throttled));
    assert_eq!(fact(400).await, Fact::Unreadable(Why::Failed("HTTP 400".to_owned())));

    let elsewhere = Server::start(|asked, _| {
        if moved(asked) { says(200, "") } else { says(301, "").with("x-amz-bucket-region", "us-west-2") }
    });
    assert!(matches!(ask_metadata(&elsewhere, None).await, Fact::Known(_)));
}

#[tokio::test]
async fn metadata_is_not_asked_for_unless_somebody_opted_in() {
    let server = Server::always(says(200, ""));
    let fact = ask(&server, Question::ObjectMetadata(object(None))).await;
    assert_eq!(fact, Fact::Unreadable(Why::NotAsked));
    assert!(server.asked().is_empty());
}
