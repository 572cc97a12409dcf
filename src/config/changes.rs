//! What may be changed, and who may approve it.

use std::fmt;
use std::time::Duration;

use super::{ConfigError, external_id, flag, is_role_name, is_table_name, level, secret, shortened};
use crate::arn::Arn;
use crate::remedy::{Class, KINDS};

/// How long records of changes are kept, if nothing else is said: longer than a year, so that what was done can be
/// looked up when it is asked for.
pub const RECORDS_KEPT: Duration = Duration::from_hours(400 * 24);

/// What may be changed, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixing {
    /// `DENIEDBY_AUTO_FIX`: the kinds of remedies that are made without a person, where the owners let them.
    pub auto: Vec<&'static str>,
    /// `DENIEDBY_APPROVALS`: whether remedies are kept for people to approve.
    pub approvals: bool,
    /// `DENIEDBY_FIX_ROLE`: the name of the role that makes changes.
    pub role: String,
    /// `DENIEDBY_RECORDS_TABLE` and `DENIEDBY_RECORD_DAYS`: the records of changes.
    pub records: Records,
}

/// The table of the records of changes, and for how long each is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Records {
    /// The table's name.
    pub table: String,
    /// How long a record is kept.
    pub keeps: Duration,
}

/// What the function is told that takes approvals from Slack.
#[derive(Clone, PartialEq, Eq)]
pub struct Approving {
    /// `DENIEDBY_SLACK_SIGNING_SECRET`: the secret or the parameter that holds what Slack signs with.
    pub signing_secret: Arn,
    /// `DENIEDBY_SLACK_TEAM`: the id of the workspace.
    pub team: String,
    /// `DENIEDBY_APPROVERS`: the ids of the users who may approve.
    pub approvers: Vec<String>,
    /// `DENIEDBY_FIX_ROLE`: the name of the role that makes changes.
    pub role: String,
    /// `DENIEDBY_EXTERNAL_ID`: the external ID that the roles ask for. Not for logs.
    pub external_id: Option<String>,
    /// The records of changes.
    pub records: Records,
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets: the function itself, which goes on after its answer.
    pub function: String,
    /// `DENIEDBY_LOG`, as in [`Config`](super::Config).
    pub log: &'static str,
}

impl fmt::Debug for Approving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Approving")
            .field("team", &self.team)
            .field("approvers", &self.approvers)
            .finish_non_exhaustive()
    }
}

/// What makes a process the one that takes approvals.
const SIGNING_SECRET: &str = "DENIEDBY_SLACK_SIGNING_SECRET";

impl Approving {
    /// Reads the settings of the function that takes approvals; `None` if this is not it.
    ///
    /// # Errors
    ///
    /// A setting is missing or wrong. The error names all of them.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        let get = |name: &str| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let Some(text) = get(SIGNING_SECRET) else { return Ok(None) };
        let mut problems = Vec::new();
        let signing_secret = secret(&text, SIGNING_SECRET, "signing secret", &mut problems);
        let team = get("DENIEDBY_SLACK_TEAM").unwrap_or_default();
        if !is_slack_id(&team, "TE") {
            problems.push(format!(
                "DENIEDBY_SLACK_TEAM is `{}`: give the id of the Slack workspace, `T...`",
                shortened(&team)
            ));
        }
        let approvers = approvers(get("DENIEDBY_APPROVERS"), &mut problems);
        let role = fix_role(&get, &mut problems);
        let external_id = external_id(get("DENIEDBY_EXTERNAL_ID"), &mut problems);
        let records = records(&get, &mut problems);
        let log = level(get("DENIEDBY_LOG"), &mut problems);
        let function = get("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
        match (signing_secret, records) {
            (Some(signing_secret), Some(records)) if problems.is_empty() => {
                Ok(Some(Self { signing_secret, team, approvers, role, external_id, records, function, log }))
            }
            _ => Err(ConfigError { problems }),
        }
    }
}

