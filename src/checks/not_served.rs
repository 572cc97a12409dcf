//! What the checks of error codes about the account share: which code tells of what.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors>,
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>

use crate::diagnosis::Diagnosis;
use crate::event::{Category, Denial};
use crate::finding::{Cause, Confidence, Finding, NotServed, Place};

fn of(denial: &Denial) -> Option<NotServed> {
    match (denial.category, denial.error_code.as_str()) {
        (Category::Account, "NotSignedUp") => Some(NotServed::Service),
        (Category::Account, _) => Some(NotServed::Disabled),
        (Category::NotEnabled, "RegionDisabledException" | "InvalidRegion") => Some(NotServed::Region),
        (Category::NotEnabled, _) => Some(NotServed::Service),
        (
            Category::Authorization
            | Category::ObjectState
            | Category::KeyState
            | Category::Credentials
            | Category::Throttling,
            _,
        ) => None,
    }
}

/// The finding, if the error code tells of this. AWS gives these codes for nothing else, so the code alone is enough.
pub(super) fn find(diagnosis: &Diagnosis<'_>, why: NotServed) -> Vec<Finding> {
    let denial = diagnosis.denial;
    if of(denial) != Some(why) {
        return Vec::new();
    }
    let caller = denial.identity.arn.as_ref();
    let (element, arn) = match why {
        NotServed::Region => (format!("Region {}", denial.region), caller),
        NotServed::Service => (format!("Service {}", denial.event_source), caller),
        NotServed::Disabled => {
            let first = diagnosis.requests.first();
            ("Access".to_owned(), first.and_then(|first| first.request.resource.arn.as_ref()))
        }
    };
    let place = Place {
        policy: arn.map(ToString::to_string).unwrap_or_default(),
        statement: String::new(),
        element,
        wanted: "enabled".to_owned(),
        actual: denial.error_code.clone(),
    };
    vec![Finding { cause: Cause::NotServed(why), confidence: Confidence::Certain, request: 0, places: vec![place] }]
}
