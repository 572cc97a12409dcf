//! The command line as a program: what it reads, what it prints where, and how it ends.

#![expect(clippy::indexing_slicing, reason = "a test that does not find what it expects has to fail")]

use std::fs::{File, create_dir_all};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use deniedby::case::Case;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::world::{read, root};

/// A file of a test's own.
fn file(name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command-line");
    create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    File::create(&path).unwrap().write_all(bytes.as_ref()).unwrap();
    path
}

fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_deniedby"));
    program.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

struct Done {
    out: String,
    err: String,
    code: Option<i32>,
}

fn run(arguments: &[&str]) -> Done {
    ended(program(arguments).spawn().unwrap())
}

fn ended(child: Child) -> Done {
    let done = child.wait_with_output().unwrap();
    let [out, err] = [done.stdout, done.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Done { out, err, code: done.status.code() }
}

const EVENT: &str = "events/space-in-arn";

fn case() -> String {
    root().join(EVENT).join("case.json").display().to_string()
}

/// The record of a denied call, whose answers are in `case`.
fn denial(id: usize) -> Value {
    let event: Value = serde_json::from_str(&read(root().join(EVENT).join("event.json"))).unwrap();
    let mut record = event.get("detail").cloned().unwrap_or(event);
    if id > 0 {
        record["eventID"] = json!(format!("e-{id}"));
    }
    record
}

/// The same call, where it succeeded.
fn call(id: usize) -> Value {
    let mut record = denial(id);
    let members = record.as_object_mut().unwrap();
    members.remove("errorCode");
    members.remove("errorMessage");
    record
}

fn log(records: &[Value]) -> String {
    json!({ "Records": records }).to_string()
}

fn lines(records: &[Value]) -> String {
    records.iter().fold(String::new(), |text, record| text + &record.to_string() + "\n")
}

/// `explain` by a case, as JSON.
fn explain(path: &Path) -> Done {
    run(&["explain", path.to_str().unwrap(), "--evidence", &case(), "--format", "json"])
}

/// The ids of the events that are explained.
fn explained(done: &Done) -> Vec<String> {
    let of = |text: &str| serde_json::from_str::<Value>(text).unwrap()["event_id"].as_str().unwrap().to_owned();
    if done.out.starts_with("{\n") { vec![of(&done.out)] } else { done.out.lines().map(of).collect() }
}

#[test]
fn the_denials_of_a_log_are_explained_and_the_rest_is_counted() {
    let records: Vec<_> = (1..=300).map(|id| if id % 100 == 0 { denial(id) } else { call(id) }).collect();
    for (name, text) in [("log.json", log(&records)), ("log.jsonl", lines(&records))] {
        let done = explain(&file(name, text));
        assert_eq!(explained(&done), ["e-100", "e-200", "e-300"]);
        let (warning, count) = done.err.split_once('\n').unwrap();
        assert!(warning.starts_with("warning: the case is of event "), "{warning}");
        assert_eq!((count, done.code), ("3 denials, and 297 records with nothing to explain\n", Some(0)));
    }
}

#[test]
fn of_a_single_record_it_is_said_why_there_is_nothing_to_explain() {
    let said = "`GetObject` of `s3.amazonaws.com` succeeded: there is nothing to explain\n";
    for (name, text) in [("one.json", call(1).to_string()), ("one-log.json", log(&[call(1)]))] {
        let path = file(name, text);
        let done = run(&["explain", path.to_str().unwrap()]);
        assert_eq!((done.out.as_str(), done.err.as_str(), done.code), (said, "", Some(0)));
        let done = explain(&path);
        assert_eq!((done.out.as_str(), done.err.as_str(), done.code), ("", said, Some(0)));
    }
}

#[test]
fn records_are_read_however_they_are_laid_out() {
    let [one, two] = [denial(1), denial(2)];
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap();
    let whole = json!({ "Records": [one, two] });
    let layouts = [
        ("pretty", pretty(&whole)),
        ("a-record-a-line", format!("{{\"Records\":[\n{one},\n{two}\n]}}\n")),
        ("lists", format!("[{one}]\n[{two}]\n")),
        ("one-line", format!("{one}{two}")),
        ("pretty-behind-compact", format!("{one}\n{}\n", pretty(&json!({ "Records": [two] })))),
        ("marked", format!("\u{feff}{one}\r\n\r\n{two}\r\n")),
    ];
    for (name, text) in layouts {
        let done = explain(&file(&format!("{name}.json"), text));
        assert_eq!(
            (explained(&done), done.code),
            (vec!["e-1".to_owned(), "e-2".to_owned()], Some(0)),
            "{name}: {}",
            done.err
        );
    }
    let single = format!("{{\"Records\":[\n{one}\n]}}\n");
    assert_eq!(explained(&explain(&file("single.json", single))), ["e-1"]);
    // A list of what is not CloudTrail's holds denials without an error code.
    let waf = json!([{ "webaclId": "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2", "action": "BLOCK",
        "timestamp": 1_793_587_271_981_u64, "httpRequest": { "requestId": "w-1" } }]);
    assert_eq!(explained(&explain(&file("waf.json", waf.to_string()))), ["w-1"]);
}

#[test]
fn a_broken_line_does_not_keep_the_others_from_being_read() {
    let record = |id| denial(id).to_string();
    let cut = |text: String, at: usize| text[..at].to_owned();
    let colon = record(2).find("\"eventVersion\":").unwrap() + "\"eventVersion\":".len();
    for (name, broken, column) in [
        ("in-a-text", cut(record(2), 900), 900),
        ("behind-a-colon", cut(record(2), colon), colon),
        ("behind-a-comma", "{\"a\":1,".to_owned(), 7),
        ("no-json", "oops".to_owned(), 1),
    ] {
        let path = file(&format!("half-{name}.jsonl"), [record(1), broken, record(3), record(4)].join("\n"));
        let done = explain(&path);
        assert_eq!(
            (explained(&done), done.code),
            (vec!["e-1".to_owned(), "e-3".to_owned(), "e-4".to_owned()], Some(1))
        );
        let said = done.err.lines().last().unwrap();
        assert!(said.starts_with("line 2 column ") && said.ends_with(" is not JSON"), "{name}: {said}");
        assert!(name == "no-json" || said.contains(&format!("column {column} ")), "{name}: {said}");
        let done = run(&["scan", path.to_str().unwrap()]);
        assert!(done.err.contains(&format!("{name}.jsonl`: record 2: line 2 column ")), "{}", done.err);
        assert!(done.err.contains("3 denials in 1 group, among 4 records of 1 file\n"), "{}", done.err);
        assert!(done.err.ends_with("1 record could not be read: its denials are missing above\n"), "{}", done.err);
    }
    let done = explain(&file("half-first.jsonl", [cut(record(1), 900), record(2), record(3)].join("\n")));
    assert_eq!(explained(&done), ["e-2", "e-3"]);
    let done =
        explain(&file("half-both.jsonl", [record(1), cut(record(2), 900), cut(record(3), 80), record(4)].join("\n")));
    assert_eq!(explained(&done), ["e-1", "e-4"], "{}", done.err);
    let done = explain(&file("half-number.jsonl", [record(1), "5".to_owned(), record(3)].join("\n")));
    assert_eq!(explained(&done), ["e-1", "e-3"]);
    assert!(done.err.ends_with("line 2 is no record\n"), "{}", done.err);
    let mut undated = denial(2);
    undated["eventTime"] = json!("yesterday");
    let done = explain(&file("undated.json", log(&[denial(1), undated, denial(3)])));
    assert_eq!((explained(&done).len(), done.code), (2, Some(1)));
    assert!(
        done.err.ends_with("record 2: `eventTime` is `yesterday`, which is not a time like `2026-11-01T00:00:00Z`\n")
    );
}

#[test]
fn what_cannot_be_read_is_said_in_words_that_help() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(log(&[denial(1)]).as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let utf16: Vec<u8> = "\u{feff}{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let row = "2026-11-02\t02:22:07\tFRA56-P1\t500\t192.0.2.10\tGET\n";
    for (path, said) in [
        (root().join("nowhere"), "nowhere`: there is no such file or folder"),
        (root().join("events"), "events`: it is a folder; `deniedby scan` reads folders"),
        (file("utf16", utf16), "utf16`: it is UTF-16, or no text: save it as UTF-8"),
        (file("cut.gz", &packed[..packed.len() / 2]), "cut.gz`: its gzip is cut short, or broken"),
        (
            file("no-head", row),
            "no-head`: it has the columns of a log of CloudFront, and no line `#Fields:` that names them",
        ),
        (
            file("a-case", read(root().join(EVENT).join("case.json"))),
            "this is a case: give it to `--evidence`, or to `fix`",
        ),
        (file("a-text", "text\n"), "line 1 column 2 is not JSON: give a CloudTrail event, or a file of them"),
        (file("texts", "a text\nof lines\nthat are none\n"), "line 1 column 1 is not JSON: give "),
        (file("null", "null\n"), "not an EventBridge event, "),
        (file("notes", "# Notes\n"), "not an EventBridge event, "),
        (file("empty", ""), "the input is empty"),
        (
            file("half.json", &log(&[denial(1), denial(2)])[..2_500]),
            "half.json`: line 1 column 2500 is not JSON, and nothing",
        ),
    ] {
        let done = run(&["explain", path.to_str().unwrap(), "--evidence", &case()]);
        let last = done.err.lines().last().unwrap();
        assert!(
            last.contains(said) && !last.contains("os error") && done.code == Some(1),
            "{}: {}",
            path.display(),
            done.err
        );
    }
    let done = run(&["simulate", root().to_str().unwrap()]);
    assert!(done.err.ends_with("`: it is a folder; `deniedby scan` reads folders\n"), "{}", done.err);
    for time in ["abc", "0", "2d", ""] {
        let done = run(&["explain", "-", "--timeout", time]);
        assert!(done.err.contains("give a time from 1 second to 1 day, such as `20`, `90s` or `2m`"), "{}", done.err);
    }
}

/// Reports come while the input is still being written, and records that need none take no memory.
#[test]
fn a_log_is_read_as_a_stream() {
    let mut child = program(&["explain", "-", "--evidence", &case(), "--format", "json"]);
    let mut child = child.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut reports = BufReader::new(child.stdout.take().unwrap());
    write!(input, "{{\"Records\":[{}", denial(1)).unwrap();
    let call = format!(",{}", call(2)).repeat(500);
    let megabytes = 48;
    (0..megabytes * 1_000_000 / call.len()).for_each(|_| input.write_all(call.as_bytes()).unwrap());
    let mut report = String::new();
    reports.read_line(&mut report).unwrap();
    assert!(report.contains("\"event_id\":\"e-1\""), "{report}");
    if cfg!(target_os = "linux") {
        let status = read(format!("/proc/{}/status", child.id()));
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix(" kB")).unwrap();
        let most = most.trim().parse::<usize>().unwrap() / 1_000;
        assert!(most < megabytes + 20, "{most} MB for {megabytes} MB");
    }
    write!(input, "]}}").unwrap();
    drop(input);
    reports.read_to_string(&mut report).unwrap();
    assert_eq!(report.lines().count(), 1);
    assert_eq!(ended(child).code, Some(0));
}

