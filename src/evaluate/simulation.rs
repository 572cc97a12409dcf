//! What to ask IAM's policy simulator, where policies of the caller's side could not be read. It is another evaluator,
//! with the context that we give it: what it says is no input of this one.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html>

use std::collections::BTreeMap;

use super::layer::Input;
use super::world::World;
use crate::evidence::{Question, SimulationRef, Why};
use crate::layer::Layer;
use crate::request::{Context, Key, Origin, PrincipalKind, Request};

/// The layers that the simulator evaluates.
pub(crate) const LAYERS: &[Layer] =
    &[Layer::Scp, Layer::PermissionsBoundary, Layer::IdentityPolicy, Layer::KmsIdentityPolicy];

/// How long the name of a condition key may be.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ContextEntry.html>
const KEY_LENGTH: std::ops::RangeInclusive<usize> = 5..=256;

/// Whether the simulator may say something of a layer that the world has not read in full.
#[must_use]
pub(crate) fn is_unread(input: &Input<'_>) -> bool {
    LAYERS.contains(&input.layer) && input.gaps().next().is_some()
}

/// The question for a request; `None` if all that the simulator knows was read, if the caller is none that it takes, or
/// if nobody can ask in the caller's account.
#[must_use]
pub(crate) fn question(request: &Request, world: &World<'_>) -> Option<Question> {
    let caller = &request.principal;
    match caller.kind {
        PrincipalKind::User | PrincipalKind::RoleSession { .. } => {}
        // Sessions of federated users and services are not simulated, and root users have no policies.
        PrincipalKind::Root
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Provider(_)
        | PrincipalKind::Service(_)
        | PrincipalKind::Anonymous
        | PrincipalKind::OriginAccessIdentity
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => return None,
    }
    let assumed = request.origin == Origin::Encryption { assumed: true };
    if assumed || caller.is_service_linked() || request.action.is_guessed() {
        return None;
    }
    if !world.inputs.iter().any(is_unread) || world.inputs.iter().any(is_out_of_reach) {
        return None;
    }
    let resource = request.resource.arn.clone().filter(|arn| !arn.as_str().contains(['*', '?']));
    if resource.is_none() && !request.resource.none {
        return None;
    }
    let account = caller.entity()?.account;
    let context = known(&request.context);
    let action = request.action.name().to_owned();
    let caller = caller.policy_arn()?.clone();
    Some(Question::Simulation(SimulationRef { account, caller, action, resource, context }))
}

/// Whether a layer of the caller's own account could not be read for a reason that holds for the simulator as well.
fn is_out_of_reach(input: &Input<'_>) -> bool {
    let own = LAYERS.contains(&input.layer) && input.layer != Layer::Scp;
    own && input.gaps().any(|gap| match &gap.why {
        Why::AccessDenied | Why::Throttled | Why::Timeout | Why::Garbled => false,
        Why::Failed(code) => matches!(code.as_str(), "credentials" | "connection"),
        Why::NoReadRole
        | Why::NoManagementRole
        | Why::Deadline
        | Why::AccountUnknown
        | Why::CallerUnknown
        | Why::Gone
        | Why::OtherOrganization
        | Why::NoRecord
        | Why::NotShown
        | Why::NotRecorded
        | Why::NotAsked => true,
    })
}

/// The keys whose values are known. A key that is known to be absent, and one that is not known, are both left out: to the
/// simulator they are the same.
fn known(context: &Context) -> BTreeMap<String, Vec<String>> {
    let present = |(name, key): (&str, &Key)| match key {
        Key::Present(values) if !values.is_empty() && KEY_LENGTH.contains(&name.len()) => {
            Some((name.to_owned(), values.clone()))
        }
        Key::Present(_) | Key::Absent | Key::NotOf(_) | Key::Unknown => None,
    };
    context.iter().filter_map(present).collect()
}
