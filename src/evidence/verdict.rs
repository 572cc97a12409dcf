//! What AWS itself says of a denied request.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Document;
use crate::layer::Layer;

/// AWS's own evaluation of a request.
///
/// <https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationDetails.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Authorization {
    /// The condition keys of the request.
    pub context: BTreeMap<String, Vec<String>>,
    /// What each kind of policy said.
    pub checks: Vec<Checked>,
    /// The policies that matched, as they were at the time of the denial, by their URI.
    pub policies: BTreeMap<String, Document>,
}

/// What one kind of policy said of one action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// The kind of policy; `None` for one that we do not know.
    pub layer: Option<Layer>,
    /// `ALLOW`, `NO_IMPACT`, `IMPLICIT_DENY` or `EXPLICIT_DENY`.
    pub effect: String,
    /// The statements that decided: the policy's URI, and the Sid where there is one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matched: Vec<MatchedStatement>,
}

/// A statement that matched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchedStatement {
    /// The policy's URI.
    pub policy: String,
    /// The statement's Sid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// `ALLOW` or `EXPLICIT_DENY`.
    pub effect: String,
}

/// What an encoded authorization message says.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DecodedMessage {
    /// A statement denies; otherwise none allows.
    pub explicit_deny: bool,
    /// The action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The Sids of the statements that matched; empty text for one without.
    pub statements: Vec<String>,
    /// The condition keys of the request.
    pub context: BTreeMap<String, Vec<String>>,
}
