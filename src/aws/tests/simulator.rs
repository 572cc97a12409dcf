//! IAM's policy simulator: what is passed, and what is taken of its answers.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

use super::server::{Says, Server, query_error, says};
use super::{account, ask};
use crate::evidence::{Answer, Fact, Question, Simulated, Simulation, SimulationRef, Why};

const RESOURCE: &str = "arn:aws:s3:::acme-reports/2026/q3 final.csv";

fn question(resource: Option<&str>, context: &[(&str, &[&str])]) -> Question {
    let texts = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let context: BTreeMap<_, Vec<_>> =
        context.iter().map(|(name, values)| ((*name).to_owned(), texts(values))).collect();
    Question::Simulation(SimulationRef {
        account: account(),
        caller: "arn:aws:iam::111122223333:role/team/app".parse().unwrap(),
        action: "s3:GetObject".to_owned(),
        resource: resource.map(|arn| arn.parse().unwrap()),
        context,
    })
}

/// A page as <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html> has it.
fn page(results: &str, marker: Option<&str>) -> Says {
    let end = match marker {
        Some(marker) => format!("<IsTruncated>true</IsTruncated><Marker>{marker}</Marker>"),
        None => "<IsTruncated>false</IsTruncated>".to_owned(),
    };
    says(
        200,
        format!(
            r#"<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult><EvaluationResults>{results}</EvaluationResults>{end}</SimulatePrincipalPolicyResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></SimulatePrincipalPolicyResponse>"#
        ),
    )
}

/// A result for an action: what is said of the action as a whole, and then of each resource.
fn result(action: &str, decision: &str, rest: &str, resources: &[(&str, &str, &str)]) -> String {
    let of = |(name, decision, rest): &(&str, &str, &str)| {
        format!(
            "<member><EvalResourceName>{name}</EvalResourceName><EvalResourceDecision>{decision}</EvalResourceDecision>{rest}</member>"
        )
    };
    let specific: String = resources.iter().map(of).collect();
    format!(
        "<member><EvalActionName>{action}</EvalActionName><EvalResourceName>arn:${{Partition}}:s3:::${{BucketName}}/${{KeyName}}</EvalResourceName><EvalDecision>{decision}</EvalDecision>{rest}<ResourceSpecificResults>{specific}</ResourceSpecificResults></member>"
    )
}

fn organizations(allowed: bool) -> String {
    format!(
        "<OrganizationsDecisionDetail><AllowedByOrganizations>{allowed}</AllowedByOrganizations></OrganizationsDecisionDetail>"
    )
}

fn boundary(allowed: bool) -> String {
    format!(
        "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>{allowed}</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
    )
}

fn statement(policy: &str, kind: &str) -> String {
    format!("<member><SourcePolicyId>{policy}</SourcePolicyId><SourcePolicyType>{kind}</SourcePolicyType></member>")
}

fn known(decision: Simulated) -> Simulation {
    Simulation { decision, organizations: None, boundary: None, denied_by: Vec::new(), missing: Vec::new() }
}

#[tokio::test]
async fn what_is_known_of_the_request_is_passed_with_its_types() {
    let server = Server::always(page(&result("s3:GetObject", "allowed", "", &[]), None));
    let context: &[(&str, &[&str])] = &[
        ("aws:currenttime", &["2026-11-02T02:15:07Z"]),
        ("aws:principaltag/team", &["red"]),
        ("aws:securetransport", &["true"]),
        ("aws:sourceip", &["198.51.100.7"]),
        ("aws:tagkeys", &["a"]),
        ("s3:max-keys", &["10"]),
        ("x:many", &["1", "2"]),
    ];
    let fact = ask(&server, question(Some(RESOURCE), context)).await;
    assert_eq!(fact, Fact::Known(Answer::Simulation(known(Simulated::Allowed))));
    let body = percent_decode_str(&server.asked()[0].body).decode_utf8().unwrap().into_owned();
    for part in [
        "Action=SimulatePrincipalPolicy",
        "PolicySourceArn=arn:aws:iam::111122223333:role/team/app",
        "ActionNames.member.1=s3:GetObject",
        "ResourceArns.member.1=arn:aws:s3:::acme-reports/2026/q3 final.csv",
        "ContextEntries.member.1.ContextKeyName=aws:currenttime",
        "ContextEntries.member.1.ContextKeyType=date",
        "ContextEntries.member.2.ContextKeyType=string&",
        "ContextEntries.member.3.ContextKeyType=boolean",
        "ContextEntries.member.4.ContextKeyValues.member.1=198.51.100.7",
        "ContextEntries.member.4.ContextKeyType=ip",
        "ContextEntries.member.5.ContextKeyType=stringList",
        "ContextEntries.member.6.ContextKeyType=numeric",
        "ContextEntries.member.7.ContextKeyValues.member.2=2",
        "ContextEntries.member.7.ContextKeyType=stringList",
    ] {
        assert!(format!("{body}&").contains(part), "{part} is not in {body}");
    }
    assert!(!body.contains("ResourcePolicy") && !body.contains("CallerArn"), "{body}");
}

