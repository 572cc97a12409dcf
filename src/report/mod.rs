//! The report: what a diagnosis says, as data, and its renderings.

mod approval;
mod build;
mod difference;
mod en;
mod escape;
mod gaps;
mod headline;
#[cfg(feature = "cli")]
mod html;
mod json;
mod markdown;
mod metric;
mod model;
mod notes;
#[cfg(test)]
mod sample;
mod slack;
mod sns;
mod text;
mod unread;

pub use approval::{APPROVE, REJECT};
pub use build::{build, recorded, statements};
pub use en::{Decision, decision, not_understood, outcome, unoffered, withheld};
pub use escape::shown;
pub use headline::who;
#[cfg(feature = "cli")]
pub use html::html;
pub use json::json;
pub use markdown::markdown;
pub use metric::{Metric, metric};
pub use model::{
    Agreement, Applicability, CauseReport, Confidence, LayerReport, Note, Place, PrincipalReport, Remedy, Report,
    RequestReport, Reused, RuledOut, SCHEMA, Snippet, Stated, StatementReport, Unread, Verdict, ViewerReport,
};
pub use slack::{slack, slack_line};
pub use sns::{SnsMessage, sns};
pub use text::{Style, text};

/// Says first of all that is worth knowing how many denials of the kind came since the last message.
pub fn add_repeats(report: &mut Report, more: u64) {
    if more > 0 {
        report.notes.insert(0, Note { code: REPEATS.to_owned(), text: en::repeats(more) });
    }
}

/// The code of the note that [`add_repeats`] makes.
const REPEATS: &str = "repeats";

/// Adds what IAM Access Analyzer says of a remedy to its proof.
pub fn add_opinion(remedy: &mut Remedy, opinion: &crate::remedy::Opinion) {
    remedy.proof = format!("{}; {}", remedy.proof, en::opinion(opinion));
}
