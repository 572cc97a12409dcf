//! The resource's side, but for S3: resource policies, key policies and grants, trust policies; and VPC endpoints.

use super::{is_for_trust_policy, policies, source, unknown};
use crate::arn::Arn;
use crate::evaluate::layer::{Input, Source};
use crate::evaluate::principal::Named;
use crate::evaluate::service::grants::granted;
use crate::evaluate::statement::Shape;
use crate::evidence::{
    Answer, Entity, EntityKind, Fact, KeyRef, Lookup, Question, Why, policy_holders, resource_policy,
};
use crate::layer::Layer;
use crate::request::{Key, Origin, Request};

/// Services whose resources have no policies of their own.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_aws-services-that-work-with-iam.html>
const WITHOUT_POLICIES: &[&str] = &[
    "autoscaling",
    "cloudformation",
    "cloudwatch",
    "ec2",
    "ecs",
    "eks",
    "elasticache",
    "elasticloadbalancing",
    "elasticmapreduce",
    "iam",
    "rds",
    "route53",
];

/// The policy of the VPC endpoint that the request came through; `None` if it came through none.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
pub(super) fn endpoint<'e>(request: &Request, lookup: &Lookup<'e>, region: &str) -> Option<Input<'e>> {
    // What S3 asks for by itself does not come through the caller's endpoint.
    let by_s3 = matches!(request.origin, Origin::Encryption { .. } | Origin::ByObjectLambda);
    if *request.context.get("aws:sourcevpce") == Key::Absent || by_s3 {
        return None;
    }
    let unread = |question, why| {
        Some(unknown(Layer::VpcEndpointPolicy, Shape::Resource, "policy of the VPC endpoint", question, why))
    };
    let Some(question) = endpoint_question(request, region) else { return unread(None, Why::NotAsked) };
    let Question::VpcEndpoint { endpoint, .. } = &question else { return unread(None, Why::NotAsked) };
    match lookup.fact(&question, Answer::as_vpc_endpoint) {
        // Endpoints of some kinds have no policy, and let everything pass.
        Fact::Known(info) => info.policy.as_ref().map(|document| {
            let source = Source { label: endpoint.clone(), content: Ok(document.policy()) };
            let shape = match info.kind.as_deref() {
                Some("Gateway") => Shape::Gateway,
                None if may_be_gateway(request) => Shape::Endpoint,
                Some(_) | None => Shape::Resource,
            };
            policies(Layer::VpcEndpointPolicy, shape, vec![source])
        }),
        // It may be another account's: the record need not say whose.
        Fact::Absent => unread(Some(question), Why::Gone),
        Fact::Unreadable(why) => unread(Some(question), why),
    }
}

/// Whether the service can be reached through a gateway endpoint.
///
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html>
#[must_use]
pub fn may_be_gateway(request: &Request) -> bool {
    matches!(request.action.service(), "s3" | "dynamodb")
}

/// How the VPC endpoint of a request is asked for; `None` if it came through none, or the record does not tell which.
#[must_use]
pub(crate) fn endpoint_question(request: &Request, region: &str) -> Option<Question> {
    let endpoint = request.endpoint.as_ref()?;
    let account = endpoint.account.or(request.principal.account)?;
    Some(Question::VpcEndpoint { account, region: region.to_owned(), endpoint: endpoint.id.clone() })
}

/// The resource's own policy, by the kind of resource; `None` where it has none.
pub(super) fn policy<'e>(request: &Request, lookup: &Lookup<'e>, region: &str) -> Option<Input<'e>> {
    let service = request.action.service();
    if request.resource.none || is_on_all_buckets(request) || MAKING.contains(&request.action.folded()) {
        return None;
    }
    if service == "kms" {
        return Some(key_policy(request, lookup, region));
    }
    if is_for_trust_policy(request) {
        return Some(trust_policy(request, lookup));
    }
    let label = "policy of the resource";
    let unread = |why| Some(unknown(Layer::ResourcePolicy, Shape::Resource, label, None, why));
    let Some(arn) = &request.resource.arn else {
        return if WITHOUT_POLICIES.contains(&service) { None } else { unread(Why::NotAsked) };
    };
    if resource_policy(arn).is_none() {
        return if WITHOUT_POLICIES.contains(&arn.service()) { None } else { unread(Why::NotAsked) };
    }
    let Some(account) = request.resource.account.or(arn.account()) else { return unread(Why::AccountUnknown) };
    let read = |arn: Arn| source(arn.to_string(), Question::ResourcePolicy { account, arn }, lookup);
    let sources = policy_holders(arn).into_iter().filter_map(read).collect();
    Some(policies(Layer::ResourcePolicy, Shape::Resource, sources))
}

/// Actions that make the very resource that they are on: it has no policy yet.
const MAKING: &[&str] = &[
    "s3-outposts:createaccesspoint",
    "s3-outposts:createbucket",
    "s3express:createaccesspoint",
    "s3express:createbucket",
    "s3tables:createtablebucket",
];

