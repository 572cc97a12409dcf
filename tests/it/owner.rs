//! Whose a bucket is, where the record does not say it: whom a diagnosis asks, and what the report says if nobody knows.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a world answers a few questions in its own way, and all others alike"
)]

use std::collections::BTreeMap;
use std::sync::Mutex;

use deniedby::arn::AccountId;
use deniedby::case::{Case, Replay};
use deniedby::event::{self, Denial};
use deniedby::evidence::{Answer, Evidence, Fact, OwnerSearch, Question, Reading, Why};
use deniedby::gather::gather;
use deniedby::ports::Reader;
use deniedby::report::{Confidence, Report, Unread};
use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::mutations::healthy::healthy;
use crate::world::explain;

const CALLER: &str = "111122223333";
const THIRD: &str = "777788889999";

/// A denied read of an object in a bucket whose owner the record does not name, with some members of its own.
fn denial(own: &Value) -> Denial {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser", "principalId": "AIDAEXAMPLEUSER00001", "accountId": CALLER,
            "arn": format!("arn:aws:iam::{CALLER}:user/ann"), "userName": "ann",
        },
        "eventTime": "2026-11-02T06:03:07Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "eu-west-1",
        "errorCode": "AccessDenied",
        "errorMessage": "Access Denied",
        "requestParameters": { "bucketName": "acme-lake", "key": "k" },
        "eventID": "00000000-0000-4000-8000-000000000001",
        "recipientAccountId": CALLER,
    });
    record.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    match event::read_record(&record) {
        Ok(Ok(denial)) => denial,
        other => panic!("{other:?}"),
    }
}

fn account(id: &str) -> AccountId {
    id.parse().unwrap()
}

/// Accounts that each know their own buckets, and an organization that can be searched.
struct World {
    /// The owner of each bucket, and the bucket's Region.
    buckets: BTreeMap<&'static str, (&'static str, &'static str)>,
    /// Accounts without the read role.
    closed: &'static [&'static str],
    /// What a search finds of a bucket that is nobody's here.
    search: Fact<OwnerSearch>,
    asked: Mutex<Vec<Question>>,
}

