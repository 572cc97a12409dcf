//! Answers that are good for more than one diagnosis: a policy that denies seldom does so once.
//!
//! Only what AWS said is kept, and never a failure. How long is in one table, [`time_to_live`]; a change that we hear of
//! ends it sooner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use tokio::sync::OnceCell;

use super::clock::now;
use crate::arn::{AccountId, Arn};
use crate::event::Changed;
use crate::evidence::{Answer, Fact, Question, Reading};

/// How many answers are kept. The largest, a policy, has 20 KB of text.
const ENTRIES: usize = 1000;

/// How long an answer is good for; `None` for what is asked each time.
///
/// A denial is often followed by a repair and by the next try, so what people repair is kept for a storm of denials and
/// no longer. What is about one call, or may change with any call, is not kept at all.
fn time_to_live(question: &Question) -> Option<Duration> {
    Some(match question {
        // AWS changes its own policies a few times a year.
        Question::ManagedPolicy { arn, .. } if is_of_aws(arn) => Duration::from_hours(6),
        // It never changes.
        Question::CanonicalId { .. } => Duration::from_hours(24),
        // How a session was made does not change; that no record of it is there yet may, within a few minutes.
        Question::Session(_) => Duration::from_mins(5),
        Question::OrganizationPath { .. } => Duration::from_mins(15),
        Question::ControlPolicies { .. } | Question::OrganizationPolicy { .. } => Duration::from_mins(10),
        Question::ManagedPolicy { .. } => Duration::from_mins(2),
        Question::AccountTags { .. }
        | Question::Identity(_)
        | Question::InlinePolicies(_)
        | Question::InlinePolicy { .. }
        | Question::AttachedPolicies(_)
        | Question::Groups(_)
        | Question::OwnedBucket(_)
        | Question::BucketPolicy(_)
        | Question::BucketPolicyStatus(_)
        | Question::BucketOwnership(_)
        | Question::BucketAcl(_)
        | Question::BucketPublicAccessBlock(_)
        | Question::BucketRequestPayment(_)
        | Question::BucketEncryption(_)
        | Question::BucketVersioning(_)
        | Question::BucketAbac(_)
        | Question::BucketTags(_)
        | Question::AccountPublicAccessBlock { .. }
        | Question::AccessPoint(_)
        | Question::AccessPointPolicy(_)
        | Question::AccessPointAlias { .. }
        | Question::MultiRegionAccessPoint { .. }
        | Question::MultiRegionAccessPointPolicy { .. }
        | Question::ObjectLambda(_)
        | Question::AccessGrants { .. }
        | Question::VpcEndpoint { .. }
        | Question::KmsKey(_)
        | Question::KmsKeyPolicy(_)
        | Question::KmsGrants(_)
        | Question::ResourcePolicy { .. }
        | Question::ResourceTags { .. }
        | Question::Distribution { .. }
        | Question::OriginDistributions { .. }
        | Question::OriginAccessControl { .. }
        | Question::WebAcl { .. }
        | Question::GlueJobs { .. } => Duration::from_mins(1),
        Question::Object { .. }
        | Question::ObjectVersion { .. }
        | Question::ObjectAcl { .. }
        | Question::ObjectVersionAcl { .. }
        | Question::OwnersObjectAcl { .. }
        | Question::ObjectTags(_)
        | Question::ObjectLock(_)
        | Question::ObjectMetadata(_)
        | Question::Authorization { .. }
        | Question::DecodedMessage { .. }
        | Question::Simulation(_)
        | Question::SampledRequests(_)
        | Question::Changes { .. } => return None,
    })
}

/// A policy that AWS wrote: its ARN has `aws` where others have an account.
fn is_of_aws(arn: &Arn) -> bool {
    arn.service() == "iam" && arn.account().is_none()
}

/// The answers of this process.
#[derive(Debug, Default)]
pub(super) struct Cache {
    entries: Mutex<HashMap<Question, Arc<OnceCell<Read>>>>,
}

/// An answer as it was read.
#[derive(Debug)]
struct Read {
    fact: Fact<Answer>,
    /// When reading began.
    at: SystemTime,
    good_for: Duration,
}

impl Read {
    /// By the clock of the wall, which goes on while a function sleeps. A clock that was set back ends it too.
    fn is_good(&self, now: SystemTime) -> bool {
        now.duration_since(self.at).is_ok_and(|age| age < self.good_for)
    }
}

