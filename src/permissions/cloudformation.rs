//! Policies as JSON for the templates.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>

use serde_json::{Value, json};

use super::{Role, Statement, Text, holds, statements};

/// The policy document of a role as it stands in a template.
#[must_use]
pub fn template_policy(role: Role) -> Value {
    let statements: Vec<Value> = statements(role).iter().map(statement).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn statement(statement: &Statement) -> Value {
    let mut value = json!({ "Sid": statement.sid, "Effect": "Allow", "Action": one_or_all(&statement.actions) });
    if let Some(object) = value.as_object_mut() {
        let resources: Vec<Value> = statement.resources.iter().map(text).collect();
        object.insert("Resource".to_owned(), one_or_all(&resources));
        let equals = statement.condition.as_ref().map(|condition| (condition.key, text(&condition.value)));
        if let Some(holds) = holds(equals, &statement.pins) {
            let condition = statement.condition.as_ref();
            let otherwise = condition.and_then(|condition| condition.otherwise.as_ref());
            let otherwise = otherwise.and_then(|(key, value)| self::holds(Some((key, text(value))), &[]));
            object.insert("Condition".to_owned(), one_of(condition.and_then(|it| it.only_if), holds, otherwise));
        }
    }
    one_of(statement.only_if, value, None)
}

/// A value where a condition of the template holds, and another, or none, where it does not.
fn one_of(condition: Option<&str>, value: Value, otherwise: Option<Value>) -> Value {
    let otherwise = otherwise.unwrap_or_else(|| json!({ "Ref": "AWS::NoValue" }));
    match condition {
        None => value,
        Some(name) => json!({ "Fn::If": [name, value, otherwise] }),
    }
}

fn text(text: &Text) -> Value {
    match text {
        Text::Plain(text) => json!(text),
        Text::Sub(text) => json!({ "Fn::Sub": text }),
        Text::Ref(name) => json!({ "Ref": name }),
        Text::Split(name) => json!({ "Fn::Split": [",", { "Ref": name }] }),
        Text::GetAtt(resource, attribute) => json!({ "Fn::GetAtt": [resource, attribute] }),
    }
}

/// One value stands without a list.
fn one_or_all<T: serde::Serialize>(values: &[T]) -> Value {
    match values {
        [one] => json!(one),
        all => json!(all),
    }
}
