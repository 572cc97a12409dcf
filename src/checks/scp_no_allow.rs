//! # No statement of a service control policy allows the request
//!
//! **Means**: at one level, from the root to the account, no policy allows the request. Each level has to.
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
    super::policy_layer::no_allow(diagnosis, Layer::Scp)
}
