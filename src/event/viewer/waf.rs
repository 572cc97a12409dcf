//! A record of WAF's log.
//!
//! <https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html>

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::super::fields::Fields;
use super::super::{Denial, EventError, Skipped};
use super::{Refusal, Seen, Viewer, denial, redact, skipped};
use crate::arn::{Arn, Partition};

/// What stopped a request, as WAF's log names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The web ACL's ARN.
    pub web_acl: String,
    /// The rule that ended it, or `Default_Action`.
    pub rule: String,
    /// `REGULAR`, `RATE_BASED`, `GROUP` or `MANAGED_RULE_GROUP`.
    pub kind: Option<String>,
    /// The rule group behind the rule, and the rule in it.
    pub inside: Option<(String, String)>,
    /// What the rule saw.
    pub inspected: Vec<Inspected>,
    /// The limit of a rate-based rule.
    pub rate: Option<Rate>,
    /// Labels that rules put on the request.
    pub labels: Vec<String>,
    /// What WAF protects: `CF`, `ALB`, `APIGW` and the like, and which.
    pub protects: Option<(String, String)>,
}

/// What a rule of SQL injection or cross-site scripting saw, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// `SQL_INJECTION` or `XSS`.
    pub condition: String,
    /// `QUERY_STRING`, `HEADER` and the like.
    pub location: String,
    /// The header's or the argument's name.
    pub field: Option<String>,
}

/// The limit of a rate-based rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// How many requests are let through in the window.
    pub most: String,
    /// What is counted together: `IP` and the like.
    pub key: Option<String>,
}

/// The rule's name where no rule ended the request.
///
/// <https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html>
const DEFAULT_ACTION: &str = "Default_Action";

impl Block {
    /// Whether no rule did, but the web ACL's default action.
    #[must_use]
    pub fn is_by_default(&self) -> bool {
        self.rule == DEFAULT_ACTION
    }
}

pub(super) fn is_record(object: &Map<String, Value>) -> bool {
    object.contains_key("webaclId") && object.contains_key("httpRequest")
}

pub(super) fn read(fields: &Fields<'_>) -> Result<Result<Denial, Skipped>, EventError> {
    let action = fields.required("action")?;
    match action {
        "BLOCK" => {}
        "CAPTCHA" | "CHALLENGE" => {
            let reason = format!("WAF asked the viewer for a proof (`{action}`), and did not block the request");
            return Ok(Err(skipped(&id(fields)?, reason)));
        }
        _ => {
            let reason = format!("WAF let the request through (`{action}`): there is nothing to explain");
            return Ok(Err(skipped(&id(fields)?, reason)));
        }
    }
    let record = redact::waf(&Value::Object(fields.members()));
    let fields = &fields.redacted(&record);
    let request = fields.object("httpRequest")?;
    let web_acl = fields.required("webaclId")?;
    let time = fields.scalar("timestamp")?;
    let time = time.ok_or_else(|| EventError::Missing { at: fields.place("timestamp") })?;
    let time = time
        .parse()
        .ok()
        .and_then(|millis| Timestamp::from_millisecond(millis).ok())
        .ok_or_else(|| EventError::BadTime { at: fields.place("timestamp"), text: time.clone() })?;
    let headers = headers(&request)?;
    let header = |name: &str| headers.iter().find(|row| row.0.eq_ignore_ascii_case(name)).map(|row| row.1);
    let arn: Option<Arn> = web_acl.parse().ok();
    let region = arn.as_ref().map(Arn::region).filter(|region| !region.is_empty());
    let protects = fields.text("httpSourceName")?.zip(fields.text("httpSourceId")?);
    let distribution = protects.filter(|source| source.0 == "CF").map(|source| source.1.to_owned());
    let viewer = Viewer {
        host: request.text("host")?.or(header("host")).filter(|host| !host.is_empty()).map(str::to_owned),
        path: request.text("uri")?.unwrap_or_default().to_owned(),
        query: request.text("args")?.filter(|args| !args.is_empty()).map(redact::query),
        cookies: Some(header("cookie").map(redact::cookie_names).unwrap_or_default()),
        country: request.text("country")?.filter(|country| *country != "-").map(str::to_owned),
        account: arn.as_ref().and_then(Arn::account),
        distribution,
        refusal: Refusal::Waf(Box::new(Block {
            web_acl: web_acl.to_owned(),
            rule: fields.text("terminatingRuleId")?.unwrap_or_default().to_owned(),
            kind: fields.text("terminatingRuleType")?.map(str::to_owned),
            inside: inside(fields)?,
            inspected: inspected(fields)?,
            rate: rate(fields)?,
            labels: labels(fields)?,
            protects: protects.map(|(name, id)| (name.to_owned(), id.to_owned())),
        })),
    };
    let seen = Seen {
        id: id(fields)?,
        time,
        source: "wafv2.amazonaws.com",
        method: request.text("httpMethod")?.unwrap_or("request").to_owned(),
        region: region.unwrap_or(Partition::Aws.global_region()).to_owned(),
        code: "BLOCK".to_owned(),
        address: request.text("clientIp")?.map(str::to_owned),
        user_agent: header("user-agent").map(str::to_owned),
    };
    Ok(Ok(denial(seen, viewer, record)))
}

