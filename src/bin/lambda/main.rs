//! The Lambda functions: cold-start wiring only. One binary is both, the one that diagnoses and the one that takes approvals.

mod approve;

use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use deniedby::aws::{CASES, CaseLog, Edge, OPERATION_TIMEOUT, Options, Own, deadline, metric_line};
use deniedby::config::{self, Approving, CaseStore, Config, ConfigError, environment};
use deniedby::event::Denial;
use deniedby::pipeline::{HandleError, Handled, Hub, handle};
use deniedby::ports::{Keeper, Memory, Notifier};
use deniedby::repair::{Fixer, Fixing, Hands};
use deniedby::report::Metric;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;
use tracing_subscriber::EnvFilter;

/// What an invocation keeps of its time for publishing the reports: a sink that fails is tried three times.
const RESERVE: Duration = Duration::from_secs(20);

/// What a change takes at most, each of its five calls with its retries: begin no later.
const FIX_TIME: Duration = Duration::from_secs(5 * OPERATION_TIMEOUT.as_secs());

/// The name under which all lines are logged.
const TARGET: &str = "deniedby";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let started = match Approving::from_lookup(environment) {
        Ok(Some(approving)) => {
            log(approving.log);
            approve::run(approving).await
        }
        Ok(None) => match Config::from_lookup(environment) {
            Ok(config) => {
                log(config.log);
                run(config).await
            }
            Err(error) => return refuse(&error),
        },
        Err(error) => return refuse(&error),
    };
    match started {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(target: TARGET, "the runtime stopped: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The settings are not such that the function could start.
fn refuse(error: &ConfigError) -> ExitCode {
    log("info");
    tracing::error!(target: TARGET, "{error}");
    ExitCode::FAILURE
}

/// JSON lines of our own only: the SDK's lines could hold secrets.
fn log(level: &str) {
    let filter = EnvFilter::new(format!("{TARGET}={level},{CASES}=info"));
    tracing_subscriber::fmt().json().with_env_filter(filter).with_current_span(false).with_ansi(false).init();
}

async fn run(config: Config) -> Result<(), Error> {
    let edge = Edge::load(Options {
        read_role: Some(config.read_role.clone()),
        external_id: config.external_id.clone(),
        own: Own::Assume,
        management_role: config.management_role.clone(),
        object_metadata: config.object_metadata,
        search_accounts: config.search_accounts,
        trace: false,
    })
    .await;
    let mut sinks: Vec<Box<dyn Notifier>> = Vec::new();
    sinks.extend(config.topic.clone().map(|topic| Box::new(edge.sns(topic)) as Box<dyn Notifier>));
    sinks.extend(config.slack.clone().map(|source| Box::new(edge.slack(source)) as Box<dyn Notifier>));
    let keeper: Option<Box<dyn Keeper>> = match config.cases.clone() {
        None => None,
        Some(CaseStore::Log) => Some(Box::new(CaseLog)),
        Some(CaseStore::Bucket(bucket)) => Some(Box::new(edge.case_bucket(bucket))),
    };
    let told = config.told.clone().map(|told| edge.told(told.table, told.quiet));
    let memory = told.as_ref().map(|told| told as &dyn Memory);
    let (edge, sinks, keeper, config) = (&edge, &sinks, keeper.as_deref(), &config);
    let hub = Hub { own_roles: &config.own_roles, sinks, memory, keeper, fixing: None };
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let end = event.context.deadline();
        let reader = |denial: &Denial| edge.reader(&denial.event_id, Some(deadline(end, RESERVE)));
        let handled = match &config.fixing {
            None => handle(&event.payload, hub, reader).await,
            Some(settings) => {
                let fixer = hands(edge, settings, deadline(end, RESERVE + FIX_TIME));
                let fixing = fixing(settings, &fixer);
                handle(&event.payload, Hub { fixing: Some(fixing), ..hub }, reader).await
            }
        };
        forget(edge, &handled);
        report(&handled);
        handled.response().map_err(|error| diagnostic(&error))
    }))
    .await
}

/// What makes changes in one invocation.
fn hands(edge: &Edge, settings: &config::Fixing, until: Instant) -> impl Fixer {
    let (edge, role) = (edge.clone(), settings.role.clone());
    let ledger = edge.ledger(settings.records.table.clone(), settings.records.keeps);
    Hands { ledger, writer: move |event_id: &str| edge.writer(event_id, Some(role.clone())), until: Some(until) }
}

fn fixing<'a>(settings: &'a config::Fixing, fixer: &'a dyn Fixer) -> Fixing<'a> {
    Fixing { auto: &settings.auto, approvals: settings.approvals, fixer }
}

/// A call that changed permissions is nothing to explain, but what was read before it is old.
fn forget(edge: &Edge, handled: &Handled) {
    for skipped in &handled.skipped {
        if let Some(changed) = &skipped.change {
            edge.forget(changed);
        }
    }
}

/// Lines per record, of ids, codes and one-line errors only, and lines for `CloudWatch` to count.
fn report(handled: &Handled) {
    for report in &handled.reports {
        let causes: Vec<_> = report.causes.iter().map(|cause| cause.code.as_str()).collect();
        let (verdict, unread) = (report.verdict, report.unread.len());
        tracing::info!(target: TARGET, event_id = report.event_id, ?verdict, ?causes, unread, "diagnosed");
        count(Metric::Explained(report));
    }
    for event_id in &handled.repeated {
        tracing::info!(target: TARGET, event_id, "told before");
        count(Metric::Repeated);
    }
    for skipped in &handled.skipped {
        tracing::info!(target: TARGET, event_id = skipped.event_id, "skipped");
    }
    for refused in &handled.refused {
        tracing::error!(target: TARGET, event_id = refused.event_id, sink = refused.sink, "{}", refused.error);
        count(Metric::Refused(refused.sink));
    }
    for failed in &handled.failed {
        let (event_id, message_id) = (failed.event_id.as_deref(), failed.message_id.as_deref());
        tracing::error!(target: TARGET, event_id, message_id, "{}", failed.error);
    }
}

/// Not by way of the log, whose level would keep it back. Where nobody reads the output, nobody counts.
fn count(metric: Metric<'_>) {
    writeln!(stdout().lock(), "{}", metric_line(metric)).unwrap_or_default();
}

/// The error that Lambda records. Its type is what alarms look for.
fn diagnostic(error: &HandleError) -> Diagnostic {
    let error_type = match error {
        HandleError::Malformed(_) => "MalformedEvent",
        HandleError::NotPublished(_) => "NotPublished",
        HandleError::Unsettled(_) => "Unsettled",
    };
    Diagnostic { error_type: error_type.to_owned(), error_message: error.to_string() }
}
