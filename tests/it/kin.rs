//! Which action on which resource a call of S3's kin takes: other kinds of buckets, and other doors to a bucket.

use deniedby::evidence::{Answer, BucketRef, Document, Evidence, Fact, Lookup, Question, Why};
use deniedby::truth::Truth;
use serde_json::{Value, json};

use crate::evaluation::{record, requests_of};

const POINT: &str = "arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/redacted";
const OUTPOST: &str = "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/accesspoint/here";
const OUTPOST_OBJECT: &str = "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/bucket/b/object/k";
const DIRECTORY: &str = "arn:aws:s3express:eu-west-1:111122223333:bucket/fast--euw1-az1--x-s3";
const TABLE: &str = "arn:aws:s3tables:eu-west-1:111122223333:bucket/t/table/1";
const GRANTS: &str = "arn:aws:s3:eu-west-1:111122223333:access-grants/default";
const MULTI_REGION: &str = "arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap";

fn listed(kind: &str, arn: &str) -> Value {
    json!([{ "type": kind, "ARN": arn, "accountId": "111122223333" }])
}

/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3express.html>,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3objectlambda.html>,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3onoutposts.html>,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3tables.html>
#[test]
fn each_door_has_its_own_actions_and_names() {
    let directory = json!({ "requestParameters": { "bucketName": "fast--euw1-az1--x-s3", "key": "k" },
        "resources": listed("AWS::S3Express::DirectoryBucket", DIRECTORY) });
    let object_lambda = json!({ "resources": listed("AWS::S3ObjectLambda::AccessPoint", POINT) });
    let through = format!("{MULTI_REGION}/object/k");
    for (source, name, more, action, resource) in [
        ("s3express", "CreateSession", directory.clone(), "s3express:CreateSession", DIRECTORY),
        ("s3express", "GetObject", directory.clone(), "s3express:CreateSession", DIRECTORY),
        ("s3express", "UploadPart", directory.clone(), "s3express:CreateSession", DIRECTORY),
        ("s3express", "ListObjectsV2", directory.clone(), "s3express:CreateSession", DIRECTORY),
        ("s3express", "GetBucketEncryption", directory, "s3express:GetEncryptionConfiguration", DIRECTORY),
        ("s3-object-lambda", "GetObject", object_lambda.clone(), "s3-object-lambda:GetObject", POINT),
        ("s3-object-lambda", "ListObjectsV2", object_lambda, "s3-object-lambda:ListBucket", POINT),
        (
            "s3-object-lambda",
            "HeadObject",
            json!({ "resources": [], "requestParameters": { "bucketName": POINT, "key": "k", "versionId": "v" } }),
            "s3-object-lambda:GetObjectVersion",
            POINT,
        ),
        (
            "s3-outposts",
            "PutObject",
            json!({ "resources": listed("AWS::S3Outposts::Object", OUTPOST_OBJECT) }),
            "s3-outposts:PutObject",
            OUTPOST_OBJECT,
        ),
        (
            "s3-outposts",
            "ListObjectsV2",
            json!({ "resources": [], "requestParameters": { "bucketName": OUTPOST } }),
            "s3-outposts:ListBucket",
            OUTPOST,
        ),
        (
            "s3tables",
            "GetTableData",
            json!({ "resources": listed("AWS::S3Tables::Table", TABLE) }),
            "s3tables:GetTableData",
            TABLE,
        ),
        (
            "s3",
            "GetDataAccess",
            json!({ "resources": [], "requestParameters": { "accountId": "111122223333", "target": "s3://b/*", "permission": "READ" } }),
            "s3:GetDataAccess",
            GRANTS,
        ),
        (
            "s3",
            "GetObject",
            json!({ "resources": listed("AWS::S3::AccessPoint", MULTI_REGION) }),
            "s3:GetObject",
            through.as_str(),
        ),
    ] {
        let requests = requests_of(&record(&format!("{source}.amazonaws.com"), name, &more));
        let request = requests.first().unwrap();
        assert_eq!(request.action.name(), action, "{source} {name}");
        assert_eq!(
            request.resource.arn.as_ref().map(ToString::to_string).as_deref(),
            Some(resource),
            "{source} {name}"
        );
        assert_eq!(request.resource.account.map(|account| account.to_string()).as_deref(), Some("111122223333"));
    }
}

/// What each request of a record is on, and a condition key of it.
fn asked(source: &str, name: &str, more: &Value, key: &str) -> Vec<(String, String, String)> {
    let requests = requests_of(&record(&format!("{source}.amazonaws.com"), name, more));
    let row = |request: &deniedby::request::Request| {
        let arn = request.resource.arn.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
        (request.action.name().to_owned(), arn, format!("{:?}", request.context.get(key)))
    };
    requests.iter().map(row).collect()
}

