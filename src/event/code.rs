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

/// Codes that mean the same in every service, or that only one service has.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>,
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>
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
    ("UnauthorizedResourceAccessException", Category::Authorization),
    ("InsufficientPrivilegesException", Category::Authorization),
    ("OrganizationAccessDeniedException", Category::Authorization),
    ("KMSAccessDeniedException", Category::Authorization),
    ("StsNotAuthorizedError", Category::Authorization),
    ("UnauthorizedAccessError", Category::Authorization),
    ("UnexpectedIPError", Category::Authorization),
    ("AllAccessDisabled", Category::Account),
    ("AccountProblem", Category::Account),
    ("InvalidPayer", Category::Account),
    ("NotSignedUp", Category::Account),
    ("AccessControlListNotSupported", Category::ObjectState),
    ("InvalidBucketAclWithObjectOwnership", Category::ObjectState),
    ("InvalidBucketState", Category::ObjectState),
    ("InvalidObjectState", Category::ObjectState),
    ("CrossLocationLoggingProhibited", Category::ObjectState),
    ("KMS.DisabledException", Category::KeyState),
    ("KMS.InvalidKeyUsageException", Category::KeyState),
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
    ("InvalidSignature", Category::Credentials),
    ("InvalidSignatureException", Category::Credentials),
    ("RequestExpired", Category::Credentials),
    ("TokenRefreshRequired", Category::Credentials),
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

/// Codes that mean something else in other services, with the service.
///
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html>: the key is not there, or is in another Region.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>: the account has not opted in to the Region.
const OF_SERVICES: &[(&str, &str, Category)] = &[
    ("kms.amazonaws.com", "NotFoundException", Category::KeyState),
    ("s3.amazonaws.com", "InvalidRegion", Category::NotEnabled),
];

/// What `code` of a service, `kms.amazonaws.com` for example, says; `None` for an error that is no denial of any kind.
/// EC2 writes `Client.` before its codes.
#[must_use]
pub fn category(service: &str, code: &str) -> Option<Category> {
    let code = code.strip_prefix("Client.").unwrap_or(code);
    if code.starts_with("AccessDenied") || code.ends_with("UnauthorizedOperation") {
        return Some(Category::Authorization);
    }
    if code.contains("Throttl") {
        return Some(Category::Throttling);
    }
    let of_service = OF_SERVICES.iter().find(|row| row.0 == service && row.1 == code).map(|row| row.2);
    of_service.or_else(|| CODES.iter().find(|(known, _)| *known == code).map(|row| row.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code that AWS documents, by what it means.
    const DOCUMENTED: &[(Category, &[&str])] = &[
        (
            Category::Authorization,
            &[
                "AccessDenied",
                "AccessDeniedException",
                "AccessDeniedFault",
                "AuthFailure",
                "AuthorizationError",
                "AuthorizationErrorException",
                "Client.AuthFailure",
                "Client.UnauthorizedOperation",
                "Forbidden",
                "ForbiddenException",
                "InsufficientPrivilegesException",
                "KMSAccessDeniedException",
                "NotAuthorized",
                "NotAuthorizedException",
                "OrganizationAccessDeniedException",
                "StsNotAuthorizedError",
                "UnauthorizedAccessError",
                "UnauthorizedException",
                "UnauthorizedOperation",
                "UnauthorizedResourceAccessException",
                "UnexpectedIPError",
                "VpceAccessDenied",
            ],
        ),
        (Category::Account, &["AccountProblem", "AllAccessDisabled", "InvalidPayer", "NotSignedUp"]),
        (
            Category::ObjectState,
            &[
                "AccessControlListNotSupported",
                "CrossLocationLoggingProhibited",
                "InvalidBucketAclWithObjectOwnership",
                "InvalidBucketState",
                "InvalidObjectState",
            ],
        ),
        (
            Category::KeyState,
            &[
                "DisabledException",
                "IncorrectKeyException",
                "InvalidKeyUsageException",
                "KMS.DisabledException",
                "KMS.InvalidKeyUsageException",
                "KMS.KMSInvalidStateException",
                "KMS.NotFoundException",
                "KMSInvalidStateException",
            ],
        ),
        (
            Category::Credentials,
            &[
                "ExpiredToken",
                "ExpiredTokenException",
                "IncompleteSignature",
                "InvalidAccessKeyId",
                "InvalidClientTokenId",
                "InvalidSecurity",
                "InvalidToken",
                "MissingAuthenticationToken",
                "RequestTimeTooSkewed",
                "SignatureDoesNotMatch",
                "UnrecognizedClientException",
            ],
        ),
        (Category::NotEnabled, &["OptInRequired", "RegionDisabledException", "SubscriptionRequiredException"]),
        (
            Category::Throttling,
            &[
                "Client.RequestLimitExceeded",
                "RequestLimitExceeded",
                "SlowDown",
                "Throttling",
                "ThrottlingException",
                "TooManyRequestsException",
            ],
        ),
    ];

    #[test]
    fn denials_are_told_from_other_errors() {
        for (expect, codes) in DOCUMENTED {
            for code in *codes {
                assert_eq!(category("lambda.amazonaws.com", code), Some(*expect), "{code}");
            }
        }
        for code in ["NoSuchKey", "ValidationException", "NotFoundException", "InvalidRegion", ""] {
            assert_eq!(category("lambda.amazonaws.com", code), None, "{code}");
        }
    }

    #[test]
    fn some_codes_are_denials_in_one_service_only() {
        assert_eq!(category("kms.amazonaws.com", "NotFoundException"), Some(Category::KeyState));
        assert_eq!(category("s3.amazonaws.com", "InvalidRegion"), Some(Category::NotEnabled));
        assert_eq!(category("kms.amazonaws.com", "InvalidRegion"), None);
    }
}
