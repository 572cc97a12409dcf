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
    Some(Unread {
        question: format!("cloudfront-distribution {name}").trim_end().to_owned(),
        account: None,
        why: en::why(&why),
        needs: en::LOG_ACCOUNT.to_owned(),
    })
}

/// Questions without an answer, and layers that no question asks for.
pub(super) fn unread(diagnosis: &Diagnosis<'_>) -> Vec<Unread> {
    let is_of_owner = |question: &Question| matches!(question, Question::OwnedBucket(_) | Question::BucketOwner { .. });
    let mut rows: Vec<Unread> = diagnosis
        .evidence
        .iter()
        .filter(|(question, _)| !is_of_owner(question))
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
        let unknown = UnknownOwner::of(&assessed.request, diagnosis.denial, diagnosis.evidence);
        rows.extend(unknown.as_ref().map(|unknown| Unread {
            question: format!("bucket-owner {}", unknown.bucket),
            account: None,
            why: en::owner::why(unknown),
            needs: en::owner::needs(unknown),
        }));
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
                    // All that is the owner's, which is told once.
                    None if unknown.is_some() && gap.why == Why::AccountUnknown => None,
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
