//! Every question that a diagnosis can ask, with the permission that it needs. Roles, gaps and replay come from here.

use serde::{Deserialize, Serialize};

use crate::arn::{AccountId, Arn};
use crate::request::{Entity, EntityKind};

/// One thing to find out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Question {
    /// The user or role itself: id, boundary, tags. Answered by `Identity`.
    Identity(Entity),
    /// The names of its inline policies. Answered by `Names`.
    InlinePolicies(Entity),
    /// One inline policy. Answered by `Policy`.
    InlinePolicy {
        /// Whose.
        #[serde(flatten)]
        of: Entity,
        /// Its name.
        policy: String,
    },
    /// The ARNs of the managed policies attached. Answered by `Names`.
    AttachedPolicies(Entity),
    /// The groups of a user. Answered by `Names`.
    Groups(Entity),
    /// The default version of a managed policy. Answered by `Policy`.
    ManagedPolicy {
        /// The account to ask: AWS's own policies can be read in any.
        account: AccountId,
        /// The policy.
        arn: Arn,
    },
    /// The canonical id of an account. Answered by `CanonicalId`.
    CanonicalId {
        /// The account.
        account: AccountId,
        /// The Region to ask in: any of the partition.
        region: String,
    },
    /// The Region of a bucket. Answered by `Region`.
    BucketLocation(BucketRef),
    /// The bucket policy. Answered by `Policy`.
    BucketPolicy(BucketRef),
    /// Object Ownership of the bucket. Answered by `Ownership`.
    BucketOwnership(BucketRef),
    /// The bucket's ACL. Answered by `Acl`.
    BucketAcl(BucketRef),
    /// The bucket's Block Public Access settings. Answered by `PublicAccessBlock`.
    BucketPublicAccessBlock(BucketRef),
    /// The account's Block Public Access settings. Answered by `PublicAccessBlock`.
    AccountPublicAccessBlock {
        /// The account.
        account: AccountId,
        /// The Region to ask in: any of the partition.
        region: String,
    },
    /// Whether an object's current version is there, and whose it is, from the bucket's listing. Answered by `Object`.
    Object {
        /// Where.
        #[serde(flatten)]
        bucket: BucketRef,
        /// The key.
        key: String,
    },
    /// The same for one version of it. Answered by `Object`.
    ObjectVersion {
        /// Where.
        #[serde(flatten)]
        bucket: BucketRef,
        /// The key.
        key: String,
        /// The version's id.
        version: String,
    },
    /// The object's ACL. Answered by `Acl`.
    ObjectAcl {
        /// Where.
        #[serde(flatten)]
        bucket: BucketRef,
        /// The key.
        key: String,
    },
    /// The ACL of one version of it. Answered by `Acl`.
    ObjectVersionAcl {
        /// Where.
        #[serde(flatten)]
        bucket: BucketRef,
        /// The key.
        key: String,
        /// The version's id.
        version: String,
    },
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

/// What is the same for all questions of a kind.
#[derive(Debug, PartialEq, Eq)]
pub struct Spec {
    /// The name in reports.
    pub name: &'static str,
    /// The IAM actions that asking takes.
    pub needs: &'static [&'static str],
}

/// Every kind of question. The read role's policy is made of this table.
pub const SPECS: &[Spec] = &[
    ROLE,
    USER,
    ROLE_INLINE_NAMES,
    USER_INLINE_NAMES,
    GROUP_INLINE_NAMES,
    ROLE_INLINE,
    USER_INLINE,
    GROUP_INLINE,
    ROLE_ATTACHED,
    USER_ATTACHED,
    GROUP_ATTACHED,
    GROUPS,
    MANAGED_POLICY,
    CANONICAL_ID,
    BUCKET_LOCATION,
    BUCKET_POLICY,
    BUCKET_OWNERSHIP,
    BUCKET_ACL,
    BUCKET_BPA,
    ACCOUNT_BPA,
    OBJECT,
    OBJECT_VERSION,
    OBJECT_ACL,
    OBJECT_VERSION_ACL,
];

