//! A policy document: its text, and what it means.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::policy::{Policy, Version};

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

    /// A policy that is JSON already.
    #[must_use]
    pub fn of(value: Value) -> Self {
        Self::from_json(value)
    }

    /// The policy as JSON; `None` if its text is none.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        match &self.source {
            Source::Json(value) => Some(value),
            Source::Text(_) => None,
        }
    }

    /// The same policy with one more statement at its end; `None` if it has no list of statements, or is of a version in
    /// which the statement would mean something else. Where another
    /// statement has its Sid, a number is added to it: no two may have the same.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html>
    #[must_use]
    pub fn with_statement(&self, mut statement: Value) -> Option<Self> {
        if self.policy.version == Version::V2008 && has_variable(&statement) {
            return None;
        }
        self.edited(|statements| {
            let is_taken = |sid: &str| statements.iter().any(|known| sid_of(known) == Some(sid));
            let free = sid_of(&statement).filter(|sid| is_taken(sid)).and_then(|sid| {
                (2..=statements.len() + 2).map(|number| format!("{sid}{number}")).find(|sid| !is_taken(sid))
            });
            if let (Some(sid), Some(members)) = (free, statement.as_object_mut()) {
                members.insert("Sid".to_owned(), sid.into());
            }
            statements.push(statement);
        })
    }

    /// The one statement that `self` has at its end and `before` has not, where all else is the same; `None` if there is
    /// any other difference.
    #[must_use]
    pub fn added_to(&self, before: Option<&Self>) -> Option<&Value> {
        let statements = self.value()?.get("Statement")?.as_array()?;
        let statement = statements.last()?;
        match before {
            None => (statements.len() == 1).then_some(statement),
            Some(before) => (before.with_statement(statement.clone())? == *self).then_some(statement),
        }
    }

    /// The statement with a Sid; `None` if there is none.
    #[must_use]
    pub fn statement(&self, sid: &str) -> Option<&Value> {
        let statements = self.value()?.get("Statement")?;
        statements.as_array()?.iter().find(|statement| sid_of(statement) == Some(sid))
    }

    /// The same policy with another principal in place of one of a statement, which is named by its Sid or index; `None`
    /// if that principal is not there.
    #[must_use]
    pub fn with_principal(&self, statement: &str, written: &str, meant: &str) -> Option<Self> {
        self.replaced(statement, |statement| statement.get_mut("Principal")?.get_mut("AWS"), written, meant)
    }

    /// The same policy with another ARN in place of one of a statement, which is named by its Sid or index; `None` if
    /// that ARN is not there.
    #[must_use]
    pub fn with_resource(&self, statement: &str, written: &str, meant: &str) -> Option<Self> {
        self.replaced(statement, |statement| statement.get_mut("Resource"), written, meant)
    }

    /// The same policy with one more ARN behind one of a statement, which is named by its Sid or index; `None` if that
    /// ARN is not there.
    #[must_use]
    pub fn with_more_resource(&self, statement: &str, written: &str, more: &str) -> Option<Self> {
        let mut found = false;
        let edited = self.edited(|statements| {
            let Some(element) = find(statements, statement).and_then(|s| s.get_mut("Resource")) else { return };
            if element.is_string() {
                *element = Value::Array(vec![element.take()]);
            }
            let Some(items) = element.as_array_mut() else { return };
            if let Some(at) = items.iter().position(|item| item.as_str() == Some(written)) {
                items.insert(at + 1, more.into());
                found = true;
            }
        })?;
        found.then_some(edited)
    }

    /// One text of an element replaced by another.
    fn replaced(
        &self,
        statement: &str,
        element: impl FnOnce(&mut Value) -> Option<&mut Value>,
        written: &str,
        meant: &str,
    ) -> Option<Self> {
        let mut found = false;
        let edited = self.edited(|statements| {
            let Some(element) = find(statements, statement).and_then(element) else { return };
            let items =
                if let Value::Array(items) = element { items.as_mut_slice() } else { std::slice::from_mut(element) };
            for item in items.iter_mut().filter(|item| item.as_str() == Some(written)) {
                *item = meant.into();
                found = true;
            }
        })?;
        found.then_some(edited)
    }

    /// The same policy with one more condition in a statement, which is named by its Sid or index; `None` if the
    /// statement is not there, or has a condition on that key already.
    #[must_use]
    pub fn with_condition(&self, statement: &str, operator: &str, key: &str, value: &str) -> Option<Self> {
        let mut added = false;
        let edited = self.edited(|statements| {
            let Some(members) = find(statements, statement).and_then(Value::as_object_mut) else { return };
            let condition = members.entry("Condition").or_insert_with(|| Value::Object(serde_json::Map::new()));
            let Some(operators) = condition.as_object_mut() else { return };
            let keys = operators.entry(operator).or_insert_with(|| Value::Object(serde_json::Map::new()));
            let Some(keys) = keys.as_object_mut() else { return };
            if keys.keys().all(|known| !known.eq_ignore_ascii_case(key)) {
                keys.insert(key.to_owned(), value.into());
                added = true;
            }
        })?;
        added.then_some(edited)
    }

    /// The policy with its statements as a list, edited.
    fn edited(&self, edit: impl FnOnce(&mut Vec<Value>)) -> Option<Self> {
        let mut value = self.value()?.clone();
        let statements = value.get_mut("Statement")?;
        if statements.is_object() {
            *statements = Value::Array(vec![statements.take()]);
        }
        edit(statements.as_array_mut()?);
        Some(Self::from_json(value))
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

/// Whether a text has a policy variable, `${*}` among them, which the older version of the language does not know.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
fn has_variable(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("${"),
        Value::Array(values) => values.iter().any(has_variable),
        Value::Object(members) => members.values().any(has_variable),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn sid_of(statement: &Value) -> Option<&str> {
    statement.get("Sid")?.as_str()
}

/// A statement by its Sid or its index.
fn find<'s>(statements: &'s mut [Value], name: &str) -> Option<&'s mut Value> {
    let by_sid = statements.iter().position(|statement| sid_of(statement) == Some(name));
    statements.get_mut(by_sid.or_else(|| name.parse().ok())?)
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
