//! Policies of S3's kin: directory buckets and access points to them, table buckets and tables, and what is on Outposts.

use super::clients::Clients;
use super::errors::{Failure, Outcome};
use super::resource_policy::{member, not_asked, policy};
use super::signed::Signer;
use super::signed::calls::{
    OUTPOSTS_GET_ACCESS_POINT_POLICY, OUTPOSTS_GET_BUCKET_POLICY, S3TABLES_GET_TABLE, S3TABLES_GET_TABLE_BUCKET_POLICY,
    S3TABLES_GET_TABLE_POLICY,
};
use super::signed::query::text;
use super::{s3, s3control};
use crate::arn::{AccountId, Arn};
use crate::evidence::{AccessPointRef, BucketRef};

/// A directory bucket, or an access point to one. Both are asked for at the Regional endpoint `s3express-control`, which
/// the SDK finds by the end of the name.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-Regions-and-Zones.html>
pub(super) async fn of_directory(clients: &Clients, account: AccountId, arn: &Arn) -> Outcome {
    let region = arn.region().to_owned();
    if let Some(name) = arn.resource_of_type("accesspoint") {
        let point = AccessPointRef { account, region, access_point: name.to_owned() };
        return s3control::access_point_policy(clients.s3control(), &point).await;
    }
    let bucket = arn.resource_of_type("bucket").ok_or_else(not_asked)?.to_owned();
    s3::policy(clients.s3(), &BucketRef { account, region, bucket }).await
}

/// A bucket on an Outpost, or an access point to one. It is asked for by its name, and the headers say whose and where.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetBucketPolicy.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPointPolicy.html>
pub(super) async fn on_outpost(signer: &Signer, account: AccountId, arn: &Arn) -> Outcome {
    let mut parts = arn.resource_of_type("outpost").ok_or_else(not_asked)?.splitn(3, '/');
    let (Some(outpost), Some(kind), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(not_asked());
    };
    let (call, none) = match kind {
        "bucket" => (&OUTPOSTS_GET_BUCKET_POLICY, "NoSuchBucketPolicy"),
        "accesspoint" => (&OUTPOSTS_GET_ACCESS_POINT_POLICY, "NoSuchAccessPointPolicy"),
        _ => return Err(not_asked()),
    };
    let headers = vec![("x-amz-account-id", account.to_string()), ("x-amz-outpost-id", outpost.to_owned())];
    match signer.get_xml_with(call, name, &[], headers, |root| text(root, "Policy").map(str::to_owned)).await {
        Ok(text) => policy(&text).map(Some),
        Err(failure) => failure.none_if(&[none]),
    }
}

/// S3 Tables says the same where there is no policy and where there is no table or table bucket.
const NONE: &[&str] = &["NotFoundException"];

/// A table bucket, or a table, whose policy is asked for by its namespace and its name.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_s3TableBuckets_GetTableBucketPolicy.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_s3TableBuckets_GetTablePolicy.html>
pub(super) async fn of_tables(signer: &Signer, arn: &Arn) -> Outcome {
    let Some((bucket, _)) = arn.as_str().split_once("/table/") else {
        let answer = signer.get(&S3TABLES_GET_TABLE_BUCKET_POLICY, &[arn.as_str()], &[]).await;
        return answered(answer);
    };
    // That there is no such table is another matter than that it has no policy.
    let table = signer.get(&S3TABLES_GET_TABLE, &[], &[("tableArn", arn.as_str())]).await?;
    let namespace = table.pointer("/namespace/0").and_then(|name| name.as_str()).ok_or_else(Failure::garbled)?;
    let name = member(&table, "name")?.ok_or_else(Failure::garbled)?;
    answered(signer.get(&S3TABLES_GET_TABLE_POLICY, &[bucket, namespace, name], &[]).await)
}

fn answered(answer: Result<serde_json::Value, Failure>) -> Outcome {
    match answer {
        Ok(answer) => policy(member(&answer, "resourcePolicy")?.ok_or_else(Failure::garbled)?).map(Some),
        Err(failure) => failure.none_if(NONE),
    }
}
