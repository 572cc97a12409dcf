//! `deniedby fix` and `deniedby undo`

#[cfg(feature = "aws")]
use std::path::Path;
use std::path::PathBuf;

use clap::{ArgGroup, Args};
use deniedby::case::Case;
#[cfg(feature = "aws")]
use deniedby::config::RECORDS_KEPT;
use deniedby::event::{self, Denial};
use deniedby::pipeline::Outcome;
use deniedby::remedy::Remedy;
use deniedby::repair::Planned;
#[cfg(feature = "aws")]
use deniedby::report::add_opinion;

use crate::Failure;
use crate::asking::{Asking, Diagnosing};
#[cfg(feature = "aws")]
use crate::input::place;
use crate::input::text;
use crate::output::{self, Format, Printer};

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("roles").args(["read_role", "management_role", "fix_role"]).multiple(true)))]
pub(crate) struct Arguments {
    /// A saved case, as `explain --save-case` writes it; or an event, as `explain` takes it, with one denial, whose facts
    /// are then read from AWS
    input: PathBuf,
    #[command(flatten)]
    asking: Asking,
    /// Make the change: write, read back, and keep a record to undo it by
    #[arg(long)]
    apply: bool,
    /// Which remedy to apply, by its id in the report; without it, the first that is safe
    #[arg(long, value_name = "ID", requires = "apply")]
    remedy: Option<String>,
    /// The role to make the change with, in the account that is changed; without it, the credentials at hand
    #[arg(long, value_name = "NAME", requires = "apply")]
    fix_role: Option<String>,
    /// The external ID that the roles ask for
    #[arg(long, value_name = "ID", requires = "roles")]
    external_id: Option<String>,
    /// Ask IAM Access Analyzer about the policies that would be left, with the credentials at hand
    #[arg(long, conflicts_with = "apply")]
    access_analyzer: bool,
    #[command(flatten)]
    kept: Kept,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Undo {
    /// The id of the record, or its file
    record: String,
    /// The role to make the change with, in the account that is changed; without it, the credentials at hand
    #[arg(long, value_name = "NAME")]
    fix_role: Option<String>,
    /// The external ID that the role asks for
    #[arg(long, value_name = "ID", requires = "fix_role")]
    external_id: Option<String>,
    #[command(flatten)]
    kept: Kept,
}

/// Where records are if nothing is said.
const RECORDS: &str = "deniedby-records";

/// Where the records of changes are.
#[derive(Debug, Args)]
struct Kept {
    /// The folder of the records
    #[arg(long, value_name = "FOLDER", default_value = RECORDS)]
    records: PathBuf,
    /// The table of the function's records, in place of a folder; read and written with the credentials at hand
    #[arg(long, value_name = "NAME", conflicts_with = "records")]
    ledger_table: Option<String>,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let input = text(&arguments.input)?;
    let case = if Case::is_one(&input) { saved(arguments, &input)? } else { live(arguments, &input).await? };
    let denial = case.read_denial()?;
    let mut planned = Planned::new(&denial, &case.evidence());
    if !arguments.apply {
        if arguments.access_analyzer {
            ask_analyzer(&mut planned).await?;
        }
        let mut printer = Printer::new(arguments.format, true);
        printer.report(&planned.report)?;
        printer.finish()?;
        return Ok(());
    }
    let (id, remedy) = chosen(&planned, arguments.remedy.as_deref())?;
    let line = apply(arguments, &denial, remedy).await?;
    output::error(&format!("{id}: {line}"));
    Ok(())
}

/// The case of a file. It holds all the answers that count.
fn saved(arguments: &Arguments, text: &str) -> Result<Case, Failure> {
    if arguments.asking.is_given() {
        return Err(Failure(
            "a saved case holds its answers, and AWS is not asked: leave out what says how to, or give the event"
                .to_owned(),
        ));
    }
    Ok(Case::parse(text)?)
}

/// The case of the one denial of an event, with answers of now.
async fn live(arguments: &Arguments, text: &str) -> Result<Case, Failure> {
    // Remedies are numbered, and a later diagnosis may number others.
    if let Some(id) = &arguments.remedy {
        return Err(Failure(format!(
            "which remedy is `{id}` may have changed since the report: keep a case with `explain --save-case CASE`, and give \
             that in place of the event"
        )));
    }
    let mut diagnosing = Diagnosing::live(&arguments.asking, arguments.external_id.clone(), false)?;
    let mut items = event::read(text);
    let (Some(mut item), true) = (items.pop(), items.is_empty()) else {
        return Err(Failure("the input holds several records: give one denial at a time".to_owned()));
    };
    arguments.asking.complete(&mut item);
    match diagnosing.diagnose(item).await? {
        Outcome::Diagnosed(diagnosed) => Ok(diagnosed.case),
        Outcome::Skipped(skipped) => Err(Failure(format!("there is nothing to fix: {}", skipped.reason))),
        Outcome::Malformed(error) => Err(error.into()),
    }
}

/// The remedy to apply: what a person names counts as approved by them.
fn chosen<'p>(planned: &'p Planned, id: Option<&str>) -> Result<(&'p str, &'p Remedy), Failure> {
    use deniedby::remedy::Class;
    let ids: Vec<_> = planned.remedies.iter().map(|row| format!("`{}`", row.0)).collect();
    let found = match id {
        Some(id) => planned.remedies.iter().find(|row| row.0 == id),
        None => planned.remedies.iter().find(|row| row.1.class() == Class::Safe),
    };
    let line = || match id {
        _ if ids.is_empty() => "there is no remedy for this case".to_owned(),
        Some(id) => format!("there is no remedy `{id}`: give one of {}", ids.join(", ")),
        None => format!("none of the remedies is safe to make unseen: name one with `--remedy`, of {}", ids.join(", ")),
    };
    found.map(|row| (row.0.as_str(), &row.1)).ok_or_else(|| Failure(line()))
}

