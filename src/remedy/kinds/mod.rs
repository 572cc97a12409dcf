//! The kinds of remedies: one file per kind, and the table of them.

mod access_point_allow;
mod bucket_owner_full_control;
mod copy_onto_itself;
mod deny_exception;
mod enable_key;
mod endpoint_allow;
mod fence;
mod identity_allow;
mod key_grant;
mod ownership_enforced;
mod ownership_preferred;
mod pass_external_id;
mod re_encrypt;
mod repaired_arn;
mod repaired_principal;
mod requester_pays;
mod require_full_control;
mod resource_allow;

use serde_json::{Value, json};

use super::{Change, Class, Draft, PolicyPlace};
use crate::arn::Arn;
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evidence::{
    AccessPointRef, Answer, BucketRef, Document, EntityKind, Fact, KeyRef, ObjectOwnership, ObjectRef, Question,
};
use crate::finding::{Cause, Finding};
use crate::layer::Layer;
use crate::request::{PrincipalKind, Request};

/// A kind of remedy.
#[derive(Debug)]
pub struct Kind {
    /// Its name in reports; stable.
    pub name: &'static str,
    /// Who may make it, at best.
    pub class: Class,
    /// What would change, for whom, and how to undo it; for the manual.
    pub about: &'static str,
    /// The change that the kind has for a finding, if it has one.
    plan: fn(&Diagnosis<'_>, &Finding, &Assessed<'_>) -> Option<Change>,
    /// It does nothing for the denied call, but for later ones.
    pub later: bool,
}

/// Every kind, those first that change least.
pub const KINDS: &[Kind] = &[
    bucket_owner_full_control::KIND,
    ownership_preferred::KIND,
    requester_pays::KIND,
    pass_external_id::KIND,
    repaired_arn::KIND,
    repaired_principal::KIND,
    identity_allow::KIND,
    resource_allow::KIND,
    access_point_allow::KIND,
    endpoint_allow::KIND,
    key_grant::KIND,
    enable_key::KIND,
    deny_exception::KIND,
    ownership_enforced::KIND,
    copy_onto_itself::KIND,
    re_encrypt::KIND,
    require_full_control::KIND,
];

/// What the kinds have for a finding.
pub(super) fn draft(diagnosis: &Diagnosis<'_>, finding: &Finding) -> Vec<Draft> {
    let Some(assessed) = diagnosis.requests.get(finding.request) else { return Vec::new() };
    // Nothing lets in a user or role that is not there any more, and AWS takes no policy that names it.
    if diagnosis.caller_is_gone() {
        return Vec::new();
    }
    let of = |kind: &Kind| {
        let change = (kind.plan)(diagnosis, finding, assessed)?;
        Some(Draft { kind: kind.name, class: kind.class, change, later: kind.later })
    };
    KINDS.iter().filter_map(of).collect()
}

/// The bucket of a request.
fn bucket_of(diagnosis: &Diagnosis<'_>, request: &Request) -> Option<BucketRef> {
    crate::evaluate::bucket_ref(request.s3.as_ref()?, &diagnosis.denial.region)
}

/// The bucket whose objects belong to others or are granted by ACLs, if that is what was found, and its Object Ownership.
fn bucket_of_others(
    diagnosis: &Diagnosis<'_>,
    finding: &Finding,
    assessed: &Assessed<'_>,
) -> Option<(BucketRef, Fact<ObjectOwnership>)> {
    if !matches!(finding.cause, Cause::ObjectOwnedByOther { .. } | Cause::AclNoGrant { .. }) {
        return None;
    }
    let bucket = bucket_of(diagnosis, &assessed.request)?;
    let ownership = diagnosis.evidence.fact(&Question::BucketOwnership(bucket.clone()), Answer::as_ownership);
    Some((bucket, ownership.map(|ownership| *ownership)))
}

