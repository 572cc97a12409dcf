//! S3's own rules: object ownership, ACLs, and Block Public Access.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-auth-workflow-object-operation.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>

use super::super::layer::Outcome;
use super::super::principal::Named;
use super::public::is_public;
use crate::evidence::{
    Acl, Fact, Grantee, GranteeGroup, ObjectInfo, ObjectOwnership, Permission, PublicAccessBlock, Why,
};
use crate::policy::Policy;
use crate::request::{Key, Makes, PrincipalKind, Request};
use crate::truth::Truth;

/// What is known of the bucket and the object of a request.
#[derive(Debug)]
pub(in super::super) struct Facts<'e> {
    pub(in super::super) ownership: Fact<&'e ObjectOwnership>,
    pub(in super::super) bucket_acl: Fact<&'e Acl>,
    pub(in super::super) object_acl: Fact<&'e Acl>,
    pub(in super::super) object: Fact<&'e ObjectInfo>,
    pub(in super::super) policy: Fact<&'e Policy>,
    pub(in super::super) bucket_block: Fact<&'e PublicAccessBlock>,
    pub(in super::super) account_block: Fact<&'e PublicAccessBlock>,
    /// What S3 itself says of whether the policy is public.
    pub(in super::super) public: Option<bool>,
}

impl Facts<'_> {
    /// Nothing is known.
    pub(in super::super) fn unread(why: &Why) -> Self {
        let unread = || why.clone();
        Self {
            ownership: Fact::Unreadable(unread()),
            bucket_acl: Fact::Unreadable(unread()),
            object_acl: Fact::Unreadable(unread()),
            object: Fact::Unreadable(unread()),
            policy: Fact::Unreadable(unread()),
            bucket_block: Fact::Unreadable(unread()),
            account_block: Fact::Unreadable(unread()),
            public: None,
        }
    }
}

/// Where the ACL permission of an action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AclUse {
    /// In the object's ACL.
    Object,
    /// In the bucket's ACL.
    Bucket,
}

/// The actions that an ACL can grant.
const PERMISSIONS: &[(&str, AclUse, Permission)] = &[
    ("s3:getobject", AclUse::Object, Permission::Read),
    ("s3:getobjectversion", AclUse::Object, Permission::Read),
    ("s3:getobjectacl", AclUse::Object, Permission::ReadAcp),
    ("s3:getobjectversionacl", AclUse::Object, Permission::ReadAcp),
    ("s3:putobjectacl", AclUse::Object, Permission::WriteAcp),
    ("s3:putobjectversionacl", AclUse::Object, Permission::WriteAcp),
    ("s3:listbucket", AclUse::Bucket, Permission::Read),
    ("s3:listbucketversions", AclUse::Bucket, Permission::Read),
    ("s3:listbucketmultipartuploads", AclUse::Bucket, Permission::Read),
    ("s3:putobject", AclUse::Bucket, Permission::Write),
    ("s3:getbucketacl", AclUse::Bucket, Permission::ReadAcp),
    ("s3:putbucketacl", AclUse::Bucket, Permission::WriteAcp),
];

/// What a bucket's owner may do with every object, whoever owns it.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html>
const OWNER_INDEPENDENT: &[&str] =
    &["s3:deleteobject", "s3:deleteobjectversion", "s3:restoreobject", "s3:bypassgovernanceretention"];

/// The ACL permission that grants the request, if one does.
#[must_use]
pub fn permission_of(request: &Request) -> Option<(AclUse, Permission)> {
    let row = PERMISSIONS.iter().find(|row| row.0 == request.action.folded())?;
    let new_object = request.s3.as_ref().is_some_and(|target| target.makes == Makes::Object);
    (row.1 == AclUse::Bucket || !new_object).then_some((row.1, row.2))
}

/// Whether an action on an object depends on who owns it.
fn depends_on_owner(request: &Request) -> bool {
    let on_object = request.s3.as_ref().is_some_and(|target| target.key.is_some() && target.makes == Makes::Nothing);
    on_object && !OWNER_INDEPENDENT.contains(&request.action.folded())
}

/// Whether ACLs count in the bucket.
fn acls_on(ownership: &Fact<&ObjectOwnership>) -> Truth {
    match ownership {
        Fact::Known(ownership) => (**ownership != ObjectOwnership::BucketOwnerEnforced).into(),
        // A bucket without the setting is from before it came: ACLs count.
        Fact::Absent => Truth::True,
        Fact::Unreadable(_) => Truth::Unknown,
    }
}

/// Whether the object belongs to another account than its bucket, so that the bucket's policy cannot allow.
pub(in super::super) fn foreign(request: &Request, facts: &Facts<'_>) -> Truth {
    if !depends_on_owner(request) {
        return Truth::False;
    }
    if matches!(facts.object, Fact::Absent) {
        return Truth::False;
    }
    let bucket_owner = facts.bucket_acl.known().and_then(|acl| acl.owner.as_deref());
    let differs =
        object_owner(facts).zip(bucket_owner).map_or(Truth::Unknown, |(object, bucket)| (object != bucket).into());
    acls_on(&facts.ownership).and(differs)
}

