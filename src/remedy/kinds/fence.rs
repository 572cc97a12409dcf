//! What fences in a statement that is added: the conditions of the one that came closest, and what the request itself
//! narrows. Whoever wrote a condition meant it, so a new statement must not get around it.

use serde_json::{Map, Value, json};

use super::literal;
use crate::diagnosis::Assessed;
use crate::evaluate::holds;
use crate::finding::NearMiss;
use crate::layer::Layer;
use crate::policy::{Comparison, Condition, Effect, Version};
use crate::request::{Key, Request};
use crate::truth::Truth;

/// Keys that say who and what a statement is for. Where the request has another value, one more statement for this
/// value is a smaller change than one without the condition. All other keys say *how* to call, as with MFA or
/// encryption: what a caller does not fulfil, it has to fulfil, and no statement is offered.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const SCOPES: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:username",
    "aws:userid",
    "aws:vpcsourceip",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:prefix",
];

/// The same for keys with a name of one's own behind the slash.
const SCOPE_FAMILIES: &[&str] = &["aws:principaltag/", "aws:resourcetag/", "s3:existingobjecttag/"];

/// Adds to a statement the conditions under which it may be offered; `None` if it may not be.
pub(super) fn fenced(
    mut statement: Value,
    layer: Layer,
    near: Option<&NearMiss>,
    assessed: &Assessed<'_>,
) -> Option<Value> {
    let fence = fence(layer, near, assessed)?;
    merge(&mut statement, fence)?;
    Some(statement)
}

/// Adds conditions to a statement. Those that it has stay as they are: they name this one caller.
fn merge(statement: &mut Value, fence: Map<String, Value>) -> Option<()> {
    if fence.is_empty() {
        return Some(());
    }
    let conditions = statement.as_object_mut()?.entry("Condition").or_insert_with(|| json!({})).as_object_mut()?;
    for (operator, keys) in fence {
        let there = conditions.entry(operator).or_insert_with(|| json!({})).as_object_mut()?;
        for (key, value) in keys.as_object()? {
            if there.keys().all(|known| !known.eq_ignore_ascii_case(key)) {
                there.insert(key.clone(), value.clone());
            }
        }
    }
    Some(())
}

/// Whether all conditions of the statement that came closest hold, so that nothing is got around without them.
pub(super) fn holds_for(layer: Layer, near: Option<&NearMiss>, assessed: &Assessed<'_>) -> bool {
    let context = &assessed.request.context;
    conditions(layer, near, assessed).is_none_or(|(_, all)| all.iter().all(|c| holds(c, context) == Truth::True))
}

fn fence(layer: Layer, near: Option<&NearMiss>, assessed: &Assessed<'_>) -> Option<Map<String, Value>> {
    let request = &assessed.request;
    let mut fence = Map::new();
    if let Some((version, conditions)) = conditions(layer, near, assessed) {
        for condition in conditions {
            let texts: Vec<_> = condition.values.texts().collect();
            // What is plain text there would be a variable in a policy of ours.
            if version == Version::V2008 && texts.iter().any(|text| text.contains("${")) {
                return None;
            }
            if holds(condition, &request.context) == Truth::False {
                let (operator, value) = pinned(condition, request)?;
                add(&mut fence, operator, &condition.key_text, value.into());
            } else {
                add(&mut fence, &condition.operator_text, &condition.key_text, json!(texts));
            }
        }
    }
    let narrows = |key: &str| match request.context.get(key) {
        Key::Present(values) if !values.iter().any(String::is_empty) => values.first().filter(|_| values.len() == 1),
        Key::Present(_) | Key::Absent | Key::NotOf(_) | Key::Unknown => None,
    };
    for (key, name) in [("kms:viaservice", "kms:ViaService"), ("s3:prefix", "s3:prefix")] {
        let is_there = fence.values().any(|keys| keys.get(name).is_some());
        if let Some(value) = narrows(key).filter(|_| !is_there) {
            add(&mut fence, "StringEquals", name, literal(value, &["${"]).into());
        }
    }
    Some(fence)
}

fn add(fence: &mut Map<String, Value>, operator: &str, key: &str, value: Value) {
    let keys = fence.entry(operator).or_insert_with(|| json!({}));
    if let Some(keys) = keys.as_object_mut() {
        keys.insert(key.to_owned(), value);
    }
}

/// The conditions of the statement that came closest, and the version of its policy.
fn conditions<'a>(
    layer: Layer,
    near: Option<&NearMiss>,
    assessed: &'a Assessed<'_>,
) -> Option<(Version, &'a [Condition])> {
    let near = near?;
    let traces = assessed.layer(layer)?.traces(&assessed.request, Effect::Allow);
    let found = traces.iter().find(|row| row.policy == near.policy && row.statement.label() == near.statement)?;
    Some((found.version, &found.statement.conditions))
}

/// A condition that holds for the request's value of the key and for no other.
fn pinned(condition: &Condition, request: &Request) -> Option<(&'static str, String)> {
    let operator = condition.operator;
    let scope = SCOPES.contains(&&*condition.key) || SCOPE_FAMILIES.iter().any(|f| condition.key.starts_with(f));
    if !scope || operator.negated || operator.set.is_some() {
        return None;
    }
    let Key::Present(values) = request.context.get(&condition.key) else { return None };
    let [value] = values.as_slice() else { return None };
    Some(match operator.comparison {
        Comparison::String | Comparison::StringLike | Comparison::StringIgnoreCase => {
            ("StringEquals", literal(value, &["${"]))
        }
        Comparison::Arn => ("ArnEquals", literal(value, &["${", "*", "?"])),
        Comparison::IpAddress => ("IpAddress", value.clone()),
        Comparison::Numeric(_) | Comparison::Date(_) | Comparison::Bool | Comparison::Binary | Comparison::Null => {
            return None;
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_does_not_widen_what_names_the_caller() {
        let caller = "arn:aws:iam::111122223333:role/reporting";
        let mut statement = json!({ "Condition": { "ArnEquals": { "aws:PrincipalArn": caller } } });
        let Value::Object(fence) = json!({
            "ArnEquals": { "aws:principalarn": ["arn:aws:iam::111122223333:role/*"], "aws:SourceArn": ["a"] },
            "Bool": { "aws:SecureTransport": ["true"] },
        }) else {
            panic!()
        };
        merge(&mut statement, fence).unwrap();
        let expect = json!({
            "ArnEquals": { "aws:PrincipalArn": caller, "aws:SourceArn": ["a"] },
            "Bool": { "aws:SecureTransport": ["true"] },
        });
        assert_eq!(statement.get("Condition"), Some(&expect));
    }
}
