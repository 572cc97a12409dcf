"""`deniedby explain` with access points, and with settings of buckets and objects that policies name."""

import json

import pytest

import breaking
import events
from moto_server import REGION as MOTO_REGION
from scenarios import BUCKET_ARN, LETS_READ, OBJECTS, READS
from world import BUCKET, BUCKET_ACCOUNT, KEY, PRINCIPAL_ACCOUNT, policy, principal, statement

POINT = "reports"
# moto makes access points in no other Region.
REGION = "us-east-1"
POINT_ARN = f"arn:aws:s3:{REGION}:{BUCKET_ACCOUNT}:accesspoint/{POINT}"


def access_point(world, account, document=None, **settings):
    """The ARN and the alias of an access point of the bucket."""
    control = world.client("s3control", account)
    made = control.create_access_point(AccountId=account, Name=POINT, Bucket=BUCKET, **settings)
    if document:
        control.put_access_point_policy(AccountId=account, Name=POINT, Policy=document)
    return made["AccessPointArn"], made["Alias"]


def through(record, arn, alias=None):
    """The record of the same call through an access point."""
    record["awsRegion"] = REGION
    record["requestParameters"]["bucketName"] = alias or arn
    if alias is None:
        record["resources"].append({"accountId": BUCKET_ACCOUNT, "type": "AWS::S3::AccessPoint", "ARN": arn})
    return record


def explain(deniedby, record, endpoint):
    result = deniedby.explain(record, endpoint=endpoint)
    assert (result.code, result.stderr) == (0, "")
    return result.report


def first(report):
    assert report["verdict"] == "explained", json.dumps(report, indent=1)
    cause = report["causes"][0]
    assert cause["confidence"] == "certain", json.dumps(report, indent=1)
    return cause["code"], cause["where"][0]


def owner_of_all(world):
    """A role and a bucket in one account, whose own policies allow everything on the bucket."""
    anything = policy(statement("Anything", "Allow", "s3:*", "*"))
    role = world.role(inline={"reports": anything}, account=BUCKET_ACCOUNT)
    world.bucket(keys=[KEY])
    return events.denied(events.role_session(BUCKET_ACCOUNT, role_id=role), BUCKET, KEY, BUCKET_ACCOUNT)


def deny_at(arn):
    return policy(statement("NoReads", "Deny", "s3:GetObject", f"{arn}/object/*", Principal="*"))


@pytest.mark.parametrize("by_alias", [False, True], ids=["arn", "alias"])
def test_the_access_points_policy_denies(deniedby, proxy, world, by_alias):
    record = owner_of_all(world)
    arn, alias = access_point(world, BUCKET_ACCOUNT, deny_at(POINT_ARN))
    report = explain(deniedby, through(record, arn, alias if by_alias else None), proxy.url)
    code, place = first(report)
    assert (code, place["statement"]) == ("access-point-policy-explicit-deny", "NoReads")
    asked = {call.operation for call in proxy.calls if call.service == "s3control"}
    assert asked >= {"GetAccessPoint", "GetAccessPointPolicy"}
    assert ("ListAccessPoints" in asked) == by_alias


def test_an_access_point_without_a_policy_is_no_failure(deniedby, moto, world):
    record = owner_of_all(world)
    arn, _ = access_point(world, BUCKET_ACCOUNT)
    report = explain(deniedby, through(record, arn), moto.url)
    assert [entry for entry in report["unread"] if "access-point" in entry["question"]] == []


def test_what_is_not_said_of_an_access_point_is_not_known(deniedby, moto, world):
    record = owner_of_all(world)
    arn, alias = access_point(world, BUCKET_ACCOUNT, deny_at(POINT_ARN))
    operations = ["GetAccessPoint", "GetAccessPointPolicy", "ListAccessPoints"]
    for fault, report in breaking.reports(deniedby, moto, through(record, arn, alias), "s3control", operations):
        assert breaking.unread(report, f"s3:{fault.operation}"), (fault, report["unread"])
        sure = [cause["code"] for cause in report["causes"] if cause["confidence"] == "certain"]
        assert ("access-point-policy-explicit-deny" in sure) == (fault.operation == "GetAccessPoint"), fault


