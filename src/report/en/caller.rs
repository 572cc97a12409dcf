//! Who is really calling, and where to look if another was meant.

use super::code;
use crate::diagnosis::Diagnosis;
use crate::event::Denial;
use crate::finding::{Cause, Finding};
use crate::layer::Layer;
use crate::request::{Behind, Caller, Principal, PrincipalKind};

/// The caller in plain words, where the record tells more than the ARN; without its account.
pub(in super::super) fn who(principal: &Principal, denial: &Denial) -> Option<String> {
    let Caller { behind, presigned, through } = Caller::of(denial);
    if behind.is_none() && !presigned && through.is_none() {
        return None;
    }
    let name = principal.entity().map(|entity| code(&entity.name));
    let named = match (&principal.kind, name) {
        (PrincipalKind::RoleSession { .. }, Some(name)) => format!("role {name}"),
        (PrincipalKind::User, Some(name)) => format!("user {name}"),
        (PrincipalKind::Root, _) => "the root user".to_owned(),
        (PrincipalKind::FederatedUser { .. }, _) => {
            let name = principal.arn.as_ref().and_then(|arn| arn.resource_of_type("federated-user"));
            format!("federated user {}", code(name?))
        }
        (
            PrincipalKind::RoleSession { .. }
            | PrincipalKind::User
            | PrincipalKind::Provider(_)
            | PrincipalKind::Service(_)
            | PrincipalKind::Anonymous
            | PrincipalKind::OriginAccessIdentity
            | PrincipalKind::Unnamed
            | PrincipalKind::Other,
            _,
        ) => return None,
    };
    let caller = match behind {
        None => named,
        Some(Behind::Instance(id)) => format!("instance {} with {named}", code(id)),
        Some(Behind::Function(name)) => format!("Lambda function {} with {named}", code(name)),
        Some(Behind::Task(id)) => format!("ECS task {} with {named}", code(id)),
        Some(Behind::GlueJob(Some(name))) => format!("Glue job {} with {named}", code(name)),
        Some(Behind::GlueJob(None)) => format!("a Glue job with {named}"),
        Some(Behind::PermissionSet { user, set }) => {
            format!("SSO user {} with permission set {}", code(user), code(set))
        }
        Some(Behind::LinkedService(service)) => format!("service {} with its {named}", code(service)),
        Some(Behind::Provider(host)) => format!("a user of {} with {named}", code(host)),
        Some(Behind::Source(source)) => format!("{} with {named}", code(source)),
    };
    let caller = match through {
        Some(service) => format!("service {} with the permissions of {caller}", code(service)),
        None => caller,
    };
    Some(if presigned { format!("a presigned URL of {caller}") } else { caller })
}

/// Where to look if other credentials were meant, and what counts for a call that somebody else makes. Only below the
/// first cause, and only where the caller's own permissions are in question.
pub(in super::super) fn lines(finding: &Finding, diagnosis: &Diagnosis<'_>) -> Vec<String> {
    let Cause::NoAllow { layer: Layer::IdentityPolicy | Layer::ResourcePolicy, .. } = &finding.cause else {
        return Vec::new();
    };
    if finding.request != 0 {
        return Vec::new();
    }
    let Caller { behind, presigned, through } = Caller::of(diagnosis.denial);
    let mut lines = Vec::new();
    lines.extend(through.map(|service| {
        let service = code(service);
        format!("{service} made the call with the caller's permissions: the caller has to be allowed this, not only what it asked {service} for.")
    }));
    if presigned {
        lines.push("Whoever opens a presigned URL acts with the permissions that its signer has at that moment. Their own do not count.".to_owned());
    }
    lines.extend(behind.and_then(look));
    lines
}

fn look(behind: Behind<'_>) -> Option<String> {
    let look = |command: String| Some(format!("If another role was meant: {} says which one it has.", code(&command)));
    match behind {
        Behind::Instance(id) => look(format!(
            "aws ec2 describe-iam-instance-profile-associations --filters Name=instance-id,Values={id}"
        )),
        Behind::Function(name) => look(format!("aws lambda get-function-configuration --function-name {}", word(name))),
        Behind::GlueJob(Some(name)) => look(format!("aws glue get-job --job-name {}", word(name))),
        Behind::Task(_) => Some(
            "If another role was meant: `taskRoleArn` of the task definition is the one that counts, `executionRoleArn` is for ECS itself."
                .to_owned(),
        ),
        Behind::PermissionSet { .. }
        | Behind::LinkedService(_)
        | Behind::GlueJob(None)
        | Behind::Provider(_)
        | Behind::Source(_) => None,
    }
}

/// A name as a word of a command.
fn word(name: &str) -> String {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if plain { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}
