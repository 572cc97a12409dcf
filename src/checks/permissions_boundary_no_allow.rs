//! # No statement of a permissions boundary allows the request
//!
//! **Means**: the boundary says what the caller's policies can allow at most, and this is not in it.
//!
//! **We know** by evaluating every statement: the finding names the one that comes closest, and what it lacks.
//!
//! **To do**: a boundary is a guardrail: ask who set it to add the action.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::no_allow(diagnosis, Layer::PermissionsBoundary)
}
