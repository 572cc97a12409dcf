//! The words, in English. Values stand in backticks and hold none themselves; paragraphs are lines.

mod allowing;
mod credentials;
mod denying;
mod detail;
mod gap;
mod hint;
mod remedy;
mod s3;
mod wish;

use crate::diagnosis::{Assessed, Diagnosis};
use crate::finding::{Cause, Confidence, Finding};
use crate::layer::Layer;
use crate::request::PrincipalKind;

pub(super) use detail::detail;
pub(super) use gap::{malformed, needs, unasked, why};
pub(super) use remedy::{before_and_after, proof, summary};

/// A value among words: in backticks, on one line.
pub(super) fn code(value: &str) -> String {
    format!("`{}`", value.replace('`', "'").replace(['\n', '\r'], " "))
}

fn codes(values: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown = values.iter().take(SHOWN).map(|v| code(v)).collect::<Vec<_>>().join(" or ");
    match values.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} or {more} more"),
    }
}

/// What a layer is called.
pub(super) fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Scp => "service control policy",
        Layer::Rcp => "resource control policy",
        Layer::VpcEndpointPolicy => "VPC endpoint policy",
        Layer::PermissionsBoundary => "permissions boundary",
        Layer::SessionPolicy => "session policy",
        Layer::IdentityPolicy => "identity policy",
        Layer::ResourcePolicy => "resource policy",
        Layer::AccessPointPolicy => "access point policy",
        Layer::KmsKeyPolicy => "KMS key policy",
        Layer::KmsIdentityPolicy => "identity policy for the KMS key",
        Layer::TrustPolicy => "trust policy",
        Layer::BlockPublicAccess => "Block Public Access",
        Layer::RequesterPays => "requester pays",
        Layer::AccessPointVpc => "access point's VPC",
        Layer::ObjectLock => "Object Lock",
        Layer::MfaDelete => "MFA delete",
        Layer::CustomerKey => "block on customer-provided keys",
        Layer::ExpectedOwner => "expected bucket owner",
        Layer::Acl => "ACL",
    }
}

