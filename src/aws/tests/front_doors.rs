//! Questions to S3 Control about Multi-Region Access Points, Object Lambda Access Points and S3 Access Grants; and to the
//! tagging API: found, none, denied, throttled, in pages, malformed.

use serde_json::json;

use super::server::{Asked, Says, Server, query_error, says};
use super::{ACCOUNT, account, ask};
use crate::evidence::{
    AccessGrant, AccessPointRef, Answer, BucketOfRegion, Document, Fact, GrantedAccess, MultiRegionAccessPointInfo,
    ObjectLambdaInfo, PublicAccessBlock, Question, Why,
};

const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}"#;
pub(super) const BLOCK: &str = "<PublicAccessBlock><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlock>";
pub(super) const FUNCTION: &str = "arn:aws:lambda:eu-west-1:111122223333:function:redact";
const SUPPORTING: &str = "arn:aws:s3:eu-west-1:111122223333:accesspoint/finance";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:orders";

fn point() -> Question {
    Question::MultiRegionAccessPoint { account: account(), alias: "mfzwi23gnjvgw.mrap".to_owned() }
}

fn policy() -> Question {
    Question::MultiRegionAccessPointPolicy { account: account(), name: "reports".to_owned() }
}

fn object_lambda() -> Question {
    let (region, access_point) = ("eu-west-1".to_owned(), "redacted".to_owned());
    Question::ObjectLambda(AccessPointRef { account: account(), region, access_point })
}

fn grants() -> Question {
    let grantee = "arn:aws:iam::111122223333:role/team/app".parse().unwrap();
    Question::AccessGrants { account: account(), region: "eu-west-1".to_owned(), grantee }
}

fn tags() -> Question {
    Question::ResourceTags { account: account(), arn: TOPIC.parse().unwrap() }
}

/// A report of an access point, as the list has them.
pub(super) fn report(alias: &str, inner: &str) -> String {
    format!("<AccessPoint><Name>reports</Name><Alias>{alias}</Alias>{inner}</AccessPoint>")
}

pub(super) fn regions() -> String {
    let region = |bucket: &str, region: &str, account: &str| {
        format!("<Region><Bucket>{bucket}</Bucket><Region>{region}</Region>{account}</Region>")
    };
    let other = region("acme-eu", "eu-west-1", "<BucketAccountId>444455556666</BucketAccountId>");
    format!("<Regions>{}{other}</Regions>", region("acme-us", "us-east-1", ""))
}

fn result(operation: &str, inner: &str) -> Says {
    says(200, format!("<{operation}Result>{inner}</{operation}Result>"))
}

pub(super) fn page(points: &str, token: &str) -> Says {
    let more = if token.is_empty() { String::new() } else { format!("<NextToken>{token}</NextToken>") };
    result("ListMultiRegionAccessPoints", &format!("<AccessPoints>{points}</AccessPoints>{more}"))
}

pub(super) fn established(policy: &str) -> Says {
    result("GetMultiRegionAccessPointPolicy", &format!("<Policy>{policy}</Policy>"))
}

pub(super) fn configuration(inner: &str) -> Says {
    result("GetAccessPointConfigurationForObjectLambda", &format!("<Configuration>{inner}</Configuration>"))
}

pub(super) fn transformation(function: &str) -> String {
    format!(
        "<SupportingAccessPoint>{SUPPORTING}</SupportingAccessPoint><TransformationConfigurations>\
         <TransformationConfiguration><Actions><Action>GetObject</Action></Actions><ContentTransformation>{function}\
         </ContentTransformation></TransformationConfiguration></TransformationConfigurations>"
    )
}

pub(super) fn granted(permission: &str, scope: &str, token: &str) -> Says {
    let more = if token.is_empty() { String::new() } else { format!("<NextToken>{token}</NextToken>") };
    let grant = format!("<AccessGrant><Permission>{permission}</Permission>{scope}</AccessGrant>");
    result("ListAccessGrants", &format!("<AccessGrantsList>{grant}</AccessGrantsList>{more}"))
}

pub(super) fn tagged(arn: &str, tags: &serde_json::Value) -> Says {
    says(200, json!({ "ResourceTagMappingList": [{ "ResourceARN": arn, "Tags": tags }] }).to_string())
}

