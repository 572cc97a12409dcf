//! Makes changes: each by a session whose policy lets it make this one change, and no other.

mod copy;
mod iam;
mod kms;
mod resource;
mod s3;

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::clients::Clients;
use super::errors::{Failure, Outcome};
use super::sessions::{Ambient, check_region};
use super::{kms as keys, resource_policy, s3 as objects, s3control, vpc};
use crate::arn::Partition;
use crate::evidence::{Answer, Document};
use crate::ports::Writer;
use crate::remedy::{Edit, Image, Place, edit_policy, look_policy};

/// Writes for one event. Made by [`Edge::writer`](super::Edge::writer).
pub struct AwsWriter {
    ambient: Arc<Ambient>,
    name: String,
    /// The role to assume for a change; `None` writes with the credentials at hand.
    role: Option<String>,
    /// What is longer is copied in parts.
    pub(super) copied_at_once: i64,
}

/// Why an edit was not made: what AWS said, or what we found.
enum Refused {
    Call(Failure),
    Found(String),
}

impl<E> From<E> for Refused
where
    Failure: From<E>,
{
    fn from(error: E) -> Self {
        Self::Call(error.into())
    }
}

impl Refused {
    fn found(why: &str) -> Self {
        Self::Found(why.to_owned())
    }

    fn in_words(&self) -> String {
        match self {
            Self::Call(failure) => format!("AWS did not make the change: {}", failure.in_words()),
            Self::Found(why) => why.clone(),
        }
    }
}

impl AwsWriter {
    pub(super) fn new(ambient: Arc<Ambient>, event_id: &str, role: Option<String>) -> Self {
        let name = super::sessions::session_name(event_id);
        Self { ambient, name, role, copied_at_once: copy::AT_ONCE }
    }

    /// Clients for one place, that may do what a session policy lets them.
    async fn clients(&self, place: &Place, policy: impl FnOnce(Partition) -> Value) -> Result<Clients, Failure> {
        let region = place.region().filter(|region| !region.is_empty()).unwrap_or_else(|| self.ambient.region());
        check_region(region).map_err(Failure::new)?;
        let account = place.account();
        let Some(role) = &self.role else {
            self.ambient.own(account).await.map_err(Failure::new)?;
            return Ok(self.ambient.clients(Some(account), region, None, None));
        };
        let partition = Partition::of_region(region);
        let arn = format!("arn:{partition}:iam::{account}:role/{role}");
        let policy = policy(partition).to_string();
        let credentials = self.ambient.assume_for(arn, account, policy, &self.name).await?;
        Ok(self.ambient.clients(Some(account), region, Some(credentials), None))
    }

    async fn look(&self, place: &Place) -> Result<Image, Failure> {
        let clients = self.clients(place, |partition| look_policy(place, partition)).await?;
        read(&clients, place).await
    }

    async fn put(&self, edit: &Edit) -> Result<(), Refused> {
        let clients = self.clients(&edit.place, |partition| edit_policy(edit, partition)).await?;
        match &edit.place {
            Place::ObjectAcl { .. } | Place::Ownership(_) | Place::BucketPolicy(_) => {
                s3::write(clients.s3(), edit).await?;
            }
            Place::AccessPointPolicy(point) => s3::write_access_point(clients.s3control(), point, edit).await?,
            Place::InlinePolicy { .. } | Place::TrustPolicy(_) => iam::write(clients.iam(), edit).await?,
            Place::ManagedPolicy { arn, .. } => iam::write_managed(clients.iam(), arn, edit).await?,
            Place::KeyPolicy(_) | Place::KeyGrant { .. } | Place::KeyState(_) => {
                kms::write(clients.kms(), edit).await?;
            }
            Place::EndpointPolicy { endpoint, .. } => {
                resource::write_endpoint(clients.signer(), endpoint, document(&edit.after)?).await?;
            }
            Place::ResourcePolicy { arn, .. } => resource::write(clients.signer(), arn, edit).await?,
            Place::FunctionStatement { arn, statement, .. } => {
                resource::write_function(clients.signer(), arn, statement, &edit.after).await?;
            }
            Place::Object { object, owner } => {
                copy::write(clients.s3(), object, owner, edit, self.copied_at_once).await?;
            }
        }
        Ok(())
    }
}

