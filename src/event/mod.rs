//! Intake: whatever carries CloudTrail records, or those of CloudFront's and WAF's logs, to denials.

mod changes;
mod code;
mod denial;
mod error;
mod fields;
mod identity;
mod logs;
mod message;
mod redact;
mod viewer;

use serde::Serialize;
use serde_json::{Map, Value};

pub use changes::{Changed, PERMISSION_CHANGES, PermissionChange, permission_change};
pub use code::{CODES, Category, category};
pub use denial::{Denial, ResourceRef};
pub use error::EventError;
pub use identity::{Identity, IdentityType, Issuer};
pub use message::{Message, Reason};
pub use redact::mask;
pub use viewer::{Block, Inspected, Line, Rate, Refusal, Viewer, W3c};

/// The member of a log's record that says whose the log is. CloudFront's own records do not: whoever carries them adds it,
/// by the name that it has in CloudTrail's.
const LOG_ACCOUNT: &str = "recipientAccountId";

/// The members under which carriers have their records: log files and batches of SQS, `LookupEvents`, and the messages of a
/// queue as the AWS CLI prints them.
const LISTS: &[&str] = &["Records", "Events", "Messages"];

/// The id and the text of a message of SQS, as Lambda gives it and as the AWS CLI prints it.
const MESSAGES: &[(&str, &str)] = &[("messageId", "body"), ("MessageId", "Body")];

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

/// Reads an input: an EventBridge event, an SQS batch of them, what Lambda keeps of an invocation that failed
/// (<https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>), a CloudTrail record or log file, `LookupEvents`
/// output, a record of WAF's or CloudFront's log, a batch of CloudWatch Logs, a list of these, or JSON lines of any; or
/// CloudFront's log file of the older form. A record that cannot be read does not stop the others.
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
    match record.as_object().filter(|object| viewer::is_record(object)) {
        Some(object) => viewer::read(object, ""),
        None => Denial::read(record, ""),
    }
}

