//! A fault at any single question: the report names what is missing and the permission that would help, and says
//! nothing with certainty that the missing fact could overturn.

use std::collections::BTreeMap;

use deniedby::evidence::{Answer, Document, Evidence, Fact, Question, Why};
use deniedby::report::{Confidence, Report, Verdict};

use crate::pool::pool;
use crate::world::{explain, fits_the_record, is_said, samples, scenarios};

/// Every reason: each leads to the next.
fn whys() -> impl Iterator<Item = Why> {
    std::iter::successors(Some(Why::AccessDenied), |why| {
        Some(match why {
            Why::AccessDenied => Why::NoReadRole,
            Why::NoReadRole => Why::NoManagementRole,
            Why::NoManagementRole => Why::ForeignCredentials("999999999999".parse().unwrap()),
            Why::ForeignCredentials(_) => Why::BadCredentials("ExpiredToken".to_owned()),
            Why::BadCredentials(_) => Why::Throttled,
            Why::Throttled => Why::Timeout,
            Why::Timeout => Why::Deadline,
            Why::Deadline => Why::Garbled,
            Why::Garbled => Why::Failed("InternalError".to_owned()),
            Why::Failed(_) => Why::AccountUnknown,
            Why::AccountUnknown => Why::CallerUnknown,
            Why::CallerUnknown => Why::Gone,
            Why::Gone => Why::OtherOrganization,
            Why::OtherOrganization => Why::NoRecord,
            Why::NoRecord => Why::NotShown,
            Why::NotShown => Why::NotRecorded,
            Why::NotRecorded => Why::NotAsked,
            Why::NotAsked => return None,
        })
    })
}

/// The evidence with another answer to one question.
fn with(evidence: &Evidence, question: &Question, fact: Fact<Answer>) -> Evidence {
    let mut changed = evidence.clone();
    changed.insert(question.clone(), fact);
    changed
}

/// Whether the answer can be true beside the others: an object whose ACL is known is there, and is its owner's.
fn is_consistent(evidence: &Evidence, question: &Question, filling: &Fact<Answer>) -> bool {
    let Question::Object { bucket, key } = question else { return true };
    let acl = Question::ObjectAcl { bucket: bucket.clone(), key: key.clone() };
    match (evidence.fact(&acl, Answer::as_acl), filling) {
        (Fact::Known(acl), Fact::Known(Answer::Object(object))) => acl.owner == object.owner,
        (Fact::Known(_), _) => false,
        (Fact::Absent | Fact::Unreadable(_), _) => true,
    }
}

fn certain(report: &Report) -> Vec<&str> {
    report
        .causes
        .iter()
        .filter(|cause| cause.confidence == Confidence::Certain)
        .map(|cause| cause.code.as_str())
        .collect()
}

#[test]
fn every_fault_is_named_with_what_would_help() {
    for sample in scenarios() {
        let (denial, evidence) = (sample.denial(), sample.evidence());
        for (question, _) in evidence.iter() {
            for why in whys() {
                let report = explain(&denial, &with(&evidence, question, Fact::Unreadable(why.clone())));
                // Whose a bucket is is one matter, whichever account does not say it, and none once another says it.
                let of_owner = matches!(question, Question::OwnedBucket(_) | Question::BucketOwner { .. });
                let name = if of_owner { "bucket-owner" } else { question.spec().name };
                let account = question.account().filter(|_| !of_owner);
                let name = format!("{name} {}", question.target());
                let row = report.unread.iter().find(|row| row.question == name);
                if of_owner && row.is_none() {
                    assert!(
                        report.requests.iter().all(|request| request.resource_account.is_some()),
                        "{}",
                        sample.name
                    );
                    continue;
                }
                let row = row.unwrap_or_else(|| panic!("{}: `{name}` is not among the unread", sample.name));
                assert_eq!(row.account, account.map(|account| account.to_string()));
                assert!(!row.needs.is_empty(), "{}: {why:?}", sample.name);
                // For what is gone, or nobody can be told, no permission helps.
                let helps = !matches!(why, Why::Gone | Why::OtherOrganization | Why::NoRecord);
                for action in question.spec().needs.iter().filter(|_| helps) {
                    assert!(row.needs.contains(action), "{}: `{}` does not name {action}", sample.name, row.needs);
                }
            }
        }
    }
}

#[test]
fn nothing_is_certain_that_the_missing_fact_could_overturn() {
    let mut compared = 0;
    let mut asked = BTreeMap::new();
    for sample in scenarios() {
        let (denial, evidence) = (sample.denial(), sample.evidence());
        for (question, truth) in evidence.iter() {
            let mut sure: Vec<(Why, String)> = Vec::new();
            // Every reason for a few questions of each kind, and the first for all.
            let times = asked.entry((question.spec().name, question.spec().needs)).or_insert(0);
            *times += 1;
            for why in whys().take(if *times > 3 { 1 } else { usize::MAX }) {
                let report = explain(&denial, &with(&evidence, question, Fact::Unreadable(why.clone())));
                let new = certain(&report).into_iter().filter(|code| sure.iter().all(|row| row.1 != *code));
                sure.extend(new.map(|code| (why.clone(), code.to_owned())).collect::<Vec<_>>());
            }
            let fillings = pool(question).into_iter().chain([truth.clone()]);
            for filling in fillings.filter(|filling| {
                is_consistent(&evidence, question, filling) && fits_the_record(&denial, question, filling)
            }) {
                let full = explain(&denial, &with(&evidence, question, filling.clone()));
                let codes: Vec<_> = full.causes.iter().map(|cause| cause.code.as_str()).collect();
                for (why, code) in &sure {
                    assert!(
                        is_said(code, codes.iter().copied()),
                        "{}: `{code}` is certain without {question:?} ({why:?}), but not with {filling:?}",
                        sample.name
                    );
                    compared += 1;
                }
            }
        }
    }
    assert!(compared > 100, "only {compared} comparisons were made");
}

