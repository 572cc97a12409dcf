//! Requests of viewers that CloudFront or WAF refused. CloudTrail has no records of them: their own logs have.

mod cloudfront;
mod redact;
mod w3c;
mod waf;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::code::Category;
use super::fields::Fields;
use super::identity::Identity;
use super::message::Message;
use super::{Denial, EventError, Skipped};
use crate::arn::AccountId;

pub use w3c::{Line, W3c};
pub use waf::{Block, Inspected, Rate};

/// A request of somebody in front of CloudFront, of a load balancer, or of whatever else WAF protects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The host that the viewer asked for.
    pub host: Option<String>,
    /// The path, encoded as the log has it.
    pub path: String,
    /// The query as the log has it, without secrets.
    pub query: Option<String>,
    /// The names of the cookies; `None` where the log does not tell.
    pub cookies: Option<Vec<String>>,
    /// The viewer's country, two letters.
    pub country: Option<String>,
    /// The account of the distribution or web ACL.
    pub account: Option<AccountId>,
    /// The distribution, by its id or by its domain name; `None` where WAF protects something else.
    pub distribution: Option<String>,
    /// Who refused, and why.
    pub refusal: Refusal,
}

/// Who refused a viewer's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A rule of a web ACL. WAF's log proves it.
    Waf(Box<Block>),
    /// CloudFront, or what is behind it: its log has a status, and what kind of error that was.
    CloudFront {
        /// `x-edge-detailed-result-type`: `ClientGeoBlocked`, `Error` and the like; `None` where the log leaves it out.
        kind: Option<String>,
    },
}

impl Viewer {
    /// The value of a parameter of the query.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let pairs = self.query.as_deref()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.into_iter().find(|pair| pair.0 == name).map(|pair| pair.1)
    }

    /// Host and path, for reports.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}{}", self.host.as_deref().unwrap_or_default(), self.path)
    }
}

/// Whether an object is a record of such a log.
pub(super) fn is_record(object: &Map<String, Value>) -> bool {
    waf::is_record(object) || cloudfront::is_record(object)
}

/// Reads a record of such a log; `at` is its place in the input.
pub(super) fn read(object: &Map<String, Value>, at: &str) -> Result<Result<Denial, Skipped>, EventError> {
    let fields = Fields::new(object, at);
    if waf::is_record(object) { waf::read(&fields) } else { cloudfront::read(&fields) }
}

/// What both logs tell of a request.
struct Seen {
    id: String,
    time: Timestamp,
    source: &'static str,
    method: String,
    region: String,
    code: String,
    address: Option<String>,
    user_agent: Option<String>,
}

fn denial(seen: Seen, viewer: Viewer, record: Value) -> Denial {
    Denial {
        event_id: seen.id,
        time: seen.time,
        event_source: seen.source.to_owned(),
        event_name: seen.method,
        region: seen.region,
        error_code: seen.code,
        category: Category::Authorization,
        error_message: None,
        message: Message::parse(""),
        identity: Identity::anonymous(),
        source_ip: seen.address,
        user_agent: seen.user_agent,
        vpc_endpoint: None,
        vpc_endpoint_account: None,
        recipient: None,
        tls_version: None,
        parameters: None,
        additional: Map::new(),
        resources: Vec::new(),
        viewer: Some(viewer),
        record,
    }
}

fn skipped(event_id: &str, reason: String) -> Skipped {
    Skipped { event_id: event_id.to_owned(), reason, change: None }
}
