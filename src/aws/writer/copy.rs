//! Copying an object onto itself, so that the bucket's owner owns it: everything that is kept with the object is read before,
//! given with the copy, and compared after.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart, MetadataDirective, ServerSideEncryption,
    StorageClass, TaggingDirective,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::Refused;
use crate::aws::errors::Failure;
use crate::aws::{CONNECT_TIMEOUT, s3 as objects};
use crate::evidence::{Answer, ObjectRef};
use crate::remedy::{Edit, Image, Stored};

/// What S3 copies at once, at most: 5 GiB.
pub(super) const AT_ONCE: i64 = 5 * 1024 * 1024 * 1024;

/// S3 takes at most so many parts.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
const PARTS: i64 = 10_000;

/// How long the copy of 5 GiB may take.
const LONG: Duration = Duration::from_mins(10);

/// Classes whose objects cannot be read, and so not be copied, until they are restored.
const ARCHIVES: &[&str] = &["GLACIER", "DEEP_ARCHIVE"];

/// What a copy source may hold as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// The object as it is, and what keeps it from being copied; `None` if there is none.
pub(super) async fn stored(s3: &Client, object: &ObjectRef) -> Result<Option<(Stored, Option<&'static str>)>, Failure> {
    let (bucket, account) = (&object.bucket.bucket, object.bucket.account.to_string());
    let head = s3.head_object().bucket(bucket).expected_bucket_owner(&account).key(&object.key);
    let head = match head.checksum_mode(ChecksumMode::Enabled).send().await {
        Ok(head) => head,
        Err(error) => return Failure::from(error).none_if(&["NotFound", "NoSuchKey"]).map(|_| None),
    };
    let Some(Answer::Object(listed)) = objects::object(s3, &object.bucket, &object.key).await? else {
        return Ok(None);
    };
    let Some(Answer::Tags(tags)) = objects::object_tags(s3, object).await? else { return Ok(None) };
    let keeps_versions = match objects::versioning(s3, &object.bucket).await? {
        Some(Answer::Versioning(versioning)) => versioning.enabled,
        _ => return Err(Failure::garbled()),
    };
    let stored = Stored {
        owner: listed.owner.ok_or_else(Failure::garbled)?,
        etag: head.e_tag().ok_or_else(Failure::garbled)?.to_owned(),
        // What was there before the bucket kept versions is version `null`, and stays when another comes.
        version: keeps_versions.then(|| head.version_id().unwrap_or("null").to_owned()),
        size: head.content_length().ok_or_else(Failure::garbled)?,
        headers: headers(&head),
        metadata: head.metadata().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect(),
        tags,
        storage_class: head.storage_class().map_or("STANDARD", StorageClass::as_str).to_owned(),
        encryption: head.server_side_encryption().map(|algorithm| algorithm.as_str().to_owned()),
        key: head.ssekms_key_id().map(str::to_owned),
        bucket_key: head.bucket_key_enabled() == Some(true),
        checksum: checksum(&head).map(str::to_owned),
    };
    Ok(Some((stored, obstacle(&head))))
}

/// Why an object must not be copied onto itself.
fn obstacle(head: &HeadObjectOutput) -> Option<&'static str> {
    let class = head.storage_class().map(StorageClass::as_str);
    let locked = head.object_lock_mode().is_some()
        || head.object_lock_legal_hold_status().is_some_and(|status| status.as_str() == "ON")
        || head.object_lock_event_hold().is_some_and(|hold| hold.as_str() != "OFF");
    if class.is_some_and(|class| ARCHIVES.contains(&class)) || head.archive_status().is_some() {
        Some("the object is archived: restore it first, and copy it yourself")
    } else if locked {
        Some("the object is under Object Lock, which a copy would not be")
    } else if head.sse_customer_algorithm().is_some() {
        Some("the object is encrypted with a key of the customer's own, which nobody else has")
    } else if head.missing_meta().is_some_and(|count| count > 0) {
        Some("some of the object's metadata cannot be read as headers, and would be lost")
    } else if head.expires_string().is_some_and(|text| expires(text).is_none()) {
        Some("the object's `Expires` is no date, and would be lost")
    } else {
        None
    }
}

