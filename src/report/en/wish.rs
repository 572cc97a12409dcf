//! What a condition asks of a request, as a person would do it: a row per condition key.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>

use super::about::{About, existence, generic, has, relation};
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
    short: fn(&Wish<'_>) -> Option<About>,
    /// Behind "To fix:": what to do; `None` where the caller can do nothing.
    meet: fn(&Wish<'_>) -> Option<String>,
}

const fn row(key: &'static str, short: fn(&Wish<'_>) -> Option<About>, meet: fn(&Wish<'_>) -> Option<String>) -> Row {
    Row { key, short, meet }
}

/// Nothing to do.
const fn nothing(_: &Wish<'_>) -> Option<String> {
    None
}

/// Nothing to say.
const fn silent(_: &Wish<'_>) -> Option<About> {
    None
}

const ROWS: &[Row] = &[
    row("aws:multifactorauthpresent", |w| w.wants_true().then(|| "without MFA".into()), mfa),
    row("aws:multifactorauthage", |_| Some("without a recent MFA".into()), mfa),
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
        |w| Some(by_endpoint(w).into()),
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
        |w| Some(outside_of("from", w, "VPC").into()),
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
        |w| w.wants_true().then(|| "without TLS".into()),
        |_| Some("use an `https://` endpoint".to_owned()),
    ),
    row(
        "s3:tlsversion",
        |_| Some("with an old version of TLS".into()),
        |w| Some(format!("use a client with TLS {} or later", w.values.join(" or "))),
    ),
    row(
        "aws:principalorgid",
        |w| Some(outside_of("to callers of", w, "organization").into()),
        |w| Some(format!("call from an account of {} {}", w.one_of_the("organization"), codes(w.values))),
    ),
    row(
        "aws:principalorgpaths",
        |w| w.wanted.then(|| format!("to callers outside of {}", codes(w.values)).into()),
        |w| w.wanted.then(|| format!("call from an account under {}", codes(w.values))),
    ),
    row(
        "aws:principalaccount",
        |w| Some(outside_of("to callers of", w, "account").into()),
        |w| Some(format!("call from {} {}", w.one_of_the("account"), codes(w.values))),
    ),
    row("aws:principalarn", all_but, as_caller),
    row("aws:userid", all_but, as_caller),
    row("aws:username", all_but, as_caller),
    row(
        "aws:principaltag/",
        |w| Some(tagged(w, "to callers", "the caller")),
        |w| {
            Some(if w.wanted {
                format!("give the caller the tag {}, or call as somebody who has it", w.tag())
            } else {
                format!("call as somebody without the tag {}", w.tag())
            })
        },
    ),
    row("aws:principalisawsservice", silent, nothing),
    row("aws:viaawsservice", silent, nothing),
    row("aws:calledvia", silent, nothing),
    row(
        "aws:requestedregion",
        |w| Some(format!("in Region {}", w.has()?).into()),
        |w| Some(format!("make the call in {} {}", w.one_of_the("Region"), codes(w.values))),
    ),
    row(
        "aws:resourceaccount",
        |w| Some(outside_of("on what belongs to", w, "account").into()),
        |w| Some(format!("use what belongs to {} {}", w.one_of_the("account"), codes(w.values))),
    ),
    row(
        "s3:resourceaccount",
        |w| Some(outside_of("on what belongs to", w, "account").into()),
        |w| Some(format!("use what belongs to {} {}", w.one_of_the("account"), codes(w.values))),
    ),
    row(
        "aws:resourceorgid",
        |w| Some(outside_of("on what belongs to", w, "organization").into()),
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
        |w| Some(outside_of("with", w, "prefix").into()),
        |w| Some(format!("list with {} {}", w.one_of_the("prefix"), codes(w.values))),
    ),
    row(
        "s3:authtype",
        |w| Some(format!("signed by {}", w.has()?).into()),
        |w| {
            let header = w.values.iter().any(|value| value == "REST-HEADER") == w.wanted;
            if header { Some("sign the request in its header, and use no presigned URL".to_owned()) } else { any(w) }
        },
    ),
    row(
        "s3:signatureversion",
        |w| Some(format!("signed by {}", w.has()?).into()),
        |_| Some("sign with Signature Version 4".to_owned()),
    ),
    row(
        "s3:signatureage",
        |_| Some("by an old signature".into()),
        |_| Some("sign the request anew: the presigned URL is too old here".to_owned()),
    ),
    row(
        "s3:existingobjecttag/",
        |w| Some(tagged(w, "on objects", "the object")),
        |w| {
            Some(if w.wanted {
                format!("give the object the tag {}, or ask for one that has it", w.tag())
            } else {
                format!("ask for an object without the tag {}", w.tag())
            })
        },
    ),
    row(
        "aws:resourcetag/",
        |w| Some(tagged(w, "on resources", "the resource")),
        |w| {
            Some(if w.wanted {
                format!("give the resource the tag {}, or ask for one that has it", w.tag())
            } else {
                format!("ask for a resource without the tag {}", w.tag())
            })
        },
    ),
    row(
        "aws:requesttag/",
        |w| Some(tagged(w, "of requests", "the request")),
        |w| Some(format!("send the request {} the tag {}", if w.wanted { "with" } else { "without" }, w.tag())),
    ),
    row(
        "s3:requestobjecttag/",
        |w| Some(tagged(w, "of requests", "the request")),
        |w| Some(format!("upload {} the tag {}", if w.wanted { "with" } else { "without" }, w.tag())),
    ),
    row("sts:externalid", external_id, |w| {
        w.wanted.then(|| format!("pass the external ID {} (`--external-id`)", codes(w.values)))
    }),
    row(
        "kms:viaservice",
        |w| w.wanted.then(|| format!("by another way than {}", codes(w.values)).into()),
        |w| w.wanted.then(|| format!("use the key by way of {}", codes(w.values))),
    ),
    row("aws:sourcearn", on_behalf, nothing),
    row("aws:sourceaccount", on_behalf, nothing),
    row("aws:sourceorgid", on_behalf, nothing),
];

