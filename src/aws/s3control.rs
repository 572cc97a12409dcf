//! The account's Block Public Access settings, which S3 Control keeps.

use aws_sdk_s3control::Client;

use super::errors::{Failure, Outcome};
use crate::arn::AccountId;
use crate::evidence::{Answer, PublicAccessBlock};

/// The account's settings, with those of its organization: S3 answers with what is in force.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html>
pub(super) async fn account_public_access_block(s3control: &Client, account: AccountId) -> Outcome {
    let output = match s3control.get_public_access_block().account_id(account.to_string()).send().await {
        Ok(output) => output,
        Err(error) => return Failure::from(error).none_if(&["NoSuchPublicAccessBlockConfiguration"]),
    };
    let set = output.public_access_block_configuration().ok_or_else(Failure::garbled)?;
    Ok(Some(Answer::PublicAccessBlock(PublicAccessBlock {
        block_public_acls: set.block_public_acls().unwrap_or_default(),
        ignore_public_acls: set.ignore_public_acls().unwrap_or_default(),
        block_public_policy: set.block_public_policy().unwrap_or_default(),
        restrict_public_buckets: set.restrict_public_buckets().unwrap_or_default(),
    })))
}
