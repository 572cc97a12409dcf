//! Where cases are kept: in a bucket of the hub's own account, or in the function's log.

use std::fmt;

use aws_sdk_s3::primitives::ByteStream;
use futures_util::future::BoxFuture;

use super::clients::Clients;
use super::errors::Failure;
use crate::ports::Keeper;
use crate::report::Report;

/// The name under which lines are logged.
const TARGET: &str = "deniedby";

/// The name under which cases are logged, however little else is.
pub const CASES: &str = "deniedby::case";

/// A longer line is cut by the log.
///
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
const LONGEST_LINE: usize = 200 * 1024;

/// A bucket with an object for each case. Made by [`Edge::case_bucket`](super::Edge::case_bucket).
pub struct CaseBucket {
    clients: Clients,
    bucket: String,
}

impl CaseBucket {
    pub(super) fn new(clients: Clients, bucket: String) -> Self {
        Self { clients, bucket }
    }

    /// The object is encrypted as the bucket says. That the bucket is our own account's is for the role's policy to see
    /// to.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
    async fn put(&self, report: &Report, case: &str) {
        let key = key(report);
        let call = self.clients.s3().put_object().bucket(&self.bucket).key(&key).content_type("application/json");
        if let Err(error) = call.body(ByteStream::from(case.as_bytes().to_vec())).send().await {
            let failure = Failure::from(error);
            let why = failure.in_words();
            let (bucket, event_id) = (&self.bucket, &report.event_id);
            tracing::warn!(target: TARGET, event_id, bucket, key, "the case was not kept: {why}");
        }
    }
}

impl Keeper for CaseBucket {
    fn keep<'a>(&'a self, report: &'a Report, case: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(self.put(report, case))
    }
}

impl fmt::Debug for CaseBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaseBucket").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

/// `cases/DATE/EVENT_ID.json`, by the date of the denial.
fn key(report: &Report) -> String {
    let date = report.event_time.split('T').next().unwrap_or_default();
    let id: String = report.event_id.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    format!("cases/{date}/{id}.json")
}

/// The log of this process, with a line for each case.
#[derive(Debug, Clone, Copy)]
pub struct CaseLog;

impl Keeper for CaseLog {
    fn keep<'a>(&'a self, report: &'a Report, case: &'a str) -> BoxFuture<'a, ()> {
        let event_id = &report.event_id;
        // Without the line breaks and the indent.
        match serde_json::from_str::<serde_json::Value>(case).map(|case| case.to_string()) {
            Ok(case) if case.len() <= LONGEST_LINE => tracing::info!(target: CASES, event_id, case, "case"),
            Ok(case) => {
                let bytes = case.len();
                tracing::warn!(target: TARGET, event_id, bytes, "the case was not kept: it is too long for the log");
            }
            Err(error) => tracing::warn!(target: TARGET, event_id, "the case was not kept: {error}"),
        }
        Box::pin(std::future::ready(()))
    }
}
