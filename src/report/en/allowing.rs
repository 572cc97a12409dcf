//! What does not allow a request, which statement comes closest, and what it lacks.

use super::about::{Told, generic, join};
use super::admit::{self, fails_by_conditions};
use super::hint::{hint_line, is_mended_in_the_statement};
use super::wish::{Wish, about as about_one, meet};
use super::{caller, code, codes, layer_of, policy, values};
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::{Actual, Element, Miss, Outcome, key_ref};
use crate::evidence::{Answer, Fact, Question};
use crate::finding::{Hint, NearMiss};
use crate::layer::Layer;
use crate::policy::{Operator, Problem};
use crate::request::{Behind, Caller, Origin, PrincipalKind};
use crate::truth::Truth;

/// What is known of the lack of an allow.
pub(super) struct Lack<'a> {
    pub(super) layer: Layer,
    pub(super) level: Option<&'a str>,
    pub(super) near: Option<&'a NearMiss>,
    pub(super) none_at_all: bool,
}

pub(super) fn lines(lack: &Lack<'_>, assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>, lines: &mut Vec<String>) {
    let name = layer_of(lack.layer, assessed);
    let of_caller = matches!(lack.layer, Layer::IdentityPolicy | Layer::KmsIdentityPolicy);
    let federated = matches!(assessed.request.principal.kind, PrincipalKind::FederatedUser { .. });
    if let Some(level) = lack.level {
        lines.push(format!(
            "At {} no policy allows it, and each level from the root to the account has to.",
            code(level)
        ));
    } else if lack.none_at_all && of_caller {
        lines.push(format!("{} has no policies at all.", capital(&caller(diagnosis))));
    } else if lack.none_at_all && lack.layer == Layer::SessionPolicy && federated {
        lines.push(
            "The session was made without a policy, so it may do only what resource policies allow it by name."
                .to_owned(),
        );
    } else if lack.none_at_all {
        lines.push(format!("There is no {name}."));
    }
    if let Some(near) = lack.near {
        near_lines(near, name, lines);
    }
    lines.extend(grants_line(lack.layer, assessed, diagnosis));
    lines.push(fix(lack, assessed, diagnosis));
    lines.extend(instead(lack.layer, assessed, diagnosis));
}

/// Another layer that would do in place of this one.
///
/// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
fn instead(which: Layer, assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>) -> Option<String> {
    let other = assessed.in_place_of(which).filter(|_| !diagnosis.caller_is_gone())?;
    let whom = assessed.request.principal.policy_arn()?;
    let of_set = matches!(Caller::of(diagnosis.denial).behind, Some(Behind::PermissionSet { .. }));
    let anew = if of_set { " A permission set that is assigned anew may have another role." } else { "" };
    Some(format!(
        "Or instead: allow it to {} in the {}. In one account, an Allow there that names the caller is enough.{anew}",
        code(whom.as_str()),
        layer_of(other, assessed)
    ))
}

/// The resource's policy, or an ACL, where it could not be read and may allow what this layer does not.
pub(super) fn stand_ins(which: Layer, assessed: &Assessed<'_>) -> Option<String> {
    let own = assessed.evaluation.outcomes.iter().find(|row| row.0 == which)?;
    let unread = |layer: &Layer| {
        let gap = assessed.layer(*layer).is_some_and(|input| input.gaps().next().is_some());
        let open = |row: &(Layer, Outcome)| row.0 == Layer::Acl && row.1.allow.any() == Truth::Unknown;
        gap || (*layer == Layer::Acl && assessed.evaluation.outcomes.iter().any(open))
    };
    let others = [Layer::ResourcePolicy, Layer::AccessPointPolicy, Layer::KmsKeyPolicy, Layer::TrustPolicy, Layer::Acl];
    let names: Vec<_> = others.iter().filter(|layer| **layer != which && unread(layer)).collect();
    let lacks = own.1.allow.any() == Truth::False && !names.is_empty();
    let names: Vec<_> = names.into_iter().map(|layer| layer_of(*layer, assessed)).collect();
    lacks.then(|| format!("The {} could not be read, and may allow it instead.", names.join(" and the ")))
}