impl Wish<'_> {
    /// The last part of a key of a family: the tag's name.
    fn name(&self) -> &str {
        self.key.split_once('/').map_or(self.key, |row| row.1)
    }

    /// A tag and what it has to be.
    fn tag(&self) -> String {
        let values = codes(self.values);
        format!("{} = {values}", code(self.name()))
    }

    pub(super) fn wants_true(&self) -> bool {
        self.values.iter().all(|value| value.eq_ignore_ascii_case("true")) == self.wanted
    }

    fn one_of(&self) -> String {
        if self.wanted { codes(self.values) } else { format!("another than {}", codes(self.values)) }
    }

    fn one_of_the(&self, noun: &str) -> String {
        if self.wanted { noun.to_owned() } else { format!("another {noun} than") }
    }

    fn has(&self) -> Option<String> {
        match self.actual {
            Actual::Values(values) => Some(codes(values)),
            Actual::Absent | Actual::NotOf(_) | Actual::Unknown => None,
        }
    }
}

/// A condition on a tag: "unless the caller has the tag `team` = `finance`", or "on objects with the tag".
fn tagged(wish: &Wish<'_>, of: &str, whose: &str) -> About {
    if !wish.wanted {
        let which = if of == "of requests" { "with".to_owned() } else { format!("{of} with") };
        return format!("{which} the tag {}", wish.tag()).into();
    }
    let has = match wish.actual {
        Actual::Values(values) => format!(" (it has {})", codes(values)),
        Actual::Absent => " (it does not have the tag)".to_owned(),
        Actual::NotOf(_) | Actual::Unknown => String::new(),
    };
    About::Unless(format!("{whose} has the tag {}{has}", wish.tag()))
}

