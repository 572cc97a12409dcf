//! What a change finds and leaves, as something that can be written, read back, compared, and put back.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Change, PolicyPlace};
use crate::arn::{AccountId, Partition};
use crate::evidence::{
    Acl, Answer, BucketRef, Document, Entity, EntityKind, Fact, ObjectOwnership, ObjectRef, Question,
};

/// What can be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "kebab-case")]
pub enum Place {
    /// An object's ACL.
    ObjectAcl {
        /// The object.
        #[serde(flatten)]
        object: ObjectRef,
        /// The account that owns it.
        owner: AccountId,
    },
    /// Object Ownership of a bucket.
    Ownership(BucketRef),
    /// A bucket's policy.
    BucketPolicy(BucketRef),
    /// An inline policy of a user or role.
    InlinePolicy {
        /// Whose.
        #[serde(flatten)]
        entity: Entity,
        /// Its name.
        policy: String,
    },
}

/// What is in a place; `None` is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Image {
    /// An ACL.
    Acl(Acl),
    /// A setting of Object Ownership.
    Ownership(ObjectOwnership),
    /// A policy.
    Policy(Document),
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

impl Place {
    /// The question that reads what is in the place.
    #[must_use]
    pub fn question(&self) -> Question {
        match self {
            Self::ObjectAcl { object, owner } => Question::OwnersObjectAcl { object: object.clone(), owner: *owner },
            Self::Ownership(bucket) => Question::BucketOwnership(bucket.clone()),
            Self::BucketPolicy(bucket) => Question::BucketPolicy(bucket.clone()),
            Self::InlinePolicy { entity, policy } => {
                Question::InlinePolicy { of: entity.clone(), policy: policy.clone() }
            }
        }
    }

    /// A name of the place, the same for the same place: two edits of it must not run at once.
    #[must_use]
    pub fn name(&self) -> String {
        let question = self.question();
        let account = question.account().map(|account| account.to_string()).unwrap_or_default();
        format!("{account}/{}/{}", question.spec().name, question.target())
    }
}

impl Image {
    /// What an answer says is in a place; `None` if it does not say.
    #[must_use]
    pub fn of(fact: &Fact<Answer>) -> Option<Self> {
        match fact {
            Fact::Absent => Some(Self::Nothing),
            Fact::Known(Answer::Acl(acl)) => Some(Self::Acl(acl.clone())),
            Fact::Known(Answer::Ownership(ownership)) => Some(Self::Ownership(*ownership)),
            Fact::Known(Answer::Policy(document)) => Some(Self::Policy(document.clone())),
            Fact::Known(_) | Fact::Unreadable(_) => None,
        }
    }

    /// Whether both mean the same: the order of an ACL's grants does not matter, nor that of a policy's members.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Acl(one), Self::Acl(other)) => {
                one.owner == other.owner
                    && one.grants.len() == other.grants.len()
                    && one.grants.iter().all(|grant| other.grants.contains(grant))
            }
            (one, other) => one == other,
        }
    }
}

impl Edit {
    /// The edit that makes a change; `None` for a change that this program does not make, or whose place could not be
    /// read.
    #[must_use]
    pub fn of(change: &Change) -> Option<Self> {
        match change {
            Change::ObjectAcl { object, owner, before, after } => Some(Self {
                place: Place::ObjectAcl { object: object.clone(), owner: (*owner)? },
                before: Image::Acl(before.clone()?),
                after: Image::Acl(after.clone()),
            }),
            Change::Ownership { bucket, before, after } => Some(Self {
                place: Place::Ownership(bucket.clone()),
                before: before.map_or(Image::Nothing, Image::Ownership),
                after: Image::Ownership(*after),
            }),
            Change::Policy { on, before, after } => Some(Self {
                place: match on {
                    PolicyPlace::Bucket(bucket) => Place::BucketPolicy(bucket.clone()),
                    PolicyPlace::Inline { entity, policy } => {
                        Place::InlinePolicy { entity: entity.clone(), policy: policy.clone() }
                    }
                    PolicyPlace::AccessPoint(_)
                    | PolicyPlace::Key(_)
                    | PolicyPlace::Endpoint { .. }
                    | PolicyPlace::Trust(_)
                    | PolicyPlace::Managed { .. }
                    | PolicyPlace::Resource { .. } => return None,
                },
                before: before.clone().map_or(Image::Nothing, Image::Policy),
                after: Image::Policy(after.clone()),
            }),
            Change::CopyOntoItself { .. }
            | Change::KeyGrant { .. }
            | Change::EnableKey { .. }
            | Change::Request { .. } => None,
        }
    }

    /// The edit that puts back what was there.
    #[must_use]
    pub fn undo(&self) -> Self {
        Self { place: self.place.clone(), before: self.after.clone(), after: self.before.clone() }
    }
}

/// The session policy that lets one place be read and written, and nothing else.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>
#[must_use]
pub fn edit_policy(place: &Place, partition: Partition) -> Value {
    let bucket = |bucket: &BucketRef| format!("arn:{partition}:s3:::{}", bucket.bucket);
    let (actions, resources) = match place {
        Place::ObjectAcl { object, .. } => {
            let actions: &[&str] = match object.version {
                None => &["s3:GetObjectAcl", "s3:PutObjectAcl"],
                Some(_) => &["s3:GetObjectVersionAcl", "s3:PutObjectVersionAcl"],
            };
            (actions, vec![format!("{}/{}", bucket(&object.bucket), literal(&object.key))])
        }
        Place::Ownership(of) => {
            let actions: &[&str] = &["s3:GetBucketOwnershipControls", "s3:PutBucketOwnershipControls"];
            (actions, vec![bucket(of)])
        }
        Place::BucketPolicy(of) => {
            let actions: &[&str] = &["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];
            (actions, vec![bucket(of)])
        }
        Place::InlinePolicy { entity, .. } => {
            let (actions, kind): (&[&str], _) = match entity.kind {
                EntityKind::Role => (&["iam:GetRolePolicy", "iam:PutRolePolicy", "iam:DeleteRolePolicy"], "role"),
                EntityKind::User => (&["iam:GetUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy"], "user"),
                EntityKind::Group => (&["iam:GetGroupPolicy", "iam:PutGroupPolicy", "iam:DeleteGroupPolicy"], "group"),
            };
            let arn = |path: &str| format!("arn:{partition}:iam::{}:{kind}/{path}{}", entity.account, entity.name);
            (actions, vec![arn(""), arn("*/")])
        }
    };
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": resources }],
    })
}

/// A key whose own wildcards and variables are plain text in a policy.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars>
fn literal(key: &str) -> String {
    key.chars().fold(String::new(), |mut text, c| {
        match c {
            '*' | '?' | '$' => text.extend(['$', '{', c, '}']),
            c => text.push(c),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_for_a_change_can_do_that_change_only() {
        let object = ObjectRef {
            bucket: BucketRef {
                account: "111122223333".parse().unwrap(),
                region: "eu-west-1".to_owned(),
                bucket: "b".to_owned(),
            },
            key: "a*b".to_owned(),
            version: None,
        };
        let place = Place::ObjectAcl { object, owner: "444455556666".parse().unwrap() };
        let policy = edit_policy(&place, Partition::Aws);
        assert_eq!(policy["Statement"][0]["Resource"][0], "arn:aws:s3:::b/a${*}b");
        assert_eq!(policy["Statement"][0]["Action"], serde_json::json!(["s3:GetObjectAcl", "s3:PutObjectAcl"]));
    }
}
