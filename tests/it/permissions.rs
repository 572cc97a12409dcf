//! The policies of our own roles, as our own evaluator reads them.

use deniedby::arn::Partition;
use deniedby::evidence::{RESOURCE_POLICIES, SPECS, Scope};
use deniedby::permissions::writes::WRITES;
use deniedby::permissions::{ROLES, Role, TEMPLATES, fix_policy, policy, session_policy, statements, with_policy};
use deniedby::remedy::{Class, KINDS};
use deniedby::simulate::Simulator;
use serde_json::{Value, json};

use crate::world::{read, root};

const ACCOUNT: &str = "111122223333";

/// Something of every kind that a question is about, in the account and without a name of its own.
const RESOURCES: &[&str] = &[
    "arn:aws:iam::111122223333:role/team/app",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::111122223333:group/dev",
    "arn:aws:iam::111122223333:policy/p",
    "arn:aws:iam::aws:policy/ReadOnlyAccess",
    "arn:aws:s3:::acme-reports",
    "arn:aws:s3:::acme-reports/q3.csv",
    "arn:aws:s3:eu-west-1:111122223333:accesspoint/reports",
    "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE",
    "arn:aws:cloudfront::111122223333:origin-access-control/E327GJI25M56DG",
    "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2",
    "arn:aws:dynamodb:eu-west-1:111122223333:table/orders",
    "arn:aws:ecr:eu-west-1:111122223333:repository/app",
    "arn:aws:events:eu-west-1:111122223333:event-bus/orders",
    "arn:aws:glue:eu-west-1:111122223333:catalog",
    "arn:aws:lambda:eu-west-1:111122223333:function:app",
    "arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap",
    "arn:aws:s3:eu-west-1:111122223333:access-grants/default",
    "arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/redacted",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf",
    "arn:aws:sns:eu-west-1:111122223333:topic",
    "arn:aws:sqs:eu-west-1:111122223333:queue",
    "*",
];

/// Actions that write, hand out data or credentials, or start something.
const FORBIDDEN: &[&str] = &[
    "cloudtrail:DeleteTrail",
    "cloudtrail:GetQueryResults",
    "cloudtrail:StartQuery",
    "cloudtrail:StopLogging",
    "cloudfront:CreateInvalidation",
    "cloudfront:UpdateDistribution",
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PutItem",
    "dynamodb:PutResourcePolicy",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ec2:GetConsoleOutput",
    "ec2:GetPasswordData",
    "ec2:ModifyVpcEndpoint",
    "ec2:RunInstances",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "ecr:PutImage",
    "ecr:SetRepositoryPolicy",
    "events:PutEvents",
    "events:PutPermission",
    "events:PutRule",
    "glue:GetConnection",
    "glue:GetTable",
    "glue:PutResourcePolicy",
    "glue:StartJobRun",
    "iam:AttachRolePolicy",
    "iam:CreateAccessKey",
    "iam:CreatePolicyVersion",
    "iam:CreateUser",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:GenerateCredentialReport",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetCredentialReport",
    "iam:PassRole",
    "iam:PutRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GetPublicKey",
    "kms:PutKeyPolicy",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:ScheduleKeyDeletion",
    "kms:Sign",
    "lambda:AddPermission",
    "lambda:GetFunction",
    "lambda:InvokeFunction",
    "lambda:UpdateFunctionCode",
    "logs:GetLogEvents",
    "organizations:AttachPolicy",
    "organizations:CreateAccount",
    "organizations:DetachPolicy",
    "organizations:LeaveOrganization",
    "organizations:UpdatePolicy",
    "s3:CreateAccessGrant",
    "s3:DeleteBucketPolicy",
    "s3:GetDataAccess",
    "s3:PutAccessPointPolicy",
    "s3:PutMultiRegionAccessPointPolicy",
    "s3-object-lambda:GetObject",
    "tag:TagResources",
    "tag:UntagResources",
    "s3:DeleteObject",
    "s3:GetObject",
    "s3:GetObjectAttributes",
    "s3:GetObjectTorrent",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionForReplication",
    "s3:PutAccountPublicAccessBlock",
    "s3:PutBucketPolicy",
    "s3:PutObject",
    "s3:PutObjectAcl",
    "s3:RestoreObject",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutResourcePolicy",
    "secretsmanager:PutSecretValue",
    "sns:Publish",
    "sns:SetTopicAttributes",
    "sns:Subscribe",
    "sqs:DeleteMessage",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
    "sqs:SetQueueAttributes",
    "ssm:GetParameter",
    "ssm:SendCommand",
    "sts:AssumeRole",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
    "wafv2:UpdateWebACL",
];

