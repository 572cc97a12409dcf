//! `deniedby scan`, as a program, over log files that are made here.

#![expect(clippy::indexing_slicing, reason = "a test that does not find what it expects has to fail")]

use std::fs::{File, create_dir_all, remove_dir_all};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// A folder of a test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("scan-{name}"));
    if folder.exists() {
        remove_dir_all(&folder).unwrap();
    }
    create_dir_all(&folder).unwrap();
    folder
}

fn write(path: &Path, text: impl AsRef<[u8]>) {
    create_dir_all(path.parent().unwrap()).unwrap();
    File::create(path).unwrap().write_all(text.as_ref()).unwrap();
}

fn packed(text: impl AsRef<[u8]>) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(text.as_ref()).unwrap();
    packer.finish().unwrap()
}

/// A call that succeeded.
fn call(id: usize) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": format!("00000000-0000-4000-8000-{id:012}"),
        "eventTime": format!("2026-11-01T00:{:02}:{:02}Z", id / 60 % 60, id % 60),
        "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "awsRegion": "eu-west-1",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann", "accountId": "111122223333", "userName": "ann"},
        "requestParameters": {"bucketName": "acme-reports", "key": format!("2026/{id}.csv")},
    })
}

/// A call that AWS denied, with its reason if there is one.
fn denial(id: usize, reason: &str) -> Value {
    let mut record = call(id);
    record["errorCode"] = json!("AccessDenied");
    record["errorMessage"] = json!(if reason.is_empty() {
        "Access Denied".to_owned()
    } else {
        format!(
            "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::acme-reports/2026/{id}.csv\" {reason}"
        )
    });
    record
}

const NO_ALLOW: &str = "because no identity-based policy allows the s3:GetObject action";
const DENY: &str = "with an explicit deny in a service control policy";

fn log(records: &[Value]) -> String {
    json!({ "Records": records }).to_string()
}

struct Scanned {
    out: String,
    notices: String,
    ok: bool,
}

fn scan(arguments: &[&str], paths: &[&Path], input: &[u8]) -> Scanned {
    let mut program = Command::new(env!("CARGO_BIN_EXE_deniedby"));
    program.arg("scan").args(arguments).args(paths);
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let done = child.wait_with_output().unwrap();
    Scanned {
        out: String::from_utf8(done.stdout).unwrap(),
        notices: String::from_utf8(done.stderr).unwrap(),
        ok: done.status.success(),
    }
}

fn groups(scanned: &Scanned) -> Vec<Value> {
    scanned.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn denials_are_grouped_by_cause_whatever_holds_them() {
    let folder = folder("groups");
    write(&folder.join("a/1.json"), log(&[call(1), denial(2, NO_ALLOW), denial(3, DENY)]));
    write(&folder.join("a/b/2.json.gz"), packed(log(&[denial(5, NO_ALLOW), denial(4, NO_ALLOW), denial(6, "")])));
    // Several gzip members, a mark before the text, JSON lines, and LookupEvents' output.
    let two = [packed(format!("\u{feff}{}\n", denial(7, DENY))), packed(denial(8, NO_ALLOW).to_string())].concat();
    write(&folder.join("3.JSON.GZ"), two);
    let looked_up = json!({"Events": [{"EventId": "x", "CloudTrailEvent": denial(9, NO_ALLOW).to_string()}]});
    write(&folder.join("4.json"), looked_up.to_string());
    let scanned = scan(&["--format", "json"], &[&folder], b"");
    assert!(scanned.ok, "{}", scanned.notices);
    assert_eq!(scanned.notices, "8 denials in 3 groups, among 9 records of 4 files\n");
    let rows: Vec<_> = groups(&scanned);
    let codes: Vec<_> =
        rows.iter().map(|row| (row["code"].as_str().unwrap(), row["count"].as_u64().unwrap())).collect();
    assert_eq!(codes, [("identity-policy-no-allow", 5), ("scp-explicit-deny", 2), ("unexplained", 1)]);
    assert_eq!(
        rows[0],
        json!({
            "schema": "deniedby/scan/1", "count": 5, "code": "identity-policy-no-allow",
            "title": rows[0]["title"], "who": "user ann (111122223333)", "account": "111122223333",
            "action": "s3:GetObject", "resource": "arn:aws:s3:::acme-reports/2026/*",
            "first": "2026-11-01T00:00:02Z", "last": "2026-11-01T00:00:09Z",
            "first_event_id": "00000000-0000-4000-8000-000000000002",
        })
    );
    assert_eq!(rows[2]["resource"], "arn:aws:s3:::acme-reports/2026/6.csv");
}

#[test]
fn the_table_is_one_line_for_each_group() {
    let folder = folder("table");
    write(&folder.join("log"), log(&[denial(1, NO_ALLOW), denial(2, NO_ALLOW), denial(3, DENY)]));
    let scanned = scan(&[], &[&folder.join("log")], b"");
    let words: Vec<Vec<_>> = scanned.out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["count", "cause", "who", "action", "resource", "first", "last"]);
    assert_eq!(
        words[1],
        [
            "2",
            "identity-policy-no-allow",
            "user",
            "ann",
            "(111122223333)",
            "s3:GetObject",
            "arn:aws:s3:::acme-reports/2026/*",
            "2026-11-01T00:00:01Z",
            "2026-11-01T00:00:02Z"
        ]
    );
    assert_eq!((words.len(), words[2][1]), (3, "scp-explicit-deny"));
}

