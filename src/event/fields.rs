//! Reads members of a JSON object, with the place in the words of each error.

use serde_json::{Map, Value};

use super::EventError;

/// A JSON object, or the absence of one, and where it stands in the input.
pub(super) struct Fields<'v> {
    object: Option<&'v Map<String, Value>>,
    path: String,
}

impl<'v> Fields<'v> {
    pub(super) fn new(object: &'v Map<String, Value>, path: &str) -> Self {
        Self { object: Some(object), path: path.to_owned() }
    }

    /// A redacted copy at the same place.
    pub(super) fn redacted<'r>(&self, copy: &'r Value) -> Fields<'r> {
        Fields { object: copy.as_object(), path: self.path.clone() }
    }

    pub(super) fn is_absent(&self) -> bool {
        self.object.is_none()
    }

    /// The place of a member, for errors.
    pub(super) fn place(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The member; JSON's null counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&'v Value> {
        self.object?.get(name).filter(|v| !v.is_null())
    }

    /// A member that is text, a boolean or absent.
    pub(super) fn text(&self, name: &str) -> Result<Option<&'v str>, EventError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(Value::Bool(true)) => Ok(Some("true")),
            Some(Value::Bool(false)) => Ok(Some("false")),
            Some(_) => Err(EventError::WrongType { at: self.place(name), wanted: "text" }),
        }
    }

    /// A member that is text, a number, or absent, as text.
    pub(super) fn scalar(&self, name: &str) -> Result<Option<String>, EventError> {
        match self.get(name) {
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            _ => Ok(self.text(name)?.map(str::to_owned)),
        }
    }

    /// A member that must be text.
    pub(super) fn required(&self, name: &str) -> Result<&'v str, EventError> {
        match self.text(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(EventError::Missing { at: self.place(name) }),
        }
    }

    /// A member that is an object; absent gives one without members.
    pub(super) fn object(&self, name: &str) -> Result<Fields<'v>, EventError> {
        match self.get(name) {
            None => Ok(Fields { object: None, path: self.place(name) }),
            Some(Value::Object(object)) => Ok(Fields::new(object, &self.place(name))),
            Some(_) => Err(EventError::WrongType { at: self.place(name), wanted: "an object" }),
        }
    }

    /// A member that is a list; absent gives an empty one.
    pub(super) fn list(&self, name: &str) -> Result<&'v [Value], EventError> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(EventError::WrongType { at: self.place(name), wanted: "a list" }),
        }
    }

    /// The items of a list of objects.
    pub(super) fn objects(&self, name: &str) -> Result<Vec<Fields<'v>>, EventError> {
        let place = self.place(name);
        let items = self.list(name)?.iter().enumerate().map(|(index, item)| {
            let at = format!("{place}[{index}]");
            let object = item.as_object().ok_or(EventError::WrongType { at: at.clone(), wanted: "an object" })?;
            Ok(Fields::new(object, &at))
        });
        items.collect()
    }

    /// The members of an object.
    pub(super) fn members(&self) -> Map<String, Value> {
        self.object.cloned().unwrap_or_default()
    }
}
