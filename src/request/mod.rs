//! Denial to requests: who asked for which action on which resource, with which context.

mod calls;
mod context;
mod keys;
mod principal;
mod s3;

pub use context::{Context, Key};
pub use principal::{Entity, EntityKind, Principal, PrincipalKind};
pub use s3::{AccessPoint, Makes, S3Target};

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
    /// Whether the caller's account owns the resource; `None` if not known.
    #[must_use]
    pub fn same_account(&self) -> Option<bool> {
        match &self.principal.kind {
            PrincipalKind::Anonymous | PrincipalKind::Service(_) => return Some(false),
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
    let principal = Principal::of(&denial.identity);
    let mut requests = match denial.event_source.as_str() {
        "s3.amazonaws.com" | "s3express.amazonaws.com" => s3::requests(denial, &principal),
        _ => vec![other(denial, &principal)],
    };
    let Some(action) = denial.message.action.as_deref() else { return requests };
    let is_stated = |request: &Request| request.action.name().eq_ignore_ascii_case(action);
    if !requests.iter().any(is_stated) && !stands_for_missing_object(denial) {
        let arn = denial.message.resource.as_ref().and_then(|text| text.parse::<Arn>().ok());
        let on_bucket = arn.and_then(|arn| s3::stated(denial, &principal, action, &arn));
        requests.insert(0, on_bucket.unwrap_or_else(|| other(denial, &principal)));
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
    let arn = stated.or_else(|| listed.map(|r| r.arn.clone()));
    let account = arn.as_ref().and_then(Arn::account).or(listed.and_then(|r| r.account));
    let none = denial.message.resource.as_deref() == Some("*");
    let resource = Resource { arn, account, none };
    let context = keys::context(denial, principal, &action, &resource, None);
    Request { principal: principal.clone(), action, resource, context, s3: None }
}

/// The action by the event's name. Some services add the date of their API version to it.
fn action_of(denial: &Denial) -> Action {
    let row = calls::OTHER_CALLS.iter().find(|row| row.0 == denial.event_source && row.1 == denial.event_name);
    if let Some((_, _, action)) = row {
        return Action::new(action);
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
