//! Writes to S3: ACLs, Object Ownership, and the policies of buckets and access points. Every call names the owner that we
//! expect.

use aws_sdk_s3::Client;
use aws_sdk_s3::types::{ObjectCannedAcl, OwnershipControls, OwnershipControlsRule};

use super::document;
use crate::aws::errors::Failure;
use crate::evidence::{AccessPointRef, ObjectOwnership};
use crate::remedy::{Edit, Image, Place, canned};

pub(super) async fn write(s3: &Client, edit: &Edit) -> Result<(), Failure> {
    match (&edit.place, &edit.after) {
        (Place::ObjectAcl { object, .. }, Image::Acl(_)) => {
            let call = s3
                .put_object_acl()
                .bucket(&object.bucket.bucket)
                .expected_bucket_owner(object.bucket.account.to_string())
                .key(&object.key)
                .set_version_id(object.version.clone());
            // By name, where the ACL is one that has a name, so that the role's policy can see what is written.
            // https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
            if let Some(name) = canned(edit) {
                call.acl(ObjectCannedAcl::from(name)).send().await?;
                return Ok(());
            }
            let mut call = call;
            for (header, value) in edit.after.grant_headers() {
                call = match header {
                    "grant-full-control" => call.set_grant_full_control(value),
                    "grant-read" => call.set_grant_read(value),
                    "grant-read-acp" => call.set_grant_read_acp(value),
                    _ => call.set_grant_write_acp(value),
                };
            }
            call.send().await?;
        }
        (Place::Ownership(bucket), Image::Ownership(ownership)) => {
            let rule = OwnershipControlsRule::builder().object_ownership(ownership_value(*ownership)).build();
            let controls = rule.and_then(|rule| OwnershipControls::builder().rules(rule).build());
            s3.put_bucket_ownership_controls()
                .bucket(&bucket.bucket)
                .expected_bucket_owner(bucket.account.to_string())
                .ownership_controls(controls.map_err(|_| Failure::garbled())?)
                .send()
                .await?;
        }
        (Place::Ownership(bucket), Image::Nothing) => {
            let call = s3.delete_bucket_ownership_controls().bucket(&bucket.bucket);
            call.expected_bucket_owner(bucket.account.to_string()).send().await?;
        }
        (Place::BucketPolicy(bucket), Image::Nothing) => {
            let call = s3.delete_bucket_policy().bucket(&bucket.bucket);
            call.expected_bucket_owner(bucket.account.to_string()).send().await?;
        }
        (Place::BucketPolicy(bucket), after) => {
            let call = s3.put_bucket_policy().bucket(&bucket.bucket).policy(document(after)?);
            call.expected_bucket_owner(bucket.account.to_string()).send().await?;
        }
        _ => return Err(Failure::garbled()),
    }
    Ok(())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutAccessPointPolicy.html>
pub(super) async fn write_access_point(
    s3control: &aws_sdk_s3control::Client,
    point: &AccessPointRef,
    edit: &Edit,
) -> Result<(), Failure> {
    let account = point.account.to_string();
    if edit.after == Image::Nothing {
        s3control.delete_access_point_policy().account_id(account).name(&point.access_point).send().await?;
    } else {
        let call = s3control.put_access_point_policy().account_id(account).name(&point.access_point);
        call.policy(document(&edit.after)?).send().await?;
    }
    Ok(())
}

fn ownership_value(ownership: ObjectOwnership) -> aws_sdk_s3::types::ObjectOwnership {
    use aws_sdk_s3::types::ObjectOwnership as Sdk;
    match ownership {
        ObjectOwnership::BucketOwnerEnforced => Sdk::BucketOwnerEnforced,
        ObjectOwnership::BucketOwnerPreferred => Sdk::BucketOwnerPreferred,
        ObjectOwnership::ObjectWriter => Sdk::ObjectWriter,
    }
}
