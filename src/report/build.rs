//! Diagnosis to report.

use super::en;
use super::model::{
    CauseReport, LayerReport, PrincipalReport, Report, RequestReport, RuledOut, SCHEMA, StatementReport, Unread,
    Verdict,
};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{BlockerKind, Input, StatementTrace};
use crate::evidence::{Fact, Question, Why};
use crate::finding::{Cause, Confidence, Finding};
use crate::layer::Layer;
use crate::policy::{Effect, Severity};
use crate::request::{Principal, PrincipalKind, Request};
use crate::truth::Truth;

/// How many statements of a layer are shown beyond those that match.
const NEAR_SHOWN: usize = 3;

/// Puts a diagnosis and its findings into a report.
#[must_use]
pub fn build(diagnosis: &Diagnosis<'_>, findings: &[Finding]) -> Report {
    let denial = diagnosis.denial;
    let principal = Principal::of(&denial.identity);
    Report {
        schema: SCHEMA.to_owned(),
        event_id: denial.event_id.clone(),
        event_time: denial.time.to_string(),
        event_name: denial.event_name.clone(),
        event_source: denial.event_source.clone(),
        error_code: denial.error_code.clone(),
        account: principal.account.map(|account| account.to_string()),
        region: denial.region.clone(),
        verdict: verdict(findings),
        requests: diagnosis.requests.iter().map(request_report).collect(),
        causes: findings.iter().map(|finding| cause(finding, diagnosis)).collect(),
        ruled_out: diagnosis.requests.first().map(|first| ruled_out(first, diagnosis, findings)).unwrap_or_default(),
        unread: unread(diagnosis),
        remedies: Vec::new(),
        principal: PrincipalReport {
            arn: principal.arn.as_ref().map(ToString::to_string),
            kind: kind(&principal.kind).to_owned(),
            account: principal.account.map(|account| account.to_string()),
        },
    }
}

fn kind(kind: &PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::Root => "root",
        PrincipalKind::User => "user",
        PrincipalKind::RoleSession { .. } => "role",
        PrincipalKind::FederatedUser { .. } => "federated-user",
        PrincipalKind::Service(_) => "service",
        PrincipalKind::Anonymous => "anonymous",
        PrincipalKind::Unnamed => "account",
        PrincipalKind::Provider(_) | PrincipalKind::Other => "other",
    }
}

fn verdict(findings: &[Finding]) -> Verdict {
    let Some(first) = findings.first() else { return Verdict::NotReproduced };
    match (&first.cause, first.confidence) {
        (Cause::Unexplained { .. }, _) => Verdict::Unexplained,
        (_, Confidence::Certain) => Verdict::Explained,
        (_, Confidence::Likely | Confidence::Possible) => Verdict::PartlyExplained,
    }
}

fn request_report(assessed: &Assessed<'_>) -> RequestReport {
    let request = &assessed.request;
    RequestReport {
        action: request.action.name().to_owned(),
        resource: request.resource.arn.as_ref().map_or_else(|| "*".to_owned(), ToString::to_string),
        resource_account: request.resource.account.map(|account| account.to_string()),
        decision: assessed.evaluation.possible.name().to_owned(),
        layers: assessed
            .evaluation
            .outcomes
            .iter()
            .map(|(layer, outcome)| LayerReport {
                layer: *layer,
                decision: outcome.possible().name().to_owned(),
                statements: assessed.layer(*layer).map(|input| statements(input, request)).unwrap_or_default(),
            })
            .collect(),
    }
}

/// The statements of a layer that match or may, and the nearest of those that do not allow.
#[must_use]
pub fn statements(input: &Input<'_>, request: &Request) -> Vec<StatementReport> {
    let mut shown = Vec::new();
    for effect in [Effect::Deny, Effect::Allow] {
        let traces = input.traces(request, effect);
        let matching = traces.iter().filter(|trace| trace.matches.possible());
        shown.extend(matching.map(|trace| statement(trace, request)));
        if effect == Effect::Allow {
            let near = traces.iter().filter(|trace| !trace.matches.possible()).take(NEAR_SHOWN);
            shown.extend(near.map(|trace| statement(trace, request)));
        }
    }
    shown
}

fn statement(trace: &StatementTrace<'_>, request: &Request) -> StatementReport {
    let matches = match trace.matches {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    };
    StatementReport {
        policy: trace.policy.to_owned(),
        statement: trace.statement.label(),
        index: trace.statement.index,
        effect: format!("{:?}", trace.statement.effect),
        matches: matches.to_owned(),
        first_failed: trace.first_failed(request),
    }
}

