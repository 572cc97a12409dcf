//! Laws of the evaluator and of reports, on made-up requests: above all, that nothing said for certain can be
//! overturned by what is not known.

use std::collections::BTreeSet;

use deniedby::case::{Case, Replay};
use deniedby::evaluate::{Blocker, BlockerKind, Body, Evaluation, Gap, Input, Named, Outcome, Possible, Shape, Source, World};
use deniedby::evaluate::evaluate;
use deniedby::evidence::{
    Acl, Answer, Document, Evidence, Fact, Grant, Grantee, GranteeGroup, IdentityInfo, ObjectInfo, ObjectOwnership,
    Permission, PublicAccessBlock, Question, Why,
};
use deniedby::gather::gather;
use deniedby::layer::Layer;
use deniedby::pipeline::explain;
use deniedby::policy::{Binding, Pattern, Policy, Syntax};
use deniedby::ports::Reader;
use deniedby::report::{Confidence, Report};
use deniedby::request::{Action, Context, EntityKind, Key, Principal, PrincipalKind, Request, Resource, requests};
use deniedby::truth::Truth;
use futures_util::FutureExt;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

const TRUTHS: [Truth; 3] = [Truth::True, Truth::False, Truth::Unknown];

#[test]
fn truth_follows_kleenes_laws() {
    for a in TRUTHS {
        assert_eq!(!!a, a);
        assert_eq!(a.and(a), a);
        assert_eq!(a.and(Truth::True), a);
        assert_eq!(a.or(Truth::False), a);
        assert_eq!(a.and(Truth::False), Truth::False);
        assert_eq!(a.or(Truth::True), Truth::True);
        for b in TRUTHS {
            assert_eq!(a.and(b), b.and(a));
            assert_eq!(a.or(b), b.or(a));
            assert_eq!(!a.and(b), (!a).or(!b));
            assert_eq!(a.and(a.or(b)), a);
            assert_eq!(Truth::all([a, b]), a.and(b));
            assert_eq!(Truth::any([a, b]), a.or(b));
            for c in TRUTHS {
                assert_eq!(a.and(b.and(c)), a.and(b).and(c));
                assert_eq!(a.or(b.or(c)), a.or(b).or(c));
                assert_eq!(a.and(b.or(c)), a.and(b).or(a.and(c)));
                assert_eq!(Truth::all([a, b, c]), a.and(b).and(c));
            }
            // What is unknown gives only what both of its values give.
            for (law, known) in [
                (Truth::Unknown.and(b), [Truth::True.and(b), Truth::False.and(b)]),
                (Truth::Unknown.or(b), [Truth::True.or(b), Truth::False.or(b)]),
            ] {
                assert!(law == Truth::Unknown || known.iter().all(|k| *k == law));
            }
        }
    }
}

/// The matcher as one would define it.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => naive(rest, text) || (!text.is_empty() && naive(pattern, &text[1..])),
        (['?', rest @ ..], [_, tail @ ..]) => naive(rest, tail),
        ([p, rest @ ..], [t, tail @ ..]) => p == t && naive(rest, tail),
        _ => false,
    }
}

const ROLE: &str = "arn:aws:iam::111122223333:role/reader";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/reader/s1";
const USER: &str = "arn:aws:iam::111122223333:user/ann";

/// A condition key with the values that a request may have, and those that a policy may want.
const KEYS: &[(&str, &[&str])] = &[
    ("aws:SourceVpce", &["vpce-1", "vpce-2"]),
    ("aws:username", &["ann", "k"]),
    ("aws:PrincipalTag/team", &["red", "${aws:username}"]),
    ("aws:TagKeys", &["red", "blue"]),
];

const OPERATORS: &[&str] = &[
    "StringEquals", "StringNotEquals", "StringLike", "StringNotLikeIfExists", "StringEqualsIfExists", "Null",
    "ForAllValues:StringEquals", "ForAnyValue:StringEquals", "ForAllValues:StringNotEquals", "ForAnyValue:StringNotLike",
    "ForAnyValue:StringEqualsIfExists", "StringEqualsIgnoreCase",
];

