//! The function's settings: the environment, read once, with every problem reported at once.

mod changes;
mod telling;

use std::fmt;

use self::changes::fixing;
pub use self::changes::{Approving, Fixing, RECORDS_KEPT, Records};
use self::telling::telling;
pub use self::telling::{QUIET, Telling};
use crate::arn::{Arn, is_region};

/// What the function is told by its environment.
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    /// `DENIEDBY_READ_ROLE`: the name of the role to assume in every account.
    pub read_role: String,
    /// `DENIEDBY_EXTERNAL_ID`: the external ID that the read roles ask for. Not for logs.
    pub external_id: Option<String>,
    /// `DENIEDBY_MANAGEMENT_ROLE`: the role that reads the organization's policies.
    pub management_role: Option<Arn>,
    /// `DENIEDBY_OBJECT_METADATA`: whether the read roles let metadata of objects be read.
    pub object_metadata: bool,
    /// `DENIEDBY_SEARCH_ACCOUNTS`: how many accounts of the organization are asked for a bucket whose owner nothing names.
    pub search_accounts: usize,
    /// `DENIEDBY_CASE_BUCKET`: where cases are kept.
    pub cases: Option<CaseStore>,
    /// `DENIEDBY_TOPIC_ARN`: the SNS topic that findings go to.
    pub topic: Option<Arn>,
    /// `DENIEDBY_SLACK_WEBHOOK`: the secret or the parameter that holds the webhook's address.
    pub slack: Option<Arn>,
    /// Where is kept what was told; `None` is nowhere.
    pub told: Option<Telling>,
    /// What may be changed; `None` is nothing.
    pub fixing: Option<Fixing>,
    /// `DENIEDBY_OWN_ROLES`, the read role and the fix role: denials of these roles are our own, and are skipped.
    pub own_roles: Vec<String>,
    /// `DENIEDBY_LOG`: `error`, `warn`, `info`, `debug` or `trace`. For this program's own lines: those of the AWS SDK
    /// may hold secrets at `trace`.
    pub log: &'static str,
}

/// Where cases are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseStore {
    /// In a bucket of the function's own account.
    Bucket(String),
    /// In the function's log.
    Log,
}

/// The environment does not make a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the configuration is not complete: {}", problems.join("; "))]
pub struct ConfigError {
    /// One sentence for each setting that is missing or wrong.
    pub problems: Vec<String>,
}

/// How many accounts are searched for a bucket where nobody says otherwise: each takes a session and a list, and a search
/// of so many a few seconds.
pub const SEARCH_ACCOUNTS: usize = 200;

/// The most that may be set: more are not asked in the time that a search has.
pub const MOST_SEARCHED: usize = 1000;

const LEVELS: &[&str] = &["error", "warn", "info", "debug", "trace"];

impl Config {
    /// Reads the settings. An empty value is as good as none.
    ///
    /// # Errors
    ///
    /// A setting is missing or wrong. The error names all of them.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &str| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let mut problems = Vec::new();

        let read_role = read_role(get("DENIEDBY_READ_ROLE"), &mut problems);
        let external_id = external_id(get("DENIEDBY_EXTERNAL_ID"), &mut problems);
        let topic_text = get("DENIEDBY_TOPIC_ARN");
        let slack_text = get("DENIEDBY_SLACK_WEBHOOK");
        if topic_text.is_none() && slack_text.is_none() {
            problems.push("set DENIEDBY_TOPIC_ARN, DENIEDBY_SLACK_WEBHOOK or both, or findings go nowhere".to_owned());
        }
        let topic = topic_text.and_then(|text| topic(&text, &mut problems));
        let slack =
            slack_text.and_then(|text| secret(&text, "DENIEDBY_SLACK_WEBHOOK", "webhook's address", &mut problems));
        let management_role = get("DENIEDBY_MANAGEMENT_ROLE").and_then(|text| management_role(&text, &mut problems));
        let object_metadata =
            flag("DENIEDBY_OBJECT_METADATA", get("DENIEDBY_OBJECT_METADATA").as_deref(), &mut problems);
        let search_accounts = search_accounts(get("DENIEDBY_SEARCH_ACCOUNTS").as_deref(), &mut problems);
        let cases = get("DENIEDBY_CASE_BUCKET").and_then(|text| case_store(text, &mut problems));
        let told = telling(&get, &mut problems);
        let mut own_roles = own_roles(get("DENIEDBY_OWN_ROLES"), &read_role, &mut problems);
        own_roles.extend(management_role.as_ref().and_then(role_name).map(str::to_owned));
        let fixing = fixing(&get, management_role.is_some(), &mut problems);
        own_roles.extend(fixing.as_ref().map(|fixing| fixing.role.clone()));
        let log = level(get("DENIEDBY_LOG"), &mut problems);

