//! Which calls were made, for people who want to know what a diagnosis costs. Every request over HTTP counts, a retry
//! as one of its own.

use std::cell::Cell;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use crate::arn::AccountId;

/// A call that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// The round of questions that it was made in, from 1.
    pub round: usize,
    /// How many calls of its round had to end before this one could begin, and this one.
    pub step: usize,
    /// The service: `s3`, `iam`.
    pub service: &'static str,
    /// The operation: `GetBucketPolicy`.
    pub operation: String,
    /// Whose credentials it was made with; `None` are those at hand.
    pub account: Option<AccountId>,
    /// The Region that was asked.
    pub region: String,
    /// The HTTP status, or why there is none.
    pub outcome: String,
    /// How long it took.
    pub took: Duration,
}

/// A line: round, service, operation, account, Region, outcome, milliseconds.
impl fmt::Display for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = self.account.map_or_else(|| "-".to_owned(), |account| account.to_string());
        write!(
            f,
            "round {}  {:<13} {:<32} {account:<12}  {:<14} {:<7} {:>6} ms",
            self.round,
            self.service,
            self.operation,
            self.region,
            self.outcome,
            self.took.as_millis()
        )
    }
}

/// What many calls come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// How many calls were made.
    pub calls: usize,
    /// In how many rounds of questions.
    pub rounds: usize,
    /// How many of them, at least, had to be made one after the other: the longest chain of each round, added up.
    pub in_sequence: usize,
}

impl Total {
    /// Counts calls.
    #[must_use]
    pub fn of(calls: &[Called]) -> Self {
        let mut rounds: Vec<usize> = calls.iter().map(|call| call.round).collect();
        rounds.sort_unstable();
        rounds.dedup();
        let longest = |round: &usize| calls.iter().filter(|call| call.round == *round).map(|call| call.step).max();
        Self { calls: calls.len(), rounds: rounds.len(), in_sequence: rounds.iter().filter_map(longest).sum() }
    }
}

impl fmt::Display for Total {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ending = |number: usize| if number == 1 { "" } else { "s" };
        let Self { calls, rounds, in_sequence } = *self;
        write!(
            f,
            "{calls} call{} in {rounds} round{}; {in_sequence} of them in sequence",
            ending(calls),
            ending(rounds)
        )
    }
}

/// Writes calls down, if it was asked to. Clones share what they wrote.
#[derive(Debug, Clone, Default)]
pub(super) struct Trace(Option<Arc<Mutex<Vec<Called>>>>);

impl Trace {
    pub(super) fn new(on: bool) -> Self {
        Self(on.then(Arc::default))
    }

    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// The calls since it was last asked, in the order in which they ended.
    pub(super) fn take(&self) -> Vec<Called> {
        self.0
            .as_ref()
            .map(|calls| std::mem::take(&mut *calls.lock().unwrap_or_else(PoisonError::into_inner)))
            .unwrap_or_default()
    }

    /// A call that begins now. It is written down when it ends, or is given up.
    pub(super) fn call(
        &self,
        service: &'static str,
        operation: impl Into<String>,
        account: Option<AccountId>,
        region: impl Into<String>,
    ) -> Call {
        let (round, step) = PLACE.try_with(|place| (place.round, place.done.get() + 1)).unwrap_or((0, 1));
        let called = Called {
            round,
            step,
            service,
            operation: operation.into(),
            account,
            region: region.into(),
            outcome: "dropped".to_owned(),
            took: Duration::ZERO,
        };
        Call { trace: self.clone(), called: Some(called), began: Instant::now() }
    }
}

/// A call on its way.
#[derive(Debug)]
pub(super) struct Call {
    trace: Trace,
    called: Option<Called>,
    began: Instant,
}

impl Call {
    /// It was answered with this status, or not at all.
    pub(super) fn end(mut self, outcome: impl Into<String>) {
        if let Some(called) = &mut self.called {
            called.outcome = outcome.into();
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let Some(mut called) = self.called.take() else { return };
        called.took = self.began.elapsed();
        ended(called.step);
        if let Some(calls) = &self.trace.0 {
            calls.lock().unwrap_or_else(PoisonError::into_inner).push(called);
        }
    }
}

/// Where in a diagnosis a call is made.
#[derive(Debug)]
struct Place {
    round: usize,
    /// The longest chain of calls that ended in this question.
    done: Cell<usize>,
}

tokio::task_local! {
    static PLACE: Place;
}

/// Answers a question; the calls that it makes are of this round.
pub(super) async fn in_round<T>(round: usize, question: impl Future<Output = T>) -> T {
    PLACE.scope(Place { round, done: Cell::new(0) }, question).await
}

/// A chain of this many calls has ended that what follows in this question had to wait for.
pub(super) fn ended(step: usize) {
    // Outside of a question nothing waits.
    let _ = PLACE.try_with(|place| place.done.set(place.done.get().max(step)));
}

/// Watches the calls of one SDK client.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) trace: Trace,
    pub(super) service: &'static str,
    pub(super) account: Option<AccountId>,
    pub(super) region: String,
}

/// Between the two hooks of an attempt, and dropped with it where the attempt is given up.
#[derive(Debug)]
struct OnItsWay(Mutex<Option<Call>>);

impl Storable for OnItsWay {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "trace"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let operation = config.load::<Metadata>().map_or("?", Metadata::name).to_owned();
        let call = self.trace.call(self.service, operation, self.account, &self.region);
        config.interceptor_state().store_put(OnItsWay(Mutex::new(Some(call))));
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let on_its_way = config.load::<OnItsWay>();
        let call = on_its_way.and_then(|call| call.0.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(call) = call {
            let status = context.response().map(|response| response.status().as_u16().to_string());
            call.end(status.unwrap_or_else(|| "none".to_owned()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn call(trace: &Trace) {
        let call = trace.call("s3", "GetBucketAcl", None, "eu-west-1");
        tokio::task::yield_now().await;
        call.end("200");
    }

    #[tokio::test]
    async fn the_longest_chains_of_the_rounds_add_up() {
        let trace = Trace::new(true);
        let chain = in_round(1, async {
            call(&trace).await;
            call(&trace).await;
            call(&trace).await;
        });
        let wide = in_round(1, async {
            futures_util::future::join(call(&trace), call(&trace)).await;
        });
        futures_util::future::join(chain, wide).await;
        in_round(2, call(&trace)).await;
        let calls = trace.take();
        assert_eq!(Total::of(&calls), Total { calls: 6, rounds: 2, in_sequence: 4 }, "{calls:?}");
        assert_eq!(Total::of(&calls).to_string(), "6 calls in 2 rounds; 4 of them in sequence");
        let one = Total { calls: 1, rounds: 1, in_sequence: 1 };
        assert_eq!(one.to_string(), "1 call in 1 round; 1 of them in sequence");
        assert_eq!(trace.take(), []);
    }

    #[tokio::test]
    async fn a_call_that_is_given_up_is_written_down() {
        let trace = Trace::new(true);
        in_round(3, async { drop(trace.call("iam", "GetRole", None, "eu-west-1")) }).await;
        let calls = trace.take();
        assert_eq!((calls[0].round, calls[0].outcome.as_str()), (3, "dropped"));
        assert!(calls[0].to_string().starts_with("round 3  iam "), "{}", calls[0]);
    }

    #[tokio::test]
    async fn nothing_is_kept_unless_asked_for() {
        let trace = Trace::new(false);
        call(&trace).await;
        assert_eq!(trace.take(), []);
    }
}
