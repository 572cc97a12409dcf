//! `deniedby explain`

use std::io::Read;
use std::path::{Path, PathBuf};
#[cfg(feature = "aws")]
use std::time::{Duration, Instant};

use clap::{ArgGroup, Args};
use deniedby::arn::{AccountId, Arn};
use deniedby::case::{Case, Replay};
use deniedby::config::{is_role_arn, is_role_name, role_name};
use deniedby::event::{self, Denial, Item};
use deniedby::pipeline::{Hub, Outcome, diagnose};
use flate2::read::MultiGzDecoder;

use crate::Failure;
use crate::output::{self, Format, Printer};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("roles").args(["read_role", "management_role"]).multiple(true)))]
pub(crate) struct Arguments {
    /// A file, gzip or not, or `-` for standard input: an EventBridge event, an SQS batch of them, a CloudTrail record or
    /// log file, `LookupEvents` output, a record of WAF's or CloudFront's log, JSON lines of any, or one of CloudFront's
    /// log files
    event: PathBuf,
    /// The account of a log of CloudFront, whose records do not say it
    #[arg(long, value_name = "ID")]
    account: Option<AccountId>,
    /// Take the facts from a saved case, and ask AWS nothing
    #[arg(long, value_name = "CASE")]
    evidence: Option<PathBuf>,
    /// The role to read with in other accounts
    #[arg(long, value_name = "NAME", conflicts_with = "evidence")]
    read_role: Option<String>,
    /// The external ID that the roles ask for
    #[arg(long, value_name = "ID", requires = "roles")]
    external_id: Option<String>,
    /// The role that reads the organization's policies, in its management account or one that it delegated to
    #[arg(long, value_name = "ARN", conflicts_with = "evidence")]
    management_role: Option<String>,
    /// Read metadata of objects too, which takes `s3:GetObject`
    #[arg(long, conflicts_with = "evidence")]
    object_metadata: bool,
    /// Report after this time what is known by then
    #[arg(long, value_name = "SECONDS", conflicts_with = "evidence", value_parser = clap::value_parser!(u64).range(1..=86400))]
    timeout: Option<u64>,
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
    if let Some(role) = arguments.read_role.as_deref().filter(|role| !is_role_name(role)) {
        return Err(Failure(format!(
            "`{role}` is not the name of a role: give the name alone, without account and path"
        )));
    }
    let management_role = arguments.management_role.as_deref().map(role_arn).transpose()?;
    let mut items = event::read(&read(&arguments.event)?);
    if let Some(account) = arguments.account {
        let denials = items.iter_mut().filter_map(|item| item.outcome.as_mut().ok()?.as_mut().ok());
        denials.for_each(|denial| denial.set_log_account(account));
    }
    let replay = match &arguments.evidence {
        Some(path) => {
            let case = Case::parse(&read(path)?)?;
            warn_of_another(&case, &items);
            Some(Replay::new(&case))
        }
        None => None,
    };
    let mut own_roles: Vec<String> = arguments.read_role.iter().cloned().collect();
    own_roles.extend(management_role.as_ref().and_then(role_name).map(str::to_owned));
    let single = items.len() == 1;
    if arguments.save_case.is_some() && !single {
        return Err(Failure(format!("`--save-case` keeps one denial, and the input holds {} records", items.len())));
    }
    let reader = Readers::new(arguments, management_role, replay, &items).await?;
    let mut printer = Printer::new(arguments.format, single);
    let mut failed = None;
    let hub = Hub { own_roles: &own_roles, ..Hub::default() };
    for item in items {
        let outcome = match &reader {
            Readers::Replay(replay) => diagnose(item, hub, |_: &Denial| replay.clone()).await,
            #[cfg(feature = "aws")]
            Readers::Aws(edge) => {
                let deadline = arguments.timeout.map(|seconds| Instant::now() + Duration::from_secs(seconds));
                diagnose(item, hub, |denial| edge.reader(&denial.event_id, deadline)).await
            }
            Readers::None => diagnose(item, hub, |_: &Denial| Replay::default()).await,
        };
        if arguments.trace_calls {
            reader.trace();
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

fn role_arn(text: &str) -> Result<Arn, Failure> {
    let arn = text.parse::<Arn>().ok().filter(is_role_arn);
    arn.ok_or_else(|| Failure(format!("`{text}` is not the ARN of a role: give `arn:aws:iam::ACCOUNT:role/NAME`")))
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

/// Where answers come from.
enum Readers {
    Replay(Replay),
    #[cfg(feature = "aws")]
    Aws(deniedby::aws::Edge),
    /// No record is a denial: nothing will be asked.
    None,
}

impl Readers {
    async fn new(
        arguments: &Arguments,
        management_role: Option<Arn>,
        replay: Option<Replay>,
        items: &[Item],
    ) -> Result<Self, Failure> {
        if let Some(replay) = replay {
            return Ok(Self::Replay(replay));
        }
        if !items.iter().any(|item| matches!(item.outcome, Ok(Ok(_)))) {
            return Ok(Self::None);
        }
        live(arguments, management_role).await
    }

    /// Tells of the calls that were made since this was last called.
    #[cfg(feature = "aws")]
    fn trace(&self) {
        if let Self::Aws(edge) = self {
            let calls = edge.calls();
            for call in &calls {
                output::error(&call.to_string());
            }
            output::error(&deniedby::aws::Total::of(&calls).to_string());
        }
    }

    #[cfg(not(feature = "aws"))]
    fn trace(&self) {}
}

#[cfg(feature = "aws")]
async fn live(arguments: &Arguments, management_role: Option<Arn>) -> Result<Readers, Failure> {
    use deniedby::aws::{Edge, Options, Own};
    let options = Options {
        read_role: arguments.read_role.clone(),
        external_id: arguments.external_id.clone(),
        own: Own::Ambient,
        management_role,
        object_metadata: arguments.object_metadata,
        trace: arguments.trace_calls,
    };
    Ok(Readers::Aws(Edge::load(options).await))
}

#[cfg(not(feature = "aws"))]
async fn live(_: &Arguments, _: Option<Arn>) -> Result<Readers, Failure> {
    let line =
        "this build cannot ask AWS: give `--evidence CASE`, or build it with `cargo install --path . --features aws`";
    std::future::ready(Err(Failure(line.to_owned()))).await
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
