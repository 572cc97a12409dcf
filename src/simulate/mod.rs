//! Decisions for requests that bring their own policies: a line of JSON in, a line of JSON out.

mod cache;
mod fault;
mod line;

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use self::cache::PolicyCache;
use self::fault::fault;
use self::line::Line;
use crate::arn::{Arn, NotAnArn};
use crate::evaluate::{
    Blocker, Body, Evaluation, Input, Outcome, Shape, Source, World, evaluate, granted, is_beyond_rcps,
    is_kept_to_the_account, is_public, is_root_taking_a_role, may_be_gateway, needs_grant,
};
use crate::layer::Layer;
use crate::policy::{Policy, Severity};
use crate::report::{StatementReport, not_understood, shown, statements};
use crate::request::{Action, Context, Key, Principal, PrincipalKind, Request, Resource};
use crate::truth::Truth;

/// How long an error may be.
const ERROR_MAX: usize = 400;

/// Answers lines. Keeps what it compiled, so one simulator serves many lines, on all threads.
#[derive(Debug, Default)]
pub struct Simulator {
    cache: PolicyCache,
}

/// The answer to a line.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    id: &'a serde_json::Value,
    decision: &'static str,
    possible: Vec<&'static str>,
    blocked_by: Vec<Layer>,
    layers: Vec<LayerAnswer>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LayerAnswer {
    layer: Layer,
    decision: &'static str,
    statements: Vec<StatementReport>,
}

/// The answer to a line that cannot be read.
#[derive(Debug, Serialize)]
struct Failed {
    id: serde_json::Value,
    error: String,
}

/// The policies of a layer, and how reports name them.
type Sources = Vec<(String, Arc<Policy>)>;

/// The layers of a line, with the policies that they borrow from.
struct Layers(Vec<(Layer, Shape, Vec<Sources>)>);

impl Simulator {
    /// The answer to a line: a decision with the layers that made it, or what is wrong with the line.
    #[must_use]
    pub fn answer(&self, line: &str) -> String {
        self.decide(line).unwrap_or_else(|error| {
            let id = serde_json::from_str::<serde_json::Value>(line).ok().and_then(|v| v.get("id").cloned());
            // Names in it are others': on one line, and of a length to be read.
            json(&Failed { id: id.unwrap_or_default(), error: shown(&error, ERROR_MAX) })
        })
    }

    fn decide(&self, text: &str) -> Result<String, String> {
        let line: Line<'_> = serde_json::from_str(text).map_err(|_| fault(text))?;
        let request = request(&line)?;
        let layers = self.layers(&line, &request);
        let mut inputs = layers.inputs();
        if let Some(outcome) = block_public_access(&line, &request, &layers) {
            inputs.insert(0, Input { layer: Layer::BlockPublicAccess, body: Body::Rule(outcome) });
        }
        // No policy is looked at for what AWS never does.
        if is_root_taking_a_role(&request) {
            inputs = vec![Input { layer: Layer::RootCaller, body: Body::Rule(Outcome::DENY) }];
        }
        if is_kept_to_the_account(&request) {
            inputs = vec![Input { layer: Layer::KeyOperation, body: Body::Rule(Outcome::DENY) }];
        }
        let granted = granted(&line.kms_grants, &request);
        let needs_grant = needs_grant(&request);
        let world = World { inputs, foreign: Truth::False, needs_grant, granted, blocked: Vec::new() };
        let evaluation = evaluate(&request, &world);
        let layers = world.inputs.iter().zip(&evaluation.outcomes).map(|(input, (layer, outcome))| LayerAnswer {
            layer: *layer,
            decision: outcome.possible().decision(),
            statements: statements(input, &request),
        });
        Ok(json(&Answer {
            id: &line.id,
            decision: evaluation.possible.decision(),
            possible: evaluation.possible.names(),
            blocked_by: blocked_by(&evaluation),
            layers: layers.collect(),
            notes: notes(&world),
        }))
    }

    fn layers(&self, line: &Line<'_>, request: &Request) -> Layers {
        let mut layers = Vec::new();
        let caller = &request.principal;
        let nobody = matches!(caller.kind, PrincipalKind::Anonymous | PrincipalKind::Service(_));
        let levels = |cache: &PolicyCache, levels: &[Vec<line::Named<'_>>]| -> Vec<Sources> {
            levels.iter().map(|level| sources(cache, level)).collect()
        };
        if let Some(scps) = line.service_control_policies.as_ref().filter(|_| !nobody && !caller.is_service_linked()) {
            layers.push((Layer::Scp, Shape::Identity, levels(&self.cache, scps)));
        }
        if let Some(rcps) =
            line.resource_control_policies.as_ref().filter(|_| !caller.is_service_linked() && !is_beyond_rcps(request))
        {
            layers.push((Layer::Rcp, Shape::Resource, levels(&self.cache, rcps)));
        }
        let mut single = |layer, shape, label: &str, document: Option<&RawValue>| {
            let sources = document.map(|document| (label.to_owned(), self.cache.policy(document.get())));
            layers.push((layer, shape, vec![sources.into_iter().collect()]));
        };
        if line.vpc_endpoint_policy.is_some() {
            let shape = if may_be_gateway(request) { Shape::Endpoint } else { Shape::Resource };
            single(Layer::VpcEndpointPolicy, shape, "vpc-endpoint", line.vpc_endpoint_policy);
        }
        let (layer, shape) = resource_side(request);
        // Without a policy, a resource lets in nobody from another account.
        let foreign = request.same_account() == Some(false);
        if line.resource_policy.is_some() || needs_grant(request) || foreign {
            single(layer, shape, &line.resource.arn, line.resource_policy);
        }
        // Root users have no policies of their own, and these callers belong to no account.
        if nobody || matches!(caller.kind, PrincipalKind::Root | PrincipalKind::Provider(_)) {
            return Layers(layers);
        }
        let identity = line.identity_policies.as_deref().unwrap_or_default();
        layers.push((Layer::IdentityPolicy, Shape::Identity, vec![sources(&self.cache, identity)]));
        if let Some(boundary) = &line.permissions_boundary {
            let policies = sources(&self.cache, std::slice::from_ref(boundary));
            layers.push((Layer::PermissionsBoundary, Shape::Identity, vec![policies]));
        }
        // A federated user's session without a policy is one with an empty list.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getfederationtoken.html
        let federated = matches!(caller.kind, PrincipalKind::FederatedUser { .. });
        if let Some(session) = line.session_policies.as_deref().or_else(|| federated.then_some(&[])) {
            layers.push((Layer::SessionPolicy, Shape::Identity, vec![sources(&self.cache, session)]));
        }
        Layers(layers)
    }
}

