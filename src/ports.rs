//! The outside world, on one page. Diagnosis has a [`Reader`] and [`Notifier`]s; only what applies a remedy has a
//! [`Writer`].

use std::future::Future;

use futures_util::future::BoxFuture;

use crate::evidence::{Answer, Fact, Question, Reading, Scope};
use crate::remedy::{Edit, Place, Record};
use crate::report::Report;

/// Answers questions. Never fails: what cannot be read is a fact too.
pub trait Reader: Sync {
    /// Asks one question.
    fn ask(&self, question: &Question) -> impl Future<Output = Reading> + Send;

    /// Whether the question may be asked at all. Questions that take more than reading permissions are asked only where
    /// the owner opted in.
    fn may_ask(&self, question: &Question) -> bool {
        question.spec().scope != Scope::ObjectData
    }
}

/// Tells people about a finding.
pub trait Notifier: Send + Sync {
    /// The name in logs and errors: `sns`, `slack`.
    fn name(&self) -> &'static str;

    /// Publishes one report.
    fn notify<'a>(&'a self, report: &'a Report) -> BoxFuture<'a, Result<(), NotifyError>>;
}

/// Keeps cases, for whoever looks into a report later.
pub trait Keeper: Send + Sync {
    /// Keeps the case of a report, as JSON. That it could not be kept is the keeper's to tell: the report goes out all
    /// the same.
    fn keep<'a>(&'a self, report: &'a Report, case: &'a str) -> BoxFuture<'a, ()>;
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

/// Makes changes in a customer's account. Each write goes by a session that may make this one change and no other.
pub trait Writer: Sync {
    /// What is in the place now.
    fn read(&self, place: &Place) -> impl Future<Output = Fact<Answer>> + Send;

    /// Writes `edit.after` into its place.
    ///
    /// # Errors
    /// A line for a person. The write may have taken effect all the same: read again.
    fn write(&self, edit: &Edit) -> impl Future<Output = Result<(), String>> + Send;
}

/// Keeps the records of changes, and one change of a resource at a time.
pub trait Ledger: Sync {
    /// Keeps the record of a change that is about to be made, and reserves its place.
    ///
    /// If an attempt is under way, keeps nothing and answers with its record: the one with this id if it has not ended,
    /// or else the one that holds the place. A record with this id that has ended is replaced.
    ///
    /// # Errors
    /// If it is not known whether the record was kept.
    fn begin(&self, record: &Record) -> impl Future<Output = Result<Option<Record>, LedgerError>> + Send;

    /// Keeps how a change ended, and sets its place free.
    ///
    /// # Errors
    /// If it is not known whether the record was kept.
    fn end(&self, record: &Record) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Keeps a record in place of the one with its id.
    ///
    /// # Errors
    /// If it is not known whether the record was kept.
    fn put(&self, record: &Record) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// The record with an id.
    ///
    /// # Errors
    /// If it could not be read.
    fn get(&self, id: &str) -> impl Future<Output = Result<Option<Record>, LedgerError>> + Send;
}

/// The ledger could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the ledger of changes could not be used: {0}; nothing more was done, try again")]
pub struct LedgerError(pub String);
