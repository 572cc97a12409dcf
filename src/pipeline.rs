//! Event to report to people: the only file that sees every stage.

use futures_util::future::join_all;

use crate::case::Case;
use crate::checks;
use crate::diagnosis::Diagnosis;
use crate::event::{Denial, EventError, Item, Skipped};
use crate::evidence::Evidence;
use crate::gather::gather;
use crate::ports::{Notifier, NotifyError, Reader};
use crate::report::{Report, build};
use crate::request::requests;

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
        let reason = format!("`{}` was called by `{role}`, a role of this tool: its own denials are not diagnosed", denial.event_name);
        return Outcome::Skipped(Skipped { event_id: denial.event_id, reason });
    }
    let evidence = gather(&requests(&denial), &denial.region, &reader(&denial)).await;
    let report = explain(&denial, &evidence);
    let case = Case::new(&denial, &evidence);
    Outcome::Diagnosed(Box::new(Diagnosed { report, case }))
}

/// The report on a denial, given its evidence. The same in, the same out.
#[must_use]
pub fn explain(denial: &Denial, evidence: &Evidence) -> Report {
    let diagnosis = Diagnosis::new(denial, evidence);
    build(&diagnosis, &checks::run(&diagnosis))
}

/// Sends a report to every sink, at once. One that fails does not keep it from the others.
pub async fn publish(report: &Report, sinks: &[Box<dyn Notifier>]) -> Vec<NotifyError> {
    join_all(sinks.iter().map(|sink| sink.notify(report))).await.into_iter().filter_map(Result::err).collect()
}
