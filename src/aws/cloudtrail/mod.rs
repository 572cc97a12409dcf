//! Questions to CloudTrail's event history: how a session was made, and who changed what.

mod changes;
mod session;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::Failure;
use super::signed::Signer;
use super::signed::calls::CLOUDTRAIL_LOOKUP_EVENTS;
use crate::evidence::Why;

pub(super) use self::changes::changes;
pub(super) use self::session::session;

/// Events of a page: the most that CloudTrail gives.
const PAGE: u32 = 50;

/// More pages than this are not read: CloudTrail takes two calls a second from an account in a Region.
const MAX_PAGES: usize = 10;

/// What to look up. CloudTrail takes one attribute, and a time.
struct Search<'a> {
    /// `EventName` or `ResourceName`.
    attribute: &'static str,
    value: &'a str,
    from: Timestamp,
    to: Option<Timestamp>,
}

/// How a search ended.
enum Ended<T> {
    /// With what was looked for.
    Found(T),
    /// At the last event.
    AtEnd,
    /// Before the last event: there are too many.
    Early,
}

/// A page of events.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default)]
    events: Vec<Event>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    /// The record, as text.
    cloud_trail_event: String,
}

/// Goes through the records of calls, page by page and the latest first, until `found` says what was found.
async fn search<T>(
    signer: &Signer,
    search: &Search<'_>,
    mut found: impl FnMut(&Value) -> Result<Option<T>, Failure>,
) -> Result<Ended<T>, Failure> {
    let mut token = None;
    for _ in 0..MAX_PAGES {
        let page = look_up(signer, search, token.as_deref()).await?;
        for event in &page.events {
            // What cannot be read may be what is looked for.
            let record = serde_json::from_str(&event.cloud_trail_event).map_err(|_| Failure::garbled())?;
            if let Some(found) = found(&record)? {
                return Ok(Ended::Found(found));
            }
        }
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(Ended::AtEnd);
        }
    }
    Ok(Ended::Early)
}

/// Every call of `LookupEvents` is made here. The signer keeps them to the two a second that CloudTrail takes.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
async fn look_up(signer: &Signer, search: &Search<'_>, token: Option<&str>) -> Result<Page, Failure> {
    let mut input = json!({
        "LookupAttributes": [{ "AttributeKey": search.attribute, "AttributeValue": search.value }],
        "StartTime": search.from.as_second(),
        "MaxResults": PAGE,
    });
    if let Some(members) = input.as_object_mut() {
        members.extend(search.to.map(|to| ("EndTime".to_owned(), to.as_second().into())));
        members.extend(token.map(|token| ("NextToken".to_owned(), token.into())));
    }
    let answer = signer.json(&CLOUDTRAIL_LOOKUP_EVENTS, &input).await?;
    serde_json::from_value(answer).map_err(|_| Failure::garbled())
}

/// There are more events than are read.
fn too_many() -> Failure {
    Failure::new(Why::Failed("too many events".to_owned()))
}

/// A member of a record that is text.
fn text<'r>(record: &'r Value, pointer: &str) -> Option<&'r str> {
    record.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Who made a call: an ARN, or a service's name.
fn by(record: &Value) -> Option<String> {
    text(record, "/userIdentity/arn").or_else(|| text(record, "/userIdentity/invokedBy")).map(str::to_owned)
}
