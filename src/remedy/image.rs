//! What a change finds and leaves, as something that can be written, read back, compared, and put back.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Change, Place, PolicyPlace, Stored};
use crate::evidence::{Acl, Document, Grantee, KeyRef, KmsGrant, ObjectOwnership, Permission};

/// What is in a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Image {
    /// An ACL.
    Acl(Acl),
    /// A setting of Object Ownership.
    Ownership(ObjectOwnership),
    /// A policy.
    Policy(Document),
    /// A policy as a version of a managed policy, which is made for it and taken away again.
    Version(Document),
    /// One statement of a function's policy.
    Statement(Value),
    /// A grant of a key.
    Grant(KmsGrant),
    /// The state of a key: `Enabled`, `Disabled` and the like.
    KeyState(String),
    /// An object, by who owns it: all that is known of it before it is looked at.
    Owner(String),
    /// An object with all that is kept with it.
    Object(Box<Stored>),
    /// Nothing.
    Nothing,
}

/// One thing to write: where, what is there, and what takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// Where.
    pub place: Place,
    /// What is there. Whoever finds anything else there does not write.
    pub before: Image,
    /// What takes its place.
    pub after: Image,
}

impl Image {
    /// Whether both mean the same: the order of an ACL's grants does not matter, nor that of a policy's members; of an
    /// object, what a copy cannot keep does not count.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Acl(one), Self::Acl(other)) => {
                one.owner == other.owner
                    && one.grants.len() == other.grants.len()
                    && one.grants.iter().all(|grant| other.grants.contains(grant))
            }
            (Self::Policy(one) | Self::Version(one), Self::Policy(other) | Self::Version(other)) => one == other,
            (Self::Owner(owner), Self::Object(object)) | (Self::Object(object), Self::Owner(owner)) => {
                object.owner == *owner
            }
            (Self::Object(one), Self::Object(other)) => one.differences(other).is_empty(),
            (one, other) => one == other,
        }
    }

    /// The headers of an ACL's permissions with their values: who has each, as S3 takes them, `id="…", uri="…"`.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html>
    #[must_use]
    pub fn grant_headers(&self) -> Vec<(&'static str, Option<String>)> {
        let Self::Acl(acl) = self else { return Vec::new() };
        let row = |(name, permission): (&'static str, Permission)| {
            let of = acl.grants.iter().filter(|grant| grant.permission == permission);
            let who: Vec<_> = of.filter_map(|grant| written(&grant.grantee)).collect();
            (name, (!who.is_empty()).then(|| who.join(", ")))
        };
        [
            ("grant-full-control", Permission::FullControl),
            ("grant-read", Permission::Read),
            ("grant-read-acp", Permission::ReadAcp),
            ("grant-write-acp", Permission::WriteAcp),
        ]
        .map(row)
        .to_vec()
    }
}

/// A grantee in a header; `None` for a kind that we do not write.
fn written(grantee: &Grantee) -> Option<String> {
    match grantee {
        Grantee::Account(id) => Some(format!("id=\"{id}\"")),
        Grantee::Group(group) => Some(format!("uri=\"{}\"", group.uri())),
        Grantee::Other(_) => None,
    }
}

/// Whether every entry of an ACL can be written: there is nothing to write *into* an object, and nobody knows how to name
/// grantees of an unknown kind.
fn is_writable(acl: &Acl) -> bool {
    let can = |grantee: &Grantee, permission| written(grantee).is_some() && permission != Permission::Write;
    acl.grants.iter().all(|grant| can(&grant.grantee, grant.permission))
}