        if problems.is_empty() {
            Ok(Self {
                read_role,
                external_id,
                management_role,
                object_metadata,
                search_accounts,
                cases,
                topic,
                slack,
                told,
                fixing,
                own_roles,
                log,
            })
        } else {
            Err(ConfigError { problems })
        }
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("read_role", &self.read_role)
            .field("management_role", &self.management_role)
            .field("object_metadata", &self.object_metadata)
            .field("search_accounts", &self.search_accounts)
            .field("cases", &self.cases)
            .field("topic", &self.topic)
            .field("slack", &self.slack)
            .field("told", &self.told)
            .field("fixing", &self.fixing)
            .field("own_roles", &self.own_roles)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

/// A variable of the process's environment: the lookup of both binaries. A value that is not UTF-8 counts as not set.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether the text can be the name of a role, without a path.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html>
#[must_use]
pub fn is_role_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b))
}

/// Whether the text can be the name of a table.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>
fn is_table_name(text: &str) -> bool {
    (3..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

/// Whether the ARN is one of a role.
#[must_use]
pub fn is_role_arn(arn: &Arn) -> bool {
    arn.account().is_some() && role_name(arn).is_some_and(is_role_name)
}

/// The name of a role, without its path; `None` if the ARN is of something else.
#[must_use]
pub fn role_name(arn: &Arn) -> Option<&str> {
    let role = arn.resource().strip_prefix("role/").filter(|_| arn.service() == "iam")?;
    role.rsplit('/').next()
}

fn read_role(value: Option<String>, problems: &mut Vec<String>) -> String {
    match value {
        Some(name) if is_role_name(&name) => return name,
        Some(name) => problems.push(format!(
            "DENIEDBY_READ_ROLE is `{}`, which is not a role name: give the name alone, without ARN or path",
            shortened(&name)
        )),
        None => problems.push("DENIEDBY_READ_ROLE is not set: give the name of the read role".to_owned()),
    }
    String::new()
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn external_id(value: Option<String>, problems: &mut Vec<String>) -> Option<String> {
    let id = value?;
    let valid =
        (2..=1224).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&b));
    if !valid {
        problems.push(
            "DENIEDBY_EXTERNAL_ID is not an external ID: use 2 to 1224 letters, digits and characters of `_+=,.@:/-`"
                .to_owned(),
        );
    }
    Some(id)
}

fn management_role(text: &str, problems: &mut Vec<String>) -> Option<Arn> {
    let arn = text.parse::<Arn>().ok().filter(is_role_arn);
    if arn.is_none() {
        problems.push(format!(
            "DENIEDBY_MANAGEMENT_ROLE is `{}`, which is not the ARN of a role: give `arn:aws:iam::ACCOUNT:role/NAME`",
            shortened(text)
        ));
    }
    arn
}

/// A bucket's name; `log` is too short for one to be mistaken.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn case_store(text: String, problems: &mut Vec<String>) -> Option<CaseStore> {
    if text == "log" {
        return Some(CaseStore::Log);
    }
    let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
    if !(3..=63).contains(&text.len()) || !text.bytes().all(valid) {
        problems.push(format!(
            "DENIEDBY_CASE_BUCKET is `{}`, which is not the name of a bucket: give a name without `s3://`, or `log`",
            shortened(&text)
        ));
        return None;
    }
    Some(CaseStore::Bucket(text))
}

