//! # A statement of a resource policy denies the request
//!
//! **Means**: a Deny statement in a policy on the resource: the bucket policy, for S3, matches. It wins over every Allow.
//!
//! **We know** by evaluating every statement: the finding names those that match, with their conditions.
//!
//! **To do**: meet the statement's condition, or have the resource's owner make an exception.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::ResourcePolicy)
}