fn condition() -> impl Strategy<Value = Value> {
    (select(OPERATORS), select(KEYS), any::<Index>(), any::<bool>()).prop_map(|(operator, (key, values), index, yes)| {
        let wants = if operator == "Null" { json!(yes.to_string()) } else { json!(index.get(values)) };
        json!({ operator: { key: wants } })
    })
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let action = select(vec![("Action", "*"), ("Action", "s3:Get*"), ("Action", "s3:PutObject"), ("NotAction", "iam:*"), ("NotAction", "s3:*")]);
    let resource = select(vec![
        ("Resource", "*"), ("Resource", "arn:aws:s3:::b/*"), ("Resource", "arn:aws:s3:::b/${aws:username}"),
        ("Resource", "arn:aws:s3:::c/*"), ("NotResource", "arn:aws:s3:::c/*"), ("NotResource", "arn:aws:s3:::b/${aws:PrincipalTag/team}"),
    ]);
    let principal = select(vec![
        ("Principal", json!("*")), ("Principal", json!({ "AWS": "111122223333" })), ("Principal", json!({ "AWS": ROLE })),
        ("Principal", json!({ "AWS": SESSION })), ("Principal", json!({ "AWS": USER })),
        ("Principal", json!({ "Service": "glue.amazonaws.com" })), ("NotPrincipal", json!({ "AWS": ["111122223333", ROLE] })),
    ]);
    (effect, action, resource, principal, prop::option::weighted(0.4, condition())).prop_map(
        |(effect, action, resource, principal, condition)| {
            let mut statement = json!({ "Effect": effect });
            statement[action.0] = json!(action.1);
            statement[resource.0] = json!(resource.1);
            statement[principal.0] = principal.1;
            if let Some(condition) = condition {
                statement["Condition"] = condition;
            }
            statement
        },
    )
}

type Statements = Vec<Value>;

