//! Questions to IAM's policy simulator.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail,
    PolicyEvaluationDecisionType as Decision, PolicySourceType, ResourceSpecificResult, Statement,
};

use super::errors::{Failure, Outcome};
use crate::evidence::{Answer, Simulated, Simulation, SimulationRef};

/// The code that says: there is no such user or role.
const NONE: &[&str] = &["NoSuchEntity"];

/// Condition keys whose values are no text, by their names in lower case.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
const TYPES: &[(&str, &str)] = &[
    ("aws:currenttime", "date"),
    ("aws:epochtime", "numeric"),
    ("aws:multifactorauthage", "numeric"),
    ("aws:multifactorauthpresent", "boolean"),
    ("aws:principalisawsservice", "boolean"),
    ("aws:securetransport", "boolean"),
    ("aws:sourceip", "ip"),
    ("aws:tokenissuetime", "date"),
    ("aws:viaawsservice", "boolean"),
    ("aws:vpcsourceip", "ip"),
    ("ec2:roledelivery", "numeric"),
    ("kms:grantisforawsresource", "boolean"),
    ("s3:max-keys", "numeric"),
    ("s3:object-lock-retain-until-date", "date"),
    ("s3:signatureage", "numeric"),
    ("s3:tlsversion", "numeric"),
];

/// Condition keys that may have several values, even if a request has one.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
const LISTS: &[&str] = &[
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:principalservicenameslist",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:tagkeys",
    "aws:vpceorgpaths",
    "kms:encryptioncontextkeys",
    "kms:resourcealiases",
    "s3:requestobjecttagkeys",
];

/// What the simulator says of a request of a user or role.
pub(super) async fn simulation(iam: &Client, asked: &SimulationRef) -> Outcome {
    match read(iam, asked).await {
        Ok(simulation) => Ok(Some(Answer::Simulation(simulation))),
        Err(failure) => failure.none_if(NONE),
    }
}

async fn read(iam: &Client, asked: &SimulationRef) -> Result<Simulation, Failure> {
    let resource = asked.resource.as_ref().map_or("*", |arn| arn.as_str());
    let context: Vec<_> = asked.context.iter().map(|(name, values)| entry(name, values)).collect();
    let pages = iam
        .simulate_principal_policy()
        .policy_source_arn(asked.caller.as_str())
        .action_names(&asked.action)
        .resource_arns(resource)
        .set_context_entries(Some(context).filter(|entries| !entries.is_empty()))
        .into_paginator()
        .items()
        .send();
    let results = pages.collect::<Result<Vec<_>, _>>().await?;
    let of_action = results.iter().find(|result| result.eval_action_name().eq_ignore_ascii_case(&asked.action));
    of_action.and_then(|result| answer(result, resource)).ok_or_else(Failure::garbled)
}

/// One key with its values.
fn entry(name: &str, values: &[String]) -> ContextEntry {
    let single = TYPES.iter().find(|row| row.0 == name).map_or("string", |row| row.1);
    let list = if values.len() > 1 || LISTS.contains(&name) { "List" } else { "" };
    let entry = ContextEntry::builder().context_key_name(name);
    let entry = entry.context_key_type(ContextKeyTypeEnum::from(format!("{single}{list}").as_str()));
    entry.set_context_key_values(Some(values.to_vec())).build()
}

/// What the answer says of the resource: as such where it has a part of its own, and else, of one resource, in all.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResourceSpecificResult.html>
fn answer(result: &EvaluationResult, resource: &str) -> Option<Simulation> {
    let own = result.resource_specific_results().iter().find(|own| own.eval_resource_name() == resource);
    let decision = simulated(own.map_or(result.eval_decision(), |own| own.eval_resource_decision()))?;
    let boundary = own.and_then(|own| own.permissions_boundary_decision_detail());
    let boundary = boundary.or_else(|| result.permissions_boundary_decision_detail());
    let organizations = result.organizations_decision_detail();
    let statements = own.map_or(result.matched_statements(), |own| own.matched_statements());
    // The union of both: which of them holds the keys has changed over time.
    let missing = own.map(ResourceSpecificResult::missing_context_values).unwrap_or_default();
    let mut missing: Vec<_> = missing.iter().chain(result.missing_context_values()).cloned().collect();
    missing.sort();
    missing.dedup();
    Some(Simulation {
        decision,
        organizations: organizations.map(OrganizationsDecisionDetail::allowed_by_organizations),
        boundary: boundary.map(PermissionsBoundaryDecisionDetail::allowed_by_permissions_boundary),
        // Where a statement denies, those that deny are all that is told.
        denied_by: match decision {
            Simulated::ExplicitDeny => statements.iter().filter(|row| is_of_identity(row)).map(name).collect(),
            Simulated::Allowed | Simulated::ImplicitDeny => Vec::new(),
        },
        missing,
    })
}

fn simulated(decision: &Decision) -> Option<Simulated> {
    match decision.as_str() {
        "allowed" => Some(Simulated::Allowed),
        "explicitDeny" => Some(Simulated::ExplicitDeny),
        "implicitDeny" => Some(Simulated::ImplicitDeny),
        _ => None,
    }
}

fn is_of_identity(statement: &Statement) -> bool {
    !matches!(statement.source_policy_type(), Some(PolicySourceType::Resource))
}

fn name(statement: &Statement) -> String {
    statement.source_policy_id().unwrap_or_default().to_owned()
}
