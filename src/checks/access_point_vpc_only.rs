//! # The access point serves one VPC only
//!
//! **Means**: the access point was made for a VPC, and the request did not come through an endpoint of that VPC.
//!
//! **We know** by the access point's own settings, and the VPC of the endpoint that the request came through, if any.
//!
//! **To do**: send the request from that VPC, through an endpoint of S3 there; or make an access point for the
//! internet. The setting of one that is there cannot be changed.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Answer, Question};
use crate::finding::{Cause, Finding, Place};
use crate::layer::Layer;
use crate::request::Key;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::by_rule(diagnosis, Layer::AccessPointVpc, None, |assessed| one(diagnosis, assessed))
}

fn one(diagnosis: &Diagnosis<'_>, assessed: &Assessed<'_>) -> Option<(Cause, Vec<Place>)> {
    let point = crate::evaluate::access_point_ref(assessed.request.s3.as_ref()?)?;
    let arn = assessed.request.s3.as_ref()?.access_point.as_ref()?.arn.as_ref()?.to_string();
    let info = diagnosis.evidence.fact(&Question::AccessPoint(point), Answer::as_access_point);
    let vpc = info.known()?.vpc.clone()?;
    let actual = match assessed.request.context.get("aws:sourcevpc") {
        Key::Present(values) => values.first().cloned().unwrap_or_default(),
        Key::Absent | Key::NotOf(_) | Key::Unknown => "(not through a VPC endpoint)".to_owned(),
    };
    let place = Place {
        policy: arn.clone(),
        statement: String::new(),
        element: "VpcConfiguration.VpcId".to_owned(),
        wanted: vpc.clone(),
        actual,
    };
    Some((Cause::AccessPointVpcOnly { access_point: arn, vpc }, vec![place]))
}
