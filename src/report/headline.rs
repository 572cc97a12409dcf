//! The one line that says who was denied what, where and why; and the words that the renderings share.

use super::escape::shown;
use super::{Applicability, Confidence, Place, PrincipalReport, Remedy, Report, Verdict};

/// A piece of the headline.
#[derive(Debug)]
pub(super) enum Part<'a> {
    /// Our own words.
    Words(&'static str),
    /// A name, always marked as one.
    Name(&'a str),
    /// An action, an ARN or an account, which a terminal shows without marks.
    Id(&'a str),
    /// Our own words with names in them: a cause's title, or who called.
    Prose(&'a str),
    /// How many causes there are besides the first.
    More(usize),
}

/// Who, what, where and why.
pub(super) fn headline(report: &Report) -> Vec<Part<'_>> {
    let who = report.principal.who.as_deref().map(|who| vec![Part::Prose(who)]);
    let mut parts = with_account(&report.principal, who.unwrap_or_else(|| caller(&report.principal)));
    if let Some(viewer) = &report.viewer {
        parts = vec![Part::Words("a viewer")];
        parts.extend(viewer.address.iter().flat_map(|address| [Part::Words(" at "), Part::Id(address)]));
    }
    parts.extend([Part::Words(" was denied "), Part::Id(action(report))]);
    if let Some(resource) = resource(report) {
        parts.extend([Part::Words(" on "), Part::Id(resource)]);
    }
    parts.push(Part::Words(": "));
    why(report, &mut parts);
    parts
}

/// Who called, in short: words and, where there is one, a name.
pub(super) fn caller(principal: &PrincipalReport) -> Vec<Part<'_>> {
    let named = |kind, nameless, name: Option<_>| match name {
        Some(name) => vec![Part::Words(kind), Part::Name(name)],
        None => vec![Part::Words(nameless)],
    };
    let arn = principal.arn.as_deref().filter(|arn| !arn.is_empty());
    match principal.kind.as_str() {
        "role" => named("role ", "a role that the record does not name", arn.and_then(role)),
        "user" => named("user ", "a user that the record does not name", arn.and_then(last)),
        "federated-user" => named("federated user ", "a federated user", arn.and_then(last)),
        "service" => named("service ", "an AWS service", arn),
        "root" => vec![Part::Words("the root user")],
        "origin-access-identity" => vec![Part::Words("an origin access identity of CloudFront")],
        "anonymous" => vec![Part::Words("an anonymous caller")],
        "account" => match account(principal) {
            Some(account) => vec![
                Part::Words("a caller from account "),
                Part::Id(account),
                Part::Words(" (not named in the record)"),
            ],
            None => vec![Part::Words("a caller that the record does not name")],
        },
        _ => named("caller ", "a caller that the record does not name", arn),
    }
}

/// The caller on one line, for lists: `role reporting (111122223333)`.
#[must_use]
pub fn who(report: &Report) -> String {
    const NAME_MAX: usize = 100;
    let text = |part| match part {
        Part::Words(words) => words.to_owned(),
        Part::Name(value) | Part::Id(value) | Part::Prose(value) => shown(value, NAME_MAX),
        Part::More(_) => String::new(),
    };
    if report.viewer.is_some() {
        return "a viewer".to_owned();
    }
    with_account(&report.principal, caller(&report.principal)).into_iter().map(text).collect()
}

/// The caller, with its account where it has a name.
fn with_account<'p>(principal: &'p PrincipalReport, caller: Vec<Part<'p>>) -> Vec<Part<'p>> {
    let mut parts = caller;
    let named = matches!(
        parts.as_slice(),
        [Part::Words(_), Part::Name(_), ..] | [Part::Words("the root user") | Part::Prose(_)]
    );
    if let Some(account) = account(principal).filter(|_| named) {
        parts.extend([Part::Words(" ("), Part::Id(account), Part::Words(")")]);
    }
    parts
}

/// The action that AWS denied.
pub(super) fn action(report: &Report) -> &str {
    report.requests.first().map_or(report.event_name.as_str(), |request| request.action.as_str())
}

/// What it was denied on, where the record names it.
pub(super) fn resource(report: &Report) -> Option<&str> {
    if let Some(viewer) = &report.viewer {
        return Some(viewer.url.as_str()).filter(|url| !url.is_empty());
    }
    let resource = report.requests.first()?.resource.as_str();
    (!resource.is_empty() && resource != "*").then_some(resource)
}

/// What stands above several causes.
pub(super) fn order_note(report: &Report) -> Option<&'static str> {
    let all_deny = report.causes.iter().all(|cause| cause.confidence == Confidence::Certain);
    match report.causes.len() {
        0 | 1 => None,
        _ if all_deny => Some("All of these deny the request; fix them in this order:"),
        _ => Some("Each of these denies the request, or may; fix them in this order:"),
    }
}