fn flag(name: &str, value: Option<&str>, problems: &mut Vec<String>) -> bool {
    match value {
        None | Some("false") => false,
        Some("true") => true,
        Some(other) => {
            problems.push(format!("{name} is `{}`: give `true` or `false`", shortened(other)));
            false
        }
    }
}

fn search_accounts(value: Option<&str>, problems: &mut Vec<String>) -> usize {
    let Some(text) = value else { return SEARCH_ACCOUNTS };
    let number = text.parse().ok().filter(|number| *number <= MOST_SEARCHED);
    if number.is_none() {
        problems.push(format!(
            "DENIEDBY_SEARCH_ACCOUNTS is `{}`: give a number up to {MOST_SEARCHED}, or 0 to search none",
            shortened(text)
        ));
    }
    number.unwrap_or(SEARCH_ACCOUNTS)
}

fn topic(text: &str, problems: &mut Vec<String>) -> Option<Arn> {
    let arn = text.parse::<Arn>().ok().filter(|arn| {
        arn.service() == "sns"
            && is_region(arn.region())
            && arn.account().is_some()
            && !arn.resource().is_empty()
            && !arn.resource().contains(':')
    });
    if arn.is_none() {
        problems.push(format!(
            "DENIEDBY_TOPIC_ARN is `{}`, which is not the ARN of a topic: give `arn:aws:sns:REGION:ACCOUNT:NAME`",
            shortened(text)
        ));
    }
    arn
}

/// The ARN of what holds a secret.
fn secret(text: &str, name: &str, what: &str, problems: &mut Vec<String>) -> Option<Arn> {
    let arn = text.parse::<Arn>().ok().filter(|arn| {
        let named = match arn.service() {
            "secretsmanager" => arn.resource().strip_prefix("secret:"),
            "ssm" => arn.resource().strip_prefix("parameter/"),
            _ => None,
        };
        named.is_some_and(|name| !name.is_empty()) && is_region(arn.region()) && arn.account().is_some()
    });
    if arn.is_none() {
        // The value is not repeated: people put the secret itself here.
        problems.push(format!(
            "{name} is not the ARN of a Secrets Manager secret or an SSM parameter: store the {what} in one and give its \
             ARN"
        ));
    }
    arn
}

fn own_roles(value: Option<String>, read_role: &str, problems: &mut Vec<String>) -> Vec<String> {
    let list = value.unwrap_or_default();
    let mut roles: Vec<String> =
        list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    for name in roles.iter().filter(|name| !is_role_name(name)) {
        problems.push(format!(
            "DENIEDBY_OWN_ROLES holds `{}`, which is not a role name: give names alone, with commas between",
            shortened(name)
        ));
    }
    if !read_role.is_empty() && !roles.iter().any(|name| name == read_role) {
        roles.push(read_role.to_owned());
    }
    roles
}

fn level(value: Option<String>, problems: &mut Vec<String>) -> &'static str {
    let Some(text) = value else { return "info" };
    LEVELS.iter().copied().find(|level| text.eq_ignore_ascii_case(level)).unwrap_or_else(|| {
        problems.push(format!("DENIEDBY_LOG is `{}`: give one of {}", shortened(&text), LEVELS.join(", ")));
        "info"
    })
}

