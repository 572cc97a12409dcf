//! What grants of a KMS key allow.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>

use super::super::principal::{Named, named};
use crate::evidence::{GrantConstraints, KmsGrant};
use crate::policy::{Effect, PrincipalEntry, Principals};
use crate::request::{Key, Request};
use crate::truth::Truth;

/// Operations with an encryption context: constraints on it count for no other.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html>
const WITH_CONTEXT: &[&str] = &[
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
];

const CONTEXT: &str = "kms:encryptioncontext:";

/// How the grants together name the caller, for this operation and encryption context.
pub fn granted(grants: &[KmsGrant], request: &Request) -> Named {
    grants.iter().map(|grant| one(grant, request)).fold(Named::NO, Named::or)
}

fn one(grant: &KmsGrant, request: &Request) -> Named {
    let operation = request.action.name().split_once(':').map_or("", |(_, name)| name);
    let listed = grant.operations.iter().any(|o| o.eq_ignore_ascii_case(operation));
    // Who may retire a grant is said by the grant itself; the grantee too, if it is one of the operations.
    let retires = operation.eq_ignore_ascii_case("RetireGrant");
    let retiring = grant.retiring_principal.as_deref().filter(|_| retires).map_or(Named::NO, |p| names(p, request));
    let grantee = if listed { names(&grant.grantee_principal, request) } else { Named::NO };
    let counts = WITH_CONTEXT.iter().any(|name| operation.eq_ignore_ascii_case(name));
    let constraints = grant.constraints.as_ref().filter(|_| counts);
    let constrained = constraints.map_or(Truth::True, |constraints| holds(constraints, request));
    // The source counts for whatever the grant lists, but for its own retirement.
    let source =
        grant.constraints.as_ref().filter(|_| !retires).and_then(|constraints| constraints.source_arn.as_ref());
    let from = source.map_or(Truth::True, |arn| match request.context.get("aws:sourcearn") {
        Key::Present(values) => values.contains(arn).into(),
        Key::Absent => Truth::False,
        Key::NotOf(_) | Key::Unknown => Truth::Unknown,
    });
    grantee.and(constrained.and(from)).or(retiring)
}

fn names(principal: &str, request: &Request) -> Named {
    let entry = match principal.parse() {
        Ok(arn) => PrincipalEntry::Arn(arn),
        Err(_) => PrincipalEntry::Service(principal.to_owned()),
    };
    named(&Principals { negated: false, entries: vec![entry] }, Effect::Allow, &request.principal)
}

/// Whether the request's encryption context fits. Letter case counts.
fn holds(constraints: &GrantConstraints, request: &Request) -> Truth {
    let has = |name: &str, value: &str| match request.context.get(&format!("{CONTEXT}{}", name.to_lowercase())) {
        Key::Present(values) => values.iter().any(|v| v == value).into(),
        Key::Absent => Truth::False,
        Key::NotOf(_) | Key::Unknown => Truth::Unknown,
    };
    let all = |wanted: &std::collections::BTreeMap<String, String>| Truth::all(wanted.iter().map(|(n, v)| has(n, v)));
    let subset = constraints.encryption_context_subset.as_ref().map_or(Truth::True, all);
    let equals = constraints.encryption_context_equals.as_ref().map_or(Truth::True, |wanted| {
        let known = |name: &str| wanted.keys().any(|w| w.to_lowercase() == name);
        let others = request.context.iter().filter_map(|(name, key)| Some((name.strip_prefix(CONTEXT)?, key)));
        let other = Truth::any(others.filter(|(name, _)| !known(name)).map(|(_, key)| match key {
            Key::Present(_) => Truth::True,
            Key::Absent => Truth::False,
            Key::NotOf(_) | Key::Unknown => Truth::Unknown,
        }));
        all(wanted).and(!other)
    });
    subset.and(equals)
}
