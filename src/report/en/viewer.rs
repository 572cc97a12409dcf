//! Viewers' requests: what CloudFront or WAF refused.

use super::allowing::capital;
use super::code;
use crate::diagnosis::Diagnosis;
use crate::evaluate::{Barrier, SignedFault, ViewerWorld};
use crate::event::{Block, Refusal, Viewer};
use crate::evidence::{DistributionInfo, Fact, SampledRequest, WebAclInfo};
use crate::finding::{Cause, Confidence, Finding};

/// One line that stands alone.
pub(super) fn title(barrier: &Barrier, diagnosis: &Diagnosis<'_>) -> String {
    let Some(viewer) = &diagnosis.denial.viewer else { return String::new() };
    match barrier {
        Barrier::Waf => match &viewer.refusal {
            Refusal::Waf(block) if block.is_by_default() => {
                format!(
                    "no rule of web ACL {} lets it through, and its default action blocks",
                    code(acl_name(&block.web_acl))
                )
            }
            Refusal::Waf(block) => match &block.inside {
                Some((group, rule)) => format!(
                    "rule {} of {} blocks it, in web ACL {}",
                    code(rule),
                    code(group_name(group)),
                    code(acl_name(&block.web_acl))
                ),
                None => format!("rule {} of web ACL {} blocks it", code(&block.rule), code(acl_name(&block.web_acl))),
            },
            Refusal::CloudFront { .. } => {
                let acl = distribution(diagnosis).and_then(|info| info.web_acl.as_deref());
                if let Some((world, sample)) = alike(diagnosis) {
                    return sampled_title(world, sample, acl_name(acl.unwrap_or_default()));
                }
                format!("web ACL {} before the distribution may block it", code(acl_name(acl.unwrap_or_default())))
            }
        },
        Barrier::Geo => match &viewer.country {
            Some(country) => format!("the distribution does not serve viewers in {}", code(country)),
            None => "the distribution does not serve the viewer's country".to_owned(),
        },
        Barrier::Alias => match &viewer.host {
            Some(host) => format!("the distribution does not answer for host {}", code(host)),
            None => "the distribution does not answer for the host".to_owned(),
        },
        Barrier::Signed(SignedFault::Missing) => {
            "the path takes a signed URL or signed cookies, and the URL is not signed".to_owned()
        }
        Barrier::Signed(SignedFault::Expired(end)) => format!("the signed URL ended at {end}"),
        Barrier::Signed(SignedFault::UnknownKey(key)) => {
            format!("the URL is signed with key {}, which the distribution does not trust", code(key))
        }
        Barrier::Signed(SignedFault::Other) => {
            "the path takes a signature, and the one that came may not be right".to_owned()
        }
    }
}

/// What to know and what to do, a line per paragraph.
pub(super) fn detail(finding: &Finding, diagnosis: &Diagnosis<'_>) -> String {
    let Some(viewer) = &diagnosis.denial.viewer else { return String::new() };
    let mut lines = Vec::new();
    let barrier = if let Cause::Viewer(barrier) = &finding.cause { Some(barrier) } else { None };
    match (barrier, &viewer.refusal) {
        (Some(Barrier::Waf), Refusal::Waf(block)) => waf(block, diagnosis, &mut lines),
        (Some(Barrier::Waf), Refusal::CloudFront { .. }) => waf_before(diagnosis, &mut lines),
        (Some(Barrier::Geo), _) => geo(viewer, diagnosis, &mut lines),
        (Some(Barrier::Alias), _) => alias(viewer, diagnosis, &mut lines),
        (Some(Barrier::Signed(fault)), _) => signed(fault, viewer, diagnosis, &mut lines),
        (None, _) => nothing(viewer, diagnosis, &mut lines),
    }
    if finding.confidence == Confidence::Likely && matches!(barrier, Some(Barrier::Signed(_))) {
        lines.push("Signed cookies would do as well, and the log does not tell whether there were any.".to_owned());
    }
    lines.join("\n")
}

const FIX_DEFAULT: &str =
    "To fix: if the request is fine, add a rule that allows it and nothing else. Ask who owns the web ACL.";

const FIX_RULE: &str = "To fix: if the request is fine, give the rule an exception as narrow as the request (a scope-down statement, or a match of the label), or set it to Count and watch the log. If it is an attack, there is nothing to fix. Ask who owns the web ACL.";

