//! A record of CloudFront's access log: standard logging, as JSON or from a file of the older form, and real-time logs
//! by the same names.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::super::fields::Fields;
use super::super::redact::redact_text;
use super::super::{Denial, EventError, Skipped};
use super::{Refusal, Seen, Viewer, denial, redact, skipped};

pub(super) fn is_record(object: &Map<String, Value>) -> bool {
    object.contains_key("sc-status") && object.keys().any(|name| name.starts_with("x-edge-") || name.starts_with("cs-"))
}

/// CloudFront's answer to a request that it refuses, and most often that of an origin that does.
const FORBIDDEN: &str = "403";

pub(super) fn read(fields: &Fields<'_>) -> Result<Result<Denial, Skipped>, EventError> {
    let status = value(fields, "sc-status")?.unwrap_or_default();
    if status != FORBIDDEN {
        let id = value(fields, "x-edge-request-id")?.unwrap_or_default();
        let reason = format!("CloudFront answered the request with status `{status}`, which is not a refusal");
        return Ok(Err(skipped(&id, reason)));
    }
    let record = redact::cloudfront(&Value::Object(fields.members()));
    let fields = &fields.redacted(&record);
    let missing = || EventError::Missing { at: fields.place("x-edge-request-id") };
    let id = value(fields, "x-edge-request-id")?.ok_or_else(missing)?;
    let kind = value(fields, "x-edge-detailed-result-type")?;
    let domain = value(fields, "cs(Host)")?;
    let china = domain.as_deref().is_some_and(|domain| domain.rsplit('.').next() == Some("cn"));
    let viewer = Viewer {
        host: value(fields, "x-host-header")?.or_else(|| domain.clone()),
        path: value(fields, "cs-uri-stem")?.unwrap_or_default(),
        query: value(fields, "cs-uri-query")?.map(|query| redact::query(&query)),
        // Without any, and where cookies are not logged, the field is the same.
        cookies: value(fields, "cs(Cookie)")?.map(|cookies| redact::cookie_names(&cookies)),
        country: value(fields, "c-country")?,
        account: value(fields, super::super::LOG_ACCOUNT)?.and_then(|account| account.parse().ok()),
        distribution: value(fields, "DistributionId")?.or(domain),
        refusal: Refusal::CloudFront { kind: kind.clone() },
    };
    let seen = Seen {
        id,
        time: time(fields)?,
        source: "cloudfront.amazonaws.com",
        method: value(fields, "cs-method")?.unwrap_or_else(|| "request".to_owned()),
        // Where CloudFront is asked and recorded, in either partition that has it.
        region: if china { "cn-northwest-1" } else { "us-east-1" }.to_owned(),
        code: kind.or(value(fields, "x-edge-result-type")?).unwrap_or(status),
        address: value(fields, "c-ip")?,
        user_agent: value(fields, "cs(User-Agent)")?,
    };
    Ok(Ok(denial(seen, viewer, record)))
}

/// A field; a hyphen stands for none.
fn value(fields: &Fields<'_>, name: &str) -> Result<Option<String>, EventError> {
    Ok(fields.scalar(name)?.filter(|text| !text.is_empty() && text != "-"))
}

/// When CloudFront had answered: a date and a time in UTC, or seconds or milliseconds since 1970.
fn time(fields: &Fields<'_>) -> Result<Timestamp, EventError> {
    let bad = |name: &str, text: &str| EventError::BadTime { at: fields.place(name), text: redact_text(text) };
    if let (Some(date), Some(time)) = (value(fields, "date")?, value(fields, "time")?) {
        let text = format!("{date}T{time}Z");
        return text.parse().map_err(|_| bad("date", &text));
    }
    if let Some(text) = value(fields, "timestamp(ms)")? {
        let time = text.parse().ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
        return time.ok_or_else(|| bad("timestamp(ms)", &text));
    }
    let text = value(fields, "timestamp")?.ok_or_else(|| EventError::Missing { at: fields.place("date") })?;
    let whole = text.split('.').next().unwrap_or_default();
    let time = whole.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.ok_or_else(|| bad("timestamp", &text))
}
