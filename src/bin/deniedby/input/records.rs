//! Takes records out of a log file, one after the other: a file may be larger than the memory.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

use deniedby::event::{Line, W3c};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::words;

/// The largest record. CloudTrail's are at most 256 KB, or 1 MB:
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>.
const RECORD_MAX: u64 = 16 << 20;

/// The longest line that is kept whole, so that reading can go on behind a line that is broken.
const LINE_MAX: u64 = 4 << 20;

/// Why the rest of a file was not read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Broken {
    /// It is JSON, but not of records.
    #[error("something in it is no record, and nothing from there on was read")]
    NoRecord,
    /// It is not JSON from here on.
    #[error("line {0} column {1} is not JSON, and nothing from there on was read")]
    NotJson(usize, usize),
    /// It is one of CloudFront's log files of the older form, without its head.
    #[error("it has the columns of a log of CloudFront, and no line `#Fields:` that names them: give the whole file")]
    NoFields,
    /// It ends too early, or cannot be read.
    #[error("cannot be read to its end: {}", words(.0))]
    Unreadable(#[from] io::Error),
}

impl Broken {
    /// What JSON's reader says, which began to count at a line of the file.
    fn new(error: serde_json::Error, line: usize) -> Self {
        match error.classify() {
            Category::Io => Self::Unreadable(error.into()),
            Category::Data => Self::NoRecord,
            Category::Syntax | Category::Eof => Self::NotJson((line + error.line()).saturating_sub(1), error.column()),
        }
    }
}

/// Why one record was not read. The others are.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unread {
    /// A line that is not JSON.
    #[error("line {0} column {1} is not JSON")]
    NotJson(usize, usize),
    /// A line that is JSON, but no record.
    #[error("line {0} is no record")]
    NoRecord(usize),
    /// A line that has not the columns that its file has.
    #[error("line {0} has not the fields that `#Fields:` names")]
    OtherFields(usize),
    /// It is nested too deep, or has text that is none.
    #[error("{0}")]
    Malformed(serde_json::Error),
}

/// One value of a log file.
#[derive(Debug)]
pub(crate) enum Seen {
    /// A record that has no error code, and so is no denial.
    Succeeded(Box<RawValue>),
    /// A record, or what stands in the place of one.
    Record(Value),
    /// A whole document that holds no list of records.
    Document(Value),
    /// What stands in the place of a record, and cannot be read.
    Unread(Unread),
}

/// Calls `each` with every record of a log file, or of JSON lines. A line that is broken does not keep those after it
/// from being read.
///
/// # Errors
/// If the rest of the file cannot be read. The records before it were.
pub(crate) fn each_record(input: impl Read, each: &mut dyn FnMut(Seen)) -> Result<(), Broken> {
    let left = Rc::new(Cell::new(RECORD_MAX));
    let input = BufReader::with_capacity(1 << 16, Limited { input, left: Rc::clone(&left) });
    let mut lines = Lines { input, number: 0, ahead: None, failed: None };
    let mut is_lines = false;
    while let Some(line) = lines.next()? {
        left.set(RECORD_MAX);
        if lines.number == 1 && line.starts_with(b"#") {
            return each_row(&line, &mut lines, each, &left);
        }
        if lines.number == 1 && is_row(&line) {
            return Err(Broken::NoFields);
        }
        // A file of one line may be longer than the memory, and a line without an end is the last one that is read.
        let number = lines.number;
        let more = if line.ends_with(b"\n") { lines.peek() } else { None };
        let Some(more) = more else { return stream(line, lines, each, &left) };
        match check(&line) {
            Ok(()) => match documents(serde_json::Deserializer::from_slice(&line), each, &left) {
                Ok(()) => is_lines = true,
                Err(error) if !is_lines => return Err(Broken::new(error, number)),
                Err(error) if error.is_data() => each(Seen::Unread(Unread::NoRecord(number))),
                Err(error) => each(Seen::Unread(Unread::NotJson(number, error.column()))),
            },
            Err(error) => match Half::new(&line, &error, more, is_lines) {
                Half::Cut => each(Seen::Unread(Unread::NotJson(number, error.column()))),
                Half::GoesOn => return stream(line, lines, each, &left),
                Half::NoJson => return Err(Broken::new(error, number)),
            },
        }
    }
    Ok(())
}

/// What a line is that is not whole.
enum Half {
    /// A record that was cut off.
    Cut,
    /// The start of a document of several lines.
    GoesOn,
    /// No JSON at all.
    NoJson,
}

impl Half {
    /// By the line behind it, and by whether there was a whole line before.
    fn new(line: &[u8], error: &serde_json::Error, more: &[u8], is_lines: bool) -> Self {
        let both = || check(&[line, more].concat()).map_or_else(|error| error.is_eof(), |()| true);
        let goes_on = error.is_eof() && both();
        let next_is_whole = more.starts_with(b"{") && check(more).is_ok();
        match (is_lines, goes_on) {
            (true, true) if next_is_whole => Self::Cut,
            (_, true) => Self::GoesOn,
            (false, false) if !next_is_whole => Self::NoJson,
            (_, false) => Self::Cut,
        }
    }
}

