//! The words, in English. Values stand in backticks and hold none themselves; paragraphs are lines.

mod about;
mod admit;
mod allowing;
mod caller;
mod credentials;
mod decision;
mod denying;
mod detail;
mod gap;
mod glue;
mod hint;
mod not_served;
mod origin;
mod outcome;
pub(super) mod owner;
mod remedy;
mod s3;
mod simulator;
mod stated;
mod viewer;
mod wish;

use crate::arn::Arn;
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::resource_policy;
use crate::finding::{Cause, ComesAs, Confidence, Finding, NearMiss};
use crate::layer::Layer;
use crate::request::PrincipalKind;

pub(super) use caller::who;
pub use decision::{Decision, decision};
pub(super) use detail::{after_this, detail};
pub use gap::not_understood;
pub(super) use gap::{Help, LOG_ACCOUNT, help, malformed, needs, odd, unasked, why};
pub use outcome::{outcome, unoffered, withheld};
pub(super) use remedy::{before_and_after, opinion, proof, summary};
pub(super) use simulator::cleared;
pub(super) use stated::{contradicted, repeats, stated};

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

/// The values that a request has for a key.
fn values(values: &[String]) -> String {
    values.iter().map(|value| code(value)).collect::<Vec<_>>().join(" and ")
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
        Layer::AccessGrants => "S3 Access Grants",
        Layer::RootCaller => "ban on roles for the root user",
        Layer::KeyOperation => "limit on what other accounts do with a key",
        Layer::Acl => "ACL",
    }
}

