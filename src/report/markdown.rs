//! The report as Markdown, for pull requests and tickets: GitHub's, and as plain as others need it.
//!
//! Values stand in code spans, where nothing is a link, a mention or markup. There is no table and no HTML, so nothing
//! can break out of one. <https://github.github.com/gfm/> is the syntax.

use super::difference::difference;
use super::escape::{EMPTY, Markup, Piece, code_lines, length, middle, pieces, visible};
use super::gaps::gaps;
use super::headline::{Part, action, applicability, caller, confidence, event_rows, headline, order_note, place_rows};
use super::{CauseReport, Place, Remedy, Report};

/// GitHub takes 65,536 characters in a comment.
const TEXT_MAX: usize = 60_000;
/// The longest value.
const VALUE_MAX: usize = 300;
/// The longest title, and the longest paragraph.
const PROSE_MAX: usize = 2_000;
/// How many paragraphs, places, or lines of a list are shown.
const LIST_MAX: usize = 50;

const NO_REST: &str = "The report is longer than a comment may be: the rest is left out here; its JSON has it.";

const MARKUP: Markup = Markup { words: visible, code: code_char };

/// The report as Markdown. Ends with a line break.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut page = Page::default();
    page.block(&format!("# {}", title(report)));
    page.block(&first_line(report));
    page.block(&event(report));
    page.blocks(order_note(report).map(str::to_owned));
    for (cause, number) in report.causes.iter().zip(1..) {
        page.cause(cause, number);
    }
    page.remedies(&report.remedies);
    page.section("Checked, and not the cause", &report.ruled_out, |row| {
        format!("- {}: {}", span(&row.code), sentence(&row.because))
    });
    page.section("Could not be read", &gaps(&report.unread), |row| {
        let needs = Some(&row.needs).filter(|needs| !needs.is_empty());
        let needs = needs.map(|needs| format!("; needs {}", sentence(needs))).unwrap_or_default();
        format!("- {}{}: {}{needs}", span(&row.questions), in_account(row.account), sentence(row.why))
    });
    page.section("Worth knowing", &report.notes, |row| format!("- {}", sentence(&row.text)));
    page.section("Read earlier, for another denial", &report.reused, |row| {
        format!("- {}{}, at {}", span(&row.question), in_account(row.account.as_deref()), span(&row.read_at))
    });
    page.section("What each layer says", &report.requests, |request| {
        let resource = Some(&request.resource).filter(|resource| *resource != "*");
        let on = resource.map(|resource| format!(" on {}", span(resource))).unwrap_or_default();
        let layers = request.layers.iter().take(LIST_MAX);
        let layers: Vec<_> =
            layers.map(|row| format!("\n  - {}: {}", span(row.layer.name()), span(&row.decision))).collect();
        format!("- {}{on}: {}{}", span(&request.action), span(&request.decision), layers.concat())
    });
    page.out
}

/// The heading: what, and by whom.
fn title(report: &Report) -> String {
    let mut text = format!("Denied: {} by ", span(action(report)));
    text.extend(caller(&report.principal).iter().map(part));
    text
}

fn first_line(report: &Report) -> String {
    headline(report).iter().map(part).collect()
}

fn part(part: &Part<'_>) -> String {
    match part {
        Part::Words(words) => (*words).to_owned(),
        Part::Name(value) | Part::Id(value) => span(value),
        Part::Prose(title) => sentence(title),
        Part::More(1) => " (and 1 more cause)".to_owned(),
        Part::More(count) => format!(" (and {count} more causes)"),
    }
}

fn event(report: &Report) -> String {
    rows(&event_rows(report))
}

fn in_account(account: Option<&str>) -> String {
    account.map(|account| format!(" in account {}", span(account))).unwrap_or_default()
}

fn place(place: &Place) -> String {
    rows(&place_rows(place))
}

/// A list of the values that there are, with their labels.
fn rows(rows: &[(&str, &str)]) -> String {
    let rows = rows.iter().filter(|(_, value)| !value.is_empty());
    rows.map(|(label, value)| format!("- {label}: {}", span(value))).collect::<Vec<_>>().join("\n")
}

/// A value as a code span.
fn span(value: &str) -> String {
    if value.is_empty() { EMPTY.to_owned() } else { format!("`{}`", middle(value, VALUE_MAX, code_char)) }
}

/// No code span can hold a backtick of the kind that ends it.
fn code_char(c: char, out: &mut String) {
    visible(if c == '`' { '\'' } else { c }, out);
}

/// A title or a paragraph, on one line. Words that Markdown, or a site after it, would make more of than words become
/// code: no escape keeps GitHub from seeing a mention.
fn sentence(text: &str) -> String {
    let mut out = String::new();
    for piece in pieces(text, PROSE_MAX, VALUE_MAX, MARKUP) {
        match piece {
            Piece::Code(code) => push_code(&code, &mut out),
            Piece::Words(words) => words.split_inclusive(' ').for_each(|word| push_word(word, &mut out)),
        }
    }
    out.trim().to_owned()
}

/// Appends a word, which may end with a space.
fn push_word(word: &str, out: &mut String) {
    let bare = word.strip_suffix(' ').unwrap_or(word);
    let numbers_a_list = out.is_empty() && bare.starts_with(|c: char| c.is_ascii_digit());
    if is_plain(bare) && !numbers_a_list {
        out.push_str(bare);
    } else {
        push_code(&bare.replace('`', "'"), out);
    }
    // Two spaces at a line's end would break it, and four in front of it would make code of it.
    if word.len() > bare.len() && !out.ends_with(' ') {
        out.push(' ');
    }
}

