//! How fast AWS is asked. What is here keeps us below limits that AWS sets; what it throttles all the same is tried again
//! by the SDK, later.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tokio::sync::Semaphore;

use super::http::Http;
use crate::arn::AccountId;

/// A limit of calls per second, for each account.
struct Limit {
    /// The service that has it.
    service: &'static str,
    per_second: NonZeroU32,
    /// How many calls may go out at once after a pause.
    burst: NonZeroU32,
    /// Each Region counts for itself.
    regional: bool,
    /// It is one limit for all accounts that are asked: calls count for who makes them.
    shared: bool,
}

/// The services that limit us to less than a diagnosis may want at once.
///
/// CloudTrail: "two per second, per account, per Region",
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>.
/// Organizations throttles early, and names no figure that holds for all of its calls:
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>.
/// STS takes some hundreds of calls a second for the account that takes roles, wherever these are, and we are not alone
/// in it: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const LIMITS: &[Limit] = &[
    Limit { service: "cloudtrail", per_second: times(2), burst: times(2), regional: true, shared: false },
    Limit { service: "organizations", per_second: times(5), burst: times(10), regional: false, shared: false },
    Limit { service: "sts", per_second: times(100), burst: times(100), regional: true, shared: true },
];

const fn times(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

/// How many requests one client has on their way at once: each is a connection, which costs more than to wait for one.
const AT_ONCE: usize = 8;

/// Beyond so many accounts, those that were not asked lately are forgotten.
const ACCOUNTS: usize = 1000;

/// Whom a limit counts: an account, and a Region if the limit is of one.
type Key = (Option<AccountId>, String);

/// All limits of this process.
pub(super) struct Limits {
    rows: Vec<(&'static Limit, DefaultKeyedRateLimiter<Key>)>,
    clock: DefaultClock,
}

impl Default for Limits {
    fn default() -> Self {
        let limiter = |limit: &Limit| RateLimiter::keyed(Quota::per_second(limit.per_second).allow_burst(limit.burst));
        Self { rows: LIMITS.iter().map(|limit| (limit, limiter(limit))).collect(), clock: DefaultClock::default() }
    }
}

impl Limits {
    /// Waits until a service may be asked.
    pub(super) async fn turn(&self, service: &str, account: Option<AccountId>, region: &str) {
        for (limit, limiter) in self.rows.iter().filter(|row| row.0.service == service) {
            if limiter.len() > ACCOUNTS {
                limiter.retain_recent();
            }
            let key =
                (account.filter(|_| !limit.shared), if limit.regional { region.to_owned() } else { String::new() });
            while let Err(early) = limiter.check_key(&key) {
                tokio::time::sleep(early.wait_time_from(self.clock.now())).await;
            }
        }
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

/// Sends the requests of one SDK client, each when its turn has come. The wait is not a part of the time that an answer
/// may take.
#[derive(Debug, Clone)]
pub(super) struct Paced<C> {
    inner: C,
    limits: Arc<Limits>,
    service: &'static str,
    account: Option<AccountId>,
    region: String,
    turns: Arc<Semaphore>,
}

impl Paced<Http> {
    pub(super) fn new(
        http: Http,
        limits: Arc<Limits>,
        service: &'static str,
        account: Option<AccountId>,
        region: &str,
    ) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Self { inner: http, limits, service, account, region: region.to_owned(), turns }
    }
}

impl HttpClient for Paced<Http> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Paced {
            inner: self.inner.http_connector(settings, components),
            limits: Arc::clone(&self.limits),
            service: self.service,
            account: self.account,
            region: self.region.clone(),
            turns: Arc::clone(&self.turns),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

impl HttpConnector for Paced<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let paced = self.clone();
        HttpConnectorFuture::new(async move {
            // The semaphore is never closed.
            let _turn = paced.turns.acquire().await;
            paced.limits.turn(paced.service, paced.account, &paced.region).await;
            paced.inner.call(request).await
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[tokio::test]
    async fn a_third_lookup_waits_and_other_accounts_and_regions_do_not() {
        let limits = Limits::default();
        let account = |text: &str| Some(text.parse().unwrap());
        let began = Instant::now();
        for region in ["eu-west-1", "us-east-1"] {
            for id in ["111122223333", "444455556666"] {
                limits.turn("cloudtrail", account(id), region).await;
                limits.turn("cloudtrail", account(id), region).await;
            }
        }
        limits.turn("s3", account("111122223333"), "eu-west-1").await;
        assert!(began.elapsed() < Duration::from_millis(400), "{:?}", began.elapsed());
        limits.turn("cloudtrail", account("111122223333"), "eu-west-1").await;
        assert!(began.elapsed() > Duration::from_millis(400), "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn roles_in_whatever_accounts_are_taken_at_one_pace() {
        let limits = Limits::default();
        let began = Instant::now();
        for number in 0..120 {
            limits.turn("sts", format!("{number:012}").parse().ok(), "eu-west-1").await;
        }
        assert!(began.elapsed() > Duration::from_millis(150), "{:?}", began.elapsed());
    }
}
