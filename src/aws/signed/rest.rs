//! The protocol REST-JSON, as far as reads need it: `GET`, answered in JSON.

use serde_json::Value;

use super::calls::{Call, Rest};
use super::json::{code, object};
use super::{Message, Signer, encode, pairs};
use crate::aws::errors::Failure;

impl Signer {
    /// Asks for the thing that `name` stands for in the path, with parameters.
    pub(in crate::aws) async fn get(
        &self,
        call: &Call<Rest>,
        name: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Value, Failure> {
        let mut path = call.protocol.path.replace("{}", &encode(name));
        if !parameters.is_empty() {
            path = format!("{path}?{}", pairs(parameters));
        }
        let message = Message { method: "GET", path, headers: Vec::new(), body: String::new() };
        Box::pin(self.exchange(call, &message, object, code)).await
    }

    /// Has a function invoked with an event, and does not wait for what it answers.
    pub(in crate::aws) async fn invoke(&self, call: &Call<Rest>, function: &str, event: &Value) -> Result<(), Failure> {
        let headers =
            vec![("content-type", "application/json".to_owned()), ("x-amz-invocation-type", "Event".to_owned())];
        let path = call.protocol.path.replace("{}", &encode(function));
        let message = Message { method: "POST", path, headers, body: event.to_string() };
        Box::pin(self.exchange(call, &message, |_| Some(()), code)).await
    }
}
