//! A line of input: one request with its policies.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::arn::AccountId;
use crate::evidence::{KmsGrant, PublicAccessBlock};

/// A request with the policies that decide it. A member that is not there is a layer that does not apply.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'l> {
    #[serde(default)]
    pub(super) id: serde_json::Value,
    pub(super) principal: String,
    #[serde(default)]
    pub(super) principal_account: Option<AccountId>,
    pub(super) action: String,
    pub(super) resource: LineResource,
    #[serde(default)]
    pub(super) context: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    pub(super) unknown_context: Vec<String>,
    #[serde(borrow, default)]
    pub(super) identity_policies: Option<Vec<Named<'l>>>,
    #[serde(borrow, default)]
    pub(super) permissions_boundary: Option<Named<'l>>,
    #[serde(borrow, default)]
    pub(super) session_policies: Option<Vec<Named<'l>>>,
    #[serde(borrow, default)]
    pub(super) service_control_policies: Option<Vec<Vec<Named<'l>>>>,
    #[serde(borrow, default)]
    pub(super) resource_control_policies: Option<Vec<Vec<Named<'l>>>>,
    #[serde(borrow, default)]
    pub(super) resource_policy: Option<&'l RawValue>,
    #[serde(borrow, default)]
    pub(super) vpc_endpoint_policy: Option<&'l RawValue>,
    #[serde(default)]
    pub(super) block_public_access: Option<PublicAccessBlock>,
    #[serde(default)]
    pub(super) kms_grants: Vec<KmsGrant>,
    #[serde(default)]
    pub(super) bucket_abac: Option<bool>,
    #[serde(default)]
    pub(super) principal_tags: BTreeMap<String, String>,
}

/// What the action is on.
#[derive(Debug, Deserialize)]
pub(super) struct LineResource {
    pub(super) arn: String,
    #[serde(default)]
    pub(super) account: Option<AccountId>,
}

/// A policy with a name.
#[derive(Debug, Deserialize)]
pub(super) struct Named<'l> {
    #[serde(default)]
    pub(super) name: String,
    #[serde(borrow)]
    pub(super) document: &'l RawValue,
}

/// The values of a context key; one value may stand without a list, and as a number or a boolean.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMany {
    One(Scalar),
    Many(Vec<Scalar>),
}

/// One value.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    Text(String),
    Bool(bool),
    Number(serde_json::Number),
}

impl Scalar {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl OneOrMany {
    /// The values as text.
    pub(super) fn texts(&self) -> Vec<String> {
        match self {
            Self::One(one) => vec![one.text()],
            Self::Many(many) => many.iter().map(Scalar::text).collect(),
        }
    }
}
