//! What refuses a viewer's request: WAF, and what a CloudFront distribution is set to.

use jiff::Timestamp;

use crate::arn::Arn;
use crate::event::{Denial, Refusal, Viewer, mask};
use crate::evidence::{
    Answer, DistributionInfo, Fact, Lookup, Question, SampleRef, SampledRequest, WebAclInfo, WebAclRule, Why,
};
use crate::truth::Truth;

/// What is known of the distribution and of the web ACL before it.
#[derive(Debug)]
pub struct ViewerWorld<'e> {
    /// The distribution.
    pub distribution: Fact<&'e DistributionInfo>,
    /// The web ACL; absent if there is none.
    pub web_acl: Fact<&'e WebAclInfo>,
    /// Requests like this one that the web ACL blocked, of those that it samples; absent if they are not kept any more,
    /// and `None` if they say nothing of this request.
    pub sampled: Option<Fact<Vec<&'e SampledRequest>>>,
}

/// Something that refuses viewers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Barrier {
    /// A web ACL.
    Waf,
    /// Viewers have to sign.
    Signed(SignedFault),
    /// The distribution does not serve the viewer's country.
    Geo,
    /// The distribution does not answer for the host.
    Alias,
}

/// What is wrong with the signature of a viewer's request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignedFault {
    /// There is none.
    Missing,
    /// Its time was over.
    Expired(Timestamp),
    /// It is of a key that the distribution does not trust; its id, masked.
    UnknownKey(String),
    /// It is there. Whether it is right, the log does not tell.
    Other,
}

impl<'e> ViewerWorld<'e> {
    /// Looks up what the request of a viewer met.
    pub(crate) fn look(denial: &Denial, viewer: &Viewer, lookup: &Lookup<'e>) -> Self {
        let (distribution, web_acl) = match &viewer.refusal {
            // WAF's log says all about the request; what the web ACL is now, only says what became of it.
            Refusal::Waf(block) => (Fact::Unreadable(Why::NotAsked), Some(block.web_acl.clone())),
            Refusal::CloudFront { .. } => {
                let distribution = match distribution_question(denial, viewer) {
                    Some(question) => lookup.fact(&question, Answer::as_distribution),
                    None => Fact::Unreadable(Why::AccountUnknown),
                };
                let web_acl = distribution.known().map(|info| info.web_acl.clone());
                (distribution, web_acl.flatten())
            }
        };
        let arn = web_acl.as_deref().map(str::parse::<Arn>);
        let named = arn.clone().and_then(Result::ok);
        let web_acl = match arn {
            None => Fact::Absent,
            Some(Ok(arn)) => match arn.account() {
                Some(account) => lookup.fact(&Question::WebAcl { account, arn }, Answer::as_web_acl),
                None => Fact::Unreadable(Why::AccountUnknown),
            },
            // One of WAF Classic has no ARN here, and is read by another service.
            Some(Err(_)) => Fact::Unreadable(Why::NotAsked),
        };
        let mut world = Self { distribution, web_acl, sampled: None };
        let may_be_waf = world.barriers(viewer, denial.time).contains(&(Barrier::Waf, Truth::Unknown));
        if let Some(asked) = named.filter(|_| may_be_waf).and_then(|arn| world.sample(denial, viewer, arn)) {
            let found = lookup.fact(&Question::SampledRequests(asked.clone()), Answer::as_sampled_requests);
            let like = |list: &'e Vec<SampledRequest>| list.iter().filter(|sample| asked.may_be(sample)).collect();
            world.sampled = Some(found.map(like));
        }
        world
    }

    /// How requests like this one are asked for; `None` where none are sampled, or the log does not tell enough.
    fn sample(&self, denial: &Denial, viewer: &Viewer, web_acl: Arn) -> Option<SampleRef> {
        let metrics: Vec<_> = self.web_acl.known()?.blocking_metrics().map(str::to_owned).collect();
        let account = web_acl.account().filter(|_| !metrics.is_empty())?;
        let (address, method, path) = (denial.source_ip.clone()?, denial.event_name.clone(), viewer.path.clone());
        Some(SampleRef { account, web_acl, metrics, time: denial.time, address, method, path })
    }

    /// The requests like this one that WAF blocked, by what it samples.
    #[must_use]
    pub fn blocked_alike(&self) -> &[&'e SampledRequest] {
        self.sampled.as_ref().and_then(Fact::known).map(Vec::as_slice).unwrap_or_default()
    }