fn rows(expected: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    expected.iter().map(|row| (row.0.to_owned(), row.1.to_owned(), row.2.to_owned())).collect()
}

/// A call that writes takes a session that writes; one that reads takes either. Without a mode, S3 tries both.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
#[test]
fn the_mode_of_a_session_is_that_of_the_call() {
    let key = "s3express:sessionmode";
    let with = |parameters: Value| {
        let mut more = json!({ "requestParameters": { "bucketName": "fast--euw1-az1--x-s3", "key": "k" },
            "resources": listed("AWS::S3Express::DirectoryBucket", DIRECTORY) });
        for (name, value) in parameters.as_object().unwrap() {
            more["requestParameters"][name] = value.clone();
        }
        more
    };
    let session = "s3express:CreateSession";
    let written = r#"Present(["ReadWrite"])"#;
    for (call, more, expected) in [
        ("PutObject", json!({}), written),
        ("DeleteObject", json!({}), written),
        ("RenameObject", json!({}), written),
        ("GetObject", json!({}), "Unknown"),
        ("HeadBucket", json!({}), "Unknown"),
        ("ListObjectsV2", json!({}), "Unknown"),
        ("CreateSession", json!({}), "Unknown"),
        ("CreateSession", json!({ "x-amz-create-session-mode": "ReadWrite" }), written),
        ("CreateSession", json!({ "x-amz-create-session-mode": "ReadOnly" }), r#"Present(["ReadOnly"])"#),
    ] {
        assert_eq!(asked("s3express", call, &with(more), key), rows(&[(session, DIRECTORY, expected)]), "{call}");
    }
    let copied = |source: &str| asked("s3express", "CopyObject", &with(json!({ "x-amz-copy-source": source })), key);
    let from_another = copied("other--euw1-az1--x-s3/k");
    assert_eq!(from_another, rows(&[(session, DIRECTORY, written), (session, "-", "Unknown")]));
    let from_plain = copied("plain/k");
    assert_eq!(from_plain[1], ("s3:GetObject".to_owned(), "arn:aws:s3:::plain/k".to_owned(), "Unknown".to_owned()));
}

/// Both the access point and the bucket behind it have to allow a request; on an Outpost, the record may leave out one.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-directory-buckets-policies.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/s3-outposts/S3OutpostsIAM.html>
#[test]
fn an_access_point_of_the_kin_has_a_bucket_behind_it() {
    let point = "arn:aws:s3express:eu-west-1:111122223333:accesspoint/point--euw1-az1--xa-s3";
    let mut resources = listed("AWS::S3Express::AccessPoint", point).as_array().unwrap().clone();
    let parameters = json!({ "bucketName": "point--euw1-az1--xa-s3", "key": "k" });
    let of = |resources: &[Value]| {
        let more = json!({ "requestParameters": parameters, "resources": resources });
        asked("s3express", "PutObject", &more, "s3express:dataaccesspointarn")
    };
    let session = "s3express:CreateSession";
    let through = format!("Present([{point:?}])");
    assert_eq!(of(&resources), rows(&[(session, point, &through), (session, "-", &through)]));
    resources.push(json!({ "type": "AWS::S3Express::DirectoryBucket", "ARN": DIRECTORY, "accountId": "111122223333" }));
    assert_eq!(of(&resources), rows(&[(session, point, &through), (session, DIRECTORY, &through)]));

    let bucket = "arn:aws:s3-outposts:eu-west-1:111122223333:outpost/op-1/bucket/b";
    let key = "s3-outposts:dataaccesspointarn";
    let by_point = json!({ "requestParameters": { "bucketName": OUTPOST, "key": "k" }, "resources": [] });
    let through = format!("Present([{OUTPOST:?}])");
    let get = "s3-outposts:GetObject";
    let object = format!("{OUTPOST}/object/k");
    let found = asked("s3-outposts", "GetObject", &by_point, key);
    assert_eq!(found, rows(&[(get, &object, &through), (get, "-", &through)]));
    // As AWS's page has it: the key after the bucket, which may be left out of the ARN.
    for arn in [bucket.to_owned(), format!("{bucket}/k"), bucket.trim_end_matches('b').to_owned() + "k"] {
        let by_bucket = json!({ "requestParameters": { "bucketName": "b", "Key": "k" },
            "resources": listed("AWS::S3Outposts::Object", &arn) });
        let found = asked("s3-outposts", "GetObject", &by_bucket, "aws:resourceaccount");
        assert_eq!(found, rows(&[(get, OUTPOST_OBJECT, r#"Present(["111122223333"])"#)]), "{arn}");
    }
}

/// What a call of S3 Tables takes, on what, and the keys that its parameters tell.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3tables.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_s3TableBuckets_CreateTable.html>
#[test]
fn calls_of_s3_tables_take_their_own_actions() {
    let bucket = "arn:aws:s3tables:eu-west-1:111122223333:bucket/t";
    let named = json!({ "tableBucketARN": bucket, "namespace": "shop", "name": "orders" });
    let of = |name: &str, parameters: &Value, resources: Value, key: &str| {
        asked("s3tables", name, &json!({ "requestParameters": parameters, "resources": resources }), key)
    };
    let none = || json!([]);
    let table = || listed("AWS::S3Tables::Table", TABLE);
    for (call, action) in [("GetObject", "s3tables:GetTableData"), ("UploadPart", "s3tables:PutTableData")] {
        assert_eq!(
            of(call, &json!({ "key": "k" }), table(), "s3tables:tablename"),
            rows(&[(action, TABLE, "Unknown")])
        );
    }
    let found = of("GetTable", &named, table(), "s3tables:tablename");
    assert_eq!(found, rows(&[("s3tables:GetTable", TABLE, r#"Present(["orders"])"#)]));
    // The table's id is not in its name.
    let found = of("GetTable", &named, none(), "s3tables:namespace");
    assert_eq!(found, rows(&[("s3tables:GetTable", "-", r#"Present(["shop"])"#)]));
    // The name of what is made is no table's that is there.
    let mut made = named.clone();
    made["encryptionConfiguration"] = json!({ "sseAlgorithm": "aws:kms", "kmsKeyArn": "arn:aws:kms:x" });
    made["tags"] = json!({ "team": "red" });
    let algorithm = r#"Present(["aws:kms"])"#;
    assert_eq!(
        of("CreateTable", &made, none(), "s3tables:ssealgorithm"),
        rows(&[
            ("s3tables:CreateTable", bucket, algorithm),
            ("s3tables:PutTableEncryption", "-", algorithm),
            ("s3tables:TagResource", "-", algorithm),
        ])
    );
    let found = of("CreateTableBucket", &json!({ "name": "t" }), none(), "s3tables:tablename");
    assert_eq!(found, rows(&[("s3tables:CreateTableBucket", bucket, "Unknown")]));
    let found = of("ListTableBuckets", &json!({}), none(), "aws:resourceaccount");
    assert_eq!(found, rows(&[("s3tables:ListTableBuckets", "-", r#"Present(["111122223333"])"#)]));
    for request in requests_of(&record("s3tables.amazonaws.com", "ListTableBuckets", &json!({}))) {
        assert!(request.resource.none, "no policy of a resource is about it");
    }
}

/// For a table, its own policy and that of its table bucket: a Deny in either denies, and an Allow in either allows.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-resource-based-policies.html>
#[test]
fn either_policy_counts_for_a_table() {
    let bucket = "arn:aws:s3tables:eu-west-1:444455556666:bucket/t";
    let table = &format!("{bucket}/table/1");
    let more = json!({ "requestParameters": { "tableBucketARN": bucket, "namespace": "shop", "name": "orders" },
        "resources": [{ "type": "AWS::S3Tables::Table", "ARN": table, "accountId": "444455556666" }] });
    let request = requests_of(&record("s3tables.amazonaws.com", "GetTable", &more)).remove(0);
    let statement = |effect: &str| {
        let caller = request.principal.policy_arn().unwrap().as_str();
        json!({ "Effect": effect, "Principal": { "AWS": caller }, "Action": "s3tables:GetTable", "Resource": table })
    };
    let decided = |of_table: Fact<Value>, of_bucket: Fact<Value>| {
        let mut evidence = Evidence::default();
        for (arn, statement) in [(table.as_str(), of_table), (bucket, of_bucket)] {
            let arn: deniedby::arn::Arn = arn.parse().unwrap();
            let policy = |statement| Document::of(json!({ "Version": "2012-10-17", "Statement": [statement] }));
            let answer = statement.map(|statement| Answer::Policy(policy(statement)));
            evidence.insert(Question::ResourcePolicy { account: "444455556666".parse().unwrap(), arn }, answer);
        }
        let world = deniedby::evaluate::World::new(&request, &evidence, "eu-west-1");
        let input = world.inputs.iter().find(|input| input.layer == deniedby::layer::Layer::ResourcePolicy).unwrap();
        let outcome = input.outcome(&request);
        (outcome.deny, outcome.allow.any())
    };
    let (allow, deny) = (|| Fact::Known(statement("Allow")), || Fact::Known(statement("Deny")));
    let unread = || Fact::Unreadable(Why::AccessDenied);
    assert_eq!(decided(allow(), Fact::Absent), (Truth::False, Truth::True));
    assert_eq!(decided(Fact::Absent, allow()), (Truth::False, Truth::True));
    assert_eq!(decided(deny(), allow()), (Truth::True, Truth::True));
    assert_eq!(decided(allow(), deny()), (Truth::True, Truth::True));
    assert_eq!(decided(Fact::Absent, Fact::Absent), (Truth::False, Truth::False));
    assert_eq!(decided(Fact::Absent, unread()), (Truth::Unknown, Truth::Unknown));
    assert_eq!(decided(deny(), unread()).0, Truth::True);
}

/// What has a policy that could not be read is never decided without it.
#[test]
fn nothing_is_certain_of_a_door_whose_policy_is_not_read() {
    for (source, name, arn) in [
        ("s3express", "GetObject", DIRECTORY),
        ("s3-outposts", "GetObject", OUTPOST_OBJECT),
        ("s3tables", "GetTableData", TABLE),
    ] {
        let more =
            json!({ "resources": listed("x", arn), "requestParameters": { "bucketName": "fast--euw1-az1--x-s3" } });
        for request in requests_of(&record(&format!("{source}.amazonaws.com"), name, &more)) {
            let evidence = Evidence::default();
            let world = deniedby::evaluate::World::new(&request, &evidence, "eu-west-1");
            let evaluation = deniedby::evaluate::evaluate(&request, &world);
            assert!(!evaluation.possible.is_denied(), "{source}");
            assert!(evaluation.blockers.iter().all(|blocker| !blocker.certain), "{source}");
            assert!(world.inputs.iter().any(|input| input.layer == deniedby::layer::Layer::ResourcePolicy), "{source}");
        }
    }
}

/// An access point has tags of its own, whatever the bucket's setting for its tags.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
#[test]
fn tags_of_an_access_point_are_not_those_of_its_bucket() {
    let bucket =
        BucketRef { account: "111122223333".parse().unwrap(), region: "eu-west-1".to_owned(), bucket: "b".to_owned() };
    let mut evidence = Evidence::default();
    evidence.insert(Question::BucketAbac(bucket), Fact::Known(Answer::Flag(false)));
    let point = "arn:aws:s3:eu-west-1:111122223333:accesspoint/finance";
    let mut resources = listed("AWS::S3::AccessPoint", point).as_array().unwrap().clone();
    resources.push(json!({ "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b", "accountId": "111122223333" }));
    let through = json!({ "resources": resources, "requestParameters": { "bucketName": point, "key": "k" } });
    for (more, expect) in [(json!({}), "Absent"), (through, "Unknown")] {
        let record = record("s3.amazonaws.com", "GetObject", &more);
        let denial = deniedby::event::read_record(&record).unwrap().unwrap();
        let request = deniedby::request::requests(&denial).remove(0);
        let request = deniedby::evaluate::complete(request, &denial, &Lookup::new(&evidence));
        assert_eq!(format!("{:?}", request.context.get("aws:resourcetag/team")), expect);
    }
}

/// What a call passes when it takes a role takes permissions of its own.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
#[test]
fn what_is_passed_with_a_session_takes_its_own_action() {
    let role = "arn:aws:iam::444455556666:role/target";
    let passed = |more: &Value| {
        let mut parameters = json!({ "roleArn": role, "roleSessionName": "s" });
        for (name, value) in more.as_object().unwrap() {
            parameters[name] = value.clone();
        }
        requests_of(&record(
            "sts.amazonaws.com",
            "AssumeRole",
            &json!({ "requestParameters": parameters, "resources": [] }),
        ))
    };
    let names = |more: Value| passed(&more).iter().map(|request| request.action.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(json!({})), ["sts:AssumeRole"]);
    assert_eq!(names(json!({ "tags": [] })), ["sts:AssumeRole"]);
    assert_eq!(names(json!({ "sourceIdentity": "ann" })), ["sts:AssumeRole", "sts:SetSourceIdentity"]);
    let tags = json!({ "tags": [{ "key": "team", "value": "red" }], "transitiveTagKeys": ["team"] });
    assert_eq!(names(tags.clone()), ["sts:AssumeRole", "sts:TagSession"]);
    for request in passed(&tags) {
        let key = |name: &str| format!("{:?}", request.context.get(name));
        assert_eq!(key("aws:requesttag/team"), r#"Present(["red"])"#);
        assert_eq!(key("aws:requesttag/other"), "Absent");
        assert_eq!(key("aws:tagkeys"), r#"Present(["team"])"#);
        assert_eq!(key("sts:transitivetagkeys"), r#"Present(["team"])"#);
    }
}
