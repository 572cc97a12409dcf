//! When S3 calls a bucket policy public.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>

use ipnet::IpNet;

use crate::policy::{Comparison, Condition, Effect, Policy, PrincipalEntry, SetOperator, Statement, Values};
use crate::truth::Truth;

/// Keys that may do so as well: the page speaks of fixed principals, and of keys like `aws:PrincipalOrgID`.
const MAYBE_FIXING: &[&str] = &["aws:principalarn", "aws:principalaccount", "aws:principalorgpaths"];

/// Keys that keep a statement from being public where they have fixed values.
const FIXING: &[&str] = &[
    "aws:principalorgid",
    "aws:sourceip",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:sourceowner",
    "aws:sourceaccount",
    "aws:userid",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
];

/// Whether the policy makes its bucket public: one statement that allows to no fixed circle is enough.
#[must_use]
pub fn is_public(policy: &Policy) -> Truth {
    let unread = if policy.incomplete { Truth::Unknown } else { Truth::False };
    Truth::any(policy.statements.iter().filter(|s| s.effect == Effect::Allow).map(statement_is_public)).or(unread)
}

fn statement_is_public(statement: &Statement) -> Truth {
    if statement.broken {
        return Truth::Unknown;
    }
    let Some(principals) = &statement.principals else { return Truth::Unknown };
    // The page's first example of a public policy names a web identity provider; of providers with an ARN it is silent.
    let provider = |arn: bool| {
        principals
            .entries
            .iter()
            .any(|e| matches!(e, PrincipalEntry::Federated(name) if name.starts_with("arn:") == arn))
    };
    let everyone = principals.negated || principals.entries.contains(&PrincipalEntry::Everyone) || provider(false);
    if !everyone && provider(true) {
        return Truth::Unknown;
    }
    let fixed = |keys: &[&str]| statement.conditions.iter().any(|condition| fixes(condition, keys));
    match (everyone, fixed(FIXING), fixed(MAYBE_FIXING)) {
        (false, ..) | (true, true, _) => Truth::False,
        (true, false, true) => Truth::Unknown,
        (true, false, false) => Truth::True,
    }
}

/// Whether the condition holds for a fixed circle only. An operator that also matches where the key is missing, or
/// that names who is left out, fixes nothing.
fn fixes(condition: &Condition, keys: &[&str]) -> bool {
    let operator = condition.operator;
    if operator.negated || operator.if_exists || operator.set == Some(SetOperator::ForAllValues) {
        return false;
    }
    if !keys.contains(&condition.key.as_str()) || condition.values.texts().next().is_none() {
        return false;
    }
    match &condition.values {
        Values::Networks(networks) => networks.iter().all(|network| network.value.as_ref().is_some_and(is_narrow)),
        Values::Patterns(patterns) => patterns.iter().all(|pattern| {
            pattern.is_literal() && operator.comparison != Comparison::StringLike
                || is_fixed_text(&condition.key, pattern.text())
        }),
        Values::Arns(patterns) => patterns.iter().all(|pattern| {
            pattern.is_literal() || (condition.key == "s3:dataaccesspointarn" && pattern.has_fixed_account())
        }),
        Values::Numbers(_) | Values::Dates(_) | Values::Bools(_) | Values::Bytes(_) => false,
    }
}

/// Text of a `StringLike`: without wildcards and variables, or an access point of a fixed account.
fn is_fixed_text(key: &str, text: &str) -> bool {
    let fixed = |t: &str| !t.contains(['*', '?']) && !t.contains("${");
    let account = text.split(':').nth(4).unwrap_or_default();
    fixed(text) || (key == "s3:dataaccesspointarn" && !account.is_empty() && fixed(account))
}

/// Ranges wider than /8, or /32 of IPv6, are public, but for private ones.
fn is_narrow(network: &IpNet) -> bool {
    match network {
        IpNet::V4(v4) => v4.prefix_len() >= 8 || (v4.network().is_private() && v4.broadcast().is_private()),
        IpNet::V6(v6) => v6.prefix_len() >= 32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(principal: &str, condition: &str) -> Truth {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{condition}}}]}}"#
        );
        is_public(&Policy::parse(&text))
    }

    #[test]
    fn only_fixed_values_keep_a_policy_from_being_public() {
        for (principal, condition, expect) in [
            (r#""*""#, "{}", true),
            (r#"{"AWS":"111122223333"}"#, "{}", false),
            (r#"{"Service":"cloudfront.amazonaws.com"}"#, "{}", false),
            (r#""*""#, r#"{"StringEquals":{"aws:SourceVpce":"vpce-1"}}"#, false),
            (r#""*""#, r#"{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#, true),
            (r#""*""#, r#"{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}"#, true),
            (r#""*""#, r#"{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}"#, true),
            (r#""*""#, r#"{"StringEquals":{"aws:PrincipalOrgID":"o-abc"}}"#, false),
            (r#""*""#, r#"{"StringEquals":{"aws:PrincipalOrgID":["o-abc","${aws:PrincipalTag/org}"]}}"#, true),
            (r#""*""#, r#"{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}"#, false),
            (r#""*""#, r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/1"}}"#, true),
            (r#""*""#, r#"{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}"#, false),
            (
                r#""*""#,
                r#"{"ArnLike":{"s3:DataAccessPointArn":"arn:aws:s3:eu-west-1:111122223333:accesspoint/*"}}"#,
                false,
            ),
            (r#""*""#, r#"{"StringEquals":{"s3:x-amz-acl":"private"}}"#, true),
        ] {
            assert_eq!(public(principal, condition), expect.into(), "{principal} {condition}");
        }
        assert_eq!(is_public(&Policy::parse("{")), Truth::Unknown);
        assert_eq!(is_public(&Policy::parse(r#"{"Statement":[]}"#)), Truth::False);
    }
}
