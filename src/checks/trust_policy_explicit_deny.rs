//! # A statement of a trust policy denies taking the role
//!
//! **Means**: a Deny statement in the trust policy of the role matches.
//!
//! **We know** by reading the role in its account.
//!
//! **To do**: except the caller in the statement.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::TrustPolicy)
}
