//! # A statement of a VPC endpoint policy denies the request
//!
//! **Means**: a Deny statement in a policy on the VPC endpoint that the request came through matches. It wins over every Allow.
//!
//! **We know** by AWS's message: this policy is not read, so the cause is at most likely.
//!
//! **To do**: have the endpoint's owner make an exception, or use another way.
//!
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::VpcEndpointPolicy)
}
