//! ACLs are turned off: every object becomes the bucket owner's.

use super::{Change, Class, Kind, bucket_of_others, bucket_owner};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Answer, Fact, Grant, Grantee, ObjectOwnership, Question};
use crate::finding::Finding;

pub(super) const KIND: Kind = Kind {
    name: "ownership-enforced",
    class: Class::NeedsApproval,
    about: "sets Object Ownership of the bucket to `BucketOwnerEnforced`: every object, old and new, belongs to the bucket's owner, and no ACL counts any more, so that whoever had access by an ACL alone loses it, and uploads with another ACL fail. Undo: set the old value; the old ACLs count again.",
    plan,
    later: false,
};

/// Offered only where the bucket's own ACL grants nobody but its owner anything: otherwise S3 refuses.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-ownership-migrating-acls-prerequisites.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let (bucket, ownership) = bucket_of_others(diagnosis, finding, assessed)?;
    let owner = bucket_owner(diagnosis, &bucket)?;
    let acl = diagnosis.evidence.fact(&Question::BucketAcl(bucket.clone()), Answer::as_acl);
    let private = |grant: &Grant| grant.grantee == Grantee::Account(owner.clone());
    if !acl.known()?.grants.iter().all(private) {
        return None;
    }
    let before = match ownership {
        Fact::Known(ownership) => Some(ownership),
        Fact::Absent => None,
        Fact::Unreadable(_) => return None,
    };
    Some(Change::Ownership { bucket, before, after: ObjectOwnership::BucketOwnerEnforced })
}
