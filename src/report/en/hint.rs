//! What the author of a statement most likely got wrong.

use super::{code, codes};
use crate::finding::Hint;

/// A sentence of its own.
#[expect(clippy::too_many_lines, reason = "an arm for each hint")]
pub(super) fn hint_line(hint: &Hint) -> String {
    match hint {
        Hint::SpaceInArn { written, meant } => {
            format!("The ARN {} has a space in it, so it matches nothing. Meant is {}.", code(written), code(meant))
        }
        Hint::EncodedInArn { written, meant } => {
            format!("ARNs have keys as they are: {} is not {}.", code(written), code(meant))
        }
        Hint::BucketKeyContext { written } => format!(
            "With an S3 Bucket Key, the encryption context is the bucket's ARN and not the object's, so {} matches nothing.",
            code(written)
        ),
        Hint::ObjectsMissing { written, meant } => {
            format!("{} is the bucket; the action is on its objects: {}.", code(written), code(meant))
        }
        Hint::BucketMissing { written, meant } => {
            format!("{} is objects; the action is on the bucket: {}.", code(written), code(meant))
        }
        Hint::NotAnArn { written, meant } => {
            format!("{} is no ARN, so it matches nothing. Meant is {}.", code(written), code(meant))
        }
        Hint::PlaceInArn { written, meant } => format!(
            "ARNs of buckets and objects have no Region and no account, so {} matches nothing. Meant is {}.",
            code(written),
            code(meant)
        ),
        Hint::PrincipalAtGateway { written } => format!(
            "In the policy of a gateway endpoint, `Principal` has to be `*`: what {} does there, AWS does not say. Write `*`, and limit it by `aws:PrincipalArn`.",
            code(written)
        ),
        Hint::OtherPartition { written, partition } => {
            format!("{} is of another partition; the resource is in {}.", code(written), code(partition))
        }
        Hint::ThroughAccessPoint { written, meant } => {
            format!("The request came through an access point, which has an ARN of its own: {} does not cover {}.", code(written), code(meant))
        }
        Hint::AliasInResource { written, meant } => format!(
            "{} names an alias, which counts only for changes of the alias itself. Name the key: {}; or use the condition key `kms:ResourceAliases`.",
            code(written),
            code(meant)
        ),
        Hint::LetterCase { written, actual } => {
            format!("{} and {} differ in letter case, which counts here.", code(written), code(actual))
        }
        Hint::NoVariables { written } => format!(
            "{} is plain text: the policy has no `Version`, or `2008-10-17`, and only `2012-10-17` has variables.",
            code(written)
        ),
        Hint::ActionMissing { action } => {
            format!("The statement is about this resource and lacks only the action {}.", code(action))
        }
        Hint::NoSuchAction { written, meant } => {
            format!("The action is called {}, and not {}.", code(meant), code(written))
        }
        Hint::CompanionMissing { has, action } => companion(has, action),
        Hint::DeletedPrincipal { id } => format!(
            "{} is what AWS keeps of a user or role that was deleted. One made again with the same name is not it: save the policy again with its ARN.",
            code(id)
        ),
        Hint::OneSession { written, role } => {
            format!("{} is one session; this is another session of the same role. Name the role: {}.", code(written), code(role))
        }
        Hint::PathMissing { written, meant } => {
            format!("{} lacks the path: the ARN is {}.", code(written), code(meant))
        }
        Hint::RootAlone { account } => format!(
            "In the policy of a gateway endpoint, account {} stands for its root user alone. Write `*`, and limit it by `aws:PrincipalAccount` or `aws:PrincipalArn`.",
            code(&account.to_string())
        ),
        Hint::WildcardInPrincipal { written } => format!(
            "A wildcard in a principal's ARN stands for itself, so {} names nobody. Name the account, and limit it by `ArnLike` on `aws:PrincipalArn`.",
            code(written)
        ),
        Hint::SessionInPrincipalArn { written, role } => format!(
            "`aws:PrincipalArn` of a session is its role's ARN, {}, so {} never matches.",
            code(role),
            code(written)
        ),
        Hint::SessionNameInUserId { written } => format!(
            "`aws:userid` of a session has the session's name behind the role's id: write {} with `StringLike`.",
            code(&format!("{written}:*"))
        ),
        Hint::WildcardInEquals { written, operator } => {
            format!("{} takes the wildcard in {} for itself. Meant is {}.", code(operator), code(written), code(&like(operator)))
        }
        Hint::SeveralValues { key } => format!(
            "The request has several values for {}, and the operator compares one: put `ForAnyValue:` or `ForAllValues:` before it.",
            code(key)
        ),
        Hint::NotAmong { key, values } => {
            format!("Every value of {} has to be among those of the statement, and {} is not.", code(key), codes(values))
        }
        Hint::KeyAbsent { key } => {
            format!("The request does not have the key {} at all, so the condition cannot hold.", code(key))
        }
        Hint::NoSuchKey { written, meant } => {
            format!("AWS knows no condition key {}. Meant is most likely {}.", code(written), code(meant))
        }
        Hint::IfExistsSparesNobody { operator, key } => format!(
            "{} does not spare requests without {}: the negated operator holds for them. To spare them, add `Null` {} `false`.",
            code(operator),
            code(key),
            code(key)
        ),
        Hint::HoldsForNothing { operator, key } => format!(
            "{} holds for a request without {}: there is no value that does not match. To spare such requests, add `Null` {} `false`.",
            code(operator),
            code(key),
            code(key)
        ),
        Hint::NoAddressThroughEndpoint => "Requests through a VPC endpoint have no `aws:SourceIp`, and a negated operator holds for what is not there. To let them in, add a condition on `aws:SourceVpce` or `aws:SourceVpc`.".to_owned(),
        Hint::LongTermKey => "Requests with long-term access keys never have the key, MFA device or not: only a session can have it.".to_owned(),
        Hint::DefaultIsNoHeader { header } => format!(
            "The bucket's default encryption does not put {} into the request: the condition looks at what the caller sends.",
            code(header)
        ),
        Hint::SessionNotListed => "`NotPrincipal` with Deny spares a role only if its session and its account are listed beside it. Better write `Principal` `*` with `ArnNotEquals` on `aws:PrincipalArn`.".to_owned(),
    }
}

