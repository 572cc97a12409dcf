//! What went wrong with a call, in our words. "There is none" and "we were not told" never become the same thing here.

use std::borrow::Cow;
use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::evidence::{Answer, Why};
use crate::ports::NotifyError;

/// Codes of a refusal. Those of bad or expired credentials are not among them: no grant would help.
const DENIED: &[&str] = &[
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "AuthorizationErrorException",
    "UnauthorizedOperation",
];

/// Codes of bad or expired credentials; most of them come as 403.
const CREDENTIALS: &[&str] = &[
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "InvalidSignatureException",
    "InvalidToken",
    "MissingAuthenticationToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
    "UnrecognizedClientException",
];

/// Codes that ask to slow down.
///
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
const THROTTLED: &[&str] = &[
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "KMSThrottling",
    "KMSThrottlingException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// What a service file makes of a question: an answer, `None` for "there is none", or a failure.
pub(super) type Outcome = Result<Option<Answer>, Failure>;

/// A call that gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// The service's error code.
    code: Option<String>,
    /// The HTTP status, if there was a response.
    status: Option<u16>,
    /// The same for the report.
    why: Why,
    /// The Region that S3 names as the bucket's.
    bucket_region: Option<String>,
}

impl Failure {
    /// A failure that we found ourselves.
    pub(super) fn new(why: Why) -> Self {
        Self { code: None, status: None, why, bucket_region: None }
    }

    /// The answer was not what the service documents.
    pub(super) fn garbled() -> Self {
        Self::new(Why::Garbled)
    }

    /// An error response.
    pub(super) fn of_response(code: Option<&str>, status: u16) -> Self {
        let code = code.map(|code| code.chars().filter(|c| !c.is_control()).take(100).collect::<String>());
        let why = match code.as_deref() {
            Some(code) if DENIED.contains(&code) => Why::AccessDenied,
            Some(code) if THROTTLED.contains(&code) => Why::Throttled,
            Some("RequestTimeout" | "RequestTimeoutException" | "DependencyTimeoutException") => Why::Timeout,
            Some(code) if CREDENTIALS.contains(&code) => Why::BadCredentials(code.to_owned()),
            // A response of success that the SDK could not read.
            None if (200..300).contains(&status) => Why::Garbled,
            Some(_) | None if status == 403 => Why::AccessDenied,
            Some(_) | None if matches!(status, 429 | 503) => Why::Throttled,
            Some(_) | None if matches!(status, 408 | 504) => Why::Timeout,
            Some(code) => Why::Failed(code.to_owned()),
            None => Why::Failed(format!("HTTP {status}")),
        };
        Self { code, status: Some(status), why, bucket_region: None }
    }

    /// Why, for the report.
    pub(super) fn why(&self) -> &Why {
        &self.why
    }

    /// The Region that S3 names as the bucket's.
    pub(super) fn bucket_region(&self) -> Option<&str> {
        self.bucket_region.as_deref()
    }

    /// Whether the service answered with this code.
    pub(super) fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// "There is none" for the codes that say so for this call; the failure for all others.
    pub(super) fn none_if(self, codes: &[&str]) -> Outcome {
        match &self.code {
            Some(code) if codes.contains(&code.as_str()) => Ok(None),
            Some(_) | None => Err(self),
        }
    }

    /// Whether the same call may work a little later.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self.why, Why::Throttled | Why::Timeout | Why::Garbled)
            || self.status.is_none()
            || self.status.is_some_and(|status| status >= 500)
            || self.is_of_credentials()
    }

    /// Whether the service did not take the credentials.
    pub(super) fn is_of_credentials(&self) -> bool {
        self.code.as_deref().is_some_and(|code| CREDENTIALS.contains(&code))
    }

    /// The same for a line of the log.
    pub(super) fn in_words(&self) -> Cow<'_, str> {
        let words = match &self.why {
            Why::AccessDenied => "AWS denied it",
            Why::Throttled => "AWS throttled it",
            Why::Timeout => "AWS did not answer in time",
            Why::Garbled => "AWS's answer could not be read",
            Why::Failed(code) => code,
            Why::BadCredentials(code) => return format!("AWS did not accept the credentials (`{code}`)").into(),
            Why::ForeignCredentials(account) => {
                let step = "give `--fix-role`, or use credentials of the account that is changed";
                return format!("the credentials at hand are of account {account}: {step}").into();
            }
            Why::NoReadRole
            | Why::NoManagementRole
            | Why::Deadline
            | Why::AccountUnknown
            | Why::CallerUnknown
            | Why::Gone
            | Why::OtherOrganization
            | Why::NoRecord
            | Why::NotShown
            | Why::NotRecorded
            | Why::NotAsked => "it could not be asked",
        };
        words.into()
    }

    /// The same for a notifier. `doing` says what failed: `publishing`.
    pub(super) fn notify_error(&self, sink: &'static str, doing: &str) -> NotifyError {
        let reason = format!("{doing} failed: {}", self.in_words());
        if self.is_transient() {
            NotifyError::Retryable { sink, reason }
        } else {
            NotifyError::Permanent { sink, reason }
        }
    }
}

