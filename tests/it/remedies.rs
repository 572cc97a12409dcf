//! What remedies may do, as laws: over every sample.

use deniedby::checks;
use deniedby::diagnosis::Diagnosis;
use deniedby::remedy::{Class, Effect, KINDS, Remedy, plan, snippets};
use std::collections::BTreeSet;

use crate::world::{read, root, samples, scenarios};

fn planned() -> Vec<(String, Remedy)> {
    let mut all = Vec::new();
    for sample in samples() {
        let (denial, evidence) = (sample.denial(), sample.evidence());
        let diagnosis = Diagnosis::new(&denial, &evidence);
        let remedies = plan(&diagnosis, &checks::run(&diagnosis)).into_iter().flatten();
        all.extend(remedies.map(|remedy| (sample.name.clone(), remedy)));
    }
    all
}

#[test]
fn no_remedy_opens_anything_to_strangers_and_no_safe_one_to_anybody() {
    let all = planned();
    assert!(all.len() >= 10, "only {} remedies", all.len());
    for (sample, remedy) in all {
        let proof = remedy.proof();
        assert!(!proof.opens, "{sample}: {}", remedy.kind());
        assert!(proof.probed > 200, "{sample}: only {} requests were tried", proof.probed);
        if remedy.class() == Class::Safe {
            let changed = (proof.newly_allowed_outside, proof.newly_denied);
            assert_eq!(changed, (0, 0), "{sample}: {}", remedy.kind());
        }
    }
}

#[test]
fn a_remedy_removes_its_cause_or_says_what_is_left() {
    for (sample, remedy) in planned() {
        match &remedy.proof().effect {
            Effect::Allows | Effect::AllowsAsRead | Effect::Later | Effect::Chosen => {}
            Effect::Leaves(codes) => {
                assert!(!codes.is_empty() || remedy.class() != Class::Safe, "{sample}: {} leaves what?", remedy.kind());
            }
        }
    }
}

#[test]
fn every_remedy_has_its_commands_and_every_kind_its_manual() {
    for (sample, remedy) in planned() {
        let forms: Vec<_> = snippets(remedy.change()).into_iter().map(|snippet| snippet.form).collect();
        assert!(forms.contains(&"cli"), "{sample}: {} has only {forms:?}", remedy.kind());
    }
    let names: BTreeSet<_> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(names.len(), KINDS.len());
    assert!(KINDS.iter().all(|kind| kind.about.ends_with('.') && kind.about.len() > 40));
}

/// README's table has a row for every kind, with its class.
#[test]
fn every_kind_is_in_the_readme_with_its_class() {
    let readme = read(root().join("README.md"));
    let (_, section) = readme.split_once("| remedy | what it changes").unwrap();
    for kind in KINDS {
        let row = section.lines().find(|line| line.starts_with('|') && line.contains(&format!("`{}`", kind.name)));
        let row = row.unwrap_or_else(|| panic!("README does not name `{}`", kind.name));
        let class = match kind.class {
            Class::Safe => "safe",
            Class::NeedsApproval => "needs approval",
            Class::AdviceOnly => "advice only",
        };
        assert!(row.ends_with(&format!("| {class} |")), "`{}` is {class}: {row}", kind.name);
    }
}

/// Of every kind there is a scenario that it is planned for.
#[test]
fn every_kind_has_a_scenario() {
    let mut planned = BTreeSet::new();
    for sample in scenarios() {
        let (denial, evidence) = (sample.denial(), sample.evidence());
        let diagnosis = Diagnosis::new(&denial, &evidence);
        let remedies = plan(&diagnosis, &checks::run(&diagnosis)).into_iter().flatten();
        planned.extend(remedies.map(|remedy| remedy.kind()));
    }
    let lacking: Vec<_> = KINDS.iter().map(|kind| kind.name).filter(|name| !planned.contains(name)).collect();
    assert_eq!(lacking, Vec::<&str>::new());
}
