//! Requests that some policies do not reach, and one that no policy lets through, whatever they say.

use super::super::layer::Outcome;
use super::super::principal::Named;
use crate::layer::Layer;
use crate::request::{PrincipalKind, Request};
use crate::truth::Truth;

/// What the root user of a bucket's account may do whatever the bucket's policy says.
const ON_BUCKET_POLICY: &[&str] = &["s3:getbucketpolicy", "s3:putbucketpolicy", "s3:deletebucketpolicy"];

/// What a layer says of the request, as far as it counts.
pub(in super::super) fn exempt(request: &Request, layer: Layer, outcome: Outcome) -> Outcome {
    if layer == Layer::ResourcePolicy {
        return Outcome { deny: outcome.deny.and(!unlocks_bucket(request)), ..outcome };
    }
    if request.action.folded() != "sts:getcalleridentity" {
        return outcome;
    }
    // "No permissions are required", and a policy of the identity that denies it does not:
    // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    if layer == Layer::IdentityPolicy {
        return Outcome::PASS;
    }
    // What the policies of others do, the page does not say. An endpoint's is the network's, and counts.
    if layer == Layer::VpcEndpointPolicy {
        return outcome;
    }
    let allow = if outcome.allow.any() == Truth::True { outcome.allow } else { Named::UNKNOWN };
    Outcome { deny: outcome.deny.and(Truth::Unknown), allow }
}

/// Whether the root user of the bucket's account reads, puts or deletes the bucket's policy: it can, "even if their
/// bucket policy explicitly denies the root principal's access". Only endpoints' and organizations' policies deny it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>
fn unlocks_bucket(request: &Request) -> Truth {
    if request.principal.kind != PrincipalKind::Root || !ON_BUCKET_POLICY.contains(&request.action.folded()) {
        return Truth::False;
    }
    request.same_account().map_or(Truth::Unknown, Truth::from)
}

/// Whether the root user wants to take a role: "You cannot use AWS account root user credentials to call `AssumeRole`".
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
#[must_use]
pub fn is_root_taking_a_role(request: &Request) -> bool {
    request.principal.kind == PrincipalKind::Root && request.action.folded() == "sts:assumerole"
}
