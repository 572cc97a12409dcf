//! Lines that `CloudWatch` counts: how many denials, with which verdict, and how often what was read contradicts AWS's own
//! message, which is our quality by AWS's word; and how many findings a sink refuses.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use serde_json::json;

use super::headline::verdict;
use super::{Agreement, Report};

const NAMESPACE: &str = "deniedby";

/// What is counted. No word of an event is in it.
#[derive(Debug, Clone, Copy)]
pub enum Metric<'a> {
    /// A denial that was explained.
    Explained(&'a Report),
    /// A denial that people heard of before.
    Repeated,
    /// A finding that a sink, by its name, will not take.
    Refused(&'static str),
}

/// One line of JSON; `milliseconds` is the time since 1970.
#[must_use]
pub fn metric(metric: Metric<'_>, milliseconds: i64) -> String {
    match metric {
        Metric::Explained(report) => {
            let contradicted = report.stated.as_ref().is_some_and(|stated| stated.evaluation == Agreement::Contradicts);
            denial(verdict(report.verdict), contradicted, milliseconds)
        }
        Metric::Repeated => denial("repeated", false, milliseconds),
        Metric::Refused(sink) => json!({
            "_aws": {
                "Timestamp": milliseconds,
                "CloudWatchMetrics": [{
                    "Namespace": NAMESPACE,
                    "Dimensions": [["Sink"]],
                    "Metrics": [{ "Name": "Refused", "Unit": "Count" }],
                }],
            },
            "Sink": sink,
            "Refused": 1,
        })
        .to_string(),
    }
}

fn denial(verdict: &str, contradicted: bool, milliseconds: i64) -> String {
    json!({
        "_aws": {
            "Timestamp": milliseconds,
            "CloudWatchMetrics": [{
                "Namespace": NAMESPACE,
                "Dimensions": [["Verdict"]],
                "Metrics": [
                    { "Name": "Denials", "Unit": "Count" },
                    { "Name": "MessageContradicted", "Unit": "Count" },
                ],
            }],
        },
        "Verdict": verdict,
        "Denials": 1,
        "MessageContradicted": u8::from(contradicted),
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::{Stated, Verdict, sample};
    use super::*;

    fn line(counted: Metric<'_>) -> Value {
        let line = metric(counted, 1_795_651_200_000);
        assert!(!line.contains('\n'));
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn what_people_heard_of_and_what_they_did_not_is_counted() {
        let repeated = line(Metric::Repeated);
        assert_eq!((&repeated["Verdict"], &repeated["Denials"]), (&json!("repeated"), &json!(1)));
        let refused = line(Metric::Refused("slack"));
        assert_eq!((&refused["Sink"], &refused["Refused"]), (&json!("slack"), &json!(1)));
        let directive = &refused["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["Sink"]]));
        assert_eq!(directive["Metrics"][0]["Name"], "Refused");
    }

    #[test]
    fn each_metric_has_its_value_and_each_dimension_its_name() {
        for (evaluation, counted) in [(Agreement::Agrees, 0), (Agreement::Contradicts, 1), (Agreement::Open, 0)] {
            let mut report = sample::explained();
            report.verdict = Verdict::NotReproduced;
            report.stated = Some(Stated { reason: "a service control policy denies it".to_owned(), evaluation });
            let line = line(Metric::Explained(&report));
            let directive = &line["_aws"]["CloudWatchMetrics"][0];
            for metric in directive["Metrics"].as_array().unwrap() {
                assert!(line[metric["Name"].as_str().unwrap()].is_u64(), "{metric}");
            }
            for dimension in directive["Dimensions"][0].as_array().unwrap() {
                assert!(line[dimension.as_str().unwrap()].is_string(), "{dimension}");
            }
            assert_eq!((&line["MessageContradicted"], &line["Verdict"]), (&json!(counted), &json!("not-reproduced")));
        }
    }
}