fn compile(statements: &[Value]) -> Policy {
    Policy::from_value(&json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// The layers of policies that a made-up world can have.
const LAYERS: [Layer; 7] = [
    Layer::Scp,
    Layer::Rcp,
    Layer::VpcEndpointPolicy,
    Layer::ResourcePolicy,
    Layer::IdentityPolicy,
    Layer::PermissionsBoundary,
    Layer::SessionPolicy,
];

/// All the facts about a request.
#[derive(Debug, Clone)]
struct Facts {
    caller: usize,
    same_account: bool,
    /// By layer: `None` where the layer does not apply; a list of policies for each level.
    layers: Vec<Option<Vec<Vec<Statements>>>>,
    /// What the ACL grants: nothing, to the account, to everyone; `None` where it does not count.
    acl: Option<u8>,
    foreign: bool,
    needs_grant: bool,
    /// By key of `KEYS`: the number of values, and which.
    keys: Vec<Key>,
}

/// What is hidden of the facts.
#[derive(Debug, Clone)]
struct Mask {
    relation: bool,
    /// By layer: the whole layer.
    layers: Vec<bool>,
    /// Single policies: the first of each level.
    first: Vec<bool>,
    acl: bool,
    foreign: bool,
    keys: Vec<bool>,
}

fn key(values: &'static [&'static str]) -> impl Strategy<Value = Key> {
    let present = prop::sample::subsequence(values.iter().filter(|v| !v.starts_with('$')).map(ToString::to_string).collect::<Vec<_>>(), 1..=1);
    let several = values.len();
    prop_oneof![
        2 => present.prop_map(Key::Present),
        1 => Just(Key::Absent),
        1 => Just(Key::Present(values.iter().take(several).map(ToString::to_string).collect())),
    ]
}

fn facts() -> impl Strategy<Value = Facts> {
    let policy = || prop::collection::vec(statement(), 0..3);
    let level = || prop::collection::vec(policy(), 1..3);
    let layer = |levels: usize| prop::option::weighted(0.6, prop::collection::vec(level(), 1..=levels));
    let layers = (layer(2), layer(1), layer(1), layer(1), layer(1), layer(1), layer(1))
        .prop_map(|(a, b, c, d, e, f, g)| vec![a, b, c, d, e, f, g]);
    let keys = KEYS.iter().map(|row| key(row.1).boxed()).collect::<Vec<_>>();
    (0..5_usize, any::<bool>(), layers, prop::option::of(0..3_u8), prop::bool::weighted(0.2), prop::bool::weighted(0.2), keys).prop_map(
        |(caller, same_account, layers, acl, foreign, needs_grant, keys)| Facts {
            caller,
            same_account,
            layers,
            acl,
            foreign: foreign && acl.is_some(),
            needs_grant,
            keys,
        },
    )
}

fn mask() -> impl Strategy<Value = Mask> {
    let some = |n: usize| prop::collection::vec(prop::bool::weighted(0.25), n);
    (prop::bool::weighted(0.25), some(7), some(7), any::<bool>(), any::<bool>(), some(KEYS.len()))
        .prop_map(|(relation, layers, first, acl, foreign, keys)| Mask { relation, layers, first, acl, foreign, keys })
}

impl Mask {
    fn nothing() -> Self {
        Self { relation: false, layers: vec![false; 7], first: vec![false; 7], acl: false, foreign: false, keys: vec![false; KEYS.len()] }
    }
}

impl Facts {
    /// The same, but what the mask hides is as in `other`: another way in which the world could be.
    fn filled(&self, mask: &Mask, other: &Self) -> Self {
        let mut filled = self.clone();
        if mask.relation {
            filled.same_account = other.same_account;
        }
        for index in 0..LAYERS.len() {
            if mask.layers[index] {
                filled.layers[index].clone_from(&other.layers[index]);
            } else if mask.first[index]
                && let (Some(levels), Some(others)) = (&mut filled.layers[index], &other.layers[index])
            {
                for (level, from) in levels.iter_mut().zip(others) {
                    level[0].clone_from(&from[0]);
                }
            }
        }
        if mask.acl {
            filled.acl = filled.acl.and(other.acl.or(filled.acl));
        }
        if mask.foreign {
            filled.foreign = other.foreign && filled.acl.is_some();
        }
        for (index, hidden) in mask.keys.iter().enumerate() {
            if *hidden {
                filled.keys[index].clone_from(&other.keys[index]);
            }
        }
        filled
    }

    fn principal(&self) -> Principal {
        let text = ["anonymous", "glue.amazonaws.com", SESSION, USER, "arn:aws:iam::111122223333:root"][self.caller];
        Principal::parse(text).unwrap()
    }

    /// What we can say of the request.
    fn evaluate(&self, mask: &Mask) -> Evaluation {
        let mut context = Context::new(Key::Absent);
        for (index, (name, _)) in KEYS.iter().enumerate() {
            context.set(name, if mask.keys[index] { Key::Unknown } else { self.keys[index].clone() });
        }
        let owner = if self.same_account { "111122223333" } else { "444455556666" };
        let account = (!mask.relation).then(|| owner.parse().unwrap());
        let request = Request {
            principal: self.principal(),
            action: Action::new("s3:GetObject"),
            resource: Resource { arn: "arn:aws:s3:::b/k".parse().ok(), account },
            context,
            s3: None,
        };
        let gap = || Err(Gap { question: None, why: Why::AccessDenied });
        let compiled: Vec<Option<Vec<Vec<Policy>>>> = self
            .layers
            .iter()
            .map(|layer| layer.as_ref().map(|levels| levels.iter().map(|level| level.iter().map(|p| compile(p)).collect()).collect()))
            .collect();
        let mut inputs = Vec::new();
        for (index, layer) in LAYERS.iter().enumerate() {
            let own = matches!(layer, Layer::IdentityPolicy | Layer::PermissionsBoundary | Layer::SessionPolicy | Layer::Scp);
            if own && self.caller < 2 || self.caller == 4 && own && *layer != Layer::Scp {
                continue;
            }
            let source = |label: &str, content| Source { label: label.to_owned(), content };
            let levels: Vec<Vec<Source<'_>>> = match &compiled[index] {
                _ if mask.layers[index] => vec![vec![source("hidden", gap())]],
                None if matches!(layer, Layer::IdentityPolicy | Layer::ResourcePolicy) => vec![Vec::new()],
                None => continue,
                Some(levels) => levels
                    .iter()
                    .map(|level| {
                        let hidden = |place: usize| place == 0 && mask.first[index];
                        level.iter().enumerate().map(|(i, p)| source("p", if hidden(i) { gap() } else { Ok(p) })).collect()
                    })
                    .collect(),
            };
            let resource = matches!(layer, Layer::Rcp | Layer::VpcEndpointPolicy | Layer::ResourcePolicy);
            let shape = if resource { Shape::Resource } else { Shape::Identity };
            inputs.push(Input { layer: *layer, body: Body::Policies { shape, levels } });
        }
        if let Some(acl) = self.acl {
            let allow = match acl {
                _ if mask.acl => Named { role: Truth::False, ..Named::UNKNOWN },
                0 => Named::NO,
                1 => Named { account: Truth::True, ..Named::NO },
                _ => Named { direct: Truth::True, ..Named::NO },
            };
            inputs.push(Input { layer: Layer::Acl, body: Body::Rule(Outcome { deny: Truth::False, allow }) });
        }
        let foreign = if mask.foreign && self.acl.is_some() { Truth::Unknown } else { self.foreign.into() };
        evaluate(&request, &World { inputs, foreign, needs_grant: self.needs_grant, blocked: Vec::new() })
    }
}

