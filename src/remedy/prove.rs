//! What a change would allow, found out by evaluating again: the denied call, and requests around it.

use super::change::Change;
use super::probe::{Decided, Probe, Probes};
use super::{Draft, Remedy};
use crate::checks;
use crate::diagnosis::Diagnosis;
use crate::evaluate::Possible;

/// How many of the requests that a change newly allows are named.
const NAMED: usize = 8;

/// What was found out about a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// What becomes of the denied call.
    pub effect: Effect,
    /// How many requests around it were tried.
    pub probed: usize,
    /// How many of them, other than the denied call itself, the change newly allows, or may.
    pub newly_allowed: usize,
    /// How many of these are by callers outside of the account that owns the resource.
    pub newly_allowed_outside: usize,
    /// The denied call itself becomes allowed from elsewhere as well.
    pub elsewhere: bool,
    /// Some of these.
    pub examples: Vec<Probe>,
    /// How many of them it newly denies.
    pub newly_denied: usize,
    /// A request that nobody signed, or one from an account that has no part in the denied call, is newly allowed.
    pub opens: bool,
}

/// What a change does to the denied call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It is allowed, whatever could not be read.
    Allows,
    /// It is allowed by all that could be read.
    AllowsAsRead,
    /// One cause is gone; these deny it still, or may.
    Leaves(Vec<String>),
    /// It does not change the denied call, only later ones.
    Later,
    /// It hangs on what a person chooses.
    Chosen,
}

/// Proves a draft against the diagnosis that it was made for. Only this makes a [`Remedy`].
#[must_use]
pub fn prove(draft: Draft, diagnosis: &Diagnosis<'_>, probes: &Tried) -> Remedy {
    let changed = draft.change.applied_to(diagnosis.evidence);
    let after = Diagnosis::new(diagnosis.denial, &changed);
    // What changes nothing in AWS, or only what comes later, does nothing for the denied call.
    let later = draft.later || matches!(draft.change, Change::Request { .. });
    let chosen = matches!(draft.change, Change::ReEncrypt { .. });
    let effect = if later {
        Effect::Later
    } else if chosen {
        Effect::Chosen
    } else {
        effect(&after)
    };
    let possible = probes.probes.decide_again(&probes.before, diagnosis.evidence, &changed);
    let mut proof = Proof {
        effect,
        probed: probes.probes.len(),
        newly_allowed: 0,
        newly_allowed_outside: 0,
        elsewhere: false,
        examples: Vec::new(),
        newly_denied: 0,
        opens: false,
    };
    for (place, (before, after)) in probes.before.iter().zip(possible).enumerate() {
        let newly = after.includes(Possible::ALLOWED) && !before.possible.includes(Possible::ALLOWED);
        match probes.probes.get(place).filter(|_| newly) {
            Some(probe) if probe.itself => proof.elsewhere |= probe.elsewhere,
            Some(probe) => {
                proof.newly_allowed += 1;
                proof.newly_allowed_outside += usize::from(!probe.own);
                proof.opens |= probe.anonymous || probe.foreign;
                if proof.examples.len() < NAMED {
                    proof.examples.push(probe.clone());
                }
            }
            None => {}
        }
        if after.is_denied() && before.possible == Possible::ALLOWED {
            proof.newly_denied += 1;
        }
    }
    Remedy::new(draft, proof)
}

/// The probes around a call, and what is possible for each before any change.
pub struct Tried {
    probes: Probes,
    before: Vec<Decided>,
}

impl std::fmt::Debug for Tried {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tried").field("probes", &self.probes.len()).finish_non_exhaustive()
    }
}

impl Tried {
    /// Tries the requests around a denied call as things are.
    #[must_use]
    pub fn new(diagnosis: &Diagnosis<'_>) -> Self {
        let probes = Probes::around(diagnosis);
        let before = probes.decide(diagnosis.evidence);
        Self { probes, before }
    }
}

/// What becomes of the denied call with the evidence that there is after a change.
#[must_use]
pub fn effect(after: &Diagnosis<'_>) -> Effect {
    let all = |test: &dyn Fn(Possible) -> bool, read: bool| {
        after.requests.iter().all(|assessed| {
            test(if read { assessed.evaluation.possible_as_read } else { assessed.evaluation.possible })
        })
    };
    let allowed = |possible: Possible| possible == Possible::ALLOWED;
    let left: Vec<String> = checks::run(after)
        .iter()
        .map(|finding| finding.cause.code())
        .filter(|code| code != "unexplained" && code != "changed-since")
        .collect();
    if left.is_empty() && all(&allowed, false) {
        Effect::Allows
    } else if left.is_empty() && all(&allowed, true) {
        Effect::AllowsAsRead
    } else {
        Effect::Leaves(left)
    }
}
