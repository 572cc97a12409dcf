//! The policies of our own roles, made of the questions: what each role may do, and no more.
//!
//! `deniedby permissions` prints them, and writes them into the templates.

mod cloudformation;
mod hub;
pub mod writes;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

pub use cloudformation::template_policy;
pub use yaml::{NoPlace, TEMPLATES, with_policy};

use crate::arn::{AccountId, Partition};
use crate::evidence::{RESOURCE_POLICIES, SPECS, Scope};

use self::writes::{Pin, WRITES};

/// One of our roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The read role of every account.
    Read,
    /// The role of the organization's management account, or of one that it delegated to.
    Management,
    /// The function's own.
    Hub,
    /// The role that makes changes, in the accounts that want it.
    Fix,
    /// That of the function that takes approvals.
    Approve,
}

/// Every role, with the name under which it is printed.
pub const ROLES: &[(Role, &str)] = &[
    (Role::Read, "read"),
    (Role::Management, "management"),
    (Role::Hub, "hub"),
    (Role::Fix, "fix"),
    (Role::Approve, "approve"),
];

/// A statement that allows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its Sid.
    pub sid: &'static str,
    /// The actions.
    pub actions: Vec<&'static str>,
    /// The resources.
    pub resources: Vec<Text>,
    /// What must hold beside.
    pub condition: Option<Condition>,
    /// What must hold of what is written.
    pub pins: Vec<Pin>,
    /// The condition of the template under which the statement is there.
    pub only_if: Option<&'static str>,
    /// What a person should know.
    pub note: Option<&'static str>,
}

/// One condition of a statement: `StringEquals`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The condition key.
    pub key: &'static str,
    /// Its value.
    pub value: Text,
    /// The condition of the template under which this one is there.
    pub only_if: Option<&'static str>,
    /// The key and its value where that condition does not hold; `None` is no condition at all.
    pub otherwise: Option<(&'static str, Text)>,
}

