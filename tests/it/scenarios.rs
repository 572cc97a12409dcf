//! The sample events, through the function's own pipeline: each report is read as product text.

use deniedby::case::Replay;
use deniedby::event;
use deniedby::pipeline::{Diagnosed, Outcome, diagnose};
use deniedby::report::{Style, text};

use crate::world::{Sample, read, samples};

async fn diagnosed(sample: &Sample) -> Diagnosed {
    let mut items = event::read(&sample.event);
    assert_eq!(items.len(), 1, "{}", sample.name);
    let outcome = diagnose(items.remove(0), &[], |_| Replay::new(&sample.case)).await;
    let Outcome::Diagnosed(diagnosed) = outcome else { panic!("{}: {outcome:?}", sample.name) };
    *diagnosed
}

#[tokio::test]
async fn every_sample_gives_its_report() {
    for sample in samples() {
        let diagnosed = diagnosed(&sample).await;
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&sample.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            insta::assert_snapshot!("report.txt", text(&diagnosed.report, Style { width: 100, color: false }));
            insta::assert_snapshot!("report.json", serde_json::to_string_pretty(&diagnosed.report).unwrap());
        });
    }
}

/// What is asked live is what the case holds, no more and no less: a saved case gives the same report, byte for byte.
#[tokio::test]
async fn a_case_is_written_as_it_was_read() {
    for sample in samples() {
        let written = diagnosed(&sample).await.case.to_json();
        assert_eq!(written, read(sample.folder.join("case.json")), "{}", sample.name);
    }
}

/// A case holds a record, whatever members it has: nothing in it is taken for a carrier of records.
#[test]
fn a_record_in_a_case_is_no_carrier() {
    let sample = samples().remove(0);
    for name in ["Records", "detail-type", "CloudTrailEvent", "body"] {
        let mut case = sample.case.clone();
        case.denial[name] = "AWS API Call via Something".into();
        assert_eq!(case.read_denial().unwrap().event_id, sample.denial().event_id, "{name}");
    }
}

/// The folder's name is a cause code or says what is special; where it is a code, that is the first cause.
#[tokio::test]
async fn first_causes_are_the_expected_ones() {
    for (name, code) in [
        ("identity-no-allow", "identity-policy-no-allow"),
        ("bucket-policy-denies-by-ip", "resource-policy-explicit-deny"),
        ("bucket-policy-denies-by-vpce", "resource-policy-explicit-deny"),
        ("denied-without-mfa", "identity-policy-explicit-deny"),
        ("cross-account-one-side", "resource-policy-no-allow"),
        ("boundary-without-s3", "permissions-boundary-no-allow"),
        ("put-object-acl-missing", "identity-policy-no-allow"),
        ("space-in-arn", "identity-policy-no-allow"),
        ("objects-missing-in-arn", "identity-policy-no-allow"),
        ("object-owned-by-other-account", "object-owned-by-other-account"),
        ("object-missing", "object-missing"),
        ("public-read-blocked", "block-public-access"),
        ("role-policy-unreadable", "identity-policy-no-allow"),
        ("acl-no-grant", "acl-no-grant"),
        ("two-blockers", "resource-policy-explicit-deny"),
    ] {
        let sample = samples().into_iter().find(|sample| sample.name == name).unwrap();
        assert_eq!(diagnosed(&sample).await.report.causes[0].code, code, "{name}");
    }
}
