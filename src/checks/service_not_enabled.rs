//! # The account may not use the service yet
//!
//! **Means**: the account has not signed up for the service, or is not active yet. No policy was looked at.
//!
//! **We know** by the error code: `OptInRequired`, `SubscriptionRequiredException`, or `NotSignedUp` of S3.
//!
//! **To do**: finish the account's sign-up, with a means of payment, and subscribe to the service in its console. A new
//! account takes up to 24 hours.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>,
//! <https://repost.aws/knowledge-center/create-and-activate-aws-account>

use crate::diagnosis::Diagnosis;
use crate::finding::{Finding, NotServed};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::not_served::find(diagnosis, NotServed::Service)
}
