//! An ARN in a policy is written as its author meant it.

use super::{Change, Class, Kind, PolicyPlace, document, is_changeable, resource_policy};
use crate::arn::Arn;
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Document, Question};
use crate::finding::{Cause, Finding, Hint};
use crate::layer::Layer;
use crate::request::Request;

pub(super) const KIND: Kind = Kind {
    name: "repaired-arn",
    class: Class::NeedsApproval,
    about: "writes one ARN of a statement as it was meant: without its space, or with the right partition; or adds beside the bucket its objects, `/*`, or beside these the bucket. All else stays. It is new access, to all that the new ARN names. Undo: put the old policy back.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let Cause::NoAllow { layer, near: Some(near), .. } = &finding.cause else { return None };
    let hint = near.hint.as_ref()?;
    let (written, meant) = if let Hint::SpaceInArn { written, meant } = hint {
        (written.clone(), meant.clone())
    } else if let Hint::ObjectsMissing { written, meant } | Hint::BucketMissing { written, meant } = hint {
        // What is there may serve the statement's other actions, so it stays.
        let (on, before) = policy(diagnosis, *layer, &near.policy, assessed)?;
        let after = before.with_more_resource(&near.statement, written, meant)?;
        return Some(Change::Policy { on, before: Some(before), after });
    } else if let Hint::OtherPartition { written, partition } = hint {
        let (_, rest) = written.split_once(':')?.1.split_once(':')?;
        (written.clone(), format!("arn:{partition}:{rest}"))
    } else {
        return None;
    };
    let (on, before) = policy(diagnosis, *layer, &near.policy, assessed)?;
    let after = before.with_resource(&near.statement, &written, &meant)?;
    Some(Change::Policy { on, before: Some(before), after })
}

/// The policy of a near miss, if it is one that its owner can change.
fn policy(
    diagnosis: &Diagnosis<'_>,
    layer: Layer,
    label: &str,
    assessed: &Assessed<'_>,
) -> Option<(PolicyPlace, Document)> {
    let request = &assessed.request;
    if !matches!(layer, Layer::IdentityPolicy | Layer::KmsIdentityPolicy) {
        let (on, before) = resource_policy(diagnosis, layer, request, Some(label))?;
        return Some((on, before?));
    }
    let (on, question) = identity_place(label, request)?;
    let before = document(diagnosis, &question).ok()??;
    Some((on, before))
}

/// A policy of the caller's own by its name in the report.
fn identity_place(label: &str, request: &Request) -> Option<(PolicyPlace, Question)> {
    if !is_changeable(request) {
        return None;
    }
    let entity = request.principal.entity()?;
    if let Some(name) = label.strip_prefix("inline:") {
        // A group's policy is for all of its members.
        if name.contains('/') {
            return None;
        }
        let policy = name.to_owned();
        let question = Question::InlinePolicy { of: entity.clone(), policy: policy.clone() };
        return Some((PolicyPlace::Inline { entity, policy }, question));
    }
    let arn: Arn = label.parse().ok()?;
    let account = arn.account()?;
    let question = Question::ManagedPolicy { account: entity.account, arn: arn.clone() };
    Some((PolicyPlace::Managed { account, arn }, question))
}
