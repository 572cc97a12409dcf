//! Records of changes as files: one for each change, next to each other in a folder.

use std::fs::{create_dir_all, hard_link, metadata, remove_file, rename};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use deniedby::ports::{LEASE, Ledger, LedgerError};
use deniedby::remedy::{Record, State};

/// A folder of records. The place of a change is held by a file as well, so that two commands do not change the same
/// resource at once: its record as it was when the place was taken. The time of that file is when it was held last.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

/// How often a place is looked at whose holder changes meanwhile.
const TRIES: u32 = 4;

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

    /// A file of this process alone, beside another one.
    fn beside(path: &Path, what: &str) -> PathBuf {
        path.with_extension(format!("{what}-{}", std::process::id()))
    }

    #[expect(clippy::disallowed_methods, reason = "the records of the command line are files")]
    fn read(path: &Path) -> Result<Option<Record>, LedgerError> {
        match std::fs::read_to_string(path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(|error| failed(path, &error)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(path, &error)),
        }
    }

    /// Writes beside the file, and returns what was written.
    #[expect(clippy::disallowed_methods, reason = "the records of the command line are files")]
    fn draft(path: &Path, record: &Record) -> Result<PathBuf, LedgerError> {
        let text = serde_json::to_string_pretty(record).map_err(|error| failed(path, &error))? + "\n";
        let beside = Self::beside(path, "new");
        std::fs::write(&beside, text).map_err(|error| failed(&beside, &error))?;
        Ok(beside)
    }

    /// Puts what was written in its place, so that there is never half a record.
    fn write(path: &Path, record: &Record) -> Result<(), LedgerError> {
        rename(Self::draft(path, record)?, path).map_err(|error| failed(path, &error))
    }

    /// The same, if there is no such file; else `false`.
    fn write_new(path: &Path, record: &Record) -> Result<bool, LedgerError> {
        let draft = Self::draft(path, record)?;
        let linked = hard_link(&draft, path);
        remove_file(&draft).map_err(|error| failed(&draft, &error))?;
        match linked {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(failed(path, &error)),
        }
    }

    /// Takes a hold away that is over. If another took its place meanwhile, that one is put back.
    fn drop_hold(hold: &Path, over: &Record) -> Result<(), LedgerError> {
        let away = Self::beside(hold, "over");
        match rename(hold, &away) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(failed(hold, &error)),
        }
        if Self::read(&away)?.is_some_and(|taken| taken.id != over.id) {
            // Whoever holds the place by now holds it rightly.
            let _ = hard_link(&away, hold);
        }
        remove_file(&away).map_err(|error| failed(&away, &error))
    }
}

impl Ledger for Folder {
    async fn begin(&self, record: &Record) -> Result<Option<Record>, LedgerError> {
        create_dir_all(&self.path).map_err(|error| failed(&self.path, &error))?;
        let (file, hold) = (self.file(&record.id), self.hold(record));
        for number in 1..=TRIES {
            let earlier = Self::read(&file)?.filter(|known| known.state == State::Intended);
            let holding = earlier.as_ref().unwrap_or(record);
            let holder = Self::read(&hold)?;
            let own = holder.as_ref().is_some_and(|holder| holder.id == record.id);
            if own {
                Self::write(&hold, holding)?;
            }
            if own || Self::write_new(&hold, holding)? {
                if earlier.is_none() {
                    Self::write(&file, record)?;
                }
                return Ok(earlier);
            }
            // It may have been set free since.
            let Some(holder) = holder else { continue };
            let known = Self::read(&self.file(&holder.id))?.unwrap_or_else(|| holder.clone());
            if known.state == State::Intended && !is_over(&hold) || number == TRIES {
                return Ok(Some(known));
            }
            Self::drop_hold(&hold, &holder)?;
        }
        Err(LedgerError("others change the same resource all the time".to_owned()))
    }

    async fn end(&self, record: &Record) -> Result<(), LedgerError> {
        Self::write(&self.file(&record.id), record)?;
        let hold = self.hold(record);
        match Self::read(&hold)? {
            Some(holder) if holder.id == record.id => Self::drop_hold(&hold, record),
            Some(_) | None => Ok(()),
        }
    }

    async fn put(&self, record: &Record) -> Result<(), LedgerError> {
        Self::write(&self.file(&record.id), record)
    }

    /// One command at a time proposes or decides: there is no lock for it.
    async fn swap(&self, record: &Record, from: Option<State>) -> Result<bool, LedgerError> {
        let file = self.file(&record.id);
        let known = Self::read(&file)?.map(|known| known.state);
        if known != from {
            return Ok(false);
        }
        Self::write(&file, record).map(|()| true)
    }

