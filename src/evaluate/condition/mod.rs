//! Whether the conditions of a statement hold for a request.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>

mod arn;
mod binary;
mod boolean;
mod date;
mod ip;
mod numeric;
mod string;

use std::borrow::Cow;

use crate::policy::{Binding, Comparison, Condition, Order, SetOperator, Values, Variable, Written};
use crate::request::{Context, Key};
use crate::truth::Truth;

/// Whether one operator and key hold.
#[must_use]
pub fn holds(condition: &Condition, context: &Context) -> Truth {
    let key = context.get(&condition.key);
    let operator = condition.operator;
    if operator.comparison == Comparison::Null {
        return null(condition, key);
    }
    match key {
        Key::Unknown => Truth::Unknown,
        Key::Absent => absent(condition),
        Key::Present(values) => match (operator.set, values.as_slice()) {
            (_, []) => absent(condition),
            (Some(SetOperator::ForAllValues), values) => {
                Truth::all(values.iter().map(|v| value_holds(condition, v, context)))
            }
            (Some(SetOperator::ForAnyValue), values) => {
                Truth::any(values.iter().map(|v| value_holds(condition, v, context)))
            }
            (None, [value]) => value_holds(condition, value, context),
            // Several values under an operator for one value match neither the operator nor its negation.
            (None, _) => Truth::False,
        },
    }
}

/// What an operator gives where the request lacks the key.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
fn absent(condition: &Condition) -> Truth {
    let operator = condition.operator;
    match operator.set {
        // No page says which of the two wins, and AWS has been seen to let the prefix win.
        Some(SetOperator::ForAnyValue) if operator.if_exists => Truth::Unknown,
        _ if operator.if_exists => Truth::True,
        // The pages disagree: the text and most tables say that an empty set matches, the table of
        // `aws:ResourceOrgPaths` on the operators page says that `ForAllValues:StringNotLike` does not.
        Some(SetOperator::ForAllValues) if operator.negated => Truth::Unknown,
        Some(SetOperator::ForAllValues) => Truth::True,
        Some(SetOperator::ForAnyValue) => Truth::False,
        None => operator.negated.into(),
    }
}

fn null(condition: &Condition, key: &Key) -> Truth {
    let absent = match key {
        Key::Absent => Truth::True,
        Key::Present(values) => values.is_empty().into(),
        Key::Unknown => Truth::Unknown,
    };
    let Values::Bools(wanted) = &condition.values else { return Truth::Unknown };
    Truth::any(wanted.iter().map(|w| match w.value {
        Some(true) => absent,
        Some(false) => !absent,
        None => Truth::Unknown,
    }))
}

/// Whether one value of the request matches: one of the policy's values, or with a negated operator none.
fn value_holds(condition: &Condition, value: &str, context: &Context) -> Truth {
    let bind = |variable: &Variable| bind(context, variable);
    let matched = match (condition.operator.comparison, &condition.values) {
        (Comparison::String | Comparison::StringLike, Values::Patterns(wanted)) => {
            string::matches(wanted, value, &bind)
        }
        (Comparison::StringIgnoreCase, Values::Patterns(wanted)) => string::matches_ignore_case(wanted, value, &bind),
        (Comparison::Arn, Values::Arns(wanted)) => arn::matches(wanted, value, &bind),
        (Comparison::Numeric(order), Values::Numbers(wanted)) => numeric::matches(order, wanted, value),
        (Comparison::Date(order), Values::Dates(wanted)) => date::matches(order, wanted, value),
        (Comparison::Bool, Values::Bools(wanted)) => boolean::matches(wanted, value),
        (Comparison::Binary, Values::Bytes(wanted)) => binary::matches(wanted, value),
        (Comparison::IpAddress, Values::Networks(wanted)) => ip::matches(wanted, value),
        _ => Truth::Unknown,
    };
    if condition.operator.negated { !matched } else { matched }
}

/// The value of a policy variable. Only keys with one value can be used.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
pub(super) fn bind<'c>(context: &'c Context, variable: &Variable) -> Binding<'c> {
    let missing = || variable.default.clone().map_or(Binding::Missing, |default| Binding::Value(Cow::Owned(default)));
    match context.get(&variable.key) {
        Key::Present(values) => match values.as_slice() {
            [value] => Binding::Value(Cow::Borrowed(value)),
            _ => missing(),
        },
        Key::Absent => missing(),
        Key::Unknown => Binding::Unknown,
    }
}

/// Whether `left` stands in the order to `right`.
fn in_order<T: PartialOrd>(order: Order, left: &T, right: &T) -> bool {
    match order {
        Order::Equals => left == right,
        Order::LessThan => left < right,
        Order::LessThanEquals => left <= right,
        Order::GreaterThan => left > right,
        Order::GreaterThanEquals => left >= right,
    }
}

/// Whether one of the policy's values fits. One that could not be read may be anything.
fn any_fits<T>(wanted: &[Written<T>], fits: impl Fn(&T) -> bool) -> Truth {
    Truth::any(wanted.iter().map(|w| w.value.as_ref().map_or(Truth::Unknown, |w| fits(w).into())))
}
