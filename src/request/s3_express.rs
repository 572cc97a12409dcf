//! Calls about directory buckets, which have the names of S3's calls and actions of their own.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-create-session.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3express.html>

use super::calls::{Need, On, S3_CALLS, When};
use super::s3::{self, S3Target};
use super::{Action, Key, Origin, Principal, Request, Resource, keys};
use crate::arn::Arn;
use crate::event::Denial;

/// What all calls about objects take, listing among them: a session.
const CREATE_SESSION: &str = "s3express:CreateSession";

/// What the names of directory buckets and of access points to them end with.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-directory-buckets-restrictions-limitations-naming-rules.html>
const BUCKET: &str = "--x-s3";
const ACCESS_POINT: &str = "--xa-s3";

/// The actions on one bucket, one access point, or the account that are not sessions.
const ACTIONS: &[&str] = &[
    "s3express:CreateAccessPoint",
    "s3express:CreateBucket",
    "s3express:DeleteAccessPoint",
    "s3express:DeleteAccessPointPolicy",
    "s3express:DeleteAccessPointScope",
    "s3express:DeleteBucket",
    "s3express:DeleteBucketPolicy",
    "s3express:GetAccessPoint",
    "s3express:GetAccessPointPolicy",
    "s3express:GetAccessPointScope",
    "s3express:GetBucketPolicy",
    "s3express:GetEncryptionConfiguration",
    "s3express:GetInventoryConfiguration",
    "s3express:GetLifecycleConfiguration",
    "s3express:GetMetricsConfiguration",
    "s3express:ListAccessPointsForDirectoryBuckets",
    "s3express:ListAllMyDirectoryBuckets",
    "s3express:ListTagsForResource",
    "s3express:PutAccessPointPolicy",
    "s3express:PutAccessPointScope",
    "s3express:PutBucketPolicy",
    "s3express:PutEncryptionConfiguration",
    "s3express:PutInventoryConfiguration",
    "s3express:PutLifecycleConfiguration",
    "s3express:PutMetricsConfiguration",
    "s3express:TagResource",
    "s3express:UntagResource",
];

/// What a session that only reads is good for. All other calls about objects take one that writes.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html>
const READING: &[&str] = &[
    "GetObject",
    "GetObjectAttributes",
    "HeadBucket",
    "HeadObject",
    "ListMultipartUploads",
    "ListObjectsV2",
    "ListParts",
];

/// A call and what all of its authorizations have in common.
struct Call<'d> {
    denial: &'d Denial,
    principal: &'d Principal,
    target: S3Target,
    action: Action,
}

pub(super) fn requests(denial: &Denial, principal: &Principal) -> Vec<Request> {
    let call = Call { denial, principal, target: s3::target(denial), action: action(&denial.event_name) };
    let name = call.target.bucket.as_deref().or_else(|| denial.parameter("name"));
    match call.action.folded() {
        "s3express:createsession" => call.sessions(),
        "s3express:listallmydirectorybuckets" | "s3express:listaccesspointsfordirectorybuckets" => {
            let resource = Resource { none: true, ..Resource::new(None, principal.account) };
            vec![call.on_resource(resource)]
        }
        // It is made in the caller's account.
        "s3express:createbucket" => {
            let (partition, region) = (super::partition(denial).name(), &denial.region);
            let made = name.zip(principal.account);
            let arn = made.map(|(name, account)| format!("arn:{partition}:s3express:{region}:{account}:bucket/{name}"));
            vec![call.on(arn.and_then(|arn| arn.parse().ok()))]
        }
        action if action.contains("accesspoint") || name.is_some_and(|name| name.ends_with(ACCESS_POINT)) => {
            vec![call.on(call.arn("accesspoint/", name))]
        }
        _ => vec![call.on(call.arn("bucket/", name))],
    }
}

