//! A grant lets the caller use the KMS key.

use super::fence::holds_for;
use super::{Change, Class, Kind, own_key};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{Answer, KmsGrant, Question};
use crate::finding::{Cause, Finding};
use crate::layer::Layer;
use crate::request::PrincipalKind;

pub(super) const KIND: Kind = Kind {
    name: "key-grant",
    class: Class::NeedsApproval,
    about: "makes a grant of the key for this one operation to this one user or role; the key's policy stays as it is. Undo: revoke the grant.",
    plan,
    later: false,
};

/// Operations that a grant can name.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html>
const OPERATIONS: &[&str] = &[
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetPublicKey",
    "ReEncryptFrom",
    "ReEncryptTo",
    "Sign",
    "Verify",
    "VerifyMac",
];

fn plan(diagnosis: &Diagnosis<'_>, finding: &Finding, assessed: &Assessed<'_>) -> Option<Change> {
    let Cause::NoAllow { layer: layer @ Layer::KmsKeyPolicy, near, .. } = &finding.cause else { return None };
    // A grant has no such conditions.
    if !holds_for(*layer, near.as_ref(), assessed) {
        return None;
    }
    let request = &assessed.request;
    let (_, name) = request.action.name().split_once(':')?;
    let operation = OPERATIONS.iter().find(|operation| operation.eq_ignore_ascii_case(name))?;
    if !matches!(request.principal.kind, PrincipalKind::User | PrincipalKind::RoleSession { .. }) {
        return None;
    }
    let key = own_key(diagnosis, request)?;
    let before = diagnosis.evidence.fact(&Question::KmsGrants(key.clone()), Answer::as_kms_grants);
    let before = (*before.known()?).clone();
    let grant = KmsGrant {
        grantee_principal: request.principal.policy_arn()?.to_string(),
        retiring_principal: None,
        operations: vec![(*operation).to_owned()],
        constraints: None,
    };
    Some(Change::KeyGrant { key, before, grant })
}
