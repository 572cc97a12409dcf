//! Event to report to people: the only file that sees every stage.

use futures_util::future::{join, join_all};
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use serde_json::Value;

use crate::case::Case;
use crate::event::{self, Denial, EventError, Item, Skipped};
use crate::evidence::Evidence;
use crate::gather::gather;
use crate::ports::{Keeper, Notifier, NotifyError, Reader};
use crate::repair::{Fixing, Planned, repair};
use crate::report::Report;

/// What became of one record.
#[derive(Debug)]
pub enum Outcome {
    /// A denial, explained as far as possible.
    Diagnosed(Box<Diagnosed>),
    /// No denial, or one of our own.
    Skipped(Skipped),
    /// The record could not be read.
    Malformed(EventError),
}

/// A denial that was diagnosed.
#[derive(Debug)]
pub struct Diagnosed {
    /// The report.
    pub report: Report,
    /// What was asked and answered.
    pub case: Case,
    /// Whether it is known what became of every change.
    pub is_settled: bool,
}

/// What handles inputs: who we are, and where reports go.
#[derive(Clone, Copy, Default)]
pub struct Hub<'a> {
    /// The names of the roles whose denials we cause ourselves.
    pub own_roles: &'a [String],
    /// Where reports go.
    pub sinks: &'a [Box<dyn Notifier>],
    /// Where cases go.
    pub keeper: Option<&'a dyn Keeper>,
    /// What may be done about remedies; `None` is nothing.
    pub fixing: Option<Fixing<'a>>,
}

impl std::fmt::Debug for Hub<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hub").field("own_roles", &self.own_roles).field("fixing", &self.fixing).finish_non_exhaustive()
    }
}

/// Diagnoses one record, and does about its remedies what the hub lets be done. `reader` makes the reader for a denial.
pub async fn diagnose<R: Reader>(item: Item, hub: Hub<'_>, reader: impl FnOnce(&Denial) -> R) -> Outcome {
    let denial = match item.outcome {
        Err(error) => return Outcome::Malformed(error),
        Ok(Err(skipped)) => return Outcome::Skipped(skipped),
        Ok(Ok(denial)) => denial,
    };
    if let Some(role) = denial.identity.role_name().filter(|name| hub.own_roles.iter().any(|own| own == name)) {
        let reason = format!(
            "`{}` was called by `{role}`, a role of this tool: its own denials are not diagnosed",
            denial.event_name
        );
        return Outcome::Skipped(Skipped { event_id: denial.event_id, reason, change: None });
    }
    let reader = reader(&denial);
    let evidence = gather(&denial, &reader).await;
    let mut planned = Planned::new(&denial, &evidence);
    let is_settled = match hub.fixing {
        Some(fixing) => repair(&denial, &mut planned, &reader, fixing).await,
        None => true,
    };
    let case = Case::new(&denial, &evidence);
    Outcome::Diagnosed(Box::new(Diagnosed { report: planned.report, case, is_settled }))
}

/// The report on a denial, given its evidence. The same in, the same out.
#[must_use]
pub fn explain(denial: &Denial, evidence: &Evidence) -> Report {
    Planned::new(denial, evidence).report
}

/// Sends a report to every sink, at once. One that fails does not keep it from the others.
pub async fn publish(report: &Report, sinks: &[Box<dyn Notifier>]) -> Vec<NotifyError> {
    join_all(sinks.iter().map(|sink| sink.notify(report))).await.into_iter().filter_map(Result::err).collect()
}

async fn keep(diagnosed: &Diagnosed, keeper: Option<&dyn Keeper>) {
    if let Some(keeper) = keeper {
        keeper.keep(&diagnosed.report, &diagnosed.case.to_json()).await;
    }
}

/// How many records of one input are worked on at once.
const RECORDS_AT_ONCE: usize = 4;

/// What became of an input: the function's response.
#[derive(Debug, Default, Serialize)]
pub struct Handled {
    /// A report for each denial that was diagnosed.
    pub reports: Vec<Report>,
    /// Records that are no denials, or are our own.
    pub skipped: Vec<Skipped>,
    /// The messages of an SQS batch that SQS shall deliver again.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
    #[serde(rename = "batchItemFailures")]
    pub batch_item_failures: Vec<BatchItemFailure>,
}

/// A message for SQS to deliver again.
#[derive(Debug, Serialize)]
pub struct BatchItemFailure {
    /// Its id.
    #[serde(rename = "itemIdentifier")]
    pub item_identifier: String,
}

/// Why an input is to be delivered again. Whatever could be published was.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// A record could not be read.
    #[error(transparent)]
    Malformed(#[from] EventError),
    /// A sink did not take a report.
    #[error(transparent)]
    NotPublished(#[from] NotifyError),
    /// A change was begun, and it is not known whether it was made.
    #[error("it is not known whether a change for event `{0}` was made; the next try finds it out")]
    Unsettled(String),
}

/// Diagnoses every denial of an input and publishes the reports. Handling an input twice does no harm but a second
/// message.
///
/// # Errors
/// If a record could not be read, a sink failed, or a change is not settled, and the input did not come by SQS: there, the messages that failed
/// are in the response.
pub async fn handle<R: Reader>(
    input: &Value,
    hub: Hub<'_>,
    reader: impl Fn(&Denial) -> R,
) -> Result<Handled, HandleError> {
    let work = event::read_value(input).into_iter().map(|item| async {
        let message_id = item.message_id.clone();
        (message_id, diagnose_and_publish(item, hub, &reader).await)
    });
    let outcomes: Vec<_> = stream::iter(work).buffered(RECORDS_AT_ONCE).collect().await;
    let mut handled = Handled::default();
    let mut failed = None;
    for (message_id, (outcome, mut error)) in outcomes {
        match outcome {
            Outcome::Diagnosed(diagnosed) => handled.reports.push(diagnosed.report),
            Outcome::Skipped(skipped) => handled.skipped.push(skipped),
            Outcome::Malformed(malformed) => error = Some(malformed.into()),
        }
        match (error, message_id) {
            (Some(_), Some(item_identifier)) => handled.batch_item_failures.push(BatchItemFailure { item_identifier }),
            (Some(error), None) => failed = failed.or(Some(error)),
            (None, _) => {}
        }
    }
    failed.map_or(Ok(handled), Err)
}

async fn diagnose_and_publish<R: Reader>(
    item: Item,
    hub: Hub<'_>,
    reader: impl FnOnce(&Denial) -> R,
) -> (Outcome, Option<HandleError>) {
    let outcome = diagnose(item, hub, reader).await;
    let error = match &outcome {
        Outcome::Diagnosed(diagnosed) => {
            let (errors, ()) = join(publish(&diagnosed.report, hub.sinks), keep(diagnosed, hub.keeper)).await;
            let unsettled = (!diagnosed.is_settled).then(|| diagnosed.report.event_id.clone());
            errors.into_iter().next().map(HandleError::from).or(unsettled.map(HandleError::Unsettled))
        }
        Outcome::Skipped(_) | Outcome::Malformed(_) => None,
    };
    (outcome, error)
}
