//! What the function does about remedies, between the diagnosis and the report's way out: at most one is made, where its
//! owners let it be made without a person, and others are kept for a person to approve.

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::future::{BoxFuture, join_all};

use crate::apply::{apply_unattended, propose, resume, unattended_record};
use crate::checks;
use crate::diagnosis::Diagnosis;
use crate::event::{Changed, Denial};
use crate::evidence::{Answer, Evidence, Fact, Question};
use crate::gather::gather;
use crate::ports::{Ledger, LedgerError, Reader, Writer};
use crate::remedy::consent::{Allowed, Consent, allowed, consent, questions};
use crate::remedy::{Applied, Class, Edit, Effect, KINDS, Place, Record, Remedy, State, effect, plan};
use crate::report::{self, Confidence, Report, build};

/// How many remedies of one denial are kept for approval: more than a message shows.
const PROPOSED: usize = 5;

/// A report with the remedies that it names.
#[derive(Debug)]
pub struct Planned {
    /// The report.
    pub report: Report,
    /// Each remedy once, with its id in the report.
    pub remedies: Vec<(String, Remedy)>,
    /// Whether a change was tried: people hear of that, whatever they were told before.
    pub is_tried: bool,
}

impl Planned {
    /// Explains a denial and plans what would allow it. The same in, the same out.
    #[must_use]
    pub fn new(denial: &Denial, evidence: &Evidence) -> Self {
        let diagnosis = Diagnosis::new(denial, evidence);
        let findings = checks::run(&diagnosis);
        let all = plan(&diagnosis, &findings);
        let report = build(&diagnosis, &findings, &all);
        let mut remedies: Vec<(String, Remedy)> = Vec::new();
        for (cause, of_cause) in report.causes.iter().zip(all) {
            for (id, remedy) in cause.remedies.iter().zip(of_cause) {
                if remedies.iter().all(|known| known.0 != *id) {
                    remedies.push((id.clone(), remedy));
                }
            }
        }
        Self { report, remedies, is_tried: false }
    }

    /// Whether a cause that the remedy removes is more than possible.
    fn is_founded(&self, id: &str) -> bool {
        let of = |cause: &&report::CauseReport| cause.remedies.iter().any(|remedy| remedy == id);
        self.report.causes.iter().filter(of).any(|cause| cause.confidence != Confidence::Possible)
    }

    fn tell(&mut self, id: &str, outcome: String) {
        if let Some(remedy) = self.report.remedies.iter_mut().find(|remedy| remedy.id == id) {
            remedy.outcome = Some(outcome);
        }
    }

    /// The id of the remedy that a record is of. What is there no more, since it was made, is added.
    fn of_record(&mut self, record: &Record) -> String {
        let is_it = |remedy: &Remedy| {
            remedy.kind() == record.kind
                && Edit::of(remedy.change()).is_some_and(|edit| edit.place.name() == record.edit.place.name())
        };
        if let Some((id, _)) = self.remedies.iter().find(|(_, remedy)| is_it(remedy)) {
            return id.clone();
        }
        let row = report::recorded(record, self.report.remedies.len() + 1);
        let id = row.id.clone();
        self.report.remedies.push(row);
        id
    }
}

/// Makes changes, and keeps those that may be approved.
pub trait Fixer: Send + Sync {
    /// The record of what was changed for an event without a person.
    fn earlier<'a>(&'a self, event_id: &'a str) -> BoxFuture<'a, Result<Option<Record>, LedgerError>>;

    /// Makes the change of a remedy without a person.
    fn apply<'a>(&'a self, remedy: &'a Remedy, event_id: &'a str) -> BoxFuture<'a, Applied>;

    /// Goes on with a change whose attempt died.
    fn resume(&self, record: Record) -> BoxFuture<'_, Applied>;

    /// Keeps a remedy for a person to approve; `None` if there is nothing to approve.
    fn propose<'a>(
        &'a self,
        remedy: &'a Remedy,
        event_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Record>, LedgerError>>;
}

/// A ledger, and the writer for an event.
pub struct Hands<L, F> {
    /// Where records are.
    pub ledger: L,
    /// Makes the writer for the event with an id.
    pub writer: F,
    /// No change is begun later: it has to end while there is time to tell of it.
    pub until: Option<Instant>,
}

