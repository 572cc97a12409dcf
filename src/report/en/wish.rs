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
    /// Behind "To fix:": what to do.
    meet: fn(&Wish<'_>) -> String,
}

const fn row(key: &'static str, short: fn(&Wish<'_>) -> Option<String>, meet: fn(&Wish<'_>) -> String) -> Row {
    Row { key, short, meet }
}

const ROWS: &[Row] = &[
    row("aws:multifactorauthpresent", |w| w.wants_true().then(|| "without MFA".to_owned()), mfa),
    row("aws:multifactorauthage", |_| Some("without a recent MFA".to_owned()), mfa),
    row("aws:sourceip", from_address, |w| match (w.wanted, w.actual) {
        (true, Actual::Absent) => format!(
            "send the request from {} and not through a VPC endpoint (through one, only `aws:VpcSourceIp` and `aws:SourceVpce` are there)",
            codes(w.values)
        ),
        (true, _) => format!("send the request from {}", codes(w.values)),
        (false, _) => format!("send the request from an address outside of {}", codes(w.values)),
    }),
    row("aws:vpcsourceip", from_address, |w| format!("send the request from {} {}", w.one_of(), "in the VPC")),
    row(
        "aws:sourcevpce",
        |w| Some(by_endpoint(w)),
        |w| {
            if w.wanted {
                format!("send the request through VPC endpoint {}", codes(w.values))
            } else {
                format!("send the request by another way than VPC endpoint {}", codes(w.values))
            }
        },
    ),
    row(
        "aws:sourcevpc",
        |w| Some(if w.wanted { format!("outside of VPC {}", codes(w.values)) } else { "from that VPC".to_owned() }),
        |w| {
            if w.wanted {
                format!("send the request from VPC {}, through an endpoint of the service there", codes(w.values))
            } else {
                format!("send the request from outside of VPC {}", codes(w.values))
            }
        },
    ),
    row(
        "aws:securetransport",
        |w| w.wants_true().then(|| "without TLS".to_owned()),
        |_| "use an `https://` endpoint".to_owned(),
    ),
    row(
        "s3:tlsversion",
        |_| Some("with an old version of TLS".to_owned()),
        |w| format!("use a client with TLS {} or later", w.values.join(" or ")),
    ),
    row(
        "aws:principalorgid",
        |w| w.wanted.then(|| format!("to callers outside of organization {}", codes(w.values))),
        |w| format!("call from an account of {} {}", w.one_of_the("organization"), codes(w.values)),
    ),
    row(
        "aws:principalorgpaths",
        |w| w.wanted.then(|| "to callers outside of its organization's units".to_owned()),
        |w| format!("call from an account under {}", codes(w.values)),
    ),
    row(
        "aws:principalaccount",
        |w| w.wanted.then(|| format!("to callers outside of account {}", codes(w.values))),
        |w| format!("call from {} {}", w.one_of_the("account"), codes(w.values)),
    ),
    row("aws:principalarn", |w| w.wanted.then(|| format!("to all but {}", codes(w.values))), as_caller),
    row("aws:userid", |w| w.wanted.then(|| format!("to all but {}", codes(w.values))), as_caller),
    row("aws:username", |w| w.wanted.then(|| format!("to all users but {}", codes(w.values))), as_caller),
    row(
        "aws:principaltag/",
        |w| Some(format!("by the caller's tag {}", code(w.name()))),
        |w| format!("call as somebody whose tag {} {}", code(w.name()), w.is()),
    ),
    row(
        "aws:requestedregion",
        |w| Some(format!("in Region {}", w.has())),
        |w| {
            if w.wanted {
                format!("make the call in Region {}", codes(w.values))
            } else {
                format!("make the call in another Region than {}", codes(w.values))
            }
        },
    ),
    row("s3:x-amz-server-side-encryption", by_header, header),
    row("s3:x-amz-server-side-encryption-aws-kms-key-id", by_header, header),
    row("s3:x-amz-acl", by_header, header),
    row("s3:x-amz-storage-class", by_header, header),
    row("s3:x-amz-copy-source", by_header, header),
    row("s3:x-amz-metadata-directive", by_header, header),
    row(
        "s3:prefix",
        |w| w.wanted.then(|| format!("outside of prefix {}", codes(w.values))),
        |w| {
            if w.wanted {
                format!("list with the prefix {}", codes(w.values))
            } else {
                format!("list with another prefix than {}", codes(w.values))
            }
        },
    ),
    row(
        "s3:authtype",
        |w| Some(format!("signed by {}", w.has())),
        |w| {
            if w.values.iter().any(|value| value == "REST-HEADER") == w.wanted {
                "sign the request in its header, and use no presigned URL".to_owned()
            } else {
                generic(w)
            }
        },
    ),
    row(
        "s3:signatureversion",
        |w| Some(format!("signed by {}", w.has())),
        |_| "sign with Signature Version 4".to_owned(),
    ),
    row(
        "s3:signatureage",
        |_| Some("by an old signature".to_owned()),
        |_| "sign the request anew: presigned URLs are too old here".to_owned(),
    ),
    row(
        "s3:existingobjecttag/",
        |w| Some(format!("by the object's tag {}", code(w.name()))),
        |w| format!("ask for an object whose tag {} {}", code(w.name()), w.is()),
    ),
    row(
        "aws:resourcetag/",
        |w| Some(format!("by the resource's tag {}", code(w.name()))),
        |w| format!("ask for a resource whose tag {} {}", code(w.name()), w.is()),
    ),
    row(
        "aws:requesttag/",
        |w| Some(format!("without the tag {}", code(w.name()))),
        |w| format!("send the tag {} so that it {}", code(w.name()), w.is()),
    ),
    row(
        "s3:requestobjecttag/",
        |w| Some(format!("without the tag {}", code(w.name()))),
        |w| format!("upload with the tag {} so that it {}", code(w.name()), w.is()),
    ),
    row(
        "sts:externalid",
        |w| w.wanted.then(|| "without its external ID".to_owned()),
        |w| format!("pass the external ID {} (`--external-id`)", codes(w.values)),
    ),
    row(
        "kms:viaservice",
        |w| w.wanted.then(|| format!("but by {}", codes(w.values))),
        |w| format!("use the key by way of {}", codes(w.values)),
    ),
    row(
        "aws:sourcearn",
        |w| w.wanted.then(|| format!("but for {}", codes(w.values))),
        |w| format!("have {} make the call", codes(w.values)),
    ),
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
        if self.wanted { format!("is {}", codes(self.values)) } else { format!("is not {}", codes(self.values)) }
    }

    fn has(&self) -> String {
        match self.actual {
            Actual::Values(values) => codes(values),
            Actual::Absent => "no value".to_owned(),
            Actual::Unknown => "a value that the event does not tell".to_owned(),
        }
    }
}

