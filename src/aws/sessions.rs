//! Who we are in which account: a session of the read role for each, however many questions ask at once.
//!
//! A session's name is `deniedby-` and an event's id, so that the owners of an account see in CloudTrail what it was for.
//! A function that stays warm uses a session until shortly before it ends, for later events as well: their ids are then
//! in the user agent of each call, as `app/deniedby-ID`. Taking a role for each event would say the same twice, at the
//! price of a call to STS that all others wait for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::identity::IdentityCache;
use aws_config::{AppName, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::sync::OnceCell;

use super::clients::{Clients, Meter, sts};
use super::clock::now;
use super::errors::Failure;
use super::http::Http;
use super::limits::Limits;
use super::trace::{self, Trace};
use super::{DEFAULT_REGION, Options, Own};
use crate::arn::{AccountId, Arn, Partition};
use crate::evidence::Why;
use crate::permissions::{Role, session_policy};

/// The shortest session that STS gives.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
const SESSION_SECONDS: i32 = 900;

/// A session that ends sooner is not used for another event: longer than the function may run.
const ENDS_SOON: Duration = Duration::from_mins(3);

/// The longest name of a session.
const SESSION_NAME_LENGTH: usize = 64;

/// STS answers so where the account has not activated the Region that was asked.
const REGION_DISABLED: &str = "RegionDisabledException";

/// What lives as long as the process: the credentials at hand, what we know about them, and the sessions made of them.
pub(super) struct Ambient {
    config: SdkConfig,
    http: Http,
    pub(super) options: Options,
    limits: Arc<Limits>,
    pub(super) trace: Trace,
    /// The account of the credentials at hand, or why STS did not say.
    account: OnceCell<Result<AccountId, Why>>,
    /// The last session of each role. The lock is held while one is made.
    kept: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Option<Credentials>>>>>,
}

impl Ambient {
    pub(super) fn new(config: SdkConfig, http: Http, options: Options) -> Self {
        let trace = Trace::new(options.trace);
        let (account, kept) = (OnceCell::new(), Mutex::default());
        Self { config, http, options, limits: Arc::default(), trace, account, kept }
    }

    /// The credentials at hand in another Region.
    pub(super) fn in_region(&self, region: &str) -> SdkConfig {
        if region.is_empty() {
            return self.config.clone();
        }
        self.config.to_builder().region(Region::new(region.to_owned())).build()
    }

    pub(super) fn region(&self) -> &str {
        self.config.region().map_or(DEFAULT_REGION, Region::as_ref)
    }

    fn partition(&self) -> Partition {
        Partition::of_region(self.region())
    }

    fn meter(&self, account: Option<AccountId>, region: &str) -> Meter {
        Meter::new(Arc::clone(&self.limits), self.trace.clone(), account, region)
    }

    /// Clients of an account in a Region, with other credentials than those at hand where there are some.
    pub(super) fn clients(
        &self,
        account: Option<AccountId>,
        region: &str,
        credentials: Option<Credentials>,
        app: Option<AppName>,
    ) -> Clients {
        let mut config = self.in_region(region).into_builder();
        config.set_app_name(app);
        if let Some(credentials) = credentials {
            config.set_credentials_provider(Some(SharedCredentialsProvider::new(credentials)));
            // They are what a cache would hold, and the process's own would hold them for ever.
            config.set_identity_cache(Some(IdentityCache::no_cache()));
        }
        Clients::new(config.build(), self.http.clone(), self.meter(account, region))
    }

    /// That an account is the one of the credentials at hand; else why they cannot be used for it. What they would find
    /// under the names of another account is not that account's.
    ///
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
    pub(super) async fn own(&self, account: AccountId) -> Result<(), Why> {
        let own = self.account.get_or_init(async || {
            let sts = sts(&self.config, &self.http, &self.meter(None, self.region()));
            let identity =
                sts.get_caller_identity().send().await.map_err(|error| Failure::from(error).why().clone())?;
            identity.account().and_then(|account| account.parse().ok()).ok_or(Why::Garbled)
        });
        match own.await {
            Ok(own) if *own == account => Ok(()),
            Ok(own) => Err(Why::ForeignCredentials(*own)),
            Err(why) => Err(why.clone()),
        }
    }

    /// The ARN of the credentials at hand.
    ///
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
    pub(super) async fn caller(&self) -> Option<String> {
        let sts = sts(&self.config, &self.http, &self.meter(None, self.region()));
        sts.get_caller_identity().send().await.ok()?.arn().map(str::to_owned)
    }

    /// A session of a role: the one that there is, if it lasts, or a new one of this name.
    async fn session(&self, wanted: &Wanted, name: &str) -> Result<Credentials, Failure> {
        let lock = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(kept.entry(wanted.role.clone()).or_default())
        };
        let mut kept = lock.lock().await;
        if let Some(credentials) = kept.as_ref().filter(|credentials| lasts(credentials, now())) {
            return Ok(credentials.clone());
        }
        let credentials = self.assume(wanted, name).await?;
        *kept = Some(credentials.clone());
        Ok(credentials)
    }

    /// A session for one change, under a policy of its own. Nothing of it is kept.
    pub(super) async fn assume_for(
        &self,
        role: String,
        account: AccountId,
        policy: String,
        name: &str,
    ) -> Result<Credentials, Failure> {
        self.assume(&Wanted { role, policy, account: Some(account) }, name).await
    }

    /// Takes a role at the STS of our own Region. Its tokens are good in all Regions, those that must be enabled as well;
    /// what counts is that the role's account has activated the Region that is *asked*. Where it has not, the Region that
    /// is active in every account is asked.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html>
    async fn assume(&self, wanted: &Wanted, name: &str) -> Result<Credentials, Failure> {
        let here = self.region();
        match self.assume_at(here, wanted, name).await {
            Err(failure) if failure.is(REGION_DISABLED) && here != home(self.partition()) => {
                self.assume_at(home(self.partition()), wanted, name).await
            }
            settled => settled,
        }
    }

    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    async fn assume_at(&self, region: &str, wanted: &Wanted, name: &str) -> Result<Credentials, Failure> {
        let sts = sts(&self.in_region(region), &self.http, &self.meter(wanted.account, region));
        let answer = sts
            .assume_role()
            .role_arn(&wanted.role)
            .role_session_name(name)
            .set_external_id(self.options.external_id.clone())
            .duration_seconds(SESSION_SECONDS)
            .policy(&wanted.policy)
            .send()
            .await?;
        let given = answer.credentials().ok_or_else(Failure::garbled)?;
        let expires = SystemTime::try_from(*given.expiration()).ok();
        let (key, secret, token) = (given.access_key_id(), given.secret_access_key(), given.session_token());
        Ok(Credentials::new(key, secret, Some(token.to_owned()), expires, "deniedby"))
    }
}

