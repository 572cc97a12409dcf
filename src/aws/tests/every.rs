//! Every kind of question, with each fault at each of its calls. What each finds in every form that an answer may have
//! stands in the files of the services.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use super::found::{self, KEY, SESSION_KEY, TOPIC};
use super::server::{Asked, Says, Server, hangs_up, query_error, s3_error, says};
use super::{account, bucket, edge_with, role};
use crate::arn::Arn;
use crate::aws::clock::now;
use crate::evidence::{
    AccessPointRef, Answer, BucketRef, ControlPolicy, Entity, EntityKind, Fact, KeyRef, ObjectRef, Question,
    RESOURCE_POLICIES, SPECS, SampleRef, SessionRef, SimulationRef, Why,
};
use crate::ports::Reader;

const REGION: &str = "eu-west-1";

fn entity(kind: EntityKind) -> Entity {
    Entity { kind, ..role() }
}

fn of_entities(question: fn(Entity) -> Question) -> impl Iterator<Item = Question> {
    [EntityKind::Role, EntityKind::User, EntityKind::Group].into_iter().map(move |kind| question(entity(kind)))
}

fn of_bucket() -> Vec<Question> {
    vec![
        Question::OwnedBucket(bucket()),
        Question::BucketPolicy(bucket()),
        Question::BucketPolicyStatus(bucket()),
        Question::BucketOwnership(bucket()),
        Question::BucketAcl(bucket()),
        Question::BucketPublicAccessBlock(bucket()),
        Question::BucketRequestPayment(bucket()),
        Question::BucketEncryption(bucket()),
        Question::BucketEncryption(BucketRef { bucket: "fast--euw1-az1--x-s3".to_owned(), ..bucket() }),
        Question::BucketVersioning(bucket()),
        Question::BucketAbac(bucket()),
        Question::BucketTags(bucket()),
    ]
}

fn of_object() -> Vec<Question> {
    let (key, version) = ("a/b".to_owned(), "v1".to_owned());
    let object = ObjectRef { bucket: bucket(), key: key.clone(), version: None };
    let versioned = ObjectRef { version: Some(version.clone()), ..object.clone() };
    vec![
        Question::Object { bucket: bucket(), key: key.clone() },
        Question::ObjectVersion { bucket: bucket(), key: key.clone(), version: version.clone() },
        Question::ObjectAcl { bucket: bucket(), key: key.clone() },
        Question::ObjectVersionAcl { bucket: bucket(), key, version },
        Question::OwnersObjectAcl { object: object.clone(), owner: account() },
        Question::ObjectTags(object.clone()),
        Question::ObjectTags(versioned.clone()),
        Question::ObjectLock(object.clone()),
        Question::ObjectMetadata(object),
        Question::ObjectMetadata(versioned),
    ]
}

fn of_organization() -> Vec<Question> {
    let arn = "arn:aws:organizations::999988887777:policy/o-abc/service_control_policy/p-1".parse().unwrap();
    vec![
        Question::OrganizationPath { account: account() },
        Question::AccountTags { account: account() },
        Question::ControlPolicies { target: "r-1".to_owned(), kind: ControlPolicy::Scp },
        Question::ControlPolicies { target: "r-1".to_owned(), kind: ControlPolicy::Rcp },
        Question::OrganizationPolicy { arn },
        Question::BucketOwner { partition: "aws".to_owned(), bucket: "acme".to_owned() },
    ]
}

fn of_s3_control() -> Vec<Question> {
    let (region, name) = (REGION.to_owned(), "reports".to_owned());
    let point = AccessPointRef { account: account(), region: region.clone(), access_point: name.clone() };
    let grantee = "arn:aws:iam::111122223333:role/app".parse().unwrap();
    vec![
        Question::AccountPublicAccessBlock { account: account(), region: region.clone() },
        Question::AccessPoint(point.clone()),
        Question::AccessPointPolicy(point.clone()),
        Question::AccessPointAlias { account: account(), region: region.clone(), alias: "reports-s3alias".to_owned() },
        Question::MultiRegionAccessPoint { account: account(), alias: "abc.mrap".to_owned() },
        Question::MultiRegionAccessPointPolicy { account: account(), name },
        Question::ObjectLambda(point),
        Question::AccessGrants { account: account(), region, grantee },
    ]
}

