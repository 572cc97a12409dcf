//! Questions to S3 Control about S3 Access Grants.

use aws_sdk_s3control::Client;
use aws_sdk_s3control::types::{GranteeType, ListAccessGrantEntry};

use super::errors::{Failure, Outcome};
use super::resource_policy::document;
use crate::arn::{AccountId, Arn};
use crate::evidence::{AccessGrant, Answer, GrantedAccess};

/// S3 answers so where the account has no instance in the Region.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
const NO_INSTANCE: &str = "AccessGrantsInstanceNotExistsError";

/// What is granted to a user or role, page by page.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessGrants.html>
pub(super) async fn granted_to(s3control: &Client, account: AccountId, grantee: &Arn) -> Outcome {
    let call = s3control
        .list_access_grants()
        .account_id(account.to_string())
        .grantee_type(GranteeType::Iam)
        .grantee_identifier(grantee.as_str());
    let mut pages = call.into_paginator().send();
    let mut grants = Vec::new();
    while let Some(page) = pages.next().await {
        let page = match page {
            Ok(page) => page,
            Err(error) => return Failure::from(error).none_if(&[NO_INSTANCE]),
        };
        let of_page = page.access_grants_list().iter().map(grant).collect::<Option<Vec<_>>>();
        grants.extend(of_page.ok_or_else(Failure::garbled)?);
    }
    Ok(Some(Answer::AccessGrants(grants)))
}

fn grant(entry: &ListAccessGrantEntry) -> Option<AccessGrant> {
    let permission = match entry.permission()?.as_str() {
        "READ" => GrantedAccess::Read,
        "WRITE" => GrantedAccess::Write,
        "READWRITE" => GrantedAccess::ReadWrite,
        _ => return None,
    };
    Some(AccessGrant { permission, scope: entry.grant_scope()?.to_owned() })
}

/// Whom the instance lets in from other accounts.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessGrantsInstanceResourcePolicy.html>
pub(super) async fn instance_policy(s3control: &Client, account: AccountId) -> Outcome {
    match s3control.get_access_grants_instance_resource_policy().account_id(account.to_string()).send().await {
        Ok(output) => {
            document(output.policy().ok_or_else(Failure::garbled)?).map(|policy| Some(Answer::Policy(policy)))
        }
        Err(error) => Failure::from(error).none_if(&["AccessGrantsInstanceResourcePolicyNotExists"]),
    }
}
