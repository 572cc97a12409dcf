//! Questions to Organizations: where an account stands, and the control policies on its way.
//!
//! Only the management account may ask, or an account that it delegated to:
//! <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html>.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::operation::list_parents::ListParentsOutput;
use aws_sdk_organizations::operation::list_roots::ListRootsOutput;
use aws_sdk_organizations::types::{Account, AccountState, AccountStatus, Organization, PolicyType, Root};
use futures_util::future::join3;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::errors::{Failure, Outcome};
use crate::arn::{AccountId, Arn};
use crate::evidence::{Answer, ControlPolicy, Document, OrganizationPath, Why};

/// The code that says: whoever asks is in no organization.
const NO_ORGANIZATION: &str = "AWSOrganizationsNotInUseException";

/// More than any path: units nest five deep.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html>
const DEEPEST: usize = 16;

/// What the paths of accounts have in common. Of many that ask the same at once, one reads: Organizations takes few calls
/// a second.
#[derive(Debug, Default)]
pub(super) struct Shared {
    organization: OnceCell<Result<Organization, Failure>>,
    roots: OnceCell<Result<Vec<Root>, Failure>>,
    parents: Mutex<HashMap<String, Arc<OnceCell<Parent>>>>,
}

/// The one parent of an account or a unit, and whether it is the root.
type Parent = Result<(String, bool), Failure>;

impl Shared {
    async fn organization(&self, client: &Client) -> &Result<Organization, Failure> {
        let read = async || client.describe_organization().send().await?.organization.ok_or_else(Failure::garbled);
        self.organization.get_or_init(read).await
    }

    async fn roots(&self, client: &Client) -> &Result<Vec<Root>, Failure> {
        let read = async || {
            let pages = client.list_roots().into_paginator().send().collect::<Result<Vec<_>, _>>().await?;
            Ok(pages.iter().flat_map(ListRootsOutput::roots).cloned().collect())
        };
        self.roots.get_or_init(read).await
    }

    async fn parent(&self, client: &Client, child: &str) -> Parent {
        let cell = {
            let mut parents = self.parents.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(parents.entry(child.to_owned()).or_default())
        };
        cell.get_or_init(|| parent(client, child)).await.clone()
    }
}

/// Where an account stands. What does not wait for another answer is asked at once.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html>
pub(super) async fn path(client: &Client, shared: &Shared, account: AccountId) -> Outcome {
    let (organization, roots, parents) =
        join3(shared.organization(client), shared.roots(client), parents(client, shared, account)).await;
    // An account that has no parent here is not in this organization, whatever the other answers are.
    let Some(parents) = parents? else { return Ok(None) };
    let organization = match organization {
        Ok(organization) => organization,
        Err(failure) => return failure.clone().none_if(&[NO_ORGANIZATION]),
    };
    let mut roots = roots.as_ref().map_err(Clone::clone)?.iter();
    let root = roots.find(|root| root.id() == parents.first().map(String::as_str)).ok_or_else(Failure::garbled)?;
    let management = organization.master_account_id().and_then(|id| id.parse().ok());
    Ok(Some(Answer::OrganizationPath(OrganizationPath {
        organization: organization.id().ok_or_else(Failure::garbled)?.to_owned(),
        management: management.ok_or_else(Failure::garbled)?,
        scps: enabled(root, &PolicyType::ServiceControlPolicy)?,
        rcps: enabled(root, &PolicyType::ResourceControlPolicy)?,
        parents,
    })))
}

/// The root and the units down to the account; `None` if the account is not in this organization.
async fn parents(client: &Client, shared: &Shared, account: AccountId) -> Result<Option<Vec<String>>, Failure> {
    let (mut id, mut is_root) = match shared.parent(client, &account.to_string()).await {
        Ok(parent) => parent,
        Err(failure) => return failure.none_if(&["ChildNotFoundException", NO_ORGANIZATION]).map(|_| None),
    };
    let mut parents = vec![id.clone()];
    while !is_root {
        if parents.len() == DEEPEST {
            return Err(Failure::garbled());
        }
        // A unit that is gone by now says nothing of the account.
        (id, is_root) = shared.parent(client, &id).await?;
        parents.push(id.clone());
    }
    parents.reverse();
    Ok(Some(parents))
}

async fn parent(client: &Client, child: &str) -> Parent {
    let pages = client.list_parents().child_id(child).into_paginator().send().collect::<Result<Vec<_>, _>>().await?;
    let parent = pages.iter().flat_map(ListParentsOutput::parents).next().ok_or_else(Failure::garbled)?;
    let is_root = match parent.r#type().ok_or_else(Failure::garbled)?.as_str() {
        "ROOT" => true,
        "ORGANIZATIONAL_UNIT" => false,
        _ => return Err(Failure::garbled()),
    };
    Ok((parent.id().ok_or_else(Failure::garbled)?.to_owned(), is_root))
}

/// Whether policies of a type count. While that is being changed, they may or may not.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_PolicyTypeSummary.html>
fn enabled(root: &Root, kind: &PolicyType) -> Result<bool, Failure> {
    let Some(summary) = root.policy_types().iter().find(|summary| summary.r#type() == Some(kind)) else {
        return Ok(false);
    };
    match summary.status().ok_or_else(Failure::garbled)?.as_str() {
        "ENABLED" => Ok(true),
        changing => Err(Failure::new(Why::Failed(changing.to_owned()))),
    }
}

/// Accounts of the organization that are in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Accounts {
    pub(super) ids: Vec<AccountId>,
    /// There are more of them.
    pub(super) more: bool,
}

