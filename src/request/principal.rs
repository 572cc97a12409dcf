//! Who makes a request, as policies see it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::context::{Context, Key};
use crate::arn::{AccountId, Arn};
use crate::event::{Identity, IdentityType, mask};
use crate::truth::Truth;

/// The caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// What kind of caller.
    pub kind: PrincipalKind,
    /// The ARN that names the caller: for sessions, the session's.
    pub arn: Option<Arn>,
    /// The caller's account.
    pub account: Option<AccountId>,
    /// `aws:userid`: the unique id, with the session name for sessions.
    pub id: Option<String>,
    /// The canonical id of the caller's account, once it is known.
    pub canonical_id: Option<String>,
    /// Whether the caller has a permissions boundary.
    pub bounded: Truth,
    /// The caller's session, if the record tells.
    pub session: Option<Session>,
}

/// A session of a role or of a federated user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// When it was made.
    pub created: Timestamp,
    /// Its access key id, masked as in cases.
    pub access_key: String,
}

/// What kind of caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalKind {
    /// An account's root user: no policies of its own.
    Root,
    /// An IAM user.
    User,
    /// A session of a role; holds the role's ARN, with its path where the record has it.
    RoleSession {
        /// The role.
        role: Option<Arn>,
    },
    /// A session from `GetFederationToken`; holds the ARN of the user that made it.
    FederatedUser {
        /// The user.
        user: Option<Arn>,
    },
    /// Somebody who takes a role with the word of an identity provider.
    Provider(String),
    /// An AWS service.
    Service(String),
    /// Nobody signed the request.
    Anonymous,
    /// CloudFront with an origin access identity. Records do not say which.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>
    OriginAccessIdentity,
    /// Somebody in another account: the record does not name them.
    Unnamed,
    /// Not evaluated by IAM as we know it.
    Other,
}

/// A user, group or role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Its account.
    pub account: AccountId,
    /// Its name, without the path.
    pub name: String,
}

/// What has policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntityKind {
    /// An IAM user.
    User,
    /// A group of users.
    Group,
    /// A role.
    Role,
}

impl Principal {
    /// The caller of a record.
    #[must_use]
    pub fn of(identity: &Identity) -> Self {
        let issuer = || identity.issuer.as_ref().and_then(|issuer| issuer.arn.clone());
        let kind = match identity.kind {
            // A session from AssumeRoot may do only what its task policy says.
            IdentityType::Root if identity.assumed_root => PrincipalKind::Other,
            IdentityType::Root => PrincipalKind::Root,
            IdentityType::IamUser => PrincipalKind::User,
            IdentityType::AssumedRole => {
                PrincipalKind::RoleSession { role: issuer().or_else(|| role_of(identity.arn.as_ref())) }
            }
            IdentityType::Role => PrincipalKind::RoleSession { role: identity.arn.clone() },
            IdentityType::FederatedUser => PrincipalKind::FederatedUser { user: issuer() },
            IdentityType::Account if identity.anonymous => PrincipalKind::Anonymous,
            IdentityType::Account if identity.cloudfront => PrincipalKind::OriginAccessIdentity,
            IdentityType::Account => PrincipalKind::Unnamed,
            IdentityType::Service => PrincipalKind::Service(identity.invoked_by.clone().unwrap_or_default()),
            IdentityType::SamlUser | IdentityType::WebIdentityUser => {
                PrincipalKind::Provider(identity.federated_provider.clone().unwrap_or_default())
            }
            IdentityType::IdentityCenterUser | IdentityType::Other => PrincipalKind::Other,
        };
        let bounded = match kind {
            PrincipalKind::Root
            | PrincipalKind::Provider(_)
            | PrincipalKind::Service(_)
            | PrincipalKind::Anonymous
            | PrincipalKind::OriginAccessIdentity => Truth::False,
            PrincipalKind::User
            | PrincipalKind::RoleSession { .. }
            | PrincipalKind::FederatedUser { .. }
            | PrincipalKind::Unnamed
            | PrincipalKind::Other => Truth::Unknown,
        };
        let account = identity.account.or_else(|| identity.arn.as_ref().and_then(Arn::account));
        Self {
            kind,
            arn: identity.arn.clone(),
            account,
            id: identity.principal_id.clone(),
            canonical_id: None,
            bounded,
            session: identity
                .created
                .zip(identity.access_key.as_deref())
                .map(|(created, key)| Session { created, access_key: mask(key) }),
        }
    }

