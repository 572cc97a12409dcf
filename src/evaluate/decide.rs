//! Layers to a decision.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>

use super::Possible;
use super::layer::{Input, Outcome};
use super::principal::Named;
use super::service::keys::is_kept_to_the_account;
use super::world::World;
use crate::layer::Layer;
use crate::request::Request;
use crate::truth::Truth;

/// What all layers say of a request.
#[derive(Debug)]
pub struct Evaluation {
    /// The decisions that are possible.
    pub possible: Possible,
    /// The same without the layers that are not read by design.
    pub possible_as_read: Possible,
    /// What each layer says, in the order in which they are checked.
    pub outcomes: Vec<(Layer, Outcome)>,
    /// The layers without which the request would be allowed.
    pub blockers: Vec<Blocker>,
}

/// A layer that denies, or may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocker {
    /// The layer.
    pub layer: Layer,
    /// In which way.
    pub kind: BlockerKind,
    /// It denies whatever the unknown facts are.
    pub certain: bool,
}

/// How a layer denies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockerKind {
    /// A statement denies.
    ExplicitDeny,
    /// No statement allows.
    NoAllow,
}

/// Layers that limit: each that applies must allow, and none of them grants.
pub(super) const LIMITS: &[Layer] =
    &[Layer::Scp, Layer::VpcEndpointPolicy, Layer::PermissionsBoundary, Layer::SessionPolicy];

/// The resource's own policy, by the kind of resource.
pub(super) const RESOURCE_SIDE: &[Layer] =
    &[Layer::ResourcePolicy, Layer::AccessPointPolicy, Layer::KmsKeyPolicy, Layer::TrustPolicy];

/// The policies of the caller itself.
pub(super) const IDENTITY_SIDE: &[Layer] = &[Layer::IdentityPolicy, Layer::KmsIdentityPolicy];

/// Evaluates a request in its world.
#[must_use]
pub fn evaluate(request: &Request, world: &World<'_>) -> Evaluation {
    let outcomes = outcomes(request, world);
    let asked = |input: &Input<'_>| !input.gaps().any(|gap| gap.why.is_by_design());
    let read = |layer: Layer| world.inputs.iter().any(|input| input.layer == layer && asked(input));
    let mut evaluation =
        Evaluation { possible: Possible::NOTHING, possible_as_read: Possible::NOTHING, outcomes, blockers: Vec::new() };
    let mut first = true;
    for rules in Rules::all(request, world) {
        let possible = rules.decide(&evaluation.outcomes);
        let blockers = if possible == Possible::ALLOWED { Vec::new() } else { rules.blockers(&evaluation.outcomes) };
        evaluation.possible = evaluation.possible.or(possible);
        evaluation.possible_as_read = evaluation.possible_as_read.or(rules.decide_as_read(&evaluation.outcomes, read));
        evaluation.blockers = if first { blockers } else { either(&evaluation.blockers, &blockers) };
        first = false;
    }
    evaluation
}

/// The decisions that are possible for a request in its world, and nothing else about it.
#[must_use]
pub fn possible(request: &Request, world: &World<'_>) -> Possible {
    let outcomes = outcomes(request, world);
    Rules::all(request, world).map(|rules| rules.decide(&outcomes)).fold(Possible::NOTHING, Possible::or)
}

/// What each layer says.
fn outcomes(request: &Request, world: &World<'_>) -> Vec<(Layer, Outcome)> {
    let kept = is_kept_to_the_account(request);
    let of = |input: &Input<'_>| {
        let outcome = input.outcome(request);
        let lets_nobody_in = kept && input.layer == Layer::KmsKeyPolicy;
        (input.layer, if lets_nobody_in { Outcome { allow: Named::NO, ..outcome } } else { outcome })
    };
    world.inputs.iter().map(of).collect()
}

/// The blockers of two views of a request; certain are those that are so in both.
fn either(one: &[Blocker], other: &[Blocker]) -> Vec<Blocker> {
    let same = |a: &Blocker, b: &Blocker| a.layer == b.layer && a.kind == b.kind;
    let certain_in = |list: &[Blocker], b: &Blocker| list.iter().any(|x| same(x, b) && x.certain);
    let mut merged: Vec<Blocker> =
        one.iter().map(|b| Blocker { certain: b.certain && certain_in(other, b), ..*b }).collect();
    let more = other.iter().filter(|b| !one.iter().any(|known| same(known, b)));
    merged.extend(more.map(|b| Blocker { certain: false, ..*b }));
    merged
}

/// What decides how layers are put together.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own, and none excludes another")]
pub(super) struct Rules {
    /// The caller's account owns the resource.
    same_account: bool,
    /// The object belongs to another account than its bucket, and ACLs count.
    foreign: bool,
    /// The resource's policy must allow even in the same account.
    needs_grant: bool,
    /// What grants of a KMS key allow.
    granted: Named,
    /// The request came through an access point: see [`Request::is_behind_access_point`].
    delegated: bool,
}

