//! What the checks of policy layers share: which statements deny, and which comes closest to allowing.

use super::near_miss::{near_miss, nearest as nearest_of};
use super::trap::trap;
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{Actual, Blocker, BlockerKind, Element, Input, Miss, StatementTrace, actual_value, entry_text};
use crate::event::Reason;
use crate::evidence::{Answer, Question, Word};
use crate::finding::{Cause, Confidence, Denying, Finding, NearMiss, Place, Term};
use crate::layer::Layer;
use crate::policy::{Condition, Effect, Statement};
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
            (false, false) if diagnosis.states_no_allow(index) => return None,
            (false, false) => {
                let simulated = by_simulator(diagnosis, assessed, layer, Word::ExplicitDeny);
                simulated.or_else(|| (!denying.is_empty()).then_some(Confidence::Possible))?
            }
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
        // Of several levels, only those that do not allow are to blame.
        let silent = input.silent_levels(&assessed.request);
        let mut traces = input.traces(&assessed.request, Effect::Allow);
        traces.retain(|trace| silent.iter().any(|row| row.0 == trace.level));
        let may_allow = traces.iter().any(|trace| trace.matches == Truth::Unknown);
        let confidence = match (blocker.certain, diagnosis.states(index, Reason::NoAllow(layer))) {
            (true, _) => Confidence::Certain,
            (false, true) => Confidence::Likely,
            (false, false) => {
                let simulated = by_simulator(diagnosis, assessed, layer, Word::NoAllow);
                simulated.or_else(|| may_allow.then_some(Confidence::Possible))?
            }
        };
        // A limit says what it does allow; of the other layers a statement about something else says nothing.
        let limits = layer == Layer::PermissionsBoundary;
        let nearest = traces.first().filter(|_| limits).map(|trace| near_miss(trace, &assessed.request));
        let near = nearest_of(&traces, &assessed.request);
        let mut places = near.as_ref().or(nearest.as_ref()).map(miss_places).unwrap_or_default();
        let mut sources = silent.iter().flat_map(|row| row.1);
        if places.is_empty() {
            let read = sources.clone().find(|source| source.content.is_ok());
            places = read.map(|source| empty_place(&source.label, &assessed.request)).into_iter().collect();
        }
        let none_at_all = sources.next().is_none();
        let level = if input.levels() > 1 {
            silent.first().and_then(|row| level_name(diagnosis, assessed, row.0))
        } else {
            None
        };
        let cause = Cause::NoAllow { layer, level, near, none_at_all };
        Some(Finding { cause, confidence, request: index, places })
    })
}

/// How sure IAM's policy simulator makes it that a layer denies in one way. It does not know the whole of the request's
/// context, so it is never more than likely, and less where AWS's message gives another reason.
fn by_simulator(diagnosis: &Diagnosis<'_>, assessed: &Assessed<'_>, layer: Layer, way: Word) -> Option<Confidence> {
    let otherwise = diagnosis.denial.message.reason.is_some_and(|reason| reason != Reason::Unread);
    match diagnosis.simulated(assessed, layer)? {
        word if word == way => Some(if otherwise { Confidence::Possible } else { Confidence::Likely }),
        Word::Denies => Some(Confidence::Possible),
        Word::Allows | Word::ExplicitDeny | Word::NoAllow => None,
    }
}

/// The root, unit or account that a level of control policies is attached to.
fn level_name(diagnosis: &Diagnosis<'_>, assessed: &Assessed<'_>, level: usize) -> Option<String> {
    let account = assessed.request.principal.account?;
    let path = diagnosis.evidence.fact(&Question::OrganizationPath { account }, Answer::as_organization_path);
    Some(path.known()?.parents.get(level).cloned().unwrap_or_else(|| account.to_string()))
}

/// A rule of AWS's that is no policy denies an authorization of the call: `cause` says which, and by what.
/// `own_reason` is what AWS's message says where the rule denies, if it says anything.
pub(super) fn by_rule(
    diagnosis: &Diagnosis<'_>,
    layer: Layer,
    own_reason: Option<Reason>,
    cause: impl Fn(&Assessed<'_>) -> Option<(Cause, Vec<Place>)>,
) -> Vec<Finding> {
    findings(diagnosis, layer, BlockerKind::ExplicitDeny, |index, assessed, blocker, _| {
        let confidence = match (blocker.certain, diagnosis.denial.message.reason) {
            (true, _) => Confidence::Certain,
            (false, Some(reason)) if own_reason == Some(reason) => Confidence::Likely,
            // For most of these rules AWS gives no reason.
            (false, None | Some(Reason::Unread)) => Confidence::Possible,
            (false, Some(_)) => return None,
        };
        let (cause, places) = cause(assessed)?;
        Some(Finding { cause, confidence, request: index, places })
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
    let term = |condition: &Condition| Term {
        operator: condition.operator_text.clone(),
        key: condition.key_text.clone(),
        negated: condition.operator.negated,
        wanted: condition.values.texts().map(str::to_owned).collect(),
        actual: actual_value(condition, request),
    };
    Denying {
        policy: trace.policy.to_owned(),
        statement: trace.statement.label(),
        conditions: trace.statement.conditions.iter().map(term).collect(),
        unknown: trace.misses(request),
        spared: spared(trace.statement),
        trap: trap(trace, request),
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
    let mut places: Vec<_> = spared(trace.statement)
        .into_iter()
        .map(|(element, wanted)| place(element.to_owned(), wanted, request_has(element, request)))
        .collect();
    if conditions.is_empty() && places.is_empty() {
        let wanted = trace.statement.actions.patterns.iter().map(|p| p.text().to_owned()).collect();
        return vec![place("Action".to_owned(), wanted, request.action.name().to_owned())];
    }
    places.extend(conditions.iter().map(|condition| {
        let element = Element::Condition { operator: condition.operator_text.clone(), key: condition.key_text.clone() };
        let actual = actual_text(&actual_value(condition, request));
        place(element.to_string(), condition.values.texts().map(str::to_owned).collect(), actual)
    }));
    places
}

/// What a statement spares, where it is about all but something.
fn spared(statement: &Statement) -> Vec<(&'static str, Vec<String>)> {
    let mut spared = Vec::new();
    if statement.actions.negated {
        spared.push(("NotAction", statement.actions.patterns.iter().map(|p| p.text().to_owned()).collect()));
    }
    if let Some(resources) = statement.resources.as_ref().filter(|resources| resources.negated) {
        spared.push(("NotResource", resources.patterns.iter().map(|p| p.text().to_owned()).collect()));
    }
    if let Some(principals) = statement.principals.as_ref().filter(|principals| principals.negated) {
        spared.push(("NotPrincipal", principals.entries.iter().map(entry_text).collect()));
    }
    spared
}

/// What the request has for such an element.
fn request_has(element: &str, request: &Request) -> String {
    let resource = || request.resource.arn.as_ref().map(ToString::to_string);
    match element {
        "NotAction" => Some(request.action.name().to_owned()),
        "NotResource" => resource(),
        _ => request.principal.policy_name(),
    }
    .unwrap_or_else(|| "(not known)".to_owned())
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
        Actual::NotOf(values) => format!("(none, or another than {})", values.join(", ")),
        Actual::Unknown => "(not known)".to_owned(),
    }
}
