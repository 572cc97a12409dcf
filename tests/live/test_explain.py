"""`deniedby explain` on AWS: the cause, its place, and what was asked of whom."""

import json
import re
import socket

import pytest

import events
import scenarios
from fault_proxy import Fault, FaultProxy
from program import ACCESS_KEY, EXTERNAL_ID, READ_ROLE, SECRET_KEY, SESSION_TOKEN
from world import BUCKET, BUCKET_ACCOUNT, KEY, PRINCIPAL_ACCOUNT, World

BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"


def explained(result):
    """The first cause and its first place."""
    assert (result.code, result.stderr) == (0, "")
    report = result.report
    assert report["schema"] == "deniedby/report/1"
    assert report["verdict"] == "explained", json.dumps(report, indent=1)
    cause = report["causes"][0]
    assert cause["confidence"] == "certain"
    return cause, cause["where"][0]


def test_no_identity_policy_allows(deniedby, moto, world):
    cause, place = explained(deniedby.explain(scenarios.silent_identity(world), endpoint=moto.url))
    assert cause["code"] == "identity-policy-no-allow"
    assert (place["policy"], place["statement"], place["element"]) == ("inline:reports", "ReadReports", "Resource")


def test_only_the_identity_side_allows(deniedby, moto, world):
    cause, place = explained(deniedby.explain(scenarios.only_identity_allows(world), endpoint=moto.url))
    assert cause["code"] == "resource-policy-no-allow"
    assert (place["policy"], place["statement"], place["element"]) == (BUCKET_ARN, "LetAuditRead", "Principal")