const DECISIONS: [Possible; 3] = [Possible::ALLOWED, Possible::EXPLICIT_DENY, Possible::IMPLICIT_DENY];

/// Whether all that is possible in `narrow` is possible in `wide`.
fn within(narrow: Possible, wide: Possible) -> bool {
    DECISIONS.into_iter().all(|decision| !narrow.includes(decision) || wide.includes(decision))
}

/// Adds a statement to the first policy of a layer, if there is one.
fn with(facts: &Facts, layer: usize, statement: &Value, effect: &str) -> Facts {
    let mut facts = facts.clone();
    let mut statement = statement.clone();
    statement["Effect"] = json!(effect);
    if let Some(levels) = &mut facts.layers[layer] {
        levels[0][0].push(statement);
    }
    facts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn patterns_match_as_their_definition_says(pattern in "[ab*?é]{0,9}", text in "[abé]{0,9}") {
        let syntax = Syntax { wildcards: true, variables: false, fold: false };
        let expect = naive(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
        let got = Pattern::new(&pattern, syntax).matches(&text, &|_| Binding::Missing);
        prop_assert_eq!(got, Truth::from(expect), "`{}` against `{}`", pattern, text);
    }

    #[test]
    fn a_variable_in_a_pattern_is_its_value_as_plain_text(before in "[ab*?]{0,4}", value in "[ab]{0,3}", after in "[ab*?]{0,4}", text in "[ab]{0,8}") {
        let syntax = Syntax { wildcards: true, variables: true, fold: false };
        let pattern = Pattern::new(&format!("{before}${{k}}{after}"), syntax);
        let written = format!("{before}{value}{after}");
        let expect = Truth::from(naive(&written.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>()));
        prop_assert_eq!(pattern.matches(&text, &|_| Binding::Value(value.as_str().into())), expect);
        prop_assert_eq!(pattern.matches(&text, &|_| Binding::Missing), Truth::False);
        // Not knowing the value, we say no only if no value would do.
        let unknown = pattern.matches(&text, &|_| Binding::Unknown);
        prop_assert!(unknown == Truth::Unknown || expect == Truth::False);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_statements_and_policies_never_matters(facts in facts(), mask in mask()) {
        // Hiding the first policy of a level would hide another one after turning.
        let mask = Mask { first: vec![false; 7], ..mask };
        let mut turned = facts.clone();
        for level in turned.layers.iter_mut().flatten().flatten() {
            level.reverse();
            level.iter_mut().for_each(|policy| policy.reverse());
        }
        let (one, other) = (facts.evaluate(&mask), turned.evaluate(&mask));
        prop_assert_eq!(one.possible, other.possible);
        prop_assert_eq!(one.blockers, other.blockers);
    }

    #[test]
    fn a_deny_never_allows_and_an_allow_never_denies(facts in facts(), mask in mask(), layer in 0..7_usize, statement in statement()) {
        let before = facts.evaluate(&mask).possible;
        let denied = with(&facts, layer, &statement, "Deny").evaluate(&mask).possible;
        prop_assert!(before.includes(Possible::ALLOWED) || !denied.includes(Possible::ALLOWED), "{:?} became {:?}", before, denied);
        prop_assert!(!before.includes(Possible::EXPLICIT_DENY) || denied.includes(Possible::EXPLICIT_DENY));
        let allowed = with(&facts, layer, &statement, "Allow").evaluate(&mask).possible;
        prop_assert!(allowed.includes(Possible::ALLOWED) || !before.includes(Possible::ALLOWED), "{:?} became {:?}", before, allowed);
        prop_assert!(before != Possible::ALLOWED || allowed == Possible::ALLOWED, "{:?} became {:?}", before, allowed);
    }

    #[test]
    fn what_is_said_of_hidden_facts_holds_however_they_turn_out(facts in facts(), other in facts(), mask in mask()) {
        let hidden = facts.evaluate(&mask);
        let nothing = Mask::nothing();
        for real in [facts.clone(), facts.filled(&mask, &other)] {
            let full = real.evaluate(&nothing);
            prop_assert!(within(full.possible, hidden.possible), "{:?} was not foreseen by {:?}", full.possible, hidden.possible);
            // So a decided answer never changes.
            if hidden.possible.is_denied() {
                prop_assert!(full.possible.is_denied());
            }
            for blocker in hidden.blockers.iter().filter(|b| b.certain) {
                let same = |b: &&Blocker| b.layer == blocker.layer && b.kind == blocker.kind;
                prop_assert!(full.blockers.iter().any(|b| same(&b)), "{:?} is not in {:?}", blocker, full.blockers);
            }
            for blocker in &full.blockers {
                let known = |b: &&Blocker| b.layer == blocker.layer && b.kind == blocker.kind;
                prop_assert!(hidden.blockers.iter().any(|b| known(&b)), "{:?} was not foreseen by {:?}", blocker, hidden.blockers);
            }
        }
    }

    #[test]
    fn a_certain_blocker_means_a_denial(facts in facts(), mask in mask()) {
        let evaluation = facts.evaluate(&mask);
        for blocker in evaluation.blockers.iter().filter(|b| b.certain) {
            prop_assert!(evaluation.possible.is_denied(), "{:?} and {:?}", blocker, evaluation.possible);
            prop_assert!(blocker.kind != BlockerKind::ExplicitDeny || evaluation.possible == Possible::EXPLICIT_DENY);
        }
    }
}

/// The scenarios of the demo.
const CASES: &[&str] = &[
    include_str!("../../events/acl-no-grant/case.json"),
    include_str!("../../events/boundary-without-s3/case.json"),
    include_str!("../../events/bucket-policy-denies-by-ip/case.json"),
    include_str!("../../events/bucket-policy-denies-by-vpce/case.json"),
    include_str!("../../events/cross-account-one-side/case.json"),
    include_str!("../../events/denied-without-mfa/case.json"),
    include_str!("../../events/identity-no-allow/case.json"),
    include_str!("../../events/object-missing/case.json"),
    include_str!("../../events/object-owned-by-other-account/case.json"),
    include_str!("../../events/objects-missing-in-arn/case.json"),
    include_str!("../../events/public-read-blocked/case.json"),
    include_str!("../../events/put-object-acl-missing/case.json"),
    include_str!("../../events/repaired-since/case.json"),
    include_str!("../../events/role-policy-unreadable/case.json"),
    include_str!("../../events/space-in-arn/case.json"),
    include_str!("../../events/two-blockers/case.json"),
];

/// How one question is answered in a made-up account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// As the case says.
    AsRecorded,
    /// We may not read it.
    Hidden,
    /// In one of the ways of the pool.
    Pool(usize),
}

/// A reader that answers from a case, but some questions in its own way. What the case does not hold comes from the
/// pool, or is hidden where anything is.
struct MadeUp<'c> {
    replay: &'c Replay,
    /// By the place of a question among those of the case; the last entry is for all others.
    how: &'c [How],
    asked: &'c [Question],
}

