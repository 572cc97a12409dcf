//! # The bucket takes no customer-provided keys
//!
//! **Means**: the upload is to be encrypted with a key that the caller sends along (SSE-C), and the bucket refuses
//! that. New buckets do so by default.
//!
//! **We know** by the bucket's encryption, and the request's headers; where the former cannot be read, by AWS's message
//! alone.
//!
//! **To do**: leave the customer's key out, and encrypt with S3's or with KMS's keys (`--sse`, or nothing at all). Or
//! have the bucket's owner take SSE-C out of `BlockedEncryptionTypes`.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::event::Reason;
use crate::evidence::{Answer, Question};
use crate::finding::{Cause, Confidence, Finding, Place};
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let stated = Some(Reason::CustomerKeyBlocked);
    let says_so = diagnosis.denial.message.reason == stated;
    let mut found = super::policy_layer::by_rule(diagnosis, Layer::CustomerKey, stated, |assessed| {
        let bucket = crate::evaluate::bucket_ref(assessed.request.s3.as_ref()?, &diagnosis.denial.region)?;
        let encryption = diagnosis.evidence.fact(&Question::BucketEncryption(bucket), Answer::as_encryption);
        // A setting that could not be read is no finding without AWS's word.
        let blocks = encryption.known().is_some_and(|encryption| encryption.blocks_customer_keys);
        if blocks || says_so { one(assessed) } else { None }
    });
    if found.is_empty()
        && says_so
        && let Some((cause, places)) = diagnosis.requests.first().and_then(one)
    {
        found.push(Finding { cause, confidence: Confidence::Likely, request: 0, places });
    }
    found
}

fn one(assessed: &Assessed<'_>) -> Option<(Cause, Vec<Place>)> {
    let bucket = assessed.request.s3.as_ref()?.bucket.clone()?;
    let partition = assessed.request.resource.arn.as_ref().map_or("aws", |arn| arn.partition());
    let place = Place {
        policy: format!("arn:{partition}:s3:::{bucket}"),
        statement: String::new(),
        element: "BlockedEncryptionTypes".to_owned(),
        wanted: "an upload without a customer-provided key".to_owned(),
        actual: "SSE-C".to_owned(),
    };
    Some((Cause::CustomerKeyBlocked { bucket }, vec![place]))
}
