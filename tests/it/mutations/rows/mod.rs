//! The mutations: a row for each, and what rows are made of.

mod callers;
mod edge;
mod resources;
mod s3;

use serde_json::{Value, json};

use super::healthy::{BUCKET, Call, KEY, OBJECT, OWNER, PARTNER, POINT, QUEUE, TARGET, document, open_bucket, policy};
use super::{Answers, Row};

const WORK: &str = "role-inline-policy reporting/work";
const OUTSIDER: &str = "role-inline-policy ingest/work";
const BUCKET_POLICY: &str = "bucket-policy acme-reports";
const POINT_POLICY: &str = "access-point-policy finance";
const KEY_POLICY: &str = "kms-key-policy arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const KMS_KEY: &str = "kms-key arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const METADATA: &str = "object-metadata acme-reports/2026/q3.csv";
const SESSION: &str = "session reporting/reporting";
const ENDPOINT: &str = "vpc-endpoint vpce-0a1b2c3d";
const SCPS: &str = "service-control-policies ou-ac01-work";
const RCPS: &str = "resource-control-policies 111122223333";
const SCP: &str = "organization-policy arn:aws:organizations::999988887777:policy/o-acme/service_control_policy/p-1";
const RCP: &str = "organization-policy arn:aws:organizations::999988887777:policy/o-acme/resource_control_policy/p-2";
const SCP_ARN: &str = "arn:aws:organizations::999988887777:policy/o-acme/service_control_policy/p-1";
const RCP_ARN: &str = "arn:aws:organizations::999988887777:policy/o-acme/resource_control_policy/p-2";
const FULL_SCP: &str = "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess";
const FULL_RCP: &str = "arn:aws:organizations::aws:policy/resource_control_policy/p-RCPFullAWSAccess";
const BOUNDARY: &str = "managed-policy arn:aws:iam::111122223333:policy/edge";
const BOUNDARY_ARN: &str = "arn:aws:iam::111122223333:policy/edge";
const OBJECT_ACL: &str = "object-acl acme-reports/2026/q3.csv";
const LOCK: &str = "object-lock acme-reports/2026/q3.csv?versionId=v1";

fn row(code: &'static str, call: Call, broken: Answers, mended: Answers, blamed: (&'static str, &'static str)) -> Row {
    Row { code, call, setting: vec![], broken, record: vec![], mended, mended_record: vec![], blamed }
}

/// A row whose cause is in the record.
fn recorded(
    code: &'static str,
    call: Call,
    record: Answers,
    mended: Answers,
    blamed: (&'static str, &'static str),
) -> Row {
    Row { record, mended_record: mended, ..row(code, call, vec![], vec![], blamed) }
}

fn given(row: Row, setting: Answers) -> Row {
    Row { setting, ..row }
}

/// A statement `Stop` that denies everything under a condition.
fn stop(condition: &Value, principal: bool) -> Value {
    let mut statement =
        json!({ "Sid": "Stop", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition });
    if principal {
        statement["Principal"] = "*".into();
    }
    statement
}

/// A statement `All` that allows everything, of an identity.
fn all() -> Value {
    json!({ "Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*" })
}

/// The same with a principal.
fn all_for_everyone() -> Value {
    json!({ "Sid": "All", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" })
}

/// A condition that spares the callers.
fn spared() -> Value {
    json!({ "ArnNotLike": { "aws:PrincipalArn": ["arn:aws:iam::*:role/reporting", "arn:aws:iam::*:role/ingest"] } })
}

/// No condition.
fn always() -> Value {
    json!({})
}

fn one(action: &str, resource: &str) -> Value {
    json!({ "Sid": "One", "Effect": "Allow", "Action": action, "Resource": resource })
}

fn one_for(who: &str, action: &str, resource: &str) -> Value {
    json!({ "Sid": "One", "Effect": "Allow", "Principal": { "AWS": who }, "Action": action, "Resource": resource })
}

/// A statement that allows something else.
fn other() -> Value {
    json!({ "Sid": "Other", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-reports/*" })
}

fn other_for(who: &str, resource: &str) -> Value {
    json!({ "Sid": "Other", "Effect": "Allow", "Principal": { "AWS": who }, "Action": ["s3:GetObject", "kms:Decrypt", "sqs:SendMessage"], "Resource": resource })
}

fn session_policy(statements: &Value) -> Value {
    json!({ "known": { "session": { "call": "AssumeRole", "policy": document(statements) } } })
}

fn bounded() -> Answers {
    vec![(
        "role reporting",
        json!({ "known": { "identity": { "arn": "arn:aws:iam::111122223333:role/reporting", "id": "AROAEXAMPLE00000001", "boundary": BOUNDARY_ARN } } }),
    )]
}

fn names(list: &[&str]) -> Value {
    json!({ "known": { "names": list } })
}

fn endpoint(statements: &Value) -> Value {
    json!({ "known": { "vpc-endpoint": { "policy": document(statements), "vpc": "vpc-1", "kind": "Gateway" } } })
}

fn trust(statements: &Value) -> Value {
    json!({ "known": { "identity": { "arn": TARGET, "id": "AROAEXAMPLE00000009", "trust": document(statements) } } })
}

/// The object is encrypted with a KMS key of its bucket's account.
fn encrypted() -> Answers {
    vec![(METADATA, json!({ "known": { "object-metadata": { "algorithm": "aws:kms", "key": KEY } } }))]
}

fn ownership(setting: &str) -> Value {
    json!({ "known": { "ownership": setting } })
}

fn acl(owner: &str, grantee: &str) -> Value {
    json!({ "known": { "acl": { "owner": owner, "grants": [{ "grantee": { "account": grantee }, "permission": "READ" }] } } })
}

/// Another account owns the object, and ACLs count.
fn foreign(grantee: &str) -> Answers {
    vec![
        ("bucket-ownership-controls acme-reports", ownership("ObjectWriter")),
        ("object acme-reports/2026/q3.csv", json!({ "known": { "object": { "owner": "c3c3c3c3" } } })),
        (OBJECT_ACL, acl("c3c3c3c3", grantee)),
    ]
}

fn failed(code: &str, message: &str) -> Answers {
    vec![("/errorCode", code.into()), ("/errorMessage", message.into())]
}

/// Every mutation.
pub(crate) fn rows() -> Vec<Row> {
    let all = [
        callers::policies(),
        callers::organization(),
        edge::rows(),
        resources::resources(),
        s3::keys(),
        s3::objects(),
        s3::records(),
    ];
    all.into_iter().flatten().collect()
}
