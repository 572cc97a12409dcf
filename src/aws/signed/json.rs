//! The protocols AWS JSON 1.0 and 1.1, and the errors of all that answer in JSON.

use serde::Deserialize;
use serde_json::Value;

use super::calls::{Call, Json};
use super::{Message, Signer};
use crate::aws::errors::Failure;
use crate::aws::http::Reply;

impl Signer {
    /// Asks with an object, and is answered with one.
    pub(in crate::aws) async fn json(&self, call: &Call<Json>, input: &Value) -> Result<Value, Failure> {
        let message = message(call, input);
        Box::pin(self.exchange(call, &message, object, code)).await
    }

    /// Tells something; what is answered does not matter, and may be nothing.
    pub(in crate::aws) async fn tell(&self, call: &Call<Json>, input: &Value) -> Result<(), Failure> {
        let message = message(call, input);
        Box::pin(self.exchange(call, &message, |_| Some(()), code)).await
    }
}

fn message(call: &Call<Json>, input: &Value) -> Message {
    Message {
        method: "POST",
        path: "/".to_owned(),
        headers: vec![
            ("content-type", format!("application/x-amz-json-{}", call.protocol.version)),
            ("x-amz-target", format!("{}.{}", call.protocol.target, call.operation)),
        ],
        body: input.to_string(),
    }
}

/// An answer. Every operation answers with an object.
pub(super) fn object(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().filter(Value::is_object)
}

/// The error code: a header, `__type` or `code`, which may have a namespace in front and an address behind.
///
/// <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization>
pub(super) fn code(reply: &Reply) -> Option<String> {
    #[derive(Deserialize)]
    struct Error {
        #[serde(rename = "__type")]
        kind: Option<String>,
        code: Option<String>,
    }
    let named = reply.error_type.clone().or_else(|| {
        let error: Error = serde_json::from_slice(&reply.body).ok()?;
        error.kind.or(error.code)
    })?;
    let bare = named.split(':').next()?.rsplit('#').next()?.trim();
    (!bare.is_empty()).then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_wherever_services_put_it() {
        let code = |header: Option<&str>, body: &str| {
            let error_type = header.map(str::to_owned);
            super::code(&Reply { status: 400, retry_after: None, error_type, body: body.as_bytes().to_vec() })
        };
        let expected = Some("ThrottlingException".to_owned());
        assert_eq!(code(None, r#"{"__type":"ThrottlingException"}"#), expected);
        assert_eq!(code(None, r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException"}"#), expected);
        assert_eq!(code(None, r#"{"code":"ThrottlingException"}"#), expected);
        assert_eq!(code(Some("ThrottlingException:http://internal.amazon.com/x/"), "{}"), expected);
        assert_eq!(code(Some("aws.protocols#ThrottlingException:http://internal.amazon.com/"), ""), expected);
        assert_eq!(code(None, "<html>"), None);
        assert_eq!(code(None, r#"{"message":"Forbidden"}"#), None);
    }
}
