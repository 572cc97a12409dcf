//! The report as a tired engineer reads it in a terminal at night. The first line alone says who, what, where and why.

use textwrap::{Options, WordSplitter};

use super::escape::{Markup, code, length, middle, prose, visible};
use super::headline::{Part, applicability, confidence, headline, order_note, verdict};
use super::{CauseReport, Confidence, Place, Remedy, Report, RequestReport};

/// How the text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The columns to wrap at. ARNs and other long words may run over.
    pub width: usize,
    /// Whether to colour with ANSI escape codes.
    pub color: bool,
}

/// The longest value.
const VALUE_MAX: usize = 300;
/// The longest title, and the longest paragraph.
const PROSE_MAX: usize = 2_000;
/// The longest line of a command. A cut command does something else, so a longer one is not shown at all.
const COMMAND_MAX: usize = 8_000;
/// How many paragraphs, places, or lines of a list are shown.
const LIST_MAX: usize = 50;

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "1;31";
const YELLOW: &str = "1;33";

/// Stands for a space inside of a value while lines are wrapped. [`visible`] escapes it, so no value holds it.
const KEPT: char = '\u{a0}';

const MARKUP: Markup = Markup {
    words: |c, out| visible(if c == '`' { '\'' } else { c }, out),
    code: |c, out| match c {
        ' ' => out.push(KEPT),
        '`' => out.push('\''),
        _ => visible(c, out),
    },
};

/// The report as text. Ends with a line break.
#[must_use]
pub fn text(report: &Report, style: Style) -> String {
    let mut page = Page { style, out: String::new() };
    page.line(BOLD, "", &first_line(report));
    page.event(report);
    if let Some(note) = order_note(report) {
        page.blank();
        page.wrap("", "", "", note);
    }
    for (cause, number) in report.causes.iter().zip(1..) {
        page.cause(cause, number);
    }
    page.remedies(&report.remedies);
    page.ruled_out(report);
    page.unread(report);
    page.requests(&report.requests);
    page.out
}

fn first_line(report: &Report) -> String {
    headline(report)
        .into_iter()
        .map(|part| match part {
            Part::Words(words) => words.to_owned(),
            Part::Name(name) => code(name, VALUE_MAX, MARKUP),
            Part::Id(id) => bare(id),
            Part::Prose(title) => prose(title, PROSE_MAX, VALUE_MAX, MARKUP),
            Part::More(1) => " (and 1 more cause)".to_owned(),
            Part::More(count) => format!(" (and {count} more causes)"),
        })
        .collect()
}

/// A value without marks, unless it could be taken for our words.
fn bare(value: &str) -> String {
    if value.is_empty() || value.contains([' ', '`']) {
        code(value, VALUE_MAX, MARKUP)
    } else {
        middle(value, VALUE_MAX, MARKUP.code)
    }
}

fn sentence(text: &str) -> String {
    prose(text, PROSE_MAX, VALUE_MAX, MARKUP)
}

struct Page {
    style: Style,
    out: String,
}

impl Page {
    fn event(&mut self, report: &Report) {
        self.blank();
        let event_id = format!("event {}", report.event_id);
        let fields = [
            report.event_time.as_str(),
            &report.region,
            &report.event_name,
            if report.event_id.is_empty() { "" } else { &event_id },
            &report.error_code,
            verdict(report.verdict),
        ];
        let fields: Vec<_> = fields.into_iter().filter(|field| !field.is_empty()).collect();
        let fields: Vec<_> = fields.into_iter().map(|field| middle(field, VALUE_MAX, MARKUP.code)).collect();
        self.wrap(DIM, "", "", &fields.join(&format!("{KEPT}· ")));
        if let Some(arn) = &report.principal.arn {
            self.wrap(DIM, "", "", &format!("caller {}", bare(arn)));
        }
    }

    fn cause(&mut self, cause: &CauseReport, number: usize) {
        self.blank();
        let color = match cause.confidence {
            Confidence::Certain => RED,
            Confidence::Likely | Confidence::Possible => YELLOW,
        };
        let head = format!("{number}. {}  {}", bare(&cause.code), confidence(cause.confidence));
        self.line(color, "", &head);
        self.wrap("", "   ", "   ", &sentence(&cause.title));
        for paragraph in cause.detail.lines().filter(|line| !line.trim().is_empty()).take(LIST_MAX) {
            self.wrap("", "   ", "   ", &sentence(paragraph));
        }
        for (index, place) in cause.places.iter().take(LIST_MAX).enumerate() {
            // The rows of several statements must not run into each other.
            if index > 0 {
                self.blank();
            }
            self.place(place);
        }
        self.more("     ", cause.places.len());
    }

