//! Questions: found, none, denied, throttled, paged, moved, malformed.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_types::timeout::TimeoutConfig;

use super::server::{Server, query, query_error, s3_error, says};
use super::{ACCOUNT, account, ask, bucket, edge, role};
use crate::aws::Own;
use crate::aws::s3::canonical_id;
use crate::evidence::{
    Acl, Answer, Document, Entity, EntityKind, Fact, Grant, Grantee, GranteeGroup, ObjectInfo, ObjectOwnership,
    Permission, PublicAccessBlock, Question, Why,
};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

fn names(names: &[&str]) -> Fact<Answer> {
    Fact::Known(Answer::Names(names.iter().map(|&name| name.to_owned()).collect()))
}

fn unreadable(why: Why) -> Fact<Answer> {
    Fact::Unreadable(why)
}

#[tokio::test]
async fn a_bucket_policy_is_found_for_its_expected_owner() {
    let server = Server::always(says(200, POLICY));
    assert_eq!(
        ask(&server, Question::BucketPolicy(bucket())).await,
        Fact::Known(Answer::Policy(Document::new(POLICY)))
    );
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].path.starts_with("/acme"), "by path: {}", asked[0].path);
    assert_eq!(asked[0].header("x-amz-expected-bucket-owner"), Some(ACCOUNT));
}

#[tokio::test]
async fn no_policy_and_no_access_and_no_bucket_differ() {
    let fact =
        async |code, status| ask(&Server::always(s3_error(status, code)), Question::BucketPolicy(bucket())).await;
    assert_eq!(fact("NoSuchBucketPolicy", 404).await, Fact::Absent);
    assert_eq!(fact("AccessDenied", 403).await, unreadable(Why::AccessDenied));
    assert_eq!(fact("NoSuchBucket", 404).await, unreadable(Why::Failed("NoSuchBucket".to_owned())));
}

