//! What is kept with an object: its ACL, tags, locks and metadata.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{ObjectLockRetention, StorageClass};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures_util::future::join;
use jiff::Timestamp;

use super::{tags, unusual};
use crate::aws::acl::acl;
use crate::aws::errors::{Failure, Outcome};
use crate::evidence::{Answer, BucketRef, ObjectLock, ObjectMetadata, ObjectRef, Why};

/// The codes that say: there is no such object, or no such version of it.
const NO_OBJECT: &[&str] = &["NoSuchKey", "NoSuchVersion"];

/// The codes that say: nothing locks this object, or nothing can, for want of Object Lock in its bucket.
const NO_LOCK: &[&str] =
    &["NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError", "NoSuchKey", "NoSuchVersion"];

/// Classes whose objects cannot be read until they are restored.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html>
const ARCHIVES: &[&str] = &["GLACIER", "DEEP_ARCHIVE"];

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html>
pub(in crate::aws) async fn object_acl(s3: &Client, bucket: &BucketRef, key: &str, version: Option<&str>) -> Outcome {
    let call = s3
        .get_object_acl()
        .bucket(&bucket.bucket)
        .expected_bucket_owner(bucket.account.to_string())
        .key(key)
        .set_version_id(version.map(str::to_owned));
    match call.send().await {
        Ok(output) => acl(output.owner(), output.grants()).map(Some),
        Err(error) => Failure::from(error).none_if(NO_OBJECT),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html>
pub(in crate::aws) async fn object_tags(s3: &Client, object: &ObjectRef) -> Outcome {
    let call = s3
        .get_object_tagging()
        .bucket(&object.bucket.bucket)
        .expected_bucket_owner(object.bucket.account.to_string())
        .key(&object.key)
        .set_version_id(object.version.clone());
    match call.send().await {
        Ok(output) => Ok(Some(tags(output.tag_set()))),
        Err(error) => Failure::from(error).none_if(NO_OBJECT),
    }
}

/// Both locks at once. None of the two is known while the other is not.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html>
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html>
pub(in crate::aws) async fn object_lock(s3: &Client, object: &ObjectRef) -> Outcome {
    let owner = object.bucket.account.to_string();
    let retention = s3
        .get_object_retention()
        .bucket(&object.bucket.bucket)
        .expected_bucket_owner(&owner)
        .key(&object.key)
        .set_version_id(object.version.clone());
    let hold = s3
        .get_object_legal_hold()
        .bucket(&object.bucket.bucket)
        .expected_bucket_owner(&owner)
        .key(&object.key)
        .set_version_id(object.version.clone());
    let (retention, hold) = join(retention.send(), hold.send()).await;
    let mut lock = match retention {
        Ok(output) => retained(output.retention().ok_or_else(Failure::garbled)?)?,
        Err(error) => no_lock(error)?,
    };
    match hold {
        Ok(output) => {
            let status = output.legal_hold().and_then(|hold| hold.status()).ok_or_else(Failure::garbled)?;
            lock.legal_hold = match status.as_str() {
                "ON" => true,
                "OFF" => false,
                _ => return Err(Failure::garbled()),
            };
        }
        Err(error) => {
            no_lock(error)?;
        }
    }
    Ok((lock != ObjectLock::default()).then_some(Answer::ObjectLock(lock)))
}

fn retained(retention: &ObjectLockRetention) -> Result<ObjectLock, Failure> {
    // A hold that ends with an event and not with a date: neither of ours, and not nothing either.
    if retention.event_hold().is_some_and(|hold| hold.as_str() != "OFF") {
        return Err(Failure::new(Why::Failed("EventHold".to_owned())));
    }
    let until = retention.retain_until_date().map(|date| {
        let nanoseconds = date.subsec_nanos().try_into().map_err(|_| Failure::garbled())?;
        Timestamp::new(date.secs(), nanoseconds).map_err(|_| Failure::garbled())
    });
    let mode = retention.mode().map(|mode| mode.as_str().to_owned());
    match (mode, until.transpose()?) {
        (Some(mode), Some(until)) => Ok(ObjectLock { mode: Some(mode), until: Some(until), legal_hold: false }),
        (None, None) => Ok(ObjectLock::default()),
        (Some(_), None) | (None, Some(_)) => Err(Failure::garbled()),
    }
}

/// No lock, where the error says so. A bucket without Object Lock says it in the text of a code that means much else.
fn no_lock<E: ProvideErrorMetadata>(error: SdkError<E, HttpResponse>) -> Result<ObjectLock, Failure> {
    let unlockable = error.as_service_error().is_some_and(|service| {
        let text = service.message().unwrap_or_default().replace(' ', "");
        service.code() == Some("InvalidRequest") && text.contains("missingObjectLockConfiguration")
    });
    if unlockable {
        return Ok(ObjectLock::default());
    }
    Failure::from(error).none_if(NO_LOCK).map(|_| ObjectLock::default())
}

/// The answer has no body, so that S3 cannot say why it refuses; `NotFound` is what the SDK makes of its 404.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
pub(in crate::aws) async fn metadata(s3: &Client, object: &ObjectRef) -> Outcome {
    let call = s3
        .head_object()
        .bucket(&object.bucket.bucket)
        .expected_bucket_owner(object.bucket.account.to_string())
        .key(&object.key)
        .set_version_id(object.version.clone());
    let output = match call.send().await {
        Ok(output) => output,
        Err(error) => return Failure::from(error).none_if(&["NotFound", "NoSuchKey", "NoSuchVersion"]),
    };
    let class = output.storage_class().map(StorageClass::as_str);
    let archived = class.is_some_and(|class| ARCHIVES.contains(&class)) || output.archive_status().is_some();
    // `ongoing-request="false"`, and until when the copy is there.
    let restored = output.restore().is_some_and(|restore| restore.contains("ongoing-request=\"false\""));
    Ok(Some(Answer::ObjectMetadata(ObjectMetadata {
        algorithm: output.server_side_encryption().map(|algorithm| algorithm.as_str().to_owned()),
        key: output.ssekms_key_id().map(str::to_owned),
        bucket_key: output.bucket_key_enabled() == Some(true),
        customer_key: output.sse_customer_algorithm().is_some(),
        storage_class: unusual(class),
        archived: archived && !restored,
    })))
}