/// Every question with an answer that is found, and what it says.
fn found() -> Vec<(Question, Says, Answer)> {
    let block = PublicAccessBlock { block_public_acls: true, ..PublicAccessBlock::default() };
    let bucket = |bucket: &str, region: &str, account: Option<&str>| BucketOfRegion {
        bucket: bucket.to_owned(),
        region: region.to_owned(),
        account: account.map(|account| account.parse().unwrap()),
    };
    let buckets = vec![bucket("acme-us", "us-east-1", None), bucket("acme-eu", "eu-west-1", Some("444455556666"))];
    let escaped = POLICY.replace('"', "&quot;");
    let function = format!("<AwsLambda><FunctionArn>{FUNCTION}</FunctionArn></AwsLambda>");
    let functions = vec![(FUNCTION.parse().unwrap(), vec!["GetObject".to_owned()])];
    vec![
        (
            point(),
            page(&report("mfzwi23gnjvgw.mrap", &format!("{BLOCK}{}", regions())), ""),
            Answer::MultiRegionAccessPoint(MultiRegionAccessPointInfo { name: "reports".to_owned(), buckets, block }),
        ),
        (
            policy(),
            established(&format!(
                "<Established><Policy>{escaped}</Policy></Established><Proposed><Policy>{{}}</Policy></Proposed>"
            )),
            Answer::Policy(Document::new(POLICY)),
        ),
        (
            object_lambda(),
            configuration(&transformation(&function)),
            Answer::ObjectLambda(ObjectLambdaInfo { supporting: SUPPORTING.parse().unwrap(), functions }),
        ),
        (
            grants(),
            granted("READWRITE", "<GrantScope>s3://acme/*</GrantScope>", ""),
            Answer::AccessGrants(vec![AccessGrant {
                permission: GrantedAccess::ReadWrite,
                scope: "s3://acme/*".to_owned(),
            }]),
        ),
        (
            tags(),
            tagged(TOPIC, &json!([{ "Key": "team", "Value": "red" }, { "Key": "empty" }])),
            Answer::Tags([("team", "red"), ("empty", "")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()),
        ),
    ]
}

fn error(question: &Question, status: u16, code: &str) -> Says {
    if matches!(question, Question::ResourceTags { .. }) {
        says(status, json!({ "__type": code, "message": "m" }).to_string())
    } else {
        query_error(status, code)
    }
}

#[tokio::test]
async fn each_is_found_once_a_throttle_is_over() {
    for (question, found, answer) in found() {
        let throttled = error(&question, 400, "ThrottlingException");
        let server = Server::start(move |_, number| if number == 0 { throttled.clone() } else { found.clone() });
        assert_eq!(ask(&server, question.clone()).await, Fact::Known(answer), "{question:?}");
        assert_eq!(server.asked().len(), 2, "{question:?}");
    }
}

#[tokio::test]
async fn none_and_no_access_and_no_answer_differ() {
    for (question, ..) in found() {
        let fact = async |says: Says| ask(&Server::always(says), question.clone()).await;
        let denied = fact(error(&question, 403, "AccessDenied")).await;
        assert_eq!(denied, Fact::Unreadable(Why::AccessDenied), "{question:?}");
        let throttled = fact(error(&question, 503, "SlowDown")).await;
        assert_eq!(throttled, Fact::Unreadable(Why::Throttled), "{question:?}");
        assert_eq!(fact(says(200, "<html>")).await, Fact::Unreadable(Why::Garbled), "{question:?}");
    }
    for (question, none) in [
        (policy(), query_error(404, "NoSuchMultiRegionAccessPointPolicy")),
        (object_lambda(), query_error(404, "NoSuchAccessPoint")),
        (grants(), query_error(404, "AccessGrantsInstanceNotExistsError")),
        (point(), page(&report("other.mrap", BLOCK), "")),
        (point(), page("", "")),
        (policy(), established("<Established></Established>")),
        (tags(), says(200, r#"{"ResourceTagMappingList":[]}"#)),
        (tags(), tagged("arn:aws:sns:eu-west-1:111122223333:other", &json!([]))),
    ] {
        assert_eq!(ask(&Server::always(none), question.clone()).await, Fact::Absent, "{question:?}");
    }
}

#[tokio::test]
async fn an_answer_in_part_is_none() {
    let alias = "mfzwi23gnjvgw.mrap";
    let nameless = format!("<AccessPoint><Alias>{alias}</Alias>{BLOCK}</AccessPoint>");
    let half = "<Regions><Region><Bucket>acme</Bucket></Region></Regions>";
    let whose =
        "<Regions><Region><Bucket>a</Bucket><Region>r</Region><BucketAccountId>me</BucketAccountId></Region></Regions>";
    for (question, says) in [
        (point(), page(&nameless, "")),
        (point(), page(&report(alias, &regions()), "")),
        (point(), page(&report(alias, &format!("{BLOCK}{half}")), "")),
        (point(), page(&report(alias, &format!("{BLOCK}{whose}")), "")),
        (policy(), result("GetMultiRegionAccessPointPolicy", "")),
        (policy(), established("<Established><Policy>[]</Policy></Established>")),
        (object_lambda(), result("GetAccessPointConfigurationForObjectLambda", "")),
        (object_lambda(), configuration("")),
        (object_lambda(), configuration(&transformation(""))),
        (object_lambda(), configuration(&transformation("<AwsLambda><FunctionArn>f</FunctionArn></AwsLambda>"))),
        (grants(), granted("READ", "", "")),
        (grants(), granted("OWN", "<GrantScope>s3://acme/*</GrantScope>", "")),
        (tags(), says(200, "{}")),
        (tags(), tagged(TOPIC, &json!([{ "Value": "red" }]))),
    ] {
        let fact = ask(&Server::always(says.clone()), question.clone()).await;
        assert_eq!(fact, Fact::Unreadable(Why::Garbled), "{question:?} {says:?}");
    }
}

#[tokio::test]
async fn lists_are_read_to_the_end() {
    let is_second = |asked: &Asked| asked.path.contains("nextToken=more");
    let last = page(&report("mfzwi23gnjvgw.mrap", &format!("{BLOCK}{}", regions())), "");
    let first = page(&report("other.mrap", BLOCK), "more");
    let server = Server::start(move |asked, _| if is_second(asked) { last.clone() } else { first.clone() });
    assert!(matches!(ask(&server, point()).await, Fact::Known(Answer::MultiRegionAccessPoint(_))));
    assert_eq!(server.asked().len(), 2);

    let (first, last) = (
        granted("READ", "<GrantScope>s3://acme/a</GrantScope>", "more"),
        granted("WRITE", "<GrantScope>s3://acme/b</GrantScope>", ""),
    );
    let server = Server::start(move |asked, _| if is_second(asked) { last.clone() } else { first.clone() });
    let Fact::Known(Answer::AccessGrants(grants)) = ask(&server, grants()).await else { panic!("no grants") };
    assert_eq!(grants.iter().map(|grant| grant.scope.as_str()).collect::<Vec<_>>(), ["s3://acme/a", "s3://acme/b"]);
}

#[tokio::test]
async fn each_is_asked_for_by_its_owner_and_name() {
    let asked = async |question: Question, found: Says| {
        let server = Server::always(found);
        ask(&server, question).await;
        server.asked().remove(0)
    };
    let mut paths = Vec::new();
    for (question, found, _) in found() {
        let asked = asked(question, found).await;
        if !asked.path.starts_with("/v20180820") {
            assert_eq!(asked.header("x-amz-target"), Some("ResourceGroupsTaggingAPI_20170126.GetResources"));
            assert_eq!(asked.body, json!({ "ResourceARNList": [TOPIC] }).to_string());
            continue;
        }
        assert_eq!(asked.header("x-amz-account-id"), Some(ACCOUNT));
        let signed_for = asked.header("authorization").unwrap().split('/').nth(2).unwrap().to_owned();
        paths.push((asked.path.split('?').next().unwrap().to_owned(), signed_for));
        if asked.path.contains("/grants") {
            assert!(asked.path.contains("granteetype=IAM"), "{}", asked.path);
            assert!(
                asked.path.contains("granteeidentifier=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fteam%2Fapp"),
                "{}",
                asked.path
            );
        }
    }
    let row = |path: &str, region: &str| (format!("/v20180820/{path}"), region.to_owned());
    assert_eq!(
        paths,
        [
            row("mrap/instances", "us-west-2"),
            row("mrap/instances/reports/policy", "us-west-2"),
            row("accesspointforobjectlambda/redacted/configuration", "eu-west-1"),
            row("accessgrantsinstance/grants", "eu-west-1"),
        ]
    );
}
