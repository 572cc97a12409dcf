//! API call to IAM actions and resources, as data.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>

/// What an S3 call needs.
#[derive(Debug)]
pub(super) struct Call {
    /// The event name in CloudTrail.
    pub(super) event: &'static str,
    /// The authorizations it takes.
    pub(super) needs: &'static [Need],
}

/// One authorization.
#[derive(Debug, Clone)]
pub(super) struct Need {
    /// The IAM action.
    pub(super) action: &'static str,
    /// The resource.
    pub(super) on: On,
    /// Whether this request takes it.
    pub(super) when: When,
}

/// Which resource of a call an action is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// The object.
    Object,
    /// The object that the call makes, or puts in place of one that is there.
    NewObject,
    /// The object that a copy reads.
    Source,
    /// The bucket.
    Bucket,
    /// A bucket that the call makes: it has no policy yet.
    NewBucket,
    /// All buckets of the account.
    Account,
    /// The account's S3 Access Grants instance.
    AccessGrants,
}

/// When a call takes an authorization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Always.
    Always,
    /// The request names a version.
    Versioned,
    /// The request names no version.
    Unversioned,
    /// The copy's source names a version.
    SourceVersioned,
    /// The copy's source names no version.
    SourceUnversioned,
    /// The request has a parameter that starts with this.
    Has(&'static str),
    /// The request has an ACL header.
    HasAcl,
    /// The parameter has this value, without regard to letter case.
    Is(&'static str, &'static str),
}

const fn object(action: &'static str) -> Need {
    Need { action, on: On::Object, when: When::Always }
}

const fn new_object(action: &'static str) -> Need {
    Need { action, on: On::NewObject, when: When::Always }
}

const fn bucket(action: &'static str) -> Need {
    Need { action, on: On::Bucket, when: When::Always }
}

const fn new_bucket(action: &'static str) -> Need {
    Need { action, on: On::NewBucket, when: When::Always }
}

const fn account(action: &'static str) -> Need {
    Need { action, on: On::Account, when: When::Always }
}

const fn source(action: &'static str) -> Need {
    Need { action, on: On::Source, when: When::Always }
}

impl Need {
    const fn when(self, when: When) -> Self {
        Self { when, ..self }
    }
}

const fn call(event: &'static str, needs: &'static [Need]) -> Call {
    Call { event, needs }
}

const READ: &[Need] =
    &[object("s3:GetObject").when(When::Unversioned), object("s3:GetObjectVersion").when(When::Versioned)];

const WRITE: &[Need] = &[
    new_object("s3:PutObject"),
    new_object("s3:PutObjectAcl").when(When::HasAcl),
    new_object("s3:PutObjectTagging").when(When::Has("x-amz-tagging")),
    new_object("s3:PutObjectRetention").when(When::Has("x-amz-object-lock-mode")),
    new_object("s3:PutObjectLegalHold").when(When::Has("x-amz-object-lock-legal-hold")),
];

const DELETE: &[Need] = &[
    object("s3:DeleteObject").when(When::Unversioned),
    object("s3:DeleteObjectVersion").when(When::Versioned),
    object("s3:BypassGovernanceRetention").when(When::Is("x-amz-bypass-governance-retention", "true")),
];

const COPY: &[Need] = &[
    source("s3:GetObject").when(When::SourceUnversioned),
    source("s3:GetObjectVersion").when(When::SourceVersioned),
    new_object("s3:PutObject"),
    new_object("s3:PutObjectAcl").when(When::HasAcl),
    new_object("s3:PutObjectTagging").when(When::Has("x-amz-tagging")),
    new_object("s3:PutObjectRetention").when(When::Has("x-amz-object-lock-mode")),
    new_object("s3:PutObjectLegalHold").when(When::Has("x-amz-object-lock-legal-hold")),
];

const LIST: &[Need] = &[bucket("s3:ListBucket")];