#[tokio::test]
async fn a_throttle_is_waited_out_and_one_that_stays_is_said() {
    let server = Server::start(|_, number| if number == 0 { s3_error(503, "SlowDown") } else { says(200, POLICY) });
    assert!(matches!(ask(&server, Question::BucketPolicy(bucket())).await, Fact::Known(_)));
    assert_eq!(server.asked().len(), 2);

    let server = Server::always(query_error(400, "Throttling"));
    assert_eq!(ask(&server, Question::Identity(role())).await, unreadable(Why::Throttled));
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_garbled() {
    let server = Server::always(says(200, "<Wrong"));
    for question in [Question::BucketAcl(bucket()), Question::BucketOwnership(bucket()), Question::Identity(role())] {
        assert_eq!(ask(&server, question.clone()).await, unreadable(Why::Garbled), "{question:?}");
    }
}

/// A call with another configuration than questions have.
async fn list_buckets(server: &Server, change: impl FnOnce(SdkConfig) -> SdkConfig) -> Why {
    let config = change(edge(server, None, Own::Ambient).ambient.in_region("eu-west-1"));
    canonical_id(&aws_sdk_s3::Client::new(&config)).await.unwrap_err().why().clone()
}

#[tokio::test]
async fn nobody_listening_is_a_failed_connection() {
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let why = list_buckets(&Server::always(says(200, "")), |config| {
        config.into_builder().endpoint_url(format!("http://{free}")).build()
    })
    .await;
    assert_eq!(why, Why::Failed("connection".to_owned()));
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_timeout() {
    let server = Server::start(|_, _| {
        std::thread::sleep(Duration::from_millis(300));
        says(200, "")
    });
    let short = TimeoutConfig::builder().operation_attempt_timeout(Duration::from_millis(50)).build();
    assert_eq!(list_buckets(&server, |config| config.into_builder().timeout_config(short).build()).await, Why::Timeout);
}

#[tokio::test]
async fn no_credentials_is_no_failed_connection() {
    let none =
        SharedCredentialsProvider::new(provide_credentials_fn(async || Err(CredentialsError::not_loaded("none"))));
    let why =
        list_buckets(&Server::always(says(200, "")), |config| config.into_builder().credentials_provider(none).build())
            .await;
    assert_eq!(why, Why::Failed("credentials".to_owned()));
}

#[tokio::test]
async fn a_bucket_elsewhere_is_asked_there_once() {
    let server = Server::start(|asked, _| {
        if asked.header("authorization").is_some_and(|text| text.contains("/us-west-2/")) {
            says(200, POLICY)
        } else {
            s3_error(301, "PermanentRedirect").with("x-amz-bucket-region", "us-west-2")
        }
    });
    assert!(matches!(ask(&server, Question::BucketPolicy(bucket())).await, Fact::Known(_)));
    assert_eq!(server.asked().len(), 2);

    let body = "<Error><Code>AuthorizationHeaderMalformed</Code><Region>us-east-2</Region></Error>";
    let server = Server::always(says(400, body));
    let fact = ask(&server, Question::BucketPolicy(bucket())).await;
    assert_eq!(fact, unreadable(Why::Failed("AuthorizationHeaderMalformed".to_owned())));
    assert_eq!(server.asked().len(), 2, "no third place");
}

#[tokio::test]
async fn who_owns_new_objects() {
    let body =
        "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerPreferred</ObjectOwnership></Rule></OwnershipControls>";
    let fact = ask(&Server::always(says(200, body)), Question::BucketOwnership(bucket())).await;
    assert_eq!(fact, Fact::Known(Answer::Ownership(ObjectOwnership::BucketOwnerPreferred)));
    let server = Server::always(s3_error(404, "OwnershipControlsNotFoundError"));
    assert_eq!(ask(&server, Question::BucketOwnership(bucket())).await, Fact::Absent);
}

#[tokio::test]
async fn public_access_is_blocked_by_the_bucket_or_the_account() {
    let body = "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    let blocked = PublicAccessBlock { restrict_public_buckets: true, ..PublicAccessBlock::default() };
    let of_account = Question::AccountPublicAccessBlock { account: account(), region: "eu-west-1".to_owned() };
    for question in [Question::BucketPublicAccessBlock(bucket()), of_account] {
        let server = Server::always(says(200, body));
        assert_eq!(ask(&server, question.clone()).await, Fact::Known(Answer::PublicAccessBlock(blocked)));
        for none in [s3_error, query_error] {
            let none = Server::always(none(404, "NoSuchPublicAccessBlockConfiguration"));
            assert_eq!(ask(&none, question.clone()).await, Fact::Absent);
        }
        assert!(server.asked()[0].header("host").unwrap().contains("127.0.0.1"));
    }
}

#[tokio::test]
async fn an_acl_with_an_account_and_groups() {
    let body = r#"<AccessControlPolicy><Owner><ID>owner</ID></Owner><AccessControlList>
        <Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>other</ID></Grantee>
            <Permission>FULL_CONTROL</Permission></Grant>
        <Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group">
            <URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>
        </AccessControlList></AccessControlPolicy>"#;
    let grants = vec![
        Grant { grantee: Grantee::Account("other".to_owned()), permission: Permission::FullControl },
        Grant { grantee: Grantee::Group(GranteeGroup::AllUsers), permission: Permission::Read },
    ];
    let expected = Fact::Known(Answer::Acl(Acl { owner: Some("owner".to_owned()), grants }));
    let of_object = Question::ObjectAcl { bucket: bucket(), key: "a/b".to_owned() };
    for question in [Question::BucketAcl(bucket()), of_object.clone()] {
        assert_eq!(ask(&Server::always(says(200, body)), question).await, expected);
    }
    assert_eq!(ask(&Server::always(s3_error(404, "NoSuchKey")), of_object.clone()).await, Fact::Absent);
    let odd = body.replace("FULL_CONTROL", "SOMETHING");
    assert_eq!(ask(&Server::always(says(200, odd)), of_object).await, unreadable(Why::Garbled));
}

#[tokio::test]
async fn an_object_is_there_only_under_its_exact_key() {
    let listing = |key: &str, class: &str| {
        says(
            200,
            format!(
                "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>{key}</Key><Owner><ID>owner</ID></Owner>\
                 <StorageClass>{class}</StorageClass></Contents></ListBucketResult>"
            ),
        )
    };
    let question = Question::Object { bucket: bucket(), key: "a b/\u{1}".to_owned() };
    let mut info = ObjectInfo { owner: Some("owner".to_owned()), delete_marker: false, storage_class: None };
    let server = Server::always(listing("a+b/%01", "STANDARD"));
    assert_eq!(ask(&server, question.clone()).await, Fact::Known(Answer::Object(info.clone())));
    assert!(server.asked()[0].path.contains("max-keys=1") && server.asked()[0].path.contains("fetch-owner=true"));
    info.storage_class = Some("GLACIER".to_owned());
    let server = Server::always(listing("a+b/%01", "GLACIER"));
    assert_eq!(ask(&server, question.clone()).await, Fact::Known(Answer::Object(info)));
    assert_eq!(ask(&Server::always(listing("a+b/%012", "STANDARD")), question.clone()).await, Fact::Absent);
    assert_eq!(ask(&Server::always(says(200, "<ListBucketResult></ListBucketResult>")), question).await, Fact::Absent);
}

#[tokio::test]
async fn a_version_is_looked_for_page_by_page_until_the_key_ends() {
    let first = "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>\
                 <NextVersionIdMarker>v3</NextVersionIdMarker><Version><Key>k</Key><VersionId>v3</VersionId>\
                 <StorageClass>DEEP_ARCHIVE</StorageClass></Version></ListVersionsResult>";
    let second = "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k2</NextKeyMarker>\
                  <NextVersionIdMarker>v1</NextVersionIdMarker><DeleteMarker><Key>k</Key><VersionId>v2</VersionId></DeleteMarker>\
                  <Version><Key>k2</Key><VersionId>v1</VersionId></Version></ListVersionsResult>";
    let server = || {
        Server::start(move |asked, _| {
            says(200, if asked.path.contains("version-id-marker=v3") { second } else { first })
        })
    };
    let question =
        |version: &str| Question::ObjectVersion { bucket: bucket(), key: "k".to_owned(), version: version.to_owned() };
    let found = |info| Fact::Known(Answer::Object(info));
    let archived = ObjectInfo { storage_class: Some("DEEP_ARCHIVE".to_owned()), ..ObjectInfo::default() };
    assert_eq!(ask(&server(), question("v3")).await, found(archived));
    let marker = ObjectInfo { delete_marker: true, ..ObjectInfo::default() };
    assert_eq!(ask(&server(), question("v2")).await, found(marker));
    let other = server();
    assert_eq!(ask(&other, question("v1")).await, Fact::Absent, "v1 is a version of another key");
    assert_eq!(other.asked().len(), 2);
}

#[tokio::test]
async fn the_canonical_id_is_the_lists_owner() {
    let body = "<ListAllMyBucketsResult><Owner><ID>canonical</ID></Owner><Buckets/></ListAllMyBucketsResult>";
    let who = "<Account>111122223333</Account>";
    let server = Server::start(move |asked, _| {
        let asks_who = asked.body.contains("Action=GetCallerIdentity");
        if asks_who { query("GetCallerIdentity", who) } else { says(200, body) }
    });
    let question = Question::CanonicalId { account: account(), region: "eu-west-1".to_owned() };
    assert_eq!(ask(&server, question).await, Fact::Known(Answer::CanonicalId("canonical".to_owned())));
}

#[tokio::test]
async fn a_role_with_boundary_and_tags_and_trust_policy() {
    let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
    let role_text = "<Role><Path>/team/</Path><RoleName>app</RoleName><RoleId>AROAEXAMPLE</RoleId>\
        <Arn>arn:aws:iam::111122223333:role/team/app</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
        <PermissionsBoundary><PermissionsBoundaryArn>arn:aws:iam::111122223333:policy/edge</PermissionsBoundaryArn></PermissionsBoundary>\
        <Tags><member><Key>team</Key><Value>a</Value></member></Tags>TRUST</Role>";
    let trusting = |text: &str| query("GetRole", &role_text.replace("TRUST", text));
    let document = format!("<AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument>");
    let fact = ask(&Server::always(trusting(&document)), Question::Identity(role())).await;
    let Fact::Known(Answer::Identity(info)) = fact else { panic!("{fact:?}") };
    assert_eq!((info.arn.as_str(), info.id.as_str()), ("arn:aws:iam::111122223333:role/team/app", "AROAEXAMPLE"));
    assert_eq!(info.boundary.unwrap().as_str(), "arn:aws:iam::111122223333:policy/edge");
    assert_eq!(info.tags["team"], "a");
    assert_eq!(info.trust, Some(Document::new(r#"{"Version":"2012-10-17","Statement":[]}"#)));
    for odd in ["", "<AssumeRolePolicyDocument>%5B%5D</AssumeRolePolicyDocument>"] {
        let fact = ask(&Server::always(trusting(odd)), Question::Identity(role())).await;
        assert_eq!(fact, unreadable(Why::Garbled), "whom it trusts is not known: {odd}");
    }
    assert_eq!(ask(&Server::always(query_error(404, "NoSuchEntity")), Question::Identity(role())).await, Fact::Absent);
}

#[tokio::test]
async fn a_user_trusts_nobody() {
    let text = "<User><Path>/</Path><UserName>ann</UserName><UserId>AIDAEXAMPLE</UserId>\
        <Arn>arn:aws:iam::111122223333:user/ann</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></User>";
    let user = Entity { kind: EntityKind::User, ..role() };
    let fact = ask(&Server::always(query("GetUser", text)), Question::Identity(user)).await;
    let Fact::Known(Answer::Identity(info)) = fact else { panic!("{fact:?}") };
    assert_eq!((info.id.as_str(), info.trust, info.boundary), ("AIDAEXAMPLE", None, None));
}

#[tokio::test]
async fn lists_of_policies_are_read_to_the_end() {
    let server = Server::start(move |asked, _| {
        let member = |name| format!("<PolicyNames><member>{name}</member></PolicyNames>");
        if asked.body.contains("Marker=next") {
            query("ListRolePolicies", &format!("{}<IsTruncated>false</IsTruncated>", member("two")))
        } else {
            query("ListRolePolicies", &format!("{}<IsTruncated>true</IsTruncated><Marker>next</Marker>", member("one")))
        }
    });
    assert_eq!(ask(&server, Question::InlinePolicies(role())).await, names(&["one", "two"]));

    let attached =
        "<AttachedPolicies><member><PolicyArn>arn:aws:iam::aws:policy/X</PolicyArn></member></AttachedPolicies>";
    let server = Server::always(query("ListAttachedRolePolicies", attached));
    assert_eq!(ask(&server, Question::AttachedPolicies(role())).await, names(&["arn:aws:iam::aws:policy/X"]));

    let groups = "<Groups><member><Path>/</Path><GroupName>dev</GroupName><GroupId>AGPA</GroupId>\
        <Arn>arn:aws:iam::111122223333:group/dev</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></member></Groups>";
    let server = Server::always(query("ListGroupsForUser", groups));
    let user = Entity { kind: EntityKind::User, ..role() };
    assert_eq!(ask(&server, Question::Groups(user)).await, names(&["dev"]));
}

#[tokio::test]
async fn policies_are_url_decoded() {
    let encoded = "%7B%22Version%22%3A%222012-10-17%22%2C%22Id%22%3A%22a+b%22%7D";
    let decoded = Fact::Known(Answer::Policy(Document::new(r#"{"Version":"2012-10-17","Id":"a+b"}"#)));
    let policy =
        format!("<RoleName>app</RoleName><PolicyName>p</PolicyName><PolicyDocument>{encoded}</PolicyDocument>");
    let server = Server::always(query("GetRolePolicy", &policy));
    assert_eq!(ask(&server, Question::InlinePolicy { of: role(), policy: "p".to_owned() }).await, decoded);

    let server = Server::start(move |asked, _| {
        if asked.body.contains("Action=GetPolicyVersion&") {
            assert!(asked.body.contains("VersionId=v7"));
            query("GetPolicyVersion", &format!("<PolicyVersion><Document>{encoded}</Document></PolicyVersion>"))
        } else {
            query("GetPolicy", "<Policy><DefaultVersionId>v7</DefaultVersionId></Policy>")
        }
    });
    let arn = "arn:aws:iam::111122223333:policy/p".parse().unwrap();
    assert_eq!(ask(&server, Question::ManagedPolicy { account: account(), arn }).await, decoded);
}
