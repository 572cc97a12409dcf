//! What is kept of a change that is made.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Edit;

/// The record of one change, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// The event that it was made for.
    pub event_id: String,
    /// The kind of remedy.
    #[serde(default)]
    pub kind: String,
    /// What is changed.
    pub edit: Edit,
    /// How far it is.
    pub state: State,
    /// Who approved it; `None` where the owner lets it be made without a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
}

impl Record {
    /// What a person approves the change by: its id, and a digest of what is written where, in place of what. Whoever
    /// approves it approves exactly that.
    #[must_use]
    pub fn token(&self) -> String {
        let edit = serde_json::to_vec(&self.edit).unwrap_or_default();
        let digest = Sha256::digest(edit);
        let mut token = self.id.clone();
        token.push(' ');
        for byte in digest {
            token.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or_default());
            token.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or_default());
        }
        token
    }
}

/// How far a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Shown to people, who may approve it.
    Proposed,
    /// A person approved it; nothing is written yet.
    Approved,
    /// A person rejected it.
    Rejected,
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

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It is written and read back.
    Done,
    /// Nothing was written, for this reason; what was there is still there.
    Untouched(String),
    /// Something else is there than what was found and what was to be written: a person has to look.
    Foreign,
    /// Another attempt on the same resource is under way.
    Busy,
    /// It is not known yet: the record says `intended`, and the next try goes on from there.
    Open(String),
}

/// A short number for a name, the same in every version of the program: FNV-1a of 64 bits.
pub(crate) fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