/// <https://docs.slack.dev/reference/objects/user-object>
fn approvers(value: Option<String>, problems: &mut Vec<String>) -> Vec<String> {
    let text = value.unwrap_or_default();
    let users: Vec<String> = text.split(',').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect();
    if users.is_empty() {
        problems.push(
            "DENIEDBY_APPROVERS names nobody: give the ids of Slack users, `U...`, with commas between".to_owned(),
        );
    }
    for id in users.iter().filter(|id| !is_slack_id(id, "UW")) {
        problems.push(format!(
            "DENIEDBY_APPROVERS holds `{}`, which is not the id of a Slack user: give `U...`, not a name",
            shortened(id)
        ));
    }
    users
}

/// An id of Slack, by the letters that it may begin with.
fn is_slack_id(text: &str, first: &str) -> bool {
    text.len() >= 3
        && text.starts_with(|c| first.contains(c))
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn fix_role(get: &impl Fn(&str) -> Option<String>, problems: &mut Vec<String>) -> String {
    let role = get("DENIEDBY_FIX_ROLE").unwrap_or_default();
    if !is_role_name(&role) {
        problems.push(format!("DENIEDBY_FIX_ROLE is `{}`: give the name of the fix role", shortened(&role)));
    }
    role
}

/// What may be changed: nothing, unless a kind is named or approvals are taken.
pub(super) fn fixing(
    get: &impl Fn(&str) -> Option<String>,
    reads_account_tags: bool,
    problems: &mut Vec<String>,
) -> Option<Fixing> {
    let auto = auto_fix(get("DENIEDBY_AUTO_FIX"), problems);
    let approvals = flag("DENIEDBY_APPROVALS", get("DENIEDBY_APPROVALS").as_deref(), problems);
    if auto.is_empty() && !approvals {
        return None;
    }
    if !auto.is_empty() && !reads_account_tags {
        problems.push(
            "DENIEDBY_AUTO_FIX takes DENIEDBY_MANAGEMENT_ROLE: without it nobody knows which accounts forbid changes"
                .to_owned(),
        );
    }
    let role = fix_role(get, problems);
    let records = records(get, problems)?;
    Some(Fixing { auto, approvals, role, records })
}

/// The kinds that may be made without a person, of those that ever can be.
fn auto_fix(value: Option<String>, problems: &mut Vec<String>) -> Vec<&'static str> {
    let safe = || KINDS.iter().filter(|kind| kind.class == Class::Safe).map(|kind| kind.name);
    let text = value.unwrap_or_default();
    let mut kinds = Vec::new();
    for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match safe().find(|kind| *kind == name) {
            Some(kind) if kinds.contains(&kind) => {}
            Some(kind) => kinds.push(kind),
            None => problems.push(format!(
                "DENIEDBY_AUTO_FIX holds `{}`, which is no remedy that can be made without a person: those are {}",
                shortened(name),
                safe().collect::<Vec<_>>().join(", ")
            )),
        }
    }
    kinds
}

