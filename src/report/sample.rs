//! Reports for the tests of the renderings: a good one of each verdict, and hostile ones.

use proptest::prelude::*;

use super::{
    Agreement, Applicability, CauseReport, Confidence, LayerReport, Note, Place, PrincipalReport, Remedy, Report,
    RequestReport, Reused, RuledOut, SCHEMA, Snippet, Stated, StatementReport, Unread, Verdict, ViewerReport,
};
use crate::layer::Layer;

pub(super) const HOSTILE: &[&str] = &[
    "",
    " ",
    "plain",
    "a b  c ",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "line\nbreak\r\n---\n{\"schema\":1}",
    "\u{202e}gpj.exe\u{2069}\u{200b}\u{feff}\u{2028}\u{85}",
    "<!channel> @here <@U1> <https://evil.example|click> & &amp;",
    "*bold* _it_ ~no~ `code` ```fence``` > quote :skull:",
    "``",
    "`",
    "x`y`z`",
    "日本語😀\u{e0041}\u{10ffff}",
    "arn:aws:sts::111122223333:assumed-role/`r`/<s>",
];

/// One certain cause.
pub(super) fn explained() -> Report {
    Report {
        schema: SCHEMA.to_owned(),
        event_id: "5a1f2c9e-0c1d-4a53-9d0b-7f3c1f6f2b11".to_owned(),
        event_time: "2026-07-01T02:14:07Z".to_owned(),
        event_name: "GetObject".to_owned(),
        event_source: "s3.amazonaws.com".to_owned(),
        error_code: "AccessDenied".to_owned(),
        account: Some("111122223333".to_owned()),
        region: "eu-central-1".to_owned(),
        principal: PrincipalReport {
            arn: Some("arn:aws:sts::111122223333:assumed-role/reporting/nightly".to_owned()),
            kind: "role".to_owned(),
            account: Some("111122223333".to_owned()),
            who: None,
        },
        viewer: None,
        verdict: Verdict::Explained,
        requests: vec![RequestReport {
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::acme-reports/2026/q3.csv".to_owned(),
            resource_account: Some("111122223333".to_owned()),
            decision: "implicitly-denied".to_owned(),
            layers: vec![
                layer(Layer::Scp, "allowed"),
                layer(Layer::IdentityPolicy, "implicitly-denied"),
                layer(Layer::ResourcePolicy, "implicitly-denied"),
            ],
            ways: vec![vec![Layer::IdentityPolicy], vec![Layer::ResourcePolicy]],
        }],
        causes: vec![CauseReport {
            code: "identity-policy-no-allow".to_owned(),
            confidence: Confidence::Certain,
            title: "no identity policy of role `reporting` allows s3:GetObject".to_owned(),
            detail: "statement `ReadReports` of `inline:reports` nearly does: its resource is `arn:aws:s3::: acme-reports/*`, with a space\nallow it on `arn:aws:s3:::acme-reports/*`".to_owned(),
            places: vec![Place {
                policy: "inline:reports".to_owned(),
                statement: "ReadReports".to_owned(),
                element: "Resource".to_owned(),
                wanted: "arn:aws:s3::: acme-reports/*".to_owned(),
                actual: "arn:aws:s3:::acme-reports/2026/q3.csv".to_owned(),
            }],
            remedies: vec![],
            next: None,
        }],
        ruled_out: vec![
            RuledOut { code: "scp-no-allow".to_owned(), because: "`FullAWSAccess` allows it".to_owned() },
            RuledOut {
                code: "block-public-access".to_owned(),
                because: "the caller is in the bucket's own account, so Block Public Access does not look at this request".to_owned(),
            },
        ],
        unread: vec![],
        stated: None,
        notes: vec![],
        reused: vec![],
        remedies: vec![],
    }
}

/// Two causes, one of them not certain, with something unread and a remedy.
pub(super) fn partly_explained() -> Report {
    let mut report = explained();
    report.verdict = Verdict::PartlyExplained;
    report.principal = PrincipalReport {
        arn: Some("arn:aws:iam::111122223333:user/ops/alice".to_owned()),
        kind: "user".to_owned(),
        account: Some("111122223333".to_owned()),
        who: None,
    };
    report.causes.insert(
        0,
        CauseReport {
            code: "kms-key-policy-no-allow".to_owned(),
            confidence: Confidence::Likely,
            title: "the policy of key `1234abcd` allows kms:Decrypt to nobody in account 111122223333".to_owned(),
            detail: String::new(),
            places: vec![],
            remedies: vec!["r1".to_owned()],
            next: Some("identity-policy-no-allow".to_owned()),
        },
    );
    report.ruled_out.clear();
    report.unread.push(Unread {
        question: "bucket-policy acme-reports".to_owned(),
        account: Some("444455556666".to_owned()),
        why: "the read role may not be assumed".to_owned(),
        needs: "a role `deniedby-read` that trusts account 111122223333".to_owned(),
        permissions: vec![],
        step: "a role `deniedby-read` that trusts account 111122223333".to_owned(),
    });
    report.remedies.push(Remedy {
        id: "r1".to_owned(),
        kind: "put-key-policy".to_owned(),
        applicability: Applicability::NeedsApproval,
        account: "444455556666".to_owned(),
        summary: "let account 111122223333 use key `1234abcd` for kms:Decrypt".to_owned(),
        commands: vec!["aws kms put-key-policy --key-id 1234abcd --policy file://policy.json".to_owned()],
        before: "{}".to_owned(),
        after: "{\"Statement\":[]}".to_owned(),
        proof: "allows the request, and 12 probes stay denied".to_owned(),
        outcome: None,
        approval: None,
        snippets: vec![Snippet {
            form: "terraform".to_owned(),
            text: "resource \"aws_kms_key_policy\" \"remedy\" {\n  key_id = \"1234abcd\"\n}\n".to_owned(),
        }],
    });
    for (question, second) in [("kms-key-policy 1234abcd", 51), ("scp-list 111122223333", 12)] {
        report.reused.push(Reused {
            question: question.to_owned(),
            account: Some("444455556666".to_owned()),
            read_at: format!("2026-07-01T02:13:{second}Z"),
        });
    }
    report
}

