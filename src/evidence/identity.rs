//! What AWS says of users, roles and sessions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Document;
use crate::arn::Arn;

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
    /// A role's trust policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<Document>,
}

/// How a session was made, from the record of the call that made it.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionInfo {
    /// The call: `AssumeRole`, `AssumeRoleWithSAML`, `AssumeRoleWithWebIdentity` or `GetFederationToken`.
    pub call: String,
    /// The session policy that was passed as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Document>,
    /// The managed policies that were passed as session policies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub policy_arns: Vec<Arn>,
    /// Tags passed with the session.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// Who made it, as the record says: an ARN, or a service's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The session was made from another session, whose transitive tags it has as well.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub chained: bool,
}

/// A change of a resource's permissions, from CloudTrail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When it was made.
    pub time: Timestamp,
    /// The call: `PutBucketPolicy` for example.
    pub call: String,
    /// Who made it, as the record says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The record's id.
    pub event_id: String,
}
