//! # The root user cannot take a role
//!
//! **Means**: AWS refuses `sts:AssumeRole` to the root user of an account, whatever the role's trust policy says.
//!
//! **We know** by who called.
//!
//! **To do**: take the role as a user or a role of the account, which the trust policy has to name or leave to the
//! account.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use crate::diagnosis::Diagnosis;
use crate::event::Reason;
use crate::finding::{Cause, Finding, Place};
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::by_rule(diagnosis, Layer::RootCaller, Some(Reason::NeverAllowed), |assessed| {
        let place = Place {
            policy: assessed.request.resource.arn.as_ref().map(ToString::to_string).unwrap_or_default(),
            statement: String::new(),
            element: "Principal".to_owned(),
            wanted: "a user or a role".to_owned(),
            actual: assessed.request.principal.policy_name().unwrap_or_else(|| "the root user".to_owned()),
        };
        Some((Cause::RootCannotAssumeRole, vec![place]))
    })
}