fn world(buckets: &[(&'static str, (&'static str, &'static str))], search: Fact<OwnerSearch>) -> World {
    World { buckets: buckets.iter().copied().collect(), closed: &[], search, asked: Mutex::default() }
}

impl Reader for &World {
    async fn ask(&self, question: &Question) -> Reading {
        self.asked.lock().unwrap().push(question.clone());
        let fact = match question {
            Question::OwnedBucket(bucket) if self.closed.contains(&bucket.account.to_string().as_str()) => {
                Fact::Unreadable(Why::NoReadRole)
            }
            Question::OwnedBucket(bucket) => match self.buckets.get(bucket.bucket.as_str()) {
                Some((owner, region)) if *owner == bucket.account.to_string() => {
                    Fact::Known(Answer::Region((*region).to_owned()))
                }
                Some(_) | None => Fact::Absent,
            },
            Question::BucketOwner { bucket, .. } => match self.buckets.get(bucket.as_str()) {
                Some((owner, region)) => {
                    Fact::Known(OwnerSearch::Found { account: account(owner), region: (*region).to_owned() })
                }
                None => self.search.clone(),
            }
            .map(Answer::BucketOwner),
            other => healthy(other),
        };
        fact.into()
    }
}

impl World {
    fn gather(&self, denial: &Denial) -> Evidence {
        gather(denial, &self).now_or_never().unwrap()
    }

    /// The accounts that were asked whether a bucket is theirs.
    fn asked_accounts(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        let owned = asked.iter().filter_map(|question| match question {
            Question::OwnedBucket(bucket) => Some(bucket.account.to_string()),
            _ => None,
        });
        owned.collect()
    }

    fn searches(&self) -> usize {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|question| matches!(question, Question::BucketOwner { .. })).count()
    }
}

fn nobody(asked: usize, unasked: usize, more: bool) -> Fact<OwnerSearch> {
    Fact::Known(OwnerSearch::NotFound { asked, unasked, more })
}

fn owner_rows(report: &Report) -> Vec<&Unread> {
    report.unread.iter().filter(|row| row.question.contains("owne") || row.why.contains("which account")).collect()
}

#[test]
fn where_the_caller_owns_the_bucket_one_account_is_asked_and_nobody_searched() {
    let world = world(&[("acme-lake", (CALLER, "eu-west-1"))], nobody(0, 0, false));
    let denial = denial(&json!({}));
    let report = explain(&denial, &world.gather(&denial));
    assert_eq!((world.asked_accounts(), world.searches()), (vec![CALLER.to_owned()], 0));
    assert_eq!(report.requests[0].resource_account.as_deref(), Some(CALLER));
    assert_eq!(owner_rows(&report), Vec::<&Unread>::new());
}

#[test]
fn the_accounts_that_the_denial_names_are_asked_first_each_once() {
    let own = json!({
        "recipientAccountId": "222222222222",
        "vpcEndpointId": "vpce-1", "vpcEndpointAccountId": "333333333333",
        "resources": [{ "type": "AWS::S3::Object", "ARN": "arn:aws:s3:::logs-666666666666-eu/k", "accountId": "222222222222" }],
        "requestParameters": {
            "bucketName": "logs-666666666666-eu", "key": "k", "x-amz-expected-bucket-owner": "444444444444",
            "x-amz-server-side-encryption-aws-kms-key-id": ["arn:aws:kms:eu-west-1:555555555555:key/1"],
        },
    });
    let world = world(&[("logs-666666666666-eu", ("666666666666", "eu-west-1"))], nobody(0, 0, false));
    let denial = denial(&own);
    let evidence = world.gather(&denial);
    let mut asked = world.asked_accounts();
    asked.sort();
    let named = ["222222222222", "333333333333", "444444444444", "555555555555", "666666666666"];
    assert_eq!(asked, [&[CALLER][..], &named].concat());
    assert_eq!(world.searches(), 0);
    let report = explain(&denial, &evidence);
    assert_eq!(report.requests[0].resource_account.as_deref(), Some("666666666666"));
}

#[test]
fn an_owner_that_the_organization_finds_is_read_in_the_buckets_own_region() {
    let world = world(&[("acme-lake", (THIRD, "ap-south-2"))], nobody(0, 0, false));
    let denial = denial(&json!({}));
    let evidence = world.gather(&denial);
    assert_eq!((world.asked_accounts(), world.searches()), (vec![CALLER.to_owned()], 1));
    let read = evidence.iter().filter_map(|(question, _)| match question {
        Question::BucketPolicy(bucket) | Question::Object { bucket, .. } => {
            Some((bucket.account.to_string(), bucket.region.clone()))
        }
        _ => None,
    });
    assert_eq!(read.collect::<Vec<_>>(), vec![(THIRD.to_owned(), "ap-south-2".to_owned()); 2]);
    let report = explain(&denial, &evidence);
    assert_eq!(report.requests[0].resource_account.as_deref(), Some(THIRD));
    assert_eq!(owner_rows(&report), Vec::<&Unread>::new());
}

/// So is the Region of a bucket that an account which the denial names owns.
#[test]
fn the_source_of_a_copy_is_read_where_it_is() {
    let own = json!({ "eventName": "CopyObject", "requestParameters": {
        "bucketName": "acme-here", "key": "k", "x-amz-copy-source": "acme-lake/k",
    } });
    let buckets = [("acme-here", (CALLER, "eu-west-1")), ("acme-lake", (CALLER, "us-west-2"))];
    let world = world(&buckets, nobody(0, 0, false));
    let evidence = world.gather(&denial(&own));
    let mut regions: Vec<_> = evidence
        .iter()
        .filter_map(|(question, _)| match question {
            Question::BucketPolicy(bucket) => Some((bucket.bucket.clone(), bucket.region.clone())),
            _ => None,
        })
        .collect();
    regions.sort();
    let expect = [("acme-here", "eu-west-1"), ("acme-lake", "us-west-2")];
    assert_eq!(regions, expect.map(|(bucket, region)| (bucket.to_owned(), region.to_owned())));
}

#[test]
fn a_search_stays_in_the_denials_partition() {
    for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov"), ("eu-west-1", "aws")] {
        let world = world(&[], nobody(1, 0, false));
        world.gather(&denial(&json!({ "awsRegion": region })));
        let asked = world.asked.lock().unwrap();
        let partitions: Vec<_> = asked
            .iter()
            .filter_map(|question| match question {
                Question::BucketOwner { partition, .. } => Some(partition.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(partitions, [partition]);
    }
}

#[test]
fn a_name_in_an_accounts_own_namespace_takes_no_question() {
    let bucket = format!("acme-{THIRD}-ap-south-2-an");
    let own = json!({ "requestParameters": { "bucketName": bucket, "key": "k" } });
    let world = world(&[], nobody(0, 0, false));
    let evidence = world.gather(&denial(&own));
    assert_eq!((world.asked_accounts(), world.searches()), (Vec::new(), 0));
    let policy = evidence.iter().find_map(|(question, _)| match question {
        Question::BucketPolicy(bucket) => Some((bucket.account.to_string(), bucket.region.clone())),
        _ => None,
    });
    assert_eq!(policy, Some((THIRD.to_owned(), "ap-south-2".to_owned())));
}

#[test]
fn nobody_is_searched_where_the_owner_does_not_matter() {
    let deny = |policy: &str| {
        format!(
            "User: arn:aws:iam::{CALLER}:user/ann is not authorized to perform: s3:GetObject on resource: \
             \"arn:aws:s3:::acme-lake/k\" with an explicit deny in {policy}"
        )
    };
    for (own, searches) in [
        (json!({ "errorMessage": deny("a service control policy") }), 0),
        (json!({ "errorMessage": deny("an identity-based policy") }), 0),
        (json!({ "errorMessage": deny("a resource-based policy") }), 1),
        (json!({ "errorMessage": deny("a resource control policy") }), 1),
        (json!({ "errorCode": "ExpiredToken" }), 0),
        (json!({ "eventName": "CreateBucket", "requestParameters": { "bucketName": "acme-lake" } }), 0),
        (json!({ "eventName": "ListBuckets", "requestParameters": {} }), 0),
        (json!({ "userIdentity": { "type": "AWSAccount", "principalId": "", "accountId": "anonymous" } }), 1),
    ] {
        let world = world(&[], nobody(5, 0, false));
        world.gather(&denial(&own));
        assert_eq!(world.searches(), searches, "{own}");
    }
}

#[test]
fn one_gap_says_who_was_asked_and_what_would_help() {
    let gap = |search: Fact<OwnerSearch>, closed: &'static [&'static str]| {
        let world = World { closed, ..world(&[], search) };
        let denial = denial(&json!({}));
        let report = explain(&denial, &world.gather(&denial));
        let rows = owner_rows(&report);
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert!(report.causes.iter().all(|cause| cause.confidence != Confidence::Certain), "{:?}", report.causes);
        assert_eq!((rows[0].question.as_str(), &rows[0].account), ("bucket-owner acme-lake", &None));
        format!("{}; needs {}", rows[0].why, rows[0].needs)
    };
    let mut told = String::new();
    for (search, closed) in [
        (nobody(1, 0, false), &[][..]),
        (nobody(197, 3, false), &[]),
        (nobody(200, 0, true), &[]),
        (nobody(0, 12, false), &[CALLER]),
        (Fact::Absent, &[CALLER]),
        (Fact::Unreadable(Why::NoManagementRole), &[]),
        (Fact::Unreadable(Why::AccessDenied), &[]),
        (Fact::Unreadable(Why::NotAsked), &[]),
        (Fact::Unreadable(Why::Deadline), &[]),
        (Fact::Unreadable(Why::OtherOrganization), &[]),
    ] {
        told.push_str(&gap(search, closed));
        told.push('\n');
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_saved_search_gives_the_same_report() {
    for found in [true, false] {
        let buckets: &[_] = if found { &[("acme-lake", (THIRD, "ap-south-2"))] } else { &[] };
        let world = world(buckets, nobody(40, 2, true));
        let denial = denial(&json!({}));
        let evidence = world.gather(&denial);
        let case = Case::parse(&Case::new(&denial, &evidence).to_json()).unwrap();
        let replayed = gather(&denial, &Replay::new(&case)).now_or_never().unwrap();
        let json = |evidence: &Evidence| serde_json::to_string(&explain(&denial, evidence)).unwrap();
        assert_eq!(json(&replayed), json(&evidence));
        assert_eq!(Case::new(&denial, &replayed).to_json(), case.to_json());
    }
}
