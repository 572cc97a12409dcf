//! README shows a real report.

use std::fmt::Write;

use deniedby::pipeline::explain;
use deniedby::report::{Style, text};

use crate::world::{read, root, samples};

#[test]
#[expect(clippy::disallowed_methods, reason = "a test is told by its environment to write what it would compare")]
fn the_report_in_the_readme_is_what_the_demo_prints() {
    let readme = read(root().join("README.md"));
    let (before, rest) = readme.split_once("<!-- demo: ").unwrap();
    let (name, rest) = rest.split_once(" -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let sample = samples().into_iter().find(|sample| sample.name == name).unwrap();
    let shown = text(&explain(&sample.denial(), &sample.evidence()), Style { width: 100, color: false });
    let mut expected = String::new();
    write!(expected, "{before}<!-- demo: {name} -->\n```text\n{}\n```\n<!-- end -->{after}", shown.trim_end()).unwrap();
    if std::env::var("DENIEDBY_BLESS").is_ok() {
        std::fs::write(root().join("README.md"), &expected).unwrap();
    }
    assert!(read(root().join("README.md")) == expected, "README is stale: run the tests once with DENIEDBY_BLESS=1");
}
