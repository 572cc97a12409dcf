//! What AWS answers, without the types of its SDK.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Document;
use super::cloudfront::{DistributionInfo, OriginAccessControlInfo};
use super::glue::GlueJobInfo;
use super::identity::{Change, IdentityInfo, SessionInfo};
use super::kms::{KmsGrant, KmsKeyInfo};
use super::organization::OrganizationPath;
use super::s3::{
    AccessGrant, AccessPointInfo, Acl, Encryption, MultiRegionAccessPointInfo, ObjectInfo, ObjectLambdaInfo,
    ObjectLock, ObjectMetadata, ObjectOwnership, PublicAccessBlock, Versioning,
};
use super::simulation::Simulation;
use super::verdict::{Authorization, DecodedMessage};
use super::vpc::VpcEndpointInfo;
use super::waf::{SampledRequest, WebAclInfo};
use crate::policy::Policy;

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// A user or a role.
    Identity(IdentityInfo),
    /// Names of inline policies or groups, ARNs of managed policies.
    Names(Vec<String>),
    /// A policy.
    Policy(Document),
    /// How a session was made.
    Session(SessionInfo),
    /// Where an account stands in the organization.
    OrganizationPath(OrganizationPath),
    /// A Region's name.
    Region(String),
    /// Yes or no.
    Flag(bool),
    /// Who owns new objects of a bucket.
    Ownership(ObjectOwnership),
    /// An access control list.
    Acl(Acl),
    /// Block Public Access settings.
    PublicAccessBlock(PublicAccessBlock),
    /// How a bucket encrypts.
    Encryption(Encryption),
    /// Whether a bucket keeps versions.
    Versioning(Versioning),
    /// Tags by name.
    Tags(BTreeMap<String, String>),
    /// An object that is there.
    Object(ObjectInfo),
    /// What keeps an object from being deleted.
    ObjectLock(ObjectLock),
    /// How an object is stored.
    ObjectMetadata(ObjectMetadata),
    /// The id of an account in ACLs.
    CanonicalId(String),
    /// An access point.
    AccessPoint(AccessPointInfo),
    /// A Multi-Region Access Point.
    MultiRegionAccessPoint(MultiRegionAccessPointInfo),
    /// What an Object Lambda Access Point stands before.
    ObjectLambda(ObjectLambdaInfo),
    /// Grants of S3 Access Grants.
    AccessGrants(Vec<AccessGrant>),
    /// A VPC endpoint.
    VpcEndpoint(VpcEndpointInfo),
    /// A KMS key.
    KmsKey(KmsKeyInfo),
    /// Grants of a KMS key.
    KmsGrants(Vec<KmsGrant>),
    /// AWS's own evaluation.
    Authorization(Authorization),
    /// An encoded message, decoded.
    Decoded(DecodedMessage),
    /// What IAM's policy simulator says.
    Simulation(Simulation),
    /// Changes, the latest first.
    Changes(Vec<Change>),
    /// A CloudFront distribution.
    Distribution(DistributionInfo),
    /// CloudFront distributions.
    Distributions(Vec<DistributionInfo>),
    /// An origin access control.
    OriginAccessControl(OriginAccessControlInfo),
    /// A web ACL.
    WebAcl(WebAclInfo),
    /// Requests that WAF blocked.
    SampledRequests(Vec<SampledRequest>),
    /// Glue jobs.
    GlueJobs(Vec<GlueJobInfo>),
}

impl Answer {
    /// A compiled policy.
    #[must_use]
    pub fn as_policy(&self) -> Option<&Policy> {
        if let Self::Policy(document) = self { Some(document.policy()) } else { None }
    }

    /// Whether a policy that somebody wrote is part of it.
    #[must_use]
    pub fn holds_policy(&self) -> bool {
        match self {
            Self::Policy(_) => true,
            Self::Identity(info) => info.trust.is_some(),
            Self::Session(info) => info.policy.is_some(),
            Self::VpcEndpoint(info) => info.policy.is_some(),
            Self::Names(_)
            | Self::OrganizationPath(_)
            | Self::Region(_)
            | Self::Flag(_)
            | Self::Ownership(_)
            | Self::Acl(_)
            | Self::PublicAccessBlock(_)
            | Self::Encryption(_)
            | Self::Versioning(_)
            | Self::Tags(_)
            | Self::Object(_)
            | Self::ObjectLock(_)
            | Self::ObjectMetadata(_)
            | Self::CanonicalId(_)
            | Self::AccessPoint(_)
            | Self::MultiRegionAccessPoint(_)
            | Self::ObjectLambda(_)
            | Self::AccessGrants(_)
            | Self::KmsKey(_)
            | Self::KmsGrants(_)
            | Self::Authorization(_)
            | Self::Decoded(_)
            | Self::Simulation(_)
            | Self::Changes(_)
            | Self::Distribution(_)
            | Self::Distributions(_)
            | Self::OriginAccessControl(_)
            | Self::WebAcl(_)
            | Self::SampledRequests(_)
            | Self::GlueJobs(_) => false,
        }
    }

