//! A denial with its evidence, evaluated: what the checks look at.

use std::collections::BTreeSet;

use jiff::SignedDuration;

use crate::arn::Partition;
use crate::evaluate::{
    Barrier, Evaluation, Input, OriginWorld, Outcome, Possible, SIMULATED_LAYERS, ViewerWorld, World, bucket_ref,
    complete, evaluate, glue_jobs, hides_key, is_for_simulator, object_questions, raise_tags, requests,
    simulation_question, ways_out,
};
use crate::event::{Category, Denial, Reason};
use crate::evidence::{Answer, Evidence, Fact, GlueJobInfo, Lookup, Question, Simulation, Why, Word};
use crate::layer::Layer;
use crate::request::{Action, Key, Origin, Request, Resource, S3Target, stands_for_missing_object};
use crate::truth::Truth;

/// How long before a denial a change of permissions may still have been on its way.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_general.html#troubleshoot_general_eventual-consistency>
const PROPAGATION: SignedDuration = SignedDuration::from_mins(15);

/// How many authorizations of a call IAM's policy simulator is asked about.
const SIMULATIONS: usize = 4;

/// All that is known of one denial.
#[derive(Debug)]
pub struct Diagnosis<'e> {
    /// The record.
    pub denial: &'e Denial,
    /// The answers.
    pub evidence: &'e Evidence,
    /// The authorizations of the call; the one that AWS's message names is first. A viewer's request takes none.
    pub requests: Vec<Assessed<'e>>,
    /// What a viewer's request met.
    pub viewer: Option<ViewerWorld<'e>>,
    /// What is in front of the bucket that CloudFront asked.
    pub origin: Option<OriginWorld<'e>>,
    /// Whether a KMS key encrypts an object of the call could not be read.
    pub hidden_key: bool,
    /// The jobs of Glue that the caller may be, if it is one.
    pub glue_jobs: Option<Fact<&'e Vec<GlueJobInfo>>>,
}

/// What was read, weighed against the reason in AWS's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighed {
    /// The reason holds.
    Agrees,
    /// It does not, and nothing of the layer is unread.
    Contradicts,
    /// That cannot be told.
    Open,
}

/// One authorization, evaluated.
#[derive(Debug)]
pub struct Assessed<'e> {
    /// The request, with all that the evidence adds to its context.
    pub request: Request,
    /// The layers that it passes.
    pub world: World<'e>,
    /// What they decide.
    pub evaluation: Evaluation,
}

impl<'e> Diagnosis<'e> {
    /// Evaluates every authorization of the denied call.
    #[must_use]
    pub fn new(denial: &'e Denial, evidence: &'e Evidence) -> Self {
        Self::look(denial, evidence, &Lookup::new(evidence))
    }

    fn look(denial: &'e Denial, evidence: &'e Evidence, lookup: &Lookup<'e>) -> Self {
        let requests = requests(denial, lookup);
        let requests: Vec<_> = requests.into_iter().map(|request| Assessed::new(request, denial, lookup)).collect();
        let viewer = denial.viewer.as_ref().map(|viewer| ViewerWorld::look(denial, viewer, lookup));
        let origin = requests.iter().find_map(|row| OriginWorld::look(&row.request, denial, lookup));
        let glue_jobs = requests.first().and_then(|row| glue_jobs(&row.request, denial, lookup));
        let hidden_key = requests.iter().any(|row| hides_key(&row.request, denial, lookup));
        Self { denial, evidence, requests, viewer, origin, hidden_key, glue_jobs }
    }

    /// What to ask next: the questions whose answers the diagnosis looks for and does not have yet, of those that
    /// `may_ask` lets through.
    #[must_use]
    pub fn open_questions(
        denial: &Denial,
        evidence: &Evidence,
        may_ask: impl Fn(&Question) -> bool,
    ) -> BTreeSet<Question> {
        // AWS checks credentials before anything else, and looked at nothing that could be asked for.
        if denial.category == Category::Credentials {
            return BTreeSet::new();
        }
        let lookup = Lookup::new(evidence);
        let diagnosis = Diagnosis::look(denial, evidence, &lookup);
        // Only where all is known, and nothing of it denies the call, does its history matter.
        let mut last = if diagnosis.may_have_changed() { diagnosis.change_questions() } else { Vec::new() };
        last.extend(diagnosis.simulation_questions());
        let mut open = lookup.into_open();
        open.retain(|question| may_ask(question));
        if open.is_empty() {
            open.extend(last.into_iter().filter(|question| evidence.get(question).is_none()));
        }
        open
    }

