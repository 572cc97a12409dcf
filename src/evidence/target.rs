//! What each question is about, in a few words.

use super::Question;
use super::subject::BucketRef;

impl Question {
    /// What the question is about, as text: a name, an ARN, a bucket, or a bucket and key.
    #[must_use]
    pub fn target(&self) -> String {
        let versioned = |bucket: &BucketRef, key: &str, version: Option<&String>| match version {
            Some(version) => format!("{}/{key}?versionId={version}", bucket.bucket),
            None => format!("{}/{key}", bucket.bucket),
        };
        match self {
            Self::Identity(entity)
            | Self::InlinePolicies(entity)
            | Self::AttachedPolicies(entity)
            | Self::Groups(entity) => entity.name.clone(),
            Self::InlinePolicy { of, policy } => format!("{}/{policy}", of.name),
            Self::ManagedPolicy { arn, .. }
            | Self::OrganizationPolicy { arn }
            | Self::ResourcePolicy { arn, .. }
            | Self::ResourceTags { arn, .. }
            | Self::WebAcl { arn, .. } => arn.to_string(),
            Self::Session(session) if session.session.is_empty() => session.of.clone(),
            Self::Session(session) => format!("{}/{}", session.of, session.session),
            Self::OrganizationPath { account }
            | Self::AccountTags { account }
            | Self::CanonicalId { account, .. }
            | Self::AccountPublicAccessBlock { account, .. } => account.to_string(),
            Self::ControlPolicies { target, .. } => target.clone(),
            Self::OwnedBucket(bucket)
            | Self::BucketPolicy(bucket)
            | Self::BucketPolicyStatus(bucket)
            | Self::BucketOwnership(bucket)
            | Self::BucketAcl(bucket)
            | Self::BucketPublicAccessBlock(bucket)
            | Self::BucketRequestPayment(bucket)
            | Self::BucketEncryption(bucket)
            | Self::BucketVersioning(bucket)
            | Self::BucketAbac(bucket)
            | Self::BucketTags(bucket) => bucket.bucket.clone(),
            Self::Object { bucket, key } | Self::ObjectAcl { bucket, key } => versioned(bucket, key, None),
            Self::ObjectVersion { bucket, key, version } | Self::ObjectVersionAcl { bucket, key, version } => {
                versioned(bucket, key, Some(version))
            }
            Self::ObjectTags(object)
            | Self::ObjectLock(object)
            | Self::ObjectMetadata(object)
            | Self::OwnersObjectAcl { object, .. } => versioned(&object.bucket, &object.key, object.version.as_ref()),
            Self::AccessPoint(point) | Self::AccessPointPolicy(point) | Self::ObjectLambda(point) => {
                point.access_point.clone()
            }
            Self::SampledRequests(asked) => asked.web_acl.to_string(),
            Self::AccessPointAlias { alias, .. } | Self::MultiRegionAccessPoint { alias, .. } => alias.clone(),
            Self::MultiRegionAccessPointPolicy { name, .. } => name.clone(),
            Self::AccessGrants { grantee, .. } => grantee.to_string(),
            Self::VpcEndpoint { endpoint, .. } => endpoint.clone(),
            Self::KmsKey(key) | Self::KmsKeyPolicy(key) | Self::KmsGrants(key) => key.key.clone(),
            Self::Authorization { id, .. } => id.clone(),
            Self::DecodedMessage { .. } => "of the event".to_owned(),
            Self::Simulation(asked) => match &asked.resource {
                Some(resource) => format!("{} on {resource}", asked.action),
                None => asked.action.clone(),
            },
            Self::Changes { resource, .. } => resource.clone(),
            Self::Distribution { distribution, .. } => distribution.clone(),
            Self::OriginDistributions { bucket, .. } => bucket.clone(),
            Self::OriginAccessControl { control, .. } => control.clone(),
            Self::GlueJobs { role, .. } => role.clone(),
        }
    }
}
