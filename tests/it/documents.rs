//! Policies that are read, written and read again mean the same, and keep what nobody understands.

use deniedby::evidence::Document;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::decisions::rows;
use crate::made_up::statement;

/// Read, written in each way that a policy is written, and read again.
fn survives(value: &Value) -> Result<(), String> {
    let read = Document::of(value.clone());
    let meaning = format!("{:?}", read.policy());
    for text in [serde_json::to_string(&read), serde_json::to_string_pretty(&read)] {
        let again = Document::new(&text.unwrap());
        if again.value() != Some(value) {
            return Err(format!("{value} is written as {:?}", again.value()));
        }
        let now = format!("{:?}", again.policy());
        if now != meaning {
            return Err(format!("{value} means {now}, and meant {meaning}"));
        }
    }
    Ok(())
}

/// The policies in there, however deep: objects with a `Statement`.
fn policies<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(members) if members.contains_key("Statement") => found.push(value),
        Value::Object(members) => {
            for member in members.values() {
                policies(member, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                policies(item, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_policy_of_the_decision_tables_survives() {
    let rows = rows();
    let mut found = Vec::new();
    for member in rows.iter().flat_map(|row| row.request.values()) {
        policies(member, &mut found);
    }
    assert!(found.len() > 1000, "only {} policies", found.len());
    for policy in found {
        assert_eq!(survives(policy), Ok(()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_nobody_understands_is_kept(statements in prop::collection::vec(statement(), 0..4), name in "[A-Z][a-z]{7}") {
        let mut policy = json!({ "Version": "2012-10-17", "Statement": statements });
        let plain = Document::of(policy.clone());
        let members = policy.as_object_mut().unwrap();
        members.insert(name.clone(), json!({ "x": [1, null, "\u{202e}"] }));
        if let Some(Value::Object(first)) = members.get_mut("Statement").and_then(|list| list.get_mut(0)) {
            first.insert(name, json!("kept"));
        }
        prop_assert_eq!(survives(&policy), Ok(()));
        let more = Document::of(policy);
        prop_assert_eq!(format!("{:?}", more.policy()), format!("{:?}", plain.policy()));
    }
}
