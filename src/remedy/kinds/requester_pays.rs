//! The caller says that it pays.

use super::super::Way;
use super::{Change, Class, Kind};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::finding::{Cause, Finding};
use crate::request::PrincipalKind;

pub(super) const KIND: Kind = Kind {
    name: "requester-pays",
    class: Class::AdviceOnly,
    about: "the caller sends `x-amz-request-payer: requester`, and its account is billed. Nothing in AWS is changed.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html>
fn plan(_: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    // Nobody can bill a caller that is not known.
    let known = assessed.request.principal.kind != PrincipalKind::Anonymous;
    let pays = matches!(finding.cause, Cause::RequesterPays { .. }) && known;
    pays.then_some(Change::Request { how: Way::RequesterPays })
}
