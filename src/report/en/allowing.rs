//! What does not allow a request, which statement comes closest, and what it lacks.

use super::hint::hint_line;
use super::wish::{Wish, meet};
use super::{caller, code, codes, layer_of, policy};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{Actual, Element, Miss};
use crate::finding::NearMiss;
use crate::layer::Layer;
use crate::policy::Operator;
use crate::request::PrincipalKind;
use crate::truth::Truth;

pub(super) fn lines(
    which: Layer,
    near: Option<&NearMiss>,
    none_at_all: bool,
    assessed: &Assessed<'_>,
    diagnosis: &Diagnosis<'_>,
    lines: &mut Vec<String>,
) {
    let name = layer_of(which, assessed);
    let of_caller = matches!(which, Layer::IdentityPolicy | Layer::KmsIdentityPolicy);
    if none_at_all {
        lines.push(if of_caller {
            format!("{} has no policies at all.", capital(&caller(diagnosis)))
        } else {
            format!("There is no {name}.")
        });
    }
    if let Some(near) = near {
        near_lines(near, name, lines);
    }
    lines.push(fix(which, near, assessed, diagnosis));
}

/// The statement that comes closest, what it lacks, and why.
pub(super) fn near_lines(near: &NearMiss, name: &str, lines: &mut Vec<String>) {
    lines.push(near_line(near, &policy(&near.policy, name)));
    lines.extend(near.hint.as_ref().map(hint_line));
    if !near.held.is_empty() {
        let verb = if near.held.len() == 1 { "holds" } else { "hold" };
        let held: Vec<_> = near.held.iter().map(|condition| code(condition)).collect();
        lines.push(format!("{} {verb}, but all conditions of a statement have to.", held.join(" and ")));
    }
}

fn fix(which: Layer, near: Option<&NearMiss>, assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>) -> String {
    let name = layer_of(which, assessed);
    let action = code(assessed.request.action.name());
    let resource = assessed.request.resource.arn.as_ref().map_or("the resource".to_owned(), |arn| code(arn.as_str()));
    let kind = &assessed.request.principal.kind;
    let whom = match (kind, assessed.request.principal.policy_arn()) {
        (PrincipalKind::Anonymous | PrincipalKind::Unnamed, _) | (_, None) => caller(diagnosis),
        (_, Some(arn)) => code(arn.as_str()),
    };
    // Where only conditions fail, the caller can meet them.
    let ways = near.map(|near| ways(near, kind)).unwrap_or_default();
    let ways = if ways.is_empty() { String::new() } else { format!("{}; or ", ways.join(", and ")) };
    match which {
        Layer::IdentityPolicy | Layer::KmsIdentityPolicy => {
            format!("To fix: {ways}allow {action} on {resource} in a policy of {}.", caller(diagnosis))
        }
        Layer::KmsKeyPolicy | Layer::TrustPolicy => format!("To fix: {ways}in the {name}, allow {action} to {whom}."),
        Layer::ResourcePolicy | Layer::AccessPointPolicy => {
            let across = match (kind, assessed.request.same_account()) {
                (_, Some(true)) | (PrincipalKind::Anonymous | PrincipalKind::Service(_), _) => String::new(),
                _ => format!(" Across accounts, both the caller's policy and the {name} must allow."),
            };
            format!("To fix: {ways}in the {name}, allow {action} on {resource} to {whom}.{across}")
        }
        Layer::PermissionsBoundary | Layer::Scp => format!(
            "To fix: {ways}the {name} limits what other policies can allow, and {action} is not in it. Ask its owner to add it."
        ),
        Layer::Rcp
        | Layer::VpcEndpointPolicy
        | Layer::SessionPolicy
        | Layer::BlockPublicAccess
        | Layer::RequesterPays
        | Layer::AccessPointVpc
        | Layer::ObjectLock
        | Layer::MfaDelete
        | Layer::CustomerKey
        | Layer::ExpectedOwner
        | Layer::Acl => format!("To fix: {ways}add {action} on {resource} to the {name}."),
    }
}

/// What the caller can do, where nothing but conditions keeps the statement from allowing.
fn ways(near: &NearMiss, kind: &PrincipalKind) -> Vec<String> {
    let failed = || near.misses.iter().filter(|miss| miss.matches == Truth::False);
    if near.hint.is_some() && !matches!(near.hint, Some(crate::finding::Hint::KeyAbsent { .. })) {
        return Vec::new();
    }
    let meets = failed().map(|miss| match &miss.element {
        Element::Condition { operator, key } => {
            let negated = Operator::parse(operator).is_some_and(|operator| operator.negated);
            let (values, actual) = (&miss.wanted, &miss.actual);
            Some(meet(&Wish { operator, key, values, wanted: !negated, actual, caller: kind }))
        }
        Element::Action | Element::Resource | Element::Principal | Element::Broken => None,
    });
    meets.collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn near_line(near: &NearMiss, of: &str) -> String {
    let misses: Vec<_> = near.misses.iter().map(miss_text).collect();
    if misses.is_empty() {
        return format!("{} of {of} allows it, but does not stand alone here.", code(&near.statement));
    }
    format!("{} of {of} comes closest: {}.", code(&near.statement), misses.join("; "))
}

fn miss_text(miss: &Miss) -> String {
    let element = match &miss.element {
        Element::Condition { operator, key } => code(&format!("{operator} {key}")),
        Element::Action | Element::Resource | Element::Principal | Element::Broken => format!("its {}", miss.element),
    };
    let actual = match &miss.actual {
        Actual::Values(values) => format!("the request has {}", codes(values)),
        Actual::Absent => "the request does not have the key".to_owned(),
        Actual::Unknown => "the event does not tell".to_owned(),
    };
    format!("{element} wants {}, {actual}", codes(&miss.wanted))
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
