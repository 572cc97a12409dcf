//! Policies that stand in several lines are compiled once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::policy::Policy;

/// How many bytes of policy text are kept. What a policy compiles to takes several times as much.
const CAPACITY: usize = 32 << 20;

/// Compiled policies by their text.
#[derive(Debug, Default)]
pub(super) struct PolicyCache {
    policies: HashMap<Box<str>, Arc<Policy>>,
    bytes: usize,
}

impl PolicyCache {
    /// The policy of a text: the JSON of a policy, or JSON text that holds it.
    pub(super) fn policy(&mut self, text: &str) -> Arc<Policy> {
        if let Some(policy) = self.policies.get(text) {
            return Arc::clone(policy);
        }
        let policy = Arc::new(match serde_json::from_str::<String>(text) {
            Ok(inner) => Policy::parse(&inner),
            Err(_) => Policy::parse(text),
        });
        if self.bytes + text.len() > CAPACITY {
            self.policies.clear();
            self.bytes = 0;
        }
        self.bytes += text.len();
        self.policies.insert(text.into(), Arc::clone(&policy));
        policy
    }
}
