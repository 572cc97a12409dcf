//! What a remedy changes, and what its proof says.

use std::fmt::Write;

use super::code;
use crate::evidence::{Acl, Document, Entity, EntityKind, ObjectOwnership};
use crate::remedy::{Change, Effect, Opinion, PolicyPlace, Proof, Remedy, Way};

/// One line for a person.
pub(in super::super) fn summary(remedy: &Remedy) -> String {
    match remedy.change() {
        Change::ObjectAcl { object, .. } => {
            format!(
                "let the object's owner give the owner of bucket {} full control of it",
                code(&object.bucket.bucket)
            )
        }
        Change::Ownership { bucket, after, .. } => {
            let means = match after {
                ObjectOwnership::BucketOwnerEnforced => "ACLs do not count any more",
                ObjectOwnership::BucketOwnerPreferred => {
                    "new uploads with the ACL `bucket-owner-full-control` become the bucket owner's"
                }
                ObjectOwnership::ObjectWriter => "objects belong to who uploads them",
            };
            format!("set Object Ownership of bucket {} to `{after:?}`: {means}", code(&bucket.bucket))
        }
        Change::CopyOntoItself { object, .. } => {
            format!("copy the object onto itself as the owner of bucket {}", code(&object.bucket.bucket))
        }
        Change::ReEncrypt { .. } => {
            "encrypt the object anew under a KMS key of your own, whose policy lets the caller in".to_owned()
        }
        Change::KeyGrant { key, grant, .. } => {
            format!(
                "grant `{}` with key {} to {}",
                grant.operations.join(", "),
                code(&key.key),
                code(&grant.grantee_principal)
            )
        }
        Change::EnableKey { key, .. } => format!("enable key {}", code(&key.key)),
        Change::Request { how: Way::RequesterPays } => {
            "send the request with `x-amz-request-payer: requester`".to_owned()
        }
        Change::Request { how: Way::ExternalId(id) } => format!("pass the external ID {}", code(id)),
        Change::Policy { on, before, .. } => policy(remedy.kind(), on, before.is_some()),
    }
}

fn policy(kind: &str, on: &PolicyPlace, there: bool) -> String {
    let place = place(on);
    match kind {
        "repaired-arn" => format!("write the ARN in {place} as it was meant"),
        "repaired-principal" => format!("write the principal in {place} as it was meant"),
        "deny-exception" => format!("except the caller in the Deny statement of {place}"),
        "require-full-control" => {
            format!(
                "deny all uploads without the ACL `bucket-owner-full-control`, by a statement of {place}: whoever does not send it is kept out"
            )
        }
        _ if there => format!("add one statement to {place} that allows it"),
        _ => format!("make {place}, with one statement that allows it"),
    }
}

fn place(on: &PolicyPlace) -> String {
    match on {
        PolicyPlace::Bucket(bucket) => format!("the policy of bucket {}", code(&bucket.bucket)),
        PolicyPlace::AccessPoint(point) => format!("the policy of access point {}", code(&point.access_point)),
        PolicyPlace::Key(key) => format!("the policy of key {}", code(&key.key)),
        PolicyPlace::Endpoint { endpoint, .. } => format!("the policy of VPC endpoint {}", code(endpoint)),
        PolicyPlace::Trust(role) => format!("the trust policy of role {}", code(&role.name)),
        PolicyPlace::Inline { entity, policy } => format!("inline policy {} of {}", code(policy), who(entity)),
        PolicyPlace::Managed { arn, .. } => format!("policy {}", code(arn.as_str())),
        PolicyPlace::Resource { arn, .. } => format!("the policy of {}", code(arn.as_str())),
    }
}

fn who(entity: &Entity) -> String {
    let kind = match entity.kind {
        EntityKind::User => "user",
        EntityKind::Group => "group",
        EntityKind::Role => "role",
    };
    format!("{kind} {}", code(&entity.name))
}

