//! iam-simulate, an npm package, as a process of its own. `tests/oracle` pins and installs it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::Turn;

/// Waits for questions until its stdin is closed.
pub(crate) struct Process {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What it says of a turn.
#[derive(Deserialize)]
struct Answer {
    microseconds: u64,
    decisions: Vec<String>,
}

pub(crate) fn name() -> String {
    let package: Value = serde_json::from_str(include_str!("../../tests/oracle/package.json")).unwrap();
    let version = package.pointer("/dependencies/@cloud-copilot~1iam-simulate").and_then(Value::as_str);
    format!("iam-simulate {}", version.unwrap())
}

impl Process {
    pub(crate) fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        // A module given as text finds packages from the working directory.
        let mut child = Command::new("node")
            .args(["--input-type=module", "--eval", include_str!("iam_simulate.mjs")])
            .arg(root.join("benches/evaluate/policy-set"))
            .current_dir(root.join("tests/oracle"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`make bench` brings `node`");
        let (questions, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, questions, answers }
    }

    /// Lets it decide all requests so many times over, in one of the ways that the script names.
    pub(crate) fn turn(&mut self, way: &str, passes: u32) -> Turn {
        writeln!(self.questions, "{}", json!({ "way": way, "passes": passes })).unwrap();
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        let answer: Answer = serde_json::from_str(&line).expect("`make bench` installs the package");
        Turn { cpu: Duration::from_micros(answer.microseconds), decisions: answer.decisions }
    }

    /// Ends it.
    pub(crate) fn stop(mut self) {
        drop(self.questions);
        assert!(self.child.wait().unwrap().success(), "`node` failed at its end");
    }
}
