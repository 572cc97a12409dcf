//! # The signature does not fit the request
//!
//! **Means**: what AWS received is not what was signed: another secret key, another Region or service in the
//! signature, or a proxy that changed a header or the path. No policy was looked at.
//!
//! **We know** by the error code.
//!
//! **To do**: check the secret key for a missing or added character; sign for the Region and service of the endpoint;
//! let nothing between the caller and AWS change signed headers.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>

use crate::diagnosis::Diagnosis;
use crate::finding::{CredentialFault, Finding};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::credential_fault::find(diagnosis, CredentialFault::Signature)
}
