//! The report's own types: schema `deniedby/report/1`. Fields are added, never renamed.

use schemars::JsonSchema;
use serde::Serialize;

pub use crate::finding::{Confidence, Place};
use crate::layer::Layer;

/// The name and version of the report's format.
pub const SCHEMA: &str = "deniedby/report/1";

/// Why one request was denied.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// `deniedby/report/1`.
    pub schema: String,
    /// CloudTrail's `eventID`, or the request's id in the log of CloudFront or WAF.
    pub event_id: String,
    /// When the call ended, RFC 3339.
    pub event_time: String,
    /// The API call; the method of a viewer's request.
    pub event_name: String,
    /// The service, `s3.amazonaws.com` for example.
    pub event_source: String,
    /// The error code of the denial; for a viewer, CloudFront's kind of error, or WAF's action.
    pub error_code: String,
    /// The caller's account, where the record names it.
    pub account: Option<String>,
    /// The Region that the call went to.
    pub region: String,
    /// Who called.
    pub principal: PrincipalReport,
    /// What a viewer asked CloudFront, or what else WAF protects, for; there are no `requests` then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub viewer: Option<ViewerReport>,
    /// What the diagnosis came to.
    pub verdict: Verdict,
    /// The authorizations that the call takes, each with what every layer says.
    pub requests: Vec<RequestReport>,
    /// What denies the call. The first is what to fix first.
    pub causes: Vec<CauseReport>,
    /// What was looked at and does not deny the call.
    pub ruled_out: Vec<RuledOut>,
    /// What could not be read, and the permission that would help.
    pub unread: Vec<Unread>,
    /// What AWS's message says of the reason, and whether what was read agrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<Stated>,
    /// What is no cause, and still worth knowing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// What was read earlier, for another denial.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reused: Vec<Reused>,
    /// Changes that would allow the call.
    pub remedies: Vec<Remedy>,
}

/// Who called.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PrincipalReport {
    /// The caller's ARN: for sessions of a role, the session; for a service that acts for itself, its name; at an identity
    /// provider, the user's.
    pub arn: Option<String>,
    /// `role`, `user`, `root`, `federated-user`, `service`, `anonymous`,
    /// `origin-access-identity` (of CloudFront), `account` (another account, not named), or `other`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The caller's account.
    pub account: Option<String>,
    /// Who that is in plain words, where the record tells more than the ARN: the instance, function or job, the user of
    /// IAM Identity Center, the service in between, a presigned URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who: Option<String>,
}

/// The reason that AWS's message gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Stated {
    /// In words.
    pub reason: String,
    /// Whether what was read agrees.
    pub evaluation: Agreement,
}

/// Whether what was read agrees with AWS's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Agreement {
    /// It does.
    Agrees,
    /// It says otherwise: something was changed since, or is not known.
    Contradicts,
    /// Too little of it could be read, or it cannot be read at all.
    Open,
}

/// Something that is no cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Note {
    /// `message-contradicted`, `policy-simulator` or `policy-lint`.
    pub code: String,
    /// In words.
    pub text: String,
}

/// A request of a viewer, from the log of CloudFront or WAF. The method is the report's `event_name`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ViewerReport {
    /// The viewer's address.
    pub address: Option<String>,
    /// The viewer's country, two letters.
    pub country: Option<String>,
    /// Host and path, without the query.
    pub url: String,
    /// The distribution: its id, or a name of it.
    pub distribution: Option<String>,
    /// The account of the distribution or web ACL, where the log tells.
    pub account: Option<String>,
}

/// What a diagnosis came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The first cause is certain.
    Explained,
    /// There are causes, and facts that could not be read keep them from being certain.
    PartlyExplained,
    /// Nothing that could be read denies the call, but not everything could be read.
    Unexplained,
    /// Everything that could be read allows the call now.
    NotReproduced,
}

/// One authorization: an action on a resource.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RequestReport {
    /// The IAM action.
    pub action: String,
    /// The resource's ARN; `*` where the record does not name it.
    pub resource: String,
    /// The resource's owner.
    pub resource_account: Option<String>,
    /// `allowed`, `explicitly-denied`, `implicitly-denied`, `denied` (one of the two), or `unknown`.
    pub decision: String,
    /// What each layer says, in the order in which they are checked.
    pub layers: Vec<LayerReport>,
    /// The smallest sets of layers of which any one is enough: if each layer of a set allowed the request, and nothing
    /// denied it explicitly, it would be allowed. Only where there is more than one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ways: Vec<Vec<Layer>>,
}

/// What one layer says.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct LayerReport {
    /// The layer.
    pub layer: Layer,
    /// As in [`RequestReport::decision`], for this layer alone.
    pub decision: String,
    /// The statements that match or nearly do.
    pub statements: Vec<StatementReport>,
}

/// A statement that matches or nearly does.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StatementReport {
    /// The policy's ARN, `inline:NAME`, or the resource's ARN for a resource policy.
    pub policy: String,
    /// The statement's Sid, or its index.
    pub statement: String,
    /// Its index in the policy, from 0.
    pub index: usize,
    /// `Allow` or `Deny`.
    pub effect: String,
    /// `true`, `false` or `unknown`.
    #[serde(rename = "match")]
    pub matches: String,
    /// The first element that does not match, `Resource` for example.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_failed: Option<String>,
}

/// One thing that denies the call.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct CauseReport {
    /// The cause code; stable.
    pub code: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// One line that stands alone.
    pub title: String,
    /// What to know and what to do. Paragraphs are separated by a line break.
    pub detail: String,
    /// The statements or settings.
    #[serde(rename = "where")]
    pub places: Vec<Place>,
    /// The ids of the remedies that remove it.
    pub remedies: Vec<String>,
    /// The code of the cause that denies the call, or may, once this one is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A cause that was looked for and is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuledOut {
    /// The cause code.
    pub code: String,
    /// Why it is none.
    pub because: String,
}

/// A question without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unread {
    /// The kind of question and what it is about: `bucket-policy acme-reports`.
    pub question: String,
    /// The account to ask.
    pub account: Option<String>,
    /// Why there is no answer.
    pub why: String,
    /// The permission, or the step, that would help.
    pub needs: String,
}

/// A question whose answer was read for an earlier diagnosis: what it says may have changed since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Reused {
    /// As in [`Unread::question`].
    pub question: String,
    /// The account that was asked.
    pub account: Option<String>,
    /// When, RFC 3339.
    pub read_at: String,
}

/// A change that would allow the call.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Remedy {
    /// Unique in this report.
    pub id: String,
    /// The kind of change.
    pub kind: String,
    /// Who may apply it.
    pub applicability: Applicability,
    /// The account that it changes.
    pub account: String,
    /// One line for a person.
    pub summary: String,
    /// The commands that make the change.
    pub commands: Vec<String>,
    /// What is there now.
    pub before: String,
    /// What would be there.
    pub after: String,
    /// What was evaluated to prove it.
    pub proof: String,
    /// What became of it, once it was applied.
    pub outcome: Option<String>,
    /// What a person approves it by, where that is possible: the id of its record, and a digest of what would be written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// The change in other forms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snippets: Vec<Snippet>,
}

/// A change as code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Snippet {
    /// The form: `json-patch`, `terraform`, `cloudformation`, `boto3` or `glue`.
    pub form: String,
    /// The text.
    pub text: String,
}

/// Who may apply a remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// May run by itself where its owner opted in.
    Safe,
    /// A person must approve it.
    NeedsApproval,
    /// A person must make the change.
    AdviceOnly,
}
