"""What our roles may not do: every operation of every service that botocore knows."""

import json

import boto3
import pytest
from botocore.session import get_session

ACCOUNT = "111122223333"

# Of each service one resource that the policies are about, and any.
RESOURCES = {
    "iam": f"arn:aws:iam::{ACCOUNT}:role/app",
    "s3": "arn:aws:s3:::acme/key",
    "kms": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234",
    "dynamodb": f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/orders",
    "ecr": f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/app",
    "events": f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/orders",
    "glue": f"arn:aws:glue:eu-west-1:{ACCOUNT}:catalog",
    "lambda": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:app",
    "secretsmanager": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:db",
    "sns": f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic",
    "sqs": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:queue",
}

READS = ("Get", "List", "Describe", "Lookup", "Decode", "Simulate")


def operations():
    """Every operation as an IAM action. IAM calls some otherwise, but no write is named like a read."""
    session = get_session()
    for service in boto3.Session().get_available_services():
        model = session.get_service_model(service)
        prefix = "s3" if service == "s3control" else model.signing_name
        yield from (f"{prefix}:{name}" for name in model.operation_names)


@pytest.fixture(scope="module")
def policies(deniedby):
    return json.loads(deniedby.run("permissions", "--account", ACCOUNT).stdout)


def test_the_policies_are_those_of_the_account(policies):
    assert set(policies) == {"read", "management"}
    text = json.dumps(policies)
    assert f"arn:aws:iam::{ACCOUNT}:role/*" in text
    assert "${" not in text


@pytest.mark.parametrize("role", ["read", "management"])
def test_nothing_but_reading_is_allowed(deniedby, policies, role):
    key_policy = {"Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "kms:*", "Resource": "*"}}
    lines = []
    for action in sorted(set(operations())):
        service = action.split(":")[0]
        resource = RESOURCES.get(service, "*")
        lines.append(
            {
                "id": action,
                "principal": f"arn:aws:iam::{ACCOUNT}:role/deniedby-{role}",
                "action": action,
                "resource": {"arn": resource, "account": ACCOUNT},
                "context": {"aws:ResourceAccount": ACCOUNT},
                "identity_policies": [{"name": role, "document": policies[role]}],
                "resource_policy": key_policy if service == "kms" else None,
            }
        )
    assert len(lines) > 10_000
    result = deniedby.run("simulate", stdin="\n".join(map(json.dumps, lines)))
    decisions = {answer["id"]: answer["decision"] for answer in map(json.loads, result.stdout.splitlines())}
    assert len(decisions) == len(lines)
    # Nobody needs a permission for that.
    assert decisions.pop("sts:GetCallerIdentity") != "implicitly-denied"
    allowed = {action for action, decision in decisions.items() if decision != "implicitly-denied"}
    granted = {action for s in policies[role]["Statement"] for action in s["Action"]}
    assert allowed and allowed <= granted
    for action in allowed:
        assert action.split(":")[1].startswith(READS), action
    assert not allowed & {"s3:GetObject", "kms:Decrypt", "secretsmanager:GetSecretValue"}


def test_opting_in_lets_objects_be_read(deniedby, policies):
    done = deniedby.run("permissions", "--account", ACCOUNT, "--region", "cn-north-1", "--object-metadata")
    text = json.dumps(json.loads(done.stdout)["read"])
    assert "s3:GetObject\"" in text and "arn:aws-cn:s3:::*/*" in text
    assert "s3:GetObject\"" not in json.dumps(policies["read"])


def test_templates_are_rewritten_in_place(deniedby, tmp_path):
    from templates import APPROVALS, FIX, HUB, MANAGEMENT, MEMBER

    (tmp_path / "deploy").mkdir()
    for file in (HUB, MEMBER, MANAGEMENT, FIX, APPROVALS):
        text = file.read_text()
        begin, end = text.index("# Made by"), text.index("# End of what")
        target = tmp_path / (file.name if file == HUB else f"deploy/{file.name}")
        target.write_text(text[:begin] + text[begin : text.index("\n", begin) + 1] + text[end:])
    done = deniedby.run("permissions", "--write", tmp_path)
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.count(": written") == 5
    assert (tmp_path / "template.yaml").read_text() == HUB.read_text()
    assert (tmp_path / "deploy" / MEMBER.name).read_text() == MEMBER.read_text()
    assert deniedby.run("permissions", "--write", tmp_path).stdout.count("as it was") == 5

    (tmp_path / "template.yaml").write_text("Resources: {}\n")
    done = deniedby.run("permissions", "--write", tmp_path)
    assert done.code == 1
    (line,) = done.stderr.splitlines()
    assert "template.yaml" in line
