//! The policy of the bucket, key or other resource names the caller.

use serde_json::json;

use super::{Change, Class, Kind, allow, document, principal_element, resource_place, sid};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::Document;
use crate::finding::{Cause, Finding};
use crate::layer::Layer;

pub(super) const KIND: Kind = Kind {
    name: "resource-allow",
    class: Class::NeedsApproval,
    about: "adds a statement to the resource's policy that allows this one action on this one resource to this one user or role; the other statements stay. Undo: put the old policy back.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let Cause::NoAllow { layer: layer @ (Layer::ResourcePolicy | Layer::KmsKeyPolicy), .. } = &finding.cause else {
        return None;
    };
    let request = &assessed.request;
    let (on, question) = resource_place(diagnosis, *layer, request)?;
    let before = document(diagnosis, &question).ok()?;
    let mut statement = allow(request, &sid(request), Some(principal_element(request)?))?;
    if *layer == Layer::KmsKeyPolicy {
        // A key's policy is about its key, which it calls `*`.
        statement.as_object_mut()?.insert("Resource".to_owned(), "*".into());
    }
    let after = match &before {
        Some(document) => document.with_statement(statement)?,
        None => Document::of(json!({ "Version": "2012-10-17", "Statement": [statement] })),
    };
    Some(Change::Policy { on, before, after })
}
