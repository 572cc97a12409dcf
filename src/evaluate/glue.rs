//! Which Glue job calls: its session does not say.

use crate::event::Denial;
use crate::evidence::{Answer, Fact, GlueJobInfo, Lookup, Question};
use crate::request::{PrincipalKind, Request};

/// The name of the sessions in which jobs run. Glue gives it to all of them; no page of AWS's says so, its records do.
const SESSION: &str = "GlueJobRunnerSession";

/// The jobs that run as the caller's role, if the caller is a job of Glue.
pub(crate) fn jobs<'e>(request: &Request, denial: &Denial, lookup: &Lookup<'e>) -> Option<Fact<&'e Vec<GlueJobInfo>>> {
    let session = request.principal.arn.as_ref()?.resource_of_type("assumed-role")?;
    if session.rsplit('/').next() != Some(SESSION)
        || !matches!(request.principal.kind, PrincipalKind::RoleSession { .. })
    {
        return None;
    }
    let entity = request.principal.entity()?;
    let question = Question::GlueJobs { account: entity.account, region: denial.region.clone(), role: entity.name };
    Some(lookup.fact(&question, Answer::as_glue_jobs))
}
