//! What the checks of policy layers share: which statements deny, and which comes closest to allowing.

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{Actual, Blocker, BlockerKind, Element, Input, Miss, StatementTrace};
use crate::event::Reason;
use crate::finding::{Cause, Confidence, Denying, Finding, Hint, NearMiss, Place};
use crate::layer::Layer;
use crate::policy::{Effect, PrincipalEntry};
use crate::request::Request;
use crate::truth::Truth;

/// Statements of the layer that deny an authorization of the call.
pub(super) fn explicit_deny(diagnosis: &Diagnosis<'_>, layer: Layer) -> Vec<Finding> {
    let stated = |index| diagnosis.states(index, Reason::ExplicitDeny(layer));
    findings(diagnosis, layer, BlockerKind::ExplicitDeny, |index, assessed, blocker, input| {
        let traces = input.traces(&assessed.request, Effect::Deny);
        let wanted = if blocker.certain { Truth::True } else { Truth::Unknown };
        let denying: Vec<_> = traces.iter().filter(|trace| trace.matches == wanted).collect();
        // Without a statement that may deny, only AWS's word speaks for a policy that we could not read.
        let confidence = match (blocker.certain, stated(index)) {
            (true, _) => Confidence::Certain,
            (false, true) => Confidence::Likely,
            // AWS names an explicit deny before anything else, and it named the lack of an allow.
            (false, false) if denying.is_empty() || diagnosis.states_no_allow(index) => return None,
            (false, false) => Confidence::Possible,
        };
        let places = denying.iter().flat_map(|trace| deny_places(trace, &assessed.request)).collect();
        let statements = denying.iter().map(|trace| denying_statement(trace, &assessed.request)).collect();
        let stated_policy = diagnosis.denial.message.policy.clone().filter(|_| stated(index));
        let cause = Cause::ExplicitDeny { layer, statements, stated_policy };
        Some(Finding { cause, confidence, request: index, places })
    })
}

/// No statement of the layer allows an authorization of the call.
pub(super) fn no_allow(diagnosis: &Diagnosis<'_>, layer: Layer) -> Vec<Finding> {
    findings(diagnosis, layer, BlockerKind::NoAllow, |index, assessed, blocker, input| {
        let traces = input.traces(&assessed.request, Effect::Allow);
        let may_allow = traces.iter().any(|trace| trace.matches == Truth::Unknown);
        let confidence = match (blocker.certain, diagnosis.states(index, Reason::NoAllow(layer))) {
            (true, _) => Confidence::Certain,
            (false, true) => Confidence::Likely,
            (false, false) if !may_allow => return None,
            (false, false) => Confidence::Possible,
        };
        // A limit says what it does allow; of the other layers a statement about something else says nothing.
        let limits = layer == Layer::PermissionsBoundary;
        let nearest = traces.first().filter(|_| limits).map(|trace| near_miss(trace, &assessed.request));
        let near = traces.iter().find(|trace| is_near(trace, &assessed.request));
        let near = near.map(|trace| near_miss(trace, &assessed.request));
        let mut places = near.as_ref().or(nearest.as_ref()).map(miss_places).unwrap_or_default();
        if places.is_empty() {
            let read = input.sources().find(|source| source.content.is_ok());
            places = read.map(|source| empty_place(&source.label, &assessed.request)).into_iter().collect();
        }
        let none_at_all = input.sources().next().is_none();
        Some(Finding { cause: Cause::NoAllow { layer, near, none_at_all }, confidence, request: index, places })
    })
}

/// Runs `find` for every authorization that the layer blocks in the given way.
fn findings<'d>(
    diagnosis: &'d Diagnosis<'_>,
    layer: Layer,
    kind: BlockerKind,
    find: impl Fn(usize, &'d Assessed<'_>, Blocker, &'d Input<'_>) -> Option<Finding>,
) -> Vec<Finding> {
    let of = |(index, assessed): (usize, &'d Assessed<'_>)| {
        let blocker = assessed.evaluation.blockers.iter().find(|b| b.layer == layer && b.kind == kind)?;
        find(index, assessed, *blocker, assessed.layer(layer)?)
    };
    diagnosis.requests.iter().enumerate().filter_map(of).collect()
}

fn denying_statement(trace: &StatementTrace<'_>, request: &Request) -> Denying {
    Denying {
        policy: trace.policy.to_owned(),
        statement: trace.statement.label(),
        conditions: deny_places(trace, request).into_iter().filter(|p| p.element.starts_with("Condition")).collect(),
        unknown: trace.misses(request),
    }
}

