//! What S3 says of buckets, objects and access points.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arn::{AccountId, Arn};

/// Who owns new objects of a bucket, and whether ACLs count.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObjectOwnership {
    /// The bucket's owner owns every object; ACLs are off.
    BucketOwnerEnforced,
    /// The bucket's owner owns objects that were uploaded with `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// The uploader owns the object. Also what counts where a bucket has no setting.
    ObjectWriter,
}

/// An access control list of a bucket or an object.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acl {
    /// The owner's canonical id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What is granted, and to whom.
    pub grants: Vec<Grant>,
}

impl Acl {
    /// Who has full control, where nothing else is granted, and nothing to groups or to grantees of an unknown kind.
    #[must_use]
    pub fn full_control_alone(&self) -> Option<Vec<&String>> {
        let full = |grant: &'_ Grant| grant.permission == Permission::FullControl;
        self.grants
            .iter()
            .map(|grant| match &grant.grantee {
                Grantee::Account(id) if full(grant) => Some(id),
                Grantee::Account(_) | Grantee::Group(_) | Grantee::Other(_) => None,
            })
            .collect()
    }
}

/// One entry of an ACL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// To whom.
    pub grantee: Grantee,
    /// What.
    pub permission: Permission,
}

/// Who an ACL entry is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grantee {
    /// An account, by its canonical id.
    Account(String),
    /// A group that AWS predefines.
    Group(GranteeGroup),
    /// Anything else, as written.
    Other(String),
}

/// A group that AWS predefines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GranteeGroup {
    /// Everyone, signed or not.
    AllUsers,
    /// Everyone with an AWS account.
    AuthenticatedUsers,
    /// The service that writes access logs.
    LogDelivery,
}

impl GranteeGroup {
    /// Its name in ACLs.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#specifying-grantee-predefined-groups>
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::AllUsers => "http://acs.amazonaws.com/groups/global/AllUsers",
            Self::AuthenticatedUsers => "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
            Self::LogDelivery => "http://acs.amazonaws.com/groups/s3/LogDelivery",
        }
    }
}

/// What an ACL entry grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Permission {
    /// Read the object, or list the bucket.
    Read,
    /// Write objects into the bucket.
    Write,
    /// Read the ACL.
    ReadAcp,
    /// Write the ACL.
    WriteAcp,
    /// All of these.
    FullControl,
}

/// Block Public Access settings of an account or a bucket.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "the four settings are AWS's own")]
pub struct PublicAccessBlock {
    /// New public ACLs are refused.
    pub block_public_acls: bool,
    /// Public ACLs do not count.
    pub ignore_public_acls: bool,
    /// New public policies are refused.
    pub block_public_policy: bool,
    /// A public policy serves only the bucket's own account and AWS services.
    pub restrict_public_buckets: bool,
}

/// An object that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectInfo {
    /// The canonical id of the account that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The version asked for is a delete marker.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delete_marker: bool,
    /// The storage class, where it is another than `STANDARD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
}

/// How a bucket encrypts new objects.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    /// The KMS key as it is set: an id, an ARN or an alias; `None` is the AWS managed key `aws/s3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// S3 Bucket Keys are on: KMS sees the bucket's ARN in place of the object's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bucket_key: bool,
    /// Uploads with keys of the customer's own are refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocks_customer_keys: bool,
}

/// Whether a bucket keeps versions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Versioning {
    /// New versions do not replace old ones.
    pub enabled: bool,
    /// Deleting a version takes MFA.
    pub mfa_delete: bool,
}

/// What keeps an object version from being deleted.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectLock {
    /// `GOVERNANCE` or `COMPLIANCE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// A legal hold is on.
    pub legal_hold: bool,
}

/// How an object is stored and encrypted.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectMetadata {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub algorithm: Option<String>,
    /// The ARN of the KMS key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The object is under an S3 Bucket Key.
    pub bucket_key: bool,
    /// It is encrypted with a key of the customer's own.
    pub customer_key: bool,
    /// The storage class, where it is another than `STANDARD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// Whether it is archived and not restored, so that it cannot be read.
    pub archived: bool,
}

/// An access point.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPoint.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPointInfo {
    /// Its bucket.
    pub bucket: String,
    /// The bucket's owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket_account: Option<AccountId>,
    /// The only VPC that may use it; `None` is the internet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<String>,
    /// Its own Block Public Access settings.
    pub block: PublicAccessBlock,
}

/// A Multi-Region Access Point.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_MultiRegionAccessPointReport.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MultiRegionAccessPointInfo {
    /// Its name, by which its policy is asked for.
    pub name: String,
    /// Its buckets, one for each Region.
    pub buckets: Vec<BucketOfRegion>,
    /// Its own Block Public Access settings.
    pub block: PublicAccessBlock,
}

/// A bucket behind a Multi-Region Access Point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketOfRegion {
    /// Its name.
    pub bucket: String,
    /// Its Region.
    pub region: String,
    /// Its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
}

/// What an Object Lambda Access Point stands before.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ObjectLambdaConfiguration.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectLambdaInfo {
    /// The access point that the function reads through.
    pub supporting: Arn,
    /// The functions, with the calls that each transforms: `GetObject` for example.
    pub functions: Vec<(Arn, Vec<String>)>,
}

/// What S3 Access Grants let somebody do.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessGrantEntry.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessGrant {
    /// What is granted.
    pub permission: GrantedAccess,
    /// On what: `s3://bucket/prefix*`, or an object without the star.
    pub scope: String,
}

/// A permission of S3 Access Grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum GrantedAccess {
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Both.
    ReadWrite,
}
