//! Condition keys from a CloudTrail record. A key that the record does not decide stays unknown.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>

use std::net::IpAddr;

use super::{Action, Context, Key, Principal, PrincipalKind, Resource, S3Target};
use crate::arn::Arn;
use crate::event::Denial;

/// What a key is derived from.
struct Source<'a> {
    denial: &'a Denial,
    principal: &'a Principal,
    resource: &'a Resource,
    target: Option<&'a S3Target>,
}

type Derive = fn(&Source<'_>) -> Key;

/// The global keys.
const GLOBAL: &[(&str, Derive)] = &[
    ("aws:PrincipalArn", principal_arn),
    ("aws:PrincipalAccount", principal_account),
    ("aws:PrincipalType", principal_type),
    ("aws:userid", user_id),
    ("aws:username", user_name),
    ("aws:PrincipalIsAWSService", is_aws_service),
    ("aws:PrincipalServiceName", |s| {
        if is_service(s) { Key::known(s.denial.identity.invoked_by.clone()) } else { Key::Absent }
    }),
    ("aws:PrincipalServiceNamesList", |s| if is_service(s) { Key::Unknown } else { Key::Absent }),
    ("aws:SourceIp", source_ip),
    ("aws:VpcSourceIp", vpc_source_ip),
    ("aws:SourceVpce", source_vpce),
    ("aws:SourceVpc", behind_endpoint),
    ("aws:SourceVpcArn", behind_endpoint),
    ("aws:VpceAccount", behind_endpoint),
    ("aws:VpceOrgID", behind_endpoint),
    ("aws:VpceOrgPaths", behind_endpoint),
    ("aws:SecureTransport", |s| if s.denial.tls_version.is_some() { Key::one("true") } else { Key::Unknown }),
    ("aws:RequestedRegion", |s| Key::one(s.denial.region.clone())),
    ("aws:UserAgent", user_agent),
    ("aws:CurrentTime", |s| Key::one(s.denial.time.to_string())),
    ("aws:EpochTime", |s| Key::one(s.denial.time.as_second().to_string())),
    ("aws:TokenIssueTime", token_issue_time),
    ("aws:MultiFactorAuthPresent", mfa_present),
    ("aws:MultiFactorAuthAge", |s| match mfa_present(s) {
        Key::Present(values) if values.iter().any(|v| v == "true") => Key::Unknown,
        Key::Present(_) | Key::Absent => Key::Absent,
        Key::NotOf(_) | Key::Unknown => Key::Unknown,
    }),
    ("aws:SourceIdentity", |s| session_key(s, s.denial.identity.source_identity.as_ref())),
    ("aws:FederatedProvider", |s| Key::known(s.denial.identity.federated_provider.clone())),
    ("aws:ViaAWSService", via_service),
    ("aws:CalledVia", called_via),
    ("aws:CalledViaFirst", called_via),
    ("aws:CalledViaLast", called_via),
    ("aws:SourceArn", only_for_services),
    ("aws:SourceAccount", only_for_services),
    ("aws:SourceOrgID", only_for_services),
    ("aws:SourceOrgPaths", only_for_services),
    ("aws:ResourceAccount", |s| Key::known(s.resource.account.map(|a| a.to_string()))),
    ("ec2:RoleDelivery", |s| session_key(s, s.denial.identity.ec2_role_delivery.as_ref())),
];

/// S3's own keys.
const S3: &[(&str, Derive)] = &[
    ("s3:prefix", |s| parameter(s, "prefix")),
    ("s3:delimiter", |s| parameter(s, "delimiter")),
    // Records leave out what the caller did not write, and these may count all the same.
    ("s3:max-keys", |s| Key::known(s.denial.parameter("max-keys"))),
    ("s3:VersionId", |s| match s.denial.parameters {
        None => Key::Unknown,
        Some(_) => Key::maybe(s.target.and_then(|t| t.version.clone())),
    }),
    ("s3:x-amz-acl", |s| parameter(s, "x-amz-acl")),
    ("s3:x-amz-grant-read", |s| parameter(s, "x-amz-grant-read")),
    ("s3:x-amz-grant-write", |s| parameter(s, "x-amz-grant-write")),
    ("s3:x-amz-grant-read-acp", |s| parameter(s, "x-amz-grant-read-acp")),
    ("s3:x-amz-grant-write-acp", |s| parameter(s, "x-amz-grant-write-acp")),
    ("s3:x-amz-grant-full-control", |s| parameter(s, "x-amz-grant-full-control")),
    ("s3:x-amz-copy-source", |s| parameter(s, "x-amz-copy-source")),
    ("s3:x-amz-metadata-directive", |s| parameter(s, "x-amz-metadata-directive")),
    ("s3:x-amz-storage-class", |s| parameter(s, "x-amz-storage-class")),
    ("s3:x-amz-website-redirect-location", |s| parameter(s, "x-amz-website-redirect-location")),
    ("s3:x-amz-object-ownership", |s| parameter(s, "x-amz-object-ownership")),
    // The request's header only: the bucket's default encryption does not set it.
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    ("s3:x-amz-server-side-encryption", |s| upload_parameter(s, "x-amz-server-side-encryption")),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", kms_key_id),
    ("s3:x-amz-server-side-encryption-customer-algorithm", |s| {
        parameter(s, "x-amz-server-side-encryption-customer-algorithm")
    }),
    ("s3:if-match", |s| Key::known(s.denial.parameter("if-match"))),
    ("s3:if-none-match", |s| Key::known(s.denial.parameter("if-none-match"))),
    ("s3:object-lock-mode", |s| parameter(s, "x-amz-object-lock-mode")),
    ("s3:object-lock-legal-hold", |s| parameter(s, "x-amz-object-lock-legal-hold")),
    ("s3:object-lock-retain-until-date", |s| parameter(s, "x-amz-object-lock-retain-until-date")),
    ("s3:ResourceAccount", |s| Key::known(s.resource.account.map(|a| a.to_string()))),
    ("s3:TlsVersion", |s| Key::known(s.denial.tls_version.as_ref().map(|v| v.trim_start_matches("TLSv").to_owned()))),
    ("s3:authType", auth_type),
    ("s3:signatureversion", signature_version),
    ("s3:DataAccessPointArn", |s| access_point_key(s, Arn::to_string)),
    ("s3:DataAccessPointAccount", |s| access_point_key(s, |arn| arn.account_field().to_owned())),
    ("s3:AccessPointNetworkOrigin", |s| {
        if s.target.is_some_and(|t| t.access_point.is_some()) { Key::Unknown } else { Key::Absent }
    }),
];

/// Keys of S3's kin that say what S3's keys of the same name do.
///
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3express.html>,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3onoutposts.html>
const KIN: &[&str] = &[
    "s3-outposts:authType",
    "s3-outposts:DataAccessPointAccount",
    "s3-outposts:DataAccessPointArn",
    "s3-outposts:delimiter",
    "s3-outposts:max-keys",
    "s3-outposts:prefix",
    "s3-outposts:signatureversion",
    "s3-outposts:x-amz-acl",
    "s3-outposts:x-amz-copy-source",
    "s3-outposts:x-amz-metadata-directive",
    "s3-outposts:x-amz-server-side-encryption",
    "s3-outposts:x-amz-storage-class",
    "s3express:authType",
    "s3express:ResourceAccount",
    "s3express:signatureversion",
    "s3express:TlsVersion",
];

/// The keys of taking a role. The record has what the call passes.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>
const STS: &[(&str, Derive)] = &[
    ("sts:ExternalId", |s| parameter(s, "externalId")),
    ("sts:RoleSessionName", |s| parameter(s, "roleSessionName")),
    ("sts:SourceIdentity", |s| parameter(s, "sourceIdentity")),
];

/// Keys that no record tells, or that are told by what the service's own file reads, and families of keys, which end with a slash or a colon.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>
const UNTOLD: &[&str] = &[
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:ResourceOrgID",
    "aws:ResourceOrgPaths",
    "aws:PrincipalTag/",
    "aws:ResourceTag/",
    "aws:RequestTag/",
    "aws:TagKeys",
    "aws:referer",
    "s3:ExistingObjectTag/",
    "s3:RequestObjectTag/",
    "s3:RequestObjectTagKeys",
    "s3:BucketTag/",
    "s3:AccessPointTag/",
    "s3:signatureAge",
    "s3:x-amz-content-sha256",
    "s3express:AllAccessRestrictedToLocalZoneGroup",
    "s3express:LocationName",
    "s3express:Permissions",
    "s3express:SessionMode",
    "s3tables:KMSKeyArn",
    "s3tables:namespace",
    "s3tables:SSEAlgorithm",
    "s3tables:tableName",
    "kms:ViaService",
    "kms:CallerAccount",
    "kms:EncryptionContext:",
    "kms:EncryptionContextKeys",
    "kms:GrantIsForAWSResource",
    "kms:RequestAlias",
    "kms:ResourceAliases",
];

/// The names of condition keys, as AWS writes them: the global ones, and those of S3, its kin, KMS and STS that are used
/// most.
pub fn known_keys() -> impl Iterator<Item = &'static str> {
    GLOBAL.iter().chain(S3).chain(STS).map(|row| row.0).chain(KIN.iter().chain(UNTOLD).copied())
}

