//! What is no cause, and still worth knowing: that AWS's message says otherwise, and what is odd in the policies.

use super::en;
use super::{Agreement, Note, Stated};
use crate::diagnosis::{Diagnosis, Weighed};
use crate::evaluate::Input;
use crate::finding::{Cause, Finding};
use crate::layer::Layer;
use crate::policy::Severity;

/// What AWS's message says of the reason, and whether what was read agrees.
pub(super) fn stated(diagnosis: &Diagnosis<'_>) -> Option<Stated> {
    let reason = diagnosis.denial.message.reason?;
    let evaluation = match diagnosis.weigh()? {
        Weighed::Agrees => Agreement::Agrees,
        Weighed::Contradicts => Agreement::Contradicts,
        Weighed::Open => Agreement::Open,
    };
    Some(Stated { reason: en::stated(reason), evaluation })
}

/// All that is worth knowing, what matters most first, nothing twice.
pub(super) fn notes(diagnosis: &Diagnosis<'_>, findings: &[Finding]) -> Vec<Note> {
    let note = |code: &str, text| Note { code: code.to_owned(), text };
    let mut notes = Vec::new();
    if let Some(Stated { reason, evaluation: Agreement::Contradicts }) = stated(diagnosis) {
        notes.push(note("message-contradicted", en::contradicted(&reason)));
    }
    // What a finding says is not said again.
    let told = |layer: Layer| {
        findings.iter().any(|finding| {
            let cause = &finding.cause;
            let of = |of: &Layer| *of == layer;
            matches!(cause, Cause::Unexplained { .. })
                || matches!(cause, Cause::ExplicitDeny { layer, .. } | Cause::NoAllow { layer, .. } if of(layer))
        })
    };
    let cleared = en::cleared(diagnosis).into_iter().filter(|row| !told(row.0));
    notes.extend(cleared.map(|(_, text)| note("policy-simulator", text)));
    for assessed in &diagnosis.requests {
        for source in assessed.world.inputs.iter().flat_map(Input::sources) {
            let Ok(policy) = source.content else { continue };
            for problem in policy.problems.iter().filter(|problem| problem.severity == Severity::Lint) {
                let odd = note("policy-lint", en::odd(&source.label, problem));
                if !notes.contains(&odd) {
                    notes.push(odd);
                }
            }
        }
    }
    notes
}
