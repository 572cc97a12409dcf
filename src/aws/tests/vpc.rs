//! VPC endpoints: found, none, denied, throttled, malformed.

use super::server::{Says, Server, says};
use super::{ACCOUNT, account, ask};
use crate::evidence::{Answer, Document, Fact, Question, VpcEndpointInfo, Why};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::a&b/*"}]}"#;

fn question() -> Question {
    Question::VpcEndpoint { account: account(), region: "eu-west-1".to_owned(), endpoint: "vpce-1a2b".to_owned() }
}

/// The answer of <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html>, with a part of
/// the endpoint.
pub(super) fn endpoint(part: &str) -> Says {
    says(
        200,
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeVpcEndpointsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>7a62c49f</requestId>
    <vpcEndpointSet>
        <item>
            <vpcEndpointId>vpce-1a2b</vpcEndpointId>
            <vpcId>vpc-77</vpcId>
            <serviceName>com.amazonaws.eu-west-1.s3</serviceName>
            <state>available</state>
            {part}
            <tagSet/>
        </item>
    </vpcEndpointSet>
</DescribeVpcEndpointsResponse>"#
        ),
    )
}

fn escaped(policy: &str) -> String {
    let text = policy.replace('&', "&amp;").replace('"', "&quot;").replace('*', "&#42;");
    format!("<policyDocument>{text}</policyDocument>")
}

/// An error as EC2 writes it: <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>.
fn error(status: u16, code: &str) -> Says {
    says(
        status,
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>{code}</Code><Message>m</Message></Error></Errors><RequestID>r</RequestID></Response>"#
        ),
    )
}

#[tokio::test]
async fn an_endpoint_with_its_policy_unescaped() {
    let part = format!("<vpcEndpointType>Gateway</vpcEndpointType><ownerId>{ACCOUNT}</ownerId>{}", escaped(POLICY));
    let server = Server::always(endpoint(&part));
    let expected = VpcEndpointInfo {
        policy: Some(Document::new(POLICY)),
        vpc: Some("vpc-77".to_owned()),
        owner: Some(account()),
        kind: Some("Gateway".to_owned()),
    };
    assert_eq!(ask(&server, question()).await, Fact::Known(Answer::VpcEndpoint(expected)));
    assert!(server.asked()[0].body.ends_with("&VpcEndpointId.1=vpce-1a2b"), "{}", server.asked()[0].body);
}

#[tokio::test]
async fn an_endpoint_without_a_policy_is_known_to_have_none() {
    let fact =
        ask(&Server::always(endpoint("<vpcEndpointType>GatewayLoadBalancer</vpcEndpointType>")), question()).await;
    let Fact::Known(Answer::VpcEndpoint(info)) = fact else { panic!("{fact:?}") };
    assert_eq!((info.policy, info.owner, info.kind.as_deref()), (None, None, Some("GatewayLoadBalancer")));
}

#[tokio::test]
async fn no_endpoint_and_no_access_differ() {
    let fact = async |says| ask(&Server::always(says), question()).await;
    assert_eq!(fact(error(400, "InvalidVpcEndpointId.NotFound")).await, Fact::Absent);
    let other = "<DescribeVpcEndpointsResponse><vpcEndpointSet><item><vpcEndpointId>vpce-9</vpcEndpointId></item></vpcEndpointSet></DescribeVpcEndpointsResponse>";
    assert_eq!(fact(says(200, other)).await, Fact::Absent);
    assert_eq!(fact(error(403, "UnauthorizedOperation")).await, Fact::Unreadable(Why::AccessDenied));
    assert_eq!(fact(error(401, "AuthFailure")).await, Fact::Unreadable(Why::BadCredentials("AuthFailure".to_owned())));
    assert_eq!(
        fact(error(400, "InvalidVpcEndpointId.Malformed")).await,
        Fact::Unreadable(Why::Failed("InvalidVpcEndpointId.Malformed".to_owned()))
    );
}

#[tokio::test]
async fn a_throttle_is_waited_out_and_one_that_stays_is_said() {
    let busy = || error(503, "RequestLimitExceeded");
    let server = Server::start(move |_, number| if number == 0 { busy() } else { endpoint("") });
    assert!(matches!(ask(&server, question()).await, Fact::Known(_)));
    assert_eq!(server.asked().len(), 2);
    assert_eq!(ask(&Server::always(busy()), question()).await, Fact::Unreadable(Why::Throttled));
}

#[tokio::test]
async fn what_cannot_be_read_is_never_no_policy() {
    for part in [
        "<policyDocument>deny</policyDocument>",
        "<policyDocument>[]</policyDocument>",
        "<policyDocument>&lt;</policyDocument>",
        "<ownerId>somebody</ownerId>",
    ] {
        assert_eq!(ask(&Server::always(endpoint(part)), question()).await, Fact::Unreadable(Why::Garbled), "{part}");
    }
    let no_list = "<DescribeVpcEndpointsResponse><requestId>r</requestId></DescribeVpcEndpointsResponse>";
    assert_eq!(ask(&Server::always(says(200, no_list)), question()).await, Fact::Unreadable(Why::Garbled));
}