/// Causes that the record proves by itself.
const BY_THE_RECORD: &[&str] = &[
    "access-disabled",
    "acl-not-supported",
    "bucket-owner-mismatch",
    "clock-skew",
    "cloudfront-geo-restriction",
    "expired-credentials",
    "object-archived",
    "root-cannot-assume-role",
    "kms-operation-cross-account",
    "region-not-enabled",
    "service-not-enabled",
    "signature-mismatch",
    "unknown-access-key",
    "waf-block",
];

/// With nothing to read at all, there is still a report, and it is sure of nothing.
#[test]
fn with_no_answers_at_all_the_report_is_honest() {
    for sample in scenarios() {
        let (denial, mut evidence) = (sample.denial(), sample.evidence());
        let questions: Vec<_> = evidence.iter().map(|(question, _)| question.clone()).collect();
        for question in questions {
            evidence.insert(question, Fact::Unreadable(Why::NoReadRole));
        }
        let report = explain(&denial, &evidence);
        let certain: Vec<_> = certain(&report).into_iter().filter(|code| !BY_THE_RECORD.contains(code)).collect();
        assert_eq!(certain, Vec::<&str>::new(), "{}", sample.name);
        assert!(!report.causes.is_empty(), "{}", sample.name);
    }
}

/// A policy that cannot be understood is no "no policy": what is wrong with it, and where, is said.
#[test]
fn a_malformed_policy_is_named_with_its_place() {
    let sample = samples().into_iter().find(|sample| sample.name == "identity-no-allow").unwrap();
    let (denial, evidence) = (sample.denial(), sample.evidence());
    let (question, _) = evidence.iter().find(|row| matches!(row.0, Question::InlinePolicy { .. })).unwrap();
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquls":{"a":"b"}}}}"#;
    let report = explain(&denial, &with(&evidence, question, Fact::Known(Answer::Policy(Document::new(text)))));
    let row = report.unread.iter().find(|row| row.question == "inline:reports").unwrap();
    assert_eq!(row.why, "`Statement[0].Condition.StringEquls` is not a condition operator");
    assert_eq!(certain(&report), Vec::<&str>::new());
}

/// Codes about keys, accounts and objects say that the cause is not in a policy, so policies that allow prove nothing.
#[test]
fn what_is_not_about_permissions_is_not_called_repaired() {
    let sample = samples().into_iter().find(|sample| sample.name == "repaired-since").unwrap();
    for (code, says) in [
        ("KMS.DisabledException", "kms enable-key"),
        ("AccessControlListNotSupported", "ACLs are off"),
        ("AllAccessDisabled", "AWS Support"),
        ("ExpiredToken", "credentials"),
    ] {
        let mut case = sample.case.clone();
        case.denial["errorCode"] = code.into();
        case.denial["errorMessage"] = "Denied".into();
        let report = explain(&case.read_denial().unwrap(), &sample.evidence());
        assert_ne!(report.verdict, Verdict::NotReproduced, "{code}");
        assert!(report.causes[0].detail.contains(says), "{code}: {}", report.causes[0].detail);
    }
}

/// AWS names an explicit deny before the lack of an allow, so a guard whose key is not known did not deny the call.
#[test]
fn a_guard_that_cannot_be_decided_does_not_hide_a_repair() {
    let sample = samples().into_iter().find(|sample| sample.name == "repaired-since").unwrap();
    let (denial, evidence) = (sample.denial(), sample.evidence());
    let (question, _) = evidence.iter().find(|row| matches!(row.0, Question::BucketPolicy(_))).unwrap();
    let guard = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:referer":"https://example.com"}}}}"#;
    let report = explain(&denial, &with(&evidence, question, Fact::Known(Answer::Policy(Document::new(guard)))));
    assert_eq!(report.verdict, Verdict::NotReproduced, "{:?}", report.causes);
}

/// A role that is gone is neither "no policies" nor "could not be read": the report says that it was deleted.
#[test]
fn a_role_that_is_gone_is_said_to_be_gone() {
    let sample = samples().into_iter().find(|sample| sample.name == "identity-no-allow").unwrap();
    let (denial, mut evidence) = (sample.denial(), sample.evidence());
    let identity = |question: &Question| {
        matches!(question, Question::Identity(_) | Question::InlinePolicies(_) | Question::AttachedPolicies(_))
    };
    let questions: Vec<_> = evidence.iter().map(|row| row.0.clone()).filter(identity).collect();
    assert_eq!(questions.len(), 3);
    for question in questions {
        evidence.insert(question, Fact::Absent);
    }
    let report = explain(&denial, &evidence);
    assert_eq!(certain(&report), Vec::<&str>::new());
    let gone = report.unread.iter().filter(|row| row.why.contains("deleted since")).count();
    assert_eq!(gone, 3);
}
