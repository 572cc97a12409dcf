//! Which statement comes closest to allowing a request, and what its author most likely got wrong.

use crate::arn::Arn;
use crate::evaluate::{Actual, Element, Miss, StatementTrace, actual_value};
use crate::finding::{Hint, NearMiss};
use crate::policy::{ArnPattern, Binding, Comparison, Condition, PrincipalEntry, SetOperator, Version};
use crate::request::{PrincipalKind, Request, action_for_call, is_s3_action, known_keys, s3_actions};
use crate::spelling;
use crate::truth::Truth;

/// The statement that is nearest, if one is near enough to be worth showing. Of equally near ones, one whose mistake
/// can be named.
pub(super) fn nearest(traces: &[StatementTrace<'_>], request: &Request) -> Option<NearMiss> {
    let near: Vec<_> = traces.iter().filter(|trace| is_near(trace, request)).collect();
    let least = near.first()?.distance.0;
    let as_near = near.iter().filter(|trace| trace.distance.0 == least);
    as_near.map(|trace| near_miss(trace, request)).min_by_key(|miss| {
        let mistake = miss.hint.as_ref().is_some_and(names_a_mistake);
        (!mistake, miss.misses.iter().map(|miss| rank(&miss.element)).max())
    })
}

/// How far a statement that fails in an element is from what its author meant: one that fails in a condition alone
/// was written for this request.
fn rank(element: &Element) -> u8 {
    match element {
        Element::Condition { .. } => 0,
        Element::Action | Element::Resource | Element::Broken => 1,
        Element::Principal => 2,
    }
}

/// Whether a hint says what to change in the statement, and not only what it lacks.
pub(super) fn names_a_mistake(hint: &Hint) -> bool {
    !matches!(hint, Hint::ActionMissing { .. } | Hint::KeyAbsent { .. })
}

/// Whether a statement is close enough to be worth showing: it is about this service, and it fails in one element,
/// or in two and is about this action or resource.
fn is_near(trace: &StatementTrace<'_>, request: &Request) -> bool {
    let misses = trace.misses(request);
    let failed: Vec<_> = misses.iter().filter(|m| m.matches == Truth::False).map(|m| &m.element).collect();
    let service = format!("{}:", request.action.service());
    let of_service = trace.statement.actions.negated
        || trace.statement.actions.patterns.iter().any(|p| {
            let text = p.text().to_ascii_lowercase();
            text == "*" || text.starts_with(&service)
        });
    let fails = |element: Element| failed.contains(&&element);
    // About something else, or for somebody else.
    let far = fails(Element::Action) && (fails(Element::Resource) || fails(Element::Principal));
    of_service && (failed.len() < 2 || (failed.len() == 2 && !far) || only_conditions(&failed))
}

fn only_conditions(failed: &[&Element]) -> bool {
    failed.iter().all(|element| matches!(element, Element::Condition { .. }))
}

/// A statement with what keeps it from matching.
pub(super) fn near_miss(trace: &StatementTrace<'_>, request: &Request) -> NearMiss {
    let misses = trace.misses(request);
    NearMiss {
        policy: trace.policy.to_owned(),
        statement: trace.statement.label(),
        hint: hint(trace, request, &misses),
        held: held(trace, &misses),
        fault: None,
        misses,
    }
}

/// The conditions that hold beside one that does not: people read several conditions as alternatives.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>
fn held(trace: &StatementTrace<'_>, misses: &[Miss]) -> Vec<String> {
    let of = |condition: &Condition| Element::Condition {
        operator: condition.operator_text.clone(),
        key: condition.key_text.clone(),
    };
    let fails = |miss: &Miss| miss.matches == Truth::False && matches!(miss.element, Element::Condition { .. });
    if !misses.iter().any(fails) {
        return Vec::new();
    }
    let holds = |condition: &&Condition| misses.iter().all(|miss| miss.element != of(condition));
    let text = |condition: &Condition| format!("{} {}", condition.operator_text, condition.key_text);
    trace.statement.conditions.iter().filter(holds).map(text).collect()
}

/// What the statement's author most likely got wrong. Only where one element is to blame.
fn hint(trace: &StatementTrace<'_>, request: &Request, misses: &[Miss]) -> Option<Hint> {
    let failed: Vec<_> = misses.iter().filter(|miss| miss.matches == Truth::False).collect();
    let miss = match (failed.as_slice(), misses) {
        ([only], _) => *only,
        // A key that no request has is not known to be absent, nor what a gateway makes of a principal: nothing fails.
        ([], [only]) if matches!(only.element, Element::Condition { .. }) => only,
        ([], [only]) if only.element == Element::Principal && trace.is_of_gateway() => only,
        _ => return None,
    };
    match &miss.element {
        Element::Action => Some(action_hint(trace, request)),
        Element::Resource => resource_hint(trace, request, miss),
        Element::Principal => {
            let mut entries = trace.statement.principals.as_ref()?.entries.iter();
            entries.find_map(|entry| {
                let root_alone = root_alone(entry, trace, request);
                root_alone.or_else(|| principal_hint(entry, request))
            })
        }
        Element::Condition { operator, key } => {
            let conditions = &trace.statement.conditions;
            let condition = conditions.iter().find(|c| c.operator_text == *operator && c.key_text == *key)?;
            condition_hint(condition, trace.version, request)
        }
        Element::Broken => None,
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
fn action_hint(trace: &StatementTrace<'_>, request: &Request) -> Hint {
    let action = request.action.name();
    let written = || trace.statement.actions.patterns.iter().map(crate::policy::Pattern::text);
    if !trace.statement.actions.negated {
        if let Some(name) = written().find(|name| is_meant(name, request)) {
            return Hint::NoSuchAction { written: name.to_owned(), meant: action.to_owned() };
        }
        let companion = COMPANIONS.iter().filter(|row| row.1.eq_ignore_ascii_case(action)).map(|row| row.0);
        let covers = |has: &str| {
            let bind = |_: &crate::policy::Variable| Binding::Missing;
            trace.statement.actions.patterns.iter().any(|p| p.matches(&has.to_ascii_lowercase(), &bind) == Truth::True)
        };
        if let Some(has) = companion.into_iter().find(|has| covers(has)) {
            return Hint::CompanionMissing { has: has.to_owned(), action: action.to_owned() };
        }
    }
    Hint::ActionMissing { action: action.to_owned() }
}

/// An action that people allow, and one that the same call takes as well, or in its place.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>
const COMPANIONS: &[(&str, &str)] = &[
    ("s3:PutObject", "s3:PutObjectAcl"),
    ("s3:PutObject", "s3:PutObjectTagging"),
    ("s3:PutObject", "s3:PutObjectRetention"),
    ("s3:PutObject", "s3:PutObjectLegalHold"),
    ("s3:GetObject", "s3:GetObjectVersion"),
    ("s3:GetObject", "s3:GetObjectAttributes"),
    ("s3:GetObjectVersion", "s3:GetObjectVersionAttributes"),
    ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
    ("s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
    ("s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
    ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    ("s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"),
    ("s3:ListBucket", "s3:ListBucketVersions"),
    ("kms:Encrypt", "kms:GenerateDataKey"),
    ("kms:Decrypt", "kms:GenerateDataKey"),
    ("kms:GenerateDataKey", "kms:Decrypt"),
];

/// Whether an action that does not exist was written for that of the request: the name of the call, or a slip.
fn is_meant(written: &str, request: &Request) -> bool {
    let action = request.action.name();
    if action_for_call(written).is_some_and(|meant| meant.eq_ignore_ascii_case(action)) {
        return true;
    }
    if request.action.service() == "s3" {
        return !written.contains(['*', '?'])
            && !is_s3_action(written)
            && spelling::meant(written, s3_actions()).is_some_and(|meant| meant.eq_ignore_ascii_case(action));
    }
    // The actions of other services are not known, but a slip of the pen seldom changes how a name begins.
    let begins = |name: &str| name.split_once(':').map(|(_, name)| name.chars().take(3).collect::<String>());
    begins(written).map(|text| text.to_lowercase()) == begins(action).map(|text| text.to_lowercase())
        && !written.contains(['*', '?'])
        && spelling::meant(written, [action]).is_some()
}

fn resource_hint(trace: &StatementTrace<'_>, request: &Request, miss: &Miss) -> Option<Hint> {
    let wanted = request.resource.arn.as_ref()?;
    if trace.statement.resources.as_ref()?.negated {
        return None;
    }
    miss.wanted.iter().find_map(|written| {
        if trace.version == Version::V2008 && written.contains("${") {
            return Some(Hint::NoVariables { written: written.clone() });
        }
        arn_hint(written, wanted).or_else(|| kind_hint(written, wanted))
    })
}

fn covers(text: &str, wanted: &Arn) -> bool {
    ArnPattern::new(text, true).matches(wanted, &|_| Binding::Unknown).possible()
}

fn arn_hint(written: &str, wanted: &Arn) -> Option<Hint> {
    let written = written.to_owned();
    let meant = written.replace("%20", " ");
    if meant != written && covers(&meant, wanted) {
        return Some(Hint::EncodedInArn { written, meant });
    }
    let meant: String = written.split_whitespace().collect();
    let meant = meant.replace("%20", "");
    if meant != written && covers(&meant, wanted) {
        return Some(Hint::SpaceInArn { written, meant });
    }
    let meant = format!("{}/*", written.trim_end_matches('/'));
    if wanted.service() == "s3" && wanted.resource().contains('/') && covers(&meant, wanted) {
        return Some(Hint::ObjectsMissing { written, meant });
    }
    if let Some((bucket, _)) = written.split_once('/')
        && wanted.service() == "s3"
        && !wanted.resource().contains('/')
        && covers(bucket, wanted)
    {
        return Some(Hint::BucketMissing { meant: bucket.to_owned(), written });
    }
    if covers(&written.to_lowercase(), &wanted.as_str().to_lowercase().parse().ok()?) {
        return Some(Hint::LetterCase { written, actual: wanted.to_string() });
    }
    if wanted.service() == "s3"
        && let Some(meant) = bucket_arn(&written, wanted)
    {
        let is_arn = written.starts_with("arn:");
        return Some(if is_arn { Hint::PlaceInArn { written, meant } } else { Hint::NotAnArn { written, meant } });
    }
    let (_, rest) = written.split_once(':')?;
    let (_, rest) = rest.split_once(':')?;
    let partition = wanted.partition().to_owned();
    covers(&format!("arn:{partition}:{rest}"), wanted).then_some(Hint::OtherPartition { written, partition })
}

/// The ARN that a bucket's or an object's name stands for, or one with a Region or an account; `None` where that is not
/// the wanted one's. Their ARNs have neither.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-arn-format.html>
fn bucket_arn(written: &str, wanted: &Arn) -> Option<String> {
    let fields: Vec<_> = written.splitn(6, ':').collect();
    let name = match fields.as_slice() {
        ["arn", _, "s3", "", "", _] => return None,
        ["arn", _, "s3", _, _, name] => name,
        _ => written.strip_prefix("s3://").unwrap_or(written),
    };
    // A wildcard alone covers everything, and was not meant so.
    let meant = format!("arn:{}:s3:::{name}", wanted.partition());
    let in_place = !wanted.resource().starts_with("accesspoint/");
    (in_place && meant != written && !name.starts_with(['*', '?']) && covers(&meant, wanted)).then_some(meant)
}

/// The ARN of another kind of name for the same thing.
fn kind_hint(written: &str, wanted: &Arn) -> Option<Hint> {
    let arn: Arn = written.parse().ok()?;
    let meant = wanted.to_string();
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
    if wanted.service() == "s3" && wanted.resource().starts_with("accesspoint/") && arn.account_field().is_empty() {
        return Some(Hint::ThroughAccessPoint { written: written.to_owned(), meant });
    }
    // https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
    let alias = arn.service() == "kms" && arn.resource().starts_with("alias/");
    (alias && wanted.service() == "kms").then(|| Hint::AliasInResource { written: written.to_owned(), meant })
}

/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
fn root_alone(entry: &PrincipalEntry, trace: &StatementTrace<'_>, request: &Request) -> Option<Hint> {
    let own = request.principal.account.filter(|_| trace.is_of_gateway())?;
    match entry {
        PrincipalEntry::Account(account) if *account == own => Some(Hint::RootAlone { account: own }),
        PrincipalEntry::Arn(arn) if request.principal.policy_arn() == Some(arn) => {
            Some(Hint::PrincipalAtGateway { written: arn.to_string() })
        }
        PrincipalEntry::Arn(_)
        | PrincipalEntry::Account(_)
        | PrincipalEntry::Everyone
        | PrincipalEntry::UniqueId(_)
        | PrincipalEntry::Service(_)
        | PrincipalEntry::Federated(_)
        | PrincipalEntry::CanonicalUser(_)
        | PrincipalEntry::Malformed(_) => None,
    }
}

fn principal_hint(entry: &PrincipalEntry, request: &Request) -> Option<Hint> {
    let caller = request.principal.policy_arn();
    match entry {
        PrincipalEntry::UniqueId(id) => Some(Hint::DeletedPrincipal { id: id.clone() }),
        PrincipalEntry::Malformed(text) if text.contains('*') => {
            Some(Hint::WildcardInPrincipal { written: text.clone() })
        }
        PrincipalEntry::Arn(arn) if arn.resource().contains('*') => {
            let pattern = ArnPattern::new(arn.as_str(), false);
            let caller = request.principal.arn.iter().chain(caller);
            let mut meant = caller.map(|arn| pattern.matches(arn, &|_| Binding::Missing));
            meant.any(Truth::possible).then(|| Hint::WildcardInPrincipal { written: arn.to_string() })
        }
        PrincipalEntry::Arn(arn) => caller.and_then(|caller| identity_hint(arn, caller, request)),
        PrincipalEntry::Everyone
        | PrincipalEntry::Account(_)
        | PrincipalEntry::Service(_)
        | PrincipalEntry::Federated(_)
        | PrincipalEntry::CanonicalUser(_)
        | PrincipalEntry::Malformed(_) => None,
    }
}

/// Another name of the caller: one of its sessions, or its ARN without the path.
fn identity_hint(written: &Arn, caller: &Arn, request: &Request) -> Option<Hint> {
    let name = |arn: &Arn| arn.resource().rsplit('/').next().map(str::to_owned);
    if written.account_field() != caller.account_field() || !caller.resource().contains('/') {
        return None;
    }
    let is_session = matches!(request.principal.kind, PrincipalKind::RoleSession { .. });
    if let Some(session) = written.resource_of_type("assumed-role").filter(|_| is_session) {
        let same_role = session.split('/').next().map(str::to_owned) == name(caller);
        return same_role.then(|| Hint::OneSession { written: written.to_string(), role: caller.to_string() });
    }
    let kind = |arn: &Arn| arn.resource().split('/').next().map(str::to_owned);
    let same = written != caller && kind(written) == kind(caller) && name(written) == name(caller);
    same.then(|| Hint::PathMissing { written: written.to_string(), meant: caller.to_string() })
}

/// What is wrong with a condition that does not hold, or of which that is not known.
pub(super) fn condition_hint(condition: &Condition, version: Version, request: &Request) -> Option<Hint> {
    let values = match actual_value(condition, request) {
        Actual::Values(values) => values,
        Actual::Absent => return Some(Hint::KeyAbsent { key: condition.key_text.clone() }),
        Actual::NotOf(_) => return None,
        Actual::Unknown => return slip_hint(condition),
    };
    let written = || condition.values.texts();
    let text = matches!(
        condition.operator.comparison,
        Comparison::String | Comparison::StringLike | Comparison::StringIgnoreCase | Comparison::Arn
    );
    if version == Version::V2008
        && let Some(variable) = written().find(|text| text.contains("${"))
    {
        return Some(Hint::NoVariables { written: variable.to_owned() });
    }
    if values.len() > 1 && condition.operator.set.is_none() {
        return Some(Hint::SeveralValues { key: condition.key_text.clone() });
    }
    if !text {
        return None;
    }
    if let Some(hint) = identity_value_hint(condition, request) {
        return Some(hint);
    }
    let actual = values.first()?;
    if matches!(condition.operator.comparison, Comparison::String)
        && let Some(glob) = written().find(|text| text.contains('*') && is_like(text, actual))
    {
        let operator = condition.operator_text.clone();
        return Some(Hint::WildcardInEquals { written: glob.to_owned(), operator });
    }
    if condition.operator.negated {
        return None;
    }
    let among = |value: &&String| written().any(|text| is_like(text, value));
    let others: Vec<_> = values.iter().filter(|value| !among(value)).cloned().collect();
    if condition.operator.set == Some(SetOperator::ForAllValues) && others.len() < values.len() {
        return Some(Hint::NotAmong { key: condition.key_text.clone(), values: others });
    }
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
    if condition.key == "kms:encryptioncontext:aws:s3:arn"
        && let Some(object) =
            written().find(|text| text.strip_prefix(actual.as_str()).is_some_and(|t| t.starts_with('/')))
    {
        return Some(Hint::BucketKeyContext { written: object.to_owned() });
    }
    let folded = others.first()?.to_lowercase();
    let other = written().find(|text| is_like(&text.to_lowercase(), &folded))?;
    Some(Hint::LetterCase { written: other.to_owned(), actual: others.first()?.clone() })
}

/// A key of no request, written for one that there is.
fn slip_hint(condition: &Condition) -> Option<Hint> {
    let family = |name: &str| name.split_inclusive('/').next().map(str::to_owned);
    let written = family(&condition.key_text)?;
    let meant = spelling::meant(&written, known_keys())?;
    Some(Hint::NoSuchKey { written: condition.key_text.clone(), meant: meant.to_owned() })
}

/// `aws:PrincipalArn` is the role's ARN, not the session's; `aws:userid` has the session's name.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>
pub(super) fn identity_value_hint(condition: &Condition, request: &Request) -> Option<Hint> {
    match condition.key.as_str() {
        "aws:principalarn" => {
            let caller = request.principal.policy_arn()?;
            let mut arns = condition.values.texts().filter_map(|text| text.parse::<Arn>().ok());
            let hint = arns.find_map(|arn| identity_hint(&arn, caller, request))?;
            Some(if let Hint::OneSession { written, role } = hint {
                Hint::SessionInPrincipalArn { written, role }
            } else {
                hint
            })
        }
        "aws:userid" => {
            let id = request.principal.id.as_deref()?.split(':').next()?;
            let is_session = matches!(request.principal.kind, PrincipalKind::RoleSession { .. });
            let bare = condition.values.texts().find(|text| *text == id).filter(|_| is_session)?;
            Some(Hint::SessionNameInUserId { written: bare.to_owned() })
        }
        _ => None,
    }
}

fn is_like(pattern: &str, value: &str) -> bool {
    let syntax = crate::policy::Syntax { wildcards: true, variables: false, fold: false };
    crate::policy::Pattern::new(pattern, syntax).matches(value, &|_| Binding::Missing) == Truth::True
}
