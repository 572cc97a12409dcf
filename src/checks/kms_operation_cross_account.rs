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
use crate::evaluate::is_kept_to_the_account;
use crate::finding::{Cause, Confidence, Finding, Place};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let of = |(index, assessed): (usize, &Assessed<'_>)| one(index, assessed);
    diagnosis.requests.iter().enumerate().filter_map(of).collect()
}

fn one(index: usize, assessed: &Assessed<'_>) -> Option<Finding> {
    let request = &assessed.request;
    if !is_kept_to_the_account(request) {
        return None;
    }
    let (caller, owner) = (request.principal.account, request.resource.account?);
    let place = Place {
        policy: request.resource.arn.as_ref().map(ToString::to_string).unwrap_or_default(),
        statement: String::new(),
        element: "Account".to_owned(),
        wanted: format!("a caller of account {owner}"),
        actual: caller.map_or_else(|| "a caller of no account".to_owned(), |own| format!("a caller of account {own}")),
    };
    let cause = Cause::KeyOperationKept { account: owner };
    Some(Finding { cause, confidence: Confidence::Certain, request: index, places: vec![place] })
}
