//! What EC2 says of a VPC endpoint.

use serde::{Deserialize, Serialize};

use super::Document;
use crate::arn::AccountId;

/// A VPC endpoint.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpcEndpointInfo {
    /// Its policy; `None` where its kind has none, as for Gateway Load Balancers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Document>,
    /// Its VPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vpc: Option<String>,
    /// Its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AccountId>,
    /// `Gateway`, `Interface` and the like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}
