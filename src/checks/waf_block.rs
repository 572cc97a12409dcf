//! # A web ACL of WAF blocks the request
//!
//! **Means**: a rule of the web ACL before the distribution, load balancer or API ended the request with a block, or no
//! rule let it through and the default action blocks. The viewer gets a 403, before anything else looked at the request.
//!
//! **We know** for certain by WAF's own log, which names the rule. From CloudFront's log alone it is but possible:
//! a web ACL that can block is before the distribution, and CloudFront's log does not tell WAF's answer from others. It
//! is likely where WAF has a sample of a blocked request with the same address, method and path, of the same seconds; WAF
//! keeps samples for three hours, and not of every request, so that none is found proves nothing.
//!
//! **To do**: find out whether the rule was right. If it was not, change its action to Count, or give it an exception as
//! narrow as the request (a scope-down statement, or a label match), and watch the log. deniedby never touches WAF. Where
//! there is no log, turn it on.
//!
//! <https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-testing.html>

use crate::diagnosis::Diagnosis;
use crate::evaluate::Barrier;
use crate::event::Refusal;
use crate::evidence::SampledRequest;
use crate::finding::{Finding, Place};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::viewer::findings(
        diagnosis,
        |barrier| *barrier == Barrier::Waf,
        |viewer, _| {
            let address = diagnosis.denial.source_ip.clone().unwrap_or_default();
            let alike = super::viewer::blocked_alike(diagnosis);
            if !alike.is_empty() {
                return alike.iter().map(|sample| sampled_place(diagnosis, sample)).collect();
            }
            let place = match &viewer.refusal {
                Refusal::Waf(block) => Place {
                    policy: block.web_acl.clone(),
                    statement: block.rule.clone(),
                    element: block
                        .inside
                        .as_ref()
                        .map_or_else(|| "Rule".to_owned(), |(group, rule)| format!("{group}/{rule}")),
                    wanted: String::new(),
                    actual: address,
                },
                Refusal::CloudFront { .. } => Place {
                    policy: super::viewer::name(diagnosis, viewer),
                    statement: String::new(),
                    element: "WebACLId".to_owned(),
                    wanted: super::viewer::distribution(diagnosis)
                        .and_then(|info| info.web_acl.clone())
                        .unwrap_or_default(),
                    actual: address,
                },
            };
            vec![place]
        },
    )
}

/// The rule that a sample is of.
fn sampled_place(diagnosis: &Diagnosis<'_>, sample: &SampledRequest) -> Place {
    let rule = diagnosis.viewer.as_ref().and_then(|world| world.rule_of(sample));
    let web_acl = super::viewer::distribution(diagnosis).and_then(|info| info.web_acl.clone());
    let inside = sample.inside.as_deref().and_then(|inside| inside.rsplit_once('#'));
    Place {
        policy: web_acl.unwrap_or_default(),
        statement: rule.map_or_else(|| "Default_Action".to_owned(), |rule| rule.name.clone()),
        element: inside.map_or_else(|| "Rule".to_owned(), |(group, rule)| format!("{group}/{rule}")),
        wanted: String::new(),
        actual: sample.address.clone(),
    }
}
