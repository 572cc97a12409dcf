//! # No identity policy lets the caller use the KMS key
//!
//! **Means**: the key's policy leaves it to the caller's own policies, or is of another account, and these do not
//! allow the action on the key.
//!
//! **We know** by reading the caller's policies and the key's.
//!
//! **To do**: allow the action on the key's ARN in a policy of the caller. An alias in `Resource` matches no request
//! that names the key.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::no_allow(diagnosis, Layer::KmsIdentityPolicy)
}