/// S3's calls whose actions are not simply the call's name on the bucket.
pub(super) const S3_CALLS: &[Call] = &[
    call("GetObject", READ),
    call("HeadObject", READ),
    call("SelectObjectContent", &[object("s3:GetObject")]),
    call("GetObjectTorrent", &[object("s3:GetObject")]),
    // The guide names only the last of each pair, the API reference both: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
    call(
        "GetObjectAttributes",
        &[
            object("s3:GetObject").when(When::Unversioned),
            object("s3:GetObjectAttributes").when(When::Unversioned),
            object("s3:GetObjectVersion").when(When::Versioned),
            object("s3:GetObjectVersionAttributes").when(When::Versioned),
        ],
    ),
    call("PutObject", WRITE),
    call("PostObject", WRITE),
    call("CreateMultipartUpload", WRITE),
    call("UploadPart", &[new_object("s3:PutObject")]),
    call("CompleteMultipartUpload", &[new_object("s3:PutObject")]),
    call("AbortMultipartUpload", &[new_object("s3:AbortMultipartUpload")]),
    call("ListParts", &[new_object("s3:ListMultipartUploadParts")]),
    call("ListMultipartUploads", &[bucket("s3:ListBucketMultipartUploads")]),
    call("CopyObject", COPY),
    call(
        "UploadPartCopy",
        &[
            source("s3:GetObject").when(When::SourceUnversioned),
            source("s3:GetObjectVersion").when(When::SourceVersioned),
            new_object("s3:PutObject"),
        ],
    ),
    call("DeleteObject", DELETE),
    call("DeleteObjects", DELETE),
    call(
        "GetObjectAcl",
        &[object("s3:GetObjectAcl").when(When::Unversioned), object("s3:GetObjectVersionAcl").when(When::Versioned)],
    ),
    call(
        "PutObjectAcl",
        &[object("s3:PutObjectAcl").when(When::Unversioned), object("s3:PutObjectVersionAcl").when(When::Versioned)],
    ),
    call(
        "GetObjectTagging",
        &[
            object("s3:GetObjectTagging").when(When::Unversioned),
            object("s3:GetObjectVersionTagging").when(When::Versioned),
        ],
    ),
    call(
        "PutObjectTagging",
        &[
            object("s3:PutObjectTagging").when(When::Unversioned),
            object("s3:PutObjectVersionTagging").when(When::Versioned),
        ],
    ),
    call(
        "DeleteObjectTagging",
        &[
            object("s3:DeleteObjectTagging").when(When::Unversioned),
            object("s3:DeleteObjectVersionTagging").when(When::Versioned),
        ],
    ),
    call("GetObjectRetention", &[object("s3:GetObjectRetention")]),
    call(
        "PutObjectRetention",
        &[
            object("s3:PutObjectRetention"),
            object("s3:BypassGovernanceRetention").when(When::Is("x-amz-bypass-governance-retention", "true")),
        ],
    ),
    call("GetObjectLegalHold", &[object("s3:GetObjectLegalHold")]),
    call("PutObjectLegalHold", &[object("s3:PutObjectLegalHold")]),
    call("RestoreObject", &[object("s3:RestoreObject")]),
    call("UpdateObjectEncryption", &[object("s3:UpdateObjectEncryption"), object("s3:PutObject")]),
    call("ListObjects", LIST),
    call("ListObjectsV2", LIST),
    call("HeadBucket", LIST),
    call("ListObjectVersions", &[bucket("s3:ListBucketVersions")]),
    call("ListBuckets", &[account("s3:ListAllMyBuckets")]),
    call("GetBucketEncryption", &[bucket("s3:GetEncryptionConfiguration")]),
    call("PutBucketEncryption", &[bucket("s3:PutEncryptionConfiguration")]),
    call("DeleteBucketEncryption", &[bucket("s3:PutEncryptionConfiguration")]),
    call("GetBucketLifecycle", &[bucket("s3:GetLifecycleConfiguration")]),
    call("PutBucketLifecycle", &[bucket("s3:PutLifecycleConfiguration")]),
    call("DeleteBucketLifecycle", &[bucket("s3:PutLifecycleConfiguration")]),
    call("GetBucketLifecycleConfiguration", &[bucket("s3:GetLifecycleConfiguration")]),
    call("PutBucketLifecycleConfiguration", &[bucket("s3:PutLifecycleConfiguration")]),
    call("GetBucketReplication", &[bucket("s3:GetReplicationConfiguration")]),
    call("PutBucketReplication", &[bucket("s3:PutReplicationConfiguration")]),
    call("DeleteBucketReplication", &[bucket("s3:PutReplicationConfiguration")]),
    call("GetBucketNotificationConfiguration", &[bucket("s3:GetBucketNotification")]),
    call("PutBucketNotificationConfiguration", &[bucket("s3:PutBucketNotification")]),
    call("GetBucketAccelerateConfiguration", &[bucket("s3:GetAccelerateConfiguration")]),
    call("GetAccelerateConfiguration", &[bucket("s3:GetAccelerateConfiguration")]),
    call("PutBucketAccelerateConfiguration", &[bucket("s3:PutAccelerateConfiguration")]),
    call("PutAccelerateConfiguration", &[bucket("s3:PutAccelerateConfiguration")]),
    call("GetBucketAnalyticsConfiguration", &[bucket("s3:GetAnalyticsConfiguration")]),
    call("ListBucketAnalyticsConfigurations", &[bucket("s3:GetAnalyticsConfiguration")]),
    call("PutBucketAnalyticsConfiguration", &[bucket("s3:PutAnalyticsConfiguration")]),
    call("DeleteBucketAnalyticsConfiguration", &[bucket("s3:PutAnalyticsConfiguration")]),
    call("GetBucketInventoryConfiguration", &[bucket("s3:GetInventoryConfiguration")]),
    call("ListBucketInventoryConfigurations", &[bucket("s3:GetInventoryConfiguration")]),
    call("PutBucketInventoryConfiguration", &[bucket("s3:PutInventoryConfiguration")]),
    call("DeleteBucketInventoryConfiguration", &[bucket("s3:PutInventoryConfiguration")]),
    call("GetBucketMetricsConfiguration", &[bucket("s3:GetMetricsConfiguration")]),
    call("ListBucketMetricsConfigurations", &[bucket("s3:GetMetricsConfiguration")]),
    call("PutBucketMetricsConfiguration", &[bucket("s3:PutMetricsConfiguration")]),
    call("DeleteBucketMetricsConfiguration", &[bucket("s3:PutMetricsConfiguration")]),
    call("GetBucketIntelligentTieringConfiguration", &[bucket("s3:GetIntelligentTieringConfiguration")]),
    call("ListBucketIntelligentTieringConfigurations", &[bucket("s3:GetIntelligentTieringConfiguration")]),
    call("PutBucketIntelligentTieringConfiguration", &[bucket("s3:PutIntelligentTieringConfiguration")]),
    call("DeleteBucketIntelligentTieringConfiguration", &[bucket("s3:PutIntelligentTieringConfiguration")]),
    call("GetBucketCors", &[bucket("s3:GetBucketCORS")]),
    call("PutBucketCors", &[bucket("s3:PutBucketCORS")]),
    call("DeleteBucketCors", &[bucket("s3:PutBucketCORS")]),
    call("GetObjectLockConfiguration", &[bucket("s3:GetBucketObjectLockConfiguration")]),
    call("PutObjectLockConfiguration", &[bucket("s3:PutBucketObjectLockConfiguration")]),
    call("GetBucketObjectLockConfiguration", &[bucket("s3:GetBucketObjectLockConfiguration")]),
    call("PutBucketObjectLockConfiguration", &[bucket("s3:PutBucketObjectLockConfiguration")]),
    call("GetPublicAccessBlock", &[bucket("s3:GetBucketPublicAccessBlock")]),
    call("PutPublicAccessBlock", &[bucket("s3:PutBucketPublicAccessBlock")]),
    call("DeletePublicAccessBlock", &[bucket("s3:PutBucketPublicAccessBlock")]),
    call("DeleteBucketPublicAccessBlock", &[bucket("s3:PutBucketPublicAccessBlock")]),
    call("GetAccountPublicAccessBlock", &[account("s3:GetAccountPublicAccessBlock")]),
    call("PutAccountPublicAccessBlock", &[account("s3:PutAccountPublicAccessBlock")]),
    call("DeleteAccountPublicAccessBlock", &[account("s3:PutAccountPublicAccessBlock")]),
    call("GetDataAccess", &[Need { action: "s3:GetDataAccess", on: On::AccessGrants, when: When::Always }]),
    call(
        "GetObjectAnnotation",
        &[
            object("s3:GetObjectAnnotation").when(When::Unversioned),
            object("s3:GetObjectVersionAnnotation").when(When::Versioned),
        ],
    ),
    call(
        "PutObjectAnnotation",
        &[
            object("s3:PutObjectAnnotation").when(When::Unversioned),
            object("s3:PutObjectVersionAnnotation").when(When::Versioned),
        ],
    ),
    call(
        "DeleteObjectAnnotation",
        &[
            object("s3:DeleteObjectAnnotation").when(When::Unversioned),
            object("s3:DeleteObjectVersionAnnotation").when(When::Versioned),
        ],
    ),
    call("DeleteBucketTagging", &[bucket("s3:PutBucketTagging")]),
    call("DeleteBucketOwnershipControls", &[bucket("s3:PutBucketOwnershipControls")]),
    call(
        "CreateBucket",
        &[
            new_bucket("s3:CreateBucket"),
            new_bucket("s3:PutBucketAcl").when(When::HasAcl),
            new_bucket("s3:PutBucketOwnershipControls").when(When::Has("x-amz-object-ownership")),
            new_bucket("s3:PutBucketObjectLockConfiguration")
                .when(When::Is("x-amz-bucket-object-lock-enabled", "true")),
            new_bucket("s3:PutBucketVersioning").when(When::Is("x-amz-bucket-object-lock-enabled", "true")),
        ],
    ),
];

