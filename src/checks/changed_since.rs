//! # What denied the request has been changed since
//!
//! **Means**: all that could be read allows the request now, and CloudTrail shows who changed the permissions of the
//! caller or of the resource around that time. A change takes a while to reach every part of AWS, so one from just
//! before the denial counts as well.
//!
//! **We know** by the record of the change.
//!
//! **To do**: send the request again. If it is denied still, explain the new event.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency>

use crate::diagnosis::Diagnosis;
use crate::evidence::{Answer, Change, Fact};
use crate::finding::{Cause, Confidence, Finding};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    if !diagnosis.may_have_changed() {
        return Vec::new();
    }
    let mut changes: Vec<Change> = Vec::new();
    for question in diagnosis.change_questions() {
        if let Fact::Known(found) = diagnosis.evidence.fact(&question, Answer::as_changes) {
            changes.extend(found.iter().filter(|change| !changes.contains(change)).cloned().collect::<Vec<_>>());
        }
    }
    if changes.is_empty() {
        return Vec::new();
    }
    changes.sort_by_key(|change| std::cmp::Reverse(change.time));
    let cause = Cause::ChangedSince { changes };
    let confidence = if diagnosis.is_contradicted() { Confidence::Likely } else { Confidence::Possible };
    vec![Finding { cause, confidence, request: 0, places: Vec::new() }]
}
