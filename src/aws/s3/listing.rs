//! Whether an object or a version of it is there, from the bucket's listing.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{EncodingType, ObjectStorageClass, ObjectVersionStorageClass, Owner};
use percent_encoding::percent_decode_str;

use super::unusual;
use crate::aws::acl::owner_id;
use crate::aws::errors::{Failure, Outcome};
use crate::evidence::{Answer, BucketRef, ObjectInfo};

/// Looks for a key in the listing. Keys are listed in the order of their bytes, so that of all keys that begin with
/// this one, the key itself comes first.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
pub(in crate::aws) async fn object(s3: &Client, bucket: &BucketRef, key: &str) -> Outcome {
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
    let class = first.storage_class().map(ObjectStorageClass::as_str);
    Ok(is_key(listed, output.encoding_type(), key).then(|| found(first.owner(), class)))
}

/// Looks for a version of a key in the listing, page by page, until the listing is past the key.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>
pub(in crate::aws) async fn object_version(s3: &Client, bucket: &BucketRef, key: &str, version: &str) -> Outcome {
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
        let mut past_the_key = false;
        for entry in output.versions() {
            if !is_key(entry.key().ok_or_else(Failure::garbled)?, encoding, key) {
                past_the_key = true;
            } else if entry.version_id() == Some(version) {
                return Ok(Some(found(entry.owner(), entry.storage_class().map(ObjectVersionStorageClass::as_str))));
            }
        }
        for entry in output.delete_markers() {
            if !is_key(entry.key().ok_or_else(Failure::garbled)?, encoding, key) {
                past_the_key = true;
            } else if entry.version_id() == Some(version) {
                let info = ObjectInfo { owner: owner_id(entry.owner()), delete_marker: true, storage_class: None };
                return Ok(Some(Answer::Object(info)));
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

fn found(owner: Option<&Owner>, class: Option<&str>) -> Answer {
    Answer::Object(ObjectInfo { owner: owner_id(owner), delete_marker: false, storage_class: unusual(class) })
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
