//! Which action on which resource a call of S3's kin takes: other kinds of buckets, and other doors to a bucket.

use deniedby::evidence::{Answer, BucketRef, Evidence, Fact, Lookup, Question};
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

/// What has a policy that no question asks for is never decided without it.
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
