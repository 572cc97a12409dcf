//! What it takes to ask: the permissions of every kind of question. Roles, session policies and gaps are made of this.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>

use crate::arn::Arn;

/// What is the same for all questions of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// The name in reports.
    pub name: &'static str,
    /// The IAM actions that asking takes.
    pub needs: &'static [&'static str],
    /// What the actions are on.
    pub scope: Scope,
}

/// What a permission is granted on. The order is that of the role's statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The account's roles.
    Roles,
    /// The account's users.
    Users,
    /// The account's groups.
    Groups,
    /// The account's roles and users, whichever called.
    Callers,
    /// The account's managed policies, and AWS's.
    ManagedPolicies,
    /// The account's buckets.
    Buckets,
    /// Objects in the account's buckets.
    Objects,
    /// Objects that the account owns, in whatever account's bucket.
    OwnedObjects,
    /// The same as [`Self::Objects`], for those who let metadata be read: the permission also lets data be read.
    ObjectData,
    /// The account's access points.
    AccessPoints,
    /// KMS keys.
    Keys,
    /// CloudFront's distributions and origin access controls.
    Distributions,
    /// Web ACLs.
    WebAcls,
    /// Queues, topics, functions and the like: what has a policy of its own.
    Resources,
    /// Actions that take no resource.
    Account,
    /// The organization: only its management account, or one that it delegated to, can answer.
    Organization,
}

/// Every kind of question. The roles' policies are made of this table and of [`RESOURCE_POLICIES`].
pub const SPECS: &[Spec] = &[
    ROLE,
    USER,
    ROLE_INLINE_NAMES,
    USER_INLINE_NAMES,
    GROUP_INLINE_NAMES,
    ROLE_INLINE,
    USER_INLINE,
    GROUP_INLINE,
    ROLE_ATTACHED,
    USER_ATTACHED,
    GROUP_ATTACHED,
    GROUPS,
    MANAGED_POLICY,
    SESSION,
    ORGANIZATION_PATH,
    ACCOUNT_TAGS,
    SCPS,
    RCPS,
    ORGANIZATION_POLICY,
    OWNED_BUCKET,
    CANONICAL_ID,
    BUCKET_POLICY,
    BUCKET_POLICY_STATUS,
    BUCKET_OWNERSHIP,
    BUCKET_ACL,
    BUCKET_BPA,
    BUCKET_REQUEST_PAYMENT,
    BUCKET_ENCRYPTION,
    BUCKET_VERSIONING,
    BUCKET_ABAC,
    BUCKET_TAGS,
    ACCOUNT_BPA,
    OBJECT,
    OBJECT_VERSION,
    OBJECT_ACL,
    OBJECT_VERSION_ACL,
    OWNERS_OBJECT_ACL,
    OBJECT_TAGS,
    OBJECT_VERSION_TAGS,
    OBJECT_LOCK,
    OBJECT_METADATA,
    OBJECT_VERSION_METADATA,
    ACCESS_POINT,
    ACCESS_POINT_POLICY,
    ACCESS_POINT_ALIAS,
    MULTI_REGION_ACCESS_POINT,
    MULTI_REGION_ACCESS_POINT_POLICY,
    OBJECT_LAMBDA,
    ACCESS_GRANTS,
    VPC_ENDPOINT,
    KMS_KEY,
    AWS_MANAGED_KEY,
    KMS_KEY_POLICY,
    KMS_GRANTS,
    RESOURCE_TAGS,
    AUTHORIZATION,
    DECODED_MESSAGE,
    SIMULATION,
    CHANGES,
    DISTRIBUTION,
    DISTRIBUTION_BY_NAME,
    ORIGIN_DISTRIBUTIONS,
    ORIGIN_ACCESS_CONTROL,
    WEB_ACL,
    SAMPLED_REQUESTS,
    GLUE_JOBS,
];

/// A kind of resource that has a policy of its own, and whose policy can be asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct ResourcePolicyRow {
    /// The service, as in the resource's ARN.
    pub service: &'static str,
    /// What the ARN's resource starts with.
    pub prefix: &'static str,
    /// What asking takes.
    pub spec: Spec,
}

