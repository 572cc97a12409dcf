//! AWS's own evaluation, and encoded messages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::server::{Asked, Says, Server, query, query_error, says};
use super::{account, ask};
use crate::evidence::{
    Answer, Authorization, Checked, DecodedMessage, Document, Fact, MatchedStatement, Question, Why,
};
use crate::layer::Layer;

const SCP: &str = "arn:aws:organizations::111122223333:policy/o-1/service_control_policy/p-1";

fn question() -> Question {
    Question::Authorization { account: account(), region: "eu-west-1".to_owned(), id: "abc123".to_owned() }
}

fn ok(body: &Value) -> Says {
    says(200, body.to_string())
}

fn error(status: u16, code: &str) -> Says {
    says(status, json!({ "message": "m" }).to_string()).with("x-amzn-errortype", code)
}

/// The document of a policy by its URI.
fn text(policy: &str) -> String {
    json!({ "Version": "2012-10-17", "Id": policy, "Statement": [] }).to_string()
}

/// Two pages, and the policies that they name.
pub(super) fn toolbox(asked: &Asked) -> Says {
    match asked.path.as_str() {
        "/authorization-details/abc123" => ok(&json!({
            "requestContext": {
                "aws:PrincipalArn": "arn:aws:iam::111122223333:role/app",
                "aws:SecureTransport": true,
                "aws:TagKeys": ["a", "b"],
                "aws:MultiFactorAuthAge": 12,
                "aws:Gone": null,
            },
            "evaluations": [{
                "action": "iam:CreateRole",
                "resource": "arn:aws:iam::111122223333:role/new",
                "evaluatedEffect": "EXPLICIT_DENY",
                "context": { "iam:PermissionsBoundary": "one", "aws:ResourceTag/team": "x" },
                "checks": [
                    {
                        "checkType": "SERVICE_CONTROL_POLICY", "evaluatedEffect": "EXPLICIT_DENY", "targetArn": "arn:x",
                        "matchedPolicies": [{ "uri": SCP, "matchedStatements": [
                            { "sid": "NoRoles", "evaluatedEffect": "DENY" }, { "evaluatedEffect": "ALLOW" },
                        ] }],
                    },
                    { "checkType": "PRINCIPAL", "evaluatedEffect": "ALLOW", "matchedPolicies": [{ "uri": "inline/é 1" }] },
                    { "checkType": "SOMETHING_NEW", "evaluatedEffect": "NO_IMPACT" },
                ],
            }],
            "policies": [{ "type": "SERVICE_CONTROL_POLICY", "uri": SCP }, { "uri": "unmatched" }],
            "nextToken": "a/b=",
        })),
        "/authorization-details/abc123?nextToken=a%2Fb%3D" => ok(&json!({
            "requestContext": {},
            "evaluations": [{
                "action": "iam:PassRole",
                "resource": "",
                "context": { "iam:PermissionsBoundary": "two", "aws:ResourceTag/team": "x" },
                "checks": [{ "checkType": "SESSION", "evaluatedEffect": "IMPLICIT_DENY", "matchedPolicies": [] }],
            }],
            "policies": [],
        })),
        path => {
            let scp =
                "policyUri=arn%3Aaws%3Aorganizations%3A%3A111122223333%3Apolicy%2Fo-1%2Fservice_control_policy%2Fp-1";
            let uri = path.strip_prefix("/authorization-details/abc123/policy?").unwrap();
            let policy = if uri == scp { SCP } else { "inline/é 1" };
            assert!(uri == scp || uri == "policyUri=inline%2F%C3%A9%201", "{uri}");
            ok(&json!({ "policyDocument": serde_json::from_str::<Value>(&text(policy)).unwrap() }))
        }
    }
}