impl Rules {
    /// What is not known splits the world: what holds in every part of it is certain.
    pub(super) fn all(request: &Request, world: &World<'_>) -> impl Iterator<Item = Self> {
        let (needs_grant, granted, is_foreign) = (world.needs_grant, world.granted, world.foreign);
        let delegated = request.is_behind_access_point();
        let same = request.same_account();
        let parts = [(true, true), (true, false), (false, true), (false, false)];
        parts
            .into_iter()
            .filter(move |(same_account, foreign)| {
                same.is_none_or(|same| same == *same_account)
                    && (is_foreign == Truth::Unknown || is_foreign == (*foreign).into())
            })
            .map(move |(same_account, foreign)| Self { same_account, foreign, needs_grant, granted, delegated })
    }

    /// Whether the object belongs to another account than its bucket.
    pub(super) fn is_foreign(self) -> bool {
        self.foreign
    }

    pub(super) fn decide(self, outcomes: &[(Layer, Outcome)]) -> Possible {
        self.decide_as_read(outcomes, |_| true)
    }

    /// The same without the layers that no question asks for.
    fn decide_as_read(self, outcomes: &[(Layer, Outcome)], read: impl Fn(Layer) -> bool) -> Possible {
        let counted = || outcomes.iter().filter(|row| read(row.0));
        let deny = Truth::any(counted().map(|(_, outcome)| outcome.deny));
        Possible::of(deny, self.allow(|layer| counted().find(|row| row.0 == layer).map(|row| row.1.allow)))
    }

    /// Whether the request is allowed, explicit denies aside. `of` is what a layer allows, if it applies.
    fn allow(self, of: impl Fn(Layer) -> Option<Named>) -> Truth {
        // A layer that does not apply lets everything pass.
        let passes = |layer: Layer| of(layer).map_or(Truth::True, Named::any);
        let resource = RESOURCE_SIDE.iter().find_map(|layer| of(*layer)).unwrap_or(Named::NO).or(self.granted);
        let acl = of(Layer::Acl).unwrap_or(Named::NO);
        let gate = passes(Layer::Scp).and(passes(Layer::VpcEndpointPolicy));
        let session = passes(Layer::PermissionsBoundary).and(passes(Layer::SessionPolicy));
        let unsure = if self.delegated { Truth::Unknown } else { Truth::False };
        let own = Truth::all(IDENTITY_SIDE.iter().map(|layer| passes(*layer))).or(unsure).and(session);
        let by_policy = if self.same_account {
            let named = resource.direct.or(resource.role.and(session));
            if self.needs_grant { named.or(resource.account.and(own)) } else { named.or(own) }
        } else {
            own.and(resource.any())
        };
        // ACLs grant to accounts, whose own policies must allow as well, and to everyone. Whether the latter serves a
        // caller whose own policies are silent, no page of AWS's says.
        let by_acl = own.and(acl.any()).or(acl.direct.and(Truth::Unknown));
        gate.and(if self.foreign { by_acl } else { by_policy.or(by_acl) })
    }

    /// Which layers deny on their own: with every other layer out of the way, the request is still not allowed.
    fn blockers(self, outcomes: &[(Layer, Outcome)]) -> Vec<Blocker> {
        let mut blockers = Vec::new();
        for (layer, outcome) in outcomes {
            if outcome.deny.possible() {
                let certain = outcome.deny == Truth::True;
                blockers.push(Blocker { layer: *layer, kind: BlockerKind::ExplicitDeny, certain });
            }
            let may_lack = self.may_lack_allow(*layer, outcomes);
            if may_lack.possible() {
                let possible = Possible::of(Truth::False, self.allow(|other| self.alone(*layer, other, outcomes)));
                if possible.includes(Possible::IMPLICIT_DENY) {
                    let certain = possible.is_denied() && may_lack == Truth::True;
                    blockers.push(Blocker { layer: *layer, kind: BlockerKind::NoAllow, certain });
                }
            }
        }
        blockers
    }

    /// Whether the lack of an allow in this layer can deny by itself.
    fn may_lack_allow(self, layer: Layer, outcomes: &[(Layer, Outcome)]) -> Truth {
        let needs_policy = self.needs_grant || (!self.same_account && !self.foreign);
        // A key or a role that does not leave it to its account is not opened by the account's own policies.
        let of_resource =
            outcomes.iter().find(|row| RESOURCE_SIDE.contains(&row.0)).map_or(Named::NO, |row| row.1.allow);
        if IDENTITY_SIDE.contains(&layer) {
            let always = Truth::from(!self.needs_grant || !self.same_account);
            return always.or(of_resource.or(self.granted).account);
        }
        let limits = LIMITS.contains(&layer);
        let grants = RESOURCE_SIDE.contains(&layer) && needs_policy;
        (limits || grants || (layer == Layer::Acl && self.foreign)).into()
    }

    /// What a layer allows where every layer but one is out of the way. Grants to the caller itself in the resource's
    /// policy or ACL stay as they are: they could stand in for the layer in question.
    fn alone(self, layer: Layer, other: Layer, outcomes: &[(Layer, Outcome)]) -> Option<Named> {
        let allow = outcomes.iter().find(|row| row.0 == other)?.1.allow;
        let grants = other == Layer::Acl || (RESOURCE_SIDE.contains(&other) && self.same_account);
        Some(if other == layer || (other == Layer::Acl && RESOURCE_SIDE.contains(&layer)) {
            allow
        } else if grants {
            // An account that is let in still needs its own policies to allow, so this stands in for nothing.
            Named { account: Truth::True, ..allow }
        } else {
            Outcome::PASS.allow
        })
    }
}
