//! Makes changes: each by a session whose policy lets it make this one change, and no other.

use std::fmt;
use std::sync::Arc;

use aws_sdk_s3::types::{OwnershipControls, OwnershipControlsRule};

use super::clients::Clients;
use super::errors::{Failure, Outcome};
use super::sessions::Ambient;
use super::{iam, s3};
use crate::arn::{AccountId, Partition};
use crate::evidence::{Acl, Answer, Document, EntityKind, Fact, Grantee, ObjectOwnership, Permission};
use crate::ports::Writer;
use crate::remedy::{Edit, Image, Place, edit_policy};

/// Writes for one event. Made by [`Edge::writer`](super::Edge::writer).
pub struct AwsWriter {
    ambient: Arc<Ambient>,
    name: String,
    /// The role to assume for a change; `None` writes with the credentials at hand.
    role: Option<String>,
}

impl AwsWriter {
    pub(super) fn new(ambient: Arc<Ambient>, event_id: &str, role: Option<String>) -> Self {
        Self { ambient, name: super::sessions::session_name(event_id), role }
    }

    /// Clients that may read and write one place.
    async fn clients(&self, place: &Place) -> Result<Clients, Failure> {
        let (account, region) = home(place);
        let region = region.unwrap_or_else(|| self.ambient.region().to_owned());
        let Some(role) = &self.role else { return Ok(self.ambient.clients(Some(account), &region, None, None)) };
        let partition = Partition::of_region(&region);
        let arn = format!("arn:{partition}:iam::{account}:role/{role}");
        let policy = edit_policy(place, partition).to_string();
        let credentials = self.ambient.assume_for(arn, account, policy, &self.name).await?;
        Ok(self.ambient.clients(Some(account), &region, Some(credentials), None))
    }

    async fn look(&self, place: &Place) -> Outcome {
        let clients = self.clients(place).await?;
        match place {
            Place::ObjectAcl { object, .. } => {
                s3::object_acl(clients.s3(), &object.bucket, &object.key, object.version.as_deref()).await
            }
            Place::Ownership(bucket) => s3::ownership(clients.s3(), bucket).await,
            Place::BucketPolicy(bucket) => s3::policy(clients.s3(), bucket).await,
            Place::InlinePolicy { entity, policy } => iam::inline_policy(clients.iam(), entity, policy).await,
        }
    }

    async fn put(&self, edit: &Edit) -> Result<(), Failure> {
        let clients = self.clients(&edit.place).await?;
        match (&edit.place, &edit.after) {
            (Place::ObjectAcl { object, .. }, Image::Acl(acl)) => {
                let granted = grants(acl).ok_or_else(Failure::garbled)?;
                let call = clients
                    .s3()
                    .put_object_acl()
                    .bucket(&object.bucket.bucket)
                    .expected_bucket_owner(object.bucket.account.to_string())
                    .key(&object.key)
                    .set_version_id(object.version.clone())
                    .set_grant_full_control(granted(Permission::FullControl))
                    .set_grant_read(granted(Permission::Read))
                    .set_grant_read_acp(granted(Permission::ReadAcp))
                    .set_grant_write_acp(granted(Permission::WriteAcp));
                call.send().await?;
            }
            (Place::Ownership(bucket), Image::Ownership(ownership)) => {
                let rule = OwnershipControlsRule::builder().object_ownership(ownership_value(*ownership)).build();
                let controls = rule.and_then(|rule| OwnershipControls::builder().rules(rule).build());
                let call = clients
                    .s3()
                    .put_bucket_ownership_controls()
                    .bucket(&bucket.bucket)
                    .expected_bucket_owner(bucket.account.to_string())
                    .ownership_controls(controls.map_err(|_| Failure::garbled())?);
                call.send().await?;
            }
            (Place::Ownership(bucket), Image::Nothing) => {
                let call = clients.s3().delete_bucket_ownership_controls().bucket(&bucket.bucket);
                call.expected_bucket_owner(bucket.account.to_string()).send().await?;
            }
            (Place::BucketPolicy(bucket), Image::Policy(document)) => {
                let call = clients.s3().put_bucket_policy().bucket(&bucket.bucket).policy(text(document));
                call.expected_bucket_owner(bucket.account.to_string()).send().await?;
            }
            (Place::BucketPolicy(bucket), Image::Nothing) => {
                let call = clients.s3().delete_bucket_policy().bucket(&bucket.bucket);
                call.expected_bucket_owner(bucket.account.to_string()).send().await?;
            }
            (Place::InlinePolicy { entity, policy }, Image::Policy(document)) => {
                let (iam, name, text) = (clients.iam(), &entity.name, text(document));
                match entity.kind {
                    EntityKind::Role => {
                        iam.put_role_policy().role_name(name).policy_name(policy).policy_document(text).send().await?;
                    }
                    EntityKind::User => {
                        iam.put_user_policy().user_name(name).policy_name(policy).policy_document(text).send().await?;
                    }
                    EntityKind::Group => {
                        iam.put_group_policy()
                            .group_name(name)
                            .policy_name(policy)
                            .policy_document(text)
                            .send()
                            .await?;
                    }
                }
            }
            (Place::InlinePolicy { entity, policy }, Image::Nothing) => {
                let (iam, name) = (clients.iam(), &entity.name);
                match entity.kind {
                    EntityKind::Role => {
                        iam.delete_role_policy().role_name(name).policy_name(policy).send().await?;
                    }
                    EntityKind::User => {
                        iam.delete_user_policy().user_name(name).policy_name(policy).send().await?;
                    }
                    EntityKind::Group => {
                        iam.delete_group_policy().group_name(name).policy_name(policy).send().await?;
                    }
                }
            }
            // An image of another kind than its place: no plan makes one.
            (Place::ObjectAcl { .. }, Image::Nothing | Image::Ownership(_) | Image::Policy(_))
            | (Place::Ownership(_), Image::Acl(_) | Image::Policy(_))
            | (Place::BucketPolicy(_) | Place::InlinePolicy { .. }, Image::Acl(_) | Image::Ownership(_)) => {
                return Err(Failure::garbled());
            }
        }
        Ok(())
    }
}

