//! Whose a bucket is, where the record does not say it.
//!
//! The accounts that the denial names are asked first, all at once. If it is none of theirs, those of the organization
//! are. That none owns it proves nothing: an account that was not asked may, and a name can change hands.

use crate::arn::{AccountId, Arn, Partition};
use crate::event::{Denial, Reason};
use crate::evidence::{Answer, BucketRef, Evidence, Fact, Lookup, OwnerSearch, Question};
use crate::layer::Layer;
use crate::request::{Key, Makes, Request};

/// The most accounts of a denial that are asked.
const MOST_NAMED: usize = 8;

/// Sets the owner of the request's bucket and the bucket's Region, if an account says that the bucket is its own.
pub(super) fn find(request: &mut Request, denial: &Denial, lookup: &Lookup<'_>) {
    let Some(bucket) = ownerless(request).map(str::to_owned) else { return };
    let (mut owner, mut all_asked) = (None, true);
    for (account, question) in named(request, denial, &bucket) {
        all_asked &= lookup.was_asked(&question);
        if let Fact::Known(region) = lookup.fact(&question, Answer::as_region) {
            owner = owner.or(Some((account, region)));
        }
    }
    let question = search(denial, &bucket);
    let found = if owner.is_none() && all_asked && matters(denial) {
        lookup.fact(&question, Answer::as_bucket_owner).known().copied()
    } else {
        lookup.peek(&question, Answer::as_bucket_owner)
    };
    // Nobody is searched for before all of these have said that it is not theirs, or nothing.
    if let Some(OwnerSearch::Found { account, region }) = found {
        owner = Some((*account, region));
    }
    if let Some((account, region)) = owner {
        set(request, account, region);
    }
}

fn set(request: &mut Request, account: AccountId, region: &str) {
    if let Some(target) = &mut request.s3 {
        target.account = Some(account);
        target.region = Some(region.to_owned());
    }
    request.resource.account = Some(account);
    request.context.set("aws:ResourceAccount", Key::one(account.to_string()));
    request.context.set("s3:ResourceAccount", Key::one(account.to_string()));
}

/// The bucket of a request that is there and has no known owner.
fn ownerless(request: &Request) -> Option<&str> {
    let target = request.s3.as_ref()?;
    let is_open = target.account.is_none() && target.access_point.is_none() && target.makes != Makes::Bucket;
    target.bucket.as_deref().filter(|_| is_open)
}

/// The question for each account that the denial names, the likeliest first.
fn named(request: &Request, denial: &Denial, bucket: &str) -> Vec<(AccountId, Question)> {
    let arn_in = |text: &str| text.parse::<Arn>().ok()?.account();
    let mut accounts: Vec<AccountId> = request.principal.account.into_iter().chain(denial.recipient).collect();
    accounts.extend(denial.resources.iter().flat_map(|resource| [resource.account, resource.arn.account()]).flatten());
    if let Some(Key::Present(expected)) = request.s3.as_ref().map(|target| &target.expected_owner) {
        accounts.extend(expected.iter().filter_map(|account| account.parse::<AccountId>().ok()));
    }
    accounts.extend(denial.message.resource.as_deref().and_then(arn_in));
    // The account of a key that an upload names, for one.
    let parameters = denial.parameters.iter().flat_map(|parameters| parameters.keys());
    accounts.extend(parameters.filter_map(|name| arn_in(denial.parameter(name)?)));
    accounts.extend(denial.vpc_endpoint_account);
    accounts.extend(in_name(bucket));
    let mut seen = Vec::new();
    for account in accounts {
        if !seen.contains(&account) && seen.len() < MOST_NAMED {
            seen.push(account);
        }
    }
    let question = |account| {
        let (region, bucket) = (denial.region.clone(), bucket.to_owned());
        (account, Question::OwnedBucket(BucketRef { account, region, bucket }))
    };
    seen.into_iter().map(question).collect()
}

/// Many give their buckets names with their account's id in them. Anybody can, so this is a hint of whom to ask.
fn in_name(bucket: &str) -> impl Iterator<Item = AccountId> {
    bucket.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok())
}

/// Names of buckets are unique in a partition.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html>
fn search(denial: &Denial, bucket: &str) -> Question {
    let partition = Partition::of_region(&denial.region).name().to_owned();
    Question::BucketOwner { partition, bucket: bucket.to_owned() }
}

/// Whether the owner is worth a search among all accounts. It is not where AWS names an explicit deny on the caller's
/// side, which holds whoever owns the bucket.
fn matters(denial: &Denial) -> bool {
    let Some(Reason::ExplicitDeny(layer)) = denial.message.reason else { return true };
    let on_the_callers_side =
        [Layer::Scp, Layer::VpcEndpointPolicy, Layer::PermissionsBoundary, Layer::SessionPolicy, Layer::IdentityPolicy];
    !on_the_callers_side.contains(&layer)
}

/// What was asked about the owner of a bucket that is still not known.
#[derive(Debug)]
pub struct UnknownOwner<'e> {
    /// The bucket.
    pub bucket: String,
    /// The accounts that the denial names and that do not own it.
    pub others: Vec<AccountId>,
    /// Those that did not say whether they do.
    pub silent: Vec<AccountId>,
    /// The search among the accounts of the organization; `None` if there was none.
    pub search: Option<(Question, Fact<&'e OwnerSearch>)>,
}

impl<'e> UnknownOwner<'e> {
    /// `None` if the request's bucket has a known owner, or there is no bucket that could have one.
    #[must_use]
    pub fn of(request: &Request, denial: &Denial, evidence: &'e Evidence) -> Option<Self> {
        let bucket = ownerless(request)?.to_owned();
        let (mut others, mut silent) = (Vec::new(), Vec::new());
        for (account, question) in named(request, denial, &bucket) {
            match evidence.get(&question) {
                Some(Fact::Absent) => others.push(account),
                Some(Fact::Known(_) | Fact::Unreadable(_)) | None => silent.push(account),
            }
        }
        let question = search(denial, &bucket);
        let search = evidence.get(&question).map(|_| evidence.fact(&question, Answer::as_bucket_owner));
        let search = search.map(|fact| (question, fact));
        Some(Self { bucket, others, silent, search })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_ids_in_a_buckets_name_are_found() {
        let found = |name| in_name(name).map(|account| account.to_string()).collect::<Vec<_>>();
        assert_eq!(found("acme-logs-444455556666-eu-west-1"), ["444455556666"]);
        assert_eq!(found("111122223333.444455556666"), ["111122223333", "444455556666"]);
        assert_eq!(found("acme-20261102-1111222233334"), Vec::<String>::new());
    }
}
