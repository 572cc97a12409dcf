//! What CloudFront, WAF and Glue may answer.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use deniedby::event::{self, Denial};
use deniedby::evidence::{
    Answer, DistributionInfo, Evidence, Fact, GeoRestriction, GlueJobInfo, OriginAccessControlInfo, Question,
    SampleRef, SampledRequest, WebAclInfo, WebAclRule,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::world::{explain, root};

pub(crate) const WEB_ACL: &str = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2";

/// A distribution that lets everybody in, with `www.example.com` for a name and a bucket for its origin.
pub(crate) fn open_distribution(bucket: &str) -> Value {
    json!({
        "arn": "arn:aws:cloudfront::111122223333:distribution/EDFDVBD6EXAMPLE",
        "domain": "d111111abcdef8.cloudfront.net",
        "aliases": ["www.example.com"],
        "origins": [{ "id": "site", "domain": format!("{bucket}.s3.eu-west-1.amazonaws.com"), "access_control": "E327GJI25M56DG" }],
        "behaviors": [{ "origin": "site" }],
    })
}

fn distribution(value: Value) -> DistributionInfo {
    serde_json::from_value(value).unwrap()
}

pub(crate) fn distributions() -> Vec<Fact<Answer>> {
    let open = distribution(open_distribution("acme-site"));
    let mut signed = open.clone();
    for behavior in &mut signed.behaviors {
        behavior.signed = true;
    }
    let others = DistributionInfo { aliases: vec!["*.example.net".to_owned()], ..open.clone() };
    let guarded = DistributionInfo { web_acl: Some(WEB_ACL.to_owned()), ..open.clone() };
    let geo = Some(GeoRestriction { only: true, countries: vec!["JP".to_owned()] });
    let local = DistributionInfo { geo, ..open.clone() };
    [open, signed, others, guarded, local].into_iter().map(|info| Fact::Known(Answer::Distribution(info))).collect()
}

pub(crate) fn of_origin(bucket: &str) -> Vec<Fact<Answer>> {
    let own = distribution(open_distribution(bucket));
    let mut bare = own.clone();
    for origin in &mut bare.origins {
        origin.access_control = None;
    }
    let mut other = own.clone();
    other.arn = "arn:aws:cloudfront::111122223333:distribution/E2OTHEREXAMPLE".parse().unwrap();
    [vec![], vec![own.clone()], vec![bare], vec![own, other]]
        .into_iter()
        .map(|list| Fact::Known(Answer::Distributions(list)))
        .collect()
}

pub(crate) fn access_controls() -> Vec<Fact<Answer>> {
    let control = |signing: &str| {
        let (name, origin_type) = ("site".to_owned(), "s3".to_owned());
        Fact::Known(Answer::OriginAccessControl(OriginAccessControlInfo {
            name,
            signing: signing.to_owned(),
            origin_type,
        }))
    };
    vec![control("always"), control("never"), control("no-override"), Fact::Absent]
}

pub(crate) fn web_acls() -> Vec<Fact<Answer>> {
    let acl = |action: &str, blocks_by_default| {
        let (name, action) = ("made-up".to_owned(), Some(action.to_owned()));
        let (statement, metric) = ("GeoMatchStatement".to_owned(), Some("made-up-metric".to_owned()));
        let rules = vec![WebAclRule { name, action, statement, metric }];
        let (name, metric) = ("site".to_owned(), Some("site-metric".to_owned()));
        Fact::Known(Answer::WebAcl(WebAclInfo { name, blocks_by_default, rules, metric }))
    };
    vec![acl("Block", false), acl("Count", false), acl("Allow", true), Fact::Absent]
}

/// A blocked request like the one that is looked for, none, and that samples of its time are gone.
pub(crate) fn sampled_requests(asked: &SampleRef) -> Vec<Fact<Answer>> {
    let sample = SampledRequest {
        metric: asked.metrics.first().cloned().unwrap_or_default(),
        inside: None,
        time: asked.time,
        address: asked.address.clone(),
        method: asked.method.clone(),
        path: asked.path.clone(),
    };
    let other = SampledRequest { path: "/other".to_owned(), ..sample.clone() };
    let known = |list| Fact::Known(Answer::SampledRequests(list));
    vec![known(vec![sample]), known(vec![]), known(vec![other]), Fact::Absent]
}

pub(crate) fn glue_jobs() -> Vec<Fact<Answer>> {
    let job = |name: &str| GlueJobInfo {
        name: name.to_owned(),
        connections: vec!["warehouse".to_owned()],
        security_configuration: None,
        script: Some("s3://aws-glue-assets-111122223333-eu-west-1/scripts/etl.py".to_owned()),
        own_places: vec![],
    };
    [vec![], vec![job("etl")], vec![job("etl"), job("nightly")]]
        .into_iter()
        .map(|list| Fact::Known(Answer::GlueJobs(list)))
        .collect()
}

/// What CloudFront's log has of a request, with the distribution that is read for it.
fn refused(log: &Value, settings: &Value) -> (Denial, Evidence) {
    let mut record = json!({
        "date": "2026-11-02", "time": "02:15:07", "c-ip": "198.51.100.7", "cs-method": "GET", "cs-uri-stem": "/index.html",
        "sc-status": "403", "x-host-header": "www.example.com", "x-edge-detailed-result-type": "Error", "x-edge-request-id": "r-1",
        "DistributionId": "EDFDVBD6EXAMPLE", "recipientAccountId": "111122223333",
    });
    let mut info = open_distribution("acme-site");
    for (of, changes) in [(&mut record, log), (&mut info, settings)] {
        for (name, value) in changes.as_object().unwrap() {
            of[name] = value.clone();
        }
    }
    let mut evidence = Evidence::default();
    let (account, region) = ("111122223333".parse().unwrap(), "us-east-1".to_owned());
    let question = Question::Distribution { account, region, distribution: "EDFDVBD6EXAMPLE".to_owned() };
    evidence.insert(question, Fact::Known(Answer::Distribution(distribution(info))));
    (event::read_record(&record).unwrap().unwrap(), evidence)
}

/// The log has the first word, the distribution only explains it; what neither says is not said for certain.
#[test]
fn the_log_and_the_distribution_together_say_what_refused() {
    let kind = |kind: &str| json!({ "x-edge-detailed-result-type": kind });
    let signed = || json!({ "behaviors": [{ "origin": "site", "signed": true }], "signing_keys": ["K2JC******QW5F"], "logs_cookies": true });
    let query = |query: &str| json!({ "cs-uri-query": query });
    let france = || json!({ "geo": { "only": false, "countries": ["FR"] } });
    let from = |kind: Value| json!({ "x-edge-detailed-result-type": kind, "c-country": "FR" });
    for (log, settings, code, confidence) in [
        (kind("ClientGeoBlocked"), json!({}), "cloudfront-geo-restriction", "certain"),
        // The log would say so.
        (from("Error".into()), france(), "unexplained", "possible"),
        (from(Value::Null), france(), "cloudfront-geo-restriction", "certain"),
        (kind("InvalidRequestCertificate"), json!({}), "cloudfront-alias", "certain"),
        (json!({ "x-host-header": "example.com" }), json!({}), "cloudfront-alias", "certain"),
        (json!({ "x-host-header": "example.com" }), json!({ "tenants": true }), "unexplained", "possible"),
        (kind("OriginError"), signed(), "unexplained", "possible"),
        (json!({}), signed(), "cloudfront-signed-url", "certain"),
        (
            json!({ "cs(Cookie)": "CloudFront-Policy=x; CloudFront-Signature=y" }),
            signed(),
            "cloudfront-signed-url",
            "possible",
        ),
        (json!({ "cs(Cookie)": "sid=x" }), signed(), "cloudfront-signed-url", "certain"),
        (
            query("Expires=1700000000&Signature=s&Key-Pair-Id=K2JCJMDEHXQW5F"),
            signed(),
            "cloudfront-signed-url",
            "certain",
        ),
        (
            query("Expires=1900000000&Signature=s&Key-Pair-Id=K2JCJMDEHXQW5F"),
            signed(),
            "cloudfront-signed-url",
            "possible",
        ),
        (query("Policy=p&Signature=s&Key-Pair-Id=KOTHERKEYEXAMPLE"), signed(), "cloudfront-signed-url", "certain"),
        (json!({}), json!({ "web_acl": WEB_ACL }), "waf-block", "possible"),
        (json!({ "x-host-header": "example.com" }), json!({ "web_acl": WEB_ACL }), "cloudfront-alias", "certain"),
        (kind("OriginConnectError"), json!({ "web_acl": WEB_ACL }), "unexplained", "possible"),
    ] {
        let (denial, evidence) = refused(&log, &settings);
        let report = explain(&denial, &evidence);
        let said: Vec<_> = report.causes.iter().map(|cause| (cause.code.as_str(), json!(cause.confidence))).collect();
        assert_eq!(said, [(code, json!(confidence))], "{log} {settings}");
    }
}

/// CloudFront's own log file, packed, with the account by hand: what is asked is asked of that account, and a case keeps it.
#[test]
fn the_account_of_a_log_is_given_by_hand() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (log, kept) = (folder.join("cloudfront-log.gz"), folder.join("cloudfront-case.json"));
    let names = "date time c-ip cs-method cs-uri-stem sc-status x-host-header x-edge-detailed-result-type x-edge-request-id DistributionId";
    let row = "2026-11-02\t02:42:11\t198.51.100.7\tGET\t/\t403\tshop.example.com\tError\tr-1\tEDFDVBD6EXAMPLE";
    let mut packer = GzEncoder::new(File::create(&log).unwrap(), Compression::fast());
    write!(packer, "#Version: 1.0\n#Fields: {names}\n{row}\n").unwrap();
    packer.finish().unwrap();
    let explained = |account: &[&str]| -> Value {
        let mut program = Command::new(env!("CARGO_BIN_EXE_deniedby"));
        program.arg("explain").arg(&log).arg("--evidence").arg(root().join("events/cloudfront-alias/case.json"));
        let done = program.args(["--format", "json"]).args(account).arg("--save-case").arg(&kept).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    };
    let report = explained(&["--account", "111122223333"]);
    let told = |report: &Value| report.pointer("/causes/0/code").cloned();
    assert_eq!(told(&report), Some("cloudfront-alias".into()));
    assert_eq!(report.pointer("/viewer/account"), Some(&"111122223333".into()));
    assert!(crate::world::read(&kept).contains("\"recipientAccountId\": \"111122223333\""));
    let report = explained(&[]);
    assert_eq!(told(&report), Some("unexplained".into()));
    let why = report.pointer("/unread/0/why").and_then(Value::as_str);
    assert_eq!(why, Some("the event does not say which account to ask"));
}
