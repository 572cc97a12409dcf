//! Single calls of services whose SDK crates would cost more than the call. Each is in [`calls`]; how a request
//! and its answer look is in one file per protocol; here is what all have in common: where to send, the signature, and
//! retries as the SDK makes them.

pub(super) mod calls;
mod json;
pub(super) mod query;
mod rest;
mod rest_xml;

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use futures_util::future::OptionFuture;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::Mutex;

use self::calls::{Call, Service};
use super::clients::Meter;
use super::errors::Failure;
use super::http::{Http, Reply, Unanswered};
use super::{DEFAULT_REGION, OPERATION_TIMEOUT};
use crate::arn::Partition;
use crate::evidence::Why;

/// What a URL may hold as it is: <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Credentials that end sooner are fetched anew.
const EXPIRES_SOON: Duration = Duration::from_mins(1);

/// Services whose plain endpoints in GovCloud are the FIPS ones, as AWS's rules for endpoints say.
///
/// <https://github.com/boto/botocore/tree/develop/botocore/data>
const PLAIN_IS_FIPS_IN_GOVCLOUD: &[&str] = &["cloudtrail", "ec2", "events", "sns", "sqs", "ssm"];

/// Services that are one for the commercial partition, whose host names no Region.
///
/// <https://docs.aws.amazon.com/general/latest/gr/cf_region.html>
const GLOBAL: &[&str] = &["cloudfront"];

/// Asks services in one Region with one set of credentials.
pub(super) struct Signer {
    config: SdkConfig,
    http: Http,
    credentials: Mutex<Option<Credentials>>,
    meter: Option<Meter>,
}

