//! What CloudWatch Logs sends to a function that subscribes to a log group: a batch of log lines, packed.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html>

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use serde::Deserialize;

/// The most that a batch may have, unpacked. What is packed is at most 1 MB; a program may have made it otherwise.
const BATCH_MAX: u64 = 64 << 20;

/// A batch of log lines.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Batch {
    /// `DATA_MESSAGE`, or `CONTROL_MESSAGE` to see whether the function is there.
    pub(super) message_type: String,
    /// The account of the log group.
    #[serde(default)]
    pub(super) owner: String,
    /// The lines.
    #[serde(default)]
    pub(super) log_events: Vec<LogEvent>,
}

/// A log line.
#[derive(Debug, Deserialize)]
pub(super) struct LogEvent {
    /// Its text.
    pub(super) message: String,
}

/// Unpacks a batch; `None` if it is none.
pub(super) fn unpack(data: &str) -> Option<Batch> {
    let packed = STANDARD.decode(data.trim()).ok()?;
    let mut text = Vec::new();
    MultiGzDecoder::new(packed.as_slice()).take(BATCH_MAX).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}
