//! The requests that we sign ourselves: their form, their retries, and the credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde_json::json;

use super::edge;
use super::server::{Says, Server, query_error, says};
use crate::aws::Own;
use crate::aws::errors::Failure;
use crate::aws::http::Http;
use crate::aws::signed::Signer;
use crate::aws::signed::calls::{
    DYNAMODB_GET_RESOURCE_POLICY, EC2_DESCRIBE_VPC_ENDPOINTS, LAMBDA_GET_POLICY, SSM_GET_PARAMETER,
};
use crate::evidence::Why;

fn signer(server: &Server, change: impl FnOnce(SdkConfig) -> SdkConfig) -> Signer {
    Signer::new(change(edge(server, None, Own::Ambient).ambient.in_region("eu-west-1")), Http::default())
}

async fn ask(server: &Server) -> Result<serde_json::Value, Failure> {
    signer(server, |config| config).json(&DYNAMODB_GET_RESOURCE_POLICY, &json!({ "ResourceArn": "a" })).await
}

async fn why(says: Says) -> (Why, usize) {
    let server = Server::always(says);
    let why = ask(&server).await.unwrap_err().why().clone();
    (why, server.asked().len())
}

#[tokio::test]
async fn each_protocol_asks_in_its_way_and_signs_for_its_service() {
    let server = Server::start(|asked, _| {
        let answer = "<DescribeVpcEndpointsResponse><vpcEndpointSet/></DescribeVpcEndpointsResponse>";
        says(200, if asked.body.starts_with("Action=") { answer } else { "{}" })
    });
    let session = Credentials::new("ASIAEXAMPLE", "secret", Some("token".to_owned()), None, "test");
    let signer = signer(&server, |config| {
        config.into_builder().credentials_provider(SharedCredentialsProvider::new(session)).build()
    });
    signer.json(&DYNAMODB_GET_RESOURCE_POLICY, &json!({ "ResourceArn": "a" })).await.unwrap();
    signer.query(&EC2_DESCRIBE_VPC_ENDPOINTS, &[("VpcEndpointId.1", "a b&c")], |_| Some(())).await.unwrap();
    signer.get(&LAMBDA_GET_POLICY, &["arn:aws:lambda:x:f"], &[("Qualifier", "$LATEST")]).await.unwrap();

    let asked = server.asked();
    for (asked, service) in asked.iter().zip(["dynamodb", "ec2", "lambda"]) {
        let scope = format!("/eu-west-1/{service}/aws4_request");
        assert!(asked.header("authorization").unwrap().contains(&scope), "{asked:?}");
        assert_eq!(asked.header("x-amz-security-token"), Some("token"));
    }
    assert_eq!(asked[0].header("content-type"), Some("application/x-amz-json-1.0"));
    assert_eq!(asked[0].header("x-amz-target"), Some("DynamoDB_20120810.GetResourcePolicy"));
    assert_eq!(asked[0].body, r#"{"ResourceArn":"a"}"#);
    assert_eq!(asked[1].body, "Action=DescribeVpcEndpoints&Version=2016-11-15&VpcEndpointId.1=a%20b%26c");
    let path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ax%3Af/policy?Qualifier=%24LATEST";
    assert_eq!((asked[2].path.as_str(), asked[2].body.as_str()), (path, ""));
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let throttled = || says(400, r#"{"__type":"com.amazon.coral.availability#ThrottlingException"}"#);
    for passing in [throttled(), says(500, "{}"), says(503, ""), says(504, "<html>"), says(200, "<html>")] {
        let server =
            Server::start(move |_, number| if number < 2 { passing.clone() } else { says(200, r#"{"Policy":"p"}"#) });
        assert_eq!(ask(&server).await.unwrap(), json!({ "Policy": "p" }));
        assert_eq!(server.asked().len(), 3);
    }
    assert_eq!(why(throttled()).await, (Why::Throttled, 3));
    assert_eq!(why(says(504, "")).await, (Why::Timeout, 3));
    assert_eq!(
        why(says(500, r#"{"__type":"InternalServerError"}"#)).await,
        (Why::Failed("InternalServerError".to_owned()), 3)
    );
}

#[tokio::test]
async fn what_does_not_pass_is_said_at_once() {
    assert_eq!(why(says(400, r#"{"__type":"AccessDeniedException"}"#)).await, (Why::AccessDenied, 1));
    assert_eq!(why(says(403, "<html>")).await, (Why::AccessDenied, 1));
    assert_eq!(
        why(says(400, r#"{"__type":"ValidationException"}"#)).await,
        (Why::Failed("ValidationException".to_owned()), 1)
    );
}

#[tokio::test]
async fn an_answer_that_is_none_of_the_services_is_garbled() {
    for body in ["", "[]", "null", "\"text\"", "{", "<html></html>"] {
        assert_eq!(why(says(200, body)).await, (Why::Garbled, 3), "{body}");
    }
    for body in ["", "{}", "<html><body>ok</body></html>", "<DescribeVpcEndpointsResponse>"] {
        let server = Server::always(says(200, body));
        let signer = signer(&server, |config| config);
        let outcome = signer.query(&EC2_DESCRIBE_VPC_ENDPOINTS, &[], |_| Some(())).await;
        assert_eq!(outcome, Err(Failure::garbled()), "{body}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_long_is_garbled() {
    let long = json!({ "Parameter": { "Value": "x".repeat(200 * 1024) } }).to_string();
    let server = Server::always(says(200, long.clone()));
    let outcome = signer(&server, |config| config).json(&SSM_GET_PARAMETER, &json!({})).await;
    assert_eq!(outcome, Err(Failure::garbled()));
    let server = Server::always(says(200, long));
    assert!(ask(&server).await.is_ok(), "it is not too long for a policy");
}

#[tokio::test]
async fn nobody_listening_and_no_credentials_differ() {
    // A port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server::always(says(200, "{}"));
    let nowhere = signer(&server, |config| config.into_builder().endpoint_url(format!("http://{free}")).build());
    let outcome = nowhere.json(&SSM_GET_PARAMETER, &json!({})).await;
    assert_eq!(outcome.unwrap_err().why(), &Why::Failed("connection".to_owned()));

    let nobody = signer(&server, |config| {
        let mut config = config.into_builder();
        config.set_credentials_provider(None);
        config.build()
    });
    let outcome = nobody.json(&SSM_GET_PARAMETER, &json!({})).await;
    assert_eq!(outcome.unwrap_err().why(), &Why::Failed("credentials".to_owned()));
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn credentials_are_fetched_once_and_anew_when_they_are_refused() {
    let fetched = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&fetched);
    let provider = SharedCredentialsProvider::new(provide_credentials_fn(move || {
        let number = count.fetch_add(1, Ordering::Relaxed);
        async move { Ok(Credentials::new(format!("KEY{number}"), "secret", None, None, "test")) }
    }));
    let server = Server::start(|asked, _| {
        let new = asked.header("authorization").unwrap().contains("Credential=KEY1/");
        if new { says(200, "{}") } else { query_error(403, "ExpiredToken") }
    });
    let with = |server| signer(server, |config| config.into_builder().credentials_provider(provider).build());
    let signer = with(&server);
    let ask = async || signer.query(&EC2_DESCRIBE_VPC_ENDPOINTS, &[], |_| Some(())).await;
    assert_eq!(ask().await, Err(Failure::garbled()), "the second key is taken");
    assert_eq!(fetched.load(Ordering::Relaxed), 2);
    let _ = ask().await;
    assert_eq!(fetched.load(Ordering::Relaxed), 2, "and kept");
}
