//! Which account of the organization owns a bucket: each is asked for its own buckets.
//!
//! `HeadBucket` with an expected owner would tell no more. Its 200 takes a policy that lets our role list the bucket,
//! and its 403 is the same for a wrong owner and for no permission; an account that lists its buckets needs neither,
//! and names the Region as well: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::{StreamExt, stream};
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep_until};

use super::asking::AwsReader;
use super::clock::now;
use super::errors::{Failure, Outcome};
use super::organizations::{self, Accounts};
use super::s3;
use crate::arn::AccountId;
use crate::evidence::{Answer, OwnerSearch, Why};

/// How many accounts are asked at once. Each takes a session and a list, two connections one after the other.
const AT_ONCE: usize = 32;

/// How long listing the accounts may take, and then asking them: both leave time for what is asked of the owner.
const PART: Duration = Duration::from_secs(10);

/// How long the list of accounts is good for.
const KEPT: Duration = Duration::from_hours(1);

impl AwsReader {
    /// Asks the accounts of the organization for a bucket until one owns it. One that cannot be asked is counted.
    pub(super) async fn bucket_owner(&self, partition: &str, bucket: &str) -> Outcome {
        let options = self.sessions.options();
        let (own, region) = self.sessions.home();
        if own.name() != partition {
            return Err(Failure::new(Why::OtherOrganization));
        }
        if options.search_accounts == 0 {
            return Err(Failure::new(Why::NotAsked));
        }
        let management = self.management().await?;
        let list = async || {
            let until = Instant::now() + PART;
            organizations::accounts(management.organizations(), options.search_accounts, until).await
        };
        let Some(accounts) = self.cache.listing.get_or_read(list).await? else { return Ok(None) };
        let ask = |account: &AccountId| {
            let account = *account;
            async move { (account, self.is_owner(account, region, bucket).await) }
        };
        let answers = stream::iter(&accounts.ids).map(ask).buffer_unordered(AT_ONCE);
        let mut answers = pin!(answers.take_until(sleep_until(Instant::now() + PART)));
        let mut asked = 0;
        while let Some((account, answer)) = answers.next().await {
            match answer {
                Ok(Some(Answer::Region(region))) => {
                    return Ok(Some(Answer::BucketOwner(OwnerSearch::Found { account, region })));
                }
                Ok(_) => asked += 1,
                Err(_) => {}
            }
        }
        let unasked = accounts.ids.len() - asked;
        Ok(Some(Answer::BucketOwner(OwnerSearch::NotFound { asked, unasked, more: accounts.more })))
    }

    /// In a Region that is active in every account: the list is of all Regions.
    async fn is_owner(&self, account: AccountId, region: &str, bucket: &str) -> Outcome {
        let clients = self.sessions.as_owner(account, region).await?;
        self.sessions.leave(account, region);
        s3::owned_bucket(clients.s3(), bucket).await
    }
}

/// The organization's accounts, for all searches of this process: a large organization takes many calls at few per
/// second. Of many that ask at once, one reads.
#[derive(Debug, Default)]
pub(super) struct Listing(Mutex<Option<(SystemTime, Cell)>>);

type Listed = Result<Option<Accounts>, Failure>;

type Cell = Arc<OnceCell<Listed>>;

impl Listing {
    async fn get_or_read(&self, read: impl AsyncFnOnce() -> Listed) -> Listed {
        let cell = self.cell();
        let listed = cell.get_or_init(async || read().await).await.clone();
        if listed.is_err() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).take_if(|kept| Arc::ptr_eq(&kept.1, &cell));
        }
        listed
    }

    /// Forgets them: the organization was changed.
    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn cell(&self) -> Cell {
        let now = now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take_if(|kept| !now.duration_since(kept.0).is_ok_and(|age| age < KEPT));
        Arc::clone(&kept.get_or_insert_with(|| (now, Cell::default())).1)
    }
}
