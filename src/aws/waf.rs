//! Questions to WAF.

use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::clock::now;
use super::errors::{Failure, Outcome};
use super::signed::Signer;
use super::signed::calls::{WAFV2_GET_SAMPLED_REQUESTS, WAFV2_GET_WEB_ACL};
use crate::arn::Arn;
use crate::evidence::{Answer, SampleRef, SampledRequest, WebAclInfo, WebAclRule, Why};

/// The code that says: there is no such web ACL, or none of its rules has this metric.
const NONE: &[&str] = &["WAFNonexistentItemException"];

/// How long WAF keeps samples.
///
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_GetSampledRequests.html>
const KEPT: SignedDuration = SignedDuration::from_hours(3);

/// WAF takes its samples from the first 5,000 requests of the time that is asked for, so that is short: half a minute to
/// either side, which holds the request whichever way WAF rounds.
const AROUND: SignedDuration = SignedDuration::from_secs(30);

/// As many samples as there are of one rule, at most.
const MOST: u32 = 500;

/// How many rules are asked about: a web ACL may have hundreds.
const RULES: usize = 48;

/// How many of them at once.
const AT_ONCE: usize = 4;

/// A web ACL. Those of CloudFront are asked for in one Region, which their ARNs name.
pub(super) async fn web_acl(signer: &Signer, arn: &Arn) -> Outcome {
    // global/webacl/NAME/ID, or regional/webacl/NAME/ID
    let parts: Vec<_> = arn.resource().split('/').collect();
    let [_, "webacl", name, id] = parts.as_slice() else { return Err(Failure::new(Why::NotAsked)) };
    match signer.json(&WAFV2_GET_WEB_ACL, &json!({ "Name": name, "Id": id, "Scope": scope(arn) })).await {
        Ok(answer) => info(&answer).map(|info| Some(Answer::WebAcl(info))).ok_or_else(Failure::garbled),
        Err(failure) => failure.none_if(NONE),
    }
}

fn scope(arn: &Arn) -> &'static str {
    if arn.resource().starts_with("global/") { "CLOUDFRONT" } else { "REGIONAL" }
}

/// The samples of requests that may be a viewer's and that the web ACL blocked. Of other viewers' requests nothing is kept.
pub(super) async fn sampled_requests(signer: &Signer, asked: &SampleRef) -> Outcome {
    let now = Timestamp::try_from(now()).map_err(|_| Failure::garbled())?;
    if now.duration_since(asked.time) > KEPT {
        return Ok(None);
    }
    let mut found = Vec::new();
    for metrics in asked.metrics.chunks(AT_ONCE).take(RULES / AT_ONCE) {
        let of_rules = metrics.iter().map(|metric| sampled_by(signer, asked, metric, now));
        found.extend(try_join_all(of_rules).await?.into_iter().flatten());
    }
    Ok(Some(Answer::SampledRequests(found)))
}

/// The same of one rule.
async fn sampled_by(
    signer: &Signer,
    asked: &SampleRef,
    metric: &str,
    now: Timestamp,
) -> Result<Vec<SampledRequest>, Failure> {
    let bound = |time: Result<Timestamp, _>| time.map_err(|_: jiff::Error| Failure::garbled());
    let from = bound(asked.time.checked_sub(AROUND))?;
    let until = bound(asked.time.checked_add(AROUND))?.min(now);
    let input = json!({
        "WebAclArn": asked.web_acl.as_str(), "RuleMetricName": metric, "Scope": scope(&asked.web_acl), "MaxItems": MOST,
        "TimeWindow": { "StartTime": from.as_second(), "EndTime": until.as_second() },
    });
    let answer = match signer.json(&WAFV2_GET_SAMPLED_REQUESTS, &input).await {
        Ok(answer) => answer,
        Err(failure) => return failure.none_if(NONE).map(|_| Vec::new()),
    };
    let samples = answer.get("SampledRequests").and_then(Value::as_array).ok_or_else(Failure::garbled)?;
    let blocked = samples.iter().filter(|sample| sample.get("Action").and_then(Value::as_str) == Some("BLOCK"));
    let samples: Option<Vec<_>> = blocked.map(|sample| sampled(sample, metric)).collect();
    let mut samples = samples.ok_or_else(Failure::garbled)?;
    samples.retain(|sample| asked.may_be(sample));
    Ok(samples)
}

/// Headers are not taken, nor is the query.
fn sampled(sample: &Value, metric: &str) -> Option<SampledRequest> {
    let request = sample.get("Request")?;
    let text = |name: &str| Some(request.get(name)?.as_str()?.to_owned());
    let seconds = sample.get("Timestamp")?;
    // Whole seconds, which may be written with a fraction.
    let seconds = seconds.as_i64().or_else(|| seconds.to_string().split('.').next()?.parse().ok())?;
    Some(SampledRequest {
        metric: metric.to_owned(),
        inside: sample.get("RuleNameWithinRuleGroup").and_then(Value::as_str).map(str::to_owned),
        time: Timestamp::from_second(seconds).ok()?,
        address: text("ClientIP")?,
        method: text("Method")?,
        path: text("URI")?.split('?').next().unwrap_or_default().to_owned(),
    })
}

fn info(answer: &Value) -> Option<WebAclInfo> {
    let acl = answer.get("WebACL")?;
    let mut rules = Vec::new();
    for rule in list(acl, "Rules")? {
        let statement = only_key(rule.get("Statement")?)?;
        // A rule group is counted as a whole, or left as it is; other rules have an action.
        let action = match (rule.get("Action"), rule.get("OverrideAction")) {
            (Some(action), _) => Some(only_key(action)?),
            (None, Some(action)) => Some(only_key(action)?).filter(|name| name != "None"),
            (None, None) => return None,
        };
        let metric = metric(rule);
        rules.push(WebAclRule { name: rule.get("Name")?.as_str()?.to_owned(), action, statement, metric });
    }
    // Firewall Manager puts its rule groups before and behind the owner's rules.
    for place in ["PreProcessFirewallManagerRuleGroups", "PostProcessFirewallManagerRuleGroups"] {
        for group in list(acl, place)? {
            let action = group.get("OverrideAction").and_then(only_key).filter(|name| name != "None");
            let statement = "FirewallManagerStatement".to_owned();
            let metric = metric(group);
            rules.push(WebAclRule { name: group.get("Name")?.as_str()?.to_owned(), action, statement, metric });
        }
    }
    Some(WebAclInfo {
        name: acl.get("Name")?.as_str()?.to_owned(),
        blocks_by_default: only_key(acl.get("DefaultAction")?)? == "Block",
        rules,
        metric: metric(acl),
    })
}

/// The name by which requests are sampled, where they are.
///
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_VisibilityConfig.html>
fn metric(of: &Value) -> Option<String> {
    let config = of.get("VisibilityConfig")?;
    config.get("SampledRequestsEnabled")?.as_bool().filter(|enabled| *enabled)?;
    Some(config.get("MetricName")?.as_str()?.to_owned())
}

/// The items of a list, which may be missing.
fn list<'v>(value: &'v Value, name: &str) -> Option<&'v [Value]> {
    match value.get(name) {
        None | Some(Value::Null) => Some(&[]),
        Some(items) => items.as_array().map(Vec::as_slice),
    }
}

/// The name of the one member of an object: `Block` of `{"Block": {}}`.
fn only_key(value: &Value) -> Option<String> {
    let members = value.as_object()?;
    members.iter().find(|member| !member.1.is_null()).map(|member| member.0.clone())
}
