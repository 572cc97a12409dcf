//! A request as a function URL hands it on.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::signature::{LARGEST, Signed};

/// What of a request matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    timestamp: Option<String>,
    signature: Option<String>,
    /// The body, as it came.
    pub body: Vec<u8>,
}

impl Request {
    /// Takes it out of an event; `None` if it is no `POST`, or its body is no text.
    #[must_use]
    pub fn of_event(event: &Value) -> Option<Self> {
        let method = event.pointer("/requestContext/http/method").and_then(Value::as_str);
        let headers = event.get("headers").and_then(Value::as_object).filter(|_| method == Some("POST"))?;
        // Lambda writes names in lower case.
        let header = |name: &str| headers.get(name).and_then(Value::as_str).map(str::to_owned);
        let text = event.get("body").and_then(Value::as_str).unwrap_or_default();
        let encoded = event.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or_default();
        let body = match encoded {
            // Too large is too large, decoded or not.
            true if text.len() > 2 * LARGEST => text.as_bytes().to_vec(),
            true => STANDARD.decode(text).ok()?,
            false => text.as_bytes().to_vec(),
        };
        Some(Self { timestamp: header("x-slack-request-timestamp"), signature: header("x-slack-signature"), body })
    }

    /// What is signed, and by what.
    #[must_use]
    pub fn signed(&self) -> Signed<'_> {
        Signed { timestamp: self.timestamp.as_deref(), signature: self.signature.as_deref(), body: &self.body }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_is_what_was_sent() {
        let event = |body: &str, encoded: bool, method: &str| {
            json!({
                "version": "2.0", "requestContext": { "http": { "method": method } }, "body": body,
                "isBase64Encoded": encoded, "headers": { "x-slack-request-timestamp": "1", "x-slack-signature": "v0=" },
            })
        };
        let body = |event: &Value| Request::of_event(event).map(|request| request.body);
        assert_eq!(body(&event("payload=%7B%7D", false, "POST")), Some(b"payload=%7B%7D".to_vec()));
        assert_eq!(body(&event("cGF5bG9hZD0lN0IlN0Q=", true, "POST")), Some(b"payload=%7B%7D".to_vec()));
        assert_eq!(body(&event("not base64!", true, "POST")), None);
        assert_eq!(body(&event("payload=", false, "GET")), None);
        assert_eq!(body(&json!({})), None);
        assert!(body(&event(&"A".repeat(3 * LARGEST), true, "POST")).unwrap().len() > LARGEST);
    }
}