impl Cache {
    /// The answer to a question for a diagnosis that began at `since`: a kept one, or one that is read now. Of many that
    /// ask the same at once, one reads.
    pub(super) async fn get_or_read(
        &self,
        question: &Question,
        since: SystemTime,
        read: impl AsyncFnOnce() -> Fact<Answer>,
    ) -> Reading {
        let Some(good_for) = time_to_live(question) else { return read().await.into() };
        let entry = self.entry(question);
        let answer = entry
            .get_or_init(async || {
                let at = now();
                Read { fact: read().await, at, good_for }
            })
            .await;
        if matches!(answer.fact, Fact::Unreadable(_)) {
            self.drop_entry(question, &entry);
        }
        let earlier = (answer.at < since).then(|| Timestamp::try_from(answer.at).ok()).flatten();
        Reading { fact: answer.fact.clone(), earlier }
    }

    /// Forgets what may have changed.
    pub(super) fn forget(&self, changed: &Changed) {
        self.lock().retain(|question, _| !concerns(changed, question));
    }

    fn entry(&self, question: &Question) -> Arc<OnceCell<Read>> {
        let now = now();
        let is_good = |entry: &OnceCell<Read>| entry.get().is_none_or(|read| read.is_good(now));
        let mut entries = self.lock();
        if let Some(entry) = entries.get(question).filter(|entry| is_good(entry)) {
            return Arc::clone(entry);
        }
        if entries.len() >= ENTRIES {
            entries.retain(|_, entry| is_good(entry));
        }
        if entries.len() >= ENTRIES {
            let oldest = entries.iter().filter_map(|(question, entry)| Some((entry.get()?.at, question)));
            if let Some(oldest) = oldest.min().map(|(_, question)| question.clone()) {
                entries.remove(&oldest);
            }
        }
        let entry = Arc::default();
        entries.insert(question.clone(), Arc::clone(&entry));
        entry
    }

    fn drop_entry(&self, question: &Question, entry: &Arc<OnceCell<Read>>) {
        let mut entries = self.lock();
        if entries.get(question).is_some_and(|kept| Arc::ptr_eq(kept, entry)) {
            entries.remove(question);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Question, Arc<OnceCell<Read>>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the answer to a question may be another after a change. Too much is forgotten rather than too little: names
/// are compared without what stands around them, be it an ARN, an address, or a path.
fn concerns(changed: &Changed, question: &Question) -> bool {
    match (changed, question.account()) {
        (Changed::Organization, None) => true,
        // The settings in force in an account may come from its organization.
        (Changed::Organization, Some(_)) => matches!(question, Question::AccountPublicAccessBlock { .. }),
        (Changed::Resources { .. }, None) => false,
        (Changed::Resources { accounts, names }, Some(account)) => {
            accounts.contains(&account) && (names.is_empty() || names.iter().any(|name| is_about(question, name)))
        }
    }
}

fn is_about(question: &Question, name: &str) -> bool {
    let target = question.target();
    let bare = |text: &str| text.rsplit(['/', ':']).next().unwrap_or_default().to_owned();
    // An inline policy's target begins with the name of the one that has it.
    let first = target.split('/').next().unwrap_or_default();
    bare(&target) == bare(name) || first == name || target == account_of(question)
}

/// What asks for the account as a whole is about everything in it.
fn account_of(question: &Question) -> String {
    question.account().as_ref().map(AccountId::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_wrote_is_kept_longer_than_what_people_write() {
        let keeps = |arn: &str| {
            let (account, arn) = ("111122223333".parse().unwrap(), arn.parse().unwrap());
            time_to_live(&Question::ManagedPolicy { account, arn })
        };
        assert_eq!(keeps("arn:aws:iam::aws:policy/ReadOnlyAccess"), Some(Duration::from_hours(6)));
        assert_eq!(keeps("arn:aws-cn:iam::111122223333:policy/mine"), Some(Duration::from_mins(2)));
    }

    #[test]
    fn an_answer_is_good_until_its_time_and_not_if_the_clock_went_back() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_hours(1000);
        let read = Read { fact: Fact::Absent, at, good_for: Duration::from_mins(1) };
        assert!(read.is_good(at));
        assert!(read.is_good(at + Duration::from_secs(59)));
        assert!(!read.is_good(at + Duration::from_mins(1)));
        assert!(!read.is_good(at - Duration::from_secs(1)));
    }

    #[tokio::test]
    async fn the_oldest_answers_go_when_there_are_too_many() {
        let cache = Cache::default();
        let question = |number: usize| {
            let account = format!("{number:012}").parse().unwrap();
            Question::OrganizationPath { account }
        };
        let mut reads = 0;
        for number in (0..=ENTRIES).chain([ENTRIES, 0]) {
            let read = async || {
                reads += 1;
                Fact::Absent
            };
            cache.get_or_read(&question(number), now(), read).await;
        }
        assert_eq!(reads, ENTRIES + 2, "only the first one was asked for again");
        assert_eq!(cache.lock().len(), ENTRIES);
    }
}
