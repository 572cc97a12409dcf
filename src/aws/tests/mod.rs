//! The edge against a server of our own on a loopback address: recorded answers, no account, no network.

mod access_analyzer;
mod access_points;
mod authorization;
mod buckets;
mod cloudfront;
mod cloudtrail;
mod edge_rules;
mod every;
mod found;
mod front_doors;
mod kms;
mod asking;
mod notifying;
mod objects;
mod organizations;
mod owner;
mod reading;
mod resource_policies;
mod server;
mod sessions;
mod signed;
mod simulator;
mod telling;
mod vpc;
mod writing;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_types::retry::RetryConfig;
use std::time::Duration;

use self::server::Server;
use super::http::Http;
use super::{Edge, Options, Own};
use crate::arn::AccountId;
use crate::evidence::{Answer, BucketRef, Entity, EntityKind, Fact, Question};
use crate::ports::Reader;

const ACCOUNT: &str = "111122223333";

fn account() -> AccountId {
    ACCOUNT.parse().unwrap()
}

/// The edge with the server as every service's endpoint, and without waits between retries.
fn edge(server: &Server, read_role: Option<&str>, own: Own) -> Edge {
    edge_with(server, |options| {
        options.read_role = read_role.map(str::to_owned);
        options.external_id = read_role.map(|_| "external-9f2".to_owned());
        options.own = own;
    })
}

/// The same with other options than those of a bare command line.
fn edge_with(server: &Server, change: impl FnOnce(&mut Options)) -> Edge {
    edge_in(server, "eu-west-1", change)
}

/// The same in another Region.
fn edge_in(server: &Server, region: &'static str, change: impl FnOnce(&mut Options)) -> Edge {
    let http = Http::default();
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .endpoint_url(server.url())
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "AKIDEXAMPLE",
            "secret",
            None,
            None,
            "test",
        )))
        .http_client(http.clone())
        .retry_config(RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(1)))
        .timeout_config(super::timeouts())
        .build();
    let mut options = Options {
        read_role: None,
        external_id: None,
        own: Own::Ambient,
        management_role: None,
        object_metadata: false,
        search_accounts: 100,
        trace: false,
    };
    change(&mut options);
    Edge::new(config, http, options)
}

async fn ask(server: &Server, question: Question) -> Fact<Answer> {
    edge(server, None, Own::Ambient).reader("event", None).ask(&question).await.fact
}

fn bucket() -> BucketRef {
    BucketRef { account: account(), region: "eu-west-1".to_owned(), bucket: "acme".to_owned() }
}

fn role() -> Entity {
    Entity { kind: EntityKind::Role, account: account(), name: "app".to_owned() }
}
