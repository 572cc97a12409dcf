//! Records of changes as files: one for each change, next to each other in a folder.

use std::fs::{OpenOptions, create_dir_all, remove_file};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use deniedby::ports::{Ledger, LedgerError};
use deniedby::remedy::{Record, State};

/// A folder of records. The place of a change is held by a file as well, so that two commands do not change the same
/// resource at once.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where a record is kept.
    pub(crate) fn file(&self, id: &str) -> PathBuf {
        self.path.join(format!("{}.json", plain(id)))
    }

    fn hold(&self, record: &Record) -> PathBuf {
        self.path.join(format!("{}.held", plain(&record.edit.place.name())))
    }

    #[expect(clippy::disallowed_methods, reason = "the records of the command line are files")]
    fn read(path: &Path) -> Result<Option<Record>, LedgerError> {
        match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| failed(path, &error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(path, &error)),
        }
    }

    /// Writes beside the file and puts it in its place, so that there is never half a record.
    #[expect(clippy::disallowed_methods, reason = "the records of the command line are files")]
    fn write(path: &Path, record: &Record) -> Result<(), LedgerError> {
        let text = serde_json::to_string_pretty(record).map_err(|error| failed(path, &error))? + "\n";
        let beside = path.with_extension("new");
        std::fs::write(&beside, text)
            .and_then(|()| std::fs::rename(&beside, path))
            .map_err(|error| failed(path, &error))
    }
}

impl Ledger for Folder {
    async fn begin(&self, record: &Record) -> Result<Option<Record>, LedgerError> {
        create_dir_all(&self.path).map_err(|error| failed(&self.path, &error))?;
        let file = self.file(&record.id);
        if let Some(known) = Self::read(&file)?
            && known.state == State::Intended
        {
            return Ok(Some(known));
        }
        let hold = self.hold(record);
        match OpenOptions::new().write(true).create_new(true).open(&hold) {
            Ok(mut mark) => mark.write_all(record.id.as_bytes()).map_err(|error| failed(&hold, &error))?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                if let Some(holder) = self.holder(&hold, record)? {
                    return Ok(Some(holder));
                }
            }
            Err(error) => return Err(failed(&hold, &error)),
        }
        Self::write(&file, record)?;
        Ok(None)
    }

    async fn end(&self, record: &Record) -> Result<(), LedgerError> {
        Self::write(&self.file(&record.id), record)?;
        let hold = self.hold(record);
        match remove_file(&hold) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed(&hold, &error)),
        }
    }

    async fn put(&self, record: &Record) -> Result<(), LedgerError> {
        Self::write(&self.file(&record.id), record)
    }

    async fn get(&self, id: &str) -> Result<Option<Record>, LedgerError> {
        Self::read(&self.file(id))
    }
}

impl Folder {
    /// The record of another change that holds a place; `None` if an attempt of this one left its mark.
    #[expect(clippy::disallowed_methods, reason = "the records of the command line are files")]
    fn holder(&self, hold: &Path, record: &Record) -> Result<Option<Record>, LedgerError> {
        let id = std::fs::read_to_string(hold).map_err(|error| failed(hold, &error))?;
        if id == record.id {
            return Ok(None);
        }
        let left = || LedgerError(format!("`{}` is left from an attempt that is over: delete it", hold.display()));
        Self::read(&self.file(&id))?.filter(|holder| holder.state == State::Intended).map(Some).ok_or_else(left)
    }
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> LedgerError {
    LedgerError(format!("`{}`: {error}", path.display()))
}

/// A name without separators.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).take(200).collect()
}