/// Nothing that could be read denies the call.
pub(super) fn unexplained() -> Report {
    let mut report = explained();
    report.verdict = Verdict::Unexplained;
    report.causes.clear();
    report.ruled_out.clear();
    report.principal =
        PrincipalReport { arn: None, kind: "account".to_owned(), account: Some("777788889999".to_owned()), who: None };
    report.unread.push(Unread {
        question: "scp-list 777788889999".to_owned(),
        account: None,
        why: "no management role is set".to_owned(),
        needs: String::new(),
        permissions: vec![],
        step: String::new(),
    });
    report
}

/// Everything that could be read allows the call now.
pub(super) fn not_reproduced() -> Report {
    let mut report = explained();
    report.verdict = Verdict::NotReproduced;
    report.causes.clear();
    report.ruled_out.clear();
    report.principal = PrincipalReport { arn: None, kind: "anonymous".to_owned(), account: None, who: None };
    report.requests.clear();
    report
}

/// A report whose every text is the next of `texts`, over and over, with `count` of everything.
pub(super) fn of(texts: &[String], count: usize, verdict: Verdict, kind: &str) -> Report {
    let mut texts = texts.iter().cycle();
    let mut t = || texts.next().cloned().unwrap_or_default();
    let confidences = [Confidence::Certain, Confidence::Likely, Confidence::Possible];
    Report {
        schema: SCHEMA.to_owned(),
        event_id: t(),
        event_time: t(),
        event_name: t(),
        event_source: t(),
        error_code: t(),
        account: Some(t()),
        region: t(),
        principal: PrincipalReport { arn: Some(t()), kind: kind.to_owned(), account: Some(t()), who: Some(t()) },
        viewer: (kind == "anonymous" && count > 2).then(|| ViewerReport {
            address: Some(t()),
            country: Some(t()),
            url: t(),
            distribution: Some(t()),
            account: Some(t()),
        }),
        verdict,
        requests: (0..count)
            .map(|_| RequestReport {
                action: t(),
                resource: t(),
                resource_account: Some(t()),
                decision: t(),
                layers: vec![LayerReport {
                    layer: Layer::Scp,
                    decision: t(),
                    statements: (0..count)
                        .map(|index| StatementReport {
                            policy: t(),
                            statement: t(),
                            index,
                            effect: t(),
                            matches: t(),
                            first_failed: Some(t()),
                        })
                        .collect(),
                }],
                ways: vec![vec![Layer::Scp]; count],
            })
            .collect(),
        causes: (0..count)
            .map(|index| CauseReport {
                code: t(),
                confidence: confidences[index % 3],
                title: t(),
                detail: t(),
                places: (0..count)
                    .map(|_| Place { policy: t(), statement: t(), element: t(), wanted: t(), actual: t() })
                    .collect(),
                remedies: vec![t()],
                next: Some(t()),
            })
            .collect(),
        ruled_out: (0..count).map(|_| RuledOut { code: t(), because: t() }).collect(),
        stated: Some(Stated { reason: t(), evaluation: Agreement::Contradicts }),
        notes: (0..count).map(|_| Note { code: t(), text: t() }).collect(),
        reused: (0..count).map(|_| Reused { question: t(), account: Some(t()), read_at: t() }).collect(),
        unread: (0..count)
            .map(|_| {
                let (question, account, why, needs) = (t(), Some(t()), t(), t());
                Unread { question, account, why, needs, permissions: vec![], step: t() }
            })
            .collect(),
        remedies: (0..count)
            .map(|_| Remedy {
                id: t(),
                kind: t(),
                applicability: Applicability::AdviceOnly,
                account: t(),
                summary: t(),
                commands: vec![t(), t()],
                before: t(),
                after: t(),
                proof: t(),
                outcome: Some(t()),
                approval: Some(t()),
                snippets: vec![Snippet { form: t(), text: t() }],
            })
            .collect(),
    }
}

/// Any report of arbitrary texts.
pub(super) fn any_report() -> impl Strategy<Value = Report> {
    let text = prop_oneof![
        2 => prop::sample::select(HOSTILE).prop_map(str::to_owned),
        2 => prop::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter),
        1 => (prop::sample::select(HOSTILE), 0_usize..200).prop_map(|(text, times)| text.repeat(times)),
    ];
    let verdict = prop::sample::select(
        &[Verdict::Explained, Verdict::PartlyExplained, Verdict::Unexplained, Verdict::NotReproduced][..],
    );
    let kinds: &[&str] =
        &["role", "user", "root", "federated-user", "service", "anonymous", "account", "other", "\u{1b}"];
    (prop::collection::vec(text, 1..30), 0_usize..6, verdict, prop::sample::select(kinds))
        .prop_map(|(texts, count, verdict, kind)| of(&texts, count, verdict, kind))
}

fn layer(layer: Layer, decision: &str) -> LayerReport {
    LayerReport {
        layer,
        decision: decision.to_owned(),
        statements: vec![StatementReport {
            policy: "inline:reports".to_owned(),
            statement: "ReadReports".to_owned(),
            index: 0,
            effect: "Allow".to_owned(),
            matches: "false".to_owned(),
            first_failed: Some("Resource".to_owned()),
        }],
    }
}
