//! Decisions, table by table: the rows are in `tests/decisions`, each with the page that it comes from.
#![expect(clippy::indexing_slicing, reason = "a test that does not find what it expects has to fail")]

use deniedby::evaluate::{BlockerKind, Body, Evaluation, Gap, Input, Named, Outcome, Possible, Shape, Source, World};
use deniedby::evaluate::{evaluate, holds};
use deniedby::evidence::Why;
use deniedby::layer::Layer;
use deniedby::policy::Policy;
use deniedby::request::{Action, Context, Key, Principal, PrincipalKind, Request, Resource};
use deniedby::truth::Truth;
use serde_json::{Value, json};

const SAME_ACCOUNT: &str = include_str!("../decisions/same-account.json");
const REQUESTS: &str = include_str!("../decisions/requests.json");
const CONDITIONS: &str = include_str!("../decisions/conditions.json");

fn rows(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

fn text<'v>(row: &'v Value, field: &str) -> &'v str {
    row[field].as_str().unwrap_or_else(|| panic!("`{field}` of {row}"))
}

/// What went wrong with a row, if anything.
fn note(wrong: &mut Vec<String>, row: &Value, what: &str) {
    wrong.push(format!("{}: {what}\n    {}", row["because"].as_str().unwrap_or_default(), text(row, "page")));
}

fn layer(name: &str) -> Layer {
    serde_json::from_value(json!(name)).unwrap()
}

/// One layer of a row. `None` is a policy that could not be read.
struct Sheet {
    layer: Layer,
    levels: Vec<Vec<Option<Policy>>>,
    rule: Option<Outcome>,
}

impl Sheet {
    fn read(name: &str, spec: &Value) -> Self {
        let items = spec.as_array().map_or(std::slice::from_ref(spec), Vec::as_slice);
        let levels: Vec<Vec<&Value>> = if items.iter().all(Value::is_array) {
            items.iter().map(|level| level.as_array().unwrap().iter().collect()).collect()
        } else {
            vec![items.iter().collect()]
        };
        let layer = layer(name);
        let rule = (layer == Layer::Acl).then(|| Outcome { deny: Truth::False, allow: grants(spec) });
        let levels = levels.into_iter().map(|level| level.into_iter().map(|s| policy(layer, s)).collect()).collect();
        Self { layer, levels, rule }
    }

    fn input(&self) -> Input<'_> {
        if let Some(outcome) = self.rule {
            return Input { layer: self.layer, body: Body::Rule(outcome) };
        }
        let levels = self
            .levels
            .iter()
            .map(|level| {
                level
                    .iter()
                    .map(|policy| Source {
                        label: self.layer.to_string(),
                        content: policy.as_ref().ok_or(Gap { question: None, why: Why::AccessDenied }),
                    })
                    .collect()
            })
            .collect();
        Input { layer: self.layer, body: Body::Policies { shape: shape(self.layer), levels } }
    }
}

fn shape(layer: Layer) -> Shape {
    let resource = matches!(layer, Layer::Rcp | Layer::VpcEndpointPolicy | Layer::ResourcePolicy);
    if resource { Shape::Resource } else { Shape::Identity }
}

/// What an ACL grants the caller.
fn grants(spec: &Value) -> Named {
    match spec.as_str() {
        Some("nothing") => Named::NO,
        Some("account") => Named { account: Truth::True, ..Named::NO },
        Some("everyone") => Named { direct: Truth::True, ..Named::NO },
        _ => panic!("{spec} is no ACL"),
    }
}

/// `allow`, `deny`, `silent`, `unreadable`, or a statement without what the row does not care about.
fn policy(layer: Layer, spec: &Value) -> Option<Policy> {
    let statement = match spec.as_str() {
        Some("unreadable") => return None,
        Some("silent" | "nothing" | "account" | "everyone") => json!([]),
        Some("deny") => json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*" }),
        Some("allow") => json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*" }),
        Some(other) => panic!("`{other}` is no policy of layer {layer}"),
        None => {
            let mut statement = spec.as_object().unwrap().clone();
            for (element, other, default) in [
                ("Effect", "", "Allow"),
                ("Action", "NotAction", "s3:*"),
                ("Resource", "NotResource", "arn:aws:s3:::b/*"),
            ] {
                if !statement.contains_key(element) && !statement.contains_key(other) {
                    statement.insert(element.to_owned(), json!(default));
                }
            }
            Value::Object(statement)
        }
    };
    let policy = Policy::from_value(&json!({ "Version": "2012-10-17", "Statement": statement }));
    assert!(!policy.incomplete && policy.statements.iter().all(|s| !s.broken), "{:?}", policy.problems);
    Some(policy)
}