/// The lines of an input, without those that are empty.
struct Lines<R> {
    input: R,
    /// Of the line that was given last, from 1.
    number: usize,
    /// The next one, and its number.
    ahead: Option<(Vec<u8>, usize)>,
    /// Why nothing is read behind the next one.
    failed: Option<io::Error>,
}

/// An input that cannot be read.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

impl<R: BufRead> Lines<R> {
    /// The next line with its end; what of it is too long is still to be read.
    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.peek();
        match self.ahead.take() {
            Some((line, number)) => {
                self.number = number;
                Ok(Some(line))
            }
            None => self.failed.take().map_or(Ok(None), Err),
        }
    }

    fn peek(&mut self) -> Option<&[u8]> {
        let mut number = self.number;
        while self.ahead.is_none() && self.failed.is_none() {
            let mut line = Vec::new();
            number += 1;
            match (&mut self.input).take(LINE_MAX).read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                // What came before it is read all the same.
                Err(error) => self.failed = Some(error),
            }
            // Windows puts a mark before UTF-8.
            if number == 1 && line.starts_with("\u{feff}".as_bytes()) {
                line.drain(.."\u{feff}".len());
            }
            if !line.trim_ascii().is_empty() {
                self.ahead = Some((line, number));
            }
        }
        self.ahead.as_ref().map(|row| row.0.as_slice())
    }
}

/// Every document from a line on, as a stream.
fn stream<R: BufRead>(
    line: Vec<u8>,
    lines: Lines<R>,
    each: &mut dyn FnMut(Seen),
    left: &Cell<u64>,
) -> Result<(), Broken> {
    let ahead = lines.ahead.map(|row| row.0).unwrap_or_default();
    let rest = Cursor::new(line).chain(Cursor::new(ahead)).chain(Failed(lines.failed)).chain(lines.input);
    let json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, rest));
    documents(json, each, left).map_err(|error| Broken::new(error, lines.number))
}

/// Whether a line is whole: JSON, of one document or several.
fn check(line: &[u8]) -> Result<(), serde_json::Error> {
    // The end of the line is not what is missing in it.
    serde_json::Deserializer::from_slice(line.trim_ascii_end())
        .into_iter::<IgnoredAny>()
        .try_for_each(|value| value.map(drop))
}

/// Every document up to the end. What stands after a document is the next one, or the end.
fn documents<'de, R: serde_json::de::Read<'de>>(
    mut json: serde_json::Deserializer<R>,
    each: &mut dyn FnMut(Seen),
    left: &Cell<u64>,
) -> Result<(), serde_json::Error> {
    while let Err(more) = json.end() {
        if more.is_io() {
            return Err(more);
        }
        Document { each, left }.deserialize(&mut json)?;
        left.set(RECORD_MAX);
    }
    Ok(())
}

/// Whether a line is a row of one of CloudFront's log files of the older form: a date, and columns.
fn is_row(line: &[u8]) -> bool {
    let date = line.split(|byte| *byte == b'\t').next().unwrap_or_default();
    let is_date = |(byte, at): (&u8, usize)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() };
    date.len() == "2026-11-02".len() && date.len() < line.len() && date.iter().zip(0..).all(is_date)
}

/// Calls `each` with every refusal of one of CloudFront's log files of the older form.
fn each_row(
    first: &[u8],
    lines: &mut Lines<impl BufRead>,
    each: &mut dyn FnMut(Seen),
    left: &Cell<u64>,
) -> Result<(), Broken> {
    let mut file = W3c::default();
    let mut next = Some(first.to_owned());
    while let Some(line) = next {
        match file.line(&String::from_utf8_lossy(&line)) {
            Line::Comment => {}
            Line::Record(value) => each(Seen::Record(value)),
            Line::Foreign if file.has_fields() => each(Seen::Unread(Unread::OtherFields(lines.number))),
            Line::Foreign => return Err(Broken::NoRecord),
        }
        left.set(RECORD_MAX);
        next = lines.next()?;
    }
    if file.has_fields() { Ok(()) } else { Err(Broken::NoRecord) }
}

/// Reads a record, unless it tells at a glance that it is no denial: nearly all records are of calls that succeeded.
fn look(raw: Box<RawValue>) -> Seen {
    let text = raw.get();
    // An escape may hide a name; and what is no record of CloudTrail's tells of a refusal in another way.
    let may_be_denied = !text.contains("eventVersion") || text.contains("errorCode") || text.contains("\\u");
    if !may_be_denied {
        return Seen::Succeeded(raw);
    }
    serde_json::from_str(text).map_or_else(|error| Seen::Unread(Unread::Malformed(error)), Seen::Record)
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
            (self.each)(look(record));
        }
        Ok(())
    }
}
