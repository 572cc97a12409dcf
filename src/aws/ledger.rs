//! Records of changes in a table of DynamoDB: an item for each record, and one for each place that is held.
//!
//! What must not happen twice hangs on conditions of single writes, which DynamoDB decides:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html>.

use std::fmt;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::clock::now;
use super::errors::Failure;
use super::signed::Signer;
use super::signed::calls::{Call, DYNAMODB_DELETE_ITEM, DYNAMODB_GET_ITEM, DYNAMODB_PUT_ITEM, Json};
use crate::ports::{LEASE, Ledger, LedgerError};
use crate::remedy::{Place, Record, State};

/// What DynamoDB says of a write whose condition does not hold.
const CONDITION_FAILED: &str = "ConditionalCheckFailedException";

/// How often a place is looked at whose holder changes meanwhile.
const TRIES: u32 = 4;

/// The table of records. Made by [`Edge::ledger`](super::Edge::ledger).
pub struct Table {
    signer: Signer,
    name: String,
    /// How long an item is kept after it was written last.
    keeps: Duration,
}

/// Who holds a place.
struct Hold {
    id: String,
    /// The record as it was when the place was taken.
    record: Record,
}

/// When a write takes effect.
struct Only {
    condition: &'static str,
    values: Value,
}

impl Table {
    pub(super) fn new(signer: Signer, name: String, keeps: Duration) -> Self {
        Self { signer, name, keeps }
    }

    /// Makes a write; `false` if its condition does not hold.
    async fn write(&self, call: &Call<Json>, mut input: Value, only: Option<Only>) -> Result<bool, LedgerError> {
        if let Some(object) = input.as_object_mut() {
            object.insert("TableName".to_owned(), json!(self.name));
            if let Some(only) = only {
                object.insert("ConditionExpression".to_owned(), json!(only.condition));
                if only.values.as_object().is_some_and(|values| !values.is_empty()) {
                    object.insert("ExpressionAttributeValues".to_owned(), only.values);
                }
                // `state` is one of DynamoDB's own words.
                if only.condition.contains("#state") {
                    object.insert("ExpressionAttributeNames".to_owned(), json!({ "#state": "state" }));
                }
            }
        }
        match self.signer.json(call, &input).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.is(CONDITION_FAILED) => Ok(false),
            Err(failure) => Err(self.failed(&failure)),
        }
    }

    /// The item with a key, as it is after all that was written before.
    async fn item(&self, key: String) -> Result<Option<Value>, LedgerError> {
        let input = json!({ "TableName": self.name, "Key": { "id": { "S": key } }, "ConsistentRead": true });
        let answer = self.signer.json(&DYNAMODB_GET_ITEM, &input).await.map_err(|failure| self.failed(&failure))?;
        Ok(answer.get("Item").cloned())
    }

    async fn put_record(&self, record: &Record, only: Option<Only>) -> Result<bool, LedgerError> {
        let item = json!({
            "id": { "S": record_key(&record.id) },
            "record": { "S": text(record)? },
            "state": { "S": state(record.state)? },
            "expires": seconds(now() + self.keeps),
        });
        self.write(&DYNAMODB_PUT_ITEM, json!({ "Item": item }), only).await
    }

    /// Holds a place for a change, if nobody else does; `over` is a holder that is known to be over.
    async fn hold(&self, record: &Record, over: &str) -> Result<bool, LedgerError> {
        let now = now();
        let item = json!({
            "id": { "S": place_key(&record.edit.place) },
            "holder": { "S": record.id },
            "record": { "S": text(record)? },
            "lease": seconds(now + LEASE),
            "expires": seconds(now + self.keeps),
        });
        let only = Only {
            condition: "attribute_not_exists(id) OR holder = :own OR holder = :over OR lease < :now",
            values: json!({ ":own": { "S": record.id }, ":over": { "S": over }, ":now": seconds(now) }),
        };
        self.write(&DYNAMODB_PUT_ITEM, json!({ "Item": item }), Some(only)).await
    }

    async fn holder(&self, place: &Place) -> Result<Option<Hold>, LedgerError> {
        let Some(item) = self.item(place_key(place)).await? else { return Ok(None) };
        let id = item.pointer("/holder/S").and_then(Value::as_str).map(str::to_owned);
        Ok(Some(Hold { id: id.ok_or_else(|| self.garbled())?, record: self.record(&item)? }))
    }

    fn record(&self, item: &Value) -> Result<Record, LedgerError> {
        let text = item.pointer("/record/S").and_then(Value::as_str);
        text.and_then(|text| serde_json::from_str(text).ok()).ok_or_else(|| self.garbled())
    }

    fn failed(&self, failure: &Failure) -> LedgerError {
        LedgerError(format!("table `{}`: {}", self.name, failure.in_words()))
    }

    fn garbled(&self) -> LedgerError {
        LedgerError(format!("table `{}` holds something that is no record", self.name))
    }
}

