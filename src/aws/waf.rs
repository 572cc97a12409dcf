//! Questions to WAF.

use serde_json::{Value, json};

use super::errors::{Failure, Outcome};
use super::signed::Signer;
use super::signed::calls::WAFV2_GET_WEB_ACL;
use crate::arn::Arn;
use crate::evidence::{Answer, WebAclInfo, WebAclRule, Why};

/// A web ACL. Those of CloudFront are asked for in one Region, which their ARNs name.
pub(super) async fn web_acl(signer: &Signer, arn: &Arn) -> Outcome {
    // global/webacl/NAME/ID, or regional/webacl/NAME/ID
    let parts: Vec<_> = arn.resource().split('/').collect();
    let [scope, "webacl", name, id] = parts.as_slice() else { return Err(Failure::new(Why::NotAsked)) };
    let scope = if *scope == "global" { "CLOUDFRONT" } else { "REGIONAL" };
    match signer.json(&WAFV2_GET_WEB_ACL, &json!({ "Name": name, "Id": id, "Scope": scope })).await {
        Ok(answer) => info(&answer).map(|info| Some(Answer::WebAcl(info))).ok_or_else(Failure::garbled),
        Err(failure) => failure.none_if(&["WAFNonexistentItemException"]),
    }
}

fn info(answer: &Value) -> Option<WebAclInfo> {
    let acl = answer.get("WebACL")?;
    let mut rules = Vec::new();
    for rule in list(acl, "Rules")? {
        let statement = only_key(rule.get("Statement")?)?;
        // A rule group is counted as a whole, or left as it is; other rules have an action.
        let action = match (rule.get("Action"), rule.get("OverrideAction")) {
            (Some(action), _) => Some(only_key(action)?),
            (None, Some(action)) => Some(only_key(action)?).filter(|name| name != "None"),
            (None, None) => return None,
        };
        rules.push(WebAclRule { name: rule.get("Name")?.as_str()?.to_owned(), action, statement });
    }
    // Firewall Manager puts its rule groups before and behind the owner's rules.
    for place in ["PreProcessFirewallManagerRuleGroups", "PostProcessFirewallManagerRuleGroups"] {
        for group in list(acl, place)? {
            let action = group.get("OverrideAction").and_then(only_key).filter(|name| name != "None");
            let statement = "FirewallManagerStatement".to_owned();
            rules.push(WebAclRule { name: group.get("Name")?.as_str()?.to_owned(), action, statement });
        }
    }
    Some(WebAclInfo {
        name: acl.get("Name")?.as_str()?.to_owned(),
        blocks_by_default: only_key(acl.get("DefaultAction")?)? == "Block",
        rules,
    })
}

/// The items of a list, which may be missing.
fn list<'v>(value: &'v Value, name: &str) -> Option<&'v [Value]> {
    match value.get(name) {
        None | Some(Value::Null) => Some(&[]),
        Some(items) => items.as_array().map(Vec::as_slice),
    }
}

/// The name of the one member of an object: `Block` of `{"Block": {}}`.
fn only_key(value: &Value) -> Option<String> {
    let members = value.as_object()?;
    members.iter().find(|member| !member.1.is_null()).map(|member| member.0.clone())
}
