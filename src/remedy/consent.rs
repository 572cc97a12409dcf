//! Whether a change may be made: what the hub says of its kind, and the owners of its place by a tag. The strictest wins.

use super::{Class, Place};
use crate::arn::AccountId;
use crate::evidence::{Answer, BucketRef, Fact, Question};

/// The tag of accounts and buckets that says who may change something there: `auto`, `approve` or `never`.
pub const TAG: &str = "deniedby:fix";

/// What the owners say, from the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consent {
    /// Nobody may change anything.
    Never,
    /// It could not be read, or it is a word that nobody knows: nothing is changed without a person.
    Unclear,
    /// A person has to approve each change.
    Approve,
    /// Nothing: nobody agreed to changes without a person.
    Unsaid,
    /// Safe changes may be made without a person.
    Auto,
}

/// What may be done about a remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allowed {
    /// It may be made without a person.
    Auto,
    /// A person may approve it.
    Approve,
    /// Not by this program, whoever approves it.
    Never,
}

/// What may be done about a remedy of a kind and class. `auto` are the kinds that the hub makes without a person.
#[must_use]
pub fn allowed(kind: &str, class: Class, auto: &[&str], consent: Consent) -> Allowed {
    match (class, consent) {
        (Class::AdviceOnly, _) | (_, Consent::Never) => Allowed::Never,
        (Class::Safe, Consent::Auto) if auto.contains(&kind) => Allowed::Auto,
        (Class::Safe | Class::NeedsApproval, Consent::Auto | Consent::Unsaid | Consent::Approve | Consent::Unclear) => {
            Allowed::Approve
        }
    }
}

/// The questions whose answers hold the tags that count for a place: those of the account that is changed, of the bucket,
/// and of the bucket's account.
#[must_use]
pub fn questions(place: &Place) -> Vec<Question> {
    let accounts = [Some(place.account()), place.bucket().map(|bucket| bucket.account)];
    let mut questions: Vec<Question> =
        accounts.into_iter().flatten().map(|account| Question::AccountTags { account }).collect();
    questions.dedup();
    questions.extend(place.bucket().cloned().map(Question::BucketTags));
    questions
}

/// What the owners of a place say, by the answers to its [`questions`].
///
/// Only the account that is changed can agree to be changed: what another one says, the owner of the bucket that an
/// object is in, can forbid it and no more.
#[must_use]
pub fn consent(place: &Place, answer: impl Fn(&Question) -> Option<Fact<Answer>>) -> Consent {
    let said = questions(place).into_iter().map(|question| {
        let own = owner(&question) == Some(place.account());
        let said = tag(answer(&question).as_ref());
        if said == Consent::Auto && !own { Consent::Unsaid } else { said }
    });
    // One that says nothing leaves it to the others.
    let said: Vec<Consent> = said.filter(|said| *said != Consent::Unsaid).collect();
    said.into_iter().min().unwrap_or(Consent::Unsaid)
}

/// Whose tags a question is about.
fn owner(question: &Question) -> Option<AccountId> {
    if let Question::AccountTags { account } = question { Some(*account) } else { question.account() }
}

fn tag(tags: Option<&Fact<Answer>>) -> Consent {
    match tags {
        Some(Fact::Absent) => Consent::Unsaid,
        Some(Fact::Known(Answer::Tags(tags))) => match tags.get(TAG).map(String::as_str) {
            None => Consent::Unsaid,
            Some("auto") => Consent::Auto,
            Some("approve") => Consent::Approve,
            Some("never") => Consent::Never,
            Some(_) => Consent::Unclear,
        },
        Some(Fact::Known(_) | Fact::Unreadable(_)) | None => Consent::Unclear,
    }
}

