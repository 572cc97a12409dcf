//! What is read: files and standard input, unpacked, and taken apart into records.

mod open;
mod records;

use std::cell::Cell;
use std::path::Path;
use std::thread;

use deniedby::case::SCHEMA;
use deniedby::event::{self, EventError, Item};
use tokio::sync::mpsc::{Receiver, channel};

pub(crate) use open::{open, place, text, words};
pub(crate) use records::{Broken, Seen, each_record};

/// How many records may wait. Bounds the memory.
const WINDOW: usize = 64;

/// What is found in an input.
pub(crate) enum Found {
    /// A record, or what cannot be read as one.
    Item(Item),
    /// A record of a call that succeeded, which was not looked at any further.
    Succeeded,
    /// Something that cannot be read, and why.
    Unread(String),
}

/// The records of an input, while it is read: only those that wait are in memory.
pub(crate) fn records(path: &Path) -> Receiver<Found> {
    let (found, records) = channel(WINDOW);
    let path = path.to_owned();
    // Nobody waits for its end: who needs no more records leaves.
    thread::spawn(move || {
        let is_empty = Cell::new(true);
        let tell = |what| {
            is_empty.set(false);
            drop(found.blocking_send(what));
        };
        let mut count = 0_u64;
        let done = open(&path).map_err(|error| format!("cannot read {}: {}", place(&path), words(&error)));
        let done = done.and_then(|input| {
            let read = each_record(input, &mut |seen| {
                count += 1;
                // Of a single record it is said why there is nothing to explain.
                let value = match seen {
                    Seen::Succeeded(raw) if count == 1 => serde_json::from_str(raw.get()).unwrap_or_default(),
                    Seen::Succeeded(_) => return tell(Found::Succeeded),
                    Seen::Unread(unread) => return tell(Found::Unread(unread.to_string())),
                    Seen::Document(value) if value.get("schema").is_some_and(|schema| schema == SCHEMA) => {
                        return tell(Found::Unread("this is a case: give it to `--evidence`, or to `fix`".to_owned()));
                    }
                    Seen::Record(value) | Seen::Document(value) => value,
                };
                for item in event::read_value(&value) {
                    tell(Found::Item(item));
                }
            });
            read.map_err(|broken| told(&broken, &path, count))
        });
        match done {
            Err(line) => tell(Found::Unread(line)),
            Ok(()) if is_empty.get() => tell(Found::Unread(EventError::Empty.to_string())),
            Ok(()) => {}
        }
    });
    records
}

/// Why an input was not read to its end. Where nothing of it was, it is another kind of file.
fn told(broken: &Broken, path: &Path, count: u64) -> String {
    match broken {
        Broken::NoRecord if count == 0 => EventError::Unrecognised { at: String::new() }.to_string(),
        Broken::NotJson(line, column) if count == 0 => {
            EventError::NotJson { at: String::new(), line: *line, column: *column }.to_string()
        }
        Broken::Unreadable(error) if count == 0 => format!("cannot read {}: {}", place(path), words(error)),
        Broken::NoRecord | Broken::NotJson(..) | Broken::NoFields | Broken::Unreadable(_) => {
            format!("{}: {broken}", place(path))
        }
    }
}