    /// Names or ARNs.
    #[must_use]
    pub fn as_names(&self) -> Option<&[String]> {
        if let Self::Names(names) = self { Some(names) } else { None }
    }

    /// A canonical id.
    #[must_use]
    pub fn as_canonical_id(&self) -> Option<&str> {
        if let Self::CanonicalId(id) = self { Some(id) } else { None }
    }

    /// A Region's name.
    #[must_use]
    pub fn as_region(&self) -> Option<&str> {
        if let Self::Region(name) = self { Some(name) } else { None }
    }
}

/// The accessor of each kind of answer that is taken as it stands.
macro_rules! accessors {
    ($($(#[$doc:meta])* $name:ident: $kind:ident($type:ty);)*) => {
        impl Answer {
            $($(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> Option<&$type> {
                if let Self::$kind(value) = self { Some(value) } else { None }
            })*
        }
    };
}

accessors! {
    /// A user or a role.
    as_identity: Identity(IdentityInfo);
    /// How a session was made.
    as_session: Session(SessionInfo);
    /// Where an account stands in the organization.
    as_organization_path: OrganizationPath(OrganizationPath);
    /// Yes or no.
    as_flag: Flag(bool);
    /// Who owns new objects.
    as_ownership: Ownership(ObjectOwnership);
    /// An access control list.
    as_acl: Acl(Acl);
    /// Block Public Access settings.
    as_public_access_block: PublicAccessBlock(PublicAccessBlock);
    /// How a bucket encrypts.
    as_encryption: Encryption(Encryption);
    /// Whether a bucket keeps versions.
    as_versioning: Versioning(Versioning);
    /// Tags by name.
    as_tags: Tags(BTreeMap<String, String>);
    /// An object.
    as_object: Object(ObjectInfo);
    /// What keeps an object from being deleted.
    as_object_lock: ObjectLock(ObjectLock);
    /// How an object is stored.
    as_object_metadata: ObjectMetadata(ObjectMetadata);
    /// An access point.
    as_access_point: AccessPoint(AccessPointInfo);
    /// A Multi-Region Access Point.
    as_multi_region_access_point: MultiRegionAccessPoint(MultiRegionAccessPointInfo);
    /// What an Object Lambda Access Point stands before.
    as_object_lambda: ObjectLambda(ObjectLambdaInfo);
    /// Grants of S3 Access Grants.
    as_access_grants: AccessGrants(Vec<AccessGrant>);
    /// A VPC endpoint.
    as_vpc_endpoint: VpcEndpoint(VpcEndpointInfo);
    /// A KMS key.
    as_kms_key: KmsKey(KmsKeyInfo);
    /// Grants of a KMS key.
    as_kms_grants: KmsGrants(Vec<KmsGrant>);
    /// AWS's own evaluation.
    as_authorization: Authorization(Authorization);
    /// An encoded message, decoded.
    as_decoded: Decoded(DecodedMessage);
    /// What IAM's policy simulator says.
    as_simulation: Simulation(Simulation);
    /// Changes.
    as_changes: Changes(Vec<Change>);
    /// A CloudFront distribution.
    as_distribution: Distribution(DistributionInfo);
    /// CloudFront distributions.
    as_distributions: Distributions(Vec<DistributionInfo>);
    /// An origin access control.
    as_origin_access_control: OriginAccessControl(OriginAccessControlInfo);
    /// A web ACL.
    as_web_acl: WebAcl(WebAclInfo);
    /// Requests that WAF blocked.
    as_sampled_requests: SampledRequests(Vec<SampledRequest>);
    /// Glue jobs.
    as_glue_jobs: GlueJobs(Vec<GlueJobInfo>);
}
