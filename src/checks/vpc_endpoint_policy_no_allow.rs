//! # No statement of a VPC endpoint policy allows the request
//!
//! **Means**: the endpoint lets only some requests pass, and this is not one of them.
//!
//! **We know** by AWS's message: this policy is not read, so the cause is at most likely.
//!
//! **To do**: have the endpoint's owner add the action and the resource.
//!
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::no_allow(diagnosis, Layer::VpcEndpointPolicy)
}