fn of_others() -> Vec<Question> {
    let region = || REGION.to_owned();
    let key = |key: &str| KeyRef { account: account(), region: region(), key: key.to_owned() };
    let created = "2026-11-02T02:10:00Z".parse().unwrap();
    let session = SessionRef {
        account: account(),
        region: region(),
        of: "app".to_owned(),
        session: "s".to_owned(),
        created,
        access_key: SESSION_KEY.1.to_owned(),
    };
    let simulation = |caller: &str| {
        Question::Simulation(SimulationRef {
            account: account(),
            caller: caller.parse().unwrap(),
            action: "s3:GetObject".to_owned(),
            resource: None,
            context: [].into(),
        })
    };
    let mut questions = vec![
        Question::Groups(entity(EntityKind::User)),
        Question::ManagedPolicy { account: account(), arn: "arn:aws:iam::111122223333:policy/p".parse().unwrap() },
        Question::Session(session),
        Question::CanonicalId { account: account(), region: region() },
        Question::VpcEndpoint { account: account(), region: region(), endpoint: "vpce-1a2b".to_owned() },
        Question::KmsKey(key(KEY)),
        Question::KmsKey(key("alias/aws/s3")),
        Question::KmsKeyPolicy(key(KEY)),
        Question::KmsGrants(key(KEY)),
        Question::ResourceTags { account: account(), arn: TOPIC.parse().unwrap() },
        Question::Authorization { account: account(), region: region(), id: "abc123".to_owned() },
        Question::DecodedMessage { account: account(), region: region(), message: "m".to_owned() },
        simulation("arn:aws:iam::111122223333:role/app"),
        simulation("arn:aws:iam::111122223333:user/team/ann"),
        Question::Changes { account: account(), region: region(), resource: "acme".to_owned(), since: created },
        Question::GlueJobs { account: account(), region: region(), role: "app".to_owned() },
    ];
    questions.extend(RESOURCE_POLICIES.iter().map(|row| {
        // What is in one zone says so at the end of its name.
        let zone = match (row.service, row.prefix) {
            ("s3express", "bucket/") => "--euw1-az1--x-s3",
            ("s3express", _) => "--euw1-az1--xa-s3",
            _ => "",
        };
        let prefix = row.prefix.replace('*', "y");
        let arn = format!("arn:aws:{}:eu-west-1:111122223333:{prefix}x{zone}", row.service);
        Question::ResourcePolicy { account: account(), arn: arn.parse().unwrap() }
    }));
    questions
}

fn of_edges() -> Vec<Question> {
    let region = || "us-east-1".to_owned();
    let by =
        |name: &str| Question::Distribution { account: account(), region: region(), distribution: name.to_owned() };
    let acl: Arn = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2".parse().unwrap();
    let sample = SampleRef {
        account: account(),
        web_acl: acl.clone(),
        metrics: vec!["flood".to_owned(), "common".to_owned()],
        time: now().try_into().unwrap(),
        address: "198.51.100.7".to_owned(),
        method: "GET".to_owned(),
        path: "/".to_owned(),
    };
    vec![
        by("E1"),
        by("www.example.com"),
        Question::OriginDistributions { account: account(), region: region(), bucket: "acme".to_owned() },
        Question::OriginAccessControl { account: account(), region: region(), control: "E2".to_owned() },
        Question::SampledRequests(sample),
        Question::WebAcl { account: account(), arn: acl },
    ]
}

fn questions() -> Vec<Question> {
    let policy = |of: Entity| Question::InlinePolicy { of, policy: "p".to_owned() };
    let mut all: Vec<_> = of_entities(Question::InlinePolicies).collect();
    all.extend(of_entities(Question::AttachedPolicies));
    all.extend(of_entities(policy));
    all.extend([EntityKind::Role, EntityKind::User].map(|kind| Question::Identity(entity(kind))));
    all.into_iter()
        .chain(of_bucket())
        .chain(of_object())
        .chain(of_organization())
        .chain(of_s3_control())
        .chain(of_others())
        .chain(of_edges())
        .collect()
}

