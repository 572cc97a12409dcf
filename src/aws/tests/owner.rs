//! Whose a bucket is: in one account, and in those of the organization.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join;
use serde_json::{Value, json};

use super::server::{Asked, Says, Server, query, query_error, s3_error, says};
use super::{account, ask, bucket, edge_in, edge_with};
use crate::aws::{Edge, Options, Own};
use crate::event::Changed;
use crate::evidence::{Answer, BucketRef, Fact, OwnerSearch, Question, Why};
use crate::ports::Reader;

const MANAGEMENT_ROLE: &str = "arn:aws:iam::999988887777:role/deniedby-organization";

fn search() -> Question {
    Question::BucketOwner { partition: "aws".to_owned(), bucket: "acme".to_owned() }
}

fn buckets(list: &str) -> Says {
    says(200, format!("<ListAllMyBucketsResult><Buckets>{list}</Buckets></ListAllMyBucketsResult>"))
}

fn one(name: &str, region: &str) -> String {
    format!("<Bucket><Name>{name}</Name><BucketRegion>{region}</BucketRegion></Bucket>")
}

fn caller(asked: &Asked) -> Option<Says> {
    let who = "<Arn>arn:aws:iam::111122223333:user/me</Arn><UserId>AIDA</UserId><Account>111122223333</Account>";
    asked.body.contains("Action=GetCallerIdentity").then(|| query("GetCallerIdentity", who))
}

/// The account whose role is taken.
fn taken(asked: &Asked) -> Option<String> {
    let (_, rest) = asked.body.split_once("RoleArn=arn%3Aaws%3Aiam%3A%3A")?;
    Some(rest.chars().take(12).collect())
}

/// A session that bears its account's id.
fn session(account: &str) -> Says {
    let credentials = format!(
        "<Credentials><AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
         <SessionToken>{account}</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>"
    );
    query("AssumeRole", &credentials)
}

fn lists_accounts(asked: &Asked) -> bool {
    asked.header("x-amz-target").is_some_and(|target| target.ends_with(".ListAccounts"))
}

/// Whose buckets are listed.
fn listed(asked: &Asked) -> Option<&str> {
    asked
        .header("x-amz-security-token")
        .filter(|_| asked.path.contains("list-type") || asked.path.contains("max-buckets"))
}

fn active(id: &str) -> Value {
    json!({ "Id": id, "State": "ACTIVE" })
}

fn page(accounts: &[Value], next: Option<&str>) -> Says {
    says(200, json!({ "Accounts": accounts, "NextToken": next }).to_string())
}

fn ids(range: std::ops::Range<u64>) -> Vec<String> {
    range.map(|number| format!("{number:012}")).collect()
}

/// An organization whose accounts come in pages of twenty; `of_account` is what each lists.
fn organization(accounts: Vec<String>, of_account: impl Fn(&str) -> Says + Send + 'static) -> Server {
    Server::start(move |asked, _| {
        if lists_accounts(asked) {
            let body: Value = serde_json::from_str(&asked.body).unwrap();
            let from: usize = body["NextToken"].as_str().map_or(0, |token| token.parse().unwrap());
            let list: Vec<_> = accounts.iter().skip(from).take(20).map(|id| active(id)).collect();
            let next = (from + 20 < accounts.len()).then(|| (from + 20).to_string());
            page(&list, next.as_deref())
        } else if let Some(account) = taken(asked) {
            session(&account)
        } else {
            of_account(listed(asked).unwrap())
        }
    })
}

fn hub(server: &Server, change: impl FnOnce(&mut Options)) -> Edge {
    edge_with(server, |options| {
        options.read_role = Some("deniedby-read".to_owned());
        options.management_role = Some(MANAGEMENT_ROLE.parse().unwrap());
        options.own = Own::Assume;
        change(options);
    })
}

async fn searched(server: &Server) -> Fact<Answer> {
    hub(server, |_| {}).reader("event", None).ask(&search()).await.fact
}