#[cfg(feature = "aws")]
async fn apply(arguments: &Arguments, denial: &Denial, remedy: &Remedy) -> Result<String, Failure> {
    use deniedby::apply::apply;
    use deniedby::ports::Ledger;
    let edge = edge(arguments.external_id.clone()).await;
    let writer = edge.writer(&denial.event_id, arguments.fix_role.clone());
    // Whoever names a remedy, or lets the safe one be made, approves it.
    let caller = edge.caller().await;
    let (event_id, by) = (denial.event_id.as_str(), caller.as_deref());
    let id = deniedby::apply::record_of(remedy, event_id).unwrap_or_default();
    let (applied, kept, record) = if let Some(table) = &arguments.kept.ledger_table {
        let ledger = edge.ledger(table.clone(), RECORDS_KEPT);
        let applied = apply(remedy, event_id, by, &writer, &ledger).await;
        (applied, ledger.get(&id).await, format!("`{id}` of table `{table}`"))
    } else {
        let ledger = crate::ledger::Folder::new(arguments.kept.records.clone());
        let applied = apply(remedy, event_id, by, &writer, &ledger).await;
        (applied, ledger.get(&id).await, format!("`{}`", ledger.file(&id).display()))
    };
    told(applied)?;
    if let Some(why) = kept.ok().flatten().and_then(|record| record.edit.for_good()) {
        return Ok(format!("done, and read back; it cannot be undone: {why} (record {record})"));
    }
    let undo = undo_command(&id, arguments);
    Ok(format!("done, and read back; `{undo}` puts back what was there (record {record})"))
}

/// What takes a change back, with the options that made it.
#[cfg(feature = "aws")]
fn undo_command(id: &str, arguments: &Arguments) -> String {
    let kept = &arguments.kept;
    let records = kept.records.display().to_string();
    let options = [
        ("--ledger-table", kept.ledger_table.as_deref()),
        ("--records", Some(records.as_str()).filter(|folder| kept.ledger_table.is_none() && *folder != RECORDS)),
        ("--fix-role", arguments.fix_role.as_deref()),
        ("--external-id", arguments.external_id.as_deref()),
    ];
    let given = options.iter().filter_map(|(name, value)| Some([*name, (*value)?]));
    let words: Vec<_> = ["deniedby", "undo", id].into_iter().chain(given.flatten()).map(quoted).collect();
    words.join(" ")
}

