//! Who we are in which account: one session of the read role per account and event, however many questions ask at once.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::sync::OnceCell;

use super::errors::Failure;
use super::http::is_loopback;
use super::{DEFAULT_REGION, Options, Own};
use crate::arn::{AccountId, Partition};
use crate::evidence::{SPECS, Why};

/// The shortest session that STS gives.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
const SESSION_SECONDS: i32 = 900;

/// The longest name of a session.
const SESSION_NAME_LENGTH: usize = 64;

/// What lives as long as the process: the credentials at hand, and what we know about them.
pub(super) struct Ambient {
    config: SdkConfig,
    options: Options,
    sts: OnceLock<aws_sdk_sts::Client>,
    /// The account of the credentials at hand; `None` if STS does not say.
    account: OnceCell<Option<AccountId>>,
    /// Clients with the credentials at hand, by Region. They hold no session, so they outlive the event.
    clients: Mutex<HashMap<String, Arc<Clients>>>,
}

impl Ambient {
    pub(super) fn new(config: SdkConfig, options: Options) -> Self {
        Self { config, options, sts: OnceLock::new(), account: OnceCell::new(), clients: Mutex::default() }
    }

    /// The credentials at hand in another Region.
    pub(super) fn in_region(&self, region: &str) -> SdkConfig {
        if region.is_empty() {
            return self.config.clone();
        }
        self.config.to_builder().region(Region::new(region.to_owned())).build()
    }

    fn region(&self) -> &str {
        self.config.region().map_or(DEFAULT_REGION, Region::as_ref)
    }

    fn sts(&self) -> &aws_sdk_sts::Client {
        self.sts.get_or_init(|| aws_sdk_sts::Client::new(&self.config))
    }

    fn clients(&self, region: &str) -> Arc<Clients> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(clients.entry(region.to_owned()).or_insert_with(|| Arc::new(Clients::new(self.in_region(region)))))
    }

    /// Whether an account is the one of the credentials at hand. If STS does not say, it is taken for another one:
    /// the read role may be there all the same.
    async fn is_own(&self, account: AccountId) -> bool {
        let own = self.account.get_or_init(async || {
            let identity = self.sts().get_caller_identity().send().await.ok()?;
            identity.account()?.parse().ok()
        });
        *own.await == Some(account)
    }
}

/// The sessions of one event.
pub(super) struct Sessions {
    ambient: Arc<Ambient>,
    name: String,
    roles: Mutex<HashMap<AccountId, Arc<OnceCell<Session>>>>,
    clients: Mutex<HashMap<(AccountId, String), Arc<Clients>>>,
}

/// How to get at an account: `None` is with the credentials at hand. A failure is kept too, so that an account without
/// a read role is asked for it once.
type Session = Result<Option<Credentials>, Why>;

impl Sessions {
    pub(super) fn new(ambient: Arc<Ambient>, event_id: &str) -> Self {
        Self { ambient, name: session_name(event_id), roles: Mutex::default(), clients: Mutex::default() }
    }

    /// The clients for an account and Region. An empty Region is the one that we run in.
    pub(super) async fn clients(&self, account: AccountId, region: &str) -> Result<Arc<Clients>, Why> {
        let region = if region.is_empty() { self.ambient.region() } else { region };
        let cell = {
            let mut roles = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(roles.entry(account).or_default())
        };
        let Some(credentials) = cell.get_or_init(|| self.open(account)).await.clone()? else {
            return Ok(self.ambient.clients(region));
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let made = clients.entry((account, region.to_owned())).or_insert_with(|| {
            let config = self.ambient.in_region(region).into_builder();
            let config = config.credentials_provider(SharedCredentialsProvider::new(credentials)).build();
            Arc::new(Clients::new(config))
        });
        Ok(Arc::clone(made))
    }

    async fn open(&self, account: AccountId) -> Session {
        let options = &self.ambient.options;
        let Some(role) = &options.read_role else { return Ok(None) };
        if options.own == Own::Ambient && self.ambient.is_own(account).await {
            return Ok(None);
        }
        let partition = Partition::of_region(self.ambient.region());
        let answer = self
            .ambient
            .sts()
            .assume_role()
            .role_arn(format!("arn:{partition}:iam::{account}:role/{role}"))
            .role_session_name(&self.name)
            .set_external_id(options.external_id.clone())
            .duration_seconds(SESSION_SECONDS)
            .policy(session_policy())
            .send()
            .await
            .map_err(|error| {
                let why = Failure::from(error).why().clone();
                // STS says the same where the role does not exist.
                if why == Why::AccessDenied { Why::NoReadRole } else { why }
            })?;
        let given = answer.credentials().ok_or(Why::Garbled)?;
        let expires = SystemTime::try_from(*given.expiration()).ok();
        let (key, secret, token) = (given.access_key_id(), given.secret_access_key(), given.session_token());
        Ok(Some(Credentials::new(key, secret, Some(token.to_owned()), expires, "deniedby")))
    }
}

/// The session policy of the read role: the reads that questions need, and nothing else. A session may do what the role
/// *and* this policy allow, so that even a role that may do more cannot write or read data here.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>
#[must_use]
pub fn session_policy() -> String {
    let actions: BTreeSet<&str> = SPECS.iter().flat_map(|spec| spec.needs.iter().copied()).collect();
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
    })
    .to_string()
}

