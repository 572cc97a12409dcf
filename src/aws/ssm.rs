//! The parameter that holds the webhook's address.

use aws_config::SdkConfig;
use serde_json::{Value, json};

use super::errors::Failure;
use super::http::Http;
use super::signed::Signer;
use super::signed::calls::SSM_GET_PARAMETER;
use crate::arn::Arn;

/// The value of an SSM parameter, decrypted. The configuration's Region is the parameter's.
///
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>
pub(super) async fn parameter(http: &Http, config: &SdkConfig, parameter: &Arn) -> Result<String, Failure> {
    let input = json!({ "Name": parameter.as_str(), "WithDecryption": true });
    let answer = Signer::new(config.clone(), http.clone()).json(&SSM_GET_PARAMETER, &input).await?;
    let value = answer.pointer("/Parameter/Value").and_then(Value::as_str);
    value.map(str::to_owned).ok_or_else(Failure::garbled)
}