fn waf(block: &Block, diagnosis: &Diagnosis<'_>, lines: &mut Vec<String>) {
    let before = block.protects.as_ref().map(|(kind, id)| format!(" before {} {}", protected(kind), code(id)));
    let what = match block.kind.as_deref() {
        _ if block.is_by_default() => "The default action".to_owned(),
        Some("RATE_BASED") => format!("Rate-based rule {}", code(&block.rule)),
        Some("GROUP" | "MANAGED_RULE_GROUP") => format!("Rule group {}", code(&block.rule)),
        Some(_) | None => format!("Rule {}", code(&block.rule)),
    };
    lines.push(format!(
        "{what} of web ACL {}{} ended the request: WAF's log says so.",
        code(&block.web_acl),
        before.unwrap_or_default()
    ));
    for seen in &block.inspected {
        let field = seen.field.as_deref().map(|field| format!(" {}", code(field))).unwrap_or_default();
        lines.push(format!("It took {}{field} for {}.", code(&seen.location), code(&seen.condition)));
    }
    if let Some(rate) = &block.rate {
        let key = rate.key.as_deref().map(|key| format!(" by {}", code(key))).unwrap_or_default();
        lines.push(format!("The rule lets {} requests through in its window, counted{key}.", code(&rate.most)));
    }
    if !block.labels.is_empty() {
        let labels: Vec<_> = block.labels.iter().map(|label| code(label)).collect();
        lines.push(format!("Rules labelled the request {}.", labels.join(", ")));
    }
    lines.extend(now(block, diagnosis));
    lines.push(if block.is_by_default() { FIX_DEFAULT } else { FIX_RULE }.to_owned());
}

/// What became of the rule since.
fn now(block: &Block, diagnosis: &Diagnosis<'_>) -> Option<String> {
    let Fact::Known(acl) = diagnosis.viewer.as_ref()?.web_acl else { return None };
    if block.is_by_default() {
        return (!acl.blocks_by_default)
            .then(|| "By now, the default action lets requests through: it was changed since.".to_owned());
    }
    let Some(rule) = acl.rules.iter().find(|rule| rule.name == block.rule) else {
        return Some("By now, the web ACL has no rule of this name: it was changed since.".to_owned());
    };
    Some(match rule.action.as_deref() {
        Some(action) if !rule.may_block() => {
            format!("By now, the rule's action is {}: it was changed since.", code(action))
        }
        Some(_) | None => format!("The rule is a {}.", code(&rule.statement)),
    })
}

fn waf_before(diagnosis: &Diagnosis<'_>, lines: &mut Vec<String>) {
    let acl = distribution(diagnosis).and_then(|info| info.web_acl.as_deref()).unwrap_or_default();
    lines.push(format!("Web ACL {} is before the distribution, and CloudFront's log does not tell WAF's answer from its own or its origin's.", code(acl)));
    let Some(world) = &diagnosis.viewer else { return };
    if !world.blocked_alike().is_empty() {
        sampled_lines(world, lines);
        return;
    }
    if let Fact::Known(info) = &world.web_acl {
        lines.extend(may_block(info));
    }
    match &world.sampled {
        Some(Fact::Known(_)) => lines.push("Of the requests that WAF sampled around that time, none that it blocked is like this one. That proves nothing: it does not sample them all.".to_owned()),
        Some(Fact::Absent) => lines.push("WAF keeps the requests that it sampled for three hours, which are over.".to_owned()),
        Some(Fact::Unreadable(_)) | None => {}
    }
    lines.push("To know: look for the request in the web ACL's log by its id, and explain that record.".to_owned());
}

/// A blocked request like this one, if WAF sampled one.
fn alike<'d>(diagnosis: &'d Diagnosis<'_>) -> Option<(&'d ViewerWorld<'d>, &'d SampledRequest)> {
    let world = diagnosis.viewer.as_ref()?;
    Some((world, world.blocked_alike().first()?))
}

