"""`deniedby explain` with facts of other services: policies of their resources and of VPC endpoints, and CloudTrail."""

import io
import json
import uuid
import zipfile

import pytest

import event_history
import events
import scenarios
from moto_server import REGION
from world import BUCKET, BUCKET_ACCOUNT, KEY, PRINCIPAL_ACCOUNT, policy, statement

NOT_REPORTING = statement("NotReporting", "Deny", "*", "*", Principal="*")


def table(world, document):
    dynamodb = world.client("dynamodb", BUCKET_ACCOUNT)
    made = dynamodb.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    arn = made["TableDescription"]["TableArn"]
    if document:
        dynamodb.put_resource_policy(ResourceArn=arn, Policy=document)
    return "dynamodb:GetItem", arn


def repository(world, document):
    ecr = world.client("ecr", BUCKET_ACCOUNT)
    arn = ecr.create_repository(repositoryName="team/app")["repository"]["repositoryArn"]
    if document:
        ecr.set_repository_policy(repositoryName="team/app", policyText=document)
    return "ecr:BatchGetImage", arn


def bus(world, document):
    bridge = world.client("events", BUCKET_ACCOUNT)
    arn = bridge.create_event_bus(Name="orders")["EventBusArn"]
    if document:
        bridge.put_permission(EventBusName="orders", Policy=document)
    return "events:PutEvents", arn


def catalog(world, document):
    glue = world.client("glue", BUCKET_ACCOUNT)
    glue.create_database(DatabaseInput={"Name": "sales"})
    if document:
        glue.put_resource_policy(PolicyInJson=document)
    return "glue:GetDatabase", f"arn:aws:glue:{REGION}:{BUCKET_ACCOUNT}:database/sales"


def secret(world, document):
    secrets = world.client("secretsmanager", BUCKET_ACCOUNT)
    arn = secrets.create_secret(Name="db", SecretString="x")["ARN"]
    if document:
        secrets.put_resource_policy(SecretId=arn, ResourcePolicy=document)
    return "secretsmanager:GetSecretValue", arn


def topic(world, document):
    sns = world.client("sns", BUCKET_ACCOUNT)
    arn = sns.create_topic(Name="orders")["TopicArn"]
    if document:
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=document)
    return "sns:Publish", arn


def queue(world, document):
    sqs = world.client("sqs", BUCKET_ACCOUNT)
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    if document:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    return "sqs:SendMessage", f"arn:aws:sqs:{REGION}:{BUCKET_ACCOUNT}:orders"


def function(world):
    trust = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = world.client("iam", BUCKET_ACCOUNT).create_role(RoleName="app", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    with zipfile.ZipFile(code := io.BytesIO(), "w") as archive:
        archive.writestr("app.py", "")
    made = world.client("lambda", BUCKET_ACCOUNT).create_function(
        FunctionName="app", Runtime="python3.12", Role=role, Handler="app.run", Code={"ZipFile": code.getvalue()}
    )
    return "lambda:InvokeFunction", made["FunctionArn"]


def denied(world, action, arn, reason):
    """The record of a call on a resource of the other account, by a role that may do anything."""
    role = world.role(inline={"anything": policy(statement("Anything", "Allow", "*", "*"))})
    identity = events.role_session(PRINCIPAL_ACCOUNT, role_id=role)
    service, name = action.split(":")
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": "2026-11-01T10:00:00Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "192.0.2.10",
        "userAgent": "Boto3/1.40.0",
        "errorCode": "AccessDenied",
        "errorMessage": events.message(identity, action, arn, reason),
        "requestParameters": None,
        "responseElements": None,
        "eventID": str(uuid.uuid4()),
        "eventType": "AwsApiCall",
        "recipientAccountId": PRINCIPAL_ACCOUNT,
    }


def first_cause(result):
    assert (result.code, result.stderr) == (0, "")
    report = result.report
    assert report["verdict"] == "explained", json.dumps(report, indent=1)
    return report["causes"][0]


def unread(report, question):
    return [gap for gap in report["unread"] if gap["question"].split()[0] == question]


@pytest.mark.parametrize("resource", [table, repository, bus, catalog, secret, topic, queue])
def test_a_resource_policy_denies(deniedby, moto, world, resource):
    action, arn = resource(world, policy(NOT_REPORTING))
    record = denied(world, action, arn, "with an explicit deny in a resource-based policy")
    cause = first_cause(deniedby.explain(record, endpoint=moto.url))
    assert (cause["code"], cause["confidence"]) == ("resource-policy-explicit-deny", "certain")
    assert (cause["where"][0]["policy"], cause["where"][0]["statement"]) == (arn, "NotReporting")


@pytest.mark.parametrize("resource", [table, repository, bus, secret, queue])
def test_a_resource_without_a_policy_lets_no_other_account_in(deniedby, moto, world, resource):
    action, arn = resource(world, None)
    record = denied(world, action, arn, "because no resource-based policy allows the action")
    result = deniedby.explain(record, endpoint=moto.url)
    cause = first_cause(result)
    assert cause["code"] == "resource-policy-no-allow"
    assert not unread(result.report, "resource-policy")


def test_a_function_lets_another_account_in(deniedby, moto, world):
    action, arn = function(world)
    world.client("lambda", BUCKET_ACCOUNT).add_permission(
        FunctionName="app", StatementId="LetAudit", Action=action, Principal="123456789012"
    )
    record = denied(world, action, arn, f"because no resource-based policy allows the {action} action")
    cause = first_cause(deniedby.explain(record, endpoint=moto.url))
    assert cause["code"] == "resource-policy-no-allow"
    place = cause["where"][0]
    assert (place["policy"], place["statement"], place["element"]) == (arn, "LetAudit", "Principal")


