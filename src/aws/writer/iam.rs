//! Writes to IAM: inline policies, trust policies, and versions of managed policies.

use aws_sdk_iam::Client;
use aws_sdk_iam::config::Builder;
use aws_sdk_iam::types::PolicyVersion;
use aws_smithy_types::retry::RetryConfig;

use super::{Refused, document};
use crate::arn::Arn;
use crate::aws::errors::Failure;
use crate::aws::iam::version_document;
use crate::evidence::{Document, EntityKind};
use crate::remedy::{Edit, Image, Place};

pub(super) async fn write(iam: &Client, edit: &Edit) -> Result<(), Failure> {
    match (&edit.place, &edit.after) {
        (Place::InlinePolicy { entity, policy }, Image::Nothing) => {
            let name = &entity.name;
            match entity.kind {
                EntityKind::Role => {
                    iam.delete_role_policy().role_name(name).policy_name(policy).send().await?;
                }
                EntityKind::User => {
                    iam.delete_user_policy().user_name(name).policy_name(policy).send().await?;
                }
                EntityKind::Group => {
                    iam.delete_group_policy().group_name(name).policy_name(policy).send().await?;
                }
            }
        }
        (Place::InlinePolicy { entity, policy }, after) => {
            let (name, text) = (&entity.name, document(after)?);
            match entity.kind {
                EntityKind::Role => {
                    iam.put_role_policy().role_name(name).policy_name(policy).policy_document(text).send().await?;
                }
                EntityKind::User => {
                    iam.put_user_policy().user_name(name).policy_name(policy).policy_document(text).send().await?;
                }
                EntityKind::Group => {
                    iam.put_group_policy().group_name(name).policy_name(policy).policy_document(text).send().await?;
                }
            }
        }
        (Place::TrustPolicy(role), after) => {
            let call = iam.update_assume_role_policy().role_name(&role.name).policy_document(document(after)?);
            call.send().await?;
        }
        _ => return Err(Failure::garbled()),
    }
    Ok(())
}

/// A managed policy is changed by a new version. To put back what was there, the version from before is made the default
/// again, and ours is deleted.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html>
pub(super) async fn write_managed(iam: &Client, arn: &Arn, edit: &Edit) -> Result<(), Refused> {
    if let Image::Version(after) = &edit.after {
        let call = iam.create_policy_version().policy_arn(arn.as_str()).set_as_default(true);
        // Not tried again: an answer that got lost would leave a second version.
        let once = Builder::new().retry_config(RetryConfig::disabled());
        let made = call.policy_document(super::text(after)?).customize().config_override(once).send().await;
        return match made.map_err(Failure::from) {
            Ok(_) => Ok(()),
            Err(failure) if failure.is("LimitExceeded") => Err(Refused::found(
                "the policy has five versions, and can have no more: delete one that is not in use; this program deletes none",
            )),
            Err(failure) => Err(failure.into()),
        };
    }
    let (Image::Policy(back), Image::Version(ours)) = (&edit.after, &edit.before) else {
        return Err(Failure::garbled().into());
    };
    let versions = iam.list_policy_versions().policy_arn(arn.as_str()).into_paginator().items().send();
    let versions: Vec<PolicyVersion> = versions.collect::<Result<_, _>>().await?;
    let number =
        |version: &PolicyVersion| version.version_id().and_then(|id| id.strip_prefix('v')?.parse::<u64>().ok());
    let default = versions.iter().find(|version| version.is_default_version()).ok_or_else(Failure::garbled)?;
    let default_id = default.version_id().ok_or_else(Failure::garbled)?;
    if content(iam, arn, default_id).await? != *ours {
        return Err(Refused::found("another version is the default now"));
    }
    // The latest before ours that says the same as what was there.
    let mut earlier: Vec<_> = versions.iter().filter(|version| number(version) < number(default)).collect();
    earlier.sort_by_key(|version| std::cmp::Reverse(number(version)));
    for version in earlier {
        let id = version.version_id().ok_or_else(Failure::garbled)?;
        if content(iam, arn, id).await? == *back {
            iam.set_default_policy_version().policy_arn(arn.as_str()).version_id(id).send().await?;
            iam.delete_policy_version().policy_arn(arn.as_str()).version_id(default_id).send().await?;
            return Ok(());
        }
    }
    Err(Refused::found("the version from before was deleted: make one of what the record holds"))
}

/// What a version says: a list of versions does not tell.
async fn content(iam: &Client, arn: &Arn, version: &str) -> Result<Document, Failure> {
    let output = iam.get_policy_version().policy_arn(arn.as_str()).version_id(version).send().await?;
    version_document(output.policy_version())
}
