//! Requests other than the denied one, to see what else a change would allow.

use crate::arn::{AccountId, Arn};
use crate::diagnosis::Diagnosis;
use crate::evaluate::{Possible, World, possible};
use crate::evidence::{
    Answer, Document, Entity, Evidence, Fact, IdentityInfo, Lookup, ObjectRef, OrganizationPath, Question, Seen,
};
use crate::request::{Action, Key, Makes, Principal, PrincipalKind, Request, Resource, S3Target};
use crate::truth::Truth;

use super::change::{acl_question, object_question};

/// One request that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own about the caller")]
pub struct Probe {
    /// Who asks, in words.
    pub who: String,
    /// The action.
    pub action: String,
    /// On what.
    pub resource: String,
    /// From where, in words.
    pub from: &'static str,
    /// It is the denied request, but for where it comes from.
    pub itself: bool,
    /// It comes from elsewhere than the denied request.
    pub elsewhere: bool,
    /// The caller is of the account that owns the resource.
    pub own: bool,
    /// The caller is nobody that AWS knows.
    pub anonymous: bool,
    /// The caller is of another account than the resource, and than the denied caller.
    pub foreign: bool,
}

/// Actions tried beside the denied one, of S3, KMS and STS: those that do most harm.
const S3_ACTIONS: &[&str] = &[
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:PutObjectAcl",
    "s3:ListBucket",
    "s3:PutBucketPolicy",
    "s3:DeleteBucket",
];
const KMS_ACTIONS: &[&str] = &[
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
];

const STS_ACTIONS: &[&str] = &["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

/// The name of users and roles that are made up.
const MADE_UP: &str = "deniedby-probe";

/// Lets everything.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// Where the denied request came from.
const HERE: &str = "from where the denied request came";

/// Where a request comes from, or how: what to set in its context.
struct From {
    name: &'static str,
    keys: &'static [(&'static str, Option<&'static str>)],
    /// It is tried only where the denied request has a value for the first key, and another one.
    other_value: bool,
    /// The denied request from there is still the denied request.
    itself: bool,
}

const FROM: &[From] = &[
    From { name: HERE, keys: &[], other_value: false, itself: true },
    From {
        name: "from another address",
        keys: &[("aws:SourceIp", Some("198.18.0.1")), ("aws:SourceVpce", None), ("aws:SourceVpc", None)],
        other_value: false,
        itself: true,
    },
    From {
        name: "through another VPC endpoint",
        keys: &[
            ("aws:SourceIp", None),
            ("aws:SourceVpce", Some("vpce-00000000deniedby")),
            ("aws:SourceVpc", Some("vpc-00000000deniedby")),
        ],
        other_value: false,
        itself: true,
    },
    From { name: "without TLS", keys: &[("aws:SecureTransport", Some("false"))], other_value: false, itself: true },
    From {
        name: "without MFA",
        keys: &[("aws:MultiFactorAuthPresent", Some("false")), ("aws:MultiFactorAuthAge", None)],
        other_value: true,
        itself: false,
    },
    From { name: "with another prefix", keys: &[("s3:prefix", Some(MADE_UP))], other_value: true, itself: false },
    From { name: "without a prefix", keys: &[("s3:prefix", None)], other_value: true, itself: false },
    From {
        name: "by the caller itself, and not through another service",
        keys: &[("kms:ViaService", None), ("aws:CalledVia", None), ("aws:ViaAWSService", Some("false"))],
        other_value: true,
        itself: false,
    },
];

impl From {
    fn is_for(&self, denied: &Request) -> bool {
        let first = self.keys.first().filter(|_| self.other_value);
        first.is_none_or(|(key, other)| match denied.context.get(&key.to_ascii_lowercase()) {
            Key::Present(values) => values.first().map(String::as_str) != *other,
            Key::Absent | Key::NotOf(_) | Key::Unknown => false,
        })
    }
}

/// What is possible for a probe, and what was looked up to find out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided {
    pub(super) possible: Possible,
    seen: Seen,
}