    async fn get(&self, id: &str) -> Result<Option<Record>, LedgerError> {
        Self::read(&self.file(id))
    }
}

/// Whether a hold is older than its lease. What cannot be told is not over.
fn is_over(hold: &Path) -> bool {
    let age = metadata(hold).and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age > LEASE)
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> LedgerError {
    LedgerError(format!("`{}`: {error}", path.display()))
}

/// A name without separators.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    use deniedby::remedy::{Edit, Image, Place};

    use super::*;

    /// A folder of its own, deleted in the end.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("deniedby-ledger-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            Self(path)
        }

        fn folder(&self) -> Folder {
            Folder::new(self.0.clone())
        }

        fn files(&self, ending: &str) -> Vec<PathBuf> {
            let files = self.0.read_dir().unwrap().map(|entry| entry.unwrap().path());
            files.filter(|path| path.to_string_lossy().ends_with(ending)).collect()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn record(id: &str, state: State) -> Record {
        let place: Place = serde_json::from_value(serde_json::json!({
            "place": "ownership", "account": "111122223333", "region": "eu-west-1", "bucket": "acme",
        }))
        .unwrap();
        let edit = Edit { place, before: Image::Nothing, after: Image::Nothing };
        Record { id: id.to_owned(), event_id: "event".to_owned(), kind: String::new(), edit, state, approved_by: None }
    }

    #[tokio::test]
    async fn a_place_is_held_until_its_change_ends() {
        let scratch = Scratch::new("held");
        let (one, other) = (record("one", State::Intended), record("other", State::Intended));
        assert_eq!(scratch.folder().begin(&one).await, Ok(None));
        assert_eq!(scratch.folder().begin(&other).await, Ok(Some(one.clone())));
        assert_eq!(scratch.folder().begin(&one).await, Ok(Some(one.clone())), "the same is found again");
        scratch.folder().end(&Record { state: State::Done, ..one }).await.unwrap();
        assert_eq!(scratch.folder().begin(&other).await, Ok(None));
        scratch.folder().end(&Record { state: State::Failed, ..other }).await.unwrap();
        assert_eq!(scratch.files(".json").len(), 2);
        assert_eq!(scratch.files("").len(), 2, "nothing else is left");
    }

    #[tokio::test]
    async fn who_died_holds_a_place_until_its_lease_is_over() {
        let scratch = Scratch::new("lease");
        let (dead, next) = (record("dead", State::Intended), record("next", State::Intended));
        scratch.folder().begin(&dead).await.unwrap();
        let hold = scratch.files(".held").remove(0);
        let ago = |age: Duration| {
            #[expect(clippy::disallowed_methods, reason = "the age of a file is a matter of the clock")]
            let now = SystemTime::now();
            File::options().write(true).open(&hold).unwrap().set_modified(now - age).unwrap();
        };
        ago(Duration::from_mins(9));
        assert_eq!(scratch.folder().begin(&next).await, Ok(Some(dead.clone())));
        ago(LEASE + Duration::from_secs(1));
        assert_eq!(scratch.folder().begin(&next).await, Ok(None));
        // The one that was taken for dead finds the place held, and its end does not set it free.
        assert_eq!(scratch.folder().begin(&dead).await, Ok(Some(next.clone())));
        scratch.folder().end(&Record { state: State::Failed, ..dead.clone() }).await.unwrap();
        assert_eq!(scratch.folder().begin(&dead).await, Ok(Some(next)));
    }

    #[tokio::test]
    async fn a_hold_whose_change_has_ended_is_none() {
        let scratch = Scratch::new("ended");
        let (ended, next) = (record("ended", State::Intended), record("next", State::Intended));
        scratch.folder().begin(&ended).await.unwrap();
        // As if the process died between the two files.
        scratch.folder().put(&Record { state: State::Done, ..ended }).await.unwrap();
        assert_eq!(scratch.folder().begin(&next).await, Ok(None));
    }

    #[tokio::test]
    async fn a_record_is_replaced_only_in_the_state_that_was_meant() {
        let scratch = Scratch::new("swap");
        create_dir_all(&scratch.0).unwrap();
        let of = |state| record("one", state);
        let folder = scratch.folder();
        assert_eq!(folder.swap(&of(State::Approved), Some(State::Proposed)).await, Ok(false));
        assert_eq!(folder.swap(&of(State::Proposed), None).await, Ok(true));
        assert_eq!(folder.swap(&of(State::Proposed), None).await, Ok(false));
        assert_eq!(folder.swap(&of(State::Approved), Some(State::Proposed)).await, Ok(true));
        assert_eq!(folder.swap(&of(State::Rejected), Some(State::Proposed)).await, Ok(false));
        assert_eq!(folder.get("one").await.unwrap().unwrap().state, State::Approved);
    }
}
