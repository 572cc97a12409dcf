//! The decisions of the policy set that the benchmarks measure on.

#[path = "../../benches/evaluate/policy_set.rs"]
mod set;

use deniedby::evaluate::evaluate;

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
