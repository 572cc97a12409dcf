//! # A statement of a service control policy denies the request
//!
//! **Means**: a Deny statement in a policy on the caller's account, or on a unit or the root above it, matches. It
//! wins over every Allow.
//!
//! **We know** by reading the policies of every level; without a role in the management account, by AWS's message, or
//! by IAM's policy simulator, whose word makes it likely and no more.
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
