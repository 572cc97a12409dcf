//! The checks: one file per diagnosis, and the table of them.

mod access_disabled;
mod access_grant_missing;
mod access_point_not_delegated;
mod access_point_policy_explicit_deny;
mod access_point_policy_no_allow;
mod access_point_vpc_only;
mod acl_no_grant;
mod acl_not_supported;
mod block_public_access;
mod bucket_owner_mismatch;
mod changed_since;
mod clock_skew;
mod cloudfront_alias;
mod cloudfront_geo_restriction;
mod cloudfront_origin_access;
mod cloudfront_signed_url;
mod credential_fault;
mod customer_key_blocked;
mod expired_credentials;
mod identity_policy_explicit_deny;
mod identity_policy_no_allow;
mod kms_aws_managed_key_cross_account;
mod kms_identity_policy_explicit_deny;
mod kms_identity_policy_no_allow;
mod kms_key_policy_explicit_deny;
mod kms_key_policy_no_allow;
mod kms_key_unusable;
mod kms_operation_cross_account;
mod mfa_delete;
mod near_miss;
mod not_served;
mod object_archived;
mod object_locked;
mod object_missing;
mod object_owned_by_other_account;
mod permissions_boundary_explicit_deny;
mod permissions_boundary_no_allow;
mod policy_layer;
mod rcp_explicit_deny;
mod region_not_enabled;
mod requester_pays;
mod resource_policy_explicit_deny;
mod resource_policy_no_allow;
mod root_cannot_assume_role;
mod scp_explicit_deny;
mod scp_no_allow;
mod service_not_enabled;
mod session_policy_explicit_deny;
mod session_policy_no_allow;
mod signature_mismatch;
mod trap;
mod trust_policy_explicit_deny;
mod trust_policy_no_allow;
mod unexplained;
mod unknown_access_key;
mod viewer;
mod vpc_endpoint_policy_explicit_deny;
mod vpc_endpoint_policy_no_allow;
mod waf_block;

use crate::diagnosis::{Assessed, Diagnosis};
use crate::event::Category;
use crate::finding::{Cause, Confidence, Denying, Finding};
use crate::request::Origin;

/// One diagnosis.
#[derive(Debug)]
pub struct Check {
    /// The cause code.
    pub code: &'static str,
    /// Looks for it.
    pub run: fn(&Diagnosis<'_>) -> Vec<Finding>,
    /// The source of the check, whose head is its manual page.
    source: &'static str,
}

impl Check {
    /// What denies, in one line: the first of the manual page.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.manual().next().and_then(|line| line.strip_prefix("# ")).unwrap_or(self.code)
    }

    /// The manual page: what the cause means, how we know, and what to do; Markdown.
    pub fn manual(&self) -> impl Iterator<Item = &'static str> {
        self.source
            .lines()
            .map_while(|line| line.strip_prefix("//!"))
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
    }
}

/// A row of [`CHECKS`]: the code, and the file.
macro_rules! check {
    ($code:literal, $file:ident) => {
        Check { code: $code, run: $file::check, source: include_str!(concat!(stringify!($file), ".rs")) }
    };
}

