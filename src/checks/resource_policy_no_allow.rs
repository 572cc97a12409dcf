//! # No statement of a resource policy allows the request
//!
//! **Means**: the caller is in another account, so the resource's policy must allow as well, and it does not.
//!
//! **We know** by evaluating every statement: the finding names the one that comes closest, and what it lacks.
//!
//! **To do**: have the resource's owner allow the caller by its role or user.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let mut findings = super::policy_layer::no_allow(diagnosis, Layer::ResourcePolicy);
    // What a bucket does not leave to its access points is a cause of its own.
    findings.retain(|finding| !super::access_point_not_delegated::is_behind(diagnosis, finding));
    // So is a grant to everyone that Block Public Access makes void.
    let void = super::block_public_access::void_grants(diagnosis);
    findings.retain(|finding| !void.contains(&finding.request));
    // So is what a bucket does not leave to CloudFront.
    findings.retain(|finding| !super::cloudfront_origin_access::is_of_cloudfront(diagnosis, finding));
    findings
}
