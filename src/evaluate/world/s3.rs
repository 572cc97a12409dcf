//! S3's layers: Block Public Access, requester pays, access points, bucket policies, ACLs.

use super::{World, missing, policies, rule, source, unknown};
use crate::arn::{AccountId, Arn};
use crate::evaluate::behind;
use crate::evaluate::layer::{Input, Outcome};
use crate::evaluate::service::locks;
use crate::evaluate::service::s3::{self as rules, AclUse, Facts};
use crate::evaluate::statement::Shape;
use crate::evidence::{
    AccessPointRef, Acl, Answer, BucketRef, Fact, Lookup, ObjectOwnership, ObjectRef, PublicAccessBlock, Question, Why,
};
use crate::layer::Layer;
use crate::policy::{Policy, PrincipalEntry};
use crate::request::{Key, Makes, PrincipalKind, Request, S3Target};
use crate::truth::Truth;

/// Where to ask about a bucket; `None` if its owner or its name is not known. `region` is the record's.
#[must_use]
pub(crate) fn bucket_ref(target: &S3Target, region: &str) -> Option<BucketRef> {
    let region = target.region.as_deref().unwrap_or(region).to_owned();
    Some(BucketRef { account: target.account?, region, bucket: target.bucket.clone()? })
}

/// An object that has to be there, and where to ask about it; `None` where none has to.
#[must_use]
pub(crate) fn object_ref(target: &S3Target, bucket: &BucketRef) -> Option<ObjectRef> {
    if target.makes != Makes::Nothing {
        return None;
    }
    Some(ObjectRef { bucket: bucket.clone(), key: target.key.clone()?, version: target.version.clone() })
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

/// Adds the layers of a request about a bucket, an object, or an access point to them.
pub(super) fn layers<'e>(
    request: &Request,
    target: &S3Target,
    lookup: &Lookup<'e>,
    region: &str,
    world: &mut World<'e>,
) {
    if target.access_point.is_some() {
        access_point(request, target, lookup, region, world);
        return;
    }
    let facts = facts(request, target, lookup, region);
    world.foreign = rules::foreign(request, &facts);
    world.blocked = rules::blocked_by(request, &facts);
    world.inputs.push(rule(Layer::BlockPublicAccess, rules::block_public_access(&world.blocked)));
    world.inputs.extend(requester_pays(request, target, lookup, region));
    world.inputs.extend(other_rules(request, target, lookup, region));
    world.inputs.push(bucket_policy(request, target, lookup, region));
    world.inputs.extend(rules::acl(request, &facts).map(|outcome| rule(Layer::Acl, outcome)));
}

/// The request as the access point sees it. What its bucket says is a request of its own.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>
fn access_point<'e>(request: &Request, target: &S3Target, lookup: &Lookup<'e>, region: &str, world: &mut World<'e>) {
    let label = "policy of the access point";
    let Some(point) = access_point_ref(target) else {
        multi_region(request, target, lookup, region, world);
        return;
    };
    let info = lookup.fact(&Question::AccessPoint(point.clone()), Answer::as_access_point);
    let question = Question::AccessPointPolicy(point);
    let mut facts = Facts::unread(&Why::NotAsked);
    facts.policy = lookup.fact(&question, Answer::as_policy);
    facts.bucket_block = info.clone().map(|info| &info.block);
    facts.account_block = account_block(request.resource.account, region, lookup);
    facts.bucket_block = bucket_block(target, region, lookup, facts.bucket_block);
    world.blocked = rules::blocked_by(request, &facts);
    world.inputs.push(rule(Layer::BlockPublicAccess, rules::block_public_access(&world.blocked)));
    let only_vpc = match &info {
        Fact::Known(info) => rules::is_of_another_vpc(request, info.vpc.as_deref()),
        Fact::Absent => Truth::False,
        Fact::Unreadable(_) => Truth::Unknown,
    };
    world.inputs.push(rule(Layer::AccessPointVpc, Outcome { deny: only_vpc, ..Outcome::PASS }));
    let arn = request.resource.arn.as_ref().map_or_else(|| label.to_owned(), |arn| point_of(arn).to_owned());
    let sources = source(arn, question, lookup).into_iter().collect();
    world.inputs.push(policies(Layer::AccessPointPolicy, Shape::Resource, sources));
}

