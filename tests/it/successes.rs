//! Calls that succeeded, with the policy that let them: none of them is ever denied. Those of our own have exactly the
//! statements that AWS's pages ask for, so that each call is denied without any one of them.
#![expect(clippy::indexing_slicing, reason = "a test that does not find what it expects has to fail")]

use deniedby::diagnosis::Diagnosis;
use deniedby::evaluate::Possible;
use deniedby::event;
use deniedby::evidence::{Answer, Evidence, Fact, Question, Reading};
use deniedby::finding::Confidence;
use deniedby::gather::gather;
use deniedby::ports::Reader;
use deniedby::report::{Report, Verdict};
use deniedby::request::Entity;
use futures_util::FutureExt;
use serde_json::{Value, json};

use crate::mutations::healthy::{document, healthy, policy};
use crate::world::{explain, read, root};

/// A world where the caller's one policy has these statements, buckets have no policy, and keys and roles leave it to
/// the policies of the caller's account.
struct World<'a> {
    statements: &'a Value,
    account: &'a str,
}

impl Reader for World<'_> {
    async fn ask(&self, question: &Question) -> Reading {
        let answer: Fact<Answer> = if let Question::InlinePolicy { .. } = question {
            serde_json::from_value(policy(self.statements)).unwrap()
        } else if let Question::BucketPolicy(_) = question {
            Fact::Absent
        } else if let Question::KmsKeyPolicy(_) = question {
            serde_json::from_value(policy(&self.trust("kms:*"))).unwrap()
        } else if let Some(entity) = role(question) {
            let arn = format!("arn:aws:iam::{}:role/{}", entity.account, entity.name);
            let trust = document(&self.trust("sts:AssumeRole"));
            let identity = json!({ "arn": arn, "id": "AROAEXAMPLE00000001", "trust": trust });
            serde_json::from_value(json!({ "known": { "identity": identity } })).unwrap()
        } else {
            healthy(question)
        };
        answer.into()
    }

    fn may_ask(&self, _: &Question) -> bool {
        true
    }
}

/// The role that a question is about as a whole.
fn role(question: &Question) -> Option<&Entity> {
    if let Question::Identity(entity) = question { Some(entity) } else { None }
}

impl World<'_> {
    fn trust(&self, action: &str) -> Value {
        json!([{ "Effect": "Allow", "Principal": { "AWS": self.account }, "Action": action, "Resource": "*" }])
    }
}

/// The record as it would be, had the call been denied.
fn as_denied(record: &Value) -> Value {
    let mut record = record.clone();
    record["errorCode"] = "AccessDenied".into();
    record
}

fn replay(record: &Value, statements: &Value) -> (Report, Vec<Possible>) {
    let denial = event::read_record(&as_denied(record)).unwrap().unwrap();
    let account = record["userIdentity"]["accountId"].as_str().unwrap();
    let evidence: Evidence = gather(&denial, &World { statements, account }).now_or_never().unwrap();
    let decisions = Diagnosis::new(&denial, &evidence).requests.iter().map(|row| row.evaluation.possible).collect();
    (explain(&denial, &evidence), decisions)
}

fn is_denied(report: &Report) -> bool {
    let told = |cause: &&deniedby::report::CauseReport| cause.code != "unexplained" && cause.code != "changed-since";
    let certain = |cause: &deniedby::report::CauseReport| cause.confidence == Confidence::Certain;
    report.causes.iter().filter(told).any(certain) || report.verdict == Verdict::Explained
}

fn json_of(name: &str) -> Value {
    serde_json::from_str(&read(root().join("tests/successes").join(name))).unwrap()
}

/// A record of our own, by what it has of its own.
fn record(row: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE00000001:work",
            "arn": "arn:aws:sts::111122223333:assumed-role/worker/work",
            "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLEKEY000001",
            "sessionContext": {
                "sessionIssuer": { "type": "Role", "arn": "arn:aws:iam::111122223333:role/worker", "accountId": "111122223333" },
                "attributes": { "creationDate": "2026-11-02T02:10:00Z", "mfaAuthenticated": "false" },
            },
        },
        "eventTime": "2026-11-02T02:15:07Z",
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "[aws-cli/2.31.0]",
        "eventID": "00000000-0000-4000-8000-000000000001",
        "tlsDetails": { "tlsVersion": "TLSv1.3" },
        "additionalEventData": { "SignatureVersion": "SigV4", "AuthenticationMethod": "AuthHeader" },
    });
    for (name, value) in row["record"].as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

#[test]
fn what_aws_allowed_is_allowed_and_takes_every_statement() {
    let rows = json_of("calls.json");
    let rows = rows.as_array().unwrap();
    assert!(rows.len() >= 60, "only {} calls", rows.len());
    let mut wrong = Vec::new();
    for row in rows {
        let (name, record) = (&row["name"], record(row));
        let (report, decisions) = replay(&record, &row["allow"]);
        let codes: Vec<_> = report.causes.iter().map(|cause| cause.code.as_str()).collect();
        if is_denied(&report) || decisions.iter().any(|possible| !possible.includes(Possible::ALLOWED)) {
            wrong.push(format!("{name} is denied: {codes:?}"));
        }
        // Of S3, every call and its actions are known.
        let known = record["eventSource"] == "s3.amazonaws.com" || row["sure"] == true;
        if known && decisions.iter().any(|possible| *possible != Possible::ALLOWED) {
            wrong.push(format!("{name} is not surely allowed: {codes:?}"));
        }
        let statements = row["allow"].as_array().unwrap();
        for left_out in (0..statements.len()).filter(|_| known) {
            let rest: Vec<_> =
                statements.iter().enumerate().filter(|(at, _)| *at != left_out).map(|row| row.1).collect();
            if !is_denied(&replay(&record, &json!(rest)).0) {
                wrong.push(format!("{name} is not denied without {}", statements[left_out]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} calls:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// A corpus is a folder of JSON files: the policy that was in force, and CloudTrail records of calls by one caller, who has
/// no other.
#[test]
#[ignore = "takes DENIEDBY_CORPUS, a folder with records of calls that succeeded"]
#[expect(clippy::disallowed_methods, reason = "a corpus is somewhere else on each machine")]
fn no_call_of_a_corpus_is_denied() {
    let folder = std::env::var("DENIEDBY_CORPUS").expect("DENIEDBY_CORPUS names a folder");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let (policies, records): (Vec<Value>, Vec<Value>) = files
        .map(|path| serde_json::from_str(&read(path)).unwrap())
        .partition(|file: &Value| file["Statement"].is_array());
    let statements = &policies[0]["Statement"];
    let records: Vec<&Value> =
        records.iter().flat_map(|file| file["Records"].as_array().or(file.as_array()).unwrap()).collect();
    let mut wrong = Vec::new();
    for record in &records {
        let (report, decisions) = replay(record, statements);
        let codes: Vec<_> = report.causes.iter().map(|cause| cause.code.as_str()).collect();
        if is_denied(&report) || decisions.iter().any(|possible| !possible.includes(Possible::ALLOWED)) {
            let asked: Vec<_> =
                report.requests.iter().map(|row| format!("{} on {}", row.action, row.resource)).collect();
            wrong.push(format!("{} of {}: {codes:?} {asked:?}", record["eventName"], record["eventSource"]));
        }
    }
    assert!(!records.is_empty());
    assert!(wrong.is_empty(), "{} of {} calls are denied:\n{}", wrong.len(), records.len(), wrong.join("\n"));
}
