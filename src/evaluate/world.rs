//! Which layers a request passes, and what is known of each.

use super::layer::{Body, Gap, Input, Source};
use super::principal::Named;
use super::service::s3::{self, BlockSetting, Facts};
use super::statement::Shape;
use crate::arn::Arn;
use crate::evidence::{Answer, BucketRef, Entity, EntityKind, Evidence, Fact, Question, Why};
use crate::layer::Layer;
use crate::policy::Policy;
use crate::request::{Key, Makes, PrincipalKind, Request, S3Target};
use crate::truth::Truth;

/// All that decides a request.
#[derive(Debug)]
pub struct World<'e> {
    /// The layers, in the order in which AWS checks them.
    pub inputs: Vec<Input<'e>>,
    /// The object belongs to another account than its bucket, and ACLs count.
    pub foreign: Truth,
    /// The resource's policy must allow even in the same account.
    pub needs_grant: bool,
    /// What grants of a KMS key allow.
    pub granted: Named,
    /// The settings of Block Public Access that deny the request, or may.
    pub blocked: Vec<(BlockSetting, Truth)>,
}

impl<'e> World<'e> {
    /// The world of a request, as far as the evidence shows it. `region` is where the call went.
    #[must_use]
    pub fn new(request: &Request, evidence: &'e Evidence, region: &str) -> Self {
        let mut inputs = Vec::new();
        let mut foreign = Truth::False;
        let mut blocked = Vec::new();
        let caller = &request.principal;
        let limited_by_organization = caller.account.is_some() && !caller.is_service_linked();
        if limited_by_organization {
            inputs.push(not_asked(Layer::Scp, Shape::Identity, "service control policies"));
        }
        if !caller.is_service_linked() && !is_beyond_rcps(request) {
            inputs.push(not_asked(Layer::Rcp, Shape::Resource, "resource control policies"));
        }
        if *request.context.get("aws:sourcevpce") != Key::Absent {
            inputs.push(not_asked(Layer::VpcEndpointPolicy, Shape::Resource, "policy of the VPC endpoint"));
        }
        if request.s3.as_ref().is_some_and(|target| target.access_point.is_some()) {
            inputs.push(not_asked(Layer::AccessPointPolicy, Shape::Resource, "policy of the access point"));
        }
        match &request.s3 {
            Some(target) if target.makes != Makes::Bucket => {
                let facts = s3_facts(target, evidence, region);
                foreign = s3::foreign(request, &facts);
                blocked = s3::blocked_by(request, &facts);
                inputs.push(rule(Layer::BlockPublicAccess, s3::block_public_access(&blocked)));
                // Through an access point the bucket's policy sees another ARN.
                inputs.push(match target.access_point {
                    Some(_) => {
                        not_asked(Layer::ResourcePolicy, Shape::Resource, "bucket policy behind the access point")
                    }
                    None => bucket_policy(request, target, evidence, region),
                });
                inputs.extend(s3::acl(request, &facts).map(|outcome| rule(Layer::Acl, outcome)));
            }
            Some(_) => {}
            None if is_on_all_buckets(request) => {}
            None => inputs.push(not_asked(Layer::ResourcePolicy, Shape::Resource, "policy of the resource")),
        }
        identity_side(request, evidence, &mut inputs);
        Self { inputs, foreign, needs_grant: needs_grant(request), granted: Named::NO, blocked }
    }
}

/// The account's buckets as a whole have no policy.
fn is_on_all_buckets(request: &Request) -> bool {
    request.resource.arn.as_ref().is_some_and(|arn| arn.service() == "s3" && arn.resource() == "*")
}

/// What resource control policies leave alone, whoever asks.
///
/// <https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html>
#[must_use]
pub fn is_beyond_rcps(request: &Request) -> bool {
    request.action.folded() == "kms:retiregrant"
}

/// Keys and roles open only to whom their own policy lets in, the key's or role's own account included.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>
#[must_use]
pub fn needs_grant(request: &Request) -> bool {
    request.action.service() == "kms" || request.action.folded().starts_with("sts:assumerole")
}

/// The same request with what the evidence adds to it: tags of the caller, and its account's canonical id.
#[must_use]
pub fn complete(request: &Request, evidence: &Evidence, region: &str) -> Request {
    let mut request = request.clone();
    if let Some(entity) = request.principal.entity()
        && let Fact::Known(info) = evidence.fact(&Question::Identity(entity), Answer::as_identity)
    {
        request.principal.bounded = info.boundary.is_some().into();
    }
    if let (PrincipalKind::User, Some(entity)) = (&request.principal.kind, request.principal.entity()) {
        // A session of a role can bring tags of its own, so only a user's tags are all there are.
        if let Fact::Known(info) = evidence.fact(&Question::Identity(entity), Answer::as_identity) {
            request.context.set_family("aws:principaltag/", Key::Absent);
            for (name, value) in &info.tags {
                request.context.set(&format!("aws:PrincipalTag/{name}"), Key::one(value));
            }
        }
    }
    // A session's own ARN leaves out its role's path, and some records have no other.
    let entity = request.principal.entity();
    if let (PrincipalKind::RoleSession { role }, Some(entity)) = (&mut request.principal.kind, entity)
        && let Fact::Known(info) = evidence.fact(&Question::Identity(entity), Answer::as_identity)
        && role.as_ref() != Some(&info.arn)
    {
        request.context.set("aws:PrincipalArn", Key::one(info.arn.as_str()));
        *role = Some(info.arn.clone());
    }
    request.principal.canonical_id = canonical_id(&request, evidence, region);
    request
}

