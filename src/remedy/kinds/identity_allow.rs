//! A policy of the caller allows the action on the resource.

use serde_json::json;

use super::fence::fenced;
use super::{Change, Class, Kind, PolicyPlace, allow, is_changeable, sid};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::Document;
use crate::finding::{Cause, Finding};
use crate::layer::Layer;
use crate::remedy::fingerprint;
use crate::request::Request;

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
    let after = Document::of(json!({ "Version": "2012-10-17", "Statement": [statement] }));
    let policy = name(request)?;
    Some(Change::Policy { on: PolicyPlace::Inline { entity, policy }, before: None, after })
}

/// The same for the same action and resource, so that a second time adds nothing.
fn name(request: &Request) -> Option<String> {
    let arn = request.resource.arn.as_ref()?;
    let action = request.action.name().replace(':', "-");
    Some(format!("deniedby-{action}-{:08x}", fingerprint(arn.as_str()) & 0xffff_ffff))
}