/// One line of at most 100 characters.
fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    const TOPIC: (&str, &str) = ("DENIEDBY_TOPIC_ARN", "arn:aws:sns:eu-west-1:111122223333:findings");

    #[test]
    fn a_role_and_a_topic_are_enough() {
        let config = config(&[("DENIEDBY_READ_ROLE", "deniedby-read"), TOPIC, ("DENIEDBY_SLACK_WEBHOOK", "")]).unwrap();
        assert_eq!(config.read_role, "deniedby-read");
        assert_eq!(config.own_roles, ["deniedby-read"]);
        assert_eq!((config.slack, config.external_id, config.log), (None, None, "info"));
        assert_eq!(config.search_accounts, SEARCH_ACCOUNTS);
    }

    #[test]
    fn the_organization_and_the_cases_are_optional() {
        let role = "arn:aws:iam::111122223333:role/tools/deniedby-organization";
        let config = config(&[
            ("DENIEDBY_READ_ROLE", "r"),
            TOPIC,
            ("DENIEDBY_MANAGEMENT_ROLE", role),
            ("DENIEDBY_OBJECT_METADATA", "true"),
            ("DENIEDBY_SEARCH_ACCOUNTS", "0"),
            ("DENIEDBY_CASE_BUCKET", "acme-cases"),
        ]);
        let config = config.unwrap();
        assert_eq!(config.management_role.unwrap().as_str(), role);
        assert_eq!(config.own_roles, ["r", "deniedby-organization"], "its own denials are skipped");
        assert!(config.object_metadata);
        assert_eq!(config.search_accounts, 0);
        assert_eq!(config.cases, Some(CaseStore::Bucket("acme-cases".to_owned())));
    }

    #[test]
    fn cases_may_go_to_the_log() {
        let config = config(&[("DENIEDBY_READ_ROLE", "r"), TOPIC, ("DENIEDBY_CASE_BUCKET", "log")]).unwrap();
        assert_eq!((config.cases, config.management_role, config.object_metadata), (Some(CaseStore::Log), None, false));
    }

    #[test]
    fn own_roles_come_with_the_read_role_once() {
        let with =
            |roles| config(&[("DENIEDBY_READ_ROLE", "r"), TOPIC, ("DENIEDBY_OWN_ROLES", roles)]).unwrap().own_roles;
        assert_eq!(with(" hub , r,"), ["hub", "r"]);
        assert_eq!(with("hub"), ["hub", "r"]);
    }

    #[test]
    fn a_webhook_may_be_in_a_secret_or_a_parameter() {
        for arn in [
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf",
            "arn:aws-cn:ssm:cn-north-1:111122223333:parameter/team/slack",
        ] {
            let config =
                config(&[("DENIEDBY_READ_ROLE", "r"), ("DENIEDBY_SLACK_WEBHOOK", arn), ("DENIEDBY_LOG", "WARN")]);
            let config = config.unwrap();
            assert_eq!((config.slack.unwrap().as_str(), config.log), (arn, "warn"));
        }
    }

    #[test]
    fn every_problem_is_told_at_once_in_one_line() {
        let error = config(&[
            ("DENIEDBY_READ_ROLE", "team/reader"),
            ("DENIEDBY_TOPIC_ARN", "arn:aws:sqs:eu-west-1:111122223333:q"),
            ("DENIEDBY_EXTERNAL_ID", "not allowed"),
            ("DENIEDBY_OWN_ROLES", "ok,not ok"),
            ("DENIEDBY_LOG", "loud"),
            ("DENIEDBY_MANAGEMENT_ROLE", "arn:aws:iam::111122223333:user/ann"),
            ("DENIEDBY_OBJECT_METADATA", "yes"),
            ("DENIEDBY_SEARCH_ACCOUNTS", "1001"),
            ("DENIEDBY_CASE_BUCKET", "s3://cases"),
        ]);
        let error = error.unwrap_err();
        assert_eq!(error.problems.len(), 9, "{error}");
        assert!(!error.to_string().contains('\n'));
        assert!(!error.to_string().contains("not allowed"), "the external ID is not repeated");

        let nothing = config(&[]).unwrap_err().to_string();
        assert!(
            nothing.contains("DENIEDBY_READ_ROLE is not set") && nothing.contains("findings go nowhere"),
            "{nothing}"
        );
    }

    #[test]
    fn an_address_in_place_of_its_arn_is_not_repeated() {
        let address = "https://hooks.slack.com/services/T0/B0/secret";
        let error = config(&[("DENIEDBY_READ_ROLE", "r"), ("DENIEDBY_SLACK_WEBHOOK", address)]).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hooks.slack.com"));
    }

    #[test]
    fn the_external_id_is_not_in_the_debug_text() {
        let config = config(&[("DENIEDBY_READ_ROLE", "r"), TOPIC, ("DENIEDBY_EXTERNAL_ID", "external-9f2")]).unwrap();
        assert_eq!(config.external_id.as_deref(), Some("external-9f2"));
        assert!(!format!("{config:?}").contains("external-9f2"));
    }
}