/// The condition keys of a request.
pub(super) fn context(
    denial: &Denial,
    principal: &Principal,
    action: &Action,
    resource: &Resource,
    target: Option<&S3Target>,
) -> Context {
    let source = Source { denial, principal, resource, target };
    let mut context = Context::new(Key::Unknown);
    for (name, derive) in GLOBAL {
        context.set(name, derive(&source));
    }
    if action.service() == "s3" {
        for (name, derive) in S3 {
            context.set(name, derive(&source));
        }
    }
    for name in KIN {
        let of_s3 = name.split_once(':').filter(|(service, _)| *service == action.service());
        let row = of_s3.and_then(|(_, name)| S3.iter().find(|row| row.0.strip_prefix("s3:") == Some(name)));
        if let Some((_, derive)) = row {
            context.set(name, derive(&source));
        }
    }
    if action.service() == "sts" && denial.event_source == "sts.amazonaws.com" {
        for (name, derive) in STS {
            context.set(name, derive(&source));
        }
    }
    if denial.event_source == "kms.amazonaws.com" {
        super::kms::called(&mut context, denial);
    }
    if let PrincipalKind::Provider(name) = &principal.kind {
        of_provider(&mut context, denial, name);
    }
    if principal.kind == PrincipalKind::Anonymous {
        context.set_family("aws:PrincipalTag/", Key::Absent);
        context.set("aws:PrincipalOrgID", Key::Absent);
        context.set("aws:PrincipalOrgPaths", Key::Absent);
    }
    context
}

