//! Questions to EC2 about VPC endpoints.

use roxmltree::Node;

use super::errors::Outcome;
use super::resource_policy::document;
use super::signed::Signer;
use super::signed::calls::EC2_DESCRIBE_VPC_ENDPOINTS;
use super::signed::query::{child, text};
use crate::evidence::{Answer, VpcEndpointInfo};

/// A VPC endpoint: its policy, its VPC, its owner.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html>
pub(super) async fn endpoint(signer: &Signer, id: &str) -> Outcome {
    let read = |root: Node<'_, '_>| {
        let set = child(root, "vpcEndpointSet")?;
        // The form of a list without this endpoint, should EC2 ever give one, is that of an endpoint that is gone.
        match set.children().find(|item| text(*item, "vpcEndpointId") == Some(id)) {
            None => Some(None),
            Some(item) => info(item).map(Some),
        }
    };
    match signer.query(&EC2_DESCRIBE_VPC_ENDPOINTS, &[("VpcEndpointId.1", id)], read).await {
        Ok(info) => Ok(info.map(Answer::VpcEndpoint)),
        Err(failure) => failure.none_if(&["InvalidVpcEndpointId.NotFound"]),
    }
}

/// `None` if a part is there and cannot be read: an endpoint without a policy would seem to let everything through.
fn info(item: Node<'_, '_>) -> Option<VpcEndpointInfo> {
    let policy = match text(item, "policyDocument") {
        None => None,
        Some(policy) => Some(document(policy).ok()?),
    };
    let owner = match text(item, "ownerId") {
        None => None,
        Some(account) => Some(account.parse().ok()?),
    };
    Some(VpcEndpointInfo {
        policy,
        vpc: text(item, "vpcId").map(str::to_owned),
        owner,
        kind: text(item, "vpcEndpointType").map(str::to_owned),
    })
}
