//! The authorizations of a denied call, with all that the evidence adds to them.

use std::collections::BTreeMap;

use super::behind;
use super::origin::{exclude_distributions, exclude_distributions_of_keys};
use super::owner;
use super::world::{
    bucket_ref, endpoint_question, key_ref, object_questions, object_ref, role_entity, session_question,
};
use crate::arn::{AccountId, Arn, Partition};
use crate::event::Denial;
use crate::evidence::{Answer, BucketRef, Fact, IdentityInfo, Lookup, OrganizationPath, Question, TAGGED};
use crate::request::{self, AccessPoint, Key, Makes, Origin, PrincipalKind, Request};

/// The authorizations that the denied call takes; what AWS's message names comes first. Some show only in the evidence:
/// that of the bucket behind an access point, for example.
#[must_use]
pub fn requests(denial: &Denial, lookup: &Lookup<'_>) -> Vec<Request> {
    let mut all = Vec::new();
    for request in request::requests(denial) {
        let request = complete(request, denial, lookup);
        let through = behind::object_lambda(&request, denial, lookup);
        let of_session = keys_of_session(&request, denial, lookup);
        all.extend(on_object(request, denial, lookup));
        all.extend(of_session.into_iter().map(|request| complete(request, denial, lookup)));
        for request in through {
            all.extend(on_object(complete(request, denial, lookup), denial, lookup));
        }
    }
    let mut all = once_each(all);
    exclude_distributions_of_keys(&mut all, denial, lookup);
    all
}

/// A request with what it takes of the bucket behind an access point, and of the key behind the object.
fn on_object(request: Request, denial: &Denial, lookup: &Lookup<'_>) -> Vec<Request> {
    let mut behind = behind::bucket(&request, lookup);
    if let Some(behind) = &mut behind {
        owner::find(behind, denial, lookup);
    }
    let on_bucket = behind.as_ref().unwrap_or(&request);
    let encryption = match encryption_of(on_bucket, denial, lookup) {
        Encryption::With(request) => Some(complete(*request, denial, lookup)),
        Encryption::Without | Encryption::Hidden => None,
    };
    [Some(request), behind, encryption].into_iter().flatten().collect()
}

/// Several authorizations of a call can take the same right on the same key. What S3's settings tell of one is more
/// than what AWS's message tells.
fn once_each(all: Vec<Request>) -> Vec<Request> {
    let mut kept: Vec<Request> = Vec::new();
    for request in all {
        let same = |other: &&mut Request| other.action == request.action && other.resource.arn == request.resource.arn;
        match kept.iter_mut().find(same) {
            Some(earlier) if request.origin == (Origin::Encryption { assumed: false }) => *earlier = request,
            Some(_) => {}
            None => kept.push(request),
        }
    }
    kept
}

/// The same request with what the evidence adds to it.
#[must_use]
pub fn complete(request: Request, denial: &Denial, lookup: &Lookup<'_>) -> Request {
    let region = denial.region.as_str();
    let mut request = request;
    find_access_point(&mut request, lookup, region);
    owner::find(&mut request, denial, lookup);
    find_key(&mut request, lookup, region);
    identity(&mut request, lookup, region);
    organization(&mut request, lookup);
    network(&mut request, lookup, region);
    tags(&mut request, lookup, region);
    stated_by_aws(&mut request, denial, lookup);
    exclude_distributions(&mut request, denial, lookup);
    request.principal.canonical_id = canonical_id(&request, lookup, region);
    request
}

