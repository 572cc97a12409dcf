//! What CloudFront says of a distribution.

use serde::{Deserialize, Serialize};

use crate::arn::Arn;
use crate::policy::{Binding, Pattern, Syntax};
use crate::truth::Truth;

/// `*` and `?`, as in policies.
const PATHS: Syntax = Syntax { wildcards: true, variables: false, fold: false };

/// A distribution.
///
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Distribution.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DistributionInfo {
    /// Its ARN.
    pub arn: Arn,
    /// Its domain name, `d111111abcdef8.cloudfront.net`.
    pub domain: String,
    /// The other names under which it answers; they may begin with `*.`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// Names are those of its tenants, and not among its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tenants: bool,
    /// Where it gets objects from.
    #[serde(default)]
    pub origins: Vec<Origin>,
    /// What it does with which paths, in their order; the last one is for all others.
    pub behaviors: Vec<Behavior>,
    /// From where it lets viewers in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geo: Option<GeoRestriction>,
    /// The web ACL before it: an ARN, or an id of WAF Classic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub web_acl: Option<String>,
    /// The ids of the keys that may sign, masked; `None` where the answer does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_keys: Option<Vec<String>>,
    /// Whether its access log of the older form has cookies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub logs_cookies: bool,
}

/// Where a distribution gets objects from.
///
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Origin.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Its id.
    pub id: String,
    /// Its domain name.
    pub domain: String,
    /// The id of its origin access control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_control: Option<String>,
    /// The id of its origin access identity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_identity: Option<String>,
}

/// What a distribution does with some paths.
///
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CacheBehavior.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behavior {
    /// The paths; `None` is for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<String>,
    /// The id of its origin, or of a group of origins.
    pub origin: String,
    /// Viewers have to sign.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub signed: bool,
}

/// The countries that a distribution serves.
///
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_GeoRestriction.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeoRestriction {
    /// These countries alone, and not all but these.
    pub only: bool,
    /// The countries, two letters each.
    pub countries: Vec<String>,
}

/// An origin access control.
///
/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginAccessControlInfo {
    /// Its name.
    pub name: String,
    /// `always`, `never` or `no-override`.
    pub signing: String,
    /// The kind of origin: `s3` and the like.
    pub origin_type: String,
}

impl DistributionInfo {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.arn.resource().rsplit('/').next().unwrap_or_default()
    }

    /// Whether it answers for a host.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html>
    #[must_use]
    pub fn answers_for(&self, host: &str) -> bool {
        let host = host.split(':').next().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        let is = |name: &str| match name.strip_prefix('*') {
            // A wildcard stands for one or more labels.
            Some(end) => host.len() > end.len() && host.ends_with(&end.to_ascii_lowercase()),
            None => host == name.to_ascii_lowercase(),
        };
        is(&self.domain) || self.aliases.iter().any(|alias| is(alias))
    }

    /// What it does with a path: the first that matches.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html>
    #[must_use]
    pub fn behavior(&self, path: &str) -> Option<&Behavior> {
        let path = path.strip_prefix('/').unwrap_or(path);
        self.behaviors.iter().find(|behavior| behavior.paths.as_deref().is_none_or(|paths| is_of(paths, path)))
    }

    /// Its origins that are a bucket, by the bucket's endpoints.
    ///
    /// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistS3AndCustomOrigins.html>
    pub fn origins_of<'d>(&'d self, bucket: &'d str) -> impl Iterator<Item = &'d Origin> {
        self.origins.iter().filter(move |origin| {
            origin.domain.strip_prefix(bucket).is_some_and(|rest| rest.starts_with(".s3.") || rest.starts_with(".s3-"))
        })
    }
}

impl Origin {
    /// Whether it is a bucket's website, which takes no signatures.
    #[must_use]
    pub fn is_website(&self) -> bool {
        self.domain.contains(".s3-website")
    }
}

impl GeoRestriction {
    /// Whether viewers of a country are refused.
    #[must_use]
    pub fn refuses(&self, country: &str) -> bool {
        self.only != self.countries.iter().any(|listed| listed.eq_ignore_ascii_case(country))
    }
}

/// Whether a path, without its first slash, is among those of a pattern. Letters count as they are.
fn is_of(paths: &str, path: &str) -> bool {
    let paths = paths.strip_prefix('/').unwrap_or(paths);
    Pattern::new(paths, PATHS).matches(path, &|_| Binding::Unknown) == Truth::True
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distribution() -> DistributionInfo {
        let behavior = |paths: Option<&str>| Behavior {
            paths: paths.map(str::to_owned),
            origin: paths.unwrap_or("default").to_owned(),
            signed: false,
        };
        let origin = |domain: &str| Origin {
            id: domain.to_owned(),
            domain: domain.to_owned(),
            access_control: None,
            access_identity: None,
        };
        DistributionInfo {
            arn: "arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE".parse().unwrap(),
            domain: "d111111abcdef8.cloudfront.net".to_owned(),
            aliases: vec!["www.example.com".to_owned(), "*.shop.example.com".to_owned()],
            tenants: false,
            origins: vec![
                origin("acme.s3.eu-west-1.amazonaws.com"),
                origin("acme.s3-website-eu-west-1.amazonaws.com"),
                origin("acme.shop.s3.amazonaws.com"),
                origin("acme.example.com"),
            ],
            behaviors: vec![behavior(Some("/private/*.pdf")), behavior(Some("img/?.png")), behavior(None)],
            geo: None,
            web_acl: None,
            signing_keys: None,
            logs_cookies: false,
        }
    }

    #[test]
    fn a_host_is_one_of_its_names_or_of_its_wildcards() {
        let distribution = distribution();
        for host in ["WWW.example.com", "www.example.com:443", "d111111ABCDEF8.cloudfront.net", "a.b.shop.example.com"]
        {
            assert!(distribution.answers_for(host), "{host}");
        }
        for host in ["example.com", "shop.example.com", ".shop.example.com", "evilshop.example.com", ""] {
            assert!(!distribution.answers_for(host), "{host}");
        }
    }

    #[test]
    fn the_first_behavior_that_matches_counts() {
        let distribution = distribution();
        let origin = |path: &str| distribution.behavior(path).unwrap().origin.clone();
        assert_eq!(origin("/private/a/b.pdf"), "/private/*.pdf");
        assert_eq!(origin("/img/1.png"), "img/?.png");
        assert_eq!(origin("/Private/a.pdf"), "default");
        assert_eq!(origin("/img/12.png"), "default");
    }

    #[test]
    fn an_origin_is_the_buckets_by_its_endpoints() {
        let distribution = distribution();
        let domains: Vec<_> = distribution.origins_of("acme").map(|origin| origin.domain.as_str()).collect();
        assert_eq!(domains, ["acme.s3.eu-west-1.amazonaws.com", "acme.s3-website-eu-west-1.amazonaws.com"]);
        assert!(distribution.origins_of("acme").any(Origin::is_website));
    }

    #[test]
    fn a_restriction_names_the_countries_that_it_lets_in_or_keeps_out() {
        let geo = |only| GeoRestriction { only, countries: vec!["DE".to_owned()] };
        assert!(geo(true).refuses("FR") && !geo(true).refuses("de"));
        assert!(geo(false).refuses("DE") && !geo(false).refuses("FR"));
    }
}