/// What the key is wanted for, where S3 asks for it.
pub(super) fn purpose(assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>) -> Option<String> {
    let Origin::Encryption { assumed } = assessed.request.origin else { return None };
    let session = diagnosis.requests.iter().find(|other| other.request.action.folded() == "s3express:createsession");
    if let Some(bucket) = session.and_then(|session| session.request.resource.arn.as_ref()) {
        return Some(format!("It is the key of {}: S3 asks KMS for it in the caller's name.", code(bucket.as_str())));
    }
    let of_object = diagnosis.requests.iter().find(|other| {
        other.request.s3.as_ref().is_some_and(|target| target.key.is_some() && target.access_point.is_none())
    });
    let object = of_object?.request.resource.arn.as_ref()?;
    Some(if assumed {
        format!("The key is the default of the bucket of {}, which need not be under it.", code(object.as_str()))
    } else {
        format!("S3 asks KMS for it in the caller's name, for {}.", code(object.as_str()))
    })
}

/// Grants of the key to the caller, for other operations.
fn grants_line(which: Layer, assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>) -> Option<String> {
    let own = assessed.request.principal.policy_arn().filter(|_| which == Layer::KmsKeyPolicy)?;
    let key = key_ref(&assessed.request, &diagnosis.denial.region)?;
    let grants = match diagnosis.evidence.fact(&Question::KmsGrants(key), Answer::as_kms_grants) {
        Fact::Known(grants) => grants,
        Fact::Unreadable(_) => {
            return Some("A grant of the key may allow it: its grants could not be read.".to_owned());
        }
        Fact::Absent => return None,
    };
    let to_caller = grants.iter().filter(|grant| grant.grantee_principal == own.as_str());
    let operations: Vec<_> = to_caller.flat_map(|grant| grant.operations.iter().cloned()).collect();
    (!operations.is_empty()).then(|| format!("The caller has a grant of the key, for {} only.", values(&operations)))
}

/// The statement that comes closest, what it lacks, and why.
pub(super) fn near_lines(near: &NearMiss, name: &str, lines: &mut Vec<String>) {
    let of = policy(&near.policy, name);
    lines.push(if matches!(near.hint, Some(Hint::PrincipalAtGateway { .. })) {
        format!("{} of {of} names the caller.", code(&near.statement))
    } else {
        near_line(near, &of)
    });
    // That the request lacks the key stands above.
    lines.extend(near.hint.as_ref().filter(|hint| !matches!(hint, Hint::KeyAbsent { .. })).map(hint_line));
    if !near.held.is_empty() {
        let verb = if near.held.len() == 1 { "holds" } else { "hold" };
        let held: Vec<_> = near.held.iter().map(|condition| code(condition)).collect();
        lines.push(format!("{} {verb}, but all conditions of a statement have to.", held.join(" and ")));
    }
}

/// For which requests nothing allows, in a few words: "without MFA". Only where nothing but conditions is to blame.
pub(super) fn about(near: &NearMiss, kind: &PrincipalKind) -> Option<String> {
    let unhinted = near.hint.as_ref().is_none_or(|hint| matches!(hint, Hint::KeyAbsent { .. }));
    if !unhinted {
        return None;
    }
    let failed = near.misses.iter().filter(|miss| miss.matches == Truth::False);
    let told = failed.map(|miss| wish(miss, kind).map(|wish| about_one(&wish).unwrap_or_else(|| generic(&wish))));
    join(Told::DoesNotAllow, told.collect::<Option<_>>()?)
}

/// What an Allow wants of a request; `None` for what is no condition.
fn wish<'a>(miss: &'a Miss, caller: &'a PrincipalKind) -> Option<Wish<'a>> {
    let Element::Condition { operator, key } = &miss.element else { return None };
    let negated = Operator::parse(operator).is_some_and(|operator| operator.negated);
    Some(Wish { operator, key, values: &miss.wanted, wanted: !negated, actual: &miss.actual, caller })
}