/// The edit of a copy with all that the object has.
pub(super) async fn completed(s3: &Client, object: &ObjectRef, owner: &str) -> Result<(Image, Image), Refused> {
    let (stored, obstacle) = stored(s3, object).await?.ok_or_else(|| Refused::found("the object is gone"))?;
    if let Some(why) = obstacle {
        return Err(Refused::found(why));
    }
    let copy = stored.owned_by(owner);
    Ok((Image::Object(Box::new(stored)), Image::Object(Box::new(copy))))
}

pub(super) async fn write(
    s3: &Client,
    object: &ObjectRef,
    owner: &str,
    edit: &Edit,
    at_once: i64,
) -> Result<(), Refused> {
    let (Image::Object(before), Image::Object(after)) = (&edit.before, &edit.after) else {
        return Err(Failure::garbled().into());
    };
    if after.owner != *owner {
        return take_away(s3, object, after).await;
    }
    if before.size > at_once {
        in_parts(s3, object, before, at_once).await?;
    } else {
        at_once_copy(s3, object, before).await?;
    }
    let (copy, _) = stored(s3, object).await?.ok_or_else(|| Refused::found("the copy is gone"))?;
    let lost = copy.differences(after);
    if lost.is_empty() {
        return Ok(());
    }
    let mut told = format!("the copy has not the same {}", lost.join(", "));
    if let (Some(kept), Some(made)) = (&before.version, &copy.version)
        && kept != made
    {
        delete(s3, object, made).await?;
        told.push_str("; it was deleted again");
    }
    Err(Refused::Found(told))
}

/// A call that makes an object, with all that the object from before has: two calls of different types take the same.
macro_rules! stored_like {
    ($call:expr, $before:expr) => {{
        let before: &Stored = $before;
        let header = |name: &str| before.headers.get(name).cloned();
        $call
            .set_metadata(Some(before.metadata.clone().into_iter().collect()))
            .set_cache_control(header("cache-control"))
            .set_content_disposition(header("content-disposition"))
            .set_content_encoding(header("content-encoding"))
            .set_content_language(header("content-language"))
            .set_content_type(header("content-type"))
            .set_expires(header("expires").and_then(|text| expires(&text)))
            .set_website_redirect_location(header("website-redirect"))
            .storage_class(StorageClass::from(before.storage_class.as_str()))
            .set_server_side_encryption(before.encryption.as_deref().map(ServerSideEncryption::from))
            .set_ssekms_key_id(before.key.clone())
            .set_bucket_key_enabled(before.key.is_some().then_some(before.bucket_key))
            .set_checksum_algorithm(before.checksum.as_deref().map(ChecksumAlgorithm::from))
    }};
}

async fn at_once_copy(s3: &Client, object: &ObjectRef, before: &Stored) -> Result<(), Failure> {
    let (bucket, account) = (&object.bucket.bucket, object.bucket.account.to_string());
    let call = s3
        .copy_object()
        .bucket(bucket)
        .expected_bucket_owner(&account)
        .key(&object.key)
        .copy_source(source(object))
        .expected_source_bucket_owner(&account)
        .copy_source_if_match(&before.etag)
        .metadata_directive(MetadataDirective::Replace)
        .tagging_directive(TaggingDirective::Copy);
    stored_like!(call, before).customize().config_override(patient()).send().await?;
    Ok(())
}

/// A copy of more than S3 copies at once. A failure leaves no parts behind.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/CopyingObjectsMPUapi.html>
async fn in_parts(s3: &Client, object: &ObjectRef, before: &Stored, at_once: i64) -> Result<(), Failure> {
    let (bucket, account) = (&object.bucket.bucket, object.bucket.account.to_string());
    let call = s3
        .create_multipart_upload()
        .bucket(bucket)
        .expected_bucket_owner(&account)
        .key(&object.key)
        .set_tagging(tagging(&before.tags));
    let begun = stored_like!(call, before).send().await?;
    let upload = begun.upload_id().ok_or_else(Failure::garbled)?;
    let finished = finish(s3, object, before, at_once, upload).await;
    if finished.is_err() {
        let call = s3.abort_multipart_upload().bucket(bucket).expected_bucket_owner(&account).key(&object.key);
        // What went wrong first is what there is to tell; the bucket's rules end uploads that are left.
        let _ = call.upload_id(upload).send().await;
    }
    finished
}

