"""MiniStack: a local AWS that judges requests and refuses them in AWS's words, here with our hub deployed in it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

import templates

REGION = "us-east-1"
HUB, CALLER, OWNER = "111111111111", "222222222222", "333333333333"
EXTERNAL_ID = "an-external-id-for-tests"
READ_ROLE = "deniedby-read"
# The runtime's first start and its wait for the topic; a warm one answers within a second.
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Credentials:
    """What signs a request."""

    access_key: str
    secret: str
    token: str | None = None

    @classmethod
    def root(cls, account: str) -> "Credentials":
        """An account's root user, whose access key is the account's number in MiniStack."""
        return cls(account, "test")

    @property
    def environment(self) -> dict[str, str]:
        """The environment that gives these to an AWS SDK."""
        names = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret}
        return names | ({"AWS_SESSION_TOKEN": self.token} if self.token else {})


@dataclass(frozen=True)
class Cloud:
    """A running MiniStack."""

    endpoint: str

    def client(self, service: str, who: Credentials | str):
        """A client that signs as `who`: credentials, or an account's number for its root user."""
        who = Credentials.root(who) if isinstance(who, str) else who
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=who.access_key,
            aws_secret_access_key=who.secret,
            aws_session_token=who.token,
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        )

    def assume(self, who: Credentials | str, role_arn: str, **options: str) -> Credentials:
        """A session of the role."""
        answer = self.client("sts", who).assume_role(RoleArn=role_arn, RoleSessionName="test", **options)
        keys = answer["Credentials"]
        return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])

    def deploy(self, account: str, name: str, template: dict, **parameters: str) -> dict[str, str]:
        """The stack's outputs, once it stands."""
        cloudformation = self.client("cloudformation", account)
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=json.dumps(template),
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
            if stack["StackStatus"] == "CREATE_COMPLETE":
                return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
            assert stack["StackStatus"] == "CREATE_IN_PROGRESS", cloudformation.describe_stack_events(StackName=name)
            assert time.monotonic() < deadline, f"stack {name} does not come up"
            time.sleep(0.1)


@dataclass(frozen=True)
class Hub:
    """The deployed hub, a queue that gets its findings, and a role that a person at the command line would have."""

    cloud: Cloud
    outputs: dict[str, str]
    findings: str
    operator: Credentials

    def put_event(self, detail: dict) -> None:
        """Hands a CloudTrail record to EventBridge. Only AWS itself can name a source `aws.s3`: see the rule of the fixture."""
        answer = self.cloud.client("events", HUB).put_events(
            Entries=[
                {
                    "Source": "test.s3",
                    "DetailType": "AWS API Call via CloudTrail",
                    "Detail": json.dumps(detail),
                }
            ]
        )
        assert answer["FailedEntryCount"] == 0, answer

    def next_finding(self) -> dict:
        """The next notification from the topic."""
        sqs = self.cloud.client("sqs", HUB)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = sqs.receive_message(QueueUrl=self.findings, WaitTimeSeconds=1, MaxNumberOfMessages=1)
            for message in answer.get("Messages", []):
                sqs.delete_message(QueueUrl=self.findings, ReceiptHandle=message["ReceiptHandle"])
                return json.loads(message["Body"])
        raise AssertionError(f"no finding came out of the topic\n{self.function_log()}")

    def pending(self, queue_url: str) -> int:
        """How many messages wait in a queue."""
        answer = self.cloud.client("sqs", HUB).get_queue_attributes(
            QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"])

    def function_log(self) -> str:
        """What the function has logged."""
        logs = self.cloud.client("logs", HUB)
        lines = [
            event["message"].rstrip()
            for group in logs.describe_log_groups()["logGroups"]
            for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        ]
        return "\n".join(["the function's log:", *lines])


def binary(variable: str, name: str) -> Path:
    """One of our binaries, which have to be built first."""
    path = Path(os.environ.get(variable) or templates.ROOT / "target" / "debug" / name)
    if not path.is_file():
        pytest.fail(f"{path} is not there: run `cargo build --all-features --bins`, or set {variable}")
    return path


def _package(executable: Path, folder: Path) -> Path:
    """The function's deployment package: the executable as `bootstrap`, without its symbols where `strip` is at hand."""
    bootstrap = folder / "bootstrap"
    stripped = shutil.which("strip") and subprocess.run(
        ["strip", "-o", bootstrap, executable], capture_output=True, check=False
    )
    if not stripped or stripped.returncode != 0:  # no `strip`, or a script in place of the binary
        shutil.copyfile(executable, bootstrap)
    package = folder / "function.zip"
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o100755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, bootstrap.read_bytes())
    return package


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="session")
def cloud(tmp_path_factory):
    """MiniStack with enforcement, for as long as the tests run."""
    folder = tmp_path_factory.mktemp("ministack")
    port = _free_port()
    endpoint = f"http://127.0.0.1:{port}"
    # A clean environment, since functions inherit it.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "STATE_DIR": str(folder / "state"),
        "AUTH": "true",
        "LAMBDA_EXECUTOR": "local",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AWS_ENDPOINT_URL": endpoint,
    }
    log = folder / "ministack.log"
    with log.open("w") as output:
        # Its own process group: the functions' processes outlive it unless the whole group is ended.
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _healthy(endpoint):
            assert process.poll() is None and time.monotonic() < deadline, (
                f"MiniStack does not start\n{log.read_text()}"
            )
            time.sleep(0.1)
        yield Cloud(endpoint)
    finally:
        _end_group(process)


