//! # Neither a bucket policy nor the ACL lets the caller in
//!
//! **Means**: the caller is outside of the bucket's account, the bucket has no policy, and ACLs count: only a grant in
//! the ACL could let the caller in, and there is none.
//!
//! **We know** by the ACL and the bucket's Object Ownership.
//!
//! **To do**: a statement in a bucket policy; a grant in the ACL would do as well, but AWS advises against ACLs.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{AclUse, BlockerKind, bucket_ref, object_questions, permission_of};
use crate::evidence::{Acl, Answer, Question};
use crate::finding::{Cause, Confidence, Finding, Place};
use crate::layer::Layer;
use crate::truth::Truth;

/// Whether the finding speaks for the bucket's missing policy as well.
pub(super) fn covers(diagnosis: &Diagnosis<'_>, request: usize) -> bool {
    diagnosis.requests.get(request).is_some_and(|assessed| one(diagnosis, request, assessed).is_some())
}

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    diagnosis.requests.iter().enumerate().filter_map(|(index, assessed)| one(diagnosis, index, assessed)).collect()
}

fn one(diagnosis: &Diagnosis<'_>, index: usize, assessed: &Assessed<'_>) -> Option<Finding> {
    let silent = assessed.evaluation.outcomes.iter().any(|row| row.0 == Layer::Acl && row.1.allow.any() == Truth::False);
    let no_policy = assessed.layer(Layer::ResourcePolicy)?.sources().next().is_none();
    let blocks = |b: &&crate::evaluate::Blocker| b.layer == Layer::ResourcePolicy && b.kind == BlockerKind::NoAllow;
    let blocker = assessed.evaluation.blockers.iter().find(blocks)?;
    if !silent || !no_policy || assessed.world.foreign != Truth::False {
        return None;
    }
    let (on, acl) = acl(diagnosis, assessed)?;
    let (_, permission) = permission_of(&assessed.request)?;
    let place = Place {
        policy: on.clone(),
        statement: String::new(),
        element: "Grants".to_owned(),
        wanted: format!("{permission:?} or FullControl for the caller's account"),
        actual: "no grant to the caller".to_owned(),
    };
    let confidence = if blocker.certain { Confidence::Certain } else { Confidence::Possible };
    Some(Finding { cause: Cause::AclNoGrant { on, acl }, confidence, request: index, places: vec![place] })
}

/// The ACL that the action looks at, if it could be read.
fn acl(diagnosis: &Diagnosis<'_>, assessed: &Assessed<'_>) -> Option<(String, Acl)> {
    let target = assessed.request.s3.as_ref()?;
    let bucket = bucket_ref(target, &diagnosis.denial.region)?;
    let (scope, _) = permission_of(&assessed.request)?;
    let question = match scope {
        AclUse::Bucket => Question::BucketAcl(bucket),
        AclUse::Object => object_questions(target, &bucket)?.1,
    };
    let on = assessed.request.resource.arn.as_ref()?.to_string();
    let acl = diagnosis.evidence.fact(&question, Answer::as_acl).known().copied()?.clone();
    Some((on, acl))
}