    /// Reads `anonymous`, a service's name, or the ARN of a user, role, session, root user or identity provider.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "anonymous" {
            return Some(Self {
                kind: PrincipalKind::Anonymous,
                arn: None,
                account: None,
                id: None,
                canonical_id: None,
                bounded: Truth::False,
                session: None,
            });
        }
        let Ok(arn) = text.parse::<Arn>() else {
            let service = text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn");
            let kind = PrincipalKind::Service(text.to_owned());
            return service.then_some(Self {
                kind,
                arn: None,
                account: None,
                id: None,
                canonical_id: None,
                bounded: Truth::False,
                session: None,
            });
        };
        let kind = match (arn.service(), arn.resource().split('/').next()?) {
            ("iam", "root") => PrincipalKind::Root,
            ("iam", "user") => PrincipalKind::User,
            ("iam", "role") => PrincipalKind::RoleSession { role: Some(arn.clone()) },
            ("sts", "assumed-role") => PrincipalKind::RoleSession { role: role_of(Some(&arn)) },
            ("sts", "federated-user") => PrincipalKind::FederatedUser { user: None },
            ("iam", "oidc-provider" | "saml-provider") => PrincipalKind::Provider(arn.to_string()),
            _ => return None,
        };
        Some(Self {
            kind,
            account: arn.account(),
            arn: Some(arn),
            id: None,
            canonical_id: None,
            bounded: Truth::False,
            session: None,
        })
    }

    /// Takes from a request's context what an ARN alone does not tell: the unique id, and a session's role with its path.
    pub fn learn(&mut self, context: &Context) {
        let one = |name: &str| match context.get(name) {
            Key::Present(values) => values.first(),
            Key::Absent | Key::NotOf(_) | Key::Unknown => None,
        };
        self.id = self.id.take().or_else(|| one("aws:userid").cloned());
        if let PrincipalKind::RoleSession { role } = &mut self.kind {
            // A session's ARN leaves out the path of its role.
            if *context.get("aws:principalarn") == Key::Unknown {
                *role = None;
            }
            let told = one("aws:principalarn").and_then(|text| text.parse::<Arn>().ok());
            let name = |arn: &Arn| arn.resource().rsplit('/').next().map(str::to_owned);
            let same = |told: &Arn| told.resource().starts_with("role/") && role.as_ref().and_then(name) == name(told);
            if let Some(told) = told.filter(same) {
                *role = Some(told);
            }
        }
    }

    /// The user or role whose policies count for the caller.
    #[must_use]
    pub fn entity(&self) -> Option<Entity> {
        let (kind, arn, of_type) = match &self.kind {
            PrincipalKind::User => (EntityKind::User, self.arn.as_ref()?, "user"),
            PrincipalKind::FederatedUser { user } => (EntityKind::User, user.as_ref()?, "user"),
            PrincipalKind::RoleSession { role } => (EntityKind::Role, role.as_ref()?, "role"),
            PrincipalKind::Root
            | PrincipalKind::Provider(_)
            | PrincipalKind::Service(_)
            | PrincipalKind::Anonymous
            | PrincipalKind::OriginAccessIdentity
            | PrincipalKind::Unnamed
            | PrincipalKind::Other => return None,
        };
        let name = arn.resource_of_type(of_type)?.rsplit('/').next()?.to_owned();
        Some(Entity { kind, account: arn.account().or(self.account)?, name })
    }

    /// `aws:PrincipalArn`: for sessions of a role, the role's ARN.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
    #[must_use]
    pub fn policy_arn(&self) -> Option<&Arn> {
        match &self.kind {
            PrincipalKind::RoleSession { role } => role.as_ref(),
            PrincipalKind::Root
            | PrincipalKind::User
            | PrincipalKind::FederatedUser { .. }
            | PrincipalKind::Provider(_)
            | PrincipalKind::Service(_)
            | PrincipalKind::Anonymous
            | PrincipalKind::OriginAccessIdentity
            | PrincipalKind::Unnamed
            | PrincipalKind::Other => self.arn.as_ref(),
        }
    }

    /// How a policy would name the caller: the user's or role's ARN, a service's name; `None` if the record does not tell.
    #[must_use]
    pub fn policy_name(&self) -> Option<String> {
        match &self.kind {
            PrincipalKind::Service(name) | PrincipalKind::Provider(name) => {
                Some(name.clone()).filter(|n| !n.is_empty())
            }
            PrincipalKind::Anonymous => Some("anonymous".to_owned()),
            PrincipalKind::OriginAccessIdentity => Some("an origin access identity of CloudFront".to_owned()),
            PrincipalKind::Root
            | PrincipalKind::User
            | PrincipalKind::RoleSession { .. }
            | PrincipalKind::FederatedUser { .. }
            | PrincipalKind::Unnamed
            | PrincipalKind::Other => self.policy_arn().map(ToString::to_string),
        }
    }

    /// Whether AWS made this role for one of its services: SCPs and RCPs leave it alone.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        let of_service = |role: &Arn| role.resource().starts_with("role/aws-service-role/");
        matches!(&self.kind, PrincipalKind::RoleSession { role: Some(role) } if of_service(role))
    }
}

/// The role of a session. The session's ARN leaves out the role's path, so this holds for roles without one.
fn role_of(session: Option<&Arn>) -> Option<Arn> {
    let session = session?;
    let name = session.resource_of_type("assumed-role")?.split('/').next()?;
    format!("arn:{}:iam::{}:role/{name}", session.partition(), session.account_field()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_the_policies_of_its_role() {
        let session = Principal::parse("arn:aws:sts::111122223333:assumed-role/reader/i-1").unwrap();
        let entity = session.entity().unwrap();
        assert_eq!((entity.kind, entity.name.as_str()), (EntityKind::Role, "reader"));
        assert_eq!(session.policy_arn().unwrap().as_str(), "arn:aws:iam::111122223333:role/reader");
        let user = Principal::parse("arn:aws:iam::111122223333:user/team/ann").unwrap();
        assert_eq!(user.entity().unwrap().name, "ann");
    }

    #[test]
    fn callers_without_policies_of_their_own() {
        for text in ["anonymous", "glue.amazonaws.com", "arn:aws:iam::111122223333:root"] {
            assert_eq!(Principal::parse(text).unwrap().entity(), None, "{text}");
        }
        assert_eq!(Principal::parse("ann"), None);
        assert_eq!(Principal::parse("arn:aws:s3:::b"), None);
    }
}
