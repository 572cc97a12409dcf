//! Policy text to policy. Tolerant: AWS stored this text, so whatever it says is evidence.

use std::fmt;
use std::slice;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ipnet::IpNet;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::arn_pattern::ArnPattern;
use super::document::{
    Actions, Condition, Effect, Policy, PrincipalEntry, Principals, Problem, Resources, Severity, Statement, Values,
    Version, Written,
};
use super::index::ServiceIndex;
use super::json::{Json, Members};
use super::operator::{Comparison, Operator};
use super::pattern::{Pattern, Syntax};
use crate::arn::Arn;

impl Policy {
    /// Reads a policy. Never fails: text that is no JSON gives a policy without statements that is broken.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::read(serde_json::from_str(text))
    }

    /// Reads a policy from JSON.
    #[must_use]
    pub fn from_value(value: &Value) -> Self {
        Self::read(Json::deserialize(value))
    }

    fn read(json: Result<Json<'_>, serde_json::Error>) -> Self {
        let value = match json {
            Ok(value) => value,
            Err(error) => {
                let at = format!("line {} column {}", error.line(), error.column());
                let problem = Problem { at, what: "is not JSON".to_owned(), severity: Severity::Broken };
                return Self::without_statements(vec![problem]);
            }
        };
        let mut reader = Reader { variables: false, problems: Vec::new(), broken: 0, incomplete: false };
        let Some(document) = value.as_object() else {
            reader.broken(At::default(), "is not a JSON object");
            return Self::without_statements(reader.problems);
        };
        let version = reader.version(document);
        reader.variables = version == Version::V2012;
        let statements = match reader.member(document, "Statement", At::default()) {
            Some(Json::List(items)) => items.iter().enumerate().filter_map(|(i, s)| reader.statement(i, s)).collect(),
            Some(single @ Json::Object(_)) => reader.statement(0, single).into_iter().collect(),
            Some(_) => {
                reader.lost(At::default().member("Statement"), "is neither a statement nor a list of them");
                Vec::new()
            }
            None => {
                reader.lost(At::default(), "has no `Statement`");
                Vec::new()
            }
        };
        let index = ServiceIndex::new(&statements);
        Self { version, statements, problems: reader.problems, incomplete: reader.incomplete, index }
    }

    fn without_statements(problems: Vec<Problem>) -> Self {
        let index = ServiceIndex::default();
        Self { version: Version::V2008, statements: Vec::new(), problems, incomplete: true, index }
    }
}

struct Reader {
    variables: bool,
    problems: Vec<Problem>,
    /// How many of them are broken.
    broken: usize,
    incomplete: bool,
}

/// A place in a policy. Put into words only for a problem.
#[derive(Clone, Copy, Default)]
struct At<'p> {
    statement: Option<usize>,
    parts: [&'p str; 3],
}

impl<'p> At<'p> {
    fn statement(index: usize) -> Self {
        Self { statement: Some(index), ..Self::default() }
    }

    /// A member of this place.
    fn member(mut self, name: &'p str) -> Self {
        if let Some(part) = self.parts.iter_mut().find(|part| part.is_empty()) {
            *part = name;
        }
        self
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut dot = "";
        if let Some(index) = self.statement {
            write!(f, "Statement[{index}]")?;
            dot = ".";
        }
        for part in self.parts.iter().filter(|part| !part.is_empty()) {
            write!(f, "{dot}{part}")?;
            dot = ".";
        }
        Ok(())
    }
}

impl Reader {
    fn broken(&mut self, at: At<'_>, what: impl Into<String>) {
        self.broken += 1;
        self.problems.push(Problem { at: at.to_string(), what: what.into(), severity: Severity::Broken });
    }

    /// The same for a part without which a whole statement, or what all of them mean, is unknown.
    fn lost(&mut self, at: At<'_>, what: impl Into<String>) {
        self.incomplete = true;
        self.broken(at, what);
    }

    fn lint(&mut self, at: At<'_>, what: impl Into<String>) {
        self.problems.push(Problem { at: at.to_string(), what: what.into(), severity: Severity::Lint });
    }

    /// An element by name. Another letter case is understood, and noted.
    fn member<'v, 't>(&mut self, object: &'v Members<'t>, name: &str, path: At<'_>) -> Option<&'v Json<'t>> {
        if let Some((_, value)) = object.iter().find(|(key, _)| *key == name) {
            return Some(value);
        }
        let (key, value) = object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        self.lint(path, format!("writes `{key}` for `{name}`"));
        Some(value)
    }