/// The event, as renderings with labels show it: labels and values. A value may be empty.
pub(super) fn event_rows(report: &Report) -> [(&'static str, &str); 9] {
    [
        ("Caller", report.principal.arn.as_deref().unwrap_or_default()),
        ("Resource", resource(report).unwrap_or_default()),
        ("Call", &report.event_name),
        ("Service", &report.event_source),
        ("Error", &report.error_code),
        ("Verdict", verdict(report.verdict)),
        ("Region", &report.region),
        ("Time", &report.event_time),
        ("Event", &report.event_id),
    ]
}

/// A statement or a setting: labels and values. A value may be empty.
pub(super) fn place_rows(place: &Place) -> [(&'static str, &str); 5] {
    [
        ("policy", &place.policy),
        ("statement", &place.statement),
        ("element", &place.element),
        ("wants", &place.wanted),
        ("request has", &place.actual),
    ]
}

/// The verdict as it stands in JSON.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Explained => "explained",
        Verdict::PartlyExplained => "partly-explained",
        Verdict::Unexplained => "unexplained",
        Verdict::NotReproduced => "not-reproduced",
    }
}

/// The confidence as it stands in JSON.
pub(super) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "certain",
        Confidence::Likely => "likely",
        Confidence::Possible => "possible",
    }
}

/// The other forms of a remedy, which the text is too narrow for.
pub(super) fn forms(remedy: &Remedy) -> String {
    let forms: Vec<_> = remedy.snippets.iter().map(|snippet| snippet.form.as_str()).collect();
    if forms.is_empty() { String::new() } else { format!("{} (with `--format markdown`)", forms.join(", ")) }
}

/// How much was read earlier, and when the oldest of it.
pub(super) fn reused(report: &Report) -> Option<(String, &str)> {
    let oldest = report.reused.iter().map(|row| row.read_at.as_str()).min()?;
    let count = match report.reused.len() {
        1 => "1 answer".to_owned(),
        count => format!("{count} answers"),
    };
    Some((count, oldest))
}

/// Who may apply a remedy, as it stands in JSON.
pub(super) fn applicability(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "safe",
        Applicability::NeedsApproval => "needs-approval",
        Applicability::AdviceOnly => "advice-only",
    }
}

fn why<'a>(report: &'a Report, parts: &mut Vec<Part<'a>>) {
    match report.verdict {
        Verdict::NotReproduced => {
            parts.push(Part::Words("everything that could be read allows it now"));
            if let Some(cause) = report.causes.first() {
                parts.extend([Part::Words("; "), Part::Prose(&cause.title)]);
            }
        }
        Verdict::Unexplained => match report.causes.first().map(|cause| cause.title.as_str()) {
            Some(title) if !title.is_empty() => parts.push(Part::Prose(title)),
            Some(_) | None => parts.push(Part::Words("nothing that could be read denies it")),
        },
        Verdict::Explained | Verdict::PartlyExplained => {
            let Some(cause) = report.causes.first() else {
                parts.push(Part::Words("no cause was found"));
                return;
            };
            match cause.confidence {
                Confidence::Certain => {}
                Confidence::Likely => parts.push(Part::Words("most likely, ")),
                Confidence::Possible => parts.push(Part::Words("possibly, ")),
            }
            parts.push(Part::Prose(if cause.title.is_empty() { &cause.code } else { &cause.title }));
            if report.causes.len() > 1 {
                parts.push(Part::More(report.causes.len() - 1));
            }
        }
    }
}

