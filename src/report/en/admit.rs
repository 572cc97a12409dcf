//! How a policy of a resource would let in the denied caller and nobody else.

use super::wish::{Wish, claim};
use super::{caller, code};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{Actual, Element};
use crate::finding::NearMiss;
use crate::policy::{Comparison, Operator};
use crate::request::{Key, PrincipalKind};
use crate::truth::Truth;

/// Keys that name one caller, or one resource that a service acts for.
const OF_ONE: &[&str] = &["aws:principalarn", "aws:userid", "aws:sourcearn"];
/// Claims of an identity provider that name one user.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>
const OF_ONE_USER: &[&str] = &["sub", "id", "user_id"];

/// The value to add to a condition of a statement that does not hold for the caller: only where the value stands for
/// nobody else. `held` are the statement's conditions that do hold.
pub(super) fn value(wish: &Wish<'_>, held: &[String]) -> Option<String> {
    let operator = Operator::parse(wish.operator)?;
    let text = matches!(
        operator.comparison,
        Comparison::String | Comparison::StringLike | Comparison::StringIgnoreCase | Comparison::Arn
    );
    let Actual::Values(values) = wish.actual else { return None };
    let [value] = values.as_slice() else { return None };
    // A wildcard in a caller's own name would let in others.
    let plain = !value.contains(['*', '?', '$']);
    let key = wish.key.to_lowercase();
    let of_user = |key: &str| claim(key).is_some_and(|claim| OF_ONE_USER.contains(&claim));
    // An audience is that of many tokens: only beside a condition that names the user.
    let limited =
        || claim(&key) == Some("aud") && held.iter().any(|held| of_user(held.rsplit(' ').next().unwrap_or("")));
    let of_one = OF_ONE.contains(&key.as_str()) || of_user(&key) || limited();
    (wish.wanted && text && plain && of_one).then(|| format!("add {} to the values of {}", code(value), code(wish.key)))
}

/// The principal of a statement of its own, with the condition that leaves out everybody else.
pub(super) fn principal(assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>) -> String {
    let principal = &assessed.request.principal;
    match (&principal.kind, principal.policy_arn()) {
        (PrincipalKind::Provider(name), _) => {
            let host = name.rsplit("oidc-provider/").next().unwrap_or(name);
            let who = caller(diagnosis);
            if name.contains(":saml-provider/") {
                return format!("{who}, under conditions that name this user, such as `StringEquals` `saml:sub`");
            }
            let key = format!("{host}:sub");
            match assessed.request.context.get(&key) {
                Key::Present(values) => {
                    format!("{who}, under the condition `StringEquals` {} {}", code(&key), super::codes(values))
                }
                Key::Absent | Key::NotOf(_) | Key::Unknown => {
                    format!("{who}, under a condition on {} that names this user", code(&key))
                }
            }
        }
        // A service acts for whoever set it up: its name alone lets in too many.
        (PrincipalKind::Service(_), _) => match assessed.request.context.get("aws:sourcearn") {
            Key::Present(values) => format!(
                "{}, under the condition `ArnEquals` `aws:SourceArn` {}",
                caller(diagnosis),
                super::codes(values)
            ),
            Key::Absent | Key::NotOf(_) | Key::Unknown => {
                format!(
                    "{}, under a condition on `aws:SourceArn` that names the one resource it acts for",
                    caller(diagnosis)
                )
            }
        },
        // The root user's ARN in a policy is the whole account.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
        (PrincipalKind::Root, Some(arn)) => {
            let arn = code(arn.as_str());
            format!("{arn}, under the condition `ArnEquals` `aws:PrincipalArn` {arn}")
        }
        (
            PrincipalKind::Anonymous
            | PrincipalKind::Unnamed
            | PrincipalKind::OriginAccessIdentity
            | PrincipalKind::Other
            | PrincipalKind::Root,
            _,
        )
        | (_, None) => caller(diagnosis),
        (PrincipalKind::User | PrincipalKind::RoleSession { .. } | PrincipalKind::FederatedUser { .. }, Some(arn)) => {
            code(arn.as_str())
        }
    }
}

/// Whether conditions alone keep a statement from allowing: it names the caller, the action and the resource.
pub(super) fn fails_by_conditions(near: &NearMiss) -> bool {
    near.misses.iter().any(|miss| miss.matches == Truth::False)
        && near.misses.iter().all(|miss| matches!(miss.element, Element::Condition { .. }))
}
