//! # A statement of an identity policy denies the request
//!
//! **Means**: a Deny statement in a policy on the user, its groups, or the role matches. It wins over every Allow.
//!
//! **We know** by evaluating every statement: the finding names those that match, with their conditions.
//!
//! **To do**: take the request out of the statement, or meet its condition.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::IdentityPolicy)
}
