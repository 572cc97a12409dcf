//! The protocol REST-JSON, as far as our calls need it.

use serde_json::Value;

use super::calls::{Call, Rest};
use super::json::{code, object};
use super::{Message, Signer, encode, pairs};
use crate::aws::errors::Failure;

impl Signer {
    /// Asks for the thing at the path with these names, with parameters.
    pub(in crate::aws) async fn get(
        &self,
        call: &Call<Rest>,
        names: &[&str],
        parameters: &[(&str, &str)],
    ) -> Result<Value, Failure> {
        let message = message("GET", call, names, parameters);
        Box::pin(self.exchange(call, &message, object, code)).await
    }

    /// Makes something of an object, at the path with these names.
    pub(in crate::aws) async fn post(
        &self,
        call: &Call<Rest>,
        names: &[&str],
        parameters: &[(&str, &str)],
        input: &Value,
    ) -> Result<(), Failure> {
        let headers = vec![("content-type", "application/json".to_owned())];
        let message = Message { headers, body: input.to_string(), ..message("POST", call, names, parameters) };
        Box::pin(self.exchange(call, &message, |_| Some(()), code)).await
    }

    /// Asks with an object and parameters, and is answered with an object.
    pub(in crate::aws) async fn post_for(
        &self,
        call: &Call<Rest>,
        parameters: &[(&str, &str)],
        input: &Value,
    ) -> Result<Value, Failure> {
        let headers = vec![("content-type", "application/json".to_owned())];
        let message = Message { headers, body: input.to_string(), ..message("POST", call, &[], parameters) };
        Box::pin(self.exchange(call, &message, object, code)).await
    }

    /// Deletes what is at the path with these names.
    pub(in crate::aws) async fn delete(
        &self,
        call: &Call<Rest>,
        names: &[&str],
        parameters: &[(&str, &str)],
    ) -> Result<(), Failure> {
        let message = message("DELETE", call, names, parameters);
        Box::pin(self.exchange(call, &message, |_| Some(()), code)).await
    }

    /// Has a function invoked with an event, and does not wait for what it answers.
    pub(in crate::aws) async fn invoke(&self, call: &Call<Rest>, function: &str, event: &Value) -> Result<(), Failure> {
        let headers =
            vec![("content-type", "application/json".to_owned()), ("x-amz-invocation-type", "Event".to_owned())];
        let message = Message { headers, body: event.to_string(), ..message("POST", call, &[function], &[]) };
        Box::pin(self.exchange(call, &message, |_| Some(()), code)).await
    }
}

fn message(method: &'static str, call: &Call<Rest>, names: &[&str], parameters: &[(&str, &str)]) -> Message {
    let fill = |path: String, name: &&str| path.replacen("{}", &encode(name), 1);
    let mut path = names.iter().fold(call.protocol.path.to_owned(), fill);
    if !parameters.is_empty() {
        path = format!("{path}?{}", pairs(parameters));
    }
    Message { method, path, headers: Vec::new(), body: String::new() }
}
