//! What people were told, in a table of DynamoDB: an item for each event, and one for each kind of denials.
//!
//! Who of many is the first of a kind hangs on conditions of single writes, as in the records of changes.

use std::fmt;
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::clock::now;
use super::errors::Failure;
use super::signed::Signer;
use super::signed::calls::{DYNAMODB_GET_ITEM, DYNAMODB_PUT_ITEM, DYNAMODB_UPDATE_ITEM};
use crate::notice::{Known, Notice, Step, Turn};
use crate::ports::Memory;

/// The name under which lines are logged.
const TARGET: &str = "deniedby";

/// What DynamoDB says of a write whose condition does not hold.
const CONDITION_FAILED: &str = "ConditionalCheckFailedException";

/// How often a kind is looked at whose holder changes meanwhile. Whoever loses so often is one of many.
const TRIES: u32 = 4;

/// The longest that the table keeps a finding waiting.
const PATIENCE: Duration = Duration::from_secs(4);

/// How many seconds an item is kept: longer than a message stays in the queue of what failed.
const KEPT: u64 = 15 * 24 * 3_600;

/// The names of an item's attributes in expressions: some are DynamoDB's own words.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html>
const NAMES: &[(&str, &str)] = &[
    ("#causes", "causes"),
    ("#counted", "counted"),
    ("#expires", "expires"),
    ("#holder", "holder"),
    ("#look", "look"),
    ("#more", "more"),
    ("#told", "told"),
    ("#until", "until"),
];

/// The table of what was told. Made by [`Edge::told`](super::Edge::told).
pub struct Told {
    signer: Signer,
    name: String,
    /// For how many seconds denials of a kind are counted and not told.
    quiet: u64,
}

impl Told {
    pub(super) fn new(signer: Signer, name: String, quiet: Duration) -> Self {
        Self { signer, name, quiet: quiet.as_secs() }
    }

    async fn look_up(&self, notice: &Notice) -> Result<Turn, Failure> {
        let event = self.item(event_key(notice)).await?;
        if event.pointer("/counted/BOOL").is_some() {
            return Ok(Turn::Counted);
        }
        let sinks = event.pointer("/told/SS").and_then(Value::as_array).map_or(&[] as &[_], Vec::as_slice);
        let told: Vec<String> = sinks.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if self.quiet == 0 {
            return Ok(Turn::Tell { told, more: 0 });
        }
        for _ in 0..TRIES {
            let known = known(&self.item(kind_key(notice)).await?);
            if !told.is_empty() {
                let more = known.filter(|known| known.holder == notice.event).map_or(0, |known| known.before);
                return Ok(Turn::Tell { told, more });
            }
            let (next, turn) = match Known::step(known.as_ref(), &notice.event, seconds(), self.quiet) {
                Step::Go(turn) => return Ok(turn),
                Step::Take(next, turn) => (next, turn),
            };
            if self.take(notice, &next, known.as_ref()).await? {
                return Ok(turn);
            }
        }
        Ok(Turn::Count)
    }

    /// The item with a key, as it is after all that was written before; null if there is none.
    async fn item(&self, key: String) -> Result<Value, Failure> {
        let input = json!({ "TableName": self.name, "Key": { "id": { "S": key } }, "ConsistentRead": true });
        let answer = self.signer.json(&DYNAMODB_GET_ITEM, &input).await?;
        Ok(answer.get("Item").cloned().unwrap_or_default())
    }

