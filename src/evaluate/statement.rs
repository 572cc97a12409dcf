//! Whether a statement matches a request, and where not, which elements fail.

use super::condition;
use super::principal::{Named, named};
use crate::policy::{Actions, Condition, Effect, PrincipalEntry, Principals, Resources, Statement, Variable};
use crate::request::{Key, PrincipalKind, Request};
use crate::truth::Truth;

/// Which elements a kind of policy has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Attached to the caller or its account: no principal.
    Identity,
    /// On the resource: says for whom.
    Resource,
    /// On a role: says for whom, and the role itself is the resource.
    Trust,
    /// On a gateway endpoint of a VPC: says for whom, and an account stands for its root user alone.
    ///
    /// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
    Gateway,
    /// On an endpoint of a VPC of which it is not known whether it is a gateway.
    Endpoint,
}

/// How a statement names the caller, where all of its elements match.
#[must_use]
pub(super) fn matches(statement: &Statement, request: &Request, shape: Shape) -> Named {
    if statement.broken {
        return Named::UNKNOWN;
    }
    // What is quick to compare comes first.
    let action = action_matches(&statement.actions, request);
    if !action.possible() {
        return Named::NO;
    }
    let names = principal_names(statement, request, shape);
    if names == Named::NO {
        return Named::NO;
    }
    let rest = action.and(resource_matches(statement.resources.as_ref(), request, shape));
    if !rest.possible() {
        return Named::NO;
    }
    names.and(rest.and(Truth::all(statement.conditions.iter().map(|c| condition::holds(c, &request.context)))))
}

/// An element of a statement that does not match, or that may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// Its name.
    pub element: Element,
    /// Whether it matches: no, or not known.
    pub matches: Truth,
    /// What the statement wants.
    pub wanted: Vec<String>,
    /// What the request has.
    pub actual: Actual,
}

/// An element of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// `Action` or `NotAction`.
    Action,
    /// `Resource` or `NotResource`.
    Resource,
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// One operator and key.
    Condition {
        /// The operator as written.
        operator: String,
        /// The key as written.
        key: String,
    },
    /// A part that could not be understood.
    Broken,
}

/// What the request has for an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actual {
    /// These values.
    Values(Vec<String>),
    /// The request has none.
    Absent,
    /// None, or another value than these.
    NotOf(Vec<String>),
    /// Not known.
    Unknown,
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Action => f.write_str("Action"),
            Self::Resource => f.write_str("Resource"),
            Self::Principal => f.write_str("Principal"),
            Self::Condition { operator, key } => write!(f, "Condition.{operator}.{key}"),
            Self::Broken => f.write_str("Statement"),
        }
    }
}

/// A part of a statement, before it is put into words.
#[derive(Debug, Clone, Copy)]
enum Part<'s> {
    Action,
    Resource,
    Principal,
    Condition(&'s Condition),
    Broken,
}

/// Visits the elements of a statement, in the order in which people read them.
fn visit<'s>(statement: &'s Statement, request: &Request, shape: Shape, mut see: impl FnMut(Part<'s>, Truth)) {
    if statement.broken {
        see(Part::Broken, Truth::Unknown);
    }
    see(Part::Action, action_matches(&statement.actions, request));
    see(Part::Resource, resource_matches(statement.resources.as_ref(), request, shape));
    see(Part::Principal, principal_names(statement, request, shape).any());
    for condition in &statement.conditions {
        see(Part::Condition(condition), condition::holds(condition, &request.context));
    }
}

/// How many elements fail, and how many are not known to match.
pub(super) fn distance(statement: &Statement, request: &Request, shape: Shape) -> (usize, usize) {
    let (mut failed, mut unknown) = (0, 0);
    visit(statement, request, shape, |_, matches| match matches {
        Truth::False => failed += 1,
        Truth::Unknown => unknown += 1,
        Truth::True => {}
    });
    (failed, unknown)
}

/// The first element that fails; if none does, the first that is not known to match.
pub(super) fn first_failed(statement: &Statement, request: &Request, shape: Shape) -> Option<String> {
    let (mut failed, mut unknown) = (None, None);
    visit(statement, request, shape, |part, matches| match matches {
        Truth::False => failed = failed.or(Some(part)),
        Truth::Unknown => unknown = unknown.or(Some(part)),
        Truth::True => {}
    });
    failed.or(unknown).map(|part| element(part).to_string())
}

/// The elements of a statement that keep it from matching, or may.
pub(super) fn misses(statement: &Statement, request: &Request, shape: Shape) -> Vec<Miss> {
    let mut misses = Vec::new();
    visit(statement, request, shape, |part, matches| {
        if matches != Truth::True {
            let (wanted, actual) = wanted_and_actual(part, statement, request);
            misses.push(Miss { element: element(part), matches, wanted, actual });
        }
    });
    misses
}

fn element(part: Part<'_>) -> Element {
    match part {
        Part::Action => Element::Action,
        Part::Resource => Element::Resource,
        Part::Principal => Element::Principal,
        Part::Condition(c) => Element::Condition { operator: c.operator_text.clone(), key: c.key_text.clone() },
        Part::Broken => Element::Broken,
    }
}

