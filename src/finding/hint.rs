//! What the author of a statement most likely got wrong.

use crate::arn::AccountId;

/// A common mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// The ARN has a space in it.
    SpaceInArn {
        /// The ARN as written.
        written: String,
        /// Without the space.
        meant: String,
    },
    /// The ARN has `%20` where the key has a space.
    EncodedInArn {
        /// The ARN as written.
        written: String,
        /// With the space.
        meant: String,
    },
    /// What should be an ARN is only its end.
    NotAnArn {
        /// As written.
        written: String,
        /// The ARN.
        meant: String,
    },
    /// The ARN of a bucket or an object has a Region or an account.
    PlaceInArn {
        /// The ARN as written.
        written: String,
        /// Without them.
        meant: String,
    },
    /// The ARN names the bucket, and the action is on its objects.
    ObjectsMissing {
        /// The ARN as written.
        written: String,
        /// With `/*`.
        meant: String,
    },
    /// The ARN names objects, and the action is on the bucket.
    BucketMissing {
        /// The ARN as written.
        written: String,
        /// Without the objects.
        meant: String,
    },
    /// The ARN is of another partition.
    OtherPartition {
        /// The ARN as written.
        written: String,
        /// The right partition.
        partition: String,
    },
    /// The statement allows this resource, but not this action.
    ActionMissing {
        /// The action to add.
        action: String,
    },
    /// The statement names a user or role that was deleted, and made again with the same name.
    DeletedPrincipal {
        /// What is left of it.
        id: String,
    },
    /// The condition's key is not in the request at all.
    KeyAbsent {
        /// The key.
        key: String,
    },
    /// The statement names an action that AWS does not have.
    NoSuchAction {
        /// The action as written.
        written: String,
        /// The action that was most likely meant.
        meant: String,
    },
    /// The statement allows the call's own action, and the call takes another one as well.
    CompanionMissing {
        /// The action that the statement allows.
        has: String,
        /// The action to add.
        action: String,
    },
    /// The ARN names the bucket, and the request came through an access point, which has an ARN of its own.
    ThroughAccessPoint {
        /// The ARN as written.
        written: String,
        /// The ARN of the request.
        meant: String,
    },
    /// The ARN is that of an alias of a key: requests to use a key have the key's own.
    AliasInResource {
        /// The ARN as written.
        written: String,
        /// The key's.
        meant: String,
    },
    /// The text differs from the request's in letter case alone.
    LetterCase {
        /// As written.
        written: String,
        /// What the request has.
        actual: String,
    },
    /// A policy of version 2008-10-17 has no variables: the text stands for itself.
    NoVariables {
        /// The text as written.
        written: String,
    },
    /// The statement names one session, and the request has another session of the same role.
    OneSession {
        /// The session's ARN as written.
        written: String,
        /// The role's ARN.
        role: String,
    },
    /// The ARN lacks the path of the user or role.
    PathMissing {
        /// The ARN as written.
        written: String,
        /// With the path.
        meant: String,
    },
    /// In the policy of a gateway endpoint, an account stands for its root user alone.
    RootAlone {
        /// The account.
        account: AccountId,
    },
    /// The policy of a gateway endpoint takes no principal but `*`.
    PrincipalAtGateway {
        /// The ARN as written.
        written: String,
    },
    /// A wildcard in a principal's ARN stands for itself.
    WildcardInPrincipal {
        /// The ARN as written.
        written: String,
    },
    /// `aws:userid` of a session has the session's name behind the role's id.
    SessionNameInUserId {
        /// The value as written.
        written: String,
    },
    /// `StringEquals` and its like take wildcards for themselves.
    WildcardInEquals {
        /// The value as written.
        written: String,
        /// The operator as written.
        operator: String,
    },
    /// The key has several values, and the operator compares one.
    SeveralValues {
        /// The key.
        key: String,
    },
    /// `ForAllValues`: some values of the request are not among those of the statement.
    NotAmong {
        /// The key.
        key: String,
        /// The values that are not.
        values: Vec<String>,
    },
    /// With an S3 Bucket Key, the encryption context is the bucket's ARN and not the object's.
    BucketKeyContext {
        /// The value as written.
        written: String,
    },
    /// No request has a condition key of that name.
    NoSuchKey {
        /// The key as written.
        written: String,
        /// The key that was most likely meant.
        meant: String,
    },
    /// `aws:PrincipalArn` of a session is its role's ARN.
    SessionInPrincipalArn {
        /// The session's ARN as written.
        written: String,
        /// The role's ARN.
        role: String,
    },
    /// `…IfExists` does not spare requests without the key: a negated operator holds for them as it is.
    IfExistsSparesNobody {
        /// The operator as written.
        operator: String,
        /// The key.
        key: String,
    },
    /// `ForAllValues` holds, or may hold, for requests without the key.
    HoldsForNothing {
        /// The operator as written.
        operator: String,
        /// The key.
        key: String,
    },
    /// Requests through a VPC endpoint have no `aws:SourceIp`.
    NoAddressThroughEndpoint,
    /// Long-term access keys never carry MFA.
    LongTermKey,
    /// The bucket's default encryption does not set the request's header.
    DefaultIsNoHeader {
        /// The header.
        header: String,
    },
    /// `NotPrincipal` with Deny spares a role only if its session and its account are listed as well.
    SessionNotListed,
}
