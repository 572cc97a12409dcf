//! A bucket's own settings.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BlockedEncryptionTypes, BucketVersioningStatus, MfaDeleteStatus, PolicyStatus};

use super::tags;
use crate::aws::acl::acl;
use crate::aws::errors::{Failure, Outcome};
use crate::evidence::{Answer, BucketRef, Document, Encryption, ObjectOwnership, PublicAccessBlock, Versioning};

/// Whom we expect to own a bucket. To calls about directory buckets it cannot be said.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html>
fn owner(bucket: &BucketRef) -> Option<String> {
    (!bucket.is_directory()).then(|| bucket.account.to_string())
}

/// The SDK asks the Regional endpoint of directory buckets about one of those, by its name.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
pub(in crate::aws) async fn policy(s3: &Client, bucket: &BucketRef) -> Outcome {
    let call = s3.get_bucket_policy().bucket(&bucket.bucket).set_expected_bucket_owner(owner(bucket));
    match call.send().await {
        Ok(output) => {
            let document = Document::new(output.policy().ok_or_else(Failure::garbled)?);
            if document.is_object() { Ok(Some(Answer::Policy(document))) } else { Err(Failure::garbled()) }
        }
        Err(error) => Failure::from(error).none_if(&["NoSuchBucketPolicy"]),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html>
pub(in crate::aws) async fn policy_status(s3: &Client, bucket: &BucketRef) -> Outcome {
    let call = s3.get_bucket_policy_status().bucket(&bucket.bucket).expected_bucket_owner(bucket.account.to_string());
    let output = match call.send().await {
        Ok(output) => output,
        Err(error) => return Failure::from(error).none_if(&["NoSuchBucketPolicy"]),
    };
    let public = output.policy_status().and_then(PolicyStatus::is_public).ok_or_else(Failure::garbled)?;
    Ok(Some(Answer::Flag(public)))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html>
pub(in crate::aws) async fn ownership(s3: &Client, bucket: &BucketRef) -> Outcome {
    let call =
        s3.get_bucket_ownership_controls().bucket(&bucket.bucket).expected_bucket_owner(bucket.account.to_string());
    let output = match call.send().await {
        Ok(output) => output,
        Err(error) => return Failure::from(error).none_if(&["OwnershipControlsNotFoundError"]),
    };
    let rule =
        output.ownership_controls().and_then(|controls| controls.rules().first()).ok_or_else(Failure::garbled)?;
    let ownership = match rule.object_ownership().as_str() {
        "BucketOwnerEnforced" => ObjectOwnership::BucketOwnerEnforced,
        "BucketOwnerPreferred" => ObjectOwnership::BucketOwnerPreferred,
        "ObjectWriter" => ObjectOwnership::ObjectWriter,
        _ => return Err(Failure::garbled()),
    };
    Ok(Some(Answer::Ownership(ownership)))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html>
pub(in crate::aws) async fn bucket_acl(s3: &Client, bucket: &BucketRef) -> Outcome {
    let call = s3.get_bucket_acl().bucket(&bucket.bucket).expected_bucket_owner(bucket.account.to_string());
    let output = call.send().await?;
    acl(output.owner(), output.grants()).map(Some)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html>
pub(in crate::aws) async fn public_access_block(s3: &Client, bucket: &BucketRef) -> Outcome {
    let call = s3.get_public_access_block().bucket(&bucket.bucket).expected_bucket_owner(bucket.account.to_string());
    let output = match call.send().await {
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

/// Whether requesters pay.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html>
pub(in crate::aws) async fn request_payment(s3: &Client, bucket: &BucketRef) -> Outcome {
    let call = s3.get_bucket_request_payment().bucket(&bucket.bucket).expected_bucket_owner(bucket.account.to_string());
    let output = call.send().await?;
    match output.payer().ok_or_else(Failure::garbled)?.as_str() {
        "Requester" => Ok(Some(Answer::Flag(true))),
        "BucketOwner" => Ok(Some(Answer::Flag(false))),
        _ => Err(Failure::garbled()),
    }
}

/// A rule may block uploads with customers' own keys and set no default: then what S3 does by itself counts.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html>
pub(in crate::aws) async fn encryption(s3: &Client, bucket: &BucketRef) -> Outcome {
    let call = s3.get_bucket_encryption().bucket(&bucket.bucket).set_expected_bucket_owner(owner(bucket));
    let output = match call.send().await {
        Ok(output) => output,
        Err(error) => return Failure::from(error).none_if(&["ServerSideEncryptionConfigurationNotFoundError"]),
    };
    let rules = output.server_side_encryption_configuration().ok_or_else(Failure::garbled)?.rules();
    if rules.is_empty() {
        return Err(Failure::garbled());
    }
    let default = rules.iter().find_map(|rule| rule.apply_server_side_encryption_by_default());
    let blocked = rules.iter().filter_map(|rule| rule.blocked_encryption_types());
    Ok(Some(Answer::Encryption(Encryption {
        algorithm: default.map_or("AES256", |default| default.sse_algorithm().as_str()).to_owned(),
        key: default.and_then(|default| default.kms_master_key_id()).filter(|key| !key.is_empty()).map(str::to_owned),
        bucket_key: rules.iter().any(|rule| rule.bucket_key_enabled() == Some(true)),
        blocks_customer_keys: blocked
            .flat_map(BlockedEncryptionTypes::encryption_type)
            .any(|kind| kind.as_str() == "SSE-C"),
    })))
}

/// A bucket that never kept versions has neither element in its answer.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>
pub(in crate::aws) async fn versioning(s3: &Client, bucket: &BucketRef) -> Outcome {
    let call = s3.get_bucket_versioning().bucket(&bucket.bucket).expected_bucket_owner(bucket.account.to_string());
    let output = call.send().await?;
    let enabled = match output.status().map(BucketVersioningStatus::as_str) {
        Some("Enabled") => true,
        Some("Suspended") | None => false,
        Some(_) => return Err(Failure::garbled()),
    };
    let mfa_delete = match output.mfa_delete().map(MfaDeleteStatus::as_str) {
        Some("Enabled") => true,
        Some("Disabled") | None => false,
        Some(_) => return Err(Failure::garbled()),
    };
    Ok(Some(Answer::Versioning(Versioning { enabled, mfa_delete })))
}

/// Whether the bucket's tags count in policies.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAbac.html>
pub(in crate::aws) async fn abac(s3: &Client, bucket: &BucketRef) -> Outcome {
    let call = s3.get_bucket_abac().bucket(&bucket.bucket).expected_bucket_owner(bucket.account.to_string());
    let output = call.send().await?;
    let status = output.abac_status().and_then(|abac| abac.status()).ok_or_else(Failure::garbled)?;
    match status.as_str() {
        "Enabled" => Ok(Some(Answer::Flag(true))),
        "Disabled" => Ok(Some(Answer::Flag(false))),
        _ => Err(Failure::garbled()),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html>
pub(in crate::aws) async fn bucket_tags(s3: &Client, bucket: &BucketRef) -> Outcome {
    let call = s3.get_bucket_tagging().bucket(&bucket.bucket).expected_bucket_owner(bucket.account.to_string());
    match call.send().await {
        Ok(output) => Ok(Some(tags(output.tag_set()))),
        Err(error) => Failure::from(error).none_if(&["NoSuchTagSet"]),
    }
}
