//! # A statement of an identity policy denies the use of the KMS key
//!
//! **Means**: a Deny statement in a policy of the user, its groups, or the role matches the key that is called, or the
//! one that encrypts the object.
//!
//! **We know** by reading the caller's policies.
//!
//! **To do**: except the key in the statement.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::KmsIdentityPolicy)
}