/// What the ACL grants, and the ownership of the object; `None` where neither can decide.
pub(in super::super) fn acl(request: &Request, facts: &Facts<'_>) -> Option<Outcome> {
    let permission = permission_of(request);
    let on = acls_on(&facts.ownership);
    if !on.possible() || (permission.is_none() && !depends_on_owner(request)) {
        return None;
    }
    let granted = permission.map_or(Named::NO, |(scope, permission)| {
        let acl = match scope {
            AclUse::Object => &facts.object_acl,
            AclUse::Bucket => &facts.bucket_acl,
        };
        match acl {
            Fact::Known(acl) => grants(acl, permission, request, ignores_public_acls(facts)),
            Fact::Absent => Named::NO,
            // Whatever it grants to everyone does not count where public ACLs are ignored.
            Fact::Unreadable(_) => Named {
                direct: Truth::Unknown.and(!ignores_public_acls(facts)),
                role: Truth::False,
                account: Truth::Unknown,
            },
        }
    });
    // The account that owns the object needs no grant: its own policies decide.
    let owns = Named { account: owns_object(request, facts).and(foreign(request, facts)), ..Named::NO };
    Some(Outcome { deny: Truth::False, allow: granted.or(owns).and(on) })
}

/// Whether the caller's account owns the object.
fn owns_object(request: &Request, facts: &Facts<'_>) -> Truth {
    if !depends_on_owner(request) || matches!(facts.object, Fact::Absent) {
        return Truth::False;
    }
    match (object_owner(facts), request.principal.canonical_id.as_deref(), &request.principal.kind) {
        (_, _, PrincipalKind::Anonymous | PrincipalKind::Service(_) | PrincipalKind::OriginAccessIdentity) => {
            Truth::False
        }
        (Some(owner), Some(own), _) => (owner == own).into(),
        _ => Truth::Unknown,
    }
}

fn object_owner<'e>(facts: &Facts<'e>) -> Option<&'e str> {
    match (&facts.object, &facts.object_acl) {
        (Fact::Known(object), _) if object.owner.is_some() => object.owner.as_deref(),
        (_, Fact::Known(acl)) => acl.owner.as_deref(),
        _ => None,
    }
}

/// Who an ACL grants a permission: the caller's account, or everyone (`direct`).
fn grants(acl: &Acl, permission: Permission, request: &Request, ignores_public: Truth) -> Named {
    let mut allow = Named::NO;
    let anonymous = request.principal.kind == PrincipalKind::Anonymous;
    let service = matches!(request.principal.kind, PrincipalKind::Service(_));
    let own_id = request.principal.canonical_id.as_deref();
    for grant in &acl.grants {
        if grant.permission != permission && grant.permission != Permission::FullControl {
            continue;
        }
        match &grant.grantee {
            Grantee::Group(GranteeGroup::AllUsers) => allow.direct = allow.direct.or(!ignores_public),
            Grantee::Group(GranteeGroup::AuthenticatedUsers) if !anonymous => {
                allow.direct = allow.direct.or(!ignores_public);
            }
            // An AWS service is of no account either.
            Grantee::Account(_) if anonymous || service => {}
            Grantee::Account(id) => {
                let same = own_id.map_or(Truth::Unknown, |own| (own == id).into());
                allow.account = allow.account.or(same);
            }
            Grantee::Group(_) => {}
            Grantee::Other(_) => allow.account = allow.account.or(Truth::Unknown),
        }
    }
    allow
}

/// A setting in force: set for the account or for the bucket.
fn setting(facts: &Facts<'_>, pick: impl Fn(&PublicAccessBlock) -> bool) -> Truth {
    Truth::any([&facts.bucket_block, &facts.account_block].map(|fact| match fact {
        Fact::Known(block) => pick(block).into(),
        Fact::Absent => Truth::False,
        Fact::Unreadable(_) => Truth::Unknown,
    }))
}

fn ignores_public_acls(facts: &Facts<'_>) -> Truth {
    setting(facts, |block| block.ignore_public_acls)
}

/// A setting of Block Public Access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockSetting {
    /// New public ACLs are refused.
    BlockPublicAcls,
    /// Public ACLs do not count.
    IgnorePublicAcls,
    /// New public policies are refused.
    BlockPublicPolicy,
    /// A public policy serves only the bucket's own account and AWS services.
    RestrictPublicBuckets,
}

impl BlockSetting {
    /// AWS's name of it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BlockPublicAcls => "BlockPublicAcls",
            Self::IgnorePublicAcls => "IgnorePublicAcls",
            Self::BlockPublicPolicy => "BlockPublicPolicy",
            Self::RestrictPublicBuckets => "RestrictPublicBuckets",
        }
    }
}

/// Which settings deny the request. `IgnorePublicAcls` denies nothing by itself: it takes an ACL's grant away.
pub(in super::super) fn blocked_by(request: &Request, facts: &Facts<'_>) -> Vec<(BlockSetting, Truth)> {
    let mut blocked = vec![
        (BlockSetting::RestrictPublicBuckets, restricts(request, facts)),
        (BlockSetting::BlockPublicAcls, blocks_acl(request, facts)),
        (BlockSetting::BlockPublicPolicy, blocks_policy(request, facts)),
        (BlockSetting::IgnorePublicAcls, ignores_grant(request, facts)),
    ];
    blocked.retain(|row| row.1.possible());
    blocked
}

