//! The policy of the bucket, key, role or other resource names the caller.

use super::fence::fenced;
use super::{Change, Class, Kind, allow, is_changeable, principal_element, resource_policy, sid, with_statement};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::Element;
use crate::finding::{Cause, Finding, NearMiss};
use crate::layer::Layer;

pub(super) const KIND: Kind = Kind {
    name: "resource-allow",
    class: Class::NeedsApproval,
    about: "adds a statement to the resource's policy that allows this one action on this one resource to this one user or role; the other statements stay. For a role that is to be taken, the policy is its trust policy. Undo: put the old policy back.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let Cause::NoAllow { layer, near, .. } = &finding.cause else { return None };
    // Where nobody can change the caller's own policies, the resource's may do in their place.
    let fixed = matches!(layer, Layer::IdentityPolicy | Layer::KmsIdentityPolicy) && !is_changeable(&assessed.request);
    let silent = *layer;
    let layer = if fixed { assessed.in_place_of(silent)? } else { silent };
    if !matches!(layer, Layer::ResourcePolicy | Layer::KmsKeyPolicy | Layer::TrustPolicy) {
        return None;
    }
    // A trust policy that names the caller and asks for an external ID or MFA means it: another statement would get
    // around that.
    let asks_for_more =
        |near: &NearMiss| near.misses.iter().all(|miss| matches!(miss.element, Element::Condition { .. }));
    if layer == Layer::TrustPolicy && near.as_ref().is_some_and(asks_for_more) {
        return None;
    }
    let request = &assessed.request;
    let (on, before) = resource_policy(diagnosis, layer, request, None)?;
    let mut statement = allow(request, &sid(request), Some(principal_element(request)?))?;
    let members = statement.as_object_mut()?;
    if layer == Layer::KmsKeyPolicy {
        // A key's policy is about its key, which it calls `*`.
        members.insert("Resource".to_owned(), "*".into());
    }
    if layer == Layer::TrustPolicy {
        // A trust policy is about its role, and may not name a resource.
        members.remove("Resource");
    }
    let statement = fenced(statement, silent, near.as_ref(), assessed)?;
    let after = with_statement(before.as_ref(), statement)?;
    Some(Change::Policy { on, before, after })
}