/// An alias stands for an access point, and policies know only the latter.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html>
fn find_access_point(request: &mut Request, lookup: &Lookup<'_>, region: &str) {
    let partition = Partition::of_region(region);
    let caller = request.principal.account;
    let Some(target) = &mut request.s3 else { return };
    let Some(AccessPoint { arn: None, alias: Some(alias) }) = &target.access_point else { return };
    let arn = if request::is_multi_region(alias) {
        behind::multi_region_arn(alias, [caller, target.account], partition, lookup)
    } else {
        let Some(account) = target.account.or(caller) else { return };
        let question = Question::AccessPointAlias { account, region: region.to_owned(), alias: alias.clone() };
        let names = lookup.fact(&question, Answer::as_names);
        names.known().and_then(|names| names.first()?.parse::<Arn>().ok())
    };
    let Some(arn) = arn else { return };
    let resource = match &target.key {
        Some(key) => format!("{arn}/object/{key}").parse().ok(),
        None => Some(arn.clone()),
    };
    request.resource.arn = resource;
    request.resource.account = arn.account();
    for name in ["aws:ResourceAccount", "s3:ResourceAccount"] {
        request.context.set(name, Key::known(arn.account().map(|account| account.to_string())));
    }
    request.context.set("s3:DataAccessPointArn", Key::one(arn.as_str()));
    request.context.set("s3:DataAccessPointAccount", Key::one(arn.account_field()));
    target.access_point = Some(AccessPoint { arn: Some(arn), alias: None });
}

/// An alias stands for a key, and policies know only the latter.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html>
fn find_key(request: &mut Request, lookup: &Lookup<'_>, region: &str) {
    if !request.names_alias() {
        return;
    }
    let Some(key) = key_ref(request, region) else { return };
    if let Fact::Known(info) = lookup.kms_key(&key) {
        request.resource.arn = Some(info.arn.clone());
        request.resource.account = info.arn.account().or(request.resource.account);
    }
}

/// Boundary, tags and full ARN of the caller.
fn identity(request: &mut Request, lookup: &Lookup<'_>, region: &str) {
    let Some(entity) = request.principal.entity() else { return };
    let Fact::Known(info) = lookup.fact(&Question::Identity(entity), Answer::as_identity) else { return };
    request.principal.bounded = info.boundary.is_some().into();
    match &mut request.principal.kind {
        PrincipalKind::User => set_tags(request, info, &[]),
        PrincipalKind::RoleSession { role } => {
            // A session's own ARN leaves out its role's path, and some records have no other.
            if role.as_ref() != Some(&info.arn) {
                request.context.set("aws:PrincipalArn", Key::one(info.arn.as_str()));
                *role = Some(info.arn.clone());
            }
            // A session can bring tags of its own, so a role's tags are all there are only once that is known.
            if let Some(question) = session_question(&request.principal, region)
                && let Fact::Known(session) = lookup.fact(&question, Answer::as_session)
                && !session.chained
            {
                let own: Vec<_> = session.tags.iter().collect();
                set_tags(request, info, &own);
            }
        }
        PrincipalKind::Root
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Provider(_)
        | PrincipalKind::Service(_)
        | PrincipalKind::Anonymous
        | PrincipalKind::OriginAccessIdentity
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => {}
    }
}

/// A session's tag takes the place of the role's tag of the same name, in whatever letter case.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
fn set_tags(request: &mut Request, info: &IdentityInfo, own: &[(&String, &String)]) {
    request.context.set_family("aws:principaltag/", Key::Absent);
    for (name, value) in info.tags.iter().chain(own.iter().copied()) {
        request.context.set(&format!("aws:PrincipalTag/{name}"), Key::one(value));
    }
}

/// The organization of the caller and of the resource. The paths are asked for by the control policies' layers; here
/// they are used once they are known.
fn organization(request: &mut Request, lookup: &Lookup<'_>) {
    let path = |account: Option<AccountId>| -> Option<Fact<&OrganizationPath>> {
        let question = Question::OrganizationPath { account: account? };
        lookup.was_asked(&question).then(|| lookup.fact(&question, Answer::as_organization_path))
    };
    let (caller, owner) = (request.principal.account, request.resource.account);
    for (account, other, id, paths) in [
        (caller, owner, "aws:PrincipalOrgID", "aws:PrincipalOrgPaths"),
        (owner, caller, "aws:ResourceOrgID", "aws:ResourceOrgPaths"),
    ] {
        match path(account) {
            Some(Fact::Known(path)) => {
                request.context.set(id, Key::one(&path.organization));
                request.context.set(paths, Key::one(path.path()));
            }
            // The organization that can be read is the other side's, and this account is not in it.
            Some(Fact::Absent) => {
                if let Some(Fact::Known(theirs)) = path(other) {
                    request.context.set(id, Key::NotOf(vec![theirs.organization.clone()]));
                }
            }
            Some(Fact::Unreadable(_)) | None => {}
        }
    }
}

