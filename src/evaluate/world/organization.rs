//! Service and resource control policies, at every level from the root down to the account.
//!
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>,
//! <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>

use super::{is_beyond_rcps, missing, source, unknown};
use crate::arn::{AccountId, Arn};
use crate::evaluate::layer::{Body, Input, Source};
use crate::evaluate::statement::Shape;
use crate::evidence::{Answer, ControlPolicy, Fact, Lookup, OrganizationPath, Question, Why};
use crate::layer::Layer;
use crate::request::Request;

/// The service control policies of the caller's account; `None` where they leave the caller alone.
pub(super) fn scps<'e>(request: &Request, lookup: &Lookup<'e>) -> Option<Input<'e>> {
    let caller = &request.principal;
    let account = caller.account.filter(|_| !caller.is_service_linked())?;
    control_policies(account, ControlPolicy::Scp, lookup)
}

/// The resource control policies of the resource's account; `None` where they leave the request alone.
pub(super) fn rcps<'e>(request: &Request, lookup: &Lookup<'e>) -> Option<Input<'e>> {
    if request.principal.is_service_linked() || is_beyond_rcps(request) {
        return None;
    }
    let Some(account) = request.resource.account else {
        let label = "resource control policies";
        return Some(unknown(Layer::Rcp, Shape::Resource, label, None, Why::AccountUnknown));
    };
    control_policies(account, ControlPolicy::Rcp, lookup)
}

fn control_policies<'e>(account: AccountId, kind: ControlPolicy, lookup: &Lookup<'e>) -> Option<Input<'e>> {
    let (layer, shape, label) = match kind {
        ControlPolicy::Scp => (Layer::Scp, Shape::Identity, "service control policies"),
        ControlPolicy::Rcp => (Layer::Rcp, Shape::Resource, "resource control policies"),
    };
    let question = Question::OrganizationPath { account };
    let path = match lookup.fact(&question, Answer::as_organization_path) {
        Fact::Known(path) => path,
        // The account may be in an organization of its own, with policies of its own.
        Fact::Absent => return Some(unknown(layer, shape, label, Some(question), Why::OtherOrganization)),
        Fact::Unreadable(why) => return Some(unknown(layer, shape, label, Some(question), why)),
    };
    if path.management == account || !is_enabled(path, kind) {
        return None;
    }
    let own = account.to_string();
    let targets = path.parents.iter().chain([&own]);
    let levels = targets.map(|target| level(target, kind, label, lookup)).collect();
    Some(Input { layer, body: Body::Policies { shape, levels } })
}

fn is_enabled(path: &OrganizationPath, kind: ControlPolicy) -> bool {
    match kind {
        ControlPolicy::Scp => path.scps,
        ControlPolicy::Rcp => path.rcps,
    }
}

/// The policies attached to one root, unit or account.
fn level<'e>(target: &str, kind: ControlPolicy, label: &str, lookup: &Lookup<'e>) -> Vec<Source<'e>> {
    let question = Question::ControlPolicies { target: target.to_owned(), kind };
    let unread = |question, why| vec![missing(&format!("{label} of {target}"), Some(question), why)];
    let arns = match lookup.fact(&question, Answer::as_names) {
        Fact::Known(arns) => arns,
        Fact::Absent => return unread(question, Why::Gone),
        Fact::Unreadable(why) => return unread(question, why),
    };
    let mut sources = Vec::new();
    for text in arns {
        match text.parse::<Arn>() {
            Ok(arn) => sources.extend(source(text.clone(), Question::OrganizationPolicy { arn }, lookup)),
            Err(_) => sources.push(missing(text, Some(question.clone()), Why::Garbled)),
        }
    }
    sources
}