fn found(account: &str, region: &str) -> Fact<Answer> {
    let (account, region) = (account.parse().unwrap(), region.to_owned());
    Fact::Known(Answer::BucketOwner(OwnerSearch::Found { account, region }))
}

fn not_found(asked: usize, unasked: usize, more: bool) -> Fact<Answer> {
    Fact::Known(Answer::BucketOwner(OwnerSearch::NotFound { asked, unasked, more }))
}

fn count(server: &Server, of: impl Fn(&Asked) -> bool) -> usize {
    server.asked().iter().filter(|asked| of(asked)).count()
}

#[tokio::test]
async fn a_bucket_is_looked_for_among_the_accounts_own_to_the_end() {
    let first = "<ListAllMyBucketsResult><Buckets><Bucket><Name>acme-old</Name><BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets>\
                 <ContinuationToken>more</ContinuationToken></ListAllMyBucketsResult>";
    let last = || buckets(&one("acme", "eu-south-2"));
    let server = Server::start(move |asked, _| {
        caller(asked)
            .unwrap_or_else(|| if asked.path.contains("continuation-token=more") { last() } else { says(200, first) })
    });
    let fact = ask(&server, Question::OwnedBucket(bucket())).await;
    assert_eq!(fact, Fact::Known(Answer::Region("eu-south-2".to_owned())));
    let asked: Vec<_> = server.asked().into_iter().filter(|asked| caller(asked).is_none()).collect();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked.path.contains("prefix=acme")), "{asked:?}");

    let fact = async |says: Says| {
        let server = Server::start(move |asked, _| caller(asked).unwrap_or_else(|| says.clone()));
        ask(&server, Question::OwnedBucket(bucket())).await
    };
    assert_eq!(fact(buckets(&one("acme-old", "eu-west-1"))).await, Fact::Absent);
    let nowhere = says(
        200,
        "<ListAllMyBucketsResult><Buckets><Bucket><Name>acme</Name></Bucket></Buckets></ListAllMyBucketsResult>",
    );
    assert_eq!(fact(nowhere).await, Fact::Unreadable(Why::Garbled));
    assert_eq!(fact(s3_error(403, "AccessDenied")).await, Fact::Unreadable(Why::AccessDenied));
    assert_eq!(fact(says(200, "<html>")).await, Fact::Unreadable(Why::Garbled));
}

/// The credentials at hand list their own account's buckets, whichever account was meant.
#[tokio::test]
async fn without_a_read_role_no_other_account_is_said_to_own_a_bucket() {
    let server = Server::start(|_, _| buckets(&one("acme", "eu-west-1")));
    let (other, foreign) = ("444455556666".parse().unwrap(), Fact::Unreadable(Why::ForeignCredentials(account())));
    let fact = ask(&server, Question::OwnedBucket(BucketRef { account: other, ..bucket() })).await;
    assert_eq!(fact, foreign);
    let canonical = Question::CanonicalId { account: other, region: "eu-west-1".to_owned() };
    assert_eq!(ask(&server, canonical).await, foreign);
    assert!(server.asked().is_empty(), "{:?}", server.asked());

    let server = Server::with_sts(|_, _| query_error(403, "ExpiredToken"));
    let fact = ask(&server, Question::OwnedBucket(bucket())).await;
    let expired = Fact::Unreadable(Why::BadCredentials("ExpiredToken".to_owned()));
    assert_eq!(fact, expired, "nobody knows whose the list would be");
}

#[tokio::test]
async fn the_owner_is_found_on_a_later_page_and_told_with_the_buckets_region() {
    let server = organization(ids(1..46), |account| {
        buckets(&if account == "000000000043" { one("acme", "ap-south-2") } else { one("acme-old", "eu-west-1") })
    });
    assert_eq!(searched(&server).await, found("000000000043", "ap-south-2"));
    assert_eq!(count(&server, lists_accounts), 3);
    let asked = server.asked();
    for asked in asked.iter().filter(|asked| listed(asked).is_some()) {
        assert!(asked.path.contains("prefix=acme"), "{}", asked.path);
        let signed = asked.header("authorization").unwrap();
        assert!(signed.contains("/us-east-1/s3/"), "in a Region that every account has: {signed}");
    }
}

