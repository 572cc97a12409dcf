//! What could not be read, for reports.

use super::en;
use super::model::Unread;
use crate::diagnosis::Diagnosis;
use crate::evaluate::{UnknownOwner, ViewerWorld};
use crate::event::Category;
use crate::evidence::{Fact, Question, Why};
use crate::layer::Layer;
use crate::policy::Severity;

/// A question in a word, and what it is about.
pub(super) fn named(question: &Question) -> String {
    format!("{} {}", question.spec().name, question.target())
}

/// A distribution that nobody knows where to ask for.
fn unread_distribution(diagnosis: &Diagnosis<'_>) -> Option<Unread> {
    let why = Why::AccountUnknown;
    let unread = |world: &ViewerWorld<'_>| world.distribution == Fact::Unreadable(why.clone());
    diagnosis.viewer.as_ref().filter(|world| unread(world))?;
    let name = diagnosis.denial.viewer.as_ref().and_then(|viewer| viewer.distribution.clone()).unwrap_or_default();
    let question = format!("cloudfront-distribution {name}").trim_end().to_owned();
    Some(Unread::new(question, None, en::why(&why), en::Help::step(en::LOG_ACCOUNT)))
}

/// Questions without an answer, and layers that no question asks for.
pub(super) fn unread(diagnosis: &Diagnosis<'_>) -> Vec<Unread> {
    let is_of_owner = |question: &Question| matches!(question, Question::OwnedBucket(_) | Question::BucketOwner { .. });
    let mut rows: Vec<Unread> = diagnosis
        .evidence
        .iter()
        .filter(|(question, _)| !is_of_owner(question))
        .filter_map(|(question, fact)| match fact {
            Fact::Unreadable(why) => {
                Some(Unread::new(named(question), question.account(), en::why(why), en::help(question, why)))
            }
            Fact::Known(_) | Fact::Absent => None,
        })
        .collect();
    rows.extend(unread_distribution(diagnosis));
    // Where AWS did not accept the credentials, no layer matters.
    let asked = diagnosis.denial.category != Category::Credentials;
    for assessed in diagnosis.requests.iter().filter(|_| asked) {
        let unknown = UnknownOwner::of(&assessed.request, diagnosis.denial, diagnosis.evidence);
        rows.extend(unknown.as_ref().map(|unknown| {
            let help = en::Help::step(&en::owner::needs(unknown));
            Unread::new(format!("bucket-owner {}", unknown.bucket), None, en::owner::why(unknown), help)
        }));
        for input in &assessed.world.inputs {
            let of_resource = matches!(input.layer, Layer::Rcp | Layer::ResourcePolicy | Layer::AccessPointPolicy);
            let request = &assessed.request;
            let account = if of_resource { request.resource.account } else { request.principal.account };
            for source in input.sources() {
                if let Ok(policy) = source.content {
                    rows.extend(policy.problems.iter().filter(|p| p.severity == Severity::Broken).map(|problem| {
                        let help = en::Help::step("a policy that can be understood");
                        Unread::new(source.label.clone(), account, en::malformed(problem), help)
                    }));
                }
                let Err(gap) = &source.content else { continue };
                rows.extend(match &gap.question {
                    // All that is the owner's, which is told once.
                    None if unknown.is_some() && gap.why == Why::AccountUnknown => None,
                    None => {
                        let help = en::Help::step(en::unasked(&gap.why));
                        Some(Unread::new(source.label.clone(), account, en::why(&gap.why), help))
                    }
                    // What was answered, and says by itself too little.
                    Some(question) if diagnosis.evidence.get(question) == Some(&Fact::Absent) => {
                        let help = en::help(question, &gap.why);
                        Some(Unread::new(named(question), account, en::why(&gap.why), help))
                    }
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
