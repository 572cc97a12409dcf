//! What AWS itself says of a denied request: by the authorization id in its message, or encoded in the message.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_sts::Client as Sts;
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::errors::{Failure, Outcome};
use super::resource_policy::document;
use super::signed::Signer;
use super::signed::calls::{IAM_GET_REQUEST_AUTHORIZATION_DETAILS, IAM_GET_REQUEST_AUTHORIZATION_POLICY};
use crate::evidence::{Answer, Authorization, Checked, DecodedMessage, Document, MatchedStatement, Why};
use crate::layer::Layer;

/// The codes that say: AWS has no such evaluation, not yet, or not any more.
const NONE: &[&str] = &["ResourceNotFoundException"];

/// How often a missing evaluation is asked for: AWS writes it after the denial.
const TRIES: u32 = 4;

/// More pages than this of one request's evaluation are not read.
const MAX_PAGES: usize = 20;

/// The kinds of check, by their names.
const CHECKS: &[(&str, Layer)] = &[
    ("SERVICE_CONTROL_POLICY", Layer::Scp),
    ("RESOURCE_CONTROL_POLICY", Layer::Rcp),
    ("VPC_ENDPOINT", Layer::VpcEndpointPolicy),
    ("RESOURCE", Layer::ResourcePolicy),
    ("PRINCIPAL", Layer::IdentityPolicy),
    ("PERMISSIONS_BOUNDARY", Layer::PermissionsBoundary),
    ("SESSION", Layer::SessionPolicy),
];

/// A page of an evaluation. What may be missing is missing for those who ask from outside the caller's organization.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    request_context: Map<String, Value>,
    #[serde(default)]
    evaluations: Vec<Evaluation>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
struct Evaluation {
    action: String,
    resource: String,
    #[serde(default)]
    context: Map<String, Value>,
    #[serde(default)]
    checks: Vec<Check>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    #[serde(rename = "checkType")]
    kind: String,
    evaluated_effect: String,
    #[serde(default)]
    matched_policies: Vec<MatchedPolicy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MatchedPolicy {
    uri: String,
    #[serde(default)]
    matched_statements: Vec<Statement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    sid: Option<String>,
    evaluated_effect: Option<String>,
}

/// AWS's evaluation of a request, with the policies that matched. A policy whose text AWS does not give is left out:
/// what it did is known all the same.
///
/// <https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationDetails.html>
pub(super) async fn authorization(signer: &Signer, id: &str) -> Outcome {
    let first = match first_page(signer, id).await {
        Ok(page) => page,
        Err(failure) => return failure.none_if(NONE),
    };
    let mut context = BTreeMap::new();
    add_context(&mut context, &first.request_context);
    let mut token = first.next_token;
    let mut evaluations = first.evaluations;
    let mut pages = 1;
    while let Some(next) = token.take().filter(|token| !token.is_empty()) {
        pages += 1;
        if pages > MAX_PAGES {
            return Err(Failure::new(Why::Failed("too many pages".to_owned())));
        }
        let page = page(signer, id, Some(&next)).await?;
        add_context(&mut context, &page.request_context);
        evaluations.extend(page.evaluations);
        token = page.next_token;
    }
    add_contexts_of(&evaluations, &mut context);
    let checks: Vec<_> = evaluations.iter().flat_map(checks).collect();
    let policies = policies(signer, id, &checks).await;
    Ok(Some(Answer::Authorization(Authorization { context, checks, policies })))
}

/// The first page, asked for a few times while there is none.
async fn first_page(signer: &Signer, id: &str) -> Result<Page, Failure> {
    for number in 1..TRIES {
        match page(signer, id, None).await {
            Err(failure) if failure.clone().none_if(NONE).is_ok() => {
                tokio::time::sleep(signer.backoff(number)).await;
            }
            settled => return settled,
        }
    }
    page(signer, id, None).await
}

async fn page(signer: &Signer, id: &str, token: Option<&str>) -> Result<Page, Failure> {
    let parameters: Vec<_> = token.map(|token| ("nextToken", token)).into_iter().collect();
    let answer = signer.get(&IAM_GET_REQUEST_AUTHORIZATION_DETAILS, &[id], &parameters).await?;
    serde_json::from_value(answer).map_err(|_| Failure::garbled())
}

fn checks(evaluation: &Evaluation) -> impl Iterator<Item = Checked> {
    evaluation.checks.iter().map(|check| Checked {
        action: evaluation.action.clone(),
        resource: evaluation.resource.clone(),
        layer: CHECKS.iter().find(|(name, _)| *name == check.kind).map(|(_, layer)| *layer),
        effect: check.evaluated_effect.clone(),
        matched: check.matched_policies.iter().flat_map(|policy| matched(policy, check)).collect(),
    })
}

/// The statements of a policy that matched in a check. One that is named without its statements matched all the same.
fn matched(policy: &MatchedPolicy, check: &Check) -> Vec<MatchedStatement> {
    let statement = |sid: Option<&String>, effect: Option<&str>| MatchedStatement {
        policy: policy.uri.clone(),
        sid: sid.filter(|sid| !sid.is_empty()).cloned(),
        effect: match effect {
            // A statement denies, and of a check that makes an explicit deny: one word for both.
            Some("DENY") => "EXPLICIT_DENY".to_owned(),
            Some(effect) => effect.to_owned(),
            None => check.evaluated_effect.clone(),
        },
    };
    if policy.matched_statements.is_empty() {
        return vec![statement(None, None)];
    }
    policy.matched_statements.iter().map(|s| statement(s.sid.as_ref(), s.evaluated_effect.as_deref())).collect()
}

/// The texts of the policies that matched, by their URIs.
///
/// <https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationPolicy.html>
async fn policies(signer: &Signer, id: &str, checks: &[Checked]) -> BTreeMap<String, Document> {
    let uris: BTreeSet<&str> =
        checks.iter().flat_map(|check| &check.matched).map(|statement| statement.policy.as_str()).collect();
    let documents = uris.iter().map(async |uri| {
        let answer = signer.get(&IAM_GET_REQUEST_AUTHORIZATION_POLICY, &[id], &[("policyUri", uri)]).await.ok()?;
        let given = answer.get("policyDocument")?;
        let text = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
        Some(((*uri).to_owned(), document(&text).ok()?))
    });
    join_all(documents).await.into_iter().flatten().collect()
}

/// Adds keys with their values, over those that are there.
fn add_context(context: &mut BTreeMap<String, Vec<String>>, keys: &Map<String, Value>) {
    context.extend(keys.iter().map(|(key, value)| (key.clone(), values(value))));
}

/// Adds what the single evaluations have over the request's own keys. A key that differs between them belongs to none
/// of the request, and goes.
fn add_contexts_of(evaluations: &[Evaluation], context: &mut BTreeMap<String, Vec<String>>) {
    let keys: BTreeSet<&String> = evaluations.iter().flat_map(|evaluation| evaluation.context.keys()).collect();
    for key in keys {
        let mut found = evaluations
            .iter()
            .map(|evaluation| evaluation.context.get(key).map(values).or_else(|| context.get(key).cloned()));
        let first = found.next().flatten();
        if found.all(|other| other == first) {
            context.extend(first.map(|values| (key.clone(), values)));
        } else {
            context.remove(key);
        }
    }
}

/// The values of a key: text, or a list of it. Numbers and truth values are written as text.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(values).collect(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => vec![value.to_string()],
    }
}