/// The policies under which questions are asked: of the roles, and of the sessions of those roles.
fn policies(object_metadata: bool) -> Vec<(Role, Value)> {
    let account = ACCOUNT.parse().unwrap();
    let of = |role| {
        let session = serde_json::from_str(&session_policy(role, object_metadata)).unwrap();
        [(role, policy(role, Partition::Aws, account, object_metadata)), (role, session)]
    };
    [Role::Read, Role::Management].into_iter().flat_map(of).collect()
}

/// What a policy says of an action. A key lets its account's policies decide, as keys that people make do.
fn decision(policy: &Value, action: &str, resource: &str) -> String {
    let key_policy = json!({ "Statement": {
        "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111122223333:root" }, "Action": "kms:*", "Resource": "*",
    } });
    let line = json!({
        "principal": "arn:aws:iam::111122223333:role/deniedby-read", "action": action,
        "resource": { "arn": resource, "account": ACCOUNT }, "context": { "aws:ResourceAccount": ACCOUNT },
        "identity_policies": [{ "name": "p", "document": policy }],
        "resource_policy": if resource.contains(":kms:") { key_policy } else { Value::Null },
    });
    let answer: Value = serde_json::from_str(&Simulator::default().answer(&line.to_string())).unwrap();
    answer.get("decision").and_then(Value::as_str).unwrap_or_else(|| panic!("{answer}")).to_owned()
}

#[test]
fn nothing_that_writes_or_gives_out_data_is_allowed() {
    for (role, policy) in policies(false) {
        for action in FORBIDDEN {
            for resource in RESOURCES {
                assert_eq!(decision(&policy, action, resource), "implicitly-denied", "{role:?} {action} {resource}");
            }
        }
    }
}

#[test]
fn what_every_question_takes_is_allowed_on_something() {
    for object_metadata in [false, true] {
        for spec in SPECS.iter().chain(RESOURCE_POLICIES.iter().map(|row| &row.spec)) {
            let wanted = if spec.scope == Scope::Organization { Role::Management } else { Role::Read };
            for (role, policy) in policies(object_metadata) {
                let allowed = role == wanted && (object_metadata || spec.scope != Scope::ObjectData);
                for action in spec.needs {
                    let any = RESOURCES.iter().any(|resource| decision(&policy, action, resource) == "allowed");
                    assert_eq!(any, allowed, "{role:?} {action} of {}", spec.name);
                }
            }
        }
    }
}

#[test]
fn buckets_and_objects_of_other_accounts_are_not_for_the_read_role() {
    let mut policy = policy(Role::Read, Partition::Aws, "444455556666".parse().unwrap(), true);
    for action in ["s3:GetBucketPolicy", "s3:GetObjectTagging", "s3:GetObject"] {
        for resource in RESOURCES {
            assert_eq!(decision(&policy, action, resource), "implicitly-denied", "{action} {resource}");
        }
    }
    // And it is the condition that keeps them away.
    for statement in policy["Statement"].as_array_mut().unwrap() {
        statement.as_object_mut().unwrap().remove("Condition");
    }
    assert_eq!(decision(&policy, "s3:GetBucketPolicy", "arn:aws:s3:::acme-reports"), "allowed");
}

#[test]
fn no_action_is_a_pattern_and_each_reads_but_for_what_is_the_hubs_own() {
    for (role, _) in ROLES {
        for statement in statements(*role) {
            for action in &statement.actions {
                let (_, name) = action.split_once(':').unwrap();
                assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()), "{action}");
                let reads = ["Get", "List", "Describe", "Lookup", "Decode", "Simulate"]
                    .iter()
                    .any(|verb| name.starts_with(verb));
                assert!(reads || matches!(role, Role::Hub | Role::Fix | Role::Approve), "{action}");
            }
        }
    }
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[test]
fn the_session_policies_fit() {
    for role in [Role::Read, Role::Management] {
        let policy = session_policy(role, true);
        assert!(policy.len() < 2048, "{role:?}: {} characters", policy.len());
        assert!(policy.is_ascii());
    }
}

/// `deniedby permissions --write` makes them so.
#[test]
fn the_templates_hold_the_policies_that_the_questions_take() {
    for (name, role) in TEMPLATES {
        let template = read(root().join(name));
        assert!(with_policy(&template, *role).as_ref() == Ok(&template), "{name}: run `deniedby permissions --write`");
    }
}