#[tokio::test]
async fn an_evaluation_with_all_pages_and_the_policies_that_matched() {
    let server = Server::start(|asked, _| toolbox(asked));
    let matched = |policy: &str, sid: Option<&str>, effect: &str| MatchedStatement {
        policy: policy.to_owned(),
        sid: sid.map(str::to_owned),
        effect: effect.to_owned(),
    };
    let checked = |(action, resource): (&str, &str), layer, effect: &str, matched| Checked {
        action: action.to_owned(),
        resource: resource.to_owned(),
        layer,
        effect: effect.to_owned(),
        matched,
    };
    let create = ("iam:CreateRole", "arn:aws:iam::111122223333:role/new");
    let denied = vec![matched(SCP, Some("NoRoles"), "EXPLICIT_DENY"), matched(SCP, None, "ALLOW")];
    let context: [(&str, &[&str]); 6] = [
        ("aws:Gone", &[]),
        ("aws:MultiFactorAuthAge", &["12"]),
        ("aws:PrincipalArn", &["arn:aws:iam::111122223333:role/app"]),
        ("aws:ResourceTag/team", &["x"]),
        ("aws:SecureTransport", &["true"]),
        ("aws:TagKeys", &["a", "b"]),
    ];
    let expected = Authorization {
        context: context
            .iter()
            .map(|(key, values)| ((*key).to_owned(), values.iter().map(|&value| value.to_owned()).collect()))
            .collect(),
        checks: vec![
            checked(create, Some(Layer::Scp), "EXPLICIT_DENY", denied),
            checked(create, Some(Layer::IdentityPolicy), "ALLOW", vec![matched("inline/é 1", None, "ALLOW")]),
            checked(create, None, "NO_IMPACT", vec![]),
            checked(("iam:PassRole", ""), Some(Layer::SessionPolicy), "IMPLICIT_DENY", vec![]),
        ],
        policies: [SCP, "inline/é 1"].map(|uri| (uri.to_owned(), Document::new(&text(uri)))).into(),
    };
    assert_eq!(ask(&server, question()).await, Fact::Known(Answer::Authorization(expected)));
    let asked = server.asked();
    assert_eq!(asked.len(), 4, "the policy that did not match is not read");
    assert!(asked.iter().all(|asked| asked.header("authorization").unwrap().contains("/eu-west-1/iam/aws4_request")));
}

#[tokio::test]
async fn an_evaluation_that_is_not_there_yet_is_waited_for_and_one_that_never_comes_is_absent() {
    let empty = || ok(&json!({ "requestContext": {}, "evaluations": [], "policies": [] }));
    let late =
        Server::start(move |_, number| if number < 3 { error(404, "ResourceNotFoundException") } else { empty() });
    assert_eq!(ask(&late, question()).await, Fact::Known(Answer::Authorization(Authorization::default())));

    let never = Server::always(error(404, "ResourceNotFoundException"));
    assert_eq!(ask(&never, question()).await, Fact::Absent);
    assert_eq!(never.asked().len(), 4);
}

#[tokio::test]
async fn no_access_and_no_answer_are_not_absent() {
    let fact = async |says| ask(&Server::always(says), question()).await;
    assert_eq!(fact(error(403, "AccessDeniedException")).await, Fact::Unreadable(Why::AccessDenied));
    assert_eq!(fact(error(429, "ThrottlingException")).await, Fact::Unreadable(Why::Throttled));
    assert_eq!(
        fact(error(400, "ValidationException")).await,
        Fact::Unreadable(Why::Failed("ValidationException".to_owned()))
    );
    assert_eq!(
        fact(error(404, "UnknownOperationException")).await,
        Fact::Unreadable(Why::Failed("UnknownOperationException".to_owned()))
    );
    assert_eq!(fact(ok(&json!({ "evaluations": [{ "action": 1 }] }))).await, Fact::Unreadable(Why::Garbled));
    let endless = ok(&json!({ "requestContext": {}, "evaluations": [], "policies": [], "nextToken": "more" }));
    assert_eq!(fact(endless).await, Fact::Unreadable(Why::Failed("too many pages".to_owned())));
    // The second page is part of the answer.
    let server = Server::start(|asked, _| {
        if asked.path.contains("nextToken") {
            error(403, "AccessDeniedException")
        } else {
            ok(&json!({ "requestContext": {}, "evaluations": [], "policies": [], "nextToken": "more" }))
        }
    });
    assert_eq!(ask(&server, question()).await, Fact::Unreadable(Why::AccessDenied));
}

