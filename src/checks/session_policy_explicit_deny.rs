//! # A statement of a session policy denies the request
//!
//! **Means**: a Deny statement in a policy that was passed when the session was made matches.
//!
//! **We know** by the record of the call that made the session; where CloudTrail has none, by AWS's message alone.
//!
//! **To do**: make the session with another policy, or without one.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::SessionPolicy)
}
