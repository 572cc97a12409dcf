//! The only matcher: `*`, `?` and policy variables, as IAM compares actions, ARN fields and strings.
//!
//! The segments between stars are found from left to right, the first and the last at their ends, so a match takes no
//! backtracking.

use std::borrow::Cow;

use memchr::memmem;

use super::pattern::{Binding, Syntax, Variable};
use crate::truth::Truth;

/// A compiled text. The text itself stays with its owner, who hands it to each call: most texts need nothing else.
pub(super) enum Glob {
    /// `*` alone.
    Anything,
    /// The text itself.
    Literal,
    /// The text but for the only star, which ends it: `s3:get*`.
    Prefix,
    /// Anything else.
    Parts(Box<Parts>),
}

pub(super) struct Parts {
    list: Vec<Part>,
    /// Their values are put in place for each request, in lower case if letter case does not count.
    variables: Vec<Variable>,
    fold: bool,
    /// Nothing in it is [`Part::Unsettled`].
    settled: bool,
}

enum Part {
    /// From one byte of the text up to another.
    Text(usize, usize),
    /// The value of a variable, by its place.
    Value(usize),
    /// `${team*}`: braces around what no key is called. No page says whether IAM takes it for a variable without a value
    /// or for text, so it may be anything.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
    Unsettled,
    /// `?`: any one character.
    One,
    /// `*`.
    Many,
}

/// What stands for a variable; `None` if unknown, so that it may be anything.
type Value<'v> = Option<Cow<'v, str>>;

impl Glob {
    /// Compiles `text`. Every text has a meaning: a `${` that is never closed stands for itself.
    pub(super) fn new(text: &str, syntax: Syntax) -> Self {
        match text.bytes().position(|byte| syntax.is_special(byte)) {
            None => Self::Literal,
            Some(at) if syntax.wildcards && text.get(at..) == Some("*") => {
                if at == 0 {
                    Self::Anything
                } else {
                    Self::Prefix
                }
            }
            Some(_) => {
                let (list, variables) = parts(text, syntax);
                let settled = !list.iter().any(|part| matches!(part, Part::Unsettled));
                Self::Parts(Box::new(Parts { list, variables, fold: syntax.fold, settled }))
            }
        }
    }

    /// Whether only one text matches: no wildcard, no variable.
    pub(super) fn is_literal(&self) -> bool {
        match self {
            Self::Literal => true,
            Self::Anything | Self::Prefix => false,
            Self::Parts(parts) => parts.list.iter().all(|part| matches!(part, Part::Text(..))),
        }
    }

    /// Whether the glob matches the whole of `text`. `own` is what it was compiled from. `bind` looks up variables.
    #[inline]
    pub(super) fn matches<'a>(&self, own: &str, text: &str, bind: &dyn Fn(&Variable) -> Binding<'a>) -> Truth {
        match self {
            Self::Anything => Truth::True,
            Self::Literal => (own == text).into(),
            Self::Prefix => own.strip_suffix('*').is_some_and(|prefix| text.starts_with(prefix)).into(),
            Self::Parts(parts) => parts.matches(own, text, bind),
        }
    }
}

/// Takes a text apart.
fn parts(text: &str, syntax: Syntax) -> (Vec<Part>, Vec<Variable>) {
    let mut list = Vec::with_capacity(4);
    let mut variables = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(byte) = text.as_bytes().get(at).copied() {
        let (part, length) = match byte {
            b'*' if syntax.wildcards => (Part::Many, 1),
            b'?' if syntax.wildcards => (Part::One, 1),
            b'$' if syntax.variables => match text.get(at..).and_then(braces) {
                // An escaped character: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
                Some("*" | "?" | "$") => (Part::Text(at + 2, at + 3), 4),
                Some(inner) if !may_name_a_key(inner) => (Part::Unsettled, inner.len() + 3),
                Some(inner) => {
                    variables.push(Variable::new(inner));
                    (Part::Value(variables.len() - 1), inner.len() + 3)
                }
                None => {
                    at += 1;
                    continue;
                }
            },
            _ => {
                at += 1;
                continue;
            }
        };
        if start < at {
            list.push(Part::Text(start, at));
        }
        list.push(part);
        at += length;
        start = at;
    }
    if start < at {
        list.push(Part::Text(start, at));
    }
    (list, variables)
}

