//! The caller says its external ID.

use super::super::Way;
use super::{Change, Class, Kind};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{Actual, Element, Miss};
use crate::finding::{Cause, Finding};
use crate::layer::Layer;

pub(super) const KIND: Kind = Kind {
    name: "pass-external-id",
    class: Class::AdviceOnly,
    about: "the caller passes the external ID that the role's trust policy asks for. Nothing in AWS is changed.",
    plan,
    later: false,
};

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>
fn plan(_: &Diagnosis<'_>, finding: &Finding, _: &Assessed<'_>) -> Option<Change> {
    let Cause::NoAllow { layer: Layer::TrustPolicy, near: Some(near), .. } = &finding.cause else { return None };
    let [miss] = near.misses.as_slice() else { return None };
    let [wanted] = miss.wanted.as_slice() else { return None };
    let lacks = is_external_id(miss) && miss.actual != Actual::Unknown && !wanted.contains(['*', '?', '$']);
    lacks.then(|| Change::Request { how: Way::ExternalId(wanted.clone()) })
}

fn is_external_id(miss: &Miss) -> bool {
    let Element::Condition { operator, key } = &miss.element else { return false };
    key.eq_ignore_ascii_case("sts:ExternalId") && operator.eq_ignore_ascii_case("StringEquals")
}