const fn row(service: &'static str, prefix: &'static str, needs: &'static [&'static str]) -> ResourcePolicyRow {
    ResourcePolicyRow { service, prefix, spec: spec("resource-policy", needs, Scope::Resources) }
}

/// Resources with a policy, beside buckets, access points, keys and roles.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
pub const RESOURCE_POLICIES: &[ResourcePolicyRow] = &[
    row("dynamodb", "table/", &["dynamodb:GetResourcePolicy"]),
    row("ecr", "repository/", &["ecr:GetRepositoryPolicy"]),
    row("events", "event-bus/", &["events:DescribeEventBus"]),
    row("glue", "", &["glue:GetResourcePolicy"]),
    row("lambda", "function:", &["lambda:GetPolicy"]),
    row("s3", "access-grants/", &["s3:GetAccessGrantsInstanceResourcePolicy"]),
    row("s3-object-lambda", "accesspoint/", &["s3:GetAccessPointPolicyForObjectLambda"]),
    row("secretsmanager", "secret:", &["secretsmanager:GetResourcePolicy"]),
    row("sns", "", &["sns:GetTopicAttributes"]),
    row("sqs", "", &["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]),
];

/// The row for a resource; `None` if its kind has no policy that we can ask for.
#[must_use]
pub fn resource_policy(arn: &Arn) -> Option<&'static ResourcePolicyRow> {
    RESOURCE_POLICIES.iter().find(|row| row.service == arn.service() && arn.resource().starts_with(row.prefix))
}

/// Resources whose tags are `aws:ResourceTag/…` in every request about them, and are told by one call for all: the
/// service, and what the ARN's resource starts with. Tables are not among them: whether their tags count is a setting
/// that nothing tells, <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/abac-enable-ddb.html>.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>,
/// <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
pub const TAGGED: &[(&str, &str)] = &[
    ("ecr", "repository/"),
    ("events", "event-bus/"),
    ("kms", "key/"),
    ("lambda", "function:"),
    ("secretsmanager", "secret:"),
    ("sns", ""),
    ("sqs", ""),
];

const fn spec(name: &'static str, needs: &'static [&'static str], scope: Scope) -> Spec {
    Spec { name, needs, scope }
}

pub(super) const ROLE: Spec = spec("role", &["iam:GetRole"], Scope::Roles);
pub(super) const USER: Spec = spec("user", &["iam:GetUser"], Scope::Users);
pub(super) const ROLE_INLINE_NAMES: Spec = spec("role-inline-policies", &["iam:ListRolePolicies"], Scope::Roles);
pub(super) const USER_INLINE_NAMES: Spec = spec("user-inline-policies", &["iam:ListUserPolicies"], Scope::Users);
pub(super) const GROUP_INLINE_NAMES: Spec = spec("group-inline-policies", &["iam:ListGroupPolicies"], Scope::Groups);
pub(super) const ROLE_INLINE: Spec = spec("role-inline-policy", &["iam:GetRolePolicy"], Scope::Roles);
pub(super) const USER_INLINE: Spec = spec("user-inline-policy", &["iam:GetUserPolicy"], Scope::Users);
pub(super) const GROUP_INLINE: Spec = spec("group-inline-policy", &["iam:GetGroupPolicy"], Scope::Groups);
pub(super) const ROLE_ATTACHED: Spec = spec("role-attached-policies", &["iam:ListAttachedRolePolicies"], Scope::Roles);
pub(super) const USER_ATTACHED: Spec = spec("user-attached-policies", &["iam:ListAttachedUserPolicies"], Scope::Users);
pub(super) const GROUP_ATTACHED: Spec =
    spec("group-attached-policies", &["iam:ListAttachedGroupPolicies"], Scope::Groups);
pub(super) const GROUPS: Spec = spec("groups-of-user", &["iam:ListGroupsForUser"], Scope::Users);
pub(super) const MANAGED_POLICY: Spec =
    spec("managed-policy", &["iam:GetPolicy", "iam:GetPolicyVersion"], Scope::ManagedPolicies);
pub(super) const SESSION: Spec = spec("session", &["cloudtrail:LookupEvents"], Scope::Account);
pub(super) const ORGANIZATION_PATH: Spec = spec(
    "organization-path",
    &["organizations:DescribeOrganization", "organizations:ListRoots", "organizations:ListParents"],
    Scope::Organization,
);
pub(super) const ACCOUNT_TAGS: Spec = spec("account-tags", &["organizations:ListTagsForResource"], Scope::Organization);
pub(super) const SCPS: Spec =
    spec("service-control-policies", &["organizations:ListPoliciesForTarget"], Scope::Organization);
pub(super) const RCPS: Spec =
    spec("resource-control-policies", &["organizations:ListPoliciesForTarget"], Scope::Organization);
pub(super) const ORGANIZATION_POLICY: Spec =
    spec("organization-policy", &["organizations:DescribePolicy"], Scope::Organization);
pub(super) const OWNED_BUCKET: Spec = spec("owned-bucket", &["s3:ListAllMyBuckets"], Scope::Account);
pub(super) const CANONICAL_ID: Spec = spec("canonical-id", &["s3:ListAllMyBuckets"], Scope::Account);
pub(super) const BUCKET_POLICY: Spec = spec("bucket-policy", &["s3:GetBucketPolicy"], Scope::Buckets);
pub(super) const BUCKET_POLICY_STATUS: Spec =
    spec("bucket-policy-status", &["s3:GetBucketPolicyStatus"], Scope::Buckets);
pub(super) const BUCKET_OWNERSHIP: Spec =
    spec("bucket-ownership-controls", &["s3:GetBucketOwnershipControls"], Scope::Buckets);
pub(super) const BUCKET_ACL: Spec = spec("bucket-acl", &["s3:GetBucketAcl"], Scope::Buckets);
pub(super) const BUCKET_BPA: Spec =
    spec("bucket-public-access-block", &["s3:GetBucketPublicAccessBlock"], Scope::Buckets);
pub(super) const BUCKET_REQUEST_PAYMENT: Spec =
    spec("bucket-request-payment", &["s3:GetBucketRequestPayment"], Scope::Buckets);
pub(super) const BUCKET_ENCRYPTION: Spec =
    spec("bucket-encryption", &["s3:GetEncryptionConfiguration"], Scope::Buckets);
pub(super) const BUCKET_VERSIONING: Spec = spec("bucket-versioning", &["s3:GetBucketVersioning"], Scope::Buckets);
pub(super) const BUCKET_ABAC: Spec = spec("bucket-abac", &["s3:GetBucketAbac"], Scope::Buckets);
pub(super) const BUCKET_TAGS: Spec = spec("bucket-tags", &["s3:GetBucketTagging"], Scope::Buckets);
pub(super) const ACCOUNT_BPA: Spec =
    spec("account-public-access-block", &["s3:GetAccountPublicAccessBlock"], Scope::Account);
pub(super) const OBJECT: Spec = spec("object", &["s3:ListBucket"], Scope::Buckets);
pub(super) const OBJECT_VERSION: Spec = spec("object-version", &["s3:ListBucketVersions"], Scope::Buckets);
pub(super) const OBJECT_ACL: Spec = spec("object-acl", &["s3:GetObjectAcl"], Scope::Objects);
pub(super) const OBJECT_VERSION_ACL: Spec = spec("object-version-acl", &["s3:GetObjectVersionAcl"], Scope::Objects);
pub(super) const OWNERS_OBJECT_ACL: Spec =
    spec("object-acl-of-owner", &["s3:GetObjectAcl", "s3:GetObjectVersionAcl"], Scope::OwnedObjects);
pub(super) const OBJECT_TAGS: Spec = spec("object-tags", &["s3:GetObjectTagging"], Scope::Objects);
pub(super) const OBJECT_VERSION_TAGS: Spec =
    spec("object-version-tags", &["s3:GetObjectVersionTagging"], Scope::Objects);
pub(super) const OBJECT_LOCK: Spec =
    spec("object-lock", &["s3:GetObjectRetention", "s3:GetObjectLegalHold"], Scope::Objects);
pub(super) const OBJECT_METADATA: Spec = spec("object-metadata", &["s3:GetObject"], Scope::ObjectData);
pub(super) const OBJECT_VERSION_METADATA: Spec =
    spec("object-version-metadata", &["s3:GetObjectVersion"], Scope::ObjectData);
pub(super) const ACCESS_POINT: Spec = spec("access-point", &["s3:GetAccessPoint"], Scope::AccessPoints);
pub(super) const ACCESS_POINT_POLICY: Spec =
    spec("access-point-policy", &["s3:GetAccessPointPolicy"], Scope::AccessPoints);
pub(super) const ACCESS_POINT_ALIAS: Spec = spec("access-point-alias", &["s3:ListAccessPoints"], Scope::Account);
pub(super) const MULTI_REGION_ACCESS_POINT: Spec =
    spec("multi-region-access-point", &["s3:ListMultiRegionAccessPoints"], Scope::Account);
pub(super) const MULTI_REGION_ACCESS_POINT_POLICY: Spec =
    spec("multi-region-access-point-policy", &["s3:GetMultiRegionAccessPointPolicy"], Scope::AccessPoints);
pub(super) const OBJECT_LAMBDA: Spec =
    spec("object-lambda-access-point", &["s3:GetAccessPointConfigurationForObjectLambda"], Scope::Resources);
pub(super) const ACCESS_GRANTS: Spec = spec("access-grants", &["s3:ListAccessGrants"], Scope::Resources);
pub(super) const VPC_ENDPOINT: Spec = spec("vpc-endpoint", &["ec2:DescribeVpcEndpoints"], Scope::Account);
pub(super) const KMS_KEY: Spec = spec("kms-key", &["kms:DescribeKey"], Scope::Keys);
/// An alias of AWS's own is looked up in the list: describing it would make its key where there is none yet.
pub(super) const AWS_MANAGED_KEY: Spec =
    spec("aws-managed-key", &["kms:ListAliases", "kms:DescribeKey"], Scope::Account);
pub(super) const KMS_KEY_POLICY: Spec = spec("kms-key-policy", &["kms:GetKeyPolicy"], Scope::Keys);
pub(super) const KMS_GRANTS: Spec = spec("kms-grants", &["kms:ListGrants"], Scope::Keys);
pub(super) const RESOURCE_TAGS: Spec = spec("resource-tags", &["tag:GetResources"], Scope::Account);
pub(super) const AUTHORIZATION: Spec =
    spec("authorization", &["iam:GetRequestAuthorizationDetails", "iam:GetRequestAuthorizationPolicy"], Scope::Account);
pub(super) const DECODED_MESSAGE: Spec = spec("decoded-message", &["sts:DecodeAuthorizationMessage"], Scope::Account);
pub(super) const SIMULATION: Spec = spec("policy-simulation", &["iam:SimulatePrincipalPolicy"], Scope::Callers);
pub(super) const CHANGES: Spec = spec("recent-changes", &["cloudtrail:LookupEvents"], Scope::Account);
pub(super) const DISTRIBUTION: Spec =
    spec("cloudfront-distribution", &["cloudfront:GetDistribution"], Scope::Distributions);
/// One of its names is looked for in the list.
pub(super) const DISTRIBUTION_BY_NAME: Spec =
    spec("cloudfront-distribution", &["cloudfront:GetDistribution", "cloudfront:ListDistributions"], Scope::Account);
pub(super) const ORIGIN_DISTRIBUTIONS: Spec =
    spec("cloudfront-distributions-of-origin", &["cloudfront:ListDistributions"], Scope::Account);
pub(super) const ORIGIN_ACCESS_CONTROL: Spec =
    spec("origin-access-control", &["cloudfront:GetOriginAccessControl"], Scope::Distributions);
pub(super) const WEB_ACL: Spec = spec("web-acl", &["wafv2:GetWebACL"], Scope::WebAcls);
pub(super) const SAMPLED_REQUESTS: Spec = spec("sampled-requests", &["wafv2:GetSampledRequests"], Scope::WebAcls);
pub(super) const GLUE_JOBS: Spec = spec("glue-jobs-of-role", &["glue:GetJobs"], Scope::Account);
/// A resource of no row: nothing asks for its policy.
pub(super) const NO_RESOURCE_POLICY: Spec = spec("resource-policy", &[], Scope::Resources);
