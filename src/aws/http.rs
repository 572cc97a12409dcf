//! One HTTP client for the SDK, for Slack and for what we sign ourselves.
//!
//! It is lazy: the machine's CA files are read at the first `https` request, not when a client is made, which is most of
//! what an SDK client costs at start. Plain `http` goes to a loopback address or to the credentials endpoint of a
//! container or machine, so it needs no CA file and passes no proxy.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;

use super::{ATTEMPT_TIMEOUT, CONNECT_TIMEOUT};

/// The client. Clones share their connections.
#[derive(Debug, Clone, Default)]
pub(super) struct Http {
    connectors: Arc<Mutex<HashMap<Timeouts, SharedHttpConnector>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Timeouts {
    connect: Option<Duration>,
    read: Option<Duration>,
}

/// An answer to a request that we made without the SDK.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// The header `Retry-After`, where it holds seconds.
    pub(super) retry_after: Option<Duration>,
    /// The header `X-Amzn-Errortype`: the error code of some services.
    pub(super) error_type: Option<String>,
    pub(super) body: Vec<u8>,
}

/// There was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unanswered {
    Timeout,
    Connection,
}

impl Http {
    /// Sends one request, once. Of a body longer than `largest` bytes the rest is left unread.
    pub(super) async fn send(&self, request: HttpRequest, largest: usize) -> Result<Reply, Unanswered> {
        let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
        let connector = self.connector(&settings);
        let exchange = async {
            let response = connector
                .call(request)
                .await
                .map_err(|error| if error.is_timeout() { Unanswered::Timeout } else { Unanswered::Connection })?;
            let status = response.status().as_u16();
            let retry_after = response.headers().get("retry-after").and_then(|text| text.trim().parse().ok());
            let error_type = response.headers().get("x-amzn-errortype").map(str::to_owned);
            let body = read(response.into_body(), largest).await?;
            Ok(Reply { status, retry_after: retry_after.map(Duration::from_secs), error_type, body })
        };
        tokio::time::timeout(ATTEMPT_TIMEOUT, exchange).await.unwrap_or(Err(Unanswered::Timeout))
    }

    fn connector(&self, settings: &HttpConnectorSettings) -> SharedHttpConnector {
        let key = Timeouts { connect: settings.connect_timeout(), read: settings.read_timeout() };
        let mut connectors = self.connectors.lock().unwrap_or_else(PoisonError::into_inner);
        connectors.entry(key).or_insert_with(|| SharedHttpConnector::new(ByScheme::new(settings.clone()))).clone()
    }
}

impl HttpClient for Http {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        self.connector(settings)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some("1.x".into())))
    }
}

async fn read(body: SdkBody, largest: usize) -> Result<Vec<u8>, Unanswered> {
    let mut stream = ByteStream::new(body);
    let mut bytes = Vec::new();
    while let Some(chunk) = stream.next().await {
        bytes.extend_from_slice(&chunk.map_err(|_| Unanswered::Connection)?);
        if bytes.len() > largest {
            break;
        }
    }
    Ok(bytes)
}

/// Two connectors, each made when the first request needs it.
#[derive(Debug)]
struct ByScheme {
    settings: HttpConnectorSettings,
    plain: OnceLock<Connector>,
    tls: OnceLock<Connector>,
}

impl ByScheme {
    fn new(settings: HttpConnectorSettings) -> Self {
        Self { settings, plain: OnceLock::new(), tls: OnceLock::new() }
    }

    fn plain(&self) -> Connector {
        let mut builder = self.builder().tls_provider(Provider::rustls(CryptoMode::AwsLc));
        // Only a connector with TLS takes a resolver; an empty trust store keeps it from reading CA files.
        if let Ok(context) = TlsContext::builder().with_trust_store(TrustStore::empty()).build() {
            builder = builder.tls_context(context);
        }
        builder.build_with_resolver(Resolver)
    }

    fn tls(&self) -> Connector {
        self.builder()
            .proxy_config(ProxyConfig::from_env())
            .tls_provider(Provider::rustls(CryptoMode::AwsLc))
            .build_with_resolver(Resolver)
    }

    fn builder(&self) -> ConnectorBuilder {
        Connector::builder().connector_settings(self.settings.clone())
    }
}

impl HttpConnector for ByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.uri().starts_with("http://") {
            self.plain.get_or_init(|| self.plain()).call(request)
        } else {
            self.tls.get_or_init(|| self.tls()).call(request)
        }
    }
}

/// The system's resolver, but for names made of a loopback address.
///
/// S3 Control puts the account's id in front of the host, which makes `123456789012.127.0.0.1` of a local endpoint. No
/// name in the DNS looks like that, and none may end in `.localhost`: <https://www.rfc-editor.org/rfc/rfc6761#section-6.3>.
#[derive(Debug, Clone)]
struct Resolver;

impl ResolveDns for Resolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        if let Some(address) = loopback(name) {
            return DnsFuture::ready(Ok(vec![address]));
        }
        let name = name.to_owned();
        DnsFuture::new(async move {
            let lookup = tokio::task::spawn_blocking(move || (name.as_str(), 0).to_socket_addrs()).await;
            let addresses = lookup.map_err(ResolveDnsError::new)?.map_err(ResolveDnsError::new)?;
            Ok(addresses.map(|address| address.ip()).collect())
        })
    }
}

/// The loopback address that a name is made of.
fn loopback(name: &str) -> Option<IpAddr> {
    if name.ends_with(".localhost") {
        return Some(Ipv4Addr::LOCALHOST.into());
    }
    let (fourth_last_dot, _) = name.rmatch_indices('.').nth(3)?;
    let address: Ipv4Addr = name.get(fourth_last_dot + 1..)?.parse().ok()?;
    address.is_loopback().then_some(address.into())
}

/// Whether a host is this machine: a loopback address, `localhost`, or a name made of one.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) || bare == "localhost" || loopback(bare).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_made_of_a_loopback_address_resolve_to_it() {
        assert_eq!(loopback("123456789012.127.0.0.1"), Some(Ipv4Addr::LOCALHOST.into()));
        assert_eq!(loopback("a.b.127.0.0.2"), Some(Ipv4Addr::new(127, 0, 0, 2).into()));
        assert_eq!(loopback("123456789012.localhost"), Some(Ipv4Addr::LOCALHOST.into()));
        for name in ["s3.eu-west-1.amazonaws.com", "x.10.0.0.1", "localhost", "127.0.0.1", "127.0.0.1.example.com"] {
            assert_eq!(loopback(name), None, "{name}");
        }
    }

    #[test]
    fn this_machine_is_told_from_others() {
        for host in ["127.0.0.1", "127.9.9.9", "localhost", "[::1]", "x.localhost"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["hooks.slack.com", "10.0.0.1", "localhost.example.com", "[::2]", ""] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
