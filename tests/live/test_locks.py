"""`deniedby explain` with what keeps a version from being deleted: Object Lock and MFA delete."""

import json
from datetime import UTC, datetime

import pytest

import breaking
import events
from moto_server import REGION
from scenarios import OBJECTS
from world import BUCKET, KEY, PRINCIPAL_ACCOUNT, policy, statement

ACCOUNT = PRINCIPAL_ACCOUNT
LATER = datetime(2030, 1, 1, tzinfo=UTC)


class Versions:
    """A bucket that keeps versions and locks, a role that may delete them, and one version."""

    def __init__(self, world):
        self.s3 = world.client("s3", ACCOUNT)
        deletes = policy(statement("Delete", "Allow", ["s3:DeleteObject*", "s3:BypassGovernanceRetention"], OBJECTS))
        role = world.role(inline={"delete": deletes}, account=ACCOUNT)
        where = {"LocationConstraint": REGION}
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where, ObjectLockEnabledForBucket=True)
        self.identity = events.role_session(ACCOUNT, role_id=role)
        self.version = world.overwrite(KEY, account=ACCOUNT)

    def denied(self, **parameters):
        record = events.denied(self.identity, BUCKET, KEY, ACCOUNT, name="DeleteObject")
        record["requestParameters"] |= {"versionId": self.version, **parameters}
        return record

    def retain(self, mode):
        retention = {"Mode": mode, "RetainUntilDate": LATER}
        self.s3.put_object_retention(Bucket=BUCKET, Key=KEY, VersionId=self.version, Retention=retention)

    def hold(self, status):
        self.s3.put_object_legal_hold(Bucket=BUCKET, Key=KEY, VersionId=self.version, LegalHold={"Status": status})


@pytest.fixture
def versions(world):
    return Versions(world)


def explain(deniedby, record, endpoint):
    result = deniedby.explain(record, endpoint=endpoint)
    assert (result.code, result.stderr) == (0, "")
    return result.report


def sure(report):
    return [cause["code"] for cause in report["causes"] if cause["confidence"] == "certain"]


def test_a_version_in_compliance_mode(deniedby, proxy, versions):
    versions.retain("COMPLIANCE")
    report = explain(deniedby, versions.denied(), proxy.url)
    assert sure(report) == ["object-locked"], json.dumps(report, indent=1)
    assert {"GetObjectRetention", "GetObjectLegalHold"} <= {call.operation for call in proxy.calls}


@pytest.mark.parametrize("bypasses", [False, True])
def test_governance_mode_can_be_passed_over(deniedby, moto, versions, bypasses):
    versions.retain("GOVERNANCE")
    header = {"x-amz-bypass-governance-retention": "true"} if bypasses else {}
    report = explain(deniedby, versions.denied(**header), moto.url)
    assert ("object-locked" in sure(report)) != bypasses, json.dumps(report, indent=1)


@pytest.mark.parametrize("status", ["ON", "OFF"])
def test_a_legal_hold(deniedby, moto, versions, status):
    versions.hold(status)
    report = explain(deniedby, versions.denied(), moto.url)
    assert ("object-locked" in sure(report)) == (status == "ON"), json.dumps(report, indent=1)


def test_a_version_without_a_lock_is_no_failure(deniedby, moto, versions):
    report = explain(deniedby, versions.denied(), moto.url)
    assert sure(report) == []
    assert [row for row in report["unread"] if row["question"].startswith("object-lock")] == []


@pytest.mark.parametrize("state", ["Enabled", "Disabled"])
def test_mfa_delete(deniedby, proxy, versions, state):
    versioning = {"Status": "Enabled", "MFADelete": state}
    versions.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration=versioning, MFA="serial 123456")
    report = explain(deniedby, versions.denied(), proxy.url)
    assert ("mfa-delete" in sure(report)) == (state == "Enabled"), json.dumps(report, indent=1)
    assert "GetBucketVersioning" in {call.operation for call in proxy.calls}
    assert [row for row in report["unread"] if row["question"].startswith("bucket-versioning")] == []


def test_what_is_not_said_of_a_lock_is_not_known(deniedby, moto, versions):
    versions.retain("COMPLIANCE")
    operations = ["GetObjectRetention", "GetObjectLegalHold", "GetBucketVersioning"]
    for fault, report in breaking.reports(deniedby, moto, versions.denied(), "s3", operations):
        assert breaking.unread(report, f"s3:{fault.operation}"), (fault, report["unread"])
        assert ("object-locked" in sure(report)) == (fault.operation == "GetBucketVersioning"), fault
