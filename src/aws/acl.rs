//! Access control lists, from S3's types to ours.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>

use aws_sdk_s3::types;

use super::errors::Failure;
use crate::evidence::{Acl, Answer, Grant, Grantee, GranteeGroup, Permission};

const GROUPS: &[GranteeGroup] = &[GranteeGroup::AllUsers, GranteeGroup::AuthenticatedUsers, GranteeGroup::LogDelivery];

/// An ACL. An entry that we do not understand makes it unreadable: without it, less would seem to be granted.
pub(super) fn acl(owner: Option<&types::Owner>, grants: &[types::Grant]) -> Result<Answer, Failure> {
    let grants = grants.iter().map(grant).collect::<Option<Vec<_>>>().ok_or_else(Failure::garbled)?;
    Ok(Answer::Acl(Acl { owner: owner_id(owner), grants }))
}

/// The canonical id of an owner.
pub(super) fn owner_id(owner: Option<&types::Owner>) -> Option<String> {
    owner.and_then(|owner| owner.id()).filter(|id| !id.is_empty()).map(str::to_owned)
}

fn grant(grant: &types::Grant) -> Option<Grant> {
    let permission = match grant.permission()?.as_str() {
        "READ" => Permission::Read,
        "WRITE" => Permission::Write,
        "READ_ACP" => Permission::ReadAcp,
        "WRITE_ACP" => Permission::WriteAcp,
        "FULL_CONTROL" => Permission::FullControl,
        _ => return None,
    };
    let to = grant.grantee()?;
    let grantee = match (to.id(), to.uri(), to.email_address()) {
        (Some(id), _, _) => Grantee::Account(id.to_owned()),
        (None, Some(uri), _) => match GROUPS.iter().find(|group| group.uri() == uri) {
            Some(group) => Grantee::Group(*group),
            None => Grantee::Other(uri.to_owned()),
        },
        (None, None, Some(address)) => Grantee::Other(address.to_owned()),
        (None, None, None) => return None,
    };
    Some(Grant { grantee, permission })
}