impl Edit {
    /// The edit that makes a change; `None` for a change that this program does not make, or whose place could not be
    /// read.
    #[must_use]
    pub fn of(change: &Change) -> Option<Self> {
        let edit = |place, before, after| Some(Self { place, before, after });
        match change {
            Change::ObjectAcl { object, owner, bucket_owner, before, after } => {
                let before = before.clone()?;
                if !is_writable(&before) || !is_writable(after) {
                    return None;
                }
                let (object, bucket_owner) = (object.clone(), bucket_owner.clone());
                let place = Place::ObjectAcl { object, owner: (*owner)?, bucket_owner };
                edit(place, Image::Acl(before), Image::Acl(after.clone()))
            }
            Change::Ownership { bucket, before, after } => edit(
                Place::Ownership(bucket.clone()),
                before.map_or(Image::Nothing, Image::Ownership),
                Image::Ownership(*after),
            ),
            Change::Policy { on, before, after } => of_policy(on, before.as_ref(), after),
            Change::KeyGrant { key, grant, .. } => {
                edit(Place::of_grant(key, grant), Image::Nothing, Image::Grant(grant.clone()))
            }
            Change::EnableKey { key, before } => edit(
                // An alias can be pointed at another key.
                Place::KeyState(KeyRef { key: before.arn.to_string(), ..key.clone() }),
                Image::KeyState(before.state.clone()),
                Image::KeyState("Enabled".to_owned()),
            ),
            Change::CopyOntoItself { object, owner, before } => edit(
                Place::Object { object: object.clone(), owner: owner.clone() },
                Image::Owner(before.clone()),
                Image::Owner(owner.clone()),
            ),
            Change::ReEncrypt { .. } | Change::Request { .. } => None,
        }
    }

    /// The edit that puts back what was there.
    #[must_use]
    pub fn undo(&self) -> Self {
        Self { place: self.place.clone(), before: self.after.clone(), after: self.before.clone() }
    }

    /// What writing it takes.
    #[must_use]
    pub fn actions(&self) -> &'static [&'static str] {
        let row = self.place.written();
        if self.takes_away() { row.undoes } else { row.writes }
    }

    /// Whether it takes away what was made, where nothing was there, or something that is kept elsewhere.
    #[must_use]
    pub fn takes_away(&self) -> bool {
        match (&self.place, &self.after) {
            (_, Image::Nothing) | (Place::ManagedPolicy { .. }, Image::Policy(_)) => true,
            (_, Image::KeyState(state)) => state != "Enabled",
            (Place::Object { owner, .. }, Image::Object(stored)) => stored.owner != *owner,
            (Place::Object { owner, .. }, Image::Owner(other)) => other != owner,
            _ => false,
        }
    }

    /// Why it cannot be undone, if it cannot.
    #[must_use]
    pub fn for_good(&self) -> Option<&'static str> {
        match (&self.place, &self.before) {
            (Place::Object { .. }, Image::Object(stored)) if stored.version.is_none() => {
                Some("the bucket keeps no versions, so that the object from before is gone")
            }
            _ => None,
        }
    }
}

fn of_policy(on: &PolicyPlace, before: Option<&Document>, after: &Document) -> Option<Edit> {
    let was = before.cloned().map_or(Image::Nothing, Image::Policy);
    let (place, before, after) = match on {
        PolicyPlace::Bucket(bucket) => (Place::BucketPolicy(bucket.clone()), was, Image::Policy(after.clone())),
        PolicyPlace::AccessPoint(point) => (Place::AccessPointPolicy(point.clone()), was, Image::Policy(after.clone())),
        PolicyPlace::Inline { entity, policy } => {
            let (entity, policy) = (entity.clone(), policy.clone());
            (Place::InlinePolicy { entity, policy }, was, Image::Policy(after.clone()))
        }
        PolicyPlace::Resource { account, arn } => Place::of_resource(*account, arn, before, after)?,
        // What is always there, and cannot be taken away.
        PolicyPlace::Key(key) => {
            (Place::KeyPolicy(key.clone()), Image::Policy(before?.clone()), Image::Policy(after.clone()))
        }
        PolicyPlace::Trust(role) => {
            (Place::TrustPolicy(role.clone()), Image::Policy(before?.clone()), Image::Policy(after.clone()))
        }
        PolicyPlace::Endpoint { account, region, endpoint } => {
            let (region, endpoint) = (region.clone(), endpoint.clone());
            let place = Place::EndpointPolicy { account: *account, region, endpoint };
            (place, Image::Policy(before?.clone()), Image::Policy(after.clone()))
        }
        PolicyPlace::Managed { account, arn } => {
            let place = Place::ManagedPolicy { account: *account, arn: arn.clone() };
            (place, Image::Policy(before?.clone()), Image::Version(after.clone()))
        }
    };
    Some(Edit { place, before, after })
}
