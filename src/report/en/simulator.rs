//! What IAM's policy simulator says of policies that could not be read.

use super::{code, layer, plural};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Why, Word};
use crate::finding::{Cause, Finding};
use crate::layer::Layer;
use crate::request::Origin;

/// What has control policies read: an option of the command line, and a parameter of the hub.
pub(super) const MANAGEMENT_ROLE: &str = "`--management-role`, or `ManagementRoleArn` of the hub";

const CAVEAT: &str =
    "It looks at what is in force now, and counts each condition key that the record does not tell as missing";

const CHANGED: &str = "it was changed since, or hangs on a condition key that the simulator was not given";

/// What it says of the layer of a finding that could not be read.
pub(super) fn said(finding: &Finding, assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>) -> Option<String> {
    let (Cause::ExplicitDeny { layer: which, .. } | Cause::NoAllow { layer: which, .. }) = &finding.cause else {
        return None;
    };
    let explicit = matches!(finding.cause, Cause::ExplicitDeny { .. });
    let says = match diagnosis.simulated(assessed, *which)? {
        Word::Allows => format!("{} by now: {CHANGED}", allows(*which)),
        word if diagnosis.is_stated(finding.request, *which) && (word == Word::ExplicitDeny) == explicit => {
            "the same holds now".to_owned()
        }
        Word::ExplicitDeny => denies(*which, &diagnosis.simulation(assessed)?.denied_by),
        Word::NoAllow => lacks(*which),
        Word::Denies => format!(
            "{}, and does not tell whether a statement denies it or none allows it",
            if *which == Layer::PermissionsBoundary {
                "the permissions boundary stops it".to_owned()
            } else {
                format!("{} stop it", plural(layer(*which)))
            }
        ),
    };
    let to_read = to_read(*which, assessed).map(|how| format!(" To read the policies themselves takes {how}."));
    Some(format!("IAM's policy simulator says that {says}.{}", to_read.unwrap_or_default()))
}

/// Why its word does not make a finding certain.
pub(super) fn caveat(assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>) -> String {
    let missing = diagnosis.simulation(assessed).map(|simulation| simulation.missing.as_slice()).unwrap_or_default();
    let names: Vec<_> = missing.iter().map(|name| code(name)).collect();
    let asked = if names.is_empty() { String::new() } else { format!("; it asked for {}", names.join(", ")) };
    format!("The simulator is no proof. {CAVEAT}{asked}.")
}

/// Whether a finding rests on its word and on nothing else.
pub(super) fn carries(finding: &Finding, diagnosis: &Diagnosis<'_>) -> bool {
    let Some(assessed) = diagnosis.requests.get(finding.request) else { return false };
    let (Cause::ExplicitDeny { layer, .. } | Cause::NoAllow { layer, .. }) = &finding.cause else { return false };
    let word = diagnosis.simulated(assessed, *layer);
    word.is_some_and(|word| word != Word::Allows) && !diagnosis.is_stated(finding.request, *layer)
}

/// What it says of layers that could not be read, and that allow the request by its word.
pub(in super::super) fn cleared(diagnosis: &Diagnosis<'_>) -> Vec<(Layer, String)> {
    let mut lines = Vec::new();
    for assessed in &diagnosis.requests {
        for input in &assessed.world.inputs {
            if diagnosis.simulated(assessed, input.layer) != Some(Word::Allows) {
                continue;
            }
            let action = code(assessed.request.action.name());
            let of_key = matches!(assessed.request.origin, Origin::Encryption { .. });
            let on = if of_key { " on the KMS key" } else { "" };
            let to_read = to_read(input.layer, assessed).map(|how| format!(" To read them takes {how}."));
            let text = format!(
                "{} could not be read. IAM's policy simulator says that {} {action}{on}. {CAVEAT}, so this is no proof.{}",
                subject(input.layer),
                if input.layer == Layer::PermissionsBoundary { "it allows" } else { "they allow" },
                to_read.unwrap_or_default()
            );
            lines.push((input.layer, text));
        }
    }
    lines
}

/// What would have the policies of a layer read, where a person can do something about it.
fn to_read(which: Layer, assessed: &Assessed<'_>) -> Option<&'static str> {
    let by_role = |why: &Why| matches!(why, Why::NoManagementRole | Why::AccessDenied);
    let mut gaps = assessed.layer(which).filter(|_| which == Layer::Scp)?.gaps();
    gaps.any(|gap| by_role(&gap.why)).then_some(MANAGEMENT_ROLE)
}

/// The policies of a layer, at the beginning of a sentence.
fn subject(which: Layer) -> &'static str {
    if which == Layer::Scp {
        "Service control policies"
    } else if which == Layer::PermissionsBoundary {
        "The permissions boundary"
    } else {
        "Some of the caller's policies"
    }
}

fn allows(which: Layer) -> String {
    if which == Layer::PermissionsBoundary {
        return "the permissions boundary allows it".to_owned();
    }
    format!("{} allow it", plural(layer(which)))
}

fn lacks(which: Layer) -> String {
    if which == Layer::PermissionsBoundary {
        return "the permissions boundary does not allow it".to_owned();
    }
    format!("no {} allows it", layer(which))
}

fn denies(which: Layer, by: &[String]) -> String {
    let names: Vec<_> = by.iter().filter(|name| !name.is_empty()).map(|name| code(name)).collect();
    let of = if matches!(which, Layer::IdentityPolicy | Layer::KmsIdentityPolicy) && !names.is_empty() {
        names.join(" and ")
    } else if which == Layer::PermissionsBoundary {
        "the permissions boundary".to_owned()
    } else {
        format!("{} {}", super::article(layer(which)), layer(which))
    };
    format!("a statement of {of} denies it")
}
