//! ARNs as policies write them: matched field by field.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>

use std::fmt;

use super::pattern::{Binding, Pattern, Syntax, Variable};
use crate::arn::Arn;
use crate::truth::Truth;

/// A `Resource`, or a value of an `Arn…` operator.
pub struct ArnPattern {
    text: Box<str>,
    body: Body,
}

enum Body {
    /// `*` alone: everything.
    Everything,
    /// The five fields behind `arn`.
    Fields(Box<[Pattern; 5]>),
    /// Begins with a policy variable, which may hold any part of an ARN: matched as a whole.
    Variable(Pattern),
    /// Not the shape of an ARN: matches nothing.
    Malformed,
}

impl ArnPattern {
    /// Compiles `text`. Where fields are missing at the end, they stand for anything, as IAM completes them
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
    #[must_use]
    pub fn new(text: &str, variables: bool) -> Self {
        let body = match fields(text, variables) {
            _ if text == "*" => Body::Everything,
            _ if variables && text.starts_with("${") => {
                Body::Variable(Pattern::new(text, Syntax { wildcards: true, variables, fold: false }))
            }
            fields => fields.map_or(Body::Malformed, Body::Fields),
        };
        Self { text: text.into(), body }
    }

    /// The text as written in the policy.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the text has the shape of an ARN, or is `*`.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        !matches!(self.body, Body::Malformed)
    }

    /// Whether the pattern names exactly one resource: no wildcard, no variable.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        match &self.body {
            Body::Fields(fields) => fields.iter().all(Pattern::is_literal),
            Body::Everything | Body::Variable(_) | Body::Malformed => false,
        }
    }

    /// The pattern of the account field, if there is one.
    #[must_use]
    pub fn account(&self) -> Option<&Pattern> {
        match &self.body {
            Body::Fields(fields) => fields.get(3),
            Body::Everything | Body::Variable(_) | Body::Malformed => None,
        }
    }

    /// Whether `arn` matches in each of its fields.
    pub fn matches<'a>(&self, arn: &Arn, bind: &dyn Fn(&Variable) -> Binding<'a>) -> Truth {
        match &self.body {
            Body::Everything => Truth::True,
            Body::Variable(pattern) => pattern.matches(arn.as_str(), bind),
            Body::Malformed => Truth::False,
            Body::Fields(fields) => {
                let [partition, service, region, account, resource] = &**fields;
                // The fields that differ most come first.
                let mut all = Truth::True;
                for (pattern, text) in [
                    (service, arn.service()),
                    (resource, arn.resource()),
                    (account, arn.account_field()),
                    (region, arn.region()),
                    (partition, arn.partition()),
                ] {
                    all = all.and(pattern.matches(text, bind));
                    if all == Truth::False {
                        break;
                    }
                }
                all
            }
        }
    }

    /// The same for text that may not be an ARN, as values of condition keys can be.
    pub fn matches_text<'a>(&self, text: &str, bind: &dyn Fn(&Variable) -> Binding<'a>) -> Truth {
        match text.parse::<Arn>() {
            Ok(arn) => self.matches(&arn, bind),
            Err(_) => matches!(self.body, Body::Everything).into(),
        }
    }
}

impl fmt::Debug for ArnPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// Splits at the first five colons outside of `${...}`.
fn fields(text: &str, variables: bool) -> Option<Box<[Pattern; 5]>> {
    let mut parts: Vec<&str> = Vec::with_capacity(6);
    let mut start = 0;
    let mut inside = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if variables && text.get(..at).is_some_and(|before| before.ends_with('$')) => inside = true,
            b'}' => inside = false,
            b':' if !inside && parts.len() < 5 => {
                parts.push(text.get(start..at)?);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..)?);
    let (first, rest) = parts.split_first()?;
    if *first != "arn" || rest.len() < 2 {
        return None;
    }
    let field = |index: usize| {
        Pattern::new(rest.get(index).copied().unwrap_or("*"), Syntax { wildcards: true, variables, fold: false })
    };
    Some(Box::new([field(0), field(1), field(2), field(3), field(4)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, arn: &str) -> bool {
        let bind = |v: &Variable| match v.key.as_str() {
            "aws:username" => Binding::Value("ann".into()),
            _ => Binding::Missing,
        };
        ArnPattern::new(pattern, true).matches(&arn.parse().unwrap(), &bind) == Truth::True
    }

    #[test]
    fn each_field_matches_on_its_own() {
        for (pattern, arn, expect) in [
            ("*", "arn:aws:s3:::b/k", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y:z", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
            ("arn:aws:s3:::b*", "arn:aws:s3:::b/k", true),
            ("arn:aws:s3::: b/*", "arn:aws:s3:::b/k", false),
            ("arn:aws:s3:::B/*", "arn:aws:s3:::b/k", false),
            ("arn:*:s3:::b/k", "arn:aws-cn:s3:::b/k", true),
            ("arn:aws:s3:::b/k", "arn:aws-cn:s3:::b/k", false),
            ("arn:aws:iam::*:role/x", "arn:aws:iam::111122223333:role/x", true),
            ("arn:aws:iam::1111*:role/*", "arn:aws:iam::111122223333:role/p/x", true),
            ("arn:aws:s*", "arn:aws:sqs:eu-west-1:111122223333:q", true),
            ("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::ann/k", true),
            ("arn:aws:s3:::${aws:none}/*", "arn:aws:s3:::/k", false),
            ("b/*", "arn:aws:s3:::b/k", false),
        ] {
            assert_eq!(matches(pattern, arn), expect, "`{pattern}` against `{arn}`");
        }
    }
}
