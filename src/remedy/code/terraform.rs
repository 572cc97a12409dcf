//! Terraform, with the AWS provider.
//!
//! <https://github.com/hashicorp/terraform-provider-aws/tree/main/website/docs>

use super::{indented, name, policy};
use crate::arn::Partition;
use crate::evidence::{Document, EntityKind};
use crate::remedy::{Change, PolicyPlace};

/// The resource; `None` where Terraform has none for it.
pub(super) fn snippet(change: &Change) -> Option<String> {
    match change {
        Change::Ownership { bucket, after, .. } => Some(format!(
            "resource \"aws_s3_bucket_ownership_controls\" \"this\" {{\n  bucket = {}\n\n  rule {{\n    object_ownership = \"{after:?}\"\n  }}\n}}",
            text(&bucket.bucket)
        )),
        Change::KeyGrant { key, grant, .. } => {
            let operations: Vec<_> = grant.operations.iter().map(|o| text(o)).collect();
            Some(format!(
                "resource \"aws_kms_grant\" \"this\" {{\n  key_id            = {}\n  grantee_principal = {}\n  operations        = [{}]\n}}",
                text(&key.key),
                text(&grant.grantee_principal),
                operations.join(", ")
            ))
        }
        Change::Policy { .. } => {
            let (on, _, after) = policy(change)?;
            of_policy(on, after)
        }
        Change::ObjectAcl { .. }
        | Change::CopyOntoItself { .. }
        | Change::EnableKey { .. }
        | Change::ReEncrypt { .. }
        | Change::Request { .. } => None,
    }
}

fn of_policy(on: &PolicyPlace, after: &Document) -> Option<String> {
    let (kind, arguments, argument): (&str, Vec<(&str, String)>, &str) = match on {
        PolicyPlace::Bucket(bucket) => ("aws_s3_bucket_policy", vec![("bucket", text(&bucket.bucket))], "policy"),
        PolicyPlace::AccessPoint(point) => {
            let partition = Partition::of_region(&point.region);
            let arn =
                format!("arn:{partition}:s3:{}:{}:accesspoint/{}", point.region, point.account, point.access_point);
            ("aws_s3control_access_point_policy", vec![("access_point_arn", text(&arn))], "policy")
        }
        PolicyPlace::Key(key) => ("aws_kms_key_policy", vec![("key_id", text(&key.key))], "policy"),
        PolicyPlace::Endpoint { endpoint, .. } => {
            ("aws_vpc_endpoint_policy", vec![("vpc_endpoint_id", text(endpoint))], "policy")
        }
        PolicyPlace::Trust(_) => return None, // an argument of the role itself
        PolicyPlace::Inline { entity, policy } => {
            let (kind, owner) = match entity.kind {
                EntityKind::User => ("aws_iam_user_policy", "user"),
                EntityKind::Group => ("aws_iam_group_policy", "group"),
                EntityKind::Role => ("aws_iam_role_policy", "role"),
            };
            (kind, vec![("name", text(policy)), (owner, text(&entity.name))], "policy")
        }
        PolicyPlace::Managed { arn, .. } => ("aws_iam_policy", vec![("name", text(name(arn)))], "policy"),
        PolicyPlace::Resource { arn, .. } => match arn.service() {
            "sns" => ("aws_sns_topic_policy", vec![("arn", text(arn.as_str()))], "policy"),
            "secretsmanager" => {
                ("aws_secretsmanager_secret_policy", vec![("secret_arn", text(arn.as_str()))], "policy")
            }
            "dynamodb" => ("aws_dynamodb_resource_policy", vec![("resource_arn", text(arn.as_str()))], "policy"),
            "ecr" => (
                "aws_ecr_repository_policy",
                vec![("repository", text(arn.resource().strip_prefix("repository/")?))],
                "policy",
            ),
            "events" => ("aws_cloudwatch_event_bus_policy", vec![("event_bus_name", text(name(arn)))], "policy"),
            "glue" => ("aws_glue_resource_policy", Vec::new(), "policy"),
            "s3express" if arn.resource().starts_with("bucket/") => {
                ("aws_s3_bucket_policy", vec![("bucket", text(name(arn)))], "policy")
            }
            "s3-outposts" if arn.resource().contains("/bucket/") => {
                ("aws_s3control_bucket_policy", vec![("bucket", text(arn.as_str()))], "policy")
            }
            "s3tables" if !arn.resource().contains("/table/") => {
                ("aws_s3tables_table_bucket_policy", vec![("table_bucket_arn", text(arn.as_str()))], "resource_policy")
            }
            _ => return None,
        },
    };
    let mut lines: Vec<String> = arguments.into_iter().map(|(name, value)| format!("  {name} = {value}")).collect();
    // In a heredoc, `${` and `%{` start templates.
    let body = indented(after).replace("${", "$${").replace("%{", "%%{");
    lines.push(format!("  {argument} = <<-POLICY\n{body}\n  POLICY"));
    Some(format!("resource \"{kind}\" \"this\" {{\n{}\n}}", lines.join("\n")))
}

/// A string.
fn text(value: &str) -> String {
    let escaped = serde_json::Value::String(value.to_owned()).to_string();
    escaped.replace("${", "$${").replace("%{", "%%{")
}