/// What Block Public Access denies by itself.
pub(in super::super) fn block_public_access(blocked: &[(BlockSetting, Truth)]) -> Outcome {
    let denies = blocked.iter().filter(|row| row.0 != BlockSetting::IgnorePublicAcls).map(|row| row.1);
    Outcome { deny: Truth::any(denies), ..Outcome::PASS }
}

/// `IgnorePublicAcls`: a grant to everyone is there, and does not count.
fn ignores_grant(request: &Request, facts: &Facts<'_>) -> Truth {
    let Some((scope, permission)) = permission_of(request) else { return Truth::False };
    let acl = match scope {
        AclUse::Object => &facts.object_acl,
        AclUse::Bucket => &facts.bucket_acl,
    };
    let Some(acl) = acl.known() else { return Truth::False };
    let granted = grants(acl, permission, request, Truth::False).direct;
    granted.and(acls_on(&facts.ownership)).and(ignores_public_acls(facts))
}

/// `RestrictPublicBuckets`: while the policy is public, nobody outside of the bucket's account but AWS services.
fn restricts(request: &Request, facts: &Facts<'_>) -> Truth {
    let setting = setting(facts, |block| block.restrict_public_buckets);
    is_outside(request).and(policy_is_public(facts)).and(setting)
}

/// Whether the caller is neither of the resource's account nor an AWS service.
fn is_outside(request: &Request) -> Truth {
    match (&request.principal.kind, request.same_account()) {
        (PrincipalKind::Service(_), _) => Truth::False,
        (_, Some(same)) => (!same).into(),
        (_, None) => Truth::Unknown,
    }
}

fn policy_is_public(facts: &Facts<'_>) -> Truth {
    match (&facts.policy, facts.public) {
        (_, Some(public)) => public.into(),
        (Fact::Known(policy), None) => is_public(policy),
        (Fact::Absent, None) => Truth::False,
        (Fact::Unreadable(_), None) => Truth::Unknown,
    }
}

/// Whether it takes S3's own word that the policy is public.
pub(in super::super) fn needs_policy_status(request: &Request, facts: &Facts<'_>) -> bool {
    let is_open = matches!(&facts.policy, Fact::Known(policy) if is_public(policy) == Truth::Unknown);
    is_open && is_outside(request).possible() && setting(facts, |block| block.restrict_public_buckets).possible()
}

/// Whether an access point serves another VPC only; `vpc` is its own.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-vpc.html>
pub(in super::super) fn is_of_another_vpc(request: &Request, vpc: Option<&str>) -> Truth {
    match (vpc, request.context.get("aws:sourcevpc")) {
        (None, _) => Truth::False,
        (Some(_), Key::Absent) => Truth::True,
        (Some(vpc), Key::Present(values)) => (!values.iter().any(|value| value == vpc)).into(),
        (Some(_), Key::NotOf(_) | Key::Unknown) => Truth::Unknown,
    }
}

/// `BlockPublicAcls`: no new ACL for everyone.
fn blocks_acl(request: &Request, facts: &Facts<'_>) -> Truth {
    if !matches!(request.action.folded(), "s3:putobjectacl" | "s3:putobjectversionacl" | "s3:putbucketacl") {
        return Truth::False;
    }
    let canned = |text: &str| matches!(text, "public-read" | "public-read-write" | "authenticated-read").into();
    let granted = |text: &str| {
        let text = text.to_ascii_lowercase();
        (text.contains("/global/allusers") || text.contains("/global/authenticatedusers")).into()
    };
    let header = |name: &str, test: &dyn Fn(&str) -> Truth| match request.context.get(name) {
        Key::Present(values) => Truth::any(values.iter().map(|v| test(v))),
        Key::Absent => Truth::False,
        Key::NotOf(_) | Key::Unknown => Truth::Unknown,
    };
    let mut public = header("s3:x-amz-acl", &canned);
    let mut any_header = !matches!(request.context.get("s3:x-amz-acl"), Key::Absent);
    for name in
        ["read", "write", "read-acp", "write-acp", "full-control"].map(|right| format!("s3:x-amz-grant-{right}"))
    {
        any_header |= !matches!(request.context.get(&name), Key::Absent);
        public = public.or(header(&name, &granted));
    }
    // Without a header the ACL is in the body, which the record shows only in part.
    let public = if any_header { public } else { Truth::Unknown };
    public.and(setting(facts, |block| block.block_public_acls))
}

/// `BlockPublicPolicy`: no new public policy.
fn blocks_policy(request: &Request, facts: &Facts<'_>) -> Truth {
    if request.action.folded() != "s3:putbucketpolicy" {
        return Truth::False;
    }
    let put = request.s3.as_ref().and_then(|target| target.put_policy.as_deref());
    let public = put.map_or(Truth::Unknown, |text| is_public(&Policy::parse(text)));
    public.and(setting(facts, |block| block.block_public_policy))
}
