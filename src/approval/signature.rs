//! Slack's signature of a request: who has the secret sent this body, and just now.
//!
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack>

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The largest body that is looked at: Slack sends the message that was clicked along.
pub const LARGEST: usize = 1024 * 1024;

/// How far, in seconds, the time of a request may be from ours.
pub const WINDOW: u64 = 300;

/// The shortest secret: with none, anybody could sign. Slack's has 32 characters.
const SHORTEST_SECRET: usize = 16;

/// What a request says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// The header `X-Slack-Request-Timestamp`.
    pub timestamp: Option<&'a str>,
    /// The header `X-Slack-Signature`.
    pub signature: Option<&'a str>,
    /// The body, as it came.
    pub body: &'a [u8],
}

/// Why a request is not Slack's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forged {
    /// It is too large to be looked at.
    TooLarge,
    /// It has no signature, or one of another form.
    Unsigned,
    /// It was made too long ago, or is to be made yet.
    Late,
    /// Somebody else signed it, or it is not what was signed.
    Wrong,
}

/// Whether a request is signed with a secret; `now` is in seconds since 1970.
///
/// # Errors
/// Why it is not. Nothing of the body is looked at before.
pub fn verify(secret: &str, now: u64, signed: Signed<'_>) -> Result<(), Forged> {
    if signed.body.len() > LARGEST {
        return Err(Forged::TooLarge);
    }
    let timestamp = signed.timestamp.filter(|text| (1..=12).contains(&text.len()));
    let timestamp = timestamp.filter(|text| text.bytes().all(|b| b.is_ascii_digit())).ok_or(Forged::Unsigned)?;
    let at: u64 = timestamp.parse().map_err(|_| Forged::Unsigned)?;
    let signature = signed.signature.and_then(|text| text.strip_prefix("v0=")).and_then(bytes);
    let signature = signature.ok_or(Forged::Unsigned)?;
    if now.abs_diff(at) > WINDOW {
        return Err(Forged::Late);
    }
    if secret.len() < SHORTEST_SECRET {
        return Err(Forged::Wrong);
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| Forged::Wrong)?;
    for part in [b"v0:", timestamp.as_bytes(), b":", signed.body] {
        mac.update(part);
    }
    // In constant time.
    mac.verify_slice(&signature).map_err(|_| Forged::Wrong)
}

/// The 32 bytes of 64 hexadecimal digits.
fn bytes(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks_exact(2).filter_map(|pair| Some((pair.first()? << 4) | pair.get(1)?)).collect();
    bytes.try_into().ok().filter(|_| text.len() == 64)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    /// The example of Slack's own page.
    const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";
    const AT: u64 = 1_531_420_618;
    const BODY: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    const SIGNATURE: &str = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";

    fn judged(timestamp: &str, signature: &str, body: &str, now: u64) -> Result<(), Forged> {
        let signed = Signed { timestamp: Some(timestamp), signature: Some(signature), body: body.as_bytes() };
        verify(SECRET, now, signed)
    }

    #[test]
    fn what_slack_signed_is_slacks() {
        for now in [AT, AT + WINDOW, AT - WINDOW] {
            assert_eq!(judged("1531420618", SIGNATURE, BODY, now), Ok(()));
        }
    }

    #[test]
    fn everything_else_is_forged() {
        let upper = SIGNATURE.to_uppercase().replace("V0=", "v0=");
        assert_eq!(judged("1531420618", &upper, BODY, AT), Ok(()), "the same number");
        let tampered = BODY.replace("U2CERLKJA", "U2CERLKJB");
        let cut = SIGNATURE.get(..65).unwrap();
        let large = "x".repeat(LARGEST + 1);
        for (timestamp, signature, body, now, why) in [
            ("1531420618", SIGNATURE, tampered.as_str(), AT, Forged::Wrong),
            ("1531420618", SIGNATURE, "", AT, Forged::Wrong),
            ("1531420619", SIGNATURE, BODY, AT, Forged::Wrong),
            ("01531420618", SIGNATURE, BODY, AT, Forged::Wrong),
            ("1531420618", &SIGNATURE.replace("a2", "a3"), BODY, AT, Forged::Wrong),
            ("1531420618", SIGNATURE, BODY, AT + WINDOW + 1, Forged::Late),
            ("1531420618", SIGNATURE, BODY, AT - WINDOW - 1, Forged::Late),
            ("0", SIGNATURE, BODY, AT, Forged::Late),
            ("", SIGNATURE, BODY, AT, Forged::Unsigned),
            ("+1531420618", SIGNATURE, BODY, AT, Forged::Unsigned),
            ("1531420618.0", SIGNATURE, BODY, AT, Forged::Unsigned),
            ("99999999999999999999", SIGNATURE, BODY, AT, Forged::Unsigned),
            ("1531420618", "", BODY, AT, Forged::Unsigned),
            ("1531420618", "v0=", BODY, AT, Forged::Unsigned),
            ("1531420618", cut, BODY, AT, Forged::Unsigned),
            ("1531420618", &format!("{SIGNATURE}0"), BODY, AT, Forged::Unsigned),
            ("1531420618", &SIGNATURE.replace("v0=", "v1="), BODY, AT, Forged::Unsigned),
            ("1531420618", &SIGNATURE.replace('a', "g"), BODY, AT, Forged::Unsigned),
            ("1531420618", SIGNATURE, &large, AT, Forged::TooLarge),
        ] {
            assert_eq!(judged(timestamp, signature, body, now), Err(why), "{timestamp} {signature} {}", body.len());
        }
        let signed = Signed { timestamp: None, signature: Some(SIGNATURE), body: BODY.as_bytes() };
        assert_eq!(verify(SECRET, AT, signed), Err(Forged::Unsigned));
        let signed = Signed { timestamp: Some("1531420618"), signature: None, body: BODY.as_bytes() };
        assert_eq!(verify(SECRET, AT, signed), Err(Forged::Unsigned));
    }

    #[test]
    fn a_secret_that_is_none_signs_nothing() {
        for secret in ["", "short"] {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            mac.update(format!("v0:{AT}:{BODY}").as_bytes());
            let mut signature = "v0=".to_owned();
            for byte in mac.finalize().into_bytes() {
                write!(signature, "{byte:02x}").unwrap();
            }
            let timestamp = AT.to_string();
            let signed = Signed { timestamp: Some(&timestamp), signature: Some(&signature), body: BODY.as_bytes() };
            assert_eq!(verify(secret, AT, signed), Err(Forged::Wrong));
        }
    }
}
