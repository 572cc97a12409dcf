//! What AWS's message says of the reason.

use super::{code, layer};
use crate::event::Reason;

/// The reason in words.
pub(in super::super) fn stated(reason: Reason) -> String {
    match reason {
        Reason::ExplicitDeny(which) => format!("a {} denies it", layer(which)),
        Reason::NoAllow(which) => format!("no {} allows it", layer(which)),
        Reason::Denied(which) => format!("a {} denies it, or none allows it", layer(which)),
        Reason::SomeExplicitDeny => "some policy denies it".to_owned(),
        Reason::PublicAclBlocked => format!("{} refuses public ACLs", code("BlockPublicAcls")),
        Reason::PublicPolicyBlocked => format!("{} refuses public policies", code("BlockPublicPolicy")),
        Reason::CustomerKeyBlocked => "the bucket takes no customer-provided keys".to_owned(),
        Reason::ObjectLocked => "the object is locked".to_owned(),
        Reason::KeyRefused => "the KMS key was refused".to_owned(),
        Reason::OwnPermissions => "the service's own permissions are missing".to_owned(),
        Reason::NeverAllowed => "the call is never allowed".to_owned(),
        Reason::Unread => "a reason that is not understood".to_owned(),
    }
}

/// That what was read says otherwise.
pub(in super::super) fn contradicted(stated: &str) -> String {
    format!(
        "AWS's message says that {stated}. By what was read, that is not so: it was changed since, or something decides that was not looked at."
    )
}

/// How many denials of a kind came that people were not told of.
pub(in super::super) fn repeats(more: u64) -> String {
    let came = if more == 1 {
        "1 more denial of this kind came".to_owned()
    } else {
        format!("{more} more denials of this kind came")
    };
    format!("{came} since the last message, and nobody was told one by one.")
}