impl<L, F> std::fmt::Debug for Hands<L, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hands").field("until", &self.until).finish_non_exhaustive()
    }
}

impl<L: Ledger + Send, W: Writer + Send, F: Fn(&str) -> W + Send + Sync> Hands<L, F> {
    fn late(&self) -> Option<Applied> {
        let late = self.until.is_some_and(|until| Instant::now() >= until);
        late.then(|| Applied::Untouched("the function had no time left for it".to_owned()))
    }
}

impl<L: Ledger + Send, W: Writer + Send, F: Fn(&str) -> W + Send + Sync> Fixer for Hands<L, F> {
    fn earlier<'a>(&'a self, event_id: &'a str) -> BoxFuture<'a, Result<Option<Record>, LedgerError>> {
        Box::pin(async move { self.ledger.get(&unattended_record(event_id)).await })
    }

    fn apply<'a>(&'a self, remedy: &'a Remedy, event_id: &'a str) -> BoxFuture<'a, Applied> {
        Box::pin(async move {
            if let Some(late) = self.late() {
                return late;
            }
            apply_unattended(remedy, event_id, &(self.writer)(event_id), &self.ledger).await
        })
    }

    fn resume(&self, record: Record) -> BoxFuture<'_, Applied> {
        Box::pin(async move {
            // What was begun is found out about whenever it is.
            let writer = (self.writer)(&record.event_id);
            resume(record, &writer, &self.ledger).await
        })
    }

    fn propose<'a>(
        &'a self,
        remedy: &'a Remedy,
        event_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Record>, LedgerError>> {
        Box::pin(propose(remedy, event_id, &self.ledger))
    }
}

/// What the hub lets be done.
#[derive(Clone, Copy)]
pub struct Fixing<'a> {
    /// The kinds of remedies that may be made without a person.
    pub auto: &'a [&'a str],
    /// Whether people can approve others.
    pub approvals: bool,
    /// Makes and keeps them.
    pub fixer: &'a dyn Fixer,
}

impl std::fmt::Debug for Fixing<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fixing").field("auto", &self.auto).field("approvals", &self.approvals).finish_non_exhaustive()
    }
}

/// Makes at most one remedy, and keeps others for approval. What came of it is in the report. The answer is whether all
/// is known: if not, the next try of the event finds it out.
pub async fn repair<R: Reader>(denial: &Denial, planned: &mut Planned, reader: &R, fixing: Fixing<'_>) -> bool {
    let event_id = denial.event_id.as_str();
    let candidates = candidates(planned, reader).await;
    let earlier = if fixing.auto.is_empty() { Ok(None) } else { fixing.fixer.earlier(event_id).await };
    let mut attempt = match earlier {
        Ok(Some(record)) => earlier_attempt(planned, record, fixing).await,
        Ok(None) => None,
        Err(error) => {
            for candidate in candidates.iter().filter(|candidate| candidate.is_wanted(fixing.auto)) {
                planned.tell(&candidate.id, report::outcome(&Applied::Untouched(error.to_string()), None, None));
            }
            return true;
        }
    };
    if attempt.is_none() {
        for candidate in &candidates {
            match candidate.allowed(fixing.auto) {
                Allowed::Auto if attempt.is_none() && planned.is_founded(&candidate.id) => {
                    let applied = fixing.fixer.apply(&candidate.remedy, event_id).await;
                    let later = candidate.remedy.proof().effect == Effect::Later;
                    let (place, record) = (candidate.place.clone(), unattended_record(event_id));
                    attempt = Some(Attempt { id: candidate.id.clone(), applied, place, record, later });
                }
                Allowed::Approve | Allowed::Never if candidate.is_wanted(fixing.auto) => {
                    planned.tell(&candidate.id, report::withheld(candidate.consent));
                }
                Allowed::Auto | Allowed::Approve | Allowed::Never => {}
            }
        }
    }
    planned.is_tried = attempt.is_some();
    let mut now = None;
    if let Some(attempt) = &attempt {
        if attempt.applied == Applied::Done {
            now = Some(evaluated_again(denial, attempt, reader).await);
        }
        planned.tell(&attempt.id, report::outcome(&attempt.applied, Some(&attempt.record), now.as_ref()));
    }
    let is_allowed = matches!(now, Some(Effect::Allows | Effect::AllowsAsRead));
    if fixing.approvals && !is_allowed {
        let made = attempt.as_ref().map(|attempt| attempt.id.as_str());
        offer(planned, &candidates, made, event_id, fixing).await;
    }
    !matches!(attempt, Some(Attempt { applied: Applied::Open(_), .. }))
}