    /// What IAM's policy simulator is asked: nothing where all that it knows was read. Asked last, when all is known that
    /// is of the request's context.
    fn simulation_questions(&self) -> Vec<Question> {
        if self.denial.category != Category::Authorization {
            return Vec::new();
        }
        let questions = self.requests.iter().filter_map(|row| simulation_question(&row.request, &row.world));
        questions.take(SIMULATIONS).collect()
    }

    /// What IAM's policy simulator says of an authorization.
    #[must_use]
    pub fn simulation(&self, assessed: &Assessed<'_>) -> Option<&'e Simulation> {
        let question = simulation_question(&assessed.request, &assessed.world)?;
        self.evidence.fact(&question, Answer::as_simulation).known().copied()
    }

    /// What it says of a layer that could not be read in full; `None` if nothing.
    #[must_use]
    pub fn simulated(&self, assessed: &Assessed<'_>, layer: Layer) -> Option<Word> {
        assessed.layer(layer).filter(|input| is_for_simulator(input))?;
        let word = self.simulation(assessed)?.says(layer)?;
        // What it means may be a statement of another layer, which was read.
        let read = |input: &&Input<'_>| SIMULATED_LAYERS.contains(&input.layer) && !is_for_simulator(input);
        let may_deny = |input: &Input<'_>| !assessed.denies_nothing(input.layer);
        let limits = matches!(layer, Layer::Scp | Layer::PermissionsBoundary);
        let other = limits && assessed.world.inputs.iter().filter(read).any(may_deny);
        Some(if word == Word::ExplicitDeny && other { Word::Denies } else { word })
    }

    /// Who changed the permissions of the caller or of the resource around the time of the denial, or after it.
    #[must_use]
    pub fn change_questions(&self) -> Vec<Question> {
        let Some(since) = self.denial.time.checked_sub(PROPAGATION).ok() else { return Vec::new() };
        let mut questions = Vec::new();
        for Assessed { request, .. } in &self.requests {
            if let Some(entity) = request.principal.entity() {
                // IAM's changes are recorded in one Region of the partition.
                let region = Partition::of_region(&self.denial.region).global_region().to_owned();
                let (account, resource) = (entity.account, entity.name);
                questions.push(Question::Changes { account, region, resource, since });
            }
            let bucket = request.s3.as_ref().and_then(|target| bucket_ref(target, &self.denial.region));
            let key = request.resource.arn.as_ref().filter(|arn| arn.service() == "kms");
            let resource = match (bucket, key) {
                (Some(bucket), _) => Some((bucket.account, bucket.region, bucket.bucket)),
                (None, Some(key)) => {
                    key.account().map(|account| (account, self.denial.region.clone(), key.to_string()))
                }
                (None, None) => None,
            };
            questions.extend(resource.map(|(account, region, resource)| Question::Changes {
                account,
                region,
                resource,
                since,
            }));
        }
        questions.sort();
        questions.dedup();
        questions
    }

    /// Whether the user or role that called was deleted since.
    #[must_use]
    pub fn caller_is_gone(&self) -> bool {
        let caller = self.requests.first().and_then(|first| first.request.principal.entity());
        caller.is_some_and(|caller| match self.evidence.get(&Question::Identity(caller)) {
            Some(Fact::Absent | Fact::Unreadable(Why::Gone)) => true,
            Some(Fact::Known(_) | Fact::Unreadable(_)) | None => false,
        })
    }

    /// What refused a viewer's request, or may have, each with whether it does for certain.
    #[must_use]
    pub fn barriers(&self) -> Vec<(Barrier, Truth)> {
        let world = self.denial.viewer.as_ref().zip(self.viewer.as_ref());
        world.map(|(viewer, world)| world.barriers(viewer, self.denial.time)).unwrap_or_default()
    }

    /// Evaluates one more request in the same world.
    #[must_use]
    pub fn assess(&self, request: &Request) -> Assessed<'e> {
        let lookup = Lookup::new(self.evidence);
        Assessed::new(complete(request.clone(), self.denial, &lookup), self.denial, &lookup)
    }

    /// Whether the reason that AWS's message gave no longer holds; without a reason, whether all that could be read
    /// allows the call. What denied it has changed since, as far as can be seen.
    #[must_use]
    pub fn is_contradicted(&self) -> bool {
        self.is_contradicted_by(!self.hidden_key)
    }

