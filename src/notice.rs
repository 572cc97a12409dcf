//! Which denials are the same thing once more, and whether people hear of them again.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::event::{Denial, Identity, Refusal};
use crate::report::{CauseReport, Report};
use crate::request::requests;

/// For how many seconds at most denials of a kind are held to have the cause that was told: then one of them is explained
/// all the same, and told if it has another. Who mended one cause and meets the next must not wait for the quiet time.
pub const LOOK_AGAIN: u64 = 5 * 60;

/// What a denial is known again by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The event: delivered twice, it is still one.
    pub event: String,
    /// The kind: who was denied what, and how AWS put it.
    pub kind: String,
}

impl Notice {
    /// Without asking anybody: what the record alone tells. A session is its role, and an object its bucket: a job that
    /// reads a thousand objects is denied once.
    #[must_use]
    pub fn of(denial: &Denial) -> Self {
        // The logs of WAF and CloudFront have one id for one request.
        let event = format!("{}#{}", denial.event_source, denial.event_id);
        let request = requests(denial).into_iter().next();
        let action = request.as_ref().map_or(denial.event_name.as_str(), |request| request.action.name());
        let arn = request.as_ref().and_then(|request| request.resource.arn.as_ref()).map(|arn| home(arn.as_str()));
        let message = &denial.message;
        let kind = json!([
            caller(&denial.identity),
            [&denial.event_source, &denial.region, action],
            arn,
            [&denial.error_code, &format!("{:?}", message.reason)],
            [message.policy.as_deref(), denial.vpc_endpoint.as_deref()],
            denial.viewer.as_ref().map(|viewer| {
                let refused = match &viewer.refusal {
                    Refusal::Waf(block) => json!([block.web_acl, block.rule, block.inside]),
                    Refusal::CloudFront { kind } => json!([viewer.distribution, kind]),
                };
                json!([viewer.account.map(|account| account.to_string()), viewer.host, refused])
            }),
        ]);
        Self { event, kind: URL_SAFE_NO_PAD.encode(Sha256::digest(kind.to_string())) }
    }
}

/// The caller without its session.
fn caller(identity: &Identity) -> String {
    let issuer = identity.issuer.as_ref().and_then(|issuer| issuer.arn.as_ref());
    let own = || match (identity.arn.as_ref(), identity.role_name()) {
        (Some(arn), Some(role)) => arn.account().map(|account| format!("{account}:role/{role}")),
        (Some(arn), None) => Some(arn.as_str().to_owned()),
        (None, _) => {
            let id = identity.principal_id.as_deref().and_then(|id| id.split(':').next());
            id.map(str::to_owned).or_else(|| identity.account.map(|account| account.to_string()))
        }
    };
    let name = issuer.map(|arn| arn.as_str().to_owned()).or_else(own).unwrap_or_default();
    format!("{:?} {name} {}", identity.kind, identity.invoked_by.as_deref().unwrap_or_default())
}

/// Of an object of S3 its bucket, or the access point that it is behind; of a page its host; of anything else, itself.
#[must_use]
pub fn home(arn: &str) -> &str {
    if !arn.starts_with("arn:") {
        return arn.split('/').next().unwrap_or(arn);
    }
    let Some(resource) = arn.splitn(6, ':').nth(5).filter(|_| arn.split(':').nth(2) == Some("s3")) else { return arn };
    let end = match resource.strip_prefix("accesspoint/") {
        Some(name) => name.find('/').map(|slash| slash + "accesspoint/".len()),
        None => resource.find('/'),
    };
    let start = arn.len() - resource.len();
    end.map_or(arn, |end| arn.split_at(start + end).0)
}

/// What a report says the causes are, as a text to compare: their codes, and the policies and statements they are in.
#[must_use]
pub fn causes(report: &Report) -> String {
    let of = |cause: &CauseReport| {
        let places: Vec<_> = cause.places.iter().map(|place| [&place.policy, &place.statement]).collect();
        json!([cause.code, places])
    };
    let causes: Vec<_> = report.causes.iter().map(of).collect();
    URL_SAFE_NO_PAD.encode(Sha256::digest(json!(causes).to_string()))
}

/// What is to be done about a denial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Turn {
    /// It is explained, and told to all but those who were told.
    Tell {
        /// The names of the sinks that were told.
        told: Vec<String>,
        /// How many of its kind came since the last message, and were not told.
        more: u64,
    },
    /// It is one of many of a kind. It is explained all the same, and told if it has other causes than these.
    Compare(String),
    /// It is one of many of a kind, and is only counted.
    Count,
    /// It was counted before.
    Counted,
}

