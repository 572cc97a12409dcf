//! An explicit deny leaves the caller out.

use super::{Change, Class, Kind, resource_policy};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::finding::{Cause, Finding};
use crate::request::PrincipalKind;

pub(super) const KIND: Kind = Kind {
    name: "deny-exception",
    class: Class::NeedsApproval,
    about: "adds a condition to a Deny statement of a resource's policy, so that it does not hold for this one user or role; for all others it stays. A Deny is most often meant: ask its owner. Undo: put the old policy back.",
    plan,
    later: false,
};

/// Guardrails, of an organization or as a boundary, are never touched, nor are the caller's own policies: who set them
/// set them for this caller.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let Cause::ExplicitDeny { layer, statements, .. } = &finding.cause else { return None };
    let [statement] = statements.as_slice() else { return None };
    let request = &assessed.request;
    if !matches!(request.principal.kind, PrincipalKind::User | PrincipalKind::RoleSession { .. }) {
        return None;
    }
    let caller = request.principal.policy_arn()?;
    let (on, before) = resource_policy(diagnosis, *layer, request, Some(&statement.policy))?;
    let before = before?;
    let after = before.with_condition(&statement.statement, "ArnNotEquals", "aws:PrincipalArn", caller.as_str())?;
    Some(Change::Policy { on, before: Some(before), after })
}