/// The same for a Multi-Region Access Point, which serves every network.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointPermissions.html>
fn multi_region<'e>(request: &Request, target: &S3Target, lookup: &Lookup<'e>, region: &str, world: &mut World<'e>) {
    let unread = |question, why| {
        unknown(Layer::AccessPointPolicy, Shape::Resource, "policy of the Multi-Region Access Point", question, why)
    };
    let Some((account, alias)) = target.access_point.as_ref().and_then(behind::multi_region) else {
        world.inputs.push(unread(None, Why::AccountUnknown));
        return;
    };
    let about = Question::MultiRegionAccessPoint { account, alias };
    let info = lookup.fact(&about, Answer::as_multi_region_access_point);
    let policy =
        info.clone().known().map(|info| Question::MultiRegionAccessPointPolicy { account, name: info.name.clone() });
    let mut facts = Facts::unread(&Why::NotAsked);
    facts.policy =
        policy.as_ref().map_or(Fact::Unreadable(Why::NotAsked), |policy| lookup.fact(policy, Answer::as_policy));
    facts.bucket_block = bucket_block(target, region, lookup, info.clone().map(|info| &info.block));
    facts.account_block = account_block(request.resource.account, region, lookup);
    world.blocked = rules::blocked_by(request, &facts);
    world.inputs.push(rule(Layer::BlockPublicAccess, rules::block_public_access(&world.blocked)));
    world.inputs.push(match (policy, info) {
        (Some(policy), _) => {
            let arn = request.resource.arn.as_ref().map_or_else(String::new, |arn| point_of(arn).to_owned());
            policies(Layer::AccessPointPolicy, Shape::Resource, source(arn, policy, lookup).into_iter().collect())
        }
        (None, Fact::Unreadable(why)) => unread(Some(about), why),
        (None, Fact::Absent | Fact::Known(_)) => unread(Some(about), Why::Gone),
    });
}

/// The ARN of an access point without the object behind it.
fn point_of(arn: &Arn) -> &str {
    arn.as_str().split("/object/").next().unwrap_or_default()
}

/// How an access point is asked for; `None` for those of several Regions, and where only an alias is known.
#[must_use]
pub(crate) fn access_point_ref(target: &S3Target) -> Option<AccessPointRef> {
    let arn = target.access_point.as_ref()?.arn.as_ref()?;
    let access_point = arn.resource_of_type("accesspoint")?.split('/').next()?.to_owned();
    let region = Some(arn.region()).filter(|region| !region.is_empty())?.to_owned();
    Some(AccessPointRef { account: arn.account()?, region, access_point })
}

/// The settings of the access point, with those of its bucket where that is known: one that is on in either counts.
fn bucket_block<'e>(
    target: &S3Target,
    region: &str,
    lookup: &Lookup<'e>,
    own: Fact<&'e PublicAccessBlock>,
) -> Fact<&'e PublicAccessBlock> {
    let restricts = matches!(&own, Fact::Known(block) if block.restrict_public_buckets);
    match bucket_ref(target, region) {
        Some(bucket) if !restricts => {
            match lookup.fact(&Question::BucketPublicAccessBlock(bucket), Answer::as_public_access_block) {
                Fact::Absent => own,
                of_bucket @ (Fact::Known(_) | Fact::Unreadable(_)) => of_bucket,
            }
        }
        Some(_) | None => own,
    }
}

fn account_block<'e>(
    account: Option<crate::arn::AccountId>,
    region: &str,
    lookup: &Lookup<'e>,
) -> Fact<&'e PublicAccessBlock> {
    match account {
        None => Fact::Unreadable(Why::AccountUnknown),
        Some(account) => {
            let question = Question::AccountPublicAccessBlock { account, region: region.to_owned() };
            lookup.fact(&question, Answer::as_public_access_block)
        }
    }
}

