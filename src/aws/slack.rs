//! Posts findings to a Slack channel, through an incoming webhook.
//!
//! <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>

use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;

use super::http::{Http, Reply, Unanswered};
use super::webhook::{Address, NoAddress, Source};
use crate::ports::{Notifier, NotifyError};
use crate::report::{Report, slack};

const NAME: &str = "slack";

/// How often a finding is posted before it is left to the next invocation.
const TRIES: u32 = 3;

/// The wait before the second try; twice as long before the third.
const BACKOFF: Duration = Duration::from_millis(500);

/// The longest wait that Slack may ask for. The function has other things to do.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// More than Slack's word in answer to a finding.
const LARGEST_ANSWER: usize = 64 * 1024;

/// One webhook. Made by [`Edge::slack`](super::Edge::slack).
#[derive(Debug)]
pub struct SlackNotifier {
    source: Source,
    http: Http,
    address: Mutex<Option<Address>>,
}

/// How a post ended, if it did not succeed.
enum Refusal {
    /// Try again, after this time if Slack names one.
    Later { reason: String, after: Option<Duration> },
    /// Slack will not take it.
    Never { reason: String },
}

impl SlackNotifier {
    pub(super) fn new(source: Source, http: Http) -> Self {
        Self { source, http, address: Mutex::new(None) }
    }

    /// The address, and whether it was kept from an earlier finding.
    async fn address(&self) -> Result<(Address, bool), NotifyError> {
        let mut kept = self.address.lock().await;
        if let Some(address) = &*kept {
            return Ok((address.clone(), true));
        }
        let address = self.source.read().await.map_err(|error| match error {
            NoAddress::Unread(failure) => failure.notify_error(NAME, "reading the webhook's address"),
            NoAddress::NotAnAddress => NotifyError::Permanent {
                sink: NAME,
                reason: "the secret holds no https address: store the webhook's URL, or JSON with it under `url`"
                    .to_owned(),
            },
        })?;
        *kept = Some(address.clone());
        Ok((address, false))
    }

    async fn post(&self, address: &Address, payload: &str) -> Result<(), Refusal> {
        let never = || Refusal::Never { reason: "the address cannot be used".to_owned() };
        let mut request = HttpRequest::new(SdkBody::from(payload));
        request.set_method("POST").map_err(|_| never())?;
        request.set_uri(address.expose()).map_err(|_| never())?;
        request.headers_mut().insert("content-type", "application/json; charset=utf-8");
        match self.http.send(request, LARGEST_ANSWER).await {
            Ok(reply) => judge(&reply),
            Err(Unanswered::Timeout) => Err(Refusal::Later { reason: "no answer in time".to_owned(), after: None }),
            Err(Unanswered::Connection) => Err(Refusal::Later { reason: "no connection".to_owned(), after: None }),
        }
    }

    /// Posts the finding, with waits and retries.
    async fn publish(&self, report: &Report) -> Result<(), NotifyError> {
        let payload = slack(report).to_string();
        let mut wait = BACKOFF;
        let mut tries = 0;
        loop {
            tries += 1;
            let (address, kept) = self.address().await?;
            match self.post(&address, &payload).await {
                Ok(()) => return Ok(()),
                Err(Refusal::Later { reason, .. }) if tries >= TRIES => {
                    return Err(NotifyError::Retryable { sink: NAME, reason });
                }
                Err(Refusal::Later { after, .. }) => {
                    tokio::time::sleep(after.unwrap_or(wait).min(LONGEST_WAIT)).await;
                    wait *= 2;
                }
                Err(Refusal::Never { reason }) => {
                    // The webhook may have been replaced since the address was read: the next read finds the new one.
                    *self.address.lock().await = None;
                    if !kept || tries >= TRIES {
                        return Err(NotifyError::Permanent { sink: NAME, reason });
                    }
                }
            }
        }
    }
}

/// Slack says `ok`, or what is wrong in a word; the status alone does not tell.
fn judge(reply: &Reply) -> Result<(), Refusal> {
    match reply.status {
        200 => Ok(()),
        429 => Err(Refusal::Later { reason: "too many messages".to_owned(), after: reply.retry_after }),
        status if status >= 500 => Err(Refusal::Later { reason: format!("HTTP {status}"), after: reply.retry_after }),
        status => {
            let word = std::str::from_utf8(&reply.body).unwrap_or_default().trim();
            // Anything but Slack's own word might repeat the address.
            let known = (1..=64).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            Err(Refusal::Never { reason: if known { word.to_owned() } else { format!("HTTP {status}") } })
        }
    }
}

impl Notifier for SlackNotifier {
    fn name(&self) -> &'static str {
        NAME
    }

    fn notify<'a>(&'a self, report: &'a Report) -> BoxFuture<'a, Result<(), NotifyError>> {
        Box::pin(self.publish(report))
    }
}
