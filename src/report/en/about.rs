//! Which requests a statement is about, in a few words behind "denies `s3:GetObject`".

use super::wish::Wish;
use super::{code, codes};
use crate::evaluate::Actual;
use crate::policy::{Comparison, Operator, Order, SetOperator};

/// What one condition says of a request.
#[derive(Debug)]
pub(super) enum About {
    /// What the request is like: "without MFA".
    Where(String),
    /// What it would have to be like: "the caller has the tag `team` = `finance`".
    Unless(String),
}

impl From<String> for About {
    fn from(text: String) -> Self {
        Self::Where(text)
    }
}

impl From<&str> for About {
    fn from(text: &str) -> Self {
        Self::Where(text.to_owned())
    }
}

/// What a statement does whose conditions are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// It denies, where all of its conditions hold.
    Denies,
    /// It does not allow, because these of its conditions do not hold.
    DoesNotAllow,
}

/// Several conditions of one statement; `None` where there is nothing to say.
pub(super) fn join(told: Told, conditions: Vec<About>) -> Option<String> {
    let (mut like, mut unless): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for condition in conditions {
        let (list, text) = match condition {
            About::Where(text) => (&mut like, text),
            About::Unless(text) => (&mut unless, text),
        };
        if !list.contains(&text) {
            list.push(text);
        }
    }
    // A Deny takes all of its conditions; of those of an Allow, each that fails is enough.
    let (both, either, between) = match told {
        Told::Denies => (" and ", " or ", " "),
        Told::DoesNotAllow => (" or ", " and ", " or "),
    };
    let like = shared(&like, both);
    let unless = (!unless.is_empty()).then(|| format!("unless {}", unless.join(either)));
    match (like, unless) {
        (Some(like), Some(unless)) => Some(format!("{like}{between}{unless}")),
        (like, unless) => like.or(unless),
    }
}

/// "outside of VPC x and of y", not "outside of VPC x and outside of y".
fn shared(like: &[String], word: &str) -> Option<String> {
    const OUTSIDE: &str = "outside ";
    let (first, rest) = like.split_first()?;
    let mut text = first.clone();
    for other in rest {
        let short = other.strip_prefix(OUTSIDE).filter(|_| first.starts_with(OUTSIDE));
        text.extend([word, short.unwrap_or(other)]);
    }
    Some(text)
}

/// Of a key that has no words of its own.
pub(super) fn generic(wish: &Wish<'_>) -> About {
    let says = format!("{} {}", subject(wish), relation(wish, true));
    if wish.wanted { About::Unless(format!("{says}{}", has(wish.actual))) } else { format!("where {says}").into() }
}

/// Of `Null`, which asks whether there is a key at all.
pub(super) fn existence(wish: &Wish<'_>) -> About {
    format!("{} {}", if wish.wants_true() { "with" } else { "without" }, code(wish.key)).into()
}

/// What the request has, in brackets.
pub(super) fn has(actual: &Actual) -> String {
    match actual {
        Actual::Values(values) => format!(" (the request has {})", super::values(values)),
        Actual::Absent => " (the request does not have it)".to_owned(),
        Actual::NotOf(_) => " (the request has another, or none)".to_owned(),
        Actual::Unknown => String::new(),
    }
}

fn subject(wish: &Wish<'_>) -> String {
    let key = code(wish.key);
    match Operator::parse(wish.operator).and_then(|operator| operator.set) {
        Some(SetOperator::ForAllValues) => format!("each of {key}"),
        Some(SetOperator::ForAnyValue) => format!("one of {key}"),
        None => key,
    }
}

/// How the key has to be to the values: "is `x` or `y`", "is at most `10`".
pub(super) fn relation(wish: &Wish<'_>, so: bool) -> String {
    let is = if so { "is" } else { "is not" };
    let order = match Operator::parse(wish.operator).map(|operator| operator.comparison) {
        Some(Comparison::Numeric(order)) => match order {
            Order::Equals => "",
            Order::LessThan => "less than ",
            Order::LessThanEquals => "at most ",
            Order::GreaterThan => "more than ",
            Order::GreaterThanEquals => "at least ",
        },
        Some(Comparison::Date(order)) => match order {
            Order::Equals => "",
            Order::LessThan => "before ",
            Order::LessThanEquals => "at or before ",
            Order::GreaterThan => "after ",
            Order::GreaterThanEquals => "at or after ",
        },
        Some(
            Comparison::String
            | Comparison::StringIgnoreCase
            | Comparison::StringLike
            | Comparison::Bool
            | Comparison::Binary
            | Comparison::IpAddress
            | Comparison::Arn
            | Comparison::Null,
        )
        | None => "",
    };
    format!("{is} {order}{}", codes(wish.values))
}
