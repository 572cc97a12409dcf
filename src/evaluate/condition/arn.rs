//! `ArnEquals`, `ArnLike` and their negations.

use crate::policy::{ArnPattern, Binding, Variable};
use crate::truth::Truth;

pub(super) fn matches<'c>(wanted: &[ArnPattern], value: &str, bind: &dyn Fn(&Variable) -> Binding<'c>) -> Truth {
    Truth::any(wanted.iter().map(|pattern| pattern.matches_text(value, bind)))
}
