//! The text as it is read.

use proptest::prelude::*;

use super::super::escape::hidden;
use super::super::sample;
use super::*;

const NARROW: Style = Style { width: 80, color: false };

#[test]
fn a_certain_cause() {
    assert_eq!(
        text(&sample::explained(), NARROW),
        "\
role `reporting` (111122223333) was denied s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: no identity policy of role `reporting` allows s3:GetObject

2026-07-01T02:14:07Z · eu-central-1 · GetObject ·
event 5a1f2c9e-0c1d-4a53-9d0b-7f3c1f6f2b11 · AccessDenied · explained
caller arn:aws:sts::111122223333:assumed-role/reporting/nightly

1. identity-policy-no-allow  certain
   no identity policy of role `reporting` allows s3:GetObject
   statement `ReadReports` of `inline:reports` nearly does: its resource is
   `arn:aws:s3::: acme-reports/*`, with a space
   allow it on `arn:aws:s3:::acme-reports/*`
     policy       inline:reports
     statement    ReadReports
     element      Resource
     wants        arn:aws:s3::: acme-reports/*
     request has  arn:aws:s3:::acme-reports/2026/q3.csv

Checked, and not the cause:
  scp-no-allow         `FullAWSAccess` allows it
  block-public-access  the caller is in the bucket's own account, so Block
                       Public Access does not look at this request

s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: implicitly-denied
  layers: scp allowed · identity-policy implicitly-denied ·
    resource-policy implicitly-denied
"
    );
}

#[test]
fn two_causes_and_something_unread() {
    assert_eq!(
        text(&sample::partly_explained(), NARROW),
        "\
user `alice` (111122223333) was denied s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: most likely, the policy of key `1234abcd` allows kms:Decrypt to nobody in account 111122223333 (and 1 more cause)

2026-07-01T02:14:07Z · eu-central-1 · GetObject ·
event 5a1f2c9e-0c1d-4a53-9d0b-7f3c1f6f2b11 · AccessDenied · partly-explained
caller arn:aws:iam::111122223333:user/ops/alice

Each of these denies the request, or may; fix them in this order:

1. kms-key-policy-no-allow  likely
   the policy of key `1234abcd` allows kms:Decrypt to nobody in account
   111122223333

2. identity-policy-no-allow  certain
   no identity policy of role `reporting` allows s3:GetObject
   statement `ReadReports` of `inline:reports` nearly does: its resource is
   `arn:aws:s3::: acme-reports/*`, with a space
   allow it on `arn:aws:s3:::acme-reports/*`
     policy       inline:reports
     statement    ReadReports
     element      Resource
     wants        arn:aws:s3::: acme-reports/*
     request has  arn:aws:s3:::acme-reports/2026/q3.csv

What would allow it:
  [needs-approval] let account 111122223333 use key `1234abcd` for kms:Decrypt
    (put-key-policy, account 444455556666)
    aws kms put-key-policy --key-id 1234abcd --policy file://policy.json
    before: {}
    after: {\"Statement\":[]}
    proof: allows the request, and 12 probes stay denied
    also as: terraform (with `--format markdown`)
    id: r1

Could not be read:
  bucket-policy acme-reports in account 444455556666: the read role may not be
      assumed; needs a role `deniedby-read` that trusts account 111122223333

Read earlier, for another denial:
  kms-key-policy 1234abcd in account 444455556666, at 2026-07-01T02:13:51Z
  scp-list 111122223333 in account 444455556666, at 2026-07-01T02:13:12Z

s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: implicitly-denied
  layers: scp allowed · identity-policy implicitly-denied ·
    resource-policy implicitly-denied
"
    );
}

#[test]
fn nothing_that_could_be_read_denies_it() {
    assert_eq!(
        text(&sample::unexplained(), NARROW),
        "\
a caller from account 777788889999 (not named in the record) was denied s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: nothing that could be read denies it

2026-07-01T02:14:07Z · eu-central-1 · GetObject ·
event 5a1f2c9e-0c1d-4a53-9d0b-7f3c1f6f2b11 · AccessDenied · unexplained

Could not be read:
  scp-list 777788889999: no management role is set

s3:GetObject on arn:aws:s3:::acme-reports/2026/q3.csv: implicitly-denied
  layers: scp allowed · identity-policy implicitly-denied ·
    resource-policy implicitly-denied
"
    );
}

#[test]
fn what_is_in_force_now_allows_it() {
    assert_eq!(
        text(&sample::not_reproduced(), Style { width: 120, color: false }),
        "\
an anonymous caller was denied GetObject: everything that could be read allows it now

2026-07-01T02:14:07Z · eu-central-1 · GetObject · event 5a1f2c9e-0c1d-4a53-9d0b-7f3c1f6f2b11 · AccessDenied ·
not-reproduced
"
    );
}

#[test]
fn a_value_cannot_pass_for_our_words() {
    let mut report = sample::explained();
    for (key, shown) in [
        (
            "a: everything that could be read allows it now",
            "on `a: everything that could be read allows it now`: no identity",
        ),
        ("a`b", "on `a'b`: no identity"),
        ("a\nrole `x`", "on `a\\u{a}role 'x'`: no identity"),
        ("a ", "on `a\\u{20}`: no identity"),
        ("a\u{1b}[31m", "on a\\u{1b}[31m: no identity"),
    ] {
        report.requests[0].resource = key.to_owned();
        assert!(text(&report, NARROW).lines().next().unwrap().contains(shown), "{key:?}");
    }
}

#[test]
fn values_are_not_broken_at_a_line_end() {
    let mut report = sample::explained();
    let arn = "arn:aws:s3::: acme reports/with-many-hyphens/and spaces/that-do-not-fit-in-forty-columns.csv";
    report.causes[0].detail = format!("the resource is `{arn}` and not what it should be");
    assert!(text(&report, Style { width: 40, color: false }).contains(&format!("\n   `{arn}`\n")));
}

#[test]
fn lines_fit_the_width_where_words_do() {
    let mut report = sample::explained();
    report.causes[0].detail = "one two three four five six seven ".repeat(40);
    for width in [0, 20, 40, 80, 100, usize::MAX] {
        let text = text(&report, Style { width, color: false });
        let long = |line: &&str| line.chars().count() > width.max(20) && line.trim().contains(" three ");
        assert_eq!(text.lines().skip(1).find(long), None);
    }
}

#[test]
fn a_long_key_is_cut_and_a_long_command_left_out() {
    let mut report = sample::partly_explained();
    let key = format!("arn:aws:s3:::b/{}.csv", "k".repeat(10 << 20));
    report.requests[0].resource.clone_from(&key);
    report.causes[0].title = format!("nobody may read `{key}`");
    report.causes[1].places[0].actual.clone_from(&key);
    report.remedies[0].commands = vec![format!("aws s3api put-object-acl --key '{key}'")];
    let text = text(&report, NARROW);
    assert!(text.len() < 5_000 && text.lines().all(|line| line.len() < 1_000));
    assert!(text.contains("kkk…kkk") && text.contains("kkk.csv"));
    assert!(text.contains("(too long to show here; the JSON report has it)") && !text.contains("put-object-acl"));
}

#[test]
fn five_hundred_causes_are_all_there_and_long_lists_are_not() {
    let mut report = sample::explained();
    report.causes = vec![report.causes[0].clone(); 500];
    report.ruled_out = vec![report.ruled_out[0].clone(); 500];
    let text = text(&report, NARROW);
    assert!(text.contains("All of these deny the request; fix them in this order:"));
    assert!(text.contains("\n500. identity-policy-no-allow  certain\n"));
    assert!(text.contains("\n  and 450 more\n"));
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    for report in [
        sample::explained(),
        sample::partly_explained(),
        sample::of(&["\u{1b}[32m".into()], 2, super::super::Verdict::Explained, "role"),
    ] {
        let mut colored = text(&report, Style { width: 80, color: true });
        assert!(colored.starts_with("\u{1b}[1m"));
        for code in [BOLD, DIM, RED, YELLOW, "0"] {
            colored = colored.replace(&format!("\u{1b}[{code}m"), "");
        }
        assert_eq!(colored, text(&report, NARROW));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_report_can_draw_on_the_terminal(report in sample::any_report(), width in 0_usize..200) {
        let text = text(&report, Style { width, color: false });
        prop_assert_eq!(text.chars().find(|c| hidden(*c) && *c != '\n'), None);
        prop_assert!(text.ends_with('\n') && text.lines().all(|line| line != "---"));
    }
}
