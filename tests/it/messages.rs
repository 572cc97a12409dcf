//! What AWS's messages say: the corpus of `tests/messages/`, and laws that hold for any text.

use std::collections::BTreeSet;

use deniedby::event::{Category, Message, Reason, category};
use deniedby::layer::Layer;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::Deserialize;

use crate::world::{read, root};

/// CloudTrail cuts messages from this length on.
const MAY_BE_CUT: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    message: Written,
    /// Where CloudTrail cuts the message.
    cut: Option<usize>,
    service: Option<String>,
    code: Option<String>,
    from: String,
    expect: Parts,
}

/// A message as text, or as pieces of which some stand there several times.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Pieces(Vec<Piece>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Piece {
    Text(String),
    Times(String, usize),
}

#[derive(Deserialize, Debug, Clone, PartialEq, Default)]
#[serde(deny_unknown_fields, default)]
struct Parts {
    principal: Option<String>,
    action: Option<String>,
    resource: Option<String>,
    reason: Option<String>,
    policy: Option<String>,
    authorization_id: Option<String>,
    encoded: Option<String>,
}

impl Row {
    fn whole(&self) -> String {
        match &self.message {
            Written::Text(text) => text.clone(),
            Written::Pieces(pieces) => pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.clone(),
                    Piece::Times(text, times) => text.repeat(*times),
                })
                .collect(),
        }
    }

    fn text(&self) -> String {
        let whole = self.whole();
        match self.cut {
            Some(at) => {
                assert!(whole.len() >= at, "a message of {} bytes is not cut", whole.len());
                whole[..whole.floor_char_boundary(at)].to_owned()
            }
            None => whole,
        }
    }
}

impl From<Message> for Parts {
    fn from(message: Message) -> Self {
        let Message { principal, action, resource, reason, policy, authorization_id, encoded } = message;
        Self { principal, action, resource, reason: reason.map(name), policy, authorization_id, encoded }
    }
}

fn name(reason: Reason) -> String {
    match reason {
        Reason::ExplicitDeny(layer) => format!("explicit-deny {layer}"),
        Reason::NoAllow(layer) => format!("no-allow {layer}"),
        Reason::Denied(layer) => format!("denied {layer}"),
        Reason::SomeExplicitDeny => "explicit-deny".to_owned(),
        Reason::PublicAclBlocked => "public-acl-blocked".to_owned(),
        Reason::PublicPolicyBlocked => "public-policy-blocked".to_owned(),
        Reason::CustomerKeyBlocked => "customer-key-blocked".to_owned(),
        Reason::ObjectLocked => "object-locked".to_owned(),
        Reason::KeyRefused => "key-refused".to_owned(),
        Reason::OwnPermissions => "own-permissions".to_owned(),
        Reason::NeverAllowed => "never-allowed".to_owned(),
        Reason::Unread => "unread".to_owned(),
    }
}

fn layer(reason: Option<Reason>) -> Option<Layer> {
    match reason? {
        Reason::ExplicitDeny(layer) | Reason::NoAllow(layer) | Reason::Denied(layer) => Some(layer),
        Reason::SomeExplicitDeny
        | Reason::PublicAclBlocked
        | Reason::PublicPolicyBlocked
        | Reason::CustomerKeyBlocked
        | Reason::ObjectLocked
        | Reason::KeyRefused
        | Reason::OwnPermissions
        | Reason::NeverAllowed
        | Reason::Unread => None,
    }
}

