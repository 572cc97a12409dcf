//! Opens what an argument names.

use std::fs::File;
use std::io::{self, BufReader, Cursor, ErrorKind, Read};
use std::path::Path;

use deniedby::report::shown;
use flate2::bufread::MultiGzDecoder;

use crate::Failure;

/// The longest path in a message.
const PATH_MAX: usize = 300;

/// The bytes of a file, or of standard input where the path is `-`; unpacked if they are gzip. The first bytes tell, not
/// the name.
///
/// # Errors
/// If there is no such file, or if it is no text that we read.
pub(crate) fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file: Box<dyn Read> =
        if path == Path::new("-") { Box::new(io::stdin()) } else { Box::new(File::open(path)?) };
    let mut start = Vec::new();
    file.by_ref().take(2).read_to_end(&mut start)?;
    let bytes = BufReader::with_capacity(1 << 16, Cursor::new(start.clone()).chain(file));
    match start.as_slice() {
        [0x1f, 0x8b] => Ok(Box::new(Unpacked(MultiGzDecoder::new(bytes)))),
        // With its mark, or a first letter of which half is nothing.
        [0xff, 0xfe] | [0xfe, 0xff] | [0, _] | [_, 0] => {
            Err(io::Error::new(ErrorKind::InvalidData, "it is UTF-16, or no text: save it as UTF-8"))
        }
        _ => Ok(Box::new(bytes)),
    }
}

/// The whole text of a file that is not large.
///
/// # Errors
/// If it cannot be read, in words for the person who named it.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let failure = |error: &io::Error| Failure(format!("cannot read {}: {}", place(path), words(error)));
    let mut bytes = Vec::new();
    open(path).and_then(|mut input| input.read_to_end(&mut bytes)).map_err(|error| failure(&error))?;
    String::from_utf8(bytes).map_err(|_| failure(&io::Error::new(ErrorKind::InvalidData, "it is no UTF-8 text")))
}

/// What is packed. Where it cannot be unpacked, the words are ours.
struct Unpacked<R>(R);

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.raw_os_error() {
            Some(_) => error,
            None => io::Error::new(ErrorKind::InvalidData, "its gzip is cut short, or broken"),
        })
    }
}

/// A path as a message names it.
pub(crate) fn place(path: &Path) -> String {
    if path == Path::new("-") {
        "standard input".to_owned()
    } else {
        format!("`{}`", shown(&path.to_string_lossy(), PATH_MAX))
    }
}

/// What the system says in words of its own, in ours.
const WORDS: &[(ErrorKind, &str)] = &[
    (ErrorKind::NotFound, "there is no such file or folder"),
    (ErrorKind::PermissionDenied, "you have no permission for it"),
    (ErrorKind::IsADirectory, "it is a folder; `deniedby scan` reads folders"),
    (ErrorKind::NotADirectory, "a part of its path is no folder"),
    (ErrorKind::StorageFull, "there is no space left"),
    (ErrorKind::ReadOnlyFilesystem, "nothing can be written there"),
];

/// Why something could not be read or written.
pub(crate) fn words(error: &io::Error) -> String {
    if let Some((_, words)) = WORDS.iter().find(|row| row.0 == error.kind()) {
        return (*words).to_owned();
    }
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}