impl Layers {
    fn inputs(&self) -> Vec<Input<'_>> {
        let mut inputs = Vec::with_capacity(self.0.len() + 1);
        for (layer, shape, levels) in &self.0 {
            let levels = levels.iter().map(borrow).collect();
            inputs.push(Input { layer: *layer, body: Body::Policies { shape: *shape, levels } });
        }
        inputs
    }
}

fn borrow(sources: &Sources) -> Vec<Source<'_>> {
    sources.iter().map(|(label, policy)| Source { label: label.clone(), content: Ok(&**policy) }).collect()
}

fn sources(cache: &PolicyCache, policies: &[line::Named<'_>]) -> Sources {
    policies.iter().map(|policy| (policy.name.clone(), cache.policy(policy.document.get()))).collect()
}

/// What could not be understood in the policies, and where.
fn notes(world: &World<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    for source in world.inputs.iter().flat_map(Input::sources) {
        let Ok(policy) = source.content else { continue };
        for problem in policy.problems.iter().filter(|problem| problem.severity == Severity::Broken) {
            // Names are others': on one line, and of a length to be read.
            let note = shown(&not_understood(&source.label, problem), ERROR_MAX);
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

/// The resource's own policy, by the kind of resource.
fn resource_side(request: &Request) -> (Layer, Shape) {
    match request.action.service() {
        "kms" => (Layer::KmsKeyPolicy, Shape::Resource),
        "sts" if needs_grant(request) => (Layer::TrustPolicy, Shape::Trust),
        _ => (Layer::ResourcePolicy, Shape::Resource),
    }
}

/// `RestrictPublicBuckets`; the other settings concern ACLs and new policies, which a line does not bring.
fn block_public_access(line: &Line<'_>, request: &Request, layers: &Layers) -> Option<Outcome> {
    let block = line.block_public_access.filter(|_| request.action.service() == "s3")?;
    let policy = layers.0.iter().find(|row| row.0 == Layer::ResourcePolicy).and_then(|row| row.2.first()?.first());
    let public = policy.map_or(Truth::False, |(_, policy)| is_public(policy));
    let outside = match (&request.principal.kind, request.same_account()) {
        (PrincipalKind::Service(_), _) => Truth::False,
        (_, Some(same)) => (!same).into(),
        (_, None) => Truth::Unknown,
    };
    Some(Outcome { deny: outside.and(public).and(block.restrict_public_buckets.into()), ..Outcome::PASS })
}

fn request(line: &Line<'_>) -> Result<Request, String> {
    let Some(mut principal) = Principal::parse(&line.principal) else {
        return Err(format!(
            "`{}` is not a principal: give the ARN of a user, role, session, root user or identity provider, a service's name, or `anonymous`",
            line.principal
        ));
    };
    if !line.action.contains(':') {
        return Err(format!("`{}` is not an action: give one like `s3:GetObject`", line.action));
    }
    let arn = match line.resource.arn.as_str() {
        "*" => None,
        text => Some(text.parse().map_err(|error: NotAnArn| format!("{error}: give one, or `*`"))?),
    };
    principal.account = line.principal_account.or(principal.account);
    let context = context(line, arn.as_ref());
    principal.learn(&context);
    principal.bounded = line.permissions_boundary.is_some().into();
    let account = line.resource.account.or_else(|| arn.as_ref().and_then(Arn::account));
    let resource = Resource { none: arn.is_none(), arn, account };
    Ok(Request::new(principal, Action::new(&line.action), resource, context))
}

fn context(line: &Line<'_>, arn: Option<&Arn>) -> Context {
    let mut context = Context::new(Key::Absent);
    for (name, value) in &line.principal_tags {
        context.set(&format!("aws:PrincipalTag/{name}"), Key::one(value));
    }
    for (name, values) in &line.context {
        context.set(name, Key::Present(values.texts()));
    }
    for name in &line.unknown_context {
        context.set(name, Key::Unknown);
    }
    // Without ABAC, a bucket's tags are in no request: https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
    if line.bucket_abac == Some(false) && arn.is_some_and(|arn| arn.service() == "s3") {
        context.remove_family("aws:ResourceTag/");
        context.remove_family("s3:BucketTag/");
    }
    context
}

/// The layers that deny for sure, each once.
fn blocked_by(evaluation: &Evaluation) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    for Blocker { layer, .. } in evaluation.blockers.iter().filter(|blocker| blocker.certain) {
        if !layers.contains(layer) {
            layers.push(*layer);
        }
    }
    layers
}

fn json<T: Serialize>(value: &T) -> String {
    // Text, numbers and lists only: this cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}
