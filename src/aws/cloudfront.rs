//! Questions to CloudFront.

use roxmltree::Node;

use super::errors::{Failure, Outcome};
use super::signed::Signer;
use super::signed::calls::{
    CLOUDFRONT_GET_DISTRIBUTION, CLOUDFRONT_GET_ORIGIN_ACCESS_CONTROL, CLOUDFRONT_LIST_DISTRIBUTIONS,
};
use super::signed::query::{child, text};
use crate::event::mask;
use crate::evidence::{Answer, Behavior, DistributionInfo, GeoRestriction, Origin, OriginAccessControlInfo};

/// How many distributions one page may have, at most.
///
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ListDistributions.html>
const PAGE: &str = "100";

/// How many pages are read: an account has no more distributions.
///
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html>
const PAGES: usize = 100;

/// A distribution by its id, or by one of its names.
pub(super) async fn distribution(signer: &Signer, name: &str) -> Outcome {
    let id = if name.contains('.') {
        let all = list(signer, |info| info.answers_for(name)).await?;
        match all.first() {
            Some(info) => info.id().to_owned(),
            None => return Ok(None),
        }
    } else {
        name.to_owned()
    };
    let read = |root: Node<'_, '_>| of_answer(root);
    match signer.get_xml(&CLOUDFRONT_GET_DISTRIBUTION, &id, &[], read).await {
        Ok(info) => Ok(Some(Answer::Distribution(info))),
        Err(failure) => failure.none_if(&["NoSuchDistribution"]),
    }
}

/// The distributions that have a bucket as an origin.
pub(super) async fn of_origin(signer: &Signer, bucket: &str) -> Outcome {
    let found = list(signer, |info| info.origins_of(bucket).next().is_some()).await?;
    Ok(Some(Answer::Distributions(found)))
}

/// An origin access control.
pub(super) async fn access_control(signer: &Signer, id: &str) -> Outcome {
    let read = |root: Node<'_, '_>| {
        let config = child(root, "OriginAccessControlConfig")?;
        Some(OriginAccessControlInfo {
            name: text(config, "Name")?.to_owned(),
            signing: text(config, "SigningBehavior")?.to_owned(),
            origin_type: text(config, "OriginAccessControlOriginType")?.to_owned(),
        })
    };
    match signer.get_xml(&CLOUDFRONT_GET_ORIGIN_ACCESS_CONTROL, id, &[], read).await {
        Ok(info) => Ok(Some(Answer::OriginAccessControl(info))),
        Err(failure) => failure.none_if(&["NoSuchOriginAccessControl"]),
    }
}

/// The distributions of the account that are wanted, of all pages.
async fn list(signer: &Signer, wanted: impl Fn(&DistributionInfo) -> bool) -> Result<Vec<DistributionInfo>, Failure> {
    let mut found = Vec::new();
    let mut marker = String::new();
    for _ in 0..PAGES {
        let mut parameters = vec![("MaxItems", PAGE)];
        if !marker.is_empty() {
            parameters.push(("Marker", &marker));
        }
        let (page, next) = signer.get_xml(&CLOUDFRONT_LIST_DISTRIBUTIONS, "", &parameters, page).await?;
        found.extend(page.into_iter().filter(&wanted));
        match next {
            None => return Ok(found),
            Some(next) => marker = next,
        }
    }
    // A list without an end is none.
    Err(Failure::garbled())
}

/// A page of the list, and where the next one begins.
fn page(root: Node<'_, '_>) -> Option<(Vec<DistributionInfo>, Option<String>)> {
    let next = match text(root, "IsTruncated")? {
        "true" => Some(text(root, "NextMarker")?.to_owned()),
        _ => None,
    };
    let items = items(root).into_iter().map(|summary| info(summary, summary)).collect::<Option<_>>()?;
    Some((items, next))
}

fn of_answer(root: Node<'_, '_>) -> Option<DistributionInfo> {
    info(root, child(root, "DistributionConfig")?)
}

