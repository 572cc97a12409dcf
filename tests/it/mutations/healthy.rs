//! A world in which every call is allowed.

use deniedby::evidence::{Answer, ControlPolicy, EntityKind, Fact, Question};
use serde_json::{Value, json};

use crate::edge::open_distribution;

/// The id of the bucket owner's account in ACLs.
pub(crate) const OWNER: &str = "a1a1a1a1";
/// That of the account that calls from outside.
pub(crate) const PARTNER: &str = "b2b2b2b2";

pub(crate) const BUCKET: &str = "arn:aws:s3:::acme-reports";
pub(crate) const OBJECT: &str = "arn:aws:s3:::acme-reports/2026/q3.csv";
pub(crate) const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
pub(crate) const POINT: &str = "arn:aws:s3:eu-west-1:111122223333:accesspoint/finance";
pub(crate) const QUEUE: &str = "arn:aws:sqs:eu-west-1:444455556666:orders";
pub(crate) const TARGET: &str = "arn:aws:iam::444455556666:role/target";

/// A call that was denied, without a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// A role of the bucket's own account reads an object.
    Read,
    /// The same, through a VPC endpoint.
    ReadByEndpoint,
    /// A role of another account does.
    ReadFromOutside,
    /// The same, through an access point.
    ReadByAccessPoint,
    /// A role of the bucket's own account uploads.
    Upload,
    /// It uploads with a key of its own.
    UploadWithOwnKey,
    /// It deletes a version.
    DeleteVersion,
    /// It takes a role of another account.
    AssumeRole,
    /// It sends a message to another account's queue.
    Send,
    /// CloudFront reads an object.
    CloudFront,
    /// It asks S3 Access Grants for data.
    DataAccess,
    /// Somebody asks CloudFront for a page.
    Viewer,
}

/// A request that CloudFront refused, and does not say why, in its log.
fn viewer() -> Value {
    json!({
        "date": "2026-11-02",
        "time": "02:15:07",
        "c-ip": "198.51.100.7",
        "c-country": "FR",
        "cs-method": "GET",
        "cs(Host)": "d111111abcdef8.cloudfront.net",
        "cs-uri-stem": "/index.html",
        "sc-status": "403",
        "x-host-header": "www.example.com",
        "x-edge-result-type": "Error",
        "x-edge-detailed-result-type": "InvalidRequestBlocked",
        "x-edge-request-id": "request-1",
        "DistributionId": "EDFDVBD6EXAMPLE",
        "recipientAccountId": "111122223333",
    })
}

fn session(account: &str, name: &str) -> Value {
    json!({
        "type": "AssumedRole",
        "principalId": format!("AROAEXAMPLE00000001:{name}"),
        "arn": format!("arn:aws:sts::{account}:assumed-role/{name}/{name}"),
        "accountId": account,
        "accessKeyId": "ASIAEXAMPLEKEY000001",
        "sessionContext": {
            "sessionIssuer": { "type": "Role", "arn": format!("arn:aws:iam::{account}:role/{name}"), "accountId": account },
            "attributes": { "creationDate": "2026-11-02T02:10:00Z", "mfaAuthenticated": "false" },
        },
    })
}

