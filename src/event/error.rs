//! What is wrong with an input, and where.

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
    #[error("`{at}` is missing or empty: every record of this kind has it")]
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
    #[error("{}not an EventBridge event, a CloudTrail record or file, `LookupEvents` output, a record of CloudFront's or WAF's log, or a batch of events", place(.at))]
    Unrecognised {
        /// The place in the input.
        at: String,
    },
    /// A batch of CloudWatch Logs that cannot be unpacked.
    #[error("`{at}` is no batch of CloudWatch Logs: gzip in base64 is expected")]
    NotPacked {
        /// The member.
        at: String,
    },
    /// A line of a log file that has not the fields that its head names.
    #[error("{}line {line} has not the fields that `#Fields:` names", place(.at))]
    OtherFields {
        /// The place in the input.
        at: String,
        /// The line, from 1.
        line: usize,
    },
    /// A line of a log group whose fields nobody names.
    #[error(
        "`{at}` does not name its fields: let CloudFront log to CloudWatch Logs as JSON, or with its standard fields"
    )]
    NamelessFields {
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
