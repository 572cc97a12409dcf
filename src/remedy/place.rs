//! Where a change is made, and the session policies that let it be looked at and be made.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Edit, Image, fingerprint};
use crate::arn::{AccountId, Arn, Partition};
use crate::evidence::{AccessPointRef, BucketRef, Document, Entity, EntityKind, KeyRef, KmsGrant, ObjectRef};
use crate::permissions::writes::{self, Pin, Write};

/// What can be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "place", rename_all = "kebab-case")]
pub enum Place {
    /// An object's ACL.
    ObjectAcl {
        /// The object.
        #[serde(flatten)]
        object: ObjectRef,
        /// The account that owns it.
        owner: AccountId,
        /// The canonical id of the bucket's owner.
        #[serde(default)]
        bucket_owner: String,
    },
    /// Object Ownership of a bucket.
    Ownership(BucketRef),
    /// A bucket's policy.
    BucketPolicy(BucketRef),
    /// An access point's policy.
    AccessPointPolicy(AccessPointRef),
    /// An inline policy of a user or role.
    InlinePolicy {
        /// Whose.
        #[serde(flatten)]
        entity: Entity,
        /// Its name.
        policy: String,
    },
    /// A managed policy of the customer's own: its default version.
    ManagedPolicy {
        /// Its account.
        account: AccountId,
        /// Its ARN.
        arn: Arn,
    },
    /// A role's trust policy.
    TrustPolicy(Entity),
    /// A KMS key's policy.
    KeyPolicy(KeyRef),
    /// A grant of a KMS key, by a name that is made of what it grants.
    KeyGrant {
        /// The key.
        #[serde(flatten)]
        on: KeyRef,
        /// The grant's name.
        name: String,
    },
    /// Whether a KMS key is enabled.
    KeyState(KeyRef),
    /// A VPC endpoint's policy.
    EndpointPolicy {
        /// Its owner.
        account: AccountId,
        /// Its Region.
        region: String,
        /// Its id.
        endpoint: String,
    },
    /// The policy of a queue, topic, secret, repository, table or event bus.
    ResourcePolicy {
        /// Its account.
        account: AccountId,
        /// Its ARN.
        arn: Arn,
    },
    /// One statement of a function's policy, which is changed statement by statement.
    FunctionStatement {
        /// Its account.
        account: AccountId,
        /// The function's ARN.
        arn: Arn,
        /// The statement's Sid.
        statement: String,
    },
    /// An object itself, which is copied onto itself.
    Object {
        /// The object: its current version.
        #[serde(flatten)]
        object: ObjectRef,
        /// The canonical id of the bucket's owner, who owns the copy.
        owner: String,
    },
}

/// The services whose policies can be written whole, read back, and put back.
const WHOLE: &[(&str, &Write)] = &[
    ("dynamodb", &writes::TABLE_POLICY),
    ("ecr", &writes::REPOSITORY_POLICY),
    ("events", &writes::EVENT_BUS_POLICY),
    ("secretsmanager", &writes::SECRET_POLICY),
    ("sns", &writes::TOPIC_POLICY),
    ("sqs", &writes::QUEUE_POLICY),
];

impl Place {
    /// The policy of another resource, as far as it can be written: `None` for a service that takes no whole policies, or
    /// only with more than the policy.
    pub(super) fn of_resource(
        account: AccountId,
        arn: &Arn,
        before: Option<&Document>,
        after: &Document,
    ) -> Option<(Self, Image, Image)> {
        let arn = arn.clone();
        if arn.service() == "lambda" {
            let added = after.added_to(before)?;
            let statement = added.get("Sid")?.as_str()?.to_owned();
            let place = Self::FunctionStatement { account, arn, statement };
            return Some((place, Image::Nothing, Image::Statement(added.clone())));
        }
        // A topic always has a policy; there is no way to take it away.
        if WHOLE.iter().all(|row| row.0 != arn.service()) || (arn.service() == "sns" && before.is_none()) {
            return None;
        }
        let before = before.cloned().map_or(Image::Nothing, Image::Policy);
        Some((Self::ResourcePolicy { account, arn }, before, Image::Policy(after.clone())))
    }

    /// A grant of a key, under a name that is the same for the same grant.
    pub(super) fn of_grant(key: &KeyRef, grant: &KmsGrant) -> Self {
        let what = format!("{} {} {}", key.key, grant.grantee_principal, grant.operations.join(" "));
        Self::KeyGrant { on: key.clone(), name: format!("deniedby-{:016x}", fingerprint(&what)) }
    }

