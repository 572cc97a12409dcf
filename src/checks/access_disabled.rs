//! # AWS disabled access to the account or the resource
//!
//! **Means**: the account is suspended, a bill is open, or AWS closed this one bucket. No policy can change that.
//!
//! **We know** by the error code: `AllAccessDisabled`, `AccountProblem` or `InvalidPayer`.
//!
//! **To do**: look at the bills and the messages to the root user of the account that owns the resource, and ask AWS
//! Support.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>

use crate::diagnosis::Diagnosis;
use crate::finding::{Finding, NotServed};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::not_served::find(diagnosis, NotServed::Disabled)
}
