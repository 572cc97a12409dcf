//! Text with wildcards and policy variables, as actions and values of `String…` operators are.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use std::borrow::Cow;
use std::fmt;

use super::glob::Glob;
use crate::truth::Truth;

/// Text that a policy wants.
pub struct Pattern {
    /// The text, and where letter case does not count but is there, before it the same in lower case.
    text: Box<str>,
    /// Where the text as written starts.
    written: usize,
    glob: Glob,
}

/// A policy variable, `${key}` or `${key, 'default'}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The context key, in lower case.
    pub key: String,
    /// What stands for the key where the request has none.
    pub default: Option<String>,
}

impl Variable {
    /// Reads what stands between the braces.
    pub(super) fn new(inner: &str) -> Self {
        let (key, default) = match inner.split_once(',') {
            Some((key, default)) => (key, Some(default.trim().trim_matches('\'').to_owned())),
            None => (inner, None),
        };
        Self { key: key.trim().to_lowercase(), default }
    }
}

/// What the request says of a policy variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding<'a> {
    /// Its one value.
    Value(Cow<'a, str>),
    /// The request has no such key, or several values: the text matches nothing.
    Missing,
    /// We do not know.
    Unknown,
}

/// Which parts of a text are more than themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syntax {
    /// `*` and `?` are wildcards.
    pub wildcards: bool,
    /// `${key}` is a policy variable. Only in policies of version 2012-10-17.
    pub variables: bool,
    /// Letter case does not count: the pattern is put into lower case, and the caller does so with the text.
    pub fold: bool,
}

impl Syntax {
    /// Whether the byte may begin something that is more than itself.
    pub(super) fn is_special(self, byte: u8) -> bool {
        (self.wildcards && matches!(byte, b'*' | b'?')) || (self.variables && byte == b'$')
    }
}

impl Pattern {
    /// Compiles `text`. Every text is a pattern: a `${` that is never closed stands for itself.
    #[must_use]
    pub fn new(text: &str, syntax: Syntax) -> Self {
        if !syntax.fold || !text.bytes().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
            return Self { text: text.into(), written: 0, glob: Glob::new(text, syntax) };
        }
        let mut both = String::with_capacity(2 * text.len());
        if text.is_ascii() {
            both.push_str(text);
            both.make_ascii_lowercase();
        } else {
            both = text.to_lowercase();
        }
        let (written, glob) = (both.len(), Glob::new(&both, syntax));
        both.push_str(text);
        Self { text: both.into(), written, glob }
    }

    /// The text as written in the policy.
    #[must_use]
    pub fn text(&self) -> &str {
        self.text.get(self.written..).unwrap_or_default()
    }

    /// The text that is compared: in lower case, if letter case does not count.
    #[inline]
    pub(super) fn own(&self) -> &str {
        let end = if self.written == 0 { self.text.len() } else { self.written };
        self.text.get(..end).unwrap_or_default()
    }

    /// Whether the pattern is one fixed text: no wildcard, no variable.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.glob.is_literal()
    }

    /// Whether the pattern matches the whole of `text`. `bind` looks up policy variables; it is not called if there
    /// are none.
    pub fn matches<'a>(&self, text: &str, bind: &dyn Fn(&Variable) -> Binding<'a>) -> Truth {
        self.glob.matches(self.own(), text, bind)
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.text(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Syntax = Syntax { wildcards: true, variables: true, fold: false };

    fn check(pattern: &str, text: &str, expect: Truth) {
        let bind = |variable: &Variable| match variable.key.as_str() {
            "aws:username" => Binding::Value(Cow::Borrowed("ann*")),
            "aws:unknown" => Binding::Unknown,
            _ => variable.default.clone().map_or(Binding::Missing, |d| Binding::Value(Cow::Owned(d))),
        };
        assert_eq!(Pattern::new(pattern, ALL).matches(text, &bind), expect, "`{pattern}` against `{text}`");
    }

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expect) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("**", "abc", true),
            ("a*", "abc", true),
            ("a*c", "ac", true),
            ("a*bc*c", "abcc", true),
            ("a*bc*c", "abc", false),
            ("ab*ba", "aba", false),
            ("*a?c*", "xxabcx", true),
            ("a?c", "aéc", true),
            ("a?c", "ac", false),
            ("*?", "", false),
            ("*??", "é", false),
            ("*??", "éa", true),
            ("*.?pg", "x.jpg", true),
            ("*aab*", "aaab", true),
            ("a*?*b", "ab", false),
            ("a*?*b", "axb", true),
        ] {
            check(pattern, text, expect.into());
        }
    }

    #[test]
    fn variables_are_text_missing_or_unknown() {
        check("home/${aws:UserName}/*", "home/ann*/x", Truth::True);
        check("home/${aws:UserName}/*", "home/anna/x", Truth::False);
        check("${aws:none}*", "anything", Truth::False);
        check("${aws:none, 'company'}-*", "company-1", Truth::True);
        check("${aws:unknown}-*", "company-1", Truth::Unknown);
        check("${aws:unknown}-*", "company", Truth::False);
        check("${*}${?}${$}", "*?$", Truth::True);
        check("${*}", "x", Truth::False);
        check("${open", "${open", Truth::True);
        for unsettled in ["${team*}", "${a?b}", "${a$}", "${${aws:UserName}", "${aws:PrincipalTag/*, 'x'}"] {
            check(unsettled, "anything", Truth::Unknown);
            check(&format!("a-{unsettled}"), "b", Truth::False);
            check(&format!("{unsettled}${{aws:none}}"), "b", Truth::False);
        }
    }

    #[test]
    fn without_letter_case_the_text_stays_as_written() {
        let syntax = Syntax { wildcards: true, variables: false, fold: true };
        for (pattern, text, expect) in [
            ("s3:GetObject", "s3:getobject", true),
            ("s3:Get*", "s3:getobject", true),
            ("s3:*Object", "s3:getobject", true),
            ("s3:get*", "s3:getobject", true),
            ("s3:Get*", "s3:putobject", false),
            ("ÉCOLE*", "école:x", true),
            ("\u{212a}MS:*", "kms:decrypt", true),
        ] {
            let compiled = Pattern::new(pattern, syntax);
            assert_eq!(compiled.matches(text, &|_| Binding::Missing), expect.into(), "`{pattern}` against `{text}`");
            assert_eq!(compiled.text(), pattern);
        }
    }

    #[test]
    fn more_variables_than_a_few_are_bound_in_order() {
        check("${aws:username}${a,'1'}${b,'2'}${c,'3'}x", "ann*123x", Truth::True);
        check("${aws:username}${a,'1'}${b,'2'}${c,'3'}x", "ann*132x", Truth::False);
        check("${a,'1'}${b,'2'}${aws:unknown}${aws:none}", "12", Truth::False);
    }

    #[test]
    fn a_long_run_of_stars_stays_quick() {
        let pattern = Pattern::new(&"*a".repeat(10_000), ALL);
        let text = format!("{}b", "a".repeat(20_000));
        assert_eq!(pattern.matches(&text, &|_| Binding::Missing), Truth::False);
    }
}
