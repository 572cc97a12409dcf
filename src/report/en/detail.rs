//! What to know about a cause, and what to do.

use super::allowing::{Lack, near_lines};
use super::credentials::fault_lines;
use super::glue::job_line;
use super::origin::origin_lines;
use super::s3::{acl_line, block_fix, block_line, lock_lines};
use super::{allowing, caller, code, denying, layer_of, not_served, owner, simulator};
use crate::diagnosis::Diagnosis;
use crate::evaluate::{Element, Miss, UnknownOwner};
use crate::event::Category;
use crate::finding::{Cause, Confidence, Finding};
use crate::layer::Layer;
use crate::request::Key;
use crate::truth::Truth;

/// What is said where a KMS key may stand behind the object.
const HIDDEN_KEY: &str = "Whether a KMS key encrypts the object could not be read. If one does, the key has to be enabled, and has to let the caller use it.";

/// What to know and what to do, a line per paragraph.
#[expect(clippy::too_many_lines, reason = "an arm for each cause")]
pub(in super::super) fn detail(finding: &Finding, diagnosis: &Diagnosis<'_>, unread: bool) -> String {
    if diagnosis.denial.viewer.is_some() {
        return super::viewer::detail(finding, diagnosis);
    }
    let Some(assessed) = diagnosis.requests.get(finding.request) else { return String::new() };
    let mut lines: Vec<String> = allowing::purpose(assessed, diagnosis).into_iter().collect();
    let simulated = simulator::said(finding, assessed, diagnosis);
    let (first, later) = if simulator::carries(finding, diagnosis) { (simulated, None) } else { (None, simulated) };
    lines.extend(first);
    match &finding.cause {
        Cause::ExplicitDeny { layer, statements, stated_policy } => {
            let is_stated = diagnosis.is_stated(finding.request, *layer);
            denying::lines(*layer, statements, stated_policy.as_deref(), assessed, is_stated, &mut lines);
        }
        Cause::NoAllow { layer, level, near, none_at_all } => {
            let (level, near) = (level.as_deref(), near.as_ref());
            let lack = Lack { layer: *layer, level, near, none_at_all: *none_at_all };
            allowing::lines(&lack, assessed, diagnosis, &mut lines);
            lines.extend(allowing::stand_ins(*layer, assessed).filter(|_| finding.confidence == Confidence::Possible));
        }
        Cause::ObjectOwnedByOther { bucket, owner } => {
            let who = owner.as_deref().map(|id| format!(" (canonical id {})", code(id))).unwrap_or_default();
            lines.push(format!("Another account{who} uploaded the object, and ACLs count in bucket {}. The bucket policy and the policies of the bucket's own account do not reach such an object; only its ACL can let the caller in.", code(bucket)));
            lines.push("To fix: let the object's owner put the ACL `bucket-owner-full-control` on it, and upload with it from now on; or set Object Ownership of the bucket to `BucketOwnerEnforced`, which turns ACLs off and makes every object the bucket owner's.".to_owned());
        }
        Cause::AclNoGrant { bucket, acl } => {
            lines.push(format!("The object belongs to another account than its bucket {}, so the bucket policy does not reach it: its ACL decides.", code(bucket)));
            lines.push(acl.as_ref().map_or("The ACL could not be read.".to_owned(), acl_line));
            lines.push("To fix: let the object's owner grant the caller's account; or set Object Ownership of the bucket to `BucketOwnerEnforced`, which turns ACLs off, so that the bucket policy decides.".to_owned());
        }
        Cause::ObjectMissing { bucket, key, version, may_list } => {
            let of = version.as_deref().map(|version| format!("version {} of ", code(version))).unwrap_or_default();
            lines.push(format!("There is no {of}{} in bucket {}. S3 says so (404) only to callers with `s3:ListBucket`; to all others it says 403.", code(key), code(bucket)));
            lines.extend(key_hint(key).map(str::to_owned));
            let partition = assessed.request.resource.arn.as_ref().map_or("aws", |arn| arn.partition());
            if *may_list {
                lines.push("By what was read, the caller may list the bucket now: S3 would say 404.".to_owned());
                lines.push("To fix: check the key.".to_owned());
            } else {
                lines.push(format!("To fix: check the key. To get a 404 next time, allow `s3:ListBucket` on {}; that shows the names of all objects.", code(&format!("arn:{partition}:s3:::{bucket}"))));
            }
        }
        Cause::PublicAccessBlocked { bucket, settings } => {
            lines.extend(settings.iter().map(|setting| block_line(*setting, bucket)));
            lines.push(format!(
                "To fix: {} To open the bucket to the world is a decision that this tool never takes.",
                block_fix(settings, assessed)
            ));
        }
        Cause::RequesterPays { bucket } => {
            lines.push(format!("Whoever asks from another account pays for requests to bucket {}, and has to say so each time. The request has no `x-amz-request-payer`.", code(bucket)));
            lines.push("To fix: add `--request-payer requester` in the AWS CLI, `RequestPayer` in an SDK, or `fs.s3.useRequesterPaysHeader=true` in Glue and EMR. The caller's account is billed.".to_owned());
        }
        Cause::AccessPointVpcOnly { access_point, vpc } => {
            lines.push(format!(
                "Access point {} was made for {}, and the request did not come from there.",
                code(access_point),
                code(vpc)
            ));
            lines.push("To fix: send the request through an S3 endpoint of that VPC, or make another access point. The network of one that is there cannot be changed.".to_owned());
        }
        Cause::AccessPointNotDelegated { bucket, to } => {
            let account = assessed.request.context.get("s3:dataaccesspointaccount");
            let account = if let Key::Present(values) = account {
                values.join(", ")
            } else {
                "the access point's account".to_owned()
            };
            lines.push(format!(
                "Both the access point and the bucket have to allow a request, and the policy of bucket {} does not.",
                code(bucket)
            ));
            if let Some(near) = to {
                near_lines(near, layer_of(Layer::ResourcePolicy, assessed), &mut lines);
            }
            lines.push(format!("To fix: in the bucket policy, leave it to access points: allow `*` under the condition `StringEquals s3:DataAccessPointAccount` {}; or allow the caller there as well.", code(&account)));
        }
        Cause::KmsKeyUnusable { key, state } => {
            let which = key.as_deref().map_or_else(|| "The key".to_owned(), |key| format!("Key {}", code(key)));
            let is = state
                .as_deref()
                .map_or_else(|| "cannot be used".to_owned(), |state| format!("is in state {}", code(state)));
            lines.push(format!("{which} {is}. No permission changes that."));
            lines.push("To fix: ask its owner why; then enable it (`aws kms enable-key`), or first cancel its deletion (`aws kms cancel-key-deletion`), or encrypt with another key.".to_owned());
        }
        Cause::AwsManagedKeyShared { key } => {
            lines.push(format!(
                "AWS manages {}: only its own account can use it, and its policy cannot be changed.",
                code(key)
            ));
            lines.push("To fix: encrypt the bucket with a key of your own whose policy names the caller, and copy the objects that are there onto themselves.".to_owned());
        }
        Cause::KeyOperationKept { account } => {
            lines.push("A permission for it in the key's policy has no effect for other accounts.".to_owned());
            lines.push(format!(
                "To fix: call it as a user or role of account {account}; a role there can let the caller take it."
            ));
        }
        Cause::OriginAccess { bucket, comes_as, near } => {
            origin_lines(bucket, *comes_as, near.as_ref(), assessed, diagnosis, &mut lines);
        }
        Cause::RootCannotAssumeRole => {
            lines.push("AWS lets only users and roles take a role, whatever the role's trust policy says.".to_owned());
            lines.push("To fix: call `sts:AssumeRole` as a user or a role of the account. The trust policy has to name it, or leave it to the account.".to_owned());
        }
        Cause::Credentials(fault) => fault_lines(*fault, diagnosis, &mut lines),
        Cause::NotServed(why) => not_served::lines(*why, diagnosis, &mut lines),
        Cause::ObjectArchived { bucket, key, class } => {
            lines.push(match class.as_deref() {
                Some(class @ ("GLACIER" | "DEEP_ARCHIVE")) => format!("{} in bucket {} is in storage class {}: it has to be restored before it can be read or copied.", code(key), code(bucket), code(class)),
                Some("INTELLIGENT_TIERING") => format!("{} in bucket {} was in an archive tier of `INTELLIGENT_TIERING`: it has to be restored before it can be read or copied.", code(key), code(bucket)),
                Some(class) => format!("{} in bucket {} was archived. Its storage class is {} now: it was restored or replaced since.", code(key), code(bucket), code(class)),
                None => format!("{} in bucket {} is archived: it has to be restored before it can be read or copied. Which storage class it has could not be read.", code(key), code(bucket)),
            });
            lines.push("To fix: restore it (`aws s3api restore-object --restore-request Days=7`, which takes `s3:RestoreObject`), and read it once the copy is there. No policy can replace that.".to_owned());
        }
        Cause::ObjectLocked { bucket, lock } => lock_lines(bucket, lock.as_ref(), &mut lines),
        Cause::MfaDelete { bucket } => {
            lines.push(format!("MFA delete is on for bucket {}: only the root user of its account, with its MFA device, can delete a version or change the versioning.", code(bucket)));
            lines.push("To fix: as the root user, delete with `--mfa \"SERIAL CODE\"`; or leave out the version, which makes a delete marker.".to_owned());
        }
        Cause::AccessGrantMissing { instance, scopes, .. } => {
            if scopes.is_empty() {
                lines.push(format!("{} has no grant for this caller.", code(instance)));
            } else {
                let scopes: Vec<_> = scopes.iter().map(|scope| code(scope)).collect();
                lines.push(format!("{} grants this caller only {}.", code(instance), scopes.join(", ")));
            }
            lines.push("To fix: have the owner of the instance grant it (`aws s3control create-access-grant`), or ask for what is granted (`aws s3control list-caller-access-grants`).".to_owned());
        }
        Cause::CustomerKeyBlocked { bucket } => {
            lines.push(format!(
                "The upload brings a key of its own (SSE-C), and bucket {} refuses that, as new buckets do by default.",
                code(bucket)
            ));
            lines.push("To fix: leave the key out, and encrypt with the keys of S3 or KMS; or have the bucket's owner take SSE-C out of `BlockedEncryptionTypes` (`aws s3api put-bucket-encryption`).".to_owned());
        }
        Cause::BucketOwnerMismatch { bucket, expected, owner } => {
            let owner = owner
                .map_or_else(|| "another account".to_owned(), |owner| format!("account {}", code(&owner.to_string())));
            lines.push(format!("The request says that bucket {} must belong to account {} (`x-amz-expected-bucket-owner`), and it belongs to {owner}.", code(bucket), code(expected)));
            lines.push("To fix: check the bucket's name, since somebody else's may be like yours; if it is the right bucket, correct the account.".to_owned());
        }
        Cause::AclNotSupported { bucket, header } => {
            let brings =
                header.as_ref().map_or_else(|| "an ACL".to_owned(), |(name, value)| code(&format!("{name}: {value}")));
            lines.push(format!("The request brings {brings}, and ACLs are off in bucket {} (`BucketOwnerEnforced`): it takes no ACL but `bucket-owner-full-control`.", code(bucket)));
            lines.push(
                "To fix: leave the ACL out, and grant access by policies. The bucket's owner owns every object anyway."
                    .to_owned(),
            );
        }
        Cause::ChangedSince { changes } => {
            const SHOWN: usize = 5;
            for change in changes.iter().take(SHOWN) {
                let by = change.by.as_deref().map(|by| format!(" by {}", code(by))).unwrap_or_default();
                let when = if change.time > diagnosis.denial.time {
                    "after the denial"
                } else {
                    "just before the denial, and may not have been in force yet"
                };
                lines.push(format!(
                    "{}{by} at {}, {when} (event {}).",
                    code(&change.call),
                    change.time,
                    change.event_id
                ));
            }
            if diagnosis.hidden_key {
                lines.push(HIDDEN_KEY.to_owned());
            }
            lines.push("To fix: nothing, by what can be read. Send the request again; if it is denied still, explain the new event.".to_owned());
        }
        // Only of viewers, who are told above.
        Cause::Viewer(_) => {}
        Cause::Unexplained { candidates, hidden_key } => {
            let names: Vec<_> = candidates.iter().map(|l| layer_of(*l, assessed)).collect();
            lines.extend(category(diagnosis.denial.category).map(str::to_owned));
            lines.extend(owner_line(diagnosis));
            if !names.is_empty() {
                lines.push(format!(
                    "The cause is in what could not be read, most probably in this order: {}.",
                    names.join(", ")
                ));
            }
            if *hidden_key {
                lines.push(HIDDEN_KEY.to_owned());
            } else if names.is_empty() {
                lines.push("Every layer could be read, and all of them allow it now.".to_owned());
            }
            lines.extend(simulator::cleared(diagnosis).into_iter().map(|row| row.1));
            if let Some(message) = &diagnosis.denial.error_message {
                lines.push(format!("AWS said: {}", code(message)));
            }
        }
    }
    lines.extend(later);
    lines.extend(job_line(finding, assessed, diagnosis));
    lines.extend(caller::lines(finding, diagnosis));
    lines.extend(why_not_certain(finding, diagnosis, unread));
    lines.join("\n")
}

