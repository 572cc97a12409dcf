//! Calls about table buckets and their tables.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3tables.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-logging.html>

use super::{Action, Key, Principal, Request, Resource, keys};
use crate::arn::Arn;
use crate::event::Denial;

/// Calls about a table bucket, or what is in it as a whole. Their actions have the same names.
const ON_BUCKET: &[&str] = &[
    "CreateNamespace",
    "CreateTable",
    "CreateTableBucket",
    "DeleteNamespace",
    "DeleteTableBucket",
    "DeleteTableBucketEncryption",
    "DeleteTableBucketMetricsConfiguration",
    "DeleteTableBucketPolicy",
    "DeleteTableBucketReplication",
    "GetNamespace",
    "GetTableBucket",
    "GetTableBucketEncryption",
    "GetTableBucketMaintenanceConfiguration",
    "GetTableBucketMetricsConfiguration",
    "GetTableBucketPolicy",
    "GetTableBucketReplication",
    "GetTableBucketStorageClass",
    "ListNamespaces",
    "ListTables",
    "PutTableBucketEncryption",
    "PutTableBucketMaintenanceConfiguration",
    "PutTableBucketMetricsConfiguration",
    "PutTableBucketPolicy",
    "PutTableBucketReplication",
    "PutTableBucketStorageClass",
];

/// Calls about one table. Their actions have the same names.
const ON_TABLE: &[&str] = &[
    "DeleteTable",
    "DeleteTablePolicy",
    "DeleteTableReplication",
    "GetTable",
    "GetTableData",
    "GetTableEncryption",
    "GetTableMaintenanceConfiguration",
    "GetTableMaintenanceJobStatus",
    "GetTableMetadataLocation",
    "GetTablePolicy",
    "GetTableRecordExpirationConfiguration",
    "GetTableRecordExpirationJobStatus",
    "GetTableReplication",
    "GetTableReplicationStatus",
    "GetTableStorageClass",
    "PutTableData",
    "PutTableEncryption",
    "PutTableMaintenanceConfiguration",
    "PutTablePolicy",
    "PutTableRecordExpirationConfiguration",
    "PutTableReplication",
    "PutTableStorageClass",
    "RenameTable",
    "UpdateTableMetadataLocation",
];

/// Calls of S3's about the objects of a table, and the action that they take.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-tables-log-files.html>
const ON_OBJECTS: &[(&str, &str)] = &[
    ("AbortMultipartUpload", "PutTableData"),
    ("CompleteMultipartUpload", "PutTableData"),
    ("CreateMultipartUpload", "PutTableData"),
    ("GetObject", "GetTableData"),
    ("HeadObject", "GetTableData"),
    ("ListParts", "GetTableData"),
    ("PutObject", "PutTableData"),
    ("UploadPart", "PutTableData"),
];

/// What a call takes beside its own action, where it brings a parameter: the call, the parameter, the action, and
/// whether it is on the table that is made.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_s3TableBuckets_CreateTable.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_s3TableBuckets_CreateTableBucket.html>
const BESIDE: &[(&str, &str, &str)] = &[
    ("CreateTable", "encryptionConfiguration", "PutTableEncryption"),
    ("CreateTable", "metadata", "PutTableData"),
    ("CreateTable", "storageClassConfiguration", "PutTableStorageClass"),
    ("CreateTable", "tags", "TagResource"),
    ("CreateTableBucket", "encryptionConfiguration", "PutTableBucketEncryption"),
    ("CreateTableBucket", "storageClassConfiguration", "PutTableBucketStorageClass"),
    ("CreateTableBucket", "tags", "TagResource"),
];