/// A text of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// As it stands.
    Plain(&'static str),
    /// With `${...}` to be filled in.
    Sub(String),
    /// A parameter or a resource.
    Ref(&'static str),
    /// An attribute of a resource.
    GetAtt(&'static str, &'static str),
    /// A parameter that is a list with commas between.
    Split(&'static str),
}

/// What a role may do.
#[must_use]
pub fn statements(role: Role) -> Vec<Statement> {
    match role {
        Role::Read => SCOPES.iter().filter(|row| row.0 != Scope::Organization).map(statement).collect(),
        Role::Management => SCOPES.iter().filter(|row| row.0 == Scope::Organization).map(statement).collect(),
        Role::Hub => hub::statements(),
        Role::Fix => writes::statements(),
        Role::Approve => hub::approve_statements(),
    }
}

/// The policy of the read role or the management role as IAM takes it, for one account. The hub's policy names resources
/// of its stack, so it stands only in the template.
///
/// `object_metadata` is whether the owner lets metadata of objects be read.
#[must_use]
pub fn policy(role: Role, partition: Partition, account: AccountId, object_metadata: bool) -> Value {
    let is_on = |statement: &Statement| object_metadata || statement.only_if.is_none();
    filled(statements(role).into_iter().filter(is_on), partition, account)
}

/// The policy of the fix role as IAM takes it, for one account and some kinds of remedies. `keep_grants` is whether the
/// owner lets ACLs be written that grant others something.
#[must_use]
pub fn fix_policy(partition: Partition, account: AccountId, kinds: &[&str], keep_grants: bool) -> Value {
    let is_on = |condition: &str| {
        WRITES.iter().any(|row| {
            row.only_if == condition
                && row.kinds.iter().any(|kind| kinds.contains(kind))
                && (keep_grants || *row != writes::OBJECT_GRANTS)
        })
    };
    let statements = statements(Role::Fix).into_iter().filter(|statement| statement.only_if.is_none_or(is_on));
    filled(statements, partition, account)
}

fn filled(statements: impl Iterator<Item = Statement>, partition: Partition, account: AccountId) -> Value {
    let fill = |text: &Text| match text {
        Text::Plain(text) => (*text).to_owned(),
        Text::Sub(text) => {
            text.replace("${AWS::Partition}", partition.name()).replace("${AWS::AccountId}", &account.to_string())
        }
        Text::Ref("AWS::AccountId") => account.to_string(),
        Text::Ref(name) | Text::Split(name) => format!("${{{name}}}"),
        Text::GetAtt(resource, attribute) => format!("${{{resource}.{attribute}}}"),
    };
    let statements: Vec<Value> = statements
        .map(|statement| {
            let mut value = json!({
                "Sid": statement.sid, "Effect": "Allow", "Action": statement.actions,
                "Resource": statement.resources.iter().map(fill).collect::<Vec<_>>(),
            });
            let equals = statement.condition.as_ref().map(|condition| (condition.key, json!(fill(&condition.value))));
            if let (Some(holds), Some(object)) = (holds(equals, &statement.pins), value.as_object_mut()) {
                object.insert("Condition".to_owned(), holds);
            }
            value
        })
        .collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A condition block: what must be equal, and the pins, by their operators.
fn holds(equals: Option<(&str, Value)>, pins: &[Pin]) -> Option<Value> {
    let mut operators: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    if let Some((key, value)) = equals {
        operators.entry("StringEquals").or_default().insert(key.to_owned(), value);
    }
    for pin in pins {
        let value = if let [one] = pin.values { json!(one) } else { json!(pin.values) };
        operators.entry(pin.operator).or_default().insert(pin.key.to_owned(), value);
    }
    (!operators.is_empty()).then(|| json!(operators))
}

/// The inline policy of our sessions: the questions' own actions. A session may do what its role *and* this policy
/// allow, so that even a role that may do more can neither write nor read data here.
///
/// Its text may have 2,048 characters; the actions are written out, for a pattern could match more than a reader
/// expects, but for [`FAMILIES`]: <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
#[must_use]
pub fn session_policy(role: Role, object_metadata: bool) -> String {
    let statements = statements(role).into_iter().filter(|statement| object_metadata || statement.only_if.is_none());
    let family =
        |action: &&str| FAMILIES.iter().copied().find(|family| action.starts_with(family.trim_end_matches('*')));
    let actions = statements.flat_map(|statement| statement.actions);
    let actions: BTreeSet<&str> = actions.map(|action| family(&action).unwrap_or(action)).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
    })
    .to_string()
}

/// What the sessions' policies write as one pattern, so that they stay short: all of it reads settings of buckets, and
/// none of it reads what is in them. The roles' policies have each action by itself, and a session has what both allow.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
pub const FAMILIES: &[&str] = &["s3:GetBucket*"];

/// Which resources a scope's actions are granted on.
type ScopeRow = (Scope, &'static str, fn() -> Vec<Text>, bool, Option<&'static str>);

/// Every scope: its Sid, its resources, whether only resources of the role's own account are meant, and a note. The
/// ARNs of buckets and objects do not name their account.
const SCOPES: &[ScopeRow] = &[
    (Scope::Roles, "Roles", || vec![own("iam", "", "role/*")], false, None),
    (Scope::Users, "Users", || vec![own("iam", "", "user/*")], false, None),
    (Scope::Groups, "Groups", || vec![own("iam", "", "group/*")], false, None),
    (Scope::Callers, "Callers", || vec![own("iam", "", "role/*"), own("iam", "", "user/*")], false, None),
    (
        Scope::ManagedPolicies,
        "ManagedPolicies",
        || vec![own("iam", "", "policy/*"), Text::Sub("arn:${AWS::Partition}:iam::aws:policy/*".to_owned())],
        false,
        None,
    ),
    (
        Scope::Buckets,
        "Buckets",
        || vec![Text::Sub("arn:${AWS::Partition}:s3:::*".to_owned())],
        true,
        Some("buckets of other accounts are read by the role that lives there"),
    ),
    (Scope::Objects, "Objects", objects, true, None),
    (
        Scope::OwnedObjects,
        "OwnedObjects",
        objects,
        false,
        Some("only an object's owner reads its ACL, in whatever account's bucket it is"),
    ),
    (
        Scope::ObjectData,
        "ObjectMetadata",
        objects,
        true,
        Some("HeadObject takes the permission to read the object; the session asks for nothing but the head"),
    ),
    (Scope::AccessPoints, "AccessPoints", || vec![own("s3", "*", "accesspoint/*")], false, None),
    (
        Scope::Keys,
        "Keys",
        || vec![own("kms", "*", "key/*")],
        false,
        Some("counts only where the key's policy lets the account's IAM policies decide"),
    ),
    (
        Scope::Distributions,
        "Distributions",
        || vec![own("cloudfront", "", "distribution/*"), own("cloudfront", "", "origin-access-control/*")],
        false,
        None,
    ),
    (Scope::WebAcls, "WebAcls", || vec![own("wafv2", "*", "*/webacl/*")], false, None),
    (Scope::Resources, "Resources", resources, false, None),
    (Scope::Account, "Account", || vec![Text::Plain("*")], false, Some("these take no other resource")),
    (Scope::Organization, "Organization", || vec![Text::Plain("*")], false, None),
];

/// The condition of the templates for [`Scope::ObjectData`].
const OBJECT_METADATA: &str = "ReadsObjectMetadata";

fn statement(row: &ScopeRow) -> Statement {
    let (scope, sid, resources, own_account, note) = row;
    Statement {
        sid,
        actions: actions(*scope),
        resources: resources(),
        condition: own_account.then_some(Condition {
            key: "aws:ResourceAccount",
            value: Text::Ref("AWS::AccountId"),
            only_if: None,
            otherwise: None,
        }),
        pins: Vec::new(),
        only_if: (*scope == Scope::ObjectData).then_some(OBJECT_METADATA),
        note: *note,
    }
}

/// What asking the questions of a scope takes, in order, but for what another scope grants anyway: on narrower resources
/// that are enough, or on wider ones that are needed.
fn actions(scope: Scope) -> Vec<&'static str> {
    let mut actions = needed(scope);
    let granted_by = |other: Scope| match scope {
        Scope::Account => other != Scope::Account,
        Scope::Objects => other == Scope::OwnedObjects,
        Scope::Roles
        | Scope::Users
        | Scope::Groups
        | Scope::Callers
        | Scope::ManagedPolicies
        | Scope::Buckets
        | Scope::OwnedObjects
        | Scope::ObjectData
        | Scope::AccessPoints
        | Scope::Keys
        | Scope::Distributions
        | Scope::WebAcls
        | Scope::Resources
        | Scope::Organization => false,
    };
    for other in SCOPES.iter().map(|row| row.0).filter(|other| granted_by(*other)) {
        let granted = needed(other);
        actions.retain(|action| !granted.contains(action));
    }
    actions.into_iter().collect()
}

fn needed(scope: Scope) -> BTreeSet<&'static str> {
    let specs = SPECS.iter().chain(RESOURCE_POLICIES.iter().map(|row| &row.spec));
    specs.filter(|spec| spec.scope == scope).flat_map(|spec| spec.needs).copied().collect()
}

fn own(service: &str, region: &str, resource: &str) -> Text {
    Text::Sub(format!("arn:${{AWS::Partition}}:{service}:{region}:${{AWS::AccountId}}:{resource}"))
}

fn objects() -> Vec<Text> {
    vec![Text::Sub("arn:${AWS::Partition}:s3:::*/*".to_owned())]
}

/// Each kind of resource that has a policy of its own.
fn resources() -> Vec<Text> {
    RESOURCE_POLICIES.iter().map(|row| own(row.service, "*", &format!("{}*", row.prefix))).collect()
}