/// The caller's account as ACLs name it. The owner of the bucket's ACL is the bucket's account.
fn canonical_id(request: &Request, evidence: &Evidence, region: &str) -> Option<String> {
    let account = request.principal.account?;
    let own_bucket = request.s3.as_ref().and_then(|target| bucket_ref(target, region)).filter(|b| b.account == account);
    if let Some(bucket) = own_bucket {
        let acl = evidence.fact(&Question::BucketAcl(bucket), Answer::as_acl);
        return acl.known().and_then(|acl| acl.owner.clone());
    }
    let question = Question::CanonicalId { account, region: region.to_owned() };
    evidence.fact(&question, Answer::as_canonical_id).known().map(ToString::to_string)
}

fn rule<'e>(layer: Layer, outcome: super::Outcome) -> Input<'e> {
    Input { layer, body: Body::Rule(outcome) }
}

fn policies(layer: Layer, shape: Shape, sources: Vec<Source<'_>>) -> Input<'_> {
    Input { layer, body: Body::Policies { shape, levels: vec![sources] } }
}

/// A layer that applies, and whose policies no question asks for.
fn not_asked<'e>(layer: Layer, shape: Shape, label: &str) -> Input<'e> {
    let gap = Gap { question: None, why: Why::NotAsked };
    policies(layer, shape, vec![Source { label: label.to_owned(), content: Err(gap) }])
}

/// Where to ask about a bucket; `None` if its owner or its name is not known.
#[must_use]
pub(crate) fn bucket_ref(target: &S3Target, region: &str) -> Option<BucketRef> {
    Some(BucketRef { account: target.account?, region: region.to_owned(), bucket: target.bucket.clone()? })
}

/// The question for the object of a target, and the one for its ACL; `None` where no object has to be there.
#[must_use]
pub(crate) fn object_questions(target: &S3Target, bucket: &BucketRef) -> Option<(Question, Question)> {
    if target.makes != Makes::Nothing {
        return None;
    }
    let (bucket, key) = (bucket.clone(), target.key.clone()?);
    Some(match target.version.clone() {
        None => (Question::Object { bucket: bucket.clone(), key: key.clone() }, Question::ObjectAcl { bucket, key }),
        Some(version) => (
            Question::ObjectVersion { bucket: bucket.clone(), key: key.clone(), version: version.clone() },
            Question::ObjectVersionAcl { bucket, key, version },
        ),
    })
}

fn s3_facts<'e>(target: &S3Target, evidence: &'e Evidence, region: &str) -> Facts<'e> {
    let Some(bucket) = bucket_ref(target, region) else {
        let unknown = || Why::AccountUnknown;
        return Facts {
            ownership: Fact::Unreadable(unknown()),
            bucket_acl: Fact::Unreadable(unknown()),
            object_acl: Fact::Unreadable(unknown()),
            object: Fact::Unreadable(unknown()),
            policy: Fact::Unreadable(unknown()),
            bucket_block: Fact::Unreadable(unknown()),
            account_block: Fact::Unreadable(unknown()),
        };
    };
    let object = object_questions(target, &bucket);
    let (object, object_acl) = match &object {
        Some((object, acl)) => {
            let there = evidence.fact(object, Answer::as_object);
            // What is not there has no ACL.
            let acl = if there == Fact::Absent { Fact::Absent } else { evidence.fact(acl, Answer::as_acl) };
            (there, acl)
        }
        None => (Fact::Absent, Fact::Absent),
    };
    let account_block = Question::AccountPublicAccessBlock { account: bucket.account, region: region.to_owned() };
    Facts {
        ownership: evidence.fact(&Question::BucketOwnership(bucket.clone()), Answer::as_ownership),
        bucket_acl: evidence.fact(&Question::BucketAcl(bucket.clone()), Answer::as_acl),
        object_acl,
        object,
        policy: evidence.fact(&Question::BucketPolicy(bucket.clone()), Answer::as_policy),
        bucket_block: evidence.fact(&Question::BucketPublicAccessBlock(bucket), Answer::as_public_access_block),
        account_block: evidence.fact(&account_block, Answer::as_public_access_block),
    }
}

fn bucket_policy<'e>(request: &Request, target: &S3Target, evidence: &'e Evidence, region: &str) -> Input<'e> {
    let partition = request.resource.arn.as_ref().map_or("aws", Arn::partition);
    let label = format!("arn:{partition}:s3:::{}", target.bucket.as_deref().unwrap_or("?"));
    let sources = match bucket_ref(target, region) {
        None => vec![Source { label, content: Err(Gap { question: None, why: Why::AccountUnknown }) }],
        Some(bucket) => source(label, Question::BucketPolicy(bucket), evidence).into_iter().collect(),
    };
    policies(Layer::ResourcePolicy, Shape::Resource, sources)
}

