//! What questions are about, and where to ask.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arn::AccountId;

/// A kind of policy that an organization attaches to its roots, units and accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlPolicy {
    /// Service control policies.
    Scp,
    /// Resource control policies.
    Rcp,
}

/// A session, as the record of a call names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionRef {
    /// The account of the role, or of the user for a federated session.
    pub account: AccountId,
    /// The Region of the call: sessions are most often made where they are used.
    pub region: String,
    /// The name of the role, or of the federated user.
    pub of: String,
    /// The name of the session; empty for a federated session.
    pub session: String,
    /// When it was made.
    pub created: Timestamp,
    /// Its access key id, masked as in cases.
    pub access_key: String,
}

/// A bucket, and where to ask about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BucketRef {
    /// Its owner.
    pub account: AccountId,
    /// The Region to ask in.
    pub region: String,
    /// Its name.
    pub bucket: String,
}

impl BucketRef {
    /// Whether it is a directory bucket, by its name.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html>
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.bucket.ends_with("--x-s3")
    }
}

/// An object or one version of it, and where to ask about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// Its bucket.
    #[serde(flatten)]
    pub bucket: BucketRef,
    /// Its key.
    pub key: String,
    /// The version; `None` is the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// An S3 access point.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccessPointRef {
    /// Its owner.
    pub account: AccountId,
    /// Its Region.
    pub region: String,
    /// Its name.
    pub access_point: String,
}

/// A KMS key, and where to ask about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyRef {
    /// The account to ask.
    pub account: AccountId,
    /// The key's Region.
    pub region: String,
    /// Its id, its ARN, or an alias.
    pub key: String,
}

impl KeyRef {
    /// The alias, `alias/aws/s3` for example, if it is one of AWS's own.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/alias-about.html>
    #[must_use]
    pub fn aws_alias(&self) -> Option<&str> {
        let name = self.key.rsplit(':').next()?;
        name.starts_with("alias/aws/").then_some(name)
    }
}
