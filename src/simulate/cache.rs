//! Policies that stand in several lines are compiled once.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::policy::Policy;

/// How many bytes of policy text are kept. What a policy compiles to takes several times as much.
const CAPACITY: usize = 8 << 20;

/// Compiled policies by their text, for all threads.
#[derive(Debug, Default)]
pub(super) struct PolicyCache(RwLock<Kept>);

#[derive(Debug, Default)]
struct Kept {
    policies: HashMap<Box<str>, Arc<OnceLock<Arc<Policy>>>>,
    bytes: usize,
}

impl PolicyCache {
    /// The policy of a text: the JSON of a policy, or JSON text that holds it. Whoever asks first compiles it, and the
    /// others wait for that one alone.
    pub(super) fn policy(&self, text: &str) -> Arc<Policy> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).policies.get(text).map(Arc::clone);
        let place = known.unwrap_or_else(|| self.0.write().unwrap_or_else(PoisonError::into_inner).place(text));
        Arc::clone(place.get_or_init(|| Arc::new(compile(text))))
    }
}

impl Kept {
    fn place(&mut self, text: &str) -> Arc<OnceLock<Arc<Policy>>> {
        if let Some(place) = self.policies.get(text) {
            return Arc::clone(place);
        }
        if self.bytes + text.len() > CAPACITY {
            self.policies.clear();
            self.bytes = 0;
        }
        self.bytes += text.len();
        Arc::clone(self.policies.entry(text.into()).or_default())
    }
}

fn compile(text: &str) -> Policy {
    match serde_json::from_str::<String>(text) {
        Ok(inner) => Policy::parse(&inner),
        Err(_) => Policy::parse(text),
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const POLICY: &str = r#"{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;

    #[test]
    fn a_policy_is_compiled_once_for_all_threads() {
        let cache = PolicyCache::default();
        let first = cache.policy(POLICY);
        let same = |cache: &PolicyCache| Arc::ptr_eq(&first, &cache.policy(POLICY));
        assert!(same(&cache));
        thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| same(&cache))).collect();
            assert!(threads.into_iter().all(|thread| thread.join().unwrap()));
        });
        assert!(!Arc::ptr_eq(&first, &cache.policy(&format!("{POLICY} "))));
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let mut kept = Kept::default();
        let text = " ".repeat(CAPACITY / 4);
        for number in 0..40 {
            kept.place(&format!("{text}{number}"));
            assert!(kept.bytes <= CAPACITY && kept.policies.len() <= 4, "{number}");
        }
    }
}
