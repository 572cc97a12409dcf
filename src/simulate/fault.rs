//! What is wrong with a line that is not a request, and what to do about it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;
use serde_json::error::Category;

use super::line::{LineResource, OneOrMany};
use crate::arn::AccountId;
use crate::evidence::{KmsGrant, PublicAccessBlock};
use crate::spelling::meant;

/// A member of a line: its name, what it has to be, and whether a value is that.
type Member = (&'static str, &'static str, fn(&Value) -> bool);

const POLICY: &str = "a policy as an object with `name` and `document`";
const POLICIES: &str = "a list of policies, each an object with `name` and `document`";
const LEVELS: &str = "a list of levels, the root first, each a list of objects with `name` and `document`";

/// The members that a line may have. The first of them have to be there.
const MEMBERS: &[Member] = &[
    ("principal", "an ARN, a service's name, or `anonymous`", is::<String>),
    ("action", "an action like `s3:GetObject`", is::<String>),
    ("resource", "an object with `arn`, and `account` where the ARN has none", is::<LineResource>),
    ("id", "anything", is::<Value>),
    ("principal_account", "an account id of 12 digits", is::<Option<AccountId>>),
    ("context", "an object of condition keys, each with a text or a list of texts", is::<BTreeMap<String, OneOrMany>>),
    ("unknown_context", "a list of condition keys", is::<Vec<String>>),
    ("identity_policies", POLICIES, is::<Option<Vec<Policy>>>),
    ("permissions_boundary", POLICY, is::<Option<Policy>>),
    ("session_policies", POLICIES, is::<Option<Vec<Policy>>>),
    ("service_control_policies", LEVELS, is::<Option<Vec<Vec<Policy>>>>),
    ("resource_control_policies", LEVELS, is::<Option<Vec<Vec<Policy>>>>),
    ("resource_policy", "a policy, or `null`", is::<Value>),
    ("vpc_endpoint_policy", "a policy, or `null`", is::<Value>),
    ("block_public_access", "an object of settings that are true or false", is::<Option<PublicAccessBlock>>),
    ("kms_grants", "a list of grants, each with `grantee_principal` and `operations`", is::<Vec<KmsGrant>>),
    ("bucket_abac", "true or false", is::<Option<bool>>),
    ("principal_tags", "an object of tags, each with a text", is::<BTreeMap<String, String>>),
];

const REQUIRED: usize = 3;

/// A policy with a name; what is in it does not matter here.
#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only its shape matters")]
struct Policy {
    #[serde(default)]
    name: String,
    document: IgnoredAny,
}

fn is<T: DeserializeOwned>(value: &Value) -> bool {
    T::deserialize(value).is_ok()
}

/// What is wrong with a line that could not be read as a request.
pub(super) fn fault(line: &str) -> String {
    let value: Value = match serde_json::from_str(line) {
        Ok(value) => value,
        Err(error) if error.classify() == Category::Eof => {
            return format!("the line breaks off at column {}: write the whole request on one line", error.column());
        }
        Err(error) => {
            let at = error.column();
            return format!(
                "the line is not JSON at column {at}: write each request as one JSON object on its own line"
            );
        }
    };
    let Some(members) = value.as_object() else {
        return "the line is JSON, but not an object: write each request as one JSON object".to_owned();
    };
    let names = || MEMBERS.iter().map(|member| member.0);
    if let Some(name) = members.keys().find(|name| !names().any(|known| known == name.as_str())) {
        let instead = meant(name, names()).map_or("leave it out".to_owned(), |meant| format!("write `{meant}`"));
        return format!("`{name}` is not a member of a request: {instead}");
    }
    if let Some((name, wants, _)) = MEMBERS.iter().take(REQUIRED).find(|member| !members.contains_key(member.0)) {
        return format!("`{name}` is missing: give {wants}");
    }
    let misfit = |(name, _, fits): &&Member| members.get(*name).is_some_and(|value| !fits(value));
    match MEMBERS.iter().find(misfit) {
        Some((name, wants, _)) => format!("`{name}` cannot be read: give {wants}"),
        // JSON that is read as a whole keeps the last of two members of the same name.
        None => "a member of the request is there twice: leave one out".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::line::Line;
    use super::*;

    #[test]
    fn the_members_are_those_of_a_line() {
        let error = serde_json::from_str::<Line<'_>>(r#"{"none": 1}"#).unwrap_err().to_string();
        let mut read: Vec<_> = error.split('`').skip(3).step_by(2).collect();
        let mut known: Vec<_> = MEMBERS.iter().map(|member| member.0).collect();
        read.sort_unstable();
        known.sort_unstable();
        assert_eq!(known, read, "{error}");
    }

    #[test]
    fn what_a_line_refuses_has_its_fault_told_and_no_more() {
        let whole = json!({"principal": "anonymous", "action": "s3:GetObject", "resource": {"arn": "*"}});
        for (name, wants, _) in MEMBERS {
            for value in [json!(null), json!(7), json!(true), json!("text"), json!([7]), json!([[{}]]), json!({"x": 7})]
            {
                let mut line = whole.clone();
                line[name] = value;
                let line = line.to_string();
                let told = fault(&line);
                match serde_json::from_str::<Line<'_>>(&line) {
                    Ok(_) => assert!(told.ends_with("there twice: leave one out"), "{line}: {told}"),
                    Err(_) => assert_eq!(told, format!("`{name}` cannot be read: give {wants}"), "{line}"),
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_what_to_do() {
        for (line, expect) in [
            (r#"{"action": "#, "the line breaks off at column 11: write the whole request on one line"),
            ("{nonsense", "the line is not JSON at column 2: write each request as one JSON object on its own line"),
            ("[]", "the line is JSON, but not an object: write each request as one JSON object"),
            (r#"{"principle": ""}"#, "`principle` is not a member of a request: write `principal`"),
            (r#"{"colour": ""}"#, "`colour` is not a member of a request: leave it out"),
            (r#"{"principal": "anonymous"}"#, "`action` is missing: give an action like `s3:GetObject`"),
            (
                r#"{"principal": "anonymous", "principal": "anonymous", "action": "s3:GetObject", "resource": {"arn": "*"}}"#,
                "a member of the request is there twice: leave one out",
            ),
        ] {
            assert!(serde_json::from_str::<Line<'_>>(line).is_err(), "{line}");
            assert_eq!(fault(line), expect);
        }
    }
}
