//! Who changed a resource's permissions lately.
//!
//! The event history is in every account, without a setting, and says who, when and by which call. AWS Config's history
//! would add what a policy was before, but only where a recorder is on, and minutes later; what a change did is for its
//! owner to see, and no cause stands on it. So it is not asked.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde_json::Value;

use super::{Ended, Search, by, search, text, too_many};
use crate::aws::errors::{Failure, Outcome};
use crate::aws::signed::Signer;
use crate::event::permission_change;
use crate::evidence::{Answer, Change};

/// The changes since a time, the latest first. Of a resource with more events than are read, those that were found are
/// the latest ones; where none was found, it is not known that there is none.
pub(in crate::aws) async fn changes(signer: &Signer, resource: &str, since: Timestamp) -> Outcome {
    let wanted = Search { attribute: "ResourceName", value: resource, from: since, to: None };
    let mut changes = Vec::new();
    let ended = search(signer, &wanted, |record| {
        changes.extend(change(record).transpose()?.filter(|change| change.time >= since));
        Ok(None::<()>)
    });
    match ended.await? {
        Ended::Early if changes.is_empty() => return Err(too_many()),
        Ended::Early | Ended::AtEnd | Ended::Found(()) => {}
    }
    changes.sort_by_key(|change| Reverse(change.time));
    Ok(Some(Answer::Changes(changes)))
}

/// The change that a record is of; `None` if it is of a call that changes no permissions, or of one that failed.
fn change(record: &Value) -> Option<Result<Change, Failure>> {
    let call = permission_change(text(record, "/eventSource")?, text(record, "/eventName")?)?.name;
    if text(record, "/errorCode").is_some() {
        return None;
    }
    let time = text(record, "/eventTime").and_then(|time| time.parse().ok());
    let (Some(time), Some(event_id)) = (time, text(record, "/eventID")) else { return Some(Err(Failure::garbled())) };
    Some(Ok(Change { time, call: call.to_owned(), by: by(record), event_id: event_id.to_owned() }))
}
