//! Takes credentials out of a record before it is kept.

use serde_json::Value;

/// Members whose values are secrets, and what they are called in URLs, headers and other texts.
const SECRETS: &[&str] = &[
    "sessiontoken",
    "secretaccesskey",
    "secret_access_key",
    "session_token",
    "security_token",
    "securitytoken",
    "webidentitytoken",
    "samlassertion",
    "tokencode",
    "x-amz-security-token",
    "x-amz-s3session-token",
    "x-amz-signature",
    "signature",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key",
    AUTHORIZATION,
];

/// A header whose value goes on to the end of its line.
const AUTHORIZATION: &str = "authorization";

/// Members that hold an access key id, or start with one.
const ACCESS_KEYS: &[&str] = &["accesskeyid", "awsaccesskeyid", "access_key_id", "x-amz-credential"];

/// Members that say what is asked about: with another text they would be about something else. An access key id in the name
/// of an object is left as it is.
const NAMES: &[&str] = &[
    "arn",
    "bucketname",
    "key",
    "marker",
    "prefix",
    "principalid",
    "rolearn",
    "rolename",
    "rolesessionname",
    "sourceidentity",
    "username",
    "x-amz-copy-source",
];

/// A copy of the record: secrets are gone, of access key ids the first and last four characters are left.
#[must_use]
pub(super) fn redact(value: &Value) -> Value {
    member("", value)
}