/// Who a web identity is, and for whom its token was made. The record's `principalId` is provider, audience and subject.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>,
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>
fn of_provider(context: &mut Context, denial: &Denial, provider: &str) {
    let host = provider.rsplit("oidc-provider/").next().unwrap_or(provider);
    let (Some(subject), false) = (&denial.identity.user_name, host.is_empty()) else { return };
    context.set(&format!("{host}:sub"), Key::one(subject));
    let id = denial.identity.principal_id.as_deref();
    let rest = id.and_then(|id| id.strip_prefix(provider).or_else(|| id.strip_prefix(host))?.strip_prefix(':'));
    let audience = rest.and_then(|rest| rest.strip_suffix(subject.as_str())?.strip_suffix(':'));
    context.set(&format!("{host}:aud"), Key::known(audience));
}

fn is_service(s: &Source<'_>) -> bool {
    matches!(s.principal.kind, PrincipalKind::Service(_))
}

fn is_aws_service(s: &Source<'_>) -> Key {
    match s.principal.kind {
        PrincipalKind::Anonymous => Key::Absent,
        PrincipalKind::OriginAccessIdentity | PrincipalKind::Other => Key::Unknown,
        PrincipalKind::Root
        | PrincipalKind::User
        | PrincipalKind::RoleSession { .. }
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Provider(_)
        | PrincipalKind::Service(_)
        | PrincipalKind::Unnamed => Key::one(is_service(s).to_string()),
    }
}