impl Writer for AwsWriter {
    async fn read(&self, place: &Place) -> Fact<Answer> {
        match self.look(place).await {
            Ok(Some(answer)) => Fact::Known(answer),
            Ok(None) => Fact::Absent,
            Err(failure) => Fact::Unreadable(failure.why().clone()),
        }
    }

    async fn write(&self, edit: &Edit) -> Result<(), String> {
        self.put(edit).await.map_err(|failure| format!("AWS did not make the change: {}", failure.in_words()))
    }
}

impl fmt::Debug for AwsWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsWriter").field("role", &self.role).finish_non_exhaustive()
    }
}

/// The account that writes, and the Region; IAM has none of its own.
fn home(place: &Place) -> (AccountId, Option<String>) {
    match place {
        Place::ObjectAcl { object, owner } => (*owner, Some(object.bucket.region.clone())),
        Place::Ownership(bucket) | Place::BucketPolicy(bucket) => (bucket.account, Some(bucket.region.clone())),
        Place::InlinePolicy { entity, .. } => (entity.account, None),
    }
}

fn text(document: &Document) -> String {
    document.value().map(ToString::to_string).unwrap_or_default()
}

fn ownership_value(ownership: ObjectOwnership) -> aws_sdk_s3::types::ObjectOwnership {
    use aws_sdk_s3::types::ObjectOwnership as Sdk;
    match ownership {
        ObjectOwnership::BucketOwnerEnforced => Sdk::BucketOwnerEnforced,
        ObjectOwnership::BucketOwnerPreferred => Sdk::BucketOwnerPreferred,
        ObjectOwnership::ObjectWriter => Sdk::ObjectWriter,
    }
}

/// Every permission of an object with who has it, as S3 takes them in headers: `id="…", uri="…"`; `None` if an entry is of
/// a kind that we do not write.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html>
fn grants(acl: &Acl) -> Option<impl Fn(Permission) -> Option<String>> {
    let mut rows: Vec<(Permission, String)> = Vec::with_capacity(acl.grants.len());
    for grant in &acl.grants {
        let grantee = match &grant.grantee {
            Grantee::Account(id) => format!("id=\"{id}\""),
            Grantee::Group(group) => format!("uri=\"{}\"", group.uri()),
            Grantee::Other(_) => return None,
        };
        // There is nothing to write into an object.
        if grant.permission == Permission::Write {
            return None;
        }
        rows.push((grant.permission, grantee));
    }
    Some(move |permission| {
        let who: Vec<_> = rows.iter().filter(|row| row.0 == permission).map(|row| row.1.as_str()).collect();
        (!who.is_empty()).then(|| who.join(", "))
    })
}
