"""`deniedby explain` with the organization's control policies."""

import json

import pytest

import breaking
import events
from moto_server import HUB
from organization import MANAGEMENT_ROLE, Organization
from scenarios import BUCKET_ARN, OBJECTS, READS
from world import BUCKET, KEY, PRINCIPAL_ACCOUNT, policy, statement

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
NO_READS = statement("NoReads", "Deny", "s3:GetObject", "*")


@pytest.fixture
def organization(moto):
    return Organization(moto)


def denied(world, account, reason=None):
    """A role and a bucket in one account, whose own policies allow."""
    role = world.role(inline={"reports": READS}, account=account)
    world.bucket(keys=[KEY], account=account)
    return events.denied(events.role_session(account, role_id=role), BUCKET, KEY, account, reason=reason)


def explain(deniedby, record, endpoint, *more):
    result = deniedby.explain(record, "--management-role", MANAGEMENT_ROLE, *more, endpoint=endpoint)
    assert (result.code, result.stderr) == (0, "")
    return result.report


def cause(report):
    assert report["verdict"] == "explained", json.dumps(report, indent=1)
    first = report["causes"][0]
    assert first["confidence"] == "certain"
    return first["code"], first["where"][0]


def unread(report, question):
    return [entry for entry in report["unread"] if entry["question"].startswith(question)]


@pytest.mark.parametrize("level", ["root", "unit", "member"])
def test_a_service_control_policy_denies_at_any_level(deniedby, proxy, world, organization, level):
    organization.enable(SCP)
    arn = organization.attach(SCP, getattr(organization, level), NO_READS)
    report = explain(deniedby, denied(world, organization.member), proxy.url)
    code, place = cause(report)
    assert code == "scp-explicit-deny"
    assert (place["policy"], place["statement"]) == (arn, "NoReads")

    calls = [call for call in proxy.calls if call.service == "organizations"]
    assert {call.account for call in calls} == {HUB}
    children = [call.resource for call in calls if call.operation == "ListParents"]
    assert sorted(children) == sorted([organization.member, organization.unit])
    targets = {call.resource for call in calls if call.operation == "ListPoliciesForTarget"}
    assert targets == {organization.root, organization.unit, organization.member}


def test_no_service_control_policy_allows(deniedby, moto, world, organization):
    organization.enable(SCP)
    organization.attach(SCP, organization.unit, statement("OnlyLogs", "Allow", "logs:*", "*"))
    organization.detach_default(organization.unit)
    code, _ = cause(explain(deniedby, denied(world, organization.member), moto.url))
    assert code == "scp-no-allow"


def test_a_list_of_policies_is_read_to_its_end(deniedby, proxy, world, organization):
    organization.enable(SCP)
    for number in range(4):
        other = statement(f"Logs{number}", "Deny", "logs:*", "*")
        organization.attach(SCP, organization.unit, other, name=f"n{number}")
    arn = organization.attach(SCP, organization.unit, NO_READS, name="last")
    _, place = cause(explain(deniedby, denied(world, organization.member), proxy.url))
    assert place["policy"] == arn
    read = {call.resource for call in proxy.calls if call.operation == "DescribePolicy"}
    assert len(read) == 6, "those five and AWS's own"


def test_a_resource_control_policy_denies(deniedby, moto, world, organization):
    organization.enable(RCP)
    arn = organization.attach(RCP, organization.root, {**NO_READS, "Principal": "*"})
    code, place = cause(explain(deniedby, denied(world, organization.member), moto.url))
    assert code == "rcp-explicit-deny"
    assert (place["policy"], place["statement"]) == (arn, "NoReads")


def test_policies_that_are_attached_but_not_enabled_do_not_count(deniedby, proxy, world, organization):
    record = denied(world, organization.member)
    organization.enable(SCP)
    organization.attach(SCP, organization.unit, NO_READS)
    organization.disable(SCP)
    report = explain(deniedby, record, proxy.url)
    assert "scp-explicit-deny" not in [cause["code"] for cause in report["causes"]]
    assert "ListPoliciesForTarget" not in {call.operation for call in proxy.calls}


def test_an_account_of_another_organization_is_said_to_be_one(deniedby, moto, world, organization):
    organization.enable(SCP)
    report = explain(deniedby, denied(world, PRINCIPAL_ACCOUNT), moto.url)
    (entry,) = unread(report, f"organization-path {PRINCIPAL_ACCOUNT}")
    assert entry["why"] == "the account is not in the organization that can be read"


def test_an_account_without_an_organization_is_no_failure(deniedby, moto, world):
    report = explain(deniedby, denied(world, PRINCIPAL_ACCOUNT), moto.url)
    (entry,) = unread(report, f"organization-path {PRINCIPAL_ACCOUNT}")
    assert entry["why"] == "the account is not in the organization that can be read"


def test_what_the_organization_does_not_say_is_not_known(deniedby, moto, world, organization):
    organization.enable(SCP)
    organization.attach(SCP, organization.unit, NO_READS)
    record = denied(world, organization.member)
    role = ["--management-role", MANAGEMENT_ROLE]
    operations = ["DescribeOrganization", "ListRoots", "ListParents", "ListPoliciesForTarget", "DescribePolicy"]
    whys = {operation: set() for operation in operations}
    for fault, report in breaking.reports(deniedby, moto, record, "organizations", operations, *role):
        sure = [cause["code"] for cause in report["causes"] if cause["confidence"] == "certain"]
        assert "scp-explicit-deny" not in sure, fault
        entries = breaking.unread(report, f"organizations:{fault.operation}")
        assert entries, (fault, report["unread"])
        whys[fault.operation].add((fault.kind, *{entry["why"] for entry in entries}))
    for operation, reasons in whys.items():
        told = {why for kind, why in reasons if kind in ("denied", "throttled", "timeout", "garbage")}
        assert len(told) == 4, f"{operation}: {reasons}"


def test_the_management_role_is_taken_once(deniedby, proxy, world, organization):
    organization.enable(SCP)
    organization.attach(SCP, organization.unit, NO_READS)
    explain(deniedby, denied(world, organization.member), proxy.url)
    roles = [assumed["RoleArn"] for assumed in proxy.assumed]
    assert roles.count(MANAGEMENT_ROLE) == 1


def test_without_a_management_role_the_control_policies_are_not_known(deniedby, moto, world, organization):
    organization.enable(SCP)
    organization.attach(SCP, organization.unit, NO_READS)
    report = deniedby.explain(denied(world, organization.member), endpoint=moto.url).report
    assert report["verdict"] != "explained"
    (entry,) = unread(report, f"organization-path {organization.member}")
    assert "--management-role" in entry["needs"] or "management" in entry["why"]


def test_the_path_is_a_condition_key(deniedby, moto, world, organization):
    organization.enable(SCP)
    elsewhere = {"StringNotLike": {"aws:PrincipalOrgPaths": f"{organization.id}/{organization.root}/ou-else/*"}}
    guard = statement("OnlyElse", "Deny", "s3:GetObject", OBJECTS, Principal="*", Condition=elsewhere)
    role = world.role(inline={"reports": READS}, account=organization.member)
    world.bucket(policy(guard), keys=[KEY], account=organization.member)
    record = events.denied(events.role_session(organization.member, role_id=role), BUCKET, KEY, organization.member)
    code, place = cause(explain(deniedby, record, moto.url))
    assert code == "resource-policy-explicit-deny"
    assert (place["policy"], place["statement"]) == (BUCKET_ARN, "OnlyElse")
