//! KMS keys, S3's own rules, and what the record tells.

use serde_json::{Value, json};

use super::*;

/// KMS keys behind objects.
pub(super) fn keys() -> Vec<Row> {
    let own = "arn:aws:iam::111122223333:role/reporting";
    let state = |state: &str| json!({ "known": { "kms-key": { "arn": KEY, "state": state } } });
    let reads = |key: Value| policy(&json!([one("s3:*", "*"), key]));
    let managed = json!({ "known": { "kms-key": { "arn": KEY, "state": "Enabled", "aws_managed": true } } });
    let key_policy = |statement: &Value| {
        policy(
            &json!([statement, { "Sid": "Admin", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111122223333:role/admin" }, "Action": "kms:*", "Resource": "*" }]),
        )
    };
    vec![
        given(
            row(
                "kms-key-policy-explicit-deny",
                Call::Read,
                vec![(KEY_POLICY, policy(&json!([one_for("111122223333", "kms:*", "*"), stop(&always(), true)])))],
                vec![(KEY_POLICY, policy(&json!([one_for(own, "kms:Decrypt", "*"), stop(&spared(), true)])))],
                (KEY, "Stop"),
            ),
            encrypted(),
        ),
        given(
            row(
                "kms-key-policy-no-allow",
                Call::Read,
                vec![(KEY_POLICY, key_policy(&other_for("arn:aws:iam::111122223333:role/loader", "*")))],
                vec![(KEY_POLICY, key_policy(&one_for(own, "kms:Decrypt", "*")))],
                (KEY, "Other"),
            ),
            encrypted(),
        ),
        given(
            row(
                "kms-identity-policy-explicit-deny",
                Call::Read,
                vec![(
                    WORK,
                    policy(&json!([all(), { "Sid": "Stop", "Effect": "Deny", "Action": "kms:*", "Resource": KEY }])),
                )],
                vec![(WORK, policy(&json!([all()])))],
                ("inline:work", "Stop"),
            ),
            encrypted(),
        ),
        given(
            row(
                "kms-identity-policy-no-allow",
                Call::Read,
                vec![(
                    WORK,
                    reads(json!({ "Sid": "Other", "Effect": "Allow", "Action": "kms:Encrypt", "Resource": KEY })),
                )],
                vec![(WORK, reads(one("kms:Decrypt", KEY)))],
                ("inline:work", "Other"),
            ),
            encrypted(),
        ),
        given(
            row(
                "kms-key-unusable",
                Call::Read,
                vec![(KMS_KEY, state("Disabled"))],
                vec![(KMS_KEY, state("Enabled"))],
                (KEY, ""),
            ),
            encrypted(),
        ),
        given(
            row(
                "kms-aws-managed-key-cross-account",
                Call::ReadFromOutside,
                vec![(KMS_KEY, managed), (KEY_POLICY, policy(&json!([])))],
                vec![(METADATA, json!({ "known": { "object-metadata": { "algorithm": "AES256" } } }))],
                (KEY, ""),
            ),
            encrypted(),
        ),
        given(
            recorded(
                "kms-operation-cross-account",
                Call::ReadFromOutside,
                of_the_key("ScheduleKeyDeletion"),
                of_the_key("DescribeKey"),
                (KEY, ""),
            ),
            vec![(KEY_POLICY, policy(&json!([one_for("444455556666", "kms:*", "*")])))],
        ),
    ]
}

/// The record of a call to KMS.
fn of_the_key(call: &str) -> Answers {
    vec![
        ("/eventSource", "kms.amazonaws.com".into()),
        ("/eventName", call.into()),
        ("/requestParameters", json!({ "keyId": KEY })),
        ("/resources", json!([{ "ARN": KEY, "accountId": "111122223333", "type": "AWS::KMS::Key" }])),
    ]
}

const GRANTS: &str = "access-grants arn:aws:iam::111122223333:role/reporting";

/// S3's own rules.
pub(super) fn objects() -> Vec<Row> {
    let lock = |mode: &str, until: &str| json!({ "known": { "object-lock": { "mode": mode, "until": until } } });
    let blocks =
        |blocks: bool| json!({ "known": { "encryption": { "algorithm": "AES256", "blocks_customer_keys": blocks } } });
    let payer = "bucket-request-payment acme-reports";
    let granted = |permission: &str, scope: &str| json!({ "known": { "access-grants": [{ "permission": permission, "scope": scope }] } });
    let reads = policy(&json!([one("s3:GetObject", OBJECT)]));
    let versioning =
        |mfa_delete: bool| json!({ "known": { "versioning": { "enabled": true, "mfa_delete": mfa_delete } } });
    vec![
        row(
            "requester-pays",
            Call::ReadFromOutside,
            vec![(payer, json!({ "known": { "flag": true } }))],
            vec![(payer, json!({ "known": { "flag": false } }))],
            (BUCKET, ""),
        ),
        row(
            "object-owned-by-other-account",
            Call::Read,
            foreign("c3c3c3c3"),
            vec![(OBJECT_ACL, acl("c3c3c3c3", OWNER))],
            (OBJECT, ""),
        ),
        row(
            "acl-no-grant",
            Call::ReadFromOutside,
            foreign("c3c3c3c3"),
            vec![(OBJECT_ACL, acl("c3c3c3c3", PARTNER))],
            (OBJECT, ""),
        ),
        given(
            row(
                "object-missing",
                Call::Read,
                vec![("object acme-reports/2026/q3.csv", json!("absent"))],
                vec![("object acme-reports/2026/q3.csv", json!({ "known": { "object": { "owner": OWNER } } }))],
                (OBJECT, ""),
            ),
            vec![(WORK, reads)],
        ),
        row(
            "object-locked",
            Call::DeleteVersion,
            vec![(LOCK, lock("COMPLIANCE", "2030-01-01T00:00:00Z"))],
            vec![(LOCK, lock("COMPLIANCE", "2026-01-01T00:00:00Z"))],
            (OBJECT, ""),
        ),
        row(
            "mfa-delete",
            Call::DeleteVersion,
            vec![("bucket-versioning acme-reports", versioning(true))],
            vec![("bucket-versioning acme-reports", versioning(false))],
            (BUCKET, ""),
        ),
        row(
            "access-grant-missing",
            Call::DataAccess,
            vec![(GRANTS, granted("WRITE", "s3://acme-reports/*"))],
            vec![(GRANTS, granted("READ", "s3://acme-reports/2026/*"))],
            ("arn:aws:s3:eu-west-1:111122223333:access-grants/default", ""),
        ),
        row(
            "customer-key-blocked",
            Call::UploadWithOwnKey,
            vec![("bucket-encryption acme-reports", blocks(true))],
            vec![("bucket-encryption acme-reports", blocks(false))],
            (BUCKET, ""),
        ),
    ]
}

/// Causes that the record tells, and what is told where there is none.
pub(super) fn records() -> Vec<Row> {
    let denied = || failed("AccessDenied", "Access Denied");
    let caller = "arn:aws:sts::111122223333:assumed-role/reporting/reporting";
    let owner = "/requestParameters/x-amz-expected-bucket-owner";
    let change = json!({ "known": { "changes": [{ "time": "2026-11-02T02:20:00Z", "call": "PutRolePolicy", "event_id": "e" }] } });
    vec![
        recorded(
            "expired-credentials",
            Call::Read,
            failed("ExpiredTokenException", "The security token included in the request is expired"),
            denied(),
            (caller, ""),
        ),
        recorded(
            "unknown-access-key",
            Call::Read,
            failed("InvalidAccessKeyId", "The key does not exist"),
            denied(),
            (caller, ""),
        ),
        recorded(
            "signature-mismatch",
            Call::Read,
            failed("SignatureDoesNotMatch", "It does not match"),
            denied(),
            (caller, ""),
        ),
        recorded(
            "clock-skew",
            Call::Read,
            failed("RequestTimeTooSkewed", "The difference is too large"),
            denied(),
            (caller, ""),
        ),
        recorded(
            "region-not-enabled",
            Call::Read,
            failed("InvalidRegion", "The Region is not enabled"),
            denied(),
            (caller, ""),
        ),
        recorded(
            "service-not-enabled",
            Call::Read,
            failed("NotSignedUp", "Your account is not signed up"),
            denied(),
            (caller, ""),
        ),
        recorded(
            "access-disabled",
            Call::Read,
            failed("AllAccessDisabled", "All access to this object has been disabled"),
            denied(),
            (OBJECT, ""),
        ),
        recorded(
            "object-archived",
            Call::Read,
            failed("InvalidObjectState", "Not valid for the object's storage class"),
            denied(),
            (OBJECT, ""),
        ),
        recorded(
            "acl-not-supported",
            Call::Upload,
            failed("AccessControlListNotSupported", "The bucket does not allow ACLs"),
            denied(),
            (BUCKET, ""),
        ),
        recorded(
            "bucket-owner-mismatch",
            Call::Read,
            vec![(owner, "444455556666".into())],
            vec![(owner, "111122223333".into())],
            (BUCKET, ""),
        ),
        row(
            "changed-since",
            Call::Read,
            vec![("recent-changes reporting", change)],
            vec![("recent-changes reporting", json!({ "known": { "changes": [] } }))],
            ("", ""),
        ),
        row(
            "unexplained",
            Call::Read,
            vec![(BUCKET_POLICY, json!({ "unreadable": "access-denied" }))],
            vec![(BUCKET_POLICY, json!("absent"))],
            ("", ""),
        ),
    ]
}
