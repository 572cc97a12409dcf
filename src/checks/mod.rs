//! The checks: one file per diagnosis, and the table of them.

mod acl_no_grant;
mod block_public_access;
mod identity_policy_explicit_deny;
mod identity_policy_no_allow;
mod object_missing;
mod object_owned_by_other_account;
mod permissions_boundary_explicit_deny;
mod permissions_boundary_no_allow;
mod policy_layer;
mod rcp_explicit_deny;
mod resource_policy_explicit_deny;
mod resource_policy_no_allow;
mod scp_explicit_deny;
mod scp_no_allow;
mod session_policy_explicit_deny;
mod session_policy_no_allow;
mod unexplained;
mod vpc_endpoint_policy_explicit_deny;
mod vpc_endpoint_policy_no_allow;

use crate::diagnosis::Diagnosis;
use crate::finding::Finding;

/// One diagnosis.
#[derive(Debug)]
pub struct Check {
    /// The cause code.
    pub code: &'static str,
    /// Looks for it.
    pub run: fn(&Diagnosis<'_>) -> Vec<Finding>,
}

/// Every check. The order is the order in which to fix: what denies outright before what does not allow, and what
/// one team can change before what takes another.
pub const CHECKS: &[Check] = &[
    Check { code: "identity-policy-explicit-deny", run: identity_policy_explicit_deny::check },
    Check { code: "resource-policy-explicit-deny", run: resource_policy_explicit_deny::check },
    Check { code: "permissions-boundary-explicit-deny", run: permissions_boundary_explicit_deny::check },
    Check { code: "session-policy-explicit-deny", run: session_policy_explicit_deny::check },
    Check { code: "vpc-endpoint-policy-explicit-deny", run: vpc_endpoint_policy_explicit_deny::check },
    Check { code: "scp-explicit-deny", run: scp_explicit_deny::check },
    Check { code: "rcp-explicit-deny", run: rcp_explicit_deny::check },
    Check { code: "block-public-access", run: block_public_access::check },
    Check { code: "identity-policy-no-allow", run: identity_policy_no_allow::check },
    Check { code: "resource-policy-no-allow", run: resource_policy_no_allow::check },
    Check { code: "object-owned-by-other-account", run: object_owned_by_other_account::check },
    Check { code: "acl-no-grant", run: acl_no_grant::check },
    Check { code: "permissions-boundary-no-allow", run: permissions_boundary_no_allow::check },
    Check { code: "session-policy-no-allow", run: session_policy_no_allow::check },
    Check { code: "vpc-endpoint-policy-no-allow", run: vpc_endpoint_policy_no_allow::check },
    Check { code: "scp-no-allow", run: scp_no_allow::check },
    Check { code: "object-missing", run: object_missing::check },
];

/// Runs every check. The surest findings come first, and of equally sure ones the first of the table. If nothing is
/// found, one finding says so, unless what denied the call has changed since.
#[must_use]
pub fn run(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(|check| (check.run)(diagnosis)).collect();
    findings.sort_by_key(|finding| finding.confidence);
    if findings.is_empty() {
        findings.extend(unexplained::check(diagnosis));
    }
    findings
}