fn wanted_and_actual(part: Part<'_>, statement: &Statement, request: &Request) -> (Vec<String>, Actual) {
    let not = |negated: bool, text: &str| if negated { format!("anything but {text}") } else { text.to_owned() };
    let arn = |arn: Option<&crate::arn::Arn>| arn.map_or(Actual::Unknown, |arn| Actual::Values(vec![arn.to_string()]));
    match part {
        Part::Action => {
            let negated = statement.actions.negated;
            let wanted = statement.actions.patterns.iter().map(|p| not(negated, p.text())).collect();
            (wanted, Actual::Values(vec![request.action.name().to_owned()]))
        }
        Part::Resource => {
            let texts = |r: &Resources| r.patterns.iter().map(|p| not(r.negated, p.text())).collect();
            (statement.resources.as_ref().map(texts).unwrap_or_default(), arn(request.resource.arn.as_ref()))
        }
        Part::Principal => {
            let wanted = statement.principals.as_ref().map(principal_texts).unwrap_or_default();
            (wanted, request.principal.policy_name().map_or(Actual::Unknown, |name| Actual::Values(vec![name])))
        }
        Part::Condition(condition) => {
            (condition.values.texts().map(str::to_owned).collect(), actual_value(condition, request))
        }
        Part::Broken => (Vec::new(), Actual::Unknown),
    }
}

/// What the request has for a condition's key.
#[must_use]
pub fn actual_value(condition: &Condition, request: &Request) -> Actual {
    match request.context.get(&condition.key) {
        Key::Present(values) => Actual::Values(values.clone()),
        Key::Absent => Actual::Absent,
        Key::NotOf(values) => Actual::NotOf(values.clone()),
        Key::Unknown => Actual::Unknown,
    }
}

fn principal_texts(principals: &crate::policy::Principals) -> Vec<String> {
    let not = if principals.negated { "anyone but " } else { "" };
    principals.entries.iter().map(|entry| format!("{not}{}", entry_text(entry))).collect()
}

/// A principal as a statement names it.
#[must_use]
pub(crate) fn entry_text(entry: &crate::policy::PrincipalEntry) -> String {
    use crate::policy::PrincipalEntry as Entry;
    match entry {
        Entry::Everyone => "*".to_owned(),
        Entry::Account(account) => format!("account {account}"),
        Entry::Arn(arn) => arn.to_string(),
        Entry::UniqueId(text)
        | Entry::Service(text)
        | Entry::Federated(text)
        | Entry::CanonicalUser(text)
        | Entry::Malformed(text) => text.clone(),
    }
}

fn action_matches(actions: &Actions, request: &Request) -> Truth {
    // Actions have no policy variables: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    let bind = |_: &Variable| crate::policy::Binding::Missing;
    let one = if request.action.is_guessed() {
        // Not even the service is sure: `streams.dynamodb.amazonaws.com` asks for actions of `dynamodb`.
        Truth::any(actions.patterns.iter().map(|p| if p.text() == "*" { Truth::True } else { Truth::Unknown }))
    } else {
        Truth::any(actions.patterns.iter().map(|p| p.matches(request.action.folded(), &bind)))
    };
    if actions.negated { !one } else { one }
}

fn resource_matches(resources: Option<&Resources>, request: &Request, shape: Shape) -> Truth {
    let Some(resources) = resources else {
        return if shape == Shape::Trust { Truth::True } else { Truth::Unknown };
    };
    let bind = |variable: &Variable| condition::bind(&request.context, variable);
    // What an alias stands for, policies do not know.
    let one = if let Some(arn) = request.resource.arn.as_ref().filter(|_| !request.names_alias()) {
        Truth::any(resources.patterns.iter().map(|p| p.matches(arn, &bind)))
    } else {
        let other = if request.resource.none { Truth::False } else { Truth::Unknown };
        Truth::any(resources.patterns.iter().map(|p| if p.text() == "*" { Truth::True } else { other }))
    };
    if resources.negated { !one } else { one }
}

/// An identity's own policies are about that identity.
fn principal_names(statement: &Statement, request: &Request, shape: Shape) -> Named {
    match (shape, &statement.principals) {
        (Shape::Identity, _) => Named { direct: Truth::True, ..Named::NO },
        (Shape::Resource | Shape::Trust, Some(principals)) => named(principals, statement.effect, &request.principal),
        (Shape::Gateway | Shape::Endpoint, Some(principals)) => {
            at_gateway(principals, statement.effect, request, shape)
        }
        (Shape::Resource | Shape::Trust | Shape::Gateway | Shape::Endpoint, None) => Named::UNKNOWN,
    }
}

/// In the policy of a gateway endpoint "the Principal element must be set to `*`", and an account is its root user
/// alone. What a user or a role there does, the page does not say.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
fn at_gateway(principals: &Principals, effect: Effect, request: &Request, shape: Shape) -> Named {
    let names = named(principals, effect, &request.principal);
    let kind = &request.principal.kind;
    let as_written = principals.entries.contains(&PrincipalEntry::Everyone) || *kind == PrincipalKind::Root;
    if as_written && !principals.negated {
        return Named { account: Truth::False, ..names };
    }
    let may_be_root = matches!(kind, PrincipalKind::Unnamed | PrincipalKind::Other);
    let account = if may_be_root || shape == Shape::Endpoint { names.account } else { Truth::False };
    Named { account, ..names }.and(Truth::Unknown)
}