/// Whether a session lasts for another event.
fn lasts(credentials: &Credentials, now: SystemTime) -> bool {
    credentials.expiry().is_some_and(|end| end.duration_since(now).is_ok_and(|rest| rest > ENDS_SOON))
}

/// A role to take.
struct Wanted {
    role: String,
    policy: String,
    account: Option<AccountId>,
}

/// Whose clients are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Whose {
    Account(AccountId),
    Management,
}

/// The sessions of one event.
pub(super) struct Sessions {
    ambient: Arc<Ambient>,
    name: String,
    opened: Mutex<HashMap<Whose, Arc<OnceCell<Session>>>>,
    clients: Mutex<HashMap<(Whose, String), Arc<Clients>>>,
}

/// How to get at an account: `None` is with the credentials at hand. A failure is kept too, so that an account without
/// a read role is asked for it once in an event. It is not kept for the next: the role may be there by then.
type Session = Result<Option<Credentials>, Why>;

impl Sessions {
    pub(super) fn new(ambient: Arc<Ambient>, event_id: &str) -> Self {
        Self { ambient, name: session_name(event_id), opened: Mutex::default(), clients: Mutex::default() }
    }

    /// What was set up.
    pub(super) fn options(&self) -> &Options {
        &self.ambient.options
    }

    /// The partition that we run in, and the Region of it that is active in every account.
    pub(super) fn home(&self) -> (Partition, &'static str) {
        let partition = self.ambient.partition();
        (partition, home(partition))
    }

    /// The clients for an account and Region. An empty Region is the one that we run in.
    pub(super) async fn clients(&self, account: AccountId, region: &str) -> Result<Arc<Clients>, Why> {
        let region = if region.is_empty() { self.ambient.region() } else { region };
        self.with(Whose::Account(account), region).await
    }

    /// The same for what is told of whatever account the credentials are of. Without a read role, these are at hand, and
    /// their answer is none about other accounts.
    pub(super) async fn as_owner(&self, account: AccountId, region: &str) -> Result<Arc<Clients>, Failure> {
        self.clients(account, region).await.map_err(Failure::new)
    }

