//! The clients of one account and Region, each made when first used.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_config::{Region, SdkConfig};
use aws_smithy_types::timeout::TimeoutConfig;

use super::http::{Http, is_loopback};
use super::limits::{Limits, Paced};
use super::signed::Signer;
use super::trace::{Call, Trace, Watch};
use super::{CONNECT_TIMEOUT, DEFAULT_REGION, QUESTION_TIMEOUT};
use crate::arn::AccountId;

/// Lets calls of one account and Region out when their turn has come, and writes them down.
#[derive(Debug, Clone)]
pub(super) struct Meter {
    limits: Arc<Limits>,
    trace: Trace,
    account: Option<AccountId>,
    region: String,
}

impl Meter {
    pub(super) fn new(limits: Arc<Limits>, trace: Trace, account: Option<AccountId>, region: &str) -> Self {
        Self { limits, trace, account, region: region.to_owned() }
    }

    /// For a call that is made without the SDK: waits until the service may be asked, and begins the call.
    pub(super) async fn call(&self, service: &'static str, operation: &str) -> Call {
        self.limits.turn(service, self.account, &self.region).await;
        self.trace.call(service, operation, self.account, &self.region)
    }

    fn paced(&self, http: Http, service: &'static str) -> Paced<Http> {
        Paced::new(http, Arc::clone(&self.limits), service, self.account, &self.region)
    }

    fn watch(&self, service: &'static str) -> Option<Watch> {
        let (trace, account, region) = (self.trace.clone(), self.account, self.region.clone());
        self.trace.is_on().then_some(Watch { trace, service, account, region })
    }

    /// Whose retries count together: by default the SDK counts those of all accounts in one.
    fn partition(&self, service: &str) -> String {
        let account = self.account.map_or_else(String::new, |account| account.to_string());
        format!("{service}-{}-{account}", self.region)
    }
}

/// A client's configuration: the account's, paced and watched.
macro_rules! configured {
    ($sdk:ident, $service:literal, $config:expr, $http:expr, $meter:expr) => {{
        let partition = $sdk::config::retry::RetryPartition::new($meter.partition($service));
        let builder = $sdk::config::Builder::from($config)
            .http_client($meter.paced($http.clone(), $service))
            .retry_partition(partition);
        match $meter.watch($service) {
            Some(watch) => builder.interceptor(watch),
            None => builder,
        }
    }};
}

/// A client for calls that are no questions: taking a role, and asking who we are.
pub(super) fn sts(config: &SdkConfig, http: &Http, meter: &Meter) -> aws_sdk_sts::Client {
    aws_sdk_sts::Client::from_conf(configured!(aws_sdk_sts, "sts", config, http, meter).build())
}

/// All clients with the same credentials in the same Region.
pub(super) struct Clients {
    config: SdkConfig,
    http: Http,
    meter: Meter,
    signer: Signer,
    iam: OnceLock<aws_sdk_iam::Client>,
    kms: OnceLock<aws_sdk_kms::Client>,
    organizations: OnceLock<aws_sdk_organizations::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
    s3control: OnceLock<aws_sdk_s3control::Client>,
    sts: OnceLock<aws_sdk_sts::Client>,
}

impl Clients {
    pub(super) fn new(config: SdkConfig, http: Http, meter: Meter) -> Self {
        Self {
            signer: Signer::new(config.clone(), http.clone()).metered(meter.clone()),
            config,
            http,
            meter,
            iam: OnceLock::new(),
            kms: OnceLock::new(),
            organizations: OnceLock::new(),
            s3: OnceLock::new(),
            s3control: OnceLock::new(),
            sts: OnceLock::new(),
        }
    }

    pub(super) fn iam(&self) -> &aws_sdk_iam::Client {
        self.iam.get_or_init(|| {
            let config = configured!(aws_sdk_iam, "iam", &self.config, self.http, self.meter);
            aws_sdk_iam::Client::from_conf(config.build())
        })
    }

    pub(super) fn kms(&self) -> &aws_sdk_kms::Client {
        self.kms.get_or_init(|| {
            let config = configured!(aws_sdk_kms, "kms", &self.config, self.http, self.meter);
            aws_sdk_kms::Client::from_conf(config.build())
        })
    }

    /// A large organization takes many calls at few per second: only the question bounds the wait.
    pub(super) fn organizations(&self) -> &aws_sdk_organizations::Client {
        self.organizations.get_or_init(|| {
            let timeouts = self.config.timeout_config().map_or_else(TimeoutConfig::builder, TimeoutConfig::to_builder);
            let timeouts = timeouts.connect_timeout(CONNECT_TIMEOUT).operation_timeout(QUESTION_TIMEOUT).build();
            let config = configured!(aws_sdk_organizations, "organizations", &self.config, self.http, self.meter);
            aws_sdk_organizations::Client::from_conf(config.timeout_config(timeouts).build())
        })
    }

    pub(super) fn s3(&self) -> &aws_sdk_s3::Client {
        self.s3.get_or_init(|| {
            // A stand-in on this machine serves buckets under paths; it has no DNS names for them.
            let local = self.config.endpoint_url().and_then(host).is_some_and(is_loopback);
            let config = configured!(aws_sdk_s3, "s3", &self.config, self.http, self.meter);
            let config = if local { config.force_path_style(true) } else { config };
            // Of a directory bucket we read its settings alone, and these take no session.
            let config = config.disable_s3_express_session_auth(true);
            aws_sdk_s3::Client::from_conf(config.build())
        })
    }

    pub(super) fn s3control(&self) -> &aws_sdk_s3control::Client {
        self.s3control.get_or_init(|| {
            let config = configured!(aws_sdk_s3control, "s3control", &self.config, self.http, self.meter);
            aws_sdk_s3control::Client::from_conf(config.build())
        })
    }

    pub(super) fn sts(&self) -> &aws_sdk_sts::Client {
        self.sts.get_or_init(|| sts(&self.config, &self.http, &self.meter))
    }

    /// For the calls that we sign ourselves.
    pub(super) fn signer(&self) -> &Signer {
        &self.signer
    }

    pub(super) fn region(&self) -> &str {
        self.config.region().map_or(DEFAULT_REGION, Region::as_ref)
    }
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").field("region", &self.region()).finish_non_exhaustive()
    }
}

/// The host of an endpoint's address.
pub(super) fn host(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split(['/', '?']).next()?;
    if authority.starts_with('[') {
        return authority.split_inclusive(']').next();
    }
    authority.split(':').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_an_endpoint() {
        assert_eq!(host("http://127.0.0.1:5000/x"), Some("127.0.0.1"));
        assert_eq!(host("http://[::1]:5000"), Some("[::1]"));
        assert_eq!(host("https://s3.eu-west-1.amazonaws.com"), Some("s3.eu-west-1.amazonaws.com"));
    }
}
