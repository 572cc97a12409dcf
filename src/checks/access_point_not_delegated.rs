//! # The bucket does not let the access point's callers in
//!
//! **Means**: the request came through an access point, and the policy of the bucket behind it does not allow it. Both
//! have to: what the access point allows counts only as far as the bucket leaves it to its access points.
//!
//! **We know** by reading the policy of the bucket.
//!
//! **To do**: leave access control to the access points: allow `*` in the bucket policy under the condition
//! `s3:DataAccessPointAccount`; or allow the caller in the bucket policy itself.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>

use crate::diagnosis::Diagnosis;
use crate::evaluate::{Element, Miss};
use crate::finding::{Cause, Finding, NearMiss};
use crate::layer::Layer;
use crate::truth::Truth;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let of_bucket = |finding: &Finding| is_behind(diagnosis, finding);
    let found = super::policy_layer::no_allow(diagnosis, Layer::ResourcePolicy).into_iter().filter(of_bucket);
    found.filter_map(|finding| not_delegated(finding, diagnosis)).collect()
}

/// Whether the finding is about the bucket behind an access point. Buckets of S3's kin have no such delegation.
pub(super) fn is_behind(diagnosis: &Diagnosis<'_>, finding: &Finding) -> bool {
    let request = diagnosis.requests.get(finding.request);
    request.is_some_and(|assessed| assessed.request.s3.is_some() && assessed.request.is_behind_access_point())
}

fn not_delegated(finding: Finding, diagnosis: &Diagnosis<'_>) -> Option<Finding> {
    let bucket = diagnosis.requests.get(finding.request)?.request.s3.as_ref()?.bucket.clone()?;
    let to = if let Cause::NoAllow { near: Some(near), .. } = &finding.cause { delegates(near) } else { None };
    Some(Finding { cause: Cause::AccessPointNotDelegated { bucket, to }, ..finding })
}

/// The statement, if nothing but the account of the access points is wrong.
fn delegates(near: &NearMiss) -> Option<NearMiss> {
    let is_account = |miss: &Miss| matches!(&miss.element, Element::Condition { key, .. } if key.eq_ignore_ascii_case("s3:DataAccessPointAccount"));
    let mut failed = near.misses.iter().filter(|miss| miss.matches == Truth::False);
    let only = failed.next().is_some_and(is_account) && failed.next().is_none();
    only.then(|| near.clone())
}
