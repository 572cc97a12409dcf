//! A report as a line that `CloudWatch` counts: how many denials, with which verdict, and how often what was read
//! contradicts AWS's own message. Our quality, by AWS's word.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use serde_json::json;

use super::headline::verdict;
use super::{Agreement, Report};

const NAMESPACE: &str = "deniedby";

/// One line of JSON; `milliseconds` is the time since 1970. It holds no word of the event.
#[must_use]
pub fn metric(report: &Report, milliseconds: i64) -> String {
    let contradicted = report.stated.as_ref().is_some_and(|stated| stated.evaluation == Agreement::Contradicts);
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
        "Verdict": verdict(report.verdict),
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

    #[test]
    fn each_metric_has_its_value_and_each_dimension_its_name() {
        for (evaluation, counted) in [(Agreement::Agrees, 0), (Agreement::Contradicts, 1), (Agreement::Open, 0)] {
            let mut report = sample::explained();
            report.verdict = Verdict::NotReproduced;
            report.stated = Some(Stated { reason: "a service control policy denies it".to_owned(), evaluation });
            let line = metric(&report, 1_795_651_200_000);
            assert!(!line.contains('\n'));
            let line: Value = serde_json::from_str(&line).unwrap();
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
