//! Words about a caller that is a job of Glue.

use super::code;
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Fact, GlueJobInfo};
use crate::finding::{Cause, Finding};
use crate::layer::Layer;

/// Which job it is, as far as can be known, and what of the job matters for the cause.
pub(super) fn job_line(finding: &Finding, assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>) -> Option<String> {
    let layer = if let Cause::NoAllow { layer, .. } | Cause::ExplicitDeny { layer, .. } = &finding.cause {
        Some(*layer)
    } else if let Cause::RequesterPays { .. } = &finding.cause {
        None
    } else {
        return None;
    };
    let Some(Fact::Known(jobs)) = &diagnosis.glue_jobs else {
        diagnosis.glue_jobs.as_ref()?;
        return Some("The caller is a job of Glue, by its session's name, which does not say which job.".to_owned());
    };
    let said =
        format!("The caller is a job of Glue, by its session's name, which does not say which job. {}", which(jobs));
    let mut sentences = vec![said];
    if let [job] = jobs.as_slice() {
        sentences.extend(of_job(job, layer, assessed));
    }
    Some(sentences.join(" "))
}

/// What of a job matters for a layer; `None` is for a bucket that lets requesters pay.
fn of_job(job: &GlueJobInfo, layer: Option<Layer>, assessed: &Assessed<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    if layer == Some(Layer::VpcEndpointPolicy) && !job.connections.is_empty() {
        let names = job.connections.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ");
        sentences.push(format!("A connection is what takes a job through a VPC; its are {names}."));
    }
    if let (Some(Layer::KmsKeyPolicy | Layer::KmsIdentityPolicy), Some(name)) = (layer, &job.security_configuration) {
        sentences.push(format!("It encrypts as security configuration {} says.", code(name)));
    }
    let bucket = assessed.request.s3.as_ref().and_then(|target| target.bucket.as_deref());
    if bucket.is_some_and(|bucket| job.keeps_in(bucket)) {
        sentences.push("The bucket is one that it keeps its script, libraries or temporary files in.".to_owned());
    }
    if layer.is_none() {
        let set = "In its script, set `fs.s3.useRequesterPaysHeader` of the Hadoop configuration to `true`.";
        sentences.push(set.to_owned());
    }
    sentences
}

fn which(jobs: &[GlueJobInfo]) -> String {
    const SHOWN: usize = 5;
    let names = jobs.iter().take(SHOWN).map(|job| code(&job.name)).collect::<Vec<_>>().join(", ");
    match jobs.len() {
        0 => "No job of this Region runs as the role any more.".to_owned(),
        1 => format!("{names} is the only one here that runs as the role."),
        count if count > SHOWN => format!("{count} run as the role here: {names} and others."),
        _ => format!("These run as the role here: {names}."),
    }
}
