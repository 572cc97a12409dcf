//! Why a request was denied, as the message says it after the action and the resource.

use super::Reason;
use super::text::{Text, bare};
use crate::arn::Arn;
use crate::layer::Layer;

/// How messages name the layers. IAM's page has `sessions policy`, and KMS speaks of policies.
const LAYERS: &[(&str, Layer)] = &[
    ("identity-based policy", Layer::IdentityPolicy),
    ("identity-based policies", Layer::IdentityPolicy),
    ("permissions boundary", Layer::PermissionsBoundary),
    ("session policy", Layer::SessionPolicy),
    ("sessions policy", Layer::SessionPolicy),
    ("service control policy", Layer::Scp),
    ("resource control policy", Layer::Rcp),
    ("resource-based policy", Layer::ResourcePolicy),
    ("resource-based policies", Layer::ResourcePolicy),
    ("vpc endpoint policy", Layer::VpcEndpointPolicy),
    ("role trust policy", Layer::TrustPolicy),
];

/// What stands behind `because` where no policy is named. S3 has two wordings for each of the settings.
const CAUSES: &[(&str, Reason)] = &[
    ("blockpublicacls", Reason::PublicAclBlocked),
    ("blockpublicpolicy", Reason::PublicPolicyBlocked),
    ("server side encryption with customer provided keys", Reason::CustomerKeyBlocked),
    ("object protected by object lock", Reason::ObjectLocked),
    ("resource does not exist in this region", Reason::KeyRefused),
    ("kms access was denied", Reason::KeyRefused),
];

/// How many words of a cause are looked at.
const CAUSE_WORDS: usize = 16;

/// Messages, or parts of them, that name no action.
const SAYINGS: &[(&str, Reason)] = &[
    ("due to a vpc endpoint policy", Reason::Denied(Layer::VpcEndpointPolicy)),
    ("access to kms is not allowed", Reason::KeyRefused),
    ("ciphertext refers to a customer master key that does not exist", Reason::KeyRefused),
    ("insufficient lake formation permission(s)", Reason::OwnPermissions),
    ("don't have access to the model with the specified model id", Reason::OwnPermissions),
    ("cross-account pass role is not allowed", Reason::NeverAllowed),
    ("roles may not be assumed by root accounts", Reason::NeverAllowed),
    ("cannot call getsessiontoken with session credentials", Reason::NeverAllowed),
    ("cannot call getfederationtoken with session credentials", Reason::NeverAllowed),
    ("can only be made by accounts in an aws organization", Reason::NeverAllowed),
];

/// What a message says of the reason.
#[derive(Default)]
pub(super) struct Said<'m> {
    /// The word with which it starts to say so.
    pub(super) start: Option<usize>,
    pub(super) reason: Option<Reason>,
    pub(super) policy: Option<&'m str>,
    /// It seems to say several reasons. All but one of them stand in a name that somebody chose; which ones, nobody
    /// can tell.
    pub(super) several: bool,
}

/// Reads the reason in the words from this one on.
pub(super) fn read<'m>(text: &Text<'m>, from: usize) -> Said<'m> {
    let mut said = Said::default();
    for at in from..text.len() {
        let Some((reason, policy)) = reason_at(text, at) else { continue };
        if said.start.is_none() {
            said = Said { start: Some(at), reason, policy, several: false };
        } else if said.reason != reason {
            return Said { start: said.start, several: true, ..Said::default() };
        } else if said.policy != policy {
            said.policy = None;
        }
    }
    said
}

/// The reason of a message that names no action.
pub(super) fn saying(text: &Text<'_>) -> Option<Reason> {
    SAYINGS.iter().find(|(phrase, _)| text.find(0, phrase).is_some()).map(|row| row.1)
}

/// Whether what follows a resource starts at this word.
pub(super) fn ends_resource(text: &Text<'_>, at: usize) -> bool {
    reason_at(text, at).is_some() || is_addition(text, at)
}

/// The first word of what services add behind a message, from this word on.
pub(super) fn addition(text: &Text<'_>, from: usize) -> Option<usize> {
    (from..text.len()).find(|at| is_addition(text, *at))
}

fn is_addition(text: &Text<'_>, at: usize) -> bool {
    (text.is(at, "go to") && text.word(at + 2).starts_with("https://"))
        || text.is(at, "encoded authorization failure message")
        || text.is(at, "status code")
        || text.word(at).starts_with("(Service:")
}

/// `None` where no reason starts at this word. A reason that is not known is one as well.
fn reason_at<'m>(text: &Text<'m>, at: usize) -> Option<(Option<Reason>, Option<&'m str>)> {
    if text.is(at, "because") {
        return Some((cause(text, at + 1), None));
    }
    let deny = ["with an explicit deny", "due to an explicit deny"].iter().find(|phrase| text.is(at, phrase))?;
    let (reason, policy) = explicit_deny(text, at + deny.split(' ').count());
    Some((Some(reason), policy))
}

/// What follows `because`.
fn cause(text: &Text<'_>, at: usize) -> Option<Reason> {
    if text.is(at, "no") {
        return layer(text, at + 1).map(|(layer, _)| Reason::NoAllow(layer));
    }
    // An older version of IAM's page has it so:
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    if text.is(at, "the role trust policy allows") {
        return Some(Reason::NoAllow(Layer::TrustPolicy));
    }
    let is_near = |phrase: &str| (at..at + CAUSE_WORDS).any(|at| text.is(at, phrase));
    CAUSES.iter().find(|(phrase, _)| is_near(phrase)).map(|row| row.1)
}

/// What follows `with an explicit deny`: `in a service control policy: arn:...`.
fn explicit_deny<'m>(text: &Text<'m>, at: usize) -> (Reason, Option<&'m str>) {
    let named = text.is(at, "in").then(|| layer(text, behind_article(text, at + 1))).flatten();
    let Some((named, end)) = named else { return (Reason::SomeExplicitDeny, None) };
    if named == Layer::VpcEndpointPolicy && may_go_on(text, end) {
        let through = text.is(end, "transitively through");
        let layer = through.then(|| layer(text, behind_article(text, end + 2))).flatten();
        return (layer.map_or(Reason::SomeExplicitDeny, |(layer, _)| Reason::ExplicitDeny(layer)), None);
    }
    let arn = text.whole(end).filter(|_| end > 0 && text.word(end - 1).ends_with(':')).map(bare);
    (Reason::ExplicitDeny(named), arn.filter(|arn| arn.parse::<Arn>().is_ok()))
}

/// Whether `in a VPC endpoint policy` goes on with `transitively through a service control policy`, or may do so where
/// the message is cut: it is that one that denies then.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
fn may_go_on(text: &Text<'_>, at: usize) -> bool {
    let next = bare(text.word(at)).to_ascii_lowercase();
    if next.is_empty() { text.may_be_cut() } else { "transitively".starts_with(&next) }
}

/// The layer that is named from this word on, and the word behind its name.
fn layer(text: &Text<'_>, at: usize) -> Option<(Layer, usize)> {
    let (name, layer) = LAYERS.iter().find(|(name, _)| text.is(at, name))?;
    Some((*layer, at + name.split(' ').count()))
}

fn behind_article(text: &Text<'_>, at: usize) -> usize {
    let is_article = ["a", "an", "the"].iter().any(|article| text.is(at, article));
    at + usize::from(is_article)
}