/// The VPC behind the endpoint.
fn network(request: &mut Request, lookup: &Lookup<'_>, region: &str) {
    let Some(question) = endpoint_question(request, region) else { return };
    let Some(info) = lookup.peek(&question, Answer::as_vpc_endpoint) else { return };
    if let Some(vpc) = &info.vpc {
        request.context.set("aws:SourceVpc", Key::one(vpc));
    }
}

/// Tags of bucket and object, once they were asked for: [`raise_tags`] does so where a policy names them.
fn tags(request: &mut Request, lookup: &Lookup<'_>, region: &str) {
    let Some(target) = request.s3.clone() else { return tags_of_resource(request, lookup) };
    let Some(bucket) = bucket_ref(&target, region) else { return };
    // Without ABAC, a bucket's tags are in no request:
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/buckets-tagging-enable-abac.html
    // Access points have tags of their own, which nothing tells.
    let abac = if target.access_point.is_none() {
        lookup.peek(&Question::BucketAbac(bucket.clone()), Answer::as_flag)
    } else {
        None
    };
    match abac {
        Some(false) => {
            request.context.set_family("aws:resourcetag/", Key::Absent);
            request.context.set_family("s3:buckettag/", Key::Absent);
        }
        Some(true) if target.key.is_none() => {
            let names = ["aws:ResourceTag/", "s3:BucketTag/"];
            set_from(request, lookup, &Question::BucketTags(bucket.clone()), &names);
        }
        Some(true) | None => {}
    }
    if let Some(object) = object_ref(&target, &bucket) {
        set_from(request, lookup, &Question::ObjectTags(object), &["s3:ExistingObjectTag/"]);
    }
}

/// Tags of a resource beside S3's. Those of a role come with the role itself.
fn tags_of_resource(request: &mut Request, lookup: &Lookup<'_>) {
    if let Some(role) = request.resource.arn.as_ref().and_then(role_entity) {
        if let Some(info) = lookup.peek(&Question::Identity(role), Answer::as_identity) {
            let tags = info.tags.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            for prefix in ["aws:ResourceTag/", "iam:ResourceTag/"] {
                set_tags_of(request, prefix, Some(&tags));
            }
        }
        return;
    }
    let Some(question) = tags_question(request) else { return };
    // A secret can be named without the end of its ARN, and then nothing is found.
    let named_in_part = request.resource.arn.as_ref().is_some_and(|arn| arn.service() == "secretsmanager");
    if named_in_part && lookup.was_asked(&question) && lookup.peek(&question, Answer::as_tags).is_none() {
        return;
    }
    set_from(request, lookup, &question, &["aws:ResourceTag/"]);
}

/// How the tags of the resource are asked for; `None` where they count in no request, or nothing tells them.
fn tags_question(request: &Request) -> Option<Question> {
    let arn = request.resource.arn.as_ref().filter(|arn| !arn.as_str().contains(['*', '?']))?;
    let is_tagged = |row: &&(&str, &str)| arn.service() == row.0 && arn.resource().starts_with(row.1);
    TAGGED.iter().find(is_tagged)?;
    // A function's versions and aliases have the function's tags.
    let own = arn.as_str().splitn(8, ':').take(7).collect::<Vec<_>>().join(":");
    let arn = if arn.service() == "lambda" { own.parse().ok()? } else { arn.clone() };
    Some(Question::ResourceTags { account: request.resource.account.or(arn.account())?, arn })
}

fn set_from(request: &mut Request, lookup: &Lookup<'_>, question: &Question, prefixes: &[&str]) {
    if !lookup.was_asked(question) {
        return;
    }
    let tags = match lookup.fact(question, Answer::as_tags) {
        Fact::Known(tags) => Some(tags),
        Fact::Absent => None,
        Fact::Unreadable(_) => return,
    };
    for prefix in prefixes {
        set_tags_of(request, prefix, tags);
    }
}

fn set_tags_of(request: &mut Request, prefix: &str, tags: Option<&BTreeMap<String, String>>) {
    request.context.set_family(&prefix.to_lowercase(), Key::Absent);
    for (name, value) in tags.into_iter().flatten() {
        request.context.set(&format!("{prefix}{name}"), Key::one(value));
    }
}

