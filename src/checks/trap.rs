//! Why a Deny statement denies more than its author most likely meant.

use super::near_miss::identity_value_hint;
use crate::evaluate::{Actual, StatementTrace, actual_value};
use crate::finding::Hint;
use crate::policy::{Condition, Operator, SetOperator};
use crate::request::{Key, PrincipalKind, Request};

/// The trap of a statement that denies, or may, if it is one that people fall into.
pub(super) fn trap(trace: &StatementTrace<'_>, request: &Request) -> Option<Hint> {
    let conditions = &trace.statement.conditions;
    conditions.iter().find_map(|condition| of_condition(condition, request)).or_else(|| not_principal(trace, request))
}

fn of_condition(condition: &Condition, request: &Request) -> Option<Hint> {
    let absent = actual_value(condition, request) == Actual::Absent;
    let operator = || condition.operator_text.clone();
    let key = || condition.key_text.clone();
    let Operator { negated, if_exists, set, .. } = condition.operator;
    match condition.key.as_str() {
        "aws:sourceip" if absent && negated && *request.context.get("aws:sourcevpce") != Key::Absent => {
            return Some(Hint::NoAddressThroughEndpoint);
        }
        "aws:multifactorauthpresent" if absent => return Some(Hint::LongTermKey),
        "s3:x-amz-server-side-encryption" | "s3:x-amz-server-side-encryption-aws-kms-key-id" if absent && negated => {
            let header = condition.key.trim_start_matches("s3:").to_owned();
            return Some(Hint::DefaultIsNoHeader { header });
        }
        _ => {}
    }
    if absent && set == Some(SetOperator::ForAllValues) && !if_exists {
        return Some(Hint::HoldsForNothing { operator: operator(), key: key() });
    }
    if absent && negated && if_exists {
        return Some(Hint::IfExistsSparesNobody { operator: operator(), key: key() });
    }
    if negated { identity_value_hint(condition, request) } else { None }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
fn not_principal(trace: &StatementTrace<'_>, request: &Request) -> Option<Hint> {
    let principals = trace.statement.principals.as_ref().filter(|principals| principals.negated)?;
    let is_session = matches!(request.principal.kind, PrincipalKind::RoleSession { .. });
    let own = request.principal.policy_arn().filter(|_| is_session)?;
    let listed =
        principals.entries.iter().any(|entry| matches!(entry, crate::policy::PrincipalEntry::Arn(arn) if arn == own));
    listed.then_some(Hint::SessionNotListed)
}
