//! A policy document: its text, and what it means.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::policy::Policy;

/// A policy as AWS stores it, parsed once.
#[derive(Debug, Clone)]
pub struct Document {
    source: Source,
    policy: Arc<Policy>,
}

#[derive(Debug, Clone, PartialEq)]
enum Source {
    Json(Value),
    /// Not JSON: kept as it is.
    Text(String),
}

impl Document {
    /// Reads the text of a policy.
    #[must_use]
    pub fn new(text: &str) -> Self {
        match serde_json::from_str(text) {
            Ok(value) => Self::from_json(value),
            Err(_) => Self { policy: Arc::new(Policy::parse(text)), source: Source::Text(text.to_owned()) },
        }
    }

    fn from_json(value: Value) -> Self {
        Self { policy: Arc::new(Policy::from_value(&value)), source: Source::Json(value) }
    }

    /// Whether the text is a JSON object. AWS stores no other policy, so anything else is not its answer.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(&self.source, Source::Json(Value::Object(_)))
    }

    /// The compiled policy.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Document {}

impl Serialize for Document {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.source {
            Source::Json(value) => value.serialize(serializer),
            Source::Text(text) => text.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Ok(if let Value::String(text) = &value { Self::new(text) } else { Self::from_json(value) })
    }
}
