//! `NumericEquals` and the other orders of numbers.

use super::{any_fits, in_order};
use crate::policy::{Order, Written, parse_number};
use crate::truth::Truth;

pub(super) fn matches(order: Order, wanted: &[Written<f64>], value: &str) -> Truth {
    match parse_number(value) {
        Some(number) => any_fits(wanted, |w| in_order(order, &number, w)),
        None => Truth::Unknown,
    }
}
