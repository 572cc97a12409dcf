//! An object with all that S3 keeps with it: what a copy onto itself has to keep.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What `HeadObject` and `GetObjectTagging` tell of an object, and its owner.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stored {
    /// The canonical id of its owner.
    pub owner: String,
    /// Its entity tag. A copy may have another.
    pub etag: String,
    /// The version's id; `None` where the bucket keeps none. A copy has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its length in bytes.
    pub size: i64,
    /// The headers that come with its content: `content-type`, `cache-control` and the like, and its website redirect.
    pub headers: BTreeMap<String, String>,
    /// Metadata of the user's own.
    pub metadata: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The storage class; `STANDARD` where S3 tells none.
    pub storage_class: String,
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<String>,
    /// The ARN of the KMS key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// It is under an S3 Bucket Key.
    pub bucket_key: bool,
    /// The algorithm of its checksum: `CRC32` for example.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
}

impl Stored {
    /// What of the object is not as it has to be, but for what a copy cannot keep: its version and its entity tag, which is
    /// made of how it was uploaded and encrypted. Of an object without checksum S3 makes a copy with one.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let rows = [
            ("owner", self.owner == other.owner),
            ("size", self.size == other.size),
            ("content headers", self.headers == other.headers),
            ("metadata", self.metadata == other.metadata),
            ("tags", self.tags == other.tags),
            ("storage class", self.storage_class == other.storage_class),
            ("encryption", self.encryption == other.encryption),
            ("KMS key", self.key == other.key),
            ("bucket key", self.bucket_key == other.bucket_key),
            ("checksum algorithm", other.checksum.is_none() || self.checksum == other.checksum),
        ];
        rows.into_iter().filter(|row| !row.1).map(|row| row.0).collect()
    }

    /// The same object as its copy has to be.
    #[must_use]
    pub fn owned_by(&self, owner: &str) -> Self {
        Self { owner: owner.to_owned(), ..self.clone() }
    }
}
