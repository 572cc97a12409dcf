//! The function behind the URL that Slack's buttons go to. It answers at once, and has itself invoked again for the rest:
//! Lambda stops a function when it has answered.

use std::time::Duration;

use deniedby::approval::{Approvers, Click, Forged, Request, Work, decide, is_slacks, make};
use deniedby::aws::{Desk, Edge, Options, Own, Table};
use deniedby::config::Approving;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

use crate::TARGET;

/// Slack waits three seconds for an answer.
///
/// <https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response>
const PATIENCE: Duration = Duration::from_millis(2_500);

/// The member of an event that holds work of our own. What comes by the URL has members of Lambda's choice alone.
const WORK: &str = "deniedby-work";

pub(crate) async fn run(config: Approving) -> Result<(), Error> {
    let edge = Edge::load(Options {
        read_role: None,
        external_id: config.external_id.clone(),
        own: Own::Ambient,
        management_role: None,
        object_metadata: false,
        search_accounts: 0,
        trace: false,
    })
    .await;
    let approvers = Approvers { team: config.team.clone(), users: config.approvers.clone() };
    let ledger = edge.ledger(config.records.table.clone(), config.records.keeps);
    let desk = edge.desk(config.signing_secret.clone(), config.function.clone());
    let (edge, desk, ledger, approvers, role) = (&edge, &desk, &ledger, &approvers, &config.role);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        match event.payload.get(WORK) {
            Some(work) => Box::pin(done(work, edge, desk, ledger, role)).await,
            None => Ok(Box::pin(answer(&event.payload, desk, ledger, approvers)).await),
        }
    }))
    .await
}

/// The answer to what came by the URL: a status, and nothing else.
async fn answer(event: &Value, desk: &Desk, ledger: &Table, approvers: &Approvers) -> Value {
    let answered = tokio::time::timeout(PATIENCE, Box::pin(received(event, desk, ledger, approvers))).await;
    json!({ "statusCode": answered.unwrap_or(503), "headers": { "content-type": "text/plain" }, "body": "" })
}

async fn received(event: &Value, desk: &Desk, ledger: &Table, approvers: &Approvers) -> u16 {
    let Some(request) = Request::of_event(event) else { return 400 };
    match desk.verify(request.signed()).await {
        Ok(Ok(())) => {}
        Ok(Err(Forged::TooLarge)) => return 413,
        Ok(Err(forged)) => {
            tracing::warn!(target: TARGET, ?forged, "refused a request that is not slack's");
            return 401;
        }
        Err(why) => {
            tracing::error!(target: TARGET, "the signing secret could not be read: {why}");
            return 503;
        }
    }
    let click =
        Click::of_form(&request.body).filter(|click| is_slacks(&click.response_url, |host| desk.may_tell(host)));
    let Some(click) = click else { return 400 };
    let work = match decide(click, approvers, ledger).await {
        Ok(work) => work,
        Err(error) => {
            tracing::error!(target: TARGET, "{error}");
            return 503;
        }
    };
    match desk.begin(&json!({ WORK: work })).await {
        Ok(()) => 200,
        Err(why) => {
            tracing::error!(target: TARGET, "what follows the answer could not be begun: {why}");
            503
        }
    }
}

/// What follows an answer.
async fn done(work: &Value, edge: &Edge, desk: &Desk, ledger: &Table, role: &str) -> Result<Value, Diagnostic> {
    let failed = |kind: &str, why: String| Diagnostic { error_type: kind.to_owned(), error_message: why };
    let work: Work =
        serde_json::from_value(work.clone()).map_err(|error| failed("MalformedWork", error.to_string()))?;
    let (text, to_all, tell, settled) = match work {
        Work::Make { token, tell } => {
            let record = token.split(' ').next().unwrap_or_default();
            let writer = edge.writer(record, Some(role.to_owned()));
            let (text, settled) = Box::pin(make(&token, &writer, ledger)).await;
            tracing::info!(target: TARGET, record, settled, "{text}");
            (text, true, tell, settled)
        }
        Work::Tell { text, to_all, tell } => (text, to_all, tell, true),
    };
    if !is_slacks(&tell, |host| desk.may_tell(host)) {
        return Err(failed("MalformedWork", "the address to answer to is not slack's".to_owned()));
    }
    if let Err(why) = desk.tell(&tell, &text, to_all).await {
        // The record says it all the same.
        tracing::error!(target: TARGET, "slack was not told: {why}");
    }
    if settled { Ok(Value::Null) } else { Err(failed("Unsettled", text)) }
}