/// S3's actions on a bucket that have the name of their call.
pub(super) const SAME_NAME: &[&str] = &[
    "s3:GetBucketPolicy",
    "s3:PutBucketPolicy",
    "s3:DeleteBucketPolicy",
    "s3:GetBucketPolicyStatus",
    "s3:GetBucketAcl",
    "s3:PutBucketAcl",
    "s3:GetBucketTagging",
    "s3:PutBucketTagging",
    "s3:GetBucketVersioning",
    "s3:PutBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:PutBucketWebsite",
    "s3:DeleteBucketWebsite",
    "s3:GetBucketLogging",
    "s3:PutBucketLogging",
    "s3:GetBucketRequestPayment",
    "s3:PutBucketRequestPayment",
    "s3:GetBucketOwnershipControls",
    "s3:PutBucketOwnershipControls",
    "s3:GetBucketAbac",
    "s3:PutBucketAbac",
    "s3:GetBucketLocation",
    "s3:GetBucketNotification",
    "s3:PutBucketNotification",
    "s3:GetBucketPublicAccessBlock",
    "s3:PutBucketPublicAccessBlock",
    "s3:DeleteBucket",
];

/// Services whose IAM prefix is not the first label of their event source.
pub(super) const PREFIXES: &[(&str, &str)] =
    &[("monitoring.amazonaws.com", "cloudwatch"), ("email.amazonaws.com", "ses"), ("tagging.amazonaws.com", "tag")];

