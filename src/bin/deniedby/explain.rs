//! `deniedby explain`

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use deniedby::case::{Case, Replay};
use deniedby::event::Denial;
use deniedby::pipeline::Outcome;

use crate::Failure;
use crate::asking::{Asking, Diagnosing};
use crate::input::{Found, records, text};
use crate::output::{self, Format, Kept, Printer, count};

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
    let case = arguments.evidence.as_deref().map(|path| Ok::<_, Failure>(Case::parse(&text(path)?)?)).transpose()?;
    let mut diagnosing = match &case {
        Some(case) => Diagnosing::replay(Replay::new(case)),
        None => Diagnosing::live(&arguments.asking, arguments.external_id.clone(), arguments.trace_calls)?,
    };
    let mut records = records(&arguments.event);
    // Whether there are several decides how a report is printed.
    let ahead = [records.recv().await, records.recv().await];
    let single = matches!(ahead, [_, None]);
    if arguments.save_case.is_some() && !single {
        return Err(Failure("`--save-case` keeps one denial, and the input holds several records".to_owned()));
    }
    let mut ahead = ahead.into_iter().flatten();
    let printer = Printer::new(arguments.format, single);
    let mut run = Run { arguments, case, single, printer, records: 0, denials: 0, others: 0, failed: None };
    loop {
        let next = match ahead.next() {
            Some(found) => Some(found),
            None => records.recv().await,
        };
        let Some(found) = next else { break };
        run.explain(found, &mut diagnosing).await?;
    }
    run.finish()
}

/// The records of one input on their way to reports.
struct Run<'a> {
    arguments: &'a Arguments,
    /// Where the facts come from a case.
    case: Option<Case>,
    /// The input has one record.
    single: bool,
    printer: Printer,
    records: u64,
    denials: u64,
    /// What is no denial.
    others: u64,
    /// What was not read last. The way out tells it.
    failed: Option<String>,
}

impl Run<'_> {
    /// Prints the report on a record, if it is a denial; or says why there is none.
    async fn explain(&mut self, found: Found, diagnosing: &mut Diagnosing<'_>) -> Result<(), Failure> {
        self.records += 1;
        let mut item = match found {
            Found::Item(item) => item,
            Found::Unread(line) => {
                self.fail(line);
                return Ok(());
            }
            Found::Succeeded => {
                self.others += 1;
                return Ok(());
            }
        };
        self.arguments.asking.complete(&mut item);
        let mut kept = None;
        if let Ok(Ok(denial)) = &item.outcome {
            self.warn_of_another(denial);
            // Before AWS is asked: what is found shall not be lost.
            kept = self.arguments.save_case.as_deref().map(Kept::open).transpose()?;
        }
        match diagnosing.diagnose(item).await? {
            Outcome::Malformed(error) if self.single => self.fail(error.to_string()),
            Outcome::Malformed(error) => self.fail(format!("record {}: {error}", self.records)),
            Outcome::Skipped(skipped) => {
                self.others += 1;
                self.printer.skipped(&skipped)?;
            }
            Outcome::Diagnosed(diagnosed) => {
                self.denials += 1;
                if self.arguments.trace_calls {
                    diagnosing.trace();
                }
                if let Some(mut kept) = kept {
                    kept.write(&diagnosed.case.to_json())?;
                }
                self.printer.report(&diagnosed.report)?;
            }
        }
        Ok(())
    }

    fn fail(&mut self, line: String) {
        if let Some(earlier) = self.failed.replace(line) {
            output::error(&earlier);
        }
    }

    fn finish(self) -> Result<(), Failure> {
        self.printer.finish()?;
        if !self.single && self.others > 0 {
            let [denials, others] = [count(self.denials, "denial"), count(self.others, "record")];
            output::error(&format!("{denials}, and {others} with nothing to explain"));
        }
        self.failed.map_or(Ok(()), |line| Err(Failure(line)))
    }

    /// A case of another event may hold answers to the same questions, from another time.
    fn warn_of_another(&self, denial: &Denial) {
        if self.denials == 0
            && let Some(Ok(of)) = self.case.as_ref().map(Case::read_denial)
            && of.event_id != denial.event_id
        {
            output::error(&format!(
                "warning: the case is of event `{}`, not of `{}`: its answers may not fit",
                of.event_id, denial.event_id
            ));
        }
    }
}
