//! Questions to IAM: users, groups, roles and their policies.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::error::SdkError;
use aws_sdk_iam::types::{AttachedPermissionsBoundary, AttachedPolicy, PolicyVersion, Tag};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use percent_encoding::percent_decode_str;

use super::errors::{Failure, Outcome};
use crate::arn::Arn;
use crate::evidence::{Answer, Document, Entity, EntityKind, IdentityInfo, Why};

/// The code that says: there is no such user, group, role or policy.
const NONE: &[&str] = &["NoSuchEntity"];

fn or_none(answer: Result<Answer, Failure>) -> Outcome {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) => failure.none_if(NONE),
    }
}

/// The user or role itself.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
pub(super) async fn identity(iam: &Client, entity: &Entity) -> Outcome {
    or_none(read_identity(iam, entity).await)
}

/// The names of its inline policies.
pub(super) async fn inline_policies(iam: &Client, entity: &Entity) -> Outcome {
    or_none(read_inline_policies(iam, entity).await)
}

/// One of its inline policies.
pub(super) async fn inline_policy(iam: &Client, entity: &Entity, policy: &str) -> Outcome {
    or_none(read_inline_policy(iam, entity, policy).await)
}

/// The ARNs of the managed policies attached to it.
pub(super) async fn attached_policies(iam: &Client, entity: &Entity) -> Outcome {
    or_none(read_attached_policies(iam, entity).await)
}

/// The groups of a user.
pub(super) async fn groups(iam: &Client, entity: &Entity) -> Outcome {
    or_none(read_groups(iam, entity).await)
}

/// A managed policy.
pub(super) async fn managed_policy(iam: &Client, arn: &Arn) -> Outcome {
    or_none(read_managed_policy(iam, arn).await)
}

async fn read_identity(iam: &Client, entity: &Entity) -> Result<Answer, Failure> {
    let info = match entity.kind {
        EntityKind::Role => {
            let output = iam.get_role().role_name(&entity.name).send().await?;
            let role = output.role().ok_or_else(Failure::garbled)?;
            let info = info(role.arn(), role.role_id(), role.permissions_boundary(), role.tags())?;
            IdentityInfo { trust: Some(document(role.assume_role_policy_document())?), ..info }
        }
        EntityKind::User => {
            let output = iam.get_user().user_name(&entity.name).send().await?;
            let user = output.user().ok_or_else(Failure::garbled)?;
            info(user.arn(), user.user_id(), user.permissions_boundary(), user.tags())?
        }
        // A group is no principal: nothing about it is asked but its policies.
        EntityKind::Group => return Err(Failure::new(Why::NotAsked)),
    };
    Ok(Answer::Identity(info))
}

fn info(
    arn: &str,
    id: &str,
    boundary: Option<&AttachedPermissionsBoundary>,
    tags: &[Tag],
) -> Result<IdentityInfo, Failure> {
    let boundary = match boundary {
        None => None,
        // A boundary without its ARN would read as "no boundary".
        Some(boundary) => Some(parse(boundary.permissions_boundary_arn().ok_or_else(Failure::garbled)?)?),
    };
    let tags: BTreeMap<_, _> = tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
    Ok(IdentityInfo { arn: parse(arn)?, id: id.to_owned(), boundary, tags, trust: None })
}

fn parse(arn: &str) -> Result<Arn, Failure> {
    arn.parse().map_err(|_| Failure::garbled())
}

async fn read_inline_policies(iam: &Client, entity: &Entity) -> Result<Answer, Failure> {
    let name = &entity.name;
    match entity.kind {
        EntityKind::Role => {
            names(iam.list_role_policies().role_name(name).into_paginator().items().send().collect().await)
        }
        EntityKind::User => {
            names(iam.list_user_policies().user_name(name).into_paginator().items().send().collect().await)
        }
        EntityKind::Group => {
            names(iam.list_group_policies().group_name(name).into_paginator().items().send().collect().await)
        }
    }
}

