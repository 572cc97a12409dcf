//! Takes records out of a log file, one after the other: a file may be larger than the memory.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

use deniedby::event::{Line, W3c};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The largest record. CloudTrail's are at most 256 KB, or 1 MB:
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>.
const RECORD_MAX: u64 = 16 << 20;

/// Why the rest of a file was not read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// It is JSON, but not of records.
    #[error("something in it is no record, and nothing from there on was read")]
    NoRecord,
    /// It is not JSON from here on.
    #[error("line {0} column {1} is not JSON, and nothing from there on was read")]
    NotJson(usize, usize),
    /// It ends too early, or cannot be read.
    #[error("cannot be read to its end: {0}")]
    Unreadable(#[from] io::Error),
}

impl From<serde_json::Error> for Broken {
    fn from(error: serde_json::Error) -> Self {
        match error.classify() {
            Category::Io => Self::Unreadable(error.into()),
            Category::Data => Self::NoRecord,
            Category::Syntax | Category::Eof => Self::NotJson(error.line(), error.column()),
        }
    }
}

/// One value of a log file.
#[derive(Debug)]
pub(super) enum Seen {
    /// A record that has no error code, and so is no denial.
    Succeeded,
    /// A record, or what stands in the place of one.
    Record(Value),
    /// A whole document that holds no list of records.
    Document(Value),
    /// What stands in the place of a record, and is JSON that is nested too deep, or has text that is none.
    Malformed(serde_json::Error),
}

/// Calls `each` with every record of a log file, or of JSON lines.
///
/// # Errors
/// If the rest of the file cannot be read. The records before it were.
pub(super) fn each_record(input: impl Read, each: &mut dyn FnMut(Seen)) -> Result<(), Broken> {
    let left = Rc::new(Cell::new(RECORD_MAX));
    let mut input = BufReader::with_capacity(1 << 16, Limited { input, left: Rc::clone(&left) });
    if input.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
        input.consume("\u{feff}".len());
    }
    // No JSON begins so.
    if input.fill_buf()?.first() == Some(&b'#') {
        return each_line(input, each, &left);
    }
    let mut json = serde_json::Deserializer::from_reader(input);
    // What stands after a value is the next one, or the end.
    while let Err(more) = json.end() {
        if more.is_io() {
            return Err(more.into());
        }
        Document { each, left: &left }.deserialize(&mut json)?;
        left.set(RECORD_MAX);
    }
    Ok(())
}

/// Calls `each` with every refusal of one of CloudFront's log files of the older form.
fn each_line(input: impl BufRead, each: &mut dyn FnMut(Seen), left: &Cell<u64>) -> Result<(), Broken> {
    let mut file = W3c::default();
    for line in input.lines() {
        match file.line(&line?) {
            Line::Comment => {}
            Line::Record(value) => each(Seen::Record(value)),
            Line::Foreign => return Err(Broken::NoRecord),
        }
        left.set(RECORD_MAX);
    }
    Ok(())
}

/// Reads a record, unless it tells at a glance that it is no denial: nearly all records are of calls that succeeded.
fn look(raw: &str) -> Seen {
    // An escape may hide the name.
    let may_be_denied = !raw.starts_with('{') || raw.contains("errorCode") || raw.contains("\\u");
    if !may_be_denied {
        return Seen::Succeeded;
    }
    serde_json::from_str(raw).map_or_else(Seen::Malformed, Seen::Record)
}

/// Reads no further than a record may be long.
struct Limited<R> {
    input: R,
    left: Rc<Cell<u64>>,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            return Err(io::Error::other("it has a record of more than 16 MB"));
        }
        let read = self.input.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(u64::try_from(read).unwrap_or(u64::MAX)));
        Ok(read)
    }
}

/// A log file, a list of records, or anything else.
struct Document<'a> {
    each: &'a mut dyn FnMut(Seen),
    left: &'a Cell<u64>,
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CloudTrail log file")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut whole = Map::new();
        let mut is_list = false;
        while let Some(name) = members.next_key::<String>()? {
            if matches!(name.as_str(), "Records" | "Events") {
                is_list = true;
                members.next_value_seed(List { each: &mut *self.each, left: self.left })?;
            } else if is_list {
                members.next_value::<IgnoredAny>()?;
            } else {
                whole.insert(name, members.next_value()?);
            }
        }
        if !is_list {
            (self.each)(Seen::Document(Value::Object(whole)));
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<(), A::Error> {
        List { each: self.each, left: self.left }.visit_seq(items)
    }
}

/// Records.
struct List<'a> {
    each: &'a mut dyn FnMut(Seen),
    left: &'a Cell<u64>,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(record) = items.next_element::<Box<RawValue>>()? {
            self.left.set(RECORD_MAX);
            (self.each)(look(record.get()));
        }
        Ok(())
    }
}
