"""What a diagnosis says when AWS does not answer one of its questions.

Every operation that an undisturbed diagnosis makes is broken in every way, one at a time.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

import scenarios
from fault_proxy import KINDS, Fault, FaultProxy
from world import BUCKET_ACCOUNT, PRINCIPAL_ACCOUNT, World

# A run with a service that never answers must end within this.
LONGEST_RUN = 60

# Runs at a time. Many more would keep moto so busy that undisturbed calls time out too.
WORKERS = 12

# What can be asked only once another answer has come.
FOLLOW_UPS = {
    "GetRolePolicy", "GetUserPolicy", "GetGroupPolicy", "ListGroupPolicies", "ListAttachedGroupPolicies", "GetPolicy",
    "GetPolicyVersion", "GetObjectAcl",
}  # fmt: skip

# Who we are is no question about the denied request.
NO_QUESTIONS = {"AssumeRole", "GetCallerIdentity"}

# Operations that the certainty of the scenario's cause stands on.
GROUNDS = {
    "everything_read": ("resource-policy-explicit-deny", {"GetBucketPolicy"}),
    "silent_user": (
        "identity-policy-no-allow",
        {
            "ListUserPolicies", "GetUserPolicy", "ListAttachedUserPolicies", "GetPolicy", "GetPolicyVersion",
            "ListGroupsForUser", "ListGroupPolicies", "GetGroupPolicy", "ListAttachedGroupPolicies",
        },
    ),
}  # fmt: skip


@dataclass
class Study:
    """A diagnosis, undisturbed and with each of its operations broken in each way."""

    name: str
    baseline: object
    calls: list
    runs: dict  # (service, operation, kind) to result

    @property
    def operations(self):
        return sorted({(call.service, call.operation) for call in self.calls})

    def of(self, kind):
        """The runs of a kind: operation, the calls that it broke, and the result."""
        for service, operation in self.operations:
            broken = [call for call in self.calls if (call.service, call.operation) == (service, operation)]
            yield operation, broken, self.runs[service, operation, kind]

    def newly_unread(self, result):
        """What the undisturbed run could read, or could not for another reason."""
        known = {(entry["question"], entry["account"], entry["why"]) for entry in self.baseline.report["unread"]}
        unread = result.report["unread"]
        return [entry for entry in unread if (entry["question"], entry["account"], entry["why"]) not in known]


@pytest.fixture(scope="module", params=list(GROUNDS))
def study(request, deniedby, server):
    server.reset()
    event = getattr(scenarios, request.param)(World(server))

    def run(*faults):
        with FaultProxy(server.url, *faults) as proxy:
            return deniedby.explain(event, endpoint=proxy.url), proxy.calls

    baseline, calls = run()
    assert (baseline.code, baseline.stderr) == (0, "")
    study = Study(request.param, baseline, calls, {})
    # Kind by kind: timeouts come first, and while they wait the others run.
    faults = [(service, operation, kind) for kind in KINDS for service, operation in study.operations]
    with ThreadPoolExecutor(WORKERS) as pool:
        results = pool.map(lambda fault: run(Fault(fault[2], fault[0], fault[1]))[0], faults)
        study.runs = dict(zip(faults, results))
    return study


def certain(report):
    return {cause["code"] for cause in report["causes"] if cause["confidence"] == "certain"}


def subject(call):
    """What a question about this call must name: a role, a bucket, the start of an ARN. A lookup names other calls."""
    return "" if call.service == "cloudtrail" else re.split("[ /?]", call.resource)[0]


def test_the_undisturbed_diagnosis_is_certain(study):
    code, operations = GROUNDS[study.name]
    assert study.baseline.report["verdict"] == "explained"
    assert code in certain(study.baseline.report)
    assert operations <= {operation for _, operation in study.operations}


@pytest.mark.parametrize("kind", KINDS)
def test_the_report_comes_all_the_same(study, kind):
    for operation, _, result in study.of(kind):
        assert (result.code, result.stderr) == (0, ""), operation
        assert result.report["schema"] == "deniedby/report/1", operation
        assert result.seconds < LONGEST_RUN, operation


@pytest.mark.parametrize("kind", KINDS)
def test_the_report_says_what_was_not_read(study, kind):
    for operation, broken, result in study.of(kind):
        if operation in NO_QUESTIONS:
            continue
        unread = study.newly_unread(result)
        for call in broken:
            entries = [e for e in unread if e["account"] == call.account and subject(call) in e["question"]]
            assert entries, f"{call} is not among {unread}"
            assert all(entry["why"] and entry["needs"] for entry in entries), entries
            if kind == "denied":
                assert any(call.permission in entry["needs"] for entry in entries), f"{call.permission}: {entries}"


def test_each_reason_is_told_apart(study):
    for service, operation in study.operations:
        if operation in NO_QUESTIONS:
            continue
        reasons = set()
        for kind in ("denied", "throttled", "timeout", "garbage"):
            unread = study.newly_unread(study.runs[service, operation, kind])
            reasons.add(frozenset(entry["why"] for entry in unread))
        assert len(reasons) == 4, f"{operation}: {reasons}"


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_certain_that_stands_on_what_was_not_read(study, kind):
    code, operations = GROUNDS[study.name]
    for operation, _, result in study.of(kind):
        sure = certain(result.report)
        assert sure <= certain(study.baseline.report), operation
        if operation in operations | {"AssumeRole"}:
            assert code not in sure, operation
            assert result.report["verdict"] != "explained", operation


@pytest.mark.parametrize("kind", KINDS)
def test_an_account_without_the_read_role_leaves_all_its_questions_open(study, kind):
    result = study.runs["sts", "AssumeRole", kind]
    unread = study.newly_unread(result)
    assert {entry["account"] for entry in unread} == {PRINCIPAL_ACCOUNT, BUCKET_ACCOUNT}
    for call in study.calls:
        if call.operation in NO_QUESTIONS | FOLLOW_UPS:
            continue
        entries = [e for e in unread if e["account"] == call.account and subject(call) in e["question"]]
        assert entries, f"{call} is not among {unread}"
        assert all(entry["why"] and entry["needs"] for entry in entries)


@pytest.mark.parametrize("account", [PRINCIPAL_ACCOUNT, BUCKET_ACCOUNT])
def test_one_account_without_the_read_role_does_not_hide_the_other(deniedby, moto, account):
    event = scenarios.everything_read(World(moto))
    with FaultProxy(moto.url, Fault("denied", "sts", "AssumeRole", account)) as proxy:
        report = deniedby.explain(event, endpoint=proxy.url).report
    (other,) = {PRINCIPAL_ACCOUNT, BUCKET_ACCOUNT} - {account}
    assert {call.account for call in proxy.calls if call.service != "sts"} == {other}
    assert account in {entry["account"] for entry in report["unread"]}
    # The deny is in the bucket's account, and holds whatever the other account says.
    assert ("resource-policy-explicit-deny" in certain(report)) == (account == PRINCIPAL_ACCOUNT)