    fn place(&mut self, place: &Place) {
        let rows = [
            ("policy", &place.policy),
            ("statement", &place.statement),
            ("element", &place.element),
            ("wants", &place.wanted),
            ("request has", &place.actual),
        ];
        for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
            let indent = format!("     {label:<11}  ");
            let hanging = " ".repeat(indent.len());
            // No kept spaces: a list of ARNs wider than the line breaks between them.
            self.wrap("", &indent, &hanging, &middle(value, VALUE_MAX, visible));
        }
    }

    fn remedies(&mut self, remedies: &[Remedy]) {
        if remedies.is_empty() {
            return;
        }
        self.heading("What would allow it:");
        for remedy in remedies.iter().take(LIST_MAX) {
            let kind = middle(&remedy.kind, VALUE_MAX, MARKUP.code);
            let who = applicability(remedy.applicability);
            let head = format!("[{who}] {} ({kind}, account {})", sentence(&remedy.summary), bare(&remedy.account));
            self.wrap(BOLD, "  ", "    ", &head);
            for command in remedy.commands.iter().take(LIST_MAX) {
                self.command(command);
            }
            let rows = [("before", &remedy.before), ("after", &remedy.after)];
            for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
                self.wrap("", "    ", "      ", &format!("{label}: {}", middle(value, VALUE_MAX, MARKUP.code)));
            }
            let outcome = remedy.outcome.as_deref().unwrap_or_default();
            let rows = [("proof", remedy.proof.as_str()), ("outcome", outcome), ("id", &remedy.id)];
            for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
                self.wrap("", "    ", "      ", &format!("{label}: {}", sentence(value)));
            }
        }
        self.more("  ", remedies.len());
    }

    fn command(&mut self, command: &str) {
        if command.lines().any(|line| line.len() > COMMAND_MAX) || command.lines().count() > LIST_MAX {
            self.wrap("", "    ", "    ", "(a command too long to show here; the JSON report has it)");
            return;
        }
        for line in command.lines() {
            let mut shown = String::new();
            line.chars().for_each(|c| visible(c, &mut shown));
            self.line("", "    ", &shown);
        }
    }

    fn ruled_out(&mut self, report: &Report) {
        if report.ruled_out.is_empty() {
            return;
        }
        self.heading("Checked, and not the cause:");
        let shown = || report.ruled_out.iter().take(LIST_MAX);
        let widest = shown().map(|row| length(&row.code)).max().unwrap_or(0).min(34);
        for row in shown() {
            let head = format!("  {:<widest$}  ", middle(&row.code, VALUE_MAX, MARKUP.code));
            self.wrap("", &head, &" ".repeat(widest + 4), &sentence(&row.because));
        }
        self.more("  ", report.ruled_out.len());
    }

    fn unread(&mut self, report: &Report) {
        if report.unread.is_empty() {
            return;
        }
        self.heading("Could not be read:");
        for row in report.unread.iter().take(LIST_MAX) {
            let account = row.account.as_deref().map(|account| format!(" in account {}", bare(account)));
            let needs = Some(&row.needs).filter(|needs| !needs.is_empty());
            let needs = needs.map(|needs| format!("; needs {}", sentence(needs)));
            let (account, needs) = (account.unwrap_or_default(), needs.unwrap_or_default());
            let text = format!("{}{account}: {}{needs}", sentence(&row.question), sentence(&row.why));
            self.wrap("", "  ", "      ", &text);
        }
        self.more("  ", report.unread.len());
    }

    fn requests(&mut self, requests: &[RequestReport]) {
        for request in requests.iter().take(LIST_MAX) {
            self.blank();
            let head = format!("{} on {}: {}", bare(&request.action), bare(&request.resource), bare(&request.decision));
            self.wrap("", "", "  ", &head);
            let layers: Vec<_> = request
                .layers
                .iter()
                .take(LIST_MAX)
                .map(|row| format!("{}{KEPT}{}", row.layer, bare(&row.decision)))
                .collect();
            if !layers.is_empty() {
                self.wrap(DIM, "  layers: ", "    ", &layers.join(&format!("{KEPT}· ")));
            }
        }
        self.more("", requests.len());
    }

    fn heading(&mut self, words: &str) {
        self.blank();
        self.line(BOLD, "", words);
    }

    fn more(&mut self, indent: &str, total: usize) {
        if total > LIST_MAX {
            self.line("", indent, &format!("and {} more", total - LIST_MAX));
        }
    }

    fn blank(&mut self) {
        self.out.push('\n');
    }

    fn wrap(&mut self, color: &str, first: &str, rest: &str, text: &str) {
        let options = Options::new(self.style.width.max(20))
            .initial_indent(first)
            .subsequent_indent(rest)
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation);
        for line in textwrap::wrap(text, options) {
            self.line(color, "", line.trim_end_matches(' '));
        }
    }

    fn line(&mut self, color: &str, indent: &str, text: &str) {
        let text = text.replace(KEPT, " ");
        let colored = self.style.color && !color.is_empty();
        let (on, off) = if colored { (format!("\u{1b}[{color}m"), "\u{1b}[0m") } else { (String::new(), "") };
        self.out.extend([indent, &on, &text, off, "\n"]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::escape::hidden;
    use super::super::sample;
    use super::*;

    const NARROW: Style = Style { width: 80, color: false };

    #[test]
    fn a_certain_cause() {
        assert_eq!(
            text(&sample::explained(), NARROW),
            "\
role `reporting` (111122223333) was denied s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: no identity policy of role `reporting` allows s3:GetObject

2026-07-01T02:14:07Z · eu-central-1 · GetObject ·
event 5a1f2c9e-0c1d-4a53-9d0b-7f3c1f6f2b11 · AccessDenied · explained
caller arn:aws:sts::111122223333:assumed-role/reporting/nightly

1. identity-policy-no-allow  certain
   no identity policy of role `reporting` allows s3:GetObject
   statement `ReadReports` of `inline:reports` nearly does: its resource is
   `arn:aws:s3::: acme-reports/*`, with a space
   allow it on `arn:aws:s3:::acme-reports/*`
     policy       inline:reports
     statement    ReadReports
     element      Resource
     wants        arn:aws:s3::: acme-reports/*
     request has  arn:aws:s3:::acme-reports/2026/q3.csv

Checked, and not the cause:
  scp-no-allow         `FullAWSAccess` allows it
  block-public-access  the caller is in the bucket's own account, so Block
                       Public Access does not look at this request

s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: implicitly-denied
  layers: scp allowed · identity-policy implicitly-denied ·
    resource-policy implicitly-denied
"
        );
    }

    #[test]
    fn two_causes_and_something_unread() {
        assert_eq!(
            text(&sample::partly_explained(), NARROW),
            "\
user `alice` (111122223333) was denied s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: most likely, the policy of key `1234abcd` allows kms:Decrypt to nobody in account 111122223333 (and 1 more cause)

2026-07-01T02:14:07Z · eu-central-1 · GetObject ·
event 5a1f2c9e-0c1d-4a53-9d0b-7f3c1f6f2b11 · AccessDenied · partly-explained
caller arn:aws:iam::111122223333:user/ops/alice

Each of these denies the request, or may; fix them in this order:

1. kms-key-policy-no-allow  likely
   the policy of key `1234abcd` allows kms:Decrypt to nobody in account
   111122223333

2. identity-policy-no-allow  certain
   no identity policy of role `reporting` allows s3:GetObject
   statement `ReadReports` of `inline:reports` nearly does: its resource is
   `arn:aws:s3::: acme-reports/*`, with a space
   allow it on `arn:aws:s3:::acme-reports/*`
     policy       inline:reports
     statement    ReadReports
     element      Resource
     wants        arn:aws:s3::: acme-reports/*
     request has  arn:aws:s3:::acme-reports/2026/q3.csv

What would allow it:
  [needs-approval] let account 111122223333 use key `1234abcd` for kms:Decrypt
    (put-key-policy, account 444455556666)
    aws kms put-key-policy --key-id 1234abcd --policy file://policy.json
    before: {}
    after: {\"Statement\":[]}
    proof: allows the request, and 12 probes stay denied
    id: r1

Could not be read:
  bucket-policy acme-reports in account 444455556666: the read role may not be
      assumed; needs a role `deniedby-read` that trusts account 111122223333

s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: implicitly-denied
  layers: scp allowed · identity-policy implicitly-denied ·
    resource-policy implicitly-denied
"
        );
    }

    #[test]
    fn nothing_that_could_be_read_denies_it() {
        assert_eq!(
            text(&sample::unexplained(), NARROW),
            "\
a caller from account 777788889999 (not named in the record) was denied s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: nothing that could be read denies it

2026-07-01T02:14:07Z · eu-central-1 · GetObject ·
event 5a1f2c9e-0c1d-4a53-9d0b-7f3c1f6f2b11 · AccessDenied · unexplained

Could not be read:
  scp-list 777788889999: no management role is set

s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: implicitly-denied
  layers: scp allowed · identity-policy implicitly-denied ·
    resource-policy implicitly-denied
"
        );
    }

    #[test]
    fn what_is_in_force_now_allows_it() {
        assert_eq!(
            text(&sample::not_reproduced(), Style { width: 120, color: false }),
            "\
an anonymous caller was denied GetObject: everything that could be read allows it now

2026-07-01T02:14:07Z · eu-central-1 · GetObject · event 5a1f2c9e-0c1d-4a53-9d0b-7f3c1f6f2b11 · AccessDenied ·
not-reproduced
"
        );
    }

    #[test]
    fn a_value_cannot_pass_for_our_words() {
        let mut report = sample::explained();
        for (key, shown) in [
            (
                "a: everything that could be read allows it now",
                "on `a: everything that could be read allows it now`: no identity",
            ),
            ("a`b", "on `a'b`: no identity"),
            ("a\nrole `x`", "on `a\\u{a}role 'x'`: no identity"),
            ("a ", "on `a\\u{20}`: no identity"),
            ("a\u{1b}[31m", "on a\\u{1b}[31m: no identity"),
        ] {
            report.requests[0].resource = key.to_owned();
            assert!(text(&report, NARROW).lines().next().unwrap().contains(shown), "{key:?}");
        }
    }

    #[test]
    fn values_are_not_broken_at_a_line_end() {
        let mut report = sample::explained();
        let arn = "arn:aws:s3::: acme reports/with-many-hyphens/and spaces/that-do-not-fit-in-forty-columns.csv";
        report.causes[0].detail = format!("the resource is `{arn}` and not what it should be");
        assert!(text(&report, Style { width: 40, color: false }).contains(&format!("\n   `{arn}`\n")));
    }

    #[test]
    fn lines_fit_the_width_where_words_do() {
        let mut report = sample::explained();
        report.causes[0].detail = "one two three four five six seven ".repeat(40);
        for width in [0, 20, 40, 80, 100, usize::MAX] {
            let text = text(&report, Style { width, color: false });
            let long = |line: &&str| line.chars().count() > width.max(20) && line.trim().contains(" three ");
            assert_eq!(text.lines().skip(1).find(long), None);
        }
    }

    #[test]
    fn a_long_key_is_cut_and_a_long_command_left_out() {
        let mut report = sample::partly_explained();
        let key = format!("arn:aws:s3:::b/{}.csv", "k".repeat(10 << 20));
        report.requests[0].resource.clone_from(&key);
        report.causes[0].title = format!("nobody may read `{key}`");
        report.causes[1].places[0].actual.clone_from(&key);
        report.remedies[0].commands = vec![format!("aws s3api put-object-acl --key '{key}'")];
        let text = text(&report, NARROW);
        assert!(text.len() < 5_000 && text.lines().all(|line| line.len() < 1_000));
        assert!(text.contains("kkk…kkk") && text.contains("kkk.csv"));
        assert!(text.contains("a command too long to show here") && !text.contains("put-object-acl"));
    }

    #[test]
    fn five_hundred_causes_are_all_there_and_long_lists_are_not() {
        let mut report = sample::explained();
        report.causes = vec![report.causes[0].clone(); 500];
        report.ruled_out = vec![report.ruled_out[0].clone(); 500];
        let text = text(&report, NARROW);
        assert!(text.contains("All of these deny the request; fix them in this order:"));
        assert!(text.contains("\n500. identity-policy-no-allow  certain\n"));
        assert!(text.contains("\n  and 450 more\n"));
    }

    #[test]
    fn colour_changes_nothing_but_the_colour() {
        for report in [
            sample::explained(),
            sample::partly_explained(),
            sample::of(&["\u{1b}[32m".into()], 2, super::super::Verdict::Explained, "role"),
        ] {
            let mut colored = text(&report, Style { width: 80, color: true });
            assert!(colored.starts_with("\u{1b}[1m"));
            for code in [BOLD, DIM, RED, YELLOW, "0"] {
                colored = colored.replace(&format!("\u{1b}[{code}m"), "");
            }
            assert_eq!(colored, text(&report, NARROW));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn no_report_can_draw_on_the_terminal(report in sample::any_report(), width in 0_usize..200) {
            let text = text(&report, Style { width, color: false });
            prop_assert_eq!(text.chars().find(|c| hidden(*c) && *c != '\n'), None);
            prop_assert!(text.ends_with('\n') && text.lines().all(|line| line != "---"));
        }
    }
}