impl<E> From<SdkError<E, HttpResponse>> for Failure
where
    E: ProvideErrorMetadata,
{
    fn from(error: SdkError<E, HttpResponse>) -> Self {
        match &error {
            SdkError::TimeoutError(_) => Self::new(Why::Timeout),
            SdkError::DispatchFailure(failure) => {
                Self::new(failure.as_connector_error().map_or_else(unconnected, undispatched))
            }
            // Of an error that cannot be read, the status is left; of a success, nothing.
            SdkError::ResponseError(response) => Self::of_response(None, response.raw().status().as_u16()),
            SdkError::ServiceError(service) => {
                let response = service.raw();
                // S3 Control wraps its errors and S3 does not; not everybody in between keeps to that.
                let code = service.err().code().or_else(|| element(response, "<Code>", "</Code>"));
                let mut failure = Self::of_response(code, response.status().as_u16());
                failure.bucket_region = bucket_region(response);
                failure
            }
            SdkError::ConstructionFailure(_) => Self::new(Why::Failed("request".to_owned())),
            _ => Self::new(Why::Failed("unknown".to_owned())),
        }
    }
}

fn unconnected() -> Why {
    Why::Failed("connection".to_owned())
}

fn undispatched(error: &ConnectorError) -> Why {
    if error.is_timeout() {
        return Why::Timeout;
    }
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.is::<CredentialsError>() {
            return Why::Failed("credentials".to_owned());
        }
        source = error.source();
    }
    unconnected()
}

/// Where S3 says that a bucket is: in a header of most answers, or in the body of `AuthorizationHeaderMalformed`.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn bucket_region(response: &HttpResponse) -> Option<String> {
    let named = response.headers().get("x-amz-bucket-region").or_else(|| element(response, "<Region>", "</Region>"))?;
    // It becomes part of a host name.
    let valid = !named.is_empty() && named.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    valid.then(|| named.to_owned())
}

/// The text of the first such element in an error's body.
fn element<'r>(response: &'r HttpResponse, start: &str, end: &str) -> Option<&'r str> {
    let body = std::str::from_utf8(response.body().bytes()?).ok()?;
    body.split_once(start)?.1.split_once(end).map(|(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_a_throttle_and_bad_credentials_differ() {
        let why = |code: &str, status| Failure::of_response(Some(code), status).why;
        assert_eq!(why("AccessDenied", 403), Why::AccessDenied);
        assert_eq!(why("SlowDown", 503), Why::Throttled);
        assert_eq!(why("Throttling", 400), Why::Throttled);
        assert_eq!(why("InvalidClientTokenId", 403), Why::BadCredentials("InvalidClientTokenId".to_owned()));
        assert_eq!(why("NoSuchBucket", 404), Why::Failed("NoSuchBucket".to_owned()));
        assert_eq!(why("SomethingNew", 403), Why::AccessDenied);
    }

    #[test]
    fn a_response_without_a_code_is_judged_by_its_status() {
        let why = |status| Failure::of_response(None, status).why;
        assert_eq!(why(200), Why::Garbled);
        assert_eq!(why(403), Why::AccessDenied);
        assert_eq!(why(429), Why::Throttled);
        assert_eq!(why(500), Why::Failed("HTTP 500".to_owned()));
    }

    #[test]
    fn none_is_only_what_the_call_says_is_none() {
        let failure = Failure::of_response(Some("NoSuchBucketPolicy"), 404);
        assert_eq!(failure.clone().none_if(&["NoSuchBucketPolicy"]), Ok(None));
        assert!(failure.none_if(&["NoSuchKey"]).is_err());
        assert!(Failure::of_response(Some("AccessDenied"), 403).none_if(&["NoSuchBucketPolicy"]).is_err());
    }
}
