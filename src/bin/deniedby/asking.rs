//! How AWS is asked for the facts of a denial: what commands that diagnose have in common.

#[cfg(feature = "aws")]
use std::time::{Duration, Instant};

use clap::Args;
use deniedby::arn::{AccountId, Arn};
use deniedby::case::Replay;
#[cfg(feature = "aws")]
use deniedby::config::SEARCH_ACCOUNTS;
use deniedby::config::{MOST_SEARCHED, is_role_arn, is_role_name, role_name};
use deniedby::event::{self, Denial, Item};
use deniedby::pipeline::{Hub, Outcome, diagnose};

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
    /// Report after this time what is known by then
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86400))]
    timeout: Option<u64>,
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

    /// The records of an input, with what its carrier did not say.
    pub(crate) fn items(&self, text: &str) -> Vec<Item> {
        let mut items = event::read(text);
        if let Some(account) = self.account {
            let denials = items.iter_mut().filter_map(|item| item.outcome.as_mut().ok()?.as_mut().ok());
            denials.for_each(|denial| denial.set_log_account(account));
        }
        items
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
pub(crate) struct Diagnosing {
    answers: Answers,
    /// The names of the roles whose denials are our own.
    own_roles: Vec<String>,
    #[cfg(feature = "aws")]
    timeout: Option<Duration>,
}

/// Where answers come from.
enum Answers {
    Replay(Replay),
    #[cfg(feature = "aws")]
    Aws(deniedby::aws::Edge),
    /// No record is a denial: nothing will be asked.
    None,
}

impl Diagnosing {
    /// By a case's answers.
    pub(crate) fn replay(replay: Replay) -> Self {
        Self::by(Answers::Replay(replay))
    }

    fn by(answers: Answers) -> Self {
        Self {
            answers,
            own_roles: Vec::new(),
            #[cfg(feature = "aws")]
            timeout: None,
        }
    }

    /// By AWS's, if there is a denial among the records.
    pub(crate) async fn live(
        asking: &Asking,
        external_id: Option<String>,
        trace: bool,
        items: &[Item],
    ) -> Result<Self, Failure> {
        let management_role = asking.management_role()?;
        if !items.iter().any(|item| matches!(item.outcome, Ok(Ok(_)))) {
            return Ok(Self::by(Answers::None));
        }
        let mut own_roles: Vec<String> = asking.read_role.iter().cloned().collect();
        own_roles.extend(management_role.as_ref().and_then(role_name).map(str::to_owned));
        Ok(Self {
            own_roles,
            #[cfg(feature = "aws")]
            timeout: asking.timeout.map(Duration::from_secs),
            ..Self::by(live(asking, management_role, external_id, trace).await?)
        })
    }

    /// Diagnoses a record, if it is a denial and not one of the roles that read.
    pub(crate) async fn diagnose(&self, item: Item) -> Outcome {
        let hub = Hub { own_roles: &self.own_roles, ..Hub::default() };
        match &self.answers {
            Answers::Replay(replay) => diagnose(item, hub, |_: &Denial| replay.clone()).await,
            #[cfg(feature = "aws")]
            Answers::Aws(edge) => {
                let deadline = self.timeout.map(|time| Instant::now() + time);
                diagnose(item, hub, |denial| edge.reader(&denial.event_id, deadline)).await
            }
            Answers::None => diagnose(item, hub, |_: &Denial| Replay::default()).await,
        }
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

#[cfg(feature = "aws")]
async fn live(
    asking: &Asking,
    management_role: Option<Arn>,
    external_id: Option<String>,
    trace: bool,
) -> Result<Answers, Failure> {
    use deniedby::aws::{Edge, Options, Own};
    let options = Options {
        read_role: asking.read_role.clone(),
        external_id,
        own: Own::Ambient,
        management_role,
        object_metadata: asking.object_metadata,
        search_accounts: asking.search_accounts.unwrap_or(SEARCH_ACCOUNTS),
        trace,
    };
    Ok(Answers::Aws(Edge::load(options).await))
}

#[cfg(not(feature = "aws"))]
async fn live(_: &Asking, _: Option<Arn>, _: Option<String>, _: bool) -> Result<Answers, Failure> {
    let line = "this build cannot ask AWS: give a saved case, or build it with `cargo install --path . --features aws`";
    std::future::ready(Err(Failure(line.to_owned()))).await
}