/// What is left once a cause is gone.
pub(in super::super) fn after_this(next: &Finding) -> String {
    let would = match next.confidence {
        Confidence::Certain | Confidence::Likely => "would",
        Confidence::Possible => "may",
    };
    format!("After this, {} {would} still deny it.", code(&next.cause.code()))
}

/// What is often wrong with a key that is not there.
fn key_hint(key: &str) -> Option<&'static str> {
    let encoded = |text: &str| text.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if key.split('%').skip(1).any(encoded) {
        Some("The key has a percent sign with two digits: it may have been encoded once too often.")
    } else if key.starts_with('/') || key.contains("//") {
        Some("The key begins with a slash, or has two in a row: S3 takes each for a part of the name.")
    } else if key.trim() != key {
        Some("The key begins or ends with a space.")
    } else {
        None
    }
}

/// The event need not say whose a bucket is.
fn owner_line(diagnosis: &Diagnosis<'_>) -> Option<String> {
    let request = &diagnosis.requests.first()?.request;
    UnknownOwner::of(request, diagnosis.denial, diagnosis.evidence).map(|unknown| owner::line(&unknown))
}

/// What of a statement the event does not tell.
fn untold(cause: &Cause) -> Vec<String> {
    let misses: Vec<&Miss> = match cause {
        Cause::NoAllow { near: Some(near), .. } => near.misses.iter().collect(),
        Cause::ExplicitDeny { statements, .. } => statements.iter().flat_map(|row| &row.unknown).collect(),
        Cause::NoAllow { near: None, .. }
        | Cause::ObjectOwnedByOther { .. }
        | Cause::AclNoGrant { .. }
        | Cause::ObjectMissing { .. }
        | Cause::PublicAccessBlocked { .. }
        | Cause::RequesterPays { .. }
        | Cause::AccessPointVpcOnly { .. }
        | Cause::AccessPointNotDelegated { .. }
        | Cause::KmsKeyUnusable { .. }
        | Cause::AwsManagedKeyShared { .. }
        | Cause::KeyOperationKept { .. }
        | Cause::RootCannotAssumeRole
        | Cause::OriginAccess { .. }
        | Cause::Credentials(_)
        | Cause::NotServed(_)
        | Cause::ObjectArchived { .. }
        | Cause::ObjectLocked { .. }
        | Cause::MfaDelete { .. }
        | Cause::AccessGrantMissing { .. }
        | Cause::CustomerKeyBlocked { .. }
        | Cause::BucketOwnerMismatch { .. }
        | Cause::AclNotSupported { .. }
        | Cause::Viewer(_)
        | Cause::ChangedSince { .. }
        | Cause::Unexplained { .. } => Vec::new(),
    };
    let mut names = Vec::new();
    for miss in misses.into_iter().filter(|miss| miss.matches == Truth::Unknown) {
        let name = match &miss.element {
            Element::Condition { key, .. } => code(key),
            Element::Principal => "all that the session is".to_owned(),
            Element::Action | Element::Resource => format!("the request's {}", miss.element),
            Element::Broken => continue,
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What speaks for a finding that is only likely, and what keeps it from being certain. `unread` says whether a list
/// of what could not be read follows.
fn why_not_certain(finding: &Finding, diagnosis: &Diagnosis<'_>, unread: bool) -> Option<String> {
    if simulator::carries(finding, diagnosis) {
        return Some(simulator::caveat(diagnosis.requests.get(finding.request)?, diagnosis));
    }
    if finding.confidence != Confidence::Likely || matches!(finding.cause, Cause::ChangedSince { .. }) {
        return None;
    }
    let of_acls = matches!(finding.cause, Cause::ObjectOwnedByOther { .. } | Cause::AclNoGrant { .. });
    let said = if diagnosis.denial.message.reason.is_some() || matches!(finding.cause, Cause::ObjectMissing { .. }) {
        "AWS's own message agrees."
    } else if of_acls {
        "AWS gave no reason, as it does where an ACL decides."
    } else {
        "AWS's error code agrees."
    };
    let untold = untold(&finding.cause);
    Some(match (unread, untold.is_empty()) {
        (true, _) => format!("{said} What could not be read, below, keeps it from being certain."),
        (false, false) => {
            format!("{said} The event does not tell {}, which keeps it from being certain.", untold.join(" and "))
        }
        (false, true) => format!("{said} The event does not tell all that decides, so it is not certain."),
    })
}

/// What an error code says that is not about permissions.
fn category(category: Category) -> Option<&'static str> {
    match category {
        // The last two are causes of their own.
        Category::Authorization | Category::Throttling | Category::Account | Category::NotEnabled => None,
        Category::ObjectState => Some(
            "The error code is about the object or its bucket, not about permissions: it is archived or locked, or ACLs are off.",
        ),
        Category::KeyState => Some(
            "The error code is about the KMS key, not about permissions: it is disabled, about to be deleted, or not there.",
        ),
        Category::Credentials => {
            Some("The error code says that AWS does not know, or no longer accepts, the credentials.")
        }
    }
}
