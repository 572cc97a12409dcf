"""Every kind of place that a remedy writes: what is found, written, read back and put back, against moto over HTTP."""

import json

import pytest

import events
import test_light_reads as resources
from fault_proxy import Fault, FaultProxy
from moto_server import REGION
from program import EXTERNAL_ID
from test_fix import FIX_ROLE, edited, fix, records, saved, undo  # noqa: F401 (a fixture)
from world import BUCKET, BUCKET_ACCOUNT, KEY, PRINCIPAL_ACCOUNT, ROLE, policy, principal, statement

ELSEWHERE = principal(PRINCIPAL_ACCOUNT, "audit")
CALLER = f"arn:aws:iam::{PRINCIPAL_ACCOUNT}:role/{ROLE}"


class Case:
    """A denial, the kind of remedy, what is in the place, and the call that writes it."""

    def __init__(self, record, kind, read, disturb, call, edit=None):
        self.record, self.kind, self.read, self.disturb, self.call, self.edit = record, kind, read, disturb, call, edit


def of_resource(make, read, write, operation):
    def case(world):
        other = statement("LetAudit", "Allow", "*", "*", Principal=ELSEWHERE)
        service = make.__name__
        action, arn = make(world, None)
        other |= {"Action": action, "Resource": arn}
        write(world, arn, policy(other))
        record = resources.denied(world, action, arn, f"because no resource-based policy allows the {action} action")
        changed = policy(other | {"Sid": "Another"})
        return Case(record, "resource-allow", lambda: read(world, arn), lambda: write(world, arn, changed), (service, operation))

    case.__name__ = make.__name__
    return case


def client(name):
    return lambda world: world.client(name, BUCKET_ACCOUNT)


DYNAMODB, ECR, EVENTS = client("dynamodb"), client("ecr"), client("events")
SECRETS, SNS, SQS = client("secretsmanager"), client("sns"), client("sqs")
QUEUE = f"https://sqs.{REGION}.amazonaws.com/{BUCKET_ACCOUNT}/orders"


def queue_url(world):
    return SQS(world).get_queue_url(QueueName="orders")["QueueUrl"]


RESOURCES = [
    of_resource(
        resources.table,
        lambda w, arn: DYNAMODB(w).get_resource_policy(ResourceArn=arn)["Policy"],
        lambda w, arn, text: DYNAMODB(w).put_resource_policy(ResourceArn=arn, Policy=text),
        "PutResourcePolicy",
    ),
    of_resource(
        resources.repository,
        lambda w, arn: ECR(w).get_repository_policy(repositoryName="team/app")["policyText"],
        lambda w, arn, text: ECR(w).set_repository_policy(repositoryName="team/app", policyText=text),
        "SetRepositoryPolicy",
    ),
    of_resource(
        resources.secret,
        lambda w, arn: SECRETS(w).get_resource_policy(SecretId=arn)["ResourcePolicy"],
        lambda w, arn, text: SECRETS(w).put_resource_policy(SecretId=arn, ResourcePolicy=text),
        "PutResourcePolicy",
    ),
    of_resource(
        resources.topic,
        lambda w, arn: SNS(w).get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"],
        lambda w, arn, text: SNS(w).set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text),
        "SetTopicAttributes",
    ),
    of_resource(
        resources.queue,
        lambda w, arn: SQS(w).get_queue_attributes(QueueUrl=queue_url(w), AttributeNames=["Policy"])["Attributes"]["Policy"],
        lambda w, arn, text: SQS(w).set_queue_attributes(QueueUrl=queue_url(w), Attributes={"Policy": text}),
        "SetQueueAttributes",
    ),
]


def function(world):
    """A function's policy is read statement by statement; another one of the same Sid is somebody else's."""
    action, arn = resources.function(world)
    lam = world.client("lambda", BUCKET_ACCOUNT)
    lam.add_permission(FunctionName="app", StatementId="LetAudit", Action=action, Principal="123456789012")
    record = resources.denied(world, action, arn, f"because no resource-based policy allows the {action} action")
    sid = "DeniedbylambdaInvokeFunction"
    disturb = lambda: lam.add_permission(FunctionName="app", StatementId=sid, Action=action, Principal="210987654321")  # noqa: E731
    return Case(record, "resource-allow", lambda: lam.get_policy(FunctionName="app")["Policy"], disturb, None)


