//! The report: what a diagnosis says, as data, and its renderings.

mod build;
mod en;
mod escape;
mod headline;
mod model;
#[cfg(test)]
mod sample;
mod slack;
mod sns;
mod text;

pub use build::{build, statements};
pub use model::{
    Applicability, CauseReport, Confidence, LayerReport, Place, PrincipalReport, Remedy, Report, RequestReport,
    RuledOut, SCHEMA, StatementReport, Unread, Verdict,
};
pub use slack::slack;
pub use sns::{SnsMessage, sns};
pub use text::{Style, text};
