//! Questions to KMS: a key, its policy and its grants.
//!
//! `GetKeyPolicy` and `ListGrants` know no aliases, so the key of an alias is looked up first.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{GrantListEntry, KeyMetadata};

use super::errors::{Failure, Outcome};
use crate::arn::Arn;
use crate::evidence::{Answer, Document, GrantConstraints, KeyRef, KmsGrant, KmsKeyInfo, Why};

/// The code that says: there is no such key or alias here.
const NONE: &[&str] = &["NotFoundException"];

/// The Region to ask in: the ARN's own, for KMS finds no key of another Region.
pub(super) fn region(key: &KeyRef) -> String {
    match key.key.parse::<Arn>() {
        Ok(arn) if !arn.region().is_empty() => arn.region().to_owned(),
        Ok(_) | Err(_) => key.region.clone(),
    }
}

/// The key itself.
pub(super) async fn key(kms: &Client, key: &KeyRef) -> Outcome {
    match describe(kms, key).await? {
        Some(metadata) => info(&metadata).map(|info| Some(Answer::KmsKey(info))),
        None => Ok(None),
    }
}

/// The key's policy. Only the account that has the key is told.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyPolicy.html>
pub(super) async fn key_policy(kms: &Client, key: &KeyRef) -> Outcome {
    if is_foreign(key) {
        return Err(Failure::new(Why::NotAsked));
    }
    let Some(id) = id(kms, key).await? else { return Ok(None) };
    let output = match kms.get_key_policy().key_id(id).policy_name("default").send().await {
        Ok(output) => output,
        Err(error) => return Failure::from(error).none_if(NONE),
    };
    let document = Document::new(output.policy().ok_or_else(Failure::garbled)?);
    if document.is_object() { Ok(Some(Answer::Policy(document))) } else { Err(Failure::garbled()) }
}

/// All grants of the key.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html>
pub(super) async fn grants(kms: &Client, key: &KeyRef) -> Outcome {
    let Some(id) = id(kms, key).await? else { return Ok(None) };
    let pages = match kms.list_grants().key_id(id).into_paginator().send().collect::<Result<Vec<_>, _>>().await {
        Ok(pages) => pages,
        Err(error) => return Failure::from(error).none_if(NONE),
    };
    // A page without its list is not an empty one.
    let lists = pages.into_iter().map(|page| page.grants).collect::<Option<Vec<_>>>().ok_or_else(Failure::garbled)?;
    let grants = lists.iter().flatten().map(grant).collect::<Option<Vec<_>>>().ok_or_else(Failure::garbled)?;
    Ok(Some(Answer::KmsGrants(grants)))
}

/// The grant with a name, and its id; `None` if there is none. Names are what whoever makes a grant gives it.
pub(super) async fn named_grant(kms: &Client, key: &KeyRef, name: &str) -> Result<Option<(String, KmsGrant)>, Failure> {
    let mut pages = kms.list_grants().key_id(&key.key).into_paginator().send();
    while let Some(page) = pages.next().await {
        let grants = page?.grants.ok_or_else(Failure::garbled)?;
        if let Some(entry) = grants.iter().find(|entry| entry.name() == Some(name)) {
            let id = entry.grant_id().ok_or_else(Failure::garbled)?;
            return Ok(Some((id.to_owned(), grant(entry).ok_or_else(Failure::garbled)?)));
        }
    }
    Ok(None)
}

/// The id or ARN under which a key is asked for: an alias stands for another.
async fn id<'k>(kms: &Client, key: &'k KeyRef) -> Result<Option<Cow<'k, str>>, Failure> {
    if !is_alias(&key.key) {
        return Ok(Some(Cow::Borrowed(&key.key)));
    }
    match describe(kms, key).await? {
        Some(metadata) => Ok(Some(Cow::Owned(info(&metadata)?.arn.to_string()))),
        None => Ok(None),
    }
}

/// What KMS says of a key; `None` if there is none.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>
async fn describe(kms: &Client, key: &KeyRef) -> Result<Option<KeyMetadata>, Failure> {
    let id = match key.aws_alias() {
        None => Cow::Borrowed(key.key.as_str()),
        Some(_) if is_foreign(key) => return Err(Failure::new(Why::NotAsked)),
        Some(alias) => match key_of(kms, alias).await? {
            Some(id) => Cow::Owned(id),
            None => return Ok(None),
        },
    };
    match kms.describe_key().key_id(id).send().await {
        Ok(output) => output.key_metadata.ok_or_else(Failure::garbled).map(Some),
        Err(error) => Failure::from(error).none_if(NONE).map(|_| None),
    }
}

/// The id of the key behind an alias of AWS's own, from the account's list: `DescribeKey` makes the key where there is
/// none yet, and we make nothing. An alias without a key is listed too, or not at all.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html>
async fn key_of(kms: &Client, alias: &str) -> Result<Option<String>, Failure> {
    let mut pages = kms.list_aliases().into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page?;
        let aliases = page.aliases.ok_or_else(Failure::garbled)?;
        if let Some(entry) = aliases.iter().find(|entry| entry.alias_name() == Some(alias)) {
            return Ok(entry.target_key_id().map(str::to_owned));
        }
    }
    Ok(None)
}

/// Whether the key is of another account than the one that is asked.
fn is_foreign(key: &KeyRef) -> bool {
    key.key.parse::<Arn>().is_ok_and(|arn| arn.account().is_some_and(|account| account != key.account))
}

fn is_alias(key: &str) -> bool {
    key.starts_with("alias/") || key.contains(":alias/")
}

fn info(metadata: &KeyMetadata) -> Result<KmsKeyInfo, Failure> {
    let aws_managed = match metadata.key_manager().ok_or_else(Failure::garbled)?.as_str() {
        "AWS" => true,
        "CUSTOMER" => false,
        _ => return Err(Failure::garbled()),
    };
    Ok(KmsKeyInfo {
        arn: metadata.arn().and_then(|arn| arn.parse().ok()).ok_or_else(Failure::garbled)?,
        state: metadata.key_state().ok_or_else(Failure::garbled)?.as_str().to_owned(),
        aws_managed,
    })
}

/// A grant; `None` for one that names nobody: without it, less would seem to be granted.
fn grant(entry: &GrantListEntry) -> Option<KmsGrant> {
    let constraints = entry.constraints().map(|set| GrantConstraints {
        encryption_context_subset: set.encryption_context_subset().map(sorted),
        encryption_context_equals: set.encryption_context_equals().map(sorted),
        source_arn: set.source_arn().map(str::to_owned),
    });
    let retiring = entry.retiring_principal().or_else(|| entry.retiring_service_principal());
    Some(KmsGrant {
        grantee_principal: entry.grantee_principal().or_else(|| entry.grantee_service_principal())?.to_owned(),
        retiring_principal: retiring.map(str::to_owned),
        operations: entry.operations().iter().map(|operation| operation.as_str().to_owned()).collect(),
        constraints,
    })
}

fn sorted(pairs: &HashMap<String, String>) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| (name.clone(), value.clone())).collect()
}
