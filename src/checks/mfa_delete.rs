//! # The bucket wants the root user's MFA device
//!
//! **Means**: MFA delete is on: only the root user of the bucket's account, with its MFA device, can delete a version
//! or change the bucket's versioning.
//!
//! **We know** by the bucket's versioning, and the caller. Whether a code was sent, a record does not say.
//!
//! **To do**: delete as the root user, with `--mfa "SERIAL CODE"`; or leave out the version, which makes a delete
//! marker. Only the root user can switch MFA delete off.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMFADelete.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::finding::{Cause, Finding, Place};
use crate::layer::Layer;
use crate::request::PrincipalKind;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::by_rule(diagnosis, Layer::MfaDelete, None, |assessed| {
        let target = assessed.request.s3.as_ref()?;
        let bucket = crate::evaluate::bucket_ref(target, &diagnosis.denial.region)?;
        let question = crate::evidence::Question::BucketVersioning(bucket);
        let versioning = diagnosis.evidence.fact(&question, crate::evidence::Answer::as_versioning);
        // A setting that could not be read is no finding.
        versioning.known().filter(|versioning| versioning.mfa_delete)?;
        one(assessed)
    })
}

fn one(assessed: &Assessed<'_>) -> Option<(Cause, Vec<Place>)> {
    let bucket = assessed.request.s3.as_ref()?.bucket.clone()?;
    let partition = assessed.request.resource.arn.as_ref().map_or("aws", |arn| arn.partition());
    let root = assessed.request.principal.kind == PrincipalKind::Root;
    let place = Place {
        policy: format!("arn:{partition}:s3:::{bucket}"),
        statement: String::new(),
        element: "MFADelete".to_owned(),
        wanted: "the root user, with its MFA device".to_owned(),
        actual: if root { "the root user, perhaps without it" } else { "another caller" }.to_owned(),
    };
    Some((Cause::MfaDelete { bucket }, vec![place]))
}
