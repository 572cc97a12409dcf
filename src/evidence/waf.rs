//! What WAF says of a web ACL.

use serde::{Deserialize, Serialize};

/// A web ACL.
///
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_WebACL.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebAclInfo {
    /// Its name.
    pub name: String,
    /// What no rule ends is blocked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocks_by_default: bool,
    /// Its rules.
    #[serde(default)]
    pub rules: Vec<WebAclRule>,
}

/// A rule of a web ACL.
///
/// <https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebAclRule {
    /// Its name.
    pub name: String,
    /// What it does: `Block`, `Count`, `Allow`, `Captcha` or `Challenge`; of a rule group, `Count` where all of its rules
    /// only count, and `None` where they act as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What it looks at: the name of its statement, such as `GeoMatchStatement`.
    pub statement: String,
}

impl WebAclRule {
    /// Whether it may block.
    #[must_use]
    pub fn may_block(&self) -> bool {
        self.action.as_deref().is_none_or(|action| action == "Block")
    }
}

impl WebAclInfo {
    /// Whether anything in it may block. Firewall Manager's own rules are not among those that are known.
    #[must_use]
    pub fn may_block(&self) -> bool {
        self.blocks_by_default || self.rules.iter().any(WebAclRule::may_block)
    }
}
