//! CloudFront: found, none, denied, throttled, paged, malformed.

use super::server::{Says, Server, query_error, says};
use super::{account, ask, edge_in};
use crate::evidence::{
    Answer, Behavior, DistributionInfo, Fact, GeoRestriction, Origin, OriginAccessControlInfo, Question, Why,
};
use crate::ports::Reader;

fn by(name: &str) -> Question {
    Question::Distribution { account: account(), region: "us-east-1".to_owned(), distribution: name.to_owned() }
}

fn of_origin(bucket: &str) -> Question {
    Question::OriginDistributions { account: account(), region: "us-east-1".to_owned(), bucket: bucket.to_owned() }
}

fn access_control() -> Question {
    Question::OriginAccessControl {
        account: account(),
        region: "us-east-1".to_owned(),
        control: "E327GJI25M56DG".to_owned(),
    }
}

/// What a distribution is set to, as <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetDistribution.html> has it.
pub(super) const CONFIG: &str = r"
<Aliases><Quantity>2</Quantity><Items><CNAME>www.example.com</CNAME><CNAME>*.shop.example.com</CNAME></Items></Aliases>
<Origins><Quantity>2</Quantity><Items>
  <Origin><Id>site</Id><DomainName>acme.s3.eu-west-1.amazonaws.com</DomainName><OriginPath/><S3OriginConfig><OriginAccessIdentity/></S3OriginConfig><OriginAccessControlId>E327GJI25M56DG</OriginAccessControlId></Origin>
  <Origin><Id>old</Id><DomainName>old.s3.amazonaws.com</DomainName><S3OriginConfig><OriginAccessIdentity>origin-access-identity/cloudfront/E1OAI</OriginAccessIdentity></S3OriginConfig><OriginAccessControlId/></Origin>
