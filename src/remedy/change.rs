//! Changes that remedies make, as data.

use serde::{Deserialize, Serialize};

use crate::arn::{AccountId, Arn};
use crate::evidence::{
    AccessPointRef, Acl, Answer, BucketRef, Document, Entity, Evidence, Fact, KeyRef, KmsGrant, KmsKeyInfo,
    ObjectOwnership, ObjectRef, Question,
};

/// One change of one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
pub enum Change {
    /// The object's ACL is replaced. Only its owner can do so.
    ObjectAcl {
        /// The object.
        #[serde(flatten)]
        object: ObjectRef,
        /// The account that owns it, where that is known.
        owner: Option<AccountId>,
        /// The canonical id of the bucket's owner.
        bucket_owner: String,
        /// The ACL that is there, where it could be read.
        before: Option<Acl>,
        /// The ACL that takes its place.
        after: Acl,
    },
    /// Object Ownership of a bucket is set.
    Ownership {
        /// The bucket.
        #[serde(flatten)]
        bucket: BucketRef,
        /// The setting that is there; `None` where there is none.
        before: Option<ObjectOwnership>,
        /// The setting that takes its place.
        after: ObjectOwnership,
    },
    /// The object is copied onto itself, by the bucket's owner, who owns the copy.
    CopyOntoItself {
        /// The object.
        #[serde(flatten)]
        object: ObjectRef,
        /// The canonical id of the copy's owner.
        owner: String,
        /// That of who owns the object now.
        before: String,
    },
    /// A policy is replaced, or made.
    Policy {
        /// Which.
        on: PolicyPlace,
        /// The policy that is there; `None` where there is none.
        before: Option<Document>,
        /// The policy that takes its place.
        after: Document,
    },
    /// A grant of a KMS key is made.
    KeyGrant {
        /// The key.
        #[serde(flatten)]
        key: KeyRef,
        /// The grants that are there.
        before: Vec<KmsGrant>,
        /// The grant.
        grant: KmsGrant,
    },
    /// A KMS key that is disabled is enabled.
    EnableKey {
        /// The key.
        #[serde(flatten)]
        key: KeyRef,
        /// The key as it is.
        before: KmsKeyInfo,
    },
    /// The object is encrypted anew, by a person, under a key that the person chooses.
    ReEncrypt {
        /// The object.
        #[serde(flatten)]
        object: ObjectRef,
    },
    /// The request is to be made in another way; nothing in AWS is changed.
    Request {
        /// How.
        how: Way,
    },
}

/// How a request is to be made in another way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Say that the requester pays.
    RequesterPays,
    /// Pass this external ID.
    ExternalId(String),
}

/// Where a policy is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum PolicyPlace {
    /// On a bucket.
    Bucket(BucketRef),
    /// On an access point.
    AccessPoint(AccessPointRef),
    /// On a KMS key.
    Key(KeyRef),
    /// On a VPC endpoint.
    Endpoint {
        /// Its owner.
        account: AccountId,
        /// Its Region.
        region: String,
        /// Its id.
        endpoint: String,
    },
    /// On a role, for those who take it.
    Trust(Entity),
    /// Inline, on a user or role.
    Inline {
        /// Whose.
        #[serde(flatten)]
        entity: Entity,
        /// Its name.
        policy: String,
    },
    /// A managed policy of the customer's own.
    Managed {
        /// Its account.
        account: AccountId,
        /// Its ARN.
        arn: Arn,
    },
    /// On another resource.
    Resource {
        /// Its account.
        account: AccountId,
        /// Its ARN.
        arn: Arn,
    },
}

impl PolicyPlace {
    /// The account whose policy it is.
    #[must_use]
    pub fn account(&self) -> AccountId {
        match self {
            Self::Bucket(bucket) => bucket.account,
            Self::AccessPoint(point) => point.account,
            Self::Key(key) => key.account,
            Self::Endpoint { account, .. } | Self::Managed { account, .. } | Self::Resource { account, .. } => *account,
            Self::Trust(entity) | Self::Inline { entity, .. } => entity.account,
        }
    }
}

