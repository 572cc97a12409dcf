//! The bucket's owner copies the object onto itself, and owns the copy.

use super::super::change::{acl_question, object_question};
use super::{Change, Class, Kind, bucket_owner, object_of};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Answer, Grant, Grantee, Permission};
use crate::finding::{Cause, Finding};

pub(super) const KIND: Kind = Kind {
    name: "copy-onto-itself",
    class: Class::NeedsApproval,
    about: "copies the object onto itself with the bucket owner's rights, which takes that it can read it: the copy belongs to the bucket's owner. It is a new version with a new date; metadata, tags, storage class and encryption are kept. Undo: delete that version, where the bucket keeps versions; otherwise it cannot be undone.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    if !matches!(finding.cause, Cause::ObjectOwnedByOther { .. } | Cause::AclNoGrant { .. }) {
        return None;
    }
    let object = object_of(diagnosis, &assessed.request)?;
    // A copy is made of the current version.
    if object.version.is_some() {
        return None;
    }
    let owner = bucket_owner(diagnosis, &object.bucket)?;
    let info = diagnosis.evidence.fact(&object_question(&object), Answer::as_object);
    let archived = |class: &str| matches!(class, "GLACIER" | "DEEP_ARCHIVE");
    if info.known()?.storage_class.as_deref().is_some_and(archived) {
        return None;
    }
    // Only who may read the object can copy it.
    let acl = diagnosis.evidence.fact(&acl_question(&object), Answer::as_acl);
    let readable = |grant: &Grant| {
        grant.grantee == Grantee::Account(owner.clone())
            && matches!(grant.permission, Permission::Read | Permission::FullControl)
    };
    let before = info.known()?.owner.clone()?;
    acl.known()?.grants.iter().any(readable).then_some(Change::CopyOntoItself { object, owner, before })
}
