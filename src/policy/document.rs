//! A policy as data, compiled for matching.

use ipnet::IpNet;
use jiff::Timestamp;

use super::arn_pattern::ArnPattern;
use super::index::ServiceIndex;
use super::operator::Operator;
use super::pattern::Pattern;
use crate::arn::{AccountId, Arn};

/// An IAM policy of any kind. Always a value: what could not be understood is in `problems`, and the statements that
/// it touches say so.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
#[derive(Debug)]
pub struct Policy {
    /// Decides whether `${…}` is a policy variable.
    pub version: Version,
    /// The statements, in order.
    pub statements: Vec<Statement>,
    /// What is wrong with the text.
    pub problems: Vec<Problem>,
    /// A statement may be missing, because its text could not be understood.
    pub incomplete: bool,
    /// The statements by service.
    pub index: ServiceIndex,
}

impl Policy {
    /// The statements that can be about a service, which is in lower case: no other can match its actions.
    pub fn statements_about(&self, service: &str) -> impl Iterator<Item = &Statement> {
        self.index.places(service).filter_map(|place| self.statements.get(place))
    }
}

/// The version of the policy language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, and what counts where `Version` is missing: policy variables are plain text.
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// Something that AWS would refuse or read in another way than its author meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where, as a path: `Statement[2].Condition.StringEquls`.
    pub at: String,
    /// What is wrong, for a person.
    pub what: String,
    /// Whether it changes what we can say.
    pub severity: Severity,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Understood all the same.
    Lint,
    /// Not understood: the statement, or the policy, is unknown to us.
    Broken,
}

/// One statement.
#[derive(Debug)]
pub struct Statement {
    /// Its place in the policy, from 0.
    pub index: usize,
    /// Its name, where it has one.
    pub sid: Option<String>,
    /// Allow or Deny.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; policies of an identity have neither.
    pub principals: Option<Principals>,
    /// `Action` or `NotAction`.
    pub actions: Actions,
    /// `Resource` or `NotResource`; trust policies have neither.
    pub resources: Option<Resources>,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// A part could not be understood: whether the statement matches is unknown.
    pub broken: bool,
}

impl Statement {
    /// How a person finds the statement: its Sid, or its index.
    #[must_use]
    pub fn label(&self) -> String {
        self.sid.clone().unwrap_or_else(|| self.index.to_string())
    }
}

/// What a statement does where it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever allows.
    Deny,
}

/// `Action`, or with `negated` `NotAction`. The patterns are in lower case.
#[derive(Debug)]
pub struct Actions {
    /// Everything but these.
    pub negated: bool,
    /// One of them matches.
    pub patterns: Vec<Pattern>,
}

/// `Resource`, or with `negated` `NotResource`.
#[derive(Debug)]
pub struct Resources {
    /// Everything but these.
    pub negated: bool,
    /// One of them matches.
    pub patterns: Vec<ArnPattern>,
}

/// `Principal`, or with `negated` `NotPrincipal`.
#[derive(Debug)]
pub struct Principals {
    /// Everyone but these.
    pub negated: bool,
    /// One of them matches.
    pub entries: Vec<PrincipalEntry>,
}

/// One principal of a statement.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalEntry {
    /// `*`.
    Everyone,
    /// A whole account, written as its id or its root ARN.
    Account(AccountId),
    /// A user, role, or session.
    Arn(Arn),
    /// What AWS stores for a principal that was deleted: `AIDA…` or `AROA…`.
    UniqueId(String),
    /// An AWS service.
    Service(String),
    /// An identity provider.
    Federated(String),
    /// An account, by the id that S3 uses.
    CanonicalUser(String),
    /// None of these.
    Malformed(String),
}

/// One operator and key with its values.
#[derive(Debug)]
pub struct Condition {
    /// How to compare.
    pub operator: Operator,
    /// The operator as written.
    pub operator_text: String,
    /// The context key in lower case.
    pub key: String,
    /// The context key as written.
    pub key_text: String,
    /// What the policy wants.
    pub values: Values,
    /// The values as written.
    pub texts: Vec<String>,
}

/// The values of a condition, compiled for its operator. A value that is not of the operator's kind is `None`.
#[derive(Debug)]
pub enum Values {
    /// Text.
    Patterns(Vec<Pattern>),
    /// ARNs.
    Arns(Vec<ArnPattern>),
    /// Numbers.
    Numbers(Vec<Option<f64>>),
    /// Points in time.
    Dates(Vec<Option<Timestamp>>),
    /// True or false; also of `Null`.
    Bools(Vec<Option<bool>>),
    /// Bytes.
    Bytes(Vec<Option<Vec<u8>>>),
    /// Address ranges.
    Networks(Vec<Option<IpNet>>),
}
