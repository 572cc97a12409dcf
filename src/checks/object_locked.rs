//! # Object Lock keeps the object's version
//!
//! **Means**: the version is under retention or a legal hold. It cannot be deleted, and its retention not be shortened.
//! A simple DELETE, without a version, is not stopped: it makes a delete marker.
//!
//! **We know** by the version's retention and legal hold; where they cannot be read, by AWS's message alone.
//!
//! **To do**: wait until the retention ends. In governance mode, callers with `s3:BypassGovernanceRetention` can pass
//! over it with the header `x-amz-bypass-governance-retention: true`; in compliance mode nobody can, the root user
//! included. A legal hold is taken off with `s3:PutObjectLegalHold`. Ask first why it is locked.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{bucket_ref, object_ref};
use crate::event::Reason;
use crate::evidence::{Answer, Fact, ObjectLock, Question};
use crate::finding::{Cause, Confidence, Finding, Place};
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let stated = Some(Reason::ObjectLocked);
    let mut found = super::policy_layer::by_rule(diagnosis, Layer::ObjectLock, stated, |assessed| {
        let target = assessed.request.s3.as_ref()?;
        let object = object_ref(target, &bucket_ref(target, &diagnosis.denial.region)?)?;
        let lock = match diagnosis.evidence.fact(&Question::ObjectLock(object), Answer::as_object_lock) {
            Fact::Known(lock) => Some(lock.clone()),
            Fact::Absent | Fact::Unreadable(_) => None,
        };
        // Without AWS's word, a lock that could not be read is no finding.
        (lock.is_some() || diagnosis.denial.message.reason == stated).then(|| cause(assessed, lock)).flatten()
    });
    if found.is_empty()
        && diagnosis.denial.message.reason == stated
        && let Some((cause, places)) = diagnosis.requests.first().and_then(|assessed| cause(assessed, None))
    {
        found.push(Finding { cause, confidence: Confidence::Likely, request: 0, places });
    }
    found
}

fn cause(assessed: &Assessed<'_>, lock: Option<ObjectLock>) -> Option<(Cause, Vec<Place>)> {
    let bucket = assessed.request.s3.as_ref()?.bucket.clone()?;
    let policy = assessed.request.resource.arn.as_ref().map(ToString::to_string).unwrap_or_default();
    let place = |element: &str, actual: String| Place {
        policy: policy.clone(),
        statement: String::new(),
        element: element.to_owned(),
        wanted: "no lock in force".to_owned(),
        actual,
    };
    let mut places = Vec::new();
    if let Some(lock) = &lock {
        let until = lock.until.map(|until| format!(" until {until}")).unwrap_or_default();
        places.extend(lock.mode.as_ref().map(|mode| place("Retention", format!("{mode}{until}"))));
        places.extend(lock.legal_hold.then(|| place("LegalHold", "ON".to_owned())));
    }
    Some((Cause::ObjectLocked { bucket, lock }, places))
}
