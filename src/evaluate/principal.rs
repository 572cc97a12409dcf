//! Whether a statement names the caller, and how: that decides which implicit denies its Allow overrides.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>

use crate::arn::Arn;
use crate::policy::{Effect, PrincipalEntry, Principals};
use crate::request::{Principal, PrincipalKind};
use crate::truth::Truth;

/// How a statement names the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named {
    /// As the user, the session, or everyone. In the same account, an Allow needs nothing else.
    pub direct: Truth,
    /// As the role of the session. In the same account, the boundary and the session policy still limit an Allow.
    pub role: Truth,
    /// As a member of the account. An Allow leaves it to the account's own policies.
    pub account: Truth,
}

impl Named {
    /// Not at all.
    pub const NO: Self = Self { direct: Truth::False, role: Truth::False, account: Truth::False };
    /// Nobody can tell.
    pub const UNKNOWN: Self = Self { direct: Truth::Unknown, role: Truth::Unknown, account: Truth::Unknown };

    const fn direct(truth: Truth) -> Self {
        Self { direct: truth, ..Self::NO }
    }

    const fn role(truth: Truth) -> Self {
        Self { role: truth, ..Self::NO }
    }

    const fn account(truth: Truth) -> Self {
        Self { account: truth, ..Self::NO }
    }

    /// In one way or another.
    #[must_use]
    pub fn any(self) -> Truth {
        self.direct.or(self.role).or(self.account)
    }

    /// Named by either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            direct: self.direct.or(other.direct),
            role: self.role.or(other.role),
            account: self.account.or(other.account),
        }
    }

    /// Named so where `truth` holds.
    #[must_use]
    pub fn and(self, truth: Truth) -> Self {
        Self { direct: self.direct.and(truth), role: self.role.and(truth), account: self.account.and(truth) }
    }
}

/// How the statement's `Principal` or `NotPrincipal` names the caller.
#[must_use]
pub fn named(principals: &Principals, effect: Effect, caller: &Principal) -> Named {
    let listed = principals.entries.iter().map(|entry| entry_names(entry, caller)).fold(Named::NO, Named::or);
    if !principals.negated {
        return listed;
    }
    let others = effect == Effect::Deny && spares_others(principals, listed, caller);
    Named::direct(if others { Truth::True } else { !excepted(listed, effect, caller) })
}

/// Whether `NotPrincipal` spares somebody else of the caller's account or role, and names these only for that one's
/// sake: beside a user and its account "all principals except the user" are denied, and beside a session, its role and
/// its account all but that session.
///
/// <https://github.com/awsdocs/iam-user-guide/blob/0491d91318eb7c358cca4dae81767c8d0f2eb326/doc_source/reference_policies_elements_notprincipal.md>
fn spares_others(principals: &Principals, listed: Named, caller: &Principal) -> bool {
    let role_of = |arn: &Arn| arn.resource_of_type("assumed-role")?.split('/').next().map(str::to_owned);
    let own_role = caller.arn.as_ref().and_then(role_of);
    let other = |entry: &PrincipalEntry| match entry {
        PrincipalEntry::Arn(arn) if arn.account().is_some() && arn.account() == caller.account => {
            listed.role == Truth::False || (own_role.is_some() && role_of(arn) == own_role)
        }
        PrincipalEntry::Arn(_)
        | PrincipalEntry::Everyone
        | PrincipalEntry::Account(_)
        | PrincipalEntry::UniqueId(_)
        | PrincipalEntry::Service(_)
        | PrincipalEntry::Federated(_)
        | PrincipalEntry::CanonicalUser(_)
        | PrincipalEntry::Malformed(_) => false,
    };
    listed.direct == Truth::False && listed.role != Truth::Unknown && principals.entries.iter().any(other)
}

/// Whether `NotPrincipal` leaves the caller out. With Deny, the account, the role and the session must all be
/// listed; where only some are, the statement "might" deny:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
fn excepted(listed: Named, effect: Effect, caller: &Principal) -> Truth {
    let any = listed.any();
    if effect == Effect::Allow {
        return any;
    }
    // "Will always deny any IAM principal that has a permissions boundary":
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    if caller.bounded == Truth::True {
        return Truth::False;
    }
    let all = match caller.kind {
        PrincipalKind::RoleSession { .. } => listed.direct.and(listed.role).and(listed.account),
        PrincipalKind::User | PrincipalKind::FederatedUser { .. } => listed.direct.and(listed.account),
        PrincipalKind::Root
        | PrincipalKind::Provider(_)
        | PrincipalKind::Service(_)
        | PrincipalKind::Anonymous
        | PrincipalKind::OriginAccessIdentity
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => any,
    };
    let all = if all == any { all } else { Truth::Unknown };
    all.and(!caller.bounded)
}