/// Guardrails, and what would open a resource to everybody: no remedy touches them, and no role of ours may.
const NEVER: &[&str] = &[
    "Boundary",
    "PublicAccessBlock",
    "organizations:",
    "waf",
    "sts:",
    "AccessKey",
    "AttachRolePolicy",
    "AttachUserPolicy",
    "PassRole",
    "ScheduleKeyDeletion",
    "DeleteBucket",
    "s3:DeleteObject",
    "PutBucketAcl",
];

#[test]
fn the_fix_role_never_touches_guardrails() {
    let allowed = ["s3:DeleteBucketPolicy", "s3:DeleteObjectVersion"];
    for statement in statements(Role::Fix) {
        assert!(statement.only_if.is_some(), "{} is always on", statement.sid);
        for action in statement.actions.iter().filter(|action| !allowed.contains(action)) {
            let lower = action.to_lowercase();
            assert!(NEVER.iter().all(|never| !lower.contains(&never.to_lowercase())), "{action}");
        }
    }
}

fn parameter(kind: &str) -> String {
    let capital = |word: &str| format!("{}{}", word[..1].to_uppercase(), &word[1..]);
    kind.split('-').map(capital).collect()
}

/// Each kind of remedy is a parameter of the template, off by default, and each kind of place is there where one of its
/// kinds is on.
#[test]
fn the_fix_role_has_a_switch_for_every_kind() {
    let template = read(root().join("deploy/fix-role.yaml"));
    for row in WRITES.iter().filter(|row| !row.kinds.is_empty()) {
        let on: Vec<_> = row.kinds.iter().map(|kind| format!("!Equals [!Ref {}, \"true\"]", parameter(kind))).collect();
        let (name, switch) = (row.only_if, "!Equals [!Ref KeepOtherGrants, \"true\"]");
        let condition = match on.as_slice() {
            [one] if row.name == "object-grants" => format!("  {name}: !And [{one}, {switch}]\n"),
            [one] => format!("  {name}: {one}\n"),
            several => format!("  {name}: !Or\n    - {}\n", several.join("\n    - ")),
        };
        assert!(template.contains(&condition), "deploy/fix-role.yaml lacks\n{condition}");
        for kind in row.kinds {
            let (_, rest) = template.split_once(&format!("  {}:\n    Type: String\n", parameter(kind))).unwrap();
            let (until, _) = rest.split_once("AllowedValues").unwrap();
            assert!(until.ends_with("Default: \"false\"\n    "), "{kind} is not off by default");
        }
    }
}

/// What a role's policies may hold together: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
#[test]
fn the_fix_role_fits_with_every_kind_and_does_nothing_with_none() {
    let account = ACCOUNT.parse().unwrap();
    let kinds: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    let all = fix_policy(Partition::GovCloud, account, &kinds, true).to_string();
    assert!(all.len() < 9_500, "{} characters", all.len());
    assert_eq!(fix_policy(Partition::Aws, account, &[], true)["Statement"], json!([]));
}

/// The safe kinds alone let nothing be written but the two canned ACLs, and Object Ownership.
#[test]
fn the_safe_kinds_alone_are_pinned_by_the_role_itself() {
    let safe: Vec<_> = KINDS.iter().filter(|kind| kind.class == Class::Safe).map(|kind| kind.name).collect();
    let policy = fix_policy(Partition::Aws, ACCOUNT.parse().unwrap(), &safe, false);
    let sids: Vec<_> = policy["Statement"].as_array().unwrap().iter().map(|s| s["Sid"].as_str().unwrap()).collect();
    assert_eq!(sids, ["ReadObjectAcls", "WriteObjectAcls", "Ownership"]);
    let with_acl = |acl: Option<&str>| {
        let mut context = json!({ "aws:ResourceAccount": ACCOUNT });
        if let Some(acl) = acl {
            context["s3:x-amz-acl"] = acl.into();
        }
        let line = json!({
            "principal": "arn:aws:iam::111122223333:role/deniedby-fix", "action": "s3:PutObjectAcl",
            "resource": { "arn": "arn:aws:s3:::acme-reports/q3.csv", "account": ACCOUNT }, "context": context,
            "identity_policies": [{ "name": "p", "document": policy }],
        });
        let answer: Value = serde_json::from_str(&Simulator::default().answer(&line.to_string())).unwrap();
        answer["decision"].as_str().unwrap().to_owned()
    };
    assert_eq!(with_acl(Some("bucket-owner-full-control")), "allowed");
    assert_eq!(with_acl(Some("private")), "allowed");
    for acl in [Some("public-read"), Some("authenticated-read"), None] {
        assert_eq!(with_acl(acl), "implicitly-denied", "{acl:?}");
    }
}
