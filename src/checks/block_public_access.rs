//! # Block Public Access stops the request
//!
//! **Means**: a setting of the bucket or of its account forbids public access. `RestrictPublicBuckets` closes a bucket
//! with a public policy to everyone outside of its account; `IgnorePublicAcls` makes grants to everyone void;
//! `BlockPublicAcls` and `BlockPublicPolicy` refuse new ones.
//!
//! **We know** by the settings in force, and by reading the policy and the ACL as S3 does.
//!
//! **To do**: name the caller in the policy instead of everyone. Opening the bucket is never offered.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{BlockSetting, BlockerKind};
use crate::event::Reason;
use crate::finding::{Cause, Confidence, Finding, Place};
use crate::layer::Layer;
use crate::truth::Truth;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    diagnosis.requests.iter().enumerate().filter_map(|(index, assessed)| one(diagnosis, index, assessed)).collect()
}

fn one(diagnosis: &Diagnosis<'_>, index: usize, assessed: &Assessed<'_>) -> Option<Finding> {
    let bucket = assessed.request.s3.as_ref()?.bucket.clone()?;
    let counts = |setting: BlockSetting| setting != BlockSetting::IgnorePublicAcls || lacks_grant(assessed);
    let blocked: Vec<_> = assessed.world.blocked.iter().filter(|row| counts(row.0)).collect();
    let certain: Vec<_> = blocked.iter().filter(|row| row.1 == Truth::True).map(|row| row.0).collect();
    let stated = [
        (Reason::PublicAclBlocked, BlockSetting::BlockPublicAcls),
        (Reason::PublicPolicyBlocked, BlockSetting::BlockPublicPolicy),
    ];
    let stated = stated.iter().find(|row| diagnosis.denial.message.reason == Some(row.0)).map(|row| row.1);
    let (settings, confidence) = match (certain.is_empty(), stated) {
        (false, _) => (certain, Confidence::Certain),
        (true, Some(setting)) if blocked.iter().any(|row| row.0 == setting) => (vec![setting], Confidence::Likely),
        (true, _) => return None,
    };
    let partition = assessed.request.resource.arn.as_ref().map_or("aws", |arn| arn.partition());
    let arn = format!("arn:{partition}:s3:::{bucket}");
    let place = |setting: &BlockSetting| Place {
        policy: arn.clone(),
        statement: String::new(),
        element: setting.name().to_owned(),
        wanted: "no public access".to_owned(),
        actual: "public access".to_owned(),
    };
    let places = settings.iter().map(place).collect();
    Some(Finding { cause: Cause::PublicAccessBlocked { bucket, settings }, confidence, request: index, places })
}

/// Whether the request lacks any other grant, so that the ACL's void one matters.
fn lacks_grant(assessed: &Assessed<'_>) -> bool {
    let blocks = |layer| {
        assessed.evaluation.blockers.iter().any(|b| b.layer == layer && b.kind == BlockerKind::NoAllow && b.certain)
    };
    blocks(Layer::ResourcePolicy) || blocks(Layer::Acl)
}

/// The authorizations for which a finding says that an ACL's grant is void.
pub(super) fn void_grants(diagnosis: &Diagnosis<'_>) -> Vec<usize> {
    let void = |finding: &Finding| matches!(&finding.cause, Cause::PublicAccessBlocked { settings, .. } if settings.contains(&BlockSetting::IgnorePublicAcls));
    check(diagnosis).iter().filter(|finding| void(finding)).map(|finding| finding.request).collect()
}
