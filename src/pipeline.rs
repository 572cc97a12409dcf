//! Event to report to people: the only file that sees every stage.

use futures_util::future::{join, join_all};
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use serde_json::Value;

use crate::case::Case;
use crate::checks;
use crate::diagnosis::Diagnosis;
use crate::event::{self, Denial, EventError, Item, Skipped};
use crate::evidence::Evidence;
use crate::gather::gather;
use crate::ports::{Keeper, Notifier, NotifyError, Reader};
use crate::remedy;
use crate::report::{Report, build};

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
}

/// Diagnoses one record. `own_roles` are the names of the roles whose denials we cause ourselves; `reader` makes the
/// reader for a denial.
pub async fn diagnose<R: Reader>(item: Item, own_roles: &[String], reader: impl FnOnce(&Denial) -> R) -> Outcome {
    let denial = match item.outcome {
        Err(error) => return Outcome::Malformed(error),
        Ok(Err(skipped)) => return Outcome::Skipped(skipped),
        Ok(Ok(denial)) => denial,
    };
    if let Some(role) = denial.identity.role_name().filter(|name| own_roles.iter().any(|own| own == name)) {
        let reason = format!(
            "`{}` was called by `{role}`, a role of this tool: its own denials are not diagnosed",
            denial.event_name
        );
        return Outcome::Skipped(Skipped { event_id: denial.event_id, reason, change: None });
    }
    let evidence = gather(&denial, &reader(&denial)).await;
    let report = explain(&denial, &evidence);
    let case = Case::new(&denial, &evidence);
    Outcome::Diagnosed(Box::new(Diagnosed { report, case }))
}

/// The report on a denial, given its evidence. The same in, the same out.
#[must_use]
pub fn explain(denial: &Denial, evidence: &Evidence) -> Report {
    let diagnosis = Diagnosis::new(denial, evidence);
    {
        let findings = checks::run(&diagnosis);
        build(&diagnosis, &findings, &remedy::plan(&diagnosis, &findings))
    }
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
}

/// Diagnoses every denial of an input and publishes the reports. Handling an input twice does no harm but a second
/// message.
///
/// # Errors
/// If a record could not be read, or a sink failed, and the input did not come by SQS: there, the messages that failed
/// are in the response.
pub async fn handle<R: Reader>(
    input: &Value,
    own_roles: &[String],
    sinks: &[Box<dyn Notifier>],
    keeper: Option<&dyn Keeper>,
    reader: impl Fn(&Denial) -> R,
) -> Result<Handled, HandleError> {
    let work = event::read_value(input).into_iter().map(|item| async {
        let message_id = item.message_id.clone();
        (message_id, diagnose_and_publish(item, own_roles, sinks, keeper, &reader).await)
    });
    let outcomes: Vec<_> = stream::iter(work).buffered(RECORDS_AT_ONCE).collect().await;
    let mut handled = Handled::default();
    let mut failed = None;
    for (message_id, (outcome, errors)) in outcomes {
        let mut error = errors.into_iter().next().map(HandleError::from);
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
    own_roles: &[String],
    sinks: &[Box<dyn Notifier>],
    keeper: Option<&dyn Keeper>,
    reader: impl FnOnce(&Denial) -> R,
) -> (Outcome, Vec<NotifyError>) {
    let outcome = diagnose(item, own_roles, reader).await;
    let errors = match &outcome {
        Outcome::Diagnosed(diagnosed) => join(publish(&diagnosed.report, sinks), keep(diagnosed, keeper)).await.0,
        Outcome::Skipped(_) | Outcome::Malformed(_) => Vec::new(),
    };
    (outcome, errors)
}
