//! Policies of resources beside buckets, access points, keys and roles: those of
//! [`RESOURCE_POLICIES`](crate::evidence::RESOURCE_POLICIES).

use roxmltree::Node;
use serde_json::{Value, json};

use super::clients::Clients;
use super::errors::{Failure, Outcome};
use super::signed::Signer;
use super::signed::calls::{
    Call, DYNAMODB_GET_RESOURCE_POLICY, ECR_GET_REPOSITORY_POLICY, EVENTS_DESCRIBE_EVENT_BUS, GLUE_GET_RESOURCE_POLICY,
    Json, LAMBDA_GET_POLICY, SECRETSMANAGER_GET_RESOURCE_POLICY, SNS_GET_TOPIC_ATTRIBUTES, SQS_GET_QUEUE_ATTRIBUTES,
    SQS_GET_QUEUE_URL,
};
use super::signed::query::{child, text};
use super::{access_grants, s3_kin, s3control};
use crate::arn::{AccountId, Arn};
use crate::evidence::{Answer, Document, Why};

/// The policy of a resource. Every resource is named by its ARN or with its account, so that another account's resource
/// of the same name is never taken for it.
pub(super) async fn ask(clients: &Clients, account: AccountId, arn: &Arn) -> Outcome {
    let signer = clients.signer();
    match arn.service() {
        "s3" => access_grants::instance_policy(clients.s3control(), account).await,
        "s3-outposts" => s3_kin::on_outpost(signer, account, arn).await,
        "s3express" => s3_kin::of_directory(clients, account, arn).await,
        "s3tables" => s3_kin::of_tables(signer, arn).await,
        "s3-object-lambda" => s3control::object_lambda_policy(clients.s3control(), account, arn).await,
        "lambda" => of_function(signer, arn).await,
        "sns" => of_topic(signer, arn).await,
        "sqs" => of_queue(signer, arn).await,
        service => {
            let row = ONE_CALL.iter().find(|row| row.service == service).ok_or_else(not_asked)?;
            let answer = match signer.json(row.call, &(row.input)(arn).ok_or_else(not_asked)?).await {
                Ok(answer) => answer,
                Err(failure) => return failure.none_if(row.none),
            };
            match (member(&answer, row.policy)?, row.none) {
                (Some(text), _) => policy(text).map(Some),
                // Where an error says that there is none, an answer without a policy says nothing.
                (None, [_, ..]) => Err(Failure::garbled()),
                (None, []) => Ok(None),
            }
        }
    }
}

/// A service that tells the policy in one JSON call.
struct OneCall {
    service: &'static str,
    call: &'static Call<Json>,
    /// What to ask for a resource.
    input: fn(&Arn) -> Option<Value>,
    /// The member of the answer that is the policy's text.
    policy: &'static str,
    /// The errors that say: there is no policy. Where there are none, the member is missing.
    none: &'static [&'static str],
}

const ONE_CALL: &[OneCall] = &[
    OneCall {
        service: "dynamodb",
        call: &DYNAMODB_GET_RESOURCE_POLICY,
        input: |arn| Some(json!({ "ResourceArn": of_table_or_stream(arn.as_str()) })),
        policy: "Policy",
        none: &["PolicyNotFoundException"],
    },
    OneCall {
        service: "ecr",
        call: &ECR_GET_REPOSITORY_POLICY,
        input: repository,
        policy: "policyText",
        none: &["RepositoryPolicyNotFoundException"],
    },
    OneCall {
        service: "events",
        call: &EVENTS_DESCRIBE_EVENT_BUS,
        input: |arn| Some(json!({ "Name": arn.as_str() })),
        policy: "Policy",
        none: &[],
    },
    OneCall {
        service: "glue",
        call: &GLUE_GET_RESOURCE_POLICY,
        // Without an ARN it is the Data Catalog's policy, which is that of all databases and tables.
        // <https://docs.aws.amazon.com/glue/latest/webapi/API_GetResourcePolicy.html>
        input: |_| Some(json!({})),
        policy: "PolicyInJson",
        none: &["EntityNotFoundException"],
    },
    OneCall {
        service: "secretsmanager",
        call: &SECRETSMANAGER_GET_RESOURCE_POLICY,
        input: |arn| Some(json!({ "SecretId": arn.as_str() })),
        policy: "ResourcePolicy",
        none: &[],
    },
];

/// A repository, as ECR wants it named.
pub(super) fn repository(arn: &Arn) -> Option<Value> {
    Some(json!({ "registryId": arn.account()?, "repositoryName": arn.resource_of_type("repository")? }))
}