/// What stands between the braces of `${...}` at the start of `text`, if anything does.
fn braces(text: &str) -> Option<&str> {
    let (inner, _) = text.strip_prefix("${")?.split_once('}')?;
    (!inner.is_empty()).then_some(inner)
}

/// Whether what stands between braces may be a key, perhaps with a default. Tags have none of these characters:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules>
fn may_name_a_key(inner: &str) -> bool {
    let key = inner.split_once(',').map_or(inner, |(key, _)| key);
    !key.contains(['*', '?', '$', '{'])
}

impl Parts {
    /// A variable's own `*` and `?` are plain text. An unknown one may be anything: if the rest does not match even
    /// then, the answer is no.
    fn matches<'a>(&self, own: &str, text: &str, bind: &dyn Fn(&Variable) -> Binding<'a>) -> Truth {
        // A few need no allocation.
        let (mut few, mut many) = ([const { None }; 2], Vec::new());
        let values = if let Some(values) = few.get_mut(..self.variables.len()) {
            values
        } else {
            many.resize_with(self.variables.len(), || None);
            many.as_mut_slice()
        };
        for (variable, value) in self.variables.iter().zip(&mut *values) {
            *value = match bind(variable) {
                Binding::Value(text) if self.fold => Some(Cow::Owned(text.to_lowercase())),
                Binding::Value(text) => Some(text),
                Binding::Missing => return Truth::False,
                Binding::Unknown => None,
            };
        }
        let sure = self.settled && values.iter().all(Option::is_some);
        let bound = Bound { own, values };
        match (bound.matches(&self.list, text), sure) {
            (false, _) => Truth::False,
            (true, true) => Truth::True,
            (true, false) => Truth::Unknown,
        }
    }
}

/// What the parts stand for.
struct Bound<'b> {
    own: &'b str,
    values: &'b [Value<'b>],
}

impl Bound<'_> {
    fn matches(&self, parts: &[Part], text: &str) -> bool {
        let mut segments = parts.split(|part| match part {
            Part::Many | Part::Unsettled => true,
            Part::Value(place) => self.values.get(*place).is_none_or(Option::is_none),
            Part::Text(..) | Part::One => false,
        });
        let first = segments.next().unwrap_or_default();
        let Some(mut at) = self.end_at(first, text, 0) else { return false };
        let Some(last) = segments.next_back() else { return at == text.len() };
        let Some(end) = self.start_of_suffix(last, text) else { return false };
        let Some(text) = text.get(..end) else { return false };
        for segment in segments {
            match self.find(segment, text, at) {
                Some(next) => at = next,
                None => return false,
            }
        }
        at <= end
    }

    /// The text of a part; `None` for `?`.
    fn text(&self, part: &Part) -> Option<&str> {
        match part {
            Part::Text(start, end) => self.own.get(*start..*end),
            Part::Value(place) => self.values.get(*place)?.as_deref(),
            Part::One | Part::Many | Part::Unsettled => None,
        }
    }

    /// Where the segment ends if it starts at byte `at`.
    fn end_at(&self, segment: &[Part], text: &str, at: usize) -> Option<usize> {
        let mut rest = text.get(at..)?;
        for part in segment {
            rest = match self.text(part) {
                Some(needle) => rest.strip_prefix(needle)?,
                None => rest.get(rest.chars().next()?.len_utf8()..)?,
            };
        }
        Some(text.len() - rest.len())
    }

    /// Where the segment starts if it ends with the text.
    fn start_of_suffix(&self, segment: &[Part], text: &str) -> Option<usize> {
        let mut rest = text;
        for part in segment.iter().rev() {
            rest = match self.text(part) {
                Some(needle) => rest.strip_suffix(needle)?,
                None => rest.get(..rest.char_indices().next_back()?.0)?,
            };
        }
        Some(rest.len())
    }

    /// The end of the segment's first occurrence from byte `from` on.
    fn find(&self, segment: &[Part], text: &str, from: usize) -> Option<usize> {
        let Some(first) = segment.first() else { return Some(from) };
        let mut from = from;
        loop {
            let at = match self.text(first) {
                Some(needle) => from + memmem::find(text.as_bytes().get(from..)?, needle.as_bytes())?,
                None => from,
            };
            if let Some(end) = self.end_at(segment, text, at) {
                return Some(end);
            }
            from = at + text.get(at..)?.chars().next()?.len_utf8();
        }
    }
}
