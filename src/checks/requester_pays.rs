//! # The bucket lets requesters pay, and the caller did not agree
//!
//! **Means**: callers from other accounts have to say in each request that they pay for it. Anonymous callers cannot.
//!
//! **We know** by the bucket's setting, the caller's account, and the request's parameters, which lack `x-amz-request-
//! payer`.
//!
//! **To do**: send `x-amz-request-payer: requester`: `--request-payer requester` in the AWS CLI, `RequestPayer` in the
//! SDKs, `fs.s3.useRequesterPaysHeader` in Glue and EMR. The caller's account is billed.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Answer, Question};
use crate::finding::{Cause, Finding, Place};
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::by_rule(diagnosis, Layer::RequesterPays, None, |assessed| {
        let bucket = crate::evaluate::bucket_ref(assessed.request.s3.as_ref()?, &diagnosis.denial.region)?;
        let asked = diagnosis.evidence.fact(&Question::BucketRequestPayment(bucket), Answer::as_flag);
        // A setting that could not be read is no finding.
        asked.known().filter(|flag| ***flag).and_then(|_| one(assessed))
    })
}

fn one(assessed: &Assessed<'_>) -> Option<(Cause, Vec<Place>)> {
    let bucket = assessed.request.s3.as_ref()?.bucket.clone()?;
    let partition = assessed.request.resource.arn.as_ref().map_or("aws", |arn| arn.partition());
    let place = Place {
        policy: format!("arn:{partition}:s3:::{bucket}"),
        statement: String::new(),
        element: "Payer".to_owned(),
        wanted: "x-amz-request-payer: requester".to_owned(),
        actual: "(not in the request)".to_owned(),
    };
    Some((Cause::RequesterPays { bucket }, vec![place]))
}
