"""`deniedby explain` with KMS: key policies, grants, states, and what stands behind a bucket's default encryption."""

import json

import pytest

import breaking
import events
import keys
from scenarios import READS
from world import BUCKET, KEY, PRINCIPAL_ACCOUNT, ROLE, policy, principal, statement

ACCOUNT = PRINCIPAL_ACCOUNT
DECRYPTS = policy(statement("UseKeys", "Allow", "kms:Decrypt", "*"))


def caller(world, **policies):
    return events.role_session(ACCOUNT, role_id=world.role(**policies))


def explain(deniedby, record, endpoint, *more):
    result = deniedby.explain(record, *more, endpoint=endpoint)
    assert (result.code, result.stderr) == (0, "")
    return result.report


def codes(report, *confidences):
    return [cause["code"] for cause in report["causes"] if cause["confidence"] in (confidences or ("certain",))]


def operations(proxy, service="kms"):
    return {call.operation for call in proxy.calls if call.service == service}


def test_the_key_policy_denies(deniedby, proxy, world):
    deny = statement("NotReporting", "Deny", "kms:Decrypt", "*", Principal=principal(ACCOUNT))
    key = keys.key(world, ACCOUNT, keys.root_statement(ACCOUNT), deny)
    report = explain(deniedby, keys.denied(caller(world, inline={"keys": DECRYPTS}), key, ACCOUNT), proxy.url)
    assert report["verdict"] == "explained", json.dumps(report, indent=1)
    cause = report["causes"][0]
    assert (cause["code"], cause["confidence"]) == ("kms-key-policy-explicit-deny", "certain")
    assert cause["where"][0]["statement"] == "NotReporting"
    assert operations(proxy) >= {"GetKeyPolicy", "ListGrants"}


def test_a_key_policy_that_names_nobody_lets_nobody_in(deniedby, moto, world):
    admin = statement("Admin", "Allow", "kms:*", "*", Principal=principal(ACCOUNT, "admin"))
    key = keys.key(world, ACCOUNT, admin)
    report = explain(deniedby, keys.denied(caller(world, inline={"keys": DECRYPTS}), key, ACCOUNT), moto.url)
    assert codes(report) == ["kms-key-policy-no-allow"], json.dumps(report, indent=1)


def test_a_grant_lets_in_whom_no_policy_does(deniedby, moto, world):
    admin = statement("Admin", "Allow", "kms:*", "*", Principal=principal(ACCOUNT, "admin"))
    key = keys.key(world, ACCOUNT, admin)
    record = keys.denied(caller(world, inline={"keys": DECRYPTS}), key, ACCOUNT)
    kms = world.client("kms", ACCOUNT)

    def grant(role, *operations):
        kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/{role}", Operations=operations)

    grant("audit", "Decrypt")
    grant(ROLE, "Encrypt")
    assert codes(explain(deniedby, record, moto.url)) == ["kms-key-policy-no-allow"]
    grant(ROLE, "Encrypt", "Decrypt")
    assert codes(explain(deniedby, record, moto.url)) == []


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion"])
def test_a_key_that_cannot_be_used(deniedby, moto, world, state):
    key = keys.key(world, ACCOUNT, keys.root_statement(ACCOUNT))
    kms = world.client("kms", ACCOUNT)
    key_id = key.split("/")[1]  # moto finds it by its ARN for some calls only
    if state == "Disabled":
        kms.disable_key(KeyId=key_id)
    else:
        kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=7)
    report = explain(deniedby, keys.denied(caller(world, inline={"keys": DECRYPTS}), key, ACCOUNT), moto.url)
    assert "kms-key-unusable" in codes(report), json.dumps(report, indent=1)
    (cause,) = [cause for cause in report["causes"] if cause["code"] == "kms-key-unusable"]
    assert cause["where"][0]["actual"] == state


def test_a_key_that_is_gone_is_said_to_be(deniedby, moto, world):
    gone = f"arn:aws:kms:eu-west-1:{ACCOUNT}:alias/reports"
    report = explain(deniedby, keys.denied(caller(world, inline={"keys": DECRYPTS}), gone, ACCOUNT), moto.url)
    assert report["verdict"] != "explained"
    whys = {entry["why"] for entry in report["unread"] if gone in entry["question"]}
    assert whys == {"it is not there any more: it was deleted since"}


def test_what_kms_does_not_say_is_not_known(deniedby, moto, world):
    admin = statement("Admin", "Allow", "kms:*", "*", Principal=principal(ACCOUNT, "admin"))
    key = keys.key(world, ACCOUNT, admin)
    record = keys.denied(caller(world, inline={"keys": DECRYPTS}), key, ACCOUNT)
    operations = ["DescribeKey", "GetKeyPolicy", "ListGrants"]
    for fault, report in breaking.reports(deniedby, moto, record, "kms", operations):
        entries = breaking.unread(report, f"kms:{fault.operation}")
        assert entries and all(key in entry["question"] for entry in entries), (fault, report["unread"])
        if fault.operation != "DescribeKey":
            assert codes(report) == [], fault


def encrypted(world, account, key=None):
    """A bucket whose objects are encrypted with a key of KMS."""
    world.bucket(keys=[KEY], account=account)
    default = {"SSEAlgorithm": "aws:kms"} | ({"KMSMasterKeyID": key} if key else {})
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    configuration = {"Rules": [rule]}
    s3 = world.client("s3", account)
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=configuration)


def test_the_key_behind_the_buckets_default_encryption_is_looked_at(deniedby, proxy, world):
    admin = statement("Admin", "Allow", "kms:*", "*", Principal=principal(ACCOUNT, "admin"))
    key = keys.key(world, ACCOUNT, admin)
    encrypted(world, ACCOUNT, key)
    identity = caller(world, inline={"reads": READS, "keys": DECRYPTS})
    report = explain(deniedby, events.denied(identity, BUCKET, KEY, ACCOUNT), proxy.url)
    assert "kms-key-policy-no-allow" in codes(report, "certain", "likely", "possible"), json.dumps(report, indent=1)
    assert "GetBucketEncryption" in operations(proxy, "s3")


def test_looking_for_the_key_of_s3_makes_none(deniedby, proxy, world):
    encrypted(world, ACCOUNT)
    identity = caller(world, inline={"reads": READS, "keys": DECRYPTS})
    explain(deniedby, events.denied(identity, BUCKET, KEY, ACCOUNT), proxy.url)
    asked = [call for call in proxy.calls if call.service == "kms"]
    assert "ListAliases" in {call.operation for call in asked}
    assert not [call for call in asked if "alias" in call.resource]
    assert world.client("kms", ACCOUNT).list_keys()["Keys"] == []


def test_the_key_of_s3_is_found_by_its_alias(deniedby, proxy, world):
    encrypted(world, ACCOUNT)
    made = world.client("kms", ACCOUNT).describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyId"]
    identity = caller(world, inline={"reads": READS, "keys": DECRYPTS})
    explain(deniedby, events.denied(identity, BUCKET, KEY, ACCOUNT), proxy.url)
    described = {call.resource.split("/")[-1] for call in proxy.calls if call.operation == "DescribeKey"}
    assert described == {made}
    assert operations(proxy) >= {"GetKeyPolicy", "ListGrants"}
