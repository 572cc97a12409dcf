//! What keeps a request out of a bucket beside policies and ACLs: locks, and what the request itself says.

use jiff::Timestamp;

use crate::evidence::{Encryption, Fact, ObjectLock, Versioning};
use crate::request::{Key, PrincipalKind, Request, S3Target};
use crate::truth::Truth;

/// Whether a request can be stopped by Object Lock.
pub(in super::super) fn may_be_locked(request: &Request) -> bool {
    matches!(request.action.folded(), "s3:deleteobjectversion" | "s3:putobjectretention")
}

/// Whether Object Lock keeps the version from what the request asks for.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>
pub(in super::super) fn is_locked(request: &Request, target: &S3Target, lock: &Fact<&ObjectLock>) -> Truth {
    let lock = match lock {
        Fact::Known(lock) => lock,
        Fact::Absent => return Truth::False,
        Fact::Unreadable(_) => return Truth::Unknown,
    };
    let in_force = match (&lock.mode, lock.until) {
        (None, _) => Truth::False,
        (Some(_), None) => Truth::Unknown,
        (Some(_), Some(until)) => now(request).map_or(Truth::Unknown, |now| (now < until).into()),
    };
    // Nobody passes over a lock in compliance mode, the root user included.
    let governance = lock.mode.as_deref() == Some("GOVERNANCE");
    let retained = in_force.and(if governance { !target.bypasses } else { Truth::True });
    if request.action.folded() == "s3:putobjectretention" {
        // A longer retention is always taken; which one the call asks for, its record does not say.
        retained.and(Truth::Unknown)
    } else {
        retained.or(lock.legal_hold.into())
    }
}

fn now(request: &Request) -> Option<Timestamp> {
    match request.context.get("aws:currenttime") {
        Key::Present(values) => values.first()?.parse().ok(),
        Key::Absent | Key::NotOf(_) | Key::Unknown => None,
    }
}

/// Whether a request can be stopped by MFA delete.
pub(in super::super) fn may_take_mfa(request: &Request) -> bool {
    matches!(request.action.folded(), "s3:deleteobjectversion" | "s3:putbucketversioning")
}

/// Whether the bucket wants the root user's MFA device for it. Of the device's code a record says nothing.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMFADelete.html>
pub(in super::super) fn lacks_mfa(request: &Request, versioning: &Fact<&Versioning>) -> Truth {
    let wanted = match versioning {
        Fact::Known(versioning) => versioning.mfa_delete.into(),
        Fact::Absent => Truth::False,
        Fact::Unreadable(_) => Truth::Unknown,
    };
    wanted.and(if request.principal.kind == PrincipalKind::Root { Truth::Unknown } else { Truth::True })
}

/// Whether the request uploads with a key of the customer's own.
pub(in super::super) fn customer_key(request: &Request) -> Truth {
    if request.action.folded() != "s3:putobject" {
        return Truth::False;
    }
    match request.context.get("s3:x-amz-server-side-encryption-customer-algorithm") {
        Key::Present(_) => Truth::True,
        Key::Absent => Truth::False,
        Key::NotOf(_) | Key::Unknown => Truth::Unknown,
    }
}

/// Whether the bucket refuses such a key.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html>
pub(in super::super) fn refuses_customer_key(request: &Request, encryption: &Fact<&Encryption>) -> Truth {
    let refused = match encryption {
        Fact::Known(encryption) => encryption.blocks_customer_keys.into(),
        Fact::Absent => Truth::False,
        Fact::Unreadable(_) => Truth::Unknown,
    };
    customer_key(request).and(refused)
}

/// Whether the bucket is another account's than the request says.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
pub(in super::super) fn is_of_another_owner(target: &S3Target) -> Truth {
    match (&target.expected_owner, target.account) {
        (Key::Absent, _) => Truth::False,
        (Key::NotOf(_) | Key::Unknown, _) | (Key::Present(_), None) => Truth::Unknown,
        (Key::Present(values), Some(account)) => {
            let account = account.to_string();
            values.iter().any(|value| *value != account).into()
        }
    }
}