/// What is there now, and what would be there.
pub(in super::super) fn before_and_after(change: &Change) -> (String, String) {
    let document = |document: &Document| document.value().map(ToString::to_string).unwrap_or_default();
    let none = || "(none)".to_owned();
    match change {
        Change::ObjectAcl { before, after, .. } => {
            (before.as_ref().map_or_else(|| "(not readable)".to_owned(), acl), acl(after))
        }
        Change::Ownership { before, after, .. } => {
            (before.map_or_else(none, |before| format!("{before:?}")), format!("{after:?}"))
        }
        Change::CopyOntoItself { owner, .. } => {
            ("(another account's object)".to_owned(), format!("an object of {owner}"))
        }
        Change::Policy { before, after, .. } => (before.as_ref().map_or_else(none, document), document(after)),
        Change::KeyGrant { before, grant, .. } => (
            format!("{} grants", before.len()),
            format!("one more: {} to {}", grant.operations.join(", "), grant.grantee_principal),
        ),
        Change::ReEncrypt { .. } => ("a key that AWS manages".to_owned(), "a KMS key of your own".to_owned()),
        Change::EnableKey { before, .. } => (before.state.clone(), "Enabled".to_owned()),
        Change::Request { how: Way::RequesterPays } => ("no x-amz-request-payer".to_owned(), "requester".to_owned()),
        Change::Request { how: Way::ExternalId(id) } => ("no external ID, or another".to_owned(), id.clone()),
    }
}

fn acl(acl: &Acl) -> String {
    let grants: Vec<_> = acl
        .grants
        .iter()
        .map(|grant| format!("{:?} to {}", grant.permission, super::s3::grantee(&grant.grantee)))
        .collect();
    grants.join(", ")
}

/// What IAM Access Analyzer says of the policy that would be left.
pub(in super::super) fn opinion(opinion: &Opinion) -> String {
    let mut said = Vec::new();
    match &opinion.faults {
        Ok(faults) if faults.is_empty() => said.push("finds no fault with the policy".to_owned()),
        Ok(faults) => said.push(format!("finds {}", super::codes(faults))),
        Err(why) => said.push(format!("could not be asked what is wrong with the policy: {why}")),
    }
    match &opinion.new_access {
        Some(Ok(true)) => said.push("sees that it allows more than before".to_owned()),
        Some(Ok(false)) => said.push("sees nothing that it newly allows".to_owned()),
        Some(Err(why)) => said.push(format!("could not be asked what it newly allows: {why}")),
        None => {}
    }
    match &opinion.public {
        Some(Ok(true)) => said.push("sees that it lets everybody in".to_owned()),
        Some(Ok(false)) => said.push("sees that it is not public".to_owned()),
        Some(Err(why)) => said.push(format!("could not be asked whether it is public: {why}")),
        None => {}
    }
    format!("Access Analyzer {}", said.join(", "))
}

/// What was evaluated, and what came of it.
pub(in super::super) fn proof(proof: &Proof) -> String {
    let effect = match &proof.effect {
        Effect::Allows => "the request is allowed then".to_owned(),
        Effect::AllowsAsRead => "the request is allowed then, as far as could be read".to_owned(),
        Effect::Leaves(codes) if codes.is_empty() => {
            "this cause is gone then; whether the request is allowed hangs on what could not be read".to_owned()
        }
        Effect::Leaves(codes) => format!("this cause is gone then, and {} would deny it still", codes.join(", ")),
        Effect::Chosen => "what becomes of the request hangs on the policy of the key that is chosen".to_owned(),
        Effect::Later => "it changes later requests, not this one".to_owned(),
    };
    let elsewhere = if proof.elsewhere { ", from elsewhere too" } else { "" };
    let others = match proof.newly_allowed {
        0 => "allows no other".to_owned(),
        1 => "allows 1 other".to_owned(),
        many => format!("allows {many} others"),
    };
    let denies = match proof.newly_denied {
        0 => String::new(),
        denied => format!("denies {denied} that are allowed now, and "),
    };
    let probed = proof.probed;
    let mut text = format!("{effect}{elsewhere}; of {probed} requests tried around it, the change {denies}{others}");
    if let Some(example) = proof.examples.first() {
        // Writing to a string cannot fail.
        let _ = write!(text, ": {} on {} by {}, {}", example.action, example.resource, example.who, example.from);
    }
    text
}