impl Change {
    /// The account that is changed; `None` where it is not known whose the object is, and where nothing is changed.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::ObjectAcl { owner, .. } => *owner,
            Self::Request { .. } => None,
            Self::Ownership { bucket, .. } => Some(bucket.account),
            Self::CopyOntoItself { object, .. } | Self::ReEncrypt { object } => Some(object.bucket.account),
            Self::Policy { on, .. } => Some(on.account()),
            Self::KeyGrant { key, .. } | Self::EnableKey { key, .. } => Some(key.account),
        }
    }

    /// The evidence as it would be after the change.
    #[must_use]
    pub fn applied_to(&self, evidence: &Evidence) -> Evidence {
        let mut changed = evidence.clone();
        let mut known = |question: Question, answer: Answer| changed.insert(question, Fact::Known(answer));
        match self {
            Self::ObjectAcl { object, owner, after, .. } => {
                if let Some(owner) = owner {
                    let question = Question::OwnersObjectAcl { object: object.clone(), owner: *owner };
                    known(question, Answer::Acl(after.clone()));
                }
                known(acl_question(object), Answer::Acl(after.clone()));
            }
            Self::Ownership { bucket, after, .. } => {
                known(Question::BucketOwnership(bucket.clone()), Answer::Ownership(*after));
            }
            Self::CopyOntoItself { object, owner, .. } => {
                let question = object_question(object);
                if let Some(Fact::Known(Answer::Object(info))) = evidence.get(&question) {
                    let mut info = info.clone();
                    info.owner = Some(owner.clone());
                    known(question, Answer::Object(info));
                }
                let grants = vec![crate::evidence::Grant {
                    grantee: crate::evidence::Grantee::Account(owner.clone()),
                    permission: crate::evidence::Permission::FullControl,
                }];
                known(acl_question(object), Answer::Acl(Acl { owner: Some(owner.clone()), grants }));
            }
            Self::Policy { on, after, .. } => apply_policy(on, after, evidence, &mut known),
            Self::KeyGrant { key, before, grant } => {
                let grants = before.iter().chain([grant]).cloned().collect();
                known(Question::KmsGrants(key.clone()), Answer::KmsGrants(grants));
            }
            Self::EnableKey { key, before } => {
                let info = KmsKeyInfo { state: "Enabled".to_owned(), ..before.clone() };
                known(Question::KmsKey(key.clone()), Answer::KmsKey(info));
            }
            // What becomes of the object hangs on the key that is chosen.
            Self::ReEncrypt { .. } | Self::Request { .. } => {}
        }
        changed
    }
}

fn apply_policy(on: &PolicyPlace, after: &Document, evidence: &Evidence, known: &mut impl FnMut(Question, Answer)) {
    let policy = || Answer::Policy(after.clone());
    match on {
        PolicyPlace::Bucket(bucket) => known(Question::BucketPolicy(bucket.clone()), policy()),
        PolicyPlace::AccessPoint(point) => known(Question::AccessPointPolicy(point.clone()), policy()),
        PolicyPlace::Key(key) => known(Question::KmsKeyPolicy(key.clone()), policy()),
        PolicyPlace::Endpoint { account, region, endpoint } => {
            let (region, endpoint) = (region.clone(), endpoint.clone());
            let question = Question::VpcEndpoint { account: *account, region, endpoint };
            if let Some(Fact::Known(Answer::VpcEndpoint(info))) = evidence.get(&question) {
                let mut info = info.clone();
                info.policy = Some(after.clone());
                known(question, Answer::VpcEndpoint(info));
            }
        }
        PolicyPlace::Trust(role) => {
            let question = Question::Identity(role.clone());
            if let Some(Fact::Known(Answer::Identity(info))) = evidence.get(&question) {
                let mut info = info.clone();
                info.trust = Some(after.clone());
                known(question, Answer::Identity(info));
            }
        }
        PolicyPlace::Inline { entity, policy: name } => {
            let names = Question::InlinePolicies(entity.clone());
            let mut list = match evidence.get(&names) {
                Some(Fact::Known(Answer::Names(list))) => list.clone(),
                _ => Vec::new(),
            };
            if !list.contains(name) {
                list.push(name.clone());
                known(names, Answer::Names(list));
            }
            known(Question::InlinePolicy { of: entity.clone(), policy: name.clone() }, policy());
        }
        PolicyPlace::Managed { account, arn } => {
            known(Question::ManagedPolicy { account: *account, arn: arn.clone() }, policy());
        }
        PolicyPlace::Resource { account, arn } => {
            known(Question::ResourcePolicy { account: *account, arn: arn.clone() }, policy());
        }
    }
}

/// How the ACL of an object is asked for.
#[must_use]
pub(super) fn acl_question(object: &ObjectRef) -> Question {
    let (bucket, key) = (object.bucket.clone(), object.key.clone());
    match object.version.clone() {
        None => Question::ObjectAcl { bucket, key },
        Some(version) => Question::ObjectVersionAcl { bucket, key, version },
    }
}

/// How an object is asked for.
#[must_use]
pub(super) fn object_question(object: &ObjectRef) -> Question {
    let (bucket, key) = (object.bucket.clone(), object.key.clone());
    match object.version.clone() {
        None => Question::Object { bucket, key },
        Some(version) => Question::ObjectVersion { bucket, key, version },
    }
}
