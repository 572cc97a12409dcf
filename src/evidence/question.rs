//! Every question that a diagnosis can ask. What it takes to ask is in [`SPECS`](super::SPECS).

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::simulation::SimulationRef;
use super::spec::{self, Spec};
use super::subject::{AccessPointRef, BucketRef, ControlPolicy, KeyRef, ObjectRef, SessionRef};
use super::waf::SampleRef;
use crate::arn::{AccountId, Arn};
use crate::request::{Entity, EntityKind};

/// One thing to find out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case")]
pub enum Question {
    /// The user or role itself: id, boundary, tags, and of a role its trust policy. Answered by `Identity`.
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
    /// How a session was made: its session policies and tags. Answered by `Session`; absent if no record of it is left.
    Session(SessionRef),
    /// Where an account stands in the organization. Answered by `OrganizationPath`; absent if it is in no organization
    /// or in another one.
    OrganizationPath {
        /// The account.
        account: AccountId,
    },
    /// The tags of an account, which its organization has. Answered by `Tags`; absent if there is no organization.
    AccountTags {
        /// The account.
        account: AccountId,
    },
    /// The ARNs of the control policies attached to a root, a unit or an account. Answered by `Names`.
    ControlPolicies {
        /// The root's, unit's or account's id.
        target: String,
        /// Which kind.
        kind: ControlPolicy,
    },
    /// A control policy. Answered by `Policy`.
    OrganizationPolicy {
        /// The policy.
        arn: Arn,
    },
    /// Whether an account owns a bucket. Answered by `Region`, the bucket's; absent if it does not.
    OwnedBucket(BucketRef),
    /// The canonical id of an account. Answered by `CanonicalId`.
    CanonicalId {
        /// The account.
        account: AccountId,
        /// The Region to ask in: any of the partition.
        region: String,
    },
    /// The bucket policy. Answered by `Policy`.
    BucketPolicy(BucketRef),
    /// Whether S3 calls the bucket policy public. Answered by `Flag`.
    BucketPolicyStatus(BucketRef),
    /// Object Ownership of the bucket. Answered by `Ownership`.
    BucketOwnership(BucketRef),
    /// The bucket's ACL. Answered by `Acl`.
    BucketAcl(BucketRef),
    /// The bucket's Block Public Access settings. Answered by `PublicAccessBlock`.
    BucketPublicAccessBlock(BucketRef),
    /// Whether requesters pay. Answered by `Flag`.
    BucketRequestPayment(BucketRef),
    /// The bucket's default encryption. Answered by `Encryption`.
    BucketEncryption(BucketRef),
    /// Whether the bucket keeps versions. Answered by `Versioning`.
    BucketVersioning(BucketRef),
    /// Whether the bucket's tags count in policies. Answered by `Flag`.
    BucketAbac(BucketRef),
    /// The bucket's tags. Answered by `Tags`.
    BucketTags(BucketRef),
    /// The account's Block Public Access settings, those of its organization included. Answered by `PublicAccessBlock`.
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
    /// The object's ACL, read by the account that owns it: another account than the bucket's, which most often may not.
    /// Answered by `Acl`.
    OwnersObjectAcl {
        /// The object.
        #[serde(flatten)]
        object: ObjectRef,
        /// The object's owner.
        owner: AccountId,
    },
    /// The object's tags. Answered by `Tags`.
    ObjectTags(ObjectRef),
    /// Retention and legal hold of the object. Answered by `ObjectLock`; absent if it has neither.
    ObjectLock(ObjectRef),
    /// How the object is stored and encrypted. Takes `s3:GetObject`, so it is asked only where the owner opted in.
    /// Answered by `ObjectMetadata`.
    ObjectMetadata(ObjectRef),
    /// An access point: its bucket, network and settings. Answered by `AccessPoint`.
    AccessPoint(AccessPointRef),
    /// The access point's policy. Answered by `Policy`.
    AccessPointPolicy(AccessPointRef),
    /// The access point that an alias stands for. Answered by `Names`, with its ARN alone; absent if the account has
    /// no such access point.
    AccessPointAlias {
        /// The account to ask.
        account: AccountId,
        /// The Region to ask in.
        region: String,
        /// The alias.
        alias: String,
    },
    /// A Multi-Region Access Point: its name, its buckets and its settings. Answered by `MultiRegionAccessPoint`; absent
    /// if the account has none of this alias.
    MultiRegionAccessPoint {
        /// The account to ask.
        account: AccountId,
        /// The alias, `….mrap`, which is what its ARN and its host name have.
        alias: String,
    },
    /// Its policy, which is asked for by its name. Answered by `Policy`.
    MultiRegionAccessPointPolicy {
        /// Its owner.
        account: AccountId,
        /// Its name.
        name: String,
    },
    /// What an Object Lambda Access Point stands before. Answered by `ObjectLambda`.
    ObjectLambda(AccessPointRef),
    /// What S3 Access Grants grant to a user or role. Answered by `AccessGrants`; absent if the account has no instance
    /// in the Region.
    AccessGrants {
        /// The account of the instance.
        account: AccountId,
        /// Its Region.
        region: String,
        /// The user or role.
        grantee: Arn,
    },
    /// A VPC endpoint: its policy and its VPC. Answered by `VpcEndpoint`.
    VpcEndpoint {
        /// Its owner.
        account: AccountId,
        /// Its Region.
        region: String,
        /// Its id.
        endpoint: String,
    },
    /// A KMS key: its state and who manages it. Answered by `KmsKey`.
    KmsKey(KeyRef),
    /// The key's policy. Answered by `Policy`.
    KmsKeyPolicy(KeyRef),
    /// The key's grants. Answered by `KmsGrants`.
    KmsGrants(KeyRef),
    /// The policy of a resource of one of the [`RESOURCE_POLICIES`](super::RESOURCE_POLICIES). Answered by `Policy`.
    ResourcePolicy {
        /// The account to ask.
        account: AccountId,
        /// The resource.
        arn: Arn,
    },
    /// The tags of a resource of one of the [`TAGGED`](super::TAGGED). Answered by `Tags`; absent if it has none.
    ResourceTags {
        /// The account to ask.
        account: AccountId,
        /// The resource.
        arn: Arn,
    },
    /// AWS's own evaluation of the request, by the id in its message. Answered by `Authorization`; absent if AWS does
    /// not, or no longer, have it.
    Authorization {
        /// The caller's account.
        account: AccountId,
        /// The Region of the denial.
        region: String,
        /// The authorization id.
        id: String,
    },
    /// What an encoded authorization message says. Answered by `Decoded`.
    DecodedMessage {
        /// The caller's account.
        account: AccountId,
        /// The Region of the denial.
        region: String,
        /// The message.
        message: String,
    },
    /// What IAM's policy simulator says of a request. Answered by `Simulation`; absent if the caller is not there any more.
    Simulation(SimulationRef),
    /// Who changed a resource's permissions lately. Answered by `Changes`.
    Changes {
        /// The resource's account.
        account: AccountId,
        /// The Region whose trail has the changes.
        region: String,
        /// The resource as CloudTrail names it: a bucket's or role's name, or a key's ARN.
        resource: String,
        /// From when on.
        since: Timestamp,
    },
    /// A CloudFront distribution. Answered by `Distribution`; absent if the account has no such.
    Distribution {
        /// The account.
        account: AccountId,
        /// The Region where CloudFront is asked: there is one in the partition.
        region: String,
        /// Its id, or one of its names.
        distribution: String,
    },
    /// The CloudFront distributions of an account that have a bucket as an origin. Answered by `Distributions`.
    OriginDistributions {
        /// The account.
        account: AccountId,
        /// The Region where CloudFront is asked.
        region: String,
        /// The bucket's name.
        bucket: String,
    },
    /// An origin access control. Answered by `OriginAccessControl`.
    OriginAccessControl {
        /// Its account.
        account: AccountId,
        /// The Region where CloudFront is asked.
        region: String,
        /// Its id.
        control: String,
    },
    /// A web ACL. Answered by `WebAcl`.
    WebAcl {
        /// Its account.
        account: AccountId,
        /// Its ARN.
        arn: Arn,
    },
    /// The requests like a viewer's that a web ACL blocked and kept as samples. Answered by `SampledRequests`; absent if
    /// samples of that time are not kept any more.
    SampledRequests(SampleRef),
    /// The Glue jobs that run as a role. Answered by `GlueJobs`.
    GlueJobs {
        /// The role's account.
        account: AccountId,
        /// The Region of the jobs.
        region: String,
        /// The role's name.
        role: String,
    },
}

