//! The report as an SNS message: the text, then the same as JSON on one line.
//!
//! <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html> has the limits.

use super::escape::{middle, visible};
use super::headline::{Part, action, caller, verdict};
use super::{Report, Style, Verdict, json, text};

/// What SNS takes in a message, with its attributes and, to be safe, its subject.
const MESSAGE_MAX: usize = 256 * 1024;
/// SNS takes fewer than 100 characters in a subject.
const SUBJECT_MAX: usize = 99;
/// Nothing that is filtered on is longer.
const ATTRIBUTE_MAX: usize = 200;
/// The length of the data type of every attribute, which counts too.
const STRING: usize = "String".len();

const NO_STATEMENTS: &str = "The report is larger than SNS takes: the JSON below is without the layers' statements.";
const NO_JSON: &str = "The report is larger than SNS takes: its JSON is left out.";
const NO_REST: &str = "The report is larger than SNS takes: the rest of it is left out.";

/// What to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnsMessage {
    /// ASCII, fewer than 100 characters.
    pub subject: String,
    /// The text, a line `---`, and the report as JSON on one line. What is too large is left out, and a line says so.
    pub body: String,
    /// What subscriptions can filter on.
    pub attributes: Vec<(&'static str, String)>,
}

/// The report as an SNS message.
#[must_use]
pub fn sns(report: &Report) -> SnsMessage {
    let attributes = attributes(report);
    let size = |(name, value): &(&str, String)| name.len() + STRING + value.len();
    let room = MESSAGE_MAX - SUBJECT_MAX - attributes.iter().map(size).sum::<usize>();
    SnsMessage { subject: subject(report), body: body(report, room), attributes }
}

