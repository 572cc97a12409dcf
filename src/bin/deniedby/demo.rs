//! `deniedby demo`

use clap::Args;
use deniedby::case::{Case, Replay};
use deniedby::event;
use deniedby::pipeline::{Hub, Outcome, diagnose};
use include_dir::{Dir, include_dir};

use crate::Failure;
use crate::output::{self, Format, Printer};

/// The sample events, a folder each.
static EVENTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/events");

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Only the samples whose name holds this
    name: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let wanted = |name: &str| arguments.name.as_deref().is_none_or(|part| name.contains(part));
    let mut shown = 0;
    let mut printer = Printer::new(arguments.format, false);
    for folder in EVENTS.dirs() {
        let name = folder.path().to_string_lossy();
        if wanted(&name) {
            sample(folder, &name, arguments.format, &mut printer).await?;
            shown += 1;
        }
    }
    if shown == 0 {
        let names: Vec<_> = EVENTS.dirs().map(|folder| folder.path().to_string_lossy()).collect();
        return Err(Failure(format!("no sample has that name: there are {}", names.join(", "))));
    }
    printer.finish()
}

/// Explains one sample, by the function's own pipeline.
async fn sample(folder: &Dir<'_>, name: &str, format: Format, printer: &mut Printer) -> Result<(), Failure> {
    let file = |file: &str| {
        let found = folder.get_file(folder.path().join(file)).and_then(|f| f.contents_utf8());
        found.ok_or_else(|| Failure(format!("the sample `{name}` has no `{file}`")))
    };
    let replay = Replay::new(&Case::parse(file("case.json")?)?);
    if format == Format::Text {
        output::line(&format!("--- {name}"))?;
    }
    for item in event::read(file("event.json")?) {
        match diagnose(item, Hub::default(), |_| replay.clone()).await {
            Outcome::Diagnosed(diagnosed) => printer.report(&diagnosed.report)?,
            Outcome::Skipped(skipped) => printer.skipped(&skipped)?,
            Outcome::Malformed(error) => return Err(error.into()),
        }
    }
    Ok(())
}