/// What a layer is called for this request: a bucket policy, for S3.
fn layer_of(which: Layer, assessed: &Assessed<'_>) -> &'static str {
    let bucket = assessed.request.s3.as_ref().is_some_and(|target| target.bucket.is_some());
    if which == Layer::ResourcePolicy && bucket { "bucket policy" } else { layer(which) }
}

/// The caller, as a sentence names it.
pub(super) fn caller(diagnosis: &Diagnosis<'_>) -> String {
    let Some(assessed) = diagnosis.requests.first() else { return "the caller".to_owned() };
    let principal = &assessed.request.principal;
    let name = principal.entity().map(|entity| entity.name);
    match (&principal.kind, name) {
        (PrincipalKind::User | PrincipalKind::FederatedUser { .. }, Some(name)) => format!("user {}", code(&name)),
        (PrincipalKind::RoleSession { .. }, Some(name)) => format!("role {}", code(&name)),
        (PrincipalKind::Root, _) => "the root user".to_owned(),
        (PrincipalKind::Service(name), _) => format!("service {}", code(name)),
        (PrincipalKind::Anonymous, _) => "an anonymous caller".to_owned(),
        (PrincipalKind::OriginAccessIdentity, _) => "CloudFront's origin access identity".to_owned(),
        (
            PrincipalKind::User
            | PrincipalKind::FederatedUser { .. }
            | PrincipalKind::RoleSession { .. }
            | PrincipalKind::Provider(_)
            | PrincipalKind::Unnamed
            | PrincipalKind::Other,
            _,
        ) => "the caller".to_owned(),
    }
}

/// One line that stands alone.
pub(super) fn title(finding: &Finding, diagnosis: &Diagnosis<'_>) -> String {
    let assessed = diagnosis.requests.get(finding.request);
    let action = code(assessed.map(|a| a.request.action.name()).unwrap_or_default());
    let name = |which| assessed.map_or(layer(which), |a| layer_of(which, a));
    match &finding.cause {
        Cause::ExplicitDeny { layer, statements, .. } => match statements.as_slice() {
            [] => format!("{} {} denies {action}", article(name(*layer)), name(*layer)),
            [only] => {
                let about = assessed.and_then(|assessed| denying::about(only, assessed));
                let about = about.map(|about| format!(" {about}")).unwrap_or_default();
                let of = policy(&only.policy, name(*layer));
                format!("statement {} of {of} denies {action}{about}", code(&only.statement))
            }
            many => format!("{} statements of {} deny {action}", many.len(), plural(name(*layer))),
        },
        Cause::NoAllow { layer, near, none_at_all } => {
            let short = near.as_ref().and_then(|near| hint::short(near.hint.as_ref()?, &near.statement));
            let short = short.map(|short| format!(": {short}")).unwrap_or_default();
            let silent = match layer {
                Layer::IdentityPolicy => format!("no identity policy allows {action}"),
                Layer::KmsIdentityPolicy => format!("no identity policy allows {action} on the KMS key"),
                Layer::ResourcePolicy if *none_at_all => {
                    format!("the caller is in another account, and no {} allows {action}", name(*layer))
                }
                Layer::ResourcePolicy | Layer::AccessPointPolicy | Layer::KmsKeyPolicy | Layer::TrustPolicy => {
                    format!("the {} does not allow {action} to {}", name(*layer), caller(diagnosis))
                }
                Layer::Scp
                | Layer::Rcp
                | Layer::VpcEndpointPolicy
                | Layer::PermissionsBoundary
                | Layer::SessionPolicy
                | Layer::BlockPublicAccess
                | Layer::RequesterPays
                | Layer::AccessPointVpc
                | Layer::ObjectLock
                | Layer::MfaDelete
                | Layer::CustomerKey
                | Layer::ExpectedOwner
                | Layer::Acl => format!("the {} does not allow {action}", name(*layer)),
            };
            format!("{silent}{short}")
        }
        Cause::ObjectOwnedByOther { .. } => "the object belongs to another account than its bucket".to_owned(),
        Cause::AclNoGrant { acl: None, .. } => {
            "the object belongs to another account than its bucket, and its ACL decides".to_owned()
        }
        Cause::AclNoGrant { .. } => format!("the ACL of the object does not grant {action} to {}", caller(diagnosis)),
        Cause::ObjectMissing { .. } if finding.confidence == Confidence::Possible => {
            "the object does not exist, which S3 hides from callers that may not list the bucket".to_owned()
        }
        Cause::ObjectMissing { .. } => "the object does not exist, and the caller may not list the bucket".to_owned(),
        Cause::PublicAccessBlocked { settings, bucket } => {
            let names: Vec<_> = settings.iter().map(|s| code(s.name())).collect();
            format!("Block Public Access ({}) of {} stops it", names.join(", "), code(bucket))
        }
        Cause::RequesterPays { bucket } => {
            format!("bucket {} lets requesters pay, and the request does not agree to", code(bucket))
        }
        Cause::AccessPointVpcOnly { vpc, .. } => format!("the access point serves only {}", code(vpc)),
        Cause::AccessPointNotDelegated { bucket } => {
            format!("the access point may allow it, but the policy of bucket {} behind it does not", code(bucket))
        }
        Cause::KmsKeyUnusable { key: Some(key), state: Some(state) } => {
            format!("KMS key {} is {}", code(key), code(state))
        }
        Cause::KmsKeyUnusable { .. } => "the KMS key is disabled, or about to be deleted".to_owned(),
        Cause::AwsManagedKeyShared { key } => {
            format!("{} is a key that AWS manages, and no other account can use it", code(key))
        }
        Cause::OriginAccess { bucket, .. } => {
            format!("the policy of bucket {} does not let CloudFront in", code(bucket))
        }
        Cause::Credentials(fault) => credentials::fault_title(*fault).to_owned(),
        Cause::ObjectArchived { class, .. } => {
            let class = class.as_deref().filter(|class| matches!(*class, "GLACIER" | "DEEP_ARCHIVE"));
            let class = class.map(|class| format!(" ({})", code(class))).unwrap_or_default();
            format!("the object is archived{class}, and has to be restored first")
        }
        Cause::ObjectLocked { lock, .. } => s3::lock_title(lock.as_ref()),
        Cause::MfaDelete { bucket } => {
            format!("bucket {} has MFA delete: only the root user with its device can do this", code(bucket))
        }
        Cause::CustomerKeyBlocked { bucket } => {
            format!("bucket {} takes no uploads with customer-provided keys (SSE-C)", code(bucket))
        }
        Cause::BucketOwnerMismatch { bucket, expected, .. } => {
            format!(
                "bucket {} does not belong to account {}, as the request says it must",
                code(bucket),
                code(expected)
            )
        }
        Cause::AclNotSupported { bucket, .. } => {
            format!("the request brings an ACL, and bucket {} takes none", code(bucket))
        }
        Cause::ChangedSince { changes } => changes.first().map_or_else(
            || "permissions were changed since".to_owned(),
            |change| format!("{} changed permissions at {}", code(&change.call), change.time),
        ),
        Cause::Unexplained { .. } => "nothing that could be read denies it".to_owned(),
    }
}

fn article(name: &str) -> &'static str {
    if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn plural(name: &str) -> String {
    name.strip_suffix('y').map_or_else(|| format!("{name}s"), |stem| format!("{stem}ies"))
}

/// `inline policy x`, or the policy's ARN with the layer's name.
fn policy(label: &str, name: &str) -> String {
    match label.strip_prefix("inline:") {
        Some(inline) => format!("inline policy {}", code(inline)),
        None if label.starts_with("arn:") => {
            let short = label.rsplit_once(":policy/").map_or(label.rsplit(":::").next().unwrap_or(label), |(_, n)| n);
            format!("{name} {}", code(short))
        }
        None => format!("{name} {}", code(label)),
    }
}
