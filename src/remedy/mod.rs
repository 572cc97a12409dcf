//! Remedies: what would allow a denied call, planned from its causes and proven by evaluating again.
//!
//! A [`Draft`] becomes a [`Remedy`] only by [`prove`](prove::prove), so nothing that was not proven can be offered.

mod change;
mod code;
pub mod consent;
mod image;
mod kinds;
mod opinion;
mod place;
mod probe;
mod prove;
mod record;
mod stored;

pub use change::{Change, PolicyPlace, Way};
pub use code::{Snippet, snippets};
pub use image::{Edit, Image};
pub use kinds::{KINDS, Kind};
pub use opinion::{Inquiry, Opinion};
pub use place::{Place, canned, edit_policy, look_policy};
pub use probe::Probe;
pub use prove::{Effect, Proof, Tried, effect, prove};
pub(crate) use record::fingerprint;
pub use record::{Applied, Record, State};
pub use stored::Stored;

use serde::{Deserialize, Serialize};

use crate::diagnosis::{Assessed, Diagnosis};
use crate::finding::Finding;

/// The longest ARN for which remedies are looked for. A key of S3 has at most 1,024 bytes.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>
const RESOURCE_MAX: usize = 8 * 1024;

/// Who may make a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// May be made without a person, where the owner opted in.
    Safe,
    /// A person has to approve it.
    NeedsApproval,
    /// A person has to make it.
    AdviceOnly,
}

/// A change that was planned for a cause, and not proven.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The kind's name.
    pub kind: &'static str,
    /// Who may make it, at best.
    pub class: Class,
    /// The change.
    pub change: Change,
    /// It does nothing for the denied call, but for later ones.
    pub later: bool,
}

/// A change with its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Remedy {
    draft: Draft,
    proof: Proof,
}

impl Remedy {
    fn new(draft: Draft, proof: Proof) -> Self {
        Self { draft, proof }
    }

    /// The kind's name.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.draft.kind
    }

    /// The change.
    #[must_use]
    pub fn change(&self) -> &Change {
        &self.draft.change
    }

    /// What was found out about it.
    #[must_use]
    pub fn proof(&self) -> &Proof {
        &self.proof
    }

    /// Who may make the change. One that lets in anybody else from outside of the resource's own account, or keeps
    /// somebody out, takes a person, whatever its kind.
    #[must_use]
    pub fn class(&self) -> Class {
        let widens = self.proof.newly_allowed_outside > 0 || self.proof.newly_denied > 0;
        // What could not be read can be neither kept nor put back.
        let blind = Edit::of(&self.draft.change).is_none();
        let unsafe_here = self.draft.class == Class::Safe && (widens || blind);
        if unsafe_here { Class::NeedsApproval } else { self.draft.class }
    }
}

/// The remedies of each finding, in the order of the findings. What would open a resource to everybody, or to accounts
/// that have no part in the call, is left out.
#[must_use]
pub fn plan(diagnosis: &Diagnosis<'_>, findings: &[Finding]) -> Vec<Vec<Remedy>> {
    let drafts: Vec<Vec<Draft>> = findings.iter().map(|finding| kinds::draft(diagnosis, finding)).collect();
    // Nothing in AWS has so long a name; trying hundreds of requests around it would take gigabytes.
    let is_huge = |assessed: &Assessed<'_>| {
        assessed.request.resource.arn.as_ref().is_some_and(|arn| arn.as_str().len() > RESOURCE_MAX)
    };
    if drafts.iter().all(Vec::is_empty) || diagnosis.requests.iter().any(is_huge) {
        return vec![Vec::new(); findings.len()];
    }
    let tried = Tried::new(diagnosis);
    let proven = |draft: Draft| prove(draft, diagnosis, &tried);
    drafts
        .into_iter()
        .map(|drafts| drafts.into_iter().map(proven).filter(|remedy| !remedy.proof.opens).collect())
        .collect()
}
