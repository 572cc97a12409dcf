//! The access point lets the caller in, or the bucket leaves it to its access points.

use serde_json::{Value, json};

use super::fence::fenced;
use super::{Change, Class, Kind, allow, principal_element, resource_policy, sid, with_statement};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::finding::{Cause, Finding};
use crate::layer::Layer;
use crate::request::{Key, Request};

pub(super) const KIND: Kind = Kind {
    name: "access-point-allow",
    class: Class::NeedsApproval,
    about: "adds a statement to the policy of the access point that allows this one action on this one resource to this one caller; or one to the bucket's policy that leaves access to the access points of this one account. Undo: put the old policy back.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let request = &assessed.request;
    let (layer, statement) =
        if let Cause::NoAllow { layer: layer @ Layer::AccessPointPolicy, near, .. } = &finding.cause {
            let statement = allow(request, &sid(request), Some(principal_element(request)?))?;
            (*layer, fenced(statement, *layer, near.as_ref(), assessed)?)
        } else if let Cause::AccessPointNotDelegated { .. } = &finding.cause {
            (Layer::ResourcePolicy, delegation(request)?)
        } else {
            return None;
        };
    let (on, before) = resource_policy(diagnosis, layer, request, None)?;
    let after = with_statement(before.as_ref(), statement)?;
    Some(Change::Policy { on, before, after })
}

/// The caller, through access points of this account only.
fn delegation(request: &Request) -> Option<Value> {
    let Key::Present(account) = request.context.get("s3:dataaccesspointaccount") else { return None };
    let mut statement = allow(request, &sid(request), Some(principal_element(request)?))?;
    let condition = json!({ "StringEquals": { "s3:DataAccessPointAccount": account.first()? } });
    statement.as_object_mut()?.insert("Condition".to_owned(), condition);
    Some(statement)
}