const ROLE: Spec = Spec { name: "role", needs: &["iam:GetRole"] };
const USER: Spec = Spec { name: "user", needs: &["iam:GetUser"] };
const ROLE_INLINE_NAMES: Spec = Spec { name: "role-inline-policies", needs: &["iam:ListRolePolicies"] };
const USER_INLINE_NAMES: Spec = Spec { name: "user-inline-policies", needs: &["iam:ListUserPolicies"] };
const GROUP_INLINE_NAMES: Spec = Spec { name: "group-inline-policies", needs: &["iam:ListGroupPolicies"] };
const ROLE_INLINE: Spec = Spec { name: "role-inline-policy", needs: &["iam:GetRolePolicy"] };
const USER_INLINE: Spec = Spec { name: "user-inline-policy", needs: &["iam:GetUserPolicy"] };
const GROUP_INLINE: Spec = Spec { name: "group-inline-policy", needs: &["iam:GetGroupPolicy"] };
const ROLE_ATTACHED: Spec = Spec { name: "role-attached-policies", needs: &["iam:ListAttachedRolePolicies"] };
const USER_ATTACHED: Spec = Spec { name: "user-attached-policies", needs: &["iam:ListAttachedUserPolicies"] };
const GROUP_ATTACHED: Spec = Spec { name: "group-attached-policies", needs: &["iam:ListAttachedGroupPolicies"] };
const GROUPS: Spec = Spec { name: "groups-of-user", needs: &["iam:ListGroupsForUser"] };
const MANAGED_POLICY: Spec = Spec { name: "managed-policy", needs: &["iam:GetPolicy", "iam:GetPolicyVersion"] };
const CANONICAL_ID: Spec = Spec { name: "canonical-id", needs: &["s3:ListAllMyBuckets"] };
const BUCKET_LOCATION: Spec = Spec { name: "bucket-location", needs: &["s3:GetBucketLocation"] };
const BUCKET_POLICY: Spec = Spec { name: "bucket-policy", needs: &["s3:GetBucketPolicy"] };
const BUCKET_OWNERSHIP: Spec = Spec { name: "bucket-ownership-controls", needs: &["s3:GetBucketOwnershipControls"] };
const BUCKET_ACL: Spec = Spec { name: "bucket-acl", needs: &["s3:GetBucketAcl"] };
const BUCKET_BPA: Spec = Spec { name: "bucket-public-access-block", needs: &["s3:GetBucketPublicAccessBlock"] };
const ACCOUNT_BPA: Spec = Spec { name: "account-public-access-block", needs: &["s3:GetAccountPublicAccessBlock"] };
const OBJECT: Spec = Spec { name: "object", needs: &["s3:ListBucket"] };
const OBJECT_VERSION: Spec = Spec { name: "object-version", needs: &["s3:ListBucketVersions"] };
const OBJECT_ACL: Spec = Spec { name: "object-acl", needs: &["s3:GetObjectAcl"] };
const OBJECT_VERSION_ACL: Spec = Spec { name: "object-version-acl", needs: &["s3:GetObjectVersionAcl"] };

impl Question {
    /// The row of [`SPECS`] for this question.
    #[must_use]
    pub fn spec(&self) -> Spec {
        use EntityKind::{Group, Role, User};
        match self {
            Self::Identity(entity) => match entity.kind {
                Role => ROLE,
                User | Group => USER,
            },
            Self::InlinePolicies(entity) => match entity.kind {
                Role => ROLE_INLINE_NAMES,
                User => USER_INLINE_NAMES,
                Group => GROUP_INLINE_NAMES,
            },
            Self::InlinePolicy { of, .. } => match of.kind {
                Role => ROLE_INLINE,
                User => USER_INLINE,
                Group => GROUP_INLINE,
            },
            Self::AttachedPolicies(entity) => match entity.kind {
                Role => ROLE_ATTACHED,
                User => USER_ATTACHED,
                Group => GROUP_ATTACHED,
            },
            Self::Groups(_) => GROUPS,
            Self::ManagedPolicy { .. } => MANAGED_POLICY,
            Self::CanonicalId { .. } => CANONICAL_ID,
            Self::BucketLocation(_) => BUCKET_LOCATION,
            Self::BucketPolicy(_) => BUCKET_POLICY,
            Self::BucketOwnership(_) => BUCKET_OWNERSHIP,
            Self::BucketAcl(_) => BUCKET_ACL,
            Self::BucketPublicAccessBlock(_) => BUCKET_BPA,
            Self::AccountPublicAccessBlock { .. } => ACCOUNT_BPA,
            Self::Object { .. } => OBJECT,
            Self::ObjectVersion { .. } => OBJECT_VERSION,
            Self::ObjectAcl { .. } => OBJECT_ACL,
            Self::ObjectVersionAcl { .. } => OBJECT_VERSION_ACL,
        }
    }

    /// The account where the question can be answered.
    #[must_use]
    pub fn account(&self) -> AccountId {
        match self {
            Self::Identity(entity)
            | Self::InlinePolicies(entity)
            | Self::InlinePolicy { of: entity, .. }
            | Self::AttachedPolicies(entity)
            | Self::Groups(entity) => entity.account,
            Self::ManagedPolicy { account, .. }
            | Self::CanonicalId { account, .. }
            | Self::AccountPublicAccessBlock { account, .. } => *account,
            Self::BucketLocation(bucket)
            | Self::BucketPolicy(bucket)
            | Self::BucketOwnership(bucket)
            | Self::BucketAcl(bucket)
            | Self::BucketPublicAccessBlock(bucket)
            | Self::Object { bucket, .. }
            | Self::ObjectVersion { bucket, .. }
            | Self::ObjectAcl { bucket, .. }
            | Self::ObjectVersionAcl { bucket, .. } => bucket.account,
        }
    }

    /// What the question is about, as text: a name, an ARN, a bucket, or a bucket and key.
    #[must_use]
    pub fn target(&self) -> String {
        match self {
            Self::Identity(entity)
            | Self::InlinePolicies(entity)
            | Self::AttachedPolicies(entity)
            | Self::Groups(entity) => entity.name.clone(),
            Self::InlinePolicy { of, policy } => format!("{}/{policy}", of.name),
            Self::ManagedPolicy { arn, .. } => arn.to_string(),
            Self::CanonicalId { account, .. } | Self::AccountPublicAccessBlock { account, .. } => account.to_string(),
            Self::BucketLocation(bucket)
            | Self::BucketPolicy(bucket)
            | Self::BucketOwnership(bucket)
            | Self::BucketAcl(bucket)
            | Self::BucketPublicAccessBlock(bucket) => bucket.bucket.clone(),
            Self::Object { bucket, key } | Self::ObjectAcl { bucket, key } => format!("{}/{key}", bucket.bucket),
            Self::ObjectVersion { bucket, key, version } | Self::ObjectVersionAcl { bucket, key, version } => {
                format!("{}/{key}?versionId={version}", bucket.bucket)
            }
        }
    }
}
