//! Where the webhook's address comes from. The address is a secret: whoever has it can post.

use std::fmt;

use aws_config::SdkConfig;
use http::Uri;
use serde::Deserialize;

use super::errors::Failure;
use super::http::{Http, is_loopback};
use super::ssm;
use crate::arn::Arn;

/// The webhook's address. No part of it is ever printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Address(String);

impl Address {
    /// For the request, and for nothing else.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// The address in a secret: the text itself, or JSON with the key `url`. Only `https` will do, but for this machine.
    fn of_secret(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Fields {
            url: String,
        }
        let text = serde_json::from_str::<Fields>(text).map_or_else(|_| text.to_owned(), |fields| fields.url);
        let text = text.trim();
        let uri: Uri = text.parse().ok()?;
        let host = uri.host().filter(|host| !host.is_empty())?;
        let secure = match uri.scheme_str()? {
            "https" => true,
            "http" => is_loopback(host),
            _ => false,
        };
        secure.then(|| Self(uri.to_string()))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(redacted)")
    }
}

/// Why there is no address.
#[derive(Debug)]
pub(super) enum NoAddress {
    /// It could not be read.
    Unread(Failure),
    /// What was read is none.
    NotAnAddress,
}

/// The secret or the parameter that holds the address.
pub(super) struct Source {
    config: SdkConfig,
    arn: Arn,
    http: Http,
}

impl Source {
    pub(super) fn new(config: SdkConfig, arn: Arn, http: Http) -> Self {
        Self { config, arn, http }
    }

    /// Reads the address.
    pub(super) async fn read(&self) -> Result<Address, NoAddress> {
        let text = self.text().await.map_err(NoAddress::Unread)?;
        Address::of_secret(&text).ok_or(NoAddress::NotAnAddress)
    }

    /// Reads the text itself. A secret.
    pub(super) async fn text(&self) -> Result<String, Failure> {
        if self.arn.service() == "ssm" {
            ssm::parameter(&self.http, &self.config, &self.arn).await
        } else {
            self.secret().await
        }
    }

    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html>
    async fn secret(&self) -> Result<String, Failure> {
        let client = aws_sdk_secretsmanager::Client::new(&self.config);
        let output = client.get_secret_value().secret_id(self.arn.as_str()).send().await?;
        output.secret_string().map(str::to_owned).ok_or_else(Failure::garbled)
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("arn", &self.arn).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_plain_or_in_json() {
        let url = "https://hooks.slack.com/services/T0/B0/x";
        assert_eq!(Address::of_secret(&format!(" {url}\n")).unwrap().expose(), url);
        assert_eq!(Address::of_secret(&format!("{{\"url\": \"{url}\"}}")).unwrap().expose(), url);
        assert!(Address::of_secret("http://127.0.0.1:8080/hook").is_some());
    }

    #[test]
    fn only_https_leaves_this_machine() {
        for text in [
            "http://hooks.slack.com/services/x",
            "ftp://127.0.0.1/",
            "/services/x",
            "",
            "{\"token\": \"x\"}",
            "not a url",
        ] {
            assert!(Address::of_secret(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_address_is_not_in_the_debug_text() {
        let address = Address::of_secret("https://hooks.slack.com/services/T0/B0/x").unwrap();
        assert_eq!(format!("{address:?}"), "Address(redacted)");
    }
}
