//! Questions to S3: buckets and objects. Never an object's content: `GetObject` is not called.
//!
//! Every call names the owner that we expect, so that a bucket that was deleted and made again by somebody else is not
//! taken for the one in the event: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>.

mod account;
mod bucket;
mod listing;
mod object;

use std::collections::BTreeMap;

use aws_sdk_s3::types::Tag;

pub(super) use self::account::{canonical_id, owned_bucket};
pub(super) use self::bucket::{
    abac, bucket_acl, bucket_tags, encryption, ownership, policy, policy_status, public_access_block, request_payment,
    versioning,
};
pub(super) use self::listing::{object, object_version};
pub(super) use self::object::{metadata, object_acl, object_lock, object_tags};
use crate::evidence::Answer;

fn tags(tags: &[Tag]) -> Answer {
    let tags: BTreeMap<_, _> = tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
    Answer::Tags(tags)
}

/// A storage class other than the one that S3 most often leaves out.
fn unusual(class: Option<&str>) -> Option<String> {
    class.filter(|class| !class.is_empty() && *class != "STANDARD").map(str::to_owned)
}
