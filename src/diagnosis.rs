//! A denial with its evidence, evaluated: what the checks look at.

use crate::evaluate::{Evaluation, Input, Outcome, Possible, World, bucket_ref, complete, evaluate, object_questions};
use crate::event::{Category, Denial, Reason};
use crate::evidence::{Answer, Evidence, Fact};
use crate::layer::Layer;
use crate::request::{Request, requests, stands_for_missing_object};
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

    /// Whether the reason that AWS's message gave no longer holds; without a reason, whether all that could be read
    /// allows the call. What denied it has changed since, as far as can be seen.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        let Some(first) = self.requests.first() else { return false };
        // What the other codes speak of is not in the policies.
        if self.denial.category != Category::Authorization {
            return false;
        }
        let allowed = |assessed: &Assessed<'_>| assessed.evaluation.possible_as_read == Possible::ALLOWED;
        if stands_for_missing_object(self.denial) {
            return self.requests.iter().all(allowed) && first.object_is_there(self);
        }
        let reason = self.denial.message.reason.filter(|_| self.is_about_first());
        match reason {
            Some(Reason::ExplicitDeny(layer)) => {
                let blocks_public = layer == Layer::ResourcePolicy && !first.denies_nothing(Layer::BlockPublicAccess);
                first.is_read(layer) && first.denies_nothing(layer) && !blocks_public
            }
            Some(Reason::NoAllow(layer)) => first.is_read(layer) && (first.allows(layer) || allowed(first)),
            Some(
                Reason::SomeExplicitDeny
                | Reason::PublicAclBlocked
                | Reason::PublicPolicyBlocked
                | Reason::CustomerKeyBlocked
                | Reason::ObjectLocked,
            ) => false,
            None => self.denial.message.reason.is_none() && self.requests.iter().all(allowed),
        }
    }

    /// Whether AWS's message gives this reason. It speaks of the first authorization.
    #[must_use]
    pub fn states(&self, request: usize, reason: Reason) -> bool {
        request == 0 && self.is_about_first() && self.denial.message.reason == Some(reason)
    }

    /// Whether AWS's message says of this authorization that a layer does not allow it.
    #[must_use]
    pub fn states_no_allow(&self, request: usize) -> bool {
        request == 0 && self.is_about_first() && matches!(self.denial.message.reason, Some(Reason::NoAllow(_)))
    }

    /// Whether the message speaks of the first authorization; a message without an action speaks of the call.
    fn is_about_first(&self) -> bool {
        let stated = self.denial.message.action.as_deref();
        let first = self.requests.first().map(|first| first.request.action.name());
        stated.zip(first).is_none_or(|(stated, first)| stated.eq_ignore_ascii_case(first))
    }
}

impl<'e> Assessed<'e> {
    fn new(request: &Request, denial: &Denial, evidence: &'e Evidence) -> Self {
        let request = complete(request, evidence, &denial.region);
        let world = World::new(&request, evidence, &denial.region);
        let evaluation = evaluate(&request, &world);
        Self { request, world, evaluation }
    }

    fn outcome(&self, layer: Layer) -> Option<Outcome> {
        self.evaluation.outcomes.iter().find(|row| row.0 == layer).map(|row| row.1)
    }

    /// The request passes the layer, and all of it could be read.
    fn is_read(&self, layer: Layer) -> bool {
        self.layer(layer).is_some_and(|input| input.gaps().next().is_none())
    }

    fn denies_nothing(&self, layer: Layer) -> bool {
        self.outcome(layer).is_none_or(|outcome| outcome.deny == Truth::False)
    }

    fn allows(&self, layer: Layer) -> bool {
        self.outcome(layer).is_some_and(|outcome| outcome.allow.any() == Truth::True)
    }

    fn object_is_there(&self, diagnosis: &Diagnosis<'_>) -> bool {
        let target = self.request.s3.as_ref();
        let question = target.and_then(|target| {
            let bucket = bucket_ref(target, &diagnosis.denial.region)?;
            Some(object_questions(target, &bucket)?.0)
        });
        question.is_some_and(|question| matches!(diagnosis.evidence.fact(&question, Answer::as_object), Fact::Known(_)))
    }

    /// A layer of the request, if it passes that layer.
    #[must_use]
    pub fn layer(&self, layer: Layer) -> Option<&Input<'e>> {
        self.world.inputs.iter().find(|input| input.layer == layer)
    }
}
