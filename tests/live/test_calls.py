"""What a diagnosis takes: README's table of calls and rounds, as `explain --trace-calls` counts them.

Each kind of denial is diagnosed from cold, with an organization. `DENIEDBY_BLESS=1` writes the table.
"""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

import events
import keys
from moto_server import REGION
from organization import MANAGEMENT_ROLE, Organization
from scenarios import BUCKET_ARN, LETS_READ, READS
from world import BUCKET, KEY, policy, principal, statement

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- calls -->\n", "<!-- end of calls -->"
HEAD = "| denied | calls | rounds | in sequence |\n|---|---|---|---|\n"

# About the bucket, not its objects.
SILENT = policy(statement("ReadReports", "Allow", "s3:GetObject", BUCKET_ARN))

# A denied read of an object in the caller's own account or in another: the budget.
MOST_ROUNDS = 3


class Kinds:
    """Each method but `table` builds a world and returns the record of a denial; its docstring is the name in README."""

    def __init__(self, world, organization):
        self.world = world
        self.here = organization.member
        self.there = organization.another_member()

    def read(self, account, owner, reads=READS, **bucket):
        role = self.world.role(inline={"reports": reads}, account=account)
        self.world.bucket(keys=[KEY], account=owner, **bucket)
        return events.denied(events.role_session(account, role_id=role), BUCKET, KEY, owner)

    def object_of_own_account(self):
        """an object, role of the same account"""
        return self.read(self.here, self.here, SILENT)

    def object_by_user(self):
        """an object, user in a group"""
        kinds = [policy(statement(f"Not{n}", "Allow", "logs:*", "*")) for n in range(4)]
        user = self.world.user(*kinds, account=self.here)
        self.world.bucket(keys=[KEY], account=self.here)
        return events.denied(events.user(self.here, user_id=user), BUCKET, KEY, self.here)

    def object_of_another_account(self):
        """an object of another account"""
        record = self.read(self.here, self.there)
        lets = {**LETS_READ, "Principal": principal(self.here, "audit")}
        self.world.client("s3", self.there).put_bucket_policy(Bucket=BUCKET, Policy=policy(lets))
        return record

    def object_with_acls(self):
        """an object of another account, ACLs on"""
        return self.read(self.here, self.there, ownership="ObjectWriter")

    def object_under_key(self):
        """an object under a KMS key of its account"""
        record = self.read(self.here, self.here)
        key = keys.key(self.world, self.here, keys.root_statement(self.here))
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        s3 = self.world.client("s3", self.here)
        s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
        return record

    def listing(self):
        """a listing"""
        record = self.read(self.here, self.here)
        del record["requestParameters"]["key"]
        return record | {"eventName": "ListObjects", "resources": record["resources"][1:]}

    def object_through_endpoint(self):
        """an object, through a VPC endpoint"""
        record = self.read(self.here, self.here, SILENT)
        ec2 = self.world.client("ec2", self.here)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3")["VpcEndpoint"]
        return record | {"vpcEndpointId": made["VpcEndpointId"], "vpcEndpointAccountId": self.here}

    def object_through_access_point(self):
        """an object, through an access point"""
        record = self.read(self.here, self.here)
        control = self.world.client("s3control", self.here)
        arn = control.create_access_point(AccountId=self.here, Name="reports", Bucket=BUCKET)["AccessPointArn"]
        record["requestParameters"]["bucketName"] = arn
        record["resources"].append({"accountId": self.here, "type": "AWS::S3::AccessPoint", "ARN": arn})
        return record | {"awsRegion": arn.split(":")[3]}

    def object_through_multi_region_access_point(self):
        """an object, through a Multi-Region Access Point"""
        record = self.read(self.here, self.here)
        control = self.world.client("s3control", self.here)
        details = {"Name": "everywhere", "Regions": [{"Bucket": BUCKET}]}
        control.create_multi_region_access_point(AccountId=self.here, ClientToken="t", Details=details)
        made = control.get_multi_region_access_point(AccountId=self.here, Name="everywhere")["AccessPoint"]
        record["requestParameters"]["Host"] = f"{made['Alias']}.accesspoint.s3-global.amazonaws.com"
        return record

    def repaired(self):
        """an object, and all allow it by now"""
        return self.read(self.here, self.here)

    def key(self):
        """a KMS key of another account"""
        role = self.world.role(inline={"keys": policy(statement("Use", "Allow", "kms:Decrypt", "*"))}, account=self.here)
        key = keys.key(self.world, self.there, keys.root_statement(self.there))
        return keys.denied(events.role_session(self.here, role_id=role), key, self.there)

    def role(self):
        """a role of another account"""
        role = self.world.role(inline={"roles": policy(statement("Take", "Allow", "sts:*", "*"))}, account=self.here)
        trust = policy({"Effect": "Allow", "Principal": principal(self.here, "audit"), "Action": "sts:AssumeRole"})
        self.world.client("iam", self.there).create_role(RoleName="target", AssumeRolePolicyDocument=trust)
        target = f"arn:aws:iam::{self.there}:role/target"
        return self.other(role, "sts", "AssumeRole", "AWS::IAM::Role", target, {"roleArn": target, "roleSessionName": "s"})

    def queue(self):
        """a queue of another account"""
        role = self.world.role(inline={"queues": policy(statement("Send", "Allow", "sqs:*", "*"))}, account=self.here)
        self.world.client("sqs", self.there).create_queue(QueueName="orders")
        arn = f"arn:aws:sqs:{REGION}:{self.there}:orders"
        return self.other(role, "sqs", "SendMessage", "AWS::SQS::Queue", arn, {})

    def other(self, role, service, name, kind, arn, parameters):
        identity = events.role_session(self.here, role_id=role)
        record = events.denied(identity, "unused", "unused", self.there, name=name)
        message = f"User: {identity['arn']} is not authorized to perform: {service}:{name} on resource: {arn}"
        resources = [{"accountId": self.there, "type": kind, "ARN": arn}]
        more = {"errorMessage": message, "requestParameters": parameters, "resources": resources}
        return record | {"eventSource": f"{service}.amazonaws.com", **more}


