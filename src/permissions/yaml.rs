//! Policies as YAML for the templates, and their places in the templates.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::writes::Pin;
use super::{Condition, Role, Statement, Text, statements};

/// The templates, with the role whose policy each holds.
pub const TEMPLATES: &[(&str, Role)] = &[
    ("template.yaml", Role::Hub),
    ("deploy/member-account.yaml", Role::Read),
    ("deploy/management-account.yaml", Role::Management),
    ("deploy/fix-role.yaml", Role::Fix),
    ("deploy/approvals.yaml", Role::Approve),
];

/// The line before a policy's statements.
const BEGIN: &str = "# Made by `deniedby permissions --write`.";

/// The line after them.
const END: &str = "# End of what is made.";

/// Why a template cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lines `{BEGIN}` and `{END}` are not there, once each and in this order: put them back")]
pub struct NoPlace;

/// A template with the policy that its role shall have; the same as before if it has it already.
///
/// # Errors
/// If the template does not say where the policy stands.
pub fn with_policy(template: &str, role: Role) -> Result<String, NoPlace> {
    let (before, rest) = template.split_once(BEGIN).ok_or(NoPlace)?;
    let (old, after) = rest.split_once(END).ok_or(NoPlace)?;
    if old.contains(BEGIN) || after.contains(BEGIN) || after.contains(END) {
        return Err(NoPlace);
    }
    let indent = before.rsplit('\n').next().unwrap_or_default();
    let mut text = format!("{before}{BEGIN}\n");
    for statement in statements(role) {
        for line in lines(&statement) {
            text.push_str(indent);
            text.push_str(&line);
            text.push('\n');
        }
    }
    text.push_str(indent);
    text.push_str(END);
    text.push_str(after);
    Ok(text)
}

/// A statement as an item of a list.
fn lines(statement: &Statement) -> Vec<String> {
    let mut inside = vec![format!("Sid: {}", statement.sid), "Effect: Allow".to_owned()];
    match statement.actions.as_slice() {
        [one] => inside.push(format!("Action: {one}")),
        all => {
            inside.push("Action:".to_owned());
            inside.extend(all.iter().map(|action| format!("  - {action}")));
        }
    }
    match statement.resources.as_slice() {
        [one] => inside.push(format!("Resource: {}", text(one))),
        all => {
            inside.push("Resource:".to_owned());
            inside.extend(all.iter().map(|resource| format!("  - {}", text(resource))));
        }
    }
    inside.extend(condition(statement.condition.as_ref(), &statement.pins));

    let mut lines: Vec<String> = statement.note.iter().map(|note| format!("# {note}")).collect();
    match statement.only_if {
        None => lines.extend(item(&inside)),
        Some(name) => {
            let mut parts = vec![format!("- {name}")];
            parts.extend(item(&inside));
            parts.push("- !Ref AWS::NoValue".to_owned());
            lines.push("- !If".to_owned());
            lines.extend(parts.iter().map(|line| format!("  {line}")));
        }
    }
    lines
}

fn condition(equals: Option<&Condition>, pins: &[Pin]) -> Vec<String> {
    let mut operators: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    if let Some(condition) = equals {
        let holds = format!("\"{}\": {}", condition.key, text(&condition.value));
        operators.entry("StringEquals").or_default().push(holds);
    }
    for pin in pins {
        let values: Vec<_> = pin.values.iter().map(|value| format!("\"{value}\"")).collect();
        let value = if let [one] = values.as_slice() { one.clone() } else { format!("[{}]", values.join(", ")) };
        operators.entry(pin.operator).or_default().push(format!("\"{}\": {value}", pin.key));
    }
    // An operator with a colon in its name is a key all the same.
    let holds: Vec<_> =
        operators.iter().map(|(operator, holds)| format!("{}: {{ {} }}", key(operator), holds.join(", "))).collect();
    match equals.and_then(|condition| condition.only_if) {
        _ if holds.is_empty() => Vec::new(),
        None => ["Condition:".to_owned()].into_iter().chain(holds.iter().map(|line| format!("  {line}"))).collect(),
        Some(name) => {
            let mut lines = vec!["Condition: !If".to_owned(), format!("  - {name}")];
            lines.extend(item(&holds).iter().map(|line| format!("  {line}")));
            lines.push(match equals.and_then(|condition| condition.otherwise.as_ref()) {
                Some((key, value)) => format!("  - StringEquals: {{ \"{key}\": {} }}", text(value)),
                None => "  - !Ref AWS::NoValue".to_owned(),
            });
            lines
        }
    }
}

/// A key of a mapping, quoted where it has to be: to YAML, `Null` is no text.
fn key(name: &str) -> String {
    if name.contains(':') || name == "Null" { format!("\"{name}\"") } else { name.to_owned() }
}

/// The lines of a mapping as an item of a list.
fn item(mapping: &[String]) -> Vec<String> {
    let mark = |index| if index == 0 { "- " } else { "  " };
    mapping.iter().enumerate().map(|(index, line)| format!("{}{line}", mark(index))).collect()
}

fn text(text: &Text) -> String {
    let mut written = String::new();
    // Writing to a text cannot fail.
    let _ = match text {
        Text::Plain(text) => write!(written, "\"{text}\""),
        Text::Sub(text) => write!(written, "!Sub \"{text}\""),
        Text::Ref(name) => write!(written, "!Ref {name}"),
        Text::GetAtt(resource, attribute) => write!(written, "!GetAtt {resource}.{attribute}"),
        Text::Split(name) => write!(written, "!Split [\",\", !Ref {name}]"),
    };
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_put_between_its_lines_with_their_indent() {
        let template = format!("a:\n    {BEGIN}\n    old\n    {END}\nb: 1\n");
        let written = with_policy(&template, Role::Management).unwrap();
        assert!(written.starts_with(&format!("a:\n    {BEGIN}\n    - Sid: Organization\n      Effect: Allow\n")));
        assert!(written.ends_with(&format!("      Resource: \"*\"\n    {END}\nb: 1\n")), "{written}");
        assert_eq!(with_policy(&written, Role::Management), Ok(written.clone()));
    }

    #[test]
    fn a_template_without_a_place_is_left_alone() {
        for template in ["", BEGIN, &format!("{END}\n{BEGIN}"), &format!("{BEGIN}\n{BEGIN}\n{END}")] {
            assert_eq!(with_policy(template, Role::Read), Err(NoPlace), "{template}");
        }
    }
}
