//! `userIdentity`: who made the call.
//!
//! <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html>

use jiff::Timestamp;

use super::EventError;
use super::fields::Fields;
use crate::arn::{AccountId, Arn};

/// The `type` of a `userIdentity`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityType {
    /// The account's root user.
    Root,
    /// An IAM user.
    IamUser,
    /// A session of a role.
    AssumedRole,
    /// A role itself.
    Role,
    /// A session from `GetFederationToken`.
    FederatedUser,
    /// Another account, or nobody: this is the resource owner's copy of the record, without names.
    Account,
    /// An AWS service for itself.
    Service,
    /// A SAML user that takes a role.
    SamlUser,
    /// A web identity that takes a role.
    WebIdentityUser,
    /// A user of IAM Identity Center.
    IdentityCenterUser,
    /// A directory user, or a type that we do not know.
    Other,
}

const TYPES: &[(&str, IdentityType)] = &[
    ("Root", IdentityType::Root),
    ("IAMUser", IdentityType::IamUser),
    ("AssumedRole", IdentityType::AssumedRole),
    ("Role", IdentityType::Role),
    ("FederatedUser", IdentityType::FederatedUser),
    ("AWSAccount", IdentityType::Account),
    ("AWSService", IdentityType::Service),
    ("SAMLUser", IdentityType::SamlUser),
    ("WebIdentityUser", IdentityType::WebIdentityUser),
    ("IdentityCenterUser", IdentityType::IdentityCenterUser),
];

/// The caller, as the record names it.
#[derive(Debug, Clone)]
pub struct Identity {
    /// What kind of caller.
    pub kind: IdentityType,
    /// The caller's ARN.
    pub arn: Option<Arn>,
    /// The caller's account; `None` for anonymous calls and services.
    pub account: Option<AccountId>,
    /// The unique id, with the session name for sessions.
    pub principal_id: Option<String>,
    /// The access key id; case files keep its first and last four characters.
    pub access_key: Option<String>,
    /// The user's name.
    pub user_name: Option<String>,
    /// Who issued the session.
    pub issuer: Option<Issuer>,
    /// When the session was made.
    pub created: Option<Timestamp>,
    /// Whether the session was made with MFA.
    pub mfa: Option<bool>,
    /// `sourceIdentity` of the session.
    pub source_identity: Option<String>,
    /// `1.0` or `2.0`: how an EC2 instance got its credentials.
    pub ec2_role_delivery: Option<String>,
    /// The provider of a web identity.
    pub federated_provider: Option<String>,
    /// The function, task or job that the credentials were issued to: `inScopeOf`.
    pub issued_to: Option<Arn>,
    /// The session comes from `AssumeRoot`.
    pub assumed_root: bool,
    /// The service that made the call for the caller.
    pub invoked_by: Option<String>,
    /// The record says `anonymous`.
    pub anonymous: bool,
    /// The record says `CloudFront` in place of an account: an origin access identity, which it does not name.
    pub cloudfront: bool,
}

/// The user or role behind a session.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// Its ARN, with the path.
    pub arn: Option<Arn>,
    /// Its unique id.
    pub principal_id: Option<String>,
    /// Its name.
    pub user_name: Option<String>,
}

impl Identity {
    pub(super) fn read(fields: &Fields<'_>) -> Result<Self, EventError> {
        let type_text = fields.text("type")?;
        let kind = TYPES.iter().find(|row| Some(row.0) == type_text).map_or(IdentityType::Other, |row| row.1);
        let session = fields.object("sessionContext")?;
        let attributes = session.object("attributes")?;
        Ok(Self {
            kind,
            arn: arn(fields.text("arn")?),
            account: account(fields.text("accountId")?),
            principal_id: owned(fields.text("principalId")?),
            access_key: owned(fields.text("accessKeyId")?),
            user_name: owned(fields.text("userName")?),
            issuer: issuer(&session.object("sessionIssuer")?)?,
            created: attributes.text("creationDate")?.and_then(|t| t.parse().ok()),
            mfa: match attributes.text("mfaAuthenticated")? {
                Some("true") => Some(true),
                Some("false") => Some(false),
                _ => None,
            },
            source_identity: owned(session.text("sourceIdentity")?),
            ec2_role_delivery: owned(session.text("ec2RoleDelivery")?.or(attributes.text("ec2RoleDelivery")?)),
            federated_provider: owned(
                session
                    .object("webIdFederationData")?
                    .text("federatedProvider")?
                    .or(if kind == IdentityType::WebIdentityUser { fields.text("identityProvider")? } else { None }),
            ),
            issued_to: arn(fields.object("inScopeOf")?.text("credentialsIssuedTo")?),
            assumed_root: session.text("assumedRoot")? == Some("true"),
            invoked_by: owned(fields.text("invokedBy")?),
            anonymous: fields
                .text("accountId")?
                .is_some_and(|a| ["anonymous", "ANONYMOUS_PRINCIPAL"].iter().any(|name| a.eq_ignore_ascii_case(name))),
            cloudfront: fields.text("accountId")?.is_some_and(|a| a.eq_ignore_ascii_case("cloudfront")),
        })
    }

    /// Nobody: the request was not signed.
    pub(super) fn anonymous() -> Self {
        Self {
            kind: IdentityType::Account,
            arn: None,
            account: None,
            principal_id: None,
            access_key: None,
            user_name: None,
            issuer: None,
            created: None,
            mfa: None,
            source_identity: None,
            ec2_role_delivery: None,
            federated_provider: None,
            issued_to: None,
            assumed_root: false,
            invoked_by: None,
            anonymous: true,
            cloudfront: false,
        }
    }

    /// The name of the role behind a session, without its path.
    #[must_use]
    pub fn role_name(&self) -> Option<&str> {
        if let Some(name) =
            self.issuer.as_ref().and_then(|i| i.arn.as_ref()).and_then(|arn| arn.resource_of_type("role"))
        {
            return name.rsplit('/').next();
        }
        self.arn.as_ref()?.resource_of_type("assumed-role")?.split('/').next()
    }
}

fn issuer(fields: &Fields<'_>) -> Result<Option<Issuer>, EventError> {
    if fields.is_absent() {
        return Ok(None);
    }
    Ok(Some(Issuer {
        arn: arn(fields.text("arn")?),
        principal_id: owned(fields.text("principalId")?),
        user_name: owned(fields.text("userName")?),
    }))
}

fn owned(text: Option<&str>) -> Option<String> {
    text.filter(|t| !t.is_empty()).map(str::to_owned)
}

fn arn(text: Option<&str>) -> Option<Arn> {
    text.and_then(|t| t.parse().ok())
}

fn account(text: Option<&str>) -> Option<AccountId> {
    text.and_then(|t| t.parse().ok())
}
