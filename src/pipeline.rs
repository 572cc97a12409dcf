//! Event to report to people: the only file that sees every stage.

use futures_util::future::{OptionFuture, join, join_all};
use futures_util::stream::{self, StreamExt};
use serde::Serialize;
use serde_json::Value;

use crate::case::Case;
use crate::event::{self, Denial, EventError, Item, Skipped};
use crate::evidence::Evidence;
use crate::gather::gather;
use crate::notice::{Notice, Turn, causes};
use crate::ports::{Keeper, Memory, Notifier, NotifyError, Reader};
use crate::repair::{Fixing, Planned, repair};
use crate::report::{Report, add_repeats};

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
    /// Whether a change was tried.
    pub is_tried: bool,
}

/// What handles inputs: who we are, and where reports go.
#[derive(Clone, Copy, Default)]
pub struct Hub<'a> {
    /// The names of the roles whose denials we cause ourselves.
    pub own_roles: &'a [String],
    /// Where reports go.
    pub sinks: &'a [Box<dyn Notifier>],
    /// What people were told; `None` remembers nothing, and tells everything.
    pub memory: Option<&'a dyn Memory>,
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
    match admit(item, hub) {
        Err(error) => Outcome::Malformed(error),
        Ok(Err(skipped)) => Outcome::Skipped(skipped),
        Ok(Ok(denial)) => Outcome::Diagnosed(Box::new(examine(&denial, hub, reader).await)),
    }
}

/// The denial of a record, if it has one that is to be diagnosed.
fn admit(item: Item, hub: Hub<'_>) -> Result<Result<Box<Denial>, Skipped>, EventError> {
    let denial = match item.outcome? {
        Err(skipped) => return Ok(Err(skipped)),
        Ok(denial) => denial,
    };
    if let Some(role) = denial.identity.role_name().filter(|name| hub.own_roles.iter().any(|own| own == name)) {
        let reason = format!(
            "`{}` was called by `{role}`, a role of this tool: its own denials are not diagnosed",
            denial.event_name
        );
        return Ok(Err(Skipped { event_id: denial.event_id, reason, change: None }));
    }
    // Or two hubs, each with a role that the other does not know, would explain each other's denials for ever.
    if let Some(role) = wanted_role(&denial).filter(|name| hub.own_roles.iter().any(|own| own == name)) {
        let reason = format!(
            "`{}` was for `{role}`, a role of this tool: where it may not be taken, reports say so",
            denial.event_name
        );
        return Ok(Err(Skipped { event_id: denial.event_id, reason, change: None }));
    }
    Ok(Ok(denial))
}

/// The name of the role that a call would have taken. A denied call often has no parameters, and AWS's message names it.
fn wanted_role(denial: &Denial) -> Option<&str> {
    if denial.event_source != "sts.amazonaws.com" || denial.event_name != "AssumeRole" {
        return None;
    }
    let named = denial.parameter("roleArn").or(denial.message.resource.as_deref())?;
    named.split_once(":role/")?.1.rsplit('/').next()
}

async fn examine<R: Reader>(denial: &Denial, hub: Hub<'_>, reader: impl FnOnce(&Denial) -> R) -> Diagnosed {
    let reader = reader(denial);
    let evidence = gather(denial, &reader).await;
    let mut planned = Planned::new(denial, &evidence);
    let is_settled = match hub.fixing {
        Some(fixing) => repair(denial, &mut planned, &reader, fixing).await,
        None => true,
    };
    let case = Case::new(denial, &evidence);
    Diagnosed { report: planned.report, case, is_settled, is_tried: planned.is_tried }
}

/// The report on a denial, given its evidence. The same in, the same out.
#[must_use]
pub fn explain(denial: &Denial, evidence: &Evidence) -> Report {
    Planned::new(denial, evidence).report
}

/// How many records of one input are worked on at once.
const RECORDS_AT_ONCE: usize = 4;

/// What became of an input: the function's response, and what there is to log beside.
#[derive(Debug, Default, Serialize)]
pub struct Handled {
    /// A report for each denial that was diagnosed.
    pub reports: Vec<Report>,
    /// Records that are no denials, or are our own.
    pub skipped: Vec<Skipped>,
    /// The ids of denials that people heard of before: of these, or of others of the kind.
    pub repeated: Vec<String>,
    /// The messages of an SQS batch that SQS shall deliver again.
    ///
    /// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
    #[serde(rename = "batchItemFailures")]
    pub batch_item_failures: Vec<BatchItemFailure>,
    /// Findings that a sink will not take, however often it is tried.
    #[serde(skip)]
    pub refused: Vec<Refused>,
    /// What is to be tried again.
    #[serde(skip)]
    pub failed: Vec<Failed>,
}

impl Handled {
    fn and(mut self, other: Self) -> Self {
        self.reports.extend(other.reports);
        self.skipped.extend(other.skipped);
        self.repeated.extend(other.repeated);
        self.batch_item_failures.extend(other.batch_item_failures);
        self.refused.extend(other.refused);
        self.failed.extend(other.failed);
        self
    }

    /// The function's response.
    ///
    /// # Errors
    /// What makes Lambda deliver the input again: the first failure of a record that did not come by SQS. Of what did, the
    /// messages are in the response.
    pub fn response(mut self) -> Result<Self, HandleError> {
        match self.failed.iter().position(|failed| failed.message_id.is_none()) {
            Some(at) => Err(self.failed.swap_remove(at).error),
            None => Ok(self),
        }
    }
}

