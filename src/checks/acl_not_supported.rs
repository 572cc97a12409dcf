//! # The bucket takes no ACLs
//!
//! **Means**: the request brings an ACL, and ACLs are off in the bucket (`BucketOwnerEnforced`), as they are in new
//! buckets. S3 takes only `bucket-owner-full-control` there. No permission helps.
//!
//! **We know** by the error code.
//!
//! **To do**: leave the ACL out (`--acl` in the AWS CLI, `acl` in tools such as Terraform, Glue or Hadoop), and grant
//! access by policies. The bucket's owner owns every object anyway.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-error-responses.html>

use crate::diagnosis::Diagnosis;
use crate::finding::{Cause, Confidence, Finding, Place};

/// The error codes.
const CODES: &[&str] = &["AccessControlListNotSupported", "InvalidBucketAclWithObjectOwnership"];

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    if !CODES.contains(&diagnosis.denial.error_code.as_str()) {
        return Vec::new();
    }
    let target = diagnosis.requests.iter().find_map(|assessed| assessed.request.s3.as_ref());
    let Some(bucket) = target.and_then(|target| target.bucket.clone()) else { return Vec::new() };
    let is_acl = |name: &str| name == "x-amz-acl" || name.starts_with("x-amz-grant-");
    let names = diagnosis.denial.parameters.iter().flat_map(serde_json::Map::keys);
    let header = names.filter(|name| is_acl(&name.to_ascii_lowercase())).find_map(|name| {
        let value = diagnosis.denial.parameter(name)?;
        Some((name.clone(), value.to_owned()))
    });
    let partition = diagnosis.requests.first().and_then(|first| first.request.resource.arn.as_ref());
    let place = Place {
        policy: format!("arn:{}:s3:::{bucket}", partition.map_or("aws", |arn| arn.partition())),
        statement: String::new(),
        element: "ObjectOwnership".to_owned(),
        wanted: "no ACL, or bucket-owner-full-control".to_owned(),
        actual: header.as_ref().map_or_else(|| "an ACL".to_owned(), |(name, value)| format!("{name}: {value}")),
    };
    let cause = Cause::AclNotSupported { bucket, header };
    vec![Finding { cause, confidence: Confidence::Certain, request: 0, places: vec![place] }]
}
