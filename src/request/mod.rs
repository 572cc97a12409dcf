//! Denial to requests: who asked for which action on which resource, with which context.

mod caller;
mod calls;
mod context;
mod keys;
mod kms;
mod principal;
mod s3;
mod s3_express;
mod s3_kin;
mod s3_tables;
mod sts;

pub use caller::{Behind, Caller};
pub use calls::{action_for_call, is_s3_action, s3_actions};
pub use context::{Context, Key};
pub use keys::known_keys;
pub use kms::{encryption, key_action, of_session, session_takes_key};
pub use principal::{Entity, EntityKind, Principal, PrincipalKind, Session};
pub use s3::{AccessPoint, Makes, S3Target, is_multi_region, through_access_point};

use crate::arn::{AccountId, Arn, Partition};
use crate::event::Denial;

/// One authorization that a call takes.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// The IAM action.
    pub action: Action,
    /// On what.
    pub resource: Resource,
    /// The condition keys.
    pub context: Context,
    /// The bucket and object, for S3.
    pub s3: Option<S3Target>,
    /// The VPC endpoint that the request came through.
    pub endpoint: Option<Endpoint>,
    /// What S3 Access Grants are asked for.
    pub data_access: Option<DataAccess>,
    /// How the request follows from the call.
    pub origin: Origin,
}

/// How a request follows from a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The call asks for it.
    Call,
    /// The call came through an access point, and this is about the bucket behind it. Whether the caller's own policies
    /// have to allow it under this name as well, no page of AWS's says.
    BehindAccessPoint,
    /// The call came through an Object Lambda Access Point, which does this in the caller's name.
    ByObjectLambda,
    /// S3 asks KMS for it, to encrypt or decrypt the object.
    Encryption {
        /// The key is the bucket's default, and need not be the object's.
        assumed: bool,
    },
}

/// What a caller wants of S3 Access Grants.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetDataAccess.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataAccess {
    /// The data, as `s3://bucket/prefix*`; `None` if the record does not say.
    pub target: Option<String>,
    /// `READ`, `WRITE` or `READWRITE`; `None` if the record does not say.
    pub permission: Option<String>,
    /// The caller also acts for somebody of a directory, whose grants may count.
    pub for_directory: bool,
}

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id, `vpce-…`.
    pub id: String,
    /// Its owner, where the record says it.
    pub account: Option<AccountId>,
}

/// An IAM action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    name: String,
    folded: String,
    guessed: bool,
}

impl Action {
    /// An action such as `s3:GetObject`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), folded: name.to_ascii_lowercase(), guessed: false }
    }

    /// An action made of the call's name: the service is right, the name may be another.
    #[must_use]
    pub fn guessed(name: &str) -> Self {
        Self { guessed: true, ..Self::new(name) }
    }

    /// Whether the name is a guess.
    #[must_use]
    pub fn is_guessed(&self) -> bool {
        self.guessed
    }

    /// As AWS writes it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// In lower case, as patterns of actions are.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// The prefix in lower case: `s3`.
    #[must_use]
    pub fn service(&self) -> &str {
        self.folded.split(':').next().unwrap_or_default()
    }
}

/// What an action is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its ARN; `None` if the record does not say.
    pub arn: Option<Arn>,
    /// Its owner; `None` if not known.
    pub account: Option<AccountId>,
    /// The action takes no resource: only a policy that says `*` is about it.
    pub none: bool,
}

impl Resource {
    /// A resource by its ARN, `None` if not known, and its owner.
    #[must_use]
    pub fn new(arn: Option<Arn>, account: Option<AccountId>) -> Self {
        Self { arn, account, none: false }
    }
}

impl Request {
    /// A request with nothing but what every policy looks at: of no bucket, through no endpoint.
    #[must_use]
    pub fn new(principal: Principal, action: Action, resource: Resource, context: Context) -> Self {
        Self { principal, action, resource, context, s3: None, endpoint: None, data_access: None, origin: Origin::Call }
    }

    /// One authorization of a denied call.
    fn of(
        denial: &Denial,
        principal: &Principal,
        action: Action,
        resource: Resource,
        context: Context,
        s3: Option<S3Target>,
    ) -> Self {
        // For calls between AWS services, a service's name stands in place of the id.
        let id = denial.vpc_endpoint.as_ref().filter(|id| id.starts_with("vpce-"));
        let endpoint = id.map(|id| Endpoint { id: id.clone(), account: denial.vpc_endpoint_account });
        Self { s3, endpoint, ..Self::new(principal.clone(), action, resource, context) }
    }

    /// Whether this is about the bucket behind an access point.
    #[must_use]
    pub fn is_behind_access_point(&self) -> bool {
        let of_bucket = self.s3.as_ref().is_some_and(|target| target.access_point.is_none());
        match self.origin {
            Origin::BehindAccessPoint => true,
            Origin::ByObjectLambda => of_bucket,
            Origin::Call | Origin::Encryption { .. } => false,
        }
    }

    /// Whether the resource is named by the alias of a key, for a request that uses the key.
    #[must_use]
    pub fn names_alias(&self) -> bool {
        let alias = |arn: &Arn| arn.service() == "kms" && arn.resource().starts_with("alias/");
        self.resource.arn.as_ref().is_some_and(alias) && !self.action.folded().ends_with("alias")
    }

