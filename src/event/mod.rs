//! Intake: whatever carries CloudTrail records, to denials.

mod changes;
mod code;
mod denial;
mod fields;
mod identity;
mod message;
mod redact;

use serde::Serialize;
use serde_json::{Map, Value};

pub use changes::{Changed, PERMISSION_CHANGES, PermissionChange, permission_change};
pub use code::{CODES, Category, category};
pub use denial::{Denial, ResourceRef};
pub use identity::{Identity, IdentityType, Issuer};
pub use message::{Message, Reason};
pub use redact::mask;

/// Why an input is no event that we can read. The text says where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// No JSON at all.
    #[error("{}line {line} column {column} is not JSON: give a CloudTrail event, or a file of them", place(.at))]
    NotJson {
        /// The place in the input that holds the text.
        at: String,
        /// Where in the text, from 1.
        line: usize,
        /// Where in the line, from 1.
        column: usize,
    },
    /// A member that every record has is not there.
    #[error("`{at}` is missing or empty: a CloudTrail record always has it")]
    Missing {
        /// The member.
        at: String,
    },
    /// A member has another type than CloudTrail gives it.
    #[error("`{}` is not {wanted}", if at.is_empty() { "the input" } else { at })]
    WrongType {
        /// The member.
        at: String,
        /// The type that it should have.
        wanted: &'static str,
    },
    /// The event time is no time.
    #[error("`{at}` is `{text}`, which is not a time like `2026-11-01T00:00:00Z`")]
    BadTime {
        /// The member.
        at: String,
        /// What it holds.
        text: String,
    },
    /// JSON that is none of the inputs that we read.
    #[error("{}not an EventBridge event, a CloudTrail record or file, `LookupEvents` output, or an SQS batch of events", place(.at))]
    Unrecognised {
        /// The place in the input.
        at: String,
    },
    /// The input holds nothing.
    #[error("the input is empty: give a CloudTrail event")]
    Empty,
}

fn place(at: &str) -> String {
    if at.is_empty() { String::new() } else { format!("`{at}`: ") }
}

/// A record that is no denial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// `eventID` of the record, or of the event around it.
    pub event_id: String,
    /// One line for a person.
    pub reason: String,
    /// What the call changed, if it changed permissions.
    #[serde(skip)]
    pub change: Option<Changed>,
}

/// One record of the input.
#[derive(Debug)]
pub struct Item {
    /// The id of the SQS message that carried it.
    pub message_id: Option<String>,
    /// The denial, or why there is none.
    pub outcome: Result<Result<Box<Denial>, Skipped>, EventError>,
}

/// Reads an input: an EventBridge event, an SQS batch of them, a CloudTrail record or log file, `LookupEvents`
/// output, a list of these, or JSON lines of any. A record that cannot be read does not stop the others.
#[must_use]
pub fn read(text: &str) -> Vec<Item> {
    let mut items = Vec::new();
    read_text(text, "", None, &mut items);
    if items.is_empty() {
        items.push(Item { message_id: None, outcome: Err(EventError::Empty) });
    }
    items
}

/// The same for an input that is JSON already.
#[must_use]
pub fn read_value(value: &Value) -> Vec<Item> {
    let mut items = Vec::new();
    read_one(value, "", None, &mut items);
    items
}

/// Reads a CloudTrail record, without a carrier around it.
///
/// # Errors
/// If it is no record.
pub fn read_record(record: &Value) -> Result<Result<Denial, Skipped>, EventError> {
    Denial::read(record, "")
}

fn read_text(text: &str, at: &str, message_id: Option<&str>, items: &mut Vec<Item>) {
    // Windows puts a mark before UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let not_json = |line, column| EventError::NotJson { at: at.to_owned(), line, column };
    match serde_json::Deserializer::from_str(text).into_iter().collect::<Result<Vec<Value>, _>>() {
        Ok(values) => match values.as_slice() {
            [only] => read_one(only, at, message_id, items),
            many => read_list(many, at, message_id, items),
        },
        // JSON lines, one of which is broken: the others are read all the same.
        Err(_) if is_json_lines(text) => {
            for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                match serde_json::from_str(line) {
                    Ok(value) => read_one(&value, &format!("{at}[{index}]"), message_id, items),
                    Err(error) => fail(not_json(index + 1, error.column()), message_id, items),
                }
            }
        }
        Err(error) => fail(not_json(error.line(), error.column()), message_id, items),
    }
}

