//! Approving a remedy from Slack: who may, what exactly, and once.
//!
//! A click is answered at once, by writing the decision down; what was approved is made after that, by another invocation.

mod click;
mod request;
mod signature;

use serde::{Deserialize, Serialize};

pub use self::click::{Click, is_slacks};
pub use self::request::Request;
pub use self::signature::{Forged, LARGEST, Signed, WINDOW, verify};
use crate::apply::resume;
use crate::ports::{Ledger, LedgerError, Writer};
use crate::remedy::{Record, State};
use crate::report::{Decision, decision};

/// Who may approve: users of one workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvers {
    /// The workspace's id.
    pub team: String,
    /// The users' ids.
    pub users: Vec<String>,
}

/// What is done after a click is answered. Nothing in it is trusted but for where to tell it: what may be made is what the
/// ledger says was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Work {
    /// Make what was approved, and tell what came of it.
    Make {
        /// What was approved: the record's token.
        token: String,
        /// Where to tell it.
        tell: String,
    },
    /// Tell something.
    Tell {
        /// The text.
        text: String,
        /// Whether everybody in the channel is told, or only who clicked.
        to_all: bool,
        /// Where to tell it.
        tell: String,
    },
}

/// Decides by a click, of a request whose signature holds.
///
/// # Errors
/// If the ledger could not be used. Clicking again is safe.
pub async fn decide<L: Ledger>(click: Click, approvers: &Approvers, ledger: &L) -> Result<Work, LedgerError> {
    let tell = click.response_url.clone();
    let says = |what: Decision<'_>, to_all: bool| {
        Ok(Work::Tell { text: decision(&what), to_all, tell: click.response_url.clone() })
    };
    if click.team != approvers.team || !approvers.users.contains(&click.user) {
        return says(Decision::NotAnApprover, false);
    }
    let id = click.token.split(' ').next().unwrap_or_default();
    let Some(record) = ledger.get(id).await? else { return says(Decision::Unknown, false) };
    let by = format!("slack:{}/{}", click.team, click.user);
    match record.state {
        State::Proposed if record.token() != click.token => says(Decision::Another, false),
        State::Proposed => {
            let state = if click.approves { State::Approved } else { State::Rejected };
            let decided = Record { state, approved_by: Some(by.clone()), ..record };
            // Of two clicks at once, one counts.
            if !ledger.swap(&decided, Some(State::Proposed)).await? {
                return says(Decision::Decided, false);
            }
            if click.approves {
                Ok(Work::Make { token: decided.token(), tell })
            } else {
                says(Decision::Rejected { by: &click.user, record: &decided.id }, true)
            }
        }
        // What was to be done after the answer may have been lost: it is found out again. It is the same approval still.
        State::Approved | State::Intended if click.approves && record.approved_by.is_some() => {
            Ok(Work::Make { token: record.token(), tell })
        }
        State::Approved
        | State::Intended
        | State::Rejected
        | State::Done
        | State::Failed
        | State::Foreign
        | State::Undone => says(Decision::Decided, false),
    }
}

/// Makes what was approved, by its token: nothing is made if the record holds anything else by now. What it comes to, in
/// words, and whether all is known.
pub async fn make<W: Writer, L: Ledger>(token: &str, writer: &W, ledger: &L) -> (String, bool) {
    let id = token.split(' ').next().unwrap_or_default();
    let record = match ledger.get(id).await {
        Ok(Some(record)) => record,
        Ok(None) => return (decision(&Decision::Unknown), true),
        Err(error) => return (error.to_string(), false),
    };
    // Once it was begun, it is completed by what is found there.
    if record.state == State::Approved && record.token() != token {
        return (decision(&Decision::Another), true);
    }
    let approved = record.approved_by.clone();
    let Some(by) = approved.filter(|_| matches!(record.state, State::Approved | State::Intended)) else {
        return (decision(&Decision::Decided), true);
    };
    let applied = resume(record, writer, ledger).await;
    let ended = |record: &Record| !matches!(record.state, State::Approved | State::Intended);
    let settled = matches!(ledger.get(id).await, Ok(Some(record)) if ended(&record));
    (decision(&Decision::Made { applied: &applied, by: &by, record: id }), settled)
}
