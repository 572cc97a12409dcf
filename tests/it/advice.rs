//! Advice about policies whose conditions alone keep a caller out: it names the condition, and lets in nobody else.
#![expect(clippy::indexing_slicing, reason = "a test that does not find what it expects has to fail")]

use deniedby::pipeline;
use deniedby::report::Report;
use serde_json::{Value, json};

use crate::world::{explain, scenarios};

/// A scenario whose role's trust policy or bucket's policy has this as the condition of its one statement.
fn with_condition(scenario: &str, condition: &Value) -> Report {
    let sample = scenarios().into_iter().find(|sample| sample.name == scenario).unwrap();
    let mut case = serde_json::to_value(&sample.case).unwrap();
    let mut changed = 0;
    for answer in case["evidence"].as_array_mut().unwrap() {
        let place = if answer["ask"] == "bucket-policy" { "policy" } else { "identity/trust" };
        if let Some(statement) = answer.pointer_mut(&format!("/answer/known/{place}/Statement/0")) {
            statement["Condition"] = condition.clone();
            changed += 1;
        }
    }
    assert_eq!(changed, 1, "{scenario}");
    let case: deniedby::case::Case = serde_json::from_value(case).unwrap();
    explain(&case.read_denial().unwrap(), &case.evidence())
}

struct Row {
    scenario: &'static str,
    condition: Value,
    /// Behind the denied call in the first line.
    title: &'static str,
    /// What there is to do.
    fix: &'static str,
}

fn rows() -> Vec<Row> {
    let row = |scenario, condition, title, fix| Row { scenario, condition, title, fix };
    let (web, role, bucket) =
        ("web-identity-not-trusted", "assume-role-wrong-external-id", "upload-without-owner-control");
    vec![
        row(
            web,
            json!({ "StringEquals": { "token.actions.githubusercontent.com:sub": "repo:acme/website:ref:refs/heads/main" } }),
            "unless `token.actions.githubusercontent.com:sub` is `repo:acme/website:ref:refs/heads/main` (the request has `repo:acme/site:ref:refs/heads/main`)",
            "To fix: in `GitHub` of trust policy `site-deploy`, add `repo:acme/site:ref:refs/heads/main` to the values of `token.actions.githubusercontent.com:sub`.",
        ),
        // The audience is that of every repository: it is added only where another condition names the user.
        row(
            web,
            json!({ "StringEquals": { "token.actions.githubusercontent.com:aud": "acme" } }),
            "unless `token.actions.githubusercontent.com:aud` is `acme` (the request has `sts.amazonaws.com`)",
            "To fix: sign in with a token that is made for `acme`; or have the role's owner change `GitHub` of trust policy `site-deploy`.",
        ),
        row(
            web,
            json!({ "StringEquals": { "token.actions.githubusercontent.com:aud": "acme", "token.actions.githubusercontent.com:sub": "repo:acme/site:ref:refs/heads/main" } }),
            "unless `token.actions.githubusercontent.com:aud` is `acme` (the request has `sts.amazonaws.com`)",
            "To fix: sign in with a token that is made for `acme`; or in `GitHub` of trust policy `site-deploy`, add `sts.amazonaws.com` to the values of `token.actions.githubusercontent.com:aud`.",
        ),
        row(
            role,
            json!({ "StringEquals": { "sts:ExternalId": "acme-7f3d" } }),
            "unless the external ID is `acme-7f3d` (the request has `acme-7f3c`)",
            "To fix: pass the external ID `acme-7f3d` (`--external-id`); or have the role's owner change `Acme` of trust policy `partner-export`.",
        ),
        row(
            role,
            json!({ "StringEquals": { "aws:PrincipalOrgID": "o-other00001" } }),
            "to callers outside of organization `o-other00001`",
            "To fix: call from an account of organization `o-other00001`; or have the role's owner change `Acme` of trust policy `partner-export`.",
        ),
        row(
            role,
            json!({ "ArnEquals": { "aws:PrincipalArn": "arn:aws:iam::111122223333:role/other" } }),
            "to all but `arn:aws:iam::111122223333:role/other`",
            "To fix: call as `arn:aws:iam::111122223333:role/other`; or in `Acme` of trust policy `partner-export`, add `arn:aws:iam::111122223333:role/reporting` to the values of `aws:PrincipalArn`.",
        ),
        row(
            bucket,
            json!({ "StringEquals": { "aws:PrincipalAccount": "777777777777" } }),
            "to callers outside of account `777777777777`",
            "To fix: call from account `777777777777`; or if this caller is meant to do without that, have the bucket policy allow `s3:PutObject` on `arn:aws:s3:::acme-reports/inbox/q3.csv` to `arn:aws:iam::444455556666:role/ingest` by a statement of its own.",
        ),
        row(
            bucket,
            json!({ "NumericLessThanEquals": { "s3:signatureAge": "600000" }, "StringEquals": { "s3:x-amz-acl": "bucket-owner-full-control" } }),
            "without the header `x-amz-acl`",
            "To fix: send the header `x-amz-acl: bucket-owner-full-control` (`--acl` of `aws s3 cp`); or",
        ),
    ]
}