fn caller(row: &Value) -> Principal {
    let account = row["account"].as_str().map(|a| a.parse().unwrap());
    let bare = |kind| Principal {
        kind,
        arn: None,
        account,
        id: None,
        canonical_id: None,
        bounded: Truth::False,
        session: None,
    };
    let mut principal = match row["kind"].as_str() {
        Some("unnamed") => bare(PrincipalKind::Unnamed),
        Some("unnamed-service") => bare(PrincipalKind::Service(String::new())),
        Some(other) => panic!("`{other}` is no kind of caller"),
        None => Principal::parse(text(row, "caller")).unwrap(),
    };
    if let Some(user) = row["of_user"].as_str() {
        principal.kind = PrincipalKind::FederatedUser { user: Some(user.parse().unwrap()) };
    }
    principal.id = row["caller_id"].as_str().map(str::to_owned);
    principal
}

/// The row's keys; every other key is absent.
fn context(row: &Value, principal: Option<&Principal>) -> Context {
    let mut context = Context::new(Key::Absent);
    if let Some(arn) = principal.and_then(Principal::policy_arn) {
        context.set("aws:PrincipalArn", Key::one(arn.as_str()));
    }
    for (name, values) in row["context"].as_object().into_iter().flatten() {
        context.set(name, Key::Present(serde_json::from_value(values.clone()).unwrap()));
    }
    for name in row["unknown"].as_array().into_iter().flatten() {
        context.set(name.as_str().unwrap(), Key::Unknown);
    }
    context
}

fn request(row: &Value, owner: Option<&str>) -> Request {
    let principal = caller(row);
    let context = context(row, Some(&principal));
    let resource = Resource::new("arn:aws:s3:::b/k".parse().ok(), owner.map(|o| o.parse().unwrap()));
    Request::new(principal, Action::new("s3:GetObject"), resource, context)
}

fn decide(request: &Request, sheets: &[Sheet], foreign: Truth, needs_grant: bool) -> Evaluation {
    let inputs = sheets.iter().map(Sheet::input).collect();
    evaluate(request, &World { inputs, foreign, needs_grant, granted: Named::NO, blocked: Vec::new() })
}

fn names(possible: Possible) -> Vec<&'static str> {
    [
        (Possible::ALLOWED, "allowed"),
        (Possible::EXPLICIT_DENY, "explicit deny"),
        (Possible::IMPLICIT_DENY, "implicit deny"),
    ]
    .into_iter()
    .filter(|row| possible.includes(row.0))
    .map(|row| row.1)
    .collect()
}

fn blockers(evaluation: &Evaluation) -> Vec<String> {
    let text = |blocker: &deniedby::evaluate::Blocker| {
        let kind = match blocker.kind {
            BlockerKind::ExplicitDeny => "explicit-deny",
            BlockerKind::NoAllow => "no-allow",
        };
        format!("{} {kind}{}", blocker.layer, if blocker.certain { "" } else { "?" })
    };
    let mut list: Vec<_> = evaluation.blockers.iter().map(text).collect();
    list.sort();
    list
}

