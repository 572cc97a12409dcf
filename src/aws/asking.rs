//! How a question is asked: not at all, from what is kept, or of AWS, and for how long.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Instant, SystemTime};

use futures_util::future::BoxFuture;

use super::cache::Cache;
use super::clock::now;
use super::errors::Outcome;
use super::sessions::Sessions;
use super::{QUESTION_TIMEOUT, organizations, trace};
use crate::event::Changed;
use crate::evidence::{Answer, Fact, Question, Reading, Scope, Why};
use crate::ports::Reader;

/// Reads for one event. Made by [`Edge::reader`](super::Edge::reader).
pub struct AwsReader {
    pub(super) sessions: Sessions,
    pub(super) organization: organizations::Shared,
    pub(super) cache: Arc<Cache>,
    began: SystemTime,
    deadline: Option<Instant>,
    rounds: Rounds,
}

impl AwsReader {
    pub(super) fn new(sessions: Sessions, cache: Arc<Cache>, deadline: Option<Instant>) -> Self {
        let organization = organizations::Shared::default();
        Self { sessions, organization, cache, began: now(), deadline, rounds: Rounds::default() }
    }

    async fn fact(&self, question: &Question) -> Fact<Answer> {
        let (round, _open) = self.rounds.enter();
        // Boxed, since the future of an answer holds those of all services.
        let answer: BoxFuture<'_, Outcome> = Box::pin(self.answer(question));
        match trace::in_round(round, answer).await {
            Ok(Some(answer)) => Fact::Known(answer),
            Ok(None) => Fact::Absent,
            Err(failure) => Fact::Unreadable(failure.why().clone()),
        }
    }
}

impl Reader for AwsReader {
    async fn ask(&self, question: &Question) -> Reading {
        if !self.may_ask(question) {
            return Fact::Unreadable(Why::NotAsked).into();
        }
        let now = Instant::now();
        let patience = now + QUESTION_TIMEOUT;
        let (end, why) = match self.deadline {
            Some(deadline) if deadline <= now => return Fact::Unreadable(Why::Deadline).into(),
            Some(deadline) if deadline <= patience => (deadline, Why::Deadline),
            Some(_) | None => (patience, Why::Timeout),
        };
        let read = self.cache.get_or_read(question, self.began, || self.fact(question));
        tokio::time::timeout_at(end.into(), read).await.unwrap_or_else(|_| Fact::Unreadable(why).into())
    }

    fn forget(&self, changed: &Changed) {
        self.cache.forget(changed);
    }

    fn may_ask(&self, question: &Question) -> bool {
        question.spec().scope != Scope::ObjectData || self.sessions.options().object_metadata
    }
}

impl fmt::Debug for AwsReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsReader").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// Counts the rounds of questions: one begins when AWS is asked while no other question is open.
#[derive(Debug, Default)]
struct Rounds {
    open: AtomicUsize,
    begun: AtomicUsize,
}

impl Rounds {
    /// The round of a question that is asked now. The question is open until the guard is dropped.
    fn enter(&self) -> (usize, Open<'_>) {
        if self.open.fetch_add(1, Ordering::Relaxed) == 0 {
            self.begun.fetch_add(1, Ordering::Relaxed);
        }
        (self.begun.load(Ordering::Relaxed), Open(&self.open))
    }
}

struct Open<'r>(&'r AtomicUsize);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
