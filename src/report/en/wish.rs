//! What a condition asks of a request, as a person would do it: a row per condition key.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>

use super::{code, codes};
use crate::evaluate::Actual;
use crate::request::PrincipalKind;

/// What would satisfy a condition: one of the values, or none of them.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    /// The operator as written.
    pub(super) operator: &'a str,
    /// The condition's key as written.
    pub(super) key: &'a str,
    /// The values of the statement.
    pub(super) values: &'a [String],
    /// One of the values is wanted; otherwise none.
    pub(super) wanted: bool,
    /// What the request has.
    pub(super) actual: &'a Actual,
    /// Who asks.
    pub(super) caller: &'a PrincipalKind,
}

/// The words for a key.
struct Row {
    /// The key in lower case; a family ends with a slash.
    key: &'static str,
    /// Behind "denies `s3:GetObject`": which requests the statement is about.
    short: fn(&Wish<'_>) -> Option<String>,
    /// Behind "To fix:": what to do; `None` where the caller can do nothing.
    meet: fn(&Wish<'_>) -> Option<String>,
}

const fn row(key: &'static str, short: fn(&Wish<'_>) -> Option<String>, meet: fn(&Wish<'_>) -> Option<String>) -> Row {
    Row { key, short, meet }
}

/// Nothing to say.
const fn nothing(_: &Wish<'_>) -> Option<String> {
    None
}

const ROWS: &[Row] = &[
    row("aws:multifactorauthpresent", |w| w.wants_true().then(|| "without MFA".to_owned()), mfa),
    row("aws:multifactorauthage", |_| Some("without a recent MFA".to_owned()), mfa),
    row("aws:sourceip", from_address, |w| {
        Some(match (w.wanted, w.actual) {
            (true, Actual::Absent) => {
                format!("send the request from {}, and not through a VPC endpoint", codes(w.values))
            }
            (true, _) => format!("send the request from {}", codes(w.values)),
            (false, _) => format!("send the request from an address outside of {}", codes(w.values)),
        })
    }),
    row("aws:vpcsourceip", from_address, |w| Some(format!("send the request from {} in the VPC", w.one_of()))),
    row(
        "aws:sourcevpce",
        |w| Some(by_endpoint(w)),
        |w| {
            Some(if w.wanted {
                format!("send the request through VPC endpoint {}", codes(w.values))
            } else {
                format!("send the request by another way than VPC endpoint {}", codes(w.values))
            })
        },
    ),
    row(
        "aws:sourcevpc",
        |w| Some(outside_of("from", w, "VPC")),
        |w| {
            Some(if w.wanted {
                format!("send the request from VPC {}, through an endpoint of the service there", codes(w.values))
            } else {
                format!("send the request from outside of VPC {}", codes(w.values))
            })
        },
    ),
    row(
        "aws:securetransport",
        |w| w.wants_true().then(|| "without TLS".to_owned()),
        |_| Some("use an `https://` endpoint".to_owned()),
    ),
    row(
        "s3:tlsversion",
        |_| Some("with an old version of TLS".to_owned()),
        |w| Some(format!("use a client with TLS {} or later", w.values.join(" or "))),
    ),
    row(
        "aws:principalorgid",
        |w| Some(outside_of("to callers of", w, "organization")),
        |w| Some(format!("call from an account of {} {}", w.one_of_the("organization"), codes(w.values))),
    ),
    row(
        "aws:principalorgpaths",
        |w| w.wanted.then(|| format!("to callers outside of {}", codes(w.values))),
        |w| w.wanted.then(|| format!("call from an account under {}", codes(w.values))),
    ),
    row(
        "aws:principalaccount",
        |w| Some(outside_of("to callers of", w, "account")),
        |w| Some(format!("call from {} {}", w.one_of_the("account"), codes(w.values))),
    ),
    row("aws:principalarn", all_but, as_caller),
    row("aws:userid", all_but, as_caller),
    row("aws:username", all_but, as_caller),
    row(
        "aws:principaltag/",
        |w| Some(format!("to callers whose tag {} {}", code(w.name()), w.is_not())),
        |w| Some(format!("call as somebody whose tag {} {}", code(w.name()), w.is())),
    ),
    row("aws:principalisawsservice", nothing, nothing),
    row("aws:viaawsservice", nothing, nothing),
    row("aws:calledvia", nothing, nothing),
    row(
        "aws:requestedregion",
        |w| Some(format!("in Region {}", w.has()?)),
        |w| Some(format!("make the call in {} {}", w.one_of_the("Region"), codes(w.values))),
    ),
    row(
        "aws:resourceaccount",
        |w| Some(outside_of("on what belongs to", w, "account")),
        |w| Some(format!("use what belongs to {} {}", w.one_of_the("account"), codes(w.values))),
    ),
    row(
        "s3:resourceaccount",
        |w| Some(outside_of("on what belongs to", w, "account")),
        |w| Some(format!("use what belongs to {} {}", w.one_of_the("account"), codes(w.values))),
    ),
    row(
        "aws:resourceorgid",
        |w| Some(outside_of("on what belongs to", w, "organization")),
        |w| Some(format!("use what belongs to {} {}", w.one_of_the("organization"), codes(w.values))),
    ),
    row("s3:x-amz-server-side-encryption", by_header, header),
    row("s3:x-amz-server-side-encryption-aws-kms-key-id", by_header, header),
    row("s3:x-amz-acl", by_header, header),
    row("s3:x-amz-storage-class", by_header, header),
    row("s3:x-amz-copy-source", by_header, header),
    row("s3:x-amz-metadata-directive", by_header, header),
    row(
        "s3:prefix",
        |w| Some(outside_of("with", w, "prefix")),
        |w| Some(format!("list with {} {}", w.one_of_the("prefix"), codes(w.values))),
    ),
    row(
        "s3:authtype",
        |w| Some(format!("signed by {}", w.has()?)),
        |w| {
            let header = w.values.iter().any(|value| value == "REST-HEADER") == w.wanted;
            if header {
                Some("sign the request in its header, and use no presigned URL".to_owned())
            } else {
                generic(w)
            }
        },
    ),
    row(
        "s3:signatureversion",
        |w| Some(format!("signed by {}", w.has()?)),
        |_| Some("sign with Signature Version 4".to_owned()),
    ),
    row(
        "s3:signatureage",
        |_| Some("by an old signature".to_owned()),
        |_| Some("sign the request anew: the presigned URL is too old here".to_owned()),
    ),
    row(
        "s3:existingobjecttag/",
        |w| Some(format!("on objects whose tag {} {}", code(w.name()), w.is_not())),
        |w| Some(format!("ask for an object whose tag {} {}", code(w.name()), w.is())),
    ),
    row(
        "aws:resourcetag/",
        |w| Some(format!("on what has no tag {} that {}", code(w.name()), w.is())),
        |w| Some(format!("ask for what has a tag {} that {}", code(w.name()), w.is())),
    ),
    row(
        "aws:requesttag/",
        |w| Some(format!("with a tag {} that {}", code(w.name()), w.is_not())),
        |w| Some(format!("send the tag {} so that it {}", code(w.name()), w.is())),
    ),
    row(
        "s3:requestobjecttag/",
        |w| Some(format!("with a tag {} that {}", code(w.name()), w.is_not())),
        |w| Some(format!("upload with the tag {} so that it {}", code(w.name()), w.is())),
    ),
    row("sts:externalid", external_id, |w| {
        w.wanted.then(|| format!("pass the external ID {} (`--external-id`)", codes(w.values)))
    }),
    row(
        "kms:viaservice",
        |w| w.wanted.then(|| format!("by another way than {}", codes(w.values))),
        |w| w.wanted.then(|| format!("use the key by way of {}", codes(w.values))),
    ),
    row("aws:sourcearn", |w| w.wanted.then(|| format!("for others than {}", codes(w.values))), nothing),
];

impl Wish<'_> {
    /// The last part of a key of a family: the tag's name.
    fn name(&self) -> &str {
        self.key.split_once('/').map_or(self.key, |row| row.1)
    }

    fn wants_true(&self) -> bool {
        self.values.iter().all(|value| value.eq_ignore_ascii_case("true")) == self.wanted
    }

    fn one_of(&self) -> String {
        if self.wanted { codes(self.values) } else { format!("another than {}", codes(self.values)) }
    }

    fn one_of_the(&self, noun: &str) -> String {
        if self.wanted { noun.to_owned() } else { format!("another {noun} than") }
    }

    fn is(&self) -> String {
        is(self.wanted, self.values)
    }

    fn is_not(&self) -> String {
        is(!self.wanted, self.values)
    }

    fn has(&self) -> Option<String> {
        match self.actual {
            Actual::Values(values) => Some(codes(values)),
            Actual::Absent | Actual::NotOf(_) | Actual::Unknown => None,
        }
    }
}

fn is(so: bool, values: &[String]) -> String {
    format!("{} {}", if so { "is" } else { "is not" }, codes(values))
}

fn find(key: &str) -> Option<&'static Row> {
    let key = key.to_lowercase();
    ROWS.iter().find(|row| row.key == key || (row.key.ends_with('/') && key.starts_with(row.key)))
}