#[test]
fn the_work_ends_when_nobody_reads_any_more() {
    let mut child = program(&["explain", "-", "--evidence", &case(), "--format", "json"]);
    let mut child = child.stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut first = String::new();
    let mut reports = BufReader::new(child.stdout.take().unwrap());
    (1..8).for_each(|id| input.write_all(lines(&[denial(id)]).as_bytes()).unwrap());
    reports.read_line(&mut first).unwrap();
    drop(reports);
    // It does not read on for ever.
    let taken = (8..20_000).take_while(|id| input.write_all(lines(&[denial(*id)]).as_bytes()).is_ok()).count();
    assert!(taken < 10_000, "{taken} more records were read");
    assert_eq!(ended(child).code, Some(0));
}

#[test]
fn a_case_is_kept_before_anything_can_be_lost() {
    let event = file("kept.json", denial(0).to_string());
    let event = event.to_str().unwrap();
    let kept = file("kept-case.json", "an old one");
    let done = run(&["explain", event, "--evidence", &case(), "--save-case", "/nowhere/case.json"]);
    assert_eq!(
        (done.out.as_str(), done.err.as_str(), done.code),
        ("", "cannot write `/nowhere/case.json`: there is no such file or folder\n", Some(1))
    );
    if cfg!(target_os = "linux") {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut full_program =
            program(&["explain", event, "--evidence", &case(), "--save-case", kept.to_str().unwrap()]);
        let done = ended(full_program.stdout(full).spawn().unwrap());
        let said = "cannot write to standard output: there is no space left\n";
        assert_eq!((done.err.as_str(), done.code), (said, Some(1)));
        assert!(Case::parse(&read(&kept)).is_ok());
    }
    let several = file("several.json", log(&[denial(1), denial(2)]));
    let done =
        run(&["explain", several.to_str().unwrap(), "--evidence", &case(), "--save-case", kept.to_str().unwrap()]);
    assert_eq!(done.err, "`--save-case` keeps one denial, and the input holds several records\n");
}