impl Question {
    /// The row of [`SPECS`](super::SPECS) for this question.
    #[must_use]
    pub fn spec(&self) -> Spec {
        use EntityKind::{Group, Role, User};
        match self {
            Self::Identity(entity) => match entity.kind {
                Role => spec::ROLE,
                User | Group => spec::USER,
            },
            Self::InlinePolicies(entity) => match entity.kind {
                Role => spec::ROLE_INLINE_NAMES,
                User => spec::USER_INLINE_NAMES,
                Group => spec::GROUP_INLINE_NAMES,
            },
            Self::InlinePolicy { of, .. } => match of.kind {
                Role => spec::ROLE_INLINE,
                User => spec::USER_INLINE,
                Group => spec::GROUP_INLINE,
            },
            Self::AttachedPolicies(entity) => match entity.kind {
                Role => spec::ROLE_ATTACHED,
                User => spec::USER_ATTACHED,
                Group => spec::GROUP_ATTACHED,
            },
            Self::Groups(_) => spec::GROUPS,
            Self::ManagedPolicy { .. } => spec::MANAGED_POLICY,
            Self::Session(_) => spec::SESSION,
            Self::OrganizationPath { .. } => spec::ORGANIZATION_PATH,
            Self::AccountTags { .. } => spec::ACCOUNT_TAGS,
            Self::ControlPolicies { kind: ControlPolicy::Scp, .. } => spec::SCPS,
            Self::ControlPolicies { kind: ControlPolicy::Rcp, .. } => spec::RCPS,
            Self::OrganizationPolicy { .. } => spec::ORGANIZATION_POLICY,
            Self::OwnedBucket(_) => spec::OWNED_BUCKET,
            Self::CanonicalId { .. } => spec::CANONICAL_ID,
            Self::BucketPolicy(_) => spec::BUCKET_POLICY,
            Self::BucketPolicyStatus(_) => spec::BUCKET_POLICY_STATUS,
            Self::BucketOwnership(_) => spec::BUCKET_OWNERSHIP,
            Self::BucketAcl(_) => spec::BUCKET_ACL,
            Self::BucketPublicAccessBlock(_) => spec::BUCKET_BPA,
            Self::BucketRequestPayment(_) => spec::BUCKET_REQUEST_PAYMENT,
            Self::BucketEncryption(_) => spec::BUCKET_ENCRYPTION,
            Self::BucketVersioning(_) => spec::BUCKET_VERSIONING,
            Self::BucketAbac(_) => spec::BUCKET_ABAC,
            Self::BucketTags(_) => spec::BUCKET_TAGS,
            Self::AccountPublicAccessBlock { .. } => spec::ACCOUNT_BPA,
            Self::Object { .. } => spec::OBJECT,
            Self::ObjectVersion { .. } => spec::OBJECT_VERSION,
            Self::ObjectAcl { .. } => spec::OBJECT_ACL,
            Self::ObjectVersionAcl { .. } => spec::OBJECT_VERSION_ACL,
            Self::OwnersObjectAcl { .. } => spec::OWNERS_OBJECT_ACL,
            Self::ObjectTags(object) if object.version.is_some() => spec::OBJECT_VERSION_TAGS,
            Self::ObjectTags(_) => spec::OBJECT_TAGS,
            Self::ObjectLock(_) => spec::OBJECT_LOCK,
            Self::ObjectMetadata(object) if object.version.is_some() => spec::OBJECT_VERSION_METADATA,
            Self::ObjectMetadata(_) => spec::OBJECT_METADATA,
            Self::AccessPoint(_) => spec::ACCESS_POINT,
            Self::AccessPointPolicy(_) => spec::ACCESS_POINT_POLICY,
            Self::AccessPointAlias { .. } => spec::ACCESS_POINT_ALIAS,
            Self::MultiRegionAccessPoint { .. } => spec::MULTI_REGION_ACCESS_POINT,
            Self::MultiRegionAccessPointPolicy { .. } => spec::MULTI_REGION_ACCESS_POINT_POLICY,
            Self::ObjectLambda(_) => spec::OBJECT_LAMBDA,
            Self::AccessGrants { .. } => spec::ACCESS_GRANTS,
            Self::VpcEndpoint { .. } => spec::VPC_ENDPOINT,
            Self::KmsKey(key) if key.aws_alias().is_some() => spec::AWS_MANAGED_KEY,
            Self::KmsKey(_) => spec::KMS_KEY,
            Self::KmsKeyPolicy(_) => spec::KMS_KEY_POLICY,
            Self::KmsGrants(_) => spec::KMS_GRANTS,
            Self::ResourcePolicy { arn, .. } => {
                spec::resource_policy(arn).map_or(spec::NO_RESOURCE_POLICY, |row| row.spec)
            }
            Self::ResourceTags { .. } => spec::RESOURCE_TAGS,
            Self::Authorization { .. } => spec::AUTHORIZATION,
            Self::DecodedMessage { .. } => spec::DECODED_MESSAGE,
            Self::Simulation(_) => spec::SIMULATION,
            Self::Changes { .. } => spec::CHANGES,
            Self::Distribution { distribution, .. } if distribution.contains('.') => spec::DISTRIBUTION_BY_NAME,
            Self::Distribution { .. } => spec::DISTRIBUTION,
            Self::OriginDistributions { .. } => spec::ORIGIN_DISTRIBUTIONS,
            Self::OriginAccessControl { .. } => spec::ORIGIN_ACCESS_CONTROL,
            Self::WebAcl { .. } => spec::WEB_ACL,
            Self::SampledRequests(_) => spec::SAMPLED_REQUESTS,
            Self::GlueJobs { .. } => spec::GLUE_JOBS,
        }
    }