/// Asks for tags that a policy of the request's world names.
pub fn raise_tags(request: &Request, world: &super::World<'_>, lookup: &Lookup<'_>, region: &str) {
    let Some(target) = &request.s3 else {
        if let Some(question) = tags_question(request).filter(|_| world.mentions("aws:resourcetag/")) {
            let _ = lookup.fact(&question, Answer::as_tags);
        }
        return;
    };
    let Some(bucket) = bucket_ref(target, region) else { return };
    let of_bucket = target.access_point.is_none();
    if of_bucket && (world.mentions("aws:resourcetag/") || world.mentions("s3:buckettag/")) {
        let on = lookup.fact(&Question::BucketAbac(bucket.clone()), Answer::as_flag);
        if on == Fact::Known(&true) && target.key.is_none() {
            let _ = lookup.fact(&Question::BucketTags(bucket.clone()), Answer::as_tags);
        }
    }
    if let Some(object) = object_ref(target, &bucket).filter(|_| world.mentions("s3:existingobjecttag/")) {
        let _ = lookup.fact(&Question::ObjectTags(object), Answer::as_tags);
    }
}

/// What AWS itself says of the request's context, by the ids in its message.
fn stated_by_aws(request: &mut Request, denial: &Denial, lookup: &Lookup<'_>) {
    let Some(account) = request.principal.account else { return };
    let region = denial.region.clone();
    if let Some(id) = denial.message.authorization_id.clone() {
        let question = Question::Authorization { account, region: region.clone(), id };
        if let Fact::Known(answer) = lookup.fact(&question, Answer::as_authorization) {
            set_stated(request, &answer.context);
        }
    }
    if let Some(message) = denial.message.encoded.clone() {
        let question = Question::DecodedMessage { account, region, message };
        if let Fact::Known(answer) = lookup.fact(&question, Answer::as_decoded) {
            set_stated(request, &answer.context);
        }
    }
}

/// Only keys that the record leaves open: what the record says was said of this very request.
fn set_stated(request: &mut Request, context: &BTreeMap<String, Vec<String>>) {
    for (name, values) in context {
        let open = matches!(request.context.get(&name.to_lowercase()), Key::NotOf(_) | Key::Unknown);
        if open && !values.is_empty() {
            request.context.set(name, Key::Present(values.clone()));
        }
    }
}

/// The caller's account as ACLs name it. The owner of the bucket's ACL is the bucket's account.
fn canonical_id(request: &Request, lookup: &Lookup<'_>, region: &str) -> Option<String> {
    let account = request.principal.account?;
    let bucket = request.s3.as_ref().and_then(|target| bucket_ref(target, region))?;
    if matches!(request.principal.kind, PrincipalKind::Service(_)) {
        return None;
    }
    if bucket.account == account {
        let acl = lookup.peek(&Question::BucketAcl(bucket), Answer::as_acl)?;
        return acl.owner.clone();
    }
    let question = Question::CanonicalId { account, region: region.to_owned() };
    if !super::world::acls_may_count(&bucket, lookup) {
        return lookup.peek(&question, Answer::as_canonical_id).map(ToString::to_string);
    }
    lookup.fact(&question, Answer::as_canonical_id).known().map(ToString::to_string)
}

/// What stands behind an object.
enum Encryption {
    /// A KMS key, and what KMS has to allow as well.
    With(Box<Request>),
    /// No KMS key.
    Without,
    /// That could not be read.
    Hidden,
}

/// Whether it could not be read what KMS has to allow beside a request.
pub(crate) fn hides_key(request: &Request, denial: &Denial, lookup: &Lookup<'_>) -> bool {
    matches!(encryption_of(request, denial, lookup), Encryption::Hidden)
}