impl Ledger for Table {
    /// The place is held first, by an item that holds the record as well, so that whoever finds it held knows for what.
    async fn begin(&self, record: &Record) -> Result<Option<Record>, LedgerError> {
        let mut over = record.id.clone();
        for number in 1..=TRIES {
            let earlier = self.get(&record.id).await?.filter(|known| known.state == State::Intended);
            if self.hold(earlier.as_ref().unwrap_or(record), &over).await? {
                if earlier.is_none() {
                    self.put_record(record, None).await?;
                }
                return Ok(earlier);
            }
            // It may have been set free since.
            let Some(hold) = self.holder(&record.edit.place).await? else { continue };
            let known = self.get(&hold.id).await?.unwrap_or(hold.record);
            if known.state == State::Intended || number == TRIES {
                return Ok(Some(known));
            }
            // It ended, and died before it set the place free.
            over = hold.id;
        }
        Err(LedgerError("others change the same resource all the time".to_owned()))
    }

    async fn end(&self, record: &Record) -> Result<(), LedgerError> {
        self.put_record(record, None).await?;
        let only = Only { condition: "holder = :own", values: json!({ ":own": { "S": record.id } }) };
        let key = json!({ "Key": { "id": { "S": place_key(&record.edit.place) } } });
        // Whoever finds the place held by what has ended takes it over, so that this may fail.
        let _ = self.write(&DYNAMODB_DELETE_ITEM, key, Some(only)).await;
        Ok(())
    }

    async fn put(&self, record: &Record) -> Result<(), LedgerError> {
        self.put_record(record, None).await.map(|_| ())
    }

    async fn swap(&self, record: &Record, from: Option<State>) -> Result<bool, LedgerError> {
        let only = match from {
            None => Only { condition: "attribute_not_exists(id)", values: json!({}) },
            Some(from) => Only { condition: "#state = :from", values: json!({ ":from": { "S": state(from)? } }) },
        };
        // A write whose answer was lost is made again, and then finds itself.
        Ok(self.put_record(record, Some(only)).await? || self.get(&record.id).await?.as_ref() == Some(record))
    }

    async fn get(&self, id: &str) -> Result<Option<Record>, LedgerError> {
        self.item(record_key(id)).await?.map(|item| self.record(&item)).transpose()
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("name", &self.name).finish_non_exhaustive()
    }
}

fn record_key(id: &str) -> String {
    format!("record#{id}")
}

fn place_key(place: &Place) -> String {
    format!("place#{}", place.name())
}

fn text(record: &Record) -> Result<String, LedgerError> {
    serde_json::to_string(record).map_err(|error| LedgerError(error.to_string()))
}

/// A state as it stands in the record.
fn state(state: State) -> Result<String, LedgerError> {
    let value = serde_json::to_value(state).map_err(|error| LedgerError(error.to_string()))?;
    value.as_str().map(str::to_owned).ok_or_else(|| LedgerError("a state has no name".to_owned()))
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html>
fn seconds(time: SystemTime) -> Value {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    json!({ "N": seconds.to_string() })
}
