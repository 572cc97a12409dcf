//! Calls of S3's kin, which have the names of S3's calls and actions with the same names: Object Lambda Access Points and
//! S3 on Outposts.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3objectlambda.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3onoutposts.html>

use super::calls::{Need, On};
use super::s3::{self, S3Target};
use super::{Action, Key, Origin, Principal, Request, Resource, keys};
use crate::arn::Arn;
use crate::event::Denial;

/// The authorizations of a call.
pub(super) fn requests(denial: &Denial, principal: &Principal) -> Vec<Request> {
    let service = denial.event_source.split('.').next().unwrap_or_default();
    let target = s3::target(denial);
    let one = |action: Action, arn: Option<Arn>| {
        let account = arn.as_ref().and_then(Arn::account);
        let resource = Resource::new(arn, account);
        let mut context = keys::context(denial, principal, &action, &resource, None);
        if service == "s3-outposts" && denial.parameters.is_some() {
            context.set("s3-outposts:versionid", Key::maybe(target.version.as_deref()));
        }
        Request::of(denial, principal, action, resource, context, None)
    };
    let Some(needs) = s3::needs(denial) else {
        let arn = named(denial, service).next();
        return vec![one(Action::guessed(&format!("{service}:{}", denial.event_name)), arn)];
    };
    let needs = needs.iter().filter(|need| s3::applies(need.when, denial, &target, None));
    let of_need = |need: &Need| {
        let action = Action::new(&need.action.replacen("s3:", &format!("{service}:"), 1));
        match service {
            "s3-outposts" => on_outpost(denial, &target, need, |arn| one(action.clone(), arn)),
            // An Object Lambda Access Point without the object, for policies name no more.
            _ => vec![one(action, named(denial, service).next().map(|arn| without_object(&arn)))],
        }
    };
    needs.flat_map(of_need).collect()
}

/// What a record or AWS's message names of a service.
fn named<'d>(denial: &'d Denial, service: &'d str) -> impl Iterator<Item = Arn> + 'd {
    let stated = denial.message.resource.as_ref().and_then(|text| text.parse::<Arn>().ok());
    let given = denial.parameter("bucketName").and_then(|name| name.parse::<Arn>().ok());
    let listed = denial.resources.iter().map(|resource| resource.arn.clone());
    stated.into_iter().chain(given).chain(listed).filter(move |arn| arn.service() == service)
}

fn without_object(arn: &Arn) -> Arn {
    arn.as_str().split_once("/object/").and_then(|(of, _)| of.parse().ok()).unwrap_or_else(|| arn.clone())
}

/// On the access point that the call went through, where the record names it, and on the bucket: both have to allow it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/s3-outposts/S3OutpostsIAM.html>
fn on_outpost(denial: &Denial, target: &S3Target, need: &Need, one: impl Fn(Option<Arn>) -> Request) -> Vec<Request> {
    let of_object = matches!(need.on, On::Object | On::NewObject | On::Source);
    if need.on == On::Source {
        let source = s3::source(denial, target);
        let point = source.as_ref().and_then(|source| source.access_point.as_ref()?.arn.as_ref());
        let key = source.as_ref().and_then(|source| source.key.as_deref());
        return vec![one(point.and_then(|point| on_object(point, key)))];
    }
    let key = target.key.as_deref().or_else(|| denial.parameter("Key")).filter(|_| of_object);
    let of_kind = |kind: &str| named(denial, "s3-outposts").find(|arn| arn.resource().contains(kind));
    let whole = |arn: Arn| if of_object { on_object(&arn, key).or(Some(arn)) } else { Some(without_object(&arn)) };
    let bucket = bucket(denial, of_kind("/bucket/")).and_then(whole);
    let Some(point) = of_kind("/accesspoint/").and_then(whole) else { return vec![one(bucket)] };
    let through = [Some(without_object(&point).to_string()), Some(point.account_field().to_owned())];
    let mut both = vec![one(Some(point)), Request { origin: Origin::BehindAccessPoint, ..one(bucket) }];
    for request in &mut both {
        for (key, value) in
            ["s3-outposts:DataAccessPointArn", "s3-outposts:DataAccessPointAccount"].iter().zip(&through)
        {
            request.context.set(key, Key::known(value.as_ref()));
        }
    }
    both
}

/// The bucket's ARN. Records write the object's key after it without `/object/`, and may leave out its name.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html>
fn bucket(denial: &Denial, listed: Option<Arn>) -> Option<Arn> {
    let listed = listed?;
    let name = denial.parameter("bucketName").filter(|name| !name.is_empty() && !name.contains(':'));
    match name {
        Some(name) => {
            let (outpost, _) = listed.as_str().split_once("/bucket/")?;
            format!("{outpost}/bucket/{name}").parse().ok()
        }
        None => Some(listed),
    }
}

/// An object by its key, where the ARN does not have it yet.
fn on_object(arn: &Arn, key: Option<&str>) -> Option<Arn> {
    if arn.resource().contains("/object/") {
        return Some(arn.clone());
    }
    format!("{arn}/object/{}", key?).parse().ok()
}
