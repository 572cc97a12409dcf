//! The Markdown as it is read, and what hostile values make of it.

use proptest::prelude::*;

use super::super::escape::hidden;
use super::super::{Verdict, sample};
use super::*;

#[test]
fn two_causes_a_remedy_and_something_unread() {
    assert_eq!(
        markdown(&sample::partly_explained()),
        "\
# Denied: `s3:GetObject` by user `alice`

user `alice` (`111122223333`) was denied `s3:GetObject` on `arn:aws:s3:::acme-reports/2026/q3.csv`: most likely, the policy of key `1234abcd` allows `kms:Decrypt` to nobody in account `111122223333` (and 1 more cause)

- Caller: `arn:aws:iam::111122223333:user/ops/alice`
- Resource: `arn:aws:s3:::acme-reports/2026/q3.csv`
- Call: `GetObject`
- Service: `s3.amazonaws.com`
- Error: `AccessDenied`
- Verdict: `partly-explained`
- Region: `eu-central-1`
- Time: `2026-07-01T02:14:07Z`
- Event: `5a1f2c9e-0c1d-4a53-9d0b-7f3c1f6f2b11`

Each of these denies the request, or may; fix them in this order:

## 1. `kms-key-policy-no-allow`, likely

the policy of key `1234abcd` allows `kms:Decrypt` to nobody in account `111122223333`

What would remove it: `r1`

## 2. `identity-policy-no-allow`, certain

no identity policy of role `reporting` allows `s3:GetObject`

statement `ReadReports` of `inline:reports` nearly does: its resource is `arn:aws:s3::: acme-reports/*`, with a space

allow it on `arn:aws:s3:::acme-reports/*`

- policy: `inline:reports`
- statement: `ReadReports`
- element: `Resource`
- wants: `arn:aws:s3::: acme-reports/*`
- request has: `arn:aws:s3:::acme-reports/2026/q3.csv`

## What would allow it

### `r1`: let account `111122223333` use key `1234abcd` for `kms:Decrypt`

- who: needs-approval
- kind: `put-key-policy`
- account: `444455556666`
- before: `{}`
- after: `{\"Statement\":[]}`
- proof: allows the request, and 12 probes stay denied

```sh
aws kms put-key-policy --key-id 1234abcd --policy file://policy.json
```

As `terraform`:

```hcl
resource \"aws_kms_key_policy\" \"remedy\" {
  key_id = \"1234abcd\"
}
```

## Could not be read

- `bucket-policy acme-reports` in account `444455556666`: the read role may not be assumed; needs a role `deniedby-read` that trusts account `111122223333`

## Read earlier, for another denial

- `kms-key-policy 1234abcd` in account `444455556666`, at `2026-07-01T02:13:51Z`
- `scp-list 111122223333` in account `444455556666`, at `2026-07-01T02:13:12Z`

## What each layer says

- `s3:GetObject` on `arn:aws:s3:::acme-reports/2026/q3.csv`: `implicitly-denied`
  - `scp`: `allowed`
  - `identity-policy`: `implicitly-denied`
  - `resource-policy`: `implicitly-denied`
"
    );
}

#[test]
fn what_is_more_than_a_word_is_code() {
    for (text, shown) in [
        ("no identity policy allows it.", "no identity policy allows it."),
        ("the caller's `a`, and (more) \"words\"…", "the caller's `a`, and (more) \"words\"…"),
        ("explicit-deny and/or none", "explicit-deny and/or none"),
        ("- one", "`-` one"),
        ("1. one 2. two", "`1.` one 2. two"),
        ("===", "`===`"),
        ("# one #1 GH-1 ABC-12", "`#` one `#1` `GH-1` `ABC-12`"),
        ("@all a@b.example", "`@all` `a@b.example`"),
        ("see https://evil.example, www.evil.example", "see `https://evil.example,` `www.evil.example`"),
        ("[a](b) ![c](d) <b>&amp;</b>", "`[a](b)` `![c](d)` `<b>&amp;</b>`"),
        ("*a* _b_ ~~c~~ $d$ :skull: |", "`*a*` `_b_` `~~c~~` `$d$` `:skull:` `|`"),
        ("at 0123abc4 in 111122223333", "at `0123abc4` in `111122223333`"),
        ("a`b`c ``d", "a`b`c `(empty)d`"),
        ("`a``b` ``", "`a` `b` (empty)"),
        ("    a     b  ", "a b"),
        ("a\u{202e}b\u{1b}[31m\u{a0}", "`a\\u{202e}b\\u{1b}[31m\\u{a0}`"),
        ("\\*a", "`\\*a`"),
        ("'-' -' /", "`'-'` `-'` `/`"),
    ] {
        assert_eq!(sentence(text), shown, "{text:?}");
    }
}

#[test]
fn values_are_code_and_cannot_end_it() {
    for (value, shown) in [
        ("a", "`a`"),
        ("", "(empty)"),
        ("a`b``c", "`a'b''c`"),
        (" a ", "`\\u{20}a\\u{20}`"),
        ("a\nb", "`a\\u{a}b`"),
        ("<b>|\\", "`<b>|\\`"),
    ] {
        assert_eq!(span(value), shown, "{value:?}");
    }
}

#[test]
fn code_is_whole_or_not_there() {
    assert_eq!(fence("sh", "a ```` b\nc\n"), "`````sh\na ```` b\nc\n`````");
    assert_eq!(fence("sh", ""), "");
    assert!(fence("sh", "a\u{202e}b").starts_with("(not shown, since "));
    assert!(fence("sh", &"a\n".repeat(1_000)).starts_with("(too long "));
    assert!(fence("sh", &"a".repeat(10 << 20)).starts_with("(too long "));
}

#[test]
fn what_is_longer_than_a_comment_ends_with_a_note() {
    let mut report = sample::partly_explained();
    report.causes = vec![report.causes[1].clone(); 500];
    let text = markdown(&report);
    assert!(length(&text) <= 65_536 && text.ends_with(&format!("\n\n{NO_REST}\n")));
    assert!(text.contains("\n## 100. `identity-policy-no-allow`, certain\n"));
    report.causes.truncate(1);
    report.ruled_out = vec![sample::explained().ruled_out[0].clone(); 500];
    assert!(markdown(&report).contains("- `scp-no-allow`: `FullAWSAccess` allows it\n- and 450 more\n"));
}

#[test]
fn huge_values_are_cut() {
    for huge in sample::HOSTILE.iter().map(|text| text.repeat((1 << 20) / text.len().max(1))) {
        let text = markdown(&sample::of(&[huge], 3, Verdict::Explained, "role"));
        assert!(length(&text) <= 65_536);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn outside_of_code_there_are_but_words(report in sample::any_report()) {
        let text = markdown(&report);
        prop_assert_eq!(text.chars().find(|c| hidden(*c) && *c != '\n'), None);
        let mut fence = None;
        for line in text.lines() {
            if let Some(end) = fence {
                if line == end {
                    fence = None;
                }
                continue;
            }
            if line.starts_with("```") {
                fence = Some(line.trim_end_matches(|c| c != '`'));
                continue;
            }
            prop_assert!(line.matches('`').count().is_multiple_of(2) && !line.contains("``"), "{}", line);
            let outside: String = line.trim_start_matches(['#', ' ', '-']).split('`').step_by(2).collect();
            prop_assert!(!outside.contains(['<', '>', '[', ']', '*', '_', '~', '@', '#', '|', '&', '\\', '$', '!']), "{}", line);
            prop_assert!(!outside.contains("://") && !outside.contains("www."), "{}", line);
        }
    }
}
