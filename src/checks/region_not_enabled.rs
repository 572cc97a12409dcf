//! # The Region is not enabled for the account
//!
//! **Means**: STS is not activated in the Region, or the account has not opted in to it. No policy was looked at.
//!
//! **We know** by the error code: `RegionDisabledException` of STS, `InvalidRegion` of S3.
//!
//! **To do**: enable the Region in the account's settings, and STS in it in IAM's; or call in another Region.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html>,
//! <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>

use crate::diagnosis::Diagnosis;
use crate::finding::{Finding, NotServed};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::not_served::find(diagnosis, NotServed::Region)
}
