//! `deniedby scan`

mod files;
mod groups;
mod table;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use clap::{Args, ValueEnum};
use deniedby::checks;
use deniedby::diagnosis::Diagnosis;
use deniedby::event::{self, Denial, EventError, Item, Skipped};
use deniedby::evidence::Evidence;
use deniedby::report::build;
use serde_json::Value;

use crate::Failure;
use crate::input::{Broken, Seen, each_record, open, place, words};
use crate::output::{self, count};
use files::{Found, walk};
use groups::{Group, Groups};

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Log files of CloudTrail, CloudFront and WAF, gzip or not, and folders of them; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// How to print groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for a person
    Text,
    /// A line of JSON for each group
    Json,
}

/// How many files may wait to be read. Bounds the memory.
const WINDOW: usize = 64;
/// How many notices of one kind are printed; the rest are counted.
const NOTICES: u64 = 20;
/// How many denials are told apart by their ids. A bucket with several trails holds each of its events several times.
const IDS: usize = 4_000_000;

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let tally = Tally::default();
    let (paths, work) = sync_channel(WINDOW);
    let work = Arc::new(Mutex::new(work));
    let groups = thread::scope(|scope| {
        let walker = scope.spawn(|| {
            let paths = paths;
            walk(&arguments.paths, &mut |found| match found {
                // The workers are gone only if they panicked, which their end tells.
                Found::File(path) => paths.send(path).is_ok(),
                Found::Other(path) => {
                    tally.others.note(|| {
                        format!(
                            "skipped {}: it is not named as log files are; give it by name to read it",
                            place(&path)
                        )
                    });
                    true
                }
                Found::Unreadable(path, error) => {
                    tally.broken.note(|| format!("cannot read {}: {}", place(&path), words(&error)));
                    true
                }
            });
        });
        let workers = (0..thread::available_parallelism().map_or(1, NonZero::get)).map(|_| {
            let (work, tally) = (Arc::clone(&work), &tally);
            scope.spawn(move || worker(&work, tally))
        });
        // All are started before the first is waited for, and nobody else holds their end of the channel.
        let workers: Vec<_> = workers.collect();
        drop(work);
        let groups = workers.into_iter().map(thread::ScopedJoinHandle::join);
        let groups = groups.collect::<Result<Vec<_>, _>>().and_then(|groups| walker.join().map(|()| groups));
        groups.map_err(|_| Failure("the files could not be read to their end".to_owned()))
    })?;
    let mut merged = Groups::default();
    for groups in groups {
        merged.merge(groups);
    }
    let uncounted = merged.uncounted();
    let groups = merged.sorted();
    match arguments.format {
        Format::Text => table::lines(&groups, output::width()).iter().try_for_each(|line| output::line(line))?,
        Format::Json => groups.iter().try_for_each(|group| output::line(&group.to_json().to_string()))?,
    }
    tally.finish(&groups, uncounted)
}

/// What happened besides denials.
#[derive(Default)]
struct Tally {
    files: AtomicU64,
    records: AtomicU64,
    repeated: AtomicU64,
    malformed: Notices,
    broken: Notices,
    others: Notices,
    no_trail: Notices,
    ids: Ids,
}

/// A count of notices of one kind, of which the first are printed.
#[derive(Default)]
struct Notices(AtomicU64);

impl Notices {
    fn note(&self, line: impl FnOnce() -> String) {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        if before < NOTICES {
            output::error(&line());
        } else if before == NOTICES {
            output::error("more of these are only counted");
        }
    }

    fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Ids of denials, as hashes that nobody can aim at.
#[derive(Default)]
struct Ids {
    hasher: RandomState,
    seen: Mutex<HashSet<u64>>,
}

impl Ids {
    /// Whether the id was not seen before. When there are too many, it is taken for new.
    fn is_new(&self, id: &str) -> bool {
        let hash = self.hasher.hash_one(id);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < IDS { seen.insert(hash) } else { !seen.contains(&hash) }
    }
}

impl Tally {
    /// The last line, and whether all could be read.
    fn finish(&self, groups: &[Group], uncounted: u64) -> Result<(), Failure> {
        let denials: u64 = groups.iter().map(|group| group.count).sum();
        let [files, records, repeated] =
            [&self.files, &self.records, &self.repeated].map(|count| count.load(Ordering::Relaxed));
        let mut line = format!(
            "{} in {}, among {} of {}",
            count(denials + uncounted, "denial"),
            count(u64::try_from(groups.len()).unwrap_or(u64::MAX), "group"),
            count(records, "record"),
            count(files, "file")
        );
        let others = self.others.count() + self.no_trail.count();
        for (number, what, then) in [
            (uncounted, "denial", "of more groups than are kept"),
            (repeated, "duplicate", "left out"),
            (others, "other file", "skipped"),
        ] {
            if number > 0 {
                line.extend(["; ", &count(number, what), " ", then]);
            }
        }
        output::error(&line);
        let (broken, malformed) = (self.broken.count(), self.malformed.count());
        let unread = match (malformed, broken) {
            (0, 0) if files == 0 => {
                return Err(Failure(
                    "no log file is there: give files of CloudTrail, CloudFront or WAF, or folders of them".to_owned(),
                ));
            }
            (0, 0) => return Ok(()),
            (_, 0) => format!("{} could not be read", count(malformed, "record")),
            (0, _) => format!("{} could not be read to the end", count(broken, "file")),
            (_, _) => {
                format!("{} could not be read, nor {} to the end", count(malformed, "record"), count(broken, "file"))
            }
        };
        let whose = if malformed + broken == 1 { "its denials are" } else { "their denials are" };
        Err(Failure(format!("{unread}: {whose} missing above")))
    }
}

/// Reads files until there are no more.
fn worker(work: &Mutex<Receiver<PathBuf>>, tally: &Tally) -> Groups {
    let mut groups = Groups::default();
    loop {
        let next = work.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(path) = next else { return groups };
        read(&path, tally, &mut groups);
    }
}

fn read(path: &Path, tally: &Tally, groups: &mut Groups) {
    let mut records = 0_u64;
    let mut foreign = None;
    let done = open(path).map_err(Broken::from).and_then(|file| {
        each_record(file, &mut |seen| {
            let (value, is_document) = match seen {
                Seen::Record(value) if is_insight(&value) => return records += 1,
                Seen::Succeeded(_) => return records += 1,
                Seen::Unread(unread) => {
                    records += 1;
                    return tally.malformed.note(|| format!("{}: record {records}: {unread}", place(path)));
                }
                Seen::Record(value) => (value, false),
                Seen::Document(value) => (value, true),
            };
            for Item { outcome, .. } in event::read_value(&value) {
                if let (Err(error @ EventError::Unrecognised { .. }), true) = (&outcome, is_document) {
                    foreign = Some(error.clone());
                    continue;
                }
                records += 1;
                match outcome {
                    Err(error) => tally.malformed.note(|| format!("{}: record {records}: {error}", place(path))),
                    Ok(Err(Skipped { .. })) => {}
                    Ok(Ok(denial)) => denied(&denial, tally, groups),
                }
            }
        })
    });
    tally.records.fetch_add(records, Ordering::Relaxed);
    if records == 0 && matches!((&done, &foreign), (Err(Broken::NoRecord), _) | (Ok(()), Some(_))) {
        return tally
            .no_trail
            .note(|| format!("skipped {}: it is no log file of CloudTrail, CloudFront or WAF", place(path)));
    }
    tally.files.fetch_add(1, Ordering::Relaxed);
    if let Some(error) = foreign {
        tally.malformed.note(|| format!("{}: {error}", place(path)));
    }
    if let Err(broken) = done {
        tally.broken.note(|| format!("{}: {broken}", place(path)));
    }
}

/// An Insights event, which tells of unusual numbers of calls and not of one.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
fn is_insight(record: &Value) -> bool {
    record.get("eventCategory").and_then(Value::as_str) == Some("Insight") && record.get("insightDetails").is_some()
}

/// Explains a denial by what its record alone says. What would allow it is not looked for: that takes most of the time.
fn denied(denial: &Denial, tally: &Tally, groups: &mut Groups) {
    if !tally.ids.is_new(&denial.event_id) {
        tally.repeated.fetch_add(1, Ordering::Relaxed);
        return;
    }
    let evidence = Evidence::default();
    let diagnosis = Diagnosis::new(denial, &evidence);
    let findings = checks::run(&diagnosis);
    groups.add(denial.time, &build(&diagnosis, &findings, &vec![Vec::new(); findings.len()]));
}
