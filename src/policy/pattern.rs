//! The only matcher: text with `*`, `?` and policy variables, as IAM compares actions, ARN fields and strings.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
//!
//! A pattern is compiled once, to the segments between its stars. The first and last are anchored, the others are
//! found from left to right, so a match takes no backtracking.

use std::borrow::Cow;
use std::fmt;

use memchr::memmem;

use crate::truth::Truth;

/// Text that a policy wants.
pub struct Pattern {
    text: Box<str>,
    body: Body,
}

enum Body {
    /// The text itself.
    Literal,
    /// The text in lower case.
    Folded(Box<str>),
    /// Ends with the only star, `s3:get*`; `*` alone is the empty prefix.
    Prefix(Box<str>),
    Fixed(Segments),
    /// Has policy variables: compiled again for each request, when their values are known.
    Variable {
        tokens: Box<[Token]>,
        fold: bool,
    },
}

/// The parts between stars.
struct Segments(Box<[Segment]>);

#[derive(Default)]
struct Segment {
    parts: Vec<Part>,
    /// The length in characters.
    chars: usize,
}

enum Part {
    Text(Box<str>),
    /// `?`: any one character.
    One,
}

#[derive(Clone)]
enum Token {
    Text(String),
    One,
    Many,
    Variable(Variable),
}

/// A policy variable, `${key}` or `${key, 'default'}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// The context key, in lower case.
    pub key: String,
    /// What stands for the key where the request has none.
    pub default: Option<String>,
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

impl Pattern {
    /// Compiles `text`. Every text is a pattern: a `${` that is never closed stands for itself.
    #[must_use]
    pub fn new(text: &str, syntax: Syntax) -> Self {
        let special = |b: u8| (syntax.wildcards && matches!(b, b'*' | b'?')) || (syntax.variables && b == b'$');
        if !text.bytes().any(special) {
            let body = if syntax.fold { Body::Folded(text.to_lowercase().into()) } else { Body::Literal };
            return Self { text: text.into(), body };
        }
        if let Some(prefix) = text.strip_suffix('*').filter(|p| syntax.wildcards && !p.bytes().any(special)) {
            let prefix = if syntax.fold { prefix.to_lowercase() } else { prefix.to_owned() };
            return Self { text: text.into(), body: Body::Prefix(prefix.into()) };
        }
        let tokens = tokens(text, syntax);
        let body = if tokens.iter().any(|t| matches!(t, Token::Variable(_))) {
            Body::Variable { tokens: tokens.into(), fold: syntax.fold }
        } else {
            Body::Fixed(Segments::new(tokens))
        };
        Self { text: text.into(), body }
    }

    /// The text as written in the policy.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the pattern is one fixed text: no wildcard, no variable.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        match &self.body {
            Body::Literal | Body::Folded(_) => true,
            Body::Fixed(segments) => segments.is_literal(),
            Body::Prefix(_) | Body::Variable { .. } => false,
        }
    }

    /// Whether the pattern matches the whole of `text`. `bind` looks up policy variables; it is not called if there
    /// are none.
    pub fn matches<'a>(&self, text: &str, bind: &dyn Fn(&Variable) -> Binding<'a>) -> Truth {
        match &self.body {
            Body::Literal => (*self.text == *text).into(),
            Body::Folded(folded) => (**folded == *text).into(),
            Body::Prefix(prefix) => text.starts_with(&**prefix).into(),
            Body::Fixed(segments) => segments.matches(text).into(),
            Body::Variable { tokens, fold } => match_bound(tokens, *fold, text, bind),
        }
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// Puts values in place of variables and matches. A value's own `*` and `?` are plain text. An unknown value may be
/// anything: if the rest does not match even then, the answer is no.
fn match_bound<'a>(tokens: &[Token], fold: bool, text: &str, bind: &dyn Fn(&Variable) -> Binding<'a>) -> Truth {
    let mut sure = true;
    let mut bound = Vec::with_capacity(tokens.len());
    for token in tokens {
        bound.push(match token {
            Token::Variable(variable) => match bind(variable) {
                Binding::Value(value) => Token::Text(if fold { value.to_lowercase() } else { value.into_owned() }),
                Binding::Missing => return Truth::False,
                Binding::Unknown => {
                    sure = false;
                    Token::Many
                }
            },
            Token::Text(_) | Token::One | Token::Many => token.clone(),
        });
    }
    match (Segments::new(bound).matches(text), sure) {
        (false, _) => Truth::False,
        (true, true) => Truth::True,
        (true, false) => Truth::Unknown,
    }
}

