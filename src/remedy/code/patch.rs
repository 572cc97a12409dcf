//! A change of a policy as a JSON patch.
//!
//! <https://www.rfc-editor.org/rfc/rfc6902>

use serde_json::{Value, json};

use super::policy;
use crate::remedy::Change;

/// The operations that make the new policy of the old one; `None` for what is no policy, or is a new one.
pub(super) fn patch(change: &Change) -> Option<String> {
    let (_, before, after) = policy(change)?;
    let operations = json_patch::diff(before?.value()?, after.value()?);
    let operations: Value = json!(operations);
    serde_json::to_string_pretty(&operations).ok()
}
