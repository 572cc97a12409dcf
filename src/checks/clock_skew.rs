//! # The caller's clock is wrong
//!
//! **Means**: the time in the signature differs from AWS's by more than a few minutes. No policy was looked at.
//!
//! **We know** by the error code, or by what the message says of the signature's time.
//!
//! **To do**: set the clock of the machine by a time server: Amazon Time Sync Service is at 169.254.169.123. After
//! sleep, virtual machines and containers are often behind.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html>

use crate::diagnosis::Diagnosis;
use crate::finding::{CredentialFault, Finding};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::credential_fault::find(diagnosis, CredentialFault::Clock)
}
