//! The scenarios, through the function's own pipeline: each report is read as product text.

use std::sync::LazyLock;

use deniedby::case::Replay;
use deniedby::checks::CHECKS;
use deniedby::event;
use deniedby::evidence::{RESOURCE_POLICIES, SPECS};
use deniedby::pipeline::{Diagnosed, Hub, Outcome, diagnose};
use deniedby::report::{Style, text};
use futures_util::FutureExt;

use crate::world::{Sample, read, samples, scenarios};

/// Every scenario, diagnosed once for all tests.
static DIAGNOSED: LazyLock<Vec<(Sample, Diagnosed)>> = LazyLock::new(|| {
    let diagnosed = |sample: Sample| {
        let mut items = event::read(&sample.event);
        assert_eq!(items.len(), 1, "{}", sample.name);
        let outcome = diagnose(items.remove(0), Hub::default(), |_| Replay::new(&sample.case)).now_or_never().unwrap();
        let Outcome::Diagnosed(diagnosed) = outcome else { panic!("{}: {outcome:?}", sample.name) };
        (sample, *diagnosed)
    };
    scenarios().into_iter().map(diagnosed).collect()
});

#[test]
fn every_sample_gives_its_report() {
    for (sample, diagnosed) in DIAGNOSED.iter() {
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
#[test]
fn a_case_is_written_as_it_was_read() {
    for (sample, diagnosed) in DIAGNOSED.iter() {
        assert_eq!(diagnosed.case.to_json(), read(sample.folder.join("case.json")), "{}", sample.name);
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

/// Of every diagnosis there is a scenario whose first cause it is.
#[test]
fn every_cause_has_a_scenario() {
    let first: Vec<_> =
        DIAGNOSED.iter().filter_map(|(_, diagnosed)| Some(diagnosed.report.causes.first()?.code.as_str())).collect();
    let lacking: Vec<_> = CHECKS.iter().map(|check| check.code).filter(|code| !first.contains(code)).collect();
    assert_eq!(lacking, Vec::<&str>::new());
}

/// What is injected into scenarios, faults for one, is so into every kind of question.
#[test]
fn every_kind_of_question_is_in_a_scenario() {
    let mut asked: Vec<_> = Vec::new();
    for sample in scenarios() {
        asked.extend(sample.evidence().iter().map(|(question, _)| question.spec()));
    }
    let specs = SPECS.iter().chain(RESOURCE_POLICIES.iter().map(|row| &row.spec));
    // Whether an account lets itself be changed is asked about a remedy, and not in a diagnosis.
    let specs = specs.filter(|spec| spec.name != "account-tags");
    let lacking: Vec<_> = specs.filter(|spec| !asked.contains(spec)).map(|spec| (spec.name, spec.needs)).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

/// Names and ids tell scenarios apart.
#[test]
fn no_two_scenarios_are_the_same() {
    let mut names: Vec<_> = scenarios().into_iter().map(|sample| sample.name).collect();
    let mut ids: Vec<_> = scenarios().into_iter().map(|sample| sample.denial().event_id).collect();
    for list in [&mut names, &mut ids] {
        let count = list.len();
        list.sort();
        list.dedup();
        assert_eq!(list.len(), count);
    }
}
