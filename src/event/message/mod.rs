//! What AWS says in the message of a denial.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>
//!
//! A message names one reason, and CloudTrail cuts it at 1 KB: every part may be missing.

mod reason;
mod request;
mod text;

use crate::layer::Layer;
use request::Named;
use text::{Text, bare};

/// The longest authorization id.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html>
const LONGEST_ID: usize = 256;

/// The parts of a denial message. A part in which the message may be cut is `None`.
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
    /// What AWS says more, encoded.
    pub encoded: Option<String>,
}

/// The reason that a message gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A statement of this layer denies.
    ExplicitDeny(Layer),
    /// No statement of this layer allows.
    NoAllow(Layer),
    /// This layer denies; whether by a statement, or because none allows, is not said.
    ///
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-network-events-with-cloudtrail.html>
    Denied(Layer),
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
    /// The KMS key is not there, or its policy or the caller's do not let the caller use it. KMS does not say which.
    ///
    /// <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html>
    KeyRefused,
    /// The service's own permissions, of which IAM's policies know nothing: those of Lake Formation, S3 Access Grants
    /// or `AppSync`, or Bedrock's access to models.
    ///
    /// <https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-fine-grained.html>,
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants.html>
    OwnPermissions,
    /// AWS refuses such a call whatever the policies say: the root user assumes no role, for example.
    ///
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
    NeverAllowed,
    /// There is a reason that could not be read: the message is cut before it, or it is of no known kind.
    Unread,
}

impl Reason {
    /// Whether a message with this reason may mean that one: it may leave open how a layer denies.
    #[must_use]
    pub fn says(self, reason: Self) -> bool {
        let open = |layer| reason == Self::ExplicitDeny(layer) || reason == Self::NoAllow(layer);
        self == reason || matches!(self, Self::Denied(layer) if open(layer))
    }
}

impl Message {
    /// Reads a message. Text in no known form gives a message without parts. Where somebody chose a resource's name so
    /// that it reads like a reason, and nothing tells the two apart, the reason is [`Reason::Unread`].
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = Text::new(text);
        let named = Named::read(&text);
        let said = reason::read(&text, named.after);
        let is_silent = named.action.is_none() && said.start.is_none();
        let saying = || if is_silent { reason::saying(&text) } else { None };
        // What services add stands behind the reason.
        let goes_on = text.may_be_cut() && reason::addition(&text, named.after).is_none();
        let unread = || (said.start.is_some() || goes_on).then_some(Reason::Unread);
        let owned = |part: Option<&str>| part.map(str::to_owned);
        Self {
            principal: owned(named.principal),
            action: owned(named.action),
            resource: owned(named.resource(&text, &said)),
            reason: named.reason.or(said.reason).or_else(saying).or_else(unread),
            policy: owned(said.policy),
            authorization_id: owned(authorization_id(&text, named.after)),
            encoded: owned(encoded(&text, named.after)),
        }
    }
}

/// The id stands twice in the message, and both have to agree.
fn authorization_id<'m>(text: &Text<'m>, from: usize) -> Option<&'m str> {
    let at = |at: usize| {
        let id = if text.is(at, "with the following authorization id") {
            text.whole(at + 5).map(bare)
        } else {
            text.whole(at).and_then(|word| word.split_once("#/authorization-details/")).map(|(_, id)| bare(id))
        };
        id.filter(|id| (1..=LONGEST_ID).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric()))
    };
    let mut ids = (from..text.len()).filter_map(at);
    let first = ids.next()?;
    ids.all(|id| id == first).then_some(first)
}

/// What EC2 adds, for `DecodeAuthorizationMessage`.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>
fn encoded<'m>(text: &Text<'m>, from: usize) -> Option<&'m str> {
    let at = text.find(from, "encoded authorization failure message")?;
    let is_encoded = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=' | b'+' | b'/');
    text.whole(at + 4).map(bare).filter(|blob| !blob.is_empty() && blob.bytes().all(is_encoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_forms() {
        let implicit = Message::parse(
            "User: arn:aws:sts::111122223333:assumed-role/reader/ann is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::b/a  key.txt\" because no identity-based policy allows the s3:GetObject action",
        );
        assert_eq!(implicit.principal.as_deref(), Some("arn:aws:sts::111122223333:assumed-role/reader/ann"));
        assert_eq!(implicit.action.as_deref(), Some("s3:GetObject"));
        assert_eq!(implicit.resource.as_deref(), Some("arn:aws:s3:::b/a  key.txt"));
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
    fn a_reason_may_leave_open_how_a_layer_denies() {
        let open = Reason::Denied(Layer::VpcEndpointPolicy);
        assert!(open.says(open));
        assert!(open.says(Reason::ExplicitDeny(Layer::VpcEndpointPolicy)));
        assert!(open.says(Reason::NoAllow(Layer::VpcEndpointPolicy)));
        assert!(!open.says(Reason::NoAllow(Layer::Scp)));
        assert!(!Reason::NoAllow(Layer::Scp).says(Reason::ExplicitDeny(Layer::Scp)));
        assert!(!Reason::ExplicitDeny(Layer::Scp).says(Reason::Denied(Layer::Scp)));
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
