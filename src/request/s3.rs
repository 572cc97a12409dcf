//! S3 calls: their bucket, object, copy source, and the authorizations that they take.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::calls::{Call, Need, On, S3_CALLS, SAME_NAME, When};
use super::{Action, DataAccess, Key, Principal, Request, Resource, keys, partition};
use crate::arn::{AccountId, Arn};
use crate::event::Denial;
use crate::truth::Truth;

/// The bucket and object of an S3 request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Target {
    /// The bucket's name; `None` if the call names an access point only.
    pub bucket: Option<String>,
    /// The object's key.
    pub key: Option<String>,
    /// The version that the call names.
    pub version: Option<String>,
    /// The access point that the call goes through.
    pub access_point: Option<AccessPoint>,
    /// The owner of the bucket, where it is known.
    pub account: Option<AccountId>,
    /// The bucket's Region, where that is known; else it is most often the record's.
    pub region: Option<String>,
    /// What the call makes.
    pub makes: Makes,
    /// The bucket policy that the call puts.
    pub put_policy: Option<String>,
    /// The requester agreed to pay.
    pub pays: Truth,
    /// The account that the request says must own the bucket.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
    pub expected_owner: Key,
    /// The request is to pass over a lock in governance mode.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html>
    pub bypasses: Truth,
}

/// An access point, known by its ARN or only by an alias.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-naming.html>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessPoint {
    /// Its ARN; `None` if the record has only the alias.
    pub arn: Option<Arn>,
    /// The alias, where the record has only that.
    pub alias: Option<String>,
}

/// What a call makes anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    /// Nothing: bucket and object are there, or should be.
    Nothing,
    /// The object: one that is there under the key does not matter.
    Object,
    /// The bucket: it has no policy yet.
    Bucket,
}

pub(super) fn requests(denial: &Denial, principal: &Principal) -> Vec<Request> {
    let target = target(denial);
    let source = source(denial, &target);
    let Some(needs) = needs(denial) else { return vec![guess(denial, principal, &target)] };
    needs
        .iter()
        .filter(|need| applies(need.when, denial, &target, source.as_ref()))
        .map(|need| request(denial, principal, need, &target, source.as_ref()))
        .collect()
}

/// What the call takes; `None` for a call that is not in the table.
pub(super) fn needs(denial: &Denial) -> Option<Cow<'static, [Need]>> {
    if let Some(call) = S3_CALLS.iter().find(|call: &&Call| call.event == denial.event_name) {
        return Some(Cow::Borrowed(call.needs));
    }
    let action = SAME_NAME.iter().find(|action| action.strip_prefix("s3:") == Some(&denial.event_name))?;
    Some(Cow::Owned(vec![Need { action, on: On::Bucket, when: When::Always }]))
}

/// A call that is not in the table: its action most often has the same name, and its resource is not known.
fn guess(denial: &Denial, principal: &Principal, target: &S3Target) -> Request {
    let action = Action::guessed(&format!("s3:{}", denial.event_name));
    let resource = Resource::new(None, target.account);
    let context = keys::context(denial, principal, &action, &resource, None);
    Request::of(denial, principal, action, resource, context, None)
}

/// The object of a call as it is read through an access point that the record does not name.
#[must_use]
pub fn through_access_point(denial: &Denial, point: &Arn) -> S3Target {
    let access_point = Some(AccessPoint { arn: Some(point.clone()), alias: None });
    S3Target { bucket: None, account: None, region: None, access_point, ..target(denial) }
}

/// The request that AWS's message names, where the table did not: an S3 action on the call's bucket or object.
pub(super) fn stated(denial: &Denial, principal: &Principal, action: &str, arn: &Arn) -> Option<Request> {
    let whole = target(denial);
    let (bucket, key) = match arn.resource().split_once('/') {
        Some((bucket, key)) => (bucket, Some(key.to_owned())),
        None => (arn.resource(), None),
    };
    if arn.service() != "s3" || whole.bucket.as_deref() != Some(bucket) || whole.access_point.is_some() {
        return None;
    }
    let target = S3Target { key, ..whole };
    let action = Action::new(action);
    let resource = Resource::new(Some(arn.clone()), target.account);
    let context = keys::context(denial, principal, &action, &resource, Some(&target));
    Some(Request::of(denial, principal, action, resource, context, Some(target)))
}