/// Whether the statement has to be changed, whatever the caller does.
pub(super) fn is_mended_in_the_statement(hint: &Hint) -> bool {
    match hint {
        Hint::ActionMissing { .. }
        | Hint::CompanionMissing { .. }
        | Hint::KeyAbsent { .. }
        | Hint::NotAmong { .. }
        | Hint::IfExistsSparesNobody { .. }
        | Hint::NoAddressThroughEndpoint
        | Hint::LongTermKey
        | Hint::DefaultIsNoHeader { .. } => false,
        Hint::SpaceInArn { .. }
        | Hint::EncodedInArn { .. }
        | Hint::ObjectsMissing { .. }
        | Hint::BucketMissing { .. }
        | Hint::OtherPartition { .. }
        | Hint::DeletedPrincipal { .. }
        | Hint::NoSuchAction { .. }
        | Hint::ThroughAccessPoint { .. }
        | Hint::AliasInResource { .. }
        | Hint::LetterCase { .. }
        | Hint::NoVariables { .. }
        | Hint::OneSession { .. }
        | Hint::PathMissing { .. }
        | Hint::WildcardInPrincipal { .. }
        | Hint::RootAlone { .. }
        | Hint::PrincipalAtGateway { .. }
        | Hint::NotAnArn { .. }
        | Hint::PlaceInArn { .. }
        | Hint::SessionNameInUserId { .. }
        | Hint::WildcardInEquals { .. }
        | Hint::SeveralValues { .. }
        | Hint::BucketKeyContext { .. }
        | Hint::NoSuchKey { .. }
        | Hint::SessionInPrincipalArn { .. }
        | Hint::HoldsForNothing { .. }
        | Hint::SessionNotListed => true,
    }
}