/// What KMS has to allow as well, where the object is or will be encrypted with one of its keys.
fn encryption_of(request: &Request, denial: &Denial, lookup: &Lookup<'_>) -> Encryption {
    let Some(target) = request.s3.as_ref().filter(|target| target.access_point.is_none()) else {
        return Encryption::Without;
    };
    // A key of the customer's own leaves none to KMS.
    let own = matches!(request.context.get("s3:x-amz-server-side-encryption-customer-algorithm"), Key::Present(_));
    if request::key_action(denial, request).is_none() || own {
        return Encryption::Without;
    }
    let Some(bucket) = bucket_ref(target, &denial.region) else { return Encryption::Hidden };
    let with = |key: Option<Arn>, bucket_key: Option<bool>, assumed: bool| {
        let request = key.and_then(|key| request::encryption(denial, request, &key, bucket_key, assumed));
        request.map_or(Encryption::Hidden, |request| Encryption::With(Box::new(request)))
    };
    let header = request.context.get("s3:x-amz-server-side-encryption");
    let mut unread = false;
    if target.makes == Makes::Nothing {
        let Some(object) = object_ref(target, &bucket) else { return Encryption::Without };
        let stored = lookup.fact(&Question::ObjectMetadata(object), Answer::as_object_metadata);
        if let Fact::Known(stored) = stored {
            let Some(key) = stored.key.as_deref() else { return Encryption::Without };
            return with(key.parse().ok(), Some(stored.bucket_key), false);
        }
        let there = object_questions(target, &bucket)
            .is_none_or(|(question, _)| lookup.fact(&question, Answer::as_object) != Fact::Absent);
        unread = there && stored != Fact::Absent;
    } else if let Key::Present(values) = header {
        if !values.iter().any(|value| value.starts_with("aws:kms")) {
            return Encryption::Without;
        }
        let key = key_arn(denial.parameter("x-amz-server-side-encryption-aws-kms-key-id"), request, &bucket);
        let bucket_key = denial.parameter("x-amz-server-side-encryption-bucket-key-enabled").map(|on| on == "true");
        return with(key, bucket_key, false);
    }
    // An object may have been stored before the default was set, or with another key.
    let assumed = target.makes == Makes::Nothing || *header != Key::Absent;
    match lookup.fact(&Question::BucketEncryption(bucket.clone()), Answer::as_encryption) {
        Fact::Known(default) if default.algorithm.starts_with("aws:kms") => {
            let key = key_arn(default.key.as_deref(), request, &bucket);
            with(key, (!assumed).then_some(default.bucket_key), assumed)
        }
        Fact::Unreadable(_) => Encryption::Hidden,
        Fact::Known(_) | Fact::Absent if unread => Encryption::Hidden,
        Fact::Known(_) | Fact::Absent => Encryption::Without,
    }
}

/// What KMS has to allow for a session on a directory bucket that is under a key.
fn keys_of_session(request: &Request, denial: &Denial, lookup: &Lookup<'_>) -> Vec<Request> {
    let arn = request.resource.arn.as_ref().filter(|_| request.action.folded() == "s3express:createsession");
    let bucket = arn.and_then(|arn| {
        let bucket = arn.resource_of_type("bucket")?.to_owned();
        Some(BucketRef { account: arn.account()?, region: arn.region().to_owned(), bucket })
    });
    let Some((bucket, assumed)) = bucket.zip(request::session_takes_key(denial)) else { return Vec::new() };
    let default = lookup.fact(&Question::BucketEncryption(bucket.clone()), Answer::as_encryption);
    let key = default.known().and_then(|default| default.key.as_deref());
    // It is a key of the customer's own: AWS's key is not supported there.
    let key = key.and_then(|key| key_arn(Some(key), request, &bucket));
    key.map_or_else(Vec::new, |key| request::of_session(denial, request, &key, assumed))
}

/// The ARN of a key. One without an account is looked for in the requester's own; none at all is the AWS managed key
/// of the bucket's account.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html>
fn key_arn(written: Option<&str>, request: &Request, bucket: &BucketRef) -> Option<Arn> {
    let partition = request.resource.arn.as_ref().map_or("aws", Arn::partition);
    let in_account =
        |account: AccountId, key: String| format!("arn:{partition}:kms:{}:{account}:{key}", bucket.region).parse().ok();
    match written {
        Some(arn) if arn.starts_with("arn:") => arn.parse().ok(),
        Some(alias) if alias.starts_with("alias/") => in_account(request.principal.account?, alias.to_owned()),
        Some(id) => in_account(request.principal.account?, format!("key/{id}")),
        None => in_account(bucket.account, "alias/aws/s3".to_owned()),
    }
}