#[test]
fn a_condition_that_fails_is_named() {
    for row in rows() {
        let report = with_condition(row.scenario, &row.condition);
        let cause = report.causes.first().unwrap();
        assert!(cause.title.contains(row.title), "{}\n{}", row.title, cause.title);
        assert!(cause.detail.lines().any(|line| line.starts_with(row.fix)), "{}\n{}", row.fix, cause.detail);
    }
}

/// A user of an identity provider is everybody who has an account there, and a root user's ARN is the whole account.
#[test]
fn no_advice_names_more_than_the_denied_caller() {
    for sample in scenarios() {
        let report = explain(&sample.denial(), &sample.evidence());
        for line in
            report.causes.iter().flat_map(|cause| cause.detail.lines()).filter(|line| line.starts_with("To fix"))
        {
            for whom in ["to a user of ", "to service "] {
                let wide = line.split(whom).skip(1).any(|rest| !rest.contains(", under "));
                assert!(!wide, "{}: {line}", sample.name);
            }
            let root = line.contains("allow ") && line.contains(":root`");
            assert!(!root || line.contains("`aws:PrincipalArn`"), "{}: {line}", sample.name);
        }
    }
}

/// "Below" is said only where there is something below.
#[test]
fn what_is_below_is_there() {
    for sample in scenarios() {
        let report = explain(&sample.denial(), &sample.evidence());
        let says = report.causes.iter().any(|cause| cause.detail.contains("could not be read, below"));
        assert!(!says || !report.unread.is_empty(), "{}", sample.name);
    }
}

/// Every code that a report gives has a page of the manual.
#[test]
fn every_code_has_a_page() {
    let codes: Vec<_> = deniedby::checks::CHECKS.iter().map(|check| check.code).collect();
    for sample in scenarios() {
        let report = explain(&sample.denial(), &sample.evidence());
        let ruled = report.ruled_out.iter().map(|row| row.code.as_str());
        for code in report.causes.iter().map(|cause| cause.code.as_str()).chain(ruled) {
            assert!(codes.contains(&code), "{}: {code}", sample.name);
        }
    }
}

/// A user or role that was deleted since is in the first line, and nothing is offered for it.
#[test]
fn nothing_is_offered_for_who_is_not_there_any_more() {
    let sample = scenarios().into_iter().find(|sample| sample.name == "role-deleted-since").unwrap();
    let report = pipeline::explain(&sample.denial(), &sample.evidence());
    assert!(report.causes[0].title.ends_with("role `reporting` was deleted since"), "{}", report.causes[0].title);
    assert!(report.remedies.is_empty());
}
