//! What no policy of a KMS key can allow.

use crate::request::Request;

/// Operations that callers of other accounts can be let do with a key; permission for any other has no effect.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html>
const ACROSS_ACCOUNTS: &[&str] = &[
    "creategrant",
    "decrypt",
    "derivesharedsecret",
    "describekey",
    "encrypt",
    "generatedatakey",
    "generatedatakeypair",
    "generatedatakeypairwithoutplaintext",
    "generatedatakeywithoutplaintext",
    "generatemac",
    "getkeyrotationstatus",
    "getpublickey",
    "listgrants",
    "reencryptfrom",
    "reencryptto",
    "retiregrant",
    "revokegrant",
    "sign",
    "verify",
    "verifymac",
];

/// Whether a request is about a key of another account, in a way that only the key's own account can be let do.
#[must_use]
pub fn is_kept_to_the_account(request: &Request) -> bool {
    let operation = request.action.folded().strip_prefix("kms:");
    let kept = operation.is_some_and(|operation| !ACROSS_ACCOUNTS.contains(&operation));
    kept && !request.resource.none && request.same_account() == Some(false)
}