/// Whether a line is a whole document, and not a part of one that goes over many lines.
fn is_json_lines(text: &str) -> bool {
    let is_document = |line: &str| serde_json::from_str::<Map<String, Value>>(line).is_ok();
    text.lines().filter(|line| !line.trim().is_empty()).take(2).any(is_document)
}

fn read_one(value: &Value, at: &str, message_id: Option<&str>, items: &mut Vec<Item>) {
    let inside = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    let object = match value {
        Value::Array(list) => return read_list(list, at, message_id, items),
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return fail(EventError::Unrecognised { at: at.to_owned() }, message_id, items);
        }
    };
    if let Some(Value::Array(list)) = object.get("Records").or_else(|| object.get("Events")) {
        let name = if object.contains_key("Records") { "Records" } else { "Events" };
        return read_list(list, &inside(name), message_id, items);
    }
    if let (Some(body), Some(id)) =
        (object.get("body").and_then(Value::as_str), object.get("messageId").and_then(Value::as_str))
    {
        let before = items.len();
        read_text(body, &inside("body"), Some(id), items);
        if items.len() == before {
            fail(EventError::Missing { at: inside("body") }, Some(id), items);
        }
        return;
    }
    if let Some(record) = object.get("CloudTrailEvent").and_then(Value::as_str) {
        return read_text(record, &inside("CloudTrailEvent"), message_id, items);
    }
    if object.contains_key("detail-type") {
        return read_bus_event(object, &inside("detail"), message_id, items);
    }
    if object.contains_key("eventSource") || object.contains_key("eventName") || object.contains_key("eventVersion") {
        let outcome = Denial::read(value, at).map(|read| read.map(Box::new));
        return items.push(Item { message_id: message_id.map(str::to_owned), outcome });
    }
    fail(EventError::Unrecognised { at: at.to_owned() }, message_id, items);
}

fn read_list(list: &[Value], at: &str, message_id: Option<&str>, items: &mut Vec<Item>) {
    for (index, value) in list.iter().enumerate() {
        read_one(value, &format!("{at}[{index}]"), message_id, items);
    }
}

/// An EventBridge event. Only CloudTrail's carry records.
///
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html>
fn read_bus_event(event: &Map<String, Value>, at: &str, message_id: Option<&str>, items: &mut Vec<Item>) {
    let detail_type = event.get("detail-type").and_then(Value::as_str).unwrap_or_default();
    if !detail_type.ends_with(" via CloudTrail") {
        let event_id = event.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        let reason = format!("`{detail_type}` is not an event of CloudTrail");
        return items.push(Item {
            message_id: message_id.map(str::to_owned),
            outcome: Ok(Err(Skipped { event_id, reason, change: None })),
        });
    }
    match event.get("detail") {
        Some(detail @ Value::Object(_)) => {
            let outcome = Denial::read(detail, at).map(|read| read.map(Box::new));
            items.push(Item { message_id: message_id.map(str::to_owned), outcome });
        }
        _ => fail(EventError::Missing { at: at.to_owned() }, message_id, items),
    }
}

