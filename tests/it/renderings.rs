//! The Markdown and the page of some sample events, to be read as product text; and what was read earlier.

use deniedby::pipeline;
use deniedby::report::{html, markdown, slack, sns};
use jiff::Timestamp;

use crate::tame;
use crate::world::{explain, scenarios};

/// A repaired ARN, several causes, something unread, and a finding without a statement.
const SHOWN: [&str; 4] = ["object-missing", "role-policy-unreadable", "space-in-arn", "two-blockers"];

#[test]
fn some_samples_give_their_documents() {
    let samples: Vec<_> = scenarios().into_iter().filter(|sample| SHOWN.contains(&sample.name.as_str())).collect();
    assert_eq!(samples.len(), SHOWN.len());
    for sample in samples {
        let report = pipeline::explain(&sample.denial(), &sample.evidence());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&sample.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            insta::assert_snapshot!("report.md", markdown(&report));
            insta::assert_snapshot!("report.html", html(std::slice::from_ref(&report)).unwrap());
        });
    }
}

#[test]
fn every_sample_is_tame() {
    for sample in scenarios() {
        let report = explain(&sample.denial(), &sample.evidence());
        tame::markdown(&markdown(&report));
        tame::html(&html(std::slice::from_ref(&report)).unwrap());
        tame::slack(&slack(&report));
        tame::sns(&sns(&report));
    }
}

#[test]
fn what_was_read_for_an_earlier_denial_is_told() {
    let sample = scenarios().into_iter().find(|sample| sample.name == "space-in-arn").unwrap();
    let fresh = explain(&sample.denial(), &sample.evidence());
    assert!(fresh.reused.is_empty() && serde_json::to_value(&fresh).unwrap().get("reused").is_none());
    let mut case = sample.case.clone();
    let read_at: Timestamp = "2026-11-02T02:21:30Z".parse().unwrap();
    let mut earlier = Vec::new();
    for entry in &mut case.evidence {
        let name = entry.question.spec().name;
        if ["bucket-policy", "role-inline-policy"].contains(&name) {
            entry.read_at = Some(read_at);
            earlier.push(format!("{name} {}", entry.question.target()));
        }
    }
    earlier.sort();
    let report = explain(&case.read_denial().unwrap(), &case.evidence());
    let mut told: Vec<_> = report.reused.iter().map(|row| row.question.clone()).collect();
    told.sort();
    assert_eq!(told, earlier);
    assert!(!told.is_empty() && report.reused.iter().all(|row| row.read_at == "2026-11-02T02:21:30Z"));
    assert_eq!(report.causes, fresh.causes);
    let heading = "\n## Read earlier, for another denial\n\n";
    let row = "- `role-inline-policy reporting/reports` in account `111122223333`, at `2026-11-02T02:21:30Z`\n";
    assert!(markdown(&report).contains(heading) && markdown(&report).contains(row));
    assert!(slack(&report).to_string().contains(&format!(
        "Read earlier, for another denial: {} answers, the oldest of `2026-11-02T02:21:30Z`",
        told.len()
    )));
    let body = sns(&report).body;
    assert!(
        body.contains("\nRead earlier, for another denial:\n") && body.contains("\"read_at\":\"2026-11-02T02:21:30Z\"")
    );
    assert!(html(&[report]).unwrap().contains("<h2>Read earlier, for another denial</h2>"));
}
