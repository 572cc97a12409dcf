"""Our CloudFormation templates as data, and the SAM transform without AWS."""

import os
from pathlib import Path
from unittest.mock import patch

from samtranslator.translator.transform import transform as sam_transform
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).resolve().parents[2]
HUB = ROOT / "template.yaml"
MEMBER = ROOT / "deploy" / "member-account.yaml"
MEMBER_CHANGES = ROOT / "deploy" / "member-changes.yaml"
MEMBER_DENIALS = ROOT / "deploy" / "member-denials.yaml"
APPROVALS = ROOT / "deploy" / "approvals.yaml"
MANAGEMENT = ROOT / "deploy" / "management-account.yaml"
FIX = ROOT / "deploy" / "fix-role.yaml"


class _NoManagedPolicies:
    """The transform would ask IAM for AWS's managed policies, which the hub does not use."""

    @staticmethod
    def load() -> dict:
        return {}


def load(path: Path) -> dict:
    """The template, its short tags such as `!Ref` written out."""
    return yaml_parse(path.read_text())


def transform(
    code_uri: str = "s3://bucket/function.zip", region: str = "us-east-1", path: Path = HUB, **parameters: str
) -> dict:
    """A template with a function as AWS deploys it. `CodeUri` has to be what `sam package` would put there."""
    template = load(path)
    (function,) = [r for r in template["Resources"].values() if r["Type"] == "AWS::Serverless::Function"]
    function["Properties"]["CodeUri"] = code_uri
    with patch.dict(os.environ, AWS_DEFAULT_REGION=region):  # the transform looks up the partition by it
        return sam_transform(template, parameters, _NoManagedPolicies())


def statements(policy_document: dict, optional: bool = True) -> list[dict]:
    """The statements of a policy, with the `Fn::If` around optional ones taken as true, or as false."""
    found = []
    for statement in policy_document["Statement"]:
        if "Fn::If" not in statement:
            found.append(statement)
        elif optional:
            found.append(statement["Fn::If"][1])
    return found


def as_list(value) -> list:
    """IAM allows one value in place of a list of one."""
    return value if isinstance(value, list) else [value]
