//! Who is really calling: what runs with the credentials, or for whom they were made. Only what a record says, or what
//! AWS itself names so; of anything else there is nothing to say.

use crate::arn::Arn;
use crate::event::{Denial, IdentityType};

/// What a record tells of the caller beyond its ARN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller<'d> {
    /// What the credentials were made for.
    pub behind: Option<Behind<'d>>,
    /// The request came by a presigned URL.
    ///
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html>
    pub presigned: bool,
    /// The service that made the call with the caller's permissions.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>
    pub through: Option<&'d str>,
}

/// What the credentials were made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind<'d> {
    /// An EC2 instance, by its id.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-infotouse>
    Instance(&'d str),
    /// A Lambda function, by its name.
    Function(&'d str),
    /// A task of ECS, by its id.
    Task(&'d str),
    /// A job of Glue, by its name where the record has it.
    GlueJob(Option<&'d str>),
    /// A user of IAM Identity Center, with a permission set.
    ///
    /// <https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html>
    PermissionSet {
        /// The user.
        user: &'d str,
        /// The permission set.
        set: &'d str,
    },
    /// A service, with the role that is linked to it.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html>
    LinkedService(&'d str),
    /// Somebody whom an identity provider vouched for, by the provider's host.
    Provider(&'d str),
    /// Whoever took the role, by the source identity.
    ///
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html>
    Source(&'d str),
}

/// How Glue names the sessions of its jobs.
const GLUE_SESSION: &str = "GlueJobRunnerSession";

const PERMISSION_SETS: &str = "role/aws-reserved/sso.amazonaws.com/";
const PERMISSION_SET: &str = "AWSReservedSSO_";
const LINKED: &str = "role/aws-service-role/";

impl<'d> Caller<'d> {
    /// Reads it from a record.
    #[must_use]
    pub fn of(denial: &'d Denial) -> Self {
        let signed = denial.additional.get("AuthenticationMethod").and_then(|value| value.as_str());
        let behind = behind(denial);
        let linked = |service: &&str| behind == Some(Behind::LinkedService(service));
        let invoked_by =
            denial.identity.invoked_by.as_deref().filter(|_| denial.identity.kind != IdentityType::Service);
        let is_service = |name: &&str| name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn");
        Self {
            behind,
            presigned: denial.event_source == "s3.amazonaws.com" && signed == Some("QueryString"),
            through: invoked_by.filter(is_service).filter(|service| !linked(service)),
        }
    }
}

fn behind(denial: &Denial) -> Option<Behind<'_>> {
    let identity = &denial.identity;
    if !matches!(identity.kind, IdentityType::AssumedRole | IdentityType::Role) {
        return None;
    }
    let role = identity.issuer.as_ref().and_then(|issuer| issuer.arn.as_ref()).map(Arn::resource).unwrap_or_default();
    let session = identity.arn.as_ref().and_then(|arn| arn.resource_of_type("assumed-role")?.split_once('/'));
    let session = session.map(|row| row.1).unwrap_or_default();
    let issued_to = || {
        let arn = identity.issued_to.as_ref()?;
        let resource = arn.resource();
        match arn.service() {
            "lambda" => resource.strip_prefix("function:")?.split(':').next().map(Behind::Function),
            "ecs" => resource.strip_prefix("task/")?.rsplit('/').next().map(Behind::Task),
            "glue" => Some(Behind::GlueJob(Some(resource.strip_prefix("job/")?))),
            _ => None,
        }
    };
    let by_name = || match session {
        GLUE_SESSION => Some(Behind::GlueJob(None)),
        id if is_instance(id) => Some(Behind::Instance(id)),
        _ => None,
    };
    let by_path = || {
        if let Some(path) = role.strip_prefix(PERMISSION_SETS) {
            let name = path.rsplit('/').next()?.strip_prefix(PERMISSION_SET)?;
            let set = name.rsplit_once('_')?.0;
            return (!session.is_empty()).then_some(Behind::PermissionSet { user: session, set });
        }
        Some(Behind::LinkedService(role.strip_prefix(LINKED)?.split_once('/')?.0))
    };
    let provider = || {
        let provider = identity.federated_provider.as_deref()?;
        Some(Behind::Provider(provider.rsplit("-provider/").next().unwrap_or(provider)))
    };
    let source = || identity.source_identity.as_deref().map(Behind::Source);
    issued_to().or_else(by_name).or_else(by_path).or_else(provider).or_else(source)
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html>
fn is_instance(session: &str) -> bool {
    let id = session.strip_prefix("i-").unwrap_or_default();
    matches!(id.len(), 8 | 17) && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::event;

    /// What a record with these members more tells.
    fn told(role: &str, session: &str, more: &Value) -> String {
        let mut record = json!({
            "eventID": "e", "eventName": "GetObject", "eventSource": "s3.amazonaws.com", "awsRegion": "eu-west-1",
            "eventTime": "2026-11-02T05:00:00Z", "errorCode": "AccessDenied",
            "userIdentity": {
                "type": "AssumedRole", "accountId": "111122223333",
                "arn": format!("arn:aws:sts::111122223333:assumed-role/{}/{session}", role.rsplit('/').next().unwrap()),
                "sessionContext": { "sessionIssuer": { "arn": format!("arn:aws:iam::111122223333:role/{role}") } },
            },
        });
        for (name, value) in more.as_object().unwrap() {
            if name == "additionalEventData" {
                record[name] = value.clone();
            } else if ["sourceIdentity", "webIdFederationData"].contains(&name.as_str()) {
                record["userIdentity"]["sessionContext"][name] = value.clone();
            } else {
                record["userIdentity"][name] = value.clone();
            }
        }
        let denial = event::read(&record.to_string()).remove(0).outcome.unwrap().unwrap();
        let Caller { behind, presigned, through } = Caller::of(&denial);
        let mut told: Vec<_> = behind.map(|behind| format!("{behind:?}")).into_iter().collect();
        told.extend(presigned.then(|| "presigned".to_owned()));
        told.extend(through.map(|service| format!("through {service}")));
        told.join(", ")
    }

    #[test]
    fn only_what_a_record_says_or_aws_names_itself_is_told() {
        let of = |arn: &str| json!({ "inScopeOf": { "credentialsIssuedTo": arn } });
        let function = of("arn:aws:lambda:eu-west-1:111122223333:function:resize:7");
        let task = of("arn:aws:ecs:eu-west-1:111122223333:task/main/0123abcd");
        let job = of("arn:aws:glue:eu-west-1:111122223333:job/nightly");
        let sso = "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Data_Reader_0123456789abcdef";
        let linked = "aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
        for (role, session, more, expect) in [
            ("web", "i-0123456789abcdef0", json!({}), r#"Instance("i-0123456789abcdef0")"#),
            ("web", "i-am-ann", json!({}), ""),
            ("web", "i-0123456789ABCDEF0", json!({}), ""),
            ("web", "resize", json!({}), ""),
            ("web", "resize", function, r#"Function("resize")"#),
            ("web", "x", task, r#"Task("0123abcd")"#),
            ("web", "x", job, r#"GlueJob(Some("nightly"))"#),
            ("web", "x", of("arn:aws:other:::x"), ""),
            ("etl", "GlueJobRunnerSession", json!({}), "GlueJob(None)"),
            (sso, "ann@example.com", json!({}), r#"PermissionSet { user: "ann@example.com", set: "Data_Reader" }"#),
            ("AWSReservedSSO_Data_0123456789abcdef", "ann@example.com", json!({}), ""),
            (linked, "ecs", json!({ "invokedBy": "ecs.amazonaws.com" }), r#"LinkedService("ecs.amazonaws.com")"#),
            ("web", "x", json!({ "invokedBy": "athena.amazonaws.com" }), "through athena.amazonaws.com"),
            ("web", "x", json!({ "invokedBy": "AWS Internal" }), ""),
            ("web", "x", json!({ "sourceIdentity": "ann" }), r#"Source("ann")"#),
            (
                "web",
                "x",
                json!({ "webIdFederationData": { "federatedProvider":
                "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" } }),
                r#"Provider("token.actions.githubusercontent.com")"#,
            ),
            ("web", "x", json!({ "additionalEventData": { "AuthenticationMethod": "QueryString" } }), "presigned"),
            ("web", "x", json!({ "additionalEventData": { "AuthenticationMethod": "AuthHeader" } }), ""),
        ] {
            assert_eq!(told(role, session, &more), expect, "{role} {session} {more}");
        }
    }
}
