//! What a message says of the request: who wanted to do what, on what. One function for each form.

use super::Reason;
use super::reason::{Said, addition, ends_resource};
use super::text::{QUOTES, Text, bare};

/// The request of a message.
#[derive(Default)]
pub(super) struct Named<'m> {
    pub(super) principal: Option<&'m str>,
    pub(super) action: Option<&'m str>,
    on: On<'m>,
    /// The reason, where the form itself says it.
    pub(super) reason: Option<Reason>,
    /// The first word that can be of the reason. What stands before it somebody may have chosen.
    pub(super) after: usize,
}

/// The resource.
#[derive(Default)]
enum On<'m> {
    /// The message does not say, or is cut in it.
    #[default]
    Nothing,
    /// This one.
    Name(&'m str),
    /// It starts here, and ends where the reason starts.
    From(usize),
}

type Form = for<'m> fn(&Text<'m>) -> Option<Named<'m>>;

/// The forms, the usual one first.
const FORMS: &[Form] = &[performs, executes, lacks_permission, is_denied_access, accesses, has_no_grant];

impl<'m> Named<'m> {
    /// Reads a message. One in no known form names nothing.
    pub(super) fn read(text: &Text<'m>) -> Self {
        FORMS.iter().find_map(|form| form(text)).unwrap_or_default()
    }

    /// The resource, which reaches to the reason.
    pub(super) fn resource(&self, text: &Text<'m>, said: &Said<'m>) -> Option<&'m str> {
        let resource = match self.on {
            On::Nothing => return None,
            On::Name(name) => name,
            On::From(_) if said.several => return None,
            On::From(start) => match [said.start, addition(text, self.after)].into_iter().flatten().min() {
                Some(end) if said.start == Some(end) => text.slice(start, text.start(end)).trim_end(),
                Some(end) => bare(text.slice(start, text.start(end)).trim_end()),
                None if text.may_be_cut() => return None,
                None => text.rest(start).trim_end().trim_end_matches(['.', ',', ';']),
            }
            .trim_matches(QUOTES),
        };
        (!resource.is_empty()).then_some(resource)
    }
}

/// `User: P is not authorized to perform: A on resource: R`, the usual form. SES writes it with quotes and no colons,
/// STS without a principal.
fn performs<'m>(text: &Text<'m>) -> Option<Named<'m>> {
    let mut from = 0;
    while let Some(at) = text.find(from, "not authorized to") {
        from = at + 1;
        let Some(start) = text.labelled(at + 3, "perform") else { continue };
        let principal = principal(text, at);
        let next = text.word_from(start + 1);
        if next == text.len() && text.may_be_cut() {
            return Some(Named { principal, after: next, ..Named::default() });
        }
        let Some(action) = action(text.slice(start, text.start(next)).trim_end()) else { continue };
        let (on, after) = resource(text, next);
        return Some(Named { principal, action: Some(action), on, reason: None, after });
    }
    None
}

/// `Principal [P] is not allowed to execute [A] on the resource`, of `WorkDocs`.
fn executes<'m>(text: &Text<'m>) -> Option<Named<'m>> {
    let at = text.find(1, "is not allowed to execute")?;
    let action = text.whole(at + 5).and_then(action)?;
    let principal = principal(text, at + 1);
    Some(Named { principal, action: Some(action), after: at + 6, ..Named::default() })
}

/// `You do not have permission to perform the 'A' action`, of Elastic Beanstalk, and `User doesn't have permission to
/// call A`, of `CloudFormation`.
fn lacks_permission<'m>(text: &Text<'m>) -> Option<Named<'m>> {
    ["permission to perform the", "permission to call"].iter().find_map(|phrase| {
        let at = text.find(0, phrase)? + phrase.split(' ').count();
        let action = text.whole(at).and_then(action)?;
        Some(Named { action: Some(action), after: at + 1, ..Named::default() })
    })
}

/// `Access to the resource R is denied.`, of SQS.
fn is_denied_access<'m>(text: &Text<'m>) -> Option<Named<'m>> {
    let at = text.find(0, "access to the resource")?;
    let on = text.is(at + 5, "is denied").then(|| On::Name(text.word(at + 4)));
    Some(Named { on: on?, after: at + 7, ..Named::default() })
}

