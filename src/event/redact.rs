//! Takes credentials out of a record before it is kept.

use serde_json::Value;

/// Members whose values are secrets. Presigned URLs put them among the parameters.
const SECRETS: &[&str] = &[
    "sessiontoken",
    "secretaccesskey",
    "x-amz-security-token",
    "x-amz-signature",
    "signature",
    "authorization",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key",
];

/// Members that hold an access key id, or start with one.
const ACCESS_KEYS: &[&str] = &["accesskeyid", "awsaccesskeyid", "x-amz-credential"];

/// The member whose text may name access keys among its words.
const MESSAGE: &str = "errormessage";

/// A copy of the record: secrets are gone, of access key ids the first and last four characters are left.
#[must_use]
pub(super) fn redact(value: &Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, value)| {
                    let folded = name.to_ascii_lowercase();
                    let kept = if SECRETS.contains(&folded.as_str()) {
                        Value::String("(removed)".to_owned())
                    } else if ACCESS_KEYS.contains(&folded.as_str()) {
                        masked(value)
                    } else if let (MESSAGE, Value::String(text)) = (folded.as_str(), value) {
                        Value::String(mask_words(text))
                    } else {
                        redact(value)
                    };
                    (name.clone(), kept)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.iter().map(redact).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

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

/// A text whose words that look like access key ids are masked.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
#[must_use]
pub(super) fn mask_words(text: &str) -> String {
    let is_key = |word: &str| {
        let id = word.strip_prefix("AKIA").or_else(|| word.strip_prefix("ASIA")).unwrap_or_default();
        id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    };
    let mask_piece = |piece: &str| {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        if is_key(word) { piece.replacen(word, &mask(word), 1) } else { piece.to_owned() }
    };
    text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()).map(mask_piece).collect()
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
}
