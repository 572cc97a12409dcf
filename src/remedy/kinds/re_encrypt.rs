//! The object is encrypted anew, under a key that other accounts can be let use.

use super::{Change, Class, Kind, object_of};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::finding::{Cause, Finding};

pub(super) const KIND: Kind = Kind {
    name: "re-encrypt",
    class: Class::AdviceOnly,
    about: "the object is copied onto itself under a KMS key of the customer's own, which another account can be let use; the key `aws/s3`, which AWS manages, never can. It is a new version with a new date, and whoever reads it needs the new key. Undo: delete that version, where the bucket keeps versions.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies-s3-kms.html>
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, _: &Assessed<'_>) -> Option<Change> {
    if !matches!(finding.cause, Cause::AwsManagedKeyShared { .. }) {
        return None;
    }
    // The finding is about the key; the call is on the object.
    let object = diagnosis.requests.iter().find_map(|assessed| object_of(diagnosis, &assessed.request))?;
    Some(Change::ReEncrypt { object })
}
