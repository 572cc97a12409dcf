//! CloudFront in front of a bucket: which distributions have it as an origin, and how they come to it.

use super::world::{bucket_ref, key_ref};
use crate::arn::Partition;
use crate::event::Denial;
use crate::evidence::{Answer, BucketRef, DistributionInfo, Fact, Lookup, Origin, OriginAccessControlInfo, Question};
use crate::policy::Policy;
use crate::request::{self, Key, PrincipalKind, Request};

/// The distributions of the bucket's account in front of a bucket that CloudFront asked.
#[derive(Debug)]
pub struct OriginWorld<'e> {
    /// The bucket.
    pub bucket: String,
    /// The distributions.
    pub distributions: Fact<&'e Vec<DistributionInfo>>,
    /// The origin access controls of their origins, by their ids.
    pub controls: Vec<(String, Fact<&'e OriginAccessControlInfo>)>,
}

/// How many origin access controls are looked at.
const CONTROLS: usize = 10;

/// Whether CloudFront makes the request: as itself, as an origin access identity, or without a signature.
#[must_use]
pub fn is_from_cloudfront(request: &Request, denial: &Denial) -> bool {
    let unsigned = || denial.user_agent.as_deref().is_some_and(|agent| agent.contains("Amazon CloudFront"));
    request.s3.is_some()
        && match &request.principal.kind {
            PrincipalKind::Service(name) => name.starts_with("cloudfront.amazonaws.com"),
            PrincipalKind::OriginAccessIdentity => true,
            // CloudFront puts its own name in place of the viewer's browser:
            // https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorS3Origin.html
            PrincipalKind::Anonymous => unsigned(),
            PrincipalKind::Root
            | PrincipalKind::User
            | PrincipalKind::RoleSession { .. }
            | PrincipalKind::FederatedUser { .. }
            | PrincipalKind::Provider(_)
            | PrincipalKind::Unnamed
            | PrincipalKind::Other => false,
        }
}

impl<'e> OriginWorld<'e> {
    /// Looks up what is in front of the bucket of a request, if CloudFront makes it.
    pub(crate) fn look(request: &Request, denial: &Denial, lookup: &Lookup<'e>) -> Option<Self> {
        let bucket = bucket(request, denial)?;
        let distributions = lookup.fact(&question(&bucket, denial)?, Answer::as_distributions);
        let mut ids: Vec<_> = distributions
            .known()
            .into_iter()
            .flat_map(|list| list.iter())
            .flat_map(|info| info.origins_of(&bucket.bucket).filter_map(|origin| origin.access_control.clone()))
            .collect();
        ids.sort();
        ids.dedup();
        ids.truncate(CONTROLS);
        let control = |id: String| {
            let question = control_question(&bucket, denial, &id)?;
            Some((id, lookup.fact(&question, Answer::as_origin_access_control)))
        };
        let controls = ids.into_iter().filter_map(control).collect();
        Some(Self { bucket: bucket.bucket, distributions, controls })
    }

    /// Whether an origin comes to the bucket without a signature, as far as is known.
    #[must_use]
    pub fn is_unsigned(&self, origin: &Origin) -> bool {
        let control = origin.access_control.as_ref();
        let known = control.and_then(|id| self.controls.iter().find(|row| row.0 == *id)).and_then(|row| row.1.known());
        origin.is_website()
            || (control.is_none() && origin.access_identity.is_none())
            || known.is_some_and(|info| info.signing == "never")
    }
}

/// The record does not say for which distribution CloudFront comes. It is none of those that a bucket policy names and
/// that do not have the bucket as an origin, or do not sign what they ask it for.
pub(super) fn exclude_distributions(request: &mut Request, denial: &Denial, lookup: &Lookup<'_>) {
    let Some(bucket) = bucket(request, denial) else { return };
    let policy = lookup.peek(&Question::BucketPolicy(bucket), Answer::as_policy);
    let others = policy.map(|policy| others(policy, request, denial, lookup));
    exclude(request, others.unwrap_or_default());
}