def test_tags_of_the_object_decide(deniedby, proxy, world):
    action = "s3:GetObjectAcl"  # moto takes a deny of s3:GetObject as one of our own GetObjectTagging
    role = world.role(inline={"reports": policy(statement("ReadReports", "Allow", action, OBJECTS))})
    secret = {"StringEquals": {"s3:ExistingObjectTag/class": "secret"}}
    guard = statement("NoSecrets", "Deny", action, OBJECTS, Principal="*", Condition=secret)
    world.bucket(keys=[KEY])
    s3 = world.client("s3", BUCKET_ACCOUNT)
    s3.put_object_tagging(Bucket=BUCKET, Key=KEY, Tagging={"TagSet": [{"Key": "class", "Value": "secret"}]})
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy({**LETS_READ, "Action": action}, guard))
    identity = events.role_session(PRINCIPAL_ACCOUNT, role_id=role)
    record = events.denied(identity, BUCKET, KEY, BUCKET_ACCOUNT, name="GetObjectAcl")
    code, place = first(explain(deniedby, record, proxy.url))
    assert (code, place["policy"], place["statement"]) == ("resource-policy-explicit-deny", BUCKET_ARN, "NoSecrets")
    assert "GetObjectTagging" in {call.operation for call in proxy.calls}


@pytest.mark.parametrize("abac", ["Enabled", "Disabled"])
def test_tags_of_the_bucket_count_where_it_says_so(deniedby, proxy, world, abac):
    lists = policy(statement("List", "Allow", "s3:ListBucket", BUCKET_ARN))
    role = world.role(inline={"reports": lists}, account=BUCKET_ACCOUNT)
    closed = {"StringEquals": {"aws:ResourceTag/state": "closed"}}
    world.bucket(keys=[KEY])
    s3 = world.client("s3", BUCKET_ACCOUNT)
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "state", "Value": "closed"}]})
    s3.put_bucket_abac(Bucket=BUCKET, AbacStatus={"Status": abac})
    guard = statement("Closed", "Deny", "s3:ListBucket", BUCKET_ARN, Principal="*", Condition=closed)
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(guard))
    identity = events.role_session(BUCKET_ACCOUNT, role_id=role)
    record = events.denied(identity, BUCKET, KEY, BUCKET_ACCOUNT, name="ListObjects")
    del record["requestParameters"]["key"]
    record["resources"] = record["resources"][1:]
    report = explain(deniedby, record, proxy.url)
    found = [cause["code"] for cause in report["causes"]]
    assert ("resource-policy-explicit-deny" in found) == (abac == "Enabled"), json.dumps(report, indent=1)
    asked = {call.operation for call in proxy.calls}
    assert "GetBucketAbac" in asked
    assert ("GetBucketTagging" in asked) == (abac == "Enabled")


@pytest.mark.parametrize("payer", ["Requester", "BucketOwner"])
def test_who_does_not_say_that_they_pay_is_denied(deniedby, moto, world, payer):
    role = world.role(inline={"reports": READS})
    world.bucket(policy(LETS_READ), keys=[KEY])
    s3 = world.client("s3", BUCKET_ACCOUNT)
    s3.put_bucket_request_payment(Bucket=BUCKET, RequestPaymentConfiguration={"Payer": payer})
    record = events.denied(events.role_session(PRINCIPAL_ACCOUNT, role_id=role), BUCKET, KEY, BUCKET_ACCOUNT)
    report = explain(deniedby, record, moto.url)
    assert ("requester-pays" in [cause["code"] for cause in report["causes"]]) == (payer == "Requester")


def test_whose_a_bucket_is_is_found_where_the_record_does_not_say(deniedby, proxy, world):
    role = world.role(inline={"reports": policy(statement("Other", "Allow", "s3:GetObject", BUCKET_ARN))})
    world.bucket(keys=[KEY], account=PRINCIPAL_ACCOUNT)
    record = events.denied(events.role_session(PRINCIPAL_ACCOUNT, role_id=role), BUCKET, KEY, PRINCIPAL_ACCOUNT)
    del record["resources"]
    code, _ = first(explain(deniedby, record, proxy.url))
    assert code == "identity-policy-no-allow"
    assert "ListBuckets" in {call.operation for call in proxy.calls}


