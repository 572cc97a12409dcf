//! The policies of the functions' own roles: to take the other roles, and to write to what belongs to the hub.

use super::{Condition, Statement, Text};

fn in_organization() -> Condition {
    Condition {
        key: "aws:ResourceOrgID",
        value: Text::Ref("OrganizationId"),
        only_if: Some("InOrganization"),
        otherwise: None,
    }
}

/// Of roles whose account an event names: who can send events must not send our external ID to any account.
fn in_our_accounts() -> Condition {
    Condition { otherwise: Some(("aws:ResourceAccount", Text::Split("AccountIds"))), ..in_organization() }
}

/// To take the role that makes changes.
fn fix(condition: Condition) -> Statement {
    Statement {
        condition: Some(condition),
        note: Some("the role is only where its account's owner deployed it, and makes only what its own policy allows"),
        ..allow(
            "FixThroughTheFixRole",
            &["sts:AssumeRole"],
            Text::Sub("arn:${AWS::Partition}:iam::*:role/${FixRoleName}".to_owned()),
        )
    }
}

fn keep_records(table: Text) -> Statement {
    allow("KeepRecordsOfChanges", &["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"], table)
}

fn write_log() -> Statement {
    allow("WriteOwnLog", &["logs:CreateLogStream", "logs:PutLogEvents"], Text::GetAtt("LogGroup", "Arn"))
}

fn keep_failed() -> Statement {
    allow("KeepFailedEvents", &["sqs:SendMessage"], Text::GetAtt("DeadLetters", "Arn"))
}

/// The function behind the approvals' URL. By its name, since it is made after its role.
const OWN_FUNCTION: &str =
    "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-approve";

/// Of the function that takes approvals: it neither reads accounts nor publishes.
pub(super) fn approve_statements() -> Vec<Statement> {
    vec![
        Statement {
            note: Some("the ARN is of one of the two"),
            ..allow(
                "ReadSigningSecret",
                &["secretsmanager:GetSecretValue", "ssm:GetParameter"],
                Text::Ref("SlackSigningSecretArn"),
            )
        },
        keep_records(Text::Sub(
            "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${RecordsTable}".to_owned(),
        )),
        Statement {
            note: Some("it goes on after its answer"),
            ..allow("GoOnAfterTheAnswer", &["lambda:InvokeFunction"], Text::Sub(OWN_FUNCTION.to_owned()))
        },
        fix(in_organization()),
        write_log(),
        keep_failed(),
    ]
}

/// In the order of the flow.
pub(super) fn statements() -> Vec<Statement> {
    vec![
        Statement {
            condition: Some(in_our_accounts()),
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
                otherwise: None,
            }),
            only_if: Some("HasCaseBucket"),
            note: Some("the bucket is the hub's own; cases hold no credentials"),
            ..allow(
                "KeepCases",
                &["s3:PutObject"],
                Text::Sub("arn:${AWS::Partition}:s3:::${CaseStore}/cases/*".to_owned()),
            )
        },
        allow(
            "RememberWhatWasTold",
            &["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
            Text::GetAtt("Told", "Arn"),
        ),
        Statement { only_if: Some("KeepsRecords"), ..keep_records(Text::GetAtt("Records", "Arn")) },
        Statement { only_if: Some("FixesByItself"), ..fix(in_our_accounts()) },
        write_log(),
        keep_failed(),
        Statement {
            only_if: Some("RedrivesFailed"),
            ..allow(
                "RedriveFailedEvents",
                &["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                Text::GetAtt("DeadLetters", "Arn"),
            )
        },
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
    Statement {
        sid,
        actions: actions.to_vec(),
        resources: vec![resource],
        condition: None,
        pins: Vec::new(),
        only_if: None,
        note: None,
    }
}