fn fix(lack: &Lack<'_>, assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>) -> String {
    let name = layer_of(lack.layer, assessed);
    let action = code(assessed.request.action.name());
    let resource = assessed.request.resource.arn.as_ref().map_or("the resource".to_owned(), |arn| code(arn.as_str()));
    let kind = &assessed.request.principal.kind;
    if diagnosis.caller_is_gone() && matches!(lack.layer, Layer::IdentityPolicy | Layer::KmsIdentityPolicy) {
        return format!(
            "To fix: make {} again, with a policy that allows {action} on {resource}; or call as one that is there.",
            caller(diagnosis)
        );
    }
    if let Some(fix) = lack.near.and_then(|near| fix_condition(near, lack.layer, assessed, diagnosis)) {
        return fix;
    }
    let whom = admit::principal(assessed, diagnosis);
    let ways = lack.near.and_then(|near| ways(near, kind)).map(|ways| format!("{ways}; or ")).unwrap_or_default();
    match lack.layer {
        Layer::IdentityPolicy | Layer::KmsIdentityPolicy => match Caller::of(diagnosis.denial).behind {
            Some(Behind::PermissionSet { set, .. }) => format!(
                "To fix: {ways}allow {action} on {resource} in permission set {}, in IAM Identity Center. Nobody can change the role itself.",
                code(set)
            ),
            Some(Behind::LinkedService(_)) => {
                "To fix: ask for it through the service. It alone decides what its role may do: nobody can change its policy.".to_owned()
            }
            Some(_) | None => format!("To fix: {ways}allow {action} on {resource} in a policy of {}.", caller(diagnosis)),
        },
        Layer::KmsKeyPolicy | Layer::TrustPolicy => format!("To fix: {ways}in the {name}, allow {action} to {whom}."),
        Layer::ResourcePolicy if *kind == PrincipalKind::Anonymous => {
            "To fix: sign the requests as a caller that the bucket policy names, or serve the objects through CloudFront with origin access control. To open the bucket to the world is a decision that this tool never takes.".to_owned()
        }
        Layer::ResourcePolicy | Layer::AccessPointPolicy => {
            let across = match (kind, assessed.request.same_account()) {
                (_, Some(true)) | (PrincipalKind::Service(_), _) => String::new(),
                _ => format!(" Across accounts, both the caller's policy and the {name} must allow."),
            };
            let either = if is_table(assessed) { " Either is enough: this policy, or that of the table bucket." } else { "" };
            format!("To fix: {ways}in the {name}, allow {action} on {resource} to {whom}.{either}{across}")
        }
        Layer::PermissionsBoundary | Layer::Scp => format!(
            "To fix: {ways}ask the owner of the {name} to add {action}. It limits what all other policies can allow."
        ),
        Layer::SessionPolicy => format!(
            "To fix: {ways}make the session with a policy that allows {action} on {resource}. A session can do no more than the policies passed with it."
        ),
        Layer::Rcp
        | Layer::VpcEndpointPolicy
        | Layer::BlockPublicAccess
        | Layer::RequesterPays
        | Layer::AccessPointVpc
        | Layer::ObjectLock
        | Layer::MfaDelete
        | Layer::CustomerKey
        | Layer::ExpectedOwner
        | Layer::AccessGrants
        | Layer::RootCaller
        | Layer::KeyOperation
        | Layer::Acl => format!("To fix: {ways}add {action} on {resource} to the {name}."),
    }
}

/// For a table, the policy of its table bucket counts as well.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-resource-based-policies.html>
fn is_table(assessed: &Assessed<'_>) -> bool {
    let arn = assessed.request.resource.arn.as_ref();
    arn.is_some_and(|arn| arn.service() == "s3tables" && arn.resource().contains("/table/"))
}

