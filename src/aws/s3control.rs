//! Questions to S3 Control: the account's Block Public Access settings, and its access points.

use aws_sdk_s3control::Client;
use aws_sdk_s3control::types::PublicAccessBlockConfiguration;

use super::errors::{Failure, Outcome};
use crate::arn::AccountId;
use crate::evidence::{AccessPointInfo, AccessPointRef, Answer, Document, PublicAccessBlock};

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

fn settings(set: &PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: set.block_public_acls().unwrap_or_default(),
        ignore_public_acls: set.ignore_public_acls().unwrap_or_default(),
        block_public_policy: set.block_public_policy().unwrap_or_default(),
        restrict_public_buckets: set.restrict_public_buckets().unwrap_or_default(),
    }
}