def test_a_role_that_trusts_somebody_else(deniedby, moto, world):
    role = world.role(inline={"assume": policy(statement("Assume", "Allow", "sts:AssumeRole", "*"))})
    audit = {"Sid": "Audit", "Effect": "Allow", "Principal": principal(PRINCIPAL_ACCOUNT, "audit")}
    target = f"arn:aws:iam::{BUCKET_ACCOUNT}:role/target"
    iam = world.client("iam", BUCKET_ACCOUNT)
    iam.create_role(RoleName="target", AssumeRolePolicyDocument=policy({**audit, "Action": "sts:AssumeRole"}))
    identity = events.role_session(PRINCIPAL_ACCOUNT, role_id=role)
    record = events.denied(identity, "unused", "unused", BUCKET_ACCOUNT, name="AssumeRole")
    message = f"User: {identity['arn']} is not authorized to perform: sts:AssumeRole on resource: {target}"
    record |= {
        "eventSource": "sts.amazonaws.com",
        "errorMessage": message,
        "requestParameters": {"roleArn": target, "roleSessionName": "s"},
        "resources": [{"accountId": BUCKET_ACCOUNT, "type": "AWS::IAM::Role", "ARN": target}],
    }
    code, place = first(explain(deniedby, record, moto.url))
    assert (code, place["statement"]) == ("trust-policy-no-allow", "Audit")


def multi_region(world, record, document=None):
    """The record of the same call through a Multi-Region Access Point, and its ARN."""
    control = world.client("s3control", BUCKET_ACCOUNT)
    details = {"Name": "everywhere", "Regions": [{"Bucket": BUCKET}]}
    control.create_multi_region_access_point(AccountId=BUCKET_ACCOUNT, ClientToken="t", Details=details)
    made = control.get_multi_region_access_point(AccountId=BUCKET_ACCOUNT, Name="everywhere")["AccessPoint"]
    arn = f"arn:aws:s3::{BUCKET_ACCOUNT}:accesspoint/{made['Alias']}"
    if document:
        details = {"Name": "everywhere", "Policy": document(arn)}
        control.put_multi_region_access_point_policy(AccountId=BUCKET_ACCOUNT, ClientToken="p", Details=details)
    record["requestParameters"]["Host"] = f"{made['Alias']}.accesspoint.s3-global.amazonaws.com"
    return record, arn


def test_the_policy_of_a_multi_region_access_point_denies(deniedby, proxy, world):
    record, arn = multi_region(world, owner_of_all(world), deny_at)
    code, place = first(explain(deniedby, record, proxy.url))
    assert (code, place["policy"], place["statement"]) == ("access-point-policy-explicit-deny", arn, "NoReads")
    asked = [call.operation for call in proxy.calls if call.service == "s3control"]
    assert asked.count("ListMultiRegionAccessPoints") == 1
    assert asked.count("GetMultiRegionAccessPointPolicy") == 1


def test_what_is_not_said_of_a_multi_region_access_point_is_not_known(deniedby, moto, world):
    record, _ = multi_region(world, owner_of_all(world), deny_at)
    operations = ["ListMultiRegionAccessPoints", "GetMultiRegionAccessPointPolicy"]
    for fault, report in breaking.reports(deniedby, moto, record, "s3control", operations):
        assert breaking.unread(report, f"s3:{fault.operation}"), (fault, report["unread"])
        sure = [cause["code"] for cause in report["causes"] if cause["confidence"] == "certain"]
        assert "access-point-policy-explicit-deny" not in sure, fault


@pytest.mark.parametrize("team", ["finance", "sales", None])
def test_tags_of_other_resources_decide(deniedby, proxy, world, team):
    condition = {"StringEquals": {"aws:ResourceTag/team": "finance"}}
    sends = policy(statement("SendTagged", "Allow", "sqs:SendMessage", "*", Condition=condition))
    role = world.role(inline={"queues": sends})
    tags = {"tags": {"team": team}} if team else {}
    world.client("sqs", PRINCIPAL_ACCOUNT).create_queue(QueueName="orders", **tags)
    arn = f"arn:aws:sqs:{MOTO_REGION}:{PRINCIPAL_ACCOUNT}:orders"
    identity = events.role_session(PRINCIPAL_ACCOUNT, role_id=role)
    record = events.denied(identity, "unused", "unused", PRINCIPAL_ACCOUNT, name="SendMessage")
    message = f"User: {identity['arn']} is not authorized to perform: sqs:SendMessage on resource: {arn}"
    resources = [{"accountId": PRINCIPAL_ACCOUNT, "type": "AWS::SQS::Queue", "ARN": arn}]
    record |= {"eventSource": "sqs.amazonaws.com", "errorMessage": message, "resources": resources}
    report = explain(deniedby, record | {"requestParameters": {}}, proxy.url)
    assert "GetResources" in {call.operation for call in proxy.calls if call.service == "tagging"}
    sure = [cause["code"] for cause in report["causes"] if cause["confidence"] == "certain"]
    assert sure == ([] if team == "finance" else ["identity-policy-no-allow"]), json.dumps(report, indent=1)
