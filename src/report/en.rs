//! The words, in English. Values stand in backticks and hold none themselves; paragraphs are lines.

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{Actual, BlockSetting, Element, Miss};
use crate::event::Category;
use crate::evidence::{Acl, Grantee, GranteeGroup, Question, Why};
use crate::finding::{Cause, Confidence, Denying, Finding, Hint, NearMiss, Place};
use crate::layer::Layer;
use crate::policy::Problem;
use crate::request::PrincipalKind;
use crate::truth::Truth;

/// A value among words: in backticks, on one line.
pub(super) fn code(value: &str) -> String {
    format!("`{}`", value.replace('`', "'").replace(['\n', '\r'], " "))
}

fn codes(values: &[String]) -> String {
    const SHOWN: usize = 4;
    let shown = values.iter().take(SHOWN).map(|v| code(v)).collect::<Vec<_>>().join(" or ");
    match values.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} or {more} more"),
    }
}

/// What a layer is called.
pub(super) fn layer(layer: Layer) -> &'static str {
    match layer {
        Layer::Scp => "service control policy",
        Layer::Rcp => "resource control policy",
        Layer::VpcEndpointPolicy => "VPC endpoint policy",
        Layer::PermissionsBoundary => "permissions boundary",
        Layer::SessionPolicy => "session policy",
        Layer::IdentityPolicy => "identity policy",
        Layer::ResourcePolicy => "resource policy",
        Layer::AccessPointPolicy => "access point policy",
        Layer::KmsKeyPolicy => "KMS key policy",
        Layer::KmsIdentityPolicy => "identity policy for the KMS key",
        Layer::TrustPolicy => "trust policy",
        Layer::BlockPublicAccess => "Block Public Access",
        Layer::Acl => "ACL",
    }
}

