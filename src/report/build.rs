//! Diagnosis to report.

use jiff::Timestamp;

use super::model::{
    Applicability, CauseReport, LayerReport, PrincipalReport, Remedy, Report, RequestReport, Reused, RuledOut, SCHEMA,
    Snippet, StatementReport, Unread, Verdict, ViewerReport,
};
use super::{en, notes};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{BlockerKind, Input, StatementTrace, ViewerWorld};
use crate::event::{Category, Denial, Viewer};
use crate::evidence::{Fact, Question, Why};
use crate::finding::{Cause, Confidence, Finding};
use crate::layer::Layer;
use crate::policy::{Effect, Severity};
use crate::remedy::{self, Class, Image, Record, Remedy as Proven};
use crate::request::{Principal, PrincipalKind, Request};
use crate::truth::Truth;

/// How many statements of a layer are shown beyond those that match.
const NEAR_SHOWN: usize = 3;

/// Puts a diagnosis and its findings into a report.
#[must_use]
pub fn build(diagnosis: &Diagnosis<'_>, findings: &[Finding], remedies: &[Vec<Proven>]) -> Report {
    let denial = diagnosis.denial;
    let (remedies, ids) = remedy_reports(remedies);
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
        viewer: denial.viewer.as_ref().map(|viewer| viewer_report(viewer, denial)),
        verdict: verdict(findings),
        requests: diagnosis.requests.iter().map(request_report).collect(),
        causes: findings
            .iter()
            .zip(ids)
            .enumerate()
            .map(|(index, (finding, ids))| cause(finding, findings.get(index + 1), diagnosis, ids))
            .collect(),
        ruled_out: diagnosis.requests.first().map(|first| ruled_out(first, diagnosis, findings)).unwrap_or_default(),
        unread: unread(diagnosis),
        stated: notes::stated(diagnosis),
        notes: notes::notes(diagnosis, findings),
        reused: reused(diagnosis),
        remedies,
        principal: PrincipalReport {
            arn: name(&principal, denial),
            kind: kind(&principal.kind).to_owned(),
            who: en::who(&principal, denial),
            account: principal.account.map(|account| account.to_string()),
        },
    }
}

fn viewer_report(viewer: &Viewer, denial: &Denial) -> ViewerReport {
    ViewerReport {
        address: denial.source_ip.clone(),
        country: viewer.country.clone(),
        url: viewer.url(),
        distribution: viewer.distribution.clone(),
        account: viewer.account.map(|account| account.to_string()),
    }
}

/// The caller's ARN, the name of a service that acts for itself, or the user's name at an identity provider.
fn name(principal: &Principal, denial: &Denial) -> Option<String> {
    match &principal.kind {
        PrincipalKind::Service(name) => Some(name.clone()).filter(|name| !name.is_empty()),
        PrincipalKind::Provider(_) => denial.identity.user_name.clone(),
        PrincipalKind::Root
        | PrincipalKind::User
        | PrincipalKind::RoleSession { .. }
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Anonymous
        | PrincipalKind::OriginAccessIdentity
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => principal.arn.as_ref().map(ToString::to_string),
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
        PrincipalKind::OriginAccessIdentity => "origin-access-identity",
        PrincipalKind::Unnamed => "account",
        PrincipalKind::Provider(_) | PrincipalKind::Other => "other",
    }
}