    /// What it takes to read and write the place.
    #[must_use]
    pub fn written(&self) -> &'static Write {
        match self {
            Self::ObjectAcl { .. } => &writes::OBJECT_ACL,
            Self::Ownership(_) => &writes::OWNERSHIP,
            Self::BucketPolicy(_) => &writes::BUCKET_POLICY,
            Self::AccessPointPolicy(_) => &writes::ACCESS_POINT_POLICY,
            Self::InlinePolicy { entity, .. } => match entity.kind {
                EntityKind::Role => &writes::ROLE_POLICY,
                EntityKind::User => &writes::USER_POLICY,
                EntityKind::Group => &writes::GROUP_POLICY,
            },
            Self::ManagedPolicy { .. } => &writes::MANAGED_POLICY,
            Self::TrustPolicy(_) => &writes::TRUST_POLICY,
            Self::KeyPolicy(_) => &writes::KEY_POLICY,
            Self::KeyGrant { .. } => &writes::KEY_GRANT,
            Self::KeyState(_) => &writes::KEY_STATE,
            Self::EndpointPolicy { .. } => &writes::ENDPOINT_POLICY,
            Self::ResourcePolicy { arn, .. } => {
                WHOLE.iter().find(|row| row.0 == arn.service()).map_or(&writes::QUEUE_POLICY, |row| row.1)
            }
            Self::FunctionStatement { .. } => &writes::FUNCTION_POLICY,
            Self::Object { .. } => &writes::OBJECT,
        }
    }

    /// The account that is changed.
    #[must_use]
    pub fn account(&self) -> AccountId {
        match self {
            Self::ObjectAcl { owner, .. } => *owner,
            Self::Ownership(bucket) | Self::BucketPolicy(bucket) => bucket.account,
            Self::AccessPointPolicy(point) => point.account,
            Self::InlinePolicy { entity, .. } | Self::TrustPolicy(entity) => entity.account,
            Self::KeyPolicy(key) | Self::KeyState(key) | Self::KeyGrant { on: key, .. } => key.account,
            Self::Object { object, .. } => object.bucket.account,
            Self::ManagedPolicy { account, .. }
            | Self::EndpointPolicy { account, .. }
            | Self::ResourcePolicy { account, .. }
            | Self::FunctionStatement { account, .. } => *account,
        }
    }

    /// The Region to write in; IAM has none.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        match self {
            Self::ObjectAcl { object, .. } | Self::Object { object, .. } => Some(&object.bucket.region),
            Self::Ownership(bucket) | Self::BucketPolicy(bucket) => Some(&bucket.region),
            Self::AccessPointPolicy(point) => Some(&point.region),
            Self::KeyPolicy(key) | Self::KeyState(key) | Self::KeyGrant { on: key, .. } => Some(&key.region),
            Self::EndpointPolicy { region, .. } => Some(region),
            Self::ResourcePolicy { arn, .. } | Self::FunctionStatement { arn, .. } => Some(arn.region()),
            Self::InlinePolicy { .. } | Self::ManagedPolicy { .. } | Self::TrustPolicy(_) => None,
        }
    }

    /// A name of the place, the same for the same place: two edits of it must not run at once.
    #[must_use]
    pub fn name(&self) -> String {
        let object = |object: &ObjectRef| match &object.version {
            None => format!("{}/{}", object.bucket.bucket, object.key),
            Some(version) => format!("{}/{}?versionId={version}", object.bucket.bucket, object.key),
        };
        let of = match self {
            Self::ObjectAcl { object: of, .. } | Self::Object { object: of, .. } => object(of),
            Self::Ownership(bucket) | Self::BucketPolicy(bucket) => bucket.bucket.clone(),
            Self::AccessPointPolicy(point) => format!("{}/{}", point.region, point.access_point),
            Self::InlinePolicy { entity, policy } => format!("{}/{policy}", entity.name),
            Self::TrustPolicy(entity) => entity.name.clone(),
            Self::KeyPolicy(key) | Self::KeyState(key) => key.key.clone(),
            Self::KeyGrant { on, name } => format!("{}/{name}", on.key),
            Self::EndpointPolicy { region, endpoint, .. } => format!("{region}/{endpoint}"),
            Self::ManagedPolicy { arn, .. } | Self::ResourcePolicy { arn, .. } => arn.to_string(),
            Self::FunctionStatement { arn, statement, .. } => format!("{arn}/{statement}"),
        };
        format!("{}/{}/{of}", self.account(), self.written().name)
    }

    /// The ARNs of the resource: several where its path is not known.
    fn arns(&self, partition: Partition) -> Vec<String> {
        let bucket = |bucket: &BucketRef| format!("arn:{partition}:s3:::{}", bucket.bucket);
        let object_arn = |object: &ObjectRef| format!("{}/{}", bucket(&object.bucket), literal(&object.key));
        let key = |key: &KeyRef| match key.key.parse::<Arn>() {
            Ok(arn) => arn.to_string(),
            Err(_) => format!("arn:{partition}:kms:{}:{}:key/{}", key.region, key.account, key.key),
        };
        let entity = |entity: &Entity| {
            let kind = match entity.kind {
                EntityKind::Role => "role",
                EntityKind::User => "user",
                EntityKind::Group => "group",
            };
            let arn = |path: &str| format!("arn:{partition}:iam::{}:{kind}/{path}{}", entity.account, entity.name);
            vec![arn(""), arn("*/")]
        };
        match self {
            Self::ObjectAcl { object, .. } => vec![object_arn(object)],
            // Who owns it is in the bucket's listing.
            Self::Object { object, .. } => vec![object_arn(object), bucket(&object.bucket)],
            Self::Ownership(of) | Self::BucketPolicy(of) => vec![bucket(of)],
            Self::AccessPointPolicy(point) => vec![format!(
                "arn:{partition}:s3:{}:{}:accesspoint/{}",
                point.region, point.account, point.access_point
            )],
            Self::InlinePolicy { entity: of, .. } | Self::TrustPolicy(of) => entity(of),
            Self::KeyPolicy(of) | Self::KeyState(of) | Self::KeyGrant { on: of, .. } => vec![key(of)],
            Self::EndpointPolicy { account, region, endpoint } => {
                vec![format!("arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{endpoint}")]
            }
            Self::ManagedPolicy { arn, .. }
            | Self::ResourcePolicy { arn, .. }
            | Self::FunctionStatement { arn, .. } => vec![arn.to_string()],
        }
    }

    /// What reading takes, where the row has more: a version of an object has actions of its own.
    fn needed(&self, actions: &'static [&'static str]) -> Vec<&'static str> {
        let Self::ObjectAcl { object, .. } = self else { return actions.to_vec() };
        let versioned = object.version.is_some();
        actions.iter().copied().filter(|action| action.contains("Version") == versioned).collect()
    }

    fn reading(&self, partition: Partition) -> Value {
        let any = matches!(self.written().on, writes::On::ReadAny(..));
        let resources = if any { vec!["*".to_owned()] } else { self.arns(partition) };
        json!({ "Effect": "Allow", "Action": self.needed(self.written().reads), "Resource": resources })
    }
}