/// A remedy that this program can make, and what its owners say.
struct Candidate {
    id: String,
    remedy: Remedy,
    place: Place,
    consent: Consent,
}

impl Candidate {
    fn allowed(&self, auto: &[&str]) -> Allowed {
        allowed(self.remedy.kind(), self.remedy.class(), auto, self.consent)
    }

    /// Whether the hub would make it, if its owners let it.
    fn is_wanted(&self, auto: &[&str]) -> bool {
        self.remedy.class() == Class::Safe && auto.contains(&self.remedy.kind())
    }
}

/// What was tried to be made.
struct Attempt {
    id: String,
    applied: Applied,
    place: Place,
    record: String,
    /// It does nothing for the denied call.
    later: bool,
}

async fn candidates<R: Reader>(planned: &Planned, reader: &R) -> Vec<Candidate> {
    let makeable = planned.remedies.iter().filter(|row| row.1.class() != Class::AdviceOnly);
    let makeable: Vec<_> = makeable.filter_map(|row| Some((row, Edit::of(row.1.change())?.place))).collect();
    let mut asked: BTreeMap<Question, Option<Fact<Answer>>> =
        makeable.iter().flat_map(|(_, place)| questions(place)).map(|question| (question, None)).collect();
    join_all(asked.iter_mut().map(async |(question, answer)| *answer = Some(reader.ask(question).await.fact))).await;
    let candidate = |((id, remedy), place): (&(String, Remedy), Place)| Candidate {
        id: id.clone(),
        remedy: remedy.clone(),
        consent: consent(&place, |question| asked.get(question).cloned().flatten()),
        place,
    };
    makeable.into_iter().map(candidate).collect()
}

/// What came of an earlier try of the same event; `None` if another may be made.
async fn earlier_attempt(planned: &mut Planned, record: Record, fixing: Fixing<'_>) -> Option<Attempt> {
    let applied = match record.state {
        State::Intended => fixing.fixer.resume(record.clone()).await,
        State::Done => Applied::Done,
        State::Foreign => Applied::Foreign,
        State::Undone => Applied::Untouched("what was made for this event was undone by a person".to_owned()),
        State::Failed | State::Proposed | State::Approved | State::Rejected => return None,
    };
    let later = KINDS.iter().any(|kind| kind.name == record.kind && kind.later);
    let id = planned.of_record(&record);
    Some(Attempt { id, applied, place: record.edit.place, record: record.id, later })
}

/// What becomes of the denied call after a change, by what is there now.
async fn evaluated_again<R: Reader>(denial: &Denial, attempt: &Attempt, reader: &R) -> Effect {
    let accounts = [Some(attempt.place.account()), attempt.place.bucket().map(|bucket| bucket.account)];
    // Of the whole account: too much is read anew rather than too little.
    reader.forget(&Changed::Resources { accounts: accounts.into_iter().flatten().collect(), names: Vec::new() });
    if attempt.later {
        return Effect::Later;
    }
    let evidence = gather(denial, reader).await;
    effect(&Diagnosis::new(denial, &evidence))
}

/// Keeps remedies for a person to approve.
async fn offer(
    planned: &mut Planned,
    candidates: &[Candidate],
    made: Option<&str>,
    event_id: &str,
    fixing: Fixing<'_>,
) {
    let open = candidates.iter().filter(|row| Some(row.id.as_str()) != made);
    let open = open.filter(|row| row.allowed(fixing.auto) != Allowed::Never);
    for candidate in open.take(PROPOSED) {
        match fixing.fixer.propose(&candidate.remedy, event_id).await {
            Ok(None) => {}
            Ok(Some(record)) => {
                let row = planned.report.remedies.iter_mut().find(|row| row.id == candidate.id);
                if let Some(row) = row {
                    row.approval = Some(record.token());
                }
            }
            Err(error) => {
                planned.tell(&candidate.id, report::unoffered(&error.to_string()));
                return;
            }
        }
    }
}