/// `Not authorized to access resource R`, `User: P is not authorized to access this resource`, and `AppSync`'s `Not
/// Authorized to access F on type T`, which speaks of the schema's rules.
fn accesses<'m>(text: &Text<'m>) -> Option<Named<'m>> {
    let at = text.find(0, "not authorized to access")?;
    let principal = principal(text, at);
    if text.is(at + 4, "resource") {
        let on = On::From(text.start(at + 5));
        return Some(Named { principal, on, after: at + 5, ..Named::default() });
    }
    let reason = text.is(at + 5, "on type").then_some(Reason::OwnPermissions);
    Some(Named { principal, reason, after: at + 4, ..Named::default() })
}

/// `You do not have READ permissions to the requested S3 Prefix: R`, of S3 Access Grants.
fn has_no_grant<'m>(text: &Text<'m>) -> Option<Named<'m>> {
    let at = text.find(0, "permissions to the requested s3 prefix")?;
    let prefix = text.rest(text.start(at + 6)).trim_end();
    let on = if text.may_be_cut() { On::Nothing } else { On::Name(prefix) };
    Some(Named { on, reason: Some(Reason::OwnPermissions), after: text.len(), ..Named::default() })
}

/// The caller, named before `is not authorized`; `not` is this word.
fn principal<'m>(text: &Text<'m>, not: usize) -> Option<&'m str> {
    let name = not.checked_sub(2).filter(|_| text.is(not - 1, "is"))?;
    let label = name.checked_sub(1).map_or("", |at| bare(text.word(at)));
    let is_labelled = ["user", "principal", "role"].iter().any(|known| label.eq_ignore_ascii_case(known));
    let name = text.word(name).trim_matches(QUOTES);
    (!name.is_empty() && (is_labelled || name.starts_with("arn:"))).then_some(name)
}

/// An action such as `s3:GetObject`, taken out of quotes; `None` for other text.
fn action(word: &str) -> Option<&str> {
    let word = bare(word).trim_matches(QUOTES);
    let (service, name) = word.split_once(':')?;
    let is_name = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (is_name(service) && is_name(name)).then_some(word)
}

/// The resource behind an action, and the first word after it.
fn resource<'m>(text: &Text<'m>, at: usize) -> (On<'m>, usize) {
    if !text.is(at, "on") {
        return (On::Nothing, at);
    }
    let label = at + 1 + usize::from(text.is(at + 1, "the"));
    let Some(start) = text.labelled(label, "resource") else { return (On::Nothing, at) };
    let value = text.rest(start);
    let is_named = text.word(label).contains(':') || value.starts_with(['`', '\'', '"']) || value.starts_with("arn:");
    match (is_named, ["\\\"", "\""].iter().find(|quote| value.starts_with(**quote))) {
        (false, _) => (On::Nothing, at),
        (true, Some(quote)) => quoted(text, start + quote.len(), quote),
        (true, None) => (On::From(start), text.word_from(start)),
    }
}

/// A resource in quotes, as S3 writes it. The key of an object may have quotes in it, and after one of them words that
/// look like a reason: the last quote that something known follows is the one that ends it. In a message that may be
/// cut, that one may be missing, so nothing is known from there on.
fn quoted<'m>(text: &Text<'m>, start: usize, quote: &str) -> (On<'m>, usize) {
    if text.may_be_cut() {
        return (On::Nothing, text.len());
    }
    let value = text.rest(start);
    let after = |end: usize| text.word_from(start + end + quote.len());
    let is_end = |end: &usize| {
        let behind = value.get(end + quote.len()..).unwrap_or_default();
        let is_last = behind.chars().all(|c| c.is_whitespace() || matches!(c, '.' | ',' | ';'));
        let is_apart = !behind.starts_with(|c: char| c.is_alphanumeric());
        is_last || (is_apart && ends_resource(text, after(*end)))
    };
    let places = || value.rmatch_indices(quote).map(|(at, _)| at);
    // Without anything known behind a quote, the last one ends the resource.
    let Some(end) = places().find(is_end).or_else(|| places().next()) else { return (On::Nothing, text.len()) };
    (value.get(..end).map_or(On::Nothing, On::Name), after(end))
}
