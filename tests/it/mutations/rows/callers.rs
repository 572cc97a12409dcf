//! Policies of the caller and of its organization.

use serde_json::json;

use super::*;

/// The caller's own policies.
pub(super) fn policies() -> Vec<Row> {
    let denied = policy(&json!([all(), stop(&always(), false)]));
    vec![
        row(
            "identity-policy-explicit-deny",
            Call::Read,
            vec![(WORK, denied.clone())],
            vec![(WORK, policy(&json!([all(), stop(&spared(), false)])))],
            ("inline:work", "Stop"),
        ),
        row(
            "identity-policy-no-allow",
            Call::Read,
            vec![(WORK, policy(&json!([other()])))],
            vec![(WORK, policy(&json!([other(), one("s3:GetObject", OBJECT)])))],
            ("inline:work", "Other"),
        ),
        row(
            "identity-policy-no-allow",
            Call::ReadFromOutside,
            vec![(OUTSIDER, policy(&json!([other()])))],
            vec![(OUTSIDER, policy(&json!([one("s3:GetObject", OBJECT)])))],
            ("inline:work", "Other"),
        ),
        row(
            "identity-policy-explicit-deny",
            Call::DeleteVersion,
            vec![(WORK, denied)],
            vec![(WORK, policy(&json!([all()])))],
            ("inline:work", "Stop"),
        ),
        recorded(
            "root-cannot-assume-role",
            Call::AssumeRole,
            vec![(
                "/userIdentity",
                json!({ "type": "Root", "principalId": OWNER, "arn": "arn:aws:iam::111122223333:root", "accountId": "111122223333" }),
            )],
            vec![("/userIdentity", Call::AssumeRole.record()["userIdentity"].clone())],
            (TARGET, ""),
        ),
        given(
            row(
                "permissions-boundary-explicit-deny",
                Call::Read,
                vec![(BOUNDARY, policy(&json!([all(), stop(&always(), false)])))],
                vec![(BOUNDARY, policy(&json!([all(), stop(&spared(), false)])))],
                (BOUNDARY_ARN, "Stop"),
            ),
            bounded(),
        ),
        given(
            row(
                "permissions-boundary-no-allow",
                Call::Read,
                vec![(BOUNDARY, policy(&json!([other()])))],
                vec![(BOUNDARY, policy(&json!([other(), one("s3:GetObject", OBJECT)])))],
                (BOUNDARY_ARN, "Other"),
            ),
            bounded(),
        ),
        row(
            "session-policy-explicit-deny",
            Call::Read,
            vec![(SESSION, session_policy(&json!([all(), stop(&always(), false)])))],
            vec![(SESSION, session_policy(&json!([all()])))],
            ("session policy", "Stop"),
        ),
        row(
            "session-policy-no-allow",
            Call::Read,
            vec![(SESSION, session_policy(&json!([other()])))],
            vec![(SESSION, session_policy(&json!([one("s3:GetObject", OBJECT)])))],
            ("session policy", "Other"),
        ),
    ]
}

/// Control policies.
pub(super) fn organization() -> Vec<Row> {
    vec![
        given(
            row(
                "scp-explicit-deny",
                Call::Read,
                vec![(SCP, policy(&json!([all(), stop(&always(), false)])))],
                vec![(SCP, policy(&json!([all(), stop(&spared(), false)])))],
                (SCP_ARN, "Stop"),
            ),
            vec![(SCPS, names(&[FULL_SCP, SCP_ARN])), (SCP, policy(&json!([all()])))],
        ),
        given(
            row(
                "scp-no-allow",
                Call::Read,
                vec![(SCP, policy(&json!([other()])))],
                vec![(SCP, policy(&json!([other(), one("s3:GetObject", OBJECT)])))],
                (SCP_ARN, "Other"),
            ),
            vec![(SCPS, names(&[SCP_ARN])), (SCP, policy(&json!([all()])))],
        ),
        given(
            row(
                "rcp-explicit-deny",
                Call::Read,
                vec![(RCP, policy(&json!([stop(&always(), true)])))],
                vec![(RCP, policy(&json!([stop(&spared(), true)])))],
                (RCP_ARN, "Stop"),
            ),
            vec![(RCPS, names(&[FULL_RCP, RCP_ARN])), (RCP, policy(&json!([])))],
        ),
        given(
            row(
                "rcp-explicit-deny",
                Call::ReadFromOutside,
                vec![(RCP, policy(&json!([stop(&always(), true)])))],
                vec![(RCP, policy(&json!([stop(&spared(), true)])))],
                (RCP_ARN, "Stop"),
            ),
            vec![(RCPS, names(&[FULL_RCP, RCP_ARN])), (RCP, policy(&json!([])))],
        ),
    ]
}
