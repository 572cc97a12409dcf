//! # The bucket is another account's than the request says
//!
//! **Means**: the request says which account must own the bucket (`x-amz-expected-bucket-owner`), and it is another's.
//! S3 then refuses it, whatever the policies say.
//!
//! **We know** by the request's header, and the owner of the bucket.
//!
//! **To do**: check the bucket's name: somebody else may own one that was meant to be yours. If the bucket is the right
//! one, correct the account.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::finding::{Cause, Finding, Place};
use crate::layer::Layer;
use crate::request::Key;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::by_rule(diagnosis, Layer::ExpectedOwner, None, one)
}

fn one(assessed: &Assessed<'_>) -> Option<(Cause, Vec<Place>)> {
    let target = assessed.request.s3.as_ref()?;
    let bucket = target.bucket.clone()?;
    let Key::Present(values) = &target.expected_owner else { return None };
    let expected = values.first()?.clone();
    let partition = assessed.request.resource.arn.as_ref().map_or("aws", |arn| arn.partition());
    let place = Place {
        policy: format!("arn:{partition}:s3:::{bucket}"),
        statement: String::new(),
        element: "ExpectedBucketOwner".to_owned(),
        wanted: target.account.map_or_else(|| "the bucket's owner".to_owned(), |account| account.to_string()),
        actual: expected.clone(),
    };
    Some((Cause::BucketOwnerMismatch { bucket, expected, owner: target.account }, vec![place]))
}
