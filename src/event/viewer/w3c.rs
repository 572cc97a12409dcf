//! CloudFront's log files of the older form: tab-separated, with the names of the fields in a line of their own.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html>

use jiff::civil::Date;
use serde_json::{Map, Value};

/// The fields that CloudFront logs unless it is told to log others, in their order.
///
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>
const STANDARD: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) \
    cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes \
    time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status \
    fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len \
    sc-range-start sc-range-end";

/// Reads such a file, line by line.
#[derive(Debug, Default)]
pub struct W3c {
    names: Vec<String>,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq)]
pub enum Line {
    /// A line about the file, or an empty one.
    Comment,
    /// A record, as JSON has it.
    Record(Value),
    /// Something before the names of the fields, or with another number of fields.
    Foreign,
}

impl W3c {
    /// Reads a line that stands alone, as CloudFront writes it to a log group in the format `plain`: the names of its
    /// fields are not told, so that it is read only if it has those that are logged unless others are chosen.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation.html#CloudWatch-Logs-Transformation-parseCloudfront>
    #[must_use]
    pub fn plain(line: &str) -> Line {
        let mut file = Self { names: STANDARD.split_whitespace().map(str::to_owned).collect() };
        let read = file.line(line);
        let is_standard = |record: &Value| {
            let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
            text("date").parse::<Date>().is_ok() && text("sc-status").parse::<u16>().is_ok_and(|status| status < 600)
        };
        match &read {
            Line::Record(record) if !is_standard(record) => Line::Foreign,
            Line::Comment | Line::Record(_) | Line::Foreign => read,
        }
    }

    /// Whether a text is the start of such a file.
    #[must_use]
    pub fn begins(text: &str) -> bool {
        ["#Version:", "#Fields:"].iter().any(|mark| text.starts_with(mark))
    }

    /// Whether a line has named the fields.
    #[must_use]
    pub fn has_fields(&self) -> bool {
        !self.names.is_empty()
    }

    /// Reads the next line.
    pub fn line(&mut self, line: &str) -> Line {
        let line = line.trim_end_matches(['\r', '\n']);
        if let Some(names) = line.strip_prefix("#Fields:") {
            self.names = names.split_whitespace().map(str::to_owned).collect();
            return Line::Comment;
        }
        if line.starts_with('#') || line.is_empty() {
            return Line::Comment;
        }
        let values: Vec<_> = line.split('\t').collect();
        if values.len() != self.names.len() {
            return Line::Foreign;
        }
        let pairs = self.names.iter().cloned().zip(values.into_iter().map(|value| Value::String(value.to_owned())));
        Line::Record(Value::Object(pairs.collect::<Map<_, _>>()))
    }
}