def endpoint(world, *statements):
    """An endpoint of the principal's account with this policy."""
    ec2 = world.client("ec2", PRINCIPAL_ACCOUNT)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    document = policy(*statements)
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", PolicyDocument=document)
    return made["VpcEndpoint"]["VpcEndpointId"]


def through(record, endpoint_id):
    return record | {"vpcEndpointId": endpoint_id, "vpcEndpointAccountId": PRINCIPAL_ACCOUNT}


def s3_record(world):
    """Both sides of two accounts let the role read."""
    role = world.role(inline={"reports": scenarios.READS})
    world.bucket(policy(scenarios.LETS_READ), keys=[KEY])
    return events.denied(events.role_session(PRINCIPAL_ACCOUNT, role_id=role), BUCKET, KEY, BUCKET_ACCOUNT)


def test_the_endpoint_lets_another_bucket_through(deniedby, moto, world):
    other = statement("OnlyLogs", "Allow", "s3:*", "arn:aws:s3:::acme-logs/*", Principal="*")
    endpoint_id = endpoint(world, other)
    record = through(s3_record(world), endpoint_id)
    cause = first_cause(deniedby.explain(record, endpoint=moto.url))
    assert cause["code"] == "vpc-endpoint-policy-no-allow"
    place = cause["where"][0]
    assert (place["policy"], place["statement"], place["element"]) == (endpoint_id, "OnlyLogs", "Resource")


def test_the_endpoint_denies(deniedby, moto, world):
    everything = statement("Everything", "Allow", "*", "*", Principal="*")
    endpoint_id = endpoint(world, everything, NOT_REPORTING | {"Action": "s3:GetObject"})
    record = through(s3_record(world), endpoint_id)
    cause = first_cause(deniedby.explain(record, endpoint=moto.url))
    assert (cause["code"], cause["where"][0]["statement"]) == ("vpc-endpoint-policy-explicit-deny", "NotReporting")


def test_an_endpoint_that_is_gone_is_no_open_one(deniedby, moto, world):
    record = through(s3_record(world), "vpce-1234567890abcdef0")
    report = deniedby.explain(record, endpoint=moto.url).report
    assert unread(report, "vpc-endpoint"), json.dumps(report, indent=1)


def made(**passed):
    """The record of the call that made the session of `events.role_session`."""
    role = f"arn:aws:iam::{PRINCIPAL_ACCOUNT}:role/reporting"
    user = f"arn:aws:sts::{PRINCIPAL_ACCOUNT}:assumed-role/reporting/nightly"
    return {
        "userIdentity": {"type": "AWSService", "invokedBy": "scheduler.amazonaws.com"},
        "eventTime": "2026-11-01T09:00:00Z",
        "eventSource": "sts.amazonaws.com",
        "eventName": "AssumeRole",
        "awsRegion": REGION,
        "requestParameters": {"roleArn": role, "roleSessionName": "nightly", **passed},
        "responseElements": {"credentials": {"accessKeyId": events.ACCESS_KEY}, "assumedRoleUser": {"arn": user}},
        "eventID": str(uuid.uuid4()),
    }


def test_the_session_policy_does_not_allow_it(deniedby, moto, world):
    session = policy(statement("OnlyList", "Allow", "s3:ListBucket", "*"))
    event_history.record(world, PRINCIPAL_ACCOUNT, made(policy=session))
    result = deniedby.explain(s3_record(world), endpoint=moto.url)
    cause = first_cause(result)
    assert (cause["code"], cause["confidence"]) == ("session-policy-no-allow", "certain")
    assert (cause["where"][0]["policy"], cause["where"][0]["statement"]) == ("session policy", "OnlyList")
    assert not unread(result.report, "session")


def test_a_session_without_a_policy_is_known_to_have_none(deniedby, moto, world):
    event_history.record(world, PRINCIPAL_ACCOUNT, made())
    report = deniedby.explain(s3_record(world), endpoint=moto.url).report
    assert not unread(report, "session"), json.dumps(report, indent=1)


def test_a_session_of_which_there_is_no_record_stays_open(deniedby, moto, world):
    other = made()
    other["responseElements"]["credentials"]["accessKeyId"] = "ASIAIOSFODNN7ANOTHER"
    event_history.record(world, PRINCIPAL_ACCOUNT, other)
    report = deniedby.explain(s3_record(world), endpoint=moto.url).report
    (gap,) = unread(report, "session")
    assert gap["account"] == PRINCIPAL_ACCOUNT


def test_who_changed_the_bucket_policy_since(deniedby, moto, world):
    event_history.record(world, PRINCIPAL_ACCOUNT, made())
    change = {
        "userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{BUCKET_ACCOUNT}:user/ann"},
        "eventTime": "2026-11-01T10:05:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": "PutBucketPolicy",
        "awsRegion": REGION,
        "requestParameters": {"bucketName": BUCKET},
        "eventID": str(uuid.uuid4()),
    }
    event_history.record(world, BUCKET_ACCOUNT, change)
    record = s3_record(world)
    identity = record["userIdentity"]
    reason = "because no resource-based policy allows the s3:GetObject action"
    record["errorMessage"] = events.message(identity, "s3:GetObject", f"arn:aws:s3:::{BUCKET}/{KEY}", reason)
    report = deniedby.explain(record, endpoint=moto.url).report
    (cause,) = [cause for cause in report["causes"] if cause["code"] == "changed-since"]
    text = json.dumps(cause)
    assert "PutBucketPolicy" in text, json.dumps(report, indent=1)
    assert "user/ann" in text
