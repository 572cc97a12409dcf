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
        Key::NotOf(values) => none_of(condition, values),
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

/// Where the key is absent, or has one value that is none of `values`: what holds for both.
fn none_of(condition: &Condition, values: &[String]) -> Truth {
    // Only text without wildcards and variables is known not to match.
    let told = |text: &str, literal: bool| literal && values.iter().any(|value| value == text);
    let all_told = match &condition.values {
        Values::Patterns(wanted) => wanted.iter().all(|pattern| told(pattern.text(), pattern.is_literal())),
        Values::Arns(_)
        | Values::Numbers(_)
        | Values::Dates(_)
        | Values::Bools(_)
        | Values::Bytes(_)
        | Values::Networks(_) => false,
    };
    let present = if all_told { condition.operator.negated.into() } else { Truth::Unknown };
    let without = absent(condition);
    if without == present { present } else { Truth::Unknown }
}

fn null(condition: &Condition, key: &Key) -> Truth {
    let absent = match key {
        Key::Absent => Truth::True,
        Key::Present(values) => values.is_empty().into(),
        Key::NotOf(_) | Key::Unknown => Truth::Unknown,
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
        Key::NotOf(_) | Key::Unknown => Binding::Unknown,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::{OPERATORS, Policy};

    /// What holds where a key is absent or another than some holds for each of these.
    #[test]
    fn what_is_said_of_none_of_some_values_holds_for_all_others() {
        let mut said = 0;
        for (base, ..) in OPERATORS {
            for operator in ["", "ForAllValues:", "ForAnyValue:"].map(|set| format!("{set}{base}")) {
                for operator in [operator.clone(), format!("{operator}IfExists")] {
                    for wanted in [json!("o-1"), json!("o-2"), json!(["o-1", "o-2"]), json!("o-*"), json!("true")] {
                        let policy = Policy::from_value(&json!({ "Version": "2012-10-17", "Statement": {
                            "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { &operator: { "k": wanted } },
                        } }));
                        let Some(condition) = policy.statements.first().and_then(|s| s.conditions.first()) else {
                            continue;
                        };
                        let with = |key: Key| {
                            let mut context = Context::new(Key::Unknown);
                            context.set("k", key);
                            holds(condition, &context)
                        };
                        let told = with(Key::NotOf(vec!["o-1".to_owned()]));
                        if told == Truth::Unknown {
                            continue;
                        }
                        said += 1;
                        for key in [Key::Absent, Key::one("o-2"), Key::one("o-3"), Key::one("true")] {
                            assert_eq!(with(key.clone()), told, "{operator} {wanted} {key:?}");
                        }
                    }
                }
            }
        }
        // `StringNotEquals` and its like, which control policies of a perimeter are made of.
        assert!(said >= 8, "only {said} conditions are decided");
    }
}