/// The object of a request.
fn object_of(diagnosis: &Diagnosis<'_>, request: &Request) -> Option<ObjectRef> {
    let target = request.s3.as_ref()?;
    Some(ObjectRef {
        bucket: bucket_of(diagnosis, request)?,
        key: target.key.clone()?,
        version: target.version.clone(),
    })
}

/// The canonical id of the bucket's owner.
fn bucket_owner(diagnosis: &Diagnosis<'_>, bucket: &BucketRef) -> Option<String> {
    let acl = diagnosis.evidence.fact(&Question::BucketAcl(bucket.clone()), Answer::as_acl);
    acl.known()?.owner.clone()
}

/// The policy that answers a question: `Ok(None)` if there is none, `Err` if it is not known.
fn document(diagnosis: &Diagnosis<'_>, question: &Question) -> Result<Option<Document>, ()> {
    match diagnosis.evidence.get(question) {
        Some(Fact::Known(Answer::Policy(document))) => Ok(Some(document.clone())),
        Some(Fact::Absent) => Ok(None),
        Some(Fact::Known(_) | Fact::Unreadable(_)) | None => Err(()),
    }
}

/// The policy of the resource that a finding is about, where we know how to change it: where it is, and what is there.
/// `label` is what reports call it, where it is about one that is there.
fn resource_policy(
    diagnosis: &Diagnosis<'_>,
    layer: Layer,
    request: &Request,
    label: Option<&str>,
) -> Option<(PolicyPlace, Option<Document>)> {
    if layer == Layer::TrustPolicy {
        return trust_policy(diagnosis, request).map(|(on, document)| (on, Some(document)));
    }
    let (on, question) = resource_place(diagnosis, layer, request, label)?;
    let before = document(diagnosis, &question).ok()?;
    Some((on, before))
}

/// The trust policy of the role that is to be taken.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html>
fn trust_policy(diagnosis: &Diagnosis<'_>, request: &Request) -> Option<(PolicyPlace, Document)> {
    let role = crate::evaluate::role_entity(request.resource.arn.as_ref()?)?;
    let info = diagnosis.evidence.fact(&Question::Identity(role.clone()), Answer::as_identity);
    let info = info.known()?;
    let document = info.trust.clone().filter(|_| !is_reserved(&info.arn))?;
    Some((PolicyPlace::Trust(role), document))
}

/// A policy with one more statement, or with that one alone.
fn with_statement(before: Option<&Document>, statement: Value) -> Option<Document> {
    match before {
        Some(document) => document.with_statement(statement),
        None => Some(Document::of(json!({ "Version": "2012-10-17", "Statement": [statement] }))),
    }
}

/// The least that allows a request: its action on its resource. `principal` is for policies of resources.
fn allow(request: &Request, sid: &str, principal: Option<Value>) -> Option<Value> {
    if request.action.is_guessed() {
        return None;
    }
    let mut statement = json!({ "Sid": sid, "Effect": "Allow" });
    let members = statement.as_object_mut()?;
    members.extend(principal.map(|principal| ("Principal".to_owned(), principal)));
    members.insert("Action".to_owned(), request.action.name().into());
    let arn = request.resource.arn.as_ref()?.as_str();
    members.insert("Resource".to_owned(), literal(arn, &["${", "*", "?"]).into());
    Some(statement)
}

/// A text as a policy of version 2012-10-17 means it to the letter: `special` is what would mean something else there.
/// Names that callers choose, as those of objects, can have such in them.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars>
fn literal(text: &str, special: &[&str]) -> String {
    let mut written = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let is_special = special.iter().any(|mark| text.get(at..).is_some_and(|rest| rest.starts_with(mark)));
        if is_special { written.extend(["${", c.encode_utf8(&mut [0; 4]), "}"]) } else { written.push(c) }
    }
    written
}

