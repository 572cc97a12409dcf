//! Web ACLs and Glue jobs: found, none, denied, throttled, paged, malformed.

use serde_json::{Value, json};

use super::server::{Says, Server, says};
use super::{account, ask};
use crate::evidence::{Answer, Fact, GlueJobInfo, Question, WebAclInfo, WebAclRule, Why};

const ARN: &str = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2";

fn acl(arn: &str) -> Question {
    Question::WebAcl { account: account(), arn: arn.parse().unwrap() }
}

fn jobs() -> Question {
    Question::GlueJobs { account: account(), region: "eu-west-1".to_owned(), role: "etl".to_owned() }
}

fn answer(body: &Value) -> Says {
    says(200, body.to_string())
}

fn error(status: u16, code: &str) -> Says {
    says(status, json!({ "__type": code, "Message": "m" }).to_string())
}

/// A web ACL as <https://docs.aws.amazon.com/waf/latest/APIReference/API_GetWebACL.html> has it.
pub(super) fn web_acl() -> Value {
    json!({ "WebACL": {
        "Name": "site", "Id": "a1b2", "ARN": ARN, "DefaultAction": { "Allow": {} },
        "Rules": [
            { "Name": "flood", "Priority": 0, "Statement": { "RateBasedStatement": { "Limit": 300 } }, "Action": { "Block": {} } },
            { "Name": "common", "Priority": 1, "Statement": { "ManagedRuleGroupStatement": { "VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet" } }, "OverrideAction": { "None": {} } },
            { "Name": "bots", "Priority": 2, "Statement": { "ManagedRuleGroupStatement": { "VendorName": "AWS", "Name": "Bots" } }, "OverrideAction": { "Count": {} } },
        ],
        "PreProcessFirewallManagerRuleGroups": [{ "Name": "central", "Priority": 0, "FirewallManagerStatement": {}, "OverrideAction": { "None": {} } }],
        "Capacity": 900,
    }, "LockToken": "t" })
}

fn rule(name: &str, action: Option<&str>, statement: &str) -> WebAclRule {
    WebAclRule { name: name.to_owned(), action: action.map(str::to_owned), statement: statement.to_owned() }
}

#[tokio::test]
async fn a_web_acl_with_its_rules_and_those_of_firewall_manager() {
    let server = Server::always(answer(&web_acl()));
    let expected = WebAclInfo {
        name: "site".to_owned(),
        blocks_by_default: false,
        rules: vec![
            rule("flood", Some("Block"), "RateBasedStatement"),
            rule("common", None, "ManagedRuleGroupStatement"),
            rule("bots", Some("Count"), "ManagedRuleGroupStatement"),
            rule("central", None, "FirewallManagerStatement"),
        ],
    };
    assert_eq!(ask(&server, acl(ARN)).await, Fact::Known(Answer::WebAcl(expected)));
    let asked = server.asked().remove(0);
    assert_eq!(asked.header("x-amz-target"), Some("AWSWAF_20190729.GetWebACL"));
    assert!(asked.header("authorization").unwrap().contains("/us-east-1/wafv2/aws4_request"));
    assert_eq!(
        serde_json::from_str::<Value>(&asked.body).unwrap(),
        json!({ "Name": "site", "Id": "a1b2", "Scope": "CLOUDFRONT" })
    );
}

#[tokio::test]
async fn a_regional_web_acl_is_asked_for_in_its_region() {
    let server = Server::always(answer(&web_acl()));
    let regional = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/site/a1b2";
    assert!(matches!(ask(&server, acl(regional)).await, Fact::Known(_)));
    let asked = server.asked().remove(0);
    assert!(asked.body.contains("REGIONAL") && asked.header("authorization").unwrap().contains("/eu-west-1/wafv2/"));
    let other = "arn:aws:wafv2:eu-west-1:111122223333:regional/rulegroup/site/a1b2";
    assert_eq!(ask(&server, acl(other)).await, Fact::Unreadable(Why::NotAsked));
}

