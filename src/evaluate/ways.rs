//! The ways out of a denial: the smallest sets of layers that would have to allow it.

use super::Possible;
use super::decide::{IDENTITY_SIDE, LIMITS, RESOURCE_SIDE, Rules};
use super::layer::Outcome;
use super::principal::Named;
use super::world::World;
use crate::layer::Layer;
use crate::request::Request;
use crate::truth::Truth;

/// An Allow that names the caller, and that a boundary and a session policy limit. An Allow by a user's own name would
/// pass them: that is no way to take.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
const NAMED: Named = Named { role: Truth::True, ..Named::NO };

/// The smallest sets of layers, each of which is enough: if every layer of one set allowed the request, and no statement
/// denied it, it would be allowed. Empty where it is allowed, or may be: what is not known is taken to be in its favour.
/// The shortest come first, and of these the ones by the caller's own policies.
#[must_use]
pub fn ways_out(request: &Request, world: &World<'_>, outcomes: &[(Layer, Outcome)]) -> Vec<Vec<Layer>> {
    let favoured: Vec<_> = outcomes.iter().map(|row| (row.0, favoured(row.1))).collect();
    let mut parts = Rules::all(request, world);
    let Some(rules) = parts.next() else { return Vec::new() };
    // Where it is not known whose the resource is, the ways differ.
    if parts.next().is_some() {
        return Vec::new();
    }
    let silent: Vec<Layer> =
        favoured.iter().filter(|row| can_be_mended(row.0, row.1, rules)).map(|row| row.0).collect();
    // Each layer is in a set or not: a bit each. There are never so many layers.
    let Some(sets) = u32::try_from(silent.len()).ok().and_then(|count| 1_u32.checked_shl(count)) else {
        return Vec::new();
    };
    let mut sets: Vec<u32> = (1..sets).collect();
    sets.sort_by_key(|set| set.count_ones());
    let mended = |set: u32| {
        let is_in = |layer: Layer| silent.iter().zip(0..).any(|(one, bit)| *one == layer && set & (1 << bit) != 0);
        favoured.iter().map(|(layer, outcome)| (*layer, mend(*layer, *outcome, is_in(*layer)))).collect::<Vec<_>>()
    };
    if rules.decide(&mended(0)).includes(Possible::ALLOWED) {
        return Vec::new();
    }
    let mut ways: Vec<u32> = Vec::new();
    for set in sets {
        let holds_another = ways.iter().any(|way| way & set == *way);
        if !holds_another && rules.decide(&mended(set)) == Possible::ALLOWED {
            ways.push(set);
        }
    }
    let of_caller =
        |set: &u32| silent.iter().zip(0..).any(|(layer, bit)| set & (1 << bit) != 0 && IDENTITY_SIDE.contains(layer));
    ways.sort_by_key(|way| (way.count_ones(), !of_caller(way)));
    let layers = |set: u32| silent.iter().zip(0..).filter(|(_, bit)| set & (1 << bit) != 0).map(|row| *row.0).collect();
    ways.into_iter().map(layers).collect()
}

/// The outcome, where all that is not known of it is in the request's favour.
fn favoured(outcome: Outcome) -> Outcome {
    let hoped = |truth: Truth| Truth::from(truth.possible());
    let Named { direct, role, account } = outcome.allow;
    Outcome {
        deny: Truth::from(outcome.deny == Truth::True),
        allow: Named { direct: hoped(direct), role: hoped(role), account: hoped(account) },
    }
}

/// Whether an Allow in the layer could change anything. A policy of the resource can name the caller even where it
/// already leaves it to the account. ACLs are a way only where nothing else is.
fn can_be_mended(layer: Layer, outcome: Outcome, rules: Rules) -> bool {
    if RESOURCE_SIDE.contains(&layer) {
        return outcome.allow.direct.or(outcome.allow.role) == Truth::False;
    }
    let counts =
        LIMITS.contains(&layer) || IDENTITY_SIDE.contains(&layer) || (layer == Layer::Acl && rules.is_foreign());
    counts && outcome.allow.any() == Truth::False
}

/// The outcome without its denials, and with an Allow if it is mended.
fn mend(layer: Layer, outcome: Outcome, mended: bool) -> Outcome {
    let more = match mended {
        false => Named::NO,
        true if RESOURCE_SIDE.contains(&layer) => NAMED,
        true => Outcome::PASS.allow,
    };
    Outcome { deny: Truth::False, allow: outcome.allow.or(more) }
}
