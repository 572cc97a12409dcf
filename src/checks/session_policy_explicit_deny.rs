//! # A statement of a session policy denies the request
//!
//! **Means**: a Deny statement in a policy on the session, passed when it was made matches. It wins over every Allow.
//!
//! **We know** by AWS's message: this policy is not read, so the cause is at most likely.
//!
//! **To do**: make the session with a policy that does not deny.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::explicit_deny(diagnosis, Layer::SessionPolicy)
}
