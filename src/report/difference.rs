//! What differs between two long values: of a policy, the statements that change; of anything else, the text around it.

use serde_json::Value;

use super::escape::length;

/// How much is shown of what is the same on both sides of a difference.
const AROUND: usize = 60;
/// What stands for what is left out.
const LEFT_OUT: &str = "…";

/// What is there before and after, each at most about `max` characters long where that leaves the difference to see.
pub(super) fn difference(before: &str, after: &str, max: usize) -> (String, String) {
    let is_long = |before: &str, after: &str| length(before) > max || length(after) > max;
    if !is_long(before, after) {
        return (before.to_owned(), after.to_owned());
    }
    let (before, after) = statements(before, after).unwrap_or_else(|| (before.to_owned(), after.to_owned()));
    if !is_long(&before, &after) {
        return (before, after);
    }
    around(&before, &after)
}

/// The statements of two policies that the other does not have.
fn statements(before: &str, after: &str) -> Option<(String, String)> {
    let list = |text: &str| match serde_json::from_str::<Value>(text).ok()?.get_mut("Statement")?.take() {
        Value::Array(list) => Some(list),
        one @ Value::Object(_) => Some(vec![one]),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    };
    let (ours, theirs) = (list(before)?, list(after)?);
    let only = |own: &[Value], other: &[Value]| {
        let changed: Vec<_> = own.iter().filter(|row| !other.contains(row)).map(ToString::to_string).collect();
        if changed.is_empty() {
            return "(no such statement)".to_owned();
        }
        let rest = if changed.len() < own.len() { LEFT_OUT } else { "" };
        format!("{rest}{}{rest}", changed.join(","))
    };
    let differs = ours != theirs;
    differs.then(|| (only(&ours, &theirs), only(&theirs, &ours)))
}

/// The text around the first and the last character that differ.
fn around(before: &str, after: &str) -> (String, String) {
    let (old, new): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let tail = tail.min(old.len().min(new.len()) - head);
    let cut = |text: &[char]| {
        let from = head.saturating_sub(AROUND);
        let to = (text.len() - tail + AROUND).min(text.len());
        let shown: String = text.iter().skip(from).take(to.saturating_sub(from)).collect();
        let left = |is: bool| if is { LEFT_OUT } else { "" };
        format!("{}{shown}{}", left(from > 0), left(to < text.len()))
    };
    (cut(&old), cut(&new))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_difference_is_seen() {
        let long = "x".repeat(400);
        let policy = |statements: &str| format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
        let kept = format!(r#"{{"Sid":"{long}"}}"#);
        for (before, after, shown) in [
            ("a".to_owned(), "b".to_owned(), ("a", "b")),
            (
                policy(&kept),
                policy(&format!(r#"{kept},{{"Sid":"New"}}"#)),
                ("(no such statement)", r#"…{"Sid":"New"}…"#),
            ),
            (
                policy(&format!(r#"{{"Sid":"Old"}},{kept}"#)),
                policy(&format!(r#"{{"Sid":"New"}},{kept}"#)),
                (r#"…{"Sid":"Old"}…"#, r#"…{"Sid":"New"}…"#),
            ),
        ] {
            let (old, new) = difference(&before, &after, 300);
            assert_eq!((old.as_str(), new.as_str()), shown);
        }
        let (old, new) = difference(&format!("{long}old{long}"), &format!("{long}new{long}"), 300);
        assert!(old.contains("old") && new.contains("new") && old.len() < 200, "{old}");
    }

    proptest! {
        #[test]
        fn what_differs_is_never_shown_as_the_same(
            head in "[a-c]{0,400}", tail in "[a-c]{0,400}", old in "[a-c]{0,9}", new in "[a-c]{0,9}",
        ) {
            let (before, after) = (format!("{head}{old}{tail}"), format!("{head}{new}{tail}"));
            prop_assume!(before != after);
            let (old, new) = difference(&before, &after, 300);
            prop_assert_ne!(&old, &new);
            prop_assert!(old.chars().count() <= 300 && new.chars().count() <= 300);
        }
    }
}