fn fail(error: EventError, message_id: Option<&str>, items: &mut Vec<Item>) {
    items.push(Item { message_id: message_id.map(str::to_owned), outcome: Err(error) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record() -> Value {
        json!({
            "eventVersion": "1.11", "eventID": "e-1", "eventTime": "2026-11-01T00:00:00Z", "eventSource": "s3.amazonaws.com",
            "eventName": "GetObject", "awsRegion": "eu-west-1", "errorCode": "AccessDenied", "errorMessage": "Access Denied",
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann", "accountId": "111122223333", "userName": "ann", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
            "requestParameters": {"bucketName": "b", "key": "k"},
        })
    }

    fn denials(input: &Value) -> Vec<String> {
        read(&input.to_string()).into_iter().filter_map(|item| Some(item.outcome.ok()?.ok()?.event_id)).collect()
    }

    fn error(input: &str) -> String {
        read(input).into_iter().find_map(|item| item.outcome.err()).map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn every_carrier_gives_the_record() {
        let bus = json!({"version": "0", "id": "x", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "detail": record()});
        for input in [
            record(),
            bus.clone(),
            json!({"Records": [record()]}),
            json!({"Events": [{"EventId": "e-1", "CloudTrailEvent": record().to_string()}]}),
            json!({"EventId": "e-1", "CloudTrailEvent": record().to_string()}),
            json!({"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": bus.to_string()}]}),
            json!([record()]),
        ] {
            assert_eq!(denials(&input), ["e-1"], "{input}");
        }
        let lines = format!("{}\n{}\n", record(), bus);
        assert_eq!(read(&lines).len(), 2);
    }

    #[test]
    fn a_bad_message_of_a_batch_is_named_and_the_others_are_read() {
        let batch = json!({"Records": [{"messageId": "good", "body": record().to_string()}, {"messageId": "bad", "body": "{"}, {"messageId": "empty", "body": ""}]});
        let items = read(&batch.to_string());
        assert!(items[0].outcome.as_ref().is_ok_and(Result::is_ok));
        assert_eq!(items[1].message_id.as_deref(), Some("bad"));
        assert_eq!(
            items[1].outcome.as_ref().unwrap_err().to_string(),
            "`Records[1].body`: line 1 column 1 is not JSON: give a CloudTrail event, or a file of them"
        );
        assert_eq!(items[2].message_id.as_deref(), Some("empty"));
        assert!(items[2].outcome.is_err());
    }

    #[test]
    fn a_broken_line_does_not_stop_the_others() {
        let text = format!("{0}\nnot json\n\n{0}\n{{\"eventName\":\n{0}\n", record());
        let items = read(&text);
        let errors: Vec<_> = items.iter().filter_map(|i| i.outcome.as_ref().err()).map(ToString::to_string).collect();
        assert_eq!(items.len(), 5);
        assert!(errors[0].starts_with("line 2 column 2 is not JSON") && errors[1].starts_with("line 5 "), "{errors:?}");
        assert_eq!(denials(&record()).len(), read(&format!("\u{feff}{}", record())).len());
    }

    #[test]
    fn errors_say_where() {
        assert_eq!(error(""), "the input is empty: give a CloudTrail event");
        assert_eq!(error("nonsense"), "line 1 column 2 is not JSON: give a CloudTrail event, or a file of them");
        assert!(error("{}").starts_with("not an EventBridge event"));
        let mut broken = record();
        broken["eventTime"] = json!("yesterday");
        assert_eq!(
            error(&json!({"Records": [record(), broken]}).to_string()),
            "`Records[1].eventTime` is `yesterday`, which is not a time like `2026-11-01T00:00:00Z`"
        );
        let mut broken = record();
        broken["userIdentity"]["sessionContext"] = json!([]);
        assert_eq!(error(&broken.to_string()), "`userIdentity.sessionContext` is not an object");
        let mut broken = record();
        broken["userIdentity"] = Value::Null;
        assert_eq!(error(&broken.to_string()), "`userIdentity` is missing or empty: a CloudTrail record always has it");
    }

    #[test]
    fn what_is_no_denial_is_skipped_with_a_reason() {
        let reason = |input: &Value| {
            read(&input.to_string())
                .into_iter()
                .find_map(|i| i.outcome.ok()?.err())
                .map(|s| s.reason)
                .unwrap_or_default()
        };
        let mut fine = record();
        fine.as_object_mut().unwrap().remove("errorCode");
        assert_eq!(reason(&fine), "`GetObject` of `s3.amazonaws.com` succeeded: there is nothing to explain");
        let mut slow = record();
        slow["errorCode"] = json!("SlowDown");
        assert_eq!(reason(&slow), "`GetObject` was throttled (`SlowDown`), not denied: call it less often");
        let mut missing = record();
        missing["errorCode"] = json!("NoSuchKey");
        assert_eq!(reason(&missing), "`GetObject` failed with `NoSuchKey`, which is not a denial");
        assert_eq!(
            reason(&json!({"detail-type": "EC2 Instance State-change Notification", "detail": {}})),
            "`EC2 Instance State-change Notification` is not an event of CloudTrail"
        );
    }
}
