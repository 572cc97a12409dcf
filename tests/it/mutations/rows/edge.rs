//! Viewers in front of CloudFront and WAF.

use serde_json::{Value, json};

use super::super::Row;
use super::super::healthy::Call;
use super::{recorded, row};
use crate::edge::{WEB_ACL, open_distribution};

const DISTRIBUTION: &str = "cloudfront-distribution EDFDVBD6EXAMPLE";
const ARN: &str = "arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE";

/// The distribution with another value for one of its settings.
fn with(name: &str, value: Value) -> Value {
    let mut info = open_distribution("acme-site");
    info[name] = value;
    json!({ "known": { "distribution": info } })
}

pub(super) fn rows() -> Vec<Row> {
    let log = "/x-edge-detailed-result-type";
    vec![
        recorded(
            "cloudfront-geo-restriction",
            Call::Viewer,
            vec![(log, "ClientGeoBlocked".into())],
            vec![(log, "InvalidRequestBlocked".into())],
            (ARN, ""),
        ),
        row(
            "cloudfront-alias",
            Call::Viewer,
            vec![(DISTRIBUTION, with("aliases", json!(["*.www.example.com"])))],
            vec![(DISTRIBUTION, with("aliases", json!(["*.example.com"])))],
            (ARN, ""),
        ),
        row(
            "cloudfront-signed-url",
            Call::Viewer,
            vec![(
                DISTRIBUTION,
                with(
                    "behaviors",
                    json!([{ "paths": "*.html", "origin": "site", "signed": true }, { "origin": "site" }]),
                ),
            )],
            vec![(
                DISTRIBUTION,
                with(
                    "behaviors",
                    json!([{ "paths": "*.pdf", "origin": "site", "signed": true }, { "origin": "site" }]),
                ),
            )],
            (ARN, "*.html"),
        ),
        row(
            "waf-block",
            Call::Viewer,
            vec![(DISTRIBUTION, with("web_acl", WEB_ACL.into()))],
            vec![(
                "web-acl arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2",
                json!({ "known": { "web-acl": {
                "name": "site", "rules": [{ "name": "common", "action": "Count", "statement": "ManagedRuleGroupStatement" }],
            } } }),
            )],
            (ARN, ""),
        ),
    ]
}