    /// The same where it does not matter that a KMS key may stand behind the object, which nothing tells: then either
    /// the key denies the request, or something has changed.
    #[must_use]
    pub fn may_have_changed(&self) -> bool {
        self.is_contradicted_by(true)
    }

    /// `whole` says whether the requests are all that AWS had to allow.
    fn is_contradicted_by(&self, whole: bool) -> bool {
        if let (Some(viewer), Some(world)) = (&self.denial.viewer, &self.viewer) {
            return world.is_contradicted(viewer, self.denial.time);
        }
        let Some(first) = self.requests.first() else { return false };
        // What the other codes speak of is not in the policies.
        if self.denial.category != Category::Authorization {
            return false;
        }
        let allowed = |assessed: &Assessed<'_>| assessed.evaluation.possible_as_read == Possible::ALLOWED;
        if stands_for_missing_object(self.denial) {
            let answers = first.object_is_there(self) || self.may_list(&first.request);
            return self.requests.iter().all(allowed) && answers;
        }
        // Of the bucket behind an access point AWS's message may speak as well.
        if !self.requests.iter().filter(|assessed| assessed.request.is_behind_access_point()).all(allowed) {
            return false;
        }
        let reason = self.denial.message.reason.filter(|_| self.is_about_first());
        // That there is no endpoint, the record says itself: nothing of that was changed since.
        let settled = |layer| {
            let by_record = layer == Layer::VpcEndpointPolicy && first.layer(layer).is_none();
            first.is_read(layer) && (!by_record || allowed(first))
        };
        match reason.map(|reason| first.meant(reason)) {
            Some(Reason::ExplicitDeny(layer)) => {
                let blocks_public = layer == Layer::ResourcePolicy && !first.denies_nothing(Layer::BlockPublicAccess);
                settled(layer) && first.denies_nothing(layer) && !blocks_public
            }
            Some(Reason::NoAllow(layer)) => settled(layer) && (first.lets_pass(layer) || allowed(first)),
            Some(Reason::Denied(layer)) => settled(layer) && first.denies_nothing(layer) && first.lets_pass(layer),
            Some(
                Reason::SomeExplicitDeny
                | Reason::PublicAclBlocked
                | Reason::PublicPolicyBlocked
                | Reason::CustomerKeyBlocked
                | Reason::ObjectLocked
                | Reason::KeyRefused
                | Reason::OwnPermissions
                | Reason::NeverAllowed
                | Reason::Unread,
            ) => false,
            None => self.denial.message.reason.is_none() && whole && self.requests.iter().all(allowed),
        }
    }

    /// Whether what was read agrees with the reason that AWS's message gives; `None` without a reason.
    #[must_use]
    pub fn weigh(&self) -> Option<Weighed> {
        let (first, reason) = (self.requests.first()?, self.denial.message.reason?);
        if stands_for_missing_object(self.denial) && self.may_list(&first.request) {
            return Some(Weighed::Contradicts);
        }
        if !self.is_about_first() {
            return Some(Weighed::Open);
        }
        let said = |holds: Truth, layer| match holds {
            Truth::True => Weighed::Agrees,
            Truth::False if first.is_read(layer) => Weighed::Contradicts,
            Truth::False | Truth::Unknown => Weighed::Open,
        };
        // Of a layer that the request does not pass, neither can be.
        let missing = |layer| if first.is_without(layer) { Truth::False } else { Truth::Unknown };
        let denies = |layer| first.outcome(layer).map_or_else(|| missing(layer), |outcome| outcome.deny);
        let lacks = |layer| first.outcome(layer).map_or_else(|| missing(layer), |outcome| !outcome.allow.any());
        Some(match first.meant(reason) {
            // RestrictPublicBuckets is told as a deny of the resource's policy.
            Reason::ExplicitDeny(layer @ Layer::ResourcePolicy) if !first.denies_nothing(Layer::BlockPublicAccess) => {
                said(denies(layer).or(denies(Layer::BlockPublicAccess)), layer)
            }
            Reason::ExplicitDeny(layer) => said(denies(layer), layer),
            Reason::NoAllow(layer) => said(lacks(layer), layer),
            Reason::Denied(layer) => said(denies(layer).or(lacks(layer)), layer),
            Reason::SomeExplicitDeny => {
                let deny = Truth::any(first.evaluation.outcomes.iter().map(|(_, outcome)| outcome.deny));
                if deny == Truth::True { Weighed::Agrees } else { Weighed::Open }
            }
            Reason::PublicAclBlocked | Reason::PublicPolicyBlocked => self.weigh_rule(Layer::BlockPublicAccess),
            Reason::CustomerKeyBlocked => self.weigh_rule(Layer::CustomerKey),
            Reason::ObjectLocked => self.weigh_rule(Layer::ObjectLock),
            Reason::NeverAllowed => self.weigh_rule(Layer::RootCaller),
            Reason::KeyRefused | Reason::OwnPermissions | Reason::Unread => Weighed::Open,
        })
    }