/// Requesters from other accounts have to say that they pay.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RequesterPaysBuckets.html>
fn requester_pays<'e>(request: &Request, target: &S3Target, lookup: &Lookup<'e>, region: &str) -> Option<Input<'e>> {
    let outside = match (&request.principal.kind, request.same_account()) {
        (PrincipalKind::Service(_), _) => return None,
        (_, Some(same)) => Truth::from(!same),
        (_, None) => Truth::Unknown,
    };
    if !outside.possible() || target.pays == Truth::True {
        return None;
    }
    let asked = match bucket_ref(target, region) {
        None => Truth::Unknown,
        Some(bucket) => match lookup.fact(&Question::BucketRequestPayment(bucket), Answer::as_flag) {
            Fact::Known(flag) => (*flag).into(),
            Fact::Absent => Truth::False,
            Fact::Unreadable(_) => Truth::Unknown,
        },
    };
    let anonymous = Truth::from(request.principal.kind == PrincipalKind::Anonymous);
    let deny = outside.and(asked).and(anonymous.or(!target.pays));
    Some(rule(Layer::RequesterPays, Outcome { deny, ..Outcome::PASS }))
}

/// What keeps the request out beside policies and ACLs.
fn other_rules<'e>(request: &Request, target: &S3Target, lookup: &Lookup<'e>, region: &str) -> Vec<Input<'e>> {
    let bucket = bucket_ref(target, region);
    let denies = |layer, deny| rule(layer, Outcome { deny, ..Outcome::PASS });
    let mut inputs = Vec::new();
    if target.expected_owner != Key::Absent {
        inputs.push(denies(Layer::ExpectedOwner, locks::is_of_another_owner(target)));
    }
    if locks::customer_key(request).possible() {
        let question = bucket.clone().map(Question::BucketEncryption);
        let encryption = known_place(question, |question| lookup.fact(question, Answer::as_encryption));
        inputs.push(denies(Layer::CustomerKey, locks::refuses_customer_key(request, &encryption)));
    }
    if locks::may_take_mfa(request) {
        let question = bucket.clone().map(Question::BucketVersioning);
        let versioning = known_place(question, |question| lookup.fact(question, Answer::as_versioning));
        inputs.push(denies(Layer::MfaDelete, locks::lacks_mfa(request, &versioning)));
    }
    if locks::may_be_locked(request) {
        let question = bucket.and_then(|bucket| object_ref(target, &bucket)).map(Question::ObjectLock);
        let lock = known_place(question, |question| lookup.fact(question, Answer::as_object_lock));
        inputs.push(denies(Layer::ObjectLock, locks::is_locked(request, target, &lock)));
    }
    inputs
}

/// The answer to a question, where the record tells enough to ask it.
fn known_place<T>(question: Option<Question>, ask: impl FnOnce(&Question) -> Fact<T>) -> Fact<T> {
    question.map_or(Fact::Unreadable(Why::AccountUnknown), |question| ask(&question))
}

fn bucket_policy<'e>(request: &Request, target: &S3Target, lookup: &Lookup<'e>, region: &str) -> Input<'e> {
    let partition = request.resource.arn.as_ref().map_or("aws", Arn::partition);
    let bucket = target.bucket.as_deref();
    let label = bucket.map_or_else(|| "policy of the bucket".to_owned(), |name| format!("arn:{partition}:s3:::{name}"));
    let sources = match bucket_ref(target, region) {
        None => vec![missing(&label, None, Why::AccountUnknown)],
        Some(bucket) => source(label, Question::BucketPolicy(bucket), lookup).into_iter().collect(),
    };
    policies(Layer::ResourcePolicy, Shape::Resource, sources)
}

/// Whether ACLs are worth a question: not before it is known that they may count.
#[must_use]
pub(in super::super) fn acls_may_count(bucket: &BucketRef, lookup: &Lookup<'_>) -> bool {
    let question = Question::BucketOwnership(bucket.clone());
    match lookup.fact(&question, Answer::as_ownership) {
        Fact::Known(ownership) => *ownership != ObjectOwnership::BucketOwnerEnforced,
        Fact::Absent => true,
        Fact::Unreadable(_) => lookup.was_asked(&question),
    }
}

/// The most accounts that are asked whether they own an object.
const MOST_OWNERS: usize = 4;

