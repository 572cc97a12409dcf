//! Every call that we sign ourselves. What writes is of the table of what remedies write, or goes to what is the hub's own.

/// One operation of a service.
pub(in crate::aws) struct Call<P> {
    pub(super) service: Service,
    /// How it is asked.
    pub(super) protocol: P,
    /// The operation's name, which is that of its IAM action as well.
    pub(super) operation: &'static str,
    /// The longest answer that it may give, in bytes.
    pub(super) largest: usize,
}

/// Where a service listens, and how it is signed for.
#[derive(Clone, Copy)]
pub(super) struct Service {
    /// The start of its host name: a Region and the partition's suffix follow.
    pub(super) host: &'static str,
    /// The start of the host name of its FIPS endpoint.
    pub(super) fips: &'static str,
    /// The name in the signature.
    pub(super) signing: &'static str,
}

/// AWS JSON: <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>.
pub(in crate::aws) struct Json {
    /// `1.0` or `1.1`.
    pub(super) version: &'static str,
    /// What stands before the operation in the header `X-Amz-Target`.
    pub(super) target: &'static str,
}

/// AWS Query, which answers in XML: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>.
pub(in crate::aws) struct Query {
    /// The version of the service's API.
    pub(super) version: &'static str,
}

/// REST with JSON: <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>.
pub(in crate::aws) struct Rest {
    /// The path, with `{}` for each name of what is asked for.
    pub(super) path: &'static str,
}

/// REST with XML: <https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html>. All that we ask so is `GET`.
pub(in crate::aws) struct RestXml {
    /// The path, with `{}` for the name of what is asked for.
    pub(super) path: &'static str,
    /// The root element of the answer.
    pub(super) root: &'static str,
}

const fn json(version: &'static str, target: &'static str) -> Json {
    Json { version, target }
}

const fn query(version: &'static str) -> Query {
    Query { version }
}

const fn rest(path: &'static str) -> Rest {
    Rest { path }
}

const fn rest_xml(path: &'static str, root: &'static str) -> RestXml {
    RestXml { path, root }
}

/// The table as constants, and as a list for the tests.
macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident: $protocol:ident = $operation:literal, $protocol_value:expr, $host:literal, $fips:literal, $signing:literal, $kib:literal;)*) => {
        $($(#[$doc])*
        pub(in crate::aws) const $name: Call<$protocol> = Call {
            service: Service { host: $host, fips: $fips, signing: $signing },
            protocol: $protocol_value,
            operation: $operation,
            largest: $kib * 1024,
        };)*

        /// The IAM action of every call: its service and its name.
        #[cfg(test)]
        const ACTIONS: &[(&str, &str)] = &[$(($signing, $operation)),*];
    };
}