KINDS = [
    Kinds.object_of_own_account,
    Kinds.object_by_user,
    Kinds.object_of_another_account,
    Kinds.object_with_acls,
    Kinds.object_under_key,
    Kinds.listing,
    Kinds.object_through_endpoint,
    Kinds.object_through_access_point,
    Kinds.object_through_multi_region_access_point,
    Kinds.repaired,
    Kinds.key,
    Kinds.role,
    Kinds.queue,
]


def traced(deniedby, record, endpoint):
    """How many calls were made, in how many rounds, and how many one after the other."""
    result = deniedby.explain(record, "--management-role", MANAGEMENT_ROLE, "--trace-calls", endpoint=endpoint)
    assert result.code == 0, result.stderr
    last = result.stderr.splitlines()[-1]
    total = re.fullmatch(r"(\d+) calls in (\d+) rounds; (\d+) of them in sequence", last)
    assert total, last
    return tuple(map(int, total.groups()))


def row(kind, counted):
    return f"| {kind.__doc__} | {' | '.join(map(str, counted))} |\n"


@pytest.fixture
def count(deniedby, proxy, world, moto):
    organization = Organization(moto)
    for policies in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        organization.enable(policies)
    kinds = Kinds(world, organization)

    def counted(kind):
        total = traced(deniedby, kind(kinds), proxy.url)
        # Nothing is read twice. Policies of two kinds are listed for a target.
        often = Counter(call for call in proxy.calls if call.operation != "AssumeRole")
        twice = [call for call, times in often.items() if times > 1 + (call.operation == "ListPoliciesForTarget")]
        assert twice == []
        return total

    return counted


def shown():
    text = README.read_text()
    return text.split(BEGIN)[1].split(END)[0]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_readme_says_what_a_diagnosis_takes(count, kind):
    counted = count(kind)
    if kind.__name__.startswith("object_"):
        assert counted[1] <= MOST_ROUNDS, counted
    if os.environ.get("DENIEDBY_BLESS"):
        before, rest = README.read_text().split(BEGIN)
        table, after = rest.split(END)
        kept = [line + "\n" for line in table.splitlines()[2:] if not line.startswith(f"| {kind.__doc__} |")]
        lines = {re.match(r"\| (.*?) \|", line)[1]: line for line in [*kept, row(kind, counted)]}
        ordered = "".join(lines[known.__doc__] for known in KINDS if known.__doc__ in lines)
        README.write_text(f"{before}{BEGIN}{HEAD}{ordered}{END}{after}")
    assert row(kind, counted) in shown(), "README is stale: run this test once with DENIEDBY_BLESS=1"


def test_readme_has_no_other_rows():
    rows = [re.match(r"\| (.*?) \|", line)[1] for line in shown().removeprefix(HEAD).splitlines()]
    assert rows == [kind.__doc__ for kind in KINDS]