impl Turn {
    /// That of a denial of which nothing is known.
    #[must_use]
    pub fn first() -> Self {
        Self::Tell { told: Vec::new(), more: 0 }
    }
}

/// What is known of a kind of denials. Times are seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The event that was explained last, or is being explained.
    pub holder: String,
    /// The causes that were told; `None` if nothing was told yet.
    pub causes: Option<String>,
    /// When the quiet time ends.
    pub until: u64,
    /// When one is explained all the same.
    pub look: u64,
    /// How many came since the last message, and were not told.
    pub more: u64,
    /// How many the holder's message speaks of.
    pub before: u64,
}

/// What follows from what is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It is its turn.
    Go(Turn),
    /// It is its turn, if this can be kept in place of what is known.
    Take(Known, Turn),
}

impl Known {
    /// The turn of an event at a time. An event that is tried again finds itself, so that what its first try did not tell is
    /// told; one that does not come back is replaced when it is time to look again.
    #[must_use]
    pub fn step(known: Option<&Self>, event: &str, now: u64, quiet: u64) -> Step {
        let next = |more: u64| {
            let known = Self {
                holder: event.to_owned(),
                causes: None,
                until: now + quiet,
                look: now + LOOK_AGAIN,
                more: 0,
                before: more,
            };
            Step::Take(known, Turn::Tell { told: Vec::new(), more })
        };
        let Some(known) = known else { return next(0) };
        let is_own = known.holder == event;
        match &known.causes {
            None if is_own => Step::Go(Turn::Tell { told: Vec::new(), more: known.before }),
            None if now >= known.look.min(known.until) => next(known.before + known.more),
            Some(_) if !is_own && now >= known.until => next(known.more),
            Some(causes) if is_own => Step::Go(Turn::Compare(causes.clone())),
            Some(causes) if now >= known.look => {
                let look = now + LOOK_AGAIN;
                let taken = Self { holder: event.to_owned(), look, ..known.clone() };
                Step::Take(taken, Turn::Compare(causes.clone()))
            }
            None | Some(_) => Step::Go(Turn::Count),
        }
    }

