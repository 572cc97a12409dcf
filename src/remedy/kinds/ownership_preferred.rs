//! New uploads that carry `bucket-owner-full-control` become the bucket owner's.

use super::{Change, Class, Kind, bucket_of_others};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Fact, ObjectOwnership};
use crate::finding::Finding;

pub(super) const KIND: Kind = Kind {
    name: "ownership-preferred",
    class: Class::Safe,
    about: "sets Object Ownership of the bucket to `BucketOwnerPreferred`: objects that are uploaded from now on with the ACL `bucket-owner-full-control` belong to the bucket's owner. Objects that are there, and uploads without that ACL, stay as they are. Undo: set the old value.",
    plan,
    later: true,
};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let (bucket, ownership) = bucket_of_others(diagnosis, finding, assessed)?;
    let before = match ownership {
        Fact::Known(ObjectOwnership::ObjectWriter) => Some(ObjectOwnership::ObjectWriter),
        Fact::Absent => None,
        Fact::Known(_) | Fact::Unreadable(_) => return None,
    };
    Some(Change::Ownership { bucket, before, after: ObjectOwnership::BucketOwnerPreferred })
}
