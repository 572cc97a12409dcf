//! # Nothing that could be read denies the request
//!
//! **Means**: AWS denied the request, and no policy or setting that could be read explains it. The cause is in what
//! could not be read, or something changed since.
//!
//! **We know** by the gaps: the finding lists the layers with one, the most probable first.
//!
//! **To do**: grant the read role what the gaps name, and explain the event again.

use crate::diagnosis::Diagnosis;
use crate::evidence::Word;
use crate::finding::{Cause, Confidence, Finding};
use crate::layer::Layer;

/// Layers by how often they are the hidden cause.
const RANK: &[Layer] = &[
    Layer::IdentityPolicy,
    Layer::ResourcePolicy,
    Layer::Scp,
    Layer::PermissionsBoundary,
    Layer::SessionPolicy,
    Layer::VpcEndpointPolicy,
    Layer::AccessPointPolicy,
    Layer::Rcp,
    Layer::Acl,
    Layer::BlockPublicAccess,
];

/// The finding, unless what is in force now allows the request as far as it could be read.
pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    if diagnosis.is_contradicted() {
        return Vec::new();
    }
    let open = |layer: &&Layer| {
        let undecided =
            |row: &(Layer, crate::evaluate::Outcome)| row.0 == **layer && row.1.possible().name() == "unknown";
        diagnosis.requests.iter().any(|assessed| assessed.evaluation.outcomes.iter().any(undecided))
    };
    // What IAM's policy simulator clears comes last.
    let cleared =
        |layer: &Layer| diagnosis.requests.iter().any(|row| diagnosis.simulated(row, *layer) == Some(Word::Allows));
    let (last, mut candidates): (Vec<Layer>, Vec<Layer>) = RANK.iter().filter(open).partition(|layer| cleared(layer));
    candidates.extend(last);
    let cause = Cause::Unexplained { candidates };
    vec![Finding { cause, confidence: Confidence::Possible, request: 0, places: Vec::new() }]
}
