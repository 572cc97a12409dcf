//! Which layers a request passes, and what is known of each. What is not known yet is a question.

mod access_grants;
mod identity;
mod organization;
mod resource;
mod s3;

use super::layer::{Body, Gap, Input, Outcome, Source};
use super::principal::Named;
use super::service::exempt::is_root_taking_a_role;
use super::service::keys::is_kept_to_the_account;
use super::service::s3::BlockSetting;
use super::statement::Shape;
use crate::evidence::{Answer, Evidence, Fact, Lookup, Question, Why};
use crate::layer::Layer;
use crate::policy::Policy;
use crate::request::{Makes, Request};
use crate::truth::Truth;

pub(crate) use access_grants::question as access_grants_question;
pub(super) use identity::session_question;
pub use resource::may_be_gateway;
pub(crate) use resource::{endpoint_question, key_ref, role_entity};
pub(super) use s3::acls_may_count;
pub(crate) use s3::{access_point_ref, bucket_ref, object_owner, object_questions, object_ref};

/// All that decides a request.
#[derive(Debug)]
pub struct World<'e> {
    /// The layers, in the order in which AWS checks them.
    pub inputs: Vec<Input<'e>>,
    /// The object belongs to another account than its bucket, and ACLs count.
    pub foreign: Truth,
    /// The resource's policy must allow even in the same account.
    pub needs_grant: bool,
    /// What grants of a KMS key allow.
    pub granted: Named,
    /// The settings of Block Public Access that deny the request, or may.
    pub blocked: Vec<(BlockSetting, Truth)>,
}

impl<'e> World<'e> {
    /// The world of a request, as far as the evidence shows it. `region` is where the call went.
    #[must_use]
    pub fn new(request: &Request, evidence: &'e Evidence, region: &str) -> Self {
        Self::look(request, &Lookup::new(evidence), region)
    }

    /// The same, noting the questions that are open.
    #[must_use]
    pub fn look(request: &Request, lookup: &Lookup<'e>, region: &str) -> Self {
        let mut world = Self {
            inputs: Vec::new(),
            foreign: Truth::False,
            needs_grant: needs_grant(request),
            granted: Named::NO,
            blocked: Vec::new(),
        };
        // No policy is looked at for what AWS never does.
        if is_root_taking_a_role(request) {
            world.inputs.push(rule(Layer::RootCaller, Outcome::DENY));
            return world;
        }
        if is_kept_to_the_account(request) {
            world.inputs.push(rule(Layer::KeyOperation, Outcome::DENY));
            return world;
        }
        world.inputs.extend(organization::scps(request, lookup));
        world.inputs.extend(organization::rcps(request, lookup));
        world.inputs.extend(resource::endpoint(request, lookup, region));
        match &request.s3 {
            Some(target) if target.makes == Makes::Bucket => {}
            Some(target) => s3::layers(request, target, lookup, region, &mut world),
            None => {
                world.inputs.extend(resource::policy(request, lookup, region));
                world.inputs.extend(resource::unread_of_access_point(request));
                world.inputs.extend(resource::key_of_table(request));
                world.inputs.extend(access_grants::layer(request, lookup));
                world.granted = resource::grants(request, lookup, region);
            }
        }
        identity::layers(request, lookup, region, &mut world.inputs);
        world
    }

    /// Whether a policy of any layer names a condition key that starts with `prefix`, which is in lower case.
    #[must_use]
    pub fn mentions(&self, prefix: &str) -> bool {
        let policies = self.inputs.iter().flat_map(Input::sources).filter_map(|source| source.content.as_ref().ok());
        policies.flat_map(|policy| &policy.statements).any(|statement| statement.mentions(prefix))
    }
}

/// What resource control policies leave alone, whoever asks.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
#[must_use]
pub fn is_beyond_rcps(request: &Request) -> bool {
    request.action.folded() == "kms:retiregrant"
}

/// Keys and roles open only to whom their own policy lets in, the key's or role's own account included.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
#[must_use]
pub fn needs_grant(request: &Request) -> bool {
    request.action.service() == "kms" || is_for_trust_policy(request)
}

/// Whether a role's trust policy decides on the request: taking the role, and what is passed with it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html>
#[must_use]
pub(crate) fn is_for_trust_policy(request: &Request) -> bool {
    let action = request.action.folded();
    action.starts_with("sts:assumerole") || matches!(action, "sts:tagsession" | "sts:setsourceidentity")
}

fn rule<'e>(layer: Layer, outcome: Outcome) -> Input<'e> {
    Input { layer, body: Body::Rule(outcome) }
}

fn policies(layer: Layer, shape: Shape, sources: Vec<Source<'_>>) -> Input<'_> {
    Input { layer, body: Body::Policies { shape, levels: vec![sources] } }
}

/// A layer that applies, and of which nothing is known.
fn unknown<'e>(layer: Layer, shape: Shape, label: &str, question: Option<Question>, why: Why) -> Input<'e> {
    policies(layer, shape, vec![missing(label, question, why)])
}

/// Policies that could not be read.
fn missing<'e>(label: &str, question: Option<Question>, why: Why) -> Source<'e> {
    Source { label: label.to_owned(), content: Err(Gap { question, why }) }
}

/// The policy that answers a question; `None` if there is none.
fn source<'e>(label: String, question: Question, lookup: &Lookup<'e>) -> Option<Source<'e>> {
    let content: Result<&Policy, Gap> = match lookup.fact(&question, Answer::as_policy) {
        Fact::Known(policy) => Ok(policy),
        Fact::Absent => return None,
        Fact::Unreadable(why) => Err(Gap { question: Some(question), why }),
    };
    Some(Source { label, content })
}
