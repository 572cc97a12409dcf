//! What one layer says: the same loop for every kind of policy.

use super::principal::Named;
use super::statement::{self, Miss, Shape};
use crate::evidence::{Question, Why};
use crate::layer::Layer;
use crate::policy::{Effect, Policy, Statement, Version};
use crate::request::Request;
use crate::truth::Truth;

use super::Possible;

/// A layer that a request passes, and what is known of it.
#[derive(Debug)]
pub struct Input<'e> {
    /// Which layer.
    pub layer: Layer,
    /// What decides.
    pub body: Body<'e>,
}

/// What decides in a layer.
#[derive(Debug)]
pub enum Body<'e> {
    /// Policies. Each level must allow; most layers have one.
    Policies {
        /// Which elements they have.
        shape: Shape,
        /// The policies of each level.
        levels: Vec<Vec<Source<'e>>>,
    },
    /// No policies, but a rule of AWS's.
    Rule(Outcome),
}

/// One policy of a layer.
#[derive(Debug)]
pub struct Source<'e> {
    /// How reports name it: the policy's ARN, `inline:NAME`, or the resource's ARN.
    pub label: String,
    /// The policy, or why it could not be read.
    pub content: Result<&'e Policy, Gap>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The question without an answer; `None` for what this version does not ask.
    pub question: Option<Question>,
    /// Why.
    pub why: Why,
}

/// What a layer says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// A statement denies.
    pub deny: Truth,
    /// A statement of every level allows, and how it names the caller.
    pub allow: Named,
}

impl Outcome {
    /// The layer lets everything pass.
    pub const PASS: Self = Self { deny: Truth::False, allow: Named { direct: Truth::True, ..Named::NO } };
    /// The layer lets nothing pass.
    pub const DENY: Self = Self { deny: Truth::True, ..Self::PASS };
    /// The layer says nothing.
    pub const SILENT: Self = Self { deny: Truth::False, allow: Named::NO };

    /// The decisions of this layer alone.
    #[must_use]
    pub fn possible(self) -> Possible {
        Possible::of(self.deny, self.allow.any())
    }
}

impl Input<'_> {
    /// What the layer says.
    #[must_use]
    pub fn outcome(&self, request: &Request) -> Outcome {
        match &self.body {
            Body::Rule(outcome) => *outcome,
            Body::Policies { shape, levels } => {
                let mut deny = Truth::False;
                let mut allow: Option<Named> = None;
                for level in levels {
                    let outcome = level_outcome(level, request, *shape);
                    deny = deny.or(outcome.deny);
                    allow = Some(allow.map_or(outcome.allow, |before| before.and(outcome.allow.any())));
                }
                Outcome { deny, allow: allow.unwrap_or(Named::NO) }
            }
        }
    }

    /// How many levels the layer has: each must allow.
    #[must_use]
    pub fn levels(&self) -> usize {
        match &self.body {
            Body::Policies { levels, .. } => levels.len(),
            Body::Rule(_) => 1,
        }
    }

    /// The levels that do not allow the request, or may not: the place of each among all, and its policies.
    #[must_use]
    pub fn silent_levels(&self, request: &Request) -> Vec<(usize, &[Source<'_>])> {
        let Body::Policies { shape, levels } = &self.body else { return Vec::new() };
        let allows = |level: &[Source<'_>]| level_outcome(level, request, *shape).allow.any() == Truth::True;
        levels.iter().enumerate().filter(|row| !allows(row.1)).map(|(place, level)| (place, level.as_slice())).collect()
    }

    /// Every policy of the layer.
    pub fn sources(&self) -> impl Iterator<Item = &Source<'_>> {
        let levels: &[Vec<Source<'_>>] = match &self.body {
            Body::Policies { levels, .. } => levels,
            Body::Rule(_) => &[],
        };
        levels.iter().flatten()
    }

    /// What could not be read.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.sources().filter_map(|source| source.content.as_ref().err())
    }

    /// The statements with this effect that match or nearly do: those with the fewest misses first.
    #[must_use]
    pub fn traces(&self, request: &Request, effect: Effect) -> Vec<StatementTrace<'_>> {
        let Body::Policies { shape, levels } = &self.body else { return Vec::new() };
        let mut traces: Vec<_> = levels
            .iter()
            .enumerate()
            .flat_map(|(level, sources)| sources.iter().map(move |source| (level, source)))
            .filter_map(|(level, source)| Some((level, source, source.content.as_ref().ok()?)))
            .flat_map(|(level, source, policy)| policy.statements.iter().map(move |s| (level, source, policy, s)))
            .filter(|(_, _, _, statement)| statement.effect == effect)
            .map(|(level, source, policy, statement)| StatementTrace {
                policy: &source.label,
                version: policy.version,
                level,
                statement,
                shape: *shape,
                matches: statement::matches(statement, request, *shape).any(),
                distance: statement::distance(statement, request, *shape),
            })
            .collect();
        traces.sort_by_key(|trace| trace.distance);
        traces
    }
}

fn level_outcome(level: &[Source<'_>], request: &Request, shape: Shape) -> Outcome {
    let mut outcome = Outcome::SILENT;
    let service = request.action.service();
    for source in level {
        let Ok(policy) = &source.content else {
            outcome.deny = outcome.deny.or(Truth::Unknown);
            outcome.allow = outcome.allow.or(Named::UNKNOWN);
            continue;
        };
        let mut see = |statement: &Statement| {
            let names = statement::matches(statement, request, shape);
            if names == Named::NO {
                return;
            }
            match statement.effect {
                Effect::Deny => outcome.deny = outcome.deny.or(names.any()),
                Effect::Allow => outcome.allow = outcome.allow.or(names),
            }
        };
        // A guessed action may be of another service.
        if request.action.is_guessed() {
            policy.statements.iter().for_each(&mut see);
        } else {
            policy.statements_about(service).for_each(&mut see);
        }
        if policy.incomplete {
            outcome.deny = outcome.deny.or(Truth::Unknown);
            outcome.allow = outcome.allow.or(Named::UNKNOWN);
        }
    }
    outcome
}

/// A statement, and how far it is from matching.
#[derive(Debug)]
pub struct StatementTrace<'a> {
    /// How reports name its policy.
    pub policy: &'a str,
    /// The version of the policy's language.
    pub version: Version,
    /// The place of the policy's level.
    pub level: usize,
    /// The statement.
    pub statement: &'a Statement,
    /// Whether it matches.
    pub matches: Truth,
    /// How many elements fail, and how many are not known to match.
    pub distance: (usize, usize),
    shape: Shape,
}

impl StatementTrace<'_> {
    /// The elements that do not match, or may not.
    #[must_use]
    pub fn misses(&self, request: &Request) -> Vec<Miss> {
        statement::misses(self.statement, request, self.shape)
    }

    /// Whether the policy is that of a gateway endpoint, as far as is known.
    #[must_use]
    pub fn is_of_gateway(&self) -> bool {
        matches!(self.shape, Shape::Gateway | Shape::Endpoint)
    }

    /// The first element that does not match; if none is known to fail, the first that may not.
    #[must_use]
    pub fn first_failed(&self, request: &Request) -> Option<String> {
        statement::first_failed(self.statement, request, self.shape)
    }
}