pub(super) fn request(
    denial: &Denial,
    principal: &Principal,
    need: &Need,
    target: &S3Target,
    source: Option<&S3Target>,
) -> Request {
    // Without the parameters, which version and which headers a call had is not known; the record of DeleteObjects
    // never tells.
    let sure = denial.parameters.is_some() && denial.event_name != "DeleteObjects";
    let stated = denial.message.action.as_deref().is_some_and(|action| action.eq_ignore_ascii_case(need.action));
    let action = if sure || stated { Action::new(need.action) } else { Action::guessed(need.action) };
    let partition = partition(denial).name();
    let (target, arn, account) = match need.on {
        On::Object => (Some(target.clone()), object_arn(partition, target), target.account),
        On::NewObject => {
            let new = S3Target { makes: Makes::Object, ..target.clone() };
            (Some(new), object_arn(partition, target), target.account)
        }
        On::Source => (source.cloned(), source.and_then(|s| object_arn(partition, s)), source.and_then(|s| s.account)),
        On::Bucket => (Some(S3Target { key: None, ..target.clone() }), bucket_arn(partition, target), target.account),
        On::NewBucket => {
            let new = S3Target { key: None, makes: Makes::Bucket, account: principal.account, ..target.clone() };
            (Some(new), bucket_arn(partition, target), principal.account)
        }
        On::Account => (None, format!("arn:{partition}:s3:::*").parse().ok(), principal.account),
        On::AccessGrants => {
            let asked = denial.parameter("accountId").and_then(|account| account.parse().ok());
            let listed = denial.resources.iter().find(|r| r.arn.resource().starts_with("access-grants/"));
            let owner = listed.and_then(|r| r.arn.account()).or(asked).or(principal.account);
            let arn = owner
                .and_then(|a| format!("arn:{partition}:s3:{}:{a}:access-grants/default", denial.region).parse().ok());
            (None, arn, owner)
        }
    };
    let data_access = (need.on == On::AccessGrants).then(|| data_access(denial));
    // An access point is its own owner's, whoever owns the bucket behind it.
    let account = match target.as_ref().and_then(|target| target.access_point.as_ref()) {
        Some(point) => point.arn.as_ref().and_then(Arn::account),
        None => account,
    };
    let resource = Resource::new(arn, account);
    let context = keys::context(denial, principal, &action, &resource, target.as_ref());
    Request { data_access, ..Request::of(denial, principal, action, resource, context, target) }
}

/// What is asked of S3 Access Grants. The record's parameters are the call's.
fn data_access(denial: &Denial) -> DataAccess {
    let parameter = |name: &str| denial.parameter(name).map(str::to_owned);
    DataAccess {
        target: parameter("target"),
        permission: parameter("permission"),
        for_directory: denial.record.pointer("/userIdentity/onBehalfOf").is_some(),
    }
}

pub(super) fn applies(when: When, denial: &Denial, target: &S3Target, source: Option<&S3Target>) -> bool {
    match when {
        When::Always => true,
        When::Versioned => target.version.is_some(),
        When::Unversioned => target.version.is_none(),
        When::SourceVersioned => source.is_some_and(|s| s.version.is_some()),
        When::SourceUnversioned => source.is_none_or(|s| s.version.is_none()),
        When::Has(prefix) => has(denial, |name| name.starts_with(prefix)),
        When::HasAcl => has(denial, |name| name == "x-amz-acl" || name.starts_with("x-amz-grant-")),
        When::Is(name, value) => is(denial, name, value),
    }
}

fn is(denial: &Denial, name: &str, value: &str) -> bool {
    denial.parameter(name).is_some_and(|v| v.eq_ignore_ascii_case(value))
}

fn has(denial: &Denial, test: impl Fn(&str) -> bool) -> bool {
    denial.parameters.as_ref().is_some_and(|parameters| parameters.keys().any(|name| test(&name.to_ascii_lowercase())))
}