/// A denying statement by its conditions; without conditions, by its actions.
fn deny_places(trace: &StatementTrace<'_>, request: &Request) -> Vec<Place> {
    let place = |element: String, wanted: Vec<String>, actual: String| Place {
        policy: trace.policy.to_owned(),
        statement: trace.statement.label(),
        element,
        wanted: wanted.join(", "),
        actual,
    };
    let conditions = &trace.statement.conditions;
    if conditions.is_empty() {
        let negated = trace.statement.actions.negated;
        let name = if negated { "NotAction" } else { "Action" };
        let wanted = trace.statement.actions.patterns.iter().map(|p| p.text().to_owned()).collect();
        return vec![place(name.to_owned(), wanted, request.action.name().to_owned())];
    }
    conditions
        .iter()
        .map(|condition| {
            let element =
                Element::Condition { operator: condition.operator_text.clone(), key: condition.key_text.clone() };
            let actual = actual_text(&crate::evaluate::actual_value(condition, request));
            place(element.to_string(), condition.texts.clone(), actual)
        })
        .collect()
}

fn miss_places(near: &NearMiss) -> Vec<Place> {
    let place = |miss: &Miss| Place {
        policy: near.policy.clone(),
        statement: near.statement.clone(),
        element: miss.element.to_string(),
        wanted: miss.wanted.join(", "),
        actual: actual_text(&miss.actual),
    };
    near.misses.iter().map(place).collect()
}

fn empty_place(label: &str, request: &Request) -> Place {
    let action = request.action.name();
    let (policy, wanted) = (label.to_owned(), String::new());
    Place { policy, statement: String::new(), element: "Action".to_owned(), wanted, actual: action.to_owned() }
}

/// What the request has, in a report.
pub(super) fn actual_text(actual: &Actual) -> String {
    match actual {
        Actual::Values(values) => values.join(", "),
        Actual::Absent => "(not in the request)".to_owned(),
        Actual::Unknown => "(not known)".to_owned(),
    }
}

/// Whether a statement is close enough to be worth showing: it is about this service, and it fails in one element,
/// or in two and is about this action or resource.
fn is_near(trace: &StatementTrace<'_>, request: &Request) -> bool {
    let misses = trace.misses(request);
    let failed: Vec<_> = misses.iter().filter(|m| m.matches == Truth::False).map(|m| &m.element).collect();
    let service = format!("{}:", request.action.service());
    let of_service = trace.statement.actions.negated
        || trace.statement.actions.patterns.iter().any(|p| {
            let text = p.text().to_ascii_lowercase();
            text == "*" || text.starts_with(&service)
        });
    match failed.as_slice() {
        [] | [_] => of_service,
        [_, _] => of_service && !(failed.contains(&&Element::Action) && failed.contains(&&Element::Resource)),
        _ => false,
    }
}

fn near_miss(trace: &StatementTrace<'_>, request: &Request) -> NearMiss {
    NearMiss {
        policy: trace.policy.to_owned(),
        statement: trace.statement.label(),
        misses: trace.misses(request),
        hint: hint(trace, request),
    }
}

/// What the statement's author most likely got wrong. Only where one element is to blame.
fn hint(trace: &StatementTrace<'_>, request: &Request) -> Option<Hint> {
    let misses = trace.misses(request);
    let mut failed = misses.iter().filter(|miss| miss.matches == Truth::False);
    let miss = failed.next()?;
    if failed.next().is_some() {
        return None;
    }
    match &miss.element {
        Element::Action => Some(Hint::ActionMissing { action: request.action.name().to_owned() }),
        Element::Resource => miss.wanted.iter().find_map(|written| resource_hint(written, request)),
        Element::Principal => trace.statement.principals.as_ref()?.entries.iter().find_map(|entry| {
            if let PrincipalEntry::UniqueId(id) = entry {
                Some(Hint::DeletedPrincipal { id: id.clone() })
            } else {
                None
            }
        }),
        Element::Condition { key, .. } if miss.actual == Actual::Absent => Some(Hint::KeyAbsent { key: key.clone() }),
        Element::Condition { .. } | Element::Broken => None,
    }
}

fn resource_hint(written: &str, request: &Request) -> Option<Hint> {
    let wanted = request.resource.arn.as_ref()?;
    let covers = |text: &str| {
        crate::policy::ArnPattern::new(text, true).matches(wanted, &|_| crate::policy::Binding::Unknown).possible()
    };
    let written = written.to_owned();
    let meant: String = written.split_whitespace().collect();
    let meant = meant.replace("%20", "");
    if meant != written && covers(&meant) {
        return Some(Hint::SpaceInArn { written, meant });
    }
    let meant = format!("{}/*", written.trim_end_matches('/'));
    if wanted.resource().contains('/') && covers(&meant) {
        return Some(Hint::ObjectsMissing { written, meant });
    }
    if let Some((bucket, _)) = written.split_once('/')
        && !wanted.resource().contains('/')
        && covers(bucket)
    {
        return Some(Hint::BucketMissing { meant: bucket.to_owned(), written });
    }
    let (_, rest) = written.split_once(':')?;
    let (_, rest) = rest.split_once(':')?;
    let partition = wanted.partition().to_owned();
    covers(&format!("arn:{partition}:{rest}")).then_some(Hint::OtherPartition { written, partition })
}
