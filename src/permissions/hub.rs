//! The policy of the function's own role: to take the other roles, and to write to what belongs to the hub.

use super::{Condition, Statement, Text};

/// In the order of the flow.
pub(super) fn statements() -> Vec<Statement> {
    let in_organization =
        || Condition { key: "aws:ResourceOrgID", value: Text::Ref("OrganizationId"), only_if: Some("InOrganization") };
    vec![
        Statement {
            condition: Some(in_organization()),
            ..allow(
                "ReadThroughTheReadRole",
                &["sts:AssumeRole"],
                Text::Sub("arn:${AWS::Partition}:iam::*:role/${ReadRoleName}".to_owned()),
            )
        },
        Statement {
            condition: Some(in_organization()),
            only_if: Some("HasManagementRole"),
            ..allow("ReadTheOrganization", &["sts:AssumeRole"], Text::Ref("ManagementRoleArn"))
        },
        allow("PublishFindings", &["sns:Publish"], Text::Ref("Topic")),
        Statement {
            condition: Some(Condition {
                key: "aws:ResourceAccount",
                value: Text::Ref("AWS::AccountId"),
                only_if: None,
            }),
            only_if: Some("HasCaseBucket"),
            note: Some("the bucket is the hub's own; cases hold no credentials"),
            ..allow(
                "KeepCases",
                &["s3:PutObject"],
                Text::Sub("arn:${AWS::Partition}:s3:::${CaseStore}/cases/*".to_owned()),
            )
        },
        allow("WriteOwnLog", &["logs:CreateLogStream", "logs:PutLogEvents"], Text::GetAtt("LogGroup", "Arn")),
        allow("KeepFailedEvents", &["sqs:SendMessage"], Text::GetAtt("DeadLetters", "Arn")),
        Statement {
            only_if: Some("HasWebhook"),
            note: Some("the ARN is of one of the two"),
            ..allow(
                "ReadSlackWebhook",
                &["secretsmanager:GetSecretValue", "ssm:GetParameter"],
                Text::Ref("SlackWebhookArn"),
            )
        },
    ]
}

fn allow(sid: &'static str, actions: &[&'static str], resource: Text) -> Statement {
    Statement { sid, actions: actions.to_vec(), resources: vec![resource], condition: None, only_if: None, note: None }
}
