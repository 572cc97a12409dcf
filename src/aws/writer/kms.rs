//! Writes to KMS: key policies, grants, and enabling a key.

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{GrantConstraints, GrantOperation};

use super::{Refused, document};
use crate::aws::errors::Failure;
use crate::aws::kms::named_grant;
use crate::evidence::KmsGrant;
use crate::remedy::{Edit, Image, Place};

pub(super) async fn write(kms: &Client, edit: &Edit) -> Result<(), Refused> {
    match (&edit.place, &edit.after) {
        (Place::KeyPolicy(key), after) => {
            // The check that the caller can still change the policy stays on: it is off only where that is asked for.
            let call = kms.put_key_policy().key_id(&key.key).policy_name("default").policy(document(after)?);
            call.send().await?;
        }
        (Place::KeyState(key), Image::KeyState(state)) if state == "Enabled" => {
            kms.enable_key().key_id(id(&key.key)).send().await?;
        }
        (Place::KeyState(key), Image::KeyState(state)) if state == "Disabled" => {
            kms.disable_key().key_id(id(&key.key)).send().await?;
        }
        // The same call with the same name again makes no second grant.
        // https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html
        (Place::KeyGrant { on, name }, Image::Grant(grant)) => create(kms, &on.key, name, grant).await?,
        (Place::KeyGrant { on, name }, Image::Nothing) => {
            let (id, _) = named_grant(kms, on, name).await?.ok_or_else(|| Refused::found("the grant is gone"))?;
            kms.revoke_grant().key_id(&on.key).grant_id(id).send().await?;
        }
        _ => return Err(Failure::garbled().into()),
    }
    Ok(())
}

/// The id in a key's ARN: the account and Region are those of the call.
fn id(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

async fn create(kms: &Client, key: &str, name: &str, grant: &KmsGrant) -> Result<(), Failure> {
    let constraints = grant.constraints.as_ref().map(|set| {
        let pairs = |pairs: &std::collections::BTreeMap<String, String>| pairs.clone().into_iter().collect();
        GrantConstraints::builder()
            .set_encryption_context_subset(set.encryption_context_subset.as_ref().map(pairs))
            .set_encryption_context_equals(set.encryption_context_equals.as_ref().map(pairs))
            .build()
    });
    kms.create_grant()
        .key_id(key)
        .name(name)
        .grantee_principal(&grant.grantee_principal)
        .set_retiring_principal(grant.retiring_principal.clone())
        .set_operations(Some(grant.operations.iter().map(|name| GrantOperation::from(name.as_str())).collect()))
        .set_constraints(constraints)
        .send()
        .await?;
    Ok(())
}