fn read_text(text: &str, at: &str, message_id: Option<&str>, items: &mut Vec<Item>) {
    // Windows puts a mark before UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if W3c::begins(text) {
        return read_w3c(text, at, message_id, items);
    }
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
    for name in LISTS {
        if let Some(Value::Array(list)) = object.get(*name) {
            return read_list(list, &inside(name), message_id, items);
        }
    }
    for (id, body) in MESSAGES {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        if let (Some(id), Some(text)) = (text(id), text(body)) {
            let before = items.len();
            read_text(text, &inside(body), Some(id), items);
            if items.len() == before {
                fail(EventError::Missing { at: inside(body) }, Some(id), items);
            }
            return;
        }
    }
    if let (Some(payload), true) = (object.get("requestPayload"), object.contains_key("requestContext")) {
        return read_one(payload, &inside("requestPayload"), message_id, items);
    }
    if let Some(record) = object.get("CloudTrailEvent").and_then(Value::as_str) {
        return read_text(record, &inside("CloudTrailEvent"), message_id, items);
    }
    if object.contains_key("detail-type") {
        return read_bus_event(object, &inside("detail"), message_id, items);
    }
    if let Some(data) = object.get("awslogs").and_then(|logs| logs.get("data")).and_then(Value::as_str) {
        return read_batch(data, &inside("awslogs.data"), message_id, items);
    }
    if viewer::is_record(object) {
        let outcome = viewer::read(object, at).map(|read| read.map(Box::new));
        return items.push(Item { message_id: message_id.map(str::to_owned), outcome });
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

/// CloudFront's log file of the older form.
fn read_w3c(text: &str, at: &str, message_id: Option<&str>, items: &mut Vec<Item>) {
    let mut file = W3c::default();
    for (line, number) in text.lines().zip(1..) {
        match file.line(line) {
            Line::Comment => {}
            Line::Record(value) => read_one(&value, &format!("{at}[{number}]"), message_id, items),
            Line::Foreign => fail(EventError::OtherFields { at: at.to_owned(), line: number }, message_id, items),
        }
    }
}

/// What CloudWatch Logs sends to a subscriber. The log group's account is that of the log.
fn read_batch(data: &str, at: &str, message_id: Option<&str>, items: &mut Vec<Item>) {
    let Some(batch) = logs::unpack(data) else {
        return fail(EventError::NotPacked { at: at.to_owned() }, message_id, items);
    };
    if batch.message_type != "DATA_MESSAGE" {
        let reason = format!("`{}` of CloudWatch Logs brings no records", batch.message_type);
        let skipped = Skipped { event_id: String::new(), reason, change: None };
        return items.push(Item { message_id: message_id.map(str::to_owned), outcome: Ok(Err(skipped)) });
    }
    for (index, event) in batch.log_events.iter().enumerate() {
        let at = format!("{at}.logEvents[{index}].message");
        let read = if event.message.contains('\t') && !event.message.trim_start().starts_with('{') {
            match W3c::plain(&event.message) {
                Line::Record(value) => Ok(value),
                Line::Comment => continue,
                Line::Foreign => {
                    fail(EventError::NamelessFields { at }, message_id, items);
                    continue;
                }
            }
        } else {
            serde_json::from_str::<Value>(&event.message)
        };
        match read {
            Ok(mut value) => {
                if let Some(object) = value.as_object_mut().filter(|object| viewer::is_record(object)) {
                    object.entry(LOG_ACCOUNT).or_insert_with(|| batch.owner.clone().into());
                }
                read_one(&value, &at, message_id, items);
            }
            Err(error) => {
                fail(EventError::NotJson { at, line: error.line(), column: error.column() }, message_id, items);
            }
        }
    }
}

fn fail(error: EventError, message_id: Option<&str>, items: &mut Vec<Item>) {
    items.push(Item { message_id: message_id.map(str::to_owned), outcome: Err(error) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use serde_json::json;
    use std::io::Write;

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
        // What Lambda keeps of an invocation that failed, and what EventBridge keeps of an event that it could not deliver.
        let failed = json!({
            "version": "1.0", "timestamp": "2026-11-01T00:05:00.000Z",
            "requestContext": {"requestId": "r", "functionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f:$LATEST",
                "condition": "RetriesExhausted", "approximateInvokeCount": 3},
            "requestPayload": bus, "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
            "responsePayload": {"errorType": "NotPublished", "errorMessage": "m"},
        });
        let delivered = json!({
            "messageId": "m", "eventSource": "aws:sqs", "body": bus.to_string(),
            "messageAttributes": {"RULE_ARN": {"stringValue": "arn", "dataType": "String"},
                "ERROR_CODE": {"stringValue": "NO_PERMISSIONS", "dataType": "String"}},
        });
        for input in [
            record(),
            bus.clone(),
            json!({"Records": [record()]}),
            json!({"Events": [{"EventId": "e-1", "CloudTrailEvent": record().to_string()}]}),
            json!({"EventId": "e-1", "CloudTrailEvent": record().to_string()}),
            json!({"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": bus.to_string()}]}),
            failed.clone(),
            json!({"Records": [{"messageId": "m", "eventSource": "aws:sqs", "body": failed.to_string()}]}),
            json!({"Records": [delivered]}),
            json!({"Messages": [{"MessageId": "m", "ReceiptHandle": "r", "Body": failed.to_string()}]}),
            json!({"Messages": [{"MessageId": "m", "MessageAttributes": delivered["messageAttributes"], "Body": bus.to_string()}]}),
            json!([record()]),
        ] {
            assert_eq!(denials(&input), ["e-1"], "{input}");
        }
        let lines = format!("{}\n{}\n", record(), bus);
        assert_eq!(read(&lines).len(), 2);
    }

    fn batch(batch: &Value) -> Value {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(batch.to_string().as_bytes()).unwrap();
        json!({"awslogs": {"data": STANDARD.encode(packed.finish().unwrap())}})
    }

    #[test]
    fn a_batch_of_cloudwatch_logs_gives_its_lines_and_says_whose_they_are() {
        let refused = json!({"date": "2026-11-02", "time": "02:15:07", "sc-status": "403", "x-edge-request-id": "c-1"});
        let lines: Vec<_> = [record(), refused]
            .iter()
            .map(|line| json!({"id": "1", "timestamp": 1, "message": line.to_string()}))
            .collect();
        let message = json!({"messageType": "DATA_MESSAGE", "owner": "111122223333", "logEvents": lines});
        let items = read(&batch(&message).to_string());
        let denials: Vec<_> = items.into_iter().map(|item| item.outcome.unwrap().unwrap()).collect();
        assert_eq!(denials.iter().map(|denial| denial.event_id.as_str()).collect::<Vec<_>>(), ["e-1", "c-1"]);
        let viewer = denials[1].viewer.as_ref().unwrap();
        assert_eq!(viewer.account.map(|account| account.to_string()).as_deref(), Some("111122223333"));
        assert_eq!(denials[1].record["recipientAccountId"], "111122223333");
        let check = read(&batch(&json!({"messageType": "CONTROL_MESSAGE"})).to_string());
        assert!(matches!(check[0].outcome, Ok(Err(_))));
        assert_eq!(
            error(r#"{"awslogs":{"data":"AAAA"}}"#),
            "`awslogs.data` is no batch of CloudWatch Logs: gzip in base64 is expected"
        );
        let broken = json!({"messageType": "DATA_MESSAGE", "logEvents": [{"message": "oops"}]});
        assert!(
            error(&batch(&broken).to_string())
                .starts_with("`awslogs.data.logEvents[0].message`: line 1 column 1 is not JSON")
        );
    }

    #[test]
    fn a_plain_line_of_cloudfront_is_read_if_it_has_the_standard_fields() {
        let plain = "2026-11-02\t02:15:07\tFRA56-P1\t919\t198.51.100.7\tGET\td111111abcdef8.cloudfront.net\t/a.html\t403\t-\tcurl\t-\tsid=abc\tError\tc-1\twww.example.com\thttps\t45\t0.1\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tError\tHTTP/2.0\t-\t-\t40210\t0.1\tClientGeoBlocked\ttext/html\t919\t-\t-";
        let input = |message: &str| {
            let line = json!({"id": "1", "timestamp": 1, "message": message});
            batch(&json!({"messageType": "DATA_MESSAGE", "owner": "111122223333", "logEvents": [line]})).to_string()
        };
        let items = read(&input(plain));
        let denial = items[0].outcome.as_ref().unwrap().as_ref().unwrap();
        assert_eq!((denial.event_id.as_str(), &denial.record["cs(Cookie)"]), ("c-1", &json!("sid=(removed)")));
        assert_eq!(denial.record["recipientAccountId"], "111122223333");
        let said = "`awslogs.data.logEvents[0].message` does not name its fields: let CloudFront log to CloudWatch Logs as JSON, or with its standard fields";
        for other in [
            plain.replace("2026-11-02\t02:15:07", "1793587271\t-"),
            plain.replace("\t403\t", "\t-\t"),
            plain.replace("\t40210", ""),
            "a\tb".to_owned(),
        ] {
            assert_eq!(error(&input(&other)), said, "{other}");
        }
    }

    #[test]
    fn what_was_let_through_is_nothing_to_explain_and_what_has_no_time_is_no_record() {
        let waf = |action: &str| json!({"webaclId": "a", "httpRequest": {}, "action": action, "timestamp": 1_793_587_271_981_u64});
        for (input, expect) in [
            (waf("ALLOW"), "WAF let the request through (`ALLOW`): there is nothing to explain"),
            (waf("CAPTCHA"), "WAF asked the viewer for a proof (`CAPTCHA`), and did not block the request"),
            (
                json!({"sc-status": 304, "cs-method": "GET"}),
                "CloudFront answered the request with status `304`, which is not a refusal",
            ),
        ] {
            let items = read(&input.to_string());
            assert!(matches!(&items[0].outcome, Ok(Err(skipped)) if skipped.reason == expect), "{items:?}");
        }
        assert!(
            matches!(&read(&waf("BLOCK").to_string())[0].outcome, Ok(Ok(denial)) if denial.time.to_string() == "2026-11-02T02:41:11.981Z")
        );
        assert!(
            error(&json!({"webaclId": "a", "httpRequest": {}, "action": "BLOCK"}).to_string())
                .starts_with("`timestamp` is missing")
        );
        let refused = json!({"sc-status": "403", "x-edge-request-id": "c-1"});
        assert!(error(&refused.to_string()).starts_with("`date` is missing"));
        assert!(
            error(r#"{"sc-status":"403","cs-method":"GET","date":"-"}"#).starts_with("`x-edge-request-id` is missing")
        );
    }

    #[test]
    fn a_file_of_cloudfront_is_read_line_by_line() {
        let text = "#Version: 1.0\n#Fields: date time sc-status x-edge-request-id cs(Cookie)\n2026-11-02\t02:15:07\t403\tc-1\tsid=abc\n2026-11-02\t02:15:07\t200\tc-2\t-\ncut\n";
        let items = read(text);
        assert_eq!(items.len(), 3);
        let denial = items[0].outcome.as_ref().unwrap().as_ref().unwrap();
        assert_eq!(denial.viewer.as_ref().unwrap().cookies, Some(vec!["sid".to_owned()]));
        assert_eq!(denial.record["cs(Cookie)"], "sid=(removed)");
        assert_eq!(
            items[2].outcome.as_ref().unwrap_err().to_string(),
            "line 5 has not the fields that `#Fields:` names"
        );
        // What a case keeps is a record again.
        assert_eq!(read_record(&denial.record).unwrap().unwrap().event_id, "c-1");
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
        assert_eq!(error(&broken.to_string()), "`userIdentity` is missing or empty: every record of this kind has it");
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