</Items></Origins>
<DefaultCacheBehavior><TargetOriginId>site</TargetOriginId><TrustedSigners><Enabled>false</Enabled><Quantity>0</Quantity></TrustedSigners><TrustedKeyGroups><Enabled>false</Enabled><Quantity>0</Quantity></TrustedKeyGroups></DefaultCacheBehavior>
<CacheBehaviors><Quantity>1</Quantity><Items><CacheBehavior><PathPattern>/reports/*</PathPattern><TargetOriginId>old</TargetOriginId><TrustedSigners><Enabled>false</Enabled><Quantity>0</Quantity></TrustedSigners><TrustedKeyGroups><Enabled>true</Enabled><Quantity>1</Quantity><Items><KeyGroup>kg-1</KeyGroup></Items></TrustedKeyGroups></CacheBehavior></Items></CacheBehaviors>
<Restrictions><GeoRestriction><RestrictionType>whitelist</RestrictionType><Quantity>2</Quantity><Items><Location>DE</Location><Location>AT</Location></Items></GeoRestriction></Restrictions>
<WebACLId>arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2</WebACLId>
<Logging><Enabled>true</Enabled><IncludeCookies>true</IncludeCookies><Bucket>logs.s3.amazonaws.com</Bucket><Prefix/></Logging>";

const OWN: &str = "<Id>E1</Id><ARN>arn:aws:cloudfront::111122223333:distribution/E1</ARN><Status>Deployed</Status><DomainName>d111111abcdef8.cloudfront.net</DomainName>";

const KEYS: &str = "<ActiveTrustedSigners><Enabled>false</Enabled><Quantity>0</Quantity></ActiveTrustedSigners><ActiveTrustedKeyGroups><Enabled>true</Enabled><Quantity>1</Quantity><Items><KeyGroup><KeyGroupId>kg-1</KeyGroupId><KeyPairIds><Quantity>1</Quantity><Items><KeyPairId>K2JCJMDEHXQW5F</KeyPairId></Items></KeyPairIds></KeyGroup></Items></ActiveTrustedKeyGroups>";

const NS: &str = "xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"";

pub(super) fn found(config: &str) -> Says {
    says(
        200,
        format!(
            "<?xml version=\"1.0\"?><Distribution {NS}>{OWN}{KEYS}<DistributionConfig>{config}</DistributionConfig></Distribution>"
        ),
    )
}

/// A page of <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListDistributions.html>.
pub(super) fn page(items: &str, next: Option<&str>) -> Says {
    let next = next.map_or("<IsTruncated>false</IsTruncated>".to_owned(), |next| {
        format!("<NextMarker>{next}</NextMarker><IsTruncated>true</IsTruncated>")
    });
    says(
        200,
        format!(
            "<DistributionList {NS}><Marker/>{next}<MaxItems>100</MaxItems><Quantity>1</Quantity><Items>{items}</Items></DistributionList>"
        ),
    )
}

pub(super) fn summary() -> String {
    format!("<DistributionSummary>{OWN}{CONFIG}</DistributionSummary>")
}

fn expected(signing_keys: Option<Vec<String>>) -> DistributionInfo {
    let behavior = |paths: Option<&str>, origin: &str, signed| Behavior {
        paths: paths.map(str::to_owned),
        origin: origin.to_owned(),
        signed,
    };
    let origin = |id: &str, domain: &str, control: Option<&str>, identity: Option<&str>| Origin {
        id: id.to_owned(),
        domain: domain.to_owned(),
        access_control: control.map(str::to_owned),
        access_identity: identity.map(str::to_owned),
    };
    DistributionInfo {
        arn: "arn:aws:cloudfront::111122223333:distribution/E1".parse().unwrap(),
        domain: "d111111abcdef8.cloudfront.net".to_owned(),
        aliases: vec!["www.example.com".to_owned(), "*.shop.example.com".to_owned()],
        tenants: false,
        origins: vec![
            origin("site", "acme.s3.eu-west-1.amazonaws.com", Some("E327GJI25M56DG"), None),
            origin("old", "old.s3.amazonaws.com", None, Some("E1OAI")),
        ],
        behaviors: vec![behavior(Some("/reports/*"), "old", true), behavior(None, "site", false)],
        geo: Some(GeoRestriction { only: true, countries: vec!["DE".to_owned(), "AT".to_owned()] }),
        web_acl: Some("arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2".to_owned()),
        signing_keys,
        logs_cookies: true,
    }
}

#[tokio::test]
async fn a_distribution_is_read_with_all_that_decides() {
    let server = Server::always(found(CONFIG));
    let keys = Some(vec!["K2JC******QW5F".to_owned()]);
    assert_eq!(ask(&server, by("E1")).await, Fact::Known(Answer::Distribution(expected(keys))));
    assert_eq!(server.asked()[0].path, "/2020-05-31/distribution/E1");
    assert!(server.asked()[0].header("authorization").unwrap().contains("/us-east-1/cloudfront/aws4_request"));
}

#[tokio::test]
async fn a_name_is_looked_for_on_every_page_and_then_read() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        "/2020-05-31/distribution?MaxItems=100" => page("", Some("E0")),
        "/2020-05-31/distribution?MaxItems=100&Marker=E0" => page(&summary(), None),
        "/2020-05-31/distribution/E1" => found(CONFIG),
        _ => says(500, ""),
    });
    for name in ["d111111abcdef8.cloudfront.net", "WWW.example.com", "a.shop.example.com"] {
        let fact = ask(&server, by(name)).await;
        assert!(matches!(fact, Fact::Known(Answer::Distribution(info)) if info.id() == "E1"), "{name}");
    }
    assert_eq!(ask(&server, by("example.com")).await, Fact::Absent);
}

#[tokio::test]
async fn the_distributions_of_a_bucket_come_from_all_pages() {
    let server = Server::start(|asked, _| {
        if asked.path.contains("Marker") {
            page(&summary().replace("acme.s3.", "other.s3."), None)
        } else {
            page(&summary(), Some("E1"))
        }
    });
    assert_eq!(ask(&server, of_origin("acme")).await, Fact::Known(Answer::Distributions(vec![expected(None)])));
    assert_eq!(ask(&server, of_origin("acm")).await, Fact::Known(Answer::Distributions(vec![])));
}

#[tokio::test]
async fn an_access_control_says_whether_it_signs() {
    let body = format!(
        "<OriginAccessControl {NS}><Id>E327GJI25M56DG</Id><OriginAccessControlConfig><Name>site</Name><Description/><SigningProtocol>sigv4</SigningProtocol><SigningBehavior>never</SigningBehavior><OriginAccessControlOriginType>s3</OriginAccessControlOriginType></OriginAccessControlConfig></OriginAccessControl>"
    );
    let info =
        OriginAccessControlInfo { name: "site".to_owned(), signing: "never".to_owned(), origin_type: "s3".to_owned() };
    assert_eq!(
        ask(&Server::always(says(200, body)), access_control()).await,
        Fact::Known(Answer::OriginAccessControl(info))
    );
}

#[tokio::test]
async fn none_and_no_access_differ() {
    for (question, none) in [(by("E1"), "NoSuchDistribution"), (access_control(), "NoSuchOriginAccessControl")] {
        let fact = async |says| ask(&Server::always(says), question.clone()).await;
        assert_eq!(fact(query_error(404, none)).await, Fact::Absent);
        assert_eq!(fact(query_error(403, "AccessDenied")).await, Fact::Unreadable(Why::AccessDenied));
        assert_eq!(fact(query_error(400, "Throttling")).await, Fact::Unreadable(Why::Throttled));
    }
    assert_eq!(
        ask(&Server::always(query_error(403, "AccessDenied")), by("www.example.com")).await,
        Fact::Unreadable(Why::AccessDenied)
    );
}

#[tokio::test]
async fn a_throttle_is_waited_out() {
    let server = Server::start(|_, number| if number == 0 { query_error(400, "Throttling") } else { found(CONFIG) });
    assert!(matches!(ask(&server, by("E1")).await, Fact::Known(_)));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_read_is_never_no_restriction() {
    let without = |part: &str| CONFIG.replace(part, "");
    for config in [
        without("<RestrictionType>whitelist</RestrictionType>"),
        CONFIG.replace("whitelist", "some"),
        without("<PathPattern>/reports/*</PathPattern>"),
        CONFIG.replace("DefaultCacheBehavior>", "Default>"),
        CONFIG.replace("Origins>", "Origin>"),
        String::new(),
    ] {
        assert_eq!(ask(&Server::always(found(&config)), by("E1")).await, Fact::Unreadable(Why::Garbled), "{config}");
    }
    for body in ["", "<html/>", "{}", "<DistributionList><Items/></DistributionList>"] {
        assert_eq!(ask(&Server::always(says(200, body)), of_origin("acme")).await, Fact::Unreadable(Why::Garbled));
    }
    // A list that says that it goes on, and not where.
    let endless = says(200, "<DistributionList><IsTruncated>true</IsTruncated></DistributionList>");
    assert_eq!(ask(&Server::always(endless), of_origin("acme")).await, Fact::Unreadable(Why::Garbled));
}

#[tokio::test]
async fn china_has_a_cloudfront_of_its_own() {
    let server = Server::always(found(CONFIG));
    let question = Question::Distribution {
        account: account(),
        region: "cn-northwest-1".to_owned(),
        distribution: "E1".to_owned(),
    };
    let edge = edge_in(&server, "cn-north-1", |_| {});
    assert!(matches!(edge.reader("event", None).ask(&question).await.fact, Fact::Known(_)));
    let asked = server.asked();
    let signed = asked.last().unwrap().header("authorization").unwrap();
    assert!(signed.contains("/cn-northwest-1/cloudfront/aws4_request"), "{signed}");
}
