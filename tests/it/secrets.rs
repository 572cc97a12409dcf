//! What lets somebody in is in no case, no report, no log line and no message, wherever in a record it stood.

use deniedby::case::Case;
use deniedby::event;
use deniedby::pipeline::{self, Hub, Outcome, diagnose};
use deniedby::report::{Metric, Report, Style, html, json, markdown, metric, slack, sns, text};
use futures_util::FutureExt;
use serde_json::Value;

use crate::world::{Recorder, Sample, scenarios};

const KEY: &str = "ASIAIOSFODNN7SECRET1";
/// What lets in whoever has it.
const TOKEN: &str = "s3cr3tIQoJb3JpZ2luX2Vj";

/// Forms in which secrets come into records: a presigned URL of either version, a header, JSON in text, and settings.
fn forms() -> Vec<String> {
    vec![
        format!(
            "https://b.s3.amazonaws.com/k?X-Amz-Credential={KEY}%2F20261126%2Fs3&X-Amz-Security-Token={TOKEN}&X-Amz-Signature={TOKEN}"
        ),
        format!("/k?AWSAccessKeyId={KEY}&Signature={TOKEN}&x-amz-security-token={TOKEN}"),
        format!("AWS4-HMAC-SHA256 Credential={KEY}/20261126/s3, SignedHeaders=host, Signature={TOKEN}"),
        format!("{{\"accessKeyId\":\"{KEY}\",\"secretAccessKey\":\"{TOKEN}\",\"sessionToken\":\"{TOKEN}\"}}"),
        format!("export AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={TOKEN} AWS_SESSION_TOKEN={TOKEN}"),
    ]
}

/// Every text of a record with its member's name, in turn.
fn each_text(value: &mut Value, name: &str, at: &mut usize, wanted: usize, with: &str) -> Option<String> {
    match value {
        Value::String(text) => {
            *at += 1;
            (*at == wanted + 1).then(|| {
                text.push(' ');
                text.push_str(with);
                name.to_owned()
            })
        }
        Value::Array(items) => items.iter_mut().find_map(|item| each_text(item, name, at, wanted, with)),
        Value::Object(members) => members.iter_mut().find_map(|(name, item)| each_text(item, name, at, wanted, with)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn all_of(report: &Report, case: &Case) -> String {
    let message = sns(report);
    [
        text(report, Style { width: 400, color: false }),
        json(report, true).unwrap(),
        markdown(report),
        html(std::slice::from_ref(report)).unwrap(),
        slack(report).to_string(),
        message.subject,
        message.body,
        metric(Metric::Explained(report), 0),
        case.to_json(),
    ]
    .join("\n")
}

fn diagnosed(sample: &Sample, record: &Value) -> Option<String> {
    let item = event::read(&record.to_string()).remove(0);
    let reader = Recorder { evidence: sample.evidence(), ..Recorder::default() };
    match diagnose(item, Hub::default(), |_| &reader).now_or_never().unwrap() {
        Outcome::Diagnosed(diagnosed) => {
            // A saved case gives the same report.
            let case = Case::parse(&diagnosed.case.to_json()).unwrap();
            let again = pipeline::explain(&case.read_denial().unwrap(), &case.evidence());
            assert_eq!(json(&again, true).unwrap(), json(&diagnosed.report, true).unwrap());
            Some(all_of(&diagnosed.report, &diagnosed.case))
        }
        Outcome::Skipped(_) | Outcome::Malformed(_) => None,
    }
}

#[test]
fn no_secret_of_a_record_is_kept_or_told() {
    let (mut told, forms) = (0, forms().join(" "));
    for sample in scenarios().into_iter().filter(|sample| {
        ["presigned-url-of-role", "identity-no-allow", "cloudfront-alias", "waf-block"].contains(&sample.name.as_str())
    }) {
        let record = &sample.case.denial;
        for wanted in 0.. {
            let (mut record, mut at) = (record.clone(), 0);
            let Some(name) = each_text(&mut record, "", &mut at, wanted, &forms) else { break };
            let Some(all) = diagnosed(&sample, &record) else { continue };
            told += 1;
            assert!(!all.contains(TOKEN), "{}: a secret in `{name}` is told", sample.name);
            assert!(!all.contains(KEY), "{}: an access key in `{name}` is told", sample.name);
        }
    }
    assert!(told > 80, "only {told} were told");
}
