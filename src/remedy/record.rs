//! What is kept of a change that is made.

use serde::{Deserialize, Serialize};

use super::Edit;

/// The record of one change, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// The event that it was made for.
    pub event_id: String,
    /// What is changed.
    pub edit: Edit,
    /// How far it is.
    pub state: State,
    /// Who approved it; `None` where the owner lets it be made without a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
}

/// How far a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// About to be written: it may have been, or not.
    Intended,
    /// Written, and read back.
    Done,
    /// Not written: what was there is still there.
    Failed,
    /// Somebody else changed it: neither what was there nor what was written is.
    Foreign,
    /// What was there before is there again.
    Undone,
}

/// A short number for a name, the same in every version of the program: FNV-1a of 64 bits.
pub(crate) fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