/// The resource, account or organization that a service acts for.
fn on_behalf(wish: &Wish<'_>) -> Option<About> {
    let is = if wish.wanted { "it acts for" } else { "it does not act for" };
    let unless = About::Unless(format!("{is} {}{}", codes(wish.values), has(wish.actual)));
    matches!(wish.caller, PrincipalKind::Service(_)).then_some(unless)
}

/// What an identity provider says of its user: the part behind the colon of such a key.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif>
pub(super) fn claim(key: &str) -> Option<&str> {
    let (provider, claim) = key.rsplit_once(':')?;
    (provider.contains('.') || provider.eq_ignore_ascii_case("saml")).then_some(claim)
}

/// What can be done about a claim: who somebody is cannot be changed.
fn meet_claim(wish: &Wish<'_>) -> Option<String> {
    let (provider, claim) = wish.key.rsplit_once(':')?;
    (claim.eq_ignore_ascii_case("aud") && wish.wanted).then(|| {
        let what = if provider.eq_ignore_ascii_case("saml") { "a SAML response" } else { "a token" };
        format!("sign in with {what} that is made for {}", codes(wish.values))
    })
}

fn find(key: &str) -> Option<&'static Row> {
    let key = key.to_lowercase();
    ROWS.iter().find(|row| row.key == key || (row.key.ends_with('/') && key.starts_with(row.key)))
}

/// Which requests a statement is about, in a few words: "without MFA". `None` where the key has words of its own, and
/// they say nothing here.
pub(super) fn about(wish: &Wish<'_>) -> Option<About> {
    if is_of_existence(wish) {
        return Some(existence(wish));
    }
    find(wish.key).map_or_else(|| Some(generic(wish)), |row| (row.short)(wish))
}

/// What to do to satisfy the condition; `None` where the caller can do nothing.
pub(super) fn meet(wish: &Wish<'_>) -> Option<String> {
    if is_of_existence(wish) {
        let key = code(wish.key);
        let without = wish.wants_true();
        return Some(format!("send the request {} {key}", if without { "without" } else { "with" }));
    }
    if claim(wish.key).is_some() {
        return meet_claim(wish);
    }
    find(wish.key).map_or_else(|| any(wish), |row| (row.meet)(wish))
}

/// `Null` asks whether there is a key at all.
pub(super) fn is_of_existence(wish: &Wish<'_>) -> bool {
    wish.operator.eq_ignore_ascii_case("Null")
}

#[expect(clippy::unnecessary_wraps, reason = "a row of the table of keys")]
fn any(wish: &Wish<'_>) -> Option<String> {
    Some(format!("send a request whose {} {}", code(wish.key), relation(wish, wish.wanted)))
}

fn from_address(wish: &Wish<'_>) -> Option<About> {
    match wish.actual {
        Actual::Values(_) if wish.wanted => {
            Some(format!("outside of {}{}", codes(wish.values), has(wish.actual)).into())
        }
        Actual::Values(values) => Some(format!("from {}", codes(values)).into()),
        Actual::Absent => Some("through a VPC endpoint".into()),
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
fn all_but(wish: &Wish<'_>) -> Option<About> {
    Some(format!("to {}{}", if wish.wanted { "all but " } else { "" }, codes(wish.values)).into())
}

fn external_id(wish: &Wish<'_>) -> Option<About> {
    match wish.actual {
        Actual::Absent => wish.wanted.then(|| "without its external ID".into()),
        Actual::Values(_) if wish.wanted => {
            Some(About::Unless(format!("the external ID is {}{}", codes(wish.values), has(wish.actual))))
        }
        Actual::Values(_) | Actual::NotOf(_) | Actual::Unknown => None,
    }
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

fn by_header(wish: &Wish<'_>) -> Option<About> {
    let header = wish.key.split_once(':').map_or(wish.key, |row| row.1);
    Some(match wish.actual {
        Actual::Values(values) => format!("with {} {}", code(header), codes(values)).into(),
        Actual::Absent => format!("without the header {}", code(header)).into(),
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