impl Call<'_> {
    /// What a call about objects takes.
    fn sessions(&self) -> Vec<Request> {
        let name = self.target.bucket.as_deref();
        let mode = mode(self.denial);
        let through = name.is_some_and(|name| name.ends_with(ACCESS_POINT)) || self.arn("accesspoint/", None).is_some();
        if !through {
            let mut own = self.session_on(self.arn("bucket/", name), mode);
            own.context.set("s3express:DataAccessPointArn", Key::Absent);
            own.context.set("s3express:DataAccessPointAccount", Key::Absent);
            return [Some(own), self.copied()].into_iter().flatten().collect();
        }
        // Both the access point and the bucket behind it have to allow it:
        // https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-directory-buckets-policies.html
        let point = self.arn("accesspoint/", name.filter(|name| name.ends_with(ACCESS_POINT)));
        let behind = self.session_on(self.arn("bucket/", None), mode.clone());
        let behind = Request { origin: Origin::BehindAccessPoint, ..behind };
        let mut both = vec![self.session_on(point.clone(), mode), behind];
        for request in &mut both {
            request.context.set("s3express:DataAccessPointArn", Key::known(point.as_ref().map(Arn::as_str)));
            let account = point.as_ref().map(Arn::account_field);
            request.context.set("s3express:DataAccessPointAccount", Key::known(account));
        }
        both
    }

    /// What a copy reads: a session that only reads is enough, and one that writes is as good.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
    fn copied(&self) -> Option<Request> {
        let source = s3::source(self.denial, &self.target)?;
        match source.bucket.as_deref() {
            Some(name) if name.ends_with(BUCKET) => {
                Some(self.session_on(self.arn("bucket/", Some(name)), Key::Unknown))
            }
            _ => {
                let version = source.version.is_some();
                let action = if version { "s3:GetObjectVersion" } else { "s3:GetObject" };
                let need = Need { action, on: On::Source, when: When::Always };
                Some(s3::request(self.denial, self.principal, &need, &self.target, Some(&source)))
            }
        }
    }

    fn session_on(&self, arn: Option<Arn>, mode: Key) -> Request {
        let mut request = self.on(arn);
        // The record of a call within a session tells nothing of how the session was made.
        if !matches!(self.denial.event_name.as_str(), "CreateSession" | "CopyObject" | "HeadBucket") {
            request.context.remove_family("s3express:");
        }
        request.context.set("s3express:SessionMode", mode);
        if self.denial.event_name == "CreateSession" {
            for header in ["x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id"] {
                // Without the header it is the bucket's, and whether that counts no page says.
                request.context.set(&format!("s3express:{header}"), Key::known(self.denial.parameter(header)));
            }
        }
        request
    }

    fn on(&self, arn: Option<Arn>) -> Request {
        let owner = arn.as_ref().and_then(Arn::account);
        self.on_resource(Resource::new(arn, owner))
    }

    fn on_resource(&self, resource: Resource) -> Request {
        let context = keys::context(self.denial, self.principal, &self.action, &resource, None);
        Request::of(self.denial, self.principal, self.action.clone(), resource, context, None)
    }

    /// The ARN of a bucket or an access point, as the record or AWS's message has it: a name does not tell the owner.
    /// Without a name, the one that there is.
    fn arn(&self, kind: &str, name: Option<&str>) -> Option<Arn> {
        let stated = self.denial.message.resource.as_ref().and_then(|text| text.parse::<Arn>().ok());
        let is_meant = |arn: &Arn| {
            let found = arn.resource().strip_prefix(kind).filter(|_| arn.service() == "s3express");
            // An object is listed as `bucket/NAME/KEY`.
            found.is_some_and(|found| name.map_or(!found.contains('/'), |name| found == name))
        };
        self.denial.resources.iter().map(|resource| resource.arn.clone()).chain(stated).find(is_meant)
    }
}

/// The mode of the session that a call makes, or is made in. Without a mode, S3 tries the one that writes first, and then
/// the other.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html>
fn mode(denial: &Denial) -> Key {
    match denial.event_name.as_str() {
        "CreateSession" => Key::known(denial.parameter("x-amz-create-session-mode")),
        call if READING.contains(&call) => Key::Unknown,
        _ => Key::one("ReadWrite"),
    }
}

/// One action for all calls about objects, and S3's names for those about buckets.
fn action(call: &str) -> Action {
    let name = match (call, S3_CALLS.iter().find(|row| row.event == call).and_then(|row| row.needs.first())) {
        ("CreateSession" | "RenameObject", _)
        | (
            _,
            Some(
                Need { on: On::Object | On::NewObject | On::Source, .. }
                | Need { action: "s3:ListBucket" | "s3:ListBucketMultipartUploads", .. },
            ),
        ) => return Action::new(CREATE_SESSION),
        ("ListDirectoryBuckets", _) => "s3express:ListAllMyDirectoryBuckets".to_owned(),
        (_, Some(need)) => need.action.replacen("s3:", "s3express:", 1),
        (_, None) => format!("s3express:{call}"),
    };
    if ACTIONS.contains(&name.as_str()) { Action::new(&name) } else { Action::guessed(&name) }
}
