//! # No statement of an access point policy allows the request
//!
//! **Means**: the caller is of another account than the access point, whose policy does not let it in.
//!
//! **We know** by reading the policy in the account of the access point.
//!
//! **To do**: allow the action on the access point's ARN, with `/object/*` behind it for objects.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::no_allow(diagnosis, Layer::AccessPointPolicy)
}
