//! # A statement of a resource control policy denies the request
//!
//! **Means**: a Deny statement in a policy on the account that owns the resource, or on a unit or the root above it,
//! matches. It holds for every caller, of whatever organization.
//!
//! **We know** by reading the policies of every level; without a role in the management account, by AWS's message
//! alone.
//!
//! **To do**: a control policy is a guardrail: ask who runs the organization of the resource.
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::Rcp)
}
