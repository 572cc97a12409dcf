//! `BinaryEquals`. Both sides are base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::any_fits;
use crate::policy::Written;
use crate::truth::Truth;

pub(super) fn matches(wanted: &[Written<Vec<u8>>], value: &str) -> Truth {
    match STANDARD.decode(value.trim()) {
        Ok(bytes) => any_fits(wanted, |w| *w == bytes),
        Err(_) => Truth::Unknown,
    }
}
