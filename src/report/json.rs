//! The report as JSON: schema `deniedby/report/1`.

use serde_json::Value;

use super::Report;
use super::escape::{hidden, middle};

/// The longest text. The largest that AWS takes is a key policy, of 32 KB, and a command that writes one:
/// <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>.
const TEXT_MAX: usize = 64 * 1024;

/// The report as JSON, on one line or, if `pretty`, on many.
///
/// Characters that nobody would see, or that turn the direction of text, are JSON's own escapes: a parser reads what the
/// event had. A text that is longer than any of AWS's loses its middle.
///
/// # Errors
/// None that a report can cause: its members are text, numbers and lists.
pub fn json(report: &Report, pretty: bool) -> Result<String, serde_json::Error> {
    let mut value = serde_json::to_value(report)?;
    shorten(&mut value);
    let json = if pretty { serde_json::to_string_pretty(&value)? } else { serde_json::to_string(&value)? };
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // A line break stands between members, never in a text.
        if hidden(c) && c != '\n' {
            out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    Ok(out)
}

fn shorten(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > TEXT_MAX => *text = middle(text, TEXT_MAX, |c, out| out.push(c)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(members) => members.values_mut().for_each(shorten),
    }
}

#[cfg(test)]
mod tests {
    use super::super::escape::length;
    use super::super::sample;
    use super::*;

    #[test]
    fn hidden_characters_are_escapes_and_stay_what_they_are() {
        let mut report = sample::explained();
        report.requests[0].resource = "a\u{202e}b\u{e0041}\u{7f}\n".to_owned();
        for pretty in [false, true] {
            let json = json(&report, pretty).unwrap();
            assert!(json.contains("a\\u202eb\\udb40\\udc41\\u007f\\n"), "{json}");
            assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), serde_json::to_value(&report).unwrap());
        }
    }

    #[test]
    fn it_is_what_serde_writes() {
        for report in [sample::explained(), sample::partly_explained(), sample::unexplained()] {
            assert_eq!(json(&report, false).unwrap(), serde_json::to_string(&report).unwrap());
            assert_eq!(json(&report, true).unwrap(), serde_json::to_string_pretty(&report).unwrap());
        }
    }

    #[test]
    fn what_no_service_of_aws_would_take_loses_its_middle() {
        let mut report = sample::explained();
        report.causes[0].places[0].actual = format!("arn:aws:s3:::b/{}.csv", "k".repeat(10 << 20));
        report.causes[0].places[0].wanted = "w".repeat(TEXT_MAX);
        let value: Value = serde_json::from_str(&json(&report, false).unwrap()).unwrap();
        let place = &value["causes"][0]["where"][0];
        let actual = place["actual"].as_str().unwrap();
        assert!(length(actual) == TEXT_MAX && actual.contains("k…k") && actual.ends_with("k.csv"));
        assert_eq!(place["wanted"], "w".repeat(TEXT_MAX));
    }
}