/// What is in a place.
async fn read(clients: &Clients, place: &Place) -> Result<Image, Failure> {
    let none_or = |outcome: Outcome| outcome.and_then(|answer| answer.map_or(Ok(Image::Nothing), image));
    match place {
        Place::ObjectAcl { object, .. } => {
            none_or(objects::object_acl(clients.s3(), &object.bucket, &object.key, object.version.as_deref()).await)
        }
        Place::Ownership(bucket) => none_or(objects::ownership(clients.s3(), bucket).await),
        Place::BucketPolicy(bucket) => none_or(objects::policy(clients.s3(), bucket).await),
        Place::AccessPointPolicy(point) => none_or(s3control::access_point_policy(clients.s3control(), point).await),
        Place::InlinePolicy { entity, policy } => {
            none_or(super::iam::inline_policy(clients.iam(), entity, policy).await)
        }
        Place::ManagedPolicy { arn, .. } => none_or(super::iam::managed_policy(clients.iam(), arn).await),
        Place::TrustPolicy(role) => none_or(super::iam::identity(clients.iam(), role).await),
        Place::KeyPolicy(key) => none_or(keys::key_policy(clients.kms(), key).await),
        Place::KeyState(key) => none_or(keys::key(clients.kms(), key).await),
        Place::KeyGrant { on, name } => {
            let found = keys::named_grant(clients.kms(), on, name).await?;
            Ok(found.map_or(Image::Nothing, |(_, grant)| Image::Grant(grant)))
        }
        Place::EndpointPolicy { endpoint, .. } => none_or(vpc::endpoint(clients.signer(), endpoint).await),
        Place::ResourcePolicy { account, arn } => none_or(resource_policy::ask(clients, *account, arn).await),
        Place::FunctionStatement { account, arn, statement } => {
            let policy = resource_policy::ask(clients, *account, arn).await?;
            let Some(Answer::Policy(document)) = policy else { return Ok(Image::Nothing) };
            Ok(document.statement(statement).cloned().map_or(Image::Nothing, Image::Statement))
        }
        Place::Object { object, .. } => {
            let stored = copy::stored(clients.s3(), object).await?;
            Ok(stored.map_or(Image::Nothing, |(stored, _)| Image::Object(Box::new(stored))))
        }
    }
}

/// What an answer says is in a place; it is garbled if it does not say.
fn image(answer: Answer) -> Result<Image, Failure> {
    if let Answer::Acl(acl) = answer {
        Ok(Image::Acl(acl))
    } else if let Answer::Ownership(ownership) = answer {
        Ok(Image::Ownership(ownership))
    } else if let Answer::Policy(document) = answer {
        Ok(Image::Policy(document))
    } else if let Answer::KmsKey(info) = answer {
        Ok(Image::KeyState(info.state))
    } else if let Answer::Identity(info) = answer {
        info.trust.map(Image::Policy).ok_or_else(Failure::garbled)
    } else if let Answer::VpcEndpoint(info) = answer {
        Ok(info.policy.map_or(Image::Nothing, Image::Policy))
    } else {
        Err(Failure::garbled())
    }
}

impl Writer for AwsWriter {
    async fn complete(&self, edit: Edit) -> Result<Edit, String> {
        let Place::Object { object, owner } = &edit.place else { return Ok(edit) };
        // Only an edit as it was planned: one that is to be undone is complete.
        if !matches!((&edit.before, &edit.after), (Image::Owner(_), Image::Owner(_))) {
            return Ok(edit);
        }
        let completed = async {
            let clients = self.clients(&edit.place, |partition| look_policy(&edit.place, partition)).await?;
            copy::completed(clients.s3(), object, owner).await
        };
        let (before, after) = completed.await.map_err(|refused: Refused| refused.in_words())?;
        Ok(Edit { before, after, place: edit.place })
    }

    async fn read(&self, place: &Place) -> Result<Image, String> {
        let told = |failure: Failure| format!("what is there now could not be read: {}", failure.in_words());
        self.look(place).await.map_err(told)
    }

    async fn write(&self, edit: &Edit) -> Result<(), String> {
        self.put(edit).await.map_err(|refused| refused.in_words())
    }
}

impl fmt::Debug for AwsWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsWriter").field("role", &self.role).finish_non_exhaustive()
    }
}

/// The policy of an image, as AWS takes it; garbled if it is none: no plan makes such an edit.
fn document(image: &Image) -> Result<String, Failure> {
    match image {
        Image::Policy(document) | Image::Version(document) => text(document),
        Image::Acl(_)
        | Image::Ownership(_)
        | Image::Statement(_)
        | Image::Grant(_)
        | Image::KeyState(_)
        | Image::Owner(_)
        | Image::Object(_)
        | Image::Nothing => Err(Failure::garbled()),
    }
}

fn text(document: &Document) -> Result<String, Failure> {
    document.value().map(ToString::to_string).ok_or_else(Failure::garbled)
}
