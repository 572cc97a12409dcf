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
}
