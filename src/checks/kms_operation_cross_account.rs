//! # No other account can be let do this with a KMS key
//!
//! **Means**: some operations, such as changing a key's policy or deleting the key, are the key's own account's alone. A
//! permission for them in the key's policy has no effect for callers of other accounts.
//!
//! **We know** by the operation, the key's account, and the caller's.
//!
//! **To do**: call it as a user or role of the key's account, for instance by a role there that the caller may take.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::finding::{Cause, Finding, Place};
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::by_rule(diagnosis, Layer::KeyOperation, None, one)
}

fn one(assessed: &Assessed<'_>) -> Option<(Cause, Vec<Place>)> {
    let request = &assessed.request;
    let (caller, owner) = (request.principal.account, request.resource.account?);
    let place = Place {
        policy: request.resource.arn.as_ref().map(ToString::to_string).unwrap_or_default(),
        statement: String::new(),
        element: "Account".to_owned(),
        wanted: format!("a caller of account {owner}"),
        actual: caller.map_or_else(|| "a caller of no account".to_owned(), |own| format!("a caller of account {own}")),
    };
    Some((Cause::KeyOperationKept { account: owner }, vec![place]))
}