impl Reader for MadeUp<'_> {
    async fn ask(&self, question: &Question) -> Fact<Answer> {
        let place = self.asked.iter().position(|q| q == question);
        match self.how[place.unwrap_or(self.asked.len())] {
            How::Hidden => Fact::Unreadable(Why::AccessDenied),
            How::AsRecorded => self.replay.ask(question).await,
            How::Pool(pick) => {
                let pool = pool(question);
                pool[pick % pool.len()].clone()
            }
        }
    }
}

fn document(statement: &Value) -> Fact<Answer> {
    let text = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    Fact::Known(Answer::Policy(Document::new(&text)))
}

fn acl(owner: &str, grants: &[(Grantee, Permission)]) -> Fact<Answer> {
    let grants = grants.iter().map(|(grantee, permission)| Grant { grantee: grantee.clone(), permission: *permission }).collect();
    Fact::Known(Answer::Acl(Acl { owner: Some(owner.to_owned()), grants }))
}

/// Ways in which a question could be answered.
fn pool(question: &Question) -> Vec<Fact<Answer>> {
    let names = |list: &[&str]| Fact::Known(Answer::Names(list.iter().map(ToString::to_string).collect()));
    let (ours, theirs) = ("c0ffee", "decaf0");
    let everything = |effect: &str| json!({ "Effect": effect, "Action": "*", "Resource": "*" });
    let everyone = |effect: &str| json!({ "Effect": effect, "Principal": "*", "Action": "*", "Resource": "*" });
    match question {
        Question::Identity(entity) => {
            let info = |boundary: Option<&str>| {
                let kind = if entity.kind == EntityKind::Role { "role" } else { "user" };
                let arn = format!("arn:aws:iam::{}:{kind}/{}", entity.account, entity.name).parse().unwrap();
                let boundary = boundary.map(|b| b.parse().unwrap());
                Fact::Known(Answer::Identity(IdentityInfo { arn, id: "AIDAEXAMPLE00000001".to_owned(), boundary, tags: [].into() }))
            };
            vec![info(None), info(Some("arn:aws:iam::111122223333:policy/edge")), Fact::Absent]
        }
        Question::InlinePolicies(_) => vec![names(&[]), names(&["made-up"])],
        Question::AttachedPolicies(_) => vec![names(&[]), names(&["arn:aws:iam::aws:policy/Made-up"])],
        Question::Groups(_) => vec![names(&[]), names(&["made-up"])],
        Question::InlinePolicy { .. } | Question::ManagedPolicy { .. } => {
            vec![document(&everything("Allow")), document(&everything("Deny")), document(&json!([])), Fact::Absent]
        }
        Question::BucketPolicy(_) => vec![
            document(&everyone("Allow")),
            document(&everyone("Deny")),
            document(&json!({ "Effect": "Allow", "Principal": { "AWS": ["111122223333", "444455556666"] }, "Action": "*", "Resource": "*" })),
            document(&json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": { "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } } })),
            document(&json!([])),
            Fact::Absent,
        ],
        Question::CanonicalId { .. } => vec![Fact::Known(Answer::CanonicalId(ours.into())), Fact::Known(Answer::CanonicalId(theirs.into()))],
        Question::BucketLocation(_) => vec![Fact::Known(Answer::Region("eu-west-1".into()))],
        Question::BucketOwnership(_) => vec![
            Fact::Known(Answer::Ownership(ObjectOwnership::BucketOwnerEnforced)),
            Fact::Known(Answer::Ownership(ObjectOwnership::BucketOwnerPreferred)),
            Fact::Known(Answer::Ownership(ObjectOwnership::ObjectWriter)),
            Fact::Absent,
        ],
        Question::BucketAcl(_) | Question::ObjectAcl { .. } | Question::ObjectVersionAcl { .. } => vec![
            acl(ours, &[(Grantee::Account(ours.into()), Permission::FullControl)]),
            acl(theirs, &[(Grantee::Account(theirs.into()), Permission::FullControl)]),
            acl(theirs, &[(Grantee::Account(ours.into()), Permission::Read)]),
            acl(ours, &[(Grantee::Group(GranteeGroup::AllUsers), Permission::Read)]),
            acl(theirs, &[(Grantee::Group(GranteeGroup::AuthenticatedUsers), Permission::FullControl)]),
            acl(theirs, &[]),
        ],
        Question::BucketPublicAccessBlock(_) | Question::AccountPublicAccessBlock { .. } => {
            let all = PublicAccessBlock {
                block_public_acls: true,
                ignore_public_acls: true,
                block_public_policy: true,
                restrict_public_buckets: true,
            };
            let block = |block| Fact::Known(Answer::PublicAccessBlock(block));
            vec![block(all), block(PublicAccessBlock::default()), Fact::Absent]
        }
        Question::Object { .. } | Question::ObjectVersion { .. } => {
            let object = |owner: Option<&str>, delete_marker| {
                Fact::Known(Answer::Object(ObjectInfo { owner: owner.map(str::to_owned), delete_marker }))
            };
            vec![object(Some(ours), false), object(Some(theirs), false), object(None, false), object(Some(ours), true), Fact::Absent]
        }
    }
}