#[tokio::test]
async fn none_no_access_and_throttles_differ() {
    for question in [acl(ARN), jobs()] {
        let fact = async |says| ask(&Server::always(says), question.clone()).await;
        assert_eq!(fact(error(400, "AccessDeniedException")).await, Fact::Unreadable(Why::AccessDenied));
        assert_eq!(fact(error(400, "ThrottlingException")).await, Fact::Unreadable(Why::Throttled));
        assert_eq!(fact(says(200, "<html>")).await, Fact::Unreadable(Why::Garbled));
        assert_eq!(fact(says(200, "{}")).await, Fact::Unreadable(Why::Garbled));
    }
    assert_eq!(ask(&Server::always(error(400, "WAFNonexistentItemException")), acl(ARN)).await, Fact::Absent);
    let server =
        Server::start(|_, number| if number == 0 { error(400, "ThrottlingException") } else { answer(&web_acl()) });
    assert!(matches!(ask(&server, acl(ARN)).await, Fact::Known(_)));
}

#[tokio::test]
async fn a_rule_that_cannot_be_read_is_no_rule_that_lets_through() {
    for (pointer, value) in [
        ("/WebACL/DefaultAction", json!({})),
        ("/WebACL/Rules/0/Action", json!({})),
        ("/WebACL/Rules/0/Statement", json!(null)),
        ("/WebACL/Rules", json!("none")),
    ] {
        let mut body = web_acl();
        *body.pointer_mut(pointer).unwrap() = value;
        assert_eq!(ask(&Server::always(answer(&body)), acl(ARN)).await, Fact::Unreadable(Why::Garbled), "{pointer}");
    }
}

/// A job as <https://docs.aws.amazon.com/glue/latest/webapi/API_GetJobs.html> has it.
pub(super) fn job(name: &str, role: &str) -> Value {
    json!({
        "Name": name, "Role": role, "Command": { "Name": "glueetl", "ScriptLocation": "s3://scripts/etl.py" },
        "Connections": { "Connections": ["warehouse"] }, "SecurityConfiguration": "kms",
        "DefaultArguments": { "--TempDir": "s3://temp/x/", "--extra-jars": "s3://jars/a.jar, s3://jars/b.jar" },
    })
}

#[tokio::test]
async fn the_jobs_of_a_role_come_from_all_pages() {
    let server = Server::start(|asked, _| {
        if asked.body.contains("NextToken") {
            answer(&json!({ "Jobs": [job("b", "etl"), job("c", "arn:aws:iam::111122223333:role/other")] }))
        } else {
            answer(&json!({ "Jobs": [job("a", "arn:aws:iam::111122223333:role/service-role/etl")], "NextToken": "t" }))
        }
    });
    let info = |name: &str| GlueJobInfo {
        name: name.to_owned(),
        connections: vec!["warehouse".to_owned()],
        security_configuration: Some("kms".to_owned()),
        script: Some("s3://scripts/etl.py".to_owned()),
        own_places: ["s3://temp/x/", "s3://jars/a.jar", "s3://jars/b.jar"].map(str::to_owned).to_vec(),
    };
    assert_eq!(ask(&server, jobs()).await, Fact::Known(Answer::GlueJobs(vec![info("a"), info("b")])));
    assert_eq!(server.asked()[0].header("x-amz-target"), Some("AWSGlue.GetJobs"));
    assert!(info("a").keeps_in("temp") && info("a").keeps_in("scripts") && !info("a").keeps_in("tem"));
}

#[tokio::test]
async fn no_jobs_are_no_gap_and_a_list_without_an_end_is() {
    let fact = ask(&Server::always(answer(&json!({ "Jobs": [] }))), jobs()).await;
    assert_eq!(fact, Fact::Known(Answer::GlueJobs(vec![])));
    let endless = answer(&json!({ "Jobs": [], "NextToken": "t" }));
    assert_eq!(ask(&Server::always(endless), jobs()).await, Fact::Unreadable(Why::Garbled));
    let nameless = answer(&json!({ "Jobs": [{ "Role": "etl" }] }));
    assert_eq!(ask(&Server::always(nameless), jobs()).await, Fact::Unreadable(Why::Garbled));
}