/// The accounts that are in use, in the order in which Organizations lists them, twenty at a time: as many as are
/// wanted, and as come until then. `None` if there is no organization.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>
pub(super) async fn accounts(client: &Client, most: usize, until: Instant) -> Result<Option<Accounts>, Failure> {
    let mut pages = client.list_accounts().into_paginator().send();
    let mut ids = Vec::new();
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(error) => return Failure::from(error).none_if(&[NO_ORGANIZATION]).map(|_| None),
        };
        for account in page.accounts.ok_or_else(Failure::garbled)? {
            if !is_active(&account)? {
                continue;
            }
            if ids.len() == most {
                return Ok(Some(Accounts { ids, more: true }));
            }
            ids.push(account.id().and_then(|id| id.parse().ok()).ok_or_else(Failure::garbled)?);
        }
        if page.next_token.is_some() && Instant::now() >= until {
            return Ok(Some(Accounts { ids, more: true }));
        }
    }
    Ok(Some(Accounts { ids, more: false }))
}

/// Nobody can take a role in an account that is closed or suspended. `State` is what took the place of `Status`.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html>
fn is_active(account: &Account) -> Result<bool, Failure> {
    let state = account.state().map(AccountState::as_str).or(account.status().map(AccountStatus::as_str));
    state.map(|state| state == "ACTIVE").ok_or_else(Failure::garbled)
}

/// The tags of an account.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTagsForResource.html>
pub(super) async fn account_tags(client: &Client, account: AccountId) -> Outcome {
    let pages = client.list_tags_for_resource().resource_id(account.to_string()).into_paginator().send();
    let pages = match pages.collect::<Result<Vec<_>, _>>().await {
        Ok(pages) => pages,
        Err(error) => {
            let failure = Failure::from(error);
            // Another organization has its tags, and keeps them to itself.
            let elsewhere = failure.is("TargetNotFoundException");
            return if elsewhere {
                Err(Failure::new(Why::OtherOrganization))
            } else {
                failure.none_if(&[NO_ORGANIZATION])
            };
        }
    };
    // A page without its list might have held the tag that forbids everything.
    let tags = pages.into_iter().map(|page| page.tags).collect::<Option<Vec<_>>>().ok_or_else(Failure::garbled)?;
    Ok(Some(Answer::Tags(tags.into_iter().flatten().map(|tag| (tag.key, tag.value)).collect())))
}

/// The ARNs of the policies of a kind that are attached to a root, a unit or an account itself.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html>
pub(super) async fn control_policies(client: &Client, target: &str, kind: ControlPolicy) -> Outcome {
    let filter = match kind {
        ControlPolicy::Scp => PolicyType::ServiceControlPolicy,
        ControlPolicy::Rcp => PolicyType::ResourceControlPolicy,
    };
    let pages = client.list_policies_for_target().target_id(target).filter(filter).into_paginator().send();
    let pages = match pages.collect::<Result<Vec<_>, _>>().await {
        Ok(pages) => pages,
        Err(error) => {
            let failure = Failure::from(error);
            // None can be attached where the kind is not enabled; a target that is gone is another matter.
            return match failure.clone().none_if(&["PolicyTypeNotEnabledException"]) {
                Ok(_) => Ok(Some(Answer::Names(Vec::new()))),
                Err(_) => failure.none_if(&["TargetNotFoundException"]),
            };
        }
    };
    // A page without its list, or an entry without its ARN, makes all of it useless: a policy would be missing without
    // anybody knowing.
    let lists = pages.into_iter().map(|page| page.policies).collect::<Option<Vec<_>>>().ok_or_else(Failure::garbled)?;
    let names = lists.into_iter().flatten().map(|policy| policy.arn).collect::<Option<Vec<_>>>();
    names.map(|names| Some(Answer::Names(names))).ok_or_else(Failure::garbled)
}

/// The document of a control policy. It is plain JSON, not URL-encoded as IAM's are.
///
/// <https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribePolicy.html>
pub(super) async fn policy(client: &Client, arn: &Arn) -> Outcome {
    let id = id_of(arn).ok_or_else(|| Failure::new(Why::NotAsked))?;
    let output = match client.describe_policy().policy_id(id).send().await {
        Ok(output) => output,
        Err(error) => return Failure::from(error).none_if(&["PolicyNotFoundException"]),
    };
    let content = output.policy().and_then(|policy| policy.content()).ok_or_else(Failure::garbled)?;
    let document = Document::new(content);
    if document.is_object() { Ok(Some(Answer::Policy(document))) } else { Err(Failure::garbled()) }
}

/// The id at the end of a policy's ARN: `policy/o-…/service_control_policy/p-…`, or of AWS's own policies
/// `policy/service_control_policy/p-…`.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html#awsorganizations-resources-for-iam-policies>
fn id_of(arn: &Arn) -> Option<&str> {
    let (_, id) = arn.resource().strip_prefix("policy/")?.rsplit_once('/')?;
    id.starts_with("p-").then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_policy_is_the_end_of_its_arn() {
        let id = |arn: &str| id_of(&arn.parse().unwrap()).map(str::to_owned);
        let own = "arn:aws:organizations::111122223333:policy/o-exampleorgid/service_control_policy/p-examplepolicyid";
        assert_eq!(id(own).as_deref(), Some("p-examplepolicyid"));
        let of_aws = "arn:aws-us-gov:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess";
        assert_eq!(id(of_aws).as_deref(), Some("p-RCPFullAWSAccess"));
        assert_eq!(id("arn:aws:organizations::111122223333:account/o-exampleorgid/444455556666"), None);
        assert_eq!(id("arn:aws:iam::111122223333:policy/team/p"), None);
    }
}
