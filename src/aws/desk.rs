//! Where approvals come in and go out: the secret that Slack signs with, the invocation that goes on after the answer, and
//! the address at which Slack wants to be told.

use std::fmt;
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::clock::now;
use super::http::{Http, is_loopback};
use super::signed::Signer;
use super::signed::calls::LAMBDA_INVOKE;
use super::webhook::Source;
use crate::approval::{Forged, Signed, verify};
use crate::report::slack_line;

/// A secret that was read so long ago is read anew if a signature does not fit: it may have been replaced. Whoever forges
/// signatures has it read no more often.
const OLD: Duration = Duration::from_mins(1);

/// How often Slack is told before it is left.
const TRIES: u32 = 3;

/// More than Slack's word in answer.
const LARGEST_ANSWER: usize = 64 * 1024;

/// Made by [`Edge::desk`](super::Edge::desk).
pub struct Desk {
    secret: Source,
    kept: Mutex<Option<(String, Instant)>>,
    http: Http,
    signer: Signer,
    function: String,
    /// AWS itself is on this machine, so Slack may be as well.
    local: bool,
}

impl Desk {
    pub(super) fn new(secret: Source, http: Http, signer: Signer, function: String, local: bool) -> Self {
        Self { secret, kept: Mutex::new(None), http, signer, function, local }
    }

    /// Whether a request is Slack's.
    ///
    /// # Errors
    /// Why the secret could not be read.
    pub async fn verify(&self, signed: Signed<'_>) -> Result<Result<(), Forged>, String> {
        let seconds = now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut kept = self.kept.lock().await;
        if let Some((secret, at)) = &*kept {
            let judged = verify(secret, seconds, signed);
            if judged != Err(Forged::Wrong) || at.elapsed() < OLD {
                return Ok(judged);
            }
        }
        let secret = self.secret.text().await.map_err(|failure| failure.in_words().into_owned())?;
        let secret = secret.trim().to_owned();
        let judged = verify(&secret, seconds, signed);
        *kept = Some((secret, Instant::now()));
        Ok(judged)
    }

    /// Whether an address of this machine may be told something.
    #[must_use]
    pub fn may_tell(&self, host: &str) -> bool {
        self.local && is_loopback(host)
    }

    /// Has the function invoked once more, with an event of its own.
    ///
    /// # Errors
    /// Why that could not be begun.
    pub async fn begin(&self, event: &Value) -> Result<(), String> {
        let begun = self.signer.invoke(&LAMBDA_INVOKE, &self.function, event).await;
        begun.map_err(|failure| failure.in_words().into_owned())
    }

    /// Answers a click, to everybody in the channel or to who clicked.
    ///
    /// <https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>
    ///
    /// # Errors
    /// Why Slack did not take it.
    pub async fn tell(&self, address: &str, text: &str, to_all: bool) -> Result<(), String> {
        let kind = if to_all { "in_channel" } else { "ephemeral" };
        let text = slack_line(text);
        let payload = json!({ "text": text, "response_type": kind, "replace_original": false }).to_string();
        let mut tries = 0;
        loop {
            tries += 1;
            let mut request = HttpRequest::new(SdkBody::from(payload.as_str()));
            let unusable = || "the address cannot be used".to_owned();
            request.set_method("POST").map_err(|_| unusable())?;
            request.set_uri(address).map_err(|_| unusable())?;
            request.headers_mut().insert("content-type", "application/json; charset=utf-8");
            let why = match self.http.send(request, LARGEST_ANSWER).await {
                Ok(reply) if reply.status == 200 => return Ok(()),
                Ok(reply) if reply.status == 429 || reply.status >= 500 => format!("HTTP {}", reply.status),
                Ok(reply) => return Err(format!("HTTP {}", reply.status)),
                Err(_) => "no answer".to_owned(),
            };
            if tries >= TRIES {
                return Err(why);
            }
            tokio::time::sleep(self.signer.backoff(tries)).await;
        }
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("function", &self.function).finish_non_exhaustive()
    }
}
