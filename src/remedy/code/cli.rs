//! Commands of the AWS CLI.
//!
//! <https://docs.aws.amazon.com/cli/latest/reference/>

use std::fmt::Write;

use super::{access_control_policy, line, name};
use crate::arn::Arn;
use crate::evidence::{Document, Entity, EntityKind};
use crate::remedy::{Change, Edit, Image, PolicyPlace, Way, canned};

/// The commands, a line each.
pub(super) fn commands(change: &Change) -> Option<String> {
    let q = quoted;
    Some(match change {
        Change::ObjectAcl { object, after, .. } => {
            let version = object.version.as_deref().map(|v| format!(" --version-id {}", q(v))).unwrap_or_default();
            let acl = match Edit::of(change).as_ref().and_then(canned) {
                Some(name) => format!("--acl {name}"),
                None => format!("--access-control-policy {}", q(&access_control_policy(after).to_string())),
            };
            format!(
                "aws s3api put-object-acl --bucket {} --key {}{version} --expected-bucket-owner {} {acl}",
                q(&object.bucket.bucket),
                q(&object.key),
                object.bucket.account,
            )
        }
        Change::Ownership { bucket, after, .. } => format!(
            "aws s3api put-bucket-ownership-controls --bucket {} --expected-bucket-owner {} --ownership-controls 'Rules=[{{ObjectOwnership={after:?}}}]'",
            q(&bucket.bucket),
            bucket.account,
        ),
        Change::CopyOntoItself { object, .. } => {
            let path = q(&format!("s3://{}/{}", object.bucket.bucket, object.key));
            format!("aws s3 cp {path} {path} --copy-props default")
        }
        Change::ReEncrypt { object } => {
            let path = q(&format!("s3://{}/{}", object.bucket.bucket, object.key));
            format!("aws s3 cp {path} {path} --copy-props default --sse aws:kms --sse-kms-key-id KEY_OF_YOUR_OWN")
        }
        Change::KeyGrant { key, grant, .. } => format!(
            "aws kms create-grant --region {} --key-id {} --grantee-principal {} --operations {}",
            q(&key.region),
            q(&key.key),
            q(&grant.grantee_principal),
            grant.operations.iter().map(|operation| q(operation)).collect::<Vec<_>>().join(" "),
        ),
        Change::EnableKey { key, .. } => {
            format!("aws kms enable-key --region {} --key-id {}", q(&key.region), q(&key.key))
        }
        Change::Request { how: Way::RequesterPays } => {
            "aws s3api get-object --request-payer requester # and the rest of the call as it was".to_owned()
        }
        Change::Request { how: Way::ExternalId(id) } => {
            format!("aws sts assume-role --external-id {} # and the rest of the call as it was", q(id))
        }
        Change::Policy { on: PolicyPlace::Resource { arn, .. }, .. } if arn.service() == "lambda" => {
            function(change, arn)?
        }
        Change::Policy { on, after, .. } => policy(on, after)?,
    })
}

fn policy(on: &PolicyPlace, after: &Document) -> Option<String> {
    let q = quoted;
    let text = q(&line(after));
    Some(match on {
        PolicyPlace::Bucket(bucket) => format!(
            "aws s3api put-bucket-policy --bucket {} --expected-bucket-owner {} --policy {text}",
            q(&bucket.bucket),
            bucket.account
        ),
        PolicyPlace::AccessPoint(point) => format!(
            "aws s3control put-access-point-policy --region {} --account-id {} --name {} --policy {text}",
            q(&point.region),
            point.account,
            q(&point.access_point)
        ),
        PolicyPlace::Key(key) => format!(
            "aws kms put-key-policy --region {} --key-id {} --policy-name default --policy {text}",
            q(&key.region),
            q(&key.key)
        ),
        PolicyPlace::Endpoint { region, endpoint, .. } => format!(
            "aws ec2 modify-vpc-endpoint --region {} --vpc-endpoint-id {} --policy-document {text}",
            q(region),
            q(endpoint)
        ),
        PolicyPlace::Trust(role) => {
            format!("aws iam update-assume-role-policy --role-name {} --policy-document {text}", q(&role.name))
        }
        PolicyPlace::Inline { entity, policy } => inline(entity, policy, &text),
        PolicyPlace::Managed { arn, .. } => format!(
            "aws iam create-policy-version --policy-arn {} --set-as-default --policy-document {text}",
            q(arn.as_str())
        ),
        PolicyPlace::Resource { arn, .. } => resource(arn, after)?,
    })
}

fn inline(entity: &Entity, policy: &str, text: &str) -> String {
    let kind = match entity.kind {
        EntityKind::User => "user",
        EntityKind::Group => "group",
        EntityKind::Role => "role",
    };
    format!(
        "aws iam put-{kind}-policy --{kind}-name {} --policy-name {} --policy-document {text}",
        quoted(&entity.name),
        quoted(policy)
    )
}

