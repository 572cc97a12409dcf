//! CloudFront's log files of the older form: tab-separated, with the names of the fields in a line of their own.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html>

use serde_json::{Map, Value};

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
    /// Whether a text is the start of such a file.
    #[must_use]
    pub fn begins(text: &str) -> bool {
        ["#Version:", "#Fields:"].iter().any(|mark| text.starts_with(mark))
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