/// What a layer is called for this request: a bucket policy, for S3.
fn layer_of(which: Layer, assessed: &Assessed<'_>) -> &'static str {
    let bucket = assessed.request.s3.as_ref().is_some_and(|target| target.bucket.is_some());
    if which == Layer::ResourcePolicy && bucket { "bucket policy" } else { layer(which) }
}

/// The caller, as a sentence names it.
pub(super) fn caller(diagnosis: &Diagnosis<'_>) -> String {
    let Some(assessed) = diagnosis.requests.first() else { return "the caller".to_owned() };
    let principal = &assessed.request.principal;
    let name = principal.entity().map(|entity| entity.name);
    match (&principal.kind, name) {
        (PrincipalKind::User | PrincipalKind::FederatedUser { .. }, Some(name)) => format!("user {}", code(&name)),
        (PrincipalKind::RoleSession { .. }, Some(name)) => format!("role {}", code(&name)),
        (PrincipalKind::Root, _) => "the root user".to_owned(),
        (PrincipalKind::Service(name), _) => format!("service {}", code(name)),
        (PrincipalKind::Anonymous, _) => "an anonymous caller".to_owned(),
        (
            PrincipalKind::User
            | PrincipalKind::FederatedUser { .. }
            | PrincipalKind::RoleSession { .. }
            | PrincipalKind::Provider(_)
            | PrincipalKind::Unnamed
            | PrincipalKind::Other,
            _,
        ) => "the caller".to_owned(),
    }
}

/// One line that stands alone.
pub(super) fn title(finding: &Finding, diagnosis: &Diagnosis<'_>) -> String {
    let assessed = diagnosis.requests.get(finding.request);
    let action = code(assessed.map(|a| a.request.action.name()).unwrap_or_default());
    let name = |which| assessed.map_or(layer(which), |a| layer_of(which, a));
    match &finding.cause {
        Cause::ExplicitDeny { layer, statements, .. } => match statements.as_slice() {
            [] => format!("a {} denies {action}", name(*layer)),
            [only] => {
                format!("statement {} of {} denies {action}", code(&only.statement), policy(&only.policy, name(*layer)))
            }
            many => format!("{} statements of {} deny {action}", many.len(), plural(name(*layer))),
        },
        Cause::NoAllow { layer: Layer::IdentityPolicy, .. } => format!("no identity policy allows {action}"),
        Cause::NoAllow { layer: Layer::ResourcePolicy, none_at_all: true, .. } => {
            format!("the caller is in another account, and no {} allows {action}", name(Layer::ResourcePolicy))
        }
        Cause::NoAllow { layer: which @ Layer::ResourcePolicy, .. } => {
            format!("the {} does not allow {action} to {}", name(*which), caller(diagnosis))
        }
        Cause::NoAllow { layer: which, .. } => format!("the {} does not allow {action}", name(*which)),
        Cause::ObjectOwnedByOther { .. } => "the object belongs to another account than its bucket".to_owned(),
        Cause::AclNoGrant { acl: None, .. } => {
            "the object belongs to another account than its bucket, and its ACL decides".to_owned()
        }
        Cause::AclNoGrant { .. } => format!("the ACL of the object does not grant {action} to {}", caller(diagnosis)),
        Cause::ObjectMissing { .. } if finding.confidence == Confidence::Possible => {
            "the object does not exist, which S3 hides from callers that may not list the bucket".to_owned()
        }
        Cause::ObjectMissing { .. } => "the object does not exist, and the caller may not list the bucket".to_owned(),
        Cause::PublicAccessBlocked { settings, bucket } => {
            let names: Vec<_> = settings.iter().map(|s| code(s.name())).collect();
            format!("Block Public Access ({}) of {} stops it", names.join(", "), code(bucket))
        }
        Cause::Unexplained { .. } => "nothing that could be read denies it".to_owned(),
    }
}

fn plural(name: &str) -> String {
    name.strip_suffix('y').map_or_else(|| format!("{name}s"), |stem| format!("{stem}ies"))
}

/// `inline policy x`, or the policy's ARN with the layer's name.
fn policy(label: &str, name: &str) -> String {
    match label.strip_prefix("inline:") {
        Some(inline) => format!("inline policy {}", code(inline)),
        None if label.starts_with("arn:") => {
            let short = label.rsplit_once(":policy/").map_or(label.rsplit(":::").next().unwrap_or(label), |(_, n)| n);
            format!("{name} {}", code(short))
        }
        None => format!("{name} {}", code(label)),
    }
}

/// What to know and what to do, a line per paragraph.
pub(super) fn detail(finding: &Finding, diagnosis: &Diagnosis<'_>) -> String {
    let Some(assessed) = diagnosis.requests.get(finding.request) else { return String::new() };
    let mut lines = Vec::new();
    match &finding.cause {
        Cause::ExplicitDeny { layer, statements, stated_policy } => {
            deny_lines(*layer, statements, stated_policy.as_deref(), assessed, &mut lines);
        }
        Cause::NoAllow { layer, near, none_at_all } => {
            allow_lines(*layer, near.as_ref(), *none_at_all, assessed, diagnosis, &mut lines);
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
        Cause::ObjectMissing { bucket, key } => {
            lines.push(format!("There is no {} in bucket {}. S3 says so (404) only to callers with `s3:ListBucket`; to all others it says 403.", code(key), code(bucket)));
            let partition = assessed.request.resource.arn.as_ref().map_or("aws", |arn| arn.partition());
            lines.push(format!("To fix: check the key. To get a 404 next time, allow `s3:ListBucket` on {}; that shows the names of all objects.", code(&format!("arn:{partition}:s3:::{bucket}"))));
        }
        Cause::PublicAccessBlocked { bucket, settings } => {
            lines.extend(settings.iter().map(|setting| block_line(*setting, bucket)));
            lines.push(format!(
                "To fix: {} To open the bucket to the world is a decision that this tool never takes.",
                block_fix(settings, assessed)
            ));
        }
        Cause::Unexplained { candidates } => {
            let names: Vec<_> = candidates.iter().map(|l| layer_of(*l, assessed)).collect();
            lines.extend(category(diagnosis.denial.category).map(str::to_owned));
            if names.is_empty() {
                lines.push("Every layer could be read, and all of them allow it now.".to_owned());
            } else {
                lines.push(format!(
                    "The cause is in what could not be read, most probably in this order: {}.",
                    names.join(", ")
                ));
            }
            if let Some(message) = &diagnosis.denial.error_message {
                lines.push(format!("AWS said: {}", code(message)));
            }
        }
    }
    if finding.confidence == Confidence::Likely {
        let said = match diagnosis.denial.message.reason {
            Some(_) => "AWS's own message agrees.",
            None => "AWS gave no reason, as it does where an ACL decides.",
        };
        lines.push(format!("{said} What could not be read, below, keeps it from being certain."));
    }
    lines.join("\n")
}

/// What an error code says that is not about permissions.
fn category(category: Category) -> Option<&'static str> {
    match category {
        Category::Authorization | Category::Throttling => None,
        Category::Account => Some(
            "The error code says that the account or the bucket is suspended, or that a bill is open: ask AWS Support.",
        ),
        Category::ObjectState => Some(
            "The error code is about the object or its bucket, not about permissions: it is archived or locked, or ACLs are off.",
        ),
        Category::KeyState => Some(
            "The error code is about the KMS key, not about permissions: it is disabled, about to be deleted, or not there.",
        ),
        Category::Credentials => {
            Some("The error code says that AWS does not know, or no longer accepts, the credentials.")
        }
        Category::NotEnabled => {
            Some("The error code says that the service or the Region is not enabled for the account.")
        }
    }
}

fn acl_line(acl: &Acl) -> String {
    let grants: Vec<_> = acl.grants.iter().map(|g| format!("{:?} to {}", g.permission, grantee(&g.grantee))).collect();
    if grants.is_empty() {
        "The ACL grants nothing.".to_owned()
    } else {
        format!("The ACL grants {}.", grants.join(", "))
    }
}

fn grantee(grantee: &Grantee) -> String {
    match grantee {
        Grantee::Account(id) => format!("account {}", code(id)),
        Grantee::Group(GranteeGroup::AllUsers) => "everyone".to_owned(),
        Grantee::Group(GranteeGroup::AuthenticatedUsers) => "every AWS account".to_owned(),
        Grantee::Group(GranteeGroup::LogDelivery) => "log delivery".to_owned(),
        Grantee::Other(text) => code(text),
    }
}

fn block_fix(settings: &[BlockSetting], assessed: &Assessed<'_>) -> &'static str {
    if settings.contains(&BlockSetting::BlockPublicAcls) {
        "leave out the public ACL, and grant access by a policy that names the callers."
    } else if settings.contains(&BlockSetting::BlockPublicPolicy) {
        "name the callers in the policy instead of everyone, or limit it to fixed values of a condition key."
    } else if assessed.request.principal.kind == PrincipalKind::Anonymous {
        "sign the requests as a caller that the bucket policy names, or serve the objects through CloudFront with origin access control."
    } else {
        "name the callers in the bucket policy instead of everyone."
    }
}

fn block_line(setting: BlockSetting, bucket: &str) -> String {
    let bucket = code(bucket);
    match setting {
        BlockSetting::RestrictPublicBuckets => format!(
            "The policy of bucket {bucket} is public, and `RestrictPublicBuckets` is on: only its own account and AWS services get in, even callers that the policy names."
        ),
        BlockSetting::IgnorePublicAcls => format!(
            "An ACL grants this to everyone, and `IgnorePublicAcls` is on for bucket {bucket}: the grant is void."
        ),
        BlockSetting::BlockPublicAcls => {
            format!("The request puts a public ACL, and `BlockPublicAcls` is on for bucket {bucket}.")
        }
        BlockSetting::BlockPublicPolicy => {
            format!("The request puts a public policy, and `BlockPublicPolicy` is on for bucket {bucket}.")
        }
    }
}

fn deny_lines(
    which: Layer,
    statements: &[Denying],
    stated: Option<&str>,
    assessed: &Assessed<'_>,
    lines: &mut Vec<String>,
) {
    let name = layer_of(which, assessed);
    if statements.is_empty() {
        let arn = stated.map(|arn| format!(": {}", code(arn))).unwrap_or_default();
        lines.push(format!(
            "AWS's message names an explicit deny in a {name}{arn}. The policy itself could not be read."
        ));
    }
    lines.extend(statements.iter().map(|statement| deny_line(statement, &policy(&statement.policy, name))));
    let guardrail = matches!(which, Layer::Scp | Layer::Rcp | Layer::PermissionsBoundary);
    lines.push(if guardrail {
        "To fix: an explicit deny here is a guardrail. Ask its owner, or make the request in a way that it permits.".to_owned()
    } else {
        "To fix: make the request in a way that the statement permits, or except it in the statement. No Allow elsewhere can override a Deny.".to_owned()
    });
}

/// What one statement denies, and by which conditions.
fn deny_line(statement: &Denying, of: &str) -> String {
    let condition = |place: &Place| {
        let element = place.element.trim_start_matches("Condition.").replacen('.', " ", 1);
        let actual = match place.actual.as_str() {
            "(not in the request)" => "the request does not have the key".to_owned(),
            "(not known)" => "the event does not tell what the request has".to_owned(),
            actual => format!("the request has {}", code(actual)),
        };
        format!("{} wants {}, {actual}", code(&element), code(&place.wanted))
    };
    let conditions: Vec<_> = statement.conditions.iter().map(condition).collect();
    let sure = statement.unknown.iter().all(|miss| miss.matches != Truth::Unknown);
    let name = code(&statement.statement);
    match (sure, conditions.is_empty()) {
        (true, true) => format!("{name} of {of} denies it without a condition."),
        (true, false) => format!("{name} of {of} denies it, because its condition holds: {}.", conditions.join("; ")),
        (false, true) => format!("{name} of {of} may deny it: not all of its elements could be compared."),
        (false, false) => format!("{name} of {of} denies it, if its condition holds: {}.", conditions.join("; ")),
    }
}

fn allow_lines(
    which: Layer,
    near: Option<&NearMiss>,
    none_at_all: bool,
    assessed: &Assessed<'_>,
    diagnosis: &Diagnosis<'_>,
    lines: &mut Vec<String>,
) {
    let name = layer_of(which, assessed);
    let action = code(assessed.request.action.name());
    let resource = assessed.request.resource.arn.as_ref().map_or("the resource".to_owned(), |arn| code(arn.as_str()));
    if none_at_all {
        let who = if which == Layer::IdentityPolicy { capital(&caller(diagnosis)) } else { String::new() };
        lines.push(if who.is_empty() {
            format!("There is no {name}.")
        } else {
            format!("{who} has no policies at all.")
        });
    }
    if let Some(near) = near {
        lines.push(near_line(near, &policy(&near.policy, name)));
        lines.extend(near.hint.as_ref().map(hint_line));
    }
    let whom = assessed.request.principal.policy_arn().map_or_else(|| caller(diagnosis), |arn| code(arn.as_str()));
    lines.push(if which == Layer::IdentityPolicy {
        format!("To fix: allow {action} on {resource} in a policy of {}.", caller(diagnosis))
    } else if which == Layer::ResourcePolicy {
        let across = match assessed.request.same_account() {
            Some(true) => String::new(),
            _ => format!(" Across accounts, both the caller's policy and the {name} must allow."),
        };
        format!("To fix: in the {name}, allow {action} on {resource} to {whom}.{across}")
    } else if matches!(which, Layer::PermissionsBoundary | Layer::Scp) {
        format!("To fix: the {name} limits what other policies can allow, and {action} is not in it. Ask its owner to add it.")
    } else {
        format!("To fix: add {action} on {resource} to the {name}.")
    });
}

fn near_line(near: &NearMiss, of: &str) -> String {
    let misses: Vec<_> = near.misses.iter().map(miss_text).collect();
    if misses.is_empty() {
        return format!("{} of {of} allows it, but does not stand alone here.", code(&near.statement));
    }
    format!("{} of {of} comes closest: {}.", code(&near.statement), misses.join("; "))
}

fn miss_text(miss: &Miss) -> String {
    let element = match &miss.element {
        Element::Condition { operator, key } => code(&format!("{operator} {key}")),
        Element::Action | Element::Resource | Element::Principal | Element::Broken => format!("its {}", miss.element),
    };
    let actual = match &miss.actual {
        Actual::Values(values) => format!("the request has {}", codes(values)),
        Actual::Absent => "the request does not have the key".to_owned(),
        Actual::Unknown => "the event does not tell".to_owned(),
    };
    format!("{element} wants {}, {actual}", codes(&miss.wanted))
}

fn hint_line(hint: &Hint) -> String {
    match hint {
        Hint::SpaceInArn { written, meant } => {
            format!("The ARN {} has a space in it, so it matches nothing. Meant is {}.", code(written), code(meant))
        }
        Hint::ObjectsMissing { written, meant } => {
            format!("{} is the bucket; the action is on its objects: {}.", code(written), code(meant))
        }
        Hint::BucketMissing { written, meant } => {
            format!("{} is objects; the action is on the bucket: {}.", code(written), code(meant))
        }
        Hint::OtherPartition { written, partition } => {
            format!("{} is of another partition; the resource is in {}.", code(written), code(partition))
        }
        Hint::ActionMissing { action } => {
            format!("The statement is about this resource and lacks only the action {}.", code(action))
        }
        Hint::DeletedPrincipal { id } => format!(
            "{} is what AWS keeps of a user or role that was deleted. One made again with the same name is not it: save the policy again with its ARN.",
            code(id)
        ),
        Hint::KeyAbsent { key } => {
            format!("The request does not have the key {} at all, so the condition cannot hold.", code(key))
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Why a question has no answer.
pub(super) fn why(why: &Why) -> String {
    match why {
        Why::AccessDenied => "the read role may not".to_owned(),
        Why::NoReadRole => "the read role could not be assumed there".to_owned(),
        Why::Throttled => "AWS throttled the call".to_owned(),
        Why::Timeout => "AWS did not answer in time".to_owned(),
        Why::Garbled => "AWS's answer could not be understood".to_owned(),
        Why::Failed(code) if code == "credentials" => "no AWS credentials were found".to_owned(),
        Why::Failed(code) if code == "connection" => "AWS could not be reached".to_owned(),
        Why::Failed(code) => format!("AWS answered {}", self::code(code)),
        Why::AccountUnknown => "the event does not say which account to ask".to_owned(),
        Why::NotRecorded => "the case does not hold the answer".to_owned(),
        Why::NotAsked => "not read by this version".to_owned(),
    }
}

/// What could not be understood in a policy, and where.
pub(super) fn malformed(problem: &Problem) -> String {
    let at = if problem.at.is_empty() { "the policy".to_owned() } else { code(&problem.at) };
    format!("{at} {}", problem.what)
}

/// What would help with a question that has no answer.
pub(super) fn needs(question: &Question, why: &Why) -> String {
    let actions = question.spec().needs.join(", ");
    match why {
        Why::NoReadRole => format!("the read role in account {}, with {actions}", question.account()),
        Why::Failed(code) if code == "credentials" => {
            format!("credentials (run `aws sso login`, or set `AWS_PROFILE`), with {actions}")
        }
        Why::Failed(code) if code == "connection" => format!("a connection to AWS, with {actions}"),
        Why::AccessDenied
        | Why::Throttled
        | Why::Timeout
        | Why::Garbled
        | Why::Failed(_)
        | Why::AccountUnknown
        | Why::NotRecorded
        | Why::NotAsked => actions,
    }
}
