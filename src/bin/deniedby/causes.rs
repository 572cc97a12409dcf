//! `deniedby causes`

use anstyle::{Effects, Style};
use clap::Args;
use deniedby::checks::{CHECKS, Check};
use deniedby::spelling::meant;
use terminal_size::{Width, terminal_size};
use textwrap::WordSplitter;

use crate::Failure;
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The code of a cause, as in a report; without it, all are listed
    code: Option<String>,
}

const BOLD: Style = Style::new().effects(Effects::BOLD);

/// The width of a page where the output is no terminal, and at most.
const WIDTH: usize = 100;

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Some(code) = &arguments.code else { return list() };
    let check = CHECKS.iter().find(|check| check.code.eq_ignore_ascii_case(code.trim()));
    check.map_or_else(|| Err(unknown(code)), page)
}

/// Every code with its title, in the order in which to fix.
fn list() -> Result<(), Failure> {
    let widest = CHECKS.iter().map(|check| check.code.len()).max().unwrap_or_default();
    for check in CHECKS {
        output::line(&format!("{:<widest$}  {}", check.code, check.title()))?;
    }
    Ok(())
}

/// The manual page of a cause.
fn page(check: &Check) -> Result<(), Failure> {
    let width = terminal_size().map_or(WIDTH, |(Width(columns), _)| usize::from(columns)).clamp(20, WIDTH);
    output::line(&format!("{BOLD}{}{BOLD:#}  {}", check.code, check.title()))?;
    for paragraph in paragraphs(check) {
        output::line("")?;
        // An address that is broken cannot be followed.
        let options = textwrap::Options::new(width).break_words(false).word_splitter(WordSplitter::NoHyphenation);
        for line in textwrap::wrap(&paragraph, options) {
            output::line(&line)?;
        }
    }
    Ok(())
}

/// The page's paragraphs behind its title, a line each. What is strong in it is so at a terminal, and plain elsewhere.
fn paragraphs(check: &Check) -> Vec<String> {
    let mut paragraphs: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in check.manual().skip(1) {
        match paragraphs.last_mut().filter(|_| goes_on && !line.is_empty()) {
            Some(paragraph) => paragraph.extend([" ", line]),
            None if line.is_empty() => {}
            None => paragraphs.push(line.to_owned()),
        }
        goes_on = !line.is_empty();
    }
    paragraphs.iter().map(|paragraph| styled(paragraph)).collect()
}

/// Markdown's strong words and links as a terminal shows them.
fn styled(paragraph: &str) -> String {
    // What stands between a pair of marks is strong.
    let part =
        |(index, text): (usize, &str)| if index % 2 == 1 { format!("{BOLD}{text}{BOLD:#}") } else { text.to_owned() };
    let strong: String = paragraph.split("**").enumerate().map(part).collect();
    let link = |word: &str| if word.starts_with("<https:") { word.replace(['<', '>'], "") } else { word.to_owned() };
    strong.split(' ').map(link).collect::<Vec<_>>().join(" ")
}

fn unknown(code: &str) -> Failure {
    let hint = meant(code, CHECKS.iter().map(|check| check.code));
    let hint = hint.map(|near| format!("; the nearest is `{near}`")).unwrap_or_default();
    Failure(format!("`{code}` is not the code of a cause{hint}: `deniedby causes` lists them"))
}
