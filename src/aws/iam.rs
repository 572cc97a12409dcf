//! Questions to IAM: users, groups, roles and their policies.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use aws_sdk_iam::error::SdkError;
use aws_sdk_iam::types::{AttachedPermissionsBoundary, AttachedPolicy, Tag};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use percent_encoding::percent_decode_str;

use super::errors::{Failure, Outcome};
use crate::arn::Arn;
use crate::evidence::{Answer, Document, Entity, EntityKind, IdentityInfo, Question, Why};

/// The code that says: there is no such user, group, role or policy.
const NONE: &[&str] = &["NoSuchEntity"];

/// Asks a question about identities.
pub(super) async fn ask(iam: &Client, question: &Question) -> Outcome {
    let outcome = match question {
        Question::Identity(entity) => identity(iam, entity).await,
        Question::InlinePolicies(entity) => inline_policies(iam, entity).await,
        Question::InlinePolicy { of, policy } => inline_policy(iam, of, policy).await,
        Question::AttachedPolicies(entity) => attached_policies(iam, entity).await,
        Question::Groups(entity) => groups(iam, entity).await,
        Question::ManagedPolicy { arn, .. } => managed_policy(iam, arn).await,
        Question::CanonicalId { .. }
        | Question::BucketLocation(_)
        | Question::BucketPolicy(_)
        | Question::BucketOwnership(_)
        | Question::BucketAcl(_)
        | Question::BucketPublicAccessBlock(_)
        | Question::AccountPublicAccessBlock { .. }
        | Question::Object { .. }
        | Question::ObjectVersion { .. }
        | Question::ObjectAcl { .. }
        | Question::ObjectVersionAcl { .. } => Err(Failure::new(Why::NotAsked)),
    };
    match outcome {
        Ok(answer) => Ok(Some(answer)),
        Err(failure) => failure.none_if(NONE),
    }
}

async fn identity(iam: &Client, entity: &Entity) -> Result<Answer, Failure> {
    let info = match entity.kind {
        EntityKind::Role => {
            let output = iam.get_role().role_name(&entity.name).send().await?;
            let role = output.role().ok_or_else(Failure::garbled)?;
            info(role.arn(), role.role_id(), role.permissions_boundary(), role.tags())?
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
    Ok(IdentityInfo { arn: parse(arn)?, id: id.to_owned(), boundary, tags })
}

fn parse(arn: &str) -> Result<Arn, Failure> {
    arn.parse().map_err(|_| Failure::garbled())
}

async fn inline_policies(iam: &Client, entity: &Entity) -> Result<Answer, Failure> {
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

async fn inline_policy(iam: &Client, entity: &Entity, policy: &str) -> Result<Answer, Failure> {
    let name = &entity.name;
    match entity.kind {
        EntityKind::Role => {
            document(iam.get_role_policy().role_name(name).policy_name(policy).send().await?.policy_document())
        }
        EntityKind::User => {
            document(iam.get_user_policy().user_name(name).policy_name(policy).send().await?.policy_document())
        }
        EntityKind::Group => {
            document(iam.get_group_policy().group_name(name).policy_name(policy).send().await?.policy_document())
        }
    }
}

async fn attached_policies(iam: &Client, entity: &Entity) -> Result<Answer, Failure> {
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

async fn groups(iam: &Client, entity: &Entity) -> Result<Answer, Failure> {
    if entity.kind != EntityKind::User {
        return Err(Failure::new(Why::NotAsked));
    }
    let pages = iam.list_groups_for_user().user_name(&entity.name).into_paginator().items().send();
    let groups = pages.collect::<Result<Vec<_>, _>>().await?;
    Ok(Answer::Names(groups.iter().map(|group| group.group_name().to_owned()).collect()))
}

/// The version in force: `GetPolicy` names it, `GetPolicyVersion` holds it.
async fn managed_policy(iam: &Client, arn: &Arn) -> Result<Answer, Failure> {
    let output = iam.get_policy().policy_arn(arn.as_str()).send().await?;
    let version = output.policy().and_then(|policy| policy.default_version_id()).ok_or_else(Failure::garbled)?;
    let output = iam.get_policy_version().policy_arn(arn.as_str()).version_id(version).send().await?;
    document(output.policy_version().and_then(|version| version.document()))
}

/// IAM's documents are URL-encoded as in RFC 3986: a `+` is a `+`. One that starts with a brace is not.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
fn document<'a>(encoded: impl Into<Option<&'a str>>) -> Result<Answer, Failure> {
    let encoded = encoded.into().ok_or_else(Failure::garbled)?;
    let document = if encoded.trim_start().starts_with('{') {
        Document::new(encoded)
    } else {
        Document::new(&percent_decode_str(encoded).decode_utf8().map_err(|_| Failure::garbled())?)
    };
    if document.is_object() { Ok(Answer::Policy(document)) } else { Err(Failure::garbled()) }
}
