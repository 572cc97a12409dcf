//! Policies of resources, and on the way to them.

use serde_json::json;

use super::*;

/// Policies on resources, and on the way to them.
pub(super) fn resources() -> Vec<Row> {
    let stopped = policy(&json!([all_for_everyone(), stop(&always(), true)]));
    let at_point = format!("{POINT}/object/*");
    let delegated = json!({ "Sid": "Leave", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": [BUCKET, format!("{BUCKET}/*")], "Condition": { "StringEquals": { "s3:DataAccessPointAccount": "111122223333" } } });
    let public = policy(
        &json!([one_for("arn:aws:iam::444455556666:role/ingest", "s3:GetObject", OBJECT), { "Sid": "Site", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": format!("{BUCKET}/site/*") }]),
    );
    vec![
        row(
            "resource-policy-explicit-deny",
            Call::Read,
            vec![(
                BUCKET_POLICY,
                policy(&json!([stop(&json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1" } }), true)])),
            )],
            vec![(BUCKET_POLICY, policy(&json!([stop(&spared(), true)])))],
            (BUCKET, "Stop"),
        ),
        row(
            "resource-policy-explicit-deny",
            Call::DeleteVersion,
            vec![(BUCKET_POLICY, policy(&json!([stop(&always(), true)])))],
            vec![(BUCKET_POLICY, json!("absent"))],
            (BUCKET, "Stop"),
        ),
        row(
            "resource-policy-no-allow",
            Call::ReadFromOutside,
            vec![(
                BUCKET_POLICY,
                policy(&json!([other_for("arn:aws:iam::444455556666:role/loader", &format!("{BUCKET}/*"))])),
            )],
            vec![(
                BUCKET_POLICY,
                policy(&json!([one_for("arn:aws:iam::444455556666:role/ingest", "s3:GetObject", OBJECT)])),
            )],
            (BUCKET, "Other"),
        ),
        row(
            "resource-policy-no-allow",
            Call::Send,
            vec![(
                "resource-policy arn:aws:sqs:eu-west-1:444455556666:orders",
                policy(&json!([other_for("arn:aws:iam::111122223333:role/shop", QUEUE)])),
            )],
            vec![(
                "resource-policy arn:aws:sqs:eu-west-1:444455556666:orders",
                policy(&json!([one_for("arn:aws:iam::111122223333:role/reporting", "sqs:SendMessage", QUEUE)])),
            )],
            (QUEUE, "Other"),
        ),
        row(
            "cloudfront-origin-access",
            Call::CloudFront,
            vec![(
                BUCKET_POLICY,
                policy(&json!([other_for("arn:aws:iam::111122223333:role/build", &format!("{BUCKET}/*"))])),
            )],
            vec![(BUCKET_POLICY, open_bucket())],
            (BUCKET, "Other"),
        ),
        row(
            "vpc-endpoint-policy-explicit-deny",
            Call::ReadByEndpoint,
            vec![(ENDPOINT, endpoint(&json!([all_for_everyone(), stop(&always(), true)])))],
            vec![(ENDPOINT, endpoint(&json!([all_for_everyone(), stop(&spared(), true)])))],
            ("vpce-0a1b2c3d", "Stop"),
        ),
        row(
            "vpc-endpoint-policy-no-allow",
            Call::ReadByEndpoint,
            vec![(
                ENDPOINT,
                endpoint(
                    &json!([{ "Sid": "Lake", "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::acme-lake/*" }]),
                ),
            )],
            vec![(
                ENDPOINT,
                endpoint(
                    &json!([{ "Sid": "One", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": OBJECT }]),
                ),
            )],
            ("vpce-0a1b2c3d", "Lake"),
        ),
        row(
            "access-point-policy-explicit-deny",
            Call::ReadByAccessPoint,
            vec![(POINT_POLICY, stopped)],
            vec![(
                POINT_POLICY,
                policy(&json!([
                    one_for("arn:aws:iam::444455556666:role/ingest", "s3:GetObject", &at_point),
                    stop(&spared(), true)
                ])),
            )],
            (POINT, "Stop"),
        ),
        row(
            "access-point-policy-no-allow",
            Call::ReadByAccessPoint,
            vec![(POINT_POLICY, policy(&json!([other_for("arn:aws:iam::444455556666:role/loader", &at_point)])))],
            vec![(
                POINT_POLICY,
                policy(&json!([one_for("arn:aws:iam::444455556666:role/ingest", "s3:GetObject", &at_point)])),
            )],
            (POINT, "Other"),
        ),
        row(
            "access-point-not-delegated",
            Call::ReadByAccessPoint,
            vec![(
                BUCKET_POLICY,
                policy(&json!([other_for("arn:aws:iam::444455556666:role/loader", &format!("{BUCKET}/*"))])),
            )],
            vec![(BUCKET_POLICY, policy(&json!([delegated])))],
            (BUCKET, "Other"),
        ),
        row(
            "access-point-vpc-only",
            Call::ReadByAccessPoint,
            vec![(
                "access-point finance",
                json!({ "known": { "access-point": { "bucket": "acme-reports", "bucket_account": "111122223333", "vpc": "vpc-9", "block": {} } } }),
            )],
            vec![(
                "access-point finance",
                json!({ "known": { "access-point": { "bucket": "acme-reports", "bucket_account": "111122223333", "block": {} } } }),
            )],
            (POINT, ""),
        ),
        row(
            "block-public-access",
            Call::ReadFromOutside,
            vec![(BUCKET_POLICY, public)],
            vec![(
                BUCKET_POLICY,
                policy(&json!([one_for("arn:aws:iam::444455556666:role/ingest", "s3:GetObject", OBJECT)])),
            )],
            (BUCKET, ""),
        ),
        row(
            "trust-policy-explicit-deny",
            Call::AssumeRole,
            vec![(
                "role target",
                trust(
                    &json!([{ "Sid": "Trust", "Effect": "Allow", "Principal": { "AWS": "111122223333" }, "Action": "sts:AssumeRole" }, { "Sid": "Stop", "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole", "Condition": { "Bool": { "aws:MultiFactorAuthPresent": "false" } } }]),
                ),
            )],
            vec![(
                "role target",
                trust(
                    &json!([{ "Sid": "Trust", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111122223333:role/reporting" }, "Action": "sts:AssumeRole" }]),
                ),
            )],
            (TARGET, "Stop"),
        ),
        row(
            "trust-policy-no-allow",
            Call::AssumeRole,
            vec![(
                "role target",
                trust(
                    &json!([{ "Sid": "Trust", "Effect": "Allow", "Principal": { "AWS": "111122223333" }, "Action": "sts:AssumeRole", "Condition": { "StringEquals": { "sts:ExternalId": "acme-1" } } }]),
                ),
            )],
            vec![(
                "role target",
                trust(
                    &json!([{ "Sid": "Trust", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111122223333:role/reporting" }, "Action": "sts:AssumeRole" }]),
                ),
            )],
            (TARGET, "Trust"),
        ),
        row(
            "identity-policy-no-allow",
            Call::AssumeRole,
            vec![(WORK, policy(&json!([one("sts:AssumeRole", "arn:aws:iam::111122223333:role/*")])))],
            vec![(WORK, policy(&json!([one("sts:AssumeRole", TARGET)])))],
            ("inline:work", "One"),
        ),
    ]
}
