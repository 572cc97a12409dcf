//! # The KMS key cannot be used
//!
//! **Means**: the key is disabled, about to be deleted, without material, or its store is away. No permission helps.
//!
//! **We know** by the key's state; where it cannot be read, by the error code.
//!
//! **To do**: enable the key again (`kms:EnableKey`), cancel its deletion (`kms:CancelKeyDeletion`), or use another
//! key. Ask first why it was switched off.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::key_ref;
use crate::event::Category;
use crate::evidence::Fact;
use crate::finding::{Cause, Confidence, Finding, Place};
use crate::request::Origin;

/// The one state in which a key can be used for everything.
const USABLE: &str = "Enabled";

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let of = |(index, assessed): (usize, &Assessed<'_>)| one(diagnosis, index, assessed);
    let mut findings: Vec<Finding> = diagnosis.requests.iter().enumerate().filter_map(of).collect();
    // A key that could be read, and can be used, was mended since.
    let is_read = |assessed: &Assessed<'_>| {
        let key = key_ref(&assessed.request, &diagnosis.denial.region);
        key.is_some_and(|key| diagnosis.evidence.kms_key(&key).known().is_some())
    };
    let read = diagnosis.requests.iter().any(is_read);
    if findings.is_empty() && !read && diagnosis.denial.category == Category::KeyState {
        let cause = Cause::KmsKeyUnusable { key: None, state: None };
        findings.push(Finding { cause, confidence: Confidence::Likely, request: 0, places: Vec::new() });
    }
    findings
}

fn one(diagnosis: &Diagnosis<'_>, index: usize, assessed: &Assessed<'_>) -> Option<Finding> {
    let key = key_ref(&assessed.request, &diagnosis.denial.region)?;
    let Fact::Known(info) = diagnosis.evidence.kms_key(&key) else { return None };
    if info.state == USABLE {
        return None;
    }
    // A key that the object need not be encrypted with explains nothing for sure.
    let assumed = assessed.request.origin == Origin::Encryption { assumed: true };
    let confidence = match (assumed, diagnosis.denial.category) {
        (false, _) => Confidence::Certain,
        (true, Category::KeyState) => Confidence::Likely,
        (true, _) => Confidence::Possible,
    };
    let place = Place {
        policy: info.arn.to_string(),
        statement: String::new(),
        element: "KeyState".to_owned(),
        wanted: USABLE.to_owned(),
        actual: info.state.clone(),
    };
    let cause = Cause::KmsKeyUnusable { key: Some(info.arn.to_string()), state: Some(info.state.clone()) };
    Some(Finding { cause, confidence, request: index, places: vec![place] })
}
