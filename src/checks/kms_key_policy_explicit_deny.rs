//! # A statement of a KMS key policy denies the request
//!
//! **Means**: a Deny statement in the policy of the key matches: of the key that is called, or of the one that
//! encrypts the object.
//!
//! **We know** by reading the key's policy in its account; where it cannot be read, by AWS's message alone.
//!
//! **To do**: except the request in the statement.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::KmsKeyPolicy)
}
