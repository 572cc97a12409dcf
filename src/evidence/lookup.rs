//! Evidence that is still being gathered: who looks an answer up raises the question.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{Answer, Evidence, Fact, KeyRef, KmsKeyInfo, Question, Why};

/// Looks answers up, and notes the questions that were not asked yet. So what is asked and what is used is said once,
/// by those who use it.
#[derive(Debug)]
pub struct Lookup<'e> {
    evidence: &'e Evidence,
    open: RefCell<BTreeSet<Question>>,
    seen: Option<Cell<Seen>>,
}

/// Which questions were looked up, so far as to say of some that they were not: a bit stands for many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seen(u64);

impl Seen {
    /// The questions whose answers differ.
    #[must_use]
    pub fn changed(before: &Evidence, after: &Evidence) -> Self {
        let new = after.readings().filter(|(question, reading)| before.reading(question) != Some(reading));
        let gone = before.readings().filter(|(question, _)| after.reading(question).is_none());
        new.chain(gone).fold(Self::default(), |seen, (question, _)| seen.with(question))
    }

    /// Whether a question may be among both.
    #[must_use]
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn with(self, question: &Question) -> Self {
        // A key is found by its aliases as well, which are other questions.
        if matches!(question, Question::KmsKey(_)) {
            return Self(self.0 | 1);
        }
        let mut hasher = DefaultHasher::new();
        question.hash(&mut hasher);
        Self(self.0 | 1 << (hasher.finish() % 64))
    }
}

impl<'e> Lookup<'e> {
    /// Looks up in `evidence`.
    #[must_use]
    pub fn new(evidence: &'e Evidence) -> Self {
        Self { evidence, open: RefCell::default(), seen: None }
    }

    /// The same, noting what is looked up.
    #[must_use]
    pub fn noting(evidence: &'e Evidence) -> Self {
        Self { seen: Some(Cell::default()), ..Self::new(evidence) }
    }

    /// What was looked up; nothing if that was not noted.
    #[must_use]
    pub fn seen(&self) -> Seen {
        self.seen.as_ref().map(Cell::get).unwrap_or_default()
    }

    fn note(&self, question: &Question) {
        if let Some(seen) = &self.seen {
            seen.set(seen.get().with(question));
        }
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
        let question = Question::KmsKey(key.clone());
        self.note(&question);
        let fact = self.evidence.kms_key(key);
        if fact == Fact::Unreadable(Why::NotAsked) {
            self.open.borrow_mut().insert(question);
        }
        fact
    }

    /// The same for an answer that somebody else asks for: notes nothing.
    pub fn peek<T>(&self, question: &Question, part: impl FnOnce(&'e Answer) -> Option<T>) -> Option<T> {
        self.note(question);
        match self.evidence.fact(question, part) {
            Fact::Known(value) => Some(value),
            Fact::Absent | Fact::Unreadable(_) => None,
        }
    }

    /// Whether the question was asked, whatever came back.
    #[must_use]
    pub fn was_asked(&self, question: &Question) -> bool {
        self.note(question);
        self.evidence.get(question).is_some()
    }

    /// The questions to ask next.
    #[must_use]
    pub fn into_open(self) -> BTreeSet<Question> {
        self.open.into_inner()
    }
}