fn names<E: ProvideErrorMetadata>(pages: Result<Vec<String>, SdkError<E, HttpResponse>>) -> Result<Answer, Failure> {
    Ok(Answer::Names(pages?))
}

async fn read_inline_policy(iam: &Client, entity: &Entity, named: &str) -> Result<Answer, Failure> {
    let name = &entity.name;
    match entity.kind {
        EntityKind::Role => {
            policy(iam.get_role_policy().role_name(name).policy_name(named).send().await?.policy_document())
        }
        EntityKind::User => {
            policy(iam.get_user_policy().user_name(name).policy_name(named).send().await?.policy_document())
        }
        EntityKind::Group => {
            policy(iam.get_group_policy().group_name(name).policy_name(named).send().await?.policy_document())
        }
    }
}

async fn read_attached_policies(iam: &Client, entity: &Entity) -> Result<Answer, Failure> {
    let name = &entity.name;
    match entity.kind {
        EntityKind::Role => {
            arns(iam.list_attached_role_policies().role_name(name).into_paginator().items().send().collect().await)
        }
        EntityKind::User => {
            arns(iam.list_attached_user_policies().user_name(name).into_paginator().items().send().collect().await)
        }
        EntityKind::Group => {
            arns(iam.list_attached_group_policies().group_name(name).into_paginator().items().send().collect().await)
        }
    }
}

fn arns<E: ProvideErrorMetadata>(
    pages: Result<Vec<AttachedPolicy>, SdkError<E, HttpResponse>>,
) -> Result<Answer, Failure> {
    // An entry without an ARN makes the list useless: a policy would be missing without anybody knowing.
    let arns = pages?.iter().map(|policy| policy.policy_arn().map(str::to_owned)).collect::<Option<Vec<_>>>();
    arns.map(Answer::Names).ok_or_else(Failure::garbled)
}

async fn read_groups(iam: &Client, entity: &Entity) -> Result<Answer, Failure> {
    if entity.kind != EntityKind::User {
        return Err(Failure::new(Why::NotAsked));
    }
    let pages = iam.list_groups_for_user().user_name(&entity.name).into_paginator().items().send();
    let groups = pages.collect::<Result<Vec<_>, _>>().await?;
    Ok(Answer::Names(groups.iter().map(|group| group.group_name().to_owned()).collect()))
}

/// The version in force: `GetPolicy` names it, `GetPolicyVersion` holds it.
async fn read_managed_policy(iam: &Client, arn: &Arn) -> Result<Answer, Failure> {
    let output = iam.get_policy().policy_arn(arn.as_str()).send().await?;
    let version = output.policy().and_then(|policy| policy.default_version_id()).ok_or_else(Failure::garbled)?;
    let output = iam.get_policy_version().policy_arn(arn.as_str()).version_id(version).send().await?;
    version_document(output.policy_version()).map(Answer::Policy)
}

/// What a version of a managed policy says.
pub(super) fn version_document(version: Option<&PolicyVersion>) -> Result<Document, Failure> {
    document(version.and_then(|version| version.document()))
}

fn policy<'a>(encoded: impl Into<Option<&'a str>>) -> Result<Answer, Failure> {
    document(encoded).map(Answer::Policy)
}

/// IAM's documents are URL-encoded as in RFC 3986: a `+` is a `+`. One that starts with a brace is not.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
fn document<'a>(encoded: impl Into<Option<&'a str>>) -> Result<Document, Failure> {
    let encoded = encoded.into().ok_or_else(Failure::garbled)?;
    let document = if encoded.trim_start().starts_with('{') {
        Document::new(encoded)
    } else {
        Document::new(&percent_decode_str(encoded).decode_utf8().map_err(|_| Failure::garbled())?)
    };
    if document.is_object() { Ok(document) } else { Err(Failure::garbled()) }
}
