//! The layers of policy that a request passes, by their names.

use serde::{Deserialize, Serialize};

/// A kind of policy or setting that can deny a request. The name is the prefix of its cause codes.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// Service control policies of the caller's organization.
    Scp,
    /// Resource control policies of the resource's organization.
    Rcp,
    /// The policy of the VPC endpoint that the request came through.
    VpcEndpointPolicy,
    /// The boundary of the user or role.
    PermissionsBoundary,
    /// The policies passed when the session was made.
    SessionPolicy,
    /// The policies of the user, its groups, or the role.
    IdentityPolicy,
    /// The policy on the resource: the bucket policy, for S3.
    ResourcePolicy,
    /// The policy on the S3 access point.
    AccessPointPolicy,
    /// The policy on the KMS key.
    KmsKeyPolicy,
    /// The identity's policies, for the KMS key.
    KmsIdentityPolicy,
    /// The role's trust policy.
    TrustPolicy,
    /// S3's Block Public Access settings.
    BlockPublicAccess,
    /// The bucket lets requesters pay.
    RequesterPays,
    /// The access point serves one VPC only.
    #[serde(rename = "access-point-vpc-only")]
    AccessPointVpc,
    /// Object Lock keeps the object's version.
    #[serde(rename = "object-locked")]
    ObjectLock,
    /// Deleting a version takes the root user's MFA device.
    MfaDelete,
    /// The bucket takes no uploads with keys of the customer's own.
    #[serde(rename = "customer-key-blocked")]
    CustomerKey,
    /// The request says which account must own the bucket.
    #[serde(rename = "bucket-owner-mismatch")]
    ExpectedOwner,
    /// The grants of S3 Access Grants.
    #[serde(rename = "access-grant-missing")]
    AccessGrants,
    /// The root user takes no role.
    #[serde(rename = "root-cannot-assume-role")]
    RootCaller,
    /// What only a KMS key's own account can be let do.
    #[serde(rename = "kms-operation-cross-account")]
    KeyOperation,
    /// S3's access control lists.
    Acl,
}

impl Layer {
    /// The name in reports and cause codes.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scp => "scp",
            Self::Rcp => "rcp",
            Self::VpcEndpointPolicy => "vpc-endpoint-policy",
            Self::PermissionsBoundary => "permissions-boundary",
            Self::SessionPolicy => "session-policy",
            Self::IdentityPolicy => "identity-policy",
            Self::ResourcePolicy => "resource-policy",
            Self::AccessPointPolicy => "access-point-policy",
            Self::KmsKeyPolicy => "kms-key-policy",
            Self::KmsIdentityPolicy => "kms-identity-policy",
            Self::TrustPolicy => "trust-policy",
            Self::BlockPublicAccess => "block-public-access",
            Self::RequesterPays => "requester-pays",
            Self::AccessPointVpc => "access-point-vpc-only",
            Self::ObjectLock => "object-locked",
            Self::MfaDelete => "mfa-delete",
            Self::CustomerKey => "customer-key-blocked",
            Self::ExpectedOwner => "bucket-owner-mismatch",
            Self::AccessGrants => "access-grant-missing",
            Self::RootCaller => "root-cannot-assume-role",
            Self::KeyOperation => "kms-operation-cross-account",
            Self::Acl => "acl",
        }
    }
}

impl std::fmt::Display for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
