//! Whether a statement matches a request, and where not, which elements fail.

use super::condition;
use super::principal::{Named, named};
use crate::policy::{Actions, Condition, Resources, Statement, Variable};
use crate::request::{Key, Request};
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
}

/// How a statement names the caller, where all of its elements match.
#[must_use]
pub(super) fn matches(statement: &Statement, request: &Request, shape: Shape) -> Named {
    if statement.broken {
        return Named::UNKNOWN;
    }
    let action = action_matches(&statement.actions, request);
    if !action.possible() {
        return Named::NO;
    }
    let rest = action.and(resource_matches(statement.resources.as_ref(), request, shape));
    if !rest.possible() {
        return Named::NO;
    }
    let names = principal_names(statement, request, shape).and(rest);
    if !names.any().possible() {
        return Named::NO;
    }
    names.and(Truth::all(statement.conditions.iter().map(|c| condition::holds(c, &request.context))))
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

/// The elements of a statement that keep it from matching, or may.
#[must_use]
pub(super) fn misses(statement: &Statement, request: &Request, shape: Shape) -> Vec<Miss> {
    let mut misses = Vec::new();
    let mut note = |element, matches: Truth, wanted: Vec<String>, actual: Actual| {
        if matches != Truth::True {
            misses.push(Miss { element, matches, wanted, actual });
        }
    };
    if statement.broken {
        note(Element::Broken, Truth::Unknown, Vec::new(), Actual::Unknown);
    }
    let not = |negated: bool, text: &str| if negated { format!("anything but {text}") } else { text.to_owned() };
    let actions = statement.actions.patterns.iter().map(|p| not(statement.actions.negated, p.text())).collect();
    let action = Actual::Values(vec![request.action.name().to_owned()]);
    note(Element::Action, action_matches(&statement.actions, request), actions, action);

    let resources = statement.resources.as_ref();
    let wanted = resources.map(|r| r.patterns.iter().map(|p| not(r.negated, p.text())).collect()).unwrap_or_default();
    let actual = request.resource.arn.as_ref().map_or(Actual::Unknown, |arn| Actual::Values(vec![arn.to_string()]));
    note(Element::Resource, resource_matches(resources, request, shape), wanted, actual);

    let wanted = statement.principals.as_ref().map(principal_texts).unwrap_or_default();
    let caller = &request.principal;
    let actual = caller.policy_arn().map_or(Actual::Unknown, |arn| Actual::Values(vec![arn.to_string()]));
    note(Element::Principal, principal_names(statement, request, shape).any(), wanted, actual);

    for c in &statement.conditions {
        let element = Element::Condition { operator: c.operator_text.clone(), key: c.key_text.clone() };
        note(element, condition::holds(c, &request.context), c.texts.clone(), actual_value(c, request));
    }
    misses
}

/// What the request has for a condition's key.
#[must_use]
pub fn actual_value(condition: &Condition, request: &Request) -> Actual {
    match request.context.get(&condition.key) {
        Key::Present(values) => Actual::Values(values.clone()),
        Key::Absent => Actual::Absent,
        Key::Unknown => Actual::Unknown,
    }
}

fn principal_texts(principals: &crate::policy::Principals) -> Vec<String> {
    use crate::policy::PrincipalEntry as Entry;
    let text = |entry: &Entry| match entry {
        Entry::Everyone => "*".to_owned(),
        Entry::Account(account) => format!("account {account}"),
        Entry::Arn(arn) => arn.to_string(),
        Entry::UniqueId(text)
        | Entry::Service(text)
        | Entry::Federated(text)
        | Entry::CanonicalUser(text)
        | Entry::Malformed(text) => text.clone(),
    };
    let not = if principals.negated { "anyone but " } else { "" };
    principals.entries.iter().map(|entry| format!("{not}{}", text(entry))).collect()
}

fn action_matches(actions: &Actions, request: &Request) -> Truth {
    // Actions have no policy variables: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    let bind = |_: &Variable| crate::policy::Binding::Missing;
    let one = if request.action.is_guessed() {
        Truth::any(actions.patterns.iter().map(|p| may_match_guess(p.text(), request.action.service())))
    } else {
        Truth::any(actions.patterns.iter().map(|p| p.matches(request.action.folded(), &bind)))
    };
    if actions.negated { !one } else { one }
}

/// Whether a pattern matches an action of which only the service is sure.
fn may_match_guess(pattern: &str, service: &str) -> Truth {
    match pattern.split_once(':') {
        None => (pattern == "*").into(),
        Some((prefix, name)) if prefix.eq_ignore_ascii_case(service) => {
            if name == "*" {
                Truth::True
            } else {
                Truth::Unknown
            }
        }
        Some((prefix, _)) => {
            if prefix.contains(['*', '?']) {
                Truth::Unknown
            } else {
                Truth::False
            }
        }
    }
}

fn resource_matches(resources: Option<&Resources>, request: &Request, shape: Shape) -> Truth {
    let Some(resources) = resources else {
        return if shape == Shape::Trust { Truth::True } else { Truth::Unknown };
    };
    let bind = |variable: &Variable| condition::bind(&request.context, variable);
    let one = match &request.resource.arn {
        Some(arn) => Truth::any(resources.patterns.iter().map(|p| p.matches(arn, &bind))),
        None => {
            Truth::any(resources.patterns.iter().map(|p| if p.text() == "*" { Truth::True } else { Truth::Unknown }))
        }
    };
    if resources.negated { !one } else { one }
}

/// An identity's own policies are about that identity.
fn principal_names(statement: &Statement, request: &Request, shape: Shape) -> Named {
    match (shape, &statement.principals) {
        (Shape::Identity, _) => Named { direct: Truth::True, ..Named::NO },
        (Shape::Resource | Shape::Trust, Some(principals)) => named(principals, statement.effect, &request.principal),
        (Shape::Resource | Shape::Trust, None) => Named::UNKNOWN,
    }
}