/// What a layer is called for this request: a bucket policy, for S3.
fn layer_of(which: Layer, assessed: &Assessed<'_>) -> &'static str {
    if which != Layer::ResourcePolicy {
        return layer(which);
    }
    match &assessed.request.s3 {
        Some(target) if target.bucket.is_some() => "bucket policy",
        Some(_) => layer(which),
        None => {
            let row = assessed.request.resource.arn.as_ref().and_then(resource_policy);
            row.map_or(layer(which), |row| row.called)
        }
    }
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
        (PrincipalKind::Provider(name), _) if !name.is_empty() => {
            let host = name.rsplit("oidc-provider/").next().unwrap_or(name);
            format!("a user of {}", code(host))
        }
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
#[expect(clippy::too_many_lines, reason = "an arm for each cause")]
pub(super) fn title(finding: &Finding, diagnosis: &Diagnosis<'_>) -> String {
    let assessed = diagnosis.requests.get(finding.request);
    let action = code(assessed.map(|a| a.request.action.name()).unwrap_or_default());
    let name = |which| assessed.map_or(layer(which), |a| layer_of(which, a));
    match &finding.cause {
        Cause::ExplicitDeny { layer, statements, stated_policy } => match statements.as_slice() {
            [] => match stated_policy {
                Some(arn) => format!("{} denies {action}", policy(arn, name(*layer))),
                None => format!("{} {} denies {action}", article(name(*layer)), name(*layer)),
            },
            [only] => {
                let about = assessed.and_then(|assessed| denying::about(only, assessed));
                let about = about.map(|about| format!(" {about}")).unwrap_or_default();
                let of = policy(&only.policy, name(*layer));
                format!("statement {} of {of} denies {action}{about}", code(&only.statement))
            }
            many => format!("{} statements of {} deny {action}", many.len(), plural(name(*layer))),
        },
        Cause::NoAllow { layer, level, near, none_at_all } => {
            let kind = assessed.map(|assessed| &assessed.request.principal.kind);
            let about = near.as_ref().zip(kind).and_then(|(near, kind)| allowing::about(near, kind));
            let short = match (&about, near) {
                (Some(about), _) => format!(" {about}"),
                (None, Some(NearMiss { fault: Some(fault), statement, .. })) => {
                    format!(": in {}, {}", code(statement), malformed(fault))
                }
                (None, Some(near)) => {
                    let short = near.hint.as_ref().and_then(|hint| hint::short(hint, &near.statement));
                    short.map(|short| format!(": {short}")).unwrap_or_default()
                }
                (None, None) => String::new(),
            };
            let silent = match layer {
                Layer::IdentityPolicy if diagnosis.caller_is_gone() => {
                    return format!("no identity policy allowed {action}, and {} was deleted since", caller(diagnosis));
                }
                Layer::IdentityPolicy => format!("no identity policy allows {action}"),
                Layer::KmsIdentityPolicy => format!("no identity policy allows {action} on the KMS key"),
                Layer::ResourcePolicy if *none_at_all && kind == Some(&PrincipalKind::Anonymous) => {
                    format!("no {} lets everyone do {action}", name(*layer))
                }
                Layer::ResourcePolicy if *none_at_all => {
                    format!("the caller is in another account, and no {} allows {action}", name(*layer))
                }
                Layer::Scp | Layer::Rcp => {
                    let level = level.as_deref().map(|level| format!(" of {}", code(level))).unwrap_or_default();
                    format!("no {}{level} allows {action}", name(*layer))
                }
                Layer::ResourcePolicy | Layer::AccessPointPolicy | Layer::KmsKeyPolicy | Layer::TrustPolicy => {
                    format!("the {} does not allow {action} to {}", name(*layer), caller(diagnosis))
                }
                Layer::VpcEndpointPolicy
                | Layer::PermissionsBoundary
                | Layer::SessionPolicy
                | Layer::BlockPublicAccess
                | Layer::RequesterPays
                | Layer::AccessPointVpc
                | Layer::ObjectLock
                | Layer::MfaDelete
                | Layer::CustomerKey
                | Layer::ExpectedOwner
                | Layer::AccessGrants
                | Layer::RootCaller
                | Layer::KeyOperation
                | Layer::Acl => format!("the {} does not allow {action}", name(*layer)),
            };
            format!("{silent}{short}")
        }
        Cause::ObjectOwnedByOther { .. } => "the object belongs to another account than its bucket".to_owned(),
        Cause::AclNoGrant { acl: None, .. } => {
            "the object belongs to another account than its bucket, and its ACL decides".to_owned()
        }
        Cause::AclNoGrant { .. } => format!("the ACL of the object does not grant {action} to {}", caller(diagnosis)),
        Cause::ObjectMissing { version, may_list, .. } => {
            let what = if version.is_some() { "the object's version" } else { "the object" };
            if *may_list {
                format!("{what} does not exist, and the caller could not list the bucket then")
            } else if finding.confidence == Confidence::Possible {
                format!("{what} does not exist, which S3 hides from callers that may not list the bucket")
            } else {
                format!("{what} does not exist, and the caller may not list the bucket")
            }
        }
        Cause::PublicAccessBlocked { settings, bucket } => {
            let names: Vec<_> = settings.iter().map(|s| code(s.name())).collect();
            format!("Block Public Access ({}) of {} stops it", names.join(", "), code(bucket))
        }
        Cause::RequesterPays { bucket } => {
            format!("bucket {} lets requesters pay, and the request does not agree to", code(bucket))
        }
        Cause::AccessPointVpcOnly { vpc, .. } => format!("the access point serves only {}", code(vpc)),
        Cause::AccessPointNotDelegated { bucket, to: Some(_) } => {
            format!("the policy of bucket {} leaves it to access points of another account", code(bucket))
        }
        Cause::AccessPointNotDelegated { bucket, to: None } => {
            format!("the access point may allow it, but the policy of bucket {} behind it does not", code(bucket))
        }
        Cause::KmsKeyUnusable { key: Some(key), state: Some(state) } => {
            format!("KMS key {} is {}", code(key), code(state))
        }
        Cause::KmsKeyUnusable { .. } => "the KMS key is disabled, or about to be deleted".to_owned(),
        Cause::AwsManagedKeyShared { key } => {
            format!("{} is a key that AWS manages, and no other account can use it", code(key))
        }
        Cause::KeyOperationKept { account } => {
            format!("only callers of account {account}, the key's own, can be let do {action}")
        }
        Cause::OriginAccess { bucket, comes_as: ComesAs::Anybody, .. } => {
            format!(
                "CloudFront comes to bucket {} without a signature, and its policy does not let everybody in",
                code(bucket)
            )
        }
        Cause::OriginAccess { bucket, .. } => {
            format!("the policy of bucket {} does not let CloudFront in", code(bucket))
        }
        Cause::RootCannotAssumeRole => "the root user cannot take a role".to_owned(),
        Cause::Credentials(fault) => credentials::fault_title(*fault).to_owned(),
        Cause::NotServed(why) => not_served::title(*why, diagnosis),
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
        Cause::AccessGrantMissing { permission, target, .. } => {
            let what = permission.as_deref().map_or_else(|| "that".to_owned(), code);
            let on = target.as_deref().map(|target| format!(" on {}", code(target))).unwrap_or_default();
            format!("no grant of S3 Access Grants gives {} {what}{on}", caller(diagnosis))
        }
        Cause::AclNotSupported { bucket, .. } => {
            format!("the request brings an ACL, and bucket {} takes none", code(bucket))
        }
        Cause::Viewer(barrier) => viewer::title(barrier, diagnosis),
        Cause::ChangedSince { changes } => changes.first().map_or_else(
            || "permissions were changed since".to_owned(),
            |change| format!("{} changed permissions at {}", code(&change.call), change.time),
        ),
        Cause::Unexplained { .. } if diagnosis.denial.viewer.is_some() => {
            "neither the log nor the distribution says why".to_owned()
        }
        Cause::Unexplained { .. } => "nothing that could be read denies it".to_owned(),
    }
}

fn article(name: &str) -> &'static str {
    if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn plural(name: &str) -> String {
    name.strip_suffix('y').map_or_else(|| format!("{name}s"), |stem| format!("{stem}ies"))
}

/// `inline policy x`; of a group's, which has the group's name before its own, `inline policy x of group y`.
fn inline(name: &str) -> String {
    match name.split_once('/') {
        Some((group, name)) => format!("inline policy {} of group {}", code(name), code(group)),
        None => format!("inline policy {}", code(name)),
    }
}

/// `inline policy x`, or the layer's name with that of the policy or of its resource.
fn policy(label: &str, name: &str) -> String {
    if let Some(inline) = label.strip_prefix("inline:") {
        return self::inline(inline);
    }
    if label == name {
        return format!("the {name}");
    }
    let resource = label.splitn(6, ':').nth(5).filter(|_| label.starts_with("arn:"));
    let short = resource.map_or(label, |resource| match label.split(':').nth(2) {
        Some("iam" | "kms" | "organizations" | "s3express" | "s3tables" | "s3-outposts") => {
            resource.rsplit('/').next().unwrap_or(resource)
        }
        _ => resource.strip_prefix("accesspoint/").unwrap_or(resource),
    });
    // Policies of several resources can count for a request: that of its table bucket, for a table.
    let name = match label.parse::<Arn>().ok().as_ref().and_then(resource_policy) {
        Some(row) if row.called != layer(Layer::ResourcePolicy) => row.called,
        Some(_) | None => name,
    };
    format!("{name} {}", code(short))
}
