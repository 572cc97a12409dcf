//! Makes a proven change: writes down what it is about to do, looks once more, writes, reads back, and says what came of
//! it. Whatever happens in between, the next try finds out from the record and the resource where things stand.

use crate::ports::{Ledger, LedgerError, Writer};
use crate::remedy::{Edit, Record, Remedy, State, fingerprint};

pub use crate::remedy::Applied;

/// Makes the change of a remedy, which only [`prove`](crate::remedy::prove) can have made.
pub async fn apply<W: Writer, L: Ledger>(
    remedy: &Remedy,
    event_id: &str,
    approved_by: Option<&str>,
    writer: &W,
    ledger: &L,
) -> Applied {
    let Some(record) = record(remedy, event_id, State::Intended) else {
        return Applied::Untouched("this program does not make changes of this kind: use the commands".to_owned());
    };
    make(Record { approved_by: approved_by.map(str::to_owned), ..record }, writer, ledger).await
}

/// Makes the change of a remedy without a person. One event leads to one such change: the next try of the event finds its
/// record as [`unattended_record`].
pub async fn apply_unattended<W: Writer, L: Ledger>(
    remedy: &Remedy,
    event_id: &str,
    writer: &W,
    ledger: &L,
) -> Applied {
    let Some(record) = record(remedy, event_id, State::Intended) else {
        return Applied::Untouched("this program does not make changes of this kind".to_owned());
    };
    make(Record { id: unattended_record(event_id), ..record }, writer, ledger).await
}

/// The id of the record of what was changed for an event without a person.
#[must_use]
pub fn unattended_record(event_id: &str) -> String {
    format!("{event_id}-auto")
}

/// Makes a recorded change: one that was approved, or one whose attempt died.
pub async fn resume<W: Writer, L: Ledger>(record: Record, writer: &W, ledger: &L) -> Applied {
    match record.state {
        State::Approved | State::Intended => make(Record { state: State::Intended, ..record }, writer, ledger).await,
        State::Proposed | State::Rejected | State::Done | State::Failed | State::Foreign | State::Undone => {
            Applied::Untouched(format!("record `{}` is not one of a change that is to be made", record.id))
        }
    }
}

/// Keeps a remedy as a proposal that a person may approve. `None` if this program does not make such a change, or if it
/// was made or decided already.
///
/// # Errors
/// If it is not known whether it was kept.
pub async fn propose<L: Ledger>(remedy: &Remedy, event_id: &str, ledger: &L) -> Result<Option<Record>, LedgerError> {
    let Some(record) = record(remedy, event_id, State::Proposed) else { return Ok(None) };
    let known = ledger.get(&record.id).await?.map(|known| known.state);
    let kept = match known {
        // What failed may be proposed anew: the evidence is another one now.
        None | Some(State::Proposed | State::Failed) => ledger.swap(&record, known).await?,
        Some(State::Approved | State::Rejected | State::Intended | State::Done | State::Foreign | State::Undone) => {
            false
        }
    };
    Ok(kept.then_some(record))
}

fn record(remedy: &Remedy, event_id: &str, state: State) -> Option<Record> {
    let edit = Edit::of(remedy.change())?;
    Some(Record {
        id: record_id(event_id, remedy.kind(), &edit),
        event_id: event_id.to_owned(),
        kind: remedy.kind().to_owned(),
        edit,
        state,
        approved_by: None,
    })
}

/// The id of the record of a remedy for an event; `None` if this program does not make the change.
#[must_use]
pub fn record_of(remedy: &Remedy, event_id: &str) -> Option<String> {
    Some(record_id(event_id, remedy.kind(), &Edit::of(remedy.change())?))
}