/// A distribution: what AWS made of it, and what it is set to. In the list both stand in one place. `None` if a part is
/// there and cannot be read.
fn info(own: Node<'_, '_>, config: Node<'_, '_>) -> Option<DistributionInfo> {
    let mut behaviors = Vec::new();
    if let Some(list) = child(config, "CacheBehaviors") {
        for item in items(list) {
            behaviors.push(behavior(item, Some(text(item, "PathPattern")?))?);
        }
    }
    behaviors.push(behavior(child(config, "DefaultCacheBehavior")?, None)?);
    let signing_keys = match (child(own, "ActiveTrustedSigners"), child(own, "ActiveTrustedKeyGroups")) {
        (None, None) => None,
        (signers, groups) => Some(
            signers
                .into_iter()
                .chain(groups)
                .flat_map(|node| node.descendants().filter(|node| node.tag_name().name() == "KeyPairId"))
                .filter_map(|node| node.text().map(|id| mask(id.trim())))
                .collect(),
        ),
    };
    let aliases = child(config, "Aliases").map(items).unwrap_or_default();
    let logging = child(config, "Logging");
    Some(DistributionInfo {
        arn: text(own, "ARN")?.parse().ok()?,
        domain: text(own, "DomainName")?.to_owned(),
        aliases: aliases
            .into_iter()
            .map(|item| item.text().map(|text| text.trim().to_owned()))
            .collect::<Option<_>>()?,
        tenants: text(config, "ConnectionMode") == Some("tenant-only"),
        origins: items(child(config, "Origins")?).into_iter().map(origin).collect::<Option<_>>()?,
        behaviors,
        geo: geo(config).ok()?,
        web_acl: text(config, "WebACLId").map(str::to_owned),
        signing_keys,
        logs_cookies: logging.is_some_and(|logging| {
            text(logging, "Enabled") == Some("true") && text(logging, "IncludeCookies") == Some("true")
        }),
    })
}

fn origin(item: Node<'_, '_>) -> Option<Origin> {
    let identity = child(item, "S3OriginConfig").and_then(|config| text(config, "OriginAccessIdentity"));
    Some(Origin {
        id: text(item, "Id")?.to_owned(),
        domain: text(item, "DomainName")?.to_owned(),
        access_control: text(item, "OriginAccessControlId").map(str::to_owned),
        // origin-access-identity/cloudfront/ID
        access_identity: identity.and_then(|path| path.rsplit('/').next()).map(str::to_owned),
    })
}

fn behavior(item: Node<'_, '_>, paths: Option<&str>) -> Option<Behavior> {
    let trusts = |name: &str| child(item, name).is_some_and(|list| text(list, "Enabled") == Some("true"));
    Some(Behavior {
        paths: paths.map(str::to_owned),
        origin: text(item, "TargetOriginId")?.to_owned(),
        signed: trusts("TrustedSigners") || trusts("TrustedKeyGroups"),
    })
}

/// The restriction, if there is one.
fn geo(config: Node<'_, '_>) -> Result<Option<GeoRestriction>, Failure> {
    let Some(restriction) = child(config, "Restrictions").and_then(|node| child(node, "GeoRestriction")) else {
        return Ok(None);
    };
    let only = match text(restriction, "RestrictionType") {
        Some("none") => return Ok(None),
        Some("whitelist") => true,
        Some("blacklist") => false,
        Some(_) | None => return Err(Failure::garbled()),
    };
    let countries = items(restriction).into_iter().filter_map(|item| item.text().map(|text| text.trim().to_owned()));
    Ok(Some(GeoRestriction { only, countries: countries.collect() }))
}

/// The elements of a list.
fn items<'a, 'input>(list: Node<'a, 'input>) -> Vec<Node<'a, 'input>> {
    child(list, "Items").map(|items| items.children().filter(Node::is_element).collect()).unwrap_or_default()
}