    fn version(&mut self, document: &Members<'_>) -> Version {
        match self.member(document, "Version", At::default()).and_then(Json::as_text) {
            Some("2012-10-17") => Version::V2012,
            Some("2008-10-17") | None => Version::V2008,
            Some(other) => {
                let at = At::default().member("Version");
                let what = format!("`{other}` is not a version of the policy language");
                // The versions differ in policy variables only.
                if document.contains("${") {
                    self.lost(at, what);
                } else {
                    self.lint(at, what);
                }
                Version::V2008
            }
        }
    }

    /// One statement; `None` if not even its effect is known, which leaves the policy broken.
    fn statement(&mut self, index: usize, value: &Json<'_>) -> Option<Statement> {
        let path = At::statement(index);
        let Some(object) = value.as_object() else {
            self.lost(path, "is not a statement");
            return None;
        };
        let known = self.broken;
        let effect = self.effect(object, path)?;
        let sid = self.member(object, "Sid", path).and_then(Json::as_text).filter(|s| !s.is_empty()).map(str::to_owned);
        let principals = self.principals(object, path);
        let actions = self.actions(object, path);
        let resources = self.resources(object, path);
        let conditions = self.conditions(object, path);
        let broken = self.broken > known;
        Some(Statement { index, sid, effect, principals, actions, resources, conditions, broken })
    }

    fn effect(&mut self, object: &Members<'_>, path: At<'_>) -> Option<Effect> {
        let at = path.member("Effect");
        let text = self.member(object, "Effect", path).and_then(Json::as_text);
        let effect = match text {
            Some(t) if t.eq_ignore_ascii_case("allow") => Effect::Allow,
            Some(t) if t.eq_ignore_ascii_case("deny") => Effect::Deny,
            _ => {
                self.lost(at, "is neither `Allow` nor `Deny`");
                return None;
            }
        };
        if let Some(t) = text.filter(|t| *t != "Allow" && *t != "Deny") {
            self.lint(at, format!("writes `{t}` in another letter case"));
        }
        Some(effect)
    }

    /// The element or its `Not…` form: whether it is the latter, and its value.
    fn either<'v, 't>(
        &mut self,
        object: &'v Members<'t>,
        [name, negation]: [&str; 2],
        path: At<'_>,
    ) -> Option<(bool, &'v Json<'t>)> {
        let plain = self.member(object, name, path);
        let negated = self.member(object, negation, path);
        if plain.is_some() && negated.is_some() {
            self.broken(path, format!("has both `{name}` and `{negation}`"));
        }
        plain.map(|v| (false, v)).or(negated.map(|v| (true, v)))
    }

    fn actions(&mut self, object: &Members<'_>, path: At<'_>) -> Actions {
        let Some((negated, value)) = self.either(object, ["Action", "NotAction"], path) else {
            self.broken(path, "has neither `Action` nor `NotAction`");
            return Actions { negated: false, patterns: Vec::new() };
        };
        let syntax = Syntax { wildcards: true, variables: false, fold: true };
        let at = path.member("Action");
        let patterns = self.each(value, at, |text| Pattern::new(text, syntax));
        let is_action = |text: &str| text.contains(':') || text == "*";
        if let Some(text) = patterns.iter().map(Pattern::text).find(|text| !is_action(text)) {
            self.broken(at, format!("holds `{text}`, which is not an action like `s3:GetObject`"));
        }
        Actions { negated, patterns }
    }

    fn resources(&mut self, object: &Members<'_>, path: At<'_>) -> Option<Resources> {
        let (negated, value) = self.either(object, ["Resource", "NotResource"], path)?;
        let at = path.member("Resource");
        let variables = self.variables;
        let patterns = self.each(value, at, |text| ArnPattern::new(text, variables));
        for pattern in patterns.iter().filter(|p| !p.is_well_formed()) {
            self.lint(at, format!("`{}` is not an ARN and matches nothing", pattern.text()));
        }
        Some(Resources { negated, patterns })
    }

