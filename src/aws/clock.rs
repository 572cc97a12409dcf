//! The one place that asks what time it is. Nothing that a report says depends on it but when an answer was read.

use std::time::SystemTime;

/// The time.
#[expect(clippy::disallowed_methods, reason = "how long credentials and answers are good for is a matter of the clock")]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}