/// `deniedby-` and the event's id, of the characters that STS allows.
fn session_name(event_id: &str) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(*c);
    "deniedby-".chars().chain(event_id.chars().filter(allowed)).take(SESSION_NAME_LENGTH).collect()
}

/// The clients for one account and Region, each made when first used.
pub(super) struct Clients {
    config: SdkConfig,
    iam: OnceLock<aws_sdk_iam::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
    s3control: OnceLock<aws_sdk_s3control::Client>,
}

impl Clients {
    fn new(config: SdkConfig) -> Self {
        Self { config, iam: OnceLock::new(), s3: OnceLock::new(), s3control: OnceLock::new() }
    }

    pub(super) fn iam(&self) -> &aws_sdk_iam::Client {
        self.iam.get_or_init(|| aws_sdk_iam::Client::new(&self.config))
    }

    pub(super) fn s3(&self) -> &aws_sdk_s3::Client {
        self.s3.get_or_init(|| {
            // A stand-in on this machine serves buckets under paths; it has no DNS names for them.
            let local = self.config.endpoint_url().and_then(host).is_some_and(is_loopback);
            let mut config = aws_sdk_s3::config::Builder::from(&self.config);
            if local {
                config = config.force_path_style(true);
            }
            aws_sdk_s3::Client::from_conf(config.build())
        })
    }

    pub(super) fn s3control(&self) -> &aws_sdk_s3control::Client {
        self.s3control.get_or_init(|| aws_sdk_s3control::Client::new(&self.config))
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
fn host(url: &str) -> Option<&str> {
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
    fn a_session_bears_the_events_id_in_allowed_characters() {
        assert_eq!(session_name("6f0d9d3e-1b2c"), "deniedby-6f0d9d3e-1b2c");
        assert_eq!(session_name("a b/c:é\n"), "deniedby-abc");
        assert_eq!(session_name(&"x".repeat(99)).len(), 64);
    }

    #[test]
    fn the_session_policy_reads_and_fits() {
        let policy = session_policy();
        // <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>: at most 2,048 characters.
        assert!(policy.len() < 2048, "{}", policy.len());
        let policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
        let actions = policy["Statement"][0]["Action"].as_array().unwrap();
        assert!(actions.iter().any(|action| action == "iam:GetRole"));
        for action in actions.iter().filter_map(|action| action.as_str()) {
            let verb = action.split_once(':').unwrap().1;
            assert!(verb.starts_with("Get") || verb.starts_with("List"), "{action}");
            assert!(!["GetObject", "GetObjectVersion", "GetSecretValue"].contains(&verb), "{action}");
        }
    }

    #[test]
    fn the_host_of_an_endpoint() {
        assert_eq!(host("http://127.0.0.1:5000/x"), Some("127.0.0.1"));
        assert_eq!(host("http://[::1]:5000"), Some("[::1]"));
        assert_eq!(host("https://s3.eu-west-1.amazonaws.com"), Some("s3.eu-west-1.amazonaws.com"));
    }
}