fn sampled_title(world: &ViewerWorld<'_>, sample: &SampledRequest, acl: &str) -> String {
    match (world.rule_of(sample), sample.inside.as_deref().and_then(|inside| inside.rsplit_once('#'))) {
        (_, Some((group, rule))) => {
            format!("rule {} of {} blocks it, in web ACL {}", code(rule), code(group_name(group)), code(acl))
        }
        (Some(rule), None) => format!("rule {} of web ACL {} blocks it", code(&rule.name), code(acl)),
        (None, None) => format!("no rule of web ACL {} lets it through, and its default action blocks", code(acl)),
    }
}

fn sampled_lines(world: &ViewerWorld<'_>, lines: &mut Vec<String>) {
    let mut by_default = false;
    for sample in world.blocked_alike() {
        let rule = world.rule_of(sample);
        by_default |= rule.is_none();
        let rule = rule.map_or_else(|| "its default action".to_owned(), |rule| format!("rule {}", code(&rule.name)));
        let inside = sample.inside.as_deref().and_then(|inside| inside.rsplit_once('#'));
        let inside = inside.map(|(_, name)| format!(", by its rule {}", code(name))).unwrap_or_default();
        lines.push(format!(
            "Among the requests that WAF sampled is one like it, of {}: same address, method and path. {} blocked it{inside}.",
            sample.time,
            capital(&rule)
        ));
    }
    lines.push(if by_default { FIX_DEFAULT } else { FIX_RULE }.to_owned());
    lines.push("Two requests can look the same, which keeps this from being certain. The web ACL's log would prove it: look there for the request by its id.".to_owned());
}

fn may_block(info: &WebAclInfo) -> Option<String> {
    const SHOWN: usize = 8;
    let names: Vec<_> = info.rules.iter().filter(|rule| rule.may_block()).map(|rule| code(&rule.name)).collect();
    let shown = names.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    match (names.is_empty(), info.blocks_by_default) {
        (false, false) => Some(format!("These of its rules may block: {shown}{more}.")),
        (false, true) => Some(format!("These of its rules may block: {shown}{more}; and so does its default action.")),
        (true, true) => Some("Its default action blocks.".to_owned()),
        (true, false) => None,
    }
}

fn geo(viewer: &Viewer, diagnosis: &Diagnosis<'_>, lines: &mut Vec<String>) {
    let address = diagnosis.denial.source_ip.as_deref().map(|address| format!(" at {}", code(address)));
    let country = viewer.country.as_deref().map(|country| format!(", in {},", code(country)));
    lines.push(format!(
        "CloudFront's log says `ClientGeoBlocked`: the viewer{}{} is where the distribution does not serve.",
        address.unwrap_or_default(),
        country.unwrap_or_default()
    ));
    match distribution(diagnosis).map(|info| info.geo.as_ref()) {
        Some(Some(geo)) => {
            let countries = geo.countries.iter().map(|country| code(country)).collect::<Vec<_>>().join(", ");
            let how = if geo.only { "It serves only" } else { "It serves all but" };
            lines.push(format!("{how} {countries}."));
        }
        Some(None) => lines.push("By now it serves all countries: it was changed since.".to_owned()),
        None => {}
    }
    lines.push("To fix: if the country shall be served, change the distribution's geographic restriction. An address may be that of a VPN or a proxy, or be placed in the wrong country.".to_owned());
}

fn alias(viewer: &Viewer, diagnosis: &Diagnosis<'_>, lines: &mut Vec<String>) {
    let certificate =
        matches!(&viewer.refusal, Refusal::CloudFront { kind: Some(kind) } if kind == "InvalidRequestCertificate");
    if certificate {
        lines.push("CloudFront's log says `InvalidRequestCertificate`: the connection was made for a certificate that is not the distribution's.".to_owned());
    }
    if let Some(info) = distribution(diagnosis) {
        let names = info.aliases.iter().chain([&info.domain]).map(|name| code(name)).collect::<Vec<_>>().join(", ");
        lines.push(format!("Distribution {} answers for {names}.", code(info.id())));
    }
    let host = viewer.host.as_deref().map_or_else(|| "the host".to_owned(), code);
    lines.push(format!("To fix: add {host} to the distribution's alternate domain names, with a certificate in `us-east-1` that covers it; or correct the DNS record, if it leads to the wrong distribution."));
}

