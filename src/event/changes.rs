//! Calls that change who may do what: what was read before them may be out of date after.

use serde_json::Value;

use crate::arn::AccountId;

/// A call that changes permissions, or what conditions look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PermissionChange {
    /// The service in CloudTrail records.
    pub source: &'static str,
    /// The call.
    pub name: &'static str,
    /// The request parameters that name what is changed. None: the change is of the account, or of the organization.
    pub parameters: &'static [&'static str],
}

/// Every such call, by service. The first parameter names the resource by which CloudTrail looks events up.
///
/// IAM <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>,
/// S3 <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html>,
/// directory buckets <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-one-zone-logging.html>,
/// S3 Tables <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-logging.html>,
/// KMS <https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html>,
/// Organizations <https://docs.aws.amazon.com/organizations/latest/APIReference/API_Operations.html>,
/// EC2 <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html>,
/// Lambda <https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html>.
pub const PERMISSION_CHANGES: &[PermissionChange] = &[
    of(IAM, "AddUserToGroup", &["userName", "groupName"]),
    of(IAM, "AttachGroupPolicy", GROUP),
    of(IAM, "AttachRolePolicy", ROLE),
    of(IAM, "AttachUserPolicy", USER),
    of(IAM, "CreateGroup", GROUP),
    of(IAM, "CreatePolicyVersion", POLICY),
    of(IAM, "CreateRole", ROLE),
    of(IAM, "CreateUser", USER),
    of(IAM, "DeleteGroup", GROUP),
    of(IAM, "DeleteGroupPolicy", GROUP),
    of(IAM, "DeletePolicy", POLICY),
    of(IAM, "DeletePolicyVersion", POLICY),
    of(IAM, "DeleteRole", ROLE),
    of(IAM, "DeleteRolePermissionsBoundary", ROLE),
    of(IAM, "DeleteRolePolicy", ROLE),
    of(IAM, "DeleteUser", USER),
    of(IAM, "DeleteUserPermissionsBoundary", USER),
    of(IAM, "DeleteUserPolicy", USER),
    of(IAM, "DetachGroupPolicy", GROUP),
    of(IAM, "DetachRolePolicy", ROLE),
    of(IAM, "DetachUserPolicy", USER),
    of(IAM, "PutGroupPolicy", GROUP),
    of(IAM, "PutRolePermissionsBoundary", ROLE),
    of(IAM, "PutRolePolicy", ROLE),
    of(IAM, "PutUserPermissionsBoundary", USER),
    of(IAM, "PutUserPolicy", USER),
    of(IAM, "RemoveUserFromGroup", &["userName", "groupName"]),
    of(IAM, "SetDefaultPolicyVersion", POLICY),
    of(IAM, "TagRole", ROLE),
    of(IAM, "TagUser", USER),
    of(IAM, "UntagRole", ROLE),
    of(IAM, "UntagUser", USER),
    of(IAM, "UpdateAssumeRolePolicy", ROLE),
    of(IAM, "UpdateGroup", &["groupName", "newGroupName"]),
    of(IAM, "UpdateUser", &["userName", "newUserName"]),
    of(S3, "CreateAccessPoint", ACCESS_POINT),
    of(S3, "CreateBucket", BUCKET),
    of(S3, "DeleteAccessPoint", ACCESS_POINT),
    of(S3, "DeleteAccessPointPolicy", ACCESS_POINT),
    of(S3, "DeleteAccountPublicAccessBlock", WHOLE_ACCOUNT),
    of(S3, "DeleteBucket", BUCKET),
    of(S3, "DeleteBucketEncryption", BUCKET),
    of(S3, "DeleteBucketOwnershipControls", BUCKET),
    of(S3, "DeleteBucketPolicy", BUCKET),
    of(S3, "DeleteBucketPublicAccessBlock", BUCKET),
    of(S3, "DeleteBucketTagging", BUCKET),
    of(S3, "PutAccessPointPolicy", ACCESS_POINT),
    of(S3, "PutAccountPublicAccessBlock", WHOLE_ACCOUNT),
    of(S3, "PutBucketAbac", BUCKET),
    of(S3, "PutBucketAcl", BUCKET),
    of(S3, "PutBucketEncryption", BUCKET),
    of(S3, "PutBucketOwnershipControls", BUCKET),
    of(S3, "PutBucketPolicy", BUCKET),
    of(S3, "PutBucketPublicAccessBlock", BUCKET),
    of(S3, "PutBucketRequestPayment", BUCKET),
    of(S3, "PutBucketTagging", BUCKET),
    of(S3, "PutBucketVersioning", BUCKET),
    of(KMS, "CancelKeyDeletion", KEY),
    of(KMS, "CreateAlias", &["targetKeyId", "aliasName"]),
    of(KMS, "CreateGrant", KEY),
    of(KMS, "DeleteAlias", &["aliasName"]),
    of(KMS, "DisableKey", KEY),
    of(KMS, "EnableKey", KEY),
    of(KMS, "PutKeyPolicy", KEY),
    of(KMS, "RetireGrant", KEY),
    of(KMS, "RevokeGrant", KEY),
    of(KMS, "ScheduleKeyDeletion", KEY),
    of(KMS, "UpdateAlias", &["targetKeyId", "aliasName"]),
    of(ORGANIZATIONS, "AcceptHandshake", WHOLE_ORGANIZATION),
    of(ORGANIZATIONS, "AttachPolicy", WHOLE_ORGANIZATION),
    of(ORGANIZATIONS, "DeletePolicy", WHOLE_ORGANIZATION),
    of(ORGANIZATIONS, "DetachPolicy", WHOLE_ORGANIZATION),
    of(ORGANIZATIONS, "DisablePolicyType", WHOLE_ORGANIZATION),
    of(ORGANIZATIONS, "EnablePolicyType", WHOLE_ORGANIZATION),
    of(ORGANIZATIONS, "LeaveOrganization", WHOLE_ORGANIZATION),
    of(ORGANIZATIONS, "MoveAccount", WHOLE_ORGANIZATION),
    of(ORGANIZATIONS, "RemoveAccountFromOrganization", WHOLE_ORGANIZATION),
    of(ORGANIZATIONS, "UpdatePolicy", WHOLE_ORGANIZATION),
    // Where nothing is named, the parameters are nested, or the same resource is named in many ways.
    of(EC2, "CreateVpcEndpoint", WHOLE_ACCOUNT),
    of(EC2, "DeleteVpcEndpoints", WHOLE_ACCOUNT),
    of(EC2, "ModifyVpcEndpoint", WHOLE_ACCOUNT),
    of("dynamodb.amazonaws.com", "DeleteResourcePolicy", &["resourceArn"]),
    of("dynamodb.amazonaws.com", "PutResourcePolicy", &["resourceArn"]),
    of("ecr.amazonaws.com", "DeleteRepositoryPolicy", &["repositoryName"]),
    of("ecr.amazonaws.com", "SetRepositoryPolicy", &["repositoryName"]),
    of("events.amazonaws.com", "PutPermission", WHOLE_ACCOUNT),
    of("events.amazonaws.com", "RemovePermission", WHOLE_ACCOUNT),
    of("glue.amazonaws.com", "DeleteResourcePolicy", WHOLE_ACCOUNT),
    of("glue.amazonaws.com", "PutResourcePolicy", WHOLE_ACCOUNT),
    of("lambda.amazonaws.com", "AddPermission20150331v2", WHOLE_ACCOUNT),
    of("lambda.amazonaws.com", "RemovePermission20150331v2", WHOLE_ACCOUNT),
    of(S3_EXPRESS, "DeleteAccessPointPolicy", ACCESS_POINT),
    of(S3_EXPRESS, "DeleteBucketEncryption", BUCKET),
    of(S3_EXPRESS, "DeleteBucketPolicy", BUCKET),
    of(S3_EXPRESS, "PutAccessPointPolicy", ACCESS_POINT),
    of(S3_EXPRESS, "PutBucketEncryption", BUCKET),
    of(S3_EXPRESS, "PutBucketPolicy", BUCKET),
    of(S3_TABLES, "DeleteTableBucketPolicy", WHOLE_ACCOUNT),
    of(S3_TABLES, "DeleteTablePolicy", WHOLE_ACCOUNT),
    of(S3_TABLES, "PutTableBucketPolicy", WHOLE_ACCOUNT),
    of(S3_TABLES, "PutTablePolicy", WHOLE_ACCOUNT),
    of("secretsmanager.amazonaws.com", "DeleteResourcePolicy", WHOLE_ACCOUNT),
    of("secretsmanager.amazonaws.com", "PutResourcePolicy", WHOLE_ACCOUNT),
    of("sns.amazonaws.com", "AddPermission", &["topicArn"]),
    of("sns.amazonaws.com", "RemovePermission", &["topicArn"]),
    of("sns.amazonaws.com", "SetTopicAttributes", &["topicArn"]),
    of("sqs.amazonaws.com", "AddPermission", &["queueUrl"]),
    of("sqs.amazonaws.com", "RemovePermission", &["queueUrl"]),
    of("sqs.amazonaws.com", "SetQueueAttributes", &["queueUrl"]),
];