#[test]
fn exit_codes_are_what_the_readme_says() {
    let of = |arguments: &[&str]| run(arguments).code;
    let unread = log(&[denial(1), json!({}), call(2)]);
    for (arguments, code) in [
        (vec!["explain", file("exit-0.json", call(1).to_string()).to_str().unwrap()], 0),
        (vec!["explain", file("exit-1.json", unread).to_str().unwrap(), "--evidence", &case()], 1),
        (vec!["explain", "--format", "json"], 2),
        (vec!["simulate", file("exit-0.jsonl", "oops\n").to_str().unwrap()], 0),
        (vec!["scan", file("exit-2.json", "[]").to_str().unwrap()], 0),
        (vec!["demo", "nosuch"], 1),
    ] {
        assert_eq!(of(&arguments), Some(code), "{arguments:?}");
    }
}

#[test]
fn permissions_are_printed_as_iam_takes_them() {
    let of = |arguments: &[&str]| run(&[&["permissions", "--account", "111122223333"], arguments].concat());
    for role in ["read", "management"] {
        let policy: Value = serde_json::from_str(&of(&["--role", role]).out).unwrap();
        let members: Vec<_> = policy.as_object().unwrap().keys().collect();
        assert_eq!(members, ["Version", "Statement"]);
        let all: Value = serde_json::from_str(&of(&[]).out).unwrap();
        assert_eq!(all[role], policy);
    }
    let policy = of(&["--role", "fix", "--fix", "resource-allow", "--region", "cn-north-1"]).out;
    assert!(policy.starts_with("{\n  \"Version\"") && policy.contains("arn:aws-cn:"), "{policy}");
    for (arguments, said) in [
        (
            ["--role", "fix", "--region", "eu-west-1"],
            "say what the role may change: name kinds of remedies with `--fix`",
        ),
        (
            ["--fix", "requester-pays", "--region", "eu-west-1"],
            "`requester-pays` is advice for people, and no role makes it",
        ),
        (
            ["--fix", "nothing", "--region", "eu-west-1"],
            "`nothing` is no kind of remedy: give some of bucket-owner-full",
        ),
        (["--region", "mars", "--role", "read"], "give a Region such as `eu-west-1`"),
    ] {
        let done = of(&arguments);
        assert!(done.out.is_empty() && done.err.contains(said) && done.code != Some(0), "{said}: {}", done.err);
    }
}

#[test]
#[cfg(feature = "aws")]
fn a_record_that_is_not_there_is_looked_for_where_it_is_said() {
    for (arguments, folder) in [
        (vec!["one"], "deniedby-records"),
        (vec!["one.json"], "deniedby-records"),
        (vec!["one", "--records", "mine"], "mine"),
        (vec!["mine/one.json"], "mine"),
    ] {
        let done = run(&[vec!["undo"], arguments].concat());
        let said =
            format!("there is no record `one` in `{folder}`: give its folder with `--records`, or the table of ");
        assert!(done.err.starts_with(&said) && done.code == Some(1), "{}", done.err);
    }
}
