//! New uploads that carry `bucket-owner-full-control` become the bucket owner's.

use super::{Change, Class, Kind, bucket_of};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Answer, Fact, ObjectOwnership, Question};
use crate::finding::{Cause, Finding};

pub(super) const KIND: Kind = Kind {
    name: "ownership-preferred",
    class: Class::Safe,
    about: "sets Object Ownership of the bucket to `BucketOwnerPreferred`: objects that are uploaded from now on with the ACL `bucket-owner-full-control` belong to the bucket's owner. Objects that are there, and uploads without that ACL, stay as they are. Undo: set the old value.",
    plan,
    later: true,
};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    if !matches!(finding.cause, Cause::ObjectOwnedByOther { .. } | Cause::AclNoGrant { .. }) {
        return None;
    }
    let bucket = bucket_of(diagnosis, &assessed.request)?;
    let before = match diagnosis.evidence.fact(&Question::BucketOwnership(bucket.clone()), Answer::as_ownership) {
        Fact::Known(ownership) if *ownership == ObjectOwnership::ObjectWriter => Some(*ownership),
        Fact::Absent => None,
        Fact::Known(_) | Fact::Unreadable(_) => return None,
    };
    Some(Change::Ownership { bucket, before, after: ObjectOwnership::BucketOwnerPreferred })
}
