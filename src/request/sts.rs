//! Taking a role, and what is passed with it: tags and a source identity take permissions of their own, in the caller's
//! policies and in the role's trust policy.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html>

use serde_json::Value;

use super::{Action, Key, Principal, Request, keys, other};
use crate::event::Denial;

/// What a call passes, and the action that it takes.
const PASSED: &[(&str, &str)] = &[("tags", "sts:TagSession"), ("sourceIdentity", "sts:SetSourceIdentity")];

/// The authorizations of a call.
pub(super) fn requests(denial: &Denial, principal: &Principal) -> Vec<Request> {
    let mut first = other(denial, principal);
    if !denial.event_name.starts_with("AssumeRole") {
        return vec![first];
    }
    add_tags(&mut first, denial);
    let mut requests = vec![first.clone()];
    let is_passed = |name: &str| {
        let value = denial.parameters.as_ref().and_then(|parameters| parameters.get(name));
        value.is_some_and(|value| !value.is_null() && *value != Value::Array(Vec::new()))
    };
    for (_, action) in PASSED.iter().filter(|row| is_passed(row.0)) {
        // What AWS's message names is the first of them, and taking the role is one all the same.
        let action = Action::new(action);
        if action == first.action {
            let taking = Action::new(&format!("sts:{}", denial.event_name));
            requests.push(Request { action: taking, ..first.clone() });
        } else {
            let context = keys::context(denial, principal, &action, &first.resource, None);
            let mut passing = Request { action, context, ..first.clone() };
            add_tags(&mut passing, denial);
            requests.push(passing);
        }
    }
    requests
}

/// The tags that the call passes, which policies know as `aws:RequestTag/…`. Those of an identity provider are in its
/// assertion, which no record has.
fn add_tags(request: &mut Request, denial: &Denial) {
    let Some(parameters) = denial.parameters.as_ref().filter(|_| denial.event_name == "AssumeRole") else { return };
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let tags = parameters.get("tags").and_then(Value::as_array).map_or(&[] as &[_], Vec::as_slice);
    let tags: Option<Vec<_>> =
        tags.iter().map(|tag| Some((text(tag, "key")?, text(tag, "value").unwrap_or_default()))).collect();
    // What cannot be read leaves them unknown.
    let Some(tags) = tags else { return };
    let context = &mut request.context;
    context.set_family("aws:RequestTag/", Key::Absent);
    for (name, value) in &tags {
        context.set(&format!("aws:RequestTag/{name}"), Key::one(value));
    }
    let list = |names: Vec<String>| if names.is_empty() { Key::Absent } else { Key::Present(names) };
    context.set("aws:TagKeys", list(tags.into_iter().map(|tag| tag.0).collect()));
    let transitive = parameters.get("transitiveTagKeys").and_then(Value::as_array).map_or(&[] as &[_], Vec::as_slice);
    let transitive = transitive.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    context.set("sts:TransitiveTagKeys", list(transitive));
}
