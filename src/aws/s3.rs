//! Questions to S3: buckets and objects. Never an object's content: neither `GetObject` nor `HeadObject` is called.
//!
//! Every call names the owner that we expect, so that a bucket that was deleted and made again by somebody else is not
//! taken for the one in the event: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{EncodingType, Owner};
use percent_encoding::percent_decode_str;

use super::acl::{acl, owner_id};
use super::errors::{Failure, Outcome};
use crate::evidence::{Answer, BucketRef, Document, ObjectInfo, ObjectOwnership, PublicAccessBlock, Question, Why};

/// Asks a question about a bucket or an object in it.
pub(super) async fn ask(s3: &Client, bucket: &BucketRef, question: &Question) -> Outcome {
    match question {
        Question::BucketLocation(_) => location(s3, bucket).await.map(Some),
        Question::BucketPolicy(_) => policy(s3, bucket).await,
        Question::BucketOwnership(_) => ownership(s3, bucket).await,
        Question::BucketAcl(_) => bucket_acl(s3, bucket).await.map(Some),
        Question::BucketPublicAccessBlock(_) => public_access_block(s3, bucket).await,
        Question::Object { key, .. } => object(s3, bucket, key).await,
        Question::ObjectVersion { key, version, .. } => object_version(s3, bucket, key, version).await,
        Question::ObjectAcl { key, .. } => object_acl(s3, bucket, key, None).await,
        Question::ObjectVersionAcl { key, version, .. } => object_acl(s3, bucket, key, Some(version)).await,
        Question::Identity(_)
        | Question::InlinePolicies(_)
        | Question::InlinePolicy { .. }
        | Question::AttachedPolicies(_)
        | Question::Groups(_)
        | Question::ManagedPolicy { .. }
        | Question::CanonicalId { .. }
        | Question::AccountPublicAccessBlock { .. } => Err(Failure::new(Why::NotAsked)),
    }
}

