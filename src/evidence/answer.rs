//! What AWS answers, without the types of its SDK.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Document;
use crate::arn::Arn;
use crate::policy::Policy;

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A user or a role.
    Identity(IdentityInfo),
    /// Names of inline policies or groups, ARNs of managed policies.
    Names(Vec<String>),
    /// A policy.
    Policy(Document),
    /// A Region's name.
    Region(String),
    /// Who owns new objects of a bucket.
    Ownership(ObjectOwnership),
    /// An access control list.
    Acl(Acl),
    /// Block Public Access settings.
    PublicAccessBlock(PublicAccessBlock),
    /// An object that is there.
    Object(ObjectInfo),
    /// The id of an account in ACLs.
    CanonicalId(String),
}

/// A user or a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityInfo {
    /// Its ARN, with the path.
    pub arn: Arn,
    /// Its unique id, `AIDA…` or `AROA…`.
    pub id: String,
    /// The ARN of the policy that is its permissions boundary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<Arn>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectInfo {
    /// The canonical id of the account that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The version asked for is a delete marker.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub delete_marker: bool,
}

impl Answer {
    /// A user or a role.
    #[must_use]
    pub fn as_identity(&self) -> Option<&IdentityInfo> {
        if let Self::Identity(info) = self { Some(info) } else { None }
    }

    /// Names or ARNs.
    #[must_use]
    pub fn as_names(&self) -> Option<&[String]> {
        if let Self::Names(names) = self { Some(names) } else { None }
    }

    /// A compiled policy.
    #[must_use]
    pub fn as_policy(&self) -> Option<&Policy> {
        if let Self::Policy(document) = self { Some(document.policy()) } else { None }
    }

    /// Who owns new objects.
    #[must_use]
    pub fn as_ownership(&self) -> Option<ObjectOwnership> {
        if let Self::Ownership(ownership) = self { Some(*ownership) } else { None }
    }

    /// An access control list.
    #[must_use]
    pub fn as_acl(&self) -> Option<&Acl> {
        if let Self::Acl(acl) = self { Some(acl) } else { None }
    }

    /// Block Public Access settings.
    #[must_use]
    pub fn as_public_access_block(&self) -> Option<PublicAccessBlock> {
        if let Self::PublicAccessBlock(block) = self { Some(*block) } else { None }
    }

    /// An object.
    #[must_use]
    pub fn as_object(&self) -> Option<&ObjectInfo> {
        if let Self::Object(info) = self { Some(info) } else { None }
    }

    /// A canonical id.
    #[must_use]
    pub fn as_canonical_id(&self) -> Option<&str> {
        if let Self::CanonicalId(id) = self { Some(id) } else { None }
    }
}
