//! What we know about a denial: questions, their answers, and why some have none.

mod answer;
mod cloudfront;
mod document;
mod glue;
mod identity;
mod kms;
mod lookup;
mod organization;
mod question;
mod s3;
mod spec;
mod simulation;
mod subject;
mod verdict;
mod vpc;
mod waf;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::arn::AccountId;

pub use crate::request::{Entity, EntityKind};
pub use answer::Answer;
pub use cloudfront::{Behavior, DistributionInfo, GeoRestriction, Origin, OriginAccessControlInfo};
pub use document::Document;
pub use glue::GlueJobInfo;
pub use identity::{Change, IdentityInfo, SessionInfo};
pub use kms::{GrantConstraints, KmsGrant, KmsKeyInfo};
pub use lookup::{Lookup, Seen};
pub use organization::{OrganizationPath, OwnerSearch};
pub use question::Question;
pub use s3::{
    AccessGrant, AccessPointInfo, Acl, BucketOfRegion, Encryption, Grant, GrantedAccess, Grantee, GranteeGroup,
    MultiRegionAccessPointInfo, ObjectInfo, ObjectLambdaInfo, ObjectLock, ObjectMetadata, ObjectOwnership, Permission,
    PublicAccessBlock, Versioning,
};
pub use simulation::{Simulated, Simulation, SimulationRef, Word};
pub use spec::{RESOURCE_POLICIES, ResourcePolicyRow, SPECS, Scope, Spec, TAGGED, policy_holders, resource_policy};
pub use subject::{AccessPointRef, BucketRef, ControlPolicy, KeyRef, ObjectRef, SessionRef};
pub use verdict::{Authorization, Checked, DecodedMessage, MatchedStatement};
pub use vpc::VpcEndpointInfo;
pub use waf::{SampleRef, SampledRequest, WebAclInfo, WebAclRule};

/// A fact: known, known not to be there, or not readable. The last two are never the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact<T> {
    /// AWS answered.
    Known(T),
    /// AWS answered that there is none.
    Absent,
    /// AWS did not answer: it may be there or not.
    Unreadable(Why),
}

impl<T> Fact<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Unreadable(_) => None,
        }
    }

    /// The same fact about a part of the value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(f(value)),
            Self::Absent => Fact::Absent,
            Self::Unreadable(why) => Fact::Unreadable(why),
        }
    }
}

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// We may not make this call.
    AccessDenied,
    /// The account does not let us take the read role there.
    NoReadRole,
    /// No role is configured for the organization's management account.
    NoManagementRole,
    /// There is no read role to take, and the credentials at hand are of this other account.
    ForeignCredentials(AccountId),
    /// AWS did not take our credentials, and answered with this code.
    BadCredentials(String),
    /// AWS asked us to slow down, and went on doing so.
    Throttled,
    /// No answer in time.
    Timeout,
    /// The time for the whole diagnosis was up.
    Deadline,
    /// The answer was not what the service documents.
    Garbled,
    /// The service failed with this code.
    Failed(String),
    /// The event does not say which account to ask.
    AccountUnknown,
    /// The record does not name the caller.
    CallerUnknown,
    /// It was there, and is not any more.
    Gone,
    /// The account is not in the organization that we can read.
    OtherOrganization,
    /// CloudTrail shows no record of it.
    NoRecord,
    /// AWS keeps it to itself: no call tells it.
    NotShown,
    /// The case that is replayed does not hold this question.
    NotRecorded,
    /// This version of the program does not ask it.
    NotAsked,
}

impl Why {
    /// Whether nothing failed: it is not asked, nobody set up how to ask it, or there is nobody left to ask.
    #[must_use]
    pub fn is_by_design(&self) -> bool {
        match self {
            Self::NotAsked | Self::NoManagementRole | Self::OtherOrganization | Self::NoRecord => true,
            Self::AccessDenied
            | Self::NoReadRole
            | Self::ForeignCredentials(_)
            | Self::BadCredentials(_)
            | Self::Throttled
            | Self::Timeout
            | Self::Deadline
            | Self::Garbled
            | Self::Failed(_)
            | Self::AccountUnknown
            | Self::CallerUnknown
            | Self::Gone
            | Self::NotShown
            | Self::NotRecorded => false,
        }
    }
}

/// The questions of one diagnosis with their answers.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    facts: BTreeMap<Question, Reading>,
}

/// An answer, and when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The answer.
    pub fact: Fact<Answer>,
    /// When AWS gave it, if that was for an earlier diagnosis; `None` is for this one.
    pub earlier: Option<Timestamp>,
}

impl From<Fact<Answer>> for Reading {
    fn from(fact: Fact<Answer>) -> Self {
        Self { fact, earlier: None }
    }
}

impl Evidence {
    /// Keeps an answer.
    pub fn insert(&mut self, question: Question, reading: impl Into<Reading>) {
        self.facts.insert(question, reading.into());
    }

    /// The answer to a question; `None` if it was not asked.
    #[must_use]
    pub fn get(&self, question: &Question) -> Option<&Fact<Answer>> {
        self.facts.get(question).map(|reading| &reading.fact)
    }

    /// The same with when it was read.
    #[must_use]
    pub fn reading(&self, question: &Question) -> Option<&Reading> {
        self.facts.get(question)
    }

    /// All questions and answers, in the order of the questions.
    pub fn iter(&self) -> impl Iterator<Item = (&Question, &Fact<Answer>)> {
        self.facts.iter().map(|(question, reading)| (question, &reading.fact))
    }

    /// The same with when they were read.
    pub fn readings(&self) -> impl Iterator<Item = (&Question, &Reading)> {
        self.facts.iter()
    }

    /// A KMS key. One that was asked for by an alias is known by its ARN as well.
    #[must_use]
    pub fn kms_key(&self, key: &KeyRef) -> Fact<&KmsKeyInfo> {
        let question = Question::KmsKey(key.clone());
        if self.get(&question).is_some() {
            return self.fact(&question, Answer::as_kms_key);
        }
        let by_alias = self.iter().find_map(|(asked, fact)| {
            let info = fact.known().filter(|_| matches!(asked, Question::KmsKey(_)))?.as_kms_key()?;
            (info.arn.as_str() == key.key).then_some(info)
        });
        by_alias.map_or(Fact::Unreadable(Why::NotAsked), Fact::Known)
    }

    /// A part of an answer. A question that was not asked is unreadable, and so is an answer of another kind.
    pub fn fact<'e, T>(&'e self, question: &Question, part: impl FnOnce(&'e Answer) -> Option<T>) -> Fact<T> {
        match self.get(question) {
            None => Fact::Unreadable(Why::NotAsked),
            Some(Fact::Absent) => Fact::Absent,
            Some(Fact::Unreadable(why)) => Fact::Unreadable(why.clone()),
            Some(Fact::Known(answer)) => part(answer).map_or(Fact::Unreadable(Why::Garbled), Fact::Known),
        }
    }
}