#[tokio::test]
async fn a_policy_that_is_not_given_takes_nothing_from_the_verdict() {
    let details = || {
        ok(
            &json!({ "requestContext": {}, "policies": [], "evaluations": [{ "action": "iam:GetRole", "resource": "r", "checks": [
            { "checkType": "RESOURCE_CONTROL_POLICY", "evaluatedEffect": "EXPLICIT_DENY", "matchedPolicies": [
                { "uri": "one", "matchedStatements": [{ "evaluatedEffect": "DENY" }] },
                { "uri": "two", "matchedStatements": [{ "evaluatedEffect": "DENY" }] },
            ] },
        ] }] }),
        )
    };
    let server = Server::start(move |asked, _| match asked.path.as_str() {
        "/authorization-details/abc123" => details(),
        path if path.ends_with("policyUri=one") => error(403, "AccessDeniedException"),
        _ => ok(&json!({ "policyDocument": text("two") })),
    });
    let fact = ask(&server, question()).await;
    let Fact::Known(Answer::Authorization(found)) = fact else { panic!("{fact:?}") };
    assert_eq!((found.checks[0].layer, found.checks[0].matched.len()), (Some(Layer::Rcp), 2));
    assert_eq!(found.policies, BTreeMap::from([("two".to_owned(), Document::new(&text("two")))]));
}

fn message() -> Question {
    Question::DecodedMessage { account: account(), region: "eu-west-1".to_owned(), message: "b64+x/".to_owned() }
}

pub(super) fn decodes(text: &str) -> Says {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    query("DecodeAuthorizationMessage", &format!("<DecodedMessage>{escaped}</DecodedMessage>"))
}

#[tokio::test]
async fn an_encoded_message_is_decoded() {
    let text = json!({
        "allowed": false,
        "explicitDeny": true,
        "matchedStatements": { "items": [
            { "statementId": "NoLarge", "effect": "DENY", "principals": { "items": [{ "value": "AIDAEXAMPLE" }] } },
            { "statementId": "", "effect": "DENY" },
        ] },
        "failures": { "items": [] },
        "context": {
            "principal": { "id": "AROAEXAMPLE:s", "arn": "arn:aws:sts::111122223333:assumed-role/app/s" },
            "action": "ec2:RunInstances",
            "resource": "arn:aws:ec2:eu-west-1:111122223333:instance/*",
            "conditions": { "items": [
                { "key": "ec2:InstanceType", "values": { "items": [{ "value": "t3.micro" }] } },
                { "key": "aws:TagKeys", "values": { "items": [{ "value": "a" }, { "value": "b" }] } },
            ] },
        },
    });
    let server = Server::always(decodes(&text.to_string()));
    let context = [("ec2:InstanceType", vec!["t3.micro"]), ("aws:TagKeys", vec!["a", "b"])];
    let expected = DecodedMessage {
        explicit_deny: true,
        action: Some("ec2:RunInstances".to_owned()),
        resource: Some("arn:aws:ec2:eu-west-1:111122223333:instance/*".to_owned()),
        statements: vec!["NoLarge".to_owned(), String::new()],
        context: context
            .into_iter()
            .map(|(key, values)| (key.to_owned(), values.into_iter().map(str::to_owned).collect()))
            .collect(),
    };
    assert_eq!(ask(&server, message()).await, Fact::Known(Answer::Decoded(expected)));
    assert!(server.asked()[0].body.contains("EncodedMessage=b64%2Bx%2F"), "{}", server.asked()[0].body);
}

#[tokio::test]
async fn a_message_says_what_it_has_and_must_have_the_verdict() {
    let fact = ask(&Server::always(decodes(r#"{"explicitDeny":false}"#)), message()).await;
    assert_eq!(fact, Fact::Known(Answer::Decoded(DecodedMessage::default())));
    for text in ["", "{}", r#"{"explicitDeny":"maybe"}"#, "not json"] {
        assert_eq!(ask(&Server::always(decodes(text)), message()).await, Fact::Unreadable(Why::Garbled), "{text}");
    }
}

#[tokio::test]
async fn a_message_that_was_cut_off_or_may_not_be_decoded() {
    let fact = async |says| ask(&Server::always(says), message()).await;
    let cut = "InvalidAuthorizationMessageException";
    assert_eq!(fact(query_error(400, cut)).await, Fact::Unreadable(Why::Failed(cut.to_owned())));
    assert_eq!(fact(query_error(403, "AccessDenied")).await, Fact::Unreadable(Why::AccessDenied));
    assert_eq!(fact(query_error(400, "Throttling")).await, Fact::Unreadable(Why::Throttled));
}
