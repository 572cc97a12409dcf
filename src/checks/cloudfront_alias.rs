//! # The distribution does not answer for the host
//!
//! **Means**: the viewer's host is led to CloudFront by DNS, and is not among the alternate domain names of the
//! distribution, or not in its certificate. CloudFront answers 403 then, and does not ask the origin.
//!
//! **We know** by CloudFront's log, which says `InvalidRequestCertificate`; or by reading the distribution: the host is
//! neither its domain name nor one of its aliases.
//!
//! **To do**: add the host to the distribution's alternate domain names, with a certificate in us-east-1 that covers it; or
//! correct the DNS record, if it leads to the wrong distribution.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html>

use crate::diagnosis::Diagnosis;
use crate::evaluate::Barrier;
use crate::finding::{Finding, Place};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::viewer::findings(
        diagnosis,
        |barrier| *barrier == Barrier::Alias,
        |viewer, _| {
            let names = super::viewer::distribution(diagnosis).map(|info| info.aliases.join(", "));
            vec![Place {
                policy: super::viewer::name(diagnosis, viewer),
                statement: String::new(),
                element: "Aliases".to_owned(),
                wanted: names.unwrap_or_default(),
                actual: viewer.host.clone().unwrap_or_default(),
            }]
        },
    )
}
