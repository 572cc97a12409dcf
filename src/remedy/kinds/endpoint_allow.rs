//! The policy of the VPC endpoint lets the request pass.

use serde_json::json;

use super::fence::fenced;
use super::{Change, Class, Kind, PolicyPlace, allow, sid};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Answer, Question};
use crate::finding::{Cause, Finding};
use crate::layer::Layer;

pub(super) const KIND: Kind = Kind {
    name: "endpoint-allow",
    class: Class::NeedsApproval,
    about: "adds a statement to the endpoint's policy that lets this one caller's action on this one resource pass; the rest stays. It holds for all traffic through the endpoint, and takes minutes. Undo: put the old policy back.",
    plan,
    later: false,
};

/// Policies of gateway endpoints name everyone, and callers by a condition:
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>.
fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let Cause::NoAllow { layer: layer @ Layer::VpcEndpointPolicy, near, .. } = &finding.cause else { return None };
    let request = &assessed.request;
    let question = crate::evaluate::endpoint_question(request, &diagnosis.denial.region)?;
    let info = diagnosis.evidence.fact(&question, Answer::as_vpc_endpoint);
    let before = info.known()?.policy.clone()?;
    let Question::VpcEndpoint { account, region, endpoint } = question else { return None };
    let mut statement = allow(request, &sid(request), Some("*".into()))?;
    let caller = request.principal.policy_arn()?.as_str();
    let condition = json!({ "ArnEquals": { "aws:PrincipalArn": caller } });
    statement.as_object_mut()?.insert("Condition".to_owned(), condition);
    let after = before.with_statement(fenced(statement, *layer, near.as_ref(), assessed)?)?;
    Some(Change::Policy { on: PolicyPlace::Endpoint { account, region, endpoint }, before: Some(before), after })
}
