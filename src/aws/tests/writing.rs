//! Writes that no stand-in takes as AWS does: an event bus, a table's revisions, canned and granted ACLs, and copies in parts.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::server::{Asked, Says, Server, s3_error, says};
use super::{ACCOUNT, account, bucket, edge};
use crate::aws::{AwsWriter, Own};
use crate::evidence::{Acl, Document, Grant, Grantee, ObjectRef, Permission};
use crate::ports::Writer;
use crate::remedy::{Edit, Image, Place, Stored};

const BUS: &str = "arn:aws:events:eu-west-1:111122223333:event-bus/orders";
const TABLE: &str = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";

fn writer(server: &Server) -> AwsWriter {
    edge(server, None, Own::Ambient).writer("event", None)
}

fn policy(sid: &str) -> Document {
    Document::of(json!({ "Version": "2012-10-17", "Statement": [{ "Sid": sid, "Effect": "Allow" }] }))
}

fn input(asked: &Asked) -> Value {
    serde_json::from_str(&asked.body).unwrap()
}

fn of_resource(arn: &str, before: Image, after: Image) -> Edit {
    Edit { place: Place::ResourcePolicy { account: account(), arn: arn.parse().unwrap() }, before, after }
}

/// A service with one policy, and its revision.
fn keeping(policy: Option<&str>) -> (Server, Arc<Mutex<Option<String>>>) {
    let there = Arc::new(Mutex::new(policy.map(str::to_owned)));
    let kept = Arc::clone(&there);
    let server = Server::start(move |asked, _| {
        let mut kept = kept.lock().unwrap();
        match asked.header("x-amz-target").unwrap() {
            "AWSEvents.DescribeEventBus" => says(200, json!({ "Name": "orders", "Policy": *kept }).to_string()),
            "AWSEvents.PutPermission" => {
                assert_eq!(input(asked)["EventBusName"], "orders");
                *kept = input(asked)["Policy"].as_str().map(str::to_owned);
                says(200, "")
            }
            "AWSEvents.RemovePermission" => {
                assert_eq!(input(asked)["RemoveAllPermissions"], true);
                *kept = None;
                says(200, "")
            }
            "DynamoDB_20120810.GetResourcePolicy" => match kept.as_deref() {
                Some(text) => says(200, json!({ "Policy": text, "RevisionId": "7" }).to_string()),
                None => says(400, json!({ "__type": "x#PolicyNotFoundException" }).to_string()),
            },
            "DynamoDB_20120810.PutResourcePolicy" => {
                let revision = if kept.is_some() { "7" } else { "NO_POLICY" };
                assert_eq!(input(asked)["ExpectedRevisionId"], revision);
                *kept = input(asked)["Policy"].as_str().map(str::to_owned);
                says(200, json!({ "RevisionId": "8" }).to_string())
            }
            "DynamoDB_20120810.DeleteResourcePolicy" => {
                assert_eq!(input(asked)["ExpectedRevisionId"], "7");
                *kept = None;
                says(200, "{}")
            }
            other => panic!("{other}"),
        }
    });
    (server, there)
}

#[tokio::test]
async fn a_policy_is_replaced_put_back_made_and_taken_away() {
    for arn in [BUS, TABLE] {
        let old = policy("old");
        let (server, _) = keeping(Some(&old.value().unwrap().to_string()));
        let edit = of_resource(arn, Image::Policy(old), Image::Policy(policy("new")));
        let writer = writer(&server);
        assert!(writer.read(&edit.place).await.unwrap().is_same(&edit.before), "{arn}");
        writer.write(&edit).await.unwrap();
        assert!(writer.read(&edit.place).await.unwrap().is_same(&edit.after), "{arn}");
        writer.write(&edit.undo()).await.unwrap();
        assert!(writer.read(&edit.place).await.unwrap().is_same(&edit.before), "{arn}");

        let (server, there) = keeping(None);
        let edit = of_resource(arn, Image::Nothing, Image::Policy(policy("new")));
        let writer = self::writer(&server);
        writer.write(&edit).await.unwrap();
        writer.write(&edit.undo()).await.unwrap();
        assert_eq!(*there.lock().unwrap(), None, "{arn}");
    }
}

#[tokio::test]
async fn a_tables_policy_is_written_only_in_place_of_the_one_that_was_looked_at() {
    let (server, there) = keeping(Some(&policy("theirs").value().unwrap().to_string()));
    let edit = of_resource(TABLE, Image::Policy(policy("old")), Image::Policy(policy("new")));
    let said = writer(&server).write(&edit).await.unwrap_err();
    assert!(said.contains("PolicyChanged"), "{said}");
    assert!(there.lock().unwrap().as_ref().unwrap().contains("theirs"));
}

fn object() -> ObjectRef {
    ObjectRef { bucket: bucket(), key: "a b/é.csv".to_owned(), version: None }
}

fn grant(id: &str, permission: Permission) -> Grant {
    Grant { grantee: Grantee::Account(id.to_owned()), permission }
}

