//! `deniedby permissions`

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use deniedby::arn::{AccountId, Partition, is_region};
use deniedby::permissions::{ROLES, Role, TEMPLATES, fix_policy, policy, template_policy, with_policy};
use deniedby::remedy::{Class, KINDS};
use serde_json::{Map, Value};

use crate::Failure;
use crate::input::{place, text};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Fill in an account, for IAM itself; without one the policies are those of the templates in `deploy/`
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Print the policy of this role alone, as IAM takes it
    #[arg(long, value_enum, requires = "account")]
    role: Option<Printed>,
    /// A Region that the account uses, which tells its partition
    #[arg(long, value_name = "NAME", default_value = "us-east-1", value_parser = region, requires = "account")]
    region: String,
    /// Let metadata of objects be read too, which takes `s3:GetObject`
    #[arg(long, requires = "account")]
    object_metadata: bool,
    /// The kinds of remedies that the fix role may make, such as `resource-allow`
    #[arg(long, value_name = "KIND", value_delimiter = ',', requires = "account")]
    fix: Vec<String>,
    /// Let the fix role write ACLs that grant others than the two owners something
    #[arg(long, requires = "fix")]
    keep_grants: bool,
    /// Write the policies into the templates of this folder, a checkout of the source
    #[arg(long, value_name = "FOLDER", num_args = 0..=1, default_missing_value = ".", conflicts_with = "account")]
    write: Option<PathBuf>,
}

/// A role whose policy is for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Printed {
    /// Reads the facts of denials; or what the credentials at hand need for that
    Read,
    /// Reads the organization's policies
    Management,
    /// Makes the changes that `--fix` names
    Fix,
}

impl Printed {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Management => "management",
            Self::Fix => "fix",
        }
    }
}

fn region(text: &str) -> Result<String, String> {
    is_region(text).then(|| text.to_owned()).ok_or_else(|| "give a Region such as `eu-west-1`".to_owned())
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(folder) = &arguments.write {
        let written = TEMPLATES.iter().map(|(name, role)| rewrite(&folder.join(name), *role));
        let written: Vec<_> = written.collect::<Result<_, _>>()?;
        return written.iter().try_for_each(|line| output::line(line));
    }
    if arguments.role == Some(Printed::Fix) && arguments.fix.is_empty() {
        return Err(Failure("say what the role may change: name kinds of remedies with `--fix`".to_owned()));
    }
    let mut policies: Map<String, Value> = match arguments.account {
        None => ROLES.iter().map(|(role, name)| ((*name).to_owned(), template_policy(*role))).collect(),
        Some(account) => {
            let partition = Partition::of_region(&arguments.region);
            let roles = ROLES.iter().filter(|(role, _)| matches!(role, Role::Read | Role::Management));
            let mut policies: Map<String, Value> = roles
                .map(|(role, name)| ((*name).to_owned(), policy(*role, partition, account, arguments.object_metadata)))
                .collect();
            if !arguments.fix.is_empty() {
                let kinds = kinds(&arguments.fix)?;
                policies.insert("fix".to_owned(), fix_policy(partition, account, &kinds, arguments.keep_grants));
            }
            policies
        }
    };
    let alone = arguments.role.and_then(|role| policies.remove(role.name()));
    output::line(&serde_json::to_string_pretty(&alone.unwrap_or_else(|| policies.into()))?)
}

/// The kinds that are named, if they are such that a role can make.
fn kinds(named: &[String]) -> Result<Vec<&str>, Failure> {
    let made = || KINDS.iter().filter(|kind| kind.class != Class::AdviceOnly).map(|kind| kind.name);
    for name in named {
        if made().any(|made| made == name) {
            continue;
        }
        let is_advice = KINDS.iter().any(|kind| kind.name == name);
        let what = if is_advice { "is advice for people, and no role makes it" } else { "is no kind of remedy" };
        return Err(Failure(format!("`{name}` {what}: give some of {}", made().collect::<Vec<_>>().join(", "))));
    }
    Ok(named.iter().map(String::as_str).collect())
}

/// Says whether the template was changed.
#[expect(clippy::disallowed_methods, reason = "the command line writes the files that its argument names")]
fn rewrite(path: &Path, role: Role) -> Result<String, Failure> {
    let old = text(path)?;
    let new = with_policy(&old, role).map_err(|error| Failure(format!("cannot write {}: {error}", place(path))))?;
    if new == old {
        return Ok(format!("{}: as it was", path.display()));
    }
    std::fs::write(path, new).map_err(|error| output::unwritten(path, &error))?;
    Ok(format!("{}: written", path.display()))
}