    fn principals(&mut self, object: &Members<'_>, path: At<'_>) -> Option<Principals> {
        let (negated, value) = self.either(object, ["Principal", "NotPrincipal"], path)?;
        let at = path.member("Principal");
        let mut entries = Vec::new();
        match value {
            Json::Text(text) => entries.push(aws_principal(text)),
            Json::Object(kinds) => {
                for (kind, value) in kinds.iter() {
                    let at = at.member(kind);
                    let entry: fn(&str) -> PrincipalEntry = match kind.to_ascii_lowercase().as_str() {
                        "aws" => aws_principal,
                        "service" => |t| PrincipalEntry::Service(t.to_owned()),
                        "federated" => |t| PrincipalEntry::Federated(t.to_owned()),
                        "canonicaluser" => |t| PrincipalEntry::CanonicalUser(t.to_owned()),
                        _ => {
                            self.each(value, at, |_| ());
                            self.broken(at, "is not a kind of principal");
                            continue;
                        }
                    };
                    entries.extend(self.each(value, at, entry));
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) => {
                self.broken(at, "is neither `*` nor an object");
            }
        }
        for entry in &entries {
            match entry {
                PrincipalEntry::Malformed(text) => self.lint(at, format!("`{text}` names no principal")),
                PrincipalEntry::UniqueId(text) => {
                    self.lint(at, format!("`{text}` is left from a principal that was deleted"));
                }
                PrincipalEntry::Everyone
                | PrincipalEntry::Account(_)
                | PrincipalEntry::Arn(_)
                | PrincipalEntry::Service(_)
                | PrincipalEntry::Federated(_)
                | PrincipalEntry::CanonicalUser(_) => {}
            }
        }
        Some(Principals { negated, entries })
    }

    fn conditions(&mut self, object: &Members<'_>, path: At<'_>) -> Vec<Condition> {
        let path = path.member("Condition");
        let operators = match self.member(object, "Condition", path) {
            None => return Vec::new(),
            Some(Json::Object(operators)) => operators,
            Some(_) => {
                self.broken(path, "is not an object");
                return Vec::new();
            }
        };
        let mut conditions = Vec::new();
        for (operator_text, keys) in operators.iter() {
            let path = path.member(operator_text);
            let Some(operator) = Operator::parse(operator_text) else {
                self.broken(path, "is not a condition operator");
                continue;
            };
            let Some(keys) = keys.as_object() else {
                self.broken(path, "is not an object of keys and values");
                continue;
            };
            for (key_text, value) in keys.iter() {
                let values = self.values(operator, value, path.member(key_text));
                let (operator_text, key_text) = (operator_text.to_owned(), key_text.to_owned());
                conditions.push(Condition { operator, operator_text, key: key_text.to_lowercase(), key_text, values });
            }
        }
        conditions
    }

    fn values(&mut self, operator: Operator, value: &Json<'_>, at: At<'_>) -> Values {
        let variables = self.variables;
        let mut patterns = |wildcards, fold| {
            let syntax = Syntax { wildcards, variables, fold };
            Values::Patterns(self.each(value, at, |text| Pattern::new(text, syntax)))
        };
        let values = match operator.comparison {
            Comparison::String => patterns(false, false),
            Comparison::StringIgnoreCase => patterns(false, true),
            Comparison::StringLike => patterns(true, false),
            Comparison::Arn => Values::Arns(self.each(value, at, |text| ArnPattern::new(text, variables))),
            Comparison::Numeric(_) => Values::Numbers(self.each(value, at, |text| Written::new(text, parse_number))),
            Comparison::Date(_) => Values::Dates(self.each(value, at, |text| Written::new(text, parse_date))),
            Comparison::Bool | Comparison::Null => {
                Values::Bools(self.each(value, at, |text| Written::new(text, parse_bool)))
            }
            Comparison::Binary => Values::Bytes(self.each(value, at, |text| Written::new(text, parse_bytes))),
            Comparison::IpAddress => Values::Networks(self.each(value, at, |text| Written::new(text, parse_network))),
        };
        if let Some(text) = values.unread() {
            self.lint(at, format!("`{text}` is not of the operator's kind"));
        }
        values
    }

    /// A text or a list of texts, each compiled. Numbers and booleans are written out, as AWS does.
    fn each<T>(&mut self, value: &Json<'_>, at: At<'_>, compile: impl Fn(&str) -> T) -> Vec<T> {
        let items = if let Json::List(items) = value { items.as_slice() } else { slice::from_ref(value) };
        let mut compiled = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Json::Text(text) => compiled.push(compile(text)),
                Json::Bool(value) => compiled.push(compile(if *value { "true" } else { "false" })),
                Json::Number(number) => compiled.push(compile(&number.to_string())),
                Json::Null | Json::List(_) | Json::Object(_) => self.broken(at, "holds something that is not text"),
            }
        }
        compiled
    }
}