/// The name of an event bus: to change its permissions, an ARN will not do.
pub(super) fn bus_name(arn: &Arn) -> &str {
    arn.resource().strip_prefix("event-bus/").unwrap_or_default()
}

/// A table's policy with its revision: a write can be made to depend on it. `NO_POLICY` stands for none.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html>
pub(super) async fn revision(signer: &Signer, arn: &Arn) -> Result<(Option<Document>, String), Failure> {
    let input = json!({ "ResourceArn": of_table_or_stream(arn.as_str()) });
    match signer.json(&DYNAMODB_GET_RESOURCE_POLICY, &input).await {
        Ok(answer) => {
            let text = member(&answer, "Policy")?.ok_or_else(Failure::garbled)?;
            let revision = member(&answer, "RevisionId")?.ok_or_else(Failure::garbled)?;
            Ok((Some(document(text)?), revision.to_owned()))
        }
        Err(failure) => failure.none_if(&["PolicyNotFoundException"]).map(|_| (None, "NO_POLICY".to_owned())),
    }
}

/// Tables and streams have policies; an index has its table's.
///
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html>
fn of_table_or_stream(arn: &str) -> &str {
    arn.split_once("/index/").map_or(arn, |(table, _)| table)
}

/// A function, a version or an alias has a policy each. Lambda says the same where there is no policy and where there
/// is no function.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html>
async fn of_function(signer: &Signer, arn: &Arn) -> Outcome {
    let (function, qualifier) = arn.function();
    let parameters: Vec<_> = qualifier.map(|qualifier| ("Qualifier", qualifier)).into_iter().collect();
    match signer.get(&LAMBDA_GET_POLICY, &[function], &parameters).await {
        Ok(answer) => policy(member(&answer, "Policy")?.ok_or_else(Failure::garbled)?).map(Some),
        Err(failure) => failure.none_if(&["ResourceNotFoundException"]),
    }
}

/// <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>
async fn of_topic(signer: &Signer, arn: &Arn) -> Outcome {
    // Applications and devices have no policy.
    if arn.resource().contains('/') {
        return Err(not_asked());
    }
    // A subscription has its topic's.
    let subscription = arn.resource().split_once(':').map(|(_, id)| id);
    let topic = subscription.and_then(|id| arn.as_str().strip_suffix(id)?.strip_suffix(':')).unwrap_or(arn.as_str());
    let read = |root: Node<'_, '_>| {
        let attributes = child(child(root, "GetTopicAttributesResult")?, "Attributes")?;
        let entry = attributes.children().find(|entry| text(*entry, "key") == Some("Policy"));
        Some(entry.and_then(|entry| text(entry, "value")).map(str::to_owned))
    };
    let text = signer.query(&SNS_GET_TOPIC_ATTRIBUTES, &[("TopicArn", topic)], read).await?;
    text.as_deref().map(policy).transpose()
}

/// A queue is asked for by its URL, and SQS alone says what that is: its parts may change.
///
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
async fn of_queue(signer: &Signer, arn: &Arn) -> Outcome {
    let url = queue_url(signer, arn).await?;
    let answer =
        signer.json(&SQS_GET_QUEUE_ATTRIBUTES, &json!({ "QueueUrl": url, "AttributeNames": ["Policy"] })).await?;
    match answer.get("Attributes") {
        None | Some(Value::Null) => Ok(None),
        Some(attributes) => member(attributes, "Policy")?.map(policy).transpose(),
    }
}

pub(super) async fn queue_url(signer: &Signer, arn: &Arn) -> Result<String, Failure> {
    let account = arn.account().ok_or_else(not_asked)?;
    let input = json!({ "QueueName": arn.resource(), "QueueOwnerAWSAccountId": account });
    let answer = signer.json(&SQS_GET_QUEUE_URL, &input).await?;
    Ok(member(&answer, "QueueUrl")?.ok_or_else(Failure::garbled)?.to_owned())
}

/// A member that is text; `None` if it is missing or empty.
pub(super) fn member<'v>(answer: &'v Value, name: &str) -> Result<Option<&'v str>, Failure> {
    match answer.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => {
            value.as_str().map(|text| Some(text).filter(|text| !text.is_empty())).ok_or_else(Failure::garbled)
        }
    }
}

pub(super) fn policy(text: &str) -> Result<Answer, Failure> {
    document(text).map(Answer::Policy)
}

/// A policy by its text, which is a JSON object.
pub(super) fn document(text: &str) -> Result<Document, Failure> {
    Some(Document::new(text)).filter(Document::is_object).ok_or_else(Failure::garbled)
}

pub(super) fn not_asked() -> Failure {
    Failure::new(Why::NotAsked)
}