fn signed(fault: &SignedFault, viewer: &Viewer, diagnosis: &Diagnosis<'_>, lines: &mut Vec<String>) {
    if let Some(info) = distribution(diagnosis) {
        let paths = info.behavior(&viewer.path).and_then(|behavior| behavior.paths.as_deref());
        let paths = paths.map_or_else(|| "of all other paths".to_owned(), |paths| format!("of {}", code(paths)));
        lines.push(format!(
            "Distribution {}: the behavior {paths}, which {} falls under, restricts viewer access.",
            code(info.id()),
            code(&viewer.path)
        ));
    }
    lines.push(match fault {
        SignedFault::Missing => "The URL has no `Signature`.".to_owned(),
        SignedFault::Expired(end) => format!("The URL was good until {end} (`Expires`), and was used at {}.", diagnosis.denial.time),
        SignedFault::UnknownKey(key) => format!("The `Key-Pair-Id` of the URL, {}, is not that of a key in the trusted key groups.", code(key)),
        SignedFault::Other => "The request came with a signature. Whether it is right, for this path, and within the time and the addresses of its policy, the log does not tell.".to_owned(),
    });
    lines.push(match fault {
        SignedFault::Missing => "To fix: sign the URL, or set signed cookies before; or give the path a behavior of its own without the restriction, if it is meant for everybody.".to_owned(),
        SignedFault::Expired(_) => "To fix: sign the URL anew. If viewers need it for longer, sign it for longer.".to_owned(),
        SignedFault::UnknownKey(_) => "To fix: sign with a key of a trusted key group, or add the key's group to the behavior.".to_owned(),
        SignedFault::Other => "To fix: ask for the body of the answer: CloudFront says there what is wrong with the signature. Then sign the URL anew.".to_owned(),
    });
}

/// Where no cause was found.
fn nothing(viewer: &Viewer, diagnosis: &Diagnosis<'_>, lines: &mut Vec<String>) {
    let Refusal::CloudFront { kind } = &viewer.refusal else { return };
    let kind = kind.as_deref();
    lines.push(match kind {
        Some(kind) if kind.starts_with("InvalidRequest") => {
            format!("CloudFront's log says {}: CloudFront itself refused the request, and not its origin.", code(kind))
        }
        Some(kind) => format!(
            "CloudFront's log says {}, which is no reason: the answer may be CloudFront's, WAF's, or the origin's.",
            code(kind)
        ),
        None => "The log has no field `x-edge-detailed-result-type`, which says what kind of error it was.".to_owned(),
    });
    match distribution(diagnosis) {
        Some(info) => {
            let origin = info.behavior(&viewer.path).map(|behavior| behavior.origin.as_str());
            let origin = info.origins.iter().find(|row| Some(row.id.as_str()) == origin);
            let named = origin.map(|origin| format!(", {},", code(&origin.domain))).unwrap_or_default();
            lines.push(format!(
                "Nothing that could be read of distribution {} refuses it. Most probably its origin{named} does.",
                code(info.id())
            ));
            lines.push("To know: for a bucket, explain the S3 event of the same time whose caller is CloudFront; for another origin, look at its own log. A function at the edge can answer 403 as well.".to_owned());
        }
        None => lines.push("To know: let the distribution be read (below), and log what WAF does.".to_owned()),
    }
}

fn distribution<'d>(diagnosis: &'d Diagnosis<'_>) -> Option<&'d DistributionInfo> {
    diagnosis.viewer.as_ref()?.distribution.known().copied()
}

/// `site` of `arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/ID`.
fn acl_name(arn: &str) -> &str {
    arn.split_once("/webacl/").and_then(|row| row.1.split('/').next()).unwrap_or(arn)
}

/// `AWSManagedRulesCommonRuleSet` of `AWS#AWSManagedRulesCommonRuleSet`; the name of one of the account's own.
fn group_name(id: &str) -> &str {
    let own = id.split_once("/rulegroup/").and_then(|row| row.1.split('/').next());
    own.unwrap_or_else(|| id.rsplit('#').next().unwrap_or(id))
}

/// <https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html>
fn protected(kind: &str) -> &'static str {
    match kind {
        "CF" => "CloudFront distribution",
        "ALB" => "load balancer",
        "APIGW" => "API",
        "APPSYNC" => "GraphQL API",
        "COGNITOIDP" => "user pool",
        "APPRUNNER" => "App Runner service",
        "VERIFIED_ACCESS" => "Verified Access instance",
        _ => "resource",
    }
}
