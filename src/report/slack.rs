//! The report as a Slack message: Block Kit, with a text for notifications.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks> has the limits. Lengths are counted after escaping, and lines
//! are left out whole, so that no entity and no code span is cut in two.

use serde_json::{Value, json};

use super::approval::approvals;
use super::escape::{Markup, code, length, middle, prose, visible};
use super::gaps::gaps;
use super::headline::{
    Part, action, applicability, caller, confidence, headline, order_note, resource, reused, verdict,
};
use super::{CauseReport, Place, Report};

/// Slack takes 3000 characters in a section.
const SECTION_MAX: usize = 2_900;
/// The longest value.
pub(super) const VALUE_MAX: usize = 300;
/// The longest title or paragraph.
const PROSE_MAX: usize = 900;
/// The longest text in a list, where a line has up to three, and the longest value in it.
const BRIEF_MAX: (usize, usize) = (400, 200);
/// How many causes are shown, while the message stays within [`CAUSES_LENGTH_MAX`]: people read no more in a channel.
const CAUSES_MAX: usize = 10;
const CAUSES_LENGTH_MAX: usize = 9_000;
/// How many lines a list has.
const LIST_MAX: usize = 5;

/// What formats, mentions, or ends a code span becomes a look-alike: Slack has no escape for it, and an invisible
/// separator would spoil what people copy.
pub(super) const MARKUP: Markup = Markup {
    words: |c, out| match c {
        '*' => out.push('∗'),
        '_' => out.push('＿'),
        '~' => out.push('∼'),
        '@' => out.push('＠'),
        _ => code_char(c, out),
    },
    code: code_char,
};

/// The report as the body of a Slack message.
#[must_use]
pub fn slack(report: &Report) -> Value {
    let line = first_line(report);
    let mut blocks = vec![header(report), section(&line), fields(report)];
    let repeats = report.notes.iter().filter(|note| note.code == super::REPEATS);
    blocks.extend(repeats.map(|note| context(&[sentence(&note.text)])));
    blocks.extend(order_note(report).map(|note| context(&[note.to_owned()])));
    causes(report, &mut blocks);
    blocks.extend(remedies(report).map(|text| section(&text)));
    blocks.extend(approvals(report));
    blocks.extend(unread(report).map(|text| section(&text)));
    blocks.extend(reused(report).map(|(count, oldest)| {
        context(&[format!("Read earlier, for another denial: {count}, the oldest of {}", span(oldest))])
    }));
    blocks.extend(ruled_out(report).map(|text| context(&[text])));
    blocks.push(context(&event(report)));
    json!({ "text": line, "blocks": blocks, "unfurl_links": false, "unfurl_media": false })
}

/// A sentence as the text of a message.
#[must_use]
pub fn slack_line(text: &str) -> String {
    sentence(text)
}

fn code_char(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '`' => out.push('\''),
        _ => visible(c, out),
    }
}

fn first_line(report: &Report) -> String {
    headline(report)
        .into_iter()
        .map(|part| match part {
            Part::Words(words) => words.to_owned(),
            Part::Name(value) | Part::Id(value) => span(value),
            Part::Prose(title) => sentence(title),
            Part::More(1) => " (and 1 more cause)".to_owned(),
            Part::More(count) => format!(" (and {count} more causes)"),
        })
        .collect()
}

/// Plain text, where Slack formats nothing. It takes 150 characters, which the lengths here add up to at most.
fn header(report: &Report) -> Value {
    let mut text = format!("Denied: {} by ", middle(action(report), 46, code_char));
    for part in caller(&report.principal) {
        match part {
            Part::Words(words) => text.push_str(words),
            Part::Name(value) | Part::Id(value) | Part::Prose(value) => {
                text.push_str(&middle(value, 40, code_char));
            }
            Part::More(_) => {}
        }
    }
    json!({ "type": "header", "text": { "type": "plain_text", "text": text, "emoji": false } })
}

fn fields(report: &Report) -> Value {
    let mut fields = Vec::new();
    let mut field = |label: &str, value: &str| {
        if !value.is_empty() {
            fields.push(mrkdwn(&format!("*{label}*\n{}", span(value))));
        }
    };
    field("Caller", report.principal.arn.as_deref().unwrap_or_default());
    field("Resource", resource(report).unwrap_or_default());
    field("Call", &report.event_name);
    field("Error", &report.error_code);
    field("Verdict", verdict(report.verdict));
    json!({ "type": "section", "fields": fields })
}