#[test]
fn standard_input_is_read_too() {
    let scanned = scan(&["--format", "json"], &[Path::new("-")], &packed(log(&[denial(1, DENY)])));
    assert!(scanned.ok && groups(&scanned)[0]["count"] == 1, "{}", scanned.notices);
}

#[test]
fn an_event_that_several_trails_hold_counts_once() {
    let folder = folder("twice");
    write(&folder.join("1.json"), log(&[denial(1, DENY), denial(2, DENY)]));
    write(&folder.join("2.json"), log(&[denial(2, DENY)]));
    let scanned = scan(&["--format", "json"], &[&folder], b"");
    assert_eq!(groups(&scanned)[0]["count"], 2);
    assert!(scanned.notices.ends_with("; 1 duplicate left out\n"), "{}", scanned.notices);
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_counted() {
    let folder = folder("broken");
    let mut undated = denial(2, DENY);
    undated["eventTime"] = json!("yesterday");
    let deep = format!("{{\"errorCode\":{}1{}}}", "[".repeat(200), "]".repeat(200));
    let list = [denial(1, DENY).to_string(), undated.to_string(), "5".to_owned(), deep, denial(3, DENY).to_string()];
    write(&folder.join("records.json"), format!("{{\"Records\":[{}]}}", list.join(",")));
    let whole = log(&[denial(4, DENY), denial(5, DENY)]);
    write(&folder.join("cut.json"), &whole[..whole.len() - 9]);
    let cut = packed(log(&[denial(6, DENY), call(7), call(8)]));
    write(&folder.join("cut.json.gz"), &cut[..cut.len() - 12]);
    // It ends between two lines.
    write(&folder.join("half.json.gz"), [packed(format!("{}\n", denial(9, DENY))), vec![0x1f, 0x8b, 8]].concat());
    let scanned = scan(&["--format", "json"], &[&folder, &folder.join("nowhere")], b"");
    assert!(!scanned.ok);
    for notice in [
        "records.json`: record 2: `eventTime` is `yesterday`, which is not a time like `2026-11-01T00:00:00Z`\n",
        "records.json`: record 3: not an EventBridge event, ",
        "records.json`: record 4: recursion limit exceeded",
        "cut.json`: line 1 column ",
        "cut.json.gz`: cannot be read to its end: its gzip is cut short, or broken\n",
        "half.json.gz`: cannot be read to its end: ",
        "nowhere`: there is no such file or folder\n",
        "\n3 records could not be read, nor 4 files to the end: their denials are missing above\n",
    ] {
        assert!(scanned.notices.contains(notice), "{notice}: {}", scanned.notices);
    }
    assert_eq!(groups(&scanned)[0]["count"], 5, "{}", scanned.notices);
}

#[test]
fn other_files_are_skipped_with_a_notice() {
    let folder = folder("others");
    write(&folder.join("digest.json"), json!({"awsAccountId": "111122223333", "logFiles": []}).to_string());
    write(&folder.join("list.json"), json!({"Records": 5}).to_string());
    write(&folder.join("text.json"), "\"text\"");
    write(&folder.join("notes.txt"), "notes");
    let insight =
        json!({"eventVersion": "1.09", "eventCategory": "Insight", "insightDetails": {"statistics": "errorCode"}});
    write(&folder.join("log.json"), log(&[insight, call(1)]));
    let scanned = scan(&[], &[&folder], b"");
    assert!(scanned.ok, "{}", scanned.notices);
    for name in [
        "digest.json`: it is no",
        "list.json`: it is no",
        "text.json`: it is no",
        "notes.txt`: it is not named as log files are; give it by name to read it\n",
    ] {
        assert!(scanned.notices.contains(name), "{name}: {}", scanned.notices);
    }
    let last = "\n0 denials in 0 groups, among 2 records of 1 file; 4 other files skipped\n";
    assert!(scanned.out.is_empty() && scanned.notices.ends_with(last), "{}", scanned.notices);
    let scanned = scan(&[], &[&folder.join("digest.json")], b"");
    assert!(!scanned.ok && scanned.notices.contains("no log file is there"), "{}", scanned.notices);
}

/// Logs of viewers' requests: WAF's as lines of JSON, CloudFront's in both forms.
#[test]
fn what_viewers_were_refused_is_counted_by_host() {
    let folder = folder("viewers");
    let waf = |id: usize, action: &str| {
        json!({
            "timestamp": 1_793_587_271_981_u64, "webaclId": "arn:aws:wafv2:us-east-1:111122223333:global/webacl/site/a1b2",
            "action": action, "terminatingRuleId": "flood", "terminatingRuleType": "RATE_BASED",
            "httpRequest": {
                "clientIp": format!("198.51.100.{id}"), "uri": format!("/{id}"), "httpMethod": "GET", "requestId": format!("w-{id}"),
                "headers": [{ "name": "Host", "value": "www.example.com" }],
            },
        })
        .to_string()
    };
    let lines = [waf(1, "BLOCK"), waf(2, "ALLOW"), waf(3, "BLOCK")].join("\n");
    write(&folder.join("aws-waf-logs_site_1.log.gz"), packed(lines));
    let names = "date\ttime\tc-ip\tcs-method\tcs(Host)\tcs-uri-stem\tsc-status\tx-edge-request-id\tx-host-header\tx-edge-detailed-result-type";
    let row = |id: usize, status: u16, kind: &str| {
        format!(
            "2026-11-02\t02:40:0{id}\t203.0.113.9\tGET\td1.cloudfront.net\t/{id}\t{status}\tc-{id}\twww.example.com\t{kind}"
        )
    };
    let mut file = format!("#Version: 1.0\n#Fields: {}\n", names.replace('\t', " "));
    for row in [row(1, 403, "ClientGeoBlocked"), row(2, 200, "Hit"), row(3, 403, "Error")] {
        file += &(row + "\n");
    }
    write(&folder.join("EMLARXS9EXAMPLE.2026-11-02-02.RT4KCN4SGK9.gz"), packed(&file));
    let scanned = scan(&["--format", "json"], &[&folder], b"");
    assert!(scanned.ok, "{}", scanned.notices);
    let rows: Vec<_> = groups(&scanned)
        .iter()
        .map(|row| {
            format!("{} {} {} {} {}", row["count"], row["code"], row["who"], row["action"], row["resource"])
                .replace('"', "")
        })
        .collect();
    for row in [
        "2 waf-block a viewer GET www.example.com/*",
        "1 cloudfront-geo-restriction a viewer GET www.example.com/1",
        "1 unexplained a viewer GET www.example.com/3",
    ] {
        assert!(rows.contains(&row.to_owned()), "{row}: {rows:?}");
    }
    write(&folder.join("cut.json"), format!("{file}cut"));
    let scanned = scan(&["--format", "json"], &[&folder.join("cut.json")], b"");
    assert!(
        !scanned.ok
            && scanned.notices.contains("cut.json`: record 4: line 6 has not the fields that `#Fields:` names\n"),
        "{}",
        scanned.notices
    );
}

#[test]
fn what_attackers_write_is_escaped() {
    const HOSTILE: &str = "\u{1b}[2J\u{202e}\u{200b}\u{9b}a\nb";
    let folder = folder("hostile");
    let mut record = denial(1, "");
    record["userIdentity"]["arn"] = json!(format!("arn:aws:iam::111122223333:user/{HOSTILE}"));
    record["requestParameters"]["key"] = json!(format!("{HOSTILE}/x"));
    record["eventID"] = json!(HOSTILE);
    let mut broken = denial(2, "");
    broken["eventTime"] = json!(HOSTILE);
    write(&folder.join(format!("{}.json", HOSTILE.replace('\0', ""))), log(&[record, broken]));
    for format in ["text", "json"] {
        let scanned = scan(&["--format", format], &[&folder], b"");
        let text = scanned.out.clone() + &scanned.notices;
        assert!(text.contains("u{1b}[2J") && text.contains("u{202e}") && text.contains("u{9b}"), "{text}");
        let hidden = |c: &char| (c.is_control() && *c != '\n') || matches!(c, '\u{200b}' | '\u{202e}');
        assert_eq!(text.chars().find(hidden), None, "{text}");
        assert_eq!(scanned.out.lines().count(), if format == "text" { 2 } else { 1 });
    }
}

/// 16 MB for a record are the limit, whatever the file's size and however well it is packed.
#[test]
fn a_record_without_an_end_takes_no_memory() {
    let folder = folder("endless");
    let mut packer = GzEncoder::new(File::create(folder.join("1.json.gz")).unwrap(), Compression::fast());
    write!(packer, "{{\"Records\":[{},\"", denial(1, DENY)).unwrap();
    let mebibyte = vec![b'x'; 1 << 20];
    (0..64).for_each(|_| packer.write_all(&mebibyte).unwrap());
    write!(packer, "\",{}]}}", denial(2, DENY)).unwrap();
    packer.finish().unwrap();
    let scanned = scan(&["--format", "json"], &[&folder], b"");
    assert!(!scanned.ok && scanned.notices.contains("it has a record of more than 16 MB"), "{}", scanned.notices);
    assert_eq!(groups(&scanned)[0]["count"], 1);
}
