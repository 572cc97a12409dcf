//! Questions to Organizations: where an account stands, and its control policies.

use aws_sdk_organizations::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use serde_json::{Value, json};

use super::server::{Asked, Says, Server, says};
use super::{account, ask};
use crate::evidence::{Answer, ControlPolicy, Document, Fact, OrganizationPath, Question, Why};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

fn answer(body: &Value) -> Says {
    says(200, body.to_string()).with("content-type", "application/x-amz-json-1.1")
}

fn refusal(code: &str) -> Says {
    let body = json!({ "__type": format!("com.amazonaws.organizations#{code}"), "Message": "m" });
    says(400, body.to_string()).with("content-type", "application/x-amz-json-1.1")
}

fn operation(asked: &Asked) -> &str {
    asked.header("x-amz-target").unwrap().strip_prefix("AWSOrganizationsV20161128.").unwrap()
}

fn field(asked: &Asked, name: &str) -> Option<String> {
    serde_json::from_str::<Value>(&asked.body).unwrap()[name].as_str().map(str::to_owned)
}

fn organization() -> Value {
    json!({ "Organization": {
        "Id": "o-exampleorgid", "Arn": "arn:aws:organizations::123456789012:organization/o-exampleorgid",
        "FeatureSet": "ALL", "MasterAccountId": "123456789012",
        "AvailablePolicyTypes": [{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }],
    } })
}

fn roots(types: &Value) -> Value {
    json!({ "Roots": [{ "Id": "r-root", "Name": "Root", "PolicyTypes": types }] })
}

/// The account in a unit in a unit, each answer as AWS gives it.
pub(super) fn world(asked: &Asked) -> Says {
    answer(&match (operation(asked), field(asked, "ChildId").as_deref()) {
        ("DescribeOrganization", _) => organization(),
        ("ListRoots", _) => roots(&json!([{ "Type": "SERVICE_CONTROL_POLICY", "Status": "ENABLED" }])),
        ("ListParents", Some("111122223333")) => {
            json!({ "Parents": [{ "Id": "ou-inner", "Type": "ORGANIZATIONAL_UNIT" }] })
        }
        ("ListParents", Some("ou-inner")) => {
            json!({ "Parents": [{ "Id": "ou-outer", "Type": "ORGANIZATIONAL_UNIT" }] })
        }
        ("ListParents", Some("ou-outer")) => json!({ "Parents": [{ "Id": "r-root", "Type": "ROOT" }] }),
        other => panic!("{other:?}"),
    })
}

fn path() -> Question {
    Question::OrganizationPath { account: account() }
}

fn scps(target: &str) -> Question {
    Question::ControlPolicies { target: target.to_owned(), kind: ControlPolicy::Scp }
}

fn names(names: &[&str]) -> Fact<Answer> {
    Fact::Known(Answer::Names(names.iter().map(|&name| name.to_owned()).collect()))
}

/// The same world with one operation answered otherwise.
async fn path_with(broken: &'static str, says: Says) -> Fact<Answer> {
    let server = Server::start(move |asked, _| if operation(asked) == broken { says.clone() } else { world(asked) });
    ask(&server, path()).await
}

#[tokio::test]
async fn an_accounts_path_starts_at_the_root() {
    let server = Server::start(|asked, _| world(asked));
    let expected = OrganizationPath {
        organization: "o-exampleorgid".to_owned(),
        management: "123456789012".parse().unwrap(),
        parents: ["r-root", "ou-outer", "ou-inner"].map(str::to_owned).to_vec(),
        scps: true,
        rcps: false,
    };
    assert_eq!(ask(&server, path()).await, Fact::Known(Answer::OrganizationPath(expected)));
    assert_eq!(server.asked().len(), 5);
}

#[tokio::test]
async fn a_parent_may_be_on_a_later_page_and_a_root_too() {
    let server = Server::start(|asked, _| match (operation(asked), field(asked, "NextToken")) {
        ("ListParents" | "ListRoots", None) => answer(&json!({ "Parents": [], "Roots": [], "NextToken": "more" })),
        _ => world(asked),
    });
    let Fact::Known(Answer::OrganizationPath(path)) = ask(&server, path()).await else { panic!("no path") };
    assert_eq!(path.path(), "o-exampleorgid/r-root/ou-outer/ou-inner/");
}