fn records(get: &impl Fn(&str) -> Option<String>, problems: &mut Vec<String>) -> Option<Records> {
    let table = get("DENIEDBY_RECORDS_TABLE").unwrap_or_default();
    if !is_table_name(&table) {
        problems.push(format!(
            "DENIEDBY_RECORDS_TABLE is `{}`: give the name of the table that keeps the records of changes",
            shortened(&table)
        ));
    }
    let days = get("DENIEDBY_RECORD_DAYS");
    let keeps = match days.as_deref().map(str::parse::<u64>) {
        None => Some(RECORDS_KEPT),
        Some(Ok(days @ 1..=3650)) => Some(Duration::from_hours(24 * days)),
        Some(_) => {
            problems.push(format!(
                "DENIEDBY_RECORD_DAYS is `{}`: give a number of days, from 1 to 3650",
                shortened(days.as_deref().unwrap_or_default())
            ));
            None
        }
    };
    Some(Records { table, keeps: keeps? })
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn of<'a>(settings: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
        |name| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
    }

    fn config(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(of(settings))
    }

    const TOPIC: (&str, &str) = ("DENIEDBY_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:findings");

    const FIXES: &[(&str, &str)] = &[
        ("DENIEDBY_READ_ROLE", "r"),
        TOPIC,
        ("DENIEDBY_MANAGEMENT_ROLE", "arn:aws:iam::111122223333:role/organization"),
        ("DENIEDBY_FIX_ROLE", "deniedby-fix"),
        ("DENIEDBY_RECORDS_TABLE", "deniedby-Records-1A2B"),
    ];

    #[test]
    fn nothing_is_changed_unless_a_kind_is_named_or_approvals_are_taken() {
        let with = |more: &[(&'static str, &'static str)]| config(&[FIXES, more].concat()).unwrap();
        assert_eq!(with(&[("DENIEDBY_AUTO_FIX", ""), ("DENIEDBY_APPROVALS", "false")]).fixing, None);
        let fixing = |more: &[(&'static str, &'static str)]| with(more).fixing.unwrap();
        let by_itself = fixing(&[("DENIEDBY_AUTO_FIX", "ownership-preferred, ownership-preferred,")]);
        assert_eq!(by_itself.auto, ["ownership-preferred"]);
        assert!(!by_itself.approvals);
        assert_eq!((by_itself.role.as_str(), by_itself.records.keeps), ("deniedby-fix", RECORDS_KEPT));
        let asked = fixing(&[("DENIEDBY_APPROVALS", "true"), ("DENIEDBY_RECORD_DAYS", "30")]);
        assert_eq!((asked.auto.len(), asked.approvals), (0, true));
        assert_eq!(asked.records.keeps, Duration::from_hours(720));
        let own = with(&[("DENIEDBY_APPROVALS", "true")]).own_roles;
        assert!(own.contains(&"deniedby-fix".to_owned()), "{own:?}");
    }

    #[test]
    fn what_changes_need_is_told_at_once() {
        let error = config(&[
            ("DENIEDBY_READ_ROLE", "r"),
            TOPIC,
            ("DENIEDBY_AUTO_FIX", "ownership-preferred,identity-allow,everything"),
            ("DENIEDBY_APPROVALS", "perhaps"),
            ("DENIEDBY_RECORD_DAYS", "0"),
        ]);
        let error = error.unwrap_err();
        assert_eq!(error.problems.len(), 7, "{error}");
        assert!(error.to_string().contains("bucket-owner-full-control, ownership-preferred"), "{error}");
        assert!(error.to_string().contains("DENIEDBY_AUTO_FIX takes DENIEDBY_MANAGEMENT_ROLE"), "{error}");
    }

    const APPROVES: &[(&str, &str)] = &[
        (SIGNING_SECRET, "arn:aws:secretsmanager:eu-west-1:111122223333:secret:signing-AbCdEf"),
        ("DENIEDBY_SLACK_TEAM", "T0123"),
        ("DENIEDBY_APPROVERS", "U0123, W0456"),
        ("DENIEDBY_FIX_ROLE", "deniedby-fix"),
        ("DENIEDBY_EXTERNAL_ID", "external-9f2"),
        ("DENIEDBY_RECORDS_TABLE", "deniedby-Records-1A2B"),
        ("AWS_LAMBDA_FUNCTION_NAME", "deniedby-Approve-1A2B"),
    ];

    #[test]
    fn the_function_that_takes_approvals_is_told_by_its_secret() {
        assert_eq!(Approving::from_lookup(of(&APPROVES[1..])), Ok(None));
        let approving = Approving::from_lookup(of(APPROVES)).unwrap().unwrap();
        assert_eq!(approving.approvers, ["U0123", "W0456"]);
        assert_eq!((approving.team.as_str(), approving.function.as_str()), ("T0123", "deniedby-Approve-1A2B"));
        assert!(!format!("{approving:?}").contains("external-9f2"));
    }

    #[test]
    fn approvals_by_nobody_or_of_no_workspace_are_not_taken() {
        let error = Approving::from_lookup(of(&[
            (SIGNING_SECRET, "8f742231b10e8888abcd99yyyzzz85a5"),
            ("DENIEDBY_SLACK_TEAM", "acme"),
            ("DENIEDBY_APPROVERS", "@ann,U0123"),
        ]));
        let error = error.unwrap_err();
        assert_eq!(error.problems.len(), 5, "{error}");
        assert!(!error.to_string().contains("8f742231b10e8888abcd99yyyzzz85a5"), "the secret is not repeated");
        let nobody = Approving::from_lookup(of(&[APPROVES, &[("DENIEDBY_APPROVERS", " , ")]].concat()[..1]));
        assert!(nobody.unwrap_err().to_string().contains("DENIEDBY_APPROVERS names nobody"));
    }
}