fn is_anonymous(s: &Source<'_>) -> bool {
    s.principal.kind == PrincipalKind::Anonymous
}

fn principal_arn(s: &Source<'_>) -> Key {
    if is_anonymous(s) { Key::Absent } else { Key::known(s.principal.policy_arn().map(ToString::to_string)) }
}

fn principal_account(s: &Source<'_>) -> Key {
    if is_anonymous(s) { Key::one("anonymous") } else { Key::known(s.principal.account.map(|a| a.to_string())) }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principaltype>
fn principal_type(s: &Source<'_>) -> Key {
    match &s.principal.kind {
        PrincipalKind::Root => Key::one("Account"),
        PrincipalKind::User => Key::one("User"),
        PrincipalKind::RoleSession { .. } => Key::one("AssumedRole"),
        PrincipalKind::FederatedUser { .. } => Key::one("FederatedUser"),
        PrincipalKind::Anonymous => Key::one("Anonymous"),
        PrincipalKind::Provider(_)
        | PrincipalKind::Service(_)
        | PrincipalKind::OriginAccessIdentity
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => Key::Unknown,
    }
}

fn user_id(s: &Source<'_>) -> Key {
    if is_anonymous(s) {
        Key::one("anonymous")
    } else if s.principal.kind == PrincipalKind::Root {
        Key::known(s.principal.account.map(|a| a.to_string()))
    } else {
        Key::known(s.principal.id.clone())
    }
}

fn user_name(s: &Source<'_>) -> Key {
    match s.principal.kind {
        PrincipalKind::User => Key::known(s.denial.identity.user_name.clone()),
        PrincipalKind::OriginAccessIdentity | PrincipalKind::Unnamed | PrincipalKind::Other => Key::Unknown,
        PrincipalKind::Root
        | PrincipalKind::RoleSession { .. }
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Provider(_)
        | PrincipalKind::Service(_)
        | PrincipalKind::Anonymous => Key::Absent,
    }
}

/// Whether the caller itself sent the request; an AWS service in between hides where it came from.
fn is_direct(s: &Source<'_>) -> bool {
    s.denial.identity.invoked_by.is_none()
}

fn address(s: &Source<'_>) -> Option<IpAddr> {
    s.denial.source_ip.as_deref()?.parse().ok()
}

fn source_ip(s: &Source<'_>) -> Key {
    match (&s.denial.vpc_endpoint, address(s)) {
        (Some(_), _) => Key::Absent,
        (None, Some(address)) if is_direct(s) => Key::one(address.to_string()),
        (None, _) => Key::Unknown,
    }
}

fn vpc_source_ip(s: &Source<'_>) -> Key {
    match &s.denial.vpc_endpoint {
        Some(_) => Key::known(address(s).map(|a| a.to_string())),
        None if is_direct(s) && address(s).is_some() => Key::Absent,
        None => Key::Unknown,
    }
}

fn source_vpce(s: &Source<'_>) -> Key {
    match s.denial.vpc_endpoint.as_deref() {
        Some(id) if id.starts_with("vpce-") => Key::one(id),
        // A service that acts for itself comes through no endpoint of a customer's.
        None if is_service(s) || (is_direct(s) && address(s).is_some()) => Key::Absent,
        Some(_) | None => Key::Unknown,
    }
}

fn behind_endpoint(s: &Source<'_>) -> Key {
    match source_vpce(s) {
        Key::Absent => Key::Absent,
        Key::Present(_) | Key::NotOf(_) | Key::Unknown => Key::Unknown,
    }
}

/// S3 puts the agent in brackets. CloudTrail cuts it at 1 KB.
fn user_agent(s: &Source<'_>) -> Key {
    match s.denial.user_agent.as_deref() {
        Some(agent) if agent.len() < 1000 => {
            let inner = agent.strip_prefix('[').and_then(|a| a.strip_suffix(']'));
            Key::one(inner.unwrap_or(agent))
        }
        _ => Key::Unknown,
    }
}

fn token_issue_time(s: &Source<'_>) -> Key {
    match &s.denial.identity.created {
        Some(time) => Key::one(time.to_string()),
        None if long_term_key(s) => Key::Absent,
        None => Key::Unknown,
    }
}

/// Long-term credentials do not have the key at all; sessions do.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent>
fn mfa_present(s: &Source<'_>) -> Key {
    if is_anonymous(s) || long_term_key(s) {
        return Key::Absent;
    }
    match s.denial.identity.mfa {
        Some(mfa) => Key::one(mfa.to_string()),
        None => Key::Unknown,
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>
fn long_term_key(s: &Source<'_>) -> bool {
    s.denial.identity.access_key.as_deref().is_some_and(|key| key.starts_with("AKIA"))
}

/// A key of the session. The copy of a record for another account leaves sessions out.
fn session_key(s: &Source<'_>, value: Option<&String>) -> Key {
    match s.principal.kind {
        PrincipalKind::OriginAccessIdentity | PrincipalKind::Unnamed | PrincipalKind::Other => Key::known(value),
        PrincipalKind::Root
        | PrincipalKind::User
        | PrincipalKind::RoleSession { .. }
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Provider(_)
        | PrincipalKind::Service(_)
        | PrincipalKind::Anonymous => Key::maybe(value),
    }
}

fn via_service(s: &Source<'_>) -> Key {
    if is_direct(s) { Key::one("false") } else { Key::Unknown }
}

fn called_via(s: &Source<'_>) -> Key {
    if is_direct(s) { Key::Absent } else { Key::Unknown }
}

fn only_for_services(s: &Source<'_>) -> Key {
    if is_service(s) || !is_direct(s) { Key::Unknown } else { Key::Absent }
}

fn access_point_key(s: &Source<'_>, part: fn(&Arn) -> String) -> Key {
    match s.target.and_then(|target| target.access_point.as_ref()) {
        None => Key::Absent,
        Some(point) => Key::known(point.arn.as_ref().map(part)),
    }
}

/// A header that only the start of a multipart upload brings; whether it counts for the parts, no page says.
fn upload_parameter(s: &Source<'_>, name: &str) -> Key {
    match s.denial.event_name.as_str() {
        "UploadPart" | "UploadPartCopy" | "CompleteMultipartUpload" => Key::known(s.denial.parameter(name)),
        _ => parameter(s, name),
    }
}

/// The key is compared as an ARN; a request can name it by its id or an alias.
fn kms_key_id(s: &Source<'_>) -> Key {
    match upload_parameter(s, "x-amz-server-side-encryption-aws-kms-key-id") {
        Key::Present(values) if values.iter().any(|value| !value.starts_with("arn:")) => Key::Unknown,
        key @ (Key::Present(_) | Key::Absent | Key::NotOf(_) | Key::Unknown) => key,
    }
}

/// A header or query parameter of the request. The record leaves all out where they are too large.
fn parameter(s: &Source<'_>, name: &str) -> Key {
    match &s.denial.parameters {
        None => Key::Unknown,
        Some(_) => Key::maybe(s.denial.parameter(name).map(str::to_owned)),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html>
fn auth_type(s: &Source<'_>) -> Key {
    match s.denial.additional.get("AuthenticationMethod").and_then(|v| v.as_str()) {
        Some("AuthHeader") => Key::one("REST-HEADER"),
        Some("QueryString") => Key::one("REST-QUERY-STRING"),
        Some(_) | None => Key::Unknown,
    }
}

fn signature_version(s: &Source<'_>) -> Key {
    match s.denial.additional.get("SignatureVersion").and_then(|v| v.as_str()) {
        Some("SigV4") => Key::one("AWS4-HMAC-SHA256"),
        Some("SigV2") => Key::one("AWS"),
        Some(_) | None => Key::Unknown,
    }
}
