//! README shows what is really printed.

use std::process::Command;

use deniedby::pipeline::explain;
use deniedby::report::{Style, text};

use crate::world::{read, root, samples};

/// The demo's report on a sample.
fn demo(name: &str) -> String {
    let sample = samples().into_iter().find(|sample| sample.name == name).unwrap();
    text(&explain(&sample.denial(), &sample.evidence()), Style { width: 100, color: false })
}

/// What `scan` prints of the events of samples, and its last line.
fn scan(names: &str) -> String {
    let mut scan = Command::new(env!("CARGO_BIN_EXE_deniedby"));
    scan.arg("scan").args(names.split(' ').map(|name| root().join("events").join(name).join("event.json")));
    let done = scan.output().unwrap();
    assert!(done.status.success());
    String::from_utf8([done.stdout, done.stderr].concat()).unwrap()
}

/// README with what is printed between two marks, the first of which says of what.
fn shown(readme: &str, mark: &str, printed: fn(&str) -> String) -> String {
    let (before, rest) = readme.split_once(&format!("<!-- {mark}: ")).unwrap();
    let (of, rest) = rest.split_once(" -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    format!("{before}<!-- {mark}: {of} -->\n```text\n{}\n```\n<!-- end -->{after}", printed(of).trim_end())
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a test is told by its environment to write what it would compare")]
fn what_the_readme_shows_is_what_is_printed() {
    let readme = read(root().join("README.md"));
    let expected = shown(&shown(&readme, "demo", demo), "scan", scan);
    if std::env::var("DENIEDBY_BLESS").is_ok() {
        std::fs::write(root().join("README.md"), &expected).unwrap();
    }
    assert!(read(root().join("README.md")) == expected, "README is stale: run the tests once with DENIEDBY_BLESS=1");
}