/// The probes around a denied call, and the evidence that they need beside that of the call.
pub(super) struct Probes {
    requests: Vec<(Probe, Request)>,
    region: String,
    extra: Vec<(Question, Answer)>,
}

impl Probes {
    /// The probes around every authorization of a denied call.
    pub(super) fn around(diagnosis: &Diagnosis<'_>) -> Self {
        let mut probes = Self { requests: Vec::new(), region: diagnosis.denial.region.clone(), extra: Vec::new() };
        for assessed in &diagnosis.requests {
            probes.around_one(&assessed.request, diagnosis);
        }
        probes
    }

    fn around_one(&mut self, denied: &Request, diagnosis: &Diagnosis<'_>) {
        let Some(own) = denied.resource.account.or(denied.principal.account) else { return };
        let callers = self.callers(denied, own);
        let actions = actions(denied);
        let resources = resources(denied);
        for (_, target) in &resources {
            self.copy_object_facts(denied, target.as_ref(), diagnosis);
        }
        for (who, caller) in &callers {
            for action in &actions {
                for (arn, target) in resources.iter().filter(|row| fits(action, row.1.as_ref())) {
                    for from in FROM.iter().filter(|from| from.is_for(denied)) {
                        let mut request = Request::new(
                            caller.clone(),
                            Action::new(action),
                            Resource::new(Some(arn.clone()), denied.resource.account),
                            denied.context.clone(),
                        );
                        request.s3.clone_from(target);
                        request.origin = denied.origin;
                        set_caller(&mut request, denied);
                        for (name, value) in from.keys {
                            request.context.set(name, Key::maybe(*value));
                        }
                        let foreign = caller.account.is_some_and(|a| a != own && Some(a) != denied.principal.account);
                        let probe = Probe {
                            who: who.clone(),
                            action: (*action).to_owned(),
                            resource: arn.to_string(),
                            from: from.name,
                            elsewhere: from.name != HERE,
                            itself: from.itself
                                && caller == &denied.principal
                                && action.eq_ignore_ascii_case(denied.action.name())
                                && denied.resource.arn.as_ref() == Some(arn),
                            own: caller.account == Some(own),
                            anonymous: caller.kind == PrincipalKind::Anonymous,
                            foreign,
                        };
                        self.requests.push((probe, request));
                    }
                }
            }
        }
    }

    /// The denied caller, and others: with no policies of their own, and with all.
    fn callers(&mut self, denied: &Request, own: AccountId) -> Vec<(String, Principal)> {
        let partition = denied.resource.arn.as_ref().map_or("aws", Arn::partition);
        let mut callers = vec![("the denied caller".to_owned(), denied.principal.clone())];
        let mut made_up = |account: AccountId, kind: &str, all: bool| {
            let name = format!("{MADE_UP}-{}", if all { "admin" } else { "nobody" });
            let arn = format!("arn:{partition}:iam::{account}:{kind}/{name}");
            let Some(principal) = Principal::parse(&arn) else { return };
            let Some(entity) = principal.entity() else { return };
            self.give_policies(&entity, &arn, all);
            let rights = if all { "that may do everything by its own policies" } else { "without policies" };
            callers.push((format!("another {kind} of account {account} {rights}"), principal));
        };
        let outside: Option<AccountId> = ["999999999999", "888888888888", "777777777777"]
            .iter()
            .filter_map(|text| text.parse().ok())
            .find(|account| *account != own && Some(*account) != denied.principal.account);
        let mut accounts = vec![own];
        accounts.extend(denied.principal.account.filter(|account| *account != own));
        accounts.extend(outside);
        for account in accounts {
            made_up(account, "role", true);
            made_up(account, "role", false);
        }
        made_up(own, "user", false);
        for (who, text) in [("anybody, without signing", "anonymous"), ("an AWS service", "ec2.amazonaws.com")] {
            callers.extend(Principal::parse(text).map(|principal| (who.to_owned(), principal)));
        }
        callers
    }

