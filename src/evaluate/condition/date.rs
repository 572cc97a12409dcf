//! `DateEquals` and the other orders of points in time.

use jiff::Timestamp;

use super::{any_fits, in_order};
use crate::policy::{Order, Written, parse_date};
use crate::truth::Truth;

pub(super) fn matches(order: Order, wanted: &[Written<Timestamp>], value: &str) -> Truth {
    match parse_date(value) {
        Some(time) => any_fits(wanted, |w| in_order(order, &time, w)),
        None => Truth::Unknown,
    }
}