#[tokio::test]
async fn where_the_owner_is_found_no_more_are_asked() {
    let server = organization(ids(1..200), |account| {
        buckets(&if account == "000000000001" { one("acme", "eu-west-1") } else { String::new() })
    });
    assert_eq!(searched(&server).await, found("000000000001", "eu-west-1"));
    assert!(count(&server, |asked| listed(asked).is_some()) < 100, "{}", server.asked().len());
}

#[tokio::test]
async fn accounts_that_cannot_be_asked_are_counted_and_those_not_in_use_are_left_alone() {
    let server = Server::start(|asked, _| {
        if lists_accounts(asked) {
            let mut accounts: Vec<_> = ids(1..6).iter().map(|id| active(id)).collect();
            accounts.extend([
                json!({ "Id": "000000000007", "State": "SUSPENDED" }),
                json!({ "Id": "000000000008", "State": "PENDING_CLOSURE", "Status": "ACTIVE" }),
                json!({ "Id": "000000000009", "Status": "ACTIVE" }),
            ]);
            return page(&accounts, None);
        }
        match (taken(asked), listed(asked)) {
            (Some(account), _) if account == "000000000002" => query_error(403, "AccessDenied"),
            (Some(account), _) => session(&account),
            (None, Some("000000000003")) => s3_error(403, "AccessDenied"),
            (None, Some("000000000004")) => says(200, "<html>"),
            (None, _) => buckets(""),
        }
    });
    assert_eq!(searched(&server).await, not_found(3, 3, false));
    let took: BTreeSet<_> = server.asked().iter().filter_map(taken).collect();
    let expect = ["000000000001", "000000000002", "000000000003", "000000000004", "000000000005", "000000000009"];
    assert_eq!(took.into_iter().filter(|id| id.starts_with("00")).collect::<Vec<_>>(), expect);
}

#[tokio::test]
async fn no_more_accounts_are_asked_than_the_settings_allow() {
    let server = organization(ids(1..100), |_| buckets(""));
    let fact = hub(&server, |options| options.search_accounts = 25).reader("event", None).ask(&search()).await.fact;
    assert_eq!(fact, not_found(25, 0, true));
    assert_eq!(count(&server, lists_accounts), 2, "no page is read that is not needed");
    assert_eq!(count(&server, |asked| listed(asked).is_some()), 25);

    let server = organization(ids(1..26), |_| buckets(""));
    let fact = hub(&server, |options| options.search_accounts = 25).reader("event", None).ask(&search()).await.fact;
    assert_eq!(fact, not_found(25, 0, false));

    let server = organization(ids(1..26), |_| buckets(""));
    let fact = hub(&server, |options| options.search_accounts = 0).reader("event", None).ask(&search()).await.fact;
    assert_eq!((fact, server.asked().len()), (Fact::Unreadable(Why::NotAsked), 0));
}

#[tokio::test]
async fn a_throttled_list_is_asked_for_again_and_one_that_is_odd_finds_nobody() {
    let server = Server::start(|asked, _| {
        let list = lists_accounts(asked);
        match (list, taken(asked)) {
            (true, _) if asked.header("amz-sdk-request").is_some_and(|attempt| attempt.contains("attempt=1")) => {
                says(400, json!({ "__type": "TooManyRequestsException" }).to_string())
            }
            (true, _) => page(&[active("000000000001")], None),
            (false, Some(account)) => session(&account),
            (false, None) if asked.header("amz-sdk-request").is_some_and(|attempt| attempt.contains("attempt=1")) => {
                s3_error(503, "SlowDown")
            }
            (false, None) => buckets(&one("acme", "eu-west-1")),
        }
    });
    assert_eq!(searched(&server).await, found("000000000001", "eu-west-1"));

    let odd = |list: Says| {
        Server::start(move |asked, _| match taken(asked) {
            Some(account) => session(&account),
            None if lists_accounts(asked) => list.clone(),
            None => buckets(&one("acme", "eu-west-1")),
        })
    };
    for list in [
        says(200, "{}"),
        says(200, "<html>"),
        page(&[json!({ "Id": "1" , "State": "ACTIVE" })], None),
        page(&[json!({ "Id": "000000000001" })], None),
    ] {
        assert_eq!(searched(&odd(list)).await, Fact::Unreadable(Why::Garbled));
    }
    let refused = |code: &str| odd(says(400, json!({ "__type": code }).to_string()));
    assert_eq!(searched(&refused("AccessDeniedException")).await, Fact::Unreadable(Why::AccessDenied));
    assert_eq!(searched(&refused("TooManyRequestsException")).await, Fact::Unreadable(Why::Throttled));
    assert_eq!(searched(&refused("AWSOrganizationsNotInUseException")).await, Fact::Absent);
}

