//! What attackers write into events, policies and tags, in every rendering.

#![expect(clippy::indexing_slicing, reason = "a test that does not find what it expects has to fail")]

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use deniedby::case::Case;
use deniedby::pipeline;
use deniedby::report::{Report, Style, html, json, markdown, slack, sns, text};
use serde_json::{Value, json};

use crate::tame;
use crate::world::{Sample, explain, scenarios};

/// Everything that a terminal, Slack, Markdown, a browser or a trick of the eye could make something of.
const HOSTILE: &str = concat!(
    "<evil.example>\u{1b}[2J\u{1b}]0;t\u{7}\u{9b}31m\u{202e}gpj\u{2066}\u{200b}\u{feff}\u{2028}\u{61c}\u{0}\r\n---\n# ",
    "<!channel> <@U123> <https://evil.example|x> @here @octocat #1 <script>alert(1)</script><img src=x onerror=y> ",
    "&amp; &lt; \"' [x](https://evil.example) ![i](//evil.example/i) www.evil.example **b** _i_ ~~s~~ `c` ```\n| a | b |\n",
    "|---|---|\n$x$ $`y`$ :skull: - [ ] t {{ 7 * 7 }} {% raw %} \\u003cb\\u003e --> ]]> ${HOME}"
);
/// A part of it that is shown as it is, and at the start, since long values lose their middle.
const MARK: &str = "evil.example";

/// The object's key, a role and its session, Sids, a policy, buckets, and a condition's value.
const IN_REPORTS: &[&str] =
    &["q3.csv", "reporting", "nightly-export", "ReadReports", "OnlyFromTheOffice", "acme-reports", "203.0.113.0"];

/// What a report looks like to all who read it.
struct Rendered {
    text: String,
    json: String,
    markdown: String,
    html: String,
    slack: Value,
    sns: String,
}

fn rendered(report: &Report) -> Rendered {
    let message = sns(report);
    tame::sns(&message);
    Rendered {
        text: text(report, Style { width: 100, color: false }),
        json: json(report, true).unwrap(),
        markdown: markdown(report),
        html: html(std::slice::from_ref(report)).unwrap(),
        slack: slack(report),
        sns: message.body,
    }
}

/// Each rendering, checked.
fn all_tame(report: &Report) -> Rendered {
    let all = rendered(report);
    for plain in [&all.text, &all.json, &all.markdown, &all.html, &all.sns] {
        tame::visible(plain);
    }
    tame::html(&all.html);
    tame::markdown(&all.markdown);
    tame::slack(&all.slack);
    assert_eq!(serde_json::from_str::<Value>(&all.json).unwrap()["event_id"], report.event_id.as_str());
    all
}

fn case_of(sample: &Sample) -> Value {
    serde_json::from_str(&sample.case.to_json()).unwrap()
}