/// Calls of other services whose action has another name: event source, event name, action.
pub(super) const OTHER_CALLS: &[(&str, &str, &str)] = &[
    ("lambda.amazonaws.com", "Invoke", "lambda:InvokeFunction"),
    ("lambda.amazonaws.com", "InvokeAsync", "lambda:InvokeAsync"),
];

/// Calls of other services whose action has the call's own name.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html>
pub(super) const OTHER_SAME_NAME: &[(&str, &[&str])] = &[
    (
        "kms.amazonaws.com",
        &[
            "CreateGrant",
            "Decrypt",
            "DescribeKey",
            "DisableKey",
            "EnableKey",
            "Encrypt",
            "GenerateDataKey",
            "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext",
            "GenerateMac",
            "GetKeyPolicy",
            "GetPublicKey",
            "ListGrants",
            "PutKeyPolicy",
            "RetireGrant",
            "RevokeGrant",
            "ScheduleKeyDeletion",
            "Sign",
            "Verify",
            "VerifyMac",
        ],
    ),
    ("sts.amazonaws.com", &["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetFederationToken"]),
];

/// The actions of S3 that calls take, as AWS writes them. Some are named more than once.
pub fn s3_actions() -> impl Iterator<Item = &'static str> {
    S3_CALLS.iter().flat_map(|call| call.needs).map(|need| need.action).chain(SAME_NAME.iter().copied())
}

/// Whether S3 is known to have an action of this name.
#[must_use]
pub fn is_s3_action(name: &str) -> bool {
    s3_actions().any(|action| action.eq_ignore_ascii_case(name))
}

/// The action that a call of S3 takes first, where there is none with the call's own name: `s3:ListBucket` for
/// `s3:ListObjectsV2`.
#[must_use]
pub fn action_for_call(name: &str) -> Option<&'static str> {
    if is_s3_action(name) {
        return None;
    }
    let (service, call) = name.split_once(':')?;
    let row = S3_CALLS.iter().find(|row| service.eq_ignore_ascii_case("s3") && row.event.eq_ignore_ascii_case(call))?;
    row.needs.first().map(|need| need.action)
}
