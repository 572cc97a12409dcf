//! # A statement of a VPC endpoint policy denies the request
//!
//! **Means**: a Deny statement in the policy of the endpoint that the request came through matches.
//!
//! **We know** by reading the endpoint's policy in its owner's account; where it cannot be read, by AWS's message
//! alone.
//!
//! **To do**: except the request in the statement, or send it another way. The policy holds for all traffic through
//! the endpoint.
//!
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::VpcEndpointPolicy)
}