// Hosts, names in signatures, targets and versions are those of AWS's models of the services:
// <https://github.com/boto/botocore/tree/develop/botocore/data>.
calls! {
    // name: protocol = operation, how it is asked, host, host for FIPS, name in the signature, KiB at most

    /// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>
    SSM_GET_PARAMETER: Json = "GetParameter", json("1.1", "AmazonSSM"), "ssm", "ssm-fips", "ssm", 64;
    /// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeVpcEndpoints.html>
    EC2_DESCRIBE_VPC_ENDPOINTS: Query = "DescribeVpcEndpoints", query("2016-11-15"), "ec2", "ec2-fips", "ec2", 1024;
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
    CLOUDTRAIL_LOOKUP_EVENTS: Json = "LookupEvents", json("1.1", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101"), "cloudtrail", "cloudtrail-fips", "cloudtrail", 16384;
    /// <https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationDetails.html>
    IAM_GET_REQUEST_AUTHORIZATION_DETAILS: Rest = "GetRequestAuthorizationDetails", rest("/authorization-details/{}"), "iam-toolbox", "iam-toolbox-fips", "iam", 4096;
    /// <https://docs.aws.amazon.com/iam-toolbox/latest/APIReference/API_GetRequestAuthorizationPolicy.html>
    IAM_GET_REQUEST_AUTHORIZATION_POLICY: Rest = "GetRequestAuthorizationPolicy", rest("/authorization-details/{}/policy"), "iam-toolbox", "iam-toolbox-fips", "iam", 1024;
    /// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetDistribution.html>
    CLOUDFRONT_GET_DISTRIBUTION: RestXml = "GetDistribution", rest_xml("/2020-05-31/distribution/{}", "Distribution"), "cloudfront", "cloudfront-fips", "cloudfront", 2048;
    /// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListDistributions.html>
    CLOUDFRONT_LIST_DISTRIBUTIONS: RestXml = "ListDistributions", rest_xml("/2020-05-31/distribution", "DistributionList"), "cloudfront", "cloudfront-fips", "cloudfront", 16384;
    /// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GetOriginAccessControl.html>
    CLOUDFRONT_GET_ORIGIN_ACCESS_CONTROL: RestXml = "GetOriginAccessControl", rest_xml("/2020-05-31/origin-access-control/{}", "OriginAccessControl"), "cloudfront", "cloudfront-fips", "cloudfront", 64;
    /// <https://docs.aws.amazon.com/waf/latest/APIReference/API_GetWebACL.html>
    WAFV2_GET_WEB_ACL: Json = "GetWebACL", json("1.1", "AWSWAF_20190729"), "wafv2", "wafv2-fips", "wafv2", 2048;
    /// <https://docs.aws.amazon.com/waf/latest/APIReference/API_GetSampledRequests.html>
    WAFV2_GET_SAMPLED_REQUESTS: Json = "GetSampledRequests", json("1.1", "AWSWAF_20190729"), "wafv2", "wafv2-fips", "wafv2", 16384;
    /// <https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobs.html>
    GLUE_GET_JOBS: Json = "GetJobs", json("1.1", "AWSGlue"), "glue", "glue-fips", "glue", 16384;
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetResourcePolicy.html>
    DYNAMODB_GET_RESOURCE_POLICY: Json = "GetResourcePolicy", json("1.0", "DynamoDB_20120810"), "dynamodb", "dynamodb-fips", "dynamodb", 256;
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html>
    DYNAMODB_GET_ITEM: Json = "GetItem", json("1.0", "DynamoDB_20120810"), "dynamodb", "dynamodb-fips", "dynamodb", 1024;
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html>
    DYNAMODB_PUT_ITEM: Json = "PutItem", json("1.0", "DynamoDB_20120810"), "dynamodb", "dynamodb-fips", "dynamodb", 1024;
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteItem.html>
    DYNAMODB_DELETE_ITEM: Json = "DeleteItem", json("1.0", "DynamoDB_20120810"), "dynamodb", "dynamodb-fips", "dynamodb", 1024;
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html>
    DYNAMODB_UPDATE_ITEM: Json = "UpdateItem", json("1.0", "DynamoDB_20120810"), "dynamodb", "dynamodb-fips", "dynamodb", 1024;
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetRepositoryPolicy.html>
    ECR_GET_REPOSITORY_POLICY: Json = "GetRepositoryPolicy", json("1.1", "AmazonEC2ContainerRegistry_V20150921"), "api.ecr", "ecr-fips", "ecr", 256;
    /// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DescribeEventBus.html>
    EVENTS_DESCRIBE_EVENT_BUS: Json = "DescribeEventBus", json("1.1", "AWSEvents"), "events", "events-fips", "events", 256;
    /// <https://docs.aws.amazon.com/glue/latest/webapi/API_GetResourcePolicy.html>
    GLUE_GET_RESOURCE_POLICY: Json = "GetResourcePolicy", json("1.1", "AWSGlue"), "glue", "glue-fips", "glue", 256;
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
    LAMBDA_INVOKE: Rest = "Invoke", rest("/2015-03-31/functions/{}/invocations"), "lambda", "lambda-fips", "lambda", 64;
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html>
    LAMBDA_GET_POLICY: Rest = "GetPolicy", rest("/2015-03-31/functions/{}/policy"), "lambda", "lambda-fips", "lambda", 256;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicy.html>
    OUTPOSTS_GET_ACCESS_POINT_POLICY: RestXml = "GetAccessPointPolicy", rest_xml("/v20180820/accesspoint/{}/policy", "GetAccessPointPolicyResult"), "s3-outposts", "s3-outposts-fips", "s3-outposts", 256;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetBucketPolicy.html>
    OUTPOSTS_GET_BUCKET_POLICY: RestXml = "GetBucketPolicy", rest_xml("/v20180820/bucket/{}/policy", "GetBucketPolicyResult"), "s3-outposts", "s3-outposts-fips", "s3-outposts", 256;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_s3TableBuckets_GetTable.html>
    S3TABLES_GET_TABLE: Rest = "GetTable", rest("/get-table"), "s3tables", "s3tables-fips", "s3tables", 64;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_s3TableBuckets_GetTableBucketPolicy.html>
    S3TABLES_GET_TABLE_BUCKET_POLICY: Rest = "GetTableBucketPolicy", rest("/buckets/{}/policy"), "s3tables", "s3tables-fips", "s3tables", 256;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_s3TableBuckets_GetTablePolicy.html>
    S3TABLES_GET_TABLE_POLICY: Rest = "GetTablePolicy", rest("/tables/{}/{}/{}/policy"), "s3tables", "s3tables-fips", "s3tables", 256;
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html>
    SECRETSMANAGER_GET_RESOURCE_POLICY: Json = "GetResourcePolicy", json("1.1", "secretsmanager"), "secretsmanager", "secretsmanager-fips", "secretsmanager", 256;
    /// <https://docs.aws.amazon.com/sns/latest/api/API_GetTopicAttributes.html>
    SNS_GET_TOPIC_ATTRIBUTES: Query = "GetTopicAttributes", query("2010-03-31"), "sns", "sns-fips", "sns", 512;
    /// <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
    TAG_GET_RESOURCES: Json = "GetResources", json("1.1", "ResourceGroupsTaggingAPI_20170126"), "tagging", "tagging-fips", "tagging", 256;
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html>
    SQS_GET_QUEUE_URL: Json = "GetQueueUrl", json("1.0", "AmazonSQS"), "sqs", "sqs-fips", "sqs", 64;
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
    SQS_GET_QUEUE_ATTRIBUTES: Json = "GetQueueAttributes", json("1.0", "AmazonSQS"), "sqs", "sqs-fips", "sqs", 256;

    /// <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html>
    ANALYZER_VALIDATE_POLICY: Rest = "ValidatePolicy", rest("/policy/validation"), "access-analyzer", "access-analyzer-fips", "access-analyzer", 1024;
    /// <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html>
    ANALYZER_CHECK_NO_NEW_ACCESS: Rest = "CheckNoNewAccess", rest("/policy/check-no-new-access"), "access-analyzer", "access-analyzer-fips", "access-analyzer", 256;
    /// <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoPublicAccess.html>
    ANALYZER_CHECK_NO_PUBLIC_ACCESS: Rest = "CheckNoPublicAccess", rest("/policy/check-no-public-access"), "access-analyzer", "access-analyzer-fips", "access-analyzer", 256;
    /// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html>
    EC2_MODIFY_VPC_ENDPOINT: Query = "ModifyVpcEndpoint", query("2016-11-15"), "ec2", "ec2-fips", "ec2", 64;
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutResourcePolicy.html>
    DYNAMODB_PUT_RESOURCE_POLICY: Json = "PutResourcePolicy", json("1.0", "DynamoDB_20120810"), "dynamodb", "dynamodb-fips", "dynamodb", 64;
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteResourcePolicy.html>
    DYNAMODB_DELETE_RESOURCE_POLICY: Json = "DeleteResourcePolicy", json("1.0", "DynamoDB_20120810"), "dynamodb", "dynamodb-fips", "dynamodb", 64;
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_SetRepositoryPolicy.html>
    ECR_SET_REPOSITORY_POLICY: Json = "SetRepositoryPolicy", json("1.1", "AmazonEC2ContainerRegistry_V20150921"), "api.ecr", "ecr-fips", "ecr", 256;
    /// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_DeleteRepositoryPolicy.html>
    ECR_DELETE_REPOSITORY_POLICY: Json = "DeleteRepositoryPolicy", json("1.1", "AmazonEC2ContainerRegistry_V20150921"), "api.ecr", "ecr-fips", "ecr", 256;
    /// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html>
    EVENTS_PUT_PERMISSION: Json = "PutPermission", json("1.1", "AWSEvents"), "events", "events-fips", "events", 64;
    /// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemovePermission.html>
    EVENTS_REMOVE_PERMISSION: Json = "RemovePermission", json("1.1", "AWSEvents"), "events", "events-fips", "events", 64;
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>
    LAMBDA_ADD_PERMISSION: Rest = "AddPermission", rest("/2015-03-31/functions/{}/policy"), "lambda", "lambda-fips", "lambda", 64;
    /// <https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html>
    LAMBDA_REMOVE_PERMISSION: Rest = "RemovePermission", rest("/2015-03-31/functions/{}/policy/{}"), "lambda", "lambda-fips", "lambda", 64;
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html>
    SECRETSMANAGER_PUT_RESOURCE_POLICY: Json = "PutResourcePolicy", json("1.1", "secretsmanager"), "secretsmanager", "secretsmanager-fips", "secretsmanager", 64;
    /// <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html>
    SECRETSMANAGER_DELETE_RESOURCE_POLICY: Json = "DeleteResourcePolicy", json("1.1", "secretsmanager"), "secretsmanager", "secretsmanager-fips", "secretsmanager", 64;
    /// <https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html>
    SNS_SET_TOPIC_ATTRIBUTES: Query = "SetTopicAttributes", query("2010-03-31"), "sns", "sns-fips", "sns", 64;
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>
    SQS_SET_QUEUE_ATTRIBUTES: Json = "SetQueueAttributes", json("1.0", "AmazonSQS"), "sqs", "sqs-fips", "sqs", 64;
}

#[cfg(test)]
mod tests {
    use super::ACTIONS;
    use crate::evidence::{RESOURCE_POLICIES, SPECS};
    use crate::permissions::writes::WRITES;
    use crate::permissions::{Role, statements};

    #[test]
    fn every_call_is_granted_and_what_writes_is_what_remedies_write() {
        let read: Vec<&str> = SPECS
            .iter()
            .chain(RESOURCE_POLICIES.iter().map(|row| &row.spec))
            .flat_map(|spec| spec.needs)
            .copied()
            .collect();
        let written: Vec<&str> = WRITES.iter().flat_map(|row| row.writes.iter().chain(row.undoes)).copied().collect();
        // What is the hub's own, the webhook's address and the records, is no matter of a diagnosis.
        let own = [Role::Hub, Role::Approve].into_iter().flat_map(statements);
        // What failed is taken out of its queue by Lambda, and by no call of ours.
        let own =
            own.filter(|statement| statement.sid != "RedriveFailedEvents").flat_map(|statement| statement.actions);
        let own: Vec<&str> = own.collect();
        for (service, name) in ACTIONS {
            let service = if *service == "tagging" { "tag" } else { service };
            // <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
            let name = if *name == "Invoke" { "InvokeFunction" } else { name };
            let action = format!("{service}:{name}");
            let reads = ["Get", "List", "Describe", "Lookup"].iter().any(|verb| name.starts_with(verb));
            // Access Analyzer is told all that it looks at, and is asked with a person's own credentials.
            if service == "access-analyzer" {
                continue;
            }
            let granted = if reads { &read } else { &written };
            assert!(granted.contains(&action.as_str()) != own.contains(&action.as_str()), "{action}");
        }
    }
}
