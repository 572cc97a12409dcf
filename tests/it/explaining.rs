//! How `simulate` explains a decision: what blocks it, and which statements come nearest.

use deniedby::simulate::Simulator;
use serde_json::{Map, Value, json};

use crate::decisions::rows;

fn answer(request: &Map<String, Value>) -> Value {
    serde_json::from_str(&Simulator::default().answer(&serde_json::to_string(request).unwrap())).unwrap()
}

/// The request where a layer stands in the way of nothing. A resource's policy then lets in the caller by name, which
/// stands in for other policies, or only its account.
fn without(layer: &str, by_name: bool, request: &mut Map<String, Value>) {
    let named = json!({ "name": "all", "document": {
        "Version": "2012-10-17", "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" },
    } });
    let principal = request.get("principal").and_then(Value::as_str).unwrap_or_default().to_owned();
    let account = principal.split(':').nth(4).map(str::to_owned);
    let principal = match account {
        _ if principal.contains("-provider/") => json!({ "Federated": principal }),
        Some(_) if by_name => json!({ "AWS": principal }),
        Some(account) => json!({ "AWS": account }),
        None if principal == "anonymous" => json!("*"),
        None => json!({ "Service": principal }),
    };
    let (member, value) = match layer {
        "root-cannot-assume-role" => {
            let user = principal.get("AWS").and_then(Value::as_str).unwrap_or_default().replace(":root", ":user/ann");
            request.insert("principal".to_owned(), user.into());
            ("identity_policies", json!([named]))
        }
        "kms-operation-cross-account" => {
            let account = request.get("resource").and_then(|resource| resource.get("account")?.as_str());
            let user = format!("arn:aws:iam::{}:user/ann", account.unwrap_or_default());
            request.insert("principal".to_owned(), user.clone().into());
            let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Principal": { "AWS": user } });
            ("resource_policy", json!({ "Version": "2012-10-17", "Statement": statement }))
        }
        "identity-policy" => ("identity_policies", json!([named])),
        "session-policy" => ("session_policies", json!([named])),
        "permissions-boundary" => ("permissions_boundary", named),
        "scp" => ("service_control_policies", Value::Null),
        "rcp" => ("resource_control_policies", Value::Null),
        "vpc-endpoint-policy" => ("vpc_endpoint_policy", Value::Null),
        "block-public-access" => ("block_public_access", Value::Null),
        "resource-policy" | "kms-key-policy" | "trust-policy" => {
            let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Principal": principal });
            ("resource_policy", json!({ "Version": "2012-10-17", "Statement": statement }))
        }
        other => panic!("no line brings layer {other}"),
    };
    request.insert(member.to_owned(), value);
}

/// Of the rows of all decision tables.
#[test]
fn without_all_that_blocks_a_request_is_allowed_and_with_any_of_it_denied() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for row in rows() {
        let found = answer(&row.request);
        let blocked: Vec<_> = found["blocked_by"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if blocked.is_empty() || found["possible"].as_array().map_or(0, Vec::len) != 1 {
            continue;
        }
        seen += 1;
        let mut free = row.request.clone();
        for layer in &blocked {
            without(layer, true, &mut free);
        }
        let decision = answer(&free)["decision"].clone();
        if decision == "explicitly-denied" || decision == "implicitly-denied" {
            wrong.push(format!("{}: {decision} without {blocked:?}", row.title()));
        }
        for kept in &blocked {
            let mut rest = row.request.clone();
            for layer in blocked.iter().filter(|layer| *layer != kept) {
                without(layer, false, &mut rest);
            }
            let decision = answer(&rest)["decision"].clone();
            if decision == "allowed" {
                wrong.push(format!("{}: {decision} with {kept} of {blocked:?}", row.title()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {seen} rows:\n{}", wrong.len(), wrong.join("\n"));
    assert!(seen > 500, "only {seen} rows are blocked");
}

#[test]
fn near_misses_come_with_the_fewest_failed_elements_first() {
    let statement = |sid: &str, action: &str, resource: &str, address: &str| {
        json!({ "Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource,
            "Condition": { "IpAddress": { "aws:SourceIp": address } } })
    };
    let statements = [
        statement("Three", "sqs:*", "arn:aws:s3:::other/*", "198.51.100.0/24"),
        statement("One", "s3:GetObject", "arn:aws:s3:::b/*", "198.51.100.0/24"),
        statement("Two", "s3:GetObject", "arn:aws:s3:::other/*", "198.51.100.0/24"),
        json!({ "Sid": "Far", "Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:s3:::other/*",
            "Condition": { "IpAddress": { "aws:SourceIp": "198.51.100.0/24" }, "Bool": { "aws:SecureTransport": "true" } } }),
    ];
    let request = json!({
        "principal": "arn:aws:iam::111122223333:user/ann", "action": "s3:GetObject",
        "resource": { "arn": "arn:aws:s3:::b/k", "account": "111122223333" }, "context": { "aws:SourceIp": "192.0.2.1" },
        "identity_policies": [{ "name": "p", "document": { "Version": "2012-10-17", "Statement": statements } }],
    });
    let Value::Object(request) = request else { panic!("a request is an object") };
    let found = answer(&request);
    assert_eq!(found["blocked_by"], json!(["identity-policy"]));
    let told = found.pointer("/layers/0/statements").and_then(Value::as_array).unwrap();
    let told: Vec<_> = told.iter().map(|row| json!([row["statement"], row["match"], row["first_failed"]])).collect();
    let expect = json!([
        ["One", "false", "Condition.IpAddress.aws:SourceIp"],
        ["Two", "false", "Resource"],
        ["Three", "false", "Action"],
    ]);
    assert_eq!(Value::Array(told), expect);
}

/// What cannot be understood leaves a decision open: the answer says where it is.
#[test]
fn what_is_not_understood_is_named() {
    let statement = |member: &str| json!({ "Version": "2012-10-17", "Statement": { member: "Allow", "Action": "s3:*", "Resource": "*" } });
    for (document, notes) in [
        (statement("Effect"), json!(null)),
        (statement("Efect"), json!(["`p`: `Statement[0].Effect` is neither `Allow` nor `Deny`"])),
        (json!({}), json!(["`p`: the policy has no `Statement`"])),
    ] {
        let line = json!({
            "principal": "arn:aws:iam::111122223333:user/ann", "action": "s3:GetObject",
            "resource": { "arn": "arn:aws:s3:::b/k", "account": "111122223333" },
            "identity_policies": [{ "name": "p", "document": document }],
        });
        let answer: Value = serde_json::from_str(&Simulator::default().answer(&line.to_string())).unwrap();
        assert_eq!(answer["notes"], notes);
    }
}