fn cause(finding: &Finding, diagnosis: &Diagnosis<'_>) -> CauseReport {
    CauseReport {
        code: finding.cause.code(),
        confidence: finding.confidence,
        title: en::title(finding, diagnosis),
        detail: en::detail(finding, diagnosis),
        places: finding.places.clone(),
        remedies: Vec::new(),
    }
}

/// What the layers that could be read clear of suspicion.
fn ruled_out(assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>, findings: &[Finding]) -> Vec<RuledOut> {
    let mut ruled = Vec::new();
    for (layer, outcome) in &assessed.evaluation.outcomes {
        let Some(input) = assessed.layer(*layer).filter(|input| input.gaps().next().is_none()) else { continue };
        let policies = input.sources().count();
        let blocks = |kind| assessed.evaluation.blockers.iter().any(|b| b.layer == *layer && b.kind == kind);
        if outcome.deny == Truth::False && policies > 0 {
            let because =
                format!("no statement of {policies} {} denies it", if policies == 1 { "policy" } else { "policies" });
            ruled.push(RuledOut { code: format!("{layer}-explicit-deny"), because });
        }
        if outcome.allow.any() == Truth::True && !blocks(BlockerKind::NoAllow) && policies > 0 {
            let traces = input.traces(&assessed.request, Effect::Allow);
            let allowing = traces.iter().find(|trace| trace.matches == Truth::True);
            let because =
                allowing.map(|t| format!("{} of {} allows it", en::code(&t.statement.label()), en::code(t.policy)));
            ruled.extend(because.map(|because| RuledOut { code: format!("{layer}-no-allow"), because }));
        }
        if *layer == Layer::BlockPublicAccess && outcome.deny == Truth::False {
            let unread = diagnosis.evidence.iter().any(|(question, fact)| {
                let setting = matches!(
                    question,
                    Question::BucketPublicAccessBlock(_) | Question::AccountPublicAccessBlock { .. }
                );
                setting && matches!(fact, Fact::Unreadable(_))
            });
            let because = if unread {
                "whatever its settings, it does not concern this request"
            } else {
                "no setting in force denies it"
            };
            ruled.push(RuledOut { code: layer.to_string(), because: because.to_owned() });
        }
    }
    ruled.retain(|row| findings.iter().all(|finding| finding.cause.code() != row.code));
    ruled
}

/// Questions without an answer, and layers that no question asks for.
fn unread(diagnosis: &Diagnosis<'_>) -> Vec<Unread> {
    let mut rows: Vec<Unread> = diagnosis
        .evidence
        .iter()
        .filter_map(|(question, fact)| match fact {
            Fact::Unreadable(why) => Some(Unread {
                question: format!("{} {}", question.spec().name, question.target()),
                account: Some(question.account().to_string()),
                why: en::why(why),
                needs: en::needs(question, why),
            }),
            Fact::Known(_) | Fact::Absent => None,
        })
        .collect();
    for assessed in &diagnosis.requests {
        for input in &assessed.world.inputs {
            let of_resource = matches!(input.layer, Layer::Rcp | Layer::ResourcePolicy | Layer::AccessPointPolicy);
            let request = &assessed.request;
            let account = if of_resource { request.resource.account } else { request.principal.account };
            for source in input.sources() {
                let account = account.map(|a| a.to_string());
                if let Ok(policy) = source.content {
                    rows.extend(policy.problems.iter().filter(|p| p.severity == Severity::Broken).map(|problem| {
                        Unread {
                            question: source.label.clone(),
                            account: account.clone(),
                            why: en::malformed(problem),
                            needs: "a policy that can be understood".to_owned(),
                        }
                    }));
                }
                let gone = source.content.as_ref().err().and_then(|gap| gap.question.as_ref());
                if let Some(question) = gone.filter(|question| diagnosis.evidence.get(question) == Some(&Fact::Absent))
                {
                    rows.push(Unread {
                        question: format!("{} {}", question.spec().name, question.target()),
                        account: account.clone(),
                        why: "it is not there any more: it was deleted since".to_owned(),
                        needs: "nothing: what it allowed is gone with it".to_owned(),
                    });
                    continue;
                }
                let Some(gap) = source.content.as_ref().err().filter(|gap| gap.question.is_none()) else { continue };
                let needs =
                    if gap.why == Why::NotAsked { "a look by a person" } else { "an event that names the account" };
                rows.push(Unread {
                    question: source.label.clone(),
                    account,
                    why: en::why(&gap.why),
                    needs: needs.to_owned(),
                });
            }
        }
    }
    let mut seen = Vec::new();
    rows.retain(|row| {
        let new = !seen.contains(row);
        if new {
            seen.push(row.clone());
        }
        new
    });
    rows
}
