//! What remedies write, and what it takes: the fix role and the sessions of changes are made of this table.

use super::{Condition, Statement, Text, objects, own};

/// One kind of place that remedies write.
#[derive(Debug, PartialEq, Eq)]
pub struct Write {
    /// Its name in records.
    pub name: &'static str,
    /// The Sids of its statements in the fix role: for reading, and for writing.
    pub sids: (&'static str, &'static str),
    /// The condition of the template under which they are there.
    pub only_if: &'static str,
    /// The kinds of remedies that write here. The role may do so where one of them is switched on.
    pub kinds: &'static [&'static str],
    /// What reading what is there takes.
    pub reads: &'static [&'static str],
    /// What writing it takes, and putting back what was there.
    pub writes: &'static [&'static str],
    /// What putting it back takes where nothing was there.
    pub undoes: &'static [&'static str],
    /// On what.
    pub on: On,
    /// What must hold of a write by this role, whoever asks for it.
    pub pins: &'static [Pin],
    /// What a person should know.
    pub note: Option<&'static str>,
}

/// One condition on a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pin {
    /// The operator.
    pub operator: &'static str,
    /// The condition key.
    pub key: &'static str,
    /// Its values.
    pub values: &'static [&'static str],
}

/// What a role may write on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// Buckets of the account, and what is in them.
    Buckets,
    /// Objects that the account owns, in whatever bucket.
    OwnedObjects,
    /// What begins so: service, Region and resource of its ARN.
    Own(&'static str, &'static str, &'static str),
    /// The same, but reading takes no resource.
    ReadAny(&'static str, &'static str, &'static str),
    /// The same, but writing takes no resource.
    WriteAny(&'static str, &'static str, &'static str),
}

const fn pin(operator: &'static str, key: &'static str, values: &'static [&'static str]) -> Pin {
    Pin { operator, key, values }
}

/// Kinds that change the policy of a resource.
const RESOURCE: &[&str] = &["repaired-arn", "repaired-principal", "resource-allow", "deny-exception"];

/// The two canned ACLs that make and undo `bucket-owner-full-control` where nobody else is granted anything.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
const CANNED: &[Pin] = &[pin("StringEquals", "s3:x-amz-acl", &["bucket-owner-full-control", "private"])];

/// An ACL by grants: never by a body, which no condition sees, and never to a group, which may be everybody.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html>
const GRANTS: &[Pin] = &[
    pin("Null", "s3:x-amz-grant-full-control", &["false"]),
    pin("StringNotLike", "s3:x-amz-grant-full-control", GROUPS),
    pin("StringNotLike", "s3:x-amz-grant-read", GROUPS),
    pin("StringNotLike", "s3:x-amz-grant-read-acp", GROUPS),
    pin("StringNotLike", "s3:x-amz-grant-write-acp", GROUPS),
];
const GROUPS: &[&str] = &["*/groups/*"];

pub(crate) const OBJECT_ACL: Write = Write {
    name: "object-acl",
    sids: ("ReadObjectAcls", "WriteObjectAcls"),
    only_if: "WritesObjectAcls",
    kinds: &["bucket-owner-full-control"],
    reads: &["s3:GetObjectAcl", "s3:GetObjectVersionAcl"],
    writes: &["s3:PutObjectAcl", "s3:PutObjectVersionAcl"],
    undoes: &[],
    on: On::OwnedObjects,
    pins: CANNED,
    note: Some("only an object's owner may, in whatever account's bucket it is"),
};
pub(crate) const OBJECT_GRANTS: Write = Write {
    name: "object-grants",
    sids: ("", "WriteObjectGrants"),
    only_if: "WritesObjectGrants",
    kinds: &["bucket-owner-full-control"],
    reads: &[],
    pins: GRANTS,
    note: Some("for objects that others than their owner have grants of: these are kept"),
    ..OBJECT_ACL
};
pub(crate) const OWNERSHIP: Write = Write {
    name: "ownership",
    sids: ("Ownership", "Ownership"),
    only_if: "WritesOwnership",
    kinds: &["ownership-preferred", "ownership-enforced"],
    reads: &["s3:GetBucketOwnershipControls"],
    writes: &["s3:PutBucketOwnershipControls"],
    undoes: &["s3:PutBucketOwnershipControls"],
    on: On::Buckets,
    pins: &[],
    note: Some("no condition key tells which setting is written"),
};
pub(crate) const BUCKET_POLICY: Write = Write {
    name: "bucket-policy",
    sids: ("BucketPolicies", "BucketPolicies"),
    only_if: "WritesBucketPolicies",
    kinds: &[
        "repaired-arn",
        "repaired-principal",
        "resource-allow",
        "deny-exception",
        "access-point-allow",
        "require-full-control",
    ],
    reads: &["s3:GetBucketPolicy"],
    writes: &["s3:PutBucketPolicy"],
    undoes: &["s3:DeleteBucketPolicy"],
    on: On::Buckets,
    pins: &[],
    note: None,
};
pub(crate) const ACCESS_POINT_POLICY: Write = Write {
    name: "access-point-policy",
    sids: ("AccessPointPolicies", "AccessPointPolicies"),
    only_if: "WritesAccessPointPolicies",
    kinds: &["repaired-arn", "repaired-principal", "access-point-allow", "deny-exception"],
    reads: &["s3:GetAccessPointPolicy"],
    writes: &["s3:PutAccessPointPolicy"],
    undoes: &["s3:DeleteAccessPointPolicy"],
    on: On::Own("s3", "*", "accesspoint/*"),
    pins: &[],
    note: None,
};
pub(crate) const ROLE_POLICY: Write = Write {
    name: "role-policy",
    sids: ("RolePolicies", "RolePolicies"),
    only_if: "WritesIdentityPolicies",
    kinds: &["repaired-arn", "identity-allow"],
    reads: &["iam:GetRolePolicy"],
    writes: &["iam:PutRolePolicy"],
    undoes: &["iam:DeleteRolePolicy"],
    on: On::Own("iam", "", "role/*"),
    pins: &[],
    note: Some("who has this role can give every role of the account every permission"),
};
pub(crate) const USER_POLICY: Write = Write {
    name: "user-policy",
    sids: ("UserPolicies", "UserPolicies"),
    reads: &["iam:GetUserPolicy"],
    writes: &["iam:PutUserPolicy"],
    undoes: &["iam:DeleteUserPolicy"],
    on: On::Own("iam", "", "user/*"),
    note: None,
    ..ROLE_POLICY
};
pub(crate) const GROUP_POLICY: Write = Write {
    name: "group-policy",
    sids: ("GroupPolicies", "GroupPolicies"),
    only_if: "Never",
    kinds: &[],
    reads: &["iam:GetGroupPolicy"],
    writes: &["iam:PutGroupPolicy"],
    undoes: &["iam:DeleteGroupPolicy"],
    on: On::Own("iam", "", "group/*"),
    note: None,
    ..ROLE_POLICY
};
pub(crate) const MANAGED_POLICY: Write = Write {
    name: "managed-policy",
    sids: ("ManagedPolicies", "ManagedPolicies"),
    only_if: "WritesManagedPolicies",
    kinds: &["repaired-arn"],
    reads: &["iam:GetPolicy", "iam:GetPolicyVersion"],
    writes: &["iam:CreatePolicyVersion"],
    undoes: &["iam:ListPolicyVersions", "iam:SetDefaultPolicyVersion", "iam:DeletePolicyVersion"],
    on: On::Own("iam", "", "policy/*"),
    pins: &[],
    note: None,
};
pub(crate) const TRUST_POLICY: Write = Write {
    name: "trust-policy",
    sids: ("TrustPolicies", "TrustPolicies"),
    only_if: "WritesTrustPolicies",
    kinds: &["repaired-principal", "resource-allow", "deny-exception"],
    reads: &["iam:GetRole"],
    writes: &["iam:UpdateAssumeRolePolicy"],
    undoes: &[],
    on: On::Own("iam", "", "role/*"),
    pins: &[],
    note: None,
};
pub(crate) const KEY_POLICY: Write = Write {
    name: "key-policy",
    sids: ("ReadKeyPolicies", "WriteKeyPolicies"),
    only_if: "WritesKeyPolicies",
    kinds: RESOURCE,
    reads: &["kms:GetKeyPolicy"],
    writes: &["kms:PutKeyPolicy"],
    undoes: &[],
    on: On::Own("kms", "*", "key/*"),
    pins: &[pin("BoolIfExists", "kms:BypassPolicyLockoutSafetyCheck", &["false"])],
    note: None,
};
pub(crate) const KEY_GRANT: Write = Write {
    name: "key-grant",
    sids: ("ReadKeyGrants", "WriteKeyGrants"),
    only_if: "WritesKeyGrants",
    kinds: &["key-grant"],
    reads: &["kms:ListGrants"],
    writes: &["kms:CreateGrant"],
    undoes: &["kms:RevokeGrant"],
    on: On::Own("kms", "*", "key/*"),
    // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-grant-operations
    pins: &[pin("ForAllValues:StringNotEquals", "kms:GrantOperations", &["CreateGrant", "RetireGrant"])],
    note: None,
};
pub(crate) const KEY_STATE: Write = Write {
    name: "key-state",
    sids: ("KeyStates", "KeyStates"),
    only_if: "WritesKeyStates",
    kinds: &["enable-key"],
    reads: &["kms:DescribeKey"],
    writes: &["kms:EnableKey"],
    undoes: &["kms:DisableKey"],
    on: On::Own("kms", "*", "key/*"),
    pins: &[],
    note: None,
};
pub(crate) const ENDPOINT_POLICY: Write = Write {
    name: "endpoint-policy",
    sids: ("ReadEndpoints", "WriteEndpoints"),
    only_if: "WritesEndpointPolicies",
    kinds: &["endpoint-allow"],
    reads: &["ec2:DescribeVpcEndpoints"],
    writes: &["ec2:ModifyVpcEndpoint"],
    undoes: &[],
    on: On::ReadAny("ec2", "*", "vpc-endpoint/*"),
    pins: &[],
    note: None,
};
pub(crate) const QUEUE_POLICY: Write = Write {
    name: "queue-policy",
    sids: ("QueuePolicies", "QueuePolicies"),
    only_if: "WritesResourcePolicies",
    kinds: RESOURCE,
    reads: &["sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
    writes: &["sqs:SetQueueAttributes"],
    undoes: &["sqs:SetQueueAttributes"],
    on: On::Own("sqs", "*", "*"),
    pins: &[],
    note: None,
};
pub(crate) const TOPIC_POLICY: Write = Write {
    name: "topic-policy",
    sids: ("TopicPolicies", "TopicPolicies"),
    reads: &["sns:GetTopicAttributes"],
    writes: &["sns:SetTopicAttributes"],
    undoes: &[],
    on: On::Own("sns", "*", "*"),
    ..QUEUE_POLICY
};
pub(crate) const SECRET_POLICY: Write = Write {
    name: "secret-policy",
    sids: ("ReadSecretPolicies", "WriteSecretPolicies"),
    reads: &["secretsmanager:GetResourcePolicy"],
    writes: &["secretsmanager:PutResourcePolicy"],
    undoes: &["secretsmanager:DeleteResourcePolicy"],
    on: On::Own("secretsmanager", "*", "secret:*"),
    pins: &[pin("BoolIfExists", "secretsmanager:BlockPublicPolicy", &["true"])],
    ..QUEUE_POLICY
};
pub(crate) const REPOSITORY_POLICY: Write = Write {
    name: "repository-policy",
    sids: ("RepositoryPolicies", "RepositoryPolicies"),
    reads: &["ecr:GetRepositoryPolicy"],
    writes: &["ecr:SetRepositoryPolicy"],
    undoes: &["ecr:DeleteRepositoryPolicy"],
    on: On::Own("ecr", "*", "repository/*"),
    ..QUEUE_POLICY
};
pub(crate) const TABLE_POLICY: Write = Write {
    name: "table-policy",
    sids: ("TablePolicies", "TablePolicies"),
    reads: &["dynamodb:GetResourcePolicy"],
    writes: &["dynamodb:PutResourcePolicy"],
    undoes: &["dynamodb:DeleteResourcePolicy"],
    on: On::Own("dynamodb", "*", "table/*"),
    ..QUEUE_POLICY
};
pub(crate) const EVENT_BUS_POLICY: Write = Write {
    name: "event-bus-policy",
    sids: ("ReadEventBuses", "WriteEventBuses"),
    reads: &["events:DescribeEventBus"],
    writes: &["events:PutPermission"],
    undoes: &["events:RemovePermission"],
    on: On::WriteAny("events", "*", "event-bus/*"),
    note: Some("these take no resource"),
    ..QUEUE_POLICY
};
pub(crate) const FUNCTION_POLICY: Write = Write {
    name: "function-policy",
    sids: ("ReadFunctionPolicies", "WriteFunctionPolicies"),
    only_if: "WritesFunctionPolicies",
    kinds: &["resource-allow"],
    reads: &["lambda:GetPolicy"],
    writes: &["lambda:AddPermission"],
    undoes: &["lambda:RemovePermission"],
    on: On::Own("lambda", "*", "function:*"),
    pins: &[pin("StringNotEquals", "lambda:Principal", &["*"])],
    note: None,
};
pub(crate) const OBJECT: Write = Write {
    name: "object",
    sids: ("ReadObjects", "WriteObjects"),
    only_if: "WritesObjects",
    kinds: &["copy-onto-itself"],
    reads: &[
        "s3:GetBucketVersioning",
        "s3:GetObject",
        "s3:GetObjectAnnotation",
        "s3:GetObjectTagging",
        "s3:ListBucket",
    ],
    writes: &["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAnnotation", "s3:PutObjectTagging"],
    undoes: &["s3:DeleteObjectVersion"],
    on: On::Buckets,
    pins: &[],
    note: Some("a copy reads the object; where it is under a KMS key, the key has to let this role use it"),
};

/// Every kind of place.
pub const WRITES: &[Write] = &[
    OBJECT_ACL,
    OBJECT_GRANTS,
    OWNERSHIP,
    BUCKET_POLICY,
    ACCESS_POINT_POLICY,
    ROLE_POLICY,
    USER_POLICY,
    GROUP_POLICY,
    MANAGED_POLICY,
    TRUST_POLICY,
    KEY_POLICY,
    KEY_GRANT,
    KEY_STATE,
    ENDPOINT_POLICY,
    QUEUE_POLICY,
    TOPIC_POLICY,
    SECRET_POLICY,
    REPOSITORY_POLICY,
    TABLE_POLICY,
    EVENT_BUS_POLICY,
    FUNCTION_POLICY,
    OBJECT,
];

/// The fix role's statements.
pub(super) fn statements() -> Vec<Statement> {
    WRITES.iter().filter(|row| !row.kinds.is_empty()).flat_map(of_row).collect()
}

/// One statement where the same holds for reading and writing, and else two.
fn of_row(row: &Write) -> Vec<Statement> {
    let statement = |sid, actions: Vec<&'static str>, resources, pins: &[Pin], note| Statement {
        sid,
        actions,
        resources,
        condition: condition(row.on),
        pins: pins.to_vec(),
        only_if: Some(row.only_if),
        note,
    };
    let (reads, writes) = resources(row.on);
    if row.sids.0 == row.sids.1 {
        let actions = row.reads.iter().copied().chain(written(row)).collect();
        return vec![statement(row.sids.0, actions, writes, row.pins, row.note)];
    }
    let reading = (!row.reads.is_empty()).then(|| statement(row.sids.0, row.reads.to_vec(), reads, &[], None));
    reading.into_iter().chain([statement(row.sids.1, written(row), writes, row.pins, row.note)]).collect()
}

/// What writing takes, there and back.
fn written(row: &Write) -> Vec<&'static str> {
    let mut actions = row.writes.to_vec();
    actions.extend(row.undoes.iter().copied().filter(|action| !row.writes.contains(action)));
    actions
}

/// ARNs of buckets and objects do not name their account.
fn condition(on: On) -> Option<Condition> {
    match on {
        On::Buckets => Some(Condition {
            key: "aws:ResourceAccount",
            value: Text::Ref("AWS::AccountId"),
            only_if: None,
            otherwise: None,
        }),
        On::OwnedObjects | On::Own(..) | On::ReadAny(..) | On::WriteAny(..) => None,
    }
}

fn resources(on: On) -> (Vec<Text>, Vec<Text>) {
    let any = || vec![Text::Plain("*")];
    let same = |resources: Vec<Text>| (resources.clone(), resources);
    match on {
        On::Buckets => same(vec![Text::Sub("arn:${AWS::Partition}:s3:::*".to_owned())]),
        On::OwnedObjects => same(objects()),
        On::Own(service, region, resource) => same(vec![own(service, region, resource)]),
        On::ReadAny(service, region, resource) => (any(), vec![own(service, region, resource)]),
        On::WriteAny(service, region, resource) => (vec![own(service, region, resource)], any()),
    }
}
