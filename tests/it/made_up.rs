//! Made-up requests, with all the facts about them, and what of these is hidden.
#![expect(clippy::indexing_slicing, reason = "a test that does not find what it expects has to fail")]

use deniedby::evaluate::{Body, Evaluation, Gap, Input, Named, Outcome, Shape, Source, World, evaluate};
use deniedby::evidence::Why;
use deniedby::layer::Layer;
use deniedby::policy::Policy;
use deniedby::request::{Action, Context, Key, Principal, Request, Resource};
use deniedby::truth::Truth;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/reader";
pub(crate) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/reader/s1";
pub(crate) const USER: &str = "arn:aws:iam::111122223333:user/ann";

/// A condition key with the values that a request may have, and those that a policy may want.
pub(crate) const KEYS: &[(&str, &[&str])] = &[
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

pub(crate) fn statement() -> impl Strategy<Value = Value> {
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

pub(crate) type Statements = Vec<Value>;

fn compile(statements: &[Value]) -> Policy {
    Policy::from_value(&json!({ "Version": "2012-10-17", "Statement": statements }))
}

/// The layers of policies that a made-up world can have.
pub(crate) const LAYERS: [Layer; 7] = [
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
pub(crate) struct Facts {
    pub(crate) caller: usize,
    pub(crate) same_account: bool,
    /// By layer: `None` where the layer does not apply; a list of policies for each level.
    pub(crate) layers: Vec<Option<Vec<Vec<Statements>>>>,
    /// What the ACL grants: nothing, to the account, to everyone; `None` where it does not count.
    pub(crate) acl: Option<u8>,
    pub(crate) foreign: bool,
    pub(crate) needs_grant: bool,
    /// By key of `KEYS`: the number of values, and which.
    pub(crate) keys: Vec<Key>,
}

/// What is hidden of the facts.
#[derive(Debug, Clone)]
pub(crate) struct Mask {
    pub(crate) relation: bool,
    /// By layer: the whole layer.
    pub(crate) layers: Vec<bool>,
    /// Single policies: the first of each level.
    pub(crate) first: Vec<bool>,
    pub(crate) acl: bool,
    pub(crate) foreign: bool,
    pub(crate) keys: Vec<bool>,
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

pub(crate) fn facts() -> impl Strategy<Value = Facts> {
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

pub(crate) fn mask() -> impl Strategy<Value = Mask> {
    let some = |n: usize| prop::collection::vec(prop::bool::weighted(0.25), n);
    (prop::bool::weighted(0.25), some(7), some(7), any::<bool>(), any::<bool>(), some(KEYS.len()))
        .prop_map(|(relation, layers, first, acl, foreign, keys)| Mask { relation, layers, first, acl, foreign, keys })
}

impl Mask {
    pub(crate) fn nothing() -> Self {
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
    pub(crate) fn filled(&self, mask: &Mask, other: &Self) -> Self {
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
    pub(crate) fn evaluate(&self, mask: &Mask) -> Evaluation {
        self.look(mask, evaluate)
    }

    /// Looks at the request in its world.
    pub(crate) fn look<T>(&self, mask: &Mask, see: impl FnOnce(&Request, &World<'_>) -> T) -> T {
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
        let world = World { inputs, foreign, needs_grant: self.needs_grant, granted: Named::NO, blocked: Vec::new() };
        see(&request, &world)
    }
}