fn tokens(text: &str, syntax: Syntax) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        let special = match c {
            '*' if syntax.wildcards => Some(Token::Many),
            '?' if syntax.wildcards => Some(Token::One),
            '$' if syntax.variables => variable(rest).map(|(token, length)| {
                taken = length;
                token
            }),
            _ => None,
        };
        match special {
            Some(Token::Text(escaped)) => literal.push_str(&escaped),
            Some(other) => {
                flush(&mut literal, &mut tokens, syntax.fold);
                tokens.push(other);
            }
            None => literal.push(c),
        }
        rest = rest.get(taken..).unwrap_or_default();
    }
    flush(&mut literal, &mut tokens, syntax.fold);
    tokens
}

fn flush(literal: &mut String, tokens: &mut Vec<Token>, fold: bool) {
    if !literal.is_empty() {
        let text = std::mem::take(literal);
        tokens.push(Token::Text(if fold { text.to_lowercase() } else { text }));
    }
}

/// Reads `${...}` at the start of `text`: the token, and how many bytes it takes.
fn variable(text: &str) -> Option<(Token, usize)> {
    let inner = text.strip_prefix("${")?;
    let end = inner.find('}')?;
    let body = inner.get(..end)?;
    let token = match body {
        "*" | "?" | "$" => Token::Text(body.to_owned()),
        "" => return None,
        _ => {
            let (key, default) = match body.split_once(',') {
                Some((key, default)) => (key, Some(default.trim().trim_matches('\'').to_owned())),
                None => (body, None),
            };
            Token::Variable(Variable { key: key.trim().to_lowercase(), default })
        }
    };
    Some((token, end + 3))
}

impl Segments {
    fn new(tokens: Vec<Token>) -> Self {
        let mut segments = vec![Segment::default()];
        let mut pending = String::new();
        for token in tokens {
            match token {
                Token::Text(text) => pending.push_str(&text),
                Token::Many => {
                    close(&mut segments, &mut pending);
                    // Stars in a row are one star.
                    if segments.len() == 1 || segments.last().is_some_and(|s| !s.parts.is_empty()) {
                        segments.push(Segment::default());
                    }
                }
                Token::One => {
                    close(&mut segments, &mut pending);
                    if let Some(segment) = segments.last_mut() {
                        segment.parts.push(Part::One);
                        segment.chars += 1;
                    }
                }
                Token::Variable(_) => {} // bound before
            }
        }
        close(&mut segments, &mut pending);
        Self(segments.into())
    }

    fn is_literal(&self) -> bool {
        match &*self.0 {
            [only] => only.parts.iter().all(|p| matches!(p, Part::Text(_))),
            _ => false,
        }
    }

    fn matches(&self, text: &str) -> bool {
        match &*self.0 {
            [] => text.is_empty(),
            [only] => only.end_at(text, 0) == Some(text.len()),
            [first, middle @ .., last] => {
                let Some(mut at) = first.end_at(text, 0) else { return false };
                let Some(end) = last.start_of_suffix(text) else { return false };
                for segment in middle {
                    match segment.find(text, at) {
                        Some(next) => at = next,
                        None => return false,
                    }
                }
                at <= end
            }
        }
    }
}

fn close(segments: &mut [Segment], pending: &mut String) {
    if pending.is_empty() {
        return;
    }
    if let Some(segment) = segments.last_mut() {
        segment.chars += pending.chars().count();
        segment.parts.push(Part::Text(pending.as_str().into()));
    }
    pending.clear();
}

impl Segment {
    /// Where the segment ends if it starts at byte `at`.
    fn end_at(&self, text: &str, at: usize) -> Option<usize> {
        let mut rest = text.get(at..)?;
        for part in &self.parts {
            rest = match part {
                Part::Text(needle) => rest.strip_prefix(&**needle)?,
                Part::One => rest.get(rest.chars().next()?.len_utf8()..)?,
            };
        }
        Some(text.len() - rest.len())
    }

    /// Where the segment starts if it ends with the text.
    fn start_of_suffix(&self, text: &str) -> Option<usize> {
        let start = match &*self.parts {
            [] => return Some(text.len()),
            [Part::Text(needle)] => text.len().checked_sub(needle.len())?,
            _ => text.char_indices().rev().nth(self.chars.checked_sub(1)?)?.0,
        };
        (text.is_char_boundary(start) && self.end_at(text, start) == Some(text.len())).then_some(start)
    }

    /// The end of the segment's first occurrence from byte `from` on.
    fn find(&self, text: &str, from: usize) -> Option<usize> {
        let mut from = from;
        loop {
            let at = match self.parts.first()? {
                Part::Text(needle) => from + memmem::find(text.as_bytes().get(from..)?, needle.as_bytes())?,
                Part::One => from,
            };
            if let Some(end) = self.end_at(text, at) {
                return Some(end);
            }
            from = at + text.get(at..)?.chars().next()?.len_utf8();
        }
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
    }

    #[test]
    fn a_long_run_of_stars_stays_quick() {
        let pattern = Pattern::new(&"*a".repeat(10_000), ALL);
        let text = format!("{}b", "a".repeat(20_000));
        assert_eq!(pattern.matches(&text, &|_| Binding::Missing), Truth::False);
    }
}
