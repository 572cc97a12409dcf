//! A principal in a policy is written as its author meant it.

use super::{Change, Class, Kind, resource_policy};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::Element;
use crate::finding::{Cause, Finding, Hint};
use crate::request::PrincipalKind;

pub(super) const KIND: Kind = Kind {
    name: "repaired-principal",
    class: Class::NeedsApproval,
    about: "replaces one principal of a statement by what was meant: the role in place of one of its sessions, the ARN with its path, or the user or role that was made again in place of the id of the deleted one; all else stays. It is new access, to all that the statement allows. Undo: put the old policy back.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let Cause::NoAllow { layer, near: Some(near), .. } = &finding.cause else { return None };
    let request = &assessed.request;
    if !matches!(request.principal.kind, PrincipalKind::User | PrincipalKind::RoleSession { .. })
        || near.misses.iter().all(|miss| miss.element != Element::Principal)
    {
        return None;
    }
    let caller = request.principal.policy_arn()?.as_str();
    let hint = near.hint.as_ref()?;
    let (written, meant) =
        if let Hint::PathMissing { written, meant } | Hint::OneSession { written, role: meant } = hint {
            (written, meant.as_str())
        } else if let Hint::DeletedPrincipal { id } = hint {
            (id, caller)
        } else {
            return None;
        };
    let (on, before) = resource_policy(diagnosis, *layer, request, Some(&near.policy))?;
    let before = before?;
    let after = before.with_principal(&near.statement, written, meant)?;
    Some(Change::Policy { on, before: Some(before), after })
}
