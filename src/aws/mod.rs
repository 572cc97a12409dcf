//! The edge to AWS: the only place that knows the SDK's types.
//!
//! [`Edge`] is made once per process. It hands out an [`AwsReader`] per event, whose sessions carry the event's id, and
//! the notifiers. Nothing here can write to a customer's account: see [`session_policy`].

mod acl;
mod errors;
mod http;
mod iam;
mod reader;
mod s3;
mod s3control;
mod sessions;
mod signed;
mod slack;
mod sns;
#[cfg(test)]
mod tests;
mod webhook;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use self::http::Http;
use self::sessions::{Ambient, Sessions};
use crate::arn::Arn;

pub use self::reader::AwsReader;
pub use self::sessions::session_policy;
pub use self::slack::SlackNotifier;
pub use self::sns::SnsNotifier;

/// How long making a connection may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long one try of a call may take.
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a call may take with its retries. A call that hangs ends well within the function's time of 60 s.
pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(12);

/// How often a call is tried.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
pub const MAX_ATTEMPTS: u32 = 3;

/// How long a question may take: taking the role, and all pages of the answer.
pub const QUESTION_TIMEOUT: Duration = Duration::from_secs(25);

/// The Region for calls that go to no particular one, where the environment names none.
const DEFAULT_REGION: &str = "us-east-1";

/// What an account's own facts are read with when it is the account that we run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// The credentials at hand, without a role: the command line.
    Ambient,
    /// The read role, as everywhere else: the function, whose own role cannot read.
    Assume,
}

/// How to get at accounts.
#[derive(Clone)]
pub struct Options {
    /// The name of the read role. `None` reads everything with the credentials at hand.
    pub read_role: Option<String>,
    /// The external ID that the read roles ask for.
    pub external_id: Option<String>,
    /// What to do about the account that we run in.
    pub own: Own,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("read_role", &self.read_role).field("own", &self.own).finish_non_exhaustive()
    }
}

/// AWS, as this process sees it. Clones share everything.
#[derive(Clone)]
pub struct Edge {
    ambient: Arc<Ambient>,
    http: Http,
}

impl Edge {
    /// Finds credentials, Region and endpoint as the AWS CLI does. Makes no call: credentials are resolved when first
    /// used.
    ///
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>
    pub async fn load(options: Options) -> Self {
        let http = Http::default();
        // Not the SDK's own chain, which would ask the instance metadata service and wait where there is none.
        let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(ProfileFileRegionProvider::new())
            .or_else(DEFAULT_REGION);
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(region)
            .http_client(http.clone())
            .retry_config(retries())
            .timeout_config(timeouts())
            .load()
            .await;
        Self::new(config, http, options)
    }

    fn new(config: SdkConfig, http: Http, options: Options) -> Self {
        Self { ambient: Arc::new(Ambient::new(config, options)), http }
    }

    /// The reader for one event. Its sessions bear the event's id, so that the owners of the accounts can tell from
    /// CloudTrail what they were for.
    #[must_use]
    pub fn reader(&self, event_id: &str) -> AwsReader {
        AwsReader::new(Sessions::new(Arc::clone(&self.ambient), event_id))
    }

    /// Publishes findings to a topic, in the topic's Region.
    #[must_use]
    pub fn sns(&self, topic: Arn) -> SnsNotifier {
        SnsNotifier::new(self.ambient.in_region(topic.region()), topic)
    }

    /// Posts findings to Slack. The webhook's address is read when the first finding is sent: `source` is the ARN of a
    /// Secrets Manager secret or of an SSM parameter.
    #[must_use]
    pub fn slack(&self, source: Arn) -> SlackNotifier {
        let config = self.ambient.in_region(source.region());
        SlackNotifier::new(webhook::Source::new(config, source, self.http.clone()), self.http.clone())
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge").finish_non_exhaustive()
    }
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_max_backoff(Duration::from_secs(2))
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}
