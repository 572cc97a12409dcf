//! A denial with its evidence, evaluated: what the checks look at.

use crate::evaluate::{Evaluation, Input, Possible, World, complete, evaluate};
use crate::event::{Denial, Reason};
use crate::evidence::Evidence;
use crate::layer::Layer;
use crate::request::{Request, requests};
use crate::truth::Truth;

/// All that is known of one denial.
#[derive(Debug)]
pub struct Diagnosis<'e> {
    /// The record.
    pub denial: &'e Denial,
    /// The answers.
    pub evidence: &'e Evidence,
    /// The authorizations of the call; the one that AWS's message names is first.
    pub requests: Vec<Assessed<'e>>,
}

/// One authorization, evaluated.
#[derive(Debug)]
pub struct Assessed<'e> {
    /// The request, with all that the evidence adds to its context.
    pub request: Request,
    /// The layers that it passes.
    pub world: World<'e>,
    /// What they decide.
    pub evaluation: Evaluation,
}

impl<'e> Diagnosis<'e> {
    /// Evaluates every authorization of the denied call.
    #[must_use]
    pub fn new(denial: &'e Denial, evidence: &'e Evidence) -> Self {
        let requests = requests(denial).into_iter().map(|request| Assessed::new(&request, denial, evidence)).collect();
        Self { denial, evidence, requests }
    }

    /// Evaluates one more request in the same world.
    #[must_use]
    pub fn assess(&self, request: &Request) -> Assessed<'e> {
        Assessed::new(request, self.denial, self.evidence)
    }

    /// Whether the reason that AWS's message gave no longer holds, or all that could be read allows the call: what
    /// denied it has changed since, as far as can be seen.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        let allowed = |assessed: &Assessed<'_>| assessed.evaluation.possible_as_read == Possible::ALLOWED;
        if !self.requests.is_empty() && self.requests.iter().all(allowed) {
            return true;
        }
        let outcome = |layer| {
            let first = self.requests.first()?;
            first.evaluation.outcomes.iter().find(|row| row.0 == layer).map(|row| row.1)
        };
        match self.denial.message.reason {
            Some(Reason::ExplicitDeny(layer)) => outcome(layer).is_some_and(|o| o.deny == Truth::False),
            Some(Reason::NoAllow(layer)) => outcome(layer).is_some_and(|o| o.allow.any() == Truth::True),
            Some(
                Reason::SomeExplicitDeny
                | Reason::PublicAclBlocked
                | Reason::PublicPolicyBlocked
                | Reason::CustomerKeyBlocked
                | Reason::ObjectLocked,
            )
            | None => false,
        }
    }

    /// Whether AWS's message gives this reason. It speaks of the first authorization.
    #[must_use]
    pub fn states(&self, request: usize, reason: Reason) -> bool {
        request == 0 && self.denial.message.reason == Some(reason)
    }
}

impl<'e> Assessed<'e> {
    fn new(request: &Request, denial: &Denial, evidence: &'e Evidence) -> Self {
        let request = complete(request, evidence, &denial.region);
        let world = World::new(&request, evidence, &denial.region);
        let evaluation = evaluate(&request, &world);
        Self { request, world, evaluation }
    }

    /// A layer of the request, if it passes that layer.
    #[must_use]
    pub fn layer(&self, layer: Layer) -> Option<&Input<'e>> {
        self.world.inputs.iter().find(|input| input.layer == layer)
    }
}