/// The account that owns an object of a foreign bucket: the caller's, or one that the bucket policy names.
#[must_use]
pub(crate) fn object_owner(
    request: &Request,
    bucket: &BucketRef,
    owner: &str,
    policy: Option<&Policy>,
    lookup: &Lookup<'_>,
) -> Option<AccountId> {
    let mut candidates: Vec<AccountId> = request.principal.account.into_iter().collect();
    for principals in policy.iter().flat_map(|policy| &policy.statements).filter_map(|s| s.principals.as_ref()) {
        candidates.extend(principals.entries.iter().filter_map(|entry| match entry {
            PrincipalEntry::Account(account) => Some(*account),
            PrincipalEntry::Arn(arn) => arn.account(),
            PrincipalEntry::Everyone
            | PrincipalEntry::UniqueId(_)
            | PrincipalEntry::Service(_)
            | PrincipalEntry::Federated(_)
            | PrincipalEntry::CanonicalUser(_)
            | PrincipalEntry::Malformed(_) => None,
        }));
    }
    let mut seen = Vec::new();
    candidates.retain(|account| {
        let new = *account != bucket.account && !seen.contains(account);
        seen.push(*account);
        new
    });
    candidates.into_iter().take(MOST_OWNERS).find(|account| {
        let question = Question::CanonicalId { account: *account, region: bucket.region.clone() };
        lookup.fact(&question, Answer::as_canonical_id) == Fact::Known(owner)
    })
}

/// The object's ACL as its owner reads it, where the bucket's account may not.
fn owners_acl<'e>(
    request: &Request,
    target: &S3Target,
    bucket: &BucketRef,
    owner: Option<&str>,
    policy: &Fact<&Policy>,
    lookup: &Lookup<'e>,
) -> Option<&'e Acl> {
    let of_bucket = lookup.peek(&Question::BucketAcl(bucket.clone()), Answer::as_acl)?.owner.as_deref();
    let owner = owner.filter(|owner| of_bucket.is_some_and(|of_bucket| of_bucket != *owner))?;
    let account = object_owner(request, bucket, owner, policy.known().copied(), lookup)?;
    let object = ObjectRef { bucket: bucket.clone(), key: target.key.clone()?, version: target.version.clone() };
    let question = Question::OwnersObjectAcl { object, owner: account };
    lookup.fact(&question, Answer::as_acl).known().copied()
}

/// What S3's own rules look at. An ACL is looked up only once it may count.
fn facts<'e>(request: &Request, target: &S3Target, lookup: &Lookup<'e>, region: &str) -> Facts<'e> {
    let Some(bucket) = bucket_ref(target, region) else { return Facts::unread(&Why::AccountUnknown) };
    let ownership = lookup.fact(&Question::BucketOwnership(bucket.clone()), Answer::as_ownership);
    let acls_may_count = acls_may_count(&bucket, lookup);
    let later = || Fact::Unreadable(Why::NotAsked);
    let (object, object_acl) = match object_questions(target, &bucket) {
        None => (Fact::Absent, Fact::Absent),
        Some((question, acl)) => {
            let object = lookup.fact(&question, Answer::as_object);
            let in_object_acl = rules::permission_of(request).is_some_and(|row| row.0 == AclUse::Object);
            // What is not there has no ACL.
            let object_acl = if object == Fact::Absent {
                Fact::Absent
            } else if acls_may_count && in_object_acl && lookup.was_asked(&question) {
                lookup.fact(&acl, Answer::as_acl)
            } else {
                later()
            };
            (object, object_acl)
        }
    };
    let bucket_acl = lookup.fact(&Question::BucketAcl(bucket.clone()), Answer::as_acl);
    let policy = lookup.fact(&Question::BucketPolicy(bucket.clone()), Answer::as_policy);
    let owners = match (&object_acl, &object) {
        (Fact::Unreadable(why), Fact::Known(object)) if *why != Why::NotAsked => {
            owners_acl(request, target, &bucket, object.owner.as_deref(), &policy, lookup)
        }
        (Fact::Known(_) | Fact::Absent | Fact::Unreadable(_), _) => None,
    };
    let object_acl = owners.map_or(object_acl, Fact::Known);
    let bucket_block = lookup.fact(&Question::BucketPublicAccessBlock(bucket.clone()), Answer::as_public_access_block);
    let account_block = account_block(Some(bucket.account), region, lookup);
    let mut facts =
        Facts { ownership, bucket_acl, object_acl, object, policy, bucket_block, account_block, public: None };
    // Where our reading of "public" leaves it open, S3's own decides.
    if rules::needs_policy_status(request, &facts) {
        facts.public =
            lookup.fact(&Question::BucketPolicyStatus(bucket), Answer::as_flag).known().map(|public| **public);
    }
    facts
}
