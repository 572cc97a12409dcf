//! What comes of a click on a button.

use super::code;
use crate::remedy::Applied;

/// What came of a click.
#[derive(Debug)]
pub enum Decision<'a> {
    /// Who clicked is not on the list.
    NotAnApprover,
    /// There is no such proposal.
    Unknown,
    /// Another change is proposed by now than the one that was shown.
    Another,
    /// It was decided before.
    Decided,
    /// It was rejected.
    Rejected {
        /// The user's id.
        by: &'a str,
        /// The record.
        record: &'a str,
    },
    /// It was approved, and tried.
    Made {
        /// What came of it.
        applied: &'a Applied,
        /// Who approved it.
        by: &'a str,
        /// The record.
        record: &'a str,
    },
}

/// The same in words.
#[must_use]
pub fn decision(decision: &Decision<'_>) -> String {
    match decision {
        Decision::NotAnApprover => {
            "you are not among those who may approve changes: they are named in the hub's settings".to_owned()
        }
        Decision::Unknown => "there is no such proposal any more: explain the event again".to_owned(),
        Decision::Another => "another change is proposed by now: explain the event again, and look at that".to_owned(),
        Decision::Decided => "it was decided before, and nothing more is done".to_owned(),
        Decision::Rejected { by, record } => format!("rejected by {}; record {}", code(by), code(record)),
        Decision::Made { applied, by, record } => {
            let (by, record) = (code(by), code(record));
            match applied {
                Applied::Done => {
                    format!("made, as approved by {by}, and read back; record {record} undoes it")
                }
                Applied::Untouched(why) => format!("not made: {why}; approved by {by}, record {record}"),
                Applied::Foreign => {
                    format!(
                        "somebody else changed the same resource at the same moment: look at it, and at record {record}"
                    )
                }
                Applied::Busy => {
                    format!("not made yet: another change of the same resource is under way; record {record}")
                }
                Applied::Open(why) => {
                    format!("it is not known yet whether it was made: {why}; it is tried again, record {record}")
                }
            }
        }
    }
}