def test_policies_of_aws_are_read_too(deniedby, server_with_managed_policies):
    moto = server_with_managed_policies
    record = scenarios.only_identity_allows(World(moto), reads="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    result = deniedby.explain(record, endpoint=moto.url)
    cause, _ = explained(result)
    assert cause["code"] == "resource-policy-no-allow"
    (request,) = result.report["requests"]
    (layer,) = [layer for layer in request["layers"] if layer["layer"] == "identity-policy"]
    assert layer["decision"] == "allowed"


def test_the_bucket_policy_denies_by_address(deniedby, moto, world):
    cause, place = explained(deniedby.explain(scenarios.office_only(world), endpoint=moto.url))
    assert cause["code"] == "resource-policy-explicit-deny"
    assert (place["policy"], place["statement"]) == (BUCKET_ARN, "OnlyOffice")
    assert "203.0.113.0/24" in place["wanted"]
    assert "192.0.2.10" in place["actual"]


def test_the_boundary_does_not_allow_s3(deniedby, moto, world):
    cause, place = explained(deniedby.explain(scenarios.tight_boundary(world), endpoint=moto.url))
    assert cause["code"] == "permissions-boundary-no-allow"
    assert place["policy"] == f"arn:aws:iam::{PRINCIPAL_ACCOUNT}:policy/boundary"
    assert place["statement"] == "OnlyLogs"


@pytest.mark.parametrize("says_why", [True, False], ids=["list-bucket", "bare"])
def test_the_object_is_missing(deniedby, moto, world, says_why):
    record = scenarios.missing_object(world, says_why=says_why)
    cause, place = explained(deniedby.explain(record, endpoint=moto.url))
    assert cause["code"] == "object-missing"
    assert place["policy"].startswith(BUCKET_ARN)


def test_an_object_that_is_there_is_not_missing(deniedby, moto, world):
    record = scenarios.missing_object(world, says_why=False)
    world.client("s3", BUCKET_ACCOUNT).put_object(Bucket=BUCKET, Key=KEY, Body=b"a,b\n")
    report = deniedby.explain(record, endpoint=moto.url).report
    assert "object-missing" not in [cause["code"] for cause in report["causes"]]


def test_an_old_version_takes_another_action(deniedby, proxy, world):
    result = deniedby.explain(scenarios.old_version(world), endpoint=proxy.url)
    cause, place = explained(result)
    assert cause["code"] == "identity-policy-no-allow"
    assert (place["policy"], place["statement"], place["element"]) == ("inline:reports", "ReadReports", "Action")
    assert [request["action"] for request in result.report["requests"]] == ["s3:GetObjectVersion"]
    assert "ListObjectVersions" in {call.operation for call in proxy.calls}


def test_the_bus_event_of_a_record_says_the_same(deniedby, moto, world):
    record = scenarios.office_only(world)
    bare = deniedby.explain(record, endpoint=moto.url)
    carried = deniedby.explain(events.bus_event(record), endpoint=moto.url)
    explained(carried)
    assert carried.stdout == bare.stdout


def test_text_begins_with_who_what_where_and_why(deniedby, moto, world):
    result = deniedby.explain(scenarios.office_only(world), endpoint=moto.url, form="text")
    assert (result.code, result.stderr) == (0, "")
    first = result.stdout.splitlines()[0]
    assert "reporting" in first
    assert "GetObject" in first
    assert BUCKET in first
    assert re.search("bucket policy|resource policy|OnlyOffice", first)
    assert "OnlyOffice" in result.stdout


def test_text_cannot_drive_the_terminal(deniedby, moto, world):
    record = scenarios.office_only(world, key="a\x1b[31m\u202egpj\r\nred")
    result = deniedby.explain(record, endpoint=moto.url, form="text")
    assert result.code == 0
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", result.stdout)


def test_a_saved_case_says_the_same_offline(deniedby, moto, world, tmp_path):
    record = scenarios.office_only(world)
    case = tmp_path / "case.json"
    live = deniedby.explain(record, "--save-case", case, endpoint=moto.url)
    explained(live)
    replayed = deniedby.run("explain", "-", "--evidence", case, "--format", "json", stdin=json.dumps(record))
    assert (replayed.code, replayed.stderr) == (0, "")
    assert replayed.stdout == live.stdout


def test_a_case_of_another_event_is_said_to_be_one(deniedby, moto, world, tmp_path):
    case = tmp_path / "case.json"
    record = scenarios.office_only(world)
    deniedby.explain(record, "--save-case", case, endpoint=moto.url)
    other = {**record, "eventID": "another"}
    replayed = deniedby.run("explain", "-", "--evidence", case, stdin=json.dumps(other))
    assert replayed.code == 0
    (line,) = replayed.stderr.splitlines()
    assert "`another`" in line


def test_a_saved_case_holds_no_credentials(deniedby, proxy, world, tmp_path):
    case = tmp_path / "case.json"
    deniedby.explain(scenarios.office_only(world), "--save-case", case, endpoint=proxy.url)
    text = case.read_text()
    assert json.loads(text)["schema"] == "deniedby/case/1"
    assert proxy.issued
    secrets = [ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, EXTERNAL_ID, events.ACCESS_KEY, *proxy.issued]
    assert [secret for secret in secrets if secret in text] == []


def test_each_account_is_asked_only_what_it_owns_and_only_once(deniedby, proxy, world):
    explained(deniedby.explain(scenarios.everything_read(world), endpoint=proxy.url))
    assumed = {form["RoleArn"]: form.get("ExternalId") for form in proxy.assumed}
    accounts = (PRINCIPAL_ACCOUNT, BUCKET_ACCOUNT)
    assert assumed == {f"arn:aws:iam::{account}:role/{READ_ROLE}": EXTERNAL_ID for account in accounts}
    counts = proxy.counts()
    assert [call for call, count in counts.items() if count > 1] == []
    assert {call.account for call in counts if call.service == "iam"} == {PRINCIPAL_ACCOUNT}
    # An account's id in ACLs comes with the list of its own buckets, and both accounts have one.
    of_s3 = [call for call in counts if call.service in ("s3", "s3control") and call.operation != "ListBuckets"]
    assert {call.account for call in of_s3} == {BUCKET_ACCOUNT}


@pytest.mark.parametrize(
    "scenario", [scenarios.everything_read, scenarios.silent_user, scenarios.silent_identity], ids=lambda s: s.__name__
)
def test_nothing_is_written_and_no_data_is_read(deniedby, proxy, world, scenario):
    assert deniedby.explain(scenario(world), endpoint=proxy.url).code == 0
    assert proxy.calls
    for call in proxy.calls:
        assert re.match("(Get|List|Head|Lookup|Describe|Decode|Simulate)|(AssumeRole|GetCallerIdentity)$", call.operation), call
        assert call.operation not in ("GetObject", "HeadObject", "GetObjectAttributes", "GetSecretValue"), call


def test_every_call_is_traced(deniedby, proxy, world):
    result = deniedby.explain(scenarios.everything_read(world), "--trace-calls", endpoint=proxy.url)
    assert result.code == 0
    *lines, total = result.stderr.splitlines()
    traced = [re.fullmatch(r"round (\d+) +(\S+) +(\S+) +(\S+) +(\S+) +(\S+) +\d+ ms", line) for line in lines]
    assert all(traced), lines
    names = {"ListObjectsV2", "ListBuckets"}  # the rest is named alike
    made = sorted(call.operation for call in proxy.calls if call.operation not in names)
    assert sorted(line[3] for line in traced if line[3] not in names) == made
    assert len(traced) == len(proxy.calls)
    rounds = {int(line[1]) for line in traced}
    assert rounds == set(range(1, max(rounds) + 1))
    assert {line[6] for line in traced} <= {"200", "404"}
    said = re.fullmatch(r"(\d+) calls in (\d+) rounds; (\d+) of them in sequence", total)
    assert said, total
    calls, in_rounds, in_sequence = map(int, said.groups())
    assert (calls, in_rounds) == (len(traced), len(rounds))
    assert in_rounds <= in_sequence < calls


def test_a_report_comes_when_the_time_is_up(deniedby, moto, world):
    with FaultProxy(moto.url, Fault("timeout", "s3", "GetBucketPolicy")) as proxy:
        result = deniedby.explain(scenarios.office_only(world), "--timeout", "2", endpoint=proxy.url)
    assert (result.code, result.stderr) == (0, "")
    assert result.seconds < 5
    assert [e for e in result.report["unread"] if "s3:GetBucketPolicy" in e["needs"] and "time" in e["why"]]


@pytest.fixture
def silent():
    """Somebody who takes every connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
        yield "http://127.0.0.1:%d" % listening.getsockname()[1]


@pytest.mark.parametrize("what", ["services", "roles", "credentials"])
def test_a_report_comes_where_nothing_answers(deniedby, silent, what):
    record = events.denied(events.role_session(PRINCIPAL_ACCOUNT), BUCKET, KEY, BUCKET_ACCOUNT)
    more = ["--timeout", "2", "--format", "json"]
    if what == "roles":
        more += ["--read-role", READ_ROLE, "--external-id", EXTERNAL_ID, "--management-role", MANAGEMENT_ROLE]
    changes = {}
    if what == "credentials":
        changes = {name: None for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")}
        changes["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = f"{silent}/credentials"
    result = deniedby.run("explain", "-", *more, endpoint=silent, stdin=json.dumps(record), changes=changes)
    assert (result.code, result.stderr) == (0, "")
    assert result.seconds < 4
    assert {entry["why"] for entry in result.report["unread"]} == {"the time for this diagnosis was up"}
    assert len(result.report["unread"]) > 10
    assert [cause["code"] for cause in result.report["causes"]] == ["unexplained"]


MANAGEMENT = "999988887777"
MANAGEMENT_ROLE = f"arn:aws:iam::{MANAGEMENT}:role/deniedby-organization"


def test_the_organization_is_read_with_its_own_role(deniedby, proxy, world):
    world.client("organizations", MANAGEMENT).create_organization(FeatureSet="ALL")
    record = scenarios.office_only(world)
    result = deniedby.explain(record, "--management-role", MANAGEMENT_ROLE, endpoint=proxy.url)
    assert result.code == 0
    asked = {(call.account, call.operation) for call in proxy.calls if call.service == "organizations"}
    assert (MANAGEMENT, "ListParents") in asked
    assert {account for account, _ in asked} == {MANAGEMENT}
    (assumed,) = [form for form in proxy.assumed if form["RoleArn"] == MANAGEMENT_ROLE]
    assert assumed["ExternalId"] == EXTERNAL_ID
    assert "iam:" not in assumed["Policy"]


def test_without_a_management_role_the_organization_is_a_gap(deniedby, proxy, world):
    result = deniedby.explain(scenarios.office_only(world), endpoint=proxy.url)
    assert [call for call in proxy.calls if call.service == "organizations"] == []
    needs = [gap["needs"] for gap in result.report["unread"] if "management account" in gap["needs"]]
    assert needs and all("`--management-role`" in text for text in needs)
    # IAM's policy simulator is asked instead, by the read role of the caller's account.
    assert [call.account for call in proxy.calls if call.operation == "SimulatePrincipalPolicy"] == [PRINCIPAL_ACCOUNT]


def test_a_management_role_is_an_arn(deniedby):
    result = deniedby.run("explain", "-", "--management-role", "deniedby-organization", stdin="{}")
    assert (result.code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert "is not the ARN of a role" in line


def test_metadata_of_objects_is_read_only_on_request(deniedby, proxy, world):
    record = scenarios.everything_read(world)
    deniedby.explain(record, endpoint=proxy.url)
    policies = [form["Policy"] for form in proxy.assumed]
    assert policies and not any('"s3:GetObject"' in policy for policy in policies)
    proxy.assumed.clear()
    deniedby.explain(record, "--object-metadata", endpoint=proxy.url)
    assert any('"s3:GetObject"' in form["Policy"] for form in proxy.assumed)


def test_a_malformed_event_is_one_line_on_stderr(deniedby, proxy, world):
    record = {**scenarios.office_only(world), "eventTime": "yesterday"}
    result = deniedby.explain(record, endpoint=proxy.url)
    assert (result.code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert "eventTime" in line
    assert not line[0].isupper()
    assert proxy.calls == []


@pytest.mark.parametrize("text", ["", "nonsense", "{}", "[", "\x00"], ids=repr)
def test_what_is_no_event_is_one_line_on_stderr(deniedby, text):
    result = deniedby.run("explain", "-", "--format", "json", stdin=text)
    assert (result.code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert not line[0].isupper()


def test_an_event_file_that_is_not_there_is_named(deniedby, tmp_path):
    result = deniedby.run("explain", tmp_path / "gone.json")
    assert (result.code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert "gone.json" in line


def test_a_read_role_is_a_name(deniedby, world):
    result = deniedby.run("explain", "-", "--read-role", f"arn:aws:iam::{BUCKET_ACCOUNT}:role/x", stdin="{}")
    assert (result.code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert "give the name alone" in line


def test_explain_needs_an_event(deniedby):
    result = deniedby.run("explain")
    assert (result.code, result.stdout) == (2, "")
    assert result.stderr


def test_what_was_not_denied_needs_no_explanation(deniedby, proxy, world):
    record = scenarios.office_only(world)
    del record["errorCode"], record["errorMessage"]
    result = deniedby.explain(record, endpoint=proxy.url, form="text")
    assert (result.code, result.stderr) == (0, "")
    (line,) = result.stdout.splitlines()
    assert "GetObject" in line
    assert proxy.calls == []


def test_denials_of_our_own_read_role_are_not_looked_into(deniedby, proxy):
    identity = events.role_session(BUCKET_ACCOUNT, READ_ROLE, session="deniedby")
    record = events.denied(identity, BUCKET, KEY, BUCKET_ACCOUNT, name="GetBucketPolicy")
    result = deniedby.explain(record, endpoint=proxy.url, form="text")
    assert (result.code, result.stderr) == (0, "")
    (line,) = result.stdout.splitlines()
    assert READ_ROLE in line
    assert proxy.calls == []
