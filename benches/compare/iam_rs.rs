//! iam-rs, a crate. It decides on one list of policies and knows no layers; those are its caller's task.

use ::iam_rs::{
    Arn, Context, ContextValue, Decision, IAMEffect, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId,
};
use serde_json::Value;

use crate::policy_set::Texts;

pub(crate) fn name() -> String {
    let (_, lock) = include_str!("../../Cargo.lock").split_once("name = \"iam-rs\"\nversion = \"").unwrap();
    format!("iam-rs {}", lock.split('"').next().unwrap())
}

/// Everything in one list, which is its fastest use. The caller has to know that each level of SCPs allows everything,
/// as in this set, and leave these policies out: in the list they would grant.
pub(crate) fn compile(texts: &Texts) -> PolicyEvaluator {
    let parse = |text: &String| IAMPolicy::from_json(text).unwrap();
    let denies = |policy: &IAMPolicy| policy.statement.iter().all(|statement| statement.effect == IAMEffect::Deny);
    let mut policies: Vec<_> = texts.scp.iter().flatten().map(parse).filter(denies).collect();
    policies.push(parse(&texts.bucket));
    policies.extend(texts.identity.iter().map(parse));
    PolicyEvaluator::with_policies(policies)
}

pub(crate) fn decide(policies: &PolicyEvaluator, request: &IAMRequest) -> &'static str {
    match policies.evaluate(request).unwrap().decision {
        Decision::Allow => "allowed",
        Decision::Deny => "explicitly-denied",
        Decision::NotApplicable => "implicitly-denied",
    }
}

pub(crate) fn requests() -> Vec<IAMRequest> {
    let rows: Value = serde_json::from_str(include_str!("../evaluate/policy-set/requests.json")).unwrap();
    rows.as_array().unwrap().iter().map(request).collect()
}

fn request(row: &Value) -> IAMRequest {
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    let mut context = Context::new();
    for (name, value) in row["context"].as_object().unwrap() {
        context.insert(name.clone(), context_value(value));
    }
    let principal = Principal::Aws(PrincipalId::String(text("principal")));
    IAMRequest::new_with_context(principal, text("action"), Arn::parse(&text("resource")).unwrap(), context)
}

/// Its `Bool` takes no texts.
fn context_value(value: &Value) -> ContextValue {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    match value.as_array() {
        Some(values) => ContextValue::StringList(values.iter().map(text).collect()),
        None => text(value).parse().map_or_else(|_| ContextValue::String(text(value)), ContextValue::Boolean),
    }
}