def trust(world):
    iam = world.client("iam", BUCKET_ACCOUNT)
    document = policy({"Sid": "LetAudit", "Effect": "Allow", "Principal": ELSEWHERE, "Action": "sts:AssumeRole"})
    iam.create_role(RoleName="partner", AssumeRolePolicyDocument=document)
    arn = f"arn:aws:iam::{BUCKET_ACCOUNT}:role/partner"
    record = resources.denied(world, "sts:AssumeRole", arn, "because no resource-based policy allows the sts:AssumeRole action")
    record["requestParameters"] = {"roleArn": arn, "roleSessionName": "x"}
    record["resources"] = [{"accountId": BUCKET_ACCOUNT, "type": "AWS::IAM::Role", "ARN": arn}]
    read = lambda: json.dumps(iam.get_role(RoleName="partner")["Role"]["AssumeRolePolicyDocument"])  # noqa: E731
    disturb = lambda: iam.update_assume_role_policy(RoleName="partner", PolicyDocument=document.replace("LetAudit", "A"))  # noqa: E731
    return Case(record, "resource-allow", read, disturb, ("iam", "UpdateAssumeRolePolicy"))


def managed(world):
    """The ARN of the bucket in place of its objects."""
    reads = policy(statement("ReadReports", "Allow", "s3:GetObject", f"arn:aws:s3:::{BUCKET}"))
    role = world.role(managed={"reads": reads})
    world.bucket(keys=[KEY], account=PRINCIPAL_ACCOUNT)
    iam = world.client("iam", PRINCIPAL_ACCOUNT)
    arn = f"arn:aws:iam::{PRINCIPAL_ACCOUNT}:policy/reads"

    def read():
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        texts = {
            version["VersionId"]: iam.get_policy_version(PolicyArn=arn, VersionId=version["VersionId"])["PolicyVersion"]["Document"]
            for version in versions
        }
        default = next(version["VersionId"] for version in versions if version["IsDefaultVersion"])
        return json.dumps({"default": texts[default], "versions": sorted(texts)})

    disturb = lambda: iam.create_policy_version(  # noqa: E731
        PolicyArn=arn, PolicyDocument=reads.replace("ReadReports", "Another"), SetAsDefault=True
    )
    record = events.denied(
        events.role_session(PRINCIPAL_ACCOUNT, role_id=role),
        BUCKET,
        KEY,
        PRINCIPAL_ACCOUNT,
        reason="because no identity-based policy allows the s3:GetObject action",
    )
    return Case(record, "repaired-arn", read, disturb, ("iam", "CreatePolicyVersion"))


def a_key(world, *statements, **more):
    kms = world.client("kms", BUCKET_ACCOUNT)
    root = statement("Own", "Allow", "kms:*", "*", Principal={"AWS": f"arn:aws:iam::{BUCKET_ACCOUNT}:root"})
    arn = kms.create_key(Policy=policy(root, *statements), **more)["KeyMetadata"]["Arn"]
    record = resources.denied(world, "kms:Decrypt", arn, "because no resource-based policy allows the kms:Decrypt action")
    record["requestParameters"] = {"keyId": arn}
    record["resources"] = [{"accountId": BUCKET_ACCOUNT, "type": "AWS::KMS::Key", "ARN": arn}]
    return kms, arn, record


def key_policy(world):
    kms, arn, record = a_key(world)
    read = lambda: kms.get_key_policy(KeyId=arn, PolicyName="default")["Policy"]  # noqa: E731
    disturb = lambda: kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=read().replace('"Own"', '"Root"'))  # noqa: E731
    return Case(record, "resource-allow", read, disturb, ("kms", "PutKeyPolicy"))


def key_grant(world):
    kms, arn, record = a_key(world)

    def read():
        members = ("Name", "GranteePrincipal", "Operations")
        return json.dumps([{name: grant[name] for name in members} for grant in kms.list_grants(KeyId=arn)["Grants"]])

    return Case(record, "key-grant", read, None, ("kms", "CreateGrant"))


def key_state(world):
    """Allowed, and the key is disabled."""
    decrypts = statement("LetIn", "Allow", "kms:Decrypt", "*", Principal=principal(PRINCIPAL_ACCOUNT))
    kms, arn, record = a_key(world, decrypts)
    kms.disable_key(KeyId=arn.rpartition("/")[2])
    record |= {"errorCode": "DisabledException", "errorMessage": f"{arn} is disabled."}
    read = lambda: json.dumps(kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"])  # noqa: E731
    disturb = lambda: kms.schedule_key_deletion(KeyId=arn.rpartition("/")[2])  # noqa: E731
    return Case(record, "enable-key", read, disturb, ("kms", "EnableKey"))


def endpoint(world):
    passing = statement("OnlyAudit", "Allow", "*", "*", Principal="*", Condition={"ArnEquals": {"aws:PrincipalArn": CALLER + "x"}})
    endpoint_id = resources.endpoint(world, passing)
    record = resources.through(resources.s3_record(world), endpoint_id)
    record["errorMessage"] = events.message(
        record["userIdentity"],
        "s3:GetObject",
        f"arn:aws:s3:::{BUCKET}/{KEY}",
        "because no VPC endpoint policy allows the s3:GetObject action",
    )
    ec2 = world.client("ec2", PRINCIPAL_ACCOUNT)
    read = lambda: ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint_id])["VpcEndpoints"][0]["PolicyDocument"]  # noqa: E731
    disturb = lambda: ec2.modify_vpc_endpoint(  # noqa: E731
        VpcEndpointId=endpoint_id, PolicyDocument=policy(passing | {"Sid": "Another"})
    )
    return Case(record, "endpoint-allow", read, disturb, ("ec2", "ModifyVpcEndpoint"))


