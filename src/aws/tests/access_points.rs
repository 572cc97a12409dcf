//! Questions to S3 Control about access points.

use super::server::{Says, Server, query_error, says};
use super::{ACCOUNT, account, ask};
use crate::evidence::{AccessPointInfo, AccessPointRef, Answer, Document, Fact, PublicAccessBlock, Question, Why};

const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}]}"#;
const BLOCK: &str =
    "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>";

fn point() -> AccessPointRef {
    AccessPointRef { account: account(), region: "eu-west-1".to_owned(), access_point: "reports".to_owned() }
}

fn alias() -> Question {
    let alias = "reports-abc-s3alias".to_owned();
    Question::AccessPointAlias { account: account(), region: "eu-west-1".to_owned(), alias }
}

fn described(inner: &str) -> Says {
    says(200, format!("<GetAccessPointResult><Name>reports</Name>{inner}</GetAccessPointResult>"))
}

#[tokio::test]
async fn an_access_points_bucket_network_and_settings() {
    let block = PublicAccessBlock { block_public_acls: true, ..PublicAccessBlock::default() };
    let mut info =
        AccessPointInfo { bucket: "acme".to_owned(), bucket_account: None, vpc: Some("vpc-1".to_owned()), block };
    let vpc = "<NetworkOrigin>VPC</NetworkOrigin><VpcConfiguration><VpcId>vpc-1</VpcId></VpcConfiguration>";
    let server = Server::always(described(&format!("<Bucket>acme</Bucket>{vpc}{BLOCK}")));
    let fact = ask(&server, Question::AccessPoint(point())).await;
    assert_eq!(fact, Fact::Known(Answer::AccessPoint(info.clone())));
    let asked = server.asked();
    assert!(asked[0].path.starts_with("/v20180820/accesspoint/reports"), "{}", asked[0].path);
    assert_eq!(asked[0].header("x-amz-account-id"), Some(ACCOUNT));

    info.vpc = None;
    info.bucket_account = Some("444455556666".parse().unwrap());
    let open = "<NetworkOrigin>Internet</NetworkOrigin><BucketAccountId>444455556666</BucketAccountId>";
    let server = Server::always(described(&format!("<Bucket>acme</Bucket>{open}{BLOCK}")));
    assert_eq!(ask(&server, Question::AccessPoint(point())).await, Fact::Known(Answer::AccessPoint(info)));
}

#[tokio::test]
async fn an_access_point_in_part_is_none() {
    let internet = "<NetworkOrigin>Internet</NetworkOrigin>";
    for inner in [
        format!("<Bucket>acme</Bucket>{internet}"),
        format!("{internet}{BLOCK}"),
        format!("<Bucket>acme</Bucket>{BLOCK}"),
        format!("<Bucket>acme</Bucket><NetworkOrigin>VPC</NetworkOrigin>{BLOCK}"),
        format!("<Bucket>acme</Bucket><NetworkOrigin>Moon</NetworkOrigin>{BLOCK}"),
        format!("<Bucket>acme</Bucket>{internet}<BucketAccountId>me</BucketAccountId>{BLOCK}"),
    ] {
        let fact = ask(&Server::always(described(&inner)), Question::AccessPoint(point())).await;
        assert_eq!(fact, Fact::Unreadable(Why::Garbled), "{inner}");
    }
}

#[tokio::test]
async fn the_policy_of_an_access_point() {
    let policy = POLICY.replace('"', "&quot;");
    let found =
        says(200, format!("<GetAccessPointPolicyResult><Policy>{policy}</Policy></GetAccessPointPolicyResult>"));
    let server = Server::start(move |_, number| if number == 0 { query_error(503, "SlowDown") } else { found.clone() });
    let fact = ask(&server, Question::AccessPointPolicy(point())).await;
    assert_eq!(fact, Fact::Known(Answer::Policy(Document::new(POLICY))));
    assert!(server.asked()[0].path.starts_with("/v20180820/accesspoint/reports/policy"));
}

#[tokio::test]
async fn none_and_no_access_and_no_answer_differ() {
    let questions = [
        (Question::AccessPoint(point()), Some("NoSuchAccessPoint")),
        (Question::AccessPointPolicy(point()), Some("NoSuchAccessPointPolicy")),
        (alias(), None),
    ];
    for (question, none) in questions {
        let fact = async |says: Says| ask(&Server::always(says), question.clone()).await;
        if let Some(none) = none {
            assert_eq!(fact(query_error(404, none)).await, Fact::Absent, "{question:?}");
        }
        assert_eq!(fact(query_error(403, "AccessDenied")).await, Fact::Unreadable(Why::AccessDenied));
        assert_eq!(fact(query_error(503, "SlowDown")).await, Fact::Unreadable(Why::Throttled));
        assert_eq!(fact(says(200, "<html>")).await, Fact::Unreadable(Why::Garbled), "{question:?}");
    }
    let gone = Why::Failed("NoSuchAccessPoint".to_owned());
    let server = Server::always(query_error(404, "NoSuchAccessPoint"));
    assert_eq!(ask(&server, Question::AccessPointPolicy(point())).await, Fact::Unreadable(gone));
}

#[tokio::test]
async fn an_alias_is_looked_for_to_the_end() {
    let listed = |name: &str, arn: &str| {
        format!(
            "<AccessPoint><Name>{name}</Name><NetworkOrigin>Internet</NetworkOrigin><Bucket>acme</Bucket>{arn}\
             <Alias>{name}-abc-s3alias</Alias></AccessPoint>"
        )
    };
    let page = |point: &str, more: &str| {
        format!("<ListAccessPointsResult><AccessPointList>{point}</AccessPointList>{more}</ListAccessPointsResult>")
    };
    let arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/reports";
    let first = page(&listed("other", ""), "<NextToken>more</NextToken>");
    let last = page(&listed("reports", &format!("<AccessPointArn>{arn}</AccessPointArn>")), "");
    let (one, two) = (first.clone(), last.clone());
    let server =
        Server::start(move |asked, _| says(200, if asked.path.contains("nextToken=more") { &*two } else { &*one }));
    assert_eq!(ask(&server, alias()).await, Fact::Known(Answer::Names(vec![arn.to_owned()])));
    assert_eq!(server.asked().len(), 2);

    let others = Server::always(says(200, page(&listed("other", ""), "")));
    assert_eq!(ask(&others, alias()).await, Fact::Absent);
    let nameless = Server::always(says(200, page(&listed("reports", ""), "")));
    assert_eq!(ask(&nameless, alias()).await, Fact::Unreadable(Why::Garbled));
}
