//! ARNs as policies write them: matched field by field.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>

use std::fmt;

use super::glob::Glob;
use super::pattern::{Binding, Syntax, Variable};
use crate::arn::{Arn, ArnFields};
use crate::truth::Truth;

/// A `Resource`, or a value of an `Arn…` operator.
pub struct ArnPattern {
    text: Box<str>,
    /// How much of the text is before its first wildcard or variable: what matches begins with it.
    head: usize,
    body: Body,
}

enum Body {
    /// `*` alone: everything.
    Everything,
    /// The five fields behind `arn`, of which the head holds all but the resource, or a part of it: what follows the
    /// head.
    Tail(Glob),
    /// The five fields behind `arn`.
    Fields(Box<[Field; 5]>),
    /// Begins with a policy variable, which may hold any part of an ARN: matched as a whole.
    Variable(Glob),
    /// Not the shape of an ARN: matches nothing.
    Malformed,
}

/// A field: from one byte of the text up to another.
struct Field {
    start: usize,
    end: usize,
    glob: Glob,
}

/// The places of the fields, the one that differs most first.
const ORDER: [usize; 5] = [4, 3, 2, 1, 0];

/// The place of the account.
const ACCOUNT: usize = 3;

impl ArnPattern {
    /// Compiles `text`. Where fields are missing at the end, they stand for anything, as IAM completes them
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
    #[must_use]
    pub fn new(text: &str, variables: bool) -> Self {
        let syntax = Syntax { wildcards: true, variables, fold: false };
        let head = text.bytes().position(|byte| syntax.is_special(byte)).unwrap_or(text.len());
        let (before, after) = text.split_at_checked(head).unwrap_or((text, ""));
        let body = if text == "*" {
            Body::Everything
        } else if variables && text.starts_with("${") {
            Body::Variable(Glob::new(text, syntax))
        } else if ArnFields::of(before).is_some() {
            Body::Tail(Glob::new(after, syntax))
        } else {
            fields(text, syntax).map_or(Body::Malformed, |fields| Body::Fields(Box::new(fields)))
        };
        Self { text: text.into(), head, body }
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
            Body::Tail(glob) => glob.is_literal(),
            Body::Fields(fields) => fields.iter().all(|field| field.glob.is_literal()),
            Body::Everything | Body::Variable(_) | Body::Malformed => false,
        }
    }

    /// Whether the account is written out: not empty, no wildcard, no variable.
    #[must_use]
    pub fn has_fixed_account(&self) -> bool {
        match &self.body {
            Body::Tail(_) => ArnFields::of(&self.text).is_some_and(|fields| !fields.field(ACCOUNT).is_empty()),
            Body::Fields(fields) => {
                fields.get(ACCOUNT).is_some_and(|field| field.glob.is_literal() && field.start < field.end)
            }
            Body::Everything | Body::Variable(_) | Body::Malformed => false,
        }
    }

    /// Whether `arn` matches in each of its fields.
    pub fn matches<'a>(&self, arn: &Arn, bind: &dyn Fn(&Variable) -> Binding<'a>) -> Truth {
        self.matches_fields(arn.fields(), bind)
    }

    /// The same for text that may not be an ARN, as values of condition keys can be.
    pub fn matches_text<'a>(&self, text: &str, bind: &dyn Fn(&Variable) -> Binding<'a>) -> Truth {
        match ArnFields::of(text) {
            Some(arn) => self.matches_fields(arn, bind),
            None => matches!(self.body, Body::Everything).into(),
        }
    }

    fn matches_fields<'a>(&self, arn: ArnFields<'_>, bind: &dyn Fn(&Variable) -> Binding<'a>) -> Truth {
        let text = arn.text();
        let Some((head, tail)) = self.text.split_at_checked(self.head) else { return Truth::False };
        let Some(rest) = text.strip_prefix(head) else { return Truth::False };
        match &self.body {
            Body::Everything => Truth::True,
            Body::Tail(glob) => glob.matches(tail, rest, bind),
            Body::Variable(glob) => glob.matches(&self.text, text, bind),
            Body::Malformed => Truth::False,
            Body::Fields(fields) => {
                let mut all = Truth::True;
                for (place, field) in ORDER.into_iter().filter_map(|place| Some((place, fields.get(place)?))) {
                    let own = self.text.get(field.start..field.end).unwrap_or_default();
                    all = all.and(field.glob.matches(own, arn.field(place), bind));
                    if all == Truth::False {
                        break;
                    }
                }
                all
            }
        }
    }
}

impl fmt::Debug for ArnPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// Splits at the colons outside of `${...}`.
fn fields(text: &str, syntax: Syntax) -> Option<[Field; 5]> {
    let (mut inside, mut before) = (false, ':');
    let mut parts = text.strip_prefix("arn:")?.splitn(5, |c| {
        match c {
            '{' if syntax.variables && before == '$' => inside = true,
            '}' => inside = false,
            _ => {}
        }
        before = c;
        c == ':' && !inside
    });
    let mut start = "arn:".len();
    let mut field = || {
        let part = parts.next()?;
        let field = Field { start, end: start + part.len(), glob: Glob::new(part, syntax) };
        start = field.end + 1;
        Some(field)
    };
    let (partition, service) = (field()?, field()?);
    let mut rest = || field().unwrap_or(Field { start: 0, end: 0, glob: Glob::Anything });
    Some([partition, service, rest(), rest(), rest()])
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
            ("arn:aws:s3:::b", "arn:aws:s3:::bb", false),
            ("arn:aws:s3:::bb", "arn:aws:s3:::b", false),
            ("arn:aws:s3:::b?", "arn:aws:s3:::b\u{e9}", true),
            ("arn:aws:s3", "arn:aws:s3:::b", true),
            ("arn:aws:s3", "arn:aws:s3express:::b", false),
            ("arn:aws:s3:::", "arn:aws:s3:::b", false),
            ("arn:aws:${aws:username}:eu-*::b:*:d", "arn:aws:ann:eu-west-1::b:c:d", true),
            ("arn:aws:${aws:username}:eu-*::b:*:d", "arn:aws:ann:us-east-1::b:c:d", false),
            ("${aws:username}", "arn:aws:s3:::ann", false),
        ] {
            assert_eq!(matches(pattern, arn), expect, "`{pattern}` against `{arn}`");
        }
    }

    #[test]
    fn a_text_that_is_no_arn_matches_only_a_star() {
        let bind = |_: &Variable| Binding::Unknown;
        for (pattern, expect) in [("*", Truth::True), ("arn:*:*", Truth::False), ("${aws:username}", Truth::False)] {
            assert_eq!(ArnPattern::new(pattern, true).matches_text("arn:aws:s3", &bind), expect, "{pattern}");
        }
    }

    #[test]
    fn what_is_written_out_is_known() {
        for (pattern, literal, account) in [
            ("arn:aws:s3:::b/k", true, false),
            ("arn:aws:s3:eu-west-1:111122223333:accesspoint/*", false, true),
            ("arn:aws:s3:*:111122223333:accesspoint/a", false, true),
            ("arn:aws:s3:*:1111*:accesspoint/a", false, false),
            ("arn:aws:s3:*::accesspoint/a", false, false),
            ("arn:aws:s3:*:${aws:principalaccount}:a", false, false),
            ("arn:aws:s3:::b/${*}", true, false),
            ("arn:aws:s3", false, false),
            ("*", false, false),
            ("b", false, false),
        ] {
            let compiled = ArnPattern::new(pattern, true);
            assert_eq!((compiled.is_literal(), compiled.has_fixed_account()), (literal, account), "`{pattern}`");
        }
    }
}