fn verdict(findings: &[Finding]) -> Verdict {
    let Some(first) = findings.first() else { return Verdict::NotReproduced };
    match (&first.cause, first.confidence) {
        (Cause::Unexplained { .. }, _) => Verdict::Unexplained,
        (Cause::ChangedSince { .. }, _) => Verdict::NotReproduced,
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
        ways: Some(assessed.ways_out()).filter(|ways| ways.len() > 1).unwrap_or_default(),
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

/// Each change once, and for each cause the ids of its own. `remedies` has a list for each cause.
fn remedy_reports(remedies: &[Vec<Proven>]) -> (Vec<Remedy>, Vec<Vec<String>>) {
    let mut seen: Vec<&Proven> = Vec::new();
    let mut reports = Vec::new();
    let mut ids = Vec::new();
    for of_cause in remedies {
        let mut own = Vec::new();
        for remedy in of_cause {
            let place = seen.iter().position(|known| known.change() == remedy.change());
            let place = place.unwrap_or_else(|| {
                seen.push(remedy);
                reports.push(remedy_report(seen.len(), remedy));
                seen.len() - 1
            });
            own.push(remedy_id(place + 1));
        }
        ids.push(own);
    }
    (reports, ids)
}

fn remedy_id(number: usize) -> String {
    format!("r{number}")
}

fn remedy_report(number: usize, remedy: &Proven) -> Remedy {
    let (before, after) = en::before_and_after(remedy.change());
    let (commands, snippets): (Vec<_>, Vec<_>) =
        remedy::snippets(remedy.change()).into_iter().partition(|snippet| snippet.form == "cli");
    Remedy {
        id: remedy_id(number),
        kind: remedy.kind().to_owned(),
        applicability: match remedy.class() {
            Class::Safe => Applicability::Safe,
            Class::NeedsApproval => Applicability::NeedsApproval,
            Class::AdviceOnly => Applicability::AdviceOnly,
        },
        account: remedy.change().account().map_or_else(|| "not known".to_owned(), |account| account.to_string()),
        summary: en::summary(remedy),
        commands: commands.into_iter().map(|snippet| snippet.text).collect(),
        before,
        after,
        proof: en::proof(remedy.proof()),
        outcome: None,
        approval: None,
        snippets: snippets
            .into_iter()
            .map(|snippet| Snippet { form: snippet.form.to_owned(), text: snippet.text })
            .collect(),
    }
}

/// A change that was made for the same denial before this report, by its record: the evidence plans it no more.
#[must_use]
pub fn recorded(record: &Record, number: usize) -> Remedy {
    let image = |image: &Image| serde_json::to_string(image).unwrap_or_default();
    Remedy {
        id: remedy_id(number),
        kind: record.kind.clone(),
        applicability: Applicability::Safe,
        account: record.edit.place.account().to_string(),
        summary: "what an earlier try of this event changed".to_owned(),
        commands: Vec::new(),
        before: image(&record.edit.before),
        after: image(&record.edit.after),
        proof: String::new(),
        outcome: None,
        approval: None,
        snippets: Vec::new(),
    }
}

/// `next` is the cause that is left once this one is gone.
fn cause(finding: &Finding, next: Option<&Finding>, diagnosis: &Diagnosis<'_>, remedies: Vec<String>) -> CauseReport {
    let mut detail = en::detail(finding, diagnosis);
    if let Some(next) = next {
        detail.extend(["\n", &en::after_this(next)]);
    }
    CauseReport {
        code: finding.cause.code(),
        confidence: finding.confidence,
        title: en::title(finding, diagnosis),
        detail,
        places: finding.places.clone(),
        remedies,
        next: next.map(|next| next.cause.code()),
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
            let because = if input.levels() > 1 {
                Some(format!("each of its {} levels allows it", input.levels()))
            } else {
                allowing.map(|t| format!("{} of {} allows it", en::code(&t.statement.label()), en::code(t.policy)))
            };
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

/// Answers that are from before this diagnosis.
fn reused(diagnosis: &Diagnosis<'_>) -> Vec<Reused> {
    let earlier = diagnosis.evidence.readings().filter_map(|(question, reading)| Some((question, reading.earlier?)));
    let row = |(question, read_at): (&Question, Timestamp)| Reused {
        question: named(question),
        account: question.account().map(|account| account.to_string()),
        read_at: read_at.to_string(),
    };
    earlier.map(row).collect()
}

/// A question in a word, and what it is about.
fn named(question: &Question) -> String {
    format!("{} {}", question.spec().name, question.target())
}

/// A distribution that nobody knows where to ask for.
fn unread_distribution(diagnosis: &Diagnosis<'_>) -> Option<Unread> {
    let why = Why::AccountUnknown;
    let unread = |world: &ViewerWorld<'_>| world.distribution == Fact::Unreadable(why.clone());
    diagnosis.viewer.as_ref().filter(|world| unread(world))?;
    let name = diagnosis.denial.viewer.as_ref().and_then(|viewer| viewer.distribution.clone()).unwrap_or_default();
    Some(Unread {
        question: format!("cloudfront-distribution {name}").trim_end().to_owned(),
        account: None,
        why: en::why(&why),
        needs: en::LOG_ACCOUNT.to_owned(),
    })
}

/// Questions without an answer, and layers that no question asks for.
fn unread(diagnosis: &Diagnosis<'_>) -> Vec<Unread> {
    let mut rows: Vec<Unread> = diagnosis
        .evidence
        .iter()
        .filter_map(|(question, fact)| match fact {
            Fact::Unreadable(why) => Some(Unread {
                question: named(question),
                account: question.account().map(|account| account.to_string()),
                why: en::why(why),
                needs: en::needs(question, why),
            }),
            Fact::Known(_) | Fact::Absent => None,
        })
        .collect();
    rows.extend(unread_distribution(diagnosis));
    // Where AWS did not accept the credentials, no layer matters.
    let asked = diagnosis.denial.category != Category::Credentials;
    for assessed in diagnosis.requests.iter().filter(|_| asked) {
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
                let Err(gap) = &source.content else { continue };
                rows.extend(match &gap.question {
                    None => Some(Unread {
                        question: source.label.clone(),
                        account,
                        why: en::why(&gap.why),
                        needs: en::unasked(&gap.why).to_owned(),
                    }),
                    // What was answered, and says by itself too little.
                    Some(question) if diagnosis.evidence.get(question) == Some(&Fact::Absent) => Some(Unread {
                        question: named(question),
                        account,
                        why: en::why(&gap.why),
                        needs: en::needs(question, &gap.why),
                    }),
                    Some(_) => None,
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
