//! What the checks of viewers' requests share.

use crate::diagnosis::Diagnosis;
use crate::evaluate::{Barrier, SignedFault, ViewerWorld};
use crate::event::Viewer;
use crate::evidence::{DistributionInfo, SampledRequest};
use crate::finding::{Cause, Confidence, Finding, Place};
use crate::truth::Truth;

/// A finding for each barrier of a kind, with the places that `places` names.
pub(super) fn findings(
    diagnosis: &Diagnosis<'_>,
    is_of: fn(&Barrier) -> bool,
    places: impl Fn(&Viewer, &Barrier) -> Vec<Place>,
) -> Vec<Finding> {
    let Some(viewer) = &diagnosis.denial.viewer else { return Vec::new() };
    let barriers = diagnosis.barriers().into_iter().filter(|row| is_of(&row.0));
    let finding = |(barrier, truth): (Barrier, Truth)| Finding {
        confidence: match (truth, &barrier) {
            (Truth::True, _) => Confidence::Certain,
            // Only cookies that are not in the log could have been a signature.
            (Truth::Unknown | Truth::False, Barrier::Signed(SignedFault::Missing)) => Confidence::Likely,
            // WAF blocked one like it; two requests can look the same.
            (Truth::Unknown | Truth::False, Barrier::Waf) if !blocked_alike(diagnosis).is_empty() => Confidence::Likely,
            (Truth::Unknown | Truth::False, _) => Confidence::Possible,
        },
        places: places(viewer, &barrier),
        cause: Cause::Viewer(barrier),
        request: 0,
    };
    barriers.map(finding).collect()
}

/// The requests like this one that WAF blocked, by what it samples.
pub(super) fn blocked_alike<'d>(diagnosis: &'d Diagnosis<'_>) -> &'d [&'d SampledRequest] {
    diagnosis.viewer.as_ref().map(ViewerWorld::blocked_alike).unwrap_or_default()
}

/// The distribution, where it could be read.
pub(super) fn distribution<'d>(diagnosis: &'d Diagnosis<'_>) -> Option<&'d DistributionInfo> {
    diagnosis.viewer.as_ref()?.distribution.known().copied()
}

/// The distribution's name in reports: its ARN, or what the log calls it.
pub(super) fn name(diagnosis: &Diagnosis<'_>, viewer: &Viewer) -> String {
    let read = distribution(diagnosis).map(|info| info.arn.to_string());
    read.or_else(|| viewer.distribution.clone()).unwrap_or_default()
}
