//! # The bucket policy does not let CloudFront in
//!
//! **Means**: CloudFront asked the bucket for an object, and the bucket policy does not allow it: with origin access
//! control, with an origin access identity, or without a signature, as anybody. Viewers get a 403.
//!
//! **We know** by the caller in the record, and by reading the bucket policy. Which distribution or identity asked, the
//! record does not say; the distributions of the bucket's account that have the bucket as an origin do, where they can be
//! read: whether they sign, and that a distribution which the policy lets in is none of them. A request without a
//! signature is CloudFront's by its user agent alone, which anybody can send.
//!
//! **To do**: for origin access control, allow `s3:GetObject` on the bucket's objects to the service
//! `cloudfront.amazonaws.com` under the condition `StringEquals` `AWS:SourceArn`, the distribution's ARN. Where requests come
//! without a signature, give the origin an origin access control that signs (`always`); a bucket's website endpoint takes
//! none, so use its other endpoint. For an origin access identity, allow the identity's ARN, or better go over to origin
//! access control. Objects under a KMS key take the same statement in the key's policy, with `kms:Decrypt`; with an identity
//! they cannot be served. CloudFront keeps an error for ten seconds.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>

use crate::diagnosis::Diagnosis;
use crate::evaluate::is_from_cloudfront;
use crate::finding::{Cause, ComesAs, Confidence, Finding};
use crate::layer::Layer;
use crate::request::PrincipalKind;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let found = super::policy_layer::no_allow(diagnosis, Layer::ResourcePolicy);
    found.into_iter().filter_map(|finding| of_cloudfront(finding, diagnosis)).collect()
}

/// Whether the finding is about a request of CloudFront's.
pub(super) fn is_of_cloudfront(diagnosis: &Diagnosis<'_>, finding: &Finding) -> bool {
    let assessed = diagnosis.requests.get(finding.request);
    assessed.is_some_and(|assessed| is_from_cloudfront(&assessed.request, diagnosis.denial))
}

fn of_cloudfront(finding: Finding, diagnosis: &Diagnosis<'_>) -> Option<Finding> {
    if !is_of_cloudfront(diagnosis, &finding) || super::access_point_not_delegated::is_behind(diagnosis, &finding) {
        return None;
    }
    let request = &diagnosis.requests.get(finding.request)?.request;
    let bucket = request.s3.as_ref()?.bucket.clone()?;
    let comes_as = match request.principal.kind {
        PrincipalKind::OriginAccessIdentity => ComesAs::Identity,
        PrincipalKind::Anonymous => ComesAs::Anybody,
        PrincipalKind::Service(_)
        | PrincipalKind::Root
        | PrincipalKind::User
        | PrincipalKind::RoleSession { .. }
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Provider(_)
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => ComesAs::Service,
    };
    let Cause::NoAllow { near, .. } = finding.cause else { return None };
    // Anybody may call itself CloudFront; that it is, the distribution tells.
    let sure = comes_as != ComesAs::Anybody || comes_unsigned(diagnosis);
    let confidence = if sure { finding.confidence } else { finding.confidence.max(Confidence::Likely) };
    Some(Finding { cause: Cause::OriginAccess { bucket, comes_as, near }, confidence, ..finding })
}

/// Whether a distribution of the bucket's account asks it without a signature.
fn comes_unsigned(diagnosis: &Diagnosis<'_>) -> bool {
    let Some(world) = &diagnosis.origin else { return false };
    let distributions = world.distributions.known().into_iter().flat_map(|list| list.iter());
    distributions.flat_map(|info| info.origins_of(&world.bucket)).any(|origin| world.is_unsigned(origin))
}