/// A request before it is signed.
struct Message {
    method: &'static str,
    /// The path, encoded, with the query.
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Signer {
    /// For the configuration's Region, credentials and endpoint.
    pub(super) fn new(config: SdkConfig, http: Http) -> Self {
        Self { config, http, credentials: Mutex::default(), meter: None }
    }

    /// Waits for its turn before each call, and writes it down.
    pub(super) fn metered(self, meter: Meter) -> Self {
        Self { meter: Some(meter), ..self }
    }

    /// The Region that is asked.
    pub(super) fn region(&self) -> &str {
        self.config.region().map_or(DEFAULT_REGION, Region::as_ref)
    }

    /// The wait before try `number`, from 1: twice as long each time, and no two callers wait alike.
    pub(super) fn backoff(&self, number: u32) -> Duration {
        let retries = self.retries();
        let longest = retries.initial_backoff().saturating_mul(1 << number.saturating_sub(1).min(16));
        longest.min(retries.max_backoff()).mul_f64(fastrand::f64().mul_add(0.5, 0.5))
    }

    fn retries(&self) -> RetryConfig {
        self.config.retry_config().cloned().unwrap_or_else(RetryConfig::standard)
    }

    /// Sends a message until it is answered for good, and reads the answer. `code` finds the code in an error.
    async fn exchange<P, T>(
        &self,
        call: &Call<P>,
        message: &Message,
        read: impl Fn(&[u8]) -> Option<T>,
        code: impl Fn(&Reply) -> Option<String>,
    ) -> Result<T, Failure> {
        let mut number = 0;
        // To wait for a turn takes nothing of it.
        let mut left = OPERATION_TIMEOUT;
        loop {
            number += 1;
            let credentials = self.credentials().await?;
            let meter = self.meter.as_ref().map(|meter| meter.call(call.service.signing, call.operation));
            let metered = OptionFuture::from(meter).await;
            let began = Instant::now();
            let request = self.signed(call.service, message, &credentials).ok_or_else(|| failed("request"))?;
            let reply = self.http.send(request, call.largest);
            let reply = tokio::time::timeout(left, reply).await.unwrap_or(Err(Unanswered::Timeout));
            if let Some(metered) = metered {
                metered.end(reply.as_ref().map_or_else(|_| "none".to_owned(), |reply| reply.status.to_string()));
            }
            let outcome = match reply {
                Ok(reply) if matches!(reply.status, 200 | 201 | 202 | 204) => {
                    read(&reply.body).ok_or_else(Failure::garbled)
                }
                Ok(reply) => Err(Failure::of_response(code(&reply).as_deref(), reply.status)),
                Err(Unanswered::Timeout) => Err(Failure::new(Why::Timeout)),
                Err(Unanswered::Connection) => Err(failed("connection")),
            };
            let Err(failure) = outcome else { return outcome };
            let wait = self.backoff(number);
            left = left.saturating_sub(began.elapsed() + wait);
            if !failure.is_transient() || number >= self.retries().max_attempts() || left.is_zero() {
                return Err(failure);
            }
            if failure.is_of_credentials() {
                *self.credentials.lock().await = None;
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// The credentials, kept until shortly before they end: some take a call each.
    async fn credentials(&self) -> Result<Credentials, Failure> {
        let mut kept = self.credentials.lock().await;
        let soon = self.now() + EXPIRES_SOON;
        match &*kept {
            Some(credentials) if credentials.expiry().is_none_or(|end| end > soon) => Ok(credentials.clone()),
            Some(_) | None => {
                let provider = self.config.credentials_provider().ok_or_else(|| failed("credentials"))?;
                let fetched = tokio::time::timeout(OPERATION_TIMEOUT, provider.provide_credentials()).await;
                let credentials = fetched.ok().and_then(Result::ok).ok_or_else(|| failed("credentials"))?;
                *kept = Some(credentials.clone());
                Ok(credentials)
            }
        }
    }

    fn now(&self) -> SystemTime {
        self.config.time_source().unwrap_or_default().now()
    }

    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html>
    fn signed(&self, service: Service, message: &Message, credentials: &Credentials) -> Option<HttpRequest> {
        let url = format!("{}{}", self.endpoint(service), message.path);
        let identity = credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region())
            .name(service.signing)
            .time(self.now())
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let agent = self.agent();
        let headers = message.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let headers = headers.chain([("user-agent", agent.as_str())]);
        let body = SignableBody::Bytes(message.body.as_bytes());
        let signable = SignableRequest::new(message.method, &url, headers.clone(), body).ok()?;
        let (signature, _) = sign(signable, &params).ok()?.into_parts();

        let mut request = HttpRequest::new(SdkBody::from(message.body.as_str()));
        request.set_method(message.method).ok()?;
        request.set_uri(url.as_str()).ok()?;
        for (name, value) in headers {
            request.headers_mut().try_insert(name.to_owned(), value.to_owned()).ok()?;
        }
        for (name, value) in signature.headers() {
            request.headers_mut().try_insert(name.to_owned(), value.to_owned()).ok()?;
        }
        Some(request)
    }

    /// Who asks, and for what, in the records of CloudTrail.
    fn agent(&self) -> String {
        let app = self.config.app_name().map(|name| format!(" app/{name}")).unwrap_or_default();
        format!("deniedby/{}{app}", env!("CARGO_PKG_VERSION"))
    }

    /// Where a service listens, without a slash at the end.
    ///
    /// <https://docs.aws.amazon.com/general/latest/gr/rande.html>
    fn endpoint(&self, service: Service) -> String {
        if let Some(url) = self.config.endpoint_url() {
            return url.trim_end_matches('/').to_owned();
        }
        let region = self.region();
        let plain =
            Partition::of_region(region) == Partition::GovCloud && PLAIN_IS_FIPS_IN_GOVCLOUD.contains(&service.host);
        let partition = Partition::of_region(region);
        let host = if self.config.use_fips() == Some(true) && !plain { service.fips } else { service.host };
        if GLOBAL.contains(&service.host) && partition == Partition::Aws {
            return format!("https://{host}.{}", dns_suffix(partition));
        }
        format!("https://{host}.{region}.{}", dns_suffix(partition))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("region", &self.region()).finish_non_exhaustive()
    }
}

/// The end of the services' host names.
///
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

/// A name or value as it stands in a URL or a form.
fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// `name=value` for each, encoded.
fn pairs(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

fn failed(what: &str) -> Failure {
    Failure::new(Why::Failed(what.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::calls::{
        CLOUDFRONT_GET_DISTRIBUTION, CLOUDTRAIL_LOOKUP_EVENTS, DYNAMODB_GET_RESOURCE_POLICY, ECR_GET_REPOSITORY_POLICY,
        IAM_GET_REQUEST_AUTHORIZATION_DETAILS, SQS_GET_QUEUE_URL,
    };
    use super::*;

    fn host(service: Service, region: &'static str, fips: bool) -> String {
        let config = SdkConfig::builder().region(Region::new(region)).use_fips(fips).build();
        Signer::new(config, Http::default()).endpoint(service)
    }

    #[test]
    fn a_service_listens_in_every_region_of_every_partition() {
        let sqs = SQS_GET_QUEUE_URL.service;
        assert_eq!(host(sqs, "eu-west-1", false), "https://sqs.eu-west-1.amazonaws.com");
        assert_eq!(host(sqs, "cn-north-1", false), "https://sqs.cn-north-1.amazonaws.com.cn");
        assert_eq!(host(sqs, "us-gov-west-1", false), "https://sqs.us-gov-west-1.amazonaws.com");
        assert_eq!(host(sqs, "eusc-de-east-1", false), "https://sqs.eusc-de-east-1.amazonaws.eu");
        let ecr = ECR_GET_REPOSITORY_POLICY.service;
        assert_eq!(host(ecr, "us-west-2", false), "https://api.ecr.us-west-2.amazonaws.com");
        let toolbox = IAM_GET_REQUEST_AUTHORIZATION_DETAILS.service;
        assert_eq!(host(toolbox, "us-east-1", false), "https://iam-toolbox.us-east-1.amazonaws.com");
    }

    #[test]
    fn where_fips_is_asked_for_its_endpoints_are_used() {
        let cloudtrail = CLOUDTRAIL_LOOKUP_EVENTS.service;
        assert_eq!(host(cloudtrail, "us-east-1", true), "https://cloudtrail-fips.us-east-1.amazonaws.com");
        assert_eq!(host(cloudtrail, "us-gov-west-1", true), "https://cloudtrail.us-gov-west-1.amazonaws.com");
        let dynamodb = DYNAMODB_GET_RESOURCE_POLICY.service;
        assert_eq!(host(dynamodb, "us-gov-west-1", true), "https://dynamodb-fips.us-gov-west-1.amazonaws.com");
        assert_eq!(
            host(ECR_GET_REPOSITORY_POLICY.service, "us-east-1", true),
            "https://ecr-fips.us-east-1.amazonaws.com"
        );
    }

    #[test]
    fn a_service_of_the_whole_partition_has_no_region_in_its_name() {
        let cloudfront = CLOUDFRONT_GET_DISTRIBUTION.service;
        assert_eq!(host(cloudfront, "us-east-1", false), "https://cloudfront.amazonaws.com");
        assert_eq!(host(cloudfront, "us-east-1", true), "https://cloudfront-fips.amazonaws.com");
        assert_eq!(host(cloudfront, "cn-northwest-1", false), "https://cloudfront.cn-northwest-1.amazonaws.com.cn");
    }

    #[test]
    fn waits_grow_to_a_bound_and_differ() {
        let retries = RetryConfig::standard().with_max_backoff(Duration::from_secs(2));
        let signer = Signer::new(SdkConfig::builder().retry_config(retries).build(), Http::default());
        let within = |number, longest: Duration| {
            let wait = signer.backoff(number);
            assert!(longest / 2 <= wait && wait <= longest, "{number}: {wait:?}");
        };
        within(1, Duration::from_secs(1));
        within(2, Duration::from_secs(2));
        within(3, Duration::from_secs(2));
        within(u32::MAX, Duration::from_secs(2));
        assert_ne!(signer.backoff(1), signer.backoff(1));
    }
}
