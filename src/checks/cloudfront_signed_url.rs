//! # Viewers have to sign, and the signature is not there or not right
//!
//! **Means**: the path's behavior restricts viewer access: it takes a signed URL or signed cookies, of a key that the
//! distribution trusts, within their time.
//!
//! **We know** by reading the distribution, and by what the log has of the request: whether there is a signature, when
//! it ends (`Expires`), and by which key (`Key-Pair-Id`). Whether the signature itself is right, and what a custom policy
//! says, no log tells. Cookies are in CloudFront's log only where it is set to have them.
//!
//! **To do**: sign the request, anew if its time is over; sign with a key of one of the trusted key groups; or take the
//! restriction off the behavior, if the path is meant for everybody. A path that shall be open needs a behavior of its own.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-overview.html>

use crate::diagnosis::Diagnosis;
use crate::evaluate::{Barrier, SignedFault};
use crate::finding::{Finding, Place};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::viewer::findings(
        diagnosis,
        |barrier| matches!(barrier, Barrier::Signed(_)),
        |viewer, barrier| {
            let behavior = super::viewer::distribution(diagnosis).and_then(|info| info.behavior(&viewer.path));
            let (wanted, actual) = match barrier {
                Barrier::Signed(SignedFault::Expired(end)) => {
                    (format!("before {end}"), diagnosis.denial.time.to_string())
                }
                Barrier::Signed(SignedFault::UnknownKey(key)) => ("a key that it trusts".to_owned(), key.clone()),
                Barrier::Signed(SignedFault::Missing) => ("a signature".to_owned(), "(not in the request)".to_owned()),
                Barrier::Signed(SignedFault::Other) | Barrier::Waf | Barrier::Geo | Barrier::Alias => {
                    ("a valid signature".to_owned(), "(not known)".to_owned())
                }
            };
            vec![Place {
                policy: super::viewer::name(diagnosis, viewer),
                statement: behavior
                    .and_then(|behavior| behavior.paths.clone())
                    .unwrap_or_else(|| "Default (*)".to_owned()),
                element: "RestrictViewerAccess".to_owned(),
                wanted,
                actual,
            }]
        },
    )
}