/// What an encoded message says.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>
pub(super) async fn decoded(sts: &Sts, message: &str) -> Outcome {
    let output = sts.decode_authorization_message().encoded_message(message).send().await?;
    let text = output.decoded_message().ok_or_else(Failure::garbled)?;
    let decoded: Decoded = serde_json::from_str(text).map_err(|_| Failure::garbled())?;
    Ok(Some(Answer::Decoded(decoded.message())))
}

/// The decoded message. AWS says in words what it holds, and gives no schema.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Decoded {
    explicit_deny: bool,
    #[serde(default)]
    matched_statements: Items<DecodedStatement>,
    #[serde(default)]
    context: DecodedContext,
}

#[derive(Deserialize)]
struct Items<T> {
    #[serde(default = "Vec::new")]
    items: Vec<T>,
}

impl<T> Default for Items<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DecodedStatement {
    #[serde(default)]
    statement_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DecodedContext {
    action: Option<String>,
    resource: Option<String>,
    conditions: Items<DecodedKey>,
}

#[derive(Deserialize)]
struct DecodedKey {
    key: String,
    #[serde(default)]
    values: Items<DecodedValue>,
}

#[derive(Deserialize)]
struct DecodedValue {
    value: Value,
}

impl Decoded {
    fn message(self) -> DecodedMessage {
        let keys = self.context.conditions.items.into_iter();
        DecodedMessage {
            explicit_deny: self.explicit_deny,
            action: self.context.action.filter(|action| !action.is_empty()),
            resource: self.context.resource.filter(|resource| !resource.is_empty()),
            statements: self.matched_statements.items.into_iter().map(|s| s.statement_id.unwrap_or_default()).collect(),
            context: keys
                .map(|key| (key.key, key.values.items.iter().flat_map(|item| values(&item.value)).collect()))
                .collect(),
        }
    }
}
