//! How AWS is asked for the facts of a denial: what commands that diagnose have in common.

use std::time::Duration;
#[cfg(feature = "aws")]
use std::time::Instant;

use clap::Args;
use deniedby::arn::{AccountId, Arn};
use deniedby::case::Replay;
#[cfg(feature = "aws")]
use deniedby::config::SEARCH_ACCOUNTS;
use deniedby::config::{MOST_SEARCHED, is_role_arn, is_role_name, role_name};
use deniedby::event::{Denial, Item};
use deniedby::pipeline::{Hub, Outcome, diagnose};
use jiff::SignedDuration;

use crate::Failure;
#[cfg(feature = "aws")]
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Asking {
    /// The account of a log of CloudFront, whose records do not say it
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// The role to read with in other accounts
    #[arg(long, value_name = "NAME")]
    read_role: Option<String>,
    /// The role that reads the organization's policies, in its management account or one that it delegated to
    #[arg(long, value_name = "ARN")]
    management_role: Option<String>,
    /// Read metadata of objects too, which takes `s3:GetObject`
    #[arg(long)]
    object_metadata: bool,
    /// Ask at most so many accounts of the organization for a bucket whose owner nothing names: 200 if not given, 1000 at
    /// most, 0 for none
    #[arg(long, value_name = "N", value_parser = up_to_most)]
    search_accounts: Option<usize>,
    /// Report on each denial after this time, with what is known by then: seconds, or a time such as `2m`
    #[arg(long, value_name = "TIME", value_parser = time)]
    timeout: Option<Duration>,
}

impl Asking {
    /// The role in the management account, if both roles can be roles.
    pub(crate) fn management_role(&self) -> Result<Option<Arn>, Failure> {
        if let Some(role) = self.read_role.as_deref().filter(|role| !is_role_name(role)) {
            return Err(Failure(format!(
                "`{role}` is not the name of a role: give the name alone, without account and path"
            )));
        }
        let role_arn = |text: &String| {
            let arn = text.parse::<Arn>().ok().filter(is_role_arn);
            arn.ok_or_else(|| {
                Failure(format!("`{text}` is not the ARN of a role: give `arn:aws:iam::ACCOUNT:role/NAME`"))
            })
        };
        self.management_role.as_ref().map(role_arn).transpose()
    }

    /// Adds to a record what its carrier did not say.
    pub(crate) fn complete(&self, item: &mut Item) {
        if let (Some(account), Ok(Ok(denial))) = (self.account, &mut item.outcome) {
            denial.set_log_account(account);
        }
    }

    /// Whether anything is said of how to ask.
    pub(crate) fn is_given(&self) -> bool {
        let Self { account, read_role, management_role, object_metadata, search_accounts, timeout } = self;
        account.is_some()
            || read_role.is_some()
            || management_role.is_some()
            || *object_metadata
            || search_accounts.is_some()
            || timeout.is_some()
    }
}

fn up_to_most(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number <= MOST_SEARCHED);
    number.ok_or_else(|| format!("give a number up to {MOST_SEARCHED}, or 0 to search none"))
}

/// Diagnoses, each denial as it is asked for.
pub(crate) struct Diagnosing<'a> {
    answers: Answers<'a>,
    /// The names of the roles whose denials are our own.
    own_roles: Vec<String>,
    #[cfg(feature = "aws")]
    timeout: Option<Duration>,
}

/// Where answers come from.
enum Answers<'a> {
    Replay(Replay),
    #[cfg(feature = "aws")]
    Aws(deniedby::aws::Edge),
    /// AWS, once there is a denial: without one nothing is looked for, credentials least of all.
    Later(Live<'a>),
}

/// How AWS is to be asked.
#[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "a build without AWS only says that it cannot ask"))]
struct Live<'a> {
    asking: &'a Asking,
    management_role: Option<Arn>,
    external_id: Option<String>,
    trace: bool,
}

impl<'a> Diagnosing<'a> {
    /// By a case's answers.
    pub(crate) fn replay(replay: Replay) -> Self {
        Self::by(Answers::Replay(replay))
    }

    fn by(answers: Answers<'a>) -> Self {
        Self {
            answers,
            own_roles: Vec::new(),
            #[cfg(feature = "aws")]
            timeout: None,
        }
    }

    /// By AWS's.
    pub(crate) fn live(asking: &'a Asking, external_id: Option<String>, trace: bool) -> Result<Self, Failure> {
        let management_role = asking.management_role()?;
        let mut own_roles: Vec<String> = asking.read_role.iter().cloned().collect();
        own_roles.extend(management_role.as_ref().and_then(role_name).map(str::to_owned));
        Ok(Self {
            own_roles,
            #[cfg(feature = "aws")]
            timeout: asking.timeout,
            ..Self::by(Answers::Later(Live { asking, management_role, external_id, trace }))
        })
    }

    /// Diagnoses a record, if it is a denial and not one of the roles that read.
    pub(crate) async fn diagnose(&mut self, item: Item) -> Result<Outcome, Failure> {
        if let (Ok(Ok(_)), Answers::Later(live)) = (&item.outcome, &self.answers) {
            self.answers = live.load().await?;
        }
        let hub = Hub { own_roles: &self.own_roles, ..Hub::default() };
        Ok(match &self.answers {
            Answers::Replay(replay) => diagnose(item, hub, |_: &Denial| replay.clone()).await,
            #[cfg(feature = "aws")]
            Answers::Aws(edge) => {
                let deadline = self.timeout.map(|time| Instant::now() + time);
                diagnose(item, hub, |denial| edge.reader(&denial.event_id, deadline)).await
            }
            Answers::Later(_) => diagnose(item, hub, |_: &Denial| Replay::default()).await,
        })
    }

    /// Tells of the calls that were made since this was last called.
    #[cfg(feature = "aws")]
    pub(crate) fn trace(&self) {
        if let Answers::Aws(edge) = &self.answers {
            let calls = edge.calls();
            for call in &calls {
                output::error(&call.to_string());
            }
            output::error(&deniedby::aws::Total::of(&calls).to_string());
        }
    }

    #[cfg(not(feature = "aws"))]
    pub(crate) fn trace(&self) {}
}

impl Live<'_> {
    #[cfg(feature = "aws")]
    async fn load(&self) -> Result<Answers<'static>, Failure> {
        use deniedby::aws::{Edge, Options, Own};
        let options = Options {
            read_role: self.asking.read_role.clone(),
            external_id: self.external_id.clone(),
            own: Own::Ambient,
            management_role: self.management_role.clone(),
            object_metadata: self.asking.object_metadata,
            search_accounts: self.asking.search_accounts.unwrap_or(SEARCH_ACCOUNTS),
            trace: self.trace,
        };
        Ok(Answers::Aws(Edge::load(options).await))
    }

    #[cfg(not(feature = "aws"))]
    async fn load(&self) -> Result<Answers<'static>, Failure> {
        let line =
            "this build cannot ask AWS: give a saved case, or build it with `cargo install --path . --features aws`";
        std::future::ready(Err(Failure(line.to_owned()))).await
    }
}

/// A time, as a number of seconds or with units.
fn time(text: &str) -> Result<Duration, String> {
    let of_units = || Duration::try_from(text.parse::<SignedDuration>().ok()?).ok();
    let time = text.parse().ok().map(Duration::from_secs).or_else(of_units);
    time.filter(|time| (Duration::from_secs(1)..=Duration::from_hours(24)).contains(time))
        .ok_or_else(|| "give a time from 1 second to 1 day, such as `20`, `90s` or `2m`".to_owned())
}