impl Call {
    pub(crate) fn record(self) -> Value {
        if self == Self::Viewer {
            return viewer();
        }
        let own = session("111122223333", "reporting");
        let (identity, source, name) = match self {
            Self::Read | Self::ReadByEndpoint => (own, "s3.amazonaws.com", "GetObject"),
            Self::ReadFromOutside | Self::ReadByAccessPoint => {
                (session("444455556666", "ingest"), "s3.amazonaws.com", "GetObject")
            }
            Self::Upload | Self::UploadWithOwnKey => (own, "s3.amazonaws.com", "PutObject"),
            Self::DeleteVersion => (own, "s3.amazonaws.com", "DeleteObject"),
            Self::AssumeRole => (own, "sts.amazonaws.com", "AssumeRole"),
            Self::Send => (own, "sqs.amazonaws.com", "SendMessage"),
            Self::DataAccess => (own, "s3.amazonaws.com", "GetDataAccess"),
            Self::CloudFront | Self::Viewer => (
                json!({ "type": "AWSService", "invokedBy": "cloudfront.amazonaws.com" }),
                "s3.amazonaws.com",
                "GetObject",
            ),
        };
        let mut record = json!({
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": "2026-11-02T02:15:07Z",
            "eventSource": source,
            "eventName": name,
            "awsRegion": "eu-west-1",
            "sourceIPAddress": if self == Self::CloudFront { "cloudfront.amazonaws.com" } else { "198.51.100.7" },
            "userAgent": "[aws-cli/2.31.0]",
            "errorCode": "AccessDenied",
            "errorMessage": "Access Denied",
            "eventID": "00000000-0000-4000-8000-000000000001",
            "tlsDetails": { "tlsVersion": "TLSv1.3" },
            "requestParameters": { "bucketName": "acme-reports", "key": "2026/q3.csv" },
            "resources": [
                { "type": "AWS::S3::Object", "ARN": OBJECT },
                { "type": "AWS::S3::Bucket", "ARN": BUCKET, "accountId": "111122223333" },
            ],
        });
        match self {
            Self::Read | Self::ReadFromOutside | Self::Upload | Self::CloudFront | Self::Viewer => {}
            Self::ReadByEndpoint => {
                record["sourceIPAddress"] = "10.20.1.17".into();
                record["vpcEndpointId"] = "vpce-0a1b2c3d".into();
                record["vpcEndpointAccountId"] = "111122223333".into();
            }
            Self::ReadByAccessPoint => {
                record["requestParameters"]["bucketName"] = POINT.into();
                let point = json!({ "type": "AWS::S3::AccessPoint", "ARN": POINT, "accountId": "111122223333" });
                record["resources"].as_array_mut().unwrap().push(point);
            }
            Self::UploadWithOwnKey => {
                record["requestParameters"]["x-amz-server-side-encryption-customer-algorithm"] = "AES256".into();
            }
            Self::DeleteVersion => record["requestParameters"]["versionId"] = "v1".into(),
            Self::DataAccess => {
                record["requestParameters"] =
                    json!({ "accountId": "111122223333", "target": "s3://acme-reports/2026/*", "permission": "READ" });
                record["resources"] = json!([]);
            }
            Self::AssumeRole => {
                record["requestParameters"] = json!({ "roleArn": TARGET, "roleSessionName": "x" });
                record["resources"] = json!([]);
            }
            Self::Send => {
                let said = format!("User: x is not authorized to perform: sqs:SendMessage on resource: {QUEUE}");
                record["errorMessage"] = said.into();
                record["requestParameters"] = json!({});
                record["resources"] = json!([{ "type": "AWS::SQS::Queue", "ARN": QUEUE, "accountId": "444455556666" }]);
            }
        }
        record
    }
}

pub(crate) fn document(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The answer to a question about a policy.
pub(crate) fn policy(statements: &Value) -> Value {
    json!({ "known": { "policy": document(statements) } })
}

/// A bucket policy that lets in the role of another account, and CloudFront.
pub(crate) fn open_bucket() -> Value {
    let who = json!({ "AWS": "arn:aws:iam::444455556666:role/ingest", "Service": "cloudfront.amazonaws.com" });
    let on = [BUCKET.to_owned(), format!("{BUCKET}/*")];
    policy(&json!([{ "Sid": "Let", "Effect": "Allow", "Principal": who, "Action": "s3:*", "Resource": on }]))
}

fn acl(owner: &str) -> Value {
    json!({ "known": { "acl": { "owner": owner, "grants": [{ "grantee": { "account": owner }, "permission": "FULL_CONTROL" }] } } })
}

fn control_policy(kind: ControlPolicy) -> &'static str {
    match kind {
        ControlPolicy::Scp => "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
        ControlPolicy::Rcp => "arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess",
    }
}

fn canonical_id(account: &str) -> &'static str {
    if account == "111122223333" { OWNER } else { PARTNER }
}

