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
    /// Whether a condition, or a policy variable, names a key that starts with `prefix`, which is in lower case.
    #[must_use]
    pub fn mentions(&self, prefix: &str) -> bool {
        self.conditions.iter().any(|condition| condition.key.starts_with(prefix))
    }

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
}

/// The values of a condition, compiled for its operator.
#[derive(Debug)]
pub enum Values {
    /// Text.
    Patterns(Vec<Pattern>),
    /// ARNs.
    Arns(Vec<ArnPattern>),
    /// Numbers.
    Numbers(Vec<Written<f64>>),
    /// Points in time.
    Dates(Vec<Written<Timestamp>>),
    /// True or false; also of `Null`.
    Bools(Vec<Written<bool>>),
    /// Bytes.
    Bytes(Vec<Written<Vec<u8>>>),
    /// Address ranges.
    Networks(Vec<Written<IpNet>>),
}

/// A value of a condition.
#[derive(Debug)]
pub struct Written<T> {
    /// As written.
    pub text: Box<str>,
    /// What it means; `None` if it is not of the operator's kind.
    pub value: Option<T>,
}

impl<T> Written<T> {
    pub(super) fn new(text: &str, read: impl FnOnce(&str) -> Option<T>) -> Self {
        Self { text: text.into(), value: read(text) }
    }
}

impl Values {
    /// The values as written.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.rows().map(|row| row.0)
    }

    /// A value that is not of the operator's kind, as written.
    pub(super) fn unread(&self) -> Option<&str> {
        self.rows().find(|row| !row.1).map(|row| row.0)
    }

    /// Each value as written, and whether it is of the operator's kind.
    fn rows(&self) -> Box<dyn Iterator<Item = (&str, bool)> + '_> {
        fn of<T>(list: &[Written<T>]) -> Box<dyn Iterator<Item = (&str, bool)> + '_> {
            Box::new(list.iter().map(|written| (&*written.text, written.value.is_some())))
        }
        match self {
            Self::Patterns(list) => Box::new(list.iter().map(|pattern| (pattern.text(), true))),
            Self::Arns(list) => Box::new(list.iter().map(|pattern| (pattern.text(), pattern.is_well_formed()))),
            Self::Numbers(list) => of(list),
            Self::Dates(list) => of(list),
            Self::Bools(list) => of(list),
            Self::Bytes(list) => of(list),
            Self::Networks(list) => of(list),
        }
    }
}