def _healthy(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/_ministack/health", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _end_group(process: subprocess.Popen) -> None:
    for kind in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, kind)
            process.wait(timeout=5)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


@pytest.fixture(scope="session")
def hub(cloud, tmp_path_factory):
    """Our hub in one account, and the read role in all of them, from the templates that people deploy."""
    package = _package(binary("DENIEDBY_LAMBDA", "lambda"), tmp_path_factory.mktemp("package"))
    s3 = cloud.client("s3", HUB)
    s3.create_bucket(Bucket="deployment")
    s3.put_object(Bucket="deployment", Key=package.name, Body=package.read_bytes())
    outputs = cloud.deploy(
        HUB,
        "deniedby",
        templates.transform(f"s3://deployment/{package.name}", REGION),
        ExternalId=EXTERNAL_ID,
        AccountIds=",".join((HUB, CALLER, OWNER)),
        ReadRoleName=READ_ROLE,
        Architecture="x86_64",
    )
    # MiniStack takes the state that the template gives the rule for "disabled", and nobody but AWS can send what the rule
    # takes; templates are tested elsewhere.
    events = cloud.client("events", HUB)
    for rule in events.list_rules()["Rules"]:
        pattern = json.loads(rule["EventPattern"]) | {"source": ["test.s3"]}
        events.put_rule(Name=rule["Name"], EventPattern=json.dumps(pattern), State="ENABLED")

    operator = create_role(cloud, HUB, "operator", [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}])
    for account in (HUB, CALLER, OWNER):
        cloud.deploy(
            account,
            "deniedby-member",
            templates.load(templates.MEMBER),
            HubRoleArn=f"{outputs['FunctionRoleArn']},{operator}",
            ExternalId=EXTERNAL_ID,
            ReadRoleName=READ_ROLE,
        )

    sqs = cloud.client("sqs", HUB)
    queue = sqs.create_queue(QueueName="findings")["QueueUrl"]
    queue_arn = f"arn:aws:sqs:{REGION}:{HUB}:findings"
    policy = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": outputs["TopicArn"]}},
    }
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": document(policy)})
    cloud.client("sns", HUB).subscribe(TopicArn=outputs["TopicArn"], Protocol="sqs", Endpoint=queue_arn)
    return Hub(cloud, outputs, queue, cloud.assume(HUB, operator))


def document(*policy_statements: dict) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": policy_statements})


def create_role(cloud: Cloud, account: str, name: str, allows: list[dict], **options: str) -> str:
    """A role that its account's principals may assume, with an inline policy; its ARN."""
    iam = cloud.client("iam", account)
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust), **options)["Role"]
    put_role_policy(cloud, account, name, allows)
    return role["Arn"]


def put_role_policy(cloud: Cloud, account: str, name: str, allows: list[dict]) -> None:
    """Replaces the role's inline policy."""
    iam = cloud.client("iam", account)
    iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document(*allows))
