//! The policy set that the benchmarks measure on: its decisions, and what README says of it.

#[path = "../../benches/evaluate/policy_set.rs"]
mod set;

use deniedby::evaluate::evaluate;
use serde_json::Value;

use crate::world::{read, root};

#[test]
fn every_request_gets_its_decision() {
    let compiled = set::Texts::new().compile();
    let world = compiled.world();
    let requests = set::requests();
    assert_eq!(requests.len(), 200);
    for (index, (request, decision)) in requests.iter().enumerate() {
        let found = evaluate(request, &world).possible.name();
        assert_eq!(found, decision, "request {index}: {} on {:?}", request.action.name(), request.resource.arn);
    }
}

#[test]
fn readme_says_what_is_measured_and_beside_which_versions() {
    let readme = read(root().join("README.md"));
    let (_, speed) = readme.split_once("\n## Speed\n").unwrap();
    let (speed, _) = speed.split_once("\n## ").unwrap();

    let texts = set::Texts::new();
    let all = texts.identity.iter().chain(texts.scp.iter().flatten()).chain([&texts.bucket]);
    let statements: usize = all.map(|text| json(text)["Statement"].as_array().unwrap().len()).sum();
    let file = |name: &str| read(root().join("benches/evaluate/policy-set").join(name));
    let bytes: usize = ["identity.json", "scp.json", "bucket.json"].map(|name| file(name).len()).iter().sum();
    let set = format!(
        "{statements} statements ({}.{} KB) in {} identity policies, {} levels of SCPs and a bucket policy",
        bytes / 1000,
        bytes % 1000 / 100,
        texts.identity.len(),
        texts.scp.len(),
    );
    assert!(speed.replace('\n', " ").contains(&set), "README does not say: {set}");

    let lock = read(root().join("Cargo.lock"));
    let (_, iam_rs) = lock.split_once("name = \"iam-rs\"\nversion = \"").unwrap();
    let iam_rs = format!("iam-rs {}", iam_rs.split('"').next().unwrap());
    let package = json(&read(root().join("tests/oracle/package.json")));
    let iam_simulate = package["dependencies"]["@cloud-copilot/iam-simulate"].as_str().unwrap();
    for version in [iam_rs, format!("iam-simulate {iam_simulate}")] {
        assert!(speed.contains(&version), "README does not say {version}: run `make bench`, and write what it finds");
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
