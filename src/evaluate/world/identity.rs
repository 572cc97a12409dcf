//! The caller's side: identity policies, permissions boundary, session policies.

use super::{missing, policies, source, unknown};
use crate::arn::Arn;
use crate::evaluate::layer::{Input, Source};
use crate::evaluate::statement::Shape;
use crate::evidence::{Answer, Entity, EntityKind, Fact, Lookup, Question, SessionRef, Why};
use crate::layer::Layer;
use crate::request::{Principal, PrincipalKind, Request};

/// The layers of the caller's side.
pub(super) fn layers<'e>(request: &Request, lookup: &Lookup<'e>, region: &str, inputs: &mut Vec<Input<'e>>) {
    let caller = &request.principal;
    match &caller.kind {
        // Root users have no policies of their own, and these callers belong to no account.
        PrincipalKind::Root
        | PrincipalKind::Service(_)
        | PrincipalKind::Anonymous
        | PrincipalKind::OriginAccessIdentity
        | PrincipalKind::Provider(_) => return,
        PrincipalKind::User
        | PrincipalKind::RoleSession { .. }
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => {}
    }
    // The same policies, by another name in reports: they are about the key, not about what it encrypts.
    let layer = if request.action.service() == "kms" { Layer::KmsIdentityPolicy } else { Layer::IdentityPolicy };
    let Some(entity) = caller.entity() else {
        inputs.push(unknown(layer, Shape::Identity, "policies of the caller", None, Why::CallerUnknown));
        return;
    };
    inputs.push(policies(layer, Shape::Identity, identity_policies(&entity, lookup)));
    let question = Question::Identity(entity.clone());
    match lookup.fact(&question, Answer::as_identity) {
        Fact::Known(info) => {
            if let Some(arn) = &info.boundary {
                let question = Question::ManagedPolicy { account: entity.account, arn: arn.clone() };
                let sources = source(arn.to_string(), question, lookup).into_iter().collect();
                inputs.push(policies(Layer::PermissionsBoundary, Shape::Identity, sources));
            }
        }
        unread @ (Fact::Absent | Fact::Unreadable(_)) => {
            let source = gap("permissions boundary", question, unread);
            inputs.push(policies(Layer::PermissionsBoundary, Shape::Identity, vec![source]));
        }
    }
    // A user's long-term key has no session policy, and GetSessionToken takes none.
    if entity.kind == EntityKind::Role || matches!(caller.kind, PrincipalKind::FederatedUser { .. }) {
        inputs.extend(session(caller, &entity, lookup, region));
    }
}

/// How the session of a caller is asked for; `None` if the record does not tell enough.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>
#[must_use]
pub(in super::super) fn session_question(caller: &Principal, region: &str) -> Option<Question> {
    let session = caller.session.as_ref()?;
    let arn = caller.arn.as_ref()?;
    let (of, name) = match &caller.kind {
        PrincipalKind::FederatedUser { .. } => (arn.resource_of_type("federated-user")?, ""),
        PrincipalKind::RoleSession { .. } => arn.resource_of_type("assumed-role")?.split_once('/')?,
        PrincipalKind::Root
        | PrincipalKind::User
        | PrincipalKind::Provider(_)
        | PrincipalKind::Service(_)
        | PrincipalKind::Anonymous
        | PrincipalKind::OriginAccessIdentity
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => return None,
    };
    Some(Question::Session(SessionRef {
        account: arn.account()?,
        region: region.to_owned(),
        of: of.to_owned(),
        session: name.to_owned(),
        created: session.created,
        access_key: session.access_key.clone(),
    }))
}

/// Who makes the sessions of a location's role, each for the scope of a grant.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html>
const ACCESS_GRANTS: &str = "access-grants.s3.amazonaws.com";

