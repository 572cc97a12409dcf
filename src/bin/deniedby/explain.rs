//! `deniedby explain`

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use deniedby::case::{Case, Replay};
use deniedby::event::Item;
use deniedby::pipeline::Outcome;
use flate2::read::MultiGzDecoder;

use crate::Failure;
use crate::asking::{Asking, Diagnosing};
use crate::output::{self, Format, Printer};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("roles").args(["read_role", "management_role"]).multiple(true)))]
pub(crate) struct Arguments {
    /// A file, gzip or not, or `-` for standard input: an EventBridge event, an SQS batch of them, a CloudTrail record or
    /// log file, `LookupEvents` output, a record of WAF's or CloudFront's log, JSON lines of any, or one of CloudFront's
    /// log files
    event: PathBuf,
    /// Take the facts from a saved case, and ask AWS nothing
    #[arg(long, value_name = "CASE", conflicts_with_all = ["read_role", "management_role", "object_metadata", "search_accounts", "timeout"])]
    evidence: Option<PathBuf>,
    #[command(flatten)]
    asking: Asking,
    /// The external ID that the roles ask for
    #[arg(long, value_name = "ID", requires = "roles")]
    external_id: Option<String>,
    /// Write each call to AWS to standard error, and how many there were
    #[arg(long, conflicts_with = "evidence")]
    trace_calls: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Keep the denial and all answers in a file, without credentials
    #[arg(long, value_name = "FILE")]
    save_case: Option<PathBuf>,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    arguments.asking.management_role()?;
    let items = arguments.asking.items(&read(&arguments.event)?);
    let replay = match &arguments.evidence {
        Some(path) => {
            let case = Case::parse(&read(path)?)?;
            warn_of_another(&case, &items);
            Some(Replay::new(&case))
        }
        None => None,
    };
    let single = items.len() == 1;
    if arguments.save_case.is_some() && !single {
        return Err(Failure(format!("`--save-case` keeps one denial, and the input holds {} records", items.len())));
    }
    let diagnosing = match replay {
        Some(replay) => Diagnosing::replay(replay),
        None => {
            Diagnosing::live(&arguments.asking, arguments.external_id.clone(), arguments.trace_calls, &items).await?
        }
    };
    let mut printer = Printer::new(arguments.format, single);
    let mut failed = None;
    for item in items {
        let outcome = diagnosing.diagnose(item).await;
        if arguments.trace_calls {
            diagnosing.trace();
        }
        match outcome {
            Outcome::Malformed(error) => {
                // The last one is told by the way out.
                if let Some(Failure(line)) = failed.replace(Failure(error.to_string())) {
                    output::error(&line);
                }
            }
            Outcome::Skipped(skipped) => printer.skipped(&skipped)?,
            Outcome::Diagnosed(diagnosed) => {
                printer.report(&diagnosed.report)?;
                if let Some(path) = &arguments.save_case {
                    write(path, &diagnosed.case.to_json())?;
                }
            }
        }
    }
    printer.finish()?;
    failed.map_or(Ok(()), Err)
}

/// A case of another event may hold answers to the same questions, from another time.
fn warn_of_another(case: &Case, items: &[Item]) {
    let ids: Vec<_> =
        items.iter().filter_map(|item| Some(&item.outcome.as_ref().ok()?.as_ref().ok()?.event_id)).collect();
    if let (Ok(of), [only]) = (case.read_denial(), ids.as_slice())
        && of.event_id != **only
    {
        output::error(&format!(
            "warning: the case is of event `{}`, not of `{only}`: its answers may not fit",
            of.event_id
        ));
    }
}

#[expect(clippy::disallowed_methods, reason = "the command line reads the files that its arguments name")]
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    let failure = |error: std::io::Error| Failure(format!("cannot read `{}`: {error}", path.display()));
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map_err(failure)?;
    } else {
        bytes = std::fs::read(path).map_err(failure)?;
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = String::new();
        MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).map_err(failure)?;
        return Ok(text);
    }
    let not_text = || std::io::Error::new(std::io::ErrorKind::InvalidData, "stream did not contain valid UTF-8");
    String::from_utf8(bytes).map_err(|_| failure(not_text()))
}

#[expect(clippy::disallowed_methods, reason = "the command line writes the file that its argument names")]
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure(format!("cannot write `{}`: {error}", path.display())))
}
