//! # The object is not there, and the caller may not know that
//!
//! **Means**: a read of a key that does not exist is answered with 404 only to callers who may list the bucket. To all
//! others S3 says 403.
//!
//! **We know** by the bucket's listing, and by evaluating `s3:ListBucket` for the caller.
//!
//! **To do**: look at the key: a typing mistake, a prefix, double encoding, an upload that never came. Allow
//! `s3:ListBucket` on the bucket to get a 404 next time; it lets the caller see the names of all objects.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{Possible, bucket_ref, object_questions};
use crate::evidence::{Answer, Fact};
use crate::finding::{Cause, Confidence, Finding, Place};
use crate::request::stands_for_missing_object;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    diagnosis.requests.iter().enumerate().filter_map(|(index, assessed)| one(diagnosis, index, assessed)).collect()
}

fn one(diagnosis: &Diagnosis<'_>, index: usize, assessed: &Assessed<'_>) -> Option<Finding> {
    let request = &assessed.request;
    if !matches!(request.action.folded(), "s3:getobject" | "s3:getobjectversion") {
        return None;
    }
    let target = request.s3.as_ref()?;
    let bucket = bucket_ref(target, &diagnosis.denial.region)?;
    let (question, _) = object_questions(target, &bucket)?;
    if !matches!(diagnosis.evidence.fact(&question, Answer::as_object), Fact::Absent) {
        return None;
    }
    // "If you have the s3:ListBucket permission on the bucket, Amazon S3 returns an HTTP status code 404".
    let listing = diagnosis.listing(request)?.evaluation.possible;
    let may_list = listing == Possible::ALLOWED;
    let confidence = match (listing.is_denied(), stands_for_missing_object(diagnosis.denial)) {
        (true, _) => Confidence::Certain,
        (false, true) if !may_list => Confidence::Likely,
        (false, false) if may_list => return None,
        (false, _) => Confidence::Possible,
    };
    let place = Place {
        policy: request.resource.arn.as_ref().map(ToString::to_string).unwrap_or_default(),
        statement: String::new(),
        element: "Key".to_owned(),
        wanted: "an object that is there".to_owned(),
        actual: "no object".to_owned(),
    };
    let key = target.key.clone()?;
    let cause = Cause::ObjectMissing { bucket: bucket.bucket, key, version: target.version.clone(), may_list };
    Some(Finding { cause, confidence, request: index, places: vec![place] })
}