/// A word as a shell takes it.
#[cfg(feature = "aws")]
fn quoted(word: &str) -> std::borrow::Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=@:+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''")).into()
    }
}

#[cfg(feature = "aws")]
pub(crate) async fn undo(arguments: &Undo) -> Result<(), Failure> {
    use deniedby::apply::undo;
    let Kept { records, ledger_table } = &arguments.kept;
    // A file is in a folder of its own, or in that of all records.
    let file = Path::new(&arguments.record);
    let name = file.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let id = name.strip_suffix(".json").unwrap_or(&name);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(records);
    let ledger = crate::ledger::Folder::new(folder.to_owned());
    if ledger_table.is_none() && !ledger.file(id).exists() {
        return Err(Failure(format!(
            "there is no record `{id}` in {}: give its folder with `--records`, or the table of the function's records \
             with `--ledger-table`",
            place(folder)
        )));
    }
    let edge = edge(arguments.external_id.clone()).await;
    let writer = edge.writer(id, arguments.fix_role.clone());
    told(match ledger_table {
        Some(table) => undo(id, &writer, &edge.ledger(table.clone(), RECORDS_KEPT)).await,
        None => undo(id, &writer, &ledger).await,
    })?;
    output::error("undone: what was there before is there again");
    Ok(())
}

#[cfg(feature = "aws")]
async fn edge(external_id: Option<String>) -> deniedby::aws::Edge {
    use deniedby::aws::{Edge, Options, Own};
    let options = Options {
        read_role: None,
        external_id,
        own: Own::Ambient,
        management_role: None,
        object_metadata: false,
        search_accounts: 0,
        trace: false,
    };
    Edge::load(options).await
}

/// Adds Access Analyzer's opinion to the proofs of the remedies that change policies.
#[cfg(feature = "aws")]
async fn ask_analyzer(planned: &mut Planned) -> Result<(), Failure> {
    let edge = edge(None).await;
    for (id, remedy) in &planned.remedies {
        let told = planned.report.remedies.iter_mut().find(|told| told.id == *id);
        if let (Some(told), Some(opinion)) = (told, edge.opinion(remedy.change()).await) {
            add_opinion(told, &opinion);
        }
    }
    Ok(())
}

/// What became of a change, if it was made.
#[cfg(feature = "aws")]
fn told(applied: deniedby::apply::Applied) -> Result<(), Failure> {
    use deniedby::apply::Applied;
    match applied {
        Applied::Done => Ok(()),
        Applied::Untouched(why) => Err(Failure(format!("nothing was changed: {why}"))),
        Applied::Foreign => Err(Failure(
            "somebody else changed it at the same moment: look at the resource, and at the record".to_owned(),
        )),
        Applied::Busy => Err(Failure("another change of the same resource is under way: try again".to_owned())),
        Applied::Open(why) => Err(Failure(format!("it is not known yet whether it was changed: {why}; run it again"))),
    }
}

#[cfg(not(feature = "aws"))]
const NO_AWS: &str = "this build cannot change anything in AWS: build it with `cargo install --path . --features aws`";

#[cfg(not(feature = "aws"))]
async fn ask_analyzer(_: &mut Planned) -> Result<(), Failure> {
    std::future::ready(Err(Failure(NO_AWS.to_owned()))).await
}

#[cfg(not(feature = "aws"))]
async fn apply(_: &Arguments, _: &Denial, _: &Remedy) -> Result<String, Failure> {
    std::future::ready(Err(Failure(NO_AWS.to_owned()))).await
}

#[cfg(not(feature = "aws"))]
pub(crate) async fn undo(_: &Undo) -> Result<(), Failure> {
    std::future::ready(Err(Failure(NO_AWS.to_owned()))).await
}