/// What S3 asks KMS for is asked for the same distribution, whose ARN key policies name as bucket policies do.
///
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html>
pub(super) fn exclude_distributions_of_keys(all: &mut [Request], denial: &Denial, lookup: &Lookup<'_>) {
    let Some(on_bucket) = all.iter().find(|request| bucket(request, denial).is_some()).cloned() else { return };
    for request in all.iter_mut().filter(|request| matches!(request.origin, request::Origin::Encryption { .. })) {
        let key = key_ref(request, &denial.region).map(Question::KmsKeyPolicy);
        let policy = key.and_then(|question| lookup.peek(&question, Answer::as_policy));
        let others = policy.map(|policy| others(policy, &on_bucket, denial, lookup));
        exclude(request, others.unwrap_or_default());
    }
}

fn exclude(request: &mut Request, others: Vec<String>) {
    let all = match request.context.get("aws:sourcearn") {
        Key::Unknown => others,
        Key::NotOf(known) => known.iter().cloned().chain(others).collect(),
        Key::Present(_) | Key::Absent => return,
    };
    if !all.is_empty() {
        request.context.set("aws:SourceArn", Key::NotOf(all));
    }
}

/// The distributions that a policy names and that do not come to the bucket of a request, if they are all known.
fn others(policy: &Policy, on_bucket: &Request, denial: &Denial, lookup: &Lookup<'_>) -> Vec<String> {
    if !matches!(on_bucket.principal.kind, PrincipalKind::Service(_)) {
        return Vec::new();
    }
    let Some((world, bucket)) = OriginWorld::look(on_bucket, denial, lookup).zip(bucket(on_bucket, denial)) else {
        return Vec::new();
    };
    let Fact::Known(distributions) = world.distributions else { return Vec::new() };
    let signs = |info: &DistributionInfo| {
        info.origins_of(&bucket.bucket).any(|origin| origin.access_control.is_some() && !world.is_unsigned(origin))
    };
    let conditions = policy.statements.iter().flat_map(|statement| &statement.conditions);
    let named = conditions.filter(|condition| condition.key_text.eq_ignore_ascii_case("aws:SourceArn"));
    let others = named.flat_map(|condition| condition.values.texts()).filter(|text| {
        let arn = text.parse::<crate::arn::Arn>().ok();
        let of_account = arn.is_some_and(|arn| arn.service() == "cloudfront" && arn.account() == Some(bucket.account));
        let comes = distributions.iter().any(|info| info.arn.as_str() == *text && signs(info));
        of_account && !comes && !text.contains(['*', '?'])
    });
    others.map(str::to_owned).collect()
}

fn bucket(request: &Request, denial: &Denial) -> Option<BucketRef> {
    if !is_from_cloudfront(request, denial) {
        return None;
    }
    bucket_ref(request.s3.as_ref()?, &denial.region)
}

/// The Region where CloudFront is asked, in the partitions that have it.
///
/// <https://docs.aws.amazon.com/general/latest/gr/cf_region.html>
fn cloudfront_region(denial: &Denial) -> Option<String> {
    match Partition::of_region(&denial.region) {
        Partition::Aws => Some("us-east-1".to_owned()),
        Partition::China => Some("cn-northwest-1".to_owned()),
        Partition::GovCloud
        | Partition::EuropeanSovereign
        | Partition::Iso
        | Partition::IsoB
        | Partition::IsoE
        | Partition::IsoF => None,
    }
}

fn question(bucket: &BucketRef, denial: &Denial) -> Option<Question> {
    let (account, bucket) = (bucket.account, bucket.bucket.clone());
    Some(Question::OriginDistributions { account, region: cloudfront_region(denial)?, bucket })
}

fn control_question(bucket: &BucketRef, denial: &Denial, id: &str) -> Option<Question> {
    let (account, control) = (bucket.account, id.to_owned());
    Some(Question::OriginAccessControl { account, region: cloudfront_region(denial)?, control })
}
