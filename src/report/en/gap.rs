//! What could not be read, why, and what would help.

use super::code;
use super::simulator::MANAGEMENT_ROLE;
use crate::evidence::{Question, Scope, Why};
use crate::policy::Problem;

/// S3's code for a bucket that is not there.
const NO_BUCKET: &str = "NoSuchBucket";

/// Codes of credentials that are refused where the clock of the machine is wrong.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>
const CLOCK: &[&str] = &["RequestExpired", "RequestTimeTooSkewed"];

/// What would help.
pub(in super::super) struct Help {
    /// What somebody has to do; empty where the permissions are all that it takes.
    pub(in super::super) step: String,
    /// The IAM actions that asking takes.
    pub(in super::super) permissions: Vec<String>,
}

impl Help {
    /// A step that takes no permission.
    pub(in super::super) fn step(step: &str) -> Self {
        Self { step: step.to_owned(), permissions: Vec::new() }
    }

    /// As a sentence has it.
    pub(in super::super) fn in_words(&self) -> String {
        needs(&self.step, &self.permissions.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// Why a question has no answer.
pub(in super::super) fn why(why: &Why) -> String {
    match why {
        Why::AccessDenied => "we are not allowed to".to_owned(),
        Why::NoReadRole => "the read role could not be assumed there".to_owned(),
        Why::NoManagementRole => "no role in the organization's management account is configured".to_owned(),
        Why::ForeignCredentials(own) => format!("the credentials at hand are of account {own}"),
        Why::BadCredentials(text) => format!("AWS did not accept our credentials ({})", code(text)),
        Why::Throttled => "AWS throttled the call".to_owned(),
        Why::Timeout => "AWS did not answer in time".to_owned(),
        Why::Deadline => "the time for this diagnosis was up".to_owned(),
        Why::Garbled => "AWS's answer could not be understood".to_owned(),
        Why::Failed(code) if code == "credentials" => "no AWS credentials were found".to_owned(),
        Why::Failed(code) if code == "connection" => "AWS could not be reached".to_owned(),
        Why::Failed(code) if code == "region" => "what the event has for a Region is the name of none".to_owned(),
        Why::Failed(code) if code == NO_BUCKET => "there is no such bucket any more".to_owned(),
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
    let of = policy.strip_prefix("inline:").map_or_else(|| code(policy), super::inline);
    format!("{of}: {}", malformed(problem))
}

/// What could not be understood in a policy, with its name.
#[must_use]
pub fn not_understood(policy: &str, problem: &Problem) -> String {
    let of = if policy.is_empty() { "a policy".to_owned() } else { code(policy) };
    format!("{of}: {}", malformed(problem))
}

/// What would help with a question that has no answer: a step, and the permissions that asking takes.
pub(in super::super) fn help(question: &Question, why: &Why) -> Help {
    let spec = question.spec();
    let at_account = |what: &str| question.account().map(|account| format!("{what} account {account}"));
    let step = match why {
        Why::NoReadRole => at_account("the read role in").unwrap_or_else(|| "the management role".to_owned()),
        Why::NoManagementRole => format!("a role in the management account ({MANAGEMENT_ROLE})"),
        Why::AccessDenied if spec.scope == Scope::Organization => {
            format!("a role in the management account ({MANAGEMENT_ROLE})")
        }
        Why::ForeignCredentials(_) => {
            let own = at_account("credentials of").unwrap_or_else(|| "credentials of its own account".to_owned());
            format!("{own}, or a role to take there (`--read-role`)")
        }
        Why::BadCredentials(code) if CLOCK.contains(&code.as_str()) => "a look at this machine's clock".to_owned(),
        Why::BadCredentials(_) => "other credentials (run `aws sso login`, or set `AWS_PROFILE`)".to_owned(),
        Why::Failed(code) if code == "credentials" => {
            "credentials (run `aws sso login`, or set `AWS_PROFILE`)".to_owned()
        }
        Why::Failed(code) if code == "connection" => "a connection to AWS".to_owned(),
        Why::Failed(code) if code == "region" => "an event that names the Region".to_owned(),
        Why::Failed(code) if code == NO_BUCKET => return Help::step("nothing: its settings are gone with it"),
        Why::AccessDenied if spec.scope == Scope::Keys => "the key's own policy to let us in".to_owned(),
        Why::Throttled | Why::Failed(_) => "another try".to_owned(),
        Why::Timeout | Why::Deadline => "another try, and more time".to_owned(),
        Why::Gone => return Help::step("nothing: what it allowed is gone with it"),
        Why::OtherOrganization => return Help::step("a look by somebody of the account's own organization"),
        Why::NoRecord => {
            return Help::step("a look at who made the session: most sessions have no policy of their own");
        }
        Why::AccessDenied
        | Why::Garbled
        | Why::AccountUnknown
        | Why::CallerUnknown
        | Why::NotShown
        | Why::NotRecorded
        | Why::NotAsked => String::new(),
    };
    Help { step, permissions: spec.needs.iter().map(|&action| action.to_owned()).collect() }
}

/// What would help, as a sentence has it.
pub(in super::super) fn needs(step: &str, permissions: &[&str]) -> String {
    let permissions = permissions.join(", ");
    match (step.is_empty(), permissions.is_empty()) {
        (true, _) => permissions,
        (false, true) => step.to_owned(),
        (false, false) => format!("{step}, with {permissions}"),
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
        | Why::ForeignCredentials(_)
        | Why::BadCredentials(_)
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
