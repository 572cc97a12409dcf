//! # The object is archived
//!
//! **Means**: the object is in S3 Glacier Flexible Retrieval, S3 Glacier Deep Archive, or an archive tier of
//! Intelligent-Tiering. It has to be restored before it can be read or copied. No permission helps.
//!
//! **We know** by the error code `InvalidObjectState`. Which storage class it is, the bucket's listing says.
//!
//! **To do**: restore it (`aws s3api restore-object`, with `s3:RestoreObject`), and read it when the copy is there:
//! after minutes to hours, or up to two days for the cheapest way out of Deep Archive.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{bucket_ref, object_questions};
use crate::evidence::{Answer, Fact};
use crate::finding::{Cause, Confidence, Finding, Place};

/// The error code. For `RestoreObject` it says the contrary: there is nothing to restore.
const CODE: &str = "InvalidObjectState";

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    if diagnosis.denial.error_code != CODE || diagnosis.denial.event_name == "RestoreObject" {
        return Vec::new();
    }
    let of = |(index, assessed): (usize, &Assessed<'_>)| one(diagnosis, index, assessed);
    // The call reads one object: a copy its source.
    diagnosis.requests.iter().enumerate().find_map(of).into_iter().collect()
}

fn one(diagnosis: &Diagnosis<'_>, index: usize, assessed: &Assessed<'_>) -> Option<Finding> {
    let target = assessed.request.s3.as_ref()?;
    if !assessed.request.action.folded().starts_with("s3:getobject") {
        return None;
    }
    let (bucket, key) = (target.bucket.clone()?, target.key.clone()?);
    let question = bucket_ref(target, &diagnosis.denial.region).and_then(|bucket| object_questions(target, &bucket));
    let object = question.map(|row| diagnosis.evidence.fact(&row.0, Answer::as_object));
    let class = match object {
        Some(Fact::Known(object)) => Some(object.storage_class.clone().unwrap_or_else(|| "STANDARD".to_owned())),
        Some(Fact::Absent | Fact::Unreadable(_)) | None => None,
    };
    let place = Place {
        policy: assessed.request.resource.arn.as_ref().map(ToString::to_string).unwrap_or_default(),
        statement: String::new(),
        element: "StorageClass".to_owned(),
        wanted: "a storage class that can be read at once, or a restored copy".to_owned(),
        actual: class.clone().unwrap_or_else(|| "(not known)".to_owned()),
    };
    let cause = Cause::ObjectArchived { bucket, key, class };
    Some(Finding { cause, confidence: Confidence::Certain, request: index, places: vec![place] })
}
