//! Ways in which each question can be answered.

use std::collections::BTreeMap;

use deniedby::evidence::{
    AccessGrant, AccessPointInfo, Acl, Answer, Authorization, BucketOfRegion, Change, DecodedMessage, Document,
    Encryption, EntityKind, Fact, Grant, GrantedAccess, Grantee, GranteeGroup, IdentityInfo, KmsGrant, KmsKeyInfo,
    MultiRegionAccessPointInfo, ObjectInfo, ObjectLambdaInfo, ObjectLock, ObjectMetadata, ObjectOwnership,
    OrganizationPath, Permission, PublicAccessBlock, Question, SessionInfo, Simulated, Simulation, Versioning,
    VpcEndpointInfo,
};
use serde_json::{Value, json};

/// The ids of two accounts in ACLs.
const OURS: &str = "c0ffee";
const THEIRS: &str = "decaf0";

fn document(statement: &Value) -> Document {
    Document::new(&json!({ "Version": "2012-10-17", "Statement": statement }).to_string())
}

fn policy(statement: &Value) -> Fact<Answer> {
    Fact::Known(Answer::Policy(document(statement)))
}

fn everything(effect: &str) -> Value {
    json!({ "Effect": effect, "Action": "*", "Resource": "*" })
}

fn everyone(effect: &str) -> Value {
    json!({ "Effect": effect, "Principal": "*", "Action": "*", "Resource": "*" })
}

fn names(list: &[&str]) -> Fact<Answer> {
    Fact::Known(Answer::Names(list.iter().map(ToString::to_string).collect()))
}

fn flags() -> Vec<Fact<Answer>> {
    vec![Fact::Known(Answer::Flag(true)), Fact::Known(Answer::Flag(false))]
}

fn tags() -> Vec<Fact<Answer>> {
    let team = BTreeMap::from([("team".to_owned(), "red".to_owned())]);
    vec![Fact::Known(Answer::Tags(team)), Fact::Absent]
}

fn acl(owner: &str, grants: &[(Grantee, Permission)]) -> Fact<Answer> {
    let grants = grants
        .iter()
        .map(|(grantee, permission)| Grant { grantee: grantee.clone(), permission: *permission })
        .collect();
    Fact::Known(Answer::Acl(Acl { owner: Some(owner.to_owned()), grants }))
}

fn acls() -> Vec<Fact<Answer>> {
    let account = |id: &str| Grantee::Account(id.to_owned());
    vec![
        acl(OURS, &[(account(OURS), Permission::FullControl)]),
        acl(THEIRS, &[(account(THEIRS), Permission::FullControl)]),
        acl(THEIRS, &[(account(OURS), Permission::Read)]),
        acl(OURS, &[(Grantee::Group(GranteeGroup::AllUsers), Permission::Read)]),
        acl(THEIRS, &[(Grantee::Group(GranteeGroup::AuthenticatedUsers), Permission::FullControl)]),
        acl(THEIRS, &[]),
    ]
}

fn blocks() -> Vec<Fact<Answer>> {
    let all = PublicAccessBlock {
        block_public_acls: true,
        ignore_public_acls: true,
        block_public_policy: true,
        restrict_public_buckets: true,
    };
    let block = |block| Fact::Known(Answer::PublicAccessBlock(block));
    vec![block(all), block(PublicAccessBlock::default()), Fact::Absent]
}

fn objects() -> Vec<Fact<Answer>> {
    let object = |owner: Option<&str>, delete_marker| {
        let owner = owner.map(str::to_owned);
        Fact::Known(Answer::Object(ObjectInfo { owner, delete_marker, storage_class: None }))
    };
    vec![
        object(Some(OURS), false),
        object(Some(THEIRS), false),
        object(None, false),
        object(Some(OURS), true),
        Fact::Absent,
    ]
}

