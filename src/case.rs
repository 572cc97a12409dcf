//! A case: a denial with every question that was asked and its answer. The only form in which evidence is kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arn::AccountId;
use crate::event::{self, Denial, EventError};
use crate::evidence::{Answer, Evidence, Fact, Question, Reading, Scope, Why};
use crate::ports::Reader;

/// The name and version of the format.
pub const SCHEMA: &str = "deniedby/case/1";

/// A denial with its evidence. Credentials are taken out of the record before, and policies of accounts outside of the
/// organization that was read out of the answers: a case is passed on, and these are not ours to pass on.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// `deniedby/case/1`.
    pub schema: String,
    /// The CloudTrail record.
    pub denial: Value,
    /// The questions, in their order.
    pub evidence: Vec<Entry>,
}

/// One question with its answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// What was asked.
    #[serde(flatten)]
    pub question: Question,
    /// What came back.
    pub answer: Fact<Answer>,
    /// When it came back, if that was for an earlier diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

/// Why a text is no case.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// Not the JSON of a case.
    #[error("{}not what `explain --save-case` writes: give such a file as it is", place(.0))]
    Malformed(#[from] serde_json::Error),
    /// Of another version.
    #[error("`{0}` is not a format that this version reads: it reads `{SCHEMA}`")]
    OtherSchema(String),
    /// The record in it is none.
    #[error("the denial in the case cannot be read: {0}")]
    Record(#[from] EventError),
    /// The record in it is no denial.
    #[error("the record in the case is no denial: {0}")]
    NoDenial(String),
}

/// The format that a text says it has.
fn schema(text: &str) -> Option<String> {
    let mut input: Value = serde_json::from_str(text).ok()?;
    input.get_mut("schema").map(Value::take)?.as_str().map(str::to_owned)
}

/// Where a reader of JSON stopped, if it says.
fn place(error: &serde_json::Error) -> String {
    match (error.line(), error.column()) {
        (0, _) => String::new(),
        (line, column) => format!("line {line} column {column} is "),
    }
}

impl Case {
    /// Whether a text is meant to be a case, of this version or another: it says so itself.
    #[must_use]
    pub fn is_one(text: &str) -> bool {
        schema(text).is_some_and(|schema| schema.starts_with("deniedby/case/"))
    }

    /// Keeps a diagnosis.
    #[must_use]
    pub fn new(denial: &Denial, evidence: &Evidence) -> Self {
        let outside = outside(evidence);
        let is_kept = |question: &Question, fact: &Fact<Answer>| {
            let policy = fact.known().is_some_and(Answer::holds_policy);
            // What AWS wrote is everybody's.
            let of_aws = matches!(question, Question::ManagedPolicy { arn, .. } if arn.account().is_none());
            !policy || of_aws || question.account().is_none_or(|account| !outside.contains(&account))
        };
        let entry = |(question, reading): (&Question, &Reading)| {
            let kept = is_kept(question, &reading.fact);
            let answer = if kept { reading.fact.clone() } else { Fact::Unreadable(Why::OtherOrganization) };
            Entry { question: question.clone(), answer, read_at: reading.earlier }
        };
        Self {
            schema: SCHEMA.to_owned(),
            denial: denial.record.clone(),
            evidence: evidence.readings().map(entry).collect(),
        }
    }

    /// Reads a case.
    ///
    /// # Errors
    /// If the text is no case of this version.
    pub fn parse(text: &str) -> Result<Self, CaseError> {
        match (serde_json::from_str::<Self>(text), schema(text)) {
            (_, Some(other)) if other != SCHEMA => Err(CaseError::OtherSchema(other)),
            (case, _) => Ok(case?),
        }
    }

    /// The denial.
    ///
    /// # Errors
    /// If the record is none of a denial.
    pub fn read_denial(&self) -> Result<Denial, CaseError> {
        match event::read_record(&self.denial)? {
            Ok(denial) => Ok(denial),
            Err(skipped) => Err(CaseError::NoDenial(skipped.reason)),
        }
    }

    /// The answers.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let mut evidence = Evidence::default();
        for entry in &self.evidence {
            let reading = Reading { fact: entry.answer.clone(), earlier: entry.read_at };
            evidence.insert(entry.question.clone(), reading);
        }
        evidence
    }

    /// The file: JSON, indented, with a line break at the end.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Text, numbers and lists only: this cannot fail.
        serde_json::to_string_pretty(self).map(|text| text + "\n").unwrap_or_default()
    }
}

/// The accounts that are known not to be in the organization that was read.
fn outside(evidence: &Evidence) -> Vec<AccountId> {
    let paths = || {
        evidence.iter().filter_map(|(question, fact)| {
            if let Question::OrganizationPath { account } = question { Some((*account, fact)) } else { None }
        })
    };
    // Without any path, there is no organization, or it was not read.
    if !paths().any(|(_, fact)| matches!(fact, Fact::Known(_))) {
        return Vec::new();
    }
    paths().filter(|(_, fact)| matches!(fact, Fact::Absent)).map(|(account, _)| account).collect()
}

/// Answers from a case. What was not recorded is unreadable, never absent.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    evidence: Evidence,
}

impl Replay {
    /// Replays a case.
    #[must_use]
    pub fn new(case: &Case) -> Self {
        Self { evidence: case.evidence() }
    }
}

impl Reader for Replay {
    async fn ask(&self, question: &Question) -> Reading {
        self.evidence.reading(question).cloned().unwrap_or_else(|| Fact::Unreadable(Why::NotRecorded).into())
    }

    fn may_ask(&self, question: &Question) -> bool {
        question.spec().scope != Scope::ObjectData || self.evidence.get(question).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_case_is_said_in_our_words_and_with_its_place() {
        let error = |text: &str| Case::parse(text).map(drop).unwrap_err().to_string();
        let meant = r#"{ "schema": "deniedby/case/1", "denial": {}, "evidence": [], "version": "0" }"#;
        assert!(Case::is_one(meant));
        for text in [
            meant,
            r#"{"version":"0","detail-type":"AWS API Call via CloudTrail"}"#,
            "[]",
            "",
            "{\n",
            r#"{"schema":1}"#,
        ] {
            let error = error(text);
            assert!(error.ends_with("not what `explain --save-case` writes: give such a file as it is"), "{error}");
            assert!(error.starts_with("line ") && !error.contains("expected"), "{error}");
        }
        let newer = r#"{ "schema": "deniedby/case/2", "facts": [] }"#;
        assert!(Case::is_one(newer) && !Case::is_one(r#"{ "schema": "deniedby/report/1" }"#));
        assert_eq!(
            error(newer),
            "`deniedby/case/2` is not a format that this version reads: it reads `deniedby/case/1`"
        );
    }
}
