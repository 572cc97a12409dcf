//! What the organization says of its accounts.

use serde::{Deserialize, Serialize};

use crate::arn::AccountId;

/// Where an account stands in the organization.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationPath {
    /// The organization's id, `o-…`.
    pub organization: String,
    /// Its management account, which no control policy limits.
    pub management: AccountId,
    /// The ids of the root and of the units down to the account, the root first; the account itself is not among them.
    pub parents: Vec<String>,
    /// Service control policies are enabled.
    pub scps: bool,
    /// Resource control policies are enabled.
    pub rcps: bool,
}

impl OrganizationPath {
    /// `aws:PrincipalOrgPaths` and its like: `o-…/r-…/ou-…/`.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgpaths>
    #[must_use]
    pub fn path(&self) -> String {
        let mut path = format!("{}/", self.organization);
        for id in &self.parents {
            path.push_str(id);
            path.push('/');
        }
        path
    }
}

/// What a search for the owner of a bucket among the accounts of the organization came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OwnerSearch {
    /// One of them owns it.
    Found {
        /// The owner.
        account: AccountId,
        /// The bucket's Region.
        region: String,
    },
    /// None of those that were asked owns it. That says nothing of the others.
    NotFound {
        /// How many said that it is not theirs.
        asked: usize,
        /// How many did not say it: they lack the read role, or did not answer, or not in time.
        unasked: usize,
        /// The organization has more accounts than may be asked.
        more: bool,
    },
}
