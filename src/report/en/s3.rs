//! Words about S3's own settings and ACLs.

use super::code;
use crate::diagnosis::Assessed;
use crate::evaluate::BlockSetting;
use crate::evidence::{Acl, Grantee, GranteeGroup, ObjectLock};
use crate::request::PrincipalKind;

pub(super) fn acl_line(acl: &Acl) -> String {
    let grants: Vec<_> = acl.grants.iter().map(|g| format!("{:?} to {}", g.permission, grantee(&g.grantee))).collect();
    if grants.is_empty() {
        "The ACL grants nothing.".to_owned()
    } else {
        format!("The ACL grants {}.", grants.join(", "))
    }
}

pub(super) fn grantee(grantee: &Grantee) -> String {
    match grantee {
        Grantee::Account(id) => format!("account {}", code(id)),
        Grantee::Group(GranteeGroup::AllUsers) => "everyone".to_owned(),
        Grantee::Group(GranteeGroup::AuthenticatedUsers) => "every AWS account".to_owned(),
        Grantee::Group(GranteeGroup::LogDelivery) => "log delivery".to_owned(),
        Grantee::Other(text) => code(text),
    }
}

pub(super) fn block_fix(settings: &[BlockSetting], assessed: &Assessed<'_>) -> &'static str {
    if settings.contains(&BlockSetting::BlockPublicAcls) {
        "leave out the public ACL, and grant access by a policy that names the callers."
    } else if settings.contains(&BlockSetting::BlockPublicPolicy) {
        "name the callers in the policy instead of everyone, or limit it to fixed values of a condition key."
    } else if assessed.request.principal.kind == PrincipalKind::Anonymous {
        "sign the requests as a caller that the bucket policy names, or serve the objects through CloudFront with origin access control."
    } else {
        "name the callers in the bucket policy instead of everyone."
    }
}

pub(super) fn block_line(setting: BlockSetting, bucket: &str) -> String {
    let bucket = code(bucket);
    match setting {
        BlockSetting::RestrictPublicBuckets => format!(
            "The policy of bucket {bucket} is public, and `RestrictPublicBuckets` is on: only its own account and AWS services get in, even callers that the policy names."
        ),
        BlockSetting::IgnorePublicAcls => format!(
            "An ACL grants this to everyone, and `IgnorePublicAcls` is on for bucket {bucket}: the grant is void."
        ),
        BlockSetting::BlockPublicAcls => {
            format!("The request puts a public ACL, and `BlockPublicAcls` is on for bucket {bucket}.")
        }
        BlockSetting::BlockPublicPolicy => {
            format!("The request puts a public policy, and `BlockPublicPolicy` is on for bucket {bucket}.")
        }
    }
}

/// One line that stands alone.
pub(super) fn lock_title(lock: Option<&ObjectLock>) -> String {
    let retention = lock.and_then(|lock| Some((lock.mode.as_ref()?, lock.until?)));
    match (retention, lock) {
        (_, Some(ObjectLock { legal_hold: true, .. })) => {
            "Object Lock keeps the version: it is under a legal hold".to_owned()
        }
        (Some((mode, until)), _) => format!("Object Lock keeps the version until {until} ({})", code(mode)),
        (None, _) => "Object Lock protects the object".to_owned(),
    }
}

/// What keeps a version, and for how long.
pub(super) fn lock_lines(bucket: &str, lock: Option<&ObjectLock>, lines: &mut Vec<String>) {
    let bucket = code(bucket);
    let Some(lock) = lock else {
        lines.push(format!("AWS's message says that Object Lock protects the object in bucket {bucket}."));
        lines.push("To fix: read its retention and legal hold (`aws s3api get-object-retention`, `get-object-legal-hold`), and ask who set them.".to_owned());
        return;
    };
    let governance = lock.mode.as_deref() == Some("GOVERNANCE");
    if let Some(mode) = &lock.mode {
        let until = lock.until.map(|until| format!(" until {until}")).unwrap_or_default();
        lines.push(format!("The version is under retention in {} mode{until}.", code(mode)));
    }
    if lock.legal_hold {
        lines.push("The version is under a legal hold, which has no end of its own.".to_owned());
    }
    let hold = lock.legal_hold.then_some("have the legal hold taken off, which takes `s3:PutObjectLegalHold`");
    let retention = match (&lock.mode, governance) {
        (None, _) => None,
        (Some(_), true) => Some(
            "wait until the retention ends, or pass over it with `--bypass-governance-retention`, which takes `s3:BypassGovernanceRetention`",
        ),
        (Some(_), false) => {
            Some("wait until the retention ends: in compliance mode nobody can shorten it, the root user included")
        }
    };
    let steps: Vec<_> = hold.into_iter().chain(retention).collect();
    lines.push(format!("To fix: {}. Ask first why it is locked. A DELETE without a version only hides the object behind a marker, and is not stopped.", steps.join("; and ")));
}
