//! An AWS in which there is everything that the questions of `every.rs` ask for. Every list has two pages, and what is
//! looked for is on the second.

use serde_json::{Value, json};

use super::resource_policies::POLICY;
use super::server::{Asked, Says, query, says};
use super::{authorization, cloudfront, cloudtrail, edge_rules, front_doors, organizations, resource_policies, vpc};

pub(super) const KEY_ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
pub(super) const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// The key of the session, and what records keep of it.
pub(super) const SESSION_KEY: (&str, &str) = ("ASIAIOSFODNN7EXA0001", "ASIA************0001");
pub(super) const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:t";

const ACL: &str = r#"<AccessControlPolicy><Owner><ID>owner</ID></Owner><AccessControlList><Grant>
    <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>other</ID></Grantee>
    <Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>"#;
const TAGS: &str = "<Tagging><TagSet><Tag><Key>team</Key><Value>a</Value></Tag></TagSet></Tagging>";
const BLOCKED: &str =
    "<PublicAccessBlockConfiguration><BlockPublicPolicy>true</BlockPublicPolicy></PublicAccessBlockConfiguration>";

/// The answer to a request, whatever service it is of.
pub(super) fn answer(asked: &Asked) -> Says {
    if let Some(target) = asked.header("x-amz-target") {
        return of_json(asked, target);
    }
    if let Some((_, action)) = asked.body.split_once("Action=") {
        return of_query(asked, action.split('&').next().unwrap());
    }
    match asked.path.split('/').nth(1).unwrap() {
        "2015-03-31" | "buckets" | "tables" => resource_policies::answer(asked, Some(POLICY)),
        "authorization-details" => authorization::toolbox(asked),
        "2020-05-31" => of_cloudfront(asked),
        "v20180820" => of_s3_control(asked),
        start if start.starts_with("get-table?") => resource_policies::answer(asked, Some(POLICY)),
        _ => of_s3(asked),
    }
}

fn of_json(asked: &Asked, target: &str) -> Says {
    let (service, operation) = target.rsplit_once('.').unwrap();
    let input: Value = serde_json::from_str(&asked.body).unwrap();
    let is_first = ["NextToken", "Marker"].iter().all(|token| input[*token].is_null());
    let page = |list: &str, first: Value, last: Value| {
        if is_first {
            json!({ list: [first], "NextToken": "more", "NextMarker": "more", "Truncated": true })
        } else {
            json!({ list: [last], "Truncated": false })
        }
    };
    let organization = |kind: &str, id: &str| format!("arn:aws:organizations::123456789012:policy/o-1/{kind}/{id}");
    let body = match (service, operation) {
        ("AWSOrganizationsV20161128", "ListPoliciesForTarget") => {
            let kind = input["Filter"].as_str().unwrap().to_ascii_lowercase();
            page(
                "Policies",
                json!({ "Arn": organization(&kind, "p-one") }),
                json!({ "Arn": organization(&kind, "p-two") }),
            )
        }
        ("AWSOrganizationsV20161128", "DescribePolicy") => json!({ "Policy": { "Content": POLICY } }),
        ("AWSOrganizationsV20161128", "ListTagsForResource") => {
            page("Tags", json!({ "Key": "a", "Value": "1" }), json!({ "Key": "b", "Value": "2" }))
        }
        ("AWSOrganizationsV20161128", "ListAccounts") => {
            let account = |id: &str| json!({ "Id": id, "State": "ACTIVE" });
            page("Accounts", account("444455556666"), account("111122223333"))
        }
        ("AWSOrganizationsV20161128", "ListParents" | "ListRoots") if is_first => {
            json!({ "Parents": [], "Roots": [], "NextToken": "more" })
        }
        ("AWSOrganizationsV20161128", _) => return organizations::world(asked),
        ("TrentService", "ListAliases") => page(
            "Aliases",
            json!({ "AliasName": "alias/aws/ebs" }),
            json!({ "AliasName": "alias/aws/s3", "TargetKeyId": KEY_ID }),
        ),
        ("TrentService", "DescribeKey") => json!({ "KeyMetadata": {
            "KeyId": KEY_ID, "Arn": KEY, "KeyState": "Enabled", "KeyManager": "CUSTOMER",
        } }),
        ("TrentService", "GetKeyPolicy") => json!({ "Policy": POLICY }),
        ("TrentService", "ListGrants") => {
            let to = |role: &str| json!({ "GranteePrincipal": role, "Operations": ["Decrypt"] });
            page("Grants", to("arn:aws:iam::444455556666:role/one"), to("arn:aws:iam::444455556666:role/two"))
        }
        (_, "LookupEvents") => return of_history(asked, is_first),
        ("AWSWAF_20190729", "GetWebACL") => edge_rules::web_acl(),
        // Samples of now would be others each time.
        ("AWSWAF_20190729", "GetSampledRequests") => json!({ "SampledRequests": [] }),
        ("AWSGlue", "GetJobs") => page("Jobs", edge_rules::job("a", "app"), edge_rules::job("b", "app")),
        ("ResourceGroupsTaggingAPI_20170126", _) => {
            return front_doors::tagged(TOPIC, &json!([{ "Key": "team", "Value": "red" }]));
        }
        _ => return resource_policies::answer(asked, Some(POLICY)),
    };
    says(200, body.to_string())
}

