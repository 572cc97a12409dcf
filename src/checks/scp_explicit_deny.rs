//! # A statement of a service control policy denies the request
//!
//! **Means**: a Deny statement in a policy on the caller's account or a unit above it matches. It wins over every Allow.
//!
//! **We know** by AWS's message: this policy is not read, so the cause is at most likely.
//!
//! **To do**: a control policy is a guardrail: ask who runs the organization.
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::Scp)
}