pub(super) fn requests(denial: &Denial, principal: &Principal) -> Vec<Request> {
    let call = denial.event_name.as_str();
    let of_object = ON_OBJECTS.iter().find(|row| row.0 == call);
    let name = of_object.map_or(call, |row| row.1);
    let (table, bucket) = (table(denial), bucket(denial, principal));
    let owner = table.as_ref().or(bucket.as_ref()).and_then(Arn::account);
    let of_table = Resource::new(table.clone(), owner);
    let (action, resource) = if ON_TABLE.contains(&name) {
        (Action::new(&format!("s3tables:{name}")), of_table.clone())
    } else if ON_BUCKET.contains(&name) {
        (Action::new(&format!("s3tables:{name}")), Resource::new(bucket.clone(), owner))
    } else if name == "ListTableBuckets" {
        let resource = Resource { none: true, ..Resource::new(None, principal.account) };
        (Action::new("s3tables:ListTableBuckets"), resource)
    } else {
        (Action::guessed(&format!("s3tables:{name}")), Resource::new(table.clone().or_else(|| bucket.clone()), owner))
    };
    let mut requests = vec![one(denial, principal, action, resource)];
    let has = |parameter: &str| denial.parameters.as_ref().is_some_and(|all| all.contains_key(parameter));
    for (_, _, action) in BESIDE.iter().filter(|row| row.0 == call && has(row.1)) {
        // The table that is made has no id yet.
        let on = if call == "CreateTable" { of_table.clone() } else { Resource::new(bucket.clone(), owner) };
        requests.push(one(denial, principal, Action::new(&format!("s3tables:{action}")), on));
    }
    requests
}

fn one(denial: &Denial, principal: &Principal, action: Action, resource: Resource) -> Request {
    let mut context = keys::context(denial, principal, &action, &resource, None);
    context.set("s3tables:namespace", Key::known(denial.parameter("namespace")));
    // Of a bucket, `name` is its own, and of a table that is renamed, the old one.
    let of_table = action.name().strip_prefix("s3tables:").is_some_and(|name| ON_TABLE.contains(&name));
    context.set("s3tables:tableName", Key::known(denial.parameter("name").filter(|_| of_table)));
    // Without these parameters the table bucket's own settings count, and whether the keys have them no page says.
    let parameter =
        |pointer: &str| denial.record.pointer(&format!("/requestParameters/{pointer}")).and_then(|v| v.as_str());
    for (key, pointer) in [
        ("s3tables:SSEAlgorithm", "encryptionConfiguration/sseAlgorithm"),
        ("s3tables:KMSKeyArn", "encryptionConfiguration/kmsKeyArn"),
        ("s3tables:StorageClass", "storageClassConfiguration/storageClass"),
    ] {
        context.set(key, Key::known(parameter(pointer)));
    }
    Request::of(denial, principal, action, resource, context, None)
}

/// What the record or AWS's message names, and the parameters of this name.
fn named<'d>(denial: &'d Denial, parameters: &'d [&str]) -> impl Iterator<Item = Arn> + 'd {
    let stated = denial.message.resource.as_ref().and_then(|text| text.parse().ok());
    let listed = denial.resources.iter().map(|resource| resource.arn.clone());
    let given = parameters.iter().filter_map(|name| denial.parameter(name)?.parse().ok());
    stated.into_iter().chain(listed).chain(given).filter(|arn: &Arn| arn.service() == "s3tables")
}

/// The table by its ARN, which holds its id: a call names it by namespace and name.
fn table(denial: &Denial) -> Option<Arn> {
    named(denial, &["tableArn", "tableARN", "resourceArn"]).find(|arn| arn.resource().contains("/table/"))
}

fn bucket(denial: &Denial, principal: &Principal) -> Option<Arn> {
    if denial.event_name == "CreateTableBucket" {
        // It is made in the caller's account.
        let (partition, region) = (super::partition(denial).name(), &denial.region);
        let (name, account) = (denial.parameter("name")?, principal.account?);
        return format!("arn:{partition}:s3tables:{region}:{account}:bucket/{name}").parse().ok();
    }
    let all = named(denial, &["tableBucketARN", "tableBucketArn", "resourceArn"]);
    let of_table = |arn: &Arn| arn.as_str().split_once("/table/").and_then(|(bucket, _)| bucket.parse().ok());
    all.map(|arn| of_table(&arn).unwrap_or(arn)).next()
}
