//! The report as a tired engineer reads it in a terminal at night. The first line alone says who, what, where and why.

use textwrap::{Options, WordSplitter};

use super::difference::difference;
use super::escape::{Markup, code, code_lines, length, middle, prose, visible};
use super::gaps::gaps;
use super::headline::{Part, applicability, confidence, forms, headline, order_note, place_rows, verdict};
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
    page.notes(report);
    page.reused(report);
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
        for (label, value) in place_rows(place).into_iter().filter(|(_, value)| !value.is_empty()) {
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
            let (before, after) = difference(&remedy.before, &remedy.after, VALUE_MAX);
            let rows = [("before", &before), ("after", &after)];
            for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
                self.wrap("", "    ", "      ", &format!("{label}: {}", middle(value, VALUE_MAX, MARKUP.code)));
            }
            let outcome = remedy.outcome.as_deref().unwrap_or_default();
            let forms = forms(remedy);
            let rows =
                [("proof", remedy.proof.as_str()), ("outcome", outcome), ("also as", &forms), ("id", &remedy.id)];
            for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
                self.wrap("", "    ", "      ", &format!("{label}: {}", sentence(value)));
            }
        }
        self.more("  ", remedies.len());
    }

    fn command(&mut self, command: &str) {
        match code_lines(command) {
            Ok(lines) => lines.into_iter().for_each(|line| self.line("", "    ", line)),
            Err(note) => self.wrap("", "    ", "    ", note),
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
        let gaps = gaps(&report.unread);
        for row in gaps.iter().take(LIST_MAX) {
            let account = row.account.map(|account| format!(" in account {}", bare(account)));
            let needs = Some(&row.needs).filter(|needs| !needs.is_empty());
            let needs = needs.map(|needs| format!("; needs {}", sentence(needs)));
            let (account, needs) = (account.unwrap_or_default(), needs.unwrap_or_default());
            let text = format!("{}{account}: {}{needs}", sentence(&row.questions), sentence(row.why));
            self.wrap("", "  ", "      ", &text);
        }
        self.more("  ", gaps.len());
    }

    fn notes(&mut self, report: &Report) {
        if report.notes.is_empty() {
            return;
        }
        self.heading("Worth knowing:");
        for row in report.notes.iter().take(LIST_MAX) {
            self.wrap("", "  ", "      ", &sentence(&row.text));
        }
        self.more("  ", report.notes.len());
    }

    fn reused(&mut self, report: &Report) {
        if report.reused.is_empty() {
            return;
        }
        self.heading("Read earlier, for another denial:");
        for row in report.reused.iter().take(LIST_MAX) {
            let account = row.account.as_deref().map(|account| format!(" in account {}", bare(account)));
            let text = format!("{}{}, at {}", sentence(&row.question), account.unwrap_or_default(), bare(&row.read_at));
            self.wrap("", "  ", "      ", &text);
        }
        self.more("  ", report.reused.len());
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
mod tests;