fn evidence(case: &Case, replay: &Replay, asked: &[Question], how: &[How]) -> Evidence {
    let denial = case.read_denial().unwrap();
    gather(&requests(&denial), &denial.region, &MadeUp { replay, how, asked }).now_or_never().unwrap()
}

/// Whether the answers can all be true at once: an object has one owner and an ACL only if it is there, and no two
/// accounts share a canonical id.
fn is_consistent(seen: &Evidence, full: &Evidence) -> bool {
    let (mut object_owners, mut bucket_owner, mut caller) = (BTreeSet::new(), None, None);
    let (mut absent, mut has_acl) = (false, false);
    for (question, fact) in seen.iter().chain(full.iter()) {
        match (question, fact) {
            (Question::Object { .. } | Question::ObjectVersion { .. }, Fact::Known(Answer::Object(object))) => {
                object_owners.extend(object.owner.clone());
            }
            (Question::Object { .. } | Question::ObjectVersion { .. }, Fact::Absent) => absent = true,
            (Question::ObjectAcl { .. } | Question::ObjectVersionAcl { .. }, Fact::Known(Answer::Acl(acl))) => {
                has_acl = true;
                object_owners.extend(acl.owner.clone());
            }
            (Question::BucketAcl(_), Fact::Known(Answer::Acl(acl))) => bucket_owner.clone_from(&acl.owner),
            (Question::CanonicalId { .. }, Fact::Known(Answer::CanonicalId(id))) => caller = Some(id.clone()),
            _ => {}
        }
    }
    object_owners.len() < 2 && !(absent && has_acl) && (bucket_owner.is_none() || bucket_owner != caller)
}