    fn give_policies(&mut self, entity: &Entity, arn: &str, all: bool) {
        let Ok(arn) = arn.parse() else { return };
        let info = IdentityInfo { arn, id: String::new(), boundary: None, tags: [].into(), trust: None };
        let names = if all { vec!["all".to_owned()] } else { Vec::new() };
        // No control policy narrows what these may do.
        let path = OrganizationPath {
            organization: String::new(),
            management: entity.account,
            parents: Vec::new(),
            scps: false,
            rcps: false,
        };
        self.extra.extend([
            (Question::Identity(entity.clone()), Answer::Identity(info)),
            (Question::InlinePolicies(entity.clone()), Answer::Names(names)),
            (Question::AttachedPolicies(entity.clone()), Answer::Names(Vec::new())),
            (Question::Groups(entity.clone()), Answer::Names(Vec::new())),
            (Question::OrganizationPath { account: entity.account }, Answer::OrganizationPath(path)),
            (
                Question::InlinePolicy { of: entity.clone(), policy: "all".to_owned() },
                Answer::Policy(Document::new(EVERYTHING)),
            ),
        ]);
    }

    /// Objects that are made up are like the denied one.
    fn copy_object_facts(&mut self, denied: &Request, target: Option<&S3Target>, diagnosis: &Diagnosis<'_>) {
        let object = |target: &S3Target| {
            let bucket = crate::evaluate::bucket_ref(target, &diagnosis.denial.region)?;
            Some(ObjectRef { bucket, key: target.key.clone()?, version: target.version.clone() })
        };
        let (Some(from), Some(to)) = (denied.s3.as_ref().and_then(object), target.and_then(object)) else { return };
        for (asked, copy) in [(object_question(&from), object_question(&to)), (acl_question(&from), acl_question(&to))]
        {
            if let Some(Fact::Known(answer)) = diagnosis.evidence.get(&asked) {
                self.extra.push((copy, answer.clone()));
            }
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.requests.len()
    }

    /// What is possible for each probe, given the evidence.
    pub(super) fn decide(&self, evidence: &Evidence) -> Vec<Decided> {
        let evidence = self.completed(evidence);
        self.requests.iter().map(|(_, request)| self.decide_one(request, &evidence)).collect()
    }

    /// The same for changed evidence, given how it was before. What looked nothing up that has changed stays.
    pub(super) fn decide_again(&self, before: &[Decided], from: &Evidence, to: &Evidence) -> Vec<Possible> {
        let (from, to) = (self.completed(from), self.completed(to));
        let changed = Seen::changed(&from, &to);
        let again = |((_, request), before): (&(Probe, Request), &Decided)| {
            if before.seen.meets(changed) { self.decide_one(request, &to).possible } else { before.possible }
        };
        self.requests.iter().zip(before).map(again).collect()
    }

    fn decide_one(&self, request: &Request, evidence: &Evidence) -> Decided {
        let lookup = Lookup::noting(evidence);
        let possible = possible(request, &World::look(request, &lookup, &self.region));
        Decided { possible, seen: lookup.seen() }
    }

    /// The evidence, with that of the made-up callers and objects.
    fn completed(&self, evidence: &Evidence) -> Evidence {
        let mut evidence = evidence.clone();
        for (question, answer) in &self.extra {
            if evidence.get(question).is_none() {
                evidence.insert(question.clone(), Fact::Known(answer.clone()));
            }
        }
        evidence
    }

    /// A probe by its place.
    pub(super) fn get(&self, place: usize) -> Option<&Probe> {
        self.requests.get(place).map(|row| &row.0)
    }
}

fn actions(denied: &Request) -> Vec<&str> {
    let others = match denied.action.service() {
        "s3" => S3_ACTIONS,
        "kms" => KMS_ACTIONS,
        "sts" => STS_ACTIONS,
        _ => &[],
    };
    let own = denied.action.name();
    let mut actions = vec![own];
    actions.extend(others.iter().copied().filter(|action| !action.eq_ignore_ascii_case(own)));
    actions
}

/// Whether an action can be on a resource: S3 has actions on buckets, and actions on objects.
fn fits(action: &str, target: Option<&S3Target>) -> bool {
    let on_bucket = matches!(action, "s3:ListBucket" | "s3:PutBucketPolicy" | "s3:DeleteBucket");
    target.is_none_or(|target| {
        target.access_point.is_some() || !action.starts_with("s3:") || on_bucket != target.key.is_some()
    })
}

/// The denied resource and its neighbours.
fn resources(denied: &Request) -> Vec<(Arn, Option<S3Target>)> {
    let Some(arn) = &denied.resource.arn else { return Vec::new() };
    let mut resources = vec![(arn.clone(), denied.s3.clone())];
    let partition = arn.partition();
    match &denied.s3 {
        Some(target) if target.access_point.is_none() => {
            let Some(bucket) = &target.bucket else { return resources };
            let key = target.key.clone().unwrap_or_else(|| "key".to_owned());
            let folder = key.rsplit_once('/').map_or("", |(folder, _)| folder);
            let sibling = if folder.is_empty() { MADE_UP.to_owned() } else { format!("{folder}/{MADE_UP}") };
            let other_bucket = format!("{bucket}-{MADE_UP}");
            for (bucket, key) in [
                (bucket, Some(sibling)),
                (bucket, Some(format!("{MADE_UP}/{MADE_UP}"))),
                (bucket, None),
                (&other_bucket, Some(key)),
                (&other_bucket, None),
            ] {
                let text = match &key {
                    Some(key) => format!("arn:{partition}:s3:::{bucket}/{key}"),
                    None => format!("arn:{partition}:s3:::{bucket}"),
                };
                let Ok(neighbour) = text.parse() else { continue };
                let target = S3Target {
                    bucket: Some(bucket.clone()),
                    key,
                    version: None,
                    makes: Makes::Nothing,
                    put_policy: None,
                    ..target.clone()
                };
                if resources.iter().all(|row| row.0 != neighbour) {
                    resources.push((neighbour, Some(target)));
                }
            }
        }
        Some(_) | None => {
            // The last part of the name is another's.
            let text = arn.as_str();
            let other = text
                .rsplit_once(['/', ':'])
                .map(|(head, _)| format!("{}{MADE_UP}", text.get(..=head.len()).unwrap_or(head)));
            let other = other.and_then(|text| text.parse().ok());
            resources.extend(other.map(|arn| (arn, denied.s3.clone())));
        }
    }
    resources
}

/// Sets the keys that follow from the caller.
fn set_caller(request: &mut Request, denied: &Request) {
    if request.principal == denied.principal {
        return;
    }
    let caller = request.principal.clone();
    let anonymous = caller.kind == PrincipalKind::Anonymous;
    let service = matches!(caller.kind, PrincipalKind::Service(_));
    let arn = caller.policy_arn().map(ToString::to_string);
    let account = caller.account.map(|account| account.to_string());
    let known = |value: Option<String>| if anonymous || service { Key::Absent } else { Key::known(value) };
    let context = &mut request.context;
    context.set("aws:PrincipalArn", known(arn));
    context.set("aws:PrincipalAccount", if anonymous { Key::one("anonymous") } else { Key::maybe(account) });
    context.set("aws:PrincipalIsAWSService", Key::one(service.to_string()));
    context.set("aws:userid", Key::one(MADE_UP));
    context.set("aws:username", Key::Absent);
    let same_account = caller.account.is_some() && caller.account == denied.principal.account;
    if !same_account {
        for name in ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths"] {
            context.set(name, Key::Absent);
        }
    }
    context.remove_family("aws:principaltag/");
    context.set_family("aws:principaltag/", Key::Absent);
    request.principal.bounded = Truth::False;
    // Any id but the bucket owner's and the object owner's.
    request.principal.canonical_id = caller.account.map(|account| {
        if same_account {
            denied.principal.canonical_id.clone().unwrap_or_default()
        } else {
            format!("probe-{account}")
        }
    });
}
