//! Asks the questions that a denial raises: all that do not wait for each other at once, none twice.

use futures_util::future::join_all;

use crate::evaluate::{AclUse, bucket_ref, object_questions, permission_of};
use crate::evidence::{Answer, BucketRef, Entity, EntityKind, Evidence, Fact, ObjectOwnership, Question};
use crate::ports::Reader;
use crate::request::{Makes, PrincipalKind, Request};

/// Questions come in rounds: what a round's answers raise is asked in the next. Names of policies lead to policies,
/// users lead to groups, and these to policies; nothing is deeper.
const MAX_ROUNDS: usize = 6;

/// Asks `reader` all that decides the requests. `region` is where the call went.
pub async fn gather<R: Reader>(requests: &[Request], region: &str, reader: &R) -> Evidence {
    let mut evidence = Evidence::default();
    for _ in 0..MAX_ROUNDS {
        let questions = open_questions(requests, region, &evidence);
        if questions.is_empty() {
            break;
        }
        let answers = join_all(questions.iter().map(|question| reader.ask(question))).await;
        for (question, fact) in questions.into_iter().zip(answers) {
            evidence.insert(question, fact);
        }
    }
    evidence
}

/// What to ask next: the questions that the requests raise, given the answers so far, without those that were asked.
#[must_use]
pub fn open_questions(requests: &[Request], region: &str, evidence: &Evidence) -> Vec<Question> {
    let mut raised = Vec::new();
    for request in requests {
        if let Some(entity) = request.principal.entity() {
            identity(&entity, evidence, &mut raised);
        }
        s3(request, region, evidence, &mut raised);
    }
    raised.retain(|question| evidence.get(question).is_none());
    raised.sort();
    raised.dedup();
    raised
}

fn identity(entity: &Entity, evidence: &Evidence, raised: &mut Vec<Question>) {
    let question = Question::Identity(entity.clone());
    if let Fact::Known(info) = evidence.fact(&question, Answer::as_identity) {
        raised.extend(
            info.boundary.iter().map(|arn| Question::ManagedPolicy { account: entity.account, arn: arn.clone() }),
        );
    }
    raised.push(question);
    policies(entity, evidence, raised);
    if entity.kind == EntityKind::User {
        let question = Question::Groups(entity.clone());
        if let Fact::Known(groups) = evidence.fact(&question, Answer::as_names) {
            for name in groups {
                let group = Entity { kind: EntityKind::Group, account: entity.account, name: name.clone() };
                policies(&group, evidence, raised);
            }
        }
        raised.push(question);
    }
}

fn policies(entity: &Entity, evidence: &Evidence, raised: &mut Vec<Question>) {
    let inline = Question::InlinePolicies(entity.clone());
    if let Fact::Known(names) = evidence.fact(&inline, Answer::as_names) {
        raised.extend(names.iter().map(|name| Question::InlinePolicy { of: entity.clone(), policy: name.clone() }));
    }
    let attached = Question::AttachedPolicies(entity.clone());
    if let Fact::Known(arns) = evidence.fact(&attached, Answer::as_names) {
        let arns = arns.iter().filter_map(|text| text.parse().ok());
        raised.extend(arns.map(|arn| Question::ManagedPolicy { account: entity.account, arn }));
    }
    raised.extend([inline, attached]);
}

fn s3(request: &Request, region: &str, evidence: &Evidence, raised: &mut Vec<Question>) {
    let Some(target) = request.s3.as_ref().filter(|target| target.makes != Makes::Bucket) else { return };
    let Some(bucket) = bucket_ref(target, region) else { return };
    let ownership = Question::BucketOwnership(bucket.clone());
    let acls_may_count = match evidence.fact(&ownership, Answer::as_ownership) {
        Fact::Known(ownership) => ownership != ObjectOwnership::BucketOwnerEnforced,
        Fact::Absent => true,
        // Not yet asked, or no answer: the ACL is worth a question only once it may count.
        Fact::Unreadable(_) => evidence.get(&ownership).is_some(),
    };
    if let Some((object, acl)) = object_questions(target, &bucket) {
        let there = !matches!(evidence.fact(&object, Answer::as_object), Fact::Absent);
        let in_object_acl = permission_of(request).is_some_and(|row| row.0 == AclUse::Object);
        if acls_may_count && there && in_object_acl && evidence.get(&object).is_some() {
            raised.push(acl);
        }
        raised.push(object);
    }
    if acls_may_count {
        canonical_id(request, &bucket, region, raised);
    }
    raised.push(Question::AccountPublicAccessBlock { account: bucket.account, region: region.to_owned() });
    raised.extend([
        ownership,
        Question::BucketLocation(bucket.clone()),
        Question::BucketPolicy(bucket.clone()),
        Question::BucketAcl(bucket.clone()),
        Question::BucketPublicAccessBlock(bucket),
    ]);
}

/// ACLs name accounts by an id of their own. The bucket's own is in its ACL.
fn canonical_id(request: &Request, bucket: &BucketRef, region: &str, raised: &mut Vec<Question>) {
    let caller = &request.principal;
    match (caller.account, &caller.kind) {
        (_, PrincipalKind::Service(_)) | (None, _) => {}
        (Some(account), _) if account == bucket.account => {}
        (Some(account), _) => raised.push(Question::CanonicalId { account, region: region.to_owned() }),
    }
}
