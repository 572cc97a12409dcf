//! `StringEquals`, `StringEqualsIgnoreCase`, `StringLike` and their negations.

use crate::policy::{Binding, Pattern, Variable};
use crate::truth::Truth;

/// Letter case counts.
pub(super) fn matches<'c>(wanted: &[Pattern], value: &str, bind: &dyn Fn(&Variable) -> Binding<'c>) -> Truth {
    Truth::any(wanted.iter().map(|pattern| pattern.matches(value, bind)))
}

/// Letter case does not count; the patterns are in lower case already.
pub(super) fn matches_ignore_case<'c>(
    wanted: &[Pattern],
    value: &str,
    bind: &dyn Fn(&Variable) -> Binding<'c>,
) -> Truth {
    matches(wanted, &value.to_lowercase(), bind)
}
