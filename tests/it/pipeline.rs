//! The function's own way of handling an input, with everything outside of it in memory.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use deniedby::case::Case;
use deniedby::evidence::{Answer, Evidence, Fact, Question};
use deniedby::pipeline::{HandleError, Hub, handle};
use deniedby::ports::Notifier;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::world::{Recorder, Refusal, Sink, outbox, samples, scenarios};

/// Names of sinks with the ids of the events that they were sent.
type Sent = Vec<(&'static str, String)>;

fn sinks(broken: &'static str, how: Refusal) -> (Vec<Box<dyn Notifier>>, impl Fn() -> Sent) {
    let sent = outbox();
    let sink = |name| {
        let broken = (name == broken || broken == "both").then_some(how);
        Box::new(Sink { name, broken, sent }) as Box<dyn Notifier>
    };
    (vec![sink("sns"), sink("slack")], || sent.lock().unwrap().clone())
}

fn hub(sinks: &[Box<dyn Notifier>]) -> Hub<'_> {
    Hub { sinks, ..Hub::default() }
}

fn event(name: &str) -> Value {
    let sample = samples().into_iter().find(|sample| sample.name == name).unwrap();
    serde_json::from_str(&sample.event).unwrap()
}

fn recorder(name: &str) -> Recorder {
    let sample = samples().into_iter().find(|sample| sample.name == name).unwrap();
    Recorder { evidence: sample.evidence(), ..Recorder::default() }
}

#[tokio::test]
async fn a_report_goes_to_every_sink() {
    let (sinks, sent) = sinks("none", Refusal::Later);
    let reader = recorder("identity-no-allow");
    let handled = handle(&event("identity-no-allow"), hub(&sinks), |_| &reader).await.response().unwrap();
    assert_eq!(handled.reports.len(), 1);
    let id = handled.reports[0].event_id.clone();
    assert_eq!(sent(), [("sns", id.clone()), ("slack", id)]);
}

#[tokio::test]
async fn a_broken_sink_does_not_stop_the_other_and_the_event_is_retried() {
    for (broken, other) in [("sns", "slack"), ("slack", "sns")] {
        let (sinks, sent) = sinks(broken, Refusal::Later);
        let reader = recorder("identity-no-allow");
        let handled = handle(&event("identity-no-allow"), hub(&sinks), |_| &reader).await;
        assert_eq!(handled.reports.len(), 1, "what was found is logged all the same");
        assert_eq!(handled.failed[0].event_id.as_ref(), Some(&handled.reports[0].event_id));
        let error = handled.response().unwrap_err();
        assert!(matches!(error, HandleError::NotPublished(_)));
        assert!(error.to_string().starts_with(broken));
        assert_eq!(sent().len(), 1);
        assert_eq!(sent()[0].0, other);
    }
}

/// To try again would be of no use, and would tell the other once more.
#[tokio::test]
async fn a_sink_that_will_never_take_it_fails_nothing_unless_nobody_heard() {
    for broken in ["sns", "slack", "both"] {
        let (sinks, _) = sinks(broken, Refusal::Never);
        let reader = recorder("identity-no-allow");
        let handled = handle(&event("identity-no-allow"), hub(&sinks), |_| &reader).await;
        assert_eq!(handled.refused[0].event_id, handled.reports[0].event_id);
        assert_eq!(handled.refused.len(), if broken == "both" { 2 } else { 1 });
        assert_eq!(handled.response().is_err(), broken == "both", "{broken}");
    }
}

#[tokio::test]
async fn our_own_denials_are_not_diagnosed() {
    let (sinks, sent) = sinks("none", Refusal::Later);
    let reader = recorder("identity-no-allow");
    let own = ["reporting".to_owned()];
    let handled = handle(&event("identity-no-allow"), Hub { own_roles: &own, ..hub(&sinks) }, |_| &reader).await;
    assert!(handled.skipped[0].reason.contains("`reporting`"));
    assert!(handled.reports.is_empty() && sent().is_empty() && reader.asked.lock().unwrap().is_empty());
}

/// What CloudWatch Logs sends to a function that a log group is subscribed with.
fn log_batch(lines: &[String]) -> Value {
    let events: Vec<_> = lines.iter().map(|line| json!({"id": "1", "timestamp": 1, "message": line})).collect();
    let batch = json!({"messageType": "DATA_MESSAGE", "owner": "111122223333", "logEvents": events});
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(batch.to_string().as_bytes()).unwrap();
    json!({"awslogs": {"data": STANDARD.encode(packed.finish().unwrap())}})
}

#[tokio::test]
async fn lines_of_a_log_group_are_diagnosed_and_published_each() {
    let sample = scenarios().into_iter().find(|sample| sample.name == "cloudfront-alias").unwrap();
    let reader = Recorder { evidence: sample.evidence(), ..Recorder::default() };
    let record: Value = serde_json::from_str(&sample.event).unwrap();
    let fine = json!({"date": "2026-11-02", "time": "02:15:07", "sc-status": "200", "x-edge-request-id": "fine"});
    let (all, sent) = sinks("none", Refusal::Later);
    let handled =
        handle(&log_batch(&[record.to_string(), fine.to_string()]), hub(&all), |_| &reader).await.response().unwrap();
    assert_eq!((handled.reports[0].causes[0].code.as_str(), handled.skipped.len()), ("cloudfront-alias", 1));
    assert_eq!(sent().len(), 2);

    // A line that cannot be read does not keep the others from their readers, and is told.
    let (all, sent) = sinks("none", Refusal::Later);
    let error = handle(&log_batch(&["a\tb".to_owned(), record.to_string()]), hub(&all), |_| &reader)
        .await
        .response()
        .unwrap_err();
    assert!(error.to_string().contains("let CloudFront log to CloudWatch Logs as JSON"), "{error}");
    assert_eq!(sent().len(), 2);
}