/// Which requests a statement is about, in a few words: "without MFA".
pub(super) fn short(wish: &Wish<'_>) -> Option<String> {
    if is_of_existence(wish) {
        return None;
    }
    find(wish.key).and_then(|row| (row.short)(wish))
}

/// What to do to satisfy the condition; `None` where the caller can do nothing.
pub(super) fn meet(wish: &Wish<'_>) -> Option<String> {
    if is_of_existence(wish) {
        let key = code(wish.key);
        let without = wish.wants_true();
        return Some(format!("send the request {} {key}", if without { "without" } else { "with" }));
    }
    find(wish.key).map_or_else(|| generic(wish), |row| (row.meet)(wish))
}

/// `Null` asks whether there is a key at all.
fn is_of_existence(wish: &Wish<'_>) -> bool {
    wish.operator.eq_ignore_ascii_case("Null")
}

#[expect(clippy::unnecessary_wraps, reason = "a row of the table of keys")]
fn generic(wish: &Wish<'_>) -> Option<String> {
    let (key, values) = (code(wish.key), codes(wish.values));
    let folded = wish.operator.to_ascii_lowercase();
    let compared = ["less", "greater"].iter().any(|word| folded.contains(word));
    Some(match (compared, wish.wanted) {
        (true, true) => format!("send a request for which {} {key} {values} holds", code(wish.operator)),
        (true, false) => format!("send a request for which {} {key} {values} does not hold", code(wish.operator)),
        (false, true) => format!("send a request whose {key} is {values}"),
        (false, false) => format!("send a request whose {key} is not {values}"),
    })
}

