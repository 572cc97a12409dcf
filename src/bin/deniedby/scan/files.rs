//! Finds log files.

use std::io;
use std::path::{Path, PathBuf};

/// What is at a path.
#[derive(Debug)]
pub(super) enum Found {
    /// A file to read.
    File(PathBuf),
    /// A file of a folder that has another name than log files have.
    Other(PathBuf),
    /// A file or folder that cannot be looked at.
    Unreadable(PathBuf, io::Error),
}

/// Tells of every file of `paths`, those of folders included, until `tell` wants no more. Links to folders are not
/// followed, since they may lead round.
pub(super) fn walk(paths: &[PathBuf], tell: &mut impl FnMut(Found) -> bool) {
    let mut folders = Vec::new();
    for path in paths {
        let going_on = match path.metadata() {
            // What is named is read, whatever its name.
            _ if is_standard_input(path) => tell(Found::File(path.clone())),
            Err(error) => tell(Found::Unreadable(path.clone(), error)),
            Ok(metadata) if metadata.is_dir() => {
                folders.push(path.clone());
                true
            }
            Ok(_) => tell(Found::File(path.clone())),
        };
        if !going_on {
            return;
        }
        while let Some(folder) = folders.pop() {
            if !walk_folder(&folder, &mut folders, tell) {
                return;
            }
        }
    }
}

fn walk_folder(folder: &Path, folders: &mut Vec<PathBuf>, tell: &mut impl FnMut(Found) -> bool) -> bool {
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(error) => return tell(Found::Unreadable(folder.to_owned(), error)),
    };
    for entry in entries {
        let found = match entry.and_then(|entry| Ok((entry.file_type()?, entry.path()))) {
            Err(error) => Found::Unreadable(folder.to_owned(), error),
            Ok((kind, path)) if kind.is_dir() => {
                folders.push(path);
                continue;
            }
            Ok((_, path)) if path.is_file() && is_named_like_a_log(&path) => Found::File(path),
            Ok((_, path)) => Found::Other(path),
        };
        if !tell(found) {
            return false;
        }
    }
    true
}

fn is_named_like_a_log(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    LOG_NAMES.iter().any(|end| name.ends_with(end)) || is_named_by_cloudfront(&name)
}

/// How the files of CloudTrail end, and of WAF.
const LOG_NAMES: &[&str] = &[".json", ".json.gz", ".log.gz"];

/// `DISTRIBUTION.YYYY-MM-DD-HH.ID.gz`, in lower case.
///
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html>
fn is_named_by_cloudfront(name: &str) -> bool {
    let parts: Vec<_> = name.split('.').collect();
    let [distribution, hour, _, "gz"] = parts.as_slice() else { return false };
    let is_hour = hour.len() == "2026-11-02-02".len() && hour.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    distribution.starts_with('e') && is_hour
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}