impl Place {
    /// The bucket that it is in or of.
    #[must_use]
    pub fn bucket(&self) -> Option<&BucketRef> {
        match self {
            Self::ObjectAcl { object, .. } | Self::Object { object, .. } => Some(&object.bucket),
            Self::Ownership(bucket) | Self::BucketPolicy(bucket) => Some(bucket),
            Self::AccessPointPolicy(_)
            | Self::InlinePolicy { .. }
            | Self::ManagedPolicy { .. }
            | Self::TrustPolicy(_)
            | Self::KeyPolicy(_)
            | Self::KeyGrant { .. }
            | Self::KeyState(_)
            | Self::EndpointPolicy { .. }
            | Self::ResourcePolicy { .. }
            | Self::FunctionStatement { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::evidence::{ObjectRef, Why};

    const OWN: &str = "111122223333";
    const OTHER: &str = "444455556666";
    const KIND: &str = "ownership-preferred";

    fn bucket(account: &str) -> BucketRef {
        BucketRef { account: account.parse().unwrap(), region: "eu-west-1".to_owned(), bucket: "acme".to_owned() }
    }

    fn tags(value: &str) -> Fact<Answer> {
        match value {
            "-" => Fact::Absent,
            "unread" => Fact::Unreadable(Why::AccessDenied),
            value => Fact::Known(Answer::Tags(BTreeMap::from([(TAG.to_owned(), value.to_owned())]))),
        }
    }

    /// What may be done about a safe change of a bucket's ownership, by what its account and the bucket say.
    #[test]
    fn the_strictest_wins() {
        use Allowed::{Approve, Auto, Never};
        let place = Place::Ownership(bucket(OWN));
        for (account, bucket, expected) in [
            ("auto", "auto", Auto),
            ("auto", "-", Auto),
            ("-", "auto", Auto),
            ("-", "-", Approve),
            ("auto", "approve", Approve),
            ("approve", "auto", Approve),
            ("approve", "-", Approve),
            ("auto", "never", Never),
            ("never", "auto", Never),
            ("never", "unread", Never),
            ("never", "-", Never),
            ("auto", "unread", Approve),
            ("unread", "auto", Approve),
            ("auto", "yes", Approve),
            ("AUTO", "auto", Approve),
            ("auto", "", Approve),
        ] {
            let of_account = |question: &Question| matches!(question, Question::AccountTags { .. });
            let answer = |question: &Question| Some(tags(if of_account(question) { account } else { bucket }));
            let said = consent(&place, answer);
            assert_eq!(allowed(KIND, Class::Safe, &[KIND], said), expected, "{account} {bucket}");
            // Neither of these is ever made without a person, whatever the tags say.
            let careful = if expected == Auto { Approve } else { expected };
            assert_eq!(allowed(KIND, Class::NeedsApproval, &[KIND], said), careful, "{account} {bucket}");
            assert_eq!(allowed(KIND, Class::Safe, &[], said), careful, "{account} {bucket}");
            assert_eq!(allowed(KIND, Class::Safe, &["other"], said), careful, "{account} {bucket}");
            assert_eq!(allowed(KIND, Class::AdviceOnly, &[KIND], said), Never, "{account} {bucket}");
        }
        assert_eq!(consent(&place, |_| None), Consent::Unclear, "what was not asked was not read");
    }

    #[test]
    fn the_owner_of_a_bucket_does_not_agree_for_the_owner_of_an_object() {
        let object = ObjectRef { bucket: bucket(OTHER), key: "k".to_owned(), version: None };
        let place = Place::ObjectAcl { object, owner: OWN.parse().unwrap(), bucket_owner: String::new() };
        for (owner, buckets_account, bucket, expected) in [
            ("auto", "-", "-", Consent::Auto),
            ("-", "auto", "auto", Consent::Unsaid),
            ("auto", "-", "never", Consent::Never),
            ("auto", "never", "auto", Consent::Never),
            ("auto", "approve", "-", Consent::Approve),
            ("unread", "auto", "auto", Consent::Unclear),
            ("auto", "auto", "unread", Consent::Unclear),
        ] {
            let answer = |question: &Question| {
                let said = if let Question::AccountTags { account } = question {
                    if account.to_string() == OWN { owner } else { buckets_account }
                } else {
                    bucket
                };
                Some(tags(said))
            };
            assert_eq!(consent(&place, answer), expected, "{owner} {buckets_account} {bucket}");
        }
    }
}