#[tokio::test]
async fn an_action_on_no_resource_is_asked_on_all() {
    let all = result("s3:getobject", "implicitDeny", &organizations(true), &[]);
    let server = Server::always(page(&all, None));
    let expected = Simulation { organizations: Some(true), ..known(Simulated::ImplicitDeny) };
    assert_eq!(ask(&server, question(None, &[])).await, Fact::Known(Answer::Simulation(expected)));
    let body = percent_decode_str(&server.asked()[0].body).decode_utf8().unwrap().into_owned();
    assert!(body.contains("ResourceArns.member.1=*") && !body.contains("ContextEntries"), "{body}");
}

/// The answer for the resource is in its own part; the part for all is of the strictest.
#[tokio::test]
async fn the_resources_own_part_counts() {
    let own = format!(
        "<MatchedStatements>{}{}</MatchedStatements><MissingContextValues><member>aws:PrincipalTag/team</member></MissingContextValues>{}",
        statement("app/guard", "role"),
        statement("p", "resource"),
        boundary(true),
    );
    let rest = format!(
        "<MissingContextValues><member>aws:PrincipalTag/team</member></MissingContextValues>{}{}",
        organizations(true),
        boundary(false)
    );
    let of_action = result(
        "s3:GetObject",
        "implicitDeny",
        &rest,
        &[("arn:aws:s3:::other/k", "allowed", ""), (RESOURCE, "explicitDeny", &own)],
    );
    let server = Server::always(page(&of_action, None));
    let expected = Simulation {
        organizations: Some(true),
        boundary: Some(true),
        denied_by: vec!["app/guard".to_owned()],
        missing: vec!["aws:PrincipalTag/team".to_owned()],
        ..known(Simulated::ExplicitDeny)
    };
    assert_eq!(ask(&server, question(Some(RESOURCE), &[])).await, Fact::Known(Answer::Simulation(expected)));
}

#[tokio::test]
async fn a_result_may_be_on_a_later_page() {
    let server = Server::start(|asked, _| {
        if asked.body.contains("Marker=m1") {
            page(&result("s3:GetObject", "explicitDeny", &organizations(false), &[]), None)
        } else {
            page("", Some("m1"))
        }
    });
    let expected = Simulation { organizations: Some(false), ..known(Simulated::ExplicitDeny) };
    assert_eq!(ask(&server, question(Some(RESOURCE), &[])).await, Fact::Known(Answer::Simulation(expected)));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn none_no_access_and_throttles_differ() {
    let fact = async |says| ask(&Server::always(says), question(Some(RESOURCE), &[])).await;
    assert_eq!(fact(query_error(404, "NoSuchEntity")).await, Fact::Absent);
    assert_eq!(fact(query_error(403, "AccessDenied")).await, Fact::Unreadable(Why::AccessDenied));
    let invalid = Why::Failed("InvalidInput".to_owned());
    assert_eq!(fact(query_error(400, "InvalidInput")).await, Fact::Unreadable(invalid));
    let server = Server::start(|_, number| match number {
        0 => query_error(400, "Throttling"),
        _ => page(&result("s3:GetObject", "allowed", "", &[]), None),
    });
    let fact = ask(&server, question(Some(RESOURCE), &[])).await;
    assert_eq!(fact, Fact::Known(Answer::Simulation(known(Simulated::Allowed))));
}

#[tokio::test]
async fn what_is_no_answer_about_the_action_is_none_that_allows() {
    for results in [
        String::new(),
        result("s3:PutObject", "allowed", "", &[]),
        result("s3:GetObject", "perhaps", "", &[]),
        result("s3:GetObject", "allowed", "", &[(RESOURCE, "perhaps", "")]),
    ] {
        let server = Server::always(page(&results, None));
        let fact = ask(&server, question(Some(RESOURCE), &[])).await;
        assert_eq!(fact, Fact::Unreadable(Why::Garbled), "{results}");
    }
}
