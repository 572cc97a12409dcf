//! A realistic set of policies: 10 identity policies of 10 statements, SCPs of 3 levels, a bucket policy of 20
//! statements, and 200 requests with the decision that each must get. The benchmarks measure on it, and a test checks
//! the decisions.

use deniedby::evaluate::{Body, Input, Named, Shape, Source, World};
use deniedby::layer::Layer;
use deniedby::policy::Policy;
use deniedby::request::{Action, Context, Key, Principal, Request, Resource};
use deniedby::truth::Truth;
use serde_json::Value;

/// The policies' texts.
pub(crate) struct Texts {
    pub(crate) identity: Vec<String>,
    pub(crate) scp: Vec<Vec<String>>,
    pub(crate) bucket: String,
}

/// The policies, compiled.
pub(crate) struct PolicySet {
    identity: Vec<Policy>,
    scp: Vec<Vec<Policy>>,
    bucket: Policy,
}

impl Texts {
    pub(crate) fn new() -> Self {
        let scp = json(include_str!("policy-set/scp.json"));
        let level = |level: &Value| texts(&level["policies"]);
        Self {
            identity: texts(&json(include_str!("policy-set/identity.json"))),
            scp: scp.as_array().unwrap().iter().map(level).collect(),
            bucket: include_str!("policy-set/bucket.json").to_owned(),
        }
    }

    pub(crate) fn compile(&self) -> PolicySet {
        let all = |texts: &Vec<String>| texts.iter().map(|text| Policy::parse(text)).collect();
        PolicySet {
            identity: all(&self.identity),
            scp: self.scp.iter().map(all).collect(),
            bucket: Policy::parse(&self.bucket),
        }
    }
}

impl PolicySet {
    /// The layers of a request. The bucket policy counts for the bucket's own resources.
    pub(crate) fn world(&self) -> World<'_> {
        let input = |layer, shape, levels| Input { layer, body: Body::Policies { shape, levels } };
        let inputs = vec![
            input(Layer::Scp, Shape::Identity, self.scp.iter().map(|level| sources(level)).collect()),
            input(Layer::ResourcePolicy, Shape::Resource, vec![sources(std::slice::from_ref(&self.bucket))]),
            input(Layer::IdentityPolicy, Shape::Identity, vec![sources(&self.identity)]),
        ];
        World { inputs, foreign: Truth::False, needs_grant: false, granted: Named::NO, blocked: Vec::new() }
    }
}

/// The requests, each with the decision that it must get.
pub(crate) fn requests() -> Vec<(Request, String)> {
    let requests = json(include_str!("policy-set/requests.json"));
    let expected = json(include_str!("policy-set/expected.json"));
    let pairs = requests.as_array().unwrap().iter().zip(expected.as_array().unwrap());
    pairs.map(|(row, decision)| (request(row), decision.as_str().unwrap().to_owned())).collect()
}

fn request(row: &Value) -> Request {
    let text = |name: &str| row[name].as_str().unwrap();
    let mut context = Context::new(Key::Absent);
    for (name, value) in row["context"].as_object().unwrap() {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        context.set(name, Key::Present(values.iter().map(|v| v.as_str().unwrap().to_owned()).collect()));
    }
    let resource = Resource::new(Some(text("resource").parse().unwrap()), Some(text("accountId").parse().unwrap()));
    let principal = Principal::parse(text("principal")).unwrap();
    Request::new(principal, Action::new(text("action")), resource, context)
}

fn sources(policies: &[Policy]) -> Vec<Source<'_>> {
    policies.iter().map(|policy| Source { label: String::new(), content: Ok(policy) }).collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn texts(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(ToString::to_string).collect()
}