fn attributes(report: &Report) -> Vec<(&'static str, String)> {
    let rows = [
        ("verdict", verdict(report.verdict)),
        ("code", report.causes.first().map_or("", |cause| &cause.code)),
        ("account", report.account.as_deref().unwrap_or_default()),
        ("region", &report.region),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
    rows.map(|(name, value)| (name, middle(value, ATTRIBUTE_MAX, visible))).collect()
}

fn subject(report: &Report) -> String {
    let why = match report.verdict {
        Verdict::Explained | Verdict::PartlyExplained => report.causes.first().map(|cause| cause.code.as_str()),
        Verdict::Unexplained | Verdict::NotReproduced => None,
    };
    let why = ascii(why.filter(|code| !code.is_empty()).unwrap_or(verdict(report.verdict)), 36);
    let what = ascii(action(report), 30);
    let mut who = String::new();
    for part in caller(&report.principal) {
        match part {
            Part::Words(words) => who.push_str(words),
            // Enough of the value for the cut below to see that it is one.
            Part::Name(value) | Part::Id(value) | Part::Prose(value) => who.push_str(&ascii(value, SUBJECT_MAX)),
            Part::More(_) => {}
        }
    }
    let left = SUBJECT_MAX.saturating_sub("denied:  by : ".len() + what.len() + why.len());
    format!("denied: {what} by {}: {why}", ascii(&who, left))
}

/// At most `max` ASCII characters that print. What is longer ends in two full stops.
fn ascii(value: &str, max: usize) -> String {
    let printable = |c: char| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' };
    let mut text: String = value.chars().take(max + 1).map(printable).collect();
    if text.len() > max {
        text.truncate(max.saturating_sub(2));
        text.push_str("..");
    }
    text
}

fn body(report: &Report, room: usize) -> String {
    let text = text(report, Style { width: 100, color: false });
    let whole = json(report, false).ok().map(|json| format!("{text}---\n{json}"));
    let without_statements = || {
        let mut report = report.clone();
        report.requests.iter_mut().flat_map(|request| &mut request.layers).for_each(|layer| layer.statements.clear());
        json(&report, false).ok().map(|json| format!("{text}\n{NO_STATEMENTS}\n---\n{json}"))
    };
    let fits = |body: &String| body.len() <= room;
    whole
        .filter(fits)
        .or_else(|| without_statements().filter(fits))
        .or_else(|| Some(format!("{text}\n{NO_JSON}\n")).filter(fits))
        .unwrap_or_else(|| {
            let mut text = text.clone();
            text.truncate(text.floor_char_boundary(room.saturating_sub(NO_REST.len() + "…\n\n\n".len())));
            format!("{text}…\n\n{NO_REST}\n")
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::super::escape::hidden;
    use super::super::sample;
    use super::*;

    fn within_limits(message: &SnsMessage) -> Result<(), String> {
        let check = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("{what}: {message:?}")) };
        let attributes: usize = message.attributes.iter().map(|(name, value)| name.len() + value.len() + STRING).sum();
        check(message.body.len() + attributes <= MESSAGE_MAX, "size")?;
        check(message.subject.len() < 100, "long subject")?;
        check(message.subject.bytes().all(|b| (b' '..=b'~').contains(&b)), "subject that does not print")?;
        check(message.subject.starts_with(|c: char| c.is_ascii_alphabetic()), "first letter of the subject")?;
        check(message.attributes.iter().all(|(_, value)| !value.is_empty()), "empty attribute")?;
        check(message.body.chars().all(|c| !hidden(c) || c == '\n'), "hidden character")
    }

    fn json_of(body: &str) -> Option<Value> {
        body.rsplit_once("\n---\n").map(|(_, json)| serde_json::from_str(json).unwrap())
    }

    #[test]
    fn the_subject_is_useful_alone() {
        for (report, subject) in [
            (sample::explained(), "denied: s3:GetObject by role reporting: identity-policy-no-allow"),
            (sample::partly_explained(), "denied: s3:GetObject by user alice: kms-key-policy-no-allow"),
            (
                sample::unexplained(),
                "denied: s3:GetObject by a caller from account 777788889999 (not named in the record): unexplained",
            ),
            (sample::not_reproduced(), "denied: GetObject by an anonymous caller: not-reproduced"),
        ] {
            assert_eq!(sns(&report).subject, subject);
        }
        let mut report = sample::explained();
        report.principal.arn = Some(format!("arn:aws:iam::1:role/{}", "rôle\n".repeat(30)));
        report.causes[0].code = "kms-aws-managed-key-cross-account".to_owned();
        let subject = sns(&report).subject;
        assert_eq!(
            subject,
            "denied: s3:GetObject by role r?le?r?le?r?le?r?le?r?le?r?le?r?l..: kms-aws-managed-key-cross-account"
        );
    }

    #[test]
    fn the_body_is_the_text_and_the_json() {
        for report in [sample::explained(), sample::partly_explained(), sample::unexplained(), sample::not_reproduced()]
        {
            let body = sns(&report).body;
            let (start, json) = body.rsplit_once("---\n").unwrap();
            assert_eq!(start, text(&report, Style { width: 100, color: false }));
            assert_eq!(json, serde_json::to_string(&report).unwrap());
        }
    }

    #[test]
    fn attributes_are_what_there_is() {
        let attributes = sns(&sample::explained()).attributes;
        let wanted = [
            ("verdict", "explained"),
            ("code", "identity-policy-no-allow"),
            ("account", "111122223333"),
            ("region", "eu-central-1"),
        ];
        assert!(attributes.iter().map(|(name, value)| (*name, value.as_str())).eq(wanted));
        let mut report = sample::not_reproduced();
        report.account = None;
        report.region.clear();
        assert_eq!(sns(&report).attributes, [("verdict", "not-reproduced".to_owned())]);
    }

    #[test]
    fn what_is_too_large_is_left_out_and_the_body_says_so() {
        let mut statements = sample::explained();
        let one = statements.requests[0].layers[0].statements[0].clone();
        statements.requests[0].layers[0].statements = vec![one; 5_000];
        let mut key = sample::explained();
        key.requests[0].resource = "k".repeat(1 << 20);
        key.requests = vec![key.requests[0].clone(); 5];
        let mut causes = sample::explained();
        causes.causes[0].detail = "日本語 ".repeat(400);
        causes.causes = vec![causes.causes[0].clone(); 500];
        for (report, note, has_json) in
            [(statements, NO_STATEMENTS, true), (key, NO_JSON, false), (causes, NO_REST, false)]
        {
            let message = sns(&report);
            within_limits(&message).unwrap();
            assert!(message.body.contains(&format!("\n\n{note}\n")), "{note}");
            assert_eq!(json_of(&message.body).is_some(), has_json, "{note}");
            assert!(message.body.starts_with("role `reporting` (111122223333) was denied s3:GetObject"));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_report_fits(report in sample::any_report()) {
            let message = sns(&report);
            within_limits(&message).map_err(TestCaseError::fail)?;
            if let Some(json) = json_of(&message.body) {
                prop_assert_eq!(&json["event_id"], &Value::from(report.event_id));
            }
        }
    }
}
