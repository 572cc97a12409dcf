//! A change as code: what would be applied, for people who apply it themselves.

mod cli;
mod cloudformation;
mod patch;
mod program;
mod terraform;

use serde_json::{Value, json};

use super::{Change, PolicyPlace};
use crate::arn::Arn;
use crate::evidence::{Acl, Document, Grantee};

/// A change in one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The form: `cli`, `json-patch`, `terraform`, `cloudformation`, `boto3` or `glue`.
    pub form: &'static str,
    /// The text.
    pub text: String,
}

/// Writes a change in one form, where it has it.
type Form = fn(&Change) -> Option<String>;

/// Every form.
const FORMS: &[(&str, Form)] = &[
    ("cli", cli::commands),
    ("json-patch", patch::patch),
    ("terraform", terraform::snippet),
    ("cloudformation", cloudformation::snippet),
    ("boto3", program::boto3),
    ("glue", program::spark),
];

/// The forms that a change has.
#[must_use]
pub fn snippets(change: &Change) -> Vec<Snippet> {
    FORMS.iter().filter_map(|(form, write)| Some(Snippet { form, text: write(change)? })).collect()
}

/// A policy as one line of JSON.
fn line(document: &Document) -> String {
    document.value().map(ToString::to_string).unwrap_or_default()
}

/// A policy as people read it.
fn indented(document: &Document) -> String {
    document.value().and_then(|value| serde_json::to_string_pretty(value).ok()).unwrap_or_default()
}

/// `put-object-acl`'s form of an ACL.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AccessControlPolicy.html>
fn access_control_policy(acl: &Acl) -> Value {
    let grantee = |grantee: &Grantee| match grantee {
        Grantee::Account(id) => json!({ "Type": "CanonicalUser", "ID": id }),
        Grantee::Group(group) => json!({ "Type": "Group", "URI": group.uri() }),
        Grantee::Other(text) => json!({ "Type": "CanonicalUser", "ID": text }),
    };
    let grants: Vec<_> = acl
        .grants
        .iter()
        .map(|grant| json!({ "Grantee": grantee(&grant.grantee), "Permission": grant.permission }))
        .collect();
    json!({ "Grants": grants, "Owner": { "ID": acl.owner } })
}

/// The last part of a resource's ARN: a queue's, topic's, or function's name.
fn name(arn: &Arn) -> &str {
    arn.resource().rsplit(['/', ':']).next().unwrap_or_default()
}

/// The policy of a change, and where it is.
fn policy(change: &Change) -> Option<(&PolicyPlace, Option<&Document>, &Document)> {
    if let Change::Policy { on, before, after } = change { Some((on, before.as_ref(), after)) } else { None }
}
