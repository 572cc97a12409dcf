//! The request context: what is known of each condition key.

use std::collections::BTreeMap;

/// What a request says of a condition key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// It has these values; more than one makes a multivalued key.
    Present(Vec<String>),
    /// The request does not have the key.
    Absent,
    /// It does not have the key, or has one value that is none of these.
    NotOf(Vec<String>),
    /// It may have it or not.
    Unknown,
}

impl Key {
    /// A key with one value.
    pub fn one(value: impl Into<String>) -> Self {
        Self::Present(vec![value.into()])
    }

    /// A key with the value, or without one absent.
    pub fn maybe(value: Option<impl Into<String>>) -> Self {
        value.map_or(Self::Absent, Self::one)
    }

    /// A key with the value, or without one unknown.
    pub fn known(value: Option<impl Into<String>>) -> Self {
        value.map_or(Self::Unknown, Self::one)
    }
}

/// All condition keys of a request. Names are in lower case.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<String, Key>,
    /// Keys that start with a prefix, where the whole family is known or absent.
    families: Vec<(String, Key)>,
    /// Every other key.
    rest: Key,
}

impl Context {
    /// A context where every key that is not set is `rest`.
    #[must_use]
    pub fn new(rest: Key) -> Self {
        Self { keys: BTreeMap::new(), families: Vec::new(), rest }
    }

    /// Sets a key.
    pub fn set(&mut self, name: &str, key: Key) {
        self.keys.insert(name.to_lowercase(), key);
    }

    /// Sets all keys that start with `prefix` and are not set one by one.
    pub fn set_family(&mut self, prefix: &str, key: Key) {
        self.families.push((prefix.to_lowercase(), key));
    }

    /// Takes out every key that starts with `prefix`.
    pub fn remove_family(&mut self, prefix: &str) {
        let prefix = prefix.to_lowercase();
        self.keys.retain(|name, _| !name.starts_with(&prefix));
    }

    /// What is known of a key; `name` is in lower case.
    #[must_use]
    pub fn get(&self, name: &str) -> &Key {
        if let Some(key) = self.keys.get(name) {
            return key;
        }
        self.families
            .iter()
            .rev()
            .find(|(prefix, _)| name.starts_with(prefix.as_str()))
            .map_or(&self.rest, |row| &row.1)
    }

    /// The keys that are set, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Key)> {
        self.keys.iter().map(|(name, key)| (name.as_str(), key))
    }
}