/// Every text of a JSON value, and the names of members that people choose.
fn texts(value: &mut Value, each: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => items.iter_mut().for_each(|item| texts(item, each)),
        Value::Object(members) => members.values_mut().for_each(|member| texts(member, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The case with a word of its texts replaced wherever it stands, so that what belonged together still does; `None` if
/// that is no case any more.
fn with(case: &Value, word: &str, by: &str) -> Option<Case> {
    let mut case = case.clone();
    texts(&mut case, &mut |text| *text = text.replace(word, by));
    Case::parse(&case.to_string()).ok()
}

/// What texts are made of: names, numbers, parts of paths.
fn words(case: &Value) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut case = case.clone();
    texts(&mut case, &mut |text| {
        let parts = text.split(|c: char| !(c.is_alphanumeric() || ".-_".contains(c)));
        // Of the ids of events one is enough.
        let wanted =
            |part: &&str| part.len() > 3 && (!part.contains("0000-4000-8000") || part.ends_with("-000000000001"));
        words.extend(parts.filter(wanted).map(str::to_owned));
    });
    words
}

#[test]
fn a_word_anywhere_may_be_hostile() {
    let mut seen = BTreeSet::new();
    let mut reached = BTreeSet::new();
    for sample in scenarios() {
        let case = case_of(&sample);
        for word in words(&case) {
            let still_wanted = IN_REPORTS.contains(&word.as_str()) && !reached.contains(&word);
            if !seen.insert(word.clone()) && !still_wanted {
                continue;
            }
            let Some(case) = with(&case, &word, &format!("{word}{HOSTILE}")) else { continue };
            // What is no record of a denial any more is told in one line, which the program's tests look at.
            let Ok(denial) = case.read_denial() else { continue };
            let all = all_tame(&explain(&denial, &case.evidence()));
            if [&all.text, &all.markdown, &all.html, &all.slack.to_string()].iter().all(|text| text.contains(MARK)) {
                reached.insert(word);
            }
        }
    }
    for word in IN_REPORTS {
        assert!(reached.contains(*word), "`{word}` is nowhere to be seen");
    }
}

/// The same with what would allow the call: commands, snippets and proofs hold the names as well.
#[test]
fn remedies_of_hostile_names_are_tame() {
    let sample = scenarios().into_iter().find(|sample| sample.name == "space-in-arn").unwrap();
    for word in ["q3.csv", "reporting", "ReadReports", "reports"] {
        let case = with(&case_of(&sample), word, &format!("{word}{HOSTILE}")).unwrap();
        let report = pipeline::explain(&case.read_denial().unwrap(), &case.evidence());
        assert!(!report.remedies.is_empty(), "{word}");
        all_tame(&report);
    }
}

/// The members of the record that no scenario's report shows, and those that are text for people.
#[test]
fn every_member_of_a_record_may_be_hostile() {
    let mut told = 0;
    for sample in scenarios().into_iter().take(4) {
        let case = case_of(&sample);
        let mut count = 0;
        texts(&mut case["denial"].clone(), &mut |_| count += 1);
        for wanted in 0..count {
            for whole in [true, false] {
                let mut case = case.clone();
                let mut at = 0;
                texts(&mut case["denial"], &mut |text| {
                    if at == wanted {
                        *text = if whole { HOSTILE.to_owned() } else { format!("{text}{HOSTILE}") };
                    }
                    at += 1;
                });
                let case = Case::parse(&case.to_string()).unwrap();
                if let Ok(denial) = case.read_denial() {
                    told += 1;
                    all_tame(&explain(&denial, &case.evidence()));
                }
            }
        }
    }
    assert!(told > 100, "only {told} were records");
}

/// A policy that is made of hostile texts, and one that is no JSON at all.
#[test]
fn every_part_of_a_policy_may_be_hostile() {
    let sample = scenarios().into_iter().find(|sample| sample.name == "bucket-policy-denies-by-ip").unwrap();
    let statement = json!({
        "Sid": HOSTILE, "Effect": "Deny", "Principal": {"AWS": ["*", HOSTILE]}, "Action": ["s3:*", HOSTILE],
        "Resource": ["*", HOSTILE],
        "Condition": {"StringNotEquals": {format!("aws:{HOSTILE}"): [HOSTILE], "aws:SourceVpce": [HOSTILE, "vpce-1"]}},
    });
    let near = json!({"Sid": HOSTILE, "Effect": "Allow", "Action": "s3:GetObject", "Resource": HOSTILE});
    for document in [
        json!({"Version": "2012-10-17", "Statement": [statement, near]}),
        json!({"Version": HOSTILE, "Id": HOSTILE, HOSTILE: [], "Statement": [{HOSTILE: HOSTILE, "Effect": HOSTILE}]}),
        json!(format!("{{{HOSTILE}")),
        json!(HOSTILE),
    ] {
        let mut case = case_of(&sample);
        let mut replaced = 0;
        for entry in case["evidence"].as_array_mut().unwrap() {
            if let Some(policy) = entry["answer"].get_mut("known").and_then(|known| known.get_mut("policy")) {
                *policy = document.clone();
                replaced += 1;
            }
        }
        assert!(replaced > 2);
        let case = Case::parse(&case.to_string()).unwrap();
        let all = all_tame(&explain(&case.read_denial().unwrap(), &case.evidence()));
        assert!(all.text.len() < 100_000 && all.html.len() < 200_000);
    }
}

#[test]
fn ten_megabytes_give_a_report_of_a_sane_size() {
    let sample = scenarios().into_iter().find(|sample| sample.name == "space-in-arn").unwrap();
    let case = case_of(&sample);
    for (unit, length) in [("k", 10 << 20), ("<", 1 << 20), ("`", 1 << 20), ("\u{202e}", 1 << 20), ("😀a/", 1 << 20)]
    {
        let key = format!("q3{}.csv", unit.repeat(length / unit.len()));
        let case = with(&case, "q3.csv", &key).unwrap();
        let begun = Instant::now();
        let all = rendered(&pipeline::explain(&case.read_denial().unwrap(), &case.evidence()));
        assert!(begun.elapsed() < Duration::from_mins(1), "{unit:?} took {:?}", begun.elapsed());
        assert!(all.text.len() < 50_000, "{unit:?}: {}", all.text.len());
        assert!(all.markdown.len() < 65_536, "{unit:?}: {}", all.markdown.len());
        assert!(all.html.len() < 100_000, "{unit:?}: {}", all.html.len());
        assert!(all.json.len() < 4 << 20, "{unit:?}: {}", all.json.len());
        tame::slack(&all.slack);
        assert!(all.text.contains(".csv") && all.text.contains('…'));
    }
}

/// The program itself: what it prints to its output, and what it tells of records that it cannot read or does not explain.
#[test]
#[expect(clippy::disallowed_methods, reason = "the program is given files")]
fn the_program_prints_nothing_hostile() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let sample = scenarios().into_iter().find(|sample| sample.name == "two-blockers").unwrap();
    let case = with(&case_of(&sample), "q3.csv", &format!("q3.csv{HOSTILE}")).unwrap();
    let mut undated = case.denial.clone();
    undated["eventTime"] = HOSTILE.into();
    let mut fine = case.denial.clone();
    fine["errorCode"] = Value::Null;
    fine["eventName"] = HOSTILE.into();
    let [event, single, evidence] = ["event", "single", "case"].map(|name| folder.join(format!("hostile-{name}.json")));
    std::fs::write(&event, json!({"Records": [case.denial, undated, fine]}).to_string()).unwrap();
    std::fs::write(&single, fine.to_string()).unwrap();
    std::fs::write(&evidence, case.to_json()).unwrap();
    for format in ["text", "json", "markdown", "html", "slack"] {
        let explain = |event: &std::path::Path| {
            let mut program = Command::new(env!("CARGO_BIN_EXE_deniedby"));
            let done = program.arg("explain").arg(event).arg("--evidence").arg(&evidence);
            let done = done.args(["--format", format]).output().unwrap();
            let (out, told) = (String::from_utf8(done.stdout).unwrap(), String::from_utf8(done.stderr).unwrap());
            tame::visible(&out);
            tame::visible(&told);
            (out, told, done.status.success())
        };
        let (out, told, done) = explain(&single);
        assert!(done && (out + &told).contains("succeeded: there is nothing to explain"));
        let (out, told, done) = explain(&event);
        assert!(!done && told.contains("eventTime"), "{told}");
        assert!(out.contains(MARK) && told.contains("1 denial, and 1 record with nothing to explain"), "{told}");
        match format {
            "markdown" => tame::markdown(&out),
            "html" => tame::html(&out),
            "json" | "slack" => out.lines().for_each(|line| drop(serde_json::from_str::<Value>(line).unwrap())),
            _ => {}
        }
    }
    let done =
        Command::new(env!("CARGO_BIN_EXE_deniedby")).args(["explain", "no\u{1b}[2J\u{202e}file"]).output().unwrap();
    assert_eq!(
        String::from_utf8(done.stderr).unwrap(),
        "cannot read `no\\u{1b}[2J\\u{202e}file`: there is no such file or folder\n"
    );
}
