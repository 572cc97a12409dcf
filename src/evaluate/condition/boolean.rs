//! `Bool`.

use super::any_fits;
use crate::policy::Written;
use crate::truth::Truth;

pub(super) fn matches(wanted: &[Written<bool>], value: &str) -> Truth {
    match value {
        v if v.eq_ignore_ascii_case("true") => any_fits(wanted, |w| *w),
        v if v.eq_ignore_ascii_case("false") => any_fits(wanted, |w| !*w),
        _ => Truth::Unknown,
    }
}