    /// Whether the caller's account owns the resource; `None` if not known.
    #[must_use]
    pub fn same_account(&self) -> Option<bool> {
        match &self.principal.kind {
            PrincipalKind::Anonymous | PrincipalKind::Service(_) | PrincipalKind::OriginAccessIdentity => {
                return Some(false);
            }
            PrincipalKind::Root
            | PrincipalKind::User
            | PrincipalKind::RoleSession { .. }
            | PrincipalKind::FederatedUser { .. }
            | PrincipalKind::Provider(_)
            | PrincipalKind::Unnamed
            | PrincipalKind::Other => {}
        }
        Some(self.principal.account? == self.resource.account?)
    }
}

/// The authorizations that the denied call takes. What AWS's message names comes first.
#[must_use]
pub fn requests(denial: &Denial) -> Vec<Request> {
    // A viewer asks for a page, and IAM is not asked whether it may have it.
    if denial.viewer.is_some() {
        return Vec::new();
    }
    let principal = Principal::of(&denial.identity);
    let mut requests = match denial.event_source.as_str() {
        "s3.amazonaws.com" => s3::requests(denial, &principal),
        "s3express.amazonaws.com" => s3_express::requests(denial, &principal),
        "s3tables.amazonaws.com" => s3_tables::requests(denial, &principal),
        "s3-object-lambda.amazonaws.com" | "s3-outposts.amazonaws.com" => s3_kin::requests(denial, &principal),
        "sts.amazonaws.com" => sts::requests(denial, &principal),
        _ => vec![other(denial, &principal)],
    };
    let Some(action) = denial.message.action.as_deref() else { return requests };
    let is_stated = |request: &Request| request.action.name().eq_ignore_ascii_case(action);
    if !requests.iter().any(is_stated) && !stands_for_missing_object(denial) {
        let arn = denial.message.resource.as_ref().and_then(|text| text.parse::<Arn>().ok());
        let of_object = requests.iter().find(|request| request.s3.as_ref().is_some_and(|target| target.key.is_some()));
        let on_key = arn.as_ref().filter(|arn| arn.service() == "kms").zip(of_object);
        let stated = match on_key {
            Some((key, request)) => Some(kms::stated(denial, request, action, key)),
            None => arn.and_then(|arn| s3::stated(denial, &principal, action, &arn)),
        };
        requests.insert(0, stated.unwrap_or_else(|| other(denial, &principal)));
    }
    requests.sort_by_key(|request| !is_stated(request));
    requests
}

/// A read of an object that is not there is denied in the name of the listing that the caller may not do.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
#[must_use]
pub fn stands_for_missing_object(denial: &Denial) -> bool {
    let read = matches!(denial.event_name.as_str(), "GetObject" | "HeadObject");
    let listing = denial.message.action.as_deref().is_some_and(|action| action.eq_ignore_ascii_case("s3:ListBucket"));
    read && listing && denial.event_source == "s3.amazonaws.com"
}

/// What the message names, of any service; else the event's name, which is most often the action's too.
fn other(denial: &Denial, principal: &Principal) -> Request {
    let action = denial.message.action.as_deref().map_or_else(|| action_of(denial), Action::new);
    let stated = denial.message.resource.as_ref().and_then(|text| text.parse::<Arn>().ok());
    let listed = match denial.resources.as_slice() {
        [only] if only.arn.service() == action.service() => Some(only),
        _ => None,
    };
    // Who takes a role names it.
    let role = denial.parameter("roleArn").filter(|_| action.service() == "sts");
    let arn = stated.or_else(|| listed.map(|r| r.arn.clone())).or_else(|| role.and_then(|arn| arn.parse().ok()));
    let account = arn.as_ref().and_then(Arn::account).or(listed.and_then(|r| r.account));
    let none = denial.message.resource.as_deref() == Some("*");
    let resource = Resource { arn, account, none };
    let context = keys::context(denial, principal, &action, &resource, None);
    Request::of(denial, principal, action, resource, context, None)
}

/// The action by the event's name. Some services add the date of their API version to it.
fn action_of(denial: &Denial) -> Action {
    let row = calls::OTHER_CALLS.iter().find(|row| row.0 == denial.event_source && row.1 == denial.event_name);
    if let Some((_, _, action)) = row {
        return Action::new(action);
    }
    let name = |service: &str| format!("{service}:{}", denial.event_name);
    let same = calls::OTHER_SAME_NAME.iter().find(|row| row.0 == denial.event_source);
    if same.is_some_and(|row| row.1.contains(&denial.event_name.as_str())) {
        return Action::new(&name(denial.event_source.split('.').next().unwrap_or_default()));
    }
    let label = denial.event_source.split('.').next().unwrap_or_default();
    let prefix = calls::PREFIXES.iter().find(|row| row.0 == denial.event_source).map_or(label, |row| row.1);
    Action::guessed(&format!("{prefix}:{}", without_api_version(&denial.event_name)))
}

/// `GetFunction20150331v2` is `GetFunction`.
fn without_api_version(name: &str) -> &str {
    let base = match name.rsplit_once('v') {
        Some((head, revision)) if !revision.is_empty() && revision.bytes().all(|b| b.is_ascii_digit()) => head,
        _ => name,
    };
    let stem = base.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_');
    let digits = base.len() - stem.len();
    if (8..=10).contains(&digits) { stem } else { name }
}

/// The partition of a denial's Region.
fn partition(denial: &Denial) -> Partition {
    Partition::of_region(&denial.region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_versions_are_not_part_of_an_action() {
        for (name, expect) in [
            ("GetFunction20150331v2", "GetFunction"),
            ("ListFunctions20150331", "ListFunctions"),
            ("Invoke", "Invoke"),
            ("ListObjectsV2", "ListObjectsV2"),
            ("Describe2", "Describe2"),
        ] {
            assert_eq!(without_api_version(name), expect);
        }
    }
}