fn causes(report: &Report, blocks: &mut Vec<Value>) {
    let mut used = 0;
    let mut shown = 0;
    for (cause, number) in report.causes.iter().zip(1..).take(CAUSES_MAX) {
        let text = cause_text(cause, number);
        used += length(&text);
        if used > CAUSES_LENGTH_MAX {
            break;
        }
        shown += 1;
        blocks.push(section(&text));
    }
    blocks.extend(more(report.causes.len(), shown).map(|text| context(&[text])));
}

fn cause_text(cause: &CauseReport, number: usize) -> String {
    let mut lines = Lines::default();
    lines.push(&format!("*{number}.* {}  {}", span(&cause.code), confidence(cause.confidence)));
    lines.push(&sentence(&cause.title));
    for paragraph in cause.detail.lines().filter(|line| !line.trim().is_empty()).take(LIST_MAX) {
        lines.push(&sentence(paragraph));
    }
    for place in cause.places.iter().take(LIST_MAX) {
        lines.push(&place_text(place));
    }
    lines.extend(more(cause.places.len(), LIST_MAX));
    lines.text
}

fn place_text(place: &Place) -> String {
    let mut text = format!("• {}", span(&place.policy));
    for (label, value) in [
        (", statement ", &place.statement),
        (", ", &place.element),
        (": wants ", &place.wanted),
        ("; request has ", &place.actual),
    ] {
        if !value.is_empty() {
            text.push_str(label);
            text.push_str(&span(value));
        }
    }
    text
}

fn remedies(report: &Report) -> Option<String> {
    let rows = report.remedies.iter().map(|remedy| {
        let outcome = remedy.outcome.as_deref().map(|outcome| format!("; {}", brief(outcome))).unwrap_or_default();
        let who = applicability(remedy.applicability);
        format!("• {} ({who}, account {}){outcome}", brief(&remedy.summary), span(&remedy.account))
    });
    list("What would allow it", rows)
}

fn unread(report: &Report) -> Option<String> {
    let gaps = gaps(&report.unread);
    let rows = gaps.iter().map(|row| {
        let account = row.account.map(|account| format!(" in account {}", span(account)));
        let needs = Some(&row.needs).filter(|needs| !needs.is_empty());
        let needs = needs.map(|needs| format!("; needs {}", brief(needs)));
        let (account, needs) = (account.unwrap_or_default(), needs.unwrap_or_default());
        format!("• {}{account}: {}{needs}", brief(&row.questions), brief(row.why))
    });
    list("Could not be read", rows)
}

fn ruled_out(report: &Report) -> Option<String> {
    let shown = LIST_MAX * 2;
    let mut codes: Vec<_> = report.ruled_out.iter().take(shown).map(|row| code(&row.code, 80, MARKUP)).collect();
    codes.extend(more(report.ruled_out.len(), shown));
    (!codes.is_empty()).then(|| format!("Checked, and not the cause: {}", codes.join(", ")))
}

/// At most ten elements.
fn event(report: &Report) -> Vec<String> {
    let rows = [
        ("event", report.event_id.as_str()),
        ("time", &report.event_time),
        ("region", &report.region),
        ("account", report.account.as_deref().unwrap_or_default()),
        ("verdict", verdict(report.verdict)),
    ];
    let rows = rows.into_iter().filter(|(_, value)| !value.is_empty());
    rows.map(|(label, value)| format!("{label} {}", span(value))).collect()
}

fn list(title: &str, rows: impl ExactSizeIterator<Item = String>) -> Option<String> {
    let total = rows.len();
    let mut lines = Lines::default();
    lines.push(&format!("*{title}*"));
    rows.take(LIST_MAX).for_each(|row| lines.push(&row));
    lines.extend(more(total, LIST_MAX));
    (total > 0).then_some(lines.text)
}

fn more(total: usize, shown: usize) -> Option<String> {
    total.checked_sub(shown).filter(|rest| *rest > 0).map(|rest| format!("and {rest} more"))
}

fn span(value: &str) -> String {
    code(value, VALUE_MAX, MARKUP)
}

fn sentence(text: &str) -> String {
    prose(text, PROSE_MAX, VALUE_MAX, MARKUP)
}

pub(super) fn brief(text: &str) -> String {
    prose(text, BRIEF_MAX.0, BRIEF_MAX.1, MARKUP)
}

pub(super) fn section(text: &str) -> Value {
    json!({ "type": "section", "text": mrkdwn(text) })
}

fn context(texts: &[String]) -> Value {
    let elements: Vec<_> = texts.iter().map(|text| mrkdwn(text)).collect();
    json!({ "type": "context", "elements": elements })
}