fn rows() -> Vec<(String, Row)> {
    let mut rows = Vec::new();
    for entry in root().join("tests/messages").read_dir().unwrap() {
        let path = entry.unwrap().path();
        let file: Vec<Row> =
            serde_json::from_str(&read(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        rows.extend(file.into_iter().enumerate().map(|(index, row)| (format!("{name}[{index}]"), row)));
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

#[test]
fn every_message_is_read_as_it_is_meant() {
    let mut wrong = Vec::new();
    for (place, row) in rows() {
        let text = row.text();
        let found = Parts::from(Message::parse(&text));
        if found != row.expect {
            let start: String = text.chars().take(400).collect();
            wrong.push(format!("{place}: {start:?}\n  found  {found:?}\n  wanted {:?}", row.expect));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_corpus_is_large_and_says_where_its_forms_are_from() {
    let rows = rows();
    assert!(rows.len() >= 120, "{} rows", rows.len());
    let texts: BTreeSet<_> = rows.iter().map(|(_, row)| (row.text(), &row.service)).collect();
    assert_eq!(texts.len(), rows.len(), "a message stands there twice");
    let services: BTreeSet<_> = rows.iter().filter_map(|(_, row)| row.service.as_deref()).collect();
    assert!(services.len() >= 40, "{services:?}");
    for (place, row) in &rows {
        assert!(row.from.starts_with("https://"), "{place} is from {}", row.from);
        assert!(row.service.iter().all(|service| service.ends_with(".amazonaws.com")), "{place}");
    }
}

#[test]
fn the_code_of_every_message_is_one_of_a_denial() {
    for (place, row) in rows() {
        let (Some(service), Some(code)) = (&row.service, &row.code) else { continue };
        let category = category(service, code);
        assert!(category.is_some_and(|c| c != Category::Throttling), "{place}: `{code}` is {category:?}");
    }
}

/// Each way in which a message names a layer, and each other reason, stands in the corpus.
#[test]
fn the_corpus_has_every_reason() {
    let found: BTreeSet<_> = rows().into_iter().filter_map(|(_, row)| row.expect.reason).collect();
    let layers = [
        Layer::Scp,
        Layer::VpcEndpointPolicy,
        Layer::PermissionsBoundary,
        Layer::SessionPolicy,
        Layer::IdentityPolicy,
        Layer::ResourcePolicy,
        Layer::TrustPolicy,
    ];
    let mut wanted: BTreeSet<_> =
        layers.into_iter().flat_map(|layer| [Reason::ExplicitDeny(layer), Reason::NoAllow(layer)]).map(name).collect();
    // A resource control policy always has an allow.
    wanted.insert(name(Reason::ExplicitDeny(Layer::Rcp)));
    wanted.insert(name(Reason::Denied(Layer::VpcEndpointPolicy)));
    wanted.extend(
        [
            Reason::SomeExplicitDeny,
            Reason::PublicAclBlocked,
            Reason::PublicPolicyBlocked,
            Reason::CustomerKeyBlocked,
            Reason::ObjectLocked,
            Reason::KeyRefused,
            Reason::OwnPermissions,
            Reason::NeverAllowed,
            Reason::Unread,
        ]
        .map(name),
    );
    assert_eq!(found, wanted);
}

/// A beginning of a message may say less than the whole. It never names another layer, but for the one form that is
/// the beginning of another. Where a name reads like a reason, a beginning cannot know that the true one follows. Rows
/// that are cut are beginnings themselves.
#[test]
fn a_beginning_never_names_another_layer() {
    let whole = |(place, row): &(String, Row)| row.cut.is_none() && !place.starts_with("hostile");
    for (place, row) in rows().into_iter().filter(whole) {
        let text = row.text();
        let is_two_forms = text.contains("VPC endpoint policy transitively");
        let whole = layer(Message::parse(&text).reason);
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let part = layer(Message::parse(&text[..end]).reason);
            let is_other_form = is_two_forms && part == Some(Layer::VpcEndpointPolicy);
            assert!(part.is_none() || part == whole || is_other_form, "{place} up to {end}: {part:?}");
        }
    }
}

/// A message by its parts, as the grammar has it.
#[derive(Debug, Clone)]
struct Composed {
    text: String,
    parts: Parts,
}

fn compose(
    (principal, action, (quoted, resource), pad): (String, String, (bool, String), usize),
    (reason, policy, id): ((&'static str, &'static str), Option<&'static str>, Option<String>),
) -> Composed {
    let resource = format!("{resource}{}", "p".repeat(pad));
    let quote = if quoted { "\"" } else { "" };
    let mut text =
        format!("User: {principal} is not authorized to perform: {action} on resource: {quote}{resource}{quote}");
    text.push(' ');
    text.push_str(&reason.0.replace("ACTION", &action));
    let policy = policy.filter(|_| reason.1.starts_with("explicit-deny ") && !reason.0.contains("transitively"));
    text.extend(policy.map(|arn| format!(": {arn}")));
    text.extend(id.as_ref().map(|id| {
        format!(
            ". Go to https://eu-west-1.console.aws.amazon.com/iam/home?region=eu-west-1#/authorization-details/{id} for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: {id}"
        )
    }));
    let parts = Parts {
        principal: Some(principal),
        action: Some(action),
        resource: Some(resource),
        reason: Some(reason.1.to_owned()),
        policy: policy.map(str::to_owned),
        authorization_id: id,
        encoded: None,
    };
    Composed { text, parts }
}

const REASONS: &[(&str, &str)] = &[
    ("because no identity-based policy allows the ACTION action", "no-allow identity-policy"),
    ("because no resource-based policy allows the ACTION action", "no-allow resource-policy"),
    ("because no permissions boundary allows the ACTION action", "no-allow permissions-boundary"),
    ("because no service control policy allows the ACTION action", "no-allow scp"),
    ("because no VPC endpoint policy allows the ACTION action", "no-allow vpc-endpoint-policy"),
    ("because no role trust policy allows the ACTION action", "no-allow trust-policy"),
    ("with an explicit deny in an identity-based policy", "explicit-deny identity-policy"),
    ("with an explicit deny in a session policy", "explicit-deny session-policy"),
    ("with an explicit deny in a service control policy", "explicit-deny scp"),
    ("with an explicit deny in a resource control policy", "explicit-deny rcp"),
    (
        "with an explicit deny in a VPC endpoint policy transitively through a service control policy",
        "explicit-deny scp",
    ),
    (
        "because public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access",
        "public-acl-blocked",
    ),
];

const POLICIES: &[&str] = &[
    "arn:aws:iam::111122223333:policy/deny-all",
    "arn:aws:organizations::999988887777:policy/o-a1b2c3d4e5/service_control_policy/p-f6g7h8i9",
];

/// Names of objects: any text, with the words of reasons among it. They stand in quotes.
fn hostile_key() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,12}",
        select(vec![
            "\"",
            " ",
            "  ",
            "\n",
            "\u{202e}",
            "\u{0}",
            "\" with an explicit deny in a service control policy",
            "\" because no session policy allows the s3:GetObject action",
            "because no session policy",
            "User: x is not authorized to perform: iam:CreateUser on resource: *",
            ": arn:aws:iam::111122223333:policy/fake",
            ". Go to https://x/#/authorization-details/fake1 for",
            "Encoded authorization failure message: fake",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| format!("arn:aws:s3:::acme/{}", pieces.concat()))
}

fn composed(
    resource: impl Strategy<Value = (bool, String)>,
    pad: std::ops::Range<usize>,
) -> impl Strategy<Value = Composed> {
    let principal = "arn:aws:sts::111122223333:assumed-role/[a-z+=,.@-]{1,20}/[A-Za-z0-9+=,.@-]{2,20}";
    let action = "[a-z0-9-]{2,12}:[A-Z][A-Za-z]{2,20}";
    let id = proptest::option::of("[0-9a-z]{20,26}");
    let said = (select(REASONS), proptest::option::of(select(POLICIES)), id);
    ((principal, action, resource, pad), said).prop_map(|(asked, said)| compose(asked, said))
}

fn plain() -> impl Strategy<Value = (bool, String)> {
    ("arn:aws:[a-z0-9]{2,10}:eu-west-1:111122223333:[a-z]{1,10}[/:][a-zA-Z0-9*/_-]{1,30}", any::<bool>())
        .prop_map(|(arn, quoted)| (quoted, arn))
}

/// Every part is a piece of the text, as it stands there.
fn parts_are_pieces(text: &str, parts: &Parts) -> Result<(), TestCaseError> {
    let Parts { principal, action, resource, reason: _, policy, authorization_id, encoded } = parts;
    for part in [principal, action, resource, policy, authorization_id, encoded].into_iter().flatten() {
        prop_assert!(!part.is_empty());
        prop_assert!(text.contains(part.as_str()), "`{part}` is not in the text");
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_read(text in ".*") {
        parts_are_pieces(&text, &Message::parse(&text).into())?;
    }

    /// Text made of the words that the reader looks for, in any order.
    #[test]
    fn any_order_of_known_words_is_read(words in proptest::collection::vec(select(vec![
        "User:", "is", "not", "authorized", "to", "perform:", "perform", "s3:GetObject", "on", "resource:", "resource",
        "\"arn:aws:s3:::b/k\"", "\"", "\\\"", "the", "because", "no", "session", "policy", "with", "an", "explicit",
        "deny", "in", "a", "VPC", "endpoint", "transitively", "through", "service", "control", "policy:",
        "arn:aws:iam::111122223333:policy/p", "access", "permission", "call", "Principal", "[x]", "Access", "denied.",
        "Encoded", "authorization", "failure", "message:", "following", "id:", "Go", "https://x/#/authorization-details/a1",
        "permissions", "requested", "S3", "Prefix:", "type", "\n", "",
    ]), 0..60), pad in 0..1200_usize) {
        let text = format!("{}{}", words.join(" "), "x".repeat(pad));
        parts_are_pieces(&text, &Message::parse(&text).into())?;
    }

    #[test]
    fn a_message_is_read_back(composed in composed(plain(), 0..40)) {
        prop_assert_eq!(Parts::from(Message::parse(&composed.text)), composed.parts);
    }

    /// Whatever an object is called, its name does not become a reason.
    #[test]
    fn a_name_in_quotes_is_no_reason(composed in composed(hostile_key().prop_map(|key| (true, key)), 1..2)) {
        prop_assume!(composed.text.len() < MAY_BE_CUT);
        prop_assert_eq!(Parts::from(Message::parse(&composed.text)), composed.parts);
    }

    /// A cut message says nothing else than the whole, and no piece of a part. That there is a reason it still knows.
    #[test]
    fn a_cut_message_knows_less_and_nothing_else(composed in composed(plain(), 900..1000), cut in any::<Index>()) {
        let Composed { text, parts } = composed;
        let cut = MAY_BE_CUT + cut.index(text.len() - MAY_BE_CUT + 1);
        let found = Parts::from(Message::parse(&text[..cut]));
        let pairs = [
            (&found.principal, &parts.principal),
            (&found.action, &parts.action),
            (&found.resource, &parts.resource),
            (&found.policy, &parts.policy),
            (&found.authorization_id, &parts.authorization_id),
            (&found.encoded, &parts.encoded),
        ];
        for (found, whole) in pairs {
            prop_assert!(found.is_none() || found == whole, "{:?} of {:?}", found, whole);
        }
        let is_deny = parts.reason.as_deref().is_some_and(|reason| reason.starts_with("explicit-deny "));
        let is_less = match found.reason.as_deref() {
            Some("explicit-deny") => is_deny,
            other => other == Some("unread"),
        };
        prop_assert!(found.reason == parts.reason || is_less, "{:?}", found.reason);
    }

    /// The same where an object has any name.
    #[test]
    fn a_cut_name_is_no_name(key in hostile_key(), end in 0..300_usize) {
        let text = format!(
            "User: arn:aws:iam::111122223333:user/{} is not authorized to perform: s3:GetObject on resource: \"{key}",
            "u".repeat(1000),
        );
        let mut cut = text.len() - end.min(key.len());
        while !text.is_char_boundary(cut) {
            cut += 1;
        }
        let found = Message::parse(&text[..cut]);
        prop_assert_eq!(found.resource, None);
        prop_assert_eq!(found.reason, Some(Reason::Unread));
        prop_assert_eq!(found.policy, None);
        prop_assert_eq!(found.authorization_id, None);
    }
}