/// Behind "no identity policy allows it:", in a few words. `None` where the hint adds little.
pub(super) fn short(hint: &Hint, statement: &str) -> Option<String> {
    let statement = code(statement);
    Some(match hint {
        Hint::SpaceInArn { .. } => format!("the ARN in {statement} has a space in it"),
        Hint::EncodedInArn { .. } => format!("the ARN in {statement} has `%20` for a space"),
        Hint::BucketKeyContext { .. } => {
            format!("{statement} wants an object's ARN as encryption context, and a Bucket Key has the bucket's")
        }
        Hint::ObjectsMissing { .. } => format!("{statement} names the bucket and not its objects"),
        Hint::BucketMissing { .. } => format!("{statement} names objects and not the bucket"),
        Hint::OtherPartition { .. } => format!("the ARN in {statement} is of another partition"),
        Hint::ThroughAccessPoint { .. } => format!("{statement} names the bucket and not the access point"),
        Hint::AliasInResource { .. } => format!("{statement} names an alias and not the key"),
        Hint::LetterCase { .. } => format!("a value in {statement} differs in letter case"),
        Hint::NoVariables { .. } => format!("{statement} has a variable, and its policy's version has none"),
        Hint::NoSuchAction { written, .. } => format!("{statement} calls it {}", code(written)),
        Hint::CompanionMissing { has, .. } => format!("{statement} allows only {}", code(has)),
        Hint::DeletedPrincipal { .. } => format!("{statement} names a principal that was deleted"),
        Hint::OneSession { .. } => format!("{statement} names another session of the role"),
        Hint::PathMissing { .. } => format!("the ARN in {statement} lacks its path"),
        Hint::PrincipalAtGateway { .. } => {
            format!("{statement} names a principal, and gateway endpoints take only `*`")
        }
        Hint::NotAnArn { .. } => format!("{statement} has no ARN"),
        Hint::PlaceInArn { .. } => format!("the ARN in {statement} has a Region or an account"),
        Hint::RootAlone { .. } => format!("{statement} names the account, which there is its root user alone"),
        Hint::WildcardInPrincipal { .. } => format!("{statement} has a wildcard in its principal"),
        Hint::SessionInPrincipalArn { .. } => format!("{statement} compares a session with the role"),
        Hint::SessionNameInUserId { .. } => format!("{statement} leaves out the session's name"),
        Hint::WildcardInEquals { operator, .. } => format!("{statement} has a wildcard under {}", code(operator)),
        Hint::NoSuchKey { written, .. } => format!("{statement} asks for {}, which is no condition key", code(written)),
        Hint::KeyAbsent { key } => format!("{statement} asks for {}, which the request lacks", code(key)),
        Hint::NotAmong { key, .. } => format!("{statement} takes other values of {} only", code(key)),
        Hint::SeveralValues { key } => format!("{statement} compares {} as if it had one value", code(key)),
        Hint::ActionMissing { .. }
        | Hint::IfExistsSparesNobody { .. }
        | Hint::HoldsForNothing { .. }
        | Hint::NoAddressThroughEndpoint
        | Hint::LongTermKey
        | Hint::DefaultIsNoHeader { .. }
        | Hint::SessionNotListed => return None,
    })
}

/// `StringLike` for `StringEquals`, with what stands before and behind it.
fn like(operator: &str) -> String {
    operator.replace("IgnoreCase", "").replace("NotEquals", "NotLike").replace("Equals", "Like")
}

/// Why a call takes one more action than the one with its name.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
fn companion(has: &str, action: &str) -> String {
    const WHY: &[(&str, &str)] = &[
        ("s3:PutObjectAcl", "an upload with an ACL header takes"),
        ("s3:PutObjectTagging", "an upload with tags takes"),
        ("s3:PutObjectRetention", "an upload with a retention takes"),
        ("s3:PutObjectLegalHold", "an upload with a legal hold takes"),
        ("s3:BypassGovernanceRetention", "passing over a lock in governance mode takes"),
        ("s3:ListBucketVersions", "listing versions takes"),
        ("kms:GenerateDataKey", "S3 encrypts an object with"),
        ("kms:Decrypt", "S3 decrypts an object, or completes an upload in parts, with"),
    ];
    let why = WHY.iter().find(|row| row.0 == action).map(|row| row.1);
    let (why, how) = match why {
        Some(why) => (why, "as well"),
        None if action.contains("Version") => ("a request that names a version takes", "instead"),
        None => ("the call takes", "as well"),
    };
    format!("The statement allows {}; {why} {} {how}.", code(has), code(action))
}