fn entry_names(entry: &PrincipalEntry, caller: &Principal) -> Named {
    match entry {
        PrincipalEntry::Everyone => Named::direct(Truth::True),
        PrincipalEntry::Account(account) => match caller.kind {
            PrincipalKind::Anonymous | PrincipalKind::Service(_) | PrincipalKind::OriginAccessIdentity => Named::NO,
            PrincipalKind::Root => Named::direct(known(caller.account, |a| a == *account)),
            PrincipalKind::User
            | PrincipalKind::RoleSession { .. }
            | PrincipalKind::FederatedUser { .. }
            | PrincipalKind::Provider(_)
            | PrincipalKind::Unnamed
            | PrincipalKind::Other => Named::account(known(caller.account, |a| a == *account)),
        },
        PrincipalEntry::Arn(arn) => arn_names(arn, caller),
        PrincipalEntry::UniqueId(id) => {
            // AWS writes the ARN as long as the principal is there, so an id that is not known to be the caller's is
            // that of somebody gone.
            let own = caller.id.as_deref().map(|own| own.split(':').next().unwrap_or(own));
            let same: Truth = (own == Some(id)).into();
            match caller.kind {
                PrincipalKind::User | PrincipalKind::OriginAccessIdentity => Named::direct(same),
                PrincipalKind::RoleSession { .. } => Named::role(same),
                PrincipalKind::Unnamed | PrincipalKind::Other => Named::direct(Truth::Unknown),
                PrincipalKind::Root
                | PrincipalKind::FederatedUser { .. }
                | PrincipalKind::Provider(_)
                | PrincipalKind::Service(_)
                | PrincipalKind::Anonymous => Named::NO,
            }
        }
        PrincipalEntry::Service(name) => {
            if let PrincipalKind::Service(own) = &caller.kind {
                same_name(own, name)
            } else {
                Named::NO
            }
        }
        PrincipalEntry::Federated(name) => {
            if let PrincipalKind::Provider(own) = &caller.kind {
                same_name(own, name)
            } else {
                Named::NO
            }
        }
        PrincipalEntry::CanonicalUser(id) => {
            let has_none = matches!(caller.kind, PrincipalKind::Anonymous | PrincipalKind::Service(_));
            let own = known(caller.canonical_id.as_deref(), |own| own == id);
            if has_none { Named::NO } else { Named::account(own) }
        }
        PrincipalEntry::Malformed(_) => Named::NO,
    }
}

/// Whether the ARN may be that of the session's role, of which only the name is known.
fn may_be_role(arn: &Arn, caller: &Principal) -> Truth {
    let session = caller.arn.as_ref().and_then(|session| session.resource_of_type("assumed-role")?.split('/').next());
    let name = arn.resource_of_type("role").and_then(|role| role.rsplit('/').next());
    let other = session.is_some_and(|session| name != Some(session)) || arn.account() != caller.account;
    if other { Truth::False } else { Truth::Unknown }
}

/// A service or provider by its name, which the record may leave out.
fn same_name(own: &str, name: &str) -> Named {
    Named::direct(if own.is_empty() { Truth::Unknown } else { (own == name).into() })
}

fn arn_names(arn: &Arn, caller: &Principal) -> Named {
    match &caller.kind {
        PrincipalKind::User => Named::direct(known(caller.arn.as_ref(), |own| own == arn)),
        PrincipalKind::RoleSession { role } => Named {
            direct: known(caller.arn.as_ref(), |own| own == arn && own.service() == "sts"),
            role: role.as_ref().map_or_else(|| may_be_role(arn, caller), |own| (own == arn).into()),
            account: Truth::False,
        },
        PrincipalKind::FederatedUser { user } => Named {
            direct: known(caller.arn.as_ref(), |own| own == arn),
            // Only a user can make such a session.
            role: if arn.resource().starts_with("user/") && arn.account() == caller.account {
                known(user.as_ref(), |own| own == arn)
            } else {
                Truth::False
            },
            account: Truth::False,
        },
        // The record does not say who it was, only the account.
        PrincipalKind::Unnamed | PrincipalKind::Other => {
            let same = known(caller.account.zip(arn.account()), |(own, named)| own == named);
            Named { direct: same.and(Truth::Unknown), role: same.and(Truth::Unknown), account: Truth::False }
        }
        // Which identity it was, the record does not say.
        PrincipalKind::OriginAccessIdentity => {
            let of_cloudfront = arn.service() == "iam" && arn.account_field() == "cloudfront";
            Named::direct(if of_cloudfront { Truth::Unknown } else { Truth::False })
        }
        PrincipalKind::Root | PrincipalKind::Provider(_) | PrincipalKind::Service(_) | PrincipalKind::Anonymous => {
            Named::NO
        }
    }
}

fn known<T>(value: Option<T>, test: impl FnOnce(T) -> bool) -> Truth {
    value.map_or(Truth::Unknown, |v| test(v).into())
}
