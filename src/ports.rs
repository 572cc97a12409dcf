//! The outside world, on one page. Diagnosis reads; nothing here can change a customer's account.

use std::future::Future;

use futures_util::future::BoxFuture;

use crate::evidence::{Answer, Fact, Question};
use crate::report::Report;

/// Answers questions. Never fails: what cannot be read is a fact too.
pub trait Reader: Sync {
    /// Asks one question.
    fn ask(&self, question: &Question) -> impl Future<Output = Fact<Answer>> + Send;
}

/// Tells people about a finding.
pub trait Notifier: Send + Sync {
    /// The name in logs and errors: `sns`, `slack`.
    fn name(&self) -> &'static str;

    /// Publishes one report.
    fn notify<'a>(&'a self, report: &'a Report) -> BoxFuture<'a, Result<(), NotifyError>>;
}

/// Why a report was not published. The texts hold no secret: a webhook's address is one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// It may work later.
    #[error("{sink} did not take the finding: {reason}; it is sent again when the event is retried")]
    Retryable {
        /// The name of the sink.
        sink: &'static str,
        /// What it answered.
        reason: String,
    },
    /// It will not work until somebody changes the configuration.
    #[error("{sink} refuses findings: {reason}; check its configuration")]
    Permanent {
        /// The name of the sink.
        sink: &'static str,
        /// What it answered.
        reason: String,
    },
}
