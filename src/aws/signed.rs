//! One call to a JSON service whose SDK crate would cost more than the call: SSM's `GetParameter`.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::Failure;
use super::http::{Http, Reply, Unanswered};
use super::{MAX_ATTEMPTS, OPERATION_TIMEOUT};
use crate::arn::{Arn, Partition};
use crate::evidence::Why;

/// The wait before the second try; twice as long before the third.
const BACKOFF: Duration = Duration::from_millis(300);

/// The value of an SSM parameter, decrypted. The configuration's Region is the parameter's.
///
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>
pub(super) async fn ssm_parameter(http: &Http, config: &SdkConfig, parameter: &Arn) -> Result<String, Failure> {
    let body = json!({ "Name": parameter.as_str(), "WithDecryption": true }).to_string();
    let call = call(http, config, parameter.region(), "AmazonSSM.GetParameter", &body);
    let answer =
        tokio::time::timeout(OPERATION_TIMEOUT, call).await.unwrap_or_else(|_| Err(Failure::new(Why::Timeout)))?;
    let value = answer.pointer("/Parameter/Value").and_then(Value::as_str);
    value.map(str::to_owned).ok_or_else(Failure::garbled)
}

async fn call(http: &Http, config: &SdkConfig, region: &str, target: &str, body: &str) -> Result<Value, Failure> {
    let provider = config.credentials_provider().ok_or_else(no_credentials)?;
    let credentials = provider.provide_credentials().await.map_err(|_| no_credentials())?;
    let mut wait = BACKOFF;
    for _ in 1..MAX_ATTEMPTS {
        match attempt(http, config, &credentials, region, target, body).await {
            Err(failure) if failure.is_transient() => {
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            settled => return settled,
        }
    }
    attempt(http, config, &credentials, region, target, body).await
}

async fn attempt(
    http: &Http,
    config: &SdkConfig,
    credentials: &Credentials,
    region: &str,
    target: &str,
    body: &str,
) -> Result<Value, Failure> {
    let request = request(config, credentials, region, target, body).ok_or_else(|| Failure::new(failed("request")))?;
    match http.send(request).await {
        Ok(reply) if reply.status == 200 => serde_json::from_slice(&reply.body).map_err(|_| Failure::garbled()),
        Ok(reply) => Err(Failure::of_response(code(&reply).as_deref(), reply.status)),
        Err(Unanswered::Timeout) => Err(Failure::new(Why::Timeout)),
        Err(Unanswered::Connection) => Err(Failure::new(failed("connection"))),
    }
}

/// A signed request of the protocol `AWS JSON 1.1`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>
fn request(
    config: &SdkConfig,
    credentials: &Credentials,
    region: &str,
    target: &str,
    body: &str,
) -> Option<HttpRequest> {
    let url = match config.endpoint_url() {
        Some(url) => format!("{}/", url.trim_end_matches('/')),
        None => format!("https://ssm.{region}.{}/", dns_suffix(Partition::of_region(region))),
    };
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target)];
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("ssm")
        .time(config.time_source().unwrap_or_default().now())
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let signable =
        SignableRequest::new("POST", &url, headers.into_iter(), SignableBody::Bytes(body.as_bytes())).ok()?;
    let (signature, _) = sign(signable, &params).ok()?.into_parts();

    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST").ok()?;
    request.set_uri(url).ok()?;
    for (name, value) in headers.into_iter().chain(signature.headers()) {
        request.headers_mut().try_insert(name.to_owned(), value.to_owned()).ok()?;
    }
    Some(request)
}

/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
fn dns_suffix(partition: Partition) -> &'static str {
    match partition {
        Partition::Aws | Partition::GovCloud => "amazonaws.com",
        Partition::China => "amazonaws.com.cn",
        Partition::EuropeanSovereign => "amazonaws.eu",
        Partition::Iso => "c2s.ic.gov",
        Partition::IsoB => "sc2s.sgov.gov",
        Partition::IsoE => "cloud.adc-e.uk",
        Partition::IsoF => "csp.hci.ic.gov",
    }
}

/// The error code: `__type`, which may have a namespace in front.
fn code(reply: &Reply) -> Option<String> {
    #[derive(Deserialize)]
    struct Error {
        #[serde(rename = "__type")]
        kind: String,
    }
    let error: Error = serde_json::from_slice(&reply.body).ok()?;
    error.kind.rsplit('#').next().map(str::to_owned)
}

fn no_credentials() -> Failure {
    Failure::new(failed("credentials"))
}

fn failed(what: &str) -> Why {
    Why::Failed(what.to_owned())
}
