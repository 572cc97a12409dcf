//! What AWS says in the message of a denial.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>
//!
//! A message names one reason, and CloudTrail cuts it at 1 KB: every part may be missing.

use crate::layer::Layer;

/// The parts of a denial message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The caller, as AWS names it.
    pub principal: Option<String>,
    /// The IAM action, `s3:GetObject` for example.
    pub action: Option<String>,
    /// The resource, most often an ARN.
    pub resource: Option<String>,
    /// Why the request was denied.
    pub reason: Option<Reason>,
    /// The ARN of the policy with the explicit deny.
    pub policy: Option<String>,
    /// The id by which AWS keeps its own evaluation of the request.
    pub authorization_id: Option<String>,
}

/// The reason that a message gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A statement of this layer denies.
    ExplicitDeny(Layer),
    /// No statement of this layer allows.
    NoAllow(Layer),
    /// A statement denies; which layer is not said.
    SomeExplicitDeny,
    /// The `BlockPublicAcls` setting.
    PublicAclBlocked,
    /// The `BlockPublicPolicy` setting.
    PublicPolicyBlocked,
    /// The bucket takes no uploads with keys that the customer provides.
    CustomerKeyBlocked,
    /// Object Lock protects the object.
    ObjectLocked,
}

/// How messages name the layers.
const LAYERS: &[(&str, Layer)] = &[
    ("identity-based policy", Layer::IdentityPolicy),
    ("permissions boundary", Layer::PermissionsBoundary),
    ("session policy", Layer::SessionPolicy),
    ("service control policy", Layer::Scp),
    ("resource control policy", Layer::Rcp),
    ("resource-based policy", Layer::ResourcePolicy),
    ("vpc endpoint policy", Layer::VpcEndpointPolicy),
    ("role trust policy", Layer::TrustPolicy),
];

/// Phrases that stand for one reason.
const PHRASES: &[(&str, Reason)] = &[
    ("by the blockpublicacls setting", Reason::PublicAclBlocked),
    ("by the blockpublicpolicy setting", Reason::PublicPolicyBlocked),
    ("server side encryption with customer provided keys (sse-c)", Reason::CustomerKeyBlocked),
    ("object protected by object lock", Reason::ObjectLocked),
    ("due to a vpc endpoint policy", Reason::ExplicitDeny(Layer::VpcEndpointPolicy)),
];

impl Message {
    /// Reads a message. Text in no known form gives a message without parts.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        // ASCII folding keeps byte offsets, so positions in one are positions in the other.
        let folded = text.to_ascii_lowercase();
        let after = |phrase: &str| folded.find(phrase).and_then(|at| text.get(at + phrase.len()..));
        let action = after("not authorized to perform: ").map(word);
        let resource = after(" on resource: ").map(resource);
        Self {
            principal: after("user: ")
                .map(|rest| until(rest, " is not authorized").to_owned())
                .filter(|p| !p.is_empty()),
            action: action.filter(|a| a.contains(':')),
            resource: resource.filter(|r| !r.is_empty()),
            reason: reason(&folded),
            policy: after("with an explicit deny in").and_then(policy),
            authorization_id: after("with the following authorization id: ").map(word).filter(|id| !id.is_empty()),
        }
    }
}

fn reason(folded: &str) -> Option<Reason> {
    if let Some((_, reason)) = PHRASES.iter().find(|(phrase, _)| folded.contains(phrase)) {
        return Some(*reason);
    }
    let layer_at = |rest: &str| LAYERS.iter().find(|(name, _)| rest.starts_with(name)).map(|row| row.1);
    if let Some((_, rest)) = folded.split_once("because no ") {
        return layer_at(rest).map(Reason::NoAllow);
    }
    let (_, rest) = folded.split_once("with an explicit deny")?;
    let named = rest
        .strip_prefix(" in ")
        .map(|r| ["a ", "an ", "the "].iter().find_map(|article| r.strip_prefix(article)).unwrap_or(r));
    Some(named.and_then(layer_at).map_or(Reason::SomeExplicitDeny, Reason::ExplicitDeny))
}

/// The policy's ARN in `a service control policy: arn:...`.
fn policy(rest: &str) -> Option<String> {
    let (_, arn) = rest.split_once(": ")?;
    let arn = word(arn);
    arn.starts_with("arn:").then_some(arn)
}

fn resource(rest: &str) -> String {
    if let Some(quoted) = rest.strip_prefix('"') {
        return until(quoted, "\"").to_owned();
    }
    let end = ["because no ", "with an explicit deny"].iter().filter_map(|phrase| rest.find(phrase)).min();
    clean(rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest))
}

fn until<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or(text, |(before, _)| before)
}

fn word(text: &str) -> String {
    clean(until(text, " "))
}

fn clean(text: &str) -> String {
    text.trim().trim_end_matches(['.', ',', ';']).trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_forms() {
        let implicit = Message::parse(
            "User: arn:aws:sts::111122223333:assumed-role/reader/ann is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/a key.txt\" because no identity-based policy allows the s3:GetObject action",
        );
        assert_eq!(implicit.principal.as_deref(), Some("arn:aws:sts::111122223333:assumed-role/reader/ann"));
        assert_eq!(implicit.action.as_deref(), Some("s3:GetObject"));
        assert_eq!(implicit.resource.as_deref(), Some("arn:aws:s3:::b/a key.txt"));
        assert_eq!(implicit.reason, Some(Reason::NoAllow(Layer::IdentityPolicy)));

        let explicit = Message::parse(
            "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::111122223333:role/\nwith an explicit deny in a service control policy: arn:aws:organizations::999988887777:policy/o-x/service_control_policy/p-1",
        );
        assert_eq!(explicit.resource.as_deref(), Some("arn:aws:iam::111122223333:role/"));
        assert_eq!(explicit.reason, Some(Reason::ExplicitDeny(Layer::Scp)));
        assert_eq!(
            explicit.policy.as_deref(),
            Some("arn:aws:organizations::999988887777:policy/o-x/service_control_policy/p-1")
        );
    }

    #[test]
    fn special_and_old_forms() {
        for (text, reason) in [
            (
                "User: x is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::b/k\" because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access",
                Some(Reason::PublicAclBlocked),
            ),
            (
                "The request was denied due to a VPC endpoint policy",
                Some(Reason::ExplicitDeny(Layer::VpcEndpointPolicy)),
            ),
            (
                "User: x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/r because no role trust policy allows the sts:AssumeRole action",
                Some(Reason::NoAllow(Layer::TrustPolicy)),
            ),
            ("User: x is not authorized to perform: a:B with an explicit deny", Some(Reason::SomeExplicitDeny)),
            (
                "User: x is not authorized to perform: a:B with an explicit deny in the role trust policy",
                Some(Reason::ExplicitDeny(Layer::TrustPolicy)),
            ),
            ("Access Denied", None),
            ("", None),
        ] {
            assert_eq!(Message::parse(text).reason, reason, "{text}");
        }
    }

    #[test]
    fn a_message_cut_anywhere_gives_what_is_left() {
        let whole = "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/ü\" with an explicit deny in a resource-based policy. Go to https://x for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: abc123";
        for end in 0..=whole.len() {
            let Some(part) = whole.get(..end) else { continue };
            let message = Message::parse(part);
            assert!(message.action.is_none_or(|action| "s3:GetObject".starts_with(&action)));
        }
        assert_eq!(Message::parse(whole).authorization_id.as_deref(), Some("abc123"));
    }
}
