//! Decision tables: what AWS's documentation says of a request, row by row, against `simulate`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use deniedby::policy::{Comparison, OPERATORS, Operator};
use deniedby::simulate::Simulator;
use serde_json::{Map, Value};

use crate::world::{read, root};

/// A row with what its file gives every request.
pub(crate) struct Row {
    file: String,
    told: Value,
    pub(crate) request: Map<String, Value>,
}

impl Row {
    fn text(&self, name: &str) -> &str {
        self.told.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn title(&self) -> String {
        format!("{}: {} (because {})", self.file, self.text("name"), self.text("because"))
    }

    /// What the answer has other than the row expects.
    fn differences(&self, answer: &Value) -> Vec<String> {
        let Some(Value::Object(expect)) = self.told.get("expect") else {
            return vec!["nothing is expected".to_owned()];
        };
        let mut all = Vec::new();
        for (name, wanted) in expect {
            let found = answer.get(name).cloned().unwrap_or_default();
            // The decisions that are possible are a set; blockers have an order.
            let same = if name == "possible" { set(&found) == set(wanted) } else { found == *wanted };
            if !same {
                all.push(format!("{name} is {found}, not {wanted}"));
            }
        }
        if let (false, Some(error)) = (all.is_empty(), answer.get("error")) {
            all.push(error.to_string());
        }
        all
    }
}

fn set(list: &Value) -> BTreeSet<String> {
    list.as_array().into_iter().flatten().map(ToString::to_string).collect()
}

/// Every file in the folders of `tests/decisions/`. The files beside the folders have another form.
fn files() -> Vec<PathBuf> {
    fn within(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                within(&path, depth + 1, found);
            } else if depth > 0 && path.extension().is_some_and(|extension| extension == "json") {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    within(&root().join("tests/decisions"), 0, &mut found);
    found.sort();
    found
}

pub(crate) fn rows() -> Vec<Row> {
    let mut all = Vec::new();
    for path in files() {
        let file = path.strip_prefix(root()).unwrap().display().to_string();
        let table: Value = serde_json::from_str(&read(&path)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let defaults = table.get("defaults").and_then(Value::as_object).cloned().unwrap_or_default();
        let Value::Array(rows) = table.get("rows").cloned().unwrap_or(table) else { panic!("{file} has no rows") };
        for row in rows {
            let mut request = defaults.clone();
            let own = row.get("request").and_then(Value::as_object).cloned();
            request.extend(own.unwrap_or_else(|| panic!("{file}: {row} has no request")));
            all.push(Row { file: file.clone(), told: row, request });
        }
    }
    all
}

#[test]
fn every_row_gets_its_decision() {
    let simulator = Simulator::default();
    let mut wrong = Vec::new();
    let rows = rows();
    for row in &rows {
        let line = serde_json::to_string(&row.request).unwrap();
        let text = simulator.answer(&line);
        let answer: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", row.title()));
        let differences = row.differences(&answer);
        if !differences.is_empty() {
            wrong.push(format!("{}\n    {}\n    {line}", row.title(), differences.join("; ")));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows differ:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn rows_say_why_and_where_it_is_written() {
    let rows = rows();
    assert!(rows.len() >= 400, "only {} rows", rows.len());
    let mut names = BTreeSet::new();
    for row in &rows {
        let title = row.title();
        assert!(!row.text("name").is_empty() && !row.text("because").is_empty(), "{title}");
        assert!(names.insert((row.file.as_str(), row.text("name"))), "{title} is there twice");
        for page in ["page", "other_page"] {
            let optional = page == "other_page" && row.told.get(page).is_none();
            let address = row.text(page);
            assert!(optional || address.starts_with("https://docs.aws.amazon.com/"), "{title}: {page} is `{address}`");
        }
        let expect = row.told.get("expect").unwrap_or_else(|| panic!("{title} expects nothing"));
        let possible = expect.get("possible").map_or(1, |list| set(list).len());
        assert_eq!(possible > 1, expect.get("decision") == Some(&Value::from("unknown")), "{title}");
    }
}

/// What a request has for the key of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    One,
    Several,
    Absent,
    Unknown,
}

const MODIFIERS: [(&str, &str); 6] = [
    ("", ""),
    ("", "IfExists"),
    ("ForAllValues:", ""),
    ("ForAnyValue:", ""),
    ("ForAllValues:", "IfExists"),
    ("ForAnyValue:", "IfExists"),
];

/// The decisions of the rows whose policies have one condition, and no more, by its operator and by what the request
/// has for its key.
fn tried() -> BTreeMap<(String, Held), BTreeSet<String>> {
    let mut tried: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for row in rows() {
        let mut conditions = Vec::new();
        for member in row.request.values() {
            collect_conditions(member, &mut conditions);
        }
        let [(operator, key)] = conditions.as_slice() else { continue };
        // A row whose page is about something else shows nothing of operators.
        if !["condition", "variables"].iter().any(|about| row.text("page").contains(about)) {
            continue;
        }
        let named = |name: &String| name.eq_ignore_ascii_case(key);
        let context = row.request.get("context").and_then(Value::as_object);
        let held = context.and_then(|context| context.iter().find(|member| named(member.0)).map(|member| member.1));
        let unknown = row.request.get("unknown_context").and_then(Value::as_array).into_iter().flatten();
        let held = match held {
            Some(Value::Array(values)) if values.is_empty() => Held::Absent,
            Some(Value::Array(values)) if values.len() > 1 => Held::Several,
            Some(_) => Held::One,
            None if unknown.filter_map(Value::as_str).any(|name| name.eq_ignore_ascii_case(key)) => Held::Unknown,
            None => Held::Absent,
        };
        let decision = row.told.pointer("/expect/decision").map(ToString::to_string).unwrap_or_default();
        tried.entry((operator.clone(), held)).or_default().insert(decision);
    }
    tried
}

#[test]
fn every_operator_is_tried_with_every_modifier_and_whatever_the_request_has() {
    let tried = tried();
    let mut missing = Vec::new();
    for (base, comparison, _) in OPERATORS {
        let modifiers = if *comparison == Comparison::Null { &MODIFIERS[..1] } else { &MODIFIERS[..] };
        for (prefix, suffix) in modifiers {
            let operator = format!("{prefix}{base}{suffix}");
            for (held, decisions) in [(Held::One, 2), (Held::Several, 1), (Held::Absent, 1), (Held::Unknown, 1)] {
                // Of several values, one or all may have to match; `Null` looks at none.
                let decisions = if held == Held::Several && !prefix.is_empty() { 2 } else { decisions };
                let found = tried.get(&(operator.clone(), held)).map_or(0, BTreeSet::len);
                let optional = *comparison == Comparison::Null && held == Held::Several;
                if found < decisions && !optional {
                    missing.push(format!("{operator} with {held:?}: {found} of {decisions} decisions"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{} cells have no row:\n{}", missing.len(), missing.join("\n"));
}

/// The operator and key of every `Condition` in there, as they are written.
fn collect_conditions(value: &Value, found: &mut Vec<(String, String)>) {
    if let Value::Array(items) = value {
        for item in items {
            collect_conditions(item, found);
        }
    }
    let Value::Object(members) = value else { return };
    for (name, member) in members {
        if let ("Condition", Value::Object(operators)) = (name.as_str(), member) {
            for (operator, keys) in operators.iter().filter(|row| Operator::parse(row.0).is_some()) {
                let keys = keys.as_object().into_iter().flatten().map(|row| row.0);
                found.extend(keys.map(|key| (operator.clone(), key.clone())));
            }
        }
        collect_conditions(member, found);
    }
}

/// In one account: how the resource's policy names the caller, which of the caller's own limits does not allow, and
/// what comes of it.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
#[test]
fn every_way_to_name_the_caller_is_tried_with_each_limit() {
    const LIMITS: [&str; 3] = ["identity_policies", "permissions_boundary", "session_policies"];
    let mut decided: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
    for row in rows().iter().filter(|row| row.file.ends_with("same-account/resource-policy-names.json")) {
        let Some(named) = named(row) else { continue };
        let silent = |limit: &&&str| row.request.get(**limit).is_some_and(|l| !l.to_string().contains("s3:GetObject"));
        let silent: Vec<_> = LIMITS.iter().filter(silent).collect();
        if let [limit] = silent.as_slice() {
            let decision = row.told.pointer("/expect/decision").and_then(Value::as_str).unwrap_or_default();
            decided.entry((named, limit)).or_default().insert(decision.to_owned());
        }
    }
    // A user has no session policy, but for the sessions from GetFederationToken.
    for (named, overridden) in [
        ("user", [Some(true), Some(true), None]),
        ("role", [Some(true), Some(false), Some(false)]),
        ("session", [Some(true); 3]),
        ("federated-user", [Some(true); 3]),
        ("everyone, if aws:PrincipalArn", [Some(true); 3]),
        ("account", [Some(false); 3]),
        ("everyone", [Some(true); 3]),
    ] {
        for (limit, overridden) in LIMITS.iter().zip(overridden) {
            let Some(overridden) = overridden else { continue };
            let expect = if overridden { "allowed" } else { "implicitly-denied" };
            let found = decided.get(&(named, limit)).cloned().unwrap_or_default();
            assert_eq!(found, BTreeSet::from([expect.to_owned()]), "{named}, where {limit} does not allow");
        }
    }
}

/// How the only statement of a row's resource policy names the caller; `None` if it names somebody else.
fn named(row: &Row) -> Option<&'static str> {
    let statement = row.request.get("resource_policy")?.pointer("/Statement/0")?;
    let caller = row.request.get("principal")?.as_str()?;
    let role = row.request.get("context")?.get("aws:PrincipalArn")?.get(0)?.as_str()?;
    let account = caller.split(':').nth(4)?;
    let narrowed = statement.get("Condition").is_some();
    match statement.pointer("/Principal/AWS").or(statement.get("Principal"))?.as_str()? {
        "*" if narrowed => Some("everyone, if aws:PrincipalArn"),
        "*" => Some("everyone"),
        name if name == account || name == format!("arn:aws:iam::{account}:root") => Some("account"),
        name if name == caller && name.contains(":user/") => Some("user"),
        name if name == caller && name.contains(":federated-user/") => Some("federated-user"),
        name if name == caller => Some("session"),
        name if name == role => Some("role"),
        _ => None,
    }
}
