//! Questions to Glue.

use serde_json::{Value, json};

use super::errors::{Failure, Outcome};
use super::signed::Signer;
use super::signed::calls::GLUE_GET_JOBS;
use crate::evidence::{Answer, GlueJobInfo};

/// How many jobs one page has.
const PAGE: u32 = 200;

/// How many pages are read: a Region has no more jobs.
///
/// <https://docs.aws.amazon.com/general/latest/gr/glue.html>
const PAGES: usize = 50;

/// Arguments that say where a job keeps what is its own.
///
/// <https://docs.aws.amazon.com/glue/latest/dg/aws-glue-programming-etl-glue-arguments.html>
const PLACES: &[&str] = &["--TempDir", "--spark-event-logs-path", "--extra-py-files", "--extra-jars", "--extra-files"];

/// The jobs that run as a role.
pub(super) async fn jobs(signer: &Signer, role: &str) -> Outcome {
    let mut found = Vec::new();
    let mut token = None;
    for _ in 0..PAGES {
        let mut input = json!({ "MaxResults": PAGE });
        if let (Some(token), Some(members)) = (token.take(), input.as_object_mut()) {
            members.insert("NextToken".to_owned(), Value::String(token));
        }
        let answer = signer.json(&GLUE_GET_JOBS, &input).await?;
        let jobs = answer.get("Jobs").and_then(Value::as_array).ok_or_else(Failure::garbled)?;
        for job in jobs {
            let runs_as = job.get("Role").and_then(Value::as_str).ok_or_else(Failure::garbled)?;
            // A role is written as its ARN or by its name.
            if runs_as.rsplit('/').next() == Some(role) {
                found.push(info(job).ok_or_else(Failure::garbled)?);
            }
        }
        token = answer.get("NextToken").and_then(Value::as_str).filter(|token| !token.is_empty()).map(str::to_owned);
        if token.is_none() {
            return Ok(Some(Answer::GlueJobs(found)));
        }
    }
    // A list without an end is none.
    Err(Failure::garbled())
}

fn info(job: &Value) -> Option<GlueJobInfo> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let connections = job.get("Connections").and_then(|list| list.get("Connections")).and_then(Value::as_array);
    let arguments = job.get("DefaultArguments").and_then(Value::as_object);
    let own_places = PLACES.iter().filter_map(|name| arguments?.get(*name)?.as_str());
    Some(GlueJobInfo {
        name: text(job.get("Name"))?,
        connections: connections.into_iter().flatten().filter_map(|name| text(Some(name))).collect(),
        security_configuration: text(job.get("SecurityConfiguration")),
        script: text(job.get("Command").and_then(|command| command.get("ScriptLocation"))),
        own_places: own_places.flat_map(|place| place.split(',')).map(|place| place.trim().to_owned()).collect(),
    })
}