#[tokio::test]
async fn policy_types_that_are_being_changed_are_not_guessed() {
    let types = |status: &str| json!([{ "Type": "RESOURCE_CONTROL_POLICY", "Status": status }]);
    let fact = path_with("ListRoots", answer(&roots(&types("ENABLED")))).await;
    assert!(matches!(fact, Fact::Known(Answer::OrganizationPath(path)) if path.rcps && !path.scps));
    let fact = path_with("ListRoots", answer(&roots(&types("PENDING_DISABLE")))).await;
    assert_eq!(fact, Fact::Unreadable(Why::Failed("PENDING_DISABLE".to_owned())));
}

#[tokio::test]
async fn an_account_of_another_organization_is_in_none_of_ours() {
    assert_eq!(path_with("ListParents", refusal("ChildNotFoundException")).await, Fact::Absent);
    assert_eq!(path_with("DescribeOrganization", refusal("AWSOrganizationsNotInUseException")).await, Fact::Absent);
    let server = Server::always(refusal("AWSOrganizationsNotInUseException"));
    assert_eq!(ask(&server, path()).await, Fact::Absent);
    // Whatever else is refused.
    let server = Server::start(|asked, _| {
        refusal(if operation(asked) == "ListParents" { "ChildNotFoundException" } else { "AccessDeniedException" })
    });
    assert_eq!(ask(&server, path()).await, Fact::Absent);
}

#[tokio::test]
async fn a_unit_that_is_gone_midway_says_nothing_of_the_account() {
    let server = Server::start(|asked, _| match field(asked, "ChildId").as_deref() {
        Some("ou-outer") => refusal("ChildNotFoundException"),
        _ => world(asked),
    });
    let failed = Why::Failed("ChildNotFoundException".to_owned());
    assert_eq!(ask(&server, path()).await, Fact::Unreadable(failed));
}

#[tokio::test]
async fn a_path_is_unread_if_one_of_its_parts_is() {
    for broken in ["DescribeOrganization", "ListRoots", "ListParents"] {
        let denied = path_with(broken, refusal("AccessDeniedException")).await;
        assert_eq!(denied, Fact::Unreadable(Why::AccessDenied), "{broken}");
        let throttled = path_with(broken, refusal("TooManyRequestsException")).await;
        assert_eq!(throttled, Fact::Unreadable(Why::Throttled), "{broken}");
        for odd in [json!({}), json!({ "Parents": [{ "Id": "x" }], "Roots": [{ "Id": "r-other" }] })] {
            assert_eq!(path_with(broken, answer(&odd)).await, Fact::Unreadable(Why::Garbled), "{broken}: {odd}");
        }
    }
}

#[tokio::test]
async fn a_circle_of_parents_ends() {
    let parent = answer(&json!({ "Parents": [{ "Id": "ou-inner", "Type": "ORGANIZATIONAL_UNIT" }] }));
    assert_eq!(path_with("ListParents", parent).await, Fact::Unreadable(Why::Garbled));
}

#[tokio::test]
async fn control_policies_are_listed_to_the_end() {
    let arn =
        |id: &str| format!("arn:aws:organizations::123456789012:policy/o-exampleorgid/service_control_policy/{id}");
    let (one, two) = (arn("p-one"), arn("p-two"));
    let (first, second) = (one.clone(), two.clone());
    let server = Server::start(move |asked, number| {
        assert_eq!(
            (operation(asked), field(asked, "TargetId").as_deref()),
            ("ListPoliciesForTarget", Some("ou-inner"))
        );
        assert_eq!(field(asked, "Filter").as_deref(), Some("SERVICE_CONTROL_POLICY"));
        match (number, field(asked, "NextToken").as_deref()) {
            (0, None) => refusal("TooManyRequestsException"),
            (_, None) => answer(&json!({ "Policies": [{ "Arn": first }], "NextToken": "more" })),
            // A page may be empty and not the last.
            (_, Some("more")) => answer(&json!({ "Policies": [], "NextToken": "last" })),
            _ => answer(&json!({ "Policies": [{ "Arn": second }] })),
        }
    });
    assert_eq!(ask(&server, scps("ou-inner")).await, names(&[&one, &two]));

    let rcps = Question::ControlPolicies { target: "r-root".to_owned(), kind: ControlPolicy::Rcp };
    let server = Server::start(|asked, _| {
        assert_eq!(field(asked, "Filter").as_deref(), Some("RESOURCE_CONTROL_POLICY"));
        answer(&json!({ "Policies": [] }))
    });
    assert_eq!(ask(&server, rcps).await, names(&[]));
}