/// Every subset of the layers that a row is about is silent, and the rest allow: the request is allowed exactly if the
/// resource's policy overrides all that is silent. A Deny in any of them always wins.
#[test]
fn in_the_same_account_it_matters_how_the_resource_policy_names_the_caller() {
    let mut wrong = Vec::new();
    for row in rows(SAME_ACCOUNT) {
        let request = request(&row, Some("111122223333"));
        let mut statement = json!({});
        statement["Principal"] = row["names"].clone();
        if row.get("if").is_some() {
            statement["Condition"] = row["if"].clone();
        }
        let overrides: Vec<(&str, bool)> =
            row["overrides"].as_object().unwrap().iter().map(|(k, v)| (k.as_str(), v.as_bool().unwrap())).collect();
        for silent in 0..1_usize << overrides.len() {
            let is_silent = |index: usize| silent & (1 << index) != 0;
            for denying in (0..overrides.len()).map(Some).chain([None]) {
                let mut sheets = vec![Sheet::read("resource-policy", &statement)];
                for (index, (name, _)) in overrides.iter().enumerate() {
                    let base = if is_silent(index) { "silent" } else { "allow" };
                    let spec = if denying == Some(index) { json!([base, "deny"]) } else { json!(base) };
                    sheets.push(Sheet::read(name, &spec));
                }
                let overridden = overrides.iter().enumerate().all(|(index, row)| !is_silent(index) || row.1);
                let expect = match (denying, overridden) {
                    (Some(_), _) => Possible::EXPLICIT_DENY,
                    (None, true) => Possible::ALLOWED,
                    (None, false) => Possible::IMPLICIT_DENY,
                };
                let got = decide(&request, &sheets, Truth::False, false).possible;
                if got != expect {
                    let mute: Vec<_> =
                        overrides.iter().enumerate().filter(|(i, _)| is_silent(*i)).map(|(_, r)| r.0).collect();
                    note(&mut wrong, &row, &format!("silent {mute:?}, deny in {denying:?}: {got:?}, not {expect:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn requests_are_decided_as_the_pages_say() {
    let mut wrong = Vec::new();
    for row in rows(REQUESTS) {
        let request = request(&row, row["owner"].as_str());
        let sheets: Vec<_> =
            row["layers"].as_object().unwrap().iter().map(|(name, spec)| Sheet::read(name, spec)).collect();
        let foreign = match row.get("foreign") {
            None => Truth::False,
            Some(value) => value.as_bool().map_or(Truth::Unknown, Truth::from),
        };
        let evaluation = decide(&request, &sheets, foreign, row["needs_grant"].as_bool() == Some(true));
        let mut expect: Vec<&str> = serde_json::from_value::<Vec<String>>(row["expect"].clone())
            .unwrap()
            .into_iter()
            .map(|word| *["allowed", "explicit deny", "implicit deny"].iter().find(|w| **w == word).unwrap())
            .collect();
        expect.sort_unstable();
        if names(evaluation.possible) != expect {
            note(&mut wrong, &row, &format!("{:?}, not {expect:?}", names(evaluation.possible)));
        }
        let mut expect: Vec<String> = serde_json::from_value(row["blockers"].clone()).unwrap();
        expect.sort();
        if blockers(&evaluation) != expect {
            note(&mut wrong, &row, &format!("blockers are {:?}, not {expect:?}", blockers(&evaluation)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn letter(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "T",
        Truth::False => "F",
        Truth::Unknown => "U",
    }
}

/// Whether the condition block holds.
fn condition_holds(version: &str, condition: &Value, context: &Context) -> &'static str {
    let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition });
    let policy = Policy::from_value(&json!({ "Version": version, "Statement": statement }));
    assert!(!policy.incomplete && policy.statements.iter().all(|s| !s.broken), "{:?}", policy.problems);
    letter(Truth::all(policy.statements[0].conditions.iter().map(|c| holds(c, context))))
}

fn with_key(key: Key) -> Context {
    let mut context = Context::new(Key::Absent);
    context.set("k", key);
    context
}

/// What the request has for the key, in each of the table's states, for one value that fits and one that differs.
fn states(fits: &str, differs: &str) -> [Key; 7] {
    let values = |list: [&str; 2]| Key::Present(list.map(str::to_owned).to_vec());
    [
        Key::one(fits),
        Key::one(differs),
        values([fits, fits]),
        values([fits, differs]),
        values([differs, differs]),
        Key::Absent,
        Key::Unknown,
    ]
}

#[test]
fn conditions_hold_as_the_pages_say() {
    let table: Value = serde_json::from_str(CONDITIONS).unwrap();
    let list = |name: &str| table[name].as_array().unwrap().clone();
    let texts = |value: &Value| serde_json::from_value::<Vec<String>>(value.clone()).unwrap();
    let mut wrong = Vec::new();
    let mut check = |name: &str, wants: &Value, key: Key, expect: &str, state: &str, page: &str| {
        let got = condition_holds("2012-10-17", &json!({ name: { "k": wants } }), &with_key(key.clone()));
        if got != expect {
            wrong.push(format!("{name} {wants} with {state} ({key:?}): {got}, not {expect}\n    {page}"));
        }
    };
    for operator in list("operators") {
        for form in list("forms") {
            let base = if form["negated"] == true { "negation" } else { "operator" };
            let Some(base) = operator[base].as_str() else { continue };
            let name = text(&form, "form").replace("OP", base);
            for fits in texts(&operator["fits"]) {
                for differs in texts(&operator["differs"]) {
                    let cells = states(&fits, &differs)
                        .into_iter()
                        .zip(text(&form, "expect").split(' '))
                        .zip(texts(&table["states"]));
                    for ((key, expect), state) in cells {
                        let page = text(if state.starts_with("one that") { &operator } else { &form }, "page");
                        check(&name, &operator["wants"], key, expect, &state, page);
                    }
                }
            }
        }
    }
    for row in list("null") {
        let cells = states("a", "b").into_iter().zip(text(&row, "expect").split(' ')).zip(texts(&table["states"]));
        for ((key, expect), state) in cells {
            check("Null", &row["wants"], key, expect, &state, text(&row, "page"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>
#[test]
fn policy_variables_stand_for_the_requests_values() {
    let table: Value = serde_json::from_str(CONDITIONS).unwrap();
    let mut wrong = Vec::new();
    for row in table["variables"].as_array().unwrap() {
        let got = condition_holds(text(row, "version"), &row["condition"], &context(row, None));
        if !text(row, "expect").split(" or ").any(|expect| expect == got) {
            wrong.push(format!("{}: {got}, not {}", text(row, "because"), text(row, "expect")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>
#[test]
fn all_operators_and_keys_must_hold() {
    let mut context = Context::new(Key::Absent);
    context.set("a", Key::one("1"));
    context.set("b", Key::one("2"));
    context.set("u", Key::Unknown);
    for (condition, expect) in [
        (json!({ "StringEquals": { "a": "1", "b": "2" } }), "T"),
        (json!({ "StringEquals": { "a": "1", "b": "3" } }), "F"),
        (json!({ "StringEquals": { "a": "1" }, "StringNotEquals": { "b": ["2", "3"] } }), "F"),
        (json!({ "StringEquals": { "a": "1", "u": "3" } }), "U"),
        (json!({ "StringEquals": { "a": "2", "u": "3" } }), "F"),
        (json!({}), "T"),
    ] {
        assert_eq!(condition_holds("2012-10-17", &condition, &context), expect, "{condition}");
    }
}

/// A record of a denied call.
pub(crate) fn record(source: &str, name: &str, more: &Value) -> Value {
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ann", "accountId": "111122223333",
            "principalId": "AIDAEXAMPLE0000000001", "userName": "ann", "accessKeyId": "AKIAEXAMPLE000000001" },
        "eventTime": "2026-11-26T08:00:00Z", "eventSource": source, "eventName": name, "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.1", "userAgent": "x", "errorCode": "AccessDenied", "errorMessage": "Access Denied",
        "requestParameters": { "bucketName": "b", "key": "k" }, "eventID": "1", "eventType": "AwsApiCall",
        "resources": [{ "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::b", "accountId": "111122223333" }],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        record[name] = value.clone();
    }
    record
}

pub(crate) fn requests_of(record: &Value) -> Vec<Request> {
    let item = deniedby::event::read_value(record).into_iter().next().unwrap();
    deniedby::request::requests(&item.outcome.unwrap().unwrap())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>
#[test]
fn a_call_that_no_table_names_is_never_decided_by_a_guess() {
    for (source, name) in [
        ("s3.amazonaws.com", "CreateAccessPoint"),
        ("s3express.amazonaws.com", "GetBucketVersioning"),
        ("s3tables.amazonaws.com", "GetTableBucketTagging"),
        ("streams.dynamodb.amazonaws.com", "GetRecords"),
        ("bedrock.amazonaws.com", "Converse"),
    ] {
        for request in requests_of(&record(source, name, &json!({}))) {
            for statement in [json!({ "Action": "made:Up" }), json!({ "Action": "s3:*", "Resource": "arn:aws:s3:::x" })]
            {
                let evaluation = decide(&request, &[Sheet::read("identity-policy", &statement)], Truth::False, false);
                assert!(!evaluation.possible.is_denied(), "{source} {name}: {:?} by {statement}", request.action);
            }
            // A policy of the resource may be there, and is not read.
            let evidence = deniedby::evidence::Evidence::default();
            let world = World::new(&request, &evidence, "eu-west-1");
            assert!(world.inputs.iter().any(|input| input.layer == Layer::ResourcePolicy), "{source} {name}");
        }
    }
}

/// The keys that a record decides; `?` is not known, `-` is absent.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
#[test]
fn condition_keys_come_from_the_record() {
    let role = json!({ "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/r/s", "accountId": "111122223333",
        "principalId": "AROAEXAMPLE0000000001:s", "accessKeyId": "ASIAEXAMPLE000000001", "sessionContext": {
            "sessionIssuer": { "type": "Role", "arn": "arn:aws:iam::111122223333:role/team/r", "accountId": "111122223333" },
            "attributes": { "creationDate": "2026-11-26T07:00:00Z", "mfaAuthenticated": "false" } } });
    let anonymous = json!({ "type": "AWSAccount", "principalId": "", "accountId": "anonymous" });
    let other = json!({ "type": "AWSAccount", "principalId": "AIDAOTHER000000000001", "accountId": "444455556666" });
    let plain = json!({});
    let identity = |identity: &Value| json!({ "userIdentity": identity });
    for (more, key, expect) in [
        (&plain, "aws:PrincipalArn", "arn:aws:iam::111122223333:user/ann"),
        (&identity(&role), "aws:PrincipalArn", "arn:aws:iam::111122223333:role/team/r"),
        (&identity(&anonymous), "aws:PrincipalArn", "-"),
        (&identity(&other), "aws:PrincipalArn", "?"),
        (&plain, "aws:username", "ann"),
        (&identity(&role), "aws:username", "-"),
        (&identity(&role), "aws:userid", "AROAEXAMPLE0000000001:s"),
        (&identity(&anonymous), "aws:PrincipalType", "Anonymous"),
        (&identity(&anonymous), "aws:PrincipalIsAWSService", "-"),
        (&plain, "aws:PrincipalIsAWSService", "false"),
        (&plain, "aws:MultiFactorAuthPresent", "-"),
        (&identity(&role), "aws:MultiFactorAuthPresent", "false"),
        (&identity(&other), "aws:MultiFactorAuthPresent", "?"),
        (&identity(&role), "aws:TokenIssueTime", "2026-11-26T07:00:00Z"),
        (&plain, "aws:TokenIssueTime", "-"),
        (&identity(&role), "aws:SourceIdentity", "-"),
        (&identity(&other), "aws:SourceIdentity", "?"),
        (&identity(&role), "aws:PrincipalTag/team", "?"),
        (&identity(&anonymous), "aws:PrincipalTag/team", "-"),
        (&plain, "aws:SourceIp", "192.0.2.1"),
        (&json!({ "vpcEndpointId": "vpce-1" }), "aws:SourceIp", "-"),
        (&json!({ "vpcEndpointId": "vpce-1" }), "aws:SourceVpce", "vpce-1"),
        (&json!({ "vpcEndpointId": "vpce-1" }), "aws:SourceVpc", "?"),
        (&plain, "aws:SourceVpce", "-"),
        (&json!({ "sourceIPAddress": "AWS Internal" }), "aws:SourceIp", "?"),
        (&json!({ "sourceIPAddress": "AWS Internal" }), "aws:SourceVpce", "?"),
        (&plain, "aws:SecureTransport", "?"),
        (&json!({ "tlsDetails": { "tlsVersion": "TLSv1.3" } }), "s3:TlsVersion", "1.3"),
        (&plain, "aws:PrincipalOrgID", "?"),
        (&plain, "aws:ResourceAccount", "111122223333"),
        (&plain, "s3:VersionId", "-"),
        (&json!({ "requestParameters": null }), "s3:x-amz-acl", "?"),
        (&json!({ "requestParameters": null }), "s3:VersionId", "?"),
        (&plain, "s3:ExistingObjectTag/team", "?"),
    ] {
        let requests = requests_of(&record("s3.amazonaws.com", "GetObject", more));
        let got = match requests[0].context.get(&key.to_lowercase()) {
            Key::Present(values) => values.join(", "),
            Key::Absent => "-".to_owned(),
            Key::NotOf(values) => format!("not of {values:?}"),
            Key::Unknown => "?".to_owned(),
        };
        assert_eq!(got, expect, "{key} of {more}");
    }
}
