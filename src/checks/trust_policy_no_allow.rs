//! # No statement of a trust policy lets the caller take the role
//!
//! **Means**: the role's trust policy does not name the caller, or a condition such as the external ID does not hold.
//!
//! **We know** by reading the role in its account.
//!
//! **To do**: name the caller in the trust policy, and pass what its conditions want. Across accounts, the caller's
//! own policies must allow `sts:AssumeRole` as well.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::no_allow(diagnosis, Layer::TrustPolicy)
}
