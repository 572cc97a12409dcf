//! Which error codes are denials.

/// What an error code of a CloudTrail record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// A policy or a setting forbids the request.
    Authorization,
    /// The account or bucket is suspended, or a bill is open.
    Account,
    /// The object is archived or locked, or ACLs are off.
    ObjectState,
    /// The KMS key cannot be used.
    KeyState,
    /// AWS does not know or no longer accepts the credentials.
    Credentials,
    /// The service or Region is not enabled for the account.
    NotEnabled,
    /// Too many requests. No denial.
    Throttling,
}

/// Codes that mean the same in every service, or that are S3's or KMS's own.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
pub const CODES: &[(&str, Category)] = &[
    ("VpceAccessDenied", Category::Authorization),
    ("AuthorizationError", Category::Authorization),
    ("AuthorizationErrorException", Category::Authorization),
    ("AuthFailure", Category::Authorization),
    ("Forbidden", Category::Authorization),
    ("ForbiddenException", Category::Authorization),
    ("NotAuthorized", Category::Authorization),
    ("NotAuthorizedException", Category::Authorization),
    ("UnauthorizedException", Category::Authorization),
    ("UnauthorizedAccessError", Category::Authorization),
    ("UnexpectedIPError", Category::Authorization),
    ("AllAccessDisabled", Category::Account),
    ("AccountProblem", Category::Account),
    ("InvalidPayer", Category::Account),
    ("NotSignedUp", Category::Account),
    ("AccessControlListNotSupported", Category::ObjectState),
    ("InvalidBucketAclWithObjectOwnership", Category::ObjectState),
    ("InvalidObjectState", Category::ObjectState),
    ("CrossLocationLoggingProhibited", Category::ObjectState),
    ("KMS.DisabledException", Category::KeyState),
    ("KMS.KMSInvalidStateException", Category::KeyState),
    ("KMS.NotFoundException", Category::KeyState),
    ("DisabledException", Category::KeyState),
    ("KMSInvalidStateException", Category::KeyState),
    ("IncorrectKeyException", Category::KeyState),
    ("InvalidKeyUsageException", Category::KeyState),
    ("MissingAuthenticationToken", Category::Credentials),
    ("InvalidSecurity", Category::Credentials),
    ("InvalidAccessKeyId", Category::Credentials),
    ("SignatureDoesNotMatch", Category::Credentials),
    ("RequestTimeTooSkewed", Category::Credentials),
    ("InvalidToken", Category::Credentials),
    ("ExpiredToken", Category::Credentials),
    ("ExpiredTokenException", Category::Credentials),
    ("InvalidClientTokenId", Category::Credentials),
    ("UnrecognizedClientException", Category::Credentials),
    ("IncompleteSignature", Category::Credentials),
    ("OptInRequired", Category::NotEnabled),
    ("SubscriptionRequiredException", Category::NotEnabled),
    ("RegionDisabledException", Category::NotEnabled),
    ("RequestLimitExceeded", Category::Throttling),
    ("SlowDown", Category::Throttling),
    ("TooManyRequestsException", Category::Throttling),
    ("ProvisionedThroughputExceededException", Category::Throttling),
];

/// What `code` says; `None` for an error that is no denial of any kind. EC2 writes `Client.` before its codes.
#[must_use]
pub fn category(code: &str) -> Option<Category> {
    let code = code.strip_prefix("Client.").unwrap_or(code);
    if code.starts_with("AccessDenied") || code.ends_with("UnauthorizedOperation") {
        return Some(Category::Authorization);
    }
    if code.contains("Throttl") {
        return Some(Category::Throttling);
    }
    CODES.iter().find(|(known, _)| *known == code).map(|row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denials_are_told_from_other_errors() {
        for code in [
            "AccessDenied",
            "AccessDeniedException",
            "AccessDeniedFault",
            "Client.UnauthorizedOperation",
            "VpceAccessDenied",
        ] {
            assert_eq!(category(code), Some(Category::Authorization), "{code}");
        }
        for code in ["Client.RequestLimitExceeded", "ThrottlingException", "Throttling", "SlowDown"] {
            assert_eq!(category(code), Some(Category::Throttling), "{code}");
        }
        for code in ["NoSuchKey", "ValidationException", "NotFoundException", ""] {
            assert_eq!(category(code), None, "{code}");
        }
    }
}