    /// The account where the question can be answered; `None` is the organization's management account, or the one it
    /// delegated to.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        Some(match self {
            Self::OrganizationPath { .. }
            | Self::AccountTags { .. }
            | Self::ControlPolicies { .. }
            | Self::OrganizationPolicy { .. } => return None,
            Self::Identity(entity)
            | Self::InlinePolicies(entity)
            | Self::InlinePolicy { of: entity, .. }
            | Self::AttachedPolicies(entity)
            | Self::Groups(entity) => entity.account,
            Self::Session(session) => session.account,
            Self::Simulation(asked) => asked.account,
            Self::SampledRequests(asked) => asked.account,
            Self::ManagedPolicy { account, .. }
            | Self::CanonicalId { account, .. }
            | Self::AccountPublicAccessBlock { account, .. }
            | Self::AccessPointAlias { account, .. }
            | Self::MultiRegionAccessPoint { account, .. }
            | Self::MultiRegionAccessPointPolicy { account, .. }
            | Self::AccessGrants { account, .. }
            | Self::VpcEndpoint { account, .. }
            | Self::ResourcePolicy { account, .. }
            | Self::ResourceTags { account, .. }
            | Self::Authorization { account, .. }
            | Self::DecodedMessage { account, .. }
            | Self::Changes { account, .. }
            | Self::Distribution { account, .. }
            | Self::OriginDistributions { account, .. }
            | Self::OriginAccessControl { account, .. }
            | Self::WebAcl { account, .. }
            | Self::GlueJobs { account, .. } => *account,
            Self::OwnedBucket(bucket)
            | Self::BucketPolicy(bucket)
            | Self::BucketPolicyStatus(bucket)
            | Self::BucketOwnership(bucket)
            | Self::BucketAcl(bucket)
            | Self::BucketPublicAccessBlock(bucket)
            | Self::BucketRequestPayment(bucket)
            | Self::BucketEncryption(bucket)
            | Self::BucketVersioning(bucket)
            | Self::BucketAbac(bucket)
            | Self::BucketTags(bucket)
            | Self::Object { bucket, .. }
            | Self::ObjectVersion { bucket, .. }
            | Self::ObjectAcl { bucket, .. }
            | Self::ObjectVersionAcl { bucket, .. } => bucket.account,
            Self::OwnersObjectAcl { owner, .. } => *owner,
            Self::ObjectTags(object) | Self::ObjectLock(object) | Self::ObjectMetadata(object) => object.bucket.account,
            Self::AccessPoint(point) | Self::AccessPointPolicy(point) | Self::ObjectLambda(point) => point.account,
            Self::KmsKey(key) | Self::KmsKeyPolicy(key) | Self::KmsGrants(key) => key.account,
        })
    }
}