/// What was not answered as recorded, for people.
fn shown(asked: &[Question], how: &[How]) -> String {
    let own = |(index, how): (usize, &How)| {
        let question = asked.get(index);
        let name = question.map_or("other", |q| q.spec().name);
        match how {
            How::AsRecorded => None,
            How::Hidden => Some(format!("{name} hidden")),
            How::Pool(pick) => Some(format!("{name} {}", question.map_or_else(String::new, |q| format!("{:?}", pool(q)[pick % pool(q).len()])))),
        }
    };
    how.iter().enumerate().filter_map(own).collect::<Vec<_>>().join("; ")
}

/// The codes of the causes, and whether each is certain.
fn causes(report: &Report) -> BTreeSet<(String, bool)> {
    report.causes.iter().map(|cause| (cause.code.clone(), cause.confidence == Confidence::Certain)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_certain_cause_stays_whatever_the_unread_facts_are(
        scenario in 0..CASES.len(),
        made_up in prop::collection::vec(prop_oneof![3 => Just(How::AsRecorded), 1 => (0..6_usize).prop_map(How::Pool)], 40),
        hides in prop::collection::vec(prop::bool::weighted(0.3), 40),
        fillings in prop::collection::vec(prop::collection::vec(0..6_usize, 40), 3),
    ) {
        let case = Case::parse(CASES[scenario]).unwrap();
        let replay = Replay::new(&case);
        let denial = case.read_denial().unwrap();
        let asked: Vec<_> = case.evidence.iter().map(|entry| entry.question.clone()).collect();
        let count = asked.len() + 1;
        // A world; the same with some facts hidden; and other worlds that look the same.
        let base: Vec<How> = made_up.iter().copied().take(count - 1).chain([How::Pool(0)]).collect();
        let mut hidden = base.clone();
        hidden.iter_mut().zip(&hides).filter(|row| *row.1).for_each(|row| *row.0 = How::Hidden);
        hidden[count - 1] = How::Hidden;
        let read = evidence(&case, &replay, &asked, &hidden);
        let seen = explain(&denial, &read);
        let mut worlds = vec![base];
        for filling in &fillings {
            let fill = |(how, pick): (&How, &usize)| if *how == How::Hidden { How::Pool(*pick) } else { *how };
            worlds.push(hidden.iter().zip(filling).map(fill).collect());
        }
        for world in worlds {
            let evidence = evidence(&case, &replay, &asked, &world);
            if !is_consistent(&read, &evidence) {
                continue;
            }
            let full = explain(&denial, &evidence);
            for (code, _) in causes(&seen).iter().filter(|cause| cause.1) {
                // With ACLs that grant nothing, `acl-no-grant` speaks for the bucket's missing policy as well.
                let said = causes(&full);
                let has = said.contains(&(code.clone(), true))
                    || (code == "resource-policy-no-allow" && said.contains(&("acl-no-grant".to_owned(), true)));
                prop_assert!(has, "{} is certain if we see {}, but could be {}: {:?}", code, shown(&asked, &hidden), shown(&asked, &world), said);
            }
        }
    }
}

/// A kind of caller that the laws above leave out.
#[test]
fn a_caller_of_unknown_kind_is_never_allowed_or_denied_for_sure() {
    let principal = Principal { kind: PrincipalKind::Other, arn: None, account: None, id: None, canonical_id: None };
    let request = Request {
        principal,
        action: Action::new("s3:GetObject"),
        resource: Resource { arn: "arn:aws:s3:::b/k".parse().ok(), account: "111122223333".parse().ok() },
        context: Context::new(Key::Unknown),
        s3: None,
    };
    let evidence = Evidence::default();
    let world = World::new(&request, &evidence, "eu-west-1");
    assert_eq!(evaluate(&request, &world).possible, Possible::ANYTHING);
}