pub(super) fn target(denial: &Denial) -> S3Target {
    let listed = |kind: &str| denial.resources.iter().find(|r| r.kind.as_deref() == Some(kind));
    let named = denial.parameter("bucketName").filter(|name| !name.is_empty());
    let alias = named.is_some_and(|name| name.ends_with("-s3alias") || name.ends_with("-ext-s3alias"));
    let access_point = listed("AWS::S3::AccessPoint")
        .map(|r| r.arn.clone())
        .or_else(|| {
            named.and_then(|name| name.parse::<Arn>().ok()).filter(|arn| arn.resource().starts_with("accesspoint"))
        })
        .map(|arn| AccessPoint { arn: Some(access_point_of(&arn)), alias: None })
        .or_else(|| named.filter(|_| alias).map(|name| AccessPoint { arn: None, alias: Some(name.to_owned()) }))
        .or_else(|| multi_region_alias(denial).map(|alias| AccessPoint { arn: None, alias: Some(alias) }));
    let listed_bucket = listed("AWS::S3::Bucket");
    let from_list = listed_bucket.map(|r| r.arn.resource().to_owned());
    let bucket = match named {
        // An alias is a name of the access point, not of the bucket. A call through a Multi-Region Access Point is
        // recorded with the bucket that it was routed to.
        Some(name) if name.starts_with("arn:") || is_multi_region(name) || alias => from_list,
        Some(_) if access_point.is_some() && multi_region_alias(denial).is_none() => from_list,
        Some(name) => Some(name.to_owned()),
        None => from_list.or_else(|| object_in(denial).map(|(bucket, _)| bucket)),
    };
    let key = denial.parameter("key").map(str::to_owned).or_else(|| object_in(denial).map(|(_, key)| key));
    // The record of a call about several objects names none of them, but AWS's message the one that was denied.
    let key = key.or_else(|| stated_key(denial, bucket.as_deref()?));
    let (account, region) = owner(denial, bucket.as_deref());
    let version = denial.parameter("versionId").or_else(|| denial.parameter("x-amz-version-id"));
    S3Target {
        key: key.filter(|k| !k.is_empty()),
        version: version.filter(|v| !v.is_empty()).map(str::to_owned),
        access_point,
        account,
        region,
        bucket,
        makes: Makes::Nothing,
        put_policy: denial.parameters.as_ref().and_then(|p| p.get("bucketPolicy")).map(ToString::to_string),
        pays: match &denial.parameters {
            None => Truth::Unknown,
            Some(_) => has(denial, |name| name == "x-amz-request-payer").into(),
        },
        expected_owner: expected_owner(denial, "x-amz-expected-bucket-owner"),
        bypasses: match &denial.parameters {
            None => Truth::Unknown,
            Some(_) => is(denial, "x-amz-bypass-governance-retention", "true").into(),
        },
    }
}

fn expected_owner(denial: &Denial, header: &str) -> Key {
    match &denial.parameters {
        None => Key::Unknown,
        Some(_) => Key::maybe(denial.parameter(header)),
    }
}

/// What the alias of a Multi-Region Access Point ends with, and what follows it in its host name.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointMonitoring.html>
const MULTI_REGION: &str = ".mrap";
const MULTI_REGION_HOST: &str = ".accesspoint.s3-global.amazonaws.com";

/// Whether an access point's name or alias is that of a Multi-Region Access Point.
#[must_use]
pub fn is_multi_region(name: &str) -> bool {
    name.ends_with(MULTI_REGION)
}

/// The alias of the Multi-Region Access Point that a call went to, by its host name.
fn multi_region_alias(denial: &Denial) -> Option<String> {
    let host = denial.parameter("Host").or_else(|| denial.parameter("host"))?;
    host.strip_suffix(MULTI_REGION_HOST).filter(|alias| is_multi_region(alias)).map(str::to_owned)
}

/// The access point's own ARN, without an object behind it.
fn access_point_of(arn: &Arn) -> Arn {
    let text = arn.as_str();
    text.split_once("/object/").and_then(|(point, _)| point.parse().ok()).unwrap_or_else(|| arn.clone())
}

fn stated_key(denial: &Denial, bucket: &str) -> Option<String> {
    let arn: Arn = denial.message.resource.as_deref()?.parse().ok()?;
    let (of, key) = arn.resource().split_once('/')?;
    (arn.service() == "s3" && of == bucket && denial.event_name == "DeleteObjects").then(|| key.to_owned())
}

/// Bucket and key of the object among the record's resources: what is left where the parameters are cut away.
fn object_in(denial: &Denial) -> Option<(String, String)> {
    let object = denial.resources.iter().find(|r| r.kind.as_deref() == Some("AWS::S3::Object"))?;
    let (bucket, key) = object.arn.resource().split_once('/')?;
    Some((bucket.to_owned(), key.to_owned()))
}