/// Where a resource's policy has a statement for this caller whose conditions alone fail: what the caller can do, and
/// what of the statement would have to be changed. Another statement without the conditions would get around them.
fn fix_condition(near: &NearMiss, layer: Layer, assessed: &Assessed<'_>, diagnosis: &Diagnosis<'_>) -> Option<String> {
    let of_resource =
        matches!(layer, Layer::TrustPolicy | Layer::ResourcePolicy | Layer::AccessPointPolicy | Layer::KmsKeyPolicy);
    let mended = near.hint.as_ref().is_some_and(is_mended_in_the_statement);
    if !of_resource || mended || !fails_by_conditions(near) {
        return None;
    }
    let (kind, name) = (&assessed.request.principal.kind, layer_of(layer, assessed));
    let wishes = near.misses.iter().filter(|miss| miss.matches == Truth::False).map(|miss| wish(miss, kind));
    let wishes = wishes.collect::<Option<Vec<_>>>()?;
    let statement = format!("{} of {}", code(&near.statement), policy(&near.policy, name));
    let mut ways: Vec<_> = ways(near, kind).into_iter().collect();
    if let Some(values) = wishes.iter().map(|wish| admit::value(wish, &near.held)).collect::<Option<Vec<_>>>() {
        ways.push(format!("in {statement}, {}", values.join(", and ")));
    } else if ways.is_empty() || layer != Layer::TrustPolicy {
        let action = code(assessed.request.action.name());
        let on = assessed.request.resource.arn.as_ref().filter(|_| layer != Layer::TrustPolicy);
        let on = on.map(|arn| format!(" on {}", code(arn.as_str()))).unwrap_or_default();
        ways.push(format!(
            "if this caller is meant to do without that, have the {name} allow {action}{on} to {} by a statement of its own",
            admit::principal(assessed, diagnosis)
        ));
    } else {
        ways.push(format!("have the role's owner change {statement}"));
    }
    Some(format!("To fix: {}.", ways.join("; or ")))
}

/// What to do about the statement, or by the caller where nothing but conditions keeps it from allowing.
fn ways(near: &NearMiss, kind: &PrincipalKind) -> Option<String> {
    if near.hint.as_ref().is_some_and(is_mended_in_the_statement) {
        return Some(format!("mend {}, as said", code(&near.statement)));
    }
    let failed = near.misses.iter().filter(|miss| miss.matches == Truth::False);
    let meets = failed.map(|miss| meet(&wish(miss, kind)?)).collect::<Option<Vec<_>>>()?;
    (!meets.is_empty()).then(|| meets.join(", and "))
}

fn near_line(near: &NearMiss, of: &str) -> String {
    // What is not known to match matters only where nothing is known to fail.
    let fails = |miss: &&Miss| miss.matches == Truth::False;
    let any = near.misses.iter().any(|miss| fails(&miss));
    let misses: Vec<_> = near
        .misses
        .iter()
        .filter(|miss| !any || fails(miss))
        .map(|miss| miss_text(miss, near.fault.as_ref()))
        .collect();
    if misses.is_empty() {
        return format!("{} of {of} allows it, but does not stand alone here.", code(&near.statement));
    }
    format!("{} of {of} comes closest: {}.", code(&near.statement), misses.join("; "))
}

fn miss_text(miss: &Miss, fault: Option<&Problem>) -> String {
    let element = match &miss.element {
        Element::Broken => {
            return fault.map_or_else(|| "a part of it could not be understood".to_owned(), super::malformed);
        }
        Element::Condition { operator, key } => code(&format!("{operator} {key}")),
        Element::Action | Element::Resource | Element::Principal => format!("its {}", miss.element),
    };
    let actual = match &miss.actual {
        Actual::Values(has) => format!("the request has {}", values(has)),
        Actual::Absent => "and the request does not have the key at all".to_owned(),
        Actual::NotOf(_) => "the request has another, or none".to_owned(),
        Actual::Unknown => "the event does not say what the request had".to_owned(),
    };
    format!("{element} wants {}, {actual}", codes(&miss.wanted))
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
