//! How a session was made: the record of the call that made it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html#cloudtrail-integration_examples-sts-api>

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::Value;

use super::{Ended, Search, by, search, text, too_many};
use crate::arn::Arn;
use crate::aws::errors::{Failure, Outcome};
use crate::aws::resource_policy::document;
use crate::aws::signed::Signer;
use crate::event::mask;
use crate::evidence::{Answer, SessionInfo, SessionRef};

/// How far the record's time may be from the session's.
const AROUND: SignedDuration = SignedDuration::from_secs(60);

/// The calls that make sessions of a role.
const ROLE_CALLS: &[&str] = &["AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"];

/// The call that makes a federated session of a user.
const FEDERATED_CALLS: &[&str] = &["GetFederationToken"];

/// Looks for the record in the Region of the signer; absent if it is not there.
pub(in crate::aws) async fn session(signer: &Signer, session: &SessionRef) -> Outcome {
    let (from, to) = (session.created.saturating_sub(AROUND), session.created.saturating_add(AROUND));
    let (Ok(from), Ok(to)) = (from, to) else { return Err(Failure::garbled()) };
    let calls = if session.session.is_empty() { FEDERATED_CALLS } else { ROLE_CALLS };
    let mut all = true;
    for call in calls {
        let wanted = Search { attribute: "EventName", value: call, from, to: Some(to) };
        match search(signer, &wanted, |record| made(record, session).then(|| info(record, call)).transpose()).await? {
            Ended::Found(info) => return Ok(Some(Answer::Session(info))),
            Ended::AtEnd => {}
            Ended::Early => all = false,
        }
    }
    if all { Ok(None) } else { Err(too_many()) }
}

/// Whether a call made this session: its names and its access key are in the answer.
fn made(record: &Value, session: &SessionRef) -> bool {
    let (pointer, resource) = if session.session.is_empty() {
        ("/responseElements/federatedUser/arn", format!("federated-user/{}", session.of))
    } else {
        ("/responseElements/assumedRoleUser/arn", format!("assumed-role/{}/{}", session.of, session.session))
    };
    let named = text(record, pointer).and_then(|arn| arn.parse::<Arn>().ok());
    let key = text(record, "/responseElements/credentials/accessKeyId").map(mask);
    named.is_some_and(|arn| arn.resource() == resource && arn.account() == Some(session.account))
        && key.as_deref() == Some(session.access_key.as_str())
}

/// What was passed. A part that is there and cannot be read makes the answer unreadable: without it, the session would
/// seem to be less restricted than it is.
fn info(record: &Value, call: &str) -> Result<SessionInfo, Failure> {
    // Large parameters are left out of records, and then it is not known what was passed.
    let passed = record.get("requestParameters").filter(|value| value.is_object()).ok_or_else(Failure::garbled)?;
    let policy = match passed.get("policy") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(document(text)?),
        Some(value) => Some(document(&value.to_string())?),
    };
    let policy_arns = match passed.get("policyArns") {
        None | Some(Value::Null) => Vec::new(),
        Some(value) => arns(value).ok_or_else(Failure::garbled)?,
    };
    let mut tags = BTreeMap::new();
    // Those of the session before it, those of the identity provider's assertion, and those of the call.
    for name in ["incomingTransitiveTags", "principalTags", "tags"] {
        if let Some(value) = passed.get(name).filter(|value| !value.is_null()) {
            add_tags(value, &mut tags).ok_or_else(Failure::garbled)?;
        }
    }
    Ok(SessionInfo { call: call.to_owned(), policy, policy_arns, tags, by: by(record), chained: chained(record) })
}

/// `[{"arn": "…"}]`.
fn arns(value: &Value) -> Option<Vec<Arn>> {
    value.as_array()?.iter().map(|entry| entry.get("arn").unwrap_or(entry).as_str()?.parse().ok()).collect()
}

/// `[{"key": "…", "value": "…"}]`, or an object.
fn add_tags(value: &Value, tags: &mut BTreeMap<String, String>) -> Option<()> {
    match value {
        Value::Array(entries) => {
            for entry in entries {
                let value = entry.get("value").map_or(Some(""), Value::as_str)?;
                tags.insert(entry.get("key")?.as_str()?.to_owned(), value.to_owned());
            }
        }
        Value::Object(members) => {
            for (key, value) in members {
                tags.insert(key.clone(), value.as_str()?.to_owned());
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    }
    Some(())
}

/// Whether a session made the session. The role's account is told of another account's caller by its id alone, which for
/// a session is that of its role and its name.
fn chained(record: &Value) -> bool {
    match text(record, "/userIdentity/type") {
        Some("AssumedRole") => true,
        Some("AWSAccount") => text(record, "/userIdentity/principalId").is_some_and(|id| id.contains(':')),
        Some(_) | None => false,
    }
}