    /// Gives up the clients of an account that nothing more will be asked of.
    pub(super) fn leave(&self, account: AccountId, region: &str) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.remove(&(Whose::Account(account), region.to_owned()));
    }

    /// The clients for the organization, in the Region where Organizations is.
    pub(super) async fn management(&self) -> Result<Arc<Clients>, Why> {
        self.with(Whose::Management, home(self.ambient.partition())).await
    }

    async fn with(&self, whose: Whose, region: &str) -> Result<Arc<Clients>, Why> {
        check_region(region)?;
        let cell = {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(opened.entry(whose).or_default())
        };
        let waits = !cell.initialized();
        let credentials = cell.get_or_init(|| self.open(whose)).await.clone()?;
        if waits && credentials.is_some() {
            // For a call, be it another's.
            trace::ended(1);
        }
        let account = match whose {
            Whose::Account(account) => Some(account),
            Whose::Management => self.ambient.options.management_role.as_ref().and_then(Arn::account),
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let made = clients
            .entry((whose, region.to_owned()))
            .or_insert_with(|| Arc::new(self.ambient.clients(account, region, credentials, app_name(&self.name))));
        Ok(Arc::clone(made))
    }

    async fn open(&self, whose: Whose) -> Session {
        let options = &self.ambient.options;
        let wanted = match (whose, &options.read_role, &options.management_role) {
            // The command line's own credentials may read the organization, or be told that they may not.
            (Whose::Management, None, None) if options.own == Own::Ambient => return Ok(None),
            (Whose::Management, _, None) => return Err(Why::NoManagementRole),
            (Whose::Management, _, Some(arn)) => {
                let policy = session_policy(Role::Management, options.object_metadata);
                Wanted { role: arn.to_string(), policy, account: arn.account() }
            }
            (Whose::Account(account), None, _) => return self.ambient.own(account).await.map(|()| None),
            (Whose::Account(account), Some(role), _) => {
                // If STS does not say, the read role may be there all the same.
                if options.own == Own::Ambient && self.ambient.own(account).await.is_ok() {
                    return Ok(None);
                }
                let role = format!("arn:{}:iam::{account}:role/{role}", self.ambient.partition());
                Wanted { role, policy: session_policy(Role::Read, options.object_metadata), account: Some(account) }
            }
        };
        match self.ambient.session(&wanted, &self.name).await {
            Ok(credentials) => Ok(Some(credentials)),
            // STS says the same where the role does not exist.
            Err(failure) if *failure.why() == Why::AccessDenied => Err(Why::NoReadRole),
            Err(failure) => Err(failure.why().clone()),
        }
    }
}

/// That a Region can be part of a host name. It comes from events, and whoever wrote one must not choose whom we ask.
pub(super) fn check_region(region: &str) -> Result<(), Why> {
    let valid = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    if region.bytes().all(valid) { Ok(()) } else { Err(Why::Failed("region".to_owned())) }
}

/// The Region of a partition that is active in every account, and where Organizations is.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/region-support.html>
fn home(partition: Partition) -> &'static str {
    match partition {
        Partition::Aws => "us-east-1",
        Partition::China => "cn-northwest-1",
        Partition::GovCloud => "us-gov-west-1",
        Partition::EuropeanSovereign => "eusc-de-east-1",
        Partition::Iso => "us-iso-east-1",
        Partition::IsoB => "us-isob-east-1",
        Partition::IsoE => "eu-isoe-west-1",
        Partition::IsoF => "us-isof-south-1",
    }
}

/// `deniedby-` and the event's id, of the characters that STS allows.
pub(super) fn session_name(event_id: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(*c);
    "deniedby-".chars().chain(event_id.chars().filter(allowed)).take(SESSION_NAME_LENGTH).collect()
}

/// The same in the user agent, where fewer characters are allowed, and 50 at most.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html>
fn app_name(session: &str) -> Option<AppName> {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "+.-_".contains(*c);
    AppName::new(session.chars().filter(allowed).take(50).collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_bears_the_events_id_in_allowed_characters() {
        assert_eq!(session_name("6f0d9d3e-1b2c"), "deniedby-6f0d9d3e-1b2c");
        assert_eq!(session_name("a b/c:é\n"), "deniedby-abc");
        assert_eq!(session_name(&"x".repeat(99)).len(), 64);
        assert_eq!(app_name("deniedby-a=b,c@d").unwrap().as_ref(), "deniedby-abcd");
        assert_eq!(app_name(&session_name("6f0d9d3e-1b2c-4d5e-8f90-123456789abc")).unwrap().as_ref().len(), 45);
    }

    #[test]
    fn a_session_is_left_before_it_ends() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let ends_in =
            |seconds| Credentials::new("key", "secret", None, Some(now + Duration::from_secs(seconds)), "test");
        assert!(lasts(&ends_in(900), now));
        assert!(!lasts(&ends_in(180), now));
        assert!(!lasts(&ends_in(900), now + Duration::from_secs(1000)));
        assert!(!lasts(&Credentials::new("key", "secret", None, None, "test"), now));
    }

    #[test]
    fn every_partition_has_a_home() {
        for region in ["us-west-2", "cn-north-1", "us-gov-east-1", "eusc-de-east-1", "us-iso-west-1"] {
            let partition = Partition::of_region(region);
            assert_eq!(Partition::of_region(home(partition)), partition, "{region}");
        }
    }
}