    /// Keeps what is known of a kind in place of what was; `false` if that is not there any more.
    async fn take(&self, notice: &Notice, next: &Known, was: Option<&Known>) -> Result<bool, Failure> {
        let mut item = json!({
            "id": { "S": kind_key(notice) },
            "holder": { "S": next.holder },
            "until": number(next.until),
            "look": number(next.look),
            "more": number(next.more),
            "before": number(next.before),
            "expires": number(next.until + KEPT),
        });
        if let (Some(causes), Some(object)) = (&next.causes, item.as_object_mut()) {
            object.insert("causes".to_owned(), json!({ "S": causes }));
        }
        let input = match was {
            None => json!({ "TableName": self.name, "Item": item, "ConditionExpression": "attribute_not_exists(id)" }),
            Some(was) => {
                let condition = "#holder = :holder AND #look = :look AND #more = :more";
                json!({
                    "TableName": self.name,
                    "Item": item,
                    "ConditionExpression": condition,
                    "ExpressionAttributeNames": names(condition),
                    "ExpressionAttributeValues": {
                        ":holder": { "S": was.holder }, ":look": number(was.look), ":more": number(was.more),
                    },
                })
            }
        };
        match self.signer.json(&DYNAMODB_PUT_ITEM, &input).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.is(CONDITION_FAILED) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Changes an item, if a condition holds.
    async fn update(&self, key: String, update: &str, only: Option<&str>, values: Value) -> Result<(), Failure> {
        let mut input = json!({
            "TableName": self.name,
            "Key": { "id": { "S": key } },
            "UpdateExpression": update,
            "ExpressionAttributeNames": names(&format!("{update} {}", only.unwrap_or_default())),
            "ExpressionAttributeValues": values,
        });
        if let (Some(only), Some(object)) = (only, input.as_object_mut()) {
            object.insert("ConditionExpression".to_owned(), json!(only));
        }
        match self.signer.json(&DYNAMODB_UPDATE_ITEM, &input).await {
            Err(failure) if !failure.is(CONDITION_FAILED) => Err(failure),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn keep_told(&self, notice: &Notice, sink: &str) -> Result<(), Failure> {
        let values = json!({ ":sink": { "SS": [sink] }, ":expires": number(seconds() + KEPT) });
        self.update(event_key(notice), "ADD #told :sink SET #expires = :expires", None, values).await
    }

    async fn keep_causes(&self, notice: &Notice, causes: &str) -> Result<(), Failure> {
        let known = Known::default().told(causes, seconds(), self.quiet);
        let values = json!({
            ":causes": { "S": causes },
            ":until": number(known.until),
            ":look": number(known.look),
            ":expires": number(known.until + KEPT),
            ":event": { "S": notice.event },
        });
        let update = "SET #causes = :causes, #until = :until, #look = :look, #expires = :expires";
        self.update(kind_key(notice), update, Some("#holder = :event"), values).await
    }

    async fn keep_count(&self, notice: &Notice) -> Result<(), Failure> {
        let there = Some("attribute_exists(id)");
        self.update(kind_key(notice), "ADD #more :one", there, json!({ ":one": number(1) })).await?;
        let values = json!({ ":yes": { "BOOL": true }, ":expires": number(seconds() + KEPT) });
        self.update(event_key(notice), "SET #counted = :yes, #expires = :expires", None, values).await
    }

    /// What the table did, if it did it in time. People are told whatever it does.
    async fn within<T>(&self, notice: &Notice, work: impl Future<Output = Result<T, Failure>>) -> Option<T> {
        let (event, table) = (&notice.event, &self.name);
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(Ok(done)) => return Some(done),
            Ok(Err(failure)) => {
                let why = failure.in_words();
                tracing::warn!(target: TARGET, event, table, "what was told is not known, or not kept: {why}");
            }
            Err(_) => {
                let why = "AWS did not answer in time";
                tracing::warn!(target: TARGET, event, table, "what was told is not known, or not kept: {why}");
            }
        }
        None
    }
}

impl Memory for Told {
    fn turn<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Turn> {
        Box::pin(async { self.within(notice, self.look_up(notice)).await.unwrap_or_else(Turn::first) })
    }

    fn told<'a>(&'a self, notice: &'a Notice, sink: &'static str) -> BoxFuture<'a, ()> {
        Box::pin(async { self.within(notice, self.keep_told(notice, sink)).await.unwrap_or_default() })
    }

    fn quiet<'a>(&'a self, notice: &'a Notice, causes: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async {
            if self.quiet > 0 {
                self.within(notice, self.keep_causes(notice, causes)).await.unwrap_or_default();
            }
        })
    }

    fn count<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, ()> {
        Box::pin(async { self.within(notice, self.keep_count(notice)).await.unwrap_or_default() })
    }
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told").field("name", &self.name).field("quiet", &self.quiet).finish_non_exhaustive()
    }
}

fn event_key(notice: &Notice) -> String {
    format!("event#{}", notice.event)
}

fn kind_key(notice: &Notice) -> String {
    format!("kind#{}", notice.kind)
}

/// What an item says of a kind; `None` if it is none.
fn known(item: &Value) -> Option<Known> {
    let text = |name: &str| item.pointer(&format!("/{name}/S")).and_then(Value::as_str).map(str::to_owned);
    let number = |name: &str| item.pointer(&format!("/{name}/N")).and_then(Value::as_str)?.parse().ok();
    Some(Known {
        holder: text("holder")?,
        causes: text("causes"),
        until: number("until")?,
        look: number("look")?,
        more: number("more")?,
        before: number("before")?,
    })
}

fn number(number: u64) -> Value {
    json!({ "N": number.to_string() })
}

/// The names that an expression uses; DynamoDB takes no others.
fn names(expression: &str) -> Value {
    NAMES.iter().filter(|row| expression.contains(row.0)).map(|row| (row.0, row.1)).collect()
}

fn seconds() -> u64 {
    now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}
