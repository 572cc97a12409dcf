//! Evidence that is still being gathered: who looks an answer up raises the question.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::{Answer, Evidence, Fact, KeyRef, KmsKeyInfo, Question, Why};

/// Looks answers up, and notes the questions that were not asked yet. So what is asked and what is used is said once,
/// by those who use it.
#[derive(Debug)]
pub struct Lookup<'e> {
    evidence: &'e Evidence,
    open: RefCell<BTreeSet<Question>>,
}

impl<'e> Lookup<'e> {
    /// Looks up in `evidence`.
    #[must_use]
    pub fn new(evidence: &'e Evidence) -> Self {
        Self { evidence, open: RefCell::default() }
    }

    /// A part of an answer. A question that was not asked yet is noted, and unreadable as `NotAsked`.
    pub fn fact<T>(&self, question: &Question, part: impl FnOnce(&'e Answer) -> Option<T>) -> Fact<T> {
        if !self.was_asked(question) {
            self.open.borrow_mut().insert(question.clone());
        }
        self.evidence.fact(question, part)
    }

    /// A KMS key, as [`Evidence::kms_key`] finds it.
    pub fn kms_key(&self, key: &KeyRef) -> Fact<&'e KmsKeyInfo> {
        let fact = self.evidence.kms_key(key);
        if fact == Fact::Unreadable(Why::NotAsked) {
            self.open.borrow_mut().insert(Question::KmsKey(key.clone()));
        }
        fact
    }

    /// The same for an answer that somebody else asks for: notes nothing.
    pub fn peek<T>(&self, question: &Question, part: impl FnOnce(&'e Answer) -> Option<T>) -> Option<T> {
        match self.evidence.fact(question, part) {
            Fact::Known(value) => Some(value),
            Fact::Absent | Fact::Unreadable(_) => None,
        }
    }

    /// Whether the question was asked, whatever came back.
    #[must_use]
    pub fn was_asked(&self, question: &Question) -> bool {
        self.evidence.get(question).is_some()
    }

    /// The questions to ask next.
    #[must_use]
    pub fn into_open(self) -> BTreeSet<Question> {
        self.open.into_inner()
    }
}
