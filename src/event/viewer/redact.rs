//! Takes out of a viewer's request what lets in whoever has it.

use serde_json::{Map, Value};

use crate::event::redact::{REMOVED, mask, redact};

/// Parameters of signed URLs, CloudFront's and S3's, and what else gives access by its value.
///
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-creating-signed-url-canned-policy.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>
const SECRETS: &[&str] = &["signature", "policy", "x-amz-signature", "x-amz-security-token"];

/// Parameters that hold the id of a key.
const KEYS: &[&str] = &["key-pair-id", "x-amz-credential", "awsaccesskeyid"];

/// Parts of names of parameters and headers whose values are secrets of the application.
const LIKE_SECRETS: &[&str] =
    &["token", "secret", "password", "passwd", "apikey", "api-key", "api_key", "auth", "session"];

/// Where a rule looks that may see nothing but what the record has in another place.
const PLAIN: &[&str] = &["URI", "METHOD"];

/// A query without secrets. Which parameters there are stays.
pub(super) fn query(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) => format!("{name}={}", parameter(name, value)),
        None => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn parameter(name: &str, value: &str) -> String {
    let folded = name.to_ascii_lowercase();
    if SECRETS.contains(&folded.as_str()) || is_like_a_secret(&folded) {
        REMOVED.to_owned()
    } else if KEYS.contains(&folded.as_str()) {
        mask(value.split("%2F").next().unwrap_or_default())
    } else {
        value.to_owned()
    }
}

fn is_like_a_secret(folded: &str) -> bool {
    LIKE_SECRETS.iter().any(|part| folded.contains(part))
}

/// The names in a `Cookie` header.
pub(super) fn cookie_names(header: &str) -> Vec<String> {
    let names = header.split(';').map(|pair| pair.split('=').next().unwrap_or_default().trim());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn cookies(header: &str) -> String {
    cookie_names(header).iter().map(|name| format!("{name}={REMOVED}")).collect::<Vec<_>>().join("; ")
}

/// An address, such as that of the page before, without secrets in its query.
fn address(url: &str) -> String {
    match url.split_once('?') {
        Some((page, rest)) => format!("{page}?{}", query(rest)),
        None => url.to_owned(),
    }
}

fn header(name: &str, value: &str) -> String {
    match name.to_ascii_lowercase().as_str() {
        "cookie" => cookies(value),
        "referer" => address(value),
        folded if is_like_a_secret(folded) || SECRETS.contains(&folded) => REMOVED.to_owned(),
        _ => value.to_owned(),
    }
}

/// A record of CloudFront's log. Its fields stand for headers by their names.
pub(super) fn cloudfront(record: &Value) -> Value {
    let kept = |name: &str, value: &Value| match (name, value) {
        (_, Value::String(text)) if text == "-" => value.clone(),
        ("cs(Cookie)", Value::String(text)) => cookies(text).into(),
        ("cs(Referer)", Value::String(text)) => address(text).into(),
        ("cs-uri-query", Value::String(text)) => query(text).into(),
        // All headers of the request, with their values.
        ("cs-headers", _) => REMOVED.into(),
        _ => value.clone(),
    };
    let Value::Object(members) = redact(record) else { return Value::Null };
    Value::Object(members.iter().map(|(name, value)| (name.clone(), kept(name, value))).collect())
}

/// A record of WAF's log.
pub(super) fn waf(record: &Value) -> Value {
    walk(&redact(record))
}

fn walk(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), member(name, value, members))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(walk).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn member(name: &str, value: &Value, of: &Map<String, Value>) -> Value {
    let text = |name: &str| of.get(name).and_then(Value::as_str);
    match (name, value) {
        ("args", Value::String(args)) => query(args).into(),
        // The parts of the request that matched may be a cookie or a header.
        ("matchedData", Value::Array(_)) if !text("location").is_some_and(|at| PLAIN.contains(&at)) => REMOVED.into(),
        // A header, or what a rate-based rule counts by.
        ("value", Value::String(value)) => match (text("key"), text("name")) {
            (Some("COOKIE" | "HEADER" | "QUERY_ARGUMENT" | "QUERY_STRING"), _) => REMOVED.into(),
            (_, Some(name)) => header(name, value).into(),
            (_, None) => value.clone().into(),
        },
        _ => walk(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_lets_in_is_gone_and_what_explains_stays() {
        let signed = "Expires=1700000000&Signature=abc~d&Key-Pair-Id=K2JCJMDEHXQW5F&Policy=eyJ&page=2&access_token=t0p";
        let kept = query(signed);
        assert_eq!(
            kept,
            "Expires=1700000000&Signature=(removed)&Key-Pair-Id=K2JC******QW5F&Policy=(removed)&page=2&access_token=(removed)"
        );
        assert_eq!(query(&kept), kept);
        assert_eq!(cookies("CloudFront-Signature=abc; a"), "CloudFront-Signature=(removed); a=(removed)");
        assert_eq!(cookies(&cookies("a=b; c=d")), "a=(removed); c=(removed)");
    }

    #[test]
    fn records_keep_no_secrets() {
        let waf = waf(&json!({
            "httpRequest": { "args": "Signature=s3cr3t&q=1", "headers": [
                { "name": "Cookie", "value": "sid=s3cr3t" }, { "name": "Authorization", "value": "Bearer s3cr3t" },
                { "name": "Referer", "value": "https://a.example/?Policy=s3cr3t&x=1" }, { "name": "Host", "value": "a.example" },
                { "name": "X-Api-Key", "value": "s3cr3t" },
            ] },
            "terminatingRuleMatchDetails": [{ "location": "HEADER", "matchedData": ["s3cr3t"] }, { "location": "URI", "matchedData": ["<x"] }],
            "rateBasedRuleList": [{ "customValues": [{ "key": "COOKIE", "name": "sid", "value": "s3cr3t" }] }],
        }));
        let cloudfront = cloudfront(&json!({
            "cs(Cookie)": "sid=s3cr3t", "cs(Referer)": "https://a.example/?Signature=s3cr3t", "cs-uri-query": "Policy=s3cr3t&q=1",
            "cs-headers": "Authorization:s3cr3t", "cs(User-Agent)": "curl", "x-host-header": "a.example",
        }));
        for record in [&waf, &cloudfront] {
            let text = record.to_string();
            assert!(!text.contains("s3cr3t"), "{text}");
            assert!(text.contains("a.example") && text.contains("q=1"), "{text}");
        }
        assert!(waf.to_string().contains("<x"));
        assert_eq!((walk(&waf), super::cloudfront(&cloudfront)), (waf.clone(), cloudfront.clone()));
    }
}