/// Some resources give their requests no id.
fn id(fields: &Fields<'_>) -> Result<String, EventError> {
    let request = fields.object("httpRequest")?;
    if let Some(id) = request.text("requestId")?.filter(|id| !id.is_empty()) {
        return Ok(id.to_owned());
    }
    let (time, address) = (fields.scalar("timestamp")?, request.text("clientIp")?);
    Ok(format!("{}-{}", time.unwrap_or_default(), address.unwrap_or_default()))
}

/// Names and values.
fn headers<'v>(request: &Fields<'v>) -> Result<Vec<(&'v str, &'v str)>, EventError> {
    let mut headers = Vec::new();
    for header in request.objects("headers")? {
        headers.extend(header.text("name")?.zip(header.text("value")?));
    }
    Ok(headers)
}

/// The rule of a rule group that ended the request.
fn inside(fields: &Fields<'_>) -> Result<Option<(String, String)>, EventError> {
    for group in fields.objects("ruleGroupList")? {
        let rule = group.object("terminatingRule")?;
        if let (Some(name), Some(rule)) = (group.text("ruleGroupId")?, rule.text("ruleId")?) {
            return Ok(Some((name.to_owned(), rule.to_owned())));
        }
    }
    Ok(None)
}

/// What the rule saw; where a rule group ended the request, what its rule saw.
fn inspected(fields: &Fields<'_>) -> Result<Vec<Inspected>, EventError> {
    let mut details = fields.objects("terminatingRuleMatchDetails")?;
    for group in fields.objects("ruleGroupList")? {
        details.extend(group.object("terminatingRule")?.objects("ruleMatchDetails")?);
    }
    let mut all = Vec::new();
    for detail in details {
        let (Some(condition), Some(location)) = (detail.text("conditionType")?, detail.text("location")?) else {
            continue;
        };
        let field = detail.text("matchedFieldName")?.filter(|name| !name.is_empty()).map(str::to_owned);
        all.push(Inspected { condition: condition.to_owned(), location: location.to_owned(), field });
    }
    Ok(all)
}

/// The limit of the rate-based rule that ended the request.
fn rate(fields: &Fields<'_>) -> Result<Option<Rate>, EventError> {
    let ended = fields.text("terminatingRuleId")?;
    for rule in fields.objects("rateBasedRuleList")? {
        let same = rule.text("rateBasedRuleName")?.is_none_or(|name| Some(name) == ended);
        if let Some(most) = rule.scalar("maxRateAllowed")?.filter(|_| same) {
            return Ok(Some(Rate { most, key: rule.text("limitKey")?.map(str::to_owned) }));
        }
    }
    Ok(None)
}

fn labels(fields: &Fields<'_>) -> Result<Vec<String>, EventError> {
    let mut labels = Vec::new();
    for label in fields.objects("labels")? {
        labels.extend(label.text("name")?.map(str::to_owned));
    }
    Ok(labels)
}
