//! Whether S3 Access Grants grant what is asked of them.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-credentials.html>

use super::rule;
use crate::arn::Arn;
use crate::evaluate::layer::{Input, Outcome};
use crate::evidence::{AccessGrant, Answer, Fact, GrantedAccess, Lookup, Question};
use crate::layer::Layer;
use crate::request::{DataAccess, PrincipalKind, Request};
use crate::truth::Truth;

/// The layer of the grants; `None` for a request that asks nothing of them.
pub(super) fn layer<'e>(request: &Request, lookup: &Lookup<'e>) -> Option<Input<'e>> {
    let wanted = request.data_access.as_ref()?;
    let granted = match question(request).map(|question| lookup.fact(&question, Answer::as_access_grants)) {
        Some(Fact::Known(grants)) => covers(wanted, grants),
        // Without an instance S3 answers with another code.
        Some(Fact::Absent | Fact::Unreadable(_)) | None => Truth::Unknown,
    };
    // Grants to people and groups of a directory are not read.
    let deny = if wanted.for_directory { Truth::Unknown.and(!granted) } else { !granted };
    Some(rule(Layer::AccessGrants, Outcome { deny, ..Outcome::PASS }))
}

/// How the grants to the caller are asked for.
#[must_use]
pub(crate) fn question(request: &Request) -> Option<Question> {
    request.data_access.as_ref()?;
    let instance = request.resource.arn.as_ref()?;
    let grantee = grantee(request)?.clone();
    Some(Question::AccessGrants { account: instance.account()?, region: instance.region().to_owned(), grantee })
}

/// Grants are to users and to roles.
fn grantee(request: &Request) -> Option<&Arn> {
    match &request.principal.kind {
        PrincipalKind::User => request.principal.arn.as_ref(),
        PrincipalKind::RoleSession { role } => role.as_ref(),
        PrincipalKind::Root
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Provider(_)
        | PrincipalKind::Service(_)
        | PrincipalKind::Anonymous
        | PrincipalKind::OriginAccessIdentity
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => None,
    }
}

/// Whether one of the grants covers what is wanted. The target must be within the scope of one.
fn covers(wanted: &DataAccess, grants: &[AccessGrant]) -> Truth {
    let (Some(target), Some(permission)) = (&wanted.target, &wanted.permission) else {
        return if grants.is_empty() { Truth::False } else { Truth::Unknown };
    };
    let of_target: Vec<GrantedAccess> =
        grants.iter().filter(|grant| is_within(target, &grant.scope)).map(|grant| grant.permission).collect();
    let any = |wanted: GrantedAccess| of_target.iter().any(|has| *has == wanted || *has == GrantedAccess::ReadWrite);
    match permission.as_str() {
        "READ" => any(GrantedAccess::Read).into(),
        "WRITE" => any(GrantedAccess::Write).into(),
        // Whether two grants make one of both, no page of AWS's says.
        "READWRITE" if of_target.contains(&GrantedAccess::ReadWrite) => Truth::True,
        "READWRITE" if any(GrantedAccess::Read) && any(GrantedAccess::Write) => Truth::Unknown,
        "READWRITE" => Truth::False,
        _ => Truth::Unknown,
    }
}

fn is_within(target: &str, scope: &str) -> bool {
    match scope.strip_suffix('*') {
        Some(prefix) => target.starts_with(prefix),
        None => target == scope,
    }
}
