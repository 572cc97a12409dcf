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
use crate::evidence::{Answer, Fact};
use crate::finding::{Cause, Confidence, Finding, Place};
use crate::layer::Layer;
use crate::truth::Truth;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    diagnosis.requests.iter().enumerate().filter_map(|(index, assessed)| one(diagnosis, index, assessed)).collect()
}

fn one(diagnosis: &Diagnosis<'_>, index: usize, assessed: &Assessed<'_>) -> Option<Finding> {
    if assessed.world.foreign != Truth::True {
        return None;
    }
    let blocker = assessed.evaluation.blockers.iter().find(|b| b.layer == Layer::Acl && b.kind == BlockerKind::NoAllow);
    // Tags and the like are in no ACL: the bucket's owner cannot grant them on such an object.
    let certain = blocker.map_or(assessed.layer(Layer::Acl).is_none(), |b| b.certain);
    if blocker.is_none() && !certain {
        return None;
    }
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
    let place = Place {
        policy: assessed.request.resource.arn.as_ref().map(ToString::to_string).unwrap_or_default(),
        statement: String::new(),
        element: "Owner".to_owned(),
        wanted: "the bucket's owner, or a grant to the caller's account".to_owned(),
        actual: owner.clone().unwrap_or_else(|| "another account".to_owned()),
    };
    let cause = Cause::ObjectOwnedByOther { bucket: bucket.bucket, owner };
    Some(Finding { cause, confidence, request: index, places: vec![place] })
}