PLACES = [*RESOURCES, function, trust, managed, key_policy, key_grant, key_state, endpoint]


def planned(deniedby, moto, made, path):
    report = saved(deniedby, moto, made.record, path)
    kinds = {remedy["kind"]: remedy for remedy in report["remedies"]}
    assert made.kind in kinds, json.dumps(report, indent=1)
    return kinds[made.kind]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_it_is_written_read_back_and_put_back(deniedby, moto, world, tmp_path, records, place):  # noqa: F811
    made = place(world)
    remedy = planned(deniedby, moto, made, tmp_path / "case.json")
    before = made.read()
    done = fix(deniedby, moto, tmp_path / "case.json", records, "--remedy", remedy["id"])
    assert done.code == 0, done.stderr
    after = made.read()
    assert json.loads(after) != json.loads(before)
    if made.kind == "resource-allow" and place is not function:
        assert json.loads(after) == json.loads(remedy["after"])

    # A second time finds the first.
    assert fix(deniedby, moto, tmp_path / "case.json", records, "--remedy", remedy["id"]).code == 0
    assert made.read() == after
    undone, _ = undo(deniedby, moto, records)
    assert undone.code == 0, undone.stderr
    assert json.loads(made.read()) == json.loads(before)


@pytest.mark.parametrize("place", [place for place in PLACES if place is not key_grant], ids=lambda place: place.__name__)
def test_what_was_changed_since_is_left_alone(deniedby, moto, world, tmp_path, records, place):  # noqa: F811
    made = place(world)
    remedy = planned(deniedby, moto, made, tmp_path / "case.json")
    made.disturb()
    disturbed = made.read()
    done = fix(deniedby, moto, tmp_path / "case.json", records, "--remedy", remedy["id"])
    assert done.code == 1 and "changed since" in done.stderr, done.stderr
    assert made.read() == disturbed


WITH_CALL = [place for place in PLACES if place is not function]


@pytest.mark.parametrize("place", WITH_CALL, ids=lambda place: place.__name__)
@pytest.mark.parametrize("kind", ["denied", "lost"])
def test_a_write_that_fails_and_one_whose_answer_is_lost_differ(deniedby, moto, world, tmp_path, records, place, kind):  # noqa: F811
    made = place(world)
    remedy = planned(deniedby, moto, made, tmp_path / "case.json")
    before = made.read()
    service, operation = made.call
    service = {"table": "dynamodb", "repository": "ecr", "secret": "secretsmanager", "topic": "sns", "queue": "sqs"}.get(service, service)
    with FaultProxy(moto.url, Fault(kind, service, operation)) as proxy:
        done = deniedby.run(
            "fix", tmp_path / "case.json", "--apply", "--records", records, "--remedy", remedy["id"],
            "--fix-role", FIX_ROLE, "--external-id", EXTERNAL_ID, endpoint=proxy.url,
        )  # fmt: skip
        assert any(call.operation == operation for call in proxy.calls), proxy.calls
        # The session of the write may make this call, and no other write.
        policies = [json.loads(assumed["Policy"]) for assumed in proxy.assumed]
        assert policies and all("*" not in action for p in policies for s in p["Statement"] for action in s["Action"])
    if kind == "denied":
        assert done.code == 1 and "AWS denied it" in done.stderr, done.stderr
        assert made.read() == before
    else:
        assert done.code == 0, done.stderr
        assert made.read() != before


def test_a_policy_with_five_versions_is_left_as_it_is(deniedby, moto, world, tmp_path, records):  # noqa: F811
    made = managed(world)
    remedy = planned(deniedby, moto, made, tmp_path / "case.json")
    iam = world.client("iam", PRINCIPAL_ACCOUNT)
    arn = f"arn:aws:iam::{PRINCIPAL_ACCOUNT}:policy/reads"
    for number in range(4):
        document = policy(statement(f"Older{number}", "Allow", "s3:GetObject", f"arn:aws:s3:::{BUCKET}"))
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document, SetAsDefault=False)
    before = made.read()
    done = fix(deniedby, moto, tmp_path / "case.json", records, "--remedy", remedy["id"])
    assert done.code == 1 and "five versions" in done.stderr and "deletes none" in done.stderr, done.stderr
    assert made.read() == before
