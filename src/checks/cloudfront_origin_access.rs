//! # The bucket policy does not let CloudFront in
//!
//! **Means**: CloudFront asked the bucket for an object, with origin access control or with an origin access identity,
//! and the bucket policy does not allow it. Viewers get a 403.
//!
//! **We know** by the caller in the record, and by reading the bucket policy. Which distribution or identity asked, the
//! record does not say: a statement for one distribution may be that of another.
//!
//! **To do**: for origin access control, allow `s3:GetObject` on the bucket's objects to the service
//! `cloudfront.amazonaws.com` under the condition `StringEquals` `AWS:SourceArn`, the distribution's ARN. For an origin
//! access identity, allow it to the identity's ARN, or better go over to origin access control. Objects under a KMS key
//! take the same statement in the key's policy, with `kms:Decrypt`; with an identity they cannot be served. CloudFront
//! keeps an error for ten seconds.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>

use crate::diagnosis::Diagnosis;
use crate::finding::{Cause, Finding};
use crate::layer::Layer;
use crate::request::PrincipalKind;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let found = super::policy_layer::no_allow(diagnosis, Layer::ResourcePolicy);
    found.into_iter().filter_map(|finding| of_cloudfront(finding, diagnosis)).collect()
}

/// Whether the finding is about a request of CloudFront's.
pub(super) fn is_of_cloudfront(diagnosis: &Diagnosis<'_>, finding: &Finding) -> bool {
    diagnosis.requests.get(finding.request).is_some_and(|assessed| {
        let caller = &assessed.request.principal.kind;
        let service = matches!(caller, PrincipalKind::Service(name) if name.starts_with("cloudfront.amazonaws.com"));
        assessed.request.s3.is_some() && (service || *caller == PrincipalKind::OriginAccessIdentity)
    })
}

fn of_cloudfront(finding: Finding, diagnosis: &Diagnosis<'_>) -> Option<Finding> {
    if !is_of_cloudfront(diagnosis, &finding) || super::access_point_not_delegated::is_behind(diagnosis, &finding) {
        return None;
    }
    let request = &diagnosis.requests.get(finding.request)?.request;
    let bucket = request.s3.as_ref()?.bucket.clone()?;
    let identity = request.principal.kind == PrincipalKind::OriginAccessIdentity;
    let Cause::NoAllow { near, .. } = finding.cause else { return None };
    Some(Finding { cause: Cause::OriginAccess { bucket, identity, near }, ..finding })
}