fn account(principal: &PrincipalReport) -> Option<&str> {
    principal.account.as_deref().filter(|account| !account.is_empty())
}

/// The role's name: in `assumed-role/NAME/SESSION` the second field, in `role/PATH/NAME` the last.
fn role(arn: &str) -> Option<&str> {
    let resource = arn.splitn(6, ':').nth(5)?;
    let name = match resource.strip_prefix("assumed-role/") {
        Some(session) => session.split('/').next(),
        None => resource.rsplit('/').next(),
    };
    name.filter(|name| !name.is_empty())
}

fn last(arn: &str) -> Option<&str> {
    arn.splitn(6, ':').nth(5)?.rsplit('/').next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::{Style, sample, text};
    use super::*;

    fn first_line(report: &Report) -> String {
        text(report, Style { width: 80, color: false }).lines().next().unwrap().to_owned()
    }

    #[test]
    fn the_first_line_names_the_caller() {
        for (kind, arn, account, shown) in [
            (
                "role",
                Some("arn:aws:sts::1:assumed-role/AWSReservedSSO_A_1/a@b.c"),
                Some("1"),
                "role `AWSReservedSSO_A_1` (1)",
            ),
            ("role", Some("arn:aws-cn:iam::1:role/service-role/nightly"), None, "role `nightly`"),
            ("role", Some("AROAEXAMPLE"), None, "a role that the record does not name"),
            ("user", None, Some("1"), "a user that the record does not name"),
            ("federated-user", Some("arn:aws:sts::1:federated-user/bob"), Some("1"), "federated user `bob` (1)"),
            ("root", Some("arn:aws:iam::1:root"), Some("1"), "the root user (1)"),
            ("service", Some("cloudfront.amazonaws.com"), None, "service `cloudfront.amazonaws.com`"),
            ("service", None, None, "an AWS service"),
            ("anonymous", None, None, "an anonymous caller"),
            ("anonymous", None, Some("1"), "an anonymous caller"),
            ("account", None, Some("1"), "a caller from account 1 (not named in the record)"),
            ("other", Some("arn:aws:iam::1:saml-provider/x"), None, "caller `arn:aws:iam::1:saml-provider/x`"),
            ("", Some(""), Some(""), "a caller that the record does not name"),
        ] {
            let mut report = sample::explained();
            report.principal.kind = kind.to_owned();
            report.principal.arn = arn.map(str::to_owned);
            report.principal.account = account.map(str::to_owned);
            assert!(
                first_line(&report).starts_with(&format!("{shown} was denied ")),
                "{shown}: {}",
                first_line(&report)
            );
        }
    }

    #[test]
    fn the_first_line_says_how_sure_it_is() {
        for (confidence, count, shown) in [
            (Confidence::Certain, 1, "q3.csv: no identity policy of role `reporting` allows s3:GetObject"),
            (
                Confidence::Likely,
                2,
                "q3.csv: most likely, no identity policy of role `reporting` allows s3:GetObject (and 1 more cause)",
            ),
            (
                Confidence::Possible,
                3,
                "q3.csv: possibly, no identity policy of role `reporting` allows s3:GetObject (and 2 more causes)",
            ),
            (Confidence::Certain, 0, "q3.csv: no cause was found"),
        ] {
            let mut report = sample::explained();
            report.causes[0].confidence = confidence;
            report.causes = vec![report.causes[0].clone(); count];
            assert!(first_line(&report).ends_with(shown), "{}", first_line(&report));
        }
    }

    #[test]
    fn names_are_those_of_the_json() {
        use serde_json::json;
        for v in [Verdict::Explained, Verdict::PartlyExplained, Verdict::Unexplained, Verdict::NotReproduced] {
            assert_eq!(json!(v), verdict(v));
        }
        for c in [Confidence::Certain, Confidence::Likely, Confidence::Possible] {
            assert_eq!(json!(c), confidence(c));
        }
        for a in [Applicability::Safe, Applicability::NeedsApproval, Applicability::AdviceOnly] {
            assert_eq!(json!(a), applicability(a));
        }
    }
}