/// A page of other calls, and one with those that are looked for.
fn of_history(asked: &Asked, is_first: bool) -> Says {
    if is_first {
        return cloudtrail::page(
            &[cloudtrail::call("s3.amazonaws.com", "PutBucketLogging", "2026-11-02T02:11:00Z")],
            Some("t"),
        );
    }
    if cloudtrail::sought(asked) == "acme" {
        return cloudtrail::page(
            &[cloudtrail::call("s3.amazonaws.com", "PutBucketPolicy", "2026-11-02T02:12:00Z")],
            None,
        );
    }
    let mut record = cloudtrail::assumed("AssumeRole", SESSION_KEY.0, &json!({ "policy": POLICY }));
    record["responseElements"]["assumedRoleUser"]["arn"] = json!("arn:aws:sts::111122223333:assumed-role/app/s");
    cloudtrail::page(&[record], None)
}

fn of_query(asked: &Asked, action: &str) -> Says {
    if action == "GetCallerIdentity" {
        return query(action, "<Account>111122223333</Account>");
    }
    let is_first = !asked.body.contains("Marker=more");
    let page = |list: &str, first: &str, last: &str| {
        let (member, end) = if is_first {
            (first, "<IsTruncated>true</IsTruncated><Marker>more</Marker>")
        } else {
            (last, "<IsTruncated>false</IsTruncated>")
        };
        query(action, &format!("<{list}><member>{member}</member></{list}>{end}"))
    };
    let who = |kind: &str, name: &str, rest: &str| {
        format!(
            "<{kind}><Path>/</Path><{kind}Name>{name}</{kind}Name><{kind}Id>ID-{name}</{kind}Id>\
             <Arn>arn:aws:iam::111122223333:x/{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>{rest}</{kind}>"
        )
    };
    let inner = |element: &str| element.split_once('>').unwrap().1.rsplit_once("</").unwrap().0.to_owned();
    // As IAM encodes its documents.
    let policy =
        POLICY.replace('%', "%25").replace('{', "%7B").replace('&', "%26").replace('<', "%3C").replace('"', "%22");
    match action {
        "GetRole" => query(
            action,
            &who("Role", "app", &format!("<AssumeRolePolicyDocument>{policy}</AssumeRolePolicyDocument>")),
        ),
        "GetUser" => query(action, &who("User", "app", "")),
        "ListRolePolicies" | "ListUserPolicies" | "ListGroupPolicies" => page("PolicyNames", "one", "two"),
        "ListAttachedRolePolicies" | "ListAttachedUserPolicies" | "ListAttachedGroupPolicies" => {
            let arn = |name: &str| format!("<PolicyArn>arn:aws:iam::aws:policy/{name}</PolicyArn>");
            page("AttachedPolicies", &arn("One"), &arn("Two"))
        }
        "ListGroupsForUser" => page("Groups", &inner(&who("Group", "dev", "")), &inner(&who("Group", "ops", ""))),
        "GetRolePolicy" | "GetUserPolicy" | "GetGroupPolicy" => query(
            action,
            &format!(
                "<RoleName>app</RoleName><UserName>app</UserName><GroupName>app</GroupName><PolicyName>p</PolicyName>\
                 <PolicyDocument>{policy}</PolicyDocument>"
            ),
        ),
        "GetPolicy" => query(action, "<Policy><DefaultVersionId>v7</DefaultVersionId></Policy>"),
        "GetPolicyVersion" => query(action, &format!("<PolicyVersion><Document>{policy}</Document></PolicyVersion>")),
        "SimulatePrincipalPolicy" => {
            let said = |action: &str, decision: &str| {
                format!(
                    "<EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>\
                     <OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations>\
                     </OrganizationsDecisionDetail>"
                )
            };
            page("EvaluationResults", &said("s3:PutObject", "allowed"), &said("s3:GetObject", "explicitDeny"))
        }
        "DecodeAuthorizationMessage" => {
            authorization::decodes(r#"{"explicitDeny":true,"context":{"action":"ec2:RunInstances"}}"#)
        }
        "DescribeVpcEndpoints" => vpc::endpoint("<vpcEndpointType>Gateway</vpcEndpointType>"),
        _ => resource_policies::answer(asked, Some(POLICY)),
    }
}

fn of_cloudfront(asked: &Asked) -> Says {
    match asked.path.as_str() {
        "/2020-05-31/distribution?MaxItems=100" => cloudfront::page("", Some("E0")),
        "/2020-05-31/distribution?MaxItems=100&Marker=E0" => cloudfront::page(&cloudfront::summary(), None),
        "/2020-05-31/distribution/E1" => cloudfront::found(cloudfront::CONFIG),
        "/2020-05-31/origin-access-control/E2" => says(
            200,
            "<OriginAccessControl><OriginAccessControlConfig><Name>site</Name><SigningBehavior>always</SigningBehavior>\
             <OriginAccessControlOriginType>s3</OriginAccessControlOriginType></OriginAccessControlConfig></OriginAccessControl>",
        ),
        other => panic!("{other}"),
    }
}

fn of_s3_control(asked: &Asked) -> Says {
    let rest = asked.path.strip_prefix("/v20180820/").unwrap();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let is_first = !query.contains("nextToken=more");
    let result = |operation: &str, inner: &str| says(200, format!("<{operation}Result>{inner}</{operation}Result>"));
    let escaped = POLICY.replace('&', "&amp;").replace('<', "&lt;");
    let more = if is_first { "<NextToken>more</NextToken>" } else { "" };
    match path {
        "configuration/publicAccessBlock" => says(200, BLOCKED),
        "accesspoint/reports" => {
            result("GetAccessPoint", &format!("<Bucket>acme</Bucket><NetworkOrigin>Internet</NetworkOrigin>{BLOCKED}"))
        }
        "accesspoint/reports/policy" => result("GetAccessPointPolicy", &format!("<Policy>{escaped}</Policy>")),
        "accesspoint" => {
            let name = if is_first { "other" } else { "reports" };
            let point = format!(
                "<AccessPoint><Name>{name}</Name><NetworkOrigin>Internet</NetworkOrigin><Bucket>acme</Bucket>\
                 <AccessPointArn>arn:aws:s3:eu-west-1:111122223333:accesspoint/{name}</AccessPointArn>\
                 <Alias>{name}-s3alias</Alias></AccessPoint>"
            );
            result("ListAccessPoints", &format!("<AccessPointList>{point}</AccessPointList>{more}"))
        }
        "mrap/instances" => {
            let point =
                |alias: &str| front_doors::report(alias, &format!("{}{}", front_doors::BLOCK, front_doors::regions()));
            if is_first {
                front_doors::page(&point("other.mrap"), "more")
            } else {
                front_doors::page(&point("abc.mrap"), "")
            }
        }
        "mrap/instances/reports/policy" => {
            front_doors::established(&format!("<Established><Policy>{escaped}</Policy></Established>"))
        }
        "accesspointforobjectlambda/reports/configuration" => front_doors::configuration(&front_doors::transformation(
            &format!("<AwsLambda><FunctionArn>{}</FunctionArn></AwsLambda>", front_doors::FUNCTION),
        )),
        "accessgrantsinstance/grants" => {
            let scope = |name: &str| format!("<GrantScope>s3://{name}/*</GrantScope>");
            if is_first {
                front_doors::granted("READ", &scope("one"), "more")
            } else {
                front_doors::granted("WRITE", &scope("two"), "")
            }
        }
        _ => resource_policies::answer(asked, Some(POLICY)),
    }
}

fn of_s3(asked: &Asked) -> Says {
    let (path, query) = asked.path.split_once('?').unwrap_or((&asked.path, ""));
    let has = |name: &str| query.split('&').any(|pair| pair.split('=').next() == Some(name));
    if asked.method == "HEAD" {
        return says(200, "").with("x-amz-server-side-encryption", "aws:kms").with("x-amz-storage-class", "GLACIER");
    }
    if path == "/" {
        let bucket = |name: &str| {
            format!("<Buckets><Bucket><Name>{name}</Name><BucketRegion>eu-south-2</BucketRegion></Bucket></Buckets>")
        };
        let owner = "<Owner><ID>canonical</ID></Owner>";
        let page = if has("continuation-token") {
            format!("{owner}{}", bucket("acme"))
        } else {
            format!("{owner}{}<ContinuationToken>more</ContinuationToken>", bucket("acme-old"))
        };
        return says(200, format!("<ListAllMyBucketsResult>{page}</ListAllMyBucketsResult>"));
    }
    let owned = "<Owner><ID>owner</ID></Owner><StorageClass>STANDARD</StorageClass>";
    let version = |id: &str| format!("<Version><Key>a/b</Key><VersionId>{id}</VersionId>{owned}</Version>");
    let body = [
        ("policy", POLICY.to_owned()),
        ("policyStatus", "<PolicyStatus><IsPublic>true</IsPublic></PolicyStatus>".to_owned()),
        (
            "ownershipControls",
            "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule></OwnershipControls>"
                .to_owned(),
        ),
        ("acl", ACL.to_owned()),
        ("publicAccessBlock", BLOCKED.to_owned()),
        (
            "requestPayment",
            "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>".to_owned(),
        ),
        (
            "encryption",
            "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms\
             </SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
                .to_owned(),
        ),
        ("versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>".to_owned()),
        ("abac", "<AbacStatus><Status>Enabled</Status></AbacStatus>".to_owned()),
        ("tagging", TAGS.to_owned()),
        (
            "retention",
            "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-02T03:04:05Z</RetainUntilDate></Retention>"
                .to_owned(),
        ),
        ("legal-hold", "<LegalHold><Status>ON</Status></LegalHold>".to_owned()),
        (
            "versions",
            if has("version-id-marker") {
                format!("<ListVersionsResult><IsTruncated>false</IsTruncated>{}</ListVersionsResult>", version("v1"))
            } else {
                format!(
                    "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>a/b</NextKeyMarker>\
                     <NextVersionIdMarker>v2</NextVersionIdMarker>{}</ListVersionsResult>",
                    version("v2")
                )
            },
        ),
        ("list-type", format!("<ListBucketResult><Contents><Key>a/b</Key>{owned}</Contents></ListBucketResult>")),
    ];
    let (_, body) = body.into_iter().find(|(name, _)| has(name)).unwrap_or_else(|| panic!("{}", asked.path));
    says(200, body)
}