fn resource(arn: &Arn, after: &Document) -> Option<String> {
    let text = quoted(&line(after));
    let region = quoted(arn.region());
    let full = quoted(arn.as_str());
    let control = |kind: &str, of: String| {
        let option = if kind == "bucket" { "--bucket" } else { "--name" };
        let account = arn.account_field();
        format!(
            "aws s3control put-{kind}-policy --region {region} --account-id {account} {option} {of} --policy {text}"
        )
    };
    Some(match arn.service() {
        "sns" => format!(
            "aws sns set-topic-attributes --region {region} --topic-arn {full} --attribute-name Policy --attribute-value {text}"
        ),
        "sqs" => {
            let attributes = quoted(&serde_json::json!({ "Policy": line(after) }).to_string());
            format!(
                "aws sqs set-queue-attributes --region {region} --queue-url \"$(aws sqs get-queue-url --region {region} --queue-name {} --query QueueUrl --output text)\" --attributes {attributes}",
                quoted(name(arn))
            )
        }
        "secretsmanager" => format!(
            "aws secretsmanager put-resource-policy --region {region} --secret-id {full} --resource-policy {text}"
        ),
        "dynamodb" => {
            format!("aws dynamodb put-resource-policy --region {region} --resource-arn {full} --policy {text}")
        }
        "ecr" => format!(
            "aws ecr set-repository-policy --region {region} --repository-name {} --policy-text {text}",
            quoted(arn.resource().strip_prefix("repository/")?)
        ),
        "events" => format!(
            "aws events put-permission --region {region} --event-bus-name {} --policy {text}",
            quoted(name(arn))
        ),
        "s3express" if arn.resource().starts_with("bucket/") => {
            format!("aws s3api put-bucket-policy --region {region} --bucket {} --policy {text}", quoted(name(arn)))
        }
        // The command of S3 control takes the name of a directory bucket's access point, and the ARN of one on an Outpost.
        "s3express" => control("access-point", quoted(name(arn))),
        "s3-outposts" if arn.resource().contains("/accesspoint/") => control("access-point", full),
        "s3-outposts" => control("bucket", full),
        "s3tables" if !arn.resource().contains("/table/") => format!(
            "aws s3tables put-table-bucket-policy --region {region} --table-bucket-arn {full} --resource-policy {text}"
        ),
        "glue" => format!("aws glue put-resource-policy --region {region} --policy-in-json {text}"),
        // A function's policy is changed statement by statement: see above.
        _ => return None,
    })
}

/// A statement of a function's policy, and how it is taken back.
///
/// <https://docs.aws.amazon.com/cli/latest/reference/lambda/add-permission.html>
fn function(change: &Change, arn: &Arn) -> Option<String> {
    let edit = Edit::of(change)?;
    let Image::Statement(statement) = &edit.after else { return None };
    let member = |pointer: &str| statement.pointer(pointer)?.as_str().map(quoted);
    // What the command cannot say is not left out.
    if statement.get("Condition").is_some() || statement.get("Effect")? != "Allow" {
        return None;
    }
    let (name, qualifier) = arn.function();
    let qualifier = qualifier.map(|qualifier| format!(" --qualifier {}", quoted(qualifier))).unwrap_or_default();
    let of = format!("--region {} --function-name {}{qualifier}", arn.region(), quoted(name));
    let sid = member("/Sid")?;
    Some(format!(
        "aws lambda add-permission {of} --statement-id {sid} --action {} --principal {} # to undo: aws lambda remove-permission {of} --statement-id {sid}",
        member("/Action")?,
        member("/Principal/AWS")?,
    ))
}

/// A word for a POSIX shell. Text with control characters is written as bash's `$'…'`, so that it stays one line.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if text.chars().any(|c| c.is_control() || is_direction_mark(c)) {
        let mut word = String::from("$'");
        for c in text.chars() {
            match c {
                '\'' | '\\' => word.extend(['\\', c]),
                c if c.is_control() || is_direction_mark(c) => {
                    // Writing to a string cannot fail.
                    let _ = write!(word, "\\u{:04x}", u32::from(c));
                }
                c => word.push(c),
            }
        }
        word.push('\'');
        return word;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Marks that turn the direction of text: what a person sees is not what the shell reads.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_word_to_a_shell() {
        for (text, expect) in [
            ("plain-1.csv", "plain-1.csv"),
            ("", "''"),
            ("a b", "'a b'"),
            ("it's", r"'it'\''s'"),
            ("$(rm -rf /)", "'$(rm -rf /)'"),
            ("a\nb", r"$'a\u000ab'"),
            ("x\u{202e}y", r"$'x\u202ey'"),
        ] {
            assert_eq!(quoted(text), expect);
        }
    }

    #[test]
    fn a_region_is_one_word_to_a_shell_too() {
        let after = Document::new("{\"Statement\":{\"Sid\":\"it's\"}}");
        for service in ["sns", "sqs", "secretsmanager", "dynamodb", "events", "glue", "ecr"] {
            let arn = format!("arn:aws:{service}:eu;touch${{IFS}}x;:111122223333:repository/q").parse().unwrap();
            let command = resource(&arn, &after).unwrap();
            assert!(!command.contains("--region eu;"), "{command}");
            assert!(command.contains("--region 'eu;touch${IFS}x;'"), "{command}");
            assert!(command.contains(r"it'\''s"), "{command}");
        }
    }
}
