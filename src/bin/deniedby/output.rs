//! What goes to the terminal, and how.

use std::io::{self, Write};

use anstream::ColorChoice;
use clap::ValueEnum;
use deniedby::event::Skipped;
use deniedby::report::{Report, Style, html, json, markdown, shown, slack, text};
use terminal_size::{Width, terminal_size};

use crate::Failure;

/// How to print a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person at a terminal
    Text,
    /// Schema `deniedby/report/1`; with several denials, a line for each
    Json,
    /// For pull requests and tickets
    Markdown,
    /// A page for a browser, all denials in one file
    Html,
    /// The message for a Slack webhook
    Slack,
}

/// The width where the output is no terminal.
const DEFAULT_WIDTH: usize = 100;
/// The longest error. It may quote what somebody else wrote.
const ERROR_MAX: usize = 2_000;

/// Prints what became of the records of one input.
pub(crate) struct Printer {
    format: Format,
    /// The input has one record.
    single: bool,
    /// The denials of a page, which is printed when all are there.
    page: Vec<Report>,
}

impl Printer {
    pub(crate) fn new(format: Format, single: bool) -> Self {
        Self { format, single, page: Vec::new() }
    }

    /// A denial.
    pub(crate) fn report(&mut self, report: &Report) -> Result<(), Failure> {
        let rendered = match self.format {
            Format::Text => text(report, style()),
            Format::Json => json(report, self.single)?,
            Format::Markdown => markdown(report),
            Format::Html => {
                self.page.push(report.clone());
                return Ok(());
            }
            Format::Slack => serde_json::to_string(&slack(report))?,
        };
        line(rendered.trim_end())?;
        let apart = matches!(self.format, Format::Text | Format::Markdown) && !self.single;
        if apart { line("") } else { Ok(()) }
    }

    /// A record that is no denial. Documents for others to read say nothing of it.
    pub(crate) fn skipped(&mut self, skipped: &Skipped) -> Result<(), Failure> {
        match self.format {
            Format::Text => line(&shown(&skipped.reason, ERROR_MAX)),
            Format::Json | Format::Slack => {
                let (id, reason) = (shown(&skipped.event_id, ERROR_MAX), shown(&skipped.reason, ERROR_MAX));
                line(&serde_json::json!({ "event_id": id, "skipped": reason }).to_string())
            }
            Format::Markdown | Format::Html => {
                error(&skipped.reason);
                Ok(())
            }
        }
    }

    /// The end of what has to be whole.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        if self.page.is_empty() { Ok(()) } else { line(html(&self.page)?.trim_end()) }
    }
}

/// Prints text and ends its line. A reader that has gone is no failure.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    match writeln!(anstream::stdout().lock(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints the one line of an error. There is nobody left to tell if that fails.
pub(crate) fn error(text: &str) {
    drop(writeln!(anstream::stderr().lock(), "{}", shown(text, ERROR_MAX)));
}

/// The columns of the terminal; `None` where the output is none.
pub(crate) fn width() -> Option<usize> {
    terminal_size().map(|(Width(columns), _)| usize::from(columns))
}

fn style() -> Style {
    let color = anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never;
    Style { width: width().unwrap_or(DEFAULT_WIDTH), color }
}
