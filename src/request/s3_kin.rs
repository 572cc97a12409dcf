//! Calls of S3's kin, which have the names of S3's calls and actions with the same names: Object Lambda Access Points and
//! S3 on Outposts.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3objectlambda.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3onoutposts.html>

use super::{Action, Principal, Request, Resource, keys, s3};
use crate::arn::Arn;
use crate::event::Denial;

/// The authorizations of a call, all on the one resource that the record or AWS's message names.
pub(super) fn requests(denial: &Denial, principal: &Principal) -> Vec<Request> {
    let service = denial.event_source.split('.').next().unwrap_or_default();
    let target = s3::target(denial);
    let resource = resource(denial, service);
    let one = |action: Action| {
        let context = keys::context(denial, principal, &action, &resource, None);
        Request::of(denial, principal, action, resource.clone(), context, None)
    };
    let Some(needs) = s3::needs(denial) else {
        return vec![one(Action::guessed(&format!("{service}:{}", denial.event_name)))];
    };
    let needs = needs.iter().filter(|need| s3::applies(need.when, denial, &target, None));
    needs.map(|need| one(Action::new(&need.action.replacen("s3:", &format!("{service}:"), 1)))).collect()
}

/// An Object Lambda Access Point without the object, for policies name no more; on Outposts, the object or the bucket.
fn resource(denial: &Denial, service: &str) -> Resource {
    let stated = denial.message.resource.as_ref().and_then(|text| text.parse::<Arn>().ok());
    let named = denial.parameter("bucketName").and_then(|name| name.parse::<Arn>().ok());
    let listed = denial.resources.iter().map(|resource| resource.arn.clone());
    let arn = stated.into_iter().chain(listed).chain(named).find(|arn| arn.service() == service);
    let arn = match arn {
        Some(arn) if service == "s3-object-lambda" => {
            arn.as_str().split("/object/").next().and_then(|arn| arn.parse().ok())
        }
        arn => arn,
    };
    let account = arn.as_ref().and_then(Arn::account);
    Resource::new(arn, account)
}