/// The account's canonical id: it owns every bucket that it lists.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
pub(super) async fn canonical_id(s3: &Client) -> Outcome {
    let output = s3.list_buckets().max_buckets(1).send().await?;
    owner_id(output.owner()).map(|id| Some(Answer::CanonicalId(id))).ok_or_else(Failure::garbled)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
async fn location(s3: &Client, bucket: &BucketRef) -> Result<Answer, Failure> {
    let output =
        s3.get_bucket_location().bucket(&bucket.bucket).expected_bucket_owner(bucket.account.to_string()).send();
    let region = match output.await?.location_constraint().map(|constraint| constraint.as_str().to_owned()) {
        // The two names from before there were Regions.
        None => "us-east-1".to_owned(),
        Some(name) if name.is_empty() => "us-east-1".to_owned(),
        Some(name) if name == "EU" => "eu-west-1".to_owned(),
        Some(name) => name,
    };
    Ok(Answer::Region(region))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
async fn policy(s3: &Client, bucket: &BucketRef) -> Outcome {
    let call = s3.get_bucket_policy().bucket(&bucket.bucket).expected_bucket_owner(bucket.account.to_string());
    match call.send().await {
        Ok(output) => {
            let document = Document::new(output.policy().ok_or_else(Failure::garbled)?);
            if document.is_object() { Ok(Some(Answer::Policy(document))) } else { Err(Failure::garbled()) }
        }
        Err(error) => Failure::from(error).none_if(&["NoSuchBucketPolicy"]),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html>
async fn ownership(s3: &Client, bucket: &BucketRef) -> Outcome {
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
async fn bucket_acl(s3: &Client, bucket: &BucketRef) -> Result<Answer, Failure> {
    let call = s3.get_bucket_acl().bucket(&bucket.bucket).expected_bucket_owner(bucket.account.to_string());
    let output = call.send().await?;
    acl(output.owner(), output.grants())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html>
async fn public_access_block(s3: &Client, bucket: &BucketRef) -> Outcome {
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

/// Looks for a key in the listing. Keys are listed in the order of their bytes, so that of all keys that begin with
/// this one, the key itself comes first.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
async fn object(s3: &Client, bucket: &BucketRef, key: &str) -> Outcome {
    let output = s3
        .list_objects_v2()
        .bucket(&bucket.bucket)
        .expected_bucket_owner(bucket.account.to_string())
        .prefix(key)
        .max_keys(1)
        .fetch_owner(true)
        .encoding_type(EncodingType::Url)
        .send()
        .await?;
    let Some(first) = output.contents().first() else { return Ok(None) };
    let listed = first.key().ok_or_else(Failure::garbled)?;
    Ok(is_key(listed, output.encoding_type(), key).then(|| found(first.owner(), false)))
}

/// Looks for a version of a key in the listing, page by page, until the listing is past the key.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>
async fn object_version(s3: &Client, bucket: &BucketRef, key: &str, version: &str) -> Outcome {
    let (mut key_marker, mut version_marker) = (None, None);
    loop {
        let output = s3
            .list_object_versions()
            .bucket(&bucket.bucket)
            .expected_bucket_owner(bucket.account.to_string())
            .prefix(key)
            .encoding_type(EncodingType::Url)
            .set_key_marker(key_marker)
            .set_version_id_marker(version_marker)
            .send()
            .await?;
        let encoding = output.encoding_type();
        let versions = output.versions().iter().map(|entry| (entry.key(), entry.version_id(), entry.owner(), false));
        let markers =
            output.delete_markers().iter().map(|entry| (entry.key(), entry.version_id(), entry.owner(), true));
        let mut past_the_key = false;
        for (listed, id, owner, delete_marker) in versions.chain(markers) {
            if !is_key(listed.ok_or_else(Failure::garbled)?, encoding, key) {
                past_the_key = true;
            } else if id == Some(version) {
                return Ok(Some(found(owner, delete_marker)));
            }
        }
        if past_the_key || output.is_truncated() != Some(true) {
            return Ok(None);
        }
        let next = (output.next_key_marker(), output.next_version_id_marker());
        let (Some(next_key), Some(next_version)) = next else { return Err(Failure::garbled()) };
        if !is_key(next_key, encoding, key) {
            return Ok(None);
        }
        key_marker = Some(key.to_owned());
        version_marker = Some(next_version.to_owned());
    }
}

fn found(owner: Option<&Owner>, delete_marker: bool) -> Answer {
    Answer::Object(ObjectInfo { owner: owner_id(owner), delete_marker })
}

/// Whether the key in a listing is this key. Listings are asked for in URL encoding: a key may hold characters that XML
/// cannot. S3 writes a space as `+`; stand-ins write `%20` and leave `+` as it is. Both readings may be tried: each
/// key listed begins with this key, and a longer one never equals it in either.
fn is_key(listed: &str, encoding: Option<&EncodingType>, key: &str) -> bool {
    let equal = |text: &str| percent_decode_str(text).decode_utf8().is_ok_and(|decoded| decoded == key);
    match encoding.map(EncodingType::as_str) {
        Some("url") => equal(listed) || equal(&listed.replace('+', " ")),
        Some(_) | None => listed == key,
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html>
async fn object_acl(s3: &Client, bucket: &BucketRef, key: &str, version: Option<&str>) -> Outcome {
    let call = s3
        .get_object_acl()
        .bucket(&bucket.bucket)
        .expected_bucket_owner(bucket.account.to_string())
        .key(key)
        .set_version_id(version.map(str::to_owned));
    match call.send().await {
        Ok(output) => acl(output.owner(), output.grants()).map(Some),
        Err(error) => Failure::from(error).none_if(&["NoSuchKey", "NoSuchVersion"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_key_is_compared_decoded() {
        let url = Some(&EncodingType::Url);
        assert!(is_key("a+b/c%2Bd%01", url, "a b/c+d\u{1}"));
        assert!(is_key("a%20b+c", url, "a b+c"), "a stand-in's way");
        assert!(!is_key("a+b2", url, "a b"));
        assert!(is_key("a%20b", None, "a%20b"));
    }
}