    /// The same after its holder's causes were told.
    #[must_use]
    pub fn told(self, causes: &str, now: u64, quiet: u64) -> Self {
        Self { causes: Some(causes.to_owned()), until: now + quiet, look: now + LOOK_AGAIN, ..self }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::event::read_record;

    const QUIET: u64 = 3_600;

    #[test]
    fn objects_are_of_their_bucket() {
        for (arn, expect) in [
            ("arn:aws:s3:::b/k/l", "arn:aws:s3:::b"),
            ("arn:aws:s3:::b", "arn:aws:s3:::b"),
            (
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/p/object/k",
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/p",
            ),
            ("arn:aws:iam::111122223333:role/a/b", "arn:aws:iam::111122223333:role/a/b"),
            ("www.example.com/a/b", "www.example.com"),
            ("*", "*"),
            ("", ""),
        ] {
            assert_eq!(home(arn), expect);
        }
    }

    fn record() -> Value {
        let role = "arn:aws:iam::111122223333:role/app";
        json!({
            "eventVersion": "1.11", "eventID": "e-1", "eventTime": "2026-11-01T00:00:00Z", "eventSource": "s3.amazonaws.com",
            "eventName": "GetObject", "awsRegion": "eu-west-1", "errorCode": "AccessDenied", "errorMessage": "Access Denied",
            "userIdentity": {
                "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/app/one", "accountId": "111122223333",
                "principalId": "AROAEXAMPLE:one", "sessionContext": { "sessionIssuer": { "type": "Role", "arn": role } },
            },
            "requestParameters": { "bucketName": "b", "key": "k" },
            "resources": [{ "ARN": "arn:aws:s3:::b/k" }, { "ARN": "arn:aws:s3:::b", "accountId": "111122223333" }],
        })
    }

    fn kind_with(path: &str, value: &str) -> String {
        let mut record = record();
        *record.pointer_mut(path).unwrap() = value.into();
        Notice::of(&read_record(&record).unwrap().unwrap()).kind
    }

    #[test]
    fn a_kind_is_who_was_denied_what_and_how() {
        let kind = kind_with("/eventID", "e-2");
        for (path, value) in [
            ("/eventTime", "2026-11-01T01:00:00Z"),
            ("/userIdentity/arn", "arn:aws:sts::111122223333:assumed-role/app/two"),
            ("/userIdentity/principalId", "AROAEXAMPLE:two"),
            ("/requestParameters/key", "other"),
        ] {
            assert_eq!(kind_with(path, value), kind, "{path}");
        }
        let denied = "User: arn:aws:sts::111122223333:assumed-role/app/one is not authorized to perform: s3:GetObject on \
                      resource: \"arn:aws:s3:::b/k\" with an explicit deny in a service control policy";
        for (path, value) in [
            ("/userIdentity/sessionContext/sessionIssuer/arn", "arn:aws:iam::111122223333:role/other"),
            ("/requestParameters/bucketName", "other"),
            ("/eventName", "PutObject"),
            ("/errorCode", "InvalidObjectState"),
            ("/errorMessage", denied),
            ("/awsRegion", "us-east-1"),
        ] {
            assert_ne!(kind_with(path, value), kind, "{path}");
        }
    }

    /// The state of a kind, as a table keeps it.
    #[derive(Default)]
    struct State(Option<Known>);

    impl State {
        fn turn(&mut self, event: &str, now: u64) -> Turn {
            match Known::step(self.0.as_ref(), event, now, QUIET) {
                Step::Go(turn) => {
                    if turn == Turn::Count {
                        self.0.as_mut().unwrap().more += 1;
                    }
                    turn
                }
                Step::Take(known, turn) => {
                    self.0 = Some(known);
                    turn
                }
            }
        }

        fn tell(&mut self, causes: &str, now: u64) {
            self.0 = self.0.take().map(|known| known.told(causes, now, QUIET));
        }
    }

    fn tell(more: u64) -> Turn {
        Turn::Tell { told: Vec::new(), more }
    }

    #[test]
    fn the_first_is_told_and_the_next_message_counts_the_others() {
        let mut state = State::default();
        assert_eq!(state.turn("a", 0), tell(0));
        assert_eq!(state.turn("b", 1), Turn::Count, "while the first is being explained");
        state.tell("x", 10);
        for now in [11, 100, 309] {
            assert_eq!(state.turn("c", now), Turn::Count);
        }
        assert_eq!(state.turn("d", 10 + LOOK_AGAIN), Turn::Compare("x".to_owned()));
        assert_eq!(state.turn("e", 11 + LOOK_AGAIN), Turn::Count, "one looks, not all");
        assert_eq!(state.turn("f", 10 + QUIET), tell(5));
        state.tell("x", 20 + QUIET);
        assert_eq!(state.turn("g", 20 + 2 * QUIET), tell(0));
    }

    #[test]
    fn who_is_tried_again_finds_itself() {
        let mut state = State::default();
        assert_eq!(state.turn("a", 0), tell(0));
        assert_eq!(state.turn("a", 60), tell(0));
        state.tell("x", 61);
        assert_eq!(state.turn("b", 62), Turn::Count);
        assert_eq!(state.turn("c", QUIET + 61), tell(1));
        assert_eq!(state.turn("c", QUIET + 121), tell(1), "what its first try counted");
    }

    #[test]
    fn who_never_told_anybody_does_not_keep_the_others_quiet() {
        let mut state = State::default();
        assert_eq!(state.turn("a", 0), tell(0));
        assert_eq!(state.turn("b", 1), Turn::Count);
        assert_eq!(state.turn("c", LOOK_AGAIN), tell(1));
    }

    #[test]
    fn another_cause_begins_the_quiet_time_anew() {
        let mut state = State::default();
        state.turn("a", 0);
        state.tell("x", 0);
        assert_eq!(state.turn("b", LOOK_AGAIN), Turn::Compare("x".to_owned()));
        assert_eq!(state.turn("b", LOOK_AGAIN + 1), Turn::Compare("x".to_owned()), "tried again");
        state.tell("y", LOOK_AGAIN + 2);
        assert_eq!(state.turn("c", QUIET + 1), Turn::Compare("y".to_owned()), "still quiet");
        assert_eq!(state.turn("d", QUIET + LOOK_AGAIN + 2), tell(0));
    }

    #[test]
    fn a_quiet_time_shorter_than_a_look_is_kept() {
        let known = Known { holder: "a".to_owned(), until: 60, look: LOOK_AGAIN, ..Known::default() };
        assert!(matches!(Known::step(Some(&known), "b", 60, 60), Step::Take(_, Turn::Tell { .. })));
    }
}
