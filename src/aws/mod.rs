//! The edge to AWS: the only place that knows the SDK's types.
//!
//! [`Edge`] is made once per process. It hands out an [`AwsReader`] per event, whose sessions carry the event's id, and
//! the notifiers. What reads cannot write to a customer's account: see
//! [`session_policy`](crate::permissions::session_policy). What writes, an [`AwsWriter`], is under a session policy of its
//! own for each change: see [`edit_policy`](crate::remedy::edit_policy).

mod access_grants;
mod access_analyzer;
mod acl;
mod asking;
mod authorization;
mod cache;
mod cases;
mod clients;
mod clock;
mod cloudfront;
mod cloudtrail;
mod desk;
mod errors;
mod glue;
mod http;
mod iam;
mod kms;
mod ledger;
mod limits;
mod organizations;
mod owner;
mod reader;
mod resource_policy;
mod resource_tags;
mod s3;
mod s3_kin;
mod s3control;
mod sessions;
mod signed;
mod simulator;
mod slack;
mod sns;
mod ssm;
#[cfg(test)]
mod tests;
mod told;
mod trace;
mod vpc;
mod waf;
mod webhook;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use self::cache::Cache;
use self::http::Http;
use self::sessions::{Ambient, Sessions};
use crate::arn::Arn;
use crate::event::Changed;
use crate::remedy::{Change, Inquiry, Opinion};
use crate::report::{Metric, metric};

pub use self::asking::AwsReader;
pub use self::cases::{CASES, CaseBucket, CaseLog};
pub use self::desk::Desk;
pub use self::ledger::Table;
pub use self::slack::SlackNotifier;
pub use self::sns::SnsNotifier;
pub use self::told::Told;
pub use self::trace::{Called, Total};
pub use self::writer::AwsWriter;

/// How long making a connection may take.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long an answer to one try of a call may take.
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
    /// The credentials at hand, without a role: the command line, which people run with what they may do anyway.
    Ambient,
    /// The read role, as everywhere else: the function. Its own role takes roles and publishes, and cannot read, so that
    /// every read is under a session policy and in the same words in every account. The hop is made every few minutes.
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
    /// The role of the organization's management account, or of one that it delegated to. `None` leaves control policies
    /// unread, but on a command line without a read role, whose own credentials are tried.
    pub management_role: Option<Arn>,
    /// Whether metadata of objects may be read, which takes the permission to read their data.
    pub object_metadata: bool,
    /// How many accounts of the organization are asked for a bucket whose owner nothing names; 0 is none.
    pub search_accounts: usize,
    /// Whether to write down which calls are made.
    pub trace: bool,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("read_role", &self.read_role)
            .field("own", &self.own)
            .field("management_role", &self.management_role)
            .field("object_metadata", &self.object_metadata)
            .field("search_accounts", &self.search_accounts)
            .finish_non_exhaustive()
    }
}

/// AWS, as this process sees it. Clones share everything.
#[derive(Clone)]
pub struct Edge {
    ambient: Arc<Ambient>,
    cache: Arc<Cache>,
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
        Self { ambient: Arc::new(Ambient::new(config, http.clone(), options)), cache: Arc::default(), http }
    }

    /// The reader for one event. Its calls bear the event's id, so that the owners of the accounts can tell from
    /// CloudTrail what they were for. What is not answered at the deadline stays unanswered, so that the report is out in
    /// time.
    #[must_use]
    pub fn reader(&self, event_id: &str, deadline: Option<Instant>) -> AwsReader {
        AwsReader::new(Sessions::new(Arc::clone(&self.ambient), event_id), Arc::clone(&self.cache), deadline)
    }

    /// The writer for one event. `role` is the name of the role to assume in the account that is changed; without one,
    /// the credentials at hand are used.
    #[must_use]
    pub fn writer(&self, event_id: &str, role: Option<String>) -> AwsWriter {
        AwsWriter::new(Arc::clone(&self.ambient), event_id, role)
    }

    /// What IAM Access Analyzer says of the policy that a change leaves; `None` where the change is not of a policy. With the
    /// credentials at hand: it looks at nothing but what it is told.
    pub async fn opinion(&self, change: &Change) -> Option<Opinion> {
        let inquiry = Inquiry::of(change)?;
        let clients = self.ambient.clients(None, self.ambient.region(), None, None);
        Some(access_analyzer::ask(clients.signer(), &inquiry).await)
    }

    /// The records of changes in a table of our own account and Region. What is written is kept for `keeps`, and then
    /// deleted by DynamoDB.
    #[must_use]
    pub fn ledger(&self, table: String, keeps: Duration) -> Table {
        Table::new(signed::Signer::new(self.ambient.in_region(""), self.http.clone()), table, keeps)
    }

    /// What people were told, in a table of our own account and Region. Denials of a kind are counted and not told for
    /// `quiet` after one was.
    #[must_use]
    pub fn told(&self, table: String, quiet: Duration) -> Told {
        Told::new(signed::Signer::new(self.ambient.in_region(""), self.http.clone()), table, quiet)
    }

    /// Where approvals come in: `secret` is the ARN of what Slack signs with, and `function` the name of this function.
    #[must_use]
    pub fn desk(&self, secret: Arn, function: String) -> Desk {
        let secret = webhook::Source::new(self.ambient.in_region(secret.region()), secret, self.http.clone());
        let config = self.ambient.in_region("");
        let local = config.endpoint_url().and_then(clients::host).is_some_and(http::is_loopback);
        Desk::new(secret, self.http.clone(), signed::Signer::new(config, self.http.clone()), function, local)
    }

    /// Who the credentials at hand are, if STS says.
    pub async fn caller(&self) -> Option<String> {
        self.ambient.caller().await
    }

    /// Forgets the answers that a change may have overtaken. They are asked for anew in the next diagnosis.
    pub fn forget(&self, changed: &Changed) {
        self.cache.forget(changed);
    }

    /// The calls made since this was last asked, if [`Options::trace`] is on; those of notifiers are not among them.
    #[must_use]
    pub fn calls(&self) -> Vec<Called> {
        self.ambient.trace.take()
    }

    /// Keeps cases in a bucket of our own account, in our own Region.
    #[must_use]
    pub fn case_bucket(&self, bucket: String) -> CaseBucket {
        CaseBucket::new(self.ambient.clients(None, self.ambient.region(), None, None), bucket)
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

/// Not the adaptive mode: after one throttle it lets a call out every two seconds for a while, and a diagnosis has
/// no such time. What AWS is known to limit waits its turn before: see `limits`.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_max_backoff(Duration::from_secs(2))
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        // Not of the attempt: the wait for a turn is no fault of the service.
        .read_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

/// A line that `CloudWatch` counts, at this time.
#[must_use]
pub fn metric_line(counted: Metric<'_>) -> String {
    let since = clock::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    metric(counted, i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The instant at which an invocation that ends at `end` has only `reserve` left; now, if it has less.
#[must_use]
pub fn deadline(end: SystemTime, reserve: Duration) -> Instant {
    let left = end.duration_since(clock::now()).unwrap_or_default();
    Instant::now() + left.saturating_sub(reserve)
}
