//! What goes to the terminal, and how.

use std::io::{self, Write};

use anstream::ColorChoice;
use clap::ValueEnum;
use deniedby::report::{Report, Style, slack, text};
use terminal_size::{Width, terminal_size};

use crate::Failure;

/// How to print a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person at a terminal
    Text,
    /// Schema `deniedby/report/1`; with several denials, a line for each
    Json,
    /// The message for a Slack webhook
    Slack,
}

/// The width where the output is no terminal.
const DEFAULT_WIDTH: usize = 100;

/// Prints reports; `single` if there is but one.
pub(crate) fn print(report: &Report, format: Format, single: bool) -> Result<(), Failure> {
    let rendered = match format {
        Format::Text => text(report, style()),
        Format::Json if single => serde_json::to_string_pretty(report)?,
        Format::Json => serde_json::to_string(report)?,
        Format::Slack => serde_json::to_string(&slack(report))?,
    };
    line(rendered.trim_end())
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
    let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    drop(writeln!(anstream::stderr().lock(), "{one_line}"));
}

fn style() -> Style {
    let width = terminal_size().map_or(DEFAULT_WIDTH, |(Width(columns), _)| usize::from(columns));
    let color = anstream::AutoStream::choice(&io::stdout()) != ColorChoice::Never;
    Style { width, color }
}
