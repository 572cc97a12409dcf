//! # A statement of a permissions boundary denies the request
//!
//! **Means**: a Deny statement in a policy on the user or role matches. It wins over every Allow.
//!
//! **We know** by evaluating every statement: the finding names those that match, with their conditions.
//!
//! **To do**: a boundary is a guardrail: ask who set it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::PermissionsBoundary)
}