#[tokio::test]
async fn nothing_is_searched_without_the_management_role_or_in_another_partition() {
    let server = organization(ids(1..3), |_| buckets(""));
    let edge = hub(&server, |options| options.management_role = None);
    assert_eq!(edge.reader("event", None).ask(&search()).await.fact, Fact::Unreadable(Why::NoManagementRole));
    let edge = edge_in(&server, "cn-north-1", |options| options.own = Own::Ambient);
    assert_eq!(edge.reader("event", None).ask(&search()).await.fact, Fact::Unreadable(Why::OtherOrganization));
    assert_eq!(server.asked().len(), 0);
}

/// On a command line without a read role, the account of the credentials at hand is asked and no other.
#[tokio::test]
async fn without_a_read_role_one_account_can_be_asked() {
    let server = Server::start(|asked, _| {
        let list = || page(&[active("000000000001"), active("111122223333")], None);
        caller(asked).unwrap_or_else(|| if lists_accounts(asked) { list() } else { buckets("") })
    });
    assert_eq!(ask(&server, search()).await, not_found(1, 1, false));
}

#[tokio::test]
async fn a_warm_process_keeps_the_owner_and_the_accounts_until_a_change() {
    let server = organization(ids(1..4), |account| {
        buckets(&if account == "000000000003" { one("acme", "eu-west-1") } else { String::new() })
    });
    let edge = hub(&server, |_| {});
    let ask = async |bucket: &str| {
        let question = Question::BucketOwner { partition: "aws".to_owned(), bucket: bucket.to_owned() };
        let before = count(&server, |asked| listed(asked).is_some());
        let lists = count(&server, lists_accounts);
        edge.reader("event", None).ask(&question).await;
        (count(&server, lists_accounts) - lists, count(&server, |asked| listed(asked).is_some()) - before)
    };
    let change = |name: &str| Changed::Resources { accounts: vec![account()], names: vec![name.to_owned()] };
    assert_eq!(ask("nobodys").await, (1, 3));
    assert_eq!(ask("nobodys").await, (0, 0), "that none of them owns it is kept too");
    assert_eq!(ask("elses").await, (0, 3), "the accounts are");
    edge.forget(&change("another"));
    assert_eq!(ask("nobodys").await, (0, 0));
    edge.forget(&change("nobodys"));
    assert_eq!(ask("nobodys").await, (0, 3), "some account made or deleted it");
    edge.forget(&Changed::Organization);
    assert_eq!(ask("nobodys").await, (1, 3));
    assert_eq!(count(&server, |asked| taken(asked).is_some()), 4, "sessions are kept as well");
}

#[tokio::test]
async fn two_searches_at_once_list_the_accounts_once() {
    let server = organization(ids(1..4), |_| buckets(""));
    let edge = hub(&server, |_| {});
    let reader = edge.reader("event", None);
    let other = Question::BucketOwner { partition: "aws".to_owned(), bucket: "other".to_owned() };
    let (search, began) = (search(), Instant::now());
    let (one, other) = join(reader.ask(&search), reader.ask(&other)).await;
    assert_eq!((one.fact, other.fact), (not_found(3, 0, false), not_found(3, 0, false)));
    assert_eq!(count(&server, lists_accounts), 1);
    assert!(began.elapsed() < Duration::from_secs(5));
}
