//! What statements deny, by which conditions, and how to make the request so that they do not.

use super::hint::{hint_line, is_mended_in_the_statement};
use super::wish::{Wish, meet, short};
use super::{code, codes, layer_of, policy, values};
use crate::diagnosis::Assessed;
use crate::evaluate::Actual;
use crate::finding::{Denying, Term};
use crate::layer::Layer;
use crate::request::PrincipalKind;
use crate::truth::Truth;

/// What a Deny wants of a request: the contrary of its condition.
fn wish<'a>(term: &'a Term, assessed: &'a Assessed<'_>) -> Wish<'a> {
    Wish {
        operator: &term.operator,
        key: &term.key,
        values: &term.wanted,
        wanted: term.negated,
        actual: &term.actual,
        caller: &assessed.request.principal.kind,
    }
}

/// Which requests a statement denies, in a few words.
pub(super) fn about(statement: &Denying, assessed: &Assessed<'_>) -> Option<String> {
    let by_condition = statement.conditions.iter().find_map(|term| short(&wish(term, assessed)));
    let spared = statement.spared.iter().find(|row| row.0 != "NotAction").filter(|_| statement.conditions.is_empty());
    by_condition.or_else(|| spared.map(|(element, values)| format!("{} {}", all_but(element), codes(values))))
}

fn all_but(element: &str) -> &'static str {
    if element == "NotPrincipal" { "to all but" } else { "on all but" }
}

pub(super) fn lines(
    which: Layer,
    statements: &[Denying],
    stated: Option<&str>,
    assessed: &Assessed<'_>,
    is_stated: bool,
    lines: &mut Vec<String>,
) {
    let name = layer_of(which, assessed);
    if statements.is_empty() && is_stated {
        let arn = stated.map(|arn| format!(": {}", code(arn))).unwrap_or_default();
        lines.push(format!(
            "AWS's message names an explicit deny in a {name}{arn}. The policy itself could not be read."
        ));
    }
    for statement in statements {
        lines.push(line(statement, &policy(&statement.policy, name)));
        lines.extend(statement.trap.as_ref().map(hint_line));
    }
    lines.push(fix(which, statements, assessed));
    let of_bucket = which == Layer::ResourcePolicy && assessed.request.s3.is_some();
    if of_bucket && assessed.request.principal.kind == PrincipalKind::Root {
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
        lines.push(
            "Whatever the policy says, the root user of the bucket's account can read, replace and delete it."
                .to_owned(),
        );
    }
}

fn fix(which: Layer, statements: &[Denying], assessed: &Assessed<'_>) -> String {
    let ways: Vec<_> = match statements {
        [only] => match &only.trap {
            Some(trap) if is_mended_in_the_statement(trap) => vec![format!("mend {}, as said", code(&only.statement))],
            // A condition is not met where one of its keys is not: each is a way out.
            Some(_) | None => only.conditions.iter().filter_map(|term| meet(&wish(term, assessed))).collect(),
        },
        _ => Vec::new(),
    };
    let guardrail = matches!(which, Layer::Scp | Layer::Rcp | Layer::PermissionsBoundary);
    match (ways.is_empty(), guardrail) {
        (true, true) => {
            "To fix: an explicit deny here is a guardrail. Ask its owner, or make the request in a way that it permits."
                .to_owned()
        }
        (true, false) => {
            "To fix: except the request in the statement, or make it in a way that the statement permits. No Allow elsewhere can override a Deny.".to_owned()
        }
        (false, true) => {
            format!("To fix: {}. The statement is a guardrail: an exception is up to its owner.", ways.join("; or "))
        }
        (false, false) => format!(
            "To fix: {}; or except the request in the statement. No Allow elsewhere can override a Deny.",
            ways.join("; or ")
        ),
    }
}

/// What one statement denies, and by which conditions.
fn line(statement: &Denying, of: &str) -> String {
    let condition = |term: &Term| {
        let actual = match &term.actual {
            Actual::Absent => "the request does not have the key".to_owned(),
            Actual::NotOf(_) => "the request has another, or none".to_owned(),
            Actual::Unknown => "the event does not tell what the request has".to_owned(),
            Actual::Values(has) => format!("the request has {}", values(has)),
        };
        let name = code(&format!("{} {}", term.operator, term.key));
        format!("{name} wants {}, {actual}", code(&term.wanted.join(", ")))
    };
    let conditions: Vec<_> = statement.conditions.iter().map(condition).collect();
    let sure = statement.unknown.iter().all(|miss| miss.matches != Truth::Unknown);
    let name = code(&statement.statement);
    let spared: Vec<_> =
        statement.spared.iter().map(|(element, values)| format!("{} {}", code(element), codes(values))).collect();
    let spared = if spared.is_empty() { String::new() } else { format!(" It spares only {}.", spared.join(" and ")) };
    let said = match (sure, conditions.is_empty()) {
        (true, true) => format!("{name} of {of} denies it without a condition."),
        (true, false) => format!("{name} of {of} denies it, because its condition holds: {}.", conditions.join("; ")),
        (false, true) => format!("{name} of {of} may deny it: not all of its elements could be compared."),
        (false, false) => format!("{name} of {of} denies it, if its condition holds: {}.", conditions.join("; ")),
    };
    format!("{said}{spared}")
}