fn find(key: &str) -> Option<&'static Row> {
    let key = key.to_lowercase();
    ROWS.iter().find(|row| row.key == key || (row.key.ends_with('/') && key.starts_with(row.key)))
}

/// Which requests a Deny is about, in a few words: "without MFA".
pub(super) fn short(wish: &Wish<'_>) -> Option<String> {
    if is_of_existence(wish) || matches!(wish.actual, Actual::Unknown) {
        return None;
    }
    find(wish.key).and_then(|row| (row.short)(wish))
}

/// What to do to satisfy the condition.
pub(super) fn meet(wish: &Wish<'_>) -> String {
    if is_of_existence(wish) {
        let key = code(wish.key);
        return if wish.wants_true() {
            format!("send the request without {key}")
        } else {
            format!("send the request with {key}")
        };
    }
    find(wish.key).map_or_else(|| generic(wish), |row| (row.meet)(wish))
}

/// `Null` asks whether there is a key at all.
fn is_of_existence(wish: &Wish<'_>) -> bool {
    wish.operator.eq_ignore_ascii_case("Null")
}

fn generic(wish: &Wish<'_>) -> String {
    let (key, values) = (code(wish.key), codes(wish.values));
    let folded = wish.operator.to_ascii_lowercase();
    let compared = ["less", "greater"].iter().any(|word| folded.contains(word));
    match (compared, wish.wanted) {
        (true, true) => format!("send a request for which {} {key} {values} holds", code(wish.operator)),
        (true, false) => format!("send a request for which {} {key} {values} does not hold", code(wish.operator)),
        (false, true) => format!("send a request whose {key} is {values}"),
        (false, false) => format!("send a request whose {key} is not {values}"),
    }
}

fn from_address(wish: &Wish<'_>) -> Option<String> {
    match wish.actual {
        Actual::Values(values) => Some(format!("from {}", codes(values))),
        Actual::Absent => Some("through a VPC endpoint".to_owned()),
        Actual::Unknown => None,
    }
}

fn by_endpoint(wish: &Wish<'_>) -> String {
    match (wish.wanted, wish.actual) {
        (true, Actual::Values(values)) => format!("through {}", codes(values)),
        (true, _) => format!("outside of VPC endpoint {}", codes(wish.values)),
        (false, _) => format!("through {}", codes(wish.values)),
    }
}

fn mfa(wish: &Wish<'_>) -> String {
    match wish.caller {
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
    }
}

fn as_caller(wish: &Wish<'_>) -> String {
    if wish.wanted {
        format!("call as {}", codes(wish.values))
    } else {
        format!("call as somebody else than {}", codes(wish.values))
    }
}

fn by_header(wish: &Wish<'_>) -> Option<String> {
    let header = wish.key.split_once(':').map_or(wish.key, |row| row.1);
    Some(match wish.actual {
        Actual::Values(values) => format!("with {} {}", code(header), codes(values)),
        Actual::Absent => format!("without the header {}", code(header)),
        Actual::Unknown => return None,
    })
}

/// A header of the request, and what the AWS CLI calls it.
fn header(wish: &Wish<'_>) -> String {
    const OPTIONS: &[(&str, &str)] = &[
        ("x-amz-server-side-encryption", "--sse"),
        ("x-amz-server-side-encryption-aws-kms-key-id", "--sse-kms-key-id"),
        ("x-amz-acl", "--acl"),
        ("x-amz-storage-class", "--storage-class"),
    ];
    let header = wish.key.split_once(':').map_or(wish.key, |row| row.1).to_lowercase();
    let option = OPTIONS.iter().find(|row| row.0 == header).map(|row| row.1);
    let option = option.map(|option| format!(" ({} of `aws s3 cp`)", code(option))).unwrap_or_default();
    match (wish.wanted, wish.values) {
        (true, [only]) => format!("send the header {}{option}", code(&format!("{header}: {only}"))),
        (true, values) => format!("send the header {} with {}{option}", code(&header), codes(values)),
        (false, values) => {
            format!("send the header {} with another value than {}{option}", code(&header), codes(values))
        }
    }
}
