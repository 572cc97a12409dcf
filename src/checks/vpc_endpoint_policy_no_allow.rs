//! # No statement of a VPC endpoint policy allows the request
//!
//! **Means**: the endpoint that the request came through lets only what its policy allows pass.
//!
//! **We know** by reading the endpoint's policy in its owner's account; where it cannot be read, by AWS's message
//! alone.
//!
//! **To do**: allow the action on the resource in the policy. Uploads with an ACL take `s3:PutObjectAcl` as well, and
//! requests through an access point both its ARN and the bucket's.
//!
//! <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::no_allow(diagnosis, Layer::VpcEndpointPolicy)
}
