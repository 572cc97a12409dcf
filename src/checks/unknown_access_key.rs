//! # AWS does not know the access key
//!
//! **Means**: the access key was deleted or made inactive, is of another partition, or came without its session token.
//! No policy was looked at.
//!
//! **We know** by the error code.
//!
//! **To do**: look which credentials the program found (`aws sts get-caller-identity`, `aws configure list`): an old
//! key in the environment comes before a profile. Keys of `aws`, `aws-cn` and `aws-us-gov` are not known in each
//! other. Temporary keys (`ASIA…`) take their session token.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html>

use crate::diagnosis::Diagnosis;
use crate::finding::{CredentialFault, Finding};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::credential_fault::find(diagnosis, CredentialFault::UnknownKey)
}
