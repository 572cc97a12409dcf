//! One CloudTrail record of a denied call.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::code::{Category, category};
use super::fields::Fields;
use super::identity::Identity;
use super::message::Message;
use super::redact::{redact, redact_text};
use super::viewer::Viewer;
use super::{Changed, EventError, LOG_ACCOUNT, Skipped};
use crate::arn::{AccountId, Arn};

/// A call that AWS denied.
#[derive(Debug, Clone)]
pub struct Denial {
    /// `eventID`: the same for every delivery of this record.
    pub event_id: String,
    /// When the call ended.
    pub time: Timestamp,
    /// The service, `s3.amazonaws.com` for example.
    pub event_source: String,
    /// The API call.
    pub event_name: String,
    /// The Region that the call went to.
    pub region: String,
    /// The error code.
    pub error_code: String,
    /// What kind of refusal the code is.
    pub category: Category,
    /// The message as it stands.
    pub error_message: Option<String>,
    /// The message's parts.
    pub message: Message,
    /// The caller.
    pub identity: Identity,
    /// An address, a service's name, or `AWS Internal`.
    pub source_ip: Option<String>,
    /// The caller's user agent.
    pub user_agent: Option<String>,
    /// The VPC endpoint that the call came through.
    pub vpc_endpoint: Option<String>,
    /// Whose endpoint that is.
    pub vpc_endpoint_account: Option<AccountId>,
    /// The account that got this copy of the record: the caller's, or the resource's owner.
    pub recipient: Option<AccountId>,
    /// The version of TLS, `TLSv1.3` for example.
    pub tls_version: Option<String>,
    /// The call's parameters; `None` where the record leaves them out.
    pub parameters: Option<Map<String, Value>>,
    /// What the service adds of its own.
    pub additional: Map<String, Value>,
    /// The resources that the call touched.
    pub resources: Vec<ResourceRef>,
    /// The request of a viewer, for records of CloudFront's and WAF's logs: no IAM action was asked for.
    pub viewer: Option<Viewer>,
    /// The record itself, without credentials.
    pub record: Value,
}

/// An entry of `resources`.
#[derive(Debug, Clone)]
pub struct ResourceRef {
    /// The resource.
    pub arn: Arn,
    /// Its owner.
    pub account: Option<AccountId>,
    /// Its type, `AWS::S3::Bucket` for example.
    pub kind: Option<String>,
}

impl Denial {
    /// Reads a record; `at` is its place in the input.
    pub(super) fn read(record: &Value, at: &str) -> Result<Result<Self, Skipped>, EventError> {
        let Some(object) = record.as_object() else {
            return Err(EventError::WrongType { at: at.to_owned(), wanted: "a CloudTrail record" });
        };
        let fields = Fields::new(object, at);
        let event_name = fields.required("eventName")?;
        let event_source = fields.required("eventSource")?;
        let event_id = fields.required("eventID")?;
        let time_text = fields.required("eventTime")?;
        let time = time_text
            .parse()
            .map_err(|_| EventError::BadTime { at: fields.place("eventTime"), text: redact_text(time_text) })?;
        let skipped = |reason: String| {
            Ok(Err(Skipped { event_id: event_id.to_owned(), reason, change: Changed::of_record(record) }))
        };
        let Some(error_code) = fields.text("errorCode")? else {
            return skipped(format!("`{event_name}` of `{event_source}` succeeded: there is nothing to explain"));
        };
        let category = match category(event_source, error_code) {
            Some(Category::Throttling) => {
                return skipped(format!(
                    "`{event_name}` was throttled (`{error_code}`), not denied: call it less often"
                ));
            }
            Some(category) => category,
            None => return skipped(format!("`{event_name}` failed with `{error_code}`, which is not a denial")),
        };
        // What is not kept is not looked at either: a saved case gives the same report.
        let record = redact(record);
        let fields = fields.redacted(&record);
        let error_message = fields.text("errorMessage")?.map(str::to_owned);
        let identity = fields.object("userIdentity")?;
        if identity.is_absent() {
            return Err(EventError::Missing { at: fields.place("userIdentity") });
        }
        let mut resources = Vec::new();
        for (index, entry) in fields.list("resources")?.iter().enumerate() {
            resources.extend(resource(entry, &format!("{}[{index}]", fields.place("resources")))?);
        }
        let parameters = fields.object("requestParameters")?;
        Ok(Ok(Self {
            event_id: fields.required("eventID")?.to_owned(),
            time,
            event_source: fields.required("eventSource")?.to_owned(),
            event_name: fields.required("eventName")?.to_owned(),
            region: fields.required("awsRegion")?.to_owned(),
            error_code: fields.text("errorCode")?.unwrap_or_default().to_owned(),
            category,
            message: Message::parse(error_message.as_deref().unwrap_or_default()),
            error_message,
            identity: Identity::read(&identity)?,
            source_ip: fields.text("sourceIPAddress")?.map(str::to_owned),
            user_agent: fields.text("userAgent")?.map(str::to_owned),
            vpc_endpoint: fields.text("vpcEndpointId")?.map(str::to_owned),
            vpc_endpoint_account: fields.text("vpcEndpointAccountId")?.and_then(|account| account.parse().ok()),
            recipient: fields.text("recipientAccountId")?.and_then(|account| account.parse().ok()),
            tls_version: fields.object("tlsDetails")?.text("tlsVersion")?.map(str::to_owned),
            parameters: (!parameters.is_absent()).then(|| parameters.members()),
            additional: fields.object("additionalEventData")?.members(),
            resources,
            viewer: None,
            record,
        }))
    }

    /// Says whose the log was that the record is of, where the record does not say it.
    pub fn set_log_account(&mut self, account: AccountId) {
        let Some(viewer) = self.viewer.as_mut().filter(|viewer| viewer.account.is_none()) else { return };
        viewer.account = Some(account);
        if let Value::Object(record) = &mut self.record {
            record.insert(LOG_ACCOUNT.to_owned(), account.to_string().into());
        }
    }

    /// A parameter that is text, or a list whose first item is. S3 writes both.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        match self.parameters.as_ref()?.get(name)? {
            Value::String(text) => Some(text),
            Value::Array(items) => items.first()?.as_str(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }
}

/// An entry of `resources`; `None` for one without an ARN.
fn resource(entry: &Value, at: &str) -> Result<Option<ResourceRef>, EventError> {
    let Some(object) = entry.as_object() else {
        return Err(EventError::WrongType { at: at.to_owned(), wanted: "an object" });
    };
    let fields = Fields::new(object, at);
    let Some(arn) = fields.text("ARN")?.and_then(|text| text.parse().ok()) else { return Ok(None) };
    let account = fields.text("accountId")?.and_then(|a| a.parse().ok());
    Ok(Some(ResourceRef { arn, account, kind: fields.text("type")?.map(str::to_owned) }))
}