    /// Whether the caller may list the bucket, in the name of which S3 denies a read of what is not there.
    fn may_list(&self, read: &Request) -> bool {
        self.listing(read).is_some_and(|listing| listing.evaluation.possible == Possible::ALLOWED)
    }

    /// The listing that S3 would have to allow to say 404 of an object that is not there.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
    #[must_use]
    pub fn listing(&self, read: &Request) -> Option<Assessed<'e>> {
        // Through an access point the listing is on the access point, whose policy is not read.
        let target = read.s3.as_ref().filter(|target| target.access_point.is_none())?;
        let bucket = target.bucket.as_deref()?;
        let partition = read.resource.arn.as_ref()?.partition();
        let arn = format!("arn:{partition}:s3:::{bucket}").parse().ok()?;
        let mut context = read.context.clone();
        for key in ["s3:prefix", "s3:delimiter", "s3:max-keys", "s3:versionid"] {
            context.set(key, Key::Unknown);
        }
        Some(self.assess(&Request {
            action: Action::new("s3:ListBucket"),
            resource: Resource::new(Some(arn), read.resource.account),
            context,
            s3: Some(S3Target { key: None, version: None, ..target.clone() }),
            ..read.clone()
        }))
    }

    /// The same for a rule that is no policy, which any authorization of the call may meet.
    fn weigh_rule(&self, layer: Layer) -> Weighed {
        let met = self.requests.iter().filter_map(|assessed| assessed.outcome(layer)).map(|outcome| outcome.deny);
        match met.reduce(Truth::or) {
            Some(Truth::True) => Weighed::Agrees,
            Some(Truth::False) => Weighed::Contradicts,
            Some(Truth::Unknown) | None => Weighed::Open,
        }
    }

    /// Whether AWS's message gives this reason. It speaks of the first authorization.
    #[must_use]
    pub fn states(&self, request: usize, reason: Reason) -> bool {
        let meant = || Some(self.requests.first()?.meant(self.denial.message.reason?));
        request == 0 && self.is_about_first() && meant().is_some_and(|meant| meant.says(reason))
    }

    /// Whether AWS's message says of this authorization that a layer does not allow it.
    #[must_use]
    pub fn states_no_allow(&self, request: usize) -> bool {
        request == 0 && self.is_about_first() && matches!(self.denial.message.reason, Some(Reason::NoAllow(_)))
    }

    /// Whether AWS's message gives a reason that is about this layer and this authorization.
    #[must_use]
    pub fn is_stated(&self, request: usize, layer: Layer) -> bool {
        let reasons = [Reason::ExplicitDeny(layer), Reason::NoAllow(layer)];
        reasons.into_iter().any(|reason| self.states(request, reason))
    }

    /// Whether the message speaks of the first authorization; a message without an action speaks of the call.
    fn is_about_first(&self) -> bool {
        let stated = self.denial.message.action.as_deref();
        let first = self.requests.first().map(|first| first.request.action.name());
        stated.zip(first).is_none_or(|(stated, first)| stated.eq_ignore_ascii_case(first))
    }
}

impl<'e> Assessed<'e> {
    fn new(request: Request, denial: &Denial, lookup: &Lookup<'e>) -> Self {
        let world = World::look(&request, lookup, &denial.region);
        raise_tags(&request, &world, lookup, &denial.region);
        let evaluation = evaluate(&request, &world);
        Self { request, world, evaluation }
    }