#[tokio::test]
async fn no_policies_and_no_target_and_no_access_differ() {
    let fact = async |code| ask(&Server::always(refusal(code)), scps("ou-inner")).await;
    assert_eq!(fact("PolicyTypeNotEnabledException").await, names(&[]));
    assert_eq!(fact("TargetNotFoundException").await, Fact::Absent);
    assert_eq!(fact("AccessDeniedException").await, Fact::Unreadable(Why::AccessDenied));
    let not_in_use = "AWSOrganizationsNotInUseException";
    assert_eq!(fact(not_in_use).await, Fact::Unreadable(Why::Failed(not_in_use.to_owned())));
    for odd in [json!({ "Policies": [{ "Name": "FullAWSAccess" }] }), json!({})] {
        assert_eq!(ask(&Server::always(answer(&odd)), scps("ou-inner")).await, Fact::Unreadable(Why::Garbled), "{odd}");
    }
    assert_eq!(ask(&Server::always(says(200, "")), scps("ou-inner")).await, Fact::Unreadable(Why::Garbled));
}

#[tokio::test]
async fn tags_of_an_account_are_all_read_or_none() {
    let question = Question::AccountTags { account: account() };
    let page = |name: &str, next: Option<&str>| {
        answer(&json!({ "Tags": [{ "Key": name, "Value": "auto" }], "NextToken": next }))
    };
    let server = Server::start(move |_, number| if number == 0 { page("a", Some("more")) } else { page("b", None) });
    let tags = ["a", "b"].map(|name| (name.to_owned(), "auto".to_owned()));
    assert_eq!(ask(&server, question.clone()).await, Fact::Known(Answer::Tags(tags.into())));
    assert_eq!(field(&server.asked()[0], "ResourceId").as_deref(), Some("111122223333"));

    let fact = async |says: Says| ask(&Server::always(says), question.clone()).await;
    assert_eq!(fact(refusal("AWSOrganizationsNotInUseException")).await, Fact::Absent);
    assert_eq!(fact(refusal("TargetNotFoundException")).await, Fact::Unreadable(Why::OtherOrganization));
    assert_eq!(fact(refusal("AccessDeniedException")).await, Fact::Unreadable(Why::AccessDenied));
    for odd in [answer(&json!({})), answer(&json!({ "Tags": null })), says(200, "")] {
        assert_eq!(fact(odd).await, Fact::Unreadable(Why::Garbled));
    }
}

#[tokio::test]
async fn a_control_policy_is_asked_for_by_its_id() {
    let arn = "arn:aws:organizations::123456789012:policy/o-exampleorgid/resource_control_policy/p-examplepolicyid";
    let question = Question::OrganizationPolicy { arn: arn.parse().unwrap() };
    let content = |text: &str| answer(&json!({ "Policy": { "PolicySummary": { "Arn": arn }, "Content": text } }));
    let server = Server::always(content(POLICY));
    assert_eq!(ask(&server, question.clone()).await, Fact::Known(Answer::Policy(Document::new(POLICY))));
    assert_eq!(field(&server.asked()[0], "PolicyId").as_deref(), Some("p-examplepolicyid"));

    let fact = async |says: Says| ask(&Server::always(says), question.clone()).await;
    assert_eq!(fact(refusal("PolicyNotFoundException")).await, Fact::Absent);
    assert_eq!(fact(refusal("AccessDeniedException")).await, Fact::Unreadable(Why::AccessDenied));
    for odd in [content("not json"), content("[]"), answer(&json!({})), says(200, "<html>")] {
        assert_eq!(fact(odd).await, Fact::Unreadable(Why::Garbled));
    }
}

/// The SDK knows where a partition's one endpoint is, in whatever Region a client is.
#[tokio::test]
async fn each_partition_has_its_own_organizations() {
    for (region, host) in [
        ("eu-west-1", "organizations.us-east-1.amazonaws.com"),
        ("cn-north-1", "organizations.cn-northwest-1.amazonaws.com.cn"),
        ("us-gov-east-1", "organizations.us-gov-west-1.amazonaws.com"),
    ] {
        let params = Params::builder().region(region.to_owned()).build().unwrap();
        let endpoint = DefaultResolver::new().resolve_endpoint(&params).await.unwrap();
        assert_eq!(endpoint.url(), format!("https://{host}"));
    }
}