    /// The rule of the web ACL that a sample is of; `None` is its default action.
    #[must_use]
    pub fn rule_of(&self, sample: &SampledRequest) -> Option<&'e WebAclRule> {
        self.web_acl.known()?.rules.iter().find(|rule| rule.metric.as_deref() == Some(&sample.metric))
    }

    /// What refused the request, or may have, each with whether it does for certain.
    #[must_use]
    pub fn barriers(&self, viewer: &Viewer, time: Timestamp) -> Vec<(Barrier, Truth)> {
        let kind = match &viewer.refusal {
            Refusal::Waf(_) => return vec![(Barrier::Waf, Truth::True)],
            Refusal::CloudFront { kind } => kind.as_deref(),
        };
        // <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html>
        match kind {
            Some("ClientGeoBlocked") => return vec![(Barrier::Geo, Truth::True)],
            Some("InvalidRequestCertificate") => return vec![(Barrier::Alias, Truth::True)],
            // The others are about the origin, or about the connection.
            Some(other) if other != "Error" && !is_of_request(other) => return Vec::new(),
            Some(_) | None => {}
        }
        let Fact::Known(distribution) = &self.distribution else { return Vec::new() };
        let mut barriers = Vec::new();
        if !distribution.tenants && viewer.host.as_deref().is_some_and(|host| !distribution.answers_for(host)) {
            barriers.push((Barrier::Alias, Truth::True));
        }
        barriers.extend(signature(viewer, distribution, time).map(|(fault, truth)| (Barrier::Signed(fault), truth)));
        let refused = |country: &str| distribution.geo.as_ref().is_some_and(|geo| geo.refuses(country));
        if kind.is_none() && viewer.country.as_deref().is_some_and(refused) {
            barriers.push((Barrier::Geo, Truth::True));
        }
        let may_block = match &self.web_acl {
            Fact::Known(info) => info.may_block(),
            Fact::Absent => false,
            Fact::Unreadable(_) => true,
        };
        // Of what else denies for certain, WAF need not be the cause.
        if may_block && distribution.web_acl.is_some() && barriers.iter().all(|row| row.1 != Truth::True) {
            barriers.push((Barrier::Waf, Truth::Unknown));
        }
        barriers
    }

    /// Whether CloudFront itself refused the request, all of its settings could be read, and none of them does.
    #[must_use]
    pub fn is_contradicted(&self, viewer: &Viewer, time: Timestamp) -> bool {
        let own = matches!(&viewer.refusal, Refusal::CloudFront { kind: Some(kind) } if is_of_request(kind));
        own && self.distribution.known().is_some()
            && !matches!(self.web_acl, Fact::Unreadable(_))
            && self.barriers(viewer, time).is_empty()
    }
}

/// CloudFront refused the request itself.
fn is_of_request(kind: &str) -> bool {
    kind.starts_with("InvalidRequest")
}

/// How the distribution of a request is asked for; `None` if the log does not tell which, or whose.
fn distribution_question(denial: &Denial, viewer: &Viewer) -> Option<Question> {
    let (account, distribution) = (viewer.account?, viewer.distribution.clone()?);
    Some(Question::Distribution { account, region: denial.region.clone(), distribution })
}

/// What is wrong with the signature, where the path takes one.
///
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-signed-urls.html>
fn signature(viewer: &Viewer, distribution: &DistributionInfo, time: Timestamp) -> Option<(SignedFault, Truth)> {
    distribution.behavior(&viewer.path).filter(|behavior| behavior.signed)?;
    if viewer.parameter("Signature").is_none() {
        let signed = |name: &String| name.starts_with("CloudFront-");
        return Some(match &viewer.cookies {
            Some(names) if names.iter().any(signed) => (SignedFault::Other, Truth::Unknown),
            Some(_) => (SignedFault::Missing, Truth::True),
            None => (SignedFault::Missing, Truth::from(distribution.logs_cookies).or(Truth::Unknown)),
        });
    }
    let expires = viewer.parameter("Expires").and_then(|text| text.parse().ok());
    if let Some(expires) = expires.and_then(|seconds| Timestamp::from_second(seconds).ok())
        && expires < time
    {
        return Some((SignedFault::Expired(expires), Truth::True));
    }
    let key = viewer.parameter("Key-Pair-Id").map(mask);
    if let (Some(key), Some(trusted)) = (key, &distribution.signing_keys)
        && !trusted.contains(&key)
    {
        return Some((SignedFault::UnknownKey(key), Truth::True));
    }
    Some((SignedFault::Other, Truth::Unknown))
}
