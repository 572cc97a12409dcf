//! Questions to S3 Control: the account's Block Public Access settings, and its access points.

use aws_sdk_s3control::Client;
use aws_sdk_s3control::types::{PublicAccessBlockConfiguration, RegionReport};

use super::errors::{Failure, Outcome};
use super::resource_policy::document;
use crate::arn::{AccountId, Arn};
use crate::evidence::{
    AccessPointInfo, AccessPointRef, Answer, BucketOfRegion, Document, MultiRegionAccessPointInfo, ObjectLambdaInfo,
    PublicAccessBlock,
};

/// The Region that answers for all Multi-Region Access Points.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/MrapOperations.html>
pub(super) const MULTI_REGION_HOME: &str = "us-west-2";

/// The account's settings, with those of its organization: S3 answers with what is in force.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetPublicAccessBlock.html>
pub(super) async fn account_public_access_block(s3control: &Client, account: AccountId) -> Outcome {
    let output = match s3control.get_public_access_block().account_id(account.to_string()).send().await {
        Ok(output) => output,
        Err(error) => return Failure::from(error).none_if(&["NoSuchPublicAccessBlockConfiguration"]),
    };
    let set = output.public_access_block_configuration().ok_or_else(Failure::garbled)?;
    Ok(Some(Answer::PublicAccessBlock(settings(set))))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPoint.html>
pub(super) async fn access_point(s3control: &Client, point: &AccessPointRef) -> Outcome {
    let call = s3control.get_access_point().account_id(point.account.to_string()).name(&point.access_point);
    let output = match call.send().await {
        Ok(output) => output,
        Err(error) => return Failure::from(error).none_if(&["NoSuchAccessPoint"]),
    };
    let vpc = match output.network_origin().ok_or_else(Failure::garbled)?.as_str() {
        "Internet" => None,
        "VPC" => Some(output.vpc_configuration().ok_or_else(Failure::garbled)?.vpc_id().to_owned()),
        _ => return Err(Failure::garbled()),
    };
    let bucket_account = output.bucket_account_id().map(|id| id.parse().map_err(|_| Failure::garbled()));
    Ok(Some(Answer::AccessPoint(AccessPointInfo {
        bucket: output.bucket().ok_or_else(Failure::garbled)?.to_owned(),
        bucket_account: bucket_account.transpose()?,
        vpc,
        // S3 sets all four unless told otherwise: an answer without them is not its answer.
        block: settings(output.public_access_block_configuration().ok_or_else(Failure::garbled)?),
    })))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicy.html>
pub(super) async fn access_point_policy(s3control: &Client, point: &AccessPointRef) -> Outcome {
    let call = s3control.get_access_point_policy().account_id(point.account.to_string()).name(&point.access_point);
    match call.send().await {
        Ok(output) => {
            let document = Document::new(output.policy().ok_or_else(Failure::garbled)?);
            if document.is_object() { Ok(Some(Answer::Policy(document))) } else { Err(Failure::garbled()) }
        }
        Err(error) => Failure::from(error).none_if(&["NoSuchAccessPointPolicy"]),
    }
}

/// The access point of an alias, among the account's access points in the client's Region, page by page.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListAccessPoints.html>
pub(super) async fn access_point_of_alias(s3control: &Client, account: AccountId, alias: &str) -> Outcome {
    let mut pages = s3control.list_access_points().account_id(account.to_string()).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page?;
        if let Some(point) = page.access_point_list().iter().find(|point| point.alias() == Some(alias)) {
            let arn = point.access_point_arn().ok_or_else(Failure::garbled)?;
            return Ok(Some(Answer::Names(vec![arn.to_owned()])));
        }
    }
    Ok(None)
}

/// The Multi-Region Access Point of an alias, among the account's, page by page: what asks for one takes its name, which
/// no record has.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ListMultiRegionAccessPoints.html>
pub(super) async fn multi_region_access_point(s3control: &Client, account: AccountId, alias: &str) -> Outcome {
    let mut pages = s3control.list_multi_region_access_points().account_id(account.to_string()).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page?;
        if let Some(point) = page.access_points().iter().find(|point| point.alias() == Some(alias)) {
            let buckets = point.regions().iter().map(bucket_of_region).collect::<Option<_>>();
            return Ok(Some(Answer::MultiRegionAccessPoint(MultiRegionAccessPointInfo {
                name: point.name().ok_or_else(Failure::garbled)?.to_owned(),
                buckets: buckets.ok_or_else(Failure::garbled)?,
                block: settings(point.public_access_block().ok_or_else(Failure::garbled)?),
            })));
        }
    }
    Ok(None)
}

