//! The JSON of a policy, as far as it can borrow from the text.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// A value, with the members of an object in the order in which people wrote them.
#[derive(Debug)]
pub(super) enum Json<'t> {
    Null,
    Bool(bool),
    Number(Number),
    Text(Cow<'t, str>),
    List(Vec<Json<'t>>),
    Object(Members<'t>),
}

/// Up to so many members, a look at each is quicker than a map of their places.
const FEW: usize = 16;

/// The members of an object. Of those with the same name the last one counts, in the place of the first.
#[derive(Debug)]
pub(super) struct Members<'t>(Vec<(Cow<'t, str>, Json<'t>)>);

impl<'t> Json<'t> {
    pub(super) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn as_object(&self) -> Option<&Members<'t>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// Whether `needle` stands in a text or in the name of a member.
    pub(super) fn contains(&self, needle: &str) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
            Self::Text(text) => text.contains(needle),
            Self::List(items) => items.iter().any(|item| item.contains(needle)),
            Self::Object(members) => members.contains(needle),
        }
    }
}

impl<'t> Members<'t> {
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Json<'t>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// Whether `needle` stands in a name or in a value.
    pub(super) fn contains(&self, needle: &str) -> bool {
        self.iter().any(|(name, value)| name.contains(needle) || value.contains(needle))
    }
}

impl<'de> Deserialize<'de> for Json<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Json::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        // A statement has up to seven.
        let mut members: Vec<(Cow<'de, str>, Json<'de>)> = Vec::with_capacity(6);
        let mut places = BTreeMap::new();
        while let Some((Name(name), value)) = entries.next_entry()? {
            let end = members.len();
            let place = if end <= FEW {
                members.iter().position(|member| member.0 == name)
            } else {
                if places.is_empty() {
                    places = members.iter().enumerate().map(|(place, member)| (member.0.clone(), place)).collect();
                }
                Some(*places.entry(name.clone()).or_insert(end))
            };
            match place.and_then(|place| members.get_mut(place)) {
                Some(member) => member.1 = value,
                None => members.push((name, value)),
            }
        }
        Ok(Json::Object(Members(members)))
    }
}

/// The name of a member. By itself, serde copies a `Cow`.
struct Name<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Name(Cow::Owned(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Vec<(String, String)> {
        let json: Json<'_> = serde_json::from_str(text).unwrap();
        json.as_object().unwrap().iter().map(|(name, value)| (name.to_owned(), format!("{value:?}"))).collect()
    }

    #[test]
    fn of_members_with_one_name_the_last_counts_in_the_place_of_the_first() {
        assert_eq!(
            object(r#"{"a":1,"b":2,"\u0061":"\u00e9"}"#),
            [("a".to_owned(), "Text(\"\u{e9}\")".to_owned()), ("b".to_owned(), "Number(Number(2))".to_owned())]
        );
        let members: Vec<String> = (0..200).map(|n| format!(r#""m{}":{n}"#, n % 50)).collect();
        let many = object(&format!("{{{}}}", members.join(",")));
        assert_eq!(many.len(), 50);
        for (place, (name, value)) in many.iter().enumerate() {
            assert_eq!(*name, format!("m{place}"));
            assert_eq!(*value, format!("Number(Number({}))", 150 + place));
        }
    }

    #[test]
    fn what_can_be_borrowed_is() {
        let json: Json<'_> = serde_json::from_str(r#"["plain", "escaped\n"]"#).unwrap();
        let Json::List(items) = json else { panic!("a list") };
        assert!(matches!(items[0], Json::Text(Cow::Borrowed("plain"))));
        assert!(matches!(&items[1], Json::Text(Cow::Owned(text)) if text == "escaped\n"));
    }
}