#[test]
fn every_kind_is_here() {
    let here: Vec<_> = questions().iter().map(Question::spec).collect();
    let specs = SPECS.iter().chain(RESOURCE_POLICIES.iter().map(|row| &row.spec));
    let lacking: Vec<_> = specs.filter(|spec| !here.contains(spec)).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

/// Services that answer in XML by paths: S3's control plane, and CloudFront.
fn xml(path: &str) -> bool {
    path.starts_with("/v20180820/") || path.starts_with("/2020-05-31/")
}

/// Services that answer in JSON by paths: Lambda, IAM's toolbox, and S3 Tables.
const JSON: &[&str] = &["/2015-03-31/", "/authorization-details/", "/buckets/", "/get-table", "/tables/"];

/// An error, as the service of the request writes it.
fn error(asked: &Asked, status: u16, code: &str) -> Says {
    if asked.header("x-amz-target").is_some() {
        says(status, json!({ "__type": code, "message": "m" }).to_string())
    } else if JSON.iter().any(|start| asked.path.starts_with(start)) {
        says(status, r#"{"message":"m"}"#).with("x-amzn-errortype", code)
    } else if asked.body.starts_with("Action=") || xml(&asked.path) {
        query_error(status, code)
    } else {
        s3_error(status, code)
    }
}

async fn fact(server: &Server, question: &Question) -> Fact<Answer> {
    edge_with(server, |options| options.object_metadata = true).reader("event", None).ask(question).await.fact
}

/// The answer where there is one, and how many calls it takes.
async fn found(question: &Question) -> (Fact<Answer>, usize) {
    let server = Server::start(|asked, _| found::answer(asked));
    let fact = fact(&server, question).await;
    assert!(matches!(fact, Fact::Known(_)), "{question:?}: {fact:?}");
    (fact, server.asked().len())
}

/// The answers of everybody, with a fault at some calls.
fn faulty(is_at: impl Fn(usize) -> bool + Send + 'static, fault: Fault) -> Server {
    Server::start(move |asked, number| if is_at(number) { fault(asked) } else { found::answer(asked) })
}

/// What goes wrong with a call.
type Fault = fn(&Asked) -> Says;

fn refuses(asked: &Asked) -> Says {
    error(asked, 403, "AccessDenied")
}

fn is_busy(asked: &Asked) -> Says {
    error(asked, 503, "SlowDown")
}

/// As what stands between us and a service writes it.
fn is_late(_: &Asked) -> Says {
    says(504, "<html>Gateway Timeout</html>")
}

fn is_refused_on_the_way(_: &Asked) -> Says {
    says(403, "<html>Forbidden</html>")
}

fn is_cut_off(asked: &Asked) -> Says {
    found::answer(asked).sized(1 << 20)
}

fn talks_nonsense(_: &Asked) -> Says {
    says(200, "<html><body>hello</body></html>")
}

/// What is known without one of the calls. The text of a policy that AWS names as a reason is no part of the verdict; of
/// the accounts that are searched once they are listed, those that cannot be asked are counted.
fn is_known_without(question: &Question, call: usize) -> bool {
    matches!(question, Question::Authorization { .. } | Question::BucketOwner { .. }) && call >= 2
}

/// Each is answered, and those that are made of many calls are made of them here too.
#[tokio::test]
async fn each_kind_is_found() {
    let mut text = String::new();
    for question in questions() {
        let (fact, calls) = found(&question).await;
        let (name, of) = (question.spec().name, question.target());
        writeln!(text, "{name} {of} in {calls}: {}", serde_json::to_string(&fact).unwrap()).unwrap();
    }
    insta::assert_snapshot!(text);
}

/// At the first call, at a page in the middle, and at the last.
#[tokio::test]
async fn what_passes_is_waited_out_at_every_call() {
    join_all(questions().iter().map(async |question| {
        let (answer, calls) = found(question).await;
        for at in 0..calls {
            for (name, fault) in [("busy", is_busy as Fault), ("late", is_late), ("gone", |_| hangs_up())] {
                let server = faulty(move |number| number == at, fault);
                assert_eq!(fact(&server, question).await, answer, "{question:?}: {name} at call {at}");
                assert_eq!(server.asked().len(), calls + 1, "{question:?}: {name} at call {at}");
            }
        }
    }))
    .await;
}

/// What does not pass is told as it is; nothing of it is ever "there is none", whatever was read before.
#[tokio::test]
async fn what_stays_is_told_at_every_call_and_is_never_none() {
    let connection = Why::Failed("connection".to_owned());
    let faults: [(Fault, &[Why]); 7] = [
        (refuses, &[Why::AccessDenied]),
        (is_refused_on_the_way, &[Why::AccessDenied]),
        (is_busy, &[Why::Throttled]),
        (is_late, &[Why::Timeout]),
        (|_| hangs_up(), std::slice::from_ref(&connection)),
        (is_cut_off, &[Why::Garbled, connection.clone()]),
        (talks_nonsense, &[Why::Garbled]),
    ];
    join_all(questions().iter().map(async |question| {
        let (_, calls) = found(question).await;
        // The head of an object has no body that could be cut off or nonsense.
        let faults = if matches!(question, Question::ObjectMetadata(_)) { &faults[..5] } else { &faults };
        for at in (0..calls).filter(|at| !is_known_without(question, *at)) {
            for (fault, whys) in faults {
                let fact = fact(&faulty(move |number| number >= at, *fault), question).await;
                let told = matches!(&fact, Fact::Unreadable(why) if whys.contains(why));
                assert!(told, "{question:?}: {fact:?} is not {whys:?} at call {at}");
            }
        }
    }))
    .await;
}

/// Nobody answers. All at once, for a timeout takes its time.
#[tokio::test]
async fn silence_is_a_timeout_and_the_end_of_the_time_is_a_deadline() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let server = Server::nobody(silent.local_addr().unwrap());
    let all = questions();
    let ask = |question, deadline: Option<Duration>| {
        let edge = edge_with(&server, |options| options.object_metadata = true);
        let deadline = deadline.map(|after| Instant::now() + after);
        async move { edge.reader("event", deadline).ask(question).await.fact }
    };
    let began = Instant::now();
    for (question, fact) in
        all.iter().zip(join_all(all.iter().map(|of| ask(of, Some(Duration::from_millis(300))))).await)
    {
        assert_eq!(fact, Fact::Unreadable(Why::Deadline), "{question:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    for (question, fact) in all.iter().zip(join_all(all.iter().map(|of| ask(of, None))).await) {
        assert_eq!(fact, Fact::Unreadable(Why::Timeout), "{question:?}");
    }
}

/// How a service says that there is none, for the kinds that have a none.
enum None {
    /// By an error.
    Error(&'static str),
    /// By an answer.
    Answer(&'static str),
    /// There always is one, if only an empty list, or it is not this question's to say.
    Never,
}

fn none(question: &Question) -> None {
    use None::{Answer, Error, Never};
    match question {
        Question::Identity(_)
        | Question::InlinePolicies(_)
        | Question::InlinePolicy { .. }
        | Question::AttachedPolicies(_)
        | Question::Groups(_)
        | Question::ManagedPolicy { .. }
        | Question::Simulation(_) => Error("NoSuchEntity"),
        Question::Session(_) => Answer(r#"{"Events":[]}"#),
        Question::OrganizationPath { .. } | Question::AccountTags { .. } | Question::BucketOwner { .. } => {
            Error("AWSOrganizationsNotInUseException")
        }
        Question::ControlPolicies { .. } => Error("TargetNotFoundException"),
        Question::OrganizationPolicy { .. } => Error("PolicyNotFoundException"),
        Question::OwnedBucket(_) => Answer("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"),
        Question::BucketPolicy(_) | Question::BucketPolicyStatus(_) => Error("NoSuchBucketPolicy"),
        Question::BucketOwnership(_) => Error("OwnershipControlsNotFoundError"),
        Question::BucketPublicAccessBlock(_) | Question::AccountPublicAccessBlock { .. } => {
            Error("NoSuchPublicAccessBlockConfiguration")
        }
        Question::BucketEncryption(_) => Error("ServerSideEncryptionConfigurationNotFoundError"),
        Question::BucketTags(_) => Error("NoSuchTagSet"),
        Question::Object { .. } => Answer("<ListBucketResult/>"),
        Question::ObjectVersion { .. } => Answer("<ListVersionsResult/>"),
        Question::ObjectAcl { .. } | Question::ObjectTags(_) | Question::ObjectMetadata(_) => Error("NoSuchKey"),
        Question::ObjectVersionAcl { .. } | Question::OwnersObjectAcl { .. } => Error("NoSuchVersion"),
        Question::ObjectLock(_) => Error("NoSuchObjectLockConfiguration"),
        Question::AccessPoint(_) | Question::ObjectLambda(_) => Error("NoSuchAccessPoint"),
        Question::AccessPointPolicy(_) => Error("NoSuchAccessPointPolicy"),
        Question::AccessPointAlias { .. } => Answer("<ListAccessPointsResult/>"),
        Question::MultiRegionAccessPoint { .. } => Answer("<ListMultiRegionAccessPointsResult/>"),
        Question::MultiRegionAccessPointPolicy { .. } => Error("NoSuchMultiRegionAccessPointPolicy"),
        Question::AccessGrants { .. } => Error("AccessGrantsInstanceNotExistsError"),
        Question::VpcEndpoint { .. } => Error("InvalidVpcEndpointId.NotFound"),
        Question::KmsKey(_) | Question::KmsKeyPolicy(_) | Question::KmsGrants(_) => Error("NotFoundException"),
        Question::ResourcePolicy { arn, .. } => match arn.service() {
            "dynamodb" => Error("PolicyNotFoundException"),
            "ecr" => Error("RepositoryPolicyNotFoundException"),
            "glue" => Error("EntityNotFoundException"),
            "lambda" => Error("ResourceNotFoundException"),
            "s3" => Error("AccessGrantsInstanceResourcePolicyNotExists"),
            "s3-object-lambda" => Error("NoSuchAccessPointPolicy"),
            "s3express" | "s3-outposts" if arn.resource().contains("accesspoint/") => Error("NoSuchAccessPointPolicy"),
            "s3express" | "s3-outposts" => Error("NoSuchBucketPolicy"),
            // The table is looked up before its policy is.
            "s3tables" if arn.resource().contains("/table/") => Never,
            "s3tables" => Error("NotFoundException"),
            "events" | "secretsmanager" => Answer(r#"{"Name":"x"}"#),
            "sns" => Answer(
                "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes/></GetTopicAttributesResult></GetTopicAttributesResponse>",
            ),
            "sqs" => Answer(r#"{"QueueUrl":"https://sqs.example/1/x"}"#),
            other => panic!("{other}"),
        },
        Question::ResourceTags { .. } => Answer(r#"{"ResourceTagMappingList":[]}"#),
        Question::Authorization { .. } => Error("ResourceNotFoundException"),
        Question::Distribution { distribution, .. } if distribution.contains('.') => {
            Answer("<DistributionList><IsTruncated>false</IsTruncated><Items/></DistributionList>")
        }
        Question::Distribution { .. } => Error("NoSuchDistribution"),
        Question::OriginAccessControl { .. } => Error("NoSuchOriginAccessControl"),
        Question::WebAcl { .. } => Error("WAFNonexistentItemException"),
        Question::CanonicalId { .. }
        | Question::BucketAcl(_)
        | Question::BucketRequestPayment(_)
        | Question::BucketVersioning(_)
        | Question::BucketAbac(_)
        | Question::DecodedMessage { .. }
        | Question::Changes { .. }
        | Question::OriginDistributions { .. }
        | Question::SampledRequests(_)
        | Question::GlueJobs { .. } => Never,
    }
}

#[tokio::test]
async fn none_is_what_the_service_calls_none_and_no_resource_is_not_that() {
    for question in questions() {
        let server = match none(&question) {
            None::Error(code) => Server::start(move |asked, _| error(asked, 404, code)),
            None::Answer(body) => Server::start(move |asked, _| {
                let who = asked.body.contains("Action=GetCallerIdentity");
                if who { found::answer(asked) } else { says(200, body) }
            }),
            None::Never => {
                let server = Server::start(|asked, _| error(asked, 404, "NoSuchThing"));
                let failed = Fact::Unreadable(Why::Failed("NoSuchThing".to_owned()));
                assert_eq!(fact(&server, &question).await, failed, "{question:?}");
                continue;
            }
        };
        // KMS's list of aliases is never missing; one without the alias says that there is no key.
        if matches!(&question, Question::KmsKey(key) if key.aws_alias().is_some()) {
            let server = Server::always(says(200, r#"{"Aliases":[]}"#));
            assert_eq!(fact(&server, &question).await, Fact::Absent, "{question:?}");
            continue;
        }
        assert_eq!(fact(&server, &question).await, Fact::Absent, "{question:?}");
    }
}
