//! What KMS says of a key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::arn::Arn;

/// A key.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KmsKeyInfo {
    /// Its ARN.
    pub arn: Arn,
    /// `Enabled`, `Disabled`, `PendingDeletion` and the like.
    pub state: String,
    /// AWS manages it: its policy cannot be changed, and no other account can use it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub aws_managed: bool,
}

/// A grant of a key.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantListEntry.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KmsGrant {
    /// Who may use the key: an ARN, or a service's name.
    pub grantee_principal: String,
    /// Who may retire the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retiring_principal: Option<String>,
    /// For what: `Decrypt` for example.
    #[serde(default)]
    pub operations: Vec<String>,
    /// What the request must be like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<GrantConstraints>,
}

/// What a request must be like for a grant to count.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantConstraints {
    /// All of these, and others as well.
    #[serde(default, alias = "EncryptionContextSubset", skip_serializing_if = "Option::is_none")]
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    /// These and no other.
    #[serde(default, alias = "EncryptionContextEquals", skip_serializing_if = "Option::is_none")]
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
    /// The resource in whose name the request has to be made, as in `aws:SourceArn`.
    #[serde(default, alias = "SourceArn", skip_serializing_if = "Option::is_none")]
    pub source_arn: Option<String>,
}