fn aws_principal(text: &str) -> PrincipalEntry {
    if text == "*" {
        return PrincipalEntry::Everyone;
    }
    if let Ok(account) = text.parse() {
        return PrincipalEntry::Account(account);
    }
    if let Ok(arn) = text.parse::<Arn>() {
        return match (arn.resource(), arn.account()) {
            ("root", Some(account)) => PrincipalEntry::Account(account),
            _ => PrincipalEntry::Arn(arn),
        };
    }
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    let unique = text.len() >= 16 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    if unique { PrincipalEntry::UniqueId(text.to_owned()) } else { PrincipalEntry::Malformed(text.to_owned()) }
}

/// A number of a `Numeric…` operator, integer or decimal.
#[must_use]
pub fn parse_number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|n: &f64| n.is_finite())
}

/// A point in time of a `Date…` operator: ISO 8601, a date alone (midnight UTC), or seconds since 1970.
#[must_use]
pub fn parse_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).ok();
    }
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    format!("{text}T00:00:00Z").parse().ok()
}

/// An address range of `IpAddress`; an address alone is a range of one.
#[must_use]
pub fn parse_network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.parse().ok().map(|address: std::net::IpAddr| IpNet::from(address)))
}

fn parse_bool(text: &str) -> Option<bool> {
    match text.trim() {
        t if t.eq_ignore_ascii_case("true") => Some(true),
        t if t.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn parse_bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_a_statement_is_read() {
        let policy = Policy::parse(
            r#"{"Version":"2012-10-17","Statement":{"Sid":"A","Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:root","*","AROAEXAMPLEID12345678"],"Service":"s3.amazonaws.com"},
                "NotAction":"s3:Get*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],
                "Condition":{"Bool":{"aws:SecureTransport":true},"NumericLessThan":{"s3:max-keys":10},"IpAddress":{"aws:SourceIp":["192.0.2.0/24","2001:db8::1"]}}}}"#,
        );
        assert!(policy.problems.iter().all(|p| p.severity == Severity::Lint), "{:?}", policy.problems);
        let statement = &policy.statements[0];
        assert!(statement.actions.negated && !statement.broken);
        let entries = &statement.principals.as_ref().unwrap().entries;
        let account = PrincipalEntry::Account("111122223333".parse().unwrap());
        assert_eq!(entries[0], account);
        assert_eq!(entries[1], account);
        assert_eq!(entries[2], PrincipalEntry::Everyone);
        assert!(matches!(entries[3], PrincipalEntry::UniqueId(_)));
        assert_eq!(statement.conditions.len(), 3);
    }

    #[test]
    fn what_is_not_understood_is_named_with_its_place() {
        let policy = Policy::parse(
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquls":{"a":"b"}}},{"Effect":"Maybe"}]}"#,
        );
        assert!(policy.statements[0].broken);
        assert_eq!(policy.statements.len(), 1);
        let places: Vec<_> = policy.problems.iter().map(|p| p.at.as_str()).collect();
        assert_eq!(places, ["Statement[0].Condition.StringEquls", "Statement[1].Effect"]);
        for nothing in ["{", "[]", "{}", "7", ""] {
            let policy = Policy::parse(nothing);
            assert!(policy.incomplete && !policy.problems.is_empty(), "{nothing}");
        }
    }

    #[test]
    fn text_that_is_no_json_is_named_with_its_place_however_deep() {
        let at = |text: &str| Policy::parse(text).problems[0].at.clone();
        assert_eq!(at("{\n \"Statement\": [}"), "line 2 column 16");
        let deep = format!(r#"{{"Statement":{}"#, "[".repeat(100_000));
        assert_eq!(at(&deep), "line 1 column 140");
    }

    #[test]
    fn a_value_reads_as_its_text_does() {
        let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:*",1,true,null],"Resource":"\u002a",
            "Condition":{"NumericEquals":{"a":[1,-2,2.5,1e30]},"Bool":{"b":"x"}}}}"#;
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(format!("{:?}", Policy::from_value(&value)), format!("{:?}", Policy::parse(text)));
    }

    #[test]
    fn another_letter_case_is_understood_and_noted() {
        let policy =
            Policy::parse(r#"{"version":"2012-10-17","statement":{"effect":"deny","action":"*","resource":"*"}}"#);
        assert_eq!(policy.statements[0].effect, Effect::Deny);
        assert!(!policy.incomplete);
        assert_eq!(policy.problems.len(), 6);
    }

    #[test]
    fn dates_are_iso_or_epoch() {
        let expect = parse_date("2026-11-26T00:00:00Z");
        assert!(expect.is_some());
        assert_eq!(parse_date("2026-11-26"), expect);
        assert_eq!(parse_date("1795651200"), expect);
        assert_eq!(parse_date("tomorrow"), None);
    }
}
