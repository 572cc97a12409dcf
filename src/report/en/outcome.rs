//! What became of a remedy.

use super::code;
use crate::remedy::consent::{Consent, TAG};
use crate::remedy::{Applied, Effect};

/// What became of a change that the function made or tried to make; `record` is the id of its record, and `now` what is
/// said of the denied call after it.
#[must_use]
pub fn outcome(applied: &Applied, record: Option<&str>, now: Option<&Effect>) -> String {
    let record = record.map(|id| format!("record {}", code(id))).unwrap_or_default();
    match applied {
        Applied::Done => {
            let now = now.map(|now| format!("; {}", after(now))).unwrap_or_default();
            format!("made without a person, and read back{now}; {record} undoes it")
        }
        Applied::Untouched(why) => format!("not made: {why}"),
        Applied::Foreign => {
            format!("somebody else changed the same resource at the same moment: look at it, and at {record}")
        }
        Applied::Busy => "not made: another change of the same resource is under way".to_owned(),
        Applied::Open(why) => {
            format!(
                "it is not known yet whether it was made: {why}; the next try of the event finds out, from {record}"
            )
        }
    }
}

fn after(now: &Effect) -> String {
    match now {
        Effect::Allows => "read and evaluated again, the request is allowed".to_owned(),
        Effect::AllowsAsRead => "read and evaluated again, the request is allowed, as far as could be read".to_owned(),
        Effect::Leaves(codes) if codes.is_empty() => {
            "read and evaluated again, it is not certain that the request is allowed".to_owned()
        }
        Effect::Leaves(codes) => format!("read and evaluated again, {} denies the request still", codes.join(", ")),
        Effect::Later | Effect::Chosen => "it is for later requests, not for this one".to_owned(),
    }
}

/// Why a change that the hub makes without a person was left to one.
#[must_use]
pub fn withheld(consent: Consent) -> String {
    let tag = code(TAG);
    let why = match consent {
        Consent::Never => format!("a tag {tag} says `never`"),
        Consent::Unclear => format!("a tag {tag} could not be read, or says none of `auto`, `approve` and `never`"),
        Consent::Approve => format!("a tag {tag} says `approve`"),
        Consent::Unsaid | Consent::Auto => format!("no tag {tag} of its account or bucket says `auto`"),
    };
    format!("not made without a person: {why}")
}

/// Why nobody can approve a change from the message.
#[must_use]
pub fn unoffered(why: &str) -> String {
    format!("it cannot be approved from here: {why}")
}
