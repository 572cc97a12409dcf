//! What IAM Access Analyzer says of the policy that a remedy would leave: a second opinion, beside the proof.

use crate::arn::Arn;

use super::{Change, PolicyPlace};
use crate::evidence::Document;

/// What it was asked, and what it said. `Err` says why it did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// The codes of what is wrong with the policy, but for suggestions.
    pub faults: Result<Vec<String>, String>,
    /// Whether the policy allows what the one before did not, where there was one.
    pub new_access: Option<Result<bool, String>>,
    /// Whether the policy lets everybody in, where that can be asked for such a resource.
    pub public: Option<Result<bool, String>>,
}

/// What there is to ask about a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// The policy before, where there is one.
    pub before: Option<Document>,
    /// The policy after.
    pub after: Document,
    /// It is a policy of a resource, and not one of an identity.
    pub of_resource: bool,
    /// The type of the resource for validation, where it has rules of its own.
    pub validated_as: Option<&'static str>,
    /// The type of the resource for the check of public access, where that knows it.
    pub checked_as: Option<&'static str>,
}

impl Inquiry {
    /// What there is to ask about a change; `None` where it is not of a policy.
    ///
    /// <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoPublicAccess.html>
    #[must_use]
    pub fn of(change: &Change) -> Option<Self> {
        let Change::Policy { on, before, after } = change else { return None };
        let (of_resource, validated_as, checked_as) = match on {
            PolicyPlace::Bucket(_) => (true, Some("AWS::S3::Bucket"), Some("AWS::S3::Bucket")),
            PolicyPlace::AccessPoint(_) => (true, Some("AWS::S3::AccessPoint"), Some("AWS::S3::AccessPoint")),
            PolicyPlace::Trust(_) => {
                (true, Some("AWS::IAM::AssumeRolePolicyDocument"), Some("AWS::IAM::AssumeRolePolicyDocument"))
            }
            PolicyPlace::Key(_) => (true, None, Some("AWS::KMS::Key")),
            PolicyPlace::Endpoint { .. } => (true, None, None),
            PolicyPlace::Resource { arn, .. } => (true, None, of_service(arn)),
            PolicyPlace::Inline { .. } | PolicyPlace::Managed { .. } => (false, None, None),
        };
        Some(Self { before: before.clone(), after: after.clone(), of_resource, validated_as, checked_as })
    }
}

fn of_service(arn: &Arn) -> Option<&'static str> {
    match arn.service() {
        "dynamodb" => Some("AWS::DynamoDB::Table"),
        "lambda" => Some("AWS::Lambda::Function"),
        "secretsmanager" => Some("AWS::SecretsManager::Secret"),
        "sns" => Some("AWS::SNS::Topic"),
        "sqs" => Some("AWS::SQS::Queue"),
        _ => None,
    }
}
