//! The object's owner gives the bucket's owner full control.

use super::super::change::acl_question;
use super::{Change, Class, Kind, bucket_owner, object_of};
use crate::arn::AccountId;
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Acl, Answer, Grant, Grantee, Lookup, ObjectRef, Permission, Question};
use crate::finding::{Cause, Finding};

pub(super) const KIND: Kind = Kind {
    name: "bucket-owner-full-control",
    class: Class::Safe,
    about: "puts the grant `FULL_CONTROL` to the bucket's owner on the object's ACL, and keeps the grants that are there; the bucket's owner can then read, replace and share that one object. Undo: put the old ACL back.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let Cause::ObjectOwnedByOther { owner, .. } = &finding.cause else { return None };
    let object = object_of(diagnosis, &assessed.request)?;
    let to = bucket_owner(diagnosis, &object.bucket)?;
    let account = owner.as_deref().and_then(|owner| account_of(diagnosis, &object, owner, assessed));
    let asked = match account {
        Some(owner) => Question::OwnersObjectAcl { object: object.clone(), owner },
        None => acl_question(&object),
    };
    let before = diagnosis.evidence.fact(&asked, Answer::as_acl).known().map(|acl| (*acl).clone());
    let full = |id: &str| Grant { grantee: Grantee::Account(id.to_owned()), permission: Permission::FullControl };
    let owner = before.as_ref().and_then(|acl| acl.owner.clone()).or_else(|| owner.clone())?;
    // Where the ACL could not be read, the owner's own grant is what every new object has.
    let mut grants = before.as_ref().map_or_else(|| vec![full(&owner)], |acl| acl.grants.clone());
    if !grants.contains(&full(&to)) {
        grants.push(full(&to));
    }
    let after = Acl { owner: Some(owner), grants };
    Some(Change::ObjectAcl { object, owner: account, bucket_owner: to, before, after })
}

/// The account behind the canonical id of an object's owner.
fn account_of(
    diagnosis: &Diagnosis<'_>,
    object: &ObjectRef,
    owner: &str,
    assessed: &Assessed<'_>,
) -> Option<AccountId> {
    let lookup = Lookup::new(diagnosis.evidence);
    let policy = lookup.peek(&Question::BucketPolicy(object.bucket.clone()), Answer::as_policy);
    crate::evaluate::object_owner(&assessed.request, &object.bucket, owner, policy, &lookup)
}
