//! Web ACLs and Glue jobs: found, none, denied, throttled, paged, malformed.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::server::{Says, Server, says};
use super::{account, ask};
use crate::aws::clock::now;
use crate::evidence::{Answer, Fact, GlueJobInfo, Question, SampleRef, SampledRequest, WebAclInfo, WebAclRule, Why};

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
            { "Name": "flood", "Priority": 0, "Statement": { "RateBasedStatement": { "Limit": 300 } }, "Action": { "Block": {} },
              "VisibilityConfig": { "SampledRequestsEnabled": true, "CloudWatchMetricsEnabled": false, "MetricName": "flood-metric" } },
            { "Name": "common", "Priority": 1, "Statement": { "ManagedRuleGroupStatement": { "VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet" } }, "OverrideAction": { "None": {} },
              "VisibilityConfig": { "SampledRequestsEnabled": false, "CloudWatchMetricsEnabled": true, "MetricName": "common" } },
            { "Name": "bots", "Priority": 2, "Statement": { "ManagedRuleGroupStatement": { "VendorName": "AWS", "Name": "Bots" } }, "OverrideAction": { "Count": {} } },
        ],
        "PreProcessFirewallManagerRuleGroups": [{ "Name": "central", "Priority": 0, "FirewallManagerStatement": {}, "OverrideAction": { "None": {} } }],
        "Capacity": 900,
        "VisibilityConfig": { "SampledRequestsEnabled": true, "CloudWatchMetricsEnabled": true, "MetricName": "site-metric" },
    }, "LockToken": "t" })
}

fn rule(name: &str, action: Option<&str>, statement: &str) -> WebAclRule {
    let (name, action) = (name.to_owned(), action.map(str::to_owned));
    WebAclRule { name, action, statement: statement.to_owned(), metric: None }
}

#[tokio::test]
async fn a_web_acl_with_its_rules_and_those_of_firewall_manager() {
    let server = Server::always(answer(&web_acl()));
    let expected = WebAclInfo {
        name: "site".to_owned(),
        blocks_by_default: false,
        rules: vec![
            WebAclRule {
                metric: Some("flood-metric".to_owned()),
                ..rule("flood", Some("Block"), "RateBasedStatement")
            },
            rule("common", None, "ManagedRuleGroupStatement"),
            rule("bots", Some("Count"), "ManagedRuleGroupStatement"),
            rule("central", None, "FirewallManagerStatement"),
        ],
        metric: Some("site-metric".to_owned()),
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

/// A minute ago, in whole seconds.
fn lately() -> Timestamp {
    let now: Timestamp = now().try_into().unwrap();
    Timestamp::from_second(now.as_second() - 60).unwrap()
}

fn samples(time: Timestamp, metrics: &[&str]) -> Question {
    Question::SampledRequests(SampleRef {
        account: account(),
        web_acl: ARN.parse().unwrap(),
        metrics: metrics.iter().map(|metric| (*metric).to_owned()).collect(),
        time,
        address: "198.51.100.7".to_owned(),
        method: "GET".to_owned(),
        path: "/q3.pdf".to_owned(),
    })
}

/// A sample as <https://docs.aws.amazon.com/waf/latest/APIReference/API_GetSampledRequests.html> has it.
fn sample(time: Timestamp, action: &str, address: &str, uri: &str) -> Value {
    json!({
        "Action": action, "Timestamp": time.as_second(), "Weight": 1, "ResponseCodeSent": 403,
        "RuleNameWithinRuleGroup": "AWS#AWSManagedRulesCommonRuleSet#NoUserAgent_HEADER",
        "Request": {
            "ClientIP": address, "Country": "DE", "Method": "GET", "URI": uri, "HTTPVersion": "HTTP/2.0",
            "Headers": [{ "Name": "Cookie", "Value": "sid=s3cr3t" }],
        },
    })
}

fn sampled(list: &[Value]) -> Says {
    answer(&json!({ "SampledRequests": list, "PopulationSize": list.len(), "TimeWindow": {} }))
}

#[tokio::test]
async fn of_the_samples_of_all_rules_those_like_the_request_are_kept_without_what_is_secret() {
    let time = lately();
    let before = time.checked_sub(SignedDuration::from_secs(1)).unwrap();
    let server = Server::start(move |asked, _| {
        if asked.body.contains("\"flood\"") {
            return sampled(&[]);
        }
        let long_before = time.checked_sub(SignedDuration::from_secs(20)).unwrap();
        sampled(&[
            sample(before, "ALLOW", "198.51.100.7", "/q3.pdf"),
            sample(before, "BLOCK", "203.0.113.9", "/q3.pdf"),
            sample(before, "BLOCK", "198.51.100.7", "/other"),
            sample(long_before, "BLOCK", "198.51.100.7", "/q3.pdf"),
            sample(before, "BLOCK", "198.51.100.7", "/q3.pdf?token=s3cr3t"),
        ])
    });
    let expected = SampledRequest {
        metric: "common".to_owned(),
        inside: Some("AWS#AWSManagedRulesCommonRuleSet#NoUserAgent_HEADER".to_owned()),
        time: before,
        address: "198.51.100.7".to_owned(),
        method: "GET".to_owned(),
        path: "/q3.pdf".to_owned(),
    };
    let fact = ask(&server, samples(time, &["flood", "common"])).await;
    assert_eq!(fact, Fact::Known(Answer::SampledRequests(vec![expected])));
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].header("x-amz-target"), Some("AWSWAF_20190729.GetSampledRequests"));
    assert!(asked[0].header("authorization").unwrap().contains("/us-east-1/wafv2/aws4_request"));
    let seconds = time.as_second();
    assert_eq!(
        serde_json::from_str::<Value>(&asked[0].body).unwrap(),
        json!({
            "WebAclArn": ARN, "RuleMetricName": "flood", "Scope": "CLOUDFRONT", "MaxItems": 500,
            "TimeWindow": { "StartTime": seconds - 30, "EndTime": seconds + 30 },
        })
    );
}

#[tokio::test]
async fn samples_that_are_gone_are_not_asked_for() {
    let old = lately().checked_sub(SignedDuration::from_hours(3)).unwrap();
    let server = Server::always(sampled(&[]));
    assert_eq!(ask(&server, samples(old, &["flood"])).await, Fact::Absent);
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn samples_that_cannot_be_read_are_not_taken_for_none() {
    let time = lately();
    let fact = async |says| ask(&Server::always(says), samples(time, &["flood"])).await;
    // A rule whose metric was renamed since has no samples.
    assert_eq!(fact(error(400, "WAFNonexistentItemException")).await, Fact::Known(Answer::SampledRequests(vec![])));
    assert_eq!(fact(error(400, "AccessDeniedException")).await, Fact::Unreadable(Why::AccessDenied));
    assert_eq!(fact(says(200, "{}")).await, Fact::Unreadable(Why::Garbled));
    let mut broken = sample(time, "BLOCK", "198.51.100.7", "/q3.pdf");
    broken["Timestamp"] = json!("yesterday");
    assert_eq!(fact(sampled(&[broken])).await, Fact::Unreadable(Why::Garbled));
    let server = Server::start(|_, number| if number == 0 { error(400, "ThrottlingException") } else { sampled(&[]) });
    let after = ask(&server, samples(time, &["flood"])).await;
    assert_eq!(after, Fact::Known(Answer::SampledRequests(vec![])));
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