/// Every check. The order is the order in which to fix: what denies outright before what does not allow, and what
/// one team can change before what takes another.
pub const CHECKS: &[Check] = &[
    check!("expired-credentials", expired_credentials),
    check!("unknown-access-key", unknown_access_key),
    check!("signature-mismatch", signature_mismatch),
    check!("clock-skew", clock_skew),
    check!("region-not-enabled", region_not_enabled),
    check!("service-not-enabled", service_not_enabled),
    check!("access-disabled", access_disabled),
    check!("cloudfront-alias", cloudfront_alias),
    check!("cloudfront-geo-restriction", cloudfront_geo_restriction),
    check!("cloudfront-signed-url", cloudfront_signed_url),
    check!("waf-block", waf_block),
    check!("root-cannot-assume-role", root_cannot_assume_role),
    check!("identity-policy-explicit-deny", identity_policy_explicit_deny),
    check!("kms-identity-policy-explicit-deny", kms_identity_policy_explicit_deny),
    check!("resource-policy-explicit-deny", resource_policy_explicit_deny),
    check!("access-point-policy-explicit-deny", access_point_policy_explicit_deny),
    check!("kms-key-policy-explicit-deny", kms_key_policy_explicit_deny),
    check!("trust-policy-explicit-deny", trust_policy_explicit_deny),
    check!("permissions-boundary-explicit-deny", permissions_boundary_explicit_deny),
    check!("session-policy-explicit-deny", session_policy_explicit_deny),
    check!("vpc-endpoint-policy-explicit-deny", vpc_endpoint_policy_explicit_deny),
    check!("scp-explicit-deny", scp_explicit_deny),
    check!("rcp-explicit-deny", rcp_explicit_deny),
    check!("block-public-access", block_public_access),
    check!("requester-pays", requester_pays),
    check!("bucket-owner-mismatch", bucket_owner_mismatch),
    check!("access-point-vpc-only", access_point_vpc_only),
    check!("access-grant-missing", access_grant_missing),
    check!("object-archived", object_archived),
    check!("object-locked", object_locked),
    check!("mfa-delete", mfa_delete),
    check!("customer-key-blocked", customer_key_blocked),
    check!("acl-not-supported", acl_not_supported),
    check!("identity-policy-no-allow", identity_policy_no_allow),
    check!("resource-policy-no-allow", resource_policy_no_allow),
    check!("cloudfront-origin-access", cloudfront_origin_access),
    check!("access-point-policy-no-allow", access_point_policy_no_allow),
    check!("access-point-not-delegated", access_point_not_delegated),
    check!("trust-policy-no-allow", trust_policy_no_allow),
    check!("object-owned-by-other-account", object_owned_by_other_account),
    check!("acl-no-grant", acl_no_grant),
    check!("permissions-boundary-no-allow", permissions_boundary_no_allow),
    check!("session-policy-no-allow", session_policy_no_allow),
    check!("vpc-endpoint-policy-no-allow", vpc_endpoint_policy_no_allow),
    check!("scp-no-allow", scp_no_allow),
    check!("kms-key-unusable", kms_key_unusable),
    check!("kms-aws-managed-key-cross-account", kms_aws_managed_key_cross_account),
    check!("kms-operation-cross-account", kms_operation_cross_account),
    check!("kms-key-policy-no-allow", kms_key_policy_no_allow),
    check!("kms-identity-policy-no-allow", kms_identity_policy_no_allow),
    check!("object-missing", object_missing),
    check!("changed-since", changed_since),
    check!("unexplained", unexplained),
];

/// Runs every check. The surest findings come first, and of equally sure ones the first of the table. If nothing is
/// found, one finding says so, unless what denied the call has changed since.
#[must_use]
pub fn run(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for check in CHECKS {
        // The last of the table speaks only where no other does.
        if check.code != LAST {
            findings.extend((check.run)(diagnosis));
            continue;
        }
        for finding in &mut findings {
            let assumed = |assessed: &Assessed<'_>| assessed.request.origin == Origin::Encryption { assumed: true };
            if diagnosis.requests.get(finding.request).is_some_and(assumed) {
                finding.confidence = finding.confidence.max(Confidence::Possible);
            }
        }
        findings.retain(|finding| finding.confidence != Confidence::Possible || !speaks_against(diagnosis, finding));
        if findings.is_empty() {
            findings.extend((check.run)(diagnosis));
        }
    }
    findings.sort_by_key(|finding| finding.confidence);
    once_each(findings)
}

/// What one statement does to several authorizations of a call is told once: that it denies them, or that a mistake in
/// it keeps it from allowing them.
fn once_each(findings: Vec<Finding>) -> Vec<Finding> {
    let mut told: Vec<Cause> = Vec::new();
    let mut kept = findings;
    kept.retain(|finding| {
        let new = !told.iter().any(|cause| is_same_statement(cause, &finding.cause));
        told.push(finding.cause.clone());
        new
    });
    kept
}

fn is_same_statement(one: &Cause, other: &Cause) -> bool {
    match (one, other) {
        (
            Cause::ExplicitDeny { layer: a, statements: ours, .. },
            Cause::ExplicitDeny { layer: b, statements: theirs, .. },
        ) => {
            let names = |list: &[Denying]| {
                list.iter().map(|statement| (statement.policy.clone(), statement.statement.clone())).collect::<Vec<_>>()
            };
            a == b && !ours.is_empty() && names(ours) == names(theirs)
        }
        (Cause::NoAllow { layer: a, near: Some(ours), .. }, Cause::NoAllow { layer: b, near: Some(theirs), .. }) => {
            let mistake = ours.hint.as_ref().is_some_and(near_miss::names_a_mistake);
            let same = ours.policy == theirs.policy && ours.statement == theirs.statement && ours.hint == theirs.hint;
            a == b && mistake && same
        }
        _ => false,
    }
}

/// The code of the check that says that nothing was found.
const LAST: &str = "unexplained";

/// Whether AWS's own words speak against a finding that is only possible: the error code is not about permissions, or
/// S3 was already through with its own policies when the key refused.
fn speaks_against(diagnosis: &Diagnosis<'_>, finding: &Finding) -> bool {
    let of_key = |index: usize| {
        let origin = diagnosis.requests.get(index).map(|assessed| assessed.request.origin);
        matches!(origin, Some(Origin::Encryption { .. }))
    };
    diagnosis.denial.category != Category::Authorization
        || (diagnosis.denial.message.reason.is_some() && of_key(0) && !of_key(finding.request))
}
