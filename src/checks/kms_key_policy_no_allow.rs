//! # No statement of a KMS key policy lets the caller use the key
//!
//! **Means**: neither the key's policy nor a grant allows the action to the caller or, by way of its account, leaves
//! it to the caller's own policies. An IAM policy alone never opens a key.
//!
//! **We know** by reading the key's policy and grants in its account; where they cannot be read, by AWS's message
//! alone.
//!
//! **To do**: name the caller in the key's policy, or make a grant, which is narrower and can be revoked.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;
use crate::layer::Layer;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let mut findings = super::policy_layer::no_allow(diagnosis, Layer::KmsKeyPolicy);
    // Nobody can change the policy of such a key: it is a cause of its own.
    let shared = super::kms_aws_managed_key_cross_account::check(diagnosis);
    findings.retain(|finding| shared.iter().all(|other| other.request != finding.request));
    findings
}