/// The policy that answers a question; `None` if there is none.
fn source(label: String, question: Question, evidence: &Evidence) -> Option<Source<'_>> {
    let content: Result<&Policy, Gap> = match evidence.fact(&question, Answer::as_policy) {
        Fact::Known(policy) => Ok(policy),
        Fact::Absent => return None,
        Fact::Unreadable(why) => Err(Gap { question: Some(question), why }),
    };
    Some(Source { label, content })
}

/// Identity policies, boundary and session policy.
fn identity_side<'e>(request: &Request, evidence: &'e Evidence, inputs: &mut Vec<Input<'e>>) {
    let caller = &request.principal;
    match &caller.kind {
        // Root users have no policies of their own, and these callers belong to no account.
        PrincipalKind::Root | PrincipalKind::Service(_) | PrincipalKind::Anonymous | PrincipalKind::Provider(_) => {
            return;
        }
        PrincipalKind::User
        | PrincipalKind::RoleSession { .. }
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => {}
    }
    let Some(entity) = caller.entity() else {
        let gap = Gap { question: None, why: Why::AccountUnknown };
        let source = Source { label: "policies of the caller".to_owned(), content: Err(gap) };
        inputs.push(policies(Layer::IdentityPolicy, Shape::Identity, vec![source]));
        return;
    };
    inputs.push(policies(Layer::IdentityPolicy, Shape::Identity, identity_policies(&entity, evidence)));
    let question = Question::Identity(entity.clone());
    match evidence.fact(&question, Answer::as_identity) {
        Fact::Known(info) => {
            if let Some(arn) = &info.boundary {
                let question = Question::ManagedPolicy { account: entity.account, arn: arn.clone() };
                let sources = source(arn.to_string(), question, evidence).into_iter().collect();
                inputs.push(policies(Layer::PermissionsBoundary, Shape::Identity, sources));
            }
        }
        unread @ (Fact::Absent | Fact::Unreadable(_)) => {
            let source = gap("permissions boundary", question, unread);
            inputs.push(policies(Layer::PermissionsBoundary, Shape::Identity, vec![source]));
        }
    }
    // A user's long-term key has no session policy, and GetSessionToken takes none.
    if entity.kind == EntityKind::Role || matches!(caller.kind, PrincipalKind::FederatedUser { .. }) {
        inputs.push(not_asked(Layer::SessionPolicy, Shape::Identity, "session policies"));
    }
}

/// A list or an identity that should be there, and is not readable or gone.
fn gap<'e, T>(label: &str, question: Question, fact: Fact<T>) -> Source<'e> {
    let why = match fact {
        Fact::Unreadable(why) => why,
        Fact::Absent | Fact::Known(_) => Why::Failed("NoSuchEntity".to_owned()),
    };
    Source { label: label.to_owned(), content: Err(Gap { question: Some(question), why }) }
}

/// Inline and managed policies of a user or role; of a user, those of its groups as well.
fn identity_policies<'e>(entity: &Entity, evidence: &'e Evidence) -> Vec<Source<'e>> {
    let mut sources = policies_of(entity, evidence, "");
    if entity.kind != EntityKind::User {
        return sources;
    }
    let question = Question::Groups(entity.clone());
    match evidence.fact(&question, Answer::as_names) {
        Fact::Known(groups) => {
            for name in groups {
                let group = Entity { kind: EntityKind::Group, account: entity.account, name: name.clone() };
                sources.extend(policies_of(&group, evidence, &format!("{name}/")));
            }
        }
        unread @ (Fact::Absent | Fact::Unreadable(_)) => sources.push(gap("groups", question, unread)),
    }
    sources
}

/// Inline and managed policies of one entity. `prefix` stands before the names of inline policies.
fn policies_of<'e>(entity: &Entity, evidence: &'e Evidence, prefix: &str) -> Vec<Source<'e>> {
    let mut sources = Vec::new();
    let question = Question::InlinePolicies(entity.clone());
    match evidence.fact(&question, Answer::as_names) {
        Fact::Known(names) => {
            for name in names {
                let question = Question::InlinePolicy { of: entity.clone(), policy: name.clone() };
                sources.extend(source(format!("inline:{prefix}{name}"), question, evidence));
            }
        }
        unread @ (Fact::Absent | Fact::Unreadable(_)) => sources.push(gap("inline policies", question, unread)),
    }
    let question = Question::AttachedPolicies(entity.clone());
    match evidence.fact(&question, Answer::as_names) {
        Fact::Known(arns) => {
            for arn in arns.iter().filter_map(|text| text.parse::<Arn>().ok()) {
                let question = Question::ManagedPolicy { account: entity.account, arn: arn.clone() };
                sources.extend(source(arn.to_string(), question, evidence));
            }
        }
        unread @ (Fact::Absent | Fact::Unreadable(_)) => sources.push(gap("managed policies", question, unread)),
    }
    sources
}
