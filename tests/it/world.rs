//! The sample events, and an outside world in memory.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use deniedby::case::Case;
use deniedby::checks;
use deniedby::diagnosis::Diagnosis;
use deniedby::event::Denial;
use deniedby::evidence::{Answer, Evidence, Fact, Question, Reading, Scope, Why};
use deniedby::ports::{Notifier, NotifyError, Reader};
use deniedby::report::{Report, build};
use futures_util::future::BoxFuture;

/// The folder of the package.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[expect(clippy::disallowed_methods, reason = "tests read the package's files")]
pub(crate) fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path.as_ref()).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// One folder of `events/` or `tests/cases/`.
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) event: String,
    pub(crate) case: Case,
}

impl Sample {
    pub(crate) fn denial(&self) -> Denial {
        self.case.read_denial().unwrap()
    }

    pub(crate) fn evidence(&self) -> Evidence {
        self.case.evidence()
    }
}

/// Every folder of `events/`, by name: the demo.
pub(crate) fn samples() -> Vec<Sample> {
    folders_of("events")
}

/// Every folder of `tests/cases/`, by name: what the demo leaves out.
pub(crate) fn cases() -> Vec<Sample> {
    folders_of("tests/cases")
}

/// All of both.
pub(crate) fn scenarios() -> Vec<Sample> {
    samples().into_iter().chain(cases()).collect()
}

fn folders_of(place: &str) -> Vec<Sample> {
    let mut folders: Vec<_> = root().join(place).read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let sample = |folder: PathBuf| Sample {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        event: read(folder.join("event.json")),
        case: Case::parse(&read(folder.join("case.json"))).unwrap(),
        folder,
    };
    folders.into_iter().map(sample).collect()
}

/// Answers from memory, and remembers what it was asked.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) evidence: Evidence,
    pub(crate) asked: Mutex<Vec<Question>>,
}

impl Reader for &Recorder {
    async fn ask(&self, question: &Question) -> Reading {
        self.asked.lock().unwrap().push(question.clone());
        self.evidence.reading(question).cloned().unwrap_or_else(|| Fact::Unreadable(Why::NotRecorded).into())
    }

    fn may_ask(&self, question: &Question) -> bool {
        question.spec().scope != Scope::ObjectData || self.evidence.get(question).is_some()
    }
}

/// How a sink refuses a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Later,
    Never,
}

/// A sink that keeps what it is sent, or refuses it.
pub(crate) struct Sink {
    pub(crate) name: &'static str,
    pub(crate) broken: Option<Refusal>,
    pub(crate) sent: &'static Mutex<Vec<(&'static str, String)>>,
}

impl Notifier for Sink {
    fn name(&self) -> &'static str {
        self.name
    }

    fn notify<'a>(&'a self, report: &'a Report) -> BoxFuture<'a, Result<(), NotifyError>> {
        Box::pin(async move {
            let (sink, reason) = (self.name, "it is broken".to_owned());
            match self.broken {
                Some(Refusal::Later) => return Err(NotifyError::Retryable { sink, reason }),
                Some(Refusal::Never) => return Err(NotifyError::Permanent { sink, reason }),
                None => {}
            }
            self.sent.lock().unwrap().push((self.name, report.event_id.clone()));
            Ok(())
        })
    }
}

/// Somewhere to keep what sinks are sent, for the rest of the test.
pub(crate) fn outbox() -> &'static Mutex<Vec<(&'static str, String)>> {
    Box::leak(Box::default())
}

/// The report without remedies, which take a thousand evaluations each.
pub(crate) fn explain(denial: &Denial, evidence: &Evidence) -> Report {
    let diagnosis = Diagnosis::new(denial, evidence);
    let findings = checks::run(&diagnosis);
    build(&diagnosis, &findings, &vec![Vec::new(); findings.len()])
}

/// Causes that take the place of another where more is known: they say the same of a denial, and why besides.
const MORE_EXACT: &[(&str, &str)] = &[
    // With ACLs that grant nothing, it speaks for the bucket's missing policy as well.
    ("resource-policy-no-allow", "acl-no-grant"),
    ("resource-policy-no-allow", "block-public-access"),
    // Nobody can change the policy of a key that AWS manages.
    ("kms-key-policy-no-allow", "kms-aws-managed-key-cross-account"),
    ("kms-key-policy-no-allow", "kms-operation-cross-account"),
];

/// Whether one of the codes says what `code` says.
pub(crate) fn is_said<'a>(code: &str, said: impl IntoIterator<Item = &'a str>) -> bool {
    said.into_iter().any(|other| other == code || MORE_EXACT.contains(&(code, other)))
}

/// Whether an answer can be true of the caller: the role of a session is the one that the record names, path and all.
pub(crate) fn fits_the_record(denial: &Denial, question: &Question, fact: &Fact<Answer>) -> bool {
    let (Question::Identity(entity), Fact::Known(Answer::Identity(info))) = (question, fact) else { return true };
    let issuer = denial.identity.issuer.as_ref().and_then(|issuer| issuer.arn.as_ref());
    let Some(role) = issuer.filter(|arn| arn.resource().rsplit('/').next() == Some(&entity.name)) else { return true };
    role.account() != Some(entity.account) || *role == info.arn
}
