//! `deniedby explain`

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use deniedby::case::{Case, Replay};
use deniedby::config::is_role_name;
use deniedby::event::{self, Denial, Item};
use deniedby::pipeline::{Diagnosed, Outcome, diagnose};

use crate::Failure;
use crate::output::{self, Format};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A file, or `-` for standard input: an EventBridge event, an SQS batch of them, a CloudTrail record or log file,
    /// `LookupEvents` output, or JSON lines of any
    event: PathBuf,
    /// Take the facts from a saved case, and ask AWS nothing
    #[arg(long, value_name = "CASE")]
    evidence: Option<PathBuf>,
    /// The role to read with in other accounts
    #[arg(long, value_name = "NAME", conflicts_with = "evidence")]
    read_role: Option<String>,
    /// The external ID that the read role asks for
    #[arg(long, value_name = "ID", requires = "read_role")]
    external_id: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Keep the denial and all answers in a file, without credentials
    #[arg(long, value_name = "FILE")]
    save_case: Option<PathBuf>,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    if let Some(role) = arguments.read_role.as_deref().filter(|role| !is_role_name(role)) {
        return Err(Failure(format!(
            "`{role}` is not the name of a role: give the name alone, without account and path"
        )));
    }
    let items = event::read(&read(&arguments.event)?);
    let replay = match &arguments.evidence {
        Some(path) => {
            let case = Case::parse(&read(path)?)?;
            warn_of_another(&case, &items);
            Some(Replay::new(&case))
        }
        None => None,
    };
    let own_roles: Vec<String> = arguments.read_role.iter().cloned().collect();
    let single = items.len() == 1;
    if arguments.save_case.is_some() && !single {
        return Err(Failure(format!("`--save-case` keeps one denial, and the input holds {} records", items.len())));
    }
    let reader = Readers::new(arguments, replay, &items).await?;
    let mut failed = None;
    for item in items {
        let outcome = match &reader {
            Readers::Replay(replay) => diagnose(item, &own_roles, |_: &Denial| replay.clone()).await,
            #[cfg(feature = "aws")]
            Readers::Aws(edge) => diagnose(item, &own_roles, |denial| edge.reader(&denial.event_id)).await,
            Readers::None => diagnose(item, &own_roles, |_: &Denial| Replay::default()).await,
        };
        match outcome {
            Outcome::Malformed(error) => {
                // The last one is told by the way out.
                if let Some(Failure(line)) = failed.replace(Failure(error.to_string())) {
                    output::error(&line);
                }
            }
            Outcome::Skipped(skipped) if arguments.format == Format::Text => output::line(&skipped.reason)?,
            Outcome::Skipped(skipped) => {
                let line = serde_json::json!({ "event_id": skipped.event_id, "skipped": skipped.reason });
                output::line(&line.to_string())?;
            }
            Outcome::Diagnosed(diagnosed) => show(&diagnosed, arguments, single)?,
        }
    }
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

fn show(diagnosed: &Diagnosed, arguments: &Arguments, single: bool) -> Result<(), Failure> {
    output::print(&diagnosed.report, arguments.format, single)?;
    if !single && arguments.format == Format::Text {
        output::line("")?;
    }
    if let Some(path) = &arguments.save_case {
        write(path, &diagnosed.case.to_json())?;
    }
    Ok(())
}

/// Where answers come from.
enum Readers {
    Replay(Replay),
    #[cfg(feature = "aws")]
    Aws(deniedby::aws::Edge),
    /// No record is a denial: nothing will be asked.
    None,
}

impl Readers {
    async fn new(arguments: &Arguments, replay: Option<Replay>, items: &[Item]) -> Result<Self, Failure> {
        if let Some(replay) = replay {
            return Ok(Self::Replay(replay));
        }
        if !items.iter().any(|item| matches!(item.outcome, Ok(Ok(_)))) {
            return Ok(Self::None);
        }
        live(arguments).await
    }
}

#[cfg(feature = "aws")]
async fn live(arguments: &Arguments) -> Result<Readers, Failure> {
    use deniedby::aws::{Edge, Options, Own};
    let (read_role, external_id) = (arguments.read_role.clone(), arguments.external_id.clone());
    Ok(Readers::Aws(Edge::load(Options { read_role, external_id, own: Own::Ambient }).await))
}

#[cfg(not(feature = "aws"))]
async fn live(_: &Arguments) -> Result<Readers, Failure> {
    let line =
        "this build cannot ask AWS: give `--evidence CASE`, or build it with `cargo install --path . --features aws`";
    std::future::ready(Err(Failure(line.to_owned()))).await
}

#[expect(clippy::disallowed_methods, reason = "the command line reads the files that its arguments name")]
fn read(path: &Path) -> Result<String, Failure> {
    let failure = |error: std::io::Error| Failure(format!("cannot read `{}`: {error}", path.display()));
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().lock().read_to_string(&mut text).map_err(failure)?;
        return Ok(text);
    }
    std::fs::read_to_string(path).map_err(failure)
}

#[expect(clippy::disallowed_methods, reason = "the command line writes the file that its argument names")]
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| Failure(format!("cannot write `{}`: {error}", path.display())))
}