async fn finish(s3: &Client, object: &ObjectRef, before: &Stored, at_once: i64, upload: &str) -> Result<(), Failure> {
    let (bucket, account) = (&object.bucket.bucket, object.bucket.account.to_string());
    let length = at_once.max(before.size.div_euclid(PARTS) + 1);
    let mut parts = CompletedMultipartUpload::builder();
    let mut start = 0;
    for number in 1.. {
        if start >= before.size {
            break;
        }
        let end = (start + length).min(before.size) - 1;
        let copied = s3
            .upload_part_copy()
            .bucket(bucket)
            .expected_bucket_owner(&account)
            .key(&object.key)
            .copy_source(source(object))
            .expected_source_bucket_owner(&account)
            .copy_source_if_match(&before.etag)
            .copy_source_range(format!("bytes={start}-{end}"))
            .part_number(number)
            .upload_id(upload)
            .customize()
            .config_override(patient())
            .send()
            .await?;
        let result = copied.copy_part_result().ok_or_else(Failure::garbled)?;
        let part = CompletedPart::builder()
            .part_number(number)
            .set_e_tag(result.e_tag().map(str::to_owned))
            .set_checksum_crc32(result.checksum_crc32().map(str::to_owned))
            .set_checksum_crc32_c(result.checksum_crc32_c().map(str::to_owned))
            .set_checksum_crc64_nvme(result.checksum_crc64_nvme().map(str::to_owned))
            .set_checksum_sha1(result.checksum_sha1().map(str::to_owned))
            .set_checksum_sha256(result.checksum_sha256().map(str::to_owned));
        parts = parts.parts(part.build());
        start = end + 1;
    }
    s3.complete_multipart_upload()
        .bucket(bucket)
        .expected_bucket_owner(&account)
        .key(&object.key)
        .upload_id(upload)
        .multipart_upload(parts.build())
        .customize()
        .config_override(patient())
        .send()
        .await?;
    Ok(())
}

/// Deletes the copy, so that the version from before is the current one again.
async fn take_away(s3: &Client, object: &ObjectRef, before: &Stored) -> Result<(), Refused> {
    let kept = before.version.as_ref().ok_or_else(|| Refused::found("the bucket keeps no versions"))?;
    let (now, _) = stored(s3, object).await?.ok_or_else(|| Refused::found("the object is gone"))?;
    match &now.version {
        Some(made) if made != kept => Ok(delete(s3, object, made).await?),
        Some(_) => Err(Refused::found("the version from before is the current one already")),
        None => Err(Refused::found("the bucket keeps no versions any more")),
    }
}

async fn delete(s3: &Client, object: &ObjectRef, version: &str) -> Result<(), Failure> {
    let call = s3.delete_object().bucket(&object.bucket.bucket).key(&object.key).version_id(version);
    call.expected_bucket_owner(object.bucket.account.to_string()).send().await?;
    Ok(())
}

/// S3 answers when it is done, and a second try would make a second copy.
fn patient() -> Builder {
    let timeouts =
        TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(LONG).operation_timeout(LONG).build();
    Builder::new().timeout_config(timeouts).retry_config(RetryConfig::disabled())
}

fn source(object: &ObjectRef) -> String {
    utf8_percent_encode(&format!("{}/{}", object.bucket.bucket, object.key), ENCODED).to_string()
}

/// The headers that come with the content.
fn headers(head: &HeadObjectOutput) -> BTreeMap<String, String> {
    [
        ("cache-control", head.cache_control()),
        ("content-disposition", head.content_disposition()),
        ("content-encoding", head.content_encoding()),
        ("content-language", head.content_language()),
        ("content-type", head.content_type()),
        ("expires", head.expires_string()),
        ("website-redirect", head.website_redirect_location()),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
    .collect()
}

fn expires(text: &str) -> Option<DateTime> {
    DateTime::from_str(text, Format::HttpDate).ok()
}

/// The algorithm of the object's checksum.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
fn checksum(head: &HeadObjectOutput) -> Option<&'static str> {
    let rows = [
        ("CRC64NVME", head.checksum_crc64_nvme()),
        ("CRC32", head.checksum_crc32()),
        ("CRC32C", head.checksum_crc32_c()),
        ("SHA1", head.checksum_sha1()),
        ("SHA256", head.checksum_sha256()),
    ];
    rows.into_iter().find(|row| row.1.is_some()).map(|row| row.0)
}

fn tagging(tags: &BTreeMap<String, String>) -> Option<String> {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let pairs: Vec<_> = tags.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    (!pairs.is_empty()).then(|| pairs.join("&"))
}
