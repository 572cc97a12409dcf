//! What WAF says of a web ACL.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use crate::arn::{AccountId, Arn};

/// A web ACL.
///
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebAclInfo {
    /// Its name.
    pub name: String,
    /// What no rule ends is blocked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocks_by_default: bool,
    /// Its rules.
    #[serde(default)]
    pub rules: Vec<WebAclRule>,
    /// The name by which requests are sampled that no rule ended; `None` where they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
}

/// A rule of a web ACL.
///
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebAclRule {
    /// Its name.
    pub name: String,
    /// What it does: `Block`, `Count`, `Allow`, `Captcha` or `Challenge`; of a rule group, `Count` where all of its rules
    /// only count, and `None` where they act as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What it looks at: the name of its statement, such as `GeoMatchStatement`.
    pub statement: String,
    /// The name by which its requests are sampled; `None` where they are not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
}

impl WebAclRule {
    /// Whether it may block.
    #[must_use]
    pub fn may_block(&self) -> bool {
        self.action.as_deref().is_none_or(|action| action == "Block")
    }
}

impl WebAclInfo {
    /// Whether anything in it may block. Firewall Manager's own rules are not among those that are known.
    #[must_use]
    pub fn may_block(&self) -> bool {
        self.blocks_by_default || self.rules.iter().any(WebAclRule::may_block)
    }

    /// The names by which requests are sampled that it may have blocked.
    ///
    /// The metric of a web ACL is that of its default action:
    /// <https://docs.aws.amazon.com/waf/latest/APIReference/API_VisibilityConfig.html>
    pub fn blocking_metrics(&self) -> impl Iterator<Item = &str> {
        let of_rules = self.rules.iter().filter(|rule| rule.may_block()).filter_map(|rule| rule.metric.as_deref());
        of_rules.chain(self.metric.as_deref().filter(|_| self.blocks_by_default))
    }
}

/// How long before CloudFront had answered WAF may have got a request. A block is answered at once; what is left is the
/// rounding of both to seconds, and that theirs are two clocks.
const BEFORE: SignedDuration = SignedDuration::from_secs(5);

/// How long after it.
const AFTER: SignedDuration = SignedDuration::from_secs(2);

/// A viewer's request, as it is looked for among WAF's samples.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SampleRef {
    /// The account of the web ACL.
    pub account: AccountId,
    /// The web ACL.
    pub web_acl: Arn,
    /// The names by which it samples what it may block.
    pub metrics: Vec<String>,
    /// When the request was answered.
    pub time: Timestamp,
    /// The viewer's address.
    pub address: String,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
}

impl SampleRef {
    /// Whether a sampled request may be this one: of the same address, method, path and time.
    #[must_use]
    pub fn may_be(&self, sample: &SampledRequest) -> bool {
        let address = |text: &str| text.parse::<IpAddr>().ok();
        let decoded = |path: &str| percent_decode_str(path).collect::<Vec<u8>>();
        let same_address = match (address(&self.address), address(&sample.address)) {
            (Some(one), Some(other)) => one.to_canonical() == other.to_canonical(),
            _ => false,
        };
        let late = self.time.duration_since(sample.time);
        same_address
            && self.method.eq_ignore_ascii_case(&sample.method)
            && decoded(&self.path) == decoded(&sample.path)
            && late <= BEFORE
            && late >= -AFTER
    }
}

/// A request that WAF blocked, and kept as a sample. Of the request, only what tells it from others.
///
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_SampledHTTPRequest.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampledRequest {
    /// The name by which it was sampled.
    pub metric: String,
    /// The rule within the rule group: `VENDOR#GROUP#RULE`, or `GROUP#RULE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<String>,
    /// When WAF got it.
    pub time: Timestamp,
    /// The viewer's address.
    pub address: String,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sample, and whether it may be the request.
    #[test]
    fn a_sample_is_told_by_address_method_path_and_time() {
        let asked = SampleRef {
            account: "111122223333".parse().unwrap(),
            web_acl: "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2".parse().unwrap(),
            metrics: vec!["flood".to_owned()],
            time: "2026-11-02T02:44:11Z".parse().unwrap(),
            address: "2001:db8::1".to_owned(),
            method: "GET".to_owned(),
            path: "/q3%20final.pdf".to_owned(),
        };
        for (time, address, method, path, may_be) in [
            ("02:44:11", "2001:db8::1", "GET", "/q3%20final.pdf", true),
            ("02:44:06", "2001:DB8:0:0::1", "get", "/q3 final.pdf", true),
            ("02:44:13", "2001:db8::1", "GET", "/q3%20final.pdf", true),
            ("02:44:05", "2001:db8::1", "GET", "/q3%20final.pdf", false),
            ("02:44:14", "2001:db8::1", "GET", "/q3%20final.pdf", false),
            ("02:44:11", "2001:db8::2", "GET", "/q3%20final.pdf", false),
            ("02:44:11", "", "GET", "/q3%20final.pdf", false),
            ("02:44:11", "2001:db8::1", "HEAD", "/q3%20final.pdf", false),
            ("02:44:11", "2001:db8::1", "GET", "/Q3%20final.pdf", false),
        ] {
            let sample = SampledRequest {
                metric: "flood".to_owned(),
                inside: None,
                time: format!("2026-11-02T{time}Z").parse().unwrap(),
                address: address.to_owned(),
                method: method.to_owned(),
                path: path.to_owned(),
            };
            assert_eq!(asked.may_be(&sample), may_be, "{sample:?}");
        }
    }
}
