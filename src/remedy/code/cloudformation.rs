//! `CloudFormation`, as JSON.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>

use serde_json::{Value, json};

use super::{name, policy};
use crate::evidence::{Document, EntityKind};
use crate::remedy::{Change, PolicyPlace};

/// The resource of a template; `None` where `CloudFormation` has none for it.
pub(super) fn snippet(change: &Change) -> Option<String> {
    let resource = match change {
        Change::Ownership { bucket, after, .. } => json!({
            "Type": "AWS::S3::Bucket",
            "Properties": {
                "BucketName": bucket.bucket,
                "OwnershipControls": { "Rules": [{ "ObjectOwnership": format!("{after:?}") }] },
            },
        }),
        Change::Policy { .. } => {
            let (on, _, after) = policy(change)?;
            of_policy(on, after)?
        }
        Change::ObjectAcl { .. }
        | Change::CopyOntoItself { .. }
        | Change::KeyGrant { .. }
        | Change::EnableKey { .. }
        | Change::ReEncrypt { .. }
        | Change::Request { .. } => return None,
    };
    serde_json::to_string_pretty(&json!({ "Resources": { "Remedy": resource } })).ok()
}

fn of_policy(on: &PolicyPlace, after: &Document) -> Option<Value> {
    let document = after.value()?;
    let resource = |kind: &str, properties: Value| Some(json!({ "Type": kind, "Properties": properties }));
    match on {
        PolicyPlace::Bucket(bucket) => {
            resource("AWS::S3::BucketPolicy", json!({ "Bucket": bucket.bucket, "PolicyDocument": document }))
        }
        PolicyPlace::Inline { entity, policy } => {
            let (kind, owner) = match entity.kind {
                EntityKind::User => ("AWS::IAM::UserPolicy", "UserName"),
                EntityKind::Group => ("AWS::IAM::GroupPolicy", "GroupName"),
                EntityKind::Role => ("AWS::IAM::RolePolicy", "RoleName"),
            };
            resource(kind, json!({ owner: entity.name, "PolicyName": policy, "PolicyDocument": document }))
        }
        PolicyPlace::Managed { arn, .. } => {
            resource("AWS::IAM::ManagedPolicy", json!({ "ManagedPolicyName": name(arn), "PolicyDocument": document }))
        }
        PolicyPlace::Resource { arn, .. } => match arn.service() {
            "sns" => {
                resource("AWS::SNS::TopicInlinePolicy", json!({ "TopicArn": arn.as_str(), "PolicyDocument": document }))
            }
            "secretsmanager" => resource(
                "AWS::SecretsManager::ResourcePolicy",
                json!({ "SecretId": arn.as_str(), "ResourcePolicy": document }),
            ),
            "s3express" if arn.resource().starts_with("bucket/") => {
                resource("AWS::S3Express::BucketPolicy", json!({ "Bucket": name(arn), "PolicyDocument": document }))
            }
            "s3-outposts" if arn.resource().contains("/bucket/") => {
                resource("AWS::S3Outposts::BucketPolicy", json!({ "Bucket": arn.as_str(), "PolicyDocument": document }))
            }
            "s3tables" if !arn.resource().contains("/table/") => resource(
                "AWS::S3Tables::TableBucketPolicy",
                json!({ "TableBucketARN": arn.as_str(), "ResourcePolicy": document }),
            ),
            _ => None,
        },
        // These are properties of the key, access point, endpoint or role itself.
        PolicyPlace::Key(_) | PolicyPlace::AccessPoint(_) | PolicyPlace::Endpoint { .. } | PolicyPlace::Trust(_) => {
            None
        }
    }
}
