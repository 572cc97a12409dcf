//! Laws of the evaluator, on made-up requests: above all, that nothing said for certain can be overturned by what is
//! not known.
#![expect(clippy::indexing_slicing, reason = "a test that does not find what it expects has to fail")]

use deniedby::evaluate::{
    Blocker, BlockerKind, Body, Evaluation, Gap, Input, Named, Outcome, Possible, Shape, Source, World, evaluate,
};
use deniedby::evidence::{Evidence, Why};
use deniedby::layer::Layer;
use deniedby::policy::{Binding, Pattern, Policy, Syntax};
use deniedby::request::{Action, Context, Key, Principal, PrincipalKind, Request, Resource};
use deniedby::truth::Truth;
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
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLikeIfExists",
    "StringEqualsIfExists",
    "Null",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringEquals",
    "ForAllValues:StringNotEquals",
    "ForAnyValue:StringNotLike",
    "ForAnyValue:StringEqualsIfExists",
    "StringEqualsIgnoreCase",
];

fn condition() -> impl Strategy<Value = Value> {
    (select(OPERATORS), select(KEYS), any::<Index>(), any::<bool>()).prop_map(
        |(operator, (key, values), index, yes)| {
            let wants = if operator == "Null" { json!(yes.to_string()) } else { json!(index.get(values)) };
            json!({ operator: { key: wants } })
        },
    )
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let action = select(vec![
        ("Action", "*"),
        ("Action", "s3:Get*"),
        ("Action", "s3:PutObject"),
        ("NotAction", "iam:*"),
        ("NotAction", "s3:*"),
    ]);
    let resource = select(vec![
        ("Resource", "*"),
        ("Resource", "arn:aws:s3:::b/*"),
        ("Resource", "arn:aws:s3:::b/${aws:username}"),
        ("Resource", "arn:aws:s3:::c/*"),
        ("NotResource", "arn:aws:s3:::c/*"),
        ("NotResource", "arn:aws:s3:::b/${aws:PrincipalTag/team}"),
    ]);
    let principal = select(vec![
        ("Principal", json!("*")),
        ("Principal", json!({ "AWS": "111122223333" })),
        ("Principal", json!({ "AWS": ROLE })),
        ("Principal", json!({ "AWS": SESSION })),
        ("Principal", json!({ "AWS": USER })),
        ("Principal", json!({ "Service": "glue.amazonaws.com" })),
        ("NotPrincipal", json!({ "AWS": ["111122223333", ROLE] })),
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
    let present = prop::sample::subsequence(
        values.iter().filter(|v| !v.starts_with('$')).map(ToString::to_string).collect::<Vec<_>>(),
        1..=1,
    );
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
    (
        0..5_usize,
        any::<bool>(),
        layers,
        prop::option::of(0..3_u8),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.2),
        keys,
    )
        .prop_map(|(caller, same_account, layers, acl, foreign, needs_grant, keys)| Facts {
            caller,
            same_account,
            layers,
            acl,
            foreign: foreign && acl.is_some(),
            needs_grant,
            keys,
        })
}

fn mask() -> impl Strategy<Value = Mask> {
    let some = |n: usize| prop::collection::vec(prop::bool::weighted(0.25), n);
    (prop::bool::weighted(0.25), some(7), some(7), any::<bool>(), any::<bool>(), some(KEYS.len()))
        .prop_map(|(relation, layers, first, acl, foreign, keys)| Mask { relation, layers, first, acl, foreign, keys })
}

impl Mask {
    fn nothing() -> Self {
        Self {
            relation: false,
            layers: vec![false; 7],
            first: vec![false; 7],
            acl: false,
            foreign: false,
            keys: vec![false; KEYS.len()],
        }
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
        let resource = Resource::new("arn:aws:s3:::b/k".parse().ok(), account);
        let request = Request::new(self.principal(), Action::new("s3:GetObject"), resource, context);
        let gap = || Gap { question: None, why: Why::AccessDenied };
        let compiled: Vec<Option<Vec<Vec<Policy>>>> = self
            .layers
            .iter()
            .map(|layer| {
                layer
                    .as_ref()
                    .map(|levels| levels.iter().map(|level| level.iter().map(|p| compile(p)).collect()).collect())
            })
            .collect();
        let mut inputs = Vec::new();
        for (index, layer) in LAYERS.iter().enumerate() {
            let own =
                matches!(layer, Layer::IdentityPolicy | Layer::PermissionsBoundary | Layer::SessionPolicy | Layer::Scp);
            if own && self.caller < 2 || self.caller == 4 && own && *layer != Layer::Scp {
                continue;
            }
            let source = |label: &str, content| Source { label: label.to_owned(), content };
            let levels: Vec<Vec<Source<'_>>> = match &compiled[index] {
                _ if mask.layers[index] => vec![vec![source("hidden", Err(gap()))]],
                None if matches!(layer, Layer::IdentityPolicy | Layer::ResourcePolicy) => vec![Vec::new()],
                None => continue,
                Some(levels) => levels
                    .iter()
                    .map(|level| {
                        let hidden = |place: usize| place == 0 && mask.first[index];
                        level
                            .iter()
                            .enumerate()
                            .map(|(i, p)| source("p", if hidden(i) { Err(gap()) } else { Ok(p) }))
                            .collect()
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
        evaluate(
            &request,
            &World { inputs, foreign, needs_grant: self.needs_grant, granted: Named::NO, blocked: Vec::new() },
        )
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
            for policy in level.iter_mut() {
                policy.reverse();
            }
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

/// A kind of caller that the laws above leave out.
#[test]
fn a_caller_of_unknown_kind_is_never_allowed_or_denied_for_sure() {
    let principal = Principal {
        kind: PrincipalKind::Other,
        arn: None,
        account: None,
        id: None,
        canonical_id: None,
        bounded: Truth::False,
        session: None,
    };
    let resource = Resource::new("arn:aws:s3:::b/k".parse().ok(), "111122223333".parse().ok());
    let request = Request::new(principal, Action::new("s3:GetObject"), resource, Context::new(Key::Unknown));
    let evidence = Evidence::default();
    let world = World::new(&request, &evidence, "eu-west-1");
    assert_eq!(evaluate(&request, &world).possible, Possible::ANYTHING);
}
