//! # The object's ACL does not let the caller in
//!
//! **Means**: the object belongs to another account than its bucket, and the caller is not of the bucket's account:
//! the bucket policy does not reach the object, and its ACL, which decides, has no grant to the caller's account.
//!
//! **We know** by the owner in the bucket's listing, the bucket's Object Ownership, and the object's ACL.
//!
//! **To do**: the object's owner grants the caller's account, or the bucket's owner turns ACLs off
//! (`BucketOwnerEnforced`), so that the bucket policy decides.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>

use crate::diagnosis::Diagnosis;
use crate::evaluate::object_questions;
use crate::evidence::Answer;
use crate::finding::{Cause, Finding};

use super::object_owned_by_other_account::{Foreign, foreign};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    foreign(diagnosis, false, |found: &Foreign<'_>| {
        let (_, question) = object_questions(found.target, &found.bucket)?;
        let acl = diagnosis.evidence.fact(&question, Answer::as_acl).known().map(|acl| (*acl).clone());
        Some(Cause::AclNoGrant { bucket: found.bucket.bucket.clone(), acl })
    })
}