/// A message for SQS to deliver again.
#[derive(Debug, Serialize)]
pub struct BatchItemFailure {
    /// Its id.
    #[serde(rename = "itemIdentifier")]
    pub item_identifier: String,
}

/// A finding that a sink will not take.
#[derive(Debug)]
pub struct Refused {
    /// The id of the denial.
    pub event_id: String,
    /// The name of the sink.
    pub sink: &'static str,
    /// What it said.
    pub error: NotifyError,
}

/// What is to be tried again.
#[derive(Debug)]
pub struct Failed {
    /// The id of the denial, where it could be read.
    pub event_id: Option<String>,
    /// The message of an SQS batch that brought it.
    pub message_id: Option<String>,
    /// Why.
    pub error: HandleError,
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

/// Diagnoses every denial of an input and publishes the reports. What becomes of one record keeps nothing from the others.
/// With a memory, an input that is handled twice is told once.
pub async fn handle<R: Reader>(input: &Value, hub: Hub<'_>, reader: impl Fn(&Denial) -> R) -> Handled {
    let work = event::read_value(input).into_iter().map(|item| handle_one(item, hub, &reader));
    stream::iter(work).buffered(RECORDS_AT_ONCE).fold(Handled::default(), async |all, one| all.and(one)).await
}

async fn handle_one<R: Reader>(item: Item, hub: Hub<'_>, reader: impl FnOnce(&Denial) -> R) -> Handled {
    let mut handled = Handled::default();
    let message_id = item.message_id.clone();
    let mut event_id = None;
    let error = match admit(item, hub) {
        Err(malformed) => Some(malformed.into()),
        Ok(Err(skipped)) => {
            handled.skipped.push(skipped);
            None
        }
        Ok(Ok(denial)) => {
            event_id = Some(denial.event_id.clone());
            tell(&denial, hub, reader, &mut handled).await
        }
    };
    if let Some(error) = error {
        let failure = message_id.clone().map(|item_identifier| BatchItemFailure { item_identifier });
        handled.batch_item_failures.extend(failure);
        handled.failed.push(Failed { event_id, message_id, error });
    }
    handled
}

/// Explains a denial and tells people, but for what they were told before.
async fn tell<R: Reader>(
    denial: &Denial,
    hub: Hub<'_>,
    reader: impl FnOnce(&Denial) -> R,
    handled: &mut Handled,
) -> Option<HandleError> {
    let memory = hub.memory.map(|memory| (memory, Notice::of(denial)));
    let turn = match &memory {
        Some((memory, notice)) => memory.turn(notice).await,
        None => Turn::first(),
    };
    // Each object has a change of its own, so that where changes are made without a person each denial is looked at.
    let fixes = hub.fixing.is_some_and(|fixing| !fixing.auto.is_empty());
    let is_known = match &turn {
        Turn::Counted => true,
        Turn::Count => !fixes,
        Turn::Compare(_) => false,
        Turn::Tell { told, .. } => !told.is_empty() && hub.sinks.iter().all(|sink| is_in(told, sink.as_ref())),
    };
    if is_known {
        if let (Turn::Count, Some((memory, notice))) = (&turn, &memory) {
            memory.count(notice).await;
        }
        handled.repeated.push(denial.event_id.clone());
        return None;
    }
    let Diagnosed { mut report, case, is_settled, is_tried } = examine(denial, hub, reader).await;
    let found = causes(&report);
    let is_news = match &turn {
        Turn::Tell { .. } => true,
        Turn::Compare(causes) => is_tried || found != *causes,
        Turn::Count | Turn::Counted => is_tried,
    };
    if !is_news {
        if let Some((memory, notice)) = &memory {
            memory.count(notice).await;
        }
        handled.repeated.push(report.event_id);
        return None;
    }
    let (told, more) = match turn {
        Turn::Tell { told, more } => (told, more),
        Turn::Compare(_) | Turn::Count | Turn::Counted => (Vec::new(), 0),
    };
    add_repeats(&mut report, more);
    let publishing = hub.sinks.iter().filter(|sink| !is_in(&told, sink.as_ref())).map(async |sink| {
        let outcome = sink.notify(&report).await;
        // What is not settled is told once more, when it is.
        if let (Ok(()), true, Some((memory, notice))) = (&outcome, is_settled, &memory) {
            memory.told(notice, sink.name()).await;
        }
        (sink.name(), outcome)
    });
    let keeping = OptionFuture::from(hub.keeper.map(async |keeper| keeper.keep(&report, &case.to_json()).await));
    let (outcomes, _) = join(join_all(publishing), keeping).await;
    let is_heard = !told.is_empty() || outcomes.iter().any(|(_, outcome)| outcome.is_ok());
    if let (true, Some((memory, notice))) = (is_heard, &memory) {
        memory.quiet(notice, &found).await;
    }
    let unsettled = (!is_settled).then(|| HandleError::Unsettled(report.event_id.clone()));
    let (mut later, mut never) = (None, None);
    for (sink, outcome) in outcomes {
        match outcome {
            Ok(()) => {}
            Err(error @ NotifyError::Retryable { .. }) => later = later.or(Some(error)),
            Err(error @ NotifyError::Permanent { .. }) => {
                // To try again is of no use, but what nobody heard must not be lost.
                never = never.or_else(|| (!is_heard).then(|| error.clone()));
                handled.refused.push(Refused { event_id: report.event_id.clone(), sink, error });
            }
        }
    }
    handled.reports.push(report);
    later.or(never).map(HandleError::from).or(unsettled)
}

fn is_in(told: &[String], sink: &dyn Notifier) -> bool {
    told.iter().any(|name| name == sink.name())
}
