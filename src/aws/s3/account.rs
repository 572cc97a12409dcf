//! What an account's list of buckets tells.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>

use aws_sdk_s3::Client;

use crate::aws::acl::owner_id;
use crate::aws::errors::{Failure, Outcome};
use crate::evidence::Answer;

/// The most that S3 lists at a time.
const PAGE: i32 = 10_000;

/// The account's canonical id: it owns every bucket that it lists.
pub(in crate::aws) async fn canonical_id(s3: &Client) -> Outcome {
    let output = s3.list_buckets().max_buckets(1).send().await?;
    owner_id(output.owner()).map(|id| Some(Answer::CanonicalId(id))).ok_or_else(Failure::garbled)
}

/// The bucket's Region, if the account lists the bucket among its own.
pub(in crate::aws) async fn owned_bucket(s3: &Client, name: &str) -> Outcome {
    let mut pages = s3.list_buckets().prefix(name).max_buckets(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page?;
        // Other buckets may begin with this name.
        if let Some(bucket) = page.buckets().iter().find(|bucket| bucket.name() == Some(name)) {
            let region = bucket.bucket_region().filter(|region| !region.is_empty()).ok_or_else(Failure::garbled)?;
            return Ok(Some(Answer::Region(region.to_owned())));
        }
    }
    Ok(None)
}