/// What of an access point no question asks for: its scope, for a directory bucket; and which one it was, where the
/// record of a call about an object on an Outpost, which is reached through access points only, names the bucket alone.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-directory-buckets-manage-scope.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/s3-outposts/S3OutpostsAccessPointList.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/s3-outposts/S3OutpostsIAM.html>
pub(super) fn unread_of_access_point<'e>(request: &Request) -> Option<Input<'e>> {
    let arn = request.resource.arn.as_ref()?;
    let session = request.action.folded() == "s3express:createsession";
    let in_bucket = arn.resource().contains("/bucket/") && arn.resource().contains("/object/");
    let label = match arn.service() {
        "s3express" if session && arn.resource_of_type("accesspoint").is_some() => "scope of the access point",
        "s3-outposts" if in_bucket && request.origin == Origin::Call => "policy of the access point",
        _ => return None,
    };
    Some(unknown(Layer::AccessPointPolicy, Shape::Resource, label, None, Why::NotAsked))
}

/// The account's buckets as a whole have no policy.
fn is_on_all_buckets(request: &Request) -> bool {
    request.resource.arn.as_ref().is_some_and(|arn| arn.service() == "s3" && arn.resource() == "*")
}

/// A table may be under a KMS key of its own, which nothing asks for: it takes the table's name.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-kms-permissions.html>
pub(super) fn key_of_table<'e>(request: &Request) -> Option<Input<'e>> {
    let label = "policy of the table's KMS key, if it has one";
    matches!(request.action.folded(), "s3tables:gettabledata" | "s3tables:puttabledata")
        .then(|| unknown(Layer::KmsKeyPolicy, Shape::Resource, label, None, Why::NotAsked))
}

/// How the key of a request is asked for; `None` if the record does not name it or its account.
#[must_use]
pub(crate) fn key_ref(request: &Request, region: &str) -> Option<KeyRef> {
    let arn = request.resource.arn.as_ref().filter(|arn| arn.service() == "kms")?;
    let region = if arn.region().is_empty() { region } else { arn.region() };
    let account = request.resource.account.or(arn.account())?;
    Some(KeyRef { account, region: region.to_owned(), key: arn.to_string() })
}

/// The key by its own ARN: an alias has no policy and no grants.
fn own_key(key: KeyRef, lookup: &Lookup<'_>) -> Fact<KeyRef> {
    let info = lookup.kms_key(&key);
    let is_alias = key.key.split_once(':').is_none_or(|_| key.key.contains(":alias/"));
    if is_alias { info.map(|info| KeyRef { key: info.arn.to_string(), ..key }) } else { Fact::Known(key) }
}

fn key_policy<'e>(request: &Request, lookup: &Lookup<'e>, region: &str) -> Input<'e> {
    let unread = |question, why| unknown(Layer::KmsKeyPolicy, Shape::Resource, "policy of the KMS key", question, why);
    let Some(key) = key_ref(request, region) else { return unread(None, Why::AccountUnknown) };
    match own_key(key.clone(), lookup) {
        Fact::Known(own) => {
            let sources = source(own.key.clone(), Question::KmsKeyPolicy(own), lookup).into_iter().collect();
            policies(Layer::KmsKeyPolicy, Shape::Resource, sources)
        }
        Fact::Absent => unread(Some(Question::KmsKey(key)), Why::Gone),
        Fact::Unreadable(why) => unread(Some(Question::KmsKey(key)), why),
    }
}

/// What the key's grants allow; nothing where the request is about no key.
pub(super) fn grants(request: &Request, lookup: &Lookup<'_>, region: &str) -> Named {
    if request.action.service() != "kms" || request.resource.none {
        return Named::NO;
    }
    let Some(key) = key_ref(request, region) else { return Named::UNKNOWN };
    let Fact::Known(own) = own_key(key, lookup) else { return Named::UNKNOWN };
    match lookup.fact(&Question::KmsGrants(own), Answer::as_kms_grants) {
        Fact::Known(grants) => granted(grants, request),
        Fact::Absent => Named::NO,
        Fact::Unreadable(_) => Named::UNKNOWN,
    }
}

/// The trust policy of the role that is to be taken.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>
fn trust_policy<'e>(request: &Request, lookup: &Lookup<'e>) -> Input<'e> {
    let unread = |question, why| unknown(Layer::TrustPolicy, Shape::Trust, "trust policy of the role", question, why);
    let role = request.resource.arn.as_ref().and_then(|arn| Some((arn, role_entity(arn)?)));
    let Some((arn, entity)) = role else { return unread(None, Why::AccountUnknown) };
    let question = Question::Identity(entity);
    match lookup.fact(&question, Answer::as_identity) {
        Fact::Known(info) => match &info.trust {
            Some(document) => {
                let source = Source { label: arn.to_string(), content: Ok(document.policy()) };
                policies(Layer::TrustPolicy, Shape::Trust, vec![source])
            }
            None => unread(Some(question), Why::Garbled),
        },
        Fact::Absent => unread(Some(question), Why::Gone),
        Fact::Unreadable(why) => unread(Some(question), why),
    }
}

/// The role that an ARN is of.
#[must_use]
pub(crate) fn role_entity(arn: &Arn) -> Option<Entity> {
    let name = arn.resource_of_type("role")?.rsplit('/').next()?.to_owned();
    Some(Entity { kind: EntityKind::Role, account: arn.account()?, name })
}