const IAM: &str = "iam.amazonaws.com";
const S3: &str = "s3.amazonaws.com";
const S3_EXPRESS: &str = "s3express.amazonaws.com";
const S3_TABLES: &str = "s3tables.amazonaws.com";
const KMS: &str = "kms.amazonaws.com";
const ORGANIZATIONS: &str = "organizations.amazonaws.com";
const EC2: &str = "ec2.amazonaws.com";

const ROLE: &[&str] = &["roleName"];
const USER: &[&str] = &["userName"];
const GROUP: &[&str] = &["groupName"];
const POLICY: &[&str] = &["policyArn"];
const BUCKET: &[&str] = &["bucketName"];
const ACCESS_POINT: &[&str] = &["name"];
const KEY: &[&str] = &["keyId"];
const WHOLE_ACCOUNT: &[&str] = &[];
const WHOLE_ORGANIZATION: &[&str] = &[];

const fn of(source: &'static str, name: &'static str, parameters: &'static [&'static str]) -> PermissionChange {
    PermissionChange { source, name, parameters }
}

/// The row for a call; `None` for one that changes no permissions.
#[must_use]
pub fn permission_change(source: &str, name: &str) -> Option<&'static PermissionChange> {
    PERMISSION_CHANGES.iter().find(|row| row.source == source && row.name == name)
}

