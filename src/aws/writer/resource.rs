//! Writes of the policies of other resources, in the calls that we sign ourselves. Where a service lets a write depend on
//! what is there, it does.

use serde_json::{Value, json};

use super::document;
use crate::arn::Arn;
use crate::aws::errors::Failure;
use crate::aws::resource_policy::{bus_name, queue_url, repository, revision};
use crate::aws::signed::Signer;
use crate::aws::signed::calls::{
    DYNAMODB_DELETE_RESOURCE_POLICY, DYNAMODB_PUT_RESOURCE_POLICY, EC2_MODIFY_VPC_ENDPOINT,
    ECR_DELETE_REPOSITORY_POLICY, ECR_SET_REPOSITORY_POLICY, EVENTS_PUT_PERMISSION, EVENTS_REMOVE_PERMISSION,
    LAMBDA_ADD_PERMISSION, LAMBDA_REMOVE_PERMISSION, SECRETSMANAGER_DELETE_RESOURCE_POLICY,
    SECRETSMANAGER_PUT_RESOURCE_POLICY, SNS_SET_TOPIC_ATTRIBUTES, SQS_SET_QUEUE_ATTRIBUTES,
};
use crate::aws::signed::query::text;
use crate::remedy::{Edit, Image};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html>
pub(super) async fn write_endpoint(signer: &Signer, endpoint: &str, policy: String) -> Result<(), Failure> {
    let input = [("VpcEndpointId", endpoint), ("PolicyDocument", policy.as_str())];
    let done =
        signer.query(&EC2_MODIFY_VPC_ENDPOINT, &input, |root| Some(text(root, "return") == Some("true"))).await?;
    if done { Ok(()) } else { Err(Failure::garbled()) }
}

pub(super) async fn write(signer: &Signer, arn: &Arn, edit: &Edit) -> Result<(), Failure> {
    let policy = if edit.after == Image::Nothing { None } else { Some(document(&edit.after)?) };
    let name = arn.as_str();
    match (arn.service(), policy) {
        ("sns", Some(policy)) => {
            let input = [("TopicArn", name), ("AttributeName", "Policy"), ("AttributeValue", policy.as_str())];
            signer.query(&SNS_SET_TOPIC_ATTRIBUTES, &input, |_| Some(())).await
        }
        // An empty policy is none: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
        ("sqs", policy) => {
            let url = queue_url(signer, arn).await?;
            let attributes = json!({ "Policy": policy.unwrap_or_default() });
            signer.tell(&SQS_SET_QUEUE_ATTRIBUTES, &json!({ "QueueUrl": url, "Attributes": attributes })).await
        }
        ("secretsmanager", Some(policy)) => {
            let input = json!({ "SecretId": name, "ResourcePolicy": policy, "BlockPublicPolicy": true });
            signer.tell(&SECRETSMANAGER_PUT_RESOURCE_POLICY, &input).await
        }
        ("secretsmanager", None) => {
            signer.tell(&SECRETSMANAGER_DELETE_RESOURCE_POLICY, &json!({ "SecretId": name })).await
        }
        ("ecr", policy) => {
            let mut input = repository(arn).ok_or_else(Failure::garbled)?;
            match (policy, input.as_object_mut()) {
                (Some(policy), Some(members)) => {
                    members.insert("policyText".to_owned(), policy.into());
                    signer.tell(&ECR_SET_REPOSITORY_POLICY, &input).await
                }
                _ => signer.tell(&ECR_DELETE_REPOSITORY_POLICY, &input).await,
            }
        }
        ("dynamodb", policy) => {
            // Only while the policy is the one that was looked at.
            let (found, revision) = revision(signer, arn).await?;
            let found = found.map_or(Image::Nothing, Image::Policy);
            if !found.is_same(&edit.before) {
                return Err(Failure::of_response(Some("PolicyChanged"), 409));
            }
            let mut input = json!({ "ResourceArn": name, "ExpectedRevisionId": revision });
            if let (Some(policy), Some(members)) = (policy, input.as_object_mut()) {
                members.insert("Policy".to_owned(), policy.into());
                return signer.tell(&DYNAMODB_PUT_RESOURCE_POLICY, &input).await;
            }
            signer.tell(&DYNAMODB_DELETE_RESOURCE_POLICY, &input).await
        }
        ("events", Some(policy)) => {
            let input = json!({ "EventBusName": bus_name(arn), "Policy": policy });
            signer.tell(&EVENTS_PUT_PERMISSION, &input).await
        }
        ("events", None) => {
            let input = json!({ "EventBusName": bus_name(arn), "RemoveAllPermissions": true });
            signer.tell(&EVENTS_REMOVE_PERMISSION, &input).await
        }
        _ => Err(Failure::garbled()),
    }
}

/// A function's policy takes statements one by one, with names of its own for their parts.
///
/// <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>
pub(super) async fn write_function(signer: &Signer, arn: &Arn, sid: &str, after: &Image) -> Result<(), Failure> {
    let (function, qualifier) = arn.function();
    let parameters: Vec<_> = qualifier.map(|qualifier| ("Qualifier", qualifier)).into_iter().collect();
    if *after == Image::Nothing {
        return signer.delete(&LAMBDA_REMOVE_PERMISSION, &[function, sid], &parameters).await;
    }
    let Image::Statement(statement) = after else { return Err(Failure::garbled()) };
    let member = |pointer: &str| statement.pointer(pointer).and_then(Value::as_str).ok_or_else(Failure::garbled);
    // What the call cannot say is not left out.
    if statement.get("Condition").is_some() || member("/Effect")? != "Allow" {
        return Err(Failure::garbled());
    }
    let input = json!({ "StatementId": sid, "Action": member("/Action")?, "Principal": member("/Principal/AWS")? });
    signer.post(&LAMBDA_ADD_PERMISSION, &[function], &parameters, &input).await
}