/// Puts back what was there before a recorded change, if nobody has changed it since.
pub async fn undo<W: Writer, L: Ledger>(id: &str, writer: &W, ledger: &L) -> Applied {
    let record = match ledger.get(id).await {
        Ok(Some(record)) => record,
        Ok(None) => return Applied::Untouched(format!("there is no record `{id}`")),
        Err(error) => return Applied::Untouched(error.to_string()),
    };
    match record.state {
        State::Done => {}
        State::Undone => return Applied::Done,
        State::Proposed | State::Approved | State::Rejected | State::Intended | State::Failed | State::Foreign => {
            return Applied::Untouched(format!("record `{id}` is of a change that was not made"));
        }
    }
    if let Some(why) = record.edit.for_good() {
        return Applied::Untouched(format!("it cannot be undone: {why}"));
    }
    let undone =
        Record { edit: record.edit.undo(), id: format!("{id}-undo"), state: State::Intended, ..record.clone() };
    let applied = make(undone, writer, ledger).await;
    if applied == Applied::Done
        && let Err(error) = ledger.put(&Record { state: State::Undone, ..record }).await
    {
        return Applied::Open(error.to_string());
    }
    applied
}

async fn make<W: Writer, L: Ledger>(record: Record, writer: &W, ledger: &L) -> Applied {
    let mut record = match ledger.begin(&record).await {
        Ok(None) => record,
        // An earlier try of the same change died: what it found and meant to write counts.
        Ok(Some(earlier)) if earlier.id == record.id => earlier,
        Ok(Some(_)) => return Applied::Busy,
        Err(error) => return Applied::Untouched(error.to_string()),
    };
    match look(&record.edit, writer).await {
        Err(why) => close(&record, State::Failed, ledger, Applied::Untouched(why)).await,
        // An earlier try got as far as writing.
        Ok(Found::After) => close(&record, State::Done, ledger, Applied::Done).await,
        Ok(Found::Other) => {
            let why = "it was changed since it was looked at: explain the event again".to_owned();
            close(&record, State::Failed, ledger, Applied::Untouched(why)).await
        }
        Ok(Found::Before) => {
            match writer.complete(record.edit.clone()).await {
                Err(why) => return close(&record, State::Failed, ledger, Applied::Untouched(why)).await,
                Ok(edit) if edit == record.edit => {}
                Ok(edit) => {
                    record.edit = edit;
                    if let Err(error) = ledger.put(&record).await {
                        return Applied::Open(error.to_string());
                    }
                }
            }
            let edit = &record.edit;
            let written = writer.write(edit).await;
            match (look(edit, writer).await, written) {
                (Ok(Found::After), _) => close(&record, State::Done, ledger, Applied::Done).await,
                (Ok(Found::Before), Err(why)) => close(&record, State::Failed, ledger, Applied::Untouched(why)).await,
                // S3 and IAM may take a while to show what was written: the next try looks again.
                (Ok(Found::Before), Ok(())) => Applied::Open("what was written does not show yet".to_owned()),
                (Ok(Found::Other), _) => close(&record, State::Foreign, ledger, Applied::Foreign).await,
                (Err(why), _) => Applied::Open(why),
            }
        }
    }
}

enum Found {
    Before,
    After,
    Other,
}

/// What is in the place now.
async fn look<W: Writer>(edit: &Edit, writer: &W) -> Result<Found, String> {
    let image = writer.read(&edit.place).await?;
    Ok(if image.is_same(&edit.after) {
        Found::After
    } else if image.is_same(&edit.before) {
        Found::Before
    } else {
        Found::Other
    })
}

/// Writes down how it ended. If that fails, the next try finds out again.
async fn close<L: Ledger>(record: &Record, state: State, ledger: &L, applied: Applied) -> Applied {
    match ledger.end(&Record { state, ..record.clone() }).await {
        Err(error) if applied == Applied::Done => Applied::Open(error.to_string()),
        Ok(()) | Err(_) => applied,
    }
}

/// The same for the same change for the same event, so that a second try finds the first.
fn record_id(event_id: &str, kind: &str, edit: &Edit) -> String {
    format!("{event_id}-{:016x}", fingerprint(&format!("{kind} {}", edit.place.name())))
}
