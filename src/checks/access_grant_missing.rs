//! # S3 Access Grants grant something else
//!
//! **Means**: the caller may ask S3 Access Grants for data, but no grant to its user or role covers the data and the
//! permission that it asked for. The target must be within the scope of one grant.
//!
//! **We know** by the grants to the caller in the instance. Grants to people and groups of a directory are not read.
//!
//! **To do**: have the owner of the instance make the grant, or ask for a target and a permission that are granted.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-credentials.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Answer, GrantedAccess};
use crate::finding::{Cause, Finding, Place};
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::by_rule(diagnosis, Layer::AccessGrants, None, |assessed| one(diagnosis, assessed))
}

fn one(diagnosis: &Diagnosis<'_>, assessed: &Assessed<'_>) -> Option<(Cause, Vec<Place>)> {
    let wanted = assessed.request.data_access.as_ref()?;
    let question = crate::evaluate::access_grants_question(&assessed.request)?;
    // Grants that could not be read are no finding.
    let grants = diagnosis.evidence.fact(&question, Answer::as_access_grants);
    let name = |permission| match permission {
        GrantedAccess::Read => "READ",
        GrantedAccess::Write => "WRITE",
        GrantedAccess::ReadWrite => "READWRITE",
    };
    let scopes: Vec<_> =
        grants.known()?.iter().map(|grant| format!("{} {}", name(grant.permission), grant.scope)).collect();
    let instance = assessed.request.resource.arn.as_ref()?.to_string();
    let asked = [wanted.permission.as_deref(), wanted.target.as_deref()];
    let place = Place {
        policy: instance.clone(),
        statement: String::new(),
        element: "Grant".to_owned(),
        wanted: if scopes.is_empty() { "(no grant)".to_owned() } else { scopes.join(", ") },
        actual: asked.into_iter().flatten().collect::<Vec<_>>().join(" "),
    };
    let (target, permission) = (wanted.target.clone(), wanted.permission.clone());
    Some((Cause::AccessGrantMissing { instance, target, permission, scopes }, vec![place]))
}