/// The session policies; `None` if the session has none.
fn session<'e>(caller: &Principal, entity: &Entity, lookup: &Lookup<'e>, region: &str) -> Option<Input<'e>> {
    let label = "session policies";
    let unread = |question, why| Some(unknown(Layer::SessionPolicy, Shape::Identity, label, question, why));
    let Some(question) = session_question(caller, region) else { return unread(None, Why::NotAsked) };
    let info = match lookup.fact(&question, Answer::as_session) {
        Fact::Known(info) => info,
        // That no record is left does not mean that no policy was passed.
        Fact::Absent => return unread(Some(question), Why::NoRecord),
        Fact::Unreadable(why) => return unread(Some(question), why),
    };
    let mut sources: Vec<_> = info
        .policy
        .iter()
        .map(|document| Source { label: "session policy".to_owned(), content: Ok(document.policy()) })
        .collect();
    for arn in &info.policy_arns {
        let question = Question::ManagedPolicy { account: entity.account, arn: arn.clone() };
        sources.extend(source(arn.to_string(), question, lookup));
    }
    // Its scope is part of the session, whether the record shows it or not.
    let label = "scope of the session of S3 Access Grants";
    if info.by.as_deref() == Some(ACCESS_GRANTS) && info.policy.is_none() {
        return Some(unknown(Layer::SessionPolicy, Shape::Identity, label, None, Why::NotShown));
    }
    // A federated session without a policy may do nothing but what resource policies let it.
    let federated = matches!(caller.kind, PrincipalKind::FederatedUser { .. });
    let passed = info.policy.is_some() || !info.policy_arns.is_empty();
    (passed || federated).then(|| policies(Layer::SessionPolicy, Shape::Identity, sources))
}

/// A list or an identity that should be there, and is not readable or gone.
fn gap<'e, T>(label: &str, question: Question, fact: Fact<T>) -> Source<'e> {
    let why = match fact {
        Fact::Unreadable(why) => why,
        Fact::Absent | Fact::Known(_) => Why::Gone,
    };
    missing(label, Some(question), why)
}

/// Inline and managed policies of a user or role; of a user, those of its groups as well.
fn identity_policies<'e>(entity: &Entity, lookup: &Lookup<'e>) -> Vec<Source<'e>> {
    let mut sources = policies_of(entity, lookup, "");
    if entity.kind != EntityKind::User {
        return sources;
    }
    let question = Question::Groups(entity.clone());
    match lookup.fact(&question, Answer::as_names) {
        Fact::Known(groups) => {
            for name in groups {
                let group = Entity { kind: EntityKind::Group, account: entity.account, name: name.clone() };
                sources.extend(policies_of(&group, lookup, &format!("{name}/")));
            }
        }
        unread @ (Fact::Absent | Fact::Unreadable(_)) => sources.push(gap("groups", question, unread)),
    }
    sources
}

/// Inline and managed policies of one entity. `prefix` stands before the names of inline policies.
fn policies_of<'e>(entity: &Entity, lookup: &Lookup<'e>, prefix: &str) -> Vec<Source<'e>> {
    let mut sources = Vec::new();
    let question = Question::InlinePolicies(entity.clone());
    match lookup.fact(&question, Answer::as_names) {
        Fact::Known(names) => {
            for name in names {
                let question = Question::InlinePolicy { of: entity.clone(), policy: name.clone() };
                sources.extend(source(format!("inline:{prefix}{name}"), question, lookup));
            }
        }
        unread @ (Fact::Absent | Fact::Unreadable(_)) => sources.push(gap("inline policies", question, unread)),
    }
    let question = Question::AttachedPolicies(entity.clone());
    match lookup.fact(&question, Answer::as_names) {
        Fact::Known(arns) => {
            for text in arns {
                if let Ok(arn) = text.parse::<Arn>() {
                    let question = Question::ManagedPolicy { account: entity.account, arn };
                    sources.extend(source(text.clone(), question, lookup));
                } else {
                    sources.push(missing(text, Some(question.clone()), Why::Garbled));
                }
            }
        }
        unread @ (Fact::Absent | Fact::Unreadable(_)) => sources.push(gap("managed policies", question, unread)),
    }
    sources
}
