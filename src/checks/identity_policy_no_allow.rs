//! # No statement of an identity policy allows the request
//!
//! **Means**: nothing allows the request: no policy of the caller, and in the same account no resource policy that names it.
//!
//! **We know** by evaluating every statement: the finding names the one that comes closest, and what it lacks.
//!
//! **To do**: allow the action on the resource, and no more; where a statement nearly does, mend it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::policy_layer::no_allow(diagnosis, Layer::IdentityPolicy)
}