/// By its name where it has one, so that the role's own policy can see it; by its grants where it has not.
#[tokio::test]
async fn an_acl_is_written_by_name_or_by_its_grants_and_never_for_another_owners_bucket() {
    let full = |id| grant(id, Permission::FullControl);
    let edit = |grants: Vec<Grant>| {
        let acl = |grants| Image::Acl(Acl { owner: Some("theirs".to_owned()), grants });
        let place = Place::ObjectAcl { object: object(), owner: account(), bucket_owner: "ours".to_owned() };
        Edit { place, before: acl(vec![full("theirs")]), after: acl(grants) }
    };
    let server = Server::always(says(200, ""));
    writer(&server).write(&edit(vec![full("theirs"), full("ours")])).await.unwrap();
    let read = grant("third", Permission::Read);
    writer(&server).write(&edit(vec![full("theirs"), read, full("ours")])).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked[0].header("x-amz-acl"), Some("bucket-owner-full-control"));
    assert_eq!(asked[0].header("x-amz-grant-full-control"), None);
    assert_eq!(asked[1].header("x-amz-acl"), None);
    assert_eq!(asked[1].header("x-amz-grant-full-control"), Some(r#"id="theirs", id="ours""#));
    assert_eq!(asked[1].header("x-amz-grant-read"), Some(r#"id="third""#));
    assert!(asked.iter().all(|asked| asked.header("x-amz-expected-bucket-owner") == Some(ACCOUNT)));
}

fn stored(size: i64) -> Stored {
    let one = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
    Stored {
        owner: "theirs".to_owned(),
        etag: "\"e1\"".to_owned(),
        version: Some("v1".to_owned()),
        size,
        headers: [
            ("content-type", "text/csv"),
            ("expires", "Thu, 01 Jan 2032 00:00:00 GMT"),
            ("website-redirect", "/x"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        metadata: one("quarter", "q3"),
        tags: one("team", "a&b"),
        storage_class: "STANDARD_IA".to_owned(),
        encryption: Some("aws:kms".to_owned()),
        key: Some("arn:aws:kms:eu-west-1:111122223333:key/k".to_owned()),
        bucket_key: true,
        checksum: Some("CRC32".to_owned()),
    }
}

/// A bucket with one object, which is `size` bytes long and belongs to whom `owner` says after so many writes.
fn holding(size: i64, change: impl Fn(Says) -> Says + Send + 'static, broken: Option<&'static str>) -> Server {
    let copied = Mutex::new(false);
    Server::start(move |asked, _| {
        let path = asked.path.clone();
        let is = |part: &str| path.contains(part);
        if asked.header("x-amz-copy-source").is_some() {
            assert_eq!(asked.header("x-amz-copy-source"), Some("acme/a%20b/%C3%A9.csv"));
            assert_eq!(asked.header("x-amz-copy-source-if-match"), Some("\"e1\""));
            assert_eq!(asked.header("x-amz-source-expected-bucket-owner"), Some(ACCOUNT));
        }
        if is("partNumber=") {
            if broken.is_some_and(&is) {
                return s3_error(412, "PreconditionFailed");
            }
            let part = path.split("partNumber=").nth(1).unwrap().split('&').next().unwrap();
            return says(200, format!("<CopyPartResult><ETag>\"p{part}\"</ETag></CopyPartResult>"));
        }
        if is("uploads") {
            return says(200, "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>");
        }
        if is("uploadId=u1") && asked.body.is_empty() {
            return says(204, "");
        }
        if asked.header("x-amz-copy-source").is_some() || is("uploadId=u1") {
            *copied.lock().unwrap() = true;
            let name = if is("uploadId") { "CompleteMultipartUploadResult" } else { "CopyObjectResult" };
            return says(200, format!("<{name}><ETag>\"e2\"</ETag></{name}>"));
        }
        if asked.method == "DELETE" {
            return says(204, "");
        }
        let copied = *copied.lock().unwrap();
        if is("tagging") {
            let tag = "<Tag><Key>team</Key><Value>a&amp;b</Value></Tag>";
            return says(200, format!("<Tagging><TagSet>{tag}</TagSet></Tagging>"));
        }
        if is("versioning") {
            return says(200, "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
        }
        if is("list-type=2") {
            let owner = if copied { "ours" } else { "theirs" };
            return says(
                200,
                format!(
                    "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a%20b/%C3%A9.csv</Key><Owner><ID>{owner}</ID></Owner></Contents></ListBucketResult>"
                ),
            );
        }
        let head = says(200, "")
            .with("etag", if copied { "\"e2\"" } else { "\"e1\"" })
            .with("x-amz-version-id", if copied { "v2" } else { "v1" })
            .with("content-type", "text/csv")
            .with("expires", "Thu, 01 Jan 2032 00:00:00 GMT")
            .with("x-amz-website-redirect-location", "/x")
            .with("x-amz-meta-quarter", "q3")
            .with("x-amz-storage-class", "STANDARD_IA")
            .with("x-amz-server-side-encryption", "aws:kms")
            .with("x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:eu-west-1:111122223333:key/k")
            .with("x-amz-server-side-encryption-bucket-key-enabled", "true")
            .with("x-amz-checksum-crc32", "AAAAAA==")
            .sized(size);
        change(head)
    })
}

fn copy() -> Edit {
    let owner = |id: &str| Image::Owner(id.to_owned());
    let place = Place::Object { object: object(), owner: "ours".to_owned() };
    Edit { place, before: owner("theirs"), after: owner("ours") }
}

#[tokio::test]
async fn a_copy_is_given_all_that_the_object_has() {
    let server = holding(7, |head| head, None);
    let writer = writer(&server);
    let edit = writer.complete(copy()).await.unwrap();
    assert_eq!(edit.before, Image::Object(Box::new(stored(7))));
    assert_eq!(edit.after, Image::Object(Box::new(stored(7).owned_by("ours"))));
    writer.write(&edit).await.unwrap();
    assert!(writer.read(&edit.place).await.unwrap().is_same(&edit.after));
    let asked = server.asked();
    let made = asked.iter().find(|asked| asked.header("x-amz-copy-source").is_some()).unwrap();
    for (name, value) in [
        ("x-amz-metadata-directive", "REPLACE"),
        ("x-amz-tagging-directive", "COPY"),
        ("content-type", "text/csv"),
        ("expires", "Thu, 01 Jan 2032 00:00:00 GMT"),
        ("x-amz-website-redirect-location", "/x"),
        ("x-amz-meta-quarter", "q3"),
        ("x-amz-storage-class", "STANDARD_IA"),
        ("x-amz-server-side-encryption", "aws:kms"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "arn:aws:kms:eu-west-1:111122223333:key/k"),
        ("x-amz-server-side-encryption-bucket-key-enabled", "true"),
        ("x-amz-checksum-algorithm", "CRC32"),
        ("x-amz-expected-bucket-owner", ACCOUNT),
    ] {
        assert_eq!(made.header(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn a_long_object_is_copied_in_parts_and_nothing_is_left_of_a_copy_that_fails() {
    for broken in [None, Some("partNumber=2")] {
        let server = holding(25, |head| head, broken);
        let mut writer = writer(&server);
        writer.copied_at_once = 10;
        let edit = writer.complete(copy()).await.unwrap();
        let written = writer.write(&edit).await;
        let asked = server.asked();
        let ranges: Vec<_> = asked.iter().filter_map(|asked| asked.header("x-amz-copy-source-range")).collect();
        let aborted = asked.iter().any(|asked| asked.method == "DELETE" && asked.path.contains("uploadId=u1"));
        if broken.is_none() {
            assert_eq!(written, Ok(()));
            assert_eq!(ranges, ["bytes=0-9", "bytes=10-19", "bytes=20-24"]);
            let begun = asked.iter().find(|asked| asked.path.contains("uploads")).unwrap();
            assert_eq!(begun.header("x-amz-tagging"), Some("team=a%26b"));
            assert_eq!(begun.header("x-amz-meta-quarter"), Some("q3"));
            assert!(!aborted);
        } else {
            assert!(written.unwrap_err().contains("PreconditionFailed"));
            assert!(aborted, "parts are left");
        }
    }
}

#[tokio::test]
async fn what_a_copy_would_lose_is_refused() {
    for (header, value, word) in [
        ("x-amz-storage-class", "GLACIER", "archived"),
        ("x-amz-archive-status", "ARCHIVE_ACCESS", "archived"),
        ("x-amz-object-lock-mode", "GOVERNANCE", "Object Lock"),
        ("x-amz-object-lock-legal-hold", "ON", "Object Lock"),
        ("x-amz-server-side-encryption-customer-algorithm", "AES256", "key of the customer's own"),
        ("x-amz-missing-meta", "1", "metadata"),
        ("expires", "soon", "Expires"),
    ] {
        let server = holding(7, move |head| head.without(header).with(header, value), None);
        let said = writer(&server).complete(copy()).await.unwrap_err();
        assert!(said.contains(word), "{header}: {said}");
        assert!(server.asked().iter().all(|asked| asked.method == "GET" || asked.method == "HEAD"), "{header}");
    }
}

#[tokio::test]
async fn a_copy_that_lost_something_is_deleted_again() {
    // Whatever it is told, this one forgets the storage class of what it copies.
    let server = holding(
        7,
        |head| {
            if head.has("x-amz-version-id", "v2") { head.without("x-amz-storage-class") } else { head }
        },
        None,
    );
    let writer = writer(&server);
    let edit = writer.complete(copy()).await.unwrap();
    let said = writer.write(&edit).await.unwrap_err();
    assert!(said.contains("storage class") && said.contains("deleted again"), "{said}");
    let asked = server.asked();
    let deleted = asked.iter().find(|asked| asked.method == "DELETE").unwrap();
    assert!(deleted.path.contains("versionId=v2"), "{}", deleted.path);
}