fn resource_policies() -> Vec<Fact<Answer>> {
    let some = json!({ "Effect": "Allow", "Principal": { "AWS": ["111122223333", "444455556666"] }, "Action": "*", "Resource": "*" });
    let private = json!({ "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": { "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } } });
    vec![
        policy(&everyone("Allow")),
        policy(&everyone("Deny")),
        policy(&some),
        policy(&private),
        policy(&json!([])),
        Fact::Absent,
    ]
}

fn session(policy: Option<Document>) -> Fact<Answer> {
    Fact::Known(Answer::Session(SessionInfo { call: "AssumeRole".to_owned(), policy, ..SessionInfo::default() }))
}

fn path(management: &str, scps: bool) -> Fact<Answer> {
    Fact::Known(Answer::OrganizationPath(OrganizationPath {
        organization: "o-abc".to_owned(),
        management: management.parse().unwrap(),
        parents: vec!["r-1".to_owned()],
        scps,
        rcps: scps,
    }))
}

/// Ways in which a question can be answered.
#[expect(clippy::too_many_lines, reason = "an arm for each question")]
pub(crate) fn pool(question: &Question) -> Vec<Fact<Answer>> {
    match question {
        Question::Identity(entity) => {
            let info = |boundary: Option<&str>| {
                let kind = if entity.kind == EntityKind::Role { "role" } else { "user" };
                Fact::Known(Answer::Identity(IdentityInfo {
                    arn: format!("arn:aws:iam::{}:{kind}/{}", entity.account, entity.name).parse().unwrap(),
                    id: "AIDAEXAMPLE00000001".to_owned(),
                    boundary: boundary.map(|b| b.parse().unwrap()),
                    tags: [].into(),
                    trust: Some(document(&json!([]))),
                }))
            };
            vec![info(None), info(Some("arn:aws:iam::111122223333:policy/edge")), Fact::Absent]
        }
        Question::InlinePolicies(_) | Question::Groups(_) => vec![names(&[]), names(&["made-up"])],
        Question::AttachedPolicies(_) => vec![names(&[]), names(&["arn:aws:iam::aws:policy/Made-up"])],
        Question::InlinePolicy { .. } | Question::ManagedPolicy { .. } => {
            vec![policy(&everything("Allow")), policy(&everything("Deny")), policy(&json!([])), Fact::Absent]
        }
        Question::OrganizationPolicy { .. } => {
            let everyone_is_denied = json!({ "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*" });
            vec![policy(&everyone("Allow")), policy(&everyone_is_denied), policy(&json!([]))]
        }
        Question::Session(_) => vec![
            session(None),
            session(Some(document(&everything("Allow")))),
            session(Some(document(&everything("Deny")))),
            session(Some(document(&json!([])))),
            Fact::Absent,
        ],
        Question::OrganizationPath { account } => {
            vec![
                path("999988887777", true),
                path("999988887777", false),
                path(&account.to_string(), true),
                Fact::Absent,
            ]
        }
        Question::ControlPolicies { .. } => {
            vec![
                names(&[]),
                names(&["arn:aws:organizations::999988887777:policy/o-abc/service_control_policy/p-made-up"]),
            ]
        }
        Question::OwnedBucket(_) => vec![Fact::Known(Answer::Region("eu-west-1".into())), Fact::Absent],
        Question::BucketPolicy(_)
        | Question::AccessPointPolicy(_)
        | Question::MultiRegionAccessPointPolicy { .. }
        | Question::KmsKeyPolicy(_)
        | Question::ResourcePolicy { .. } => resource_policies(),
        Question::CanonicalId { .. } => {
            vec![Fact::Known(Answer::CanonicalId(OURS.into())), Fact::Known(Answer::CanonicalId(THEIRS.into()))]
        }
        Question::BucketOwnership(_) => vec![
            Fact::Known(Answer::Ownership(ObjectOwnership::BucketOwnerEnforced)),
            Fact::Known(Answer::Ownership(ObjectOwnership::BucketOwnerPreferred)),
            Fact::Known(Answer::Ownership(ObjectOwnership::ObjectWriter)),
            Fact::Absent,
        ],
        Question::BucketAcl(_)
        | Question::ObjectAcl { .. }
        | Question::ObjectVersionAcl { .. }
        | Question::OwnersObjectAcl { .. } => acls(),
        Question::BucketPublicAccessBlock(_) | Question::AccountPublicAccessBlock { .. } => blocks(),
        Question::Object { .. } | Question::ObjectVersion { .. } => objects(),
        Question::BucketPolicyStatus(_) | Question::BucketRequestPayment(_) | Question::BucketAbac(_) => flags(),
        Question::BucketEncryption(_) => {
            let encryption = |algorithm: &str, key: Option<&str>| {
                Fact::Known(Answer::Encryption(Encryption {
                    algorithm: algorithm.to_owned(),
                    key: key.map(str::to_owned),
                    bucket_key: true,
                    blocks_customer_keys: false,
                }))
            };
            let key = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555";
            vec![encryption("AES256", None), encryption("aws:kms", Some(key)), encryption("aws:kms", None)]
        }
        Question::BucketVersioning(_) => {
            let versioning = |mfa_delete| Fact::Known(Answer::Versioning(Versioning { enabled: true, mfa_delete }));
            vec![versioning(true), versioning(false)]
        }
        Question::AccountTags { .. }
        | Question::BucketTags(_)
        | Question::ObjectTags(_)
        | Question::ResourceTags { .. } => tags(),
        Question::ObjectLock(_) => {
            let lock = |legal_hold| Fact::Known(Answer::ObjectLock(ObjectLock { legal_hold, ..ObjectLock::default() }));
            vec![lock(true), lock(false), Fact::Absent]
        }
        Question::ObjectMetadata(_) => {
            let stored = |archived| {
                Fact::Known(Answer::ObjectMetadata(ObjectMetadata { archived, ..ObjectMetadata::default() }))
            };
            vec![stored(true), stored(false), Fact::Absent]
        }
        Question::AccessPoint(_) => {
            let point = |vpc: Option<&str>| {
                Fact::Known(Answer::AccessPoint(AccessPointInfo {
                    bucket: "acme-reports".to_owned(),
                    bucket_account: "111122223333".parse().ok(),
                    vpc: vpc.map(str::to_owned),
                    block: PublicAccessBlock::default(),
                }))
            };
            vec![point(None), point(Some("vpc-0a1b2c3d")), Fact::Absent]
        }
        Question::AccessPointAlias { account, region, .. } => {
            vec![names(&[&format!("arn:aws:s3:{region}:{account}:accesspoint/made-up")]), Fact::Absent]
        }
        Question::MultiRegionAccessPoint { account, .. } => {
            let point = |bucket: &str| {
                Fact::Known(Answer::MultiRegionAccessPoint(MultiRegionAccessPointInfo {
                    name: "made-up".to_owned(),
                    buckets: vec![BucketOfRegion {
                        bucket: bucket.to_owned(),
                        region: "eu-west-1".to_owned(),
                        account: Some(*account),
                    }],
                    block: PublicAccessBlock::default(),
                }))
            };
            vec![point("acme-reports"), point("elsewhere"), Fact::Absent]
        }
        Question::ObjectLambda(point) => {
            let info = |functions| {
                let supporting = format!("arn:aws:s3:{}:{}:accesspoint/finance", point.region, point.account);
                let supporting = supporting.parse().unwrap();
                Fact::Known(Answer::ObjectLambda(ObjectLambdaInfo { supporting, functions }))
            };
            let function = format!("arn:aws:lambda:{}:{}:function:made-up", point.region, point.account);
            let transforms = (function.parse().unwrap(), vec!["GetObject".to_owned()]);
            vec![info(Vec::new()), info(vec![transforms]), Fact::Absent]
        }
        Question::AccessGrants { .. } => {
            let grants = |permission, scope: &str| {
                Fact::Known(Answer::AccessGrants(vec![AccessGrant { permission, scope: scope.to_owned() }]))
            };
            vec![
                grants(GrantedAccess::ReadWrite, "s3://*"),
                grants(GrantedAccess::Write, "s3://acme-reports/*"),
                Fact::Known(Answer::AccessGrants(Vec::new())),
                Fact::Absent,
            ]
        }
        Question::Distribution { .. } => crate::edge::distributions().into_iter().chain([Fact::Absent]).collect(),
        Question::OriginDistributions { bucket, .. } => crate::edge::of_origin(bucket),
        Question::OriginAccessControl { .. } => crate::edge::access_controls(),
        Question::WebAcl { .. } => crate::edge::web_acls(),
        Question::SampledRequests(asked) => crate::edge::sampled_requests(asked),
        Question::GlueJobs { .. } => crate::edge::glue_jobs(),
        Question::VpcEndpoint { account, .. } => {
            let endpoint = |statement: &Value| {
                Fact::Known(Answer::VpcEndpoint(VpcEndpointInfo {
                    policy: Some(document(statement)),
                    vpc: Some("vpc-0a1b2c3d".to_owned()),
                    owner: Some(*account),
                    kind: Some("Gateway".to_owned()),
                }))
            };
            vec![endpoint(&everyone("Allow")), endpoint(&everyone("Deny")), endpoint(&json!([])), Fact::Absent]
        }
        Question::KmsKey(key) => {
            let own = format!("arn:aws:kms:eu-west-1:{}:key/11111111-2222-3333-4444-555555555555", key.account);
            let arn = if key.key.contains(":key/") { key.key.as_str() } else { own.as_str() };
            // Aliases of this kind are AWS's own.
            let by_name = key.key.contains(":alias/aws/");
            let info = |state: &str, aws_managed: bool| {
                let (arn, state) = (arn.parse().unwrap(), state.to_owned());
                let aws_managed = aws_managed || by_name;
                Fact::Known(Answer::KmsKey(KmsKeyInfo { arn, state, aws_managed }))
            };
            vec![info("Enabled", false), info("Disabled", false), info("Enabled", true), Fact::Absent]
        }
        Question::KmsGrants(_) => {
            let grant = KmsGrant {
                grantee_principal: "arn:aws:iam::111122223333:role/reporting".to_owned(),
                retiring_principal: None,
                operations: vec!["Decrypt".to_owned()],
                constraints: None,
            };
            vec![Fact::Known(Answer::KmsGrants(Vec::new())), Fact::Known(Answer::KmsGrants(vec![grant]))]
        }
        Question::Authorization { .. } => {
            vec![Fact::Known(Answer::Authorization(Authorization::default())), Fact::Absent]
        }
        Question::DecodedMessage { .. } => {
            let decoded = |explicit_deny| DecodedMessage { explicit_deny, ..DecodedMessage::default() };
            vec![Fact::Known(Answer::Decoded(decoded(true))), Fact::Known(Answer::Decoded(decoded(false)))]
        }
        Question::Simulation(_) => {
            let said = |decision, allowed| {
                let (organizations, boundary, denied_by, missing) =
                    (Some(allowed), Some(allowed), Vec::new(), Vec::new());
                Fact::Known(Answer::Simulation(Simulation { decision, organizations, boundary, denied_by, missing }))
            };
            vec![
                said(Simulated::Allowed, true),
                said(Simulated::ExplicitDeny, false),
                said(Simulated::ImplicitDeny, false),
                said(Simulated::ImplicitDeny, true),
                Fact::Absent,
            ]
        }
        Question::Changes { since, .. } => {
            let change = Change {
                time: *since,
                call: "PutBucketPolicy".to_owned(),
                by: Some("arn:aws:iam::111122223333:user/ann".to_owned()),
                event_id: "00000000-0000-4000-8000-000000000099".to_owned(),
            };
            vec![Fact::Known(Answer::Changes(Vec::new())), Fact::Known(Answer::Changes(vec![change]))]
        }
    }
}
