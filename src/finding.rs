//! What a check found: a code with typed arguments. Words come later, in one place per language.

use schemars::JsonSchema;
use serde::Serialize;

use crate::evaluate::{BlockSetting, Miss};
use crate::evidence::Acl;
use crate::layer::Layer;

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
    },
    /// Block Public Access denies.
    PublicAccessBlocked {
        /// The bucket.
        bucket: String,
        /// The settings that deny.
        settings: Vec<BlockSetting>,
    },
    /// Nothing that could be read denies the call.
    Unexplained {
        /// The layers that could not be read, most probable first.
        candidates: Vec<Layer>,
    },
}

/// A statement that denies, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denying {
    /// How reports name its policy.
    pub policy: String,
    /// Its Sid or index.
    pub statement: String,
    /// Its conditions: key, what the statement wants, what the request has.
    pub conditions: Vec<Place>,
    /// Elements that are not known to match.
    pub unknown: Vec<Miss>,
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
}

/// A common mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// The ARN has a space in it.
    SpaceInArn {
        /// The ARN as written.
        written: String,
        /// Without the space.
        meant: String,
    },
    /// The ARN names the bucket, and the action is on its objects.
    ObjectsMissing {
        /// The ARN as written.
        written: String,
        /// With `/*`.
        meant: String,
    },
    /// The ARN names objects, and the action is on the bucket.
    BucketMissing {
        /// The ARN as written.
        written: String,
        /// Without the objects.
        meant: String,
    },
    /// The ARN is of another partition.
    OtherPartition {
        /// The ARN as written.
        written: String,
        /// The right partition.
        partition: String,
    },
    /// The statement allows this resource, but not this action.
    ActionMissing {
        /// The action to add.
        action: String,
    },
    /// The statement names a user or role that was deleted, and made again with the same name.
    DeletedPrincipal {
        /// What is left of it.
        id: String,
    },
    /// The condition's key is not in the request at all.
    KeyAbsent {
        /// The key.
        key: String,
    },
}

/// How sure a cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// It denies the call whatever the facts are that could not be read.
    Certain,
    /// AWS's message and our evaluation agree, but a fact is missing.
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
            Self::Unexplained { .. } => "unexplained".to_owned(),
        }
    }
}