/// The caller, as a policy of a resource names it: the user, or the role of the session.
fn principal_element(request: &Request) -> Option<Value> {
    match &request.principal.kind {
        PrincipalKind::User | PrincipalKind::RoleSession { .. } => {
            Some(json!({ "AWS": request.principal.policy_arn()?.as_str() }))
        }
        // A service acts for whoever set it up, so its name alone would let in too many.
        PrincipalKind::Service(_)
        | PrincipalKind::Root
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Provider(_)
        | PrincipalKind::Anonymous
        | PrincipalKind::OriginAccessIdentity
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => None,
    }
}

/// A Sid that says what a statement is for: `Allow` and the action, in letters and digits.
fn sid(request: &Request) -> String {
    let name = request.action.name().chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    format!("Deniedby{name}")
}

/// The policy of the resource that a finding is about, where we know how to change it.
fn resource_place(
    diagnosis: &Diagnosis<'_>,
    layer: Layer,
    request: &Request,
    label: Option<&str>,
) -> Option<(PolicyPlace, Question)> {
    match layer {
        Layer::ResourcePolicy if request.s3.is_some() => {
            let bucket = bucket_of(diagnosis, request)?;
            Some((PolicyPlace::Bucket(bucket.clone()), Question::BucketPolicy(bucket)))
        }
        Layer::ResourcePolicy => {
            // What is new goes into the policy that is written by the name that the ARN has: for a table, its bucket's.
            let holders = crate::evidence::policy_holders(request.resource.arn.as_ref()?);
            let arn = match label {
                Some(label) if holders.len() > 1 => holders.into_iter().find(|arn| arn.as_str() == label)?,
                Some(_) | None => holders.into_iter().next_back()?,
            };
            crate::evidence::resource_policy(&arn)?;
            let account = request.resource.account.or(arn.account())?;
            Some((PolicyPlace::Resource { account, arn: arn.clone() }, Question::ResourcePolicy { account, arn }))
        }
        Layer::AccessPointPolicy => {
            let point: AccessPointRef = crate::evaluate::access_point_ref(request.s3.as_ref()?)?;
            Some((PolicyPlace::AccessPoint(point.clone()), Question::AccessPointPolicy(point)))
        }
        Layer::KmsKeyPolicy => {
            let key = own_key(diagnosis, request)?;
            Some((PolicyPlace::Key(key.clone()), Question::KmsKeyPolicy(key)))
        }
        Layer::Scp
        | Layer::Rcp
        | Layer::VpcEndpointPolicy
        | Layer::PermissionsBoundary
        | Layer::SessionPolicy
        | Layer::IdentityPolicy
        | Layer::KmsIdentityPolicy
        | Layer::TrustPolicy
        | Layer::BlockPublicAccess
        | Layer::RequesterPays
        | Layer::AccessPointVpc
        | Layer::ObjectLock
        | Layer::MfaDelete
        | Layer::CustomerKey
        | Layer::ExpectedOwner
        | Layer::AccessGrants
        | Layer::RootCaller
        | Layer::KeyOperation
        | Layer::Acl => None,
    }
}

/// The key of a request by its own ARN. Nobody can change what AWS manages.
fn own_key(diagnosis: &Diagnosis<'_>, request: &Request) -> Option<KeyRef> {
    let key = crate::evaluate::key_ref(request, &diagnosis.denial.region)?;
    let info = diagnosis.evidence.kms_key(&key);
    let info = info.known().filter(|info| !info.aws_managed)?;
    Some(KeyRef { key: info.arn.to_string(), ..key })
}

/// Whether a role is one that AWS reserves, or made for a service: nobody can change those.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/permissionsets.html>
fn is_reserved(arn: &Arn) -> bool {
    let path = arn.resource();
    path.starts_with("role/aws-reserved/") || path.starts_with("role/aws-service-role/")
}

/// Whether the caller's own policies can be changed.
fn is_changeable(request: &Request) -> bool {
    let named = request.principal.entity().is_some_and(|entity| entity.kind != EntityKind::Group);
    named && request.principal.policy_arn().is_some_and(|arn| !is_reserved(arn))
}
