//! A policy of the caller allows the action on the resource.

use serde_json::{Value, json};

use super::fence::fenced;
use super::{Change, Class, Kind, PolicyPlace, allow, is_changeable, sid};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::Document;
use crate::finding::{Cause, Finding};
use crate::layer::Layer;
use crate::remedy::fingerprint;

pub(super) const KIND: Kind = Kind {
    name: "identity-allow",
    class: Class::NeedsApproval,
    about: "adds an inline policy to the user or role that allows this one action on this one resource. Undo: delete the inline policy.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html>
fn plan(_: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let Cause::NoAllow { layer: layer @ (Layer::IdentityPolicy | Layer::KmsIdentityPolicy), near, .. } = &finding.cause
    else {
        return None;
    };
    let request = &assessed.request;
    if !is_changeable(request) {
        return None;
    }
    let entity = request.principal.entity()?;
    let statement = fenced(allow(request, &sid(request), None)?, *layer, near.as_ref(), assessed)?;
    let policy = name(request.action.name(), &statement)?;
    let after = Document::of(json!({ "Version": "2012-10-17", "Statement": [statement] }));
    Some(Change::Policy { on: PolicyPlace::Inline { entity, policy }, before: None, after })
}

/// The same for the same statement, so that a second time adds nothing, and another for every other: none takes the place
/// of one that was added before.
fn name(action: &str, statement: &Value) -> Option<String> {
    let resource = statement.get("Resource")?.as_str()?;
    let condition = statement.get("Condition").map(Value::to_string).unwrap_or_default();
    let id = fingerprint(&format!("{resource}{condition}")) & 0xffff_ffff;
    Some(format!("deniedby-{}-{id:08x}", action.replace(':', "-")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_that_differ_are_policies_of_their_own() {
        let of = |statement: &Value| name("s3:ListBucket", statement).unwrap();
        let listing = |prefix: &str| json!({ "Resource": "arn:aws:s3:::b", "Condition": { "StringEquals": { "s3:prefix": prefix } } });
        assert_eq!(of(&listing("a/")), of(&listing("a/")));
        assert_ne!(of(&listing("a/")), of(&listing("b/")));
        assert_ne!(of(&listing("a/")), of(&json!({ "Resource": "arn:aws:s3:::b" })));
    }
}
