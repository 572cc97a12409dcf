//! What goes to the terminal, and how.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anstream::ColorChoice;
use clap::ValueEnum;
use deniedby::event::Skipped;
use deniedby::report::{Report, Style, html, json, markdown, shown, slack, text};
use terminal_size::{Width, terminal_size};

use crate::Failure;
use crate::input::{place, words};

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

    /// A record that is no denial. Of a single one it is said why; what is not for a person at a terminal has reports
    /// alone.
    pub(crate) fn skipped(&mut self, skipped: &Skipped) -> Result<(), Failure> {
        match (self.single, self.format) {
            (false, _) => Ok(()),
            (true, Format::Text) => line(&shown(&skipped.reason, ERROR_MAX)),
            (true, Format::Json | Format::Slack | Format::Markdown | Format::Html) => {
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

/// Prints text and ends its line. A reader that has gone is no failure, and ends the program: nobody wants the rest.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    written(writeln!(anstream::stdout().lock(), "{text}"))
}

/// What became of writing to standard output.
pub(crate) fn written(done: io::Result<()>) -> Result<(), Failure> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure(format!("cannot write to standard output: {}", words(&error)))),
        Ok(()) => Ok(()),
    }
}

/// A file that an argument names, to be written later. What was in it is lost only then.
pub(crate) struct Kept {
    file: File,
    path: PathBuf,
}

impl Kept {
    /// Opens it, so that it is known early whether it can be.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let file = File::options().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|error| unwritten(path, &error))?;
        Ok(Self { file, path: path.to_owned() })
    }

    pub(crate) fn write(&mut self, text: &str) -> Result<(), Failure> {
        // A pipe or a device has no length.
        let is_file = self.file.metadata().is_ok_and(|about| about.is_file());
        let emptied = if is_file { self.file.set_len(0) } else { Ok(()) };
        emptied.and_then(|()| self.file.write_all(text.as_bytes())).map_err(|error| unwritten(&self.path, &error))
    }
}

/// A file that cannot be written.
pub(crate) fn unwritten(path: &Path, error: &io::Error) -> Failure {
    Failure(format!("cannot write {}: {}", place(path), words(error)))
}

/// A number of things.
pub(crate) fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
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
