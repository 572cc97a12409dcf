//! What the checks of credentials share: which fault an error code tells of.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>

use crate::diagnosis::Diagnosis;
use crate::event::{Category, Denial};
use crate::finding::{Cause, Confidence, CredentialFault, Finding, Place};

/// The fault of each error code that tells of one.
const FAULTS: &[(&str, CredentialFault)] = &[
    ("ExpiredToken", CredentialFault::Expired),
    ("ExpiredTokenException", CredentialFault::Expired),
    ("InvalidAccessKeyId", CredentialFault::UnknownKey),
    ("InvalidClientTokenId", CredentialFault::UnknownKey),
    ("InvalidSecurity", CredentialFault::UnknownKey),
    ("InvalidToken", CredentialFault::UnknownKey),
    ("UnrecognizedClientException", CredentialFault::UnknownKey),
    ("IncompleteSignature", CredentialFault::Signature),
    ("SignatureDoesNotMatch", CredentialFault::Signature),
    ("RequestTimeTooSkewed", CredentialFault::Clock),
];

/// Words of the message of `SignatureDoesNotMatch` where the time in the signature is to blame.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>
const OF_THE_CLOCK: &[&str] = &["signature expired", "signature not yet current"];

fn fault_of(denial: &Denial) -> Option<CredentialFault> {
    if denial.category != Category::Credentials {
        return None;
    }
    let message = denial.error_message.as_deref().unwrap_or_default().to_ascii_lowercase();
    if OF_THE_CLOCK.iter().any(|words| message.contains(words)) {
        return Some(CredentialFault::Clock);
    }
    FAULTS.iter().find(|row| row.0 == denial.error_code).map(|row| row.1)
}

/// The finding, if the error code tells of this fault. AWS checks credentials before anything else, so its code alone
/// is enough.
pub(super) fn find(diagnosis: &Diagnosis<'_>, fault: CredentialFault) -> Vec<Finding> {
    if fault_of(diagnosis.denial) != Some(fault) {
        return Vec::new();
    }
    let identity = &diagnosis.denial.identity;
    let place = Place {
        policy: identity.arn.as_ref().map(ToString::to_string).unwrap_or_default(),
        statement: String::new(),
        element: "Credentials".to_owned(),
        wanted: "credentials that AWS accepts".to_owned(),
        actual: diagnosis.denial.error_code.clone(),
    };
    vec![Finding { cause: Cause::Credentials(fault), confidence: Confidence::Certain, request: 0, places: vec![place] }]
}
