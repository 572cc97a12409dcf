//! The bucket takes uploads of another account only with `bucket-owner-full-control`.

use serde_json::json;

use super::{Change, Class, Kind, bucket_of_others, document, with_statement};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Fact, ObjectOwnership, Question};
use crate::finding::Finding;
use crate::remedy::PolicyPlace;

pub(super) const KIND: Kind = Kind {
    name: "require-full-control",
    class: Class::NeedsApproval,
    about: "adds a statement to the bucket's policy that denies uploads without the ACL `bucket-owner-full-control`, so that no more objects come that the bucket's owner cannot use. It breaks whoever uploads without that header, callers of the bucket's own account and AWS services as well: they have to send it. Undo: put the old policy back.",
    plan,
    later: true,
};

/// Only where the header makes the bucket's owner the owner of the object; where ACLs are off, it is that anyway.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ensure-object-ownership.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let (bucket, ownership) = bucket_of_others(diagnosis, finding, assessed)?;
    if ownership != Fact::Known(ObjectOwnership::BucketOwnerPreferred) {
        return None;
    }
    let before = document(diagnosis, &Question::BucketPolicy(bucket.clone())).ok()?;
    let partition = assessed.request.resource.arn.as_ref()?.partition();
    let statement = json!({
        "Sid": "DeniedbyRequireFullControl",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": format!("arn:{partition}:s3:::{}/*", bucket.bucket),
        "Condition": { "StringNotEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } },
    });
    let after = with_statement(before.as_ref(), statement)?;
    Some(Change::Policy { on: PolicyPlace::Bucket(bucket), before, after })
}