/// An answer under which every call is allowed.
pub(crate) fn healthy(question: &Question) -> Fact<Answer> {
    let everything = json!([{ "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" }]);
    let everyone = json!([{ "Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }]);
    let value = match question {
        Question::Identity(entity) => {
            let kind = if entity.kind == EntityKind::Role { "role" } else { "user" };
            let trust = document(
                &json!([{ "Sid": "Trust", "Effect": "Allow", "Principal": { "AWS": "111122223333" }, "Action": "sts:AssumeRole" }]),
            );
            json!({ "known": { "identity": {
                "arn": format!("arn:aws:iam::{}:{kind}/{}", entity.account, entity.name),
                "id": "AROAEXAMPLE00000001",
                "trust": trust,
            } } })
        }
        Question::InlinePolicies(_) => json!({ "known": { "names": ["work"] } }),
        Question::InlinePolicy { .. } | Question::ManagedPolicy { .. } => policy(&everything),
        Question::AttachedPolicies(_) | Question::Groups(_) => json!({ "known": { "names": [] } }),
        Question::Session(_) => json!({ "known": { "session": { "call": "AssumeRole" } } }),
        Question::OrganizationPath { .. } => json!({ "known": { "organization-path": {
            "organization": "o-acme", "management": "999988887777", "parents": ["r-ac01", "ou-ac01-work"], "scps": true, "rcps": true,
        } } }),
        Question::ControlPolicies { kind, .. } => json!({ "known": { "names": [control_policy(*kind)] } }),
        Question::OrganizationPolicy { arn } if arn.as_str() == control_policy(ControlPolicy::Scp) => {
            policy(&everything)
        }
        Question::OrganizationPolicy { .. } => policy(&everyone),
        Question::OwnedBucket(_) => json!({ "known": { "region": "eu-west-1" } }),
        Question::CanonicalId { account, .. } => {
            json!({ "known": { "canonical-id": canonical_id(&account.to_string()) } })
        }
        Question::BucketPolicy(_) => open_bucket(),
        Question::BucketPolicyStatus(_) | Question::BucketRequestPayment(_) | Question::BucketAbac(_) => {
            json!({ "known": { "flag": false } })
        }
        Question::BucketOwnership(_) => json!({ "known": { "ownership": "BucketOwnerEnforced" } }),
        Question::BucketAcl(bucket) => acl(canonical_id(&bucket.account.to_string())),
        Question::ObjectAcl { .. } | Question::ObjectVersionAcl { .. } | Question::OwnersObjectAcl { .. } => acl(OWNER),
        Question::BucketPublicAccessBlock(_) => {
            json!({ "known": { "public-access-block": { "block_public_acls": true, "ignore_public_acls": true, "block_public_policy": true, "restrict_public_buckets": true } } })
        }
        Question::AccountPublicAccessBlock { .. }
        | Question::AccountTags { .. }
        | Question::BucketTags(_)
        | Question::ObjectTags(_)
        | Question::ResourceTags { .. }
        | Question::ObjectLock(_)
        | Question::Authorization { .. } => json!("absent"),
        Question::BucketEncryption(_) => json!({ "known": { "encryption": { "algorithm": "AES256" } } }),
        Question::BucketVersioning(_) => json!({ "known": { "versioning": { "enabled": true } } }),
        Question::Object { .. } | Question::ObjectVersion { .. } => {
            json!({ "known": { "object": { "owner": OWNER } } })
        }
        Question::ObjectMetadata(_) => json!({ "known": { "object-metadata": { "algorithm": "AES256" } } }),
        Question::AccessPoint(_) => {
            json!({ "known": { "access-point": { "bucket": "acme-reports", "bucket_account": "111122223333", "block": {} } } })
        }
        Question::AccessPointPolicy(_) | Question::MultiRegionAccessPointPolicy { .. } => {
            let who = json!({ "AWS": "arn:aws:iam::444455556666:role/ingest" });
            policy(
                &json!([{ "Sid": "Let", "Effect": "Allow", "Principal": who, "Action": "s3:*", "Resource": format!("{POINT}/object/*") }]),
            )
        }
        Question::AccessPointAlias { .. } => json!({ "known": { "names": [POINT] } }),
        Question::MultiRegionAccessPoint { .. } => {
            json!({ "known": { "multi-region-access-point": { "name": "all", "buckets": [], "block": {} } } })
        }
        Question::ObjectLambda(_) => json!({ "known": { "object-lambda": { "supporting": POINT, "functions": [] } } }),
        Question::AccessGrants { .. } => {
            json!({ "known": { "access-grants": [{ "permission": "READWRITE", "scope": "s3://*" }] } })
        }
        Question::VpcEndpoint { .. } => {
            json!({ "known": { "vpc-endpoint": { "policy": document(&everyone), "vpc": "vpc-1", "kind": "Gateway" } } })
        }
        Question::KmsKey(key) => json!({ "known": { "kms-key": { "arn": key.key, "state": "Enabled" } } }),
        Question::KmsKeyPolicy(_) => {
            let who = json!({ "AWS": ["111122223333", "arn:aws:iam::444455556666:role/ingest"] });
            policy(&json!([{ "Sid": "Let", "Effect": "Allow", "Principal": who, "Action": "kms:*", "Resource": "*" }]))
        }
        Question::KmsGrants(_) => json!({ "known": { "kms-grants": [] } }),
        Question::ResourcePolicy { arn, .. } => {
            let who = json!({ "AWS": "111122223333" });
            policy(
                &json!([{ "Sid": "Let", "Effect": "Allow", "Principal": who, "Action": "*", "Resource": arn.as_str() }]),
            )
        }
        Question::DecodedMessage { .. } => json!({ "known": { "decoded": {} } }),
        Question::Simulation(_) => {
            json!({ "known": { "simulation": { "decision": "allowed", "organizations": true } } })
        }
        Question::Changes { .. } => json!({ "known": { "changes": [] } }),
        Question::Distribution { .. } => json!({ "known": { "distribution": open_distribution("acme-site") } }),
        Question::OriginDistributions { bucket, .. } => {
            json!({ "known": { "distributions": [open_distribution(bucket)] } })
        }
        Question::OriginAccessControl { .. } => {
            json!({ "known": { "origin-access-control": { "name": "site", "signing": "always", "origin_type": "s3" } } })
        }
        Question::WebAcl { .. } => {
            let rules = json!([{ "name": "common", "statement": "ManagedRuleGroupStatement" }]);
            json!({ "known": { "web-acl": { "name": "site", "rules": rules } } })
        }
        Question::SampledRequests(_) => json!({ "known": { "sampled-requests": [] } }),
        Question::GlueJobs { .. } => json!({ "known": { "glue-jobs": [] } }),
    };
    serde_json::from_value(value).unwrap_or_else(|error| panic!("{question:?}: {error}"))
}
