//! `deniedby permissions`

use std::path::{Path, PathBuf};

use clap::Args;
use deniedby::arn::{AccountId, Partition};
use deniedby::permissions::{ROLES, Role, TEMPLATES, fix_policy, policy, template_policy, with_policy};
use deniedby::remedy::KINDS;
use serde_json::{Map, Value};

use crate::Failure;
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Fill in an account, for IAM itself; without one the policies are those of the templates in `deploy/`
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// A Region of the account's partition
    #[arg(long, value_name = "NAME", default_value = "us-east-1", requires = "account")]
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

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(folder) = &arguments.write {
        return TEMPLATES.iter().try_for_each(|(name, role)| rewrite(&folder.join(name), *role));
    }
    let policies: Map<String, Value> = match arguments.account {
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
    output::line(&serde_json::to_string_pretty(&policies)?)
}

/// The kinds that are named, if there are such.
fn kinds(named: &[String]) -> Result<Vec<&str>, Failure> {
    let known: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    match named.iter().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(Failure(format!("there is no kind of remedy `{name}`: the kinds are {}", known.join(", ")))),
        None => Ok(named.iter().map(String::as_str).collect()),
    }
}

/// Says which templates were changed.
#[expect(clippy::disallowed_methods, reason = "the command line writes the files that its argument names")]
fn rewrite(path: &Path, role: Role) -> Result<(), Failure> {
    let failure = |error: &dyn std::error::Error| Failure(format!("cannot write `{}`: {error}", path.display()));
    let old = std::fs::read_to_string(path).map_err(|error| failure(&error))?;
    let new = with_policy(&old, role).map_err(|error| failure(&error))?;
    if new == old {
        return output::line(&format!("{}: as it was", path.display()));
    }
    std::fs::write(path, new).map_err(|error| failure(&error))?;
    output::line(&format!("{}: written", path.display()))
}
