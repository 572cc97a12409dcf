//! What a check found: a code with typed arguments. Words come later, in one place per language.

mod hint;

use schemars::JsonSchema;
use serde::Serialize;

use crate::arn::AccountId;
use crate::evaluate::{Actual, Barrier, BlockSetting, Miss};
use crate::evidence::{Acl, Change, ObjectLock};
use crate::layer::Layer;

pub use hint::Hint;

/// One thing that denies the call.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What it is.
    pub cause: Cause,
    /// How sure it is.
    pub confidence: Confidence,
    /// Which authorization of the call it denies: an index into the requests.
    pub request: usize,
    /// The statements or settings.
    pub places: Vec<Place>,
}

/// A cause with its arguments.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// A statement denies.
    ExplicitDeny {
        /// The layer.
        layer: Layer,
        /// The statements that deny, or may.
        statements: Vec<Denying>,
        /// AWS's message names the policy.
        stated_policy: Option<String>,
    },
    /// No statement allows.
    NoAllow {
        /// The layer.
        layer: Layer,
        /// The root, unit or account whose policies do not allow, where there are several levels.
        level: Option<String>,
        /// The statement that comes closest.
        near: Option<NearMiss>,
        /// There is no policy at all.
        none_at_all: bool,
    },
    /// The object belongs to another account than its bucket.
    ObjectOwnedByOther {
        /// The bucket.
        bucket: String,
        /// The canonical id of the object's owner.
        owner: Option<String>,
    },
    /// The object belongs to another account than its bucket, and its ACL does not grant the caller's account.
    AclNoGrant {
        /// The bucket.
        bucket: String,
        /// The object's ACL, where it could be read.
        acl: Option<Acl>,
    },
    /// The object is not there, and the caller may not know that.
    ObjectMissing {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// The version that the request names.
        version: Option<String>,
    },
    /// Block Public Access denies.
    PublicAccessBlocked {
        /// The bucket.
        bucket: String,
        /// The settings that deny.
        settings: Vec<BlockSetting>,
    },
    /// The bucket lets requesters pay, and this one did not agree.
    RequesterPays {
        /// The bucket.
        bucket: String,
    },
    /// The access point serves one VPC only.
    AccessPointVpcOnly {
        /// The access point's ARN.
        access_point: String,
        /// The VPC.
        vpc: String,
    },
    /// The bucket behind the access point does not allow the request.
    AccessPointNotDelegated {
        /// The bucket.
        bucket: String,
    },
    /// The KMS key is disabled, or the like.
    KmsKeyUnusable {
        /// Its ARN, where it is known.
        key: Option<String>,
        /// Its state, where that is known.
        state: Option<String>,
    },
    /// An AWS managed key encrypts what a caller of another account wants.
    AwsManagedKeyShared {
        /// The key's ARN.
        key: String,
    },
    /// The bucket's policy does not let CloudFront in.
    OriginAccess {
        /// The bucket.
        bucket: String,
        /// How CloudFront came.
        comes_as: ComesAs,
        /// The statement that comes closest.
        near: Option<NearMiss>,
    },
    /// AWS did not accept the credentials.
    Credentials(CredentialFault),
    /// The object is archived.
    ObjectArchived {
        /// The bucket.
        bucket: String,
        /// The key.
        key: String,
        /// Its storage class, where it could be read.
        class: Option<String>,
    },
    /// Object Lock keeps the version.
    ObjectLocked {
        /// The bucket.
        bucket: String,
        /// The lock, where it could be read.
        lock: Option<ObjectLock>,
    },
    /// Only the root user with its MFA device can delete a version.
    MfaDelete {
        /// The bucket.
        bucket: String,
    },
    /// S3 Access Grants do not grant what was asked of them.
    AccessGrantMissing {
        /// The ARN of the instance.
        instance: String,
        /// The data, where the record says it.
        target: Option<String>,
        /// The permission, where the record says it.
        permission: Option<String>,
        /// What is granted to the caller: a permission and a scope each.
        scopes: Vec<String>,
    },
    /// The bucket takes no uploads with keys of the customer's own.
    CustomerKeyBlocked {
        /// The bucket.
        bucket: String,
    },
    /// The request says that the bucket is another account's than it is.
    BucketOwnerMismatch {
        /// The bucket.
        bucket: String,
        /// Whose the request says it is.
        expected: String,
        /// Whose it is.
        owner: Option<AccountId>,
    },
    /// The request brings an ACL, and the bucket takes none.
    AclNotSupported {
        /// The bucket.
        bucket: String,
        /// The ACL's header, and what it says.
        header: Option<(String, String)>,
    },
    /// CloudFront or WAF refuses a viewer's request.
    Viewer(Barrier),
    /// Permissions were changed around the time of the denial or since, and allow the call now.
    ChangedSince {
        /// The changes, the latest first.
        changes: Vec<Change>,
    },
    /// Nothing that could be read denies the call.
    Unexplained {
        /// The layers that could not be read, most probable first.
        candidates: Vec<Layer>,
    },
}