/// Who owns the bucket, and its Region: as the record says, or as the name of a bucket in an account's own namespace
/// says.
fn owner(denial: &Denial, bucket: Option<&str>) -> (Option<AccountId>, Option<String>) {
    let Some(bucket) = bucket else { return (None, None) };
    let named = owner_in_name(bucket);
    let of = |resource: &str| denial.resources.iter().find(|r| r.arn.resource() == resource).and_then(|r| r.account);
    (of(bucket).or(named.map(|named| named.0)), named.map(|named| named.1.to_owned()))
}

/// Owner and Region of a bucket in an account's own namespace: `PREFIX-ACCOUNT-REGION-an`. No other bucket's name ends
/// so.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>
fn owner_in_name(bucket: &str) -> Option<(AccountId, &str)> {
    let rest = bucket.strip_suffix("-an")?;
    // No part of a Region's name has twelve digits.
    let (at, account) = rest.match_indices('-').rev().find_map(|(at, _)| {
        let part = rest.get(at + 1..)?;
        Some((at + 1, part.split('-').next()?.parse::<AccountId>().ok()?))
    })?;
    let region = rest.get(at..)?.split_once('-')?.1;
    let numbered = region.rsplit('-').next()?.bytes().all(|b| b.is_ascii_digit());
    (numbered && region.starts_with(|c: char| c.is_ascii_lowercase())).then_some((account, region))
}

/// What a copy reads: `x-amz-copy-source`, `/bucket/key?versionId=id`, URL-encoded.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
pub(super) fn source(denial: &Denial, target: &S3Target) -> Option<S3Target> {
    let text = denial.parameter("x-amz-copy-source")?;
    let (path, query) = text.split_once("?versionId=").map_or((text, None), |(path, version)| (path, Some(version)));
    let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
    let path = path.strip_prefix('/').unwrap_or(&path);
    let version = query.map(str::to_owned);
    if path.starts_with("arn:") {
        let (point, key) = path.split_once("/object/")?;
        let access_point = Some(AccessPoint { arn: point.parse().ok(), alias: None });
        return Some(S3Target { version, access_point, ..copied(denial, None, key, (None, None), target) });
    }
    let (bucket, key) = path.split_once('/')?;
    let owner = owner(denial, Some(bucket));
    Some(S3Target { version, ..copied(denial, Some(bucket.to_owned()), key, owner, target) })
}

fn copied(
    denial: &Denial,
    bucket: Option<String>,
    key: &str,
    (account, region): (Option<AccountId>, Option<String>),
    target: &S3Target,
) -> S3Target {
    S3Target {
        bucket,
        key: Some(key.to_owned()),
        version: None,
        access_point: None,
        account,
        region,
        makes: Makes::Nothing,
        put_policy: None,
        pays: target.pays,
        expected_owner: expected_owner(denial, "x-amz-source-expected-bucket-owner"),
        bypasses: Truth::False,
    }
}

fn object_arn(partition: &str, target: &S3Target) -> Option<Arn> {
    let key = target.key.as_deref()?;
    if let Some(point) = &target.access_point {
        return format!("{}/object/{key}", point.arn.as_ref()?).parse().ok();
    }
    format!("arn:{partition}:s3:::{}/{key}", target.bucket.as_deref()?).parse().ok()
}

fn bucket_arn(partition: &str, target: &S3Target) -> Option<Arn> {
    if let Some(point) = &target.access_point {
        return point.arn.clone();
    }
    format!("arn:{partition}:s3:::{}", target.bucket.as_deref()?).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_of_an_accounts_own_namespace_names_its_owner_and_its_region() {
        let named = |name| owner_in_name(name).map(|(account, region)| (account.to_string(), region));
        let of = |account: &str, region| Some((account.to_owned(), region));
        assert_eq!(named("acme-111122223333-us-west-2-an"), of("111122223333", "us-west-2"));
        assert_eq!(named("logs-444455556666-111122223333-us-gov-east-1-an"), of("111122223333", "us-gov-east-1"));
        for other in [
            "acme-111122223333-us-west-2",
            "acme-us-west-2-an",
            "pan",
            "acme-111122223333-an",
            "a-111122223333-plan-an",
        ] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
