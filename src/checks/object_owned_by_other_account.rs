//! # The object belongs to another account than its bucket
//!
//! **Means**: another account uploaded the object, ACLs count in the bucket, and the object's ACL does not let the
//! caller in. What the bucket's policy and the bucket owner's own policies allow does not reach such an object.
//!
//! **We know** by the owner in the bucket's listing, the bucket's Object Ownership, and the object's ACL.
//!
//! **To do**: the object's owner grants `bucket-owner-full-control`, or the bucket's owner turns ACLs off
//! (`BucketOwnerEnforced`), which makes every object the bucket owner's.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{BlockerKind, bucket_ref, object_questions};
use crate::evidence::{Answer, BucketRef, Fact};
use crate::finding::{Cause, Confidence, Finding, Place};
use crate::layer::Layer;
use crate::request::S3Target;
use crate::truth::Truth;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    foreign(diagnosis, true, |found| {
        let (bucket, owner) = (found.bucket.bucket.clone(), found.owner.clone());
        Some(Cause::ObjectOwnedByOther { bucket, owner })
    })
}

/// An object of another account than its bucket, whose ACL keeps the caller out.
pub(super) struct Foreign<'a> {
    /// The bucket and key.
    pub(super) target: &'a S3Target,
    /// The bucket.
    pub(super) bucket: BucketRef,
    /// The object's owner.
    pub(super) owner: Option<String>,
}

/// Findings about such objects, for callers of the bucket's own account or for all others.
pub(super) fn foreign(
    diagnosis: &Diagnosis<'_>,
    of_bucket_account: bool,
    cause: impl Fn(&Foreign<'_>) -> Option<Cause>,
) -> Vec<Finding> {
    let find = |(index, assessed): (usize, &Assessed<'_>)| {
        let same = assessed.request.same_account()?;
        let (found, confidence) = one(diagnosis, assessed).filter(|_| same == of_bucket_account)?;
        let place = Place {
            policy: assessed.request.resource.arn.as_ref().map(ToString::to_string).unwrap_or_default(),
            statement: String::new(),
            element: "Owner".to_owned(),
            wanted: "the bucket's owner, or a grant to the caller's account".to_owned(),
            actual: found.owner.clone().unwrap_or_else(|| "another account".to_owned()),
        };
        Some(Finding { cause: cause(&found)?, confidence, request: index, places: vec![place] })
    };
    diagnosis.requests.iter().enumerate().filter_map(find).collect()
}

fn one<'a>(diagnosis: &Diagnosis<'_>, assessed: &'a Assessed<'_>) -> Option<(Foreign<'a>, Confidence)> {
    if assessed.world.foreign != Truth::True {
        return None;
    }
    let blocker = assessed.evaluation.blockers.iter().find(|b| b.layer == Layer::Acl && b.kind == BlockerKind::NoAllow);
    let certain = blocker?.certain;
    let target = assessed.request.s3.as_ref()?;
    let bucket = bucket_ref(target, &diagnosis.denial.region)?;
    let (question, _) = object_questions(target, &bucket)?;
    let owner = match diagnosis.evidence.fact(&question, Answer::as_object) {
        Fact::Known(object) => object.owner.clone(),
        Fact::Absent | Fact::Unreadable(_) => None,
    };
    let confidence = match (certain, &diagnosis.denial.message.reason) {
        (true, _) => Confidence::Certain,
        // Denials by ACL come without a reason: https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
        (false, None) => Confidence::Likely,
        (false, Some(_)) => Confidence::Possible,
    };
    Some((Foreign { target, bucket, owner }, confidence))
}