/// Another hub's role is denied to take the read role that both know; the record names it in its parameters, or in AWS's
/// message alone.
#[tokio::test]
async fn denials_to_take_our_own_roles_are_not_diagnosed() {
    let own = ["deniedby-read".to_owned()];
    let denied = |role: &str, with_parameters: bool| {
        let role = format!("arn:aws:iam::444455556666:role/{role}");
        let mut event = event("identity-no-allow");
        let detail = event["detail"].as_object_mut().unwrap();
        detail.insert("eventSource".to_owned(), "sts.amazonaws.com".into());
        detail.insert("eventName".to_owned(), "AssumeRole".into());
        detail.insert("resources".to_owned(), json!([]));
        let caller = "arn:aws:sts::111122223333:assumed-role/reporting/x";
        let message = format!("User: {caller} is not authorized to perform: sts:AssumeRole on resource: {role}");
        detail.insert("errorMessage".to_owned(), message.into());
        let parameters = if with_parameters { json!({ "roleArn": role }) } else { Value::Null };
        detail.insert("requestParameters".to_owned(), parameters);
        event
    };
    for with_parameters in [true, false] {
        for (role, skipped) in [("deniedby-read", 1), ("tools/deniedby-read", 1), ("deniedby-reader", 0)] {
            let (sinks, sent) = sinks("none", Refusal::Later);
            let reader = Recorder::default();
            let hub = Hub { own_roles: &own, ..hub(&sinks) };
            let handled = handle(&denied(role, with_parameters), hub, |_| &reader).await.response().unwrap();
            assert_eq!((handled.skipped.len(), sent().is_empty()), (skipped, skipped == 1), "{role} {with_parameters}");
        }
    }
}

#[tokio::test]
async fn of_a_batch_only_what_failed_is_delivered_again() {
    let (sinks, sent) = sinks("none", Refusal::Later);
    let good = event("identity-no-allow").to_string();
    let batch = json!({"Records": [{"messageId": "good", "body": good}, {"messageId": "bad", "body": "nonsense"}]});
    let reader = recorder("identity-no-allow");
    let handled = handle(&batch, hub(&sinks), |_| &reader).await.response().unwrap();
    let failures: Vec<_> = handled.batch_item_failures.iter().map(|f| f.item_identifier.as_str()).collect();
    assert_eq!(failures, ["bad"]);
    assert_eq!(sent().len(), 2);
}

#[tokio::test]
async fn a_malformed_event_is_an_error_that_says_where() {
    let (sinks, _) = sinks("none", Refusal::Later);
    let reader = Recorder::default();
    let mut broken = event("identity-no-allow");
    broken["detail"]["eventTime"] = json!(7);
    let error = handle(&broken, hub(&sinks), |_| &reader).await.response().unwrap_err();
    assert_eq!(error.to_string(), "`detail.eventTime` is not text");
}

/// Nothing is asked twice, and what does not wait for other answers is asked in few rounds.
#[tokio::test]
async fn every_question_is_asked_once() {
    for sample in scenarios() {
        let reader = Recorder { evidence: sample.evidence(), ..Recorder::default() };
        let input: Value = serde_json::from_str(&sample.event).unwrap();
        handle(&input, Hub::default(), |_| &reader).await.response().unwrap();
        let asked = reader.asked.lock().unwrap().clone();
        let mut once = asked.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), asked.len(), "{}", sample.name);
        assert_eq!(once.len(), sample.case.evidence.len(), "{}", sample.name);
    }
}

/// A case is passed on; policies of somebody else's organization are not ours to pass on.
#[test]
fn policies_of_other_organizations_are_not_kept() {
    let sample = samples().into_iter().find(|sample| sample.name == "cross-account-one-side").unwrap();
    let denial = sample.denial();
    let paths: Vec<_> = sample.evidence().iter().map(|row| row.0.clone()).filter(is_path).collect();
    assert_eq!(paths.len(), 2, "{paths:?}");
    for outsider in paths {
        let mut evidence = sample.evidence();
        let texts = |evidence: &Evidence, of_outsider: bool| {
            let kept = evidence.iter().filter(|(question, fact)| {
                let policy = fact.known().is_some_and(Answer::holds_policy);
                policy
                    && (question.account().map(|account| account.to_string()) == Some(outsider.target())) == of_outsider
            });
            kept.count()
        };
        let (theirs, ours) = (texts(&evidence, true), texts(&evidence, false));
        assert!(theirs > 0 && ours > 0);
        evidence.insert(outsider.clone(), Fact::Absent);
        let kept = Case::new(&denial, &evidence).evidence();
        assert_eq!((texts(&kept, true), texts(&kept, false)), (0, ours));
        // Where no account is known to be in an organization, none is known to be in another one.
        for question in sample.evidence().iter().map(|row| row.0.clone()).filter(is_path) {
            evidence.insert(question, Fact::Absent);
        }
        assert_eq!(texts(&Case::new(&denial, &evidence).evidence(), true), theirs);
    }
}

fn is_path(question: &Question) -> bool {
    matches!(question, Question::OrganizationPath { .. })
}
