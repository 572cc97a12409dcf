//! Whose a bucket is, where nobody says it: who was asked, and what would help.

use super::{code, gap};
use crate::arn::AccountId;
use crate::evaluate::UnknownOwner;
use crate::evidence::{Fact, OwnerSearch, Why};

/// What the roles of a search may do.
const SEARCHING: &str = "organizations:ListAccounts and s3:ListAllMyBuckets";

/// What a person gives who knows more accounts to ask, or the answer.
const AN_EVENT: &str = "an event that names the account";

/// A sentence or two about the bucket.
pub(super) fn line(unknown: &UnknownOwner<'_>) -> String {
    let mut text = format!("The event does not say whose bucket {} is", code(&unknown.bucket));
    if !unknown.others.is_empty() {
        text = format!("{text}, and {}", does_not_own(&unknown.others));
    }
    if let Some((_, Fact::Known(OwnerSearch::NotFound { asked, .. }))) = &unknown.search {
        text = match asked {
            0 => text,
            1 => format!("{text}. Nor does the one account of the organization that was asked"),
            more => format!("{text}. Nor do the {more} accounts of the organization that were asked"),
        };
    }
    text + "."
}

/// Why the owner is not known.
pub(in super::super) fn why(unknown: &UnknownOwner<'_>) -> String {
    let mut parts = vec!["the event does not say whose it is".to_owned()];
    if !unknown.others.is_empty() {
        parts.push(does_not_own(&unknown.others));
    }
    if !unknown.silent.is_empty() {
        parts.push(format!("{} could not be asked", named(&unknown.silent)));
    }
    parts.extend(unknown.search.as_ref().map(|(_, fact)| match fact {
        Fact::Known(OwnerSearch::NotFound { asked, unasked, more }) => searched(*asked, *unasked, *more),
        Fact::Absent => "there is no organization whose accounts could be asked".to_owned(),
        Fact::Unreadable(Why::NotAsked) => "the accounts of the organization are not to be asked".to_owned(),
        Fact::Unreadable(Why::NoReadRole) => {
            "those of the organization could not be asked: a role for it is missing, or could not be assumed".to_owned()
        }
        Fact::Unreadable(Why::AccessDenied) => {
            "those of the organization could not be asked: the management role may not list them".to_owned()
        }
        Fact::Unreadable(Why::OtherOrganization) => {
            "those of the organization could not be asked: the one that can be read is in another partition".to_owned()
        }
        Fact::Unreadable(why) => format!("those of the organization could not be asked: {}", gap::why(why)),
        Fact::Known(OwnerSearch::Found { account, .. }) => format!("account {} does", code(&account.to_string())),
    }));
    parts.join("; ")
}

/// What would help to find it.
pub(in super::super) fn needs(unknown: &UnknownOwner<'_>) -> String {
    let mut ways = Vec::new();
    if !unknown.silent.is_empty() {
        ways.push(format!("the read role in {}, with s3:ListAllMyBuckets", named(&unknown.silent)));
    }
    match &unknown.search {
        Some((_, Fact::Known(OwnerSearch::NotFound { unasked, more, .. }))) => {
            if *unasked > 0 {
                ways.push(
                    "the read role (`--read-role`) in every account of the organization, with s3:ListAllMyBuckets".to_owned(),
                );
            }
            if *more {
                ways.push("a higher `--search-accounts` (`SearchAccounts` of the hub)".to_owned());
            }
        }
        Some((_, Fact::Unreadable(Why::NoManagementRole | Why::NoReadRole))) => ways.push(format!(
            "the management role and the read role (`--management-role` and `--read-role`, `ManagementRoleArn` of the hub), \
             with {SEARCHING}"
        )),
        Some((_, Fact::Unreadable(Why::NotAsked))) => ways.push(format!(
            "`--search-accounts` (`SearchAccounts` of the hub) above 0, with {SEARCHING}"
        )),
        Some((_, Fact::Unreadable(Why::OtherOrganization))) => {
            ways.push("a look from the bucket's own partition, with roles there".to_owned());
        }
        Some((question, Fact::Unreadable(why))) => ways.push(gap::help(question, why).in_words()),
        Some((_, Fact::Absent | Fact::Known(OwnerSearch::Found { .. }))) | None => {}
    }
    ways.push(AN_EVENT.to_owned());
    ways.join("; or ")
}

fn searched(asked: usize, unasked: usize, more: bool) -> String {
    let mut parts = vec![match asked {
        0 => "no account of the organization could be asked".to_owned(),
        1 => "nor does the one account of the organization that was asked".to_owned(),
        _ => format!("nor do the {asked} accounts of the organization that were asked"),
    }];
    if asked > 0 && unasked > 0 {
        parts.push(format!("{unasked} could not be asked"));
    }
    if more {
        parts.push("more were left out".to_owned());
    }
    parts.join(", ")
}

fn does_not_own(accounts: &[AccountId]) -> String {
    format!("{} {} not own it", named(accounts), does(accounts.len()))
}

/// `account 1`, or `accounts 1 and 2`.
fn named(accounts: &[AccountId]) -> String {
    let ids: Vec<_> = accounts.iter().map(|account| code(&account.to_string())).collect();
    match ids.as_slice() {
        [only] => format!("account {only}"),
        [most @ .., last] => format!("accounts {} and {last}", most.join(", ")),
        [] => String::new(),
    }
}

fn does(count: usize) -> &'static str {
    if count == 1 { "does" } else { "do" }
}