fn member(name: &str, value: &Value) -> Value {
    let folded = name.to_ascii_lowercase();
    if SECRETS.contains(&folded.as_str()) {
        return Value::String(REMOVED.to_owned());
    }
    if ACCESS_KEYS.contains(&folded.as_str()) {
        return masked(value);
    }
    match value {
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), member(name, value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(|item| member(name, item)).collect()),
        Value::String(text) if NAMES.contains(&folded.as_str()) => Value::String(without_secrets(text)),
        Value::String(text) => Value::String(redact_text(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// What stands in place of a secret.
pub(super) const REMOVED: &str = "(removed)";

fn masked(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(mask(text)),
        Value::Array(items) => Value::Array(items.iter().map(masked).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => redact(value),
    }
}

/// `AKIAIOSFODNN7EXAMPLE` becomes `AKIA************MPLE`. The first four tell long-term keys from session keys.
#[must_use]
pub fn mask(text: &str) -> String {
    let key = text.split('/').next().unwrap_or_default();
    let length = key.chars().count();
    if length < 12 {
        return "*".repeat(length);
    }
    key.chars().enumerate().map(|(i, c)| if i < 4 || i >= length - 4 { c } else { '*' }).collect()
}

/// A text of a record for people, without secrets and access key ids.
#[must_use]
pub(super) fn redact_text(text: &str) -> String {
    mask_words(&without_secrets(text))
}

/// A text in which whatever looks like an access key id is masked.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
fn mask_words(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices("IA") {
        let start = at.saturating_sub(2);
        if start < done || !matches!(text.get(start..at), Some("AK" | "AS")) {
            continue;
        }
        let (before, found) = (text.get(done..start).unwrap_or_default(), text.get(start..).unwrap_or_default());
        let length = found.bytes().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).count();
        if length >= 16 {
            kept.push_str(before);
            kept.push_str(&mask(found.get(..length).unwrap_or_default()));
            done = start + length;
        }
    }
    kept + text.get(done..).unwrap_or_default()
}

/// A text in which the values of what is called like a secret are removed: parameters of a presigned URL, headers, members
/// of JSON that stands in text. What is called like an access key is masked.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>
fn without_secrets(text: &str) -> String {
    let folded = text.to_ascii_lowercase();
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    while let Some((name, start)) = next_value(&folded, at) {
        let ends = |c: char| if name == AUTHORIZATION { "\r\n\"".contains(c) } else { " \t\r\n&\"',;<>\\".contains(c) };
        let value = text.get(start..).unwrap_or_default();
        let value = value.split(ends).next().unwrap_or_default();
        kept.push_str(text.get(at..start).unwrap_or_default());
        kept.push_str(&if SECRETS.contains(&name) { REMOVED.to_owned() } else { mask(&value.replace("%2F", "/")) });
        at = start + value.len();
    }
    kept + text.get(at..).unwrap_or_default()
}

/// What stands around names and values.
const QUOTES: [char; 4] = [' ', '"', '\'', '\\'];

/// The first secret or access key that is named in a text from a place on, and where its value starts.
fn next_value(folded: &str, from: usize) -> Option<(&'static str, usize)> {
    let mut marks = folded.get(from..)?.match_indices(['=', ':', '%']);
    marks.find_map(|(at, mark)| value_after(folded, from, from + at, mark))
}

/// The name before a mark that separates it from its value, and where the value starts.
fn value_after(folded: &str, from: usize, at: usize, mark: &str) -> Option<(&'static str, usize)> {
    let rest = folded.get(at..)?;
    let length = if mark == "%" { ["%3d", "%3a"].iter().find(|mark| rest.starts_with(**mark))?.len() } else { 1 };
    let before = folded.get(from..at)?.trim_end_matches(QUOTES);
    let names = SECRETS.iter().chain(ACCESS_KEYS).chain(&["credential"]);
    let name = names.filter(|name| before.ends_with(**name)).max_by_key(|name| name.len())?;
    let value = rest.get(length..)?.trim_start_matches(QUOTES);
    (!value.is_empty()).then_some((*name, folded.len() - value.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_go_and_keys_are_masked() {
        let record = serde_json::json!({
            "userIdentity": {"accessKeyId": "AKIAIOSFODNN7EXAMPLE"},
            "requestParameters": {"X-Amz-Security-Token": "abc", "X-Amz-Credential": ["AKIAIOSFODNN7EXAMPLE/20261126/us-east-1/s3/aws4_request"], "key": "k"},
            "errorMessage": "not authorized to perform: iam:DeleteAccessKey on resource: access key AKIAIOSFODNN7EXAMPLE, AKIA, arn:x:AKIAlower",
            "responseElements": {"credentials": {"sessionToken": "t", "accessKeyId": "short"}},
        });
        let kept = redact(&record).to_string();
        for secret in ["abc", "\"t\"", "IOSFODNN", "short"] {
            assert!(!kept.contains(secret), "{secret} is left in {kept}");
        }
        assert!(kept.contains("AKIA************MPLE") && kept.contains("\"key\":\"k\""));
        assert!(kept.contains("access key AKIA************MPLE, AKIA, arn:x:AKIAlower"), "{kept}");
        assert_eq!(redact(&redact(&record)), redact(&record));
    }

    #[test]
    fn secrets_in_texts_go_wherever_they_stand() {
        const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
        let url = "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261126%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=s3cr3t&X-Amz-Security-Token=s3cr3t%2F%2F&x=1";
        for (text, kept) in [
            (url, "&X-Amz-Signature=(removed)&X-Amz-Security-Token=(removed)&x=1"),
            (
                "https://b/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=s3cr3t%3D&Expires=1",
                "AWSAccessKeyId=AKIA************MPLE&Signature=(removed)&Expires=1",
            ),
            ("key%3DAKIAIOSFODNN7EXAMPLE%26x-amz-signature%3Ds3cr3t", "x-amz-signature%3D(removed)"),
            (
                "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261126, SignedHeaders=host, Signature=s3cr3t",
                "SignedHeaders=host, Signature=(removed)",
            ),
            ("Authorization: Bearer s3cr3t", "Authorization: (removed)"),
            (
                r#"{"accessKeyId": "AKIAIOSFODNN7EXAMPLE", "sessionToken": "s3cr3t", "a": 1}"#,
                r#""sessionToken": "(removed)", "a": 1}"#,
            ),
            (r#"{\"secretAccessKey\":\"s3cr3t\"}"#, r#"{\"secretAccessKey\":\"(removed)\"}"#),
            (
                "aws_secret_access_key = s3cr3t\naws_session_token=s3cr3t",
                "aws_secret_access_key = (removed)\naws_session_token=(removed)",
            ),
            ("[Boto3/1.40 AKIAIOSFODNN7EXAMPLElower]", "[Boto3/1.40 AKIA************MPLElower]"),
        ] {
            let redacted = redact(&Value::String(text.to_owned()));
            let redacted = redacted.as_str().unwrap();
            assert!(!redacted.contains("s3cr3t") && !redacted.contains(KEY), "{redacted}");
            assert!(redacted.contains(kept), "{redacted}");
            assert_eq!(redact_text(redacted), redacted);
        }
        for plain in [
            "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:GetObject",
            "You are not authorized to perform this operation. Encoded authorization failure message: AbC",
            "The request signature we calculated does not match the signature you provided",
            "signature=",
            "AKIA",
            "é authorization",
            "",
        ] {
            assert_eq!(redact_text(plain), plain);
        }
        // Long texts take no long time.
        let begun = std::time::Instant::now();
        for part in ["signature=a&", "AKIA ", "AKIAIOSFODNN7EXAMPLE ", "= ", "%3d", "\"  ", "signature", "é="] {
            let _ = redact_text(&part.repeat((1 << 20) / part.len()));
        }
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "{:?}", begun.elapsed());
        // What an object is called is what is asked about.
        let named = serde_json::json!({"key": format!("keys/{KEY}.csv"), "userAgent": KEY});
        assert_eq!(
            redact(&named),
            serde_json::json!({"key": format!("keys/{KEY}.csv"), "userAgent": "AKIA************MPLE"})
        );
    }
}
