//! # A statement of an access point policy denies the request
//!
//! **Means**: a Deny statement in the policy of the access point that the request came through matches.
//!
//! **We know** by reading the policy in the account of the access point.
//!
//! **To do**: except the request in the statement, or use the bucket or another access point.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::AccessPointPolicy)
}