    /// AWS calls the policies of access points and keys resource-based, and those about a key identity-based, as any.
    fn meant(&self, reason: Reason) -> Reason {
        let own = |layer| {
            let others: &[Layer] = match layer {
                Layer::ResourcePolicy => &[Layer::AccessPointPolicy, Layer::KmsKeyPolicy, Layer::TrustPolicy],
                Layer::IdentityPolicy => &[Layer::KmsIdentityPolicy],
                Layer::Scp
                | Layer::Rcp
                | Layer::VpcEndpointPolicy
                | Layer::PermissionsBoundary
                | Layer::SessionPolicy
                | Layer::AccessPointPolicy
                | Layer::KmsKeyPolicy
                | Layer::KmsIdentityPolicy
                | Layer::TrustPolicy
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
                | Layer::Acl => &[],
            };
            others.iter().copied().find(|other| self.layer(*other).is_some()).unwrap_or(layer)
        };
        match reason {
            Reason::ExplicitDeny(layer) => Reason::ExplicitDeny(own(layer)),
            Reason::NoAllow(layer) => Reason::NoAllow(own(layer)),
            Reason::Denied(layer) => Reason::Denied(own(layer)),
            Reason::SomeExplicitDeny
            | Reason::PublicAclBlocked
            | Reason::PublicPolicyBlocked
            | Reason::CustomerKeyBlocked
            | Reason::ObjectLocked
            | Reason::KeyRefused
            | Reason::OwnPermissions
            | Reason::NeverAllowed
            | Reason::Unread => reason,
        }
    }

    fn outcome(&self, layer: Layer) -> Option<Outcome> {
        self.evaluation.outcomes.iter().find(|row| row.0 == layer).map(|row| row.1)
    }

    /// All of the layer could be read, if the request passes it.
    fn is_read(&self, layer: Layer) -> bool {
        self.layer(layer).map_or_else(|| self.is_without(layer), |input| input.gaps().next().is_none())
    }

    /// The request does not pass the layer: it came through no endpoint, or the caller has no boundary. A layer that
    /// could not be read is there, with a gap.
    fn is_without(&self, layer: Layer) -> bool {
        let known = match layer {
            // What S3 asks of KMS comes from S3, as far as anybody can tell.
            Layer::VpcEndpointPolicy => {
                matches!(self.request.origin, Origin::Call | Origin::BehindAccessPoint)
            }
            // Of a caller that the record does not name, nothing of the kind is known.
            Layer::PermissionsBoundary | Layer::SessionPolicy => self.request.principal.entity().is_some(),
            Layer::Scp => self.request.principal.account.is_some(),
            Layer::Rcp => self.request.resource.account.is_some(),
            Layer::IdentityPolicy
            | Layer::ResourcePolicy
            | Layer::AccessPointPolicy
            | Layer::KmsKeyPolicy
            | Layer::KmsIdentityPolicy
            | Layer::TrustPolicy
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
            | Layer::Acl => false,
        };
        known && self.layer(layer).is_none()
    }

    fn denies_nothing(&self, layer: Layer) -> bool {
        self.outcome(layer).is_none_or(|outcome| outcome.deny == Truth::False)
    }

    fn lets_pass(&self, layer: Layer) -> bool {
        self.outcome(layer).map_or_else(|| self.is_without(layer), |outcome| outcome.allow.any() == Truth::True)
    }

    fn object_is_there(&self, diagnosis: &Diagnosis<'_>) -> bool {
        let target = self.request.s3.as_ref();
        let question = target.and_then(|target| {
            let bucket = bucket_ref(target, &diagnosis.denial.region)?;
            Some(object_questions(target, &bucket)?.0)
        });
        question.is_some_and(|question| matches!(diagnosis.evidence.fact(&question, Answer::as_object), Fact::Known(_)))
    }

    /// The smallest sets of layers that would have to allow the request: see [`ways_out`].
    #[must_use]
    pub fn ways_out(&self) -> Vec<Vec<Layer>> {
        ways_out(&self.request, &self.world, &self.evaluation.outcomes)
    }

    /// Another layer that would do in place of one that does not allow.
    #[must_use]
    pub fn in_place_of(&self, which: Layer) -> Option<Layer> {
        let ways = self.ways_out();
        let own = ways.iter().find(|way| way.contains(&which))?;
        let other = ways.iter().find(|way| !way.contains(&which))?;
        other.iter().copied().find(|layer| !own.contains(layer))
    }

    /// A layer of the request, if it passes that layer.
    #[must_use]
    pub fn layer(&self, layer: Layer) -> Option<&Input<'e>> {
        self.world.inputs.iter().find(|input| input.layer == layer)
    }
}
