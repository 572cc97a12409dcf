//! # A web ACL of WAF blocks the request
//!
//! **Means**: a rule of the web ACL before the distribution, load balancer or API ended the request with a block, or no
//! rule let it through and the default action blocks. The viewer gets a 403, before anything else looked at the request.
//!
//! **We know** for certain by WAF's own log, which names the rule. From CloudFront's log alone it is but possible:
//! a web ACL that can block is before the distribution, and CloudFront's log does not tell WAF's answer from others.
//!
//! **To do**: find out whether the rule was right. If it was not, change its action to Count, or give it an exception as
//! narrow as the request (a scope-down statement, or a label match), and watch the log. deniedby never touches WAF. Where
//! there is no log, turn it on, or look at the web ACL's sampled requests: they go back three hours.
//!
//! <https://docs.aws.amazon.com/waf/latest/developerguide/web-acl-testing.html>

use crate::diagnosis::Diagnosis;
use crate::evaluate::Barrier;
use crate::event::Refusal;
use crate::finding::{Finding, Place};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::viewer::findings(
        diagnosis,
        |barrier| *barrier == Barrier::Waf,
        |viewer, _| {
            let address = diagnosis.denial.source_ip.clone().unwrap_or_default();
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