/// How CloudFront comes to an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComesAs {
    /// As the service, with origin access control.
    Service,
    /// As an origin access identity.
    Identity,
    /// Without a signature.
    Anybody,
}

/// What AWS has against the credentials of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialFault {
    /// They were for a time, which is over.
    Expired,
    /// AWS does not know the access key, or its session token is another's.
    UnknownKey,
    /// The signature is not that of the request.
    Signature,
    /// The caller's clock is wrong.
    Clock,
}

/// A statement that denies, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denying {
    /// How reports name its policy.
    pub policy: String,
    /// Its Sid or index.
    pub statement: String,
    /// Its conditions.
    pub conditions: Vec<Term>,
    /// Elements that are not known to match.
    pub unknown: Vec<Miss>,
    /// What it spares: the name of an element such as `NotResource`, and what stands there.
    pub spared: Vec<(&'static str, Vec<String>)>,
    /// Why it denies more than its author most likely meant.
    pub trap: Option<Hint>,
}

/// A condition of a statement, and what the request has for its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The operator as written.
    pub operator: String,
    /// The key as written.
    pub key: String,
    /// The operator holds where none of the values match.
    pub negated: bool,
    /// The values of the statement.
    pub wanted: Vec<String>,
    /// What the request has.
    pub actual: Actual,
}

/// The statement that comes closest to allowing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// How reports name its policy.
    pub policy: String,
    /// Its Sid or index.
    pub statement: String,
    /// What keeps it from matching.
    pub misses: Vec<Miss>,
    /// What its author most likely got wrong.
    pub hint: Option<Hint>,
    /// The conditions that hold, where another does not.
    pub held: Vec<String>,
}

/// How sure a cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It denies the call whatever the facts are that could not be read.
    Certain,
    /// AWS's message and our evaluation agree, but a fact is missing; or IAM's policy simulator says so.
    Likely,
    /// It may deny the call.
    Possible,
}

/// A statement or a setting, and what it wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Place {
    /// The policy's ARN, `inline:NAME`, or the resource's ARN for a resource policy or setting.
    pub policy: String,
    /// The statement's Sid, or its index; empty where there is no statement.
    pub statement: String,
    /// The element: `Resource`, `Condition.StringEquals.aws:SourceVpce`, or a setting's name.
    pub element: String,
    /// What the element wants.
    pub wanted: String,
    /// What the request has.
    pub actual: String,
}

impl Cause {
    /// The cause code. Stable: codes are added, never renamed.
    #[must_use]
    pub fn code(&self) -> String {
        match self {
            Self::ExplicitDeny { layer, .. } => format!("{layer}-explicit-deny"),
            Self::NoAllow { layer, .. } => format!("{layer}-no-allow"),
            Self::ObjectOwnedByOther { .. } => "object-owned-by-other-account".to_owned(),
            Self::AclNoGrant { .. } => "acl-no-grant".to_owned(),
            Self::ObjectMissing { .. } => "object-missing".to_owned(),
            Self::PublicAccessBlocked { .. } => "block-public-access".to_owned(),
            Self::RequesterPays { .. } => "requester-pays".to_owned(),
            Self::AccessPointVpcOnly { .. } => "access-point-vpc-only".to_owned(),
            Self::AccessPointNotDelegated { .. } => "access-point-not-delegated".to_owned(),
            Self::KmsKeyUnusable { .. } => "kms-key-unusable".to_owned(),
            Self::AwsManagedKeyShared { .. } => "kms-aws-managed-key-cross-account".to_owned(),
            Self::OriginAccess { .. } => "cloudfront-origin-access".to_owned(),
            Self::Credentials(CredentialFault::Expired) => "expired-credentials".to_owned(),
            Self::Credentials(CredentialFault::UnknownKey) => "unknown-access-key".to_owned(),
            Self::Credentials(CredentialFault::Signature) => "signature-mismatch".to_owned(),
            Self::Credentials(CredentialFault::Clock) => "clock-skew".to_owned(),
            Self::ObjectArchived { .. } => "object-archived".to_owned(),
            Self::ObjectLocked { .. } => "object-locked".to_owned(),
            Self::MfaDelete { .. } => "mfa-delete".to_owned(),
            Self::AccessGrantMissing { .. } => "access-grant-missing".to_owned(),
            Self::CustomerKeyBlocked { .. } => "customer-key-blocked".to_owned(),
            Self::BucketOwnerMismatch { .. } => "bucket-owner-mismatch".to_owned(),
            Self::AclNotSupported { .. } => "acl-not-supported".to_owned(),
            Self::Viewer(Barrier::Waf) => "waf-block".to_owned(),
            Self::Viewer(Barrier::Signed(_)) => "cloudfront-signed-url".to_owned(),
            Self::Viewer(Barrier::Geo) => "cloudfront-geo-restriction".to_owned(),
            Self::Viewer(Barrier::Alias) => "cloudfront-alias".to_owned(),
            Self::ChangedSince { .. } => "changed-since".to_owned(),
            Self::Unexplained { .. } => "unexplained".to_owned(),
        }
    }
}