/// The policy of the session that looks at a place.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session>
#[must_use]
pub fn look_policy(place: &Place, partition: Partition) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [place.reading(partition)] })
}

/// The policy of the session that makes an edit: it may write this one place, look at it, and do nothing else. Where a
/// condition key tells what is written, only that may be written.
#[must_use]
pub fn edit_policy(edit: &Edit, partition: Partition) -> Value {
    let (place, row) = (&edit.place, edit.place.written());
    let any = matches!(row.on, writes::On::WriteAny(..));
    let resources = if any { vec!["*".to_owned()] } else { place.arns(partition) };
    let mut writing = json!({ "Effect": "Allow", "Action": place.needed(edit.actions()), "Resource": resources });
    let mut condition = serde_json::Map::new();
    let mut add = |operator: &str, key: &str, value: Value| {
        let operator = condition.entry(operator).or_insert_with(|| json!({}));
        if let Some(keys) = operator.as_object_mut() {
            keys.insert(key.to_owned(), value);
        }
    };
    match (place, &edit.after) {
        (Place::ObjectAcl { .. }, after) => match canned(edit) {
            Some(name) => add("StringEquals", "s3:x-amz-acl", name.into()),
            None => {
                for (key, value) in after.grant_headers() {
                    let key = format!("s3:x-amz-{key}");
                    match value {
                        Some(value) => add("StringEquals", &key, value.into()),
                        None => add("Null", &key, "true".into()),
                    }
                }
            }
        },
        // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
        (Place::KeyGrant { .. }, Image::Grant(grant)) => {
            add("StringEquals", "kms:GranteePrincipal", grant.grantee_principal.as_str().into());
            add("ForAllValues:StringEquals", "kms:GrantOperations", json!(grant.operations));
        }
        _ => {
            for Pin { operator, key, values } in row.pins {
                add(operator, key, json!(values));
            }
        }
    }
    if let Some(members) = writing.as_object_mut().filter(|_| !condition.is_empty()) {
        members.insert("Condition".to_owned(), Value::Object(condition));
    }
    let mut statements = vec![place.reading(partition), writing];
    if let Place::Object { object, .. } = place {
        statements.push(through_s3(object));
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// S3 asks KMS in the name of who copies an object under a key.
///
/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service>
fn through_s3(object: &ObjectRef) -> Value {
    let region = &object.bucket.region;
    let suffix = if Partition::of_region(region) == Partition::China { "amazonaws.com.cn" } else { "amazonaws.com" };
    json!({
        "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*",
        "Condition": { "StringEquals": { "kms:ViaService": format!("s3.{region}.{suffix}") } },
    })
}

/// The canned ACL that is the same as the one to write, where there is one: it can be named in a condition.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl>
#[must_use]
pub fn canned(edit: &Edit) -> Option<&'static str> {
    let (Place::ObjectAcl { bucket_owner, .. }, Image::Acl(acl)) = (&edit.place, &edit.after) else { return None };
    let owner = acl.owner.as_ref()?;
    let full: Vec<_> = acl.full_control_alone()?;
    match full.as_slice() {
        [one] if *one == owner => Some("private"),
        [one, other] if *one == owner && *other == bucket_owner && owner != bucket_owner => {
            Some("bucket-owner-full-control")
        }
        [..] => None,
    }
}

/// A key whose own wildcards and variables are plain text in a policy.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars>
fn literal(key: &str) -> String {
    key.chars().fold(String::new(), |mut text, c| {
        match c {
            '*' | '?' | '$' => text.extend(['$', '{', c, '}']),
            c => text.push(c),
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Acl, Grant, Grantee, Permission};

    fn acl_edit(grants: Vec<Grant>) -> Edit {
        let object = ObjectRef {
            bucket: BucketRef {
                account: "111122223333".parse().unwrap(),
                region: "eu-west-1".to_owned(),
                bucket: "b".to_owned(),
            },
            key: "a*b".to_owned(),
            version: None,
        };
        let owner = "444455556666".parse().unwrap();
        let place = Place::ObjectAcl { object, owner, bucket_owner: "ours".to_owned() };
        let acl = |grants| Image::Acl(Acl { owner: Some("theirs".to_owned()), grants });
        Edit { place, before: acl(vec![full("theirs")]), after: acl(grants) }
    }

    fn full(id: &str) -> Grant {
        Grant { grantee: Grantee::Account(id.to_owned()), permission: Permission::FullControl }
    }

    #[test]
    fn a_session_for_a_change_can_do_that_change_only() {
        let edit = acl_edit(vec![full("theirs"), full("ours")]);
        let policy = edit_policy(&edit, Partition::Aws);
        assert_eq!(policy["Statement"][0]["Action"], json!(["s3:GetObjectAcl"]));
        assert_eq!(policy["Statement"][1]["Action"], json!(["s3:PutObjectAcl"]));
        assert_eq!(policy["Statement"][1]["Resource"][0], "arn:aws:s3:::b/a${*}b");
        let only = json!({ "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } });
        assert_eq!(policy["Statement"][1]["Condition"], only);
        assert_eq!(look_policy(&edit.place, Partition::Aws)["Statement"].as_array().unwrap().len(), 1);
        let undo = edit_policy(&edit.undo(), Partition::Aws);
        assert_eq!(undo["Statement"][1]["Condition"], json!({ "StringEquals": { "s3:x-amz-acl": "private" } }));
    }

    #[test]
    fn grants_of_others_are_written_as_they_are_and_no_others() {
        let read = Grant { grantee: Grantee::Account("third".to_owned()), permission: Permission::Read };
        let edit = acl_edit(vec![full("theirs"), read, full("ours")]);
        assert_eq!(canned(&edit), None);
        let condition = &edit_policy(&edit, Partition::Aws)["Statement"][1]["Condition"];
        let full = r#"id="theirs", id="ours""#;
        assert_eq!(condition["StringEquals"]["s3:x-amz-grant-full-control"], full);
        assert_eq!(condition["StringEquals"]["s3:x-amz-grant-read"], r#"id="third""#);
        assert_eq!(condition["Null"]["s3:x-amz-grant-write-acp"], "true");
    }

    #[test]
    fn an_acl_of_two_strangers_is_no_canned_one() {
        for grants in [vec![full("theirs"), full("third")], vec![full("ours")], vec![]] {
            assert_eq!(canned(&acl_edit(grants)), None);
        }
    }
}