/// What a call has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// Resources of these names or ARNs in these accounts.
    Resources {
        /// The owner, and the account of the record where that is another.
        accounts: Vec<AccountId>,
        /// Names, ARNs, ids or addresses, as the call gave them; none is everything in the accounts.
        names: Vec<String>,
    },
    /// Something in the organization.
    Organization,
}

impl Changed {
    /// Reads the record of a call; `None` if it failed or changed no permissions, or does not say whose.
    ///
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
    #[must_use]
    pub fn of_record(record: &Value) -> Option<Self> {
        let text = |name: &str| record.get(name).and_then(Value::as_str);
        let row = permission_change(text("eventSource")?, text("eventName")?)?;
        if text("errorCode").is_some() {
            return None;
        }
        if row.source == ORGANIZATIONS {
            return Some(Self::Organization);
        }
        let resources = record.get("resources").and_then(Value::as_array).map_or(&[] as &[_], Vec::as_slice);
        let owners = resources.iter().filter_map(|resource| resource.get("accountId")).filter_map(Value::as_str);
        let mut accounts: Vec<AccountId> =
            owners.chain(text("recipientAccountId")).filter_map(|account| account.parse().ok()).collect();
        accounts.sort();
        accounts.dedup();
        if accounts.is_empty() {
            return None;
        }
        let given = row.parameters.iter().filter_map(|name| record.pointer(&format!("/requestParameters/{name}")));
        let mut names: Vec<String> = given.filter_map(Value::as_str).map(str::to_owned).collect();
        // A call may name a key by an alias, and the record says which key it is. Where nothing is named, everything
        // is meant.
        if !row.parameters.is_empty() {
            names.extend(resources.iter().filter_map(|resource| resource.get("ARN")?.as_str()).map(str::to_owned));
        }
        Some(Self::Resources { accounts, names })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(record: &Value) -> Vec<String> {
        match Changed::of_record(record).unwrap() {
            Changed::Resources { names, .. } => names,
            Changed::Organization => panic!("{record}"),
        }
    }

    #[test]
    fn the_table_is_in_order_within_a_service_and_names_no_call_twice() {
        for pair in PERMISSION_CHANGES.windows(2) {
            assert!(pair[0].source != pair[1].source || pair[0].name < pair[1].name, "{pair:?}");
        }
    }

    #[test]
    fn a_change_names_the_resource_and_its_owner() {
        let record = json!({
            "eventSource": "s3.amazonaws.com", "eventName": "PutBucketPolicy", "recipientAccountId": "111122223333",
            "requestParameters": { "bucketName": "acme", "Host": "acme.s3.amazonaws.com" },
            "resources": [{ "accountId": "444455556666", "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::acme" }],
        });
        let accounts = ["111122223333", "444455556666"].map(|account| account.parse().unwrap()).to_vec();
        let names = vec!["acme".to_owned(), "arn:aws:s3:::acme".to_owned()];
        assert_eq!(Changed::of_record(&record), Some(Changed::Resources { accounts, names }));
    }

    #[test]
    fn a_key_is_named_by_its_arn_too() {
        let key = "arn:aws:kms:eu-west-1:111122223333:key/1234";
        let record = json!({
            "eventSource": "kms.amazonaws.com", "eventName": "PutKeyPolicy", "recipientAccountId": "111122223333",
            "requestParameters": { "keyId": "alias/data" }, "resources": [{ "ARN": key, "accountId": "111122223333" }],
        });
        assert_eq!(names(&record), ["alias/data", key]);
    }

    #[test]
    fn a_change_of_the_account_names_nothing() {
        let record = json!({
            "eventSource": "ec2.amazonaws.com", "eventName": "ModifyVpcEndpoint", "recipientAccountId": "111122223333",
            "requestParameters": { "ModifyVpcEndpointRequest": { "VpcEndpointId": "vpce-1" } },
        });
        assert_eq!(names(&record), Vec::<String>::new());
    }

    #[test]
    fn a_failed_call_and_one_that_reads_change_nothing() {
        let mut record = json!({
            "eventSource": "iam.amazonaws.com", "eventName": "PutRolePolicy", "recipientAccountId": "111122223333",
            "requestParameters": { "roleName": "app" },
        });
        assert_eq!(names(&record), ["app"]);
        record["errorCode"] = json!("AccessDenied");
        assert_eq!(Changed::of_record(&record), None);
        record["errorCode"] = Value::Null;
        record["eventName"] = json!("GetRolePolicy");
        assert_eq!(Changed::of_record(&record), None);
    }

    #[test]
    fn any_change_of_control_policies_is_one_of_the_organization() {
        let record = json!({ "eventSource": "organizations.amazonaws.com", "eventName": "AttachPolicy",
            "recipientAccountId": "111122223333", "requestParameters": { "policyId": "p-1", "targetId": "ou-1" } });
        assert_eq!(Changed::of_record(&record), Some(Changed::Organization));
    }
}