fn bucket_of_region(report: &RegionReport) -> Option<BucketOfRegion> {
    let account = match report.bucket_account_id() {
        None => None,
        Some(id) => Some(id.parse().ok()?),
    };
    Some(BucketOfRegion { bucket: report.bucket()?.to_owned(), region: report.region()?.to_owned(), account })
}

/// The policy that is in force. One that was put lately and is on its way to all Regions is not asked for.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetMultiRegionAccessPointPolicy.html>
pub(super) async fn multi_region_access_point_policy(s3control: &Client, account: AccountId, name: &str) -> Outcome {
    let call = s3control.get_multi_region_access_point_policy().account_id(account.to_string()).name(name);
    match call.send().await {
        Ok(output) => {
            let policies = output.policy().ok_or_else(Failure::garbled)?;
            let text = policies.established().and_then(|policy| policy.policy()).filter(|text| !text.is_empty());
            text.map(|text| document(text).map(Answer::Policy)).transpose()
        }
        Err(error) => Failure::from(error).none_if(&["NoSuchMultiRegionAccessPointPolicy"]),
    }
}

/// The access point and the functions behind an Object Lambda Access Point.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointConfigurationForObjectLambda.html>
pub(super) async fn object_lambda(s3control: &Client, point: &AccessPointRef) -> Outcome {
    let call = s3control.get_access_point_configuration_for_object_lambda().account_id(point.account.to_string());
    let output = match call.name(&point.access_point).send().await {
        Ok(output) => output,
        Err(error) => return Failure::from(error).none_if(&["NoSuchAccessPoint"]),
    };
    let configuration = output.configuration().ok_or_else(Failure::garbled)?;
    let mut functions = Vec::new();
    for transformation in configuration.transformation_configurations() {
        let function = transformation.content_transformation().and_then(|of| of.as_aws_lambda().ok());
        let function = function.and_then(|function| function.function_arn().parse().ok());
        let calls = transformation.actions().iter().map(|action| action.as_str().to_owned()).collect();
        functions.push((function.ok_or_else(Failure::garbled)?, calls));
    }
    let supporting = configuration.supporting_access_point().parse().map_err(|_| Failure::garbled())?;
    Ok(Some(Answer::ObjectLambda(ObjectLambdaInfo { supporting, functions })))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicyForObjectLambda.html>
pub(super) async fn object_lambda_policy(s3control: &Client, account: AccountId, arn: &Arn) -> Outcome {
    let name = arn.resource_of_type("accesspoint").ok_or_else(Failure::garbled)?;
    match s3control.get_access_point_policy_for_object_lambda().account_id(account.to_string()).name(name).send().await
    {
        Ok(output) => {
            document(output.policy().ok_or_else(Failure::garbled)?).map(|policy| Some(Answer::Policy(policy)))
        }
        Err(error) => Failure::from(error).none_if(&["NoSuchAccessPointPolicy"]),
    }
}

fn settings(set: &PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: set.block_public_acls().unwrap_or_default(),
        ignore_public_acls: set.ignore_public_acls().unwrap_or_default(),
        block_public_policy: set.block_public_policy().unwrap_or_default(),
        restrict_public_buckets: set.restrict_public_buckets().unwrap_or_default(),
    }
}
