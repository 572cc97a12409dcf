//! The command line.

mod asking;
mod causes;
mod demo;
mod explain;
mod fix;
mod input;
#[cfg(feature = "aws")]
mod ledger;
mod output;
mod permissions;
mod scan;
mod simulate;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Explains why an AWS request was denied.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the causes that are looked for, or show what one means and what to do
    Causes(causes::Arguments),
    /// Explain the sample events, offline: no AWS account, no network
    Demo(demo::Arguments),
    /// Explain the denials in an event, or in a file of them
    Explain(explain::Arguments),
    /// Plan and prove what would allow a denied call; with `--apply` also make the change
    Fix(fix::Arguments),
    /// Print the policies of the roles that reading takes
    Permissions(permissions::Arguments),
    /// Count the denials in CloudTrail log files, by cause
    Scan(scan::Arguments),
    /// Put back what was there before a change that `fix` made
    Undo(fix::Undo),
    /// Decide requests that bring their own policies: JSON lines in, JSON lines out
    Simulate(simulate::Arguments),
}

/// Why a command failed: one line that says what to do.
#[derive(Debug)]
struct Failure(String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Causes(arguments) => causes::run(&arguments),
        Command::Demo(arguments) => demo::run(&arguments).await,
        Command::Explain(arguments) => explain::run(&arguments).await,
        Command::Fix(arguments) => fix::run(&arguments).await,
        Command::Undo(arguments) => fix::undo(&arguments).await,
        Command::Permissions(arguments) => permissions::run(&arguments),
        Command::Scan(arguments) => scan::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(line)) => {
            output::error(&line);
            ExitCode::from(1)
        }
    }
}
