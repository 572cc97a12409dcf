//! The KMS key is enabled again.

use super::{Change, Class, Kind};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::finding::{Cause, Finding};

pub(super) const KIND: Kind = Kind {
    name: "enable-key",
    class: Class::NeedsApproval,
    about: "enables the key again: all that it encrypts can be read again by whoever may. Undo: disable it.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/kms/latest/developerguide/enabling-keys.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    if !matches!(finding.cause, Cause::KmsKeyUnusable { key: Some(_), .. }) {
        return None;
    }
    let key = crate::evaluate::key_ref(&assessed.request, &diagnosis.denial.region)?;
    let info = diagnosis.evidence.kms_key(&key);
    let before = (*info.known()?).clone();
    // The other states have other ways out, and some have none.
    (before.state == "Disabled").then_some(Change::EnableKey { key, before })
}
