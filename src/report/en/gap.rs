//! What could not be read, why, and what would help.

use super::code;
use super::simulator::MANAGEMENT_ROLE;
use crate::evidence::{Question, Scope, Why};
use crate::policy::Problem;

/// Why a question has no answer.
pub(in super::super) fn why(why: &Why) -> String {
    match why {
        Why::AccessDenied => "the read role may not".to_owned(),
        Why::NoReadRole => "the read role could not be assumed there".to_owned(),
        Why::NoManagementRole => "no role in the organization's management account is configured".to_owned(),
        Why::Throttled => "AWS throttled the call".to_owned(),
        Why::Timeout => "AWS did not answer in time".to_owned(),
        Why::Deadline => "the time for this diagnosis was up".to_owned(),
        Why::Garbled => "AWS's answer could not be understood".to_owned(),
        Why::Failed(code) if code == "credentials" => "no AWS credentials were found".to_owned(),
        Why::Failed(code) if code == "connection" => "AWS could not be reached".to_owned(),
        Why::Failed(text) => format!("AWS answered {}", code(text)),
        Why::CallerUnknown => "the record does not name the caller".to_owned(),
        Why::AccountUnknown => "the event does not say which account to ask".to_owned(),
        Why::Gone => "it is not there any more: it was deleted since".to_owned(),
        Why::OtherOrganization => "the account is not in the organization that can be read".to_owned(),
        Why::NoRecord => "CloudTrail shows no record of how the session was made".to_owned(),
        Why::NotShown => "AWS does not tell it".to_owned(),
        Why::NotRecorded => "the case does not hold the answer".to_owned(),
        Why::NotAsked => "not read by this version".to_owned(),
    }
}

/// What could not be understood in a policy, and where.
pub(in super::super) fn malformed(problem: &Problem) -> String {
    let at = if problem.at.is_empty() { "the policy".to_owned() } else { code(&problem.at) };
    format!("{at} {}", problem.what)
}

/// What is odd in a policy, but understood.
pub(in super::super) fn odd(policy: &str, problem: &Problem) -> String {
    let of =
        policy.strip_prefix("inline:").map_or_else(|| code(policy), |name| format!("inline policy {}", code(name)));
    format!("{of}: {}", malformed(problem))
}

/// What would help with a question that has no answer.
pub(in super::super) fn needs(question: &Question, why: &Why) -> String {
    let spec = question.spec();
    let actions = spec.needs.join(", ");
    match why {
        Why::NoReadRole => match question.account() {
            Some(account) => format!("the read role in account {account}, with {actions}"),
            None => format!("the management role, with {actions}"),
        },
        Why::NoManagementRole => format!("a role in the management account, with {actions} ({MANAGEMENT_ROLE})"),
        Why::AccessDenied if spec.scope == Scope::Organization => {
            format!("{actions}, in the management account ({MANAGEMENT_ROLE})")
        }
        Why::Failed(code) if code == "credentials" => {
            format!("credentials (run `aws sso login`, or set `AWS_PROFILE`), with {actions}")
        }
        Why::Failed(code) if code == "connection" => format!("a connection to AWS, with {actions}"),
        Why::AccessDenied if spec.scope == Scope::Keys => format!("{actions}, by the key's own policy as well"),
        Why::Gone => "nothing: what it allowed is gone with it".to_owned(),
        Why::OtherOrganization => "a look by somebody of the account's own organization".to_owned(),
        Why::NoRecord => "a look at who made the session: most sessions have no policy of their own".to_owned(),
        Why::AccessDenied
        | Why::Throttled
        | Why::Timeout
        | Why::Deadline
        | Why::Garbled
        | Why::Failed(_)
        | Why::AccountUnknown
        | Why::CallerUnknown
        | Why::NotShown
        | Why::NotRecorded
        | Why::NotAsked => actions,
    }
}

/// What would help where a log does not say whose it is.
pub(in super::super) const LOG_ACCOUNT: &str =
    "the account of the log: `--account`, or a member `recipientAccountId` of the record";

/// What would help where no question is there to be asked.
pub(in super::super) fn unasked(why: &Why) -> &'static str {
    match why {
        Why::AccountUnknown => "an event that names the account",
        Why::CallerUnknown => "the record that the caller's own account has of the call",
        Why::NotShown => "a look at the grants: `aws s3control list-access-grants`",
        Why::AccessDenied
        | Why::NoReadRole
        | Why::NoManagementRole
        | Why::Throttled
        | Why::Timeout
        | Why::Deadline
        | Why::Garbled
        | Why::Failed(_)
        | Why::Gone
        | Why::OtherOrganization
        | Why::NoRecord
        | Why::NotRecorded
        | Why::NotAsked => "a look by a person",
    }
}
