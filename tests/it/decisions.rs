//! Decision tables: what AWS's documentation says of a request, row by row, against `simulate`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use deniedby::policy::{OPERATORS, Operator};
use deniedby::simulate::Simulator;
use serde_json::{Map, Value};

use crate::world::{read, root};

/// A row with what its file gives every request.
struct Row {
    file: String,
    told: Value,
    request: Map<String, Value>,
}

impl Row {
    fn text(&self, name: &str) -> &str {
        self.told.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn title(&self) -> String {
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

fn rows() -> Vec<Row> {
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
    let mut simulator = Simulator::default();
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

#[test]
fn every_operator_occurs() {
    let mut used = BTreeSet::new();
    for row in rows() {
        for value in row.request.values() {
            collect_operators(value, &mut used);
        }
    }
    let missing: Vec<_> = OPERATORS.iter().map(|(name, ..)| *name).filter(|name| !used.contains(*name)).collect();
    assert!(missing.is_empty(), "no row has {missing:?}");
}

/// The operators of every `Condition` in there, as they are written, without prefix and suffix.
fn collect_operators(value: &Value, used: &mut BTreeSet<String>) {
    if let Value::Array(items) = value {
        for item in items {
            collect_operators(item, used);
        }
    }
    let Value::Object(members) = value else { return };
    for (name, member) in members {
        if let ("Condition", Value::Object(operators)) = (name.as_str(), member) {
            let known = operators.keys().filter(|operator| Operator::parse(operator).is_some());
            used.extend(known.map(|operator| {
                let base = operator.rsplit(':').next().unwrap_or_default();
                base.strip_suffix("IfExists").unwrap_or(base).to_owned()
            }));
        }
        collect_operators(member, used);
    }
}
