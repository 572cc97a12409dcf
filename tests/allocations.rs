//! What is allocated: nothing for a statement, and for a policy that came before, next to nothing. In a binary of its
//! own, whose allocator counts.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that does not find what it expects has to fail"
)]

#[path = "../benches/evaluate/policy_set.rs"]
mod policy_set;

use std::hint::black_box;
use std::thread;

use allocation_counter::{AllocationInfo, measure};
use deniedby::evaluate::{Evaluation, World, evaluate};
use deniedby::request::Request;
use deniedby::simulate::Simulator;
use serde_json::{Value, json};

use policy_set::{Texts, requests};

/// A policy set whose policies have each of their statements `times` times.
fn repeated(times: usize) -> Texts {
    let more = |text: &String| {
        let mut policy: Value = serde_json::from_str(text).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        let count = statements.len();
        policy["Statement"] = statements.iter().cycle().take(count * times).cloned().collect();
        policy.to_string()
    };
    let set = Texts::new();
    Texts {
        identity: set.identity.iter().map(more).collect(),
        scp: set.scp.iter().map(|level| level.iter().map(more).collect()).collect(),
        bucket: more(&set.bucket),
    }
}

fn measured(request: &Request, world: &World<'_>) -> (AllocationInfo, Evaluation) {
    let mut evaluation = None;
    let counted = measure(|| evaluation = Some(evaluate(black_box(request), world)));
    (counted, evaluation.unwrap())
}

#[test]
fn ten_times_the_statements_take_not_one_allocation_more() {
    let (few, many) = (Texts::new().compile(), repeated(10).compile());
    let (few, many) = (few.world(), many.world());
    for (request, decision) in requests() {
        let (once, evaluation) = measured(&request, &few);
        let (ten_times, again) = measured(&request, &many);
        assert_eq!(evaluation.possible.name(), decision);
        assert_eq!(again.possible.name(), decision);
        let counts = (once.count_total, ten_times.count_total);
        assert_eq!(counts.0, counts.1, "{} on {:?}", request.action.name(), request.resource.arn);
        // The layers' outcomes and the blockers.
        assert!(counts.0 <= 8, "{counts:?}");
    }
}

#[test]
fn a_policy_that_was_there_before_is_not_parsed_again_on_any_thread() {
    let documents = Texts::new().identity;
    let policies: Vec<_> = documents
        .iter()
        .map(|text| json!({ "name": "p", "document": serde_json::from_str::<Value>(text).unwrap() }))
        .collect();
    let line = |id: usize| {
        let resource = json!({ "arn": "arn:aws:s3:::b/k", "account": "111122223333" });
        let principal = "arn:aws:iam::111122223333:user/ann";
        json!({ "id": id, "principal": principal, "action": "none:Such", "resource": resource, "identity_policies": policies })
            .to_string()
    };
    let simulator = Simulator::default();
    let counted = |line: &str| measure(|| drop(black_box(simulator.answer(line)))).count_total;
    let first = counted(&line(1));
    let second = counted(&line(2));
    let on_another_thread = thread::scope(|scope| scope.spawn(|| counted(&line(3))).join().unwrap());
    assert!(first > 5 * second, "{first} allocations the first time, {second} the second");
    assert_eq!(second, on_another_thread);
}
