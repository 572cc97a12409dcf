//! What stands behind an access point: a bucket, one bucket of several, or a function and another access point.

use super::world::access_point_ref;
use crate::arn::{AccountId, Arn, Partition};
use crate::event::Denial;
use crate::evidence::{AccessPointRef, Answer, Fact, Lookup, Question, Why};
use crate::request::{self, AccessPoint, Action, Key, Origin, Request, Resource, S3Target};

/// What the bucket behind an access point has to allow as well, once it is known which it is.
///
/// "Both the access point and the underlying bucket must permit the request":
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointPermissions.html>
pub(super) fn bucket(request: &Request, lookup: &Lookup<'_>) -> Option<Request> {
    let target = request.s3.as_ref()?;
    let point = target.access_point.as_ref()?;
    let (bucket, account) = match access_point_ref(target) {
        Some(point) => {
            let info = lookup.fact(&Question::AccessPoint(point), Answer::as_access_point);
            match (info, &target.bucket) {
                (Fact::Known(info), _) => (Some(info.bucket.clone()), info.bucket_account.or(target.account)),
                (Fact::Absent | Fact::Unreadable(_), Some(bucket)) => (Some(bucket.clone()), target.account),
                (Fact::Absent | Fact::Unreadable(_), None) => return None,
            }
        }
        None => routed(point, target, lookup)?,
    };
    let partition = request.resource.arn.as_ref().map_or("aws", Arn::partition);
    let resource = bucket.as_ref().map(|bucket| match &target.key {
        Some(key) => format!("arn:{partition}:s3:::{bucket}/{key}"),
        None => format!("arn:{partition}:s3:::{bucket}"),
    });
    let mut behind = request.clone();
    behind.resource.arn = resource.and_then(|arn| arn.parse().ok());
    behind.resource.account = account;
    if behind.origin == Origin::Call {
        behind.origin = Origin::BehindAccessPoint;
    }
    behind.s3 = Some(S3Target { bucket, access_point: None, account, region: None, ..target.clone() });
    Some(behind)
}

/// The bucket that a call through a Multi-Region Access Point was routed to, and its owner; no bucket where the record
/// does not say which. `None` for an access point of another kind.
fn routed(point: &AccessPoint, target: &S3Target, lookup: &Lookup<'_>) -> Option<(Option<String>, Option<AccountId>)> {
    let (account, alias) = multi_region(point)?;
    let question = Question::MultiRegionAccessPoint { account, alias };
    let buckets = lookup.peek(&question, Answer::as_multi_region_access_point).map(|info| &info.buckets);
    let of_name = |name: &String| buckets.into_iter().flatten().find(|of| of.bucket == *name);
    let owner = target.bucket.as_ref().and_then(of_name).and_then(|of| of.account);
    Some((target.bucket.clone(), target.account.or(owner)))
}

/// Owner and alias of a Multi-Region Access Point whose ARN is known; `None` for an access point of another kind.
pub(super) fn multi_region(point: &AccessPoint) -> Option<(AccountId, String)> {
    let arn = point.arn.as_ref()?;
    let alias = arn.resource_of_type("accesspoint").filter(|name| request::is_multi_region(name))?;
    Some((arn.account()?, alias.to_owned()))
}

/// The ARN of a Multi-Region Access Point that only its alias is known of: the alias does not tell whose it is, and most
/// often it is the caller's account's, or the bucket's.
pub(super) fn multi_region_arn(
    alias: &str,
    accounts: [Option<AccountId>; 2],
    partition: Partition,
    lookup: &Lookup<'_>,
) -> Option<Arn> {
    for owner in accounts.into_iter().flatten() {
        let question = Question::MultiRegionAccessPoint { account: owner, alias: alias.to_owned() };
        match lookup.fact(&question, Answer::as_multi_region_access_point) {
            Fact::Known(_) => return format!("arn:{}:s3::{owner}:accesspoint/{alias}", partition.name()).parse().ok(),
            Fact::Unreadable(Why::NotAsked) => return None,
            Fact::Absent | Fact::Unreadable(_) => {}
        }
    }
    None
}

/// What a call to an Object Lambda Access Point takes as well of the same caller: to run the function, where it
/// transforms such calls, and to read through the access point that stands behind it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-policies.html>
pub(super) fn object_lambda(request: &Request, denial: &Denial, lookup: &Lookup<'_>) -> Vec<Request> {
    let Some(point) = object_lambda_ref(request) else { return Vec::new() };
    let info = lookup.fact(&Question::ObjectLambda(point), Answer::as_object_lambda);
    let Fact::Known(info) = info else { return Vec::new() };
    let mut through = Vec::new();
    for (function, calls) in &info.functions {
        if calls.contains(&denial.event_name) {
            let resource = Resource::new(Some(function.clone()), function.account());
            through.push(like(request, "lambda:InvokeFunction", resource, None));
        }
    }
    let target = request::through_access_point(denial, &info.supporting);
    let arn = match &target.key {
        Some(key) => format!("{}/object/{key}", info.supporting).parse().ok(),
        None => Some(info.supporting.clone()),
    };
    let resource = Resource::new(arn, info.supporting.account());
    let name = request.action.name().replacen("s3-object-lambda:", "s3:", 1);
    through.push(like(request, &name, resource, Some(target)));
    through
}

/// How what stands behind an Object Lambda Access Point is asked for; `None` for what is none.
fn object_lambda_ref(request: &Request) -> Option<AccessPointRef> {
    let arn = request.resource.arn.as_ref().filter(|arn| arn.service() == "s3-object-lambda")?;
    let access_point = arn.resource_of_type("accesspoint")?.split('/').next()?.to_owned();
    Some(AccessPointRef { account: arn.account()?, region: arn.region().to_owned(), access_point })
}

/// Another action of the same caller. What S3 Object Lambda does in its name comes from S3 Object Lambda.
fn like(request: &Request, action: &str, resource: Resource, s3: Option<S3Target>) -> Request {
    let mut other = request.clone();
    other.action = Action::new(action);
    other.origin = Origin::ByObjectLambda;
    for key in ["aws:SourceIp", "aws:VpcSourceIp", "aws:SourceVpce", "aws:SourceVpc", "aws:UserAgent"] {
        other.context.set(key, Key::Unknown);
    }
    for key in ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"] {
        other.context.set(key, Key::one("s3-object-lambda.amazonaws.com"));
    }
    other.context.set("aws:ViaAWSService", Key::Unknown);
    other.context.set("aws:ResourceAccount", Key::known(resource.account.map(|account| account.to_string())));
    if let Some(point) = s3.as_ref().and_then(|target| target.access_point.as_ref()?.arn.as_ref()) {
        other.context.set("s3:DataAccessPointArn", Key::one(point.as_str()));
        other.context.set("s3:DataAccessPointAccount", Key::one(point.account_field()));
    }
    other.endpoint = None;
    Request { resource, s3, ..other }
}
