//! Any line has one answer: a line of JSON with a decision that is possible, or an error.
#![no_main]

use deniedby::simulate::Simulator;
use serde_json::Value;

libfuzzer_sys::fuzz_target!(|input: &str| {
    let answer = Simulator::default().answer(input);
    assert!(!answer.contains('\n'));
    let answer: Value = serde_json::from_str(&answer).expect("an answer is JSON");
    if answer.get("error").is_some() {
        return;
    }
    let possible = answer["possible"].as_array().expect("an answer has the possible decisions");
    match answer["decision"].as_str() {
        Some("unknown") => assert!(possible.len() > 1),
        Some(decision) => assert_eq!(possible, &[Value::from(decision)]),
        None => panic!("an answer has a decision"),
    }
});