fn from_address(wish: &Wish<'_>) -> Option<String> {
    match wish.actual {
        Actual::Values(values) => Some(format!("from {}", codes(values))),
        Actual::Absent => Some("through a VPC endpoint".to_owned()),
        Actual::NotOf(_) | Actual::Unknown => None,
    }
}

/// "from outside of VPC x", or "from VPC x".
fn outside_of(from: &str, wish: &Wish<'_>, noun: &str) -> String {
    let what = codes(wish.values);
    match (from, wish.wanted) {
        ("to callers of", true) => format!("to callers outside of {noun} {what}"),
        ("on what belongs to", true) => format!("on what does not belong to {noun} {what}"),
        (_, true) => format!("outside of {noun} {what}"),
        (_, false) => format!("{from} {noun} {what}"),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a row of the table of keys")]
fn all_but(wish: &Wish<'_>) -> Option<String> {
    Some(format!("to {}{}", if wish.wanted { "all but " } else { "" }, codes(wish.values)))
}

fn external_id(wish: &Wish<'_>) -> Option<String> {
    let id = match wish.actual {
        Actual::Absent => "without its external ID",
        Actual::Values(_) => "with another external ID",
        Actual::NotOf(_) | Actual::Unknown => return None,
    };
    wish.wanted.then(|| id.to_owned())
}

fn by_endpoint(wish: &Wish<'_>) -> String {
    match (wish.wanted, wish.actual) {
        (true, Actual::Values(values)) => format!("through {}", codes(values)),
        (true, _) => format!("outside of VPC endpoint {}", codes(wish.values)),
        (false, _) => format!("through {}", codes(wish.values)),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a row of the table of keys")]
fn mfa(wish: &Wish<'_>) -> Option<String> {
    Some(match wish.caller {
        PrincipalKind::User => "sign in with MFA: `aws sts get-session-token --serial-number MFA-ARN --token-code CODE`, and use the session that it gives".to_owned(),
        PrincipalKind::RoleSession { .. } => {
            "take the role with MFA (`--serial-number` and `--token-code` of `aws sts assume-role`)".to_owned()
        }
        PrincipalKind::Root
        | PrincipalKind::FederatedUser { .. }
        | PrincipalKind::Provider(_)
        | PrincipalKind::Service(_)
        | PrincipalKind::Anonymous
        | PrincipalKind::OriginAccessIdentity
        | PrincipalKind::Unnamed
        | PrincipalKind::Other => "sign in with MFA".to_owned(),
       })
}

#[expect(clippy::unnecessary_wraps, reason = "a row of the table of keys")]
fn as_caller(wish: &Wish<'_>) -> Option<String> {
    Some(if wish.wanted {
        format!("call as {}", codes(wish.values))
    } else {
        format!("call as somebody else than {}", codes(wish.values))
    })
}

fn by_header(wish: &Wish<'_>) -> Option<String> {
    let header = wish.key.split_once(':').map_or(wish.key, |row| row.1);
    Some(match wish.actual {
        Actual::Values(values) => format!("with {} {}", code(header), codes(values)),
        Actual::Absent => format!("without the header {}", code(header)),
        Actual::NotOf(_) | Actual::Unknown => return None,
    })
}

/// A header of the request, and what the AWS CLI calls it.
#[expect(clippy::unnecessary_wraps, reason = "a row of the table of keys")]
fn header(wish: &Wish<'_>) -> Option<String> {
    const OPTIONS: &[(&str, &str)] = &[
        ("x-amz-server-side-encryption", "--sse"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "--sse-kms-key-id"),
        ("x-amz-acl", "--acl"),
        ("x-amz-storage-class", "--storage-class"),
    ];
    let header = wish.key.split_once(':').map_or(wish.key, |row| row.1).to_lowercase();
    let option = OPTIONS.iter().find(|row| row.0 == header).map(|row| row.1);
    let option = option.map(|option| format!(" ({} of `aws s3 cp`)", code(option))).unwrap_or_default();
    Some(match (wish.wanted, wish.values) {
        (true, [only]) => format!("send the header {}{option}", code(&format!("{header}: {only}"))),
        (true, values) => format!("send the header {} with {}{option}", code(&header), codes(values)),
        (false, values) => {
            format!("send the header {} with another value than {}{option}", code(&header), codes(values))
        }
    })
}