/// `verbatim` keeps Slack from making links and mentions of what looks like one.
fn mrkdwn(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

/// Lines of a section, as many as fit.
#[derive(Default)]
struct Lines {
    text: String,
    used: usize,
    full: bool,
}

impl Lines {
    fn push(&mut self, line: &str) {
        if self.full || line.is_empty() {
            return;
        }
        let gap = if self.text.is_empty() { "" } else { "\n" };
        self.used += length(gap) + length(line);
        self.full = self.used > SECTION_MAX;
        self.text.push_str(gap);
        self.text.push_str(if self.full { "…" } else { line });
    }
}

impl Extend<String> for Lines {
    fn extend<T: IntoIterator<Item = String>>(&mut self, lines: T) {
        lines.into_iter().for_each(|line| self.push(&line));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::escape::hidden;
    use super::super::{Unread, Verdict, sample};
    use super::*;

    /// Every text of the message that Slack formats.
    fn formatted(message: &Value) -> Vec<&str> {
        let header = message["blocks"][0]["text"]["text"].as_str();
        texts(message).into_iter().filter(|text| Some(*text) != header).collect()
    }

    fn texts(message: &Value) -> Vec<&str> {
        let mut texts = Vec::from_iter(message["text"].as_str());
        for block in message["blocks"].as_array().unwrap().iter().filter(|block| block["type"] != "actions") {
            for key in ["fields", "elements"] {
                texts.extend(block[key].as_array().into_iter().flatten().map(|text| text["text"].as_str().unwrap()));
            }
            texts.extend(block["text"]["text"].as_str());
        }
        texts
    }

    fn within_limits(message: &Value) -> Result<(), String> {
        let check = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("{what}: {message}")) };
        let blocks = message["blocks"].as_array().unwrap();
        check((1..=50).contains(&blocks.len()), "blocks")?;
        check((1..4_000).contains(&length(message["text"].as_str().unwrap())), "text")?;
        for block in blocks {
            let most = match block["type"].as_str().unwrap() {
                "header" => 150,
                "actions" => {
                    for button in block["elements"].as_array().unwrap() {
                        let text = |place: &str| length(button.pointer(place).unwrap().as_str().unwrap());
                        check((1..=2_000).contains(&text("/value")), "button's value")?;
                        check((1..=100).contains(&text("/confirm/title/text")), "dialog's title")?;
                        check((1..=300).contains(&text("/confirm/text/text")), "dialog's text")?;
                    }
                    continue;
                }
                _ => 3_000,
            };
            check(
                block["text"]["text"].as_str().is_none_or(|text| (1..=most).contains(&length(text))),
                "block's text",
            )?;
            for key in ["fields", "elements"] {
                let Some(items) = block[key].as_array() else { continue };
                check((1..=10).contains(&items.len()), key)?;
                let fits = |item: &Value| (1..=2_000).contains(&length(item["text"].as_str().unwrap()));
                check(items.iter().all(fits), key)?;
            }
        }
        check(
            message.to_string().matches("\"mrkdwn\"").count()
                == message.to_string().matches("\"verbatim\":true").count(),
            "verbatim",
        )
    }

    /// Nothing but our own bold labels formats, and every special character is escaped.
    fn tame(text: &str) -> Result<(), String> {
        let check = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("{what}: {text:?}")) };
        check(!text.contains(['<', '>']), "bare bracket")?;
        let entity = |rest: &str| ["amp;", "lt;", "gt;"].iter().any(|name| rest.starts_with(name));
        check(text.split('&').skip(1).all(entity), "cut or bare ampersand")?;
        check(text.chars().all(|c| !hidden(c) || c == '\n'), "hidden character")?;
        check(text.matches('`').count().is_multiple_of(2) && !text.contains("``"), "backticks")?;
        let outside: String = text.split('`').step_by(2).collect();
        check(!outside.contains(['_', '~', '@']), "formatting")?;
        check(outside.matches('*').count() <= 2, "bold")?;
        check(text.split('`').skip(1).step_by(2).all(|code| !code.contains('\n')), "line break in a span")
    }

    fn blocks(report: &Report) -> Vec<String> {
        slack(report)["blocks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|block| texts(&json!({"blocks": [block]})).join("|"))
            .collect()
    }

    #[test]
    fn a_certain_cause() {
        let line = "role `reporting` (`111122223333`) was denied `s3:GetObject` on \
                    `arn:aws:s3:::acme-reports/2026/q3.csv`: no identity policy of role `reporting` allows s3:GetObject";
        assert_eq!(slack(&sample::explained())["text"], line);
        assert_eq!(
            blocks(&sample::explained()),
            [
                "Denied: s3:GetObject by role reporting",
                line,
                "*Caller*\n`arn:aws:sts::111122223333:assumed-role/reporting/nightly`\
                 |*Resource*\n`arn:aws:s3:::acme-reports/2026/q3.csv`|*Call*\n`GetObject`\
                 |*Error*\n`AccessDenied`|*Verdict*\n`explained`",
                "*1.* `identity-policy-no-allow`  certain\n\
                 no identity policy of role `reporting` allows s3:GetObject\n\
                 statement `ReadReports` of `inline:reports` nearly does: its resource is \
                 `arn:aws:s3::: acme-reports/*`, with a space\n\
                 allow it on `arn:aws:s3:::acme-reports/*`\n\
                 • `inline:reports`, statement `ReadReports`, `Resource`: wants `arn:aws:s3::: acme-reports/*`; \
                 request has `arn:aws:s3:::acme-reports/2026/q3.csv`",
                "Checked, and not the cause: `scp-no-allow`, `block-public-access`",
                "event `5a1f2c9e-0c1d-4a53-9d0b-7f3c1f6f2b11`|time `2026-07-01T02:14:07Z`|region `eu-central-1`\
                 |account `111122223333`|verdict `explained`",
            ]
        );
    }

    #[test]
    fn two_causes_and_something_unread() {
        let blocks = blocks(&sample::partly_explained());
        for (block, shown) in blocks.iter().skip(3).zip([
            "Each of these denies the request, or may; fix them in this order:",
            "*1.* `kms-key-policy-no-allow`  likely\nthe policy of key `1234abcd` allows kms:Decrypt to nobody in account 111122223333",
            "*2.* `identity-policy-no-allow`  certain\n",
            "*What would allow it*\n• let account 111122223333 use key `1234abcd` for kms:Decrypt \
             (needs-approval, account `444455556666`)",
            "*Could not be read*\n• bucket-policy acme-reports in account `444455556666`: the read role may not be \
             assumed; needs a role `deniedby-read` that trusts account 111122223333",
        ]) {
            assert!(block.starts_with(shown), "{block}");
        }
    }

    #[test]
    fn the_other_verdicts_say_so() {
        for (report, shown) in [
            (sample::unexplained(), "2026/q3.csv`: nothing that could be read denies it"),
            (
                sample::not_reproduced(),
                "an anonymous caller was denied `GetObject`: everything that could be read allows it now",
            ),
        ] {
            assert!(slack(&report)["text"].as_str().unwrap().ends_with(shown));
        }
    }

    #[test]
    fn values_neither_format_nor_mention_nor_link() {
        for (title, shown) in [
            ("no `<!channel>` & `a&b`", "no `&lt;!channel&gt;` &amp; `a&amp;b`"),
            ("<https://evil.example|here> @here", "&lt;https://evil.example|here&gt; ＠here"),
            ("*a* _b_ ~c~ `*a* _b_ ~c~`", "∗a∗ ＿b＿ ∼c∼ `*a* _b_ ~c~`"),
            ("`a`b`*c*", "`a`b'∗c∗"),
            ("```rm```", "(empty)`rm` (empty)"),
            ("`a``b`", "`a` `b`"),
        ] {
            let mut report = sample::explained();
            report.causes[0].title = title.to_owned();
            assert!(blocks(&report)[3].contains(&format!("certain\n{shown}\n")), "{title}: {}", blocks(&report)[3]);
        }
    }

    #[test]
    fn huge_reports_fit() {
        let one = sample::explained().causes[0].clone();
        let key = "k".repeat(10 << 20);
        let hostile = sample::HOSTILE.iter().chain(&["&", "<", "a b", "😀"]);
        let hostile = hostile.map(|text| text.repeat((1 << 20) / text.len().max(1)));
        for huge in hostile.chain([key]) {
            let message = slack(&sample::of(&[huge], 2, Verdict::Explained, "account"));
            within_limits(&message).unwrap();
            formatted(&message).into_iter().try_for_each(tame).unwrap();
        }
        let mut report = sample::partly_explained();
        report.causes = vec![one; 500];
        let unread = |number| Unread { why: format!("reason {number}"), ..report.unread[0].clone() };
        report.unread = (0..500).map(unread).collect();
        within_limits(&slack(&report)).unwrap();
        let blocks = blocks(&report);
        assert_eq!(blocks.iter().filter(|block| block.contains("identity-policy-no-allow`")).count(), 10);
        assert!(blocks.contains(&"and 490 more".to_owned()));
        assert!(blocks.iter().any(|block| block.contains("Could not be read") && block.ends_with("\nand 495 more")));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_report_fits_and_is_tame(report in sample::any_report()) {
            let message = slack(&report);
            within_limits(&message).map_err(TestCaseError::fail)?;
            formatted(&message).into_iter().try_for_each(tame).map_err(TestCaseError::fail)?;
        }
    }
}
