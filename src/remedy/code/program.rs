//! How programs say that the requester pays.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html>

use crate::remedy::{Change, Way};

/// With boto3.
pub(super) fn boto3(change: &Change) -> Option<String> {
    pays(change)
        .then(|| "s3.get_object(..., RequestPayer=\"requester\")  # and the rest of the call as it was".to_owned())
}

/// In a job of Glue or EMR: a setting of its connection to S3, which holds for the whole job.
///
/// <https://repost.aws/knowledge-center/glue-s3-403-access-denied>
pub(super) fn spark(change: &Change) -> Option<String> {
    let line = "spark._jsc.hadoopConfiguration().set(\"fs.s3.useRequesterPaysHeader\", \"true\")";
    pays(change).then(|| line.to_owned())
}

fn pays(change: &Change) -> bool {
    matches!(change, Change::Request { how: Way::RequesterPays })
}
