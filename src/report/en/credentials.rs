//! Words about credentials that AWS did not accept.

use super::code;
use crate::diagnosis::Diagnosis;
use crate::finding::CredentialFault;

/// One line that stands alone.
pub(super) fn fault_title(fault: CredentialFault) -> &'static str {
    match fault {
        CredentialFault::Expired => "the credentials have expired",
        CredentialFault::UnknownKey => "AWS does not know the access key",
        CredentialFault::Signature => "the signature does not fit the request",
        CredentialFault::Clock => "the caller's clock is wrong",
    }
}

/// What it means, and what to do.
pub(super) fn fault_lines(fault: CredentialFault, diagnosis: &Diagnosis<'_>, lines: &mut Vec<String>) {
    let denial = diagnosis.denial;
    let key = denial.identity.access_key.as_deref().map(|key| format!(" {}", code(&crate::event::mask(key))));
    let key = key.unwrap_or_default();
    let created = denial.identity.created.map(|time| format!(", made at {time}")).unwrap_or_default();
    lines.push(match fault {
        CredentialFault::Expired => format!("The temporary credentials{key}{created} were past their time. AWS looked at no policy."),
        CredentialFault::UnknownKey => format!("The access key{key} was deleted or made inactive, is of another partition, or came without its session token. AWS looked at no policy."),
        CredentialFault::Signature => "What AWS received is not what was signed. AWS looked at no policy.".to_owned(),
        CredentialFault::Clock => "The time in the signature is too far from AWS's own. AWS looked at no policy.".to_owned(),
    });
    lines.extend(denial.error_message.as_deref().map(|message| format!("AWS said: {}", code(message))));
    lines.push(match fault {
        CredentialFault::Expired => "To fix: sign in again (`aws sso login`), or take the role again. A program should let the SDK refresh its credentials instead of keeping a copy.",
        CredentialFault::UnknownKey => "To fix: look which credentials the program finds (`aws configure list`): those in the environment come before a profile. Keys that start with `ASIA` take their session token.",
        CredentialFault::Signature => "To fix: check the secret key for a missing or added character, sign for the Region and service of the endpoint, and let no proxy change signed headers.",
        CredentialFault::Clock => "To fix: set the machine's clock by a time server, such as the Amazon Time Sync Service at `169.254.169.123`.",
    }.to_owned());
}