fn push_code(code: &str, out: &mut String) {
    // Two spans that touch would read as one long fence.
    let gap = if out.ends_with('`') { " " } else { "" };
    out.extend([gap, "`", code, "`"]);
}

/// Nothing but a word with its punctuation: no markup, and nothing that sites make more of (addresses, `:emoji:`, `GH-1`,
/// the hashes of commits).
fn is_plain(word: &str) -> bool {
    let core = word.trim_start_matches(['(', '"', '\'', '…', ',', '.', ';', ':', ')']);
    let core = core.trim_end_matches([')', '"', '\'', '…', ',', '.', ';', ':', '?', '(']);
    let hash =
        core.len() >= 7 && core.bytes().all(|b| b.is_ascii_hexdigit()) && core.contains(|c: char| c.is_numeric());
    // Parts of a word are joined by one mark each, and only letters are.
    let joined = core.contains(['-', '/', '\'']);
    let part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| if joined { c.is_alphabetic() } else { c.is_alphanumeric() })
    };
    let leads_with_colon = word.len() > 1 && word.starts_with(':') && !core.is_empty();
    core.is_empty() || (core.split(['-', '/', '\'']).all(part) && !hash && !leads_with_colon)
}

/// Blocks with an empty line between them, as many as fit.
#[derive(Default)]
struct Page {
    out: String,
    used: usize,
    full: bool,
}

impl Page {
    fn block(&mut self, text: &str) {
        if self.full || text.is_empty() {
            return;
        }
        self.used += length(text) + 2;
        self.full = self.used > TEXT_MAX;
        let gap = if self.out.is_empty() { "" } else { "\n" };
        self.out.extend([gap, if self.full { NO_REST } else { text }, "\n"]);
    }

    fn blocks(&mut self, texts: impl IntoIterator<Item = String>) {
        texts.into_iter().for_each(|text| self.block(&text));
    }

    fn section<T>(&mut self, heading: &str, rows: &[T], row: impl Fn(&T) -> String) {
        if rows.is_empty() {
            return;
        }
        self.block(&format!("## {heading}"));
        let more = more(rows.len()).map(|more| format!("- {more}"));
        let lines: Vec<_> = rows.iter().take(LIST_MAX).map(row).chain(more).collect();
        self.block(&lines.join("\n"));
    }

    fn cause(&mut self, cause: &CauseReport, number: usize) {
        self.block(&format!("## {number}. {}, {}", span(&cause.code), confidence(cause.confidence)));
        self.block(&sentence(&cause.title));
        let paragraphs = cause.detail.lines().filter(|line| !line.trim().is_empty());
        self.blocks(paragraphs.take(LIST_MAX).map(sentence));
        for (at, shown) in cause.places.iter().take(LIST_MAX).enumerate() {
            // The rows of several statements must not run into each other.
            if at > 0 {
                self.block("and");
            }
            self.block(&place(shown));
        }
        self.blocks(more(cause.places.len()));
        let ids: Vec<_> = cause.remedies.iter().take(LIST_MAX).map(|id| span(id)).collect();
        self.blocks((!ids.is_empty()).then(|| format!("What would remove it: {}", ids.join(", "))));
    }

    fn remedies(&mut self, remedies: &[Remedy]) {
        if remedies.is_empty() {
            return;
        }
        self.block("## What would allow it");
        for remedy in remedies.iter().take(LIST_MAX) {
            self.block(&format!("### {}: {}", span(&remedy.id), sentence(&remedy.summary)));
            self.block(&remedy_rows(remedy));
            for command in remedy.commands.iter().take(LIST_MAX) {
                self.block(&fence("sh", command));
            }
            for snippet in remedy.snippets.iter().take(LIST_MAX) {
                self.block(&format!("As {}:", span(&snippet.form)));
                let language = if snippet.form == "terraform" { "hcl" } else { "json" };
                self.block(&fence(language, &snippet.text));
            }
        }
        self.blocks(more(remedies.len()));
    }
}

fn remedy_rows(remedy: &Remedy) -> String {
    let mut rows = vec![
        format!("- who: {}", applicability(remedy.applicability)),
        format!("- kind: {}", span(&remedy.kind)),
        format!("- account: {}", span(&remedy.account)),
    ];
    let (before, after) = difference(&remedy.before, &remedy.after, VALUE_MAX);
    for (label, value) in [("before", &before), ("after", &after)] {
        if !value.is_empty() {
            rows.push(format!("- {label}: {}", span(value)));
        }
    }
    for (label, value) in [("proof", remedy.proof.as_str()), ("outcome", remedy.outcome.as_deref().unwrap_or_default())]
    {
        if !value.is_empty() {
            rows.push(format!("- {label}: {}", sentence(value)));
        }
    }
    rows.join("\n")
}

/// Code in a fence that is longer than any in it.
fn fence(language: &str, code: &str) -> String {
    match code_lines(code) {
        Ok(lines) if lines.is_empty() => String::new(),
        Ok(lines) => {
            let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
            let fence = "`".repeat(longest.max(2) + 1);
            format!("{fence}{language}\n{}\n{fence}", lines.join("\n"))
        }
        Err(note) => note.to_owned(),
    }
}

fn more(total: usize) -> Option<String> {
    total.checked_sub(LIST_MAX).filter(|rest| *rest > 0).map(|rest| format!("and {rest} more"))
}

#[cfg(test)]
mod tests;
