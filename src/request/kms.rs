//! What S3 asks KMS for in the caller's name.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>

use serde_json::Value;

use super::{Action, Context, Key, Origin, Request, Resource};
use crate::arn::{Arn, Partition};
use crate::event::Denial;

/// Condition keys that tell where a request came from: S3's own request to KMS comes from elsewhere.
const OF_THE_SENDER: &[&str] = &[
    "aws:SourceIp",
    "aws:VpcSourceIp",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:UserAgent",
    "aws:ViaAWSService",
    "aws:CalledVia",
    "aws:CalledViaFirst",
    "aws:CalledViaLast",
    "aws:SecureTransport",
];

/// Which right a request about an object takes on the object's key: `None` for one that takes none for sure.
#[must_use]
pub fn key_action(denial: &Denial, request: &Request) -> Option<&'static str> {
    match request.action.folded() {
        "s3:getobject" | "s3:getobjectversion" | "s3:getobjectattributes" => Some("kms:Decrypt"),
        // What the end of an upload in parts takes depends on its checksums:
        // https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
        "s3:putobject" if denial.event_name != "CompleteMultipartUpload" => Some("kms:GenerateDataKey"),
        _ => None,
    }
}

/// Whether a call about objects of a directory bucket takes rights on the bucket's KMS key: `Some(true)` where that hangs
/// on the object, or on what the session is for. The settings of the bucket, or of the session, count for all uploads.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-UsingKMSEncryption.html>
#[must_use]
pub fn session_takes_key(denial: &Denial) -> Option<bool> {
    match denial.event_name.as_str() {
        "PutObject" | "CopyObject" | "CreateMultipartUpload" | "UploadPart" | "UploadPartCopy" => Some(false),
        "CreateSession" | "GetObject" | "CompleteMultipartUpload" => Some(true),
        _ => None,
    }
}

/// The authorizations that S3 needs from KMS to serve a session. The bucket is always under an S3 Bucket Key.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-UsingKMSEncryption.html>
#[must_use]
pub fn of_session(denial: &Denial, request: &Request, key: &Arn, assumed: bool) -> Vec<Request> {
    let of = |action| {
        let mut request = of_s3(denial, request, Action::new(action), key, None, assumed);
        request.context.remove_family("s3express:");
        request.context.set_family("s3express:", Key::Absent);
        // No page says under which name S3 comes for a directory bucket.
        request.context.set("kms:ViaService", Key::Unknown);
        request
    };
    ["kms:GenerateDataKey", "kms:Decrypt"].map(of).to_vec()
}

/// The authorization on a key that AWS's message names where S3 was called.
pub(super) fn stated(denial: &Denial, request: &Request, action: &str, key: &Arn) -> Request {
    of_s3(denial, request, Action::new(action), key, None, false)
}

/// The authorization that S3 needs from KMS to serve a request about an object. `bucket_key` is whether the object is
/// under an S3 Bucket Key; `assumed` marks a key that is the bucket's default, but need not be the object's.
#[must_use]
pub fn encryption(
    denial: &Denial,
    request: &Request,
    key: &Arn,
    bucket_key: Option<bool>,
    assumed: bool,
) -> Option<Request> {
    let action = Action::new(key_action(denial, request)?);
    Some(of_s3(denial, request, action, key, bucket_key, assumed))
}

fn of_s3(
    denial: &Denial,
    request: &Request,
    action: Action,
    key: &Arn,
    bucket_key: Option<bool>,
    assumed: bool,
) -> Request {
    let resource = Resource::new(Some(key.clone()), key.account());
    let mut context = request.context.clone();
    context.remove_family("s3:");
    context.set_family("s3:", Key::Absent);
    for name in OF_THE_SENDER {
        context.set(name, Key::Unknown);
    }
    let china = Partition::of_region(&denial.region) == Partition::China;
    let service = format!("s3.{}.amazonaws.com{}", denial.region, if china { ".cn" } else { "" });
    // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
    context.set("kms:ViaService", Key::one(service));
    context.set("kms:CallerAccount", Key::known(request.principal.account.map(|account| account.to_string())));
    context.set("kms:GrantIsForAWSResource", Key::Absent);
    encryption_context(request, bucket_key, &mut context);
    context.set("aws:ResourceAccount", Key::known(key.account().map(|account| account.to_string())));
    context.remove_family("aws:resourcetag/");
    context.set_family("aws:resourcetag/", Key::Unknown);
    for name in ["aws:ResourceOrgID", "aws:ResourceOrgPaths"] {
        context.set(name, Key::Unknown);
    }
    let origin = Origin::Encryption { assumed };
    Request { action, resource, context, s3: None, endpoint: None, origin, ..request.clone() }
}

/// The calls of KMS that take one encryption context.
const WITH_CONTEXT: &[&str] = &[
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
];

/// What the record of a call of KMS tells: the encryption context, which is logged as it was given.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html>,
/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context>
pub(super) fn called(context: &mut Context, denial: &Denial) {
    let Some(parameters) = denial.parameters.as_ref().filter(|_| WITH_CONTEXT.contains(&denial.event_name.as_str()))
    else {
        return;
    };
    let pairs: Vec<_> = match parameters.get("encryptionContext") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Object(pairs)) => pairs.iter().collect(),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => return,
    };
    context.set_family("kms:EncryptionContext:", Key::Absent);
    for (name, value) in &pairs {
        context.set(&format!("kms:EncryptionContext:{name}"), Key::known(value.as_str()));
    }
    let names: Vec<_> = pairs.iter().map(|row| row.0.clone()).collect();
    context.set("kms:EncryptionContextKeys", if names.is_empty() { Key::Absent } else { Key::Present(names) });
}

/// The object's ARN, or with an S3 Bucket Key the bucket's.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>
fn encryption_context(request: &Request, bucket_key: Option<bool>, context: &mut Context) {
    context.set_family("kms:encryptioncontext:", Key::Absent);
    let object = request.resource.arn.as_ref().map(Arn::as_str);
    let bucket = object.and_then(|arn| arn.split('/').next());
    let arn = match bucket_key {
        Some(true) => Key::known(bucket),
        Some(false) => Key::known(object),
        None => Key::Unknown,
    };
    context.set("kms:EncryptionContext:aws:s3:arn", arn);
    context.set("kms:EncryptionContextKeys", Key::one("aws:s3:arn"));
}
