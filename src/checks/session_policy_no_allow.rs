//! # No statement of a session policy allows the request
//!
//! **Means**: a session can do no more than the policies passed with it, and they do not allow this.
//!
//! **We know** by the record of the call that made the session; where CloudTrail has none, by AWS's message alone.
//!
//! **To do**: make the session with a policy that allows the action.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::no_allow(diagnosis, Layer::SessionPolicy)
}
