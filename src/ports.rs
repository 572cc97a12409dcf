//! The outside world, on one page. Diagnosis has a [`Reader`] and [`Notifier`]s; only what applies a remedy has a
//! [`Writer`].

use std::future::{Future, ready};
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::event::Changed;
use crate::evidence::{Question, Reading, Scope};
use crate::notice::{Notice, Turn};
use crate::remedy::{Edit, Image, Place, Record, State};
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

    /// Forgets the answers that a change may have overtaken, where answers are kept.
    fn forget(&self, _changed: &Changed) {}
}

/// Tells people about a finding.
pub trait Notifier: Send + Sync {
    /// The name in logs and errors: `sns`, `slack`.
    fn name(&self) -> &'static str;

    /// Publishes one report.
    fn notify<'a>(&'a self, report: &'a Report) -> BoxFuture<'a, Result<(), NotifyError>>;
}

/// Remembers what people were told, so that they are not told it again. What it cannot look up or keep is its own to tell,
/// and then people are told: twice is better than never.
pub trait Memory: Send + Sync {
    /// What is to be done about a denial.
    fn turn<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Turn>;

    /// Keeps that a sink was told of a denial.
    fn told<'a>(&'a self, notice: &'a Notice, sink: &'static str) -> BoxFuture<'a, ()>;

    /// Keeps which causes were told; the quiet time of the kind begins.
    fn quiet<'a>(&'a self, notice: &'a Notice, causes: &'a str) -> BoxFuture<'a, ()>;

    /// Counts a denial that people are not told of.
    fn count<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, ()>;
}

/// Keeps cases, for whoever looks into a report later.
pub trait Keeper: Send + Sync {
    /// Keeps the case of a report, as JSON. That it could not be kept is the keeper's to tell: the report goes out all
    /// the same.
    fn keep<'a>(&'a self, report: &'a Report, case: &'a str) -> BoxFuture<'a, ()>;
}

/// Why a sink did not take a report. The texts hold no secret: a webhook's address is one.
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
    /// The edit with all that is kept in its place, where what was planned could not tell.
    ///
    /// # Errors
    /// A line for a person: why it must not be made.
    fn complete(&self, edit: Edit) -> impl Future<Output = Result<Edit, String>> + Send {
        ready(Ok(edit))
    }

    /// What is in the place now.
    ///
    /// # Errors
    /// A line for a person, if that could not be found out.
    fn read(&self, place: &Place) -> impl Future<Output = Result<Image, String>> + Send;

    /// Writes `edit.after` into its place.
    ///
    /// # Errors
    /// A line for a person. The write may have taken effect all the same: read again.
    fn write(&self, edit: &Edit) -> impl Future<Output = Result<(), String>> + Send;
}

/// How long a place is held for one change: longer than a process works on it, so that an attempt that died, and is
/// never tried again, does not hold it for ever.
///
/// Whoever takes a place over looks at it before writing, as everybody does. An attempt that was suspended for so long
/// between looking and writing is what somebody else's change in that moment is: a race that AWS leaves to all.
pub const LEASE: Duration = Duration::from_mins(10);

/// Keeps the records of changes, and one change of a resource at a time.
pub trait Ledger: Sync {
    /// Keeps the record of a change that is about to be made, and holds its place for [`LEASE`].
    ///
    /// If an attempt is under way, keeps nothing and answers with its record. It is the one with this id if that has not
    /// ended, and then its place is held anew; or else the one that holds the place. An attempt that has ended, or whose
    /// lease is over, holds nothing. A record with this id that is not under way is replaced.
    ///
    /// # Errors
    /// If it is not known whether the record was kept.
    fn begin(&self, record: &Record) -> impl Future<Output = Result<Option<Record>, LedgerError>> + Send;

    /// Keeps how a change ended, and sets its place free if it is still held for it.
    ///
    /// # Errors
    /// If it is not known whether the record was kept.
    fn end(&self, record: &Record) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Keeps a record in place of the one with its id.
    ///
    /// # Errors
    /// If it is not known whether the record was kept.
    fn put(&self, record: &Record) -> impl Future<Output = Result<(), LedgerError>> + Send;

    /// Keeps a record in place of the one with its id if that is in state `from`; `None` is that there is none. The
    /// answer is whether the record is kept now. Of many that try the same at once, with other records, one succeeds.
    ///
    /// # Errors
    /// If it is not known whether the record was kept.
    fn swap(&self, record: &Record, from: Option<State>) -> impl Future<Output = Result<bool, LedgerError>> + Send;

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
