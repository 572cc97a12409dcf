"""The templates: what a linter says, what they may do, and which events they let through."""

import io
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from copy import deepcopy
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

import templates
from ministack import HUB, READ_ROLE, cloud  # a fixture
from templates import as_list

REGIONS = ["us-east-1", "cn-north-1", "us-gov-west-1"]
TEMPLATES = [
    templates.HUB,
    templates.APPROVALS,
    templates.MEMBER,
    templates.MEMBER_CHANGES,
    templates.MEMBER_DENIALS,
    templates.MANAGEMENT,
    templates.FIX,
]
FUNCTION_ROLE = "deniedby-FunctionRole-EXAMPLE"
FIX_ROLE = "deniedby-fix"
FORWARD_ROLE = "deniedby-ForwardRole-EXAMPLE"
SIGNING_SECRET = f"arn:aws:secretsmanager:us-east-1:{HUB}:secret:signing-AbCdEf"
MANAGEMENT_ROLE = "arn:aws:iam::888888888888:role/deniedby-organization"


@pytest.fixture(scope="module")
def hub_resources() -> dict:
    return templates.transform()["Resources"]


@pytest.fixture(scope="module")
def hub_statements(hub_resources) -> dict[str, dict]:
    [policy] = hub_resources["FunctionRole"]["Properties"]["Policies"]
    return {statement["Sid"]: statement for statement in templates.statements(policy["PolicyDocument"])}


@pytest.fixture(scope="module")
def member_role() -> dict:
    return templates.load(templates.MEMBER)["Resources"]["ReadRole"]["Properties"]


@pytest.fixture(scope="module")
def member_changes() -> dict:
    return templates.load(templates.MEMBER_CHANGES)["Resources"]


@pytest.fixture(scope="module")
def member_denials() -> dict:
    return templates.load(templates.MEMBER_DENIALS)["Resources"]


@pytest.fixture(scope="module")
def management_role() -> dict:
    return templates.load(templates.MANAGEMENT)["Resources"]["ManagementRole"]["Properties"]


@pytest.fixture(scope="module")
def fix_role() -> dict:
    return templates.load(templates.FIX)["Resources"]["FixRole"]["Properties"]


# IAM actions that are newer than the linter:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied-authorization-id.html
NEW_ACTIONS = {"getrequestauthorizationdetails", "getrequestauthorizationpolicy"}


def lint(*files, regions=REGIONS) -> None:
    cfn_lint = Path(sys.executable).with_name("cfn-lint")
    command = [cfn_lint, "--format", "json", "--regions", *regions, "--template", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = [f"{match['Filename']}: {match['Rule']['Id']} {match['Message'][:200]}" for match in json.loads(done.stdout)]
    unknown = tuple(f"W3037 '{action}' is not one of" for action in NEW_ACTIONS)
    assert [line for line in found if not line.split(": ", 1)[1].startswith(unknown)] == [], done.stderr


def test_templates_are_lint_free():
    lint(*TEMPLATES)


@pytest.mark.parametrize("region", REGIONS)
def test_transformed_hub_is_lint_free(region, tmp_path):
    """Linters look more closely at what SAM makes of the template."""
    file = tmp_path / "hub.json"
    file.write_text(json.dumps(templates.transform(region=region)))
    lint(file)


# https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1"])
def test_transformed_approvals_are_lint_free(region, tmp_path):
    file = tmp_path / "approvals.json"
    file.write_text(json.dumps(templates.transform(region=region, path=templates.APPROVALS)))
    lint(file, regions=["us-east-1", "cn-north-1"])


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_no_partition_is_written_down(file):
    assert "arn:aws:" not in file.read_text()


def test_hub_role_reaches_other_accounts_only_through_our_roles(hub_statements, hub_resources):
    assume = [s for s in hub_statements.values() if any(a.startswith("sts:") for a in as_list(s["Action"]))]
    assert [s["Action"] for s in assume] == ["sts:AssumeRole"] * 3
    assert [s["Resource"] for s in assume] == [
        {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${ReadRoleName}"},
        {"Ref": "ManagementRoleArn"},
        {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${FixRoleName}"},
    ]
    assert "ManagedPolicyArns" not in hub_resources["FunctionRole"]["Properties"]


def test_roles_are_assumed_in_our_accounts_alone(hub_statements, cloud):
    """Whoever can send events must not send the external ID to an account of their choice."""
    organization = {"StringEquals": {"aws:ResourceOrgID": {"Ref": "OrganizationId"}}}
    accounts = {"StringEquals": {"aws:ResourceAccount": {"Fn::Split": [",", {"Ref": "AccountIds"}]}}}
    for sid in ("ReadThroughTheReadRole", "FixThroughTheFixRole"):
        assert hub_statements[sid]["Condition"] == {"Fn::If": ["InOrganization", organization, accounts]}
    with pytest.raises((ClientError, AssertionError), match="(?i)OrganizationId or AccountIds|outside of which"):
        cloud.deploy("343434343434", "nowhere", templates.transform(), ExternalId="an-external-id-for-tests")


RECORDS = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"]

@pytest.fixture(scope="module")
def approvals() -> dict:
    return templates.transform(path=templates.APPROVALS)["Resources"]


def test_nothing_of_changes_is_deployed_unless_it_is_asked_for(hub_resources):
    assert hub_resources["Records"]["Condition"] == "KeepsRecords"
    assert not [r for r in hub_resources.values() if r.get("Properties", {}).get("Principal") == "*"], "no URL"
    template = templates.load(templates.HUB)
    assert (template["Parameters"]["AutoFix"]["Default"], template["Parameters"]["Approvals"]["Default"]) == ("", "false")
    statements = hub_resources["FunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    optional = {s["Fn::If"][1]["Sid"]: s["Fn::If"][0] for s in statements if "Fn::If" in s}
    assert optional["FixThroughTheFixRole"] == "FixesByItself"
    assert optional["KeepRecordsOfChanges"] == "KeepsRecords"


def test_the_role_of_approvals_makes_changes_and_reads_nothing_else(approvals):
    document = approvals["ApproveRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    allowed = {s["Sid"]: (as_list(s["Action"]), s["Resource"]) for s in templates.statements(document)}
    table = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${RecordsTable}"
    itself = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-approve"
    assert allowed == {
        "ReadSigningSecret": (
            ["secretsmanager:GetSecretValue", "ssm:GetParameter"],
            {"Ref": "SlackSigningSecretArn"},
        ),
        "KeepRecordsOfChanges": (RECORDS, {"Fn::Sub": table}),
        "GoOnAfterTheAnswer": (["lambda:InvokeFunction"], {"Fn::Sub": itself}),
        "FixThroughTheFixRole": (
            ["sts:AssumeRole"],
            {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/${FixRoleName}"},
        ),
        "WriteOwnLog": (["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": ["LogGroup", "Arn"]}),
        "KeepFailedEvents": (["sqs:SendMessage"], {"Fn::GetAtt": ["DeadLetters", "Arn"]}),
    }
    # The function is made after its role, which has to name it all the same.
    assert approvals["Approve"]["Properties"]["FunctionName"] == {"Fn::Sub": "${AWS::StackName}-approve"}
    assert "ManagedPolicyArns" not in approvals["ApproveRole"]["Properties"]
    assert approvals["ApproveUrl"]["Properties"]["AuthType"] == "NONE"


def packaged(cloud, account):
    """Where a package of a function is."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("bootstrap", "#!/bin/sh\n")
    s3 = cloud.client("s3", account)
    s3.create_bucket(Bucket=f"deployment-{account}")
    s3.put_object(Bucket=f"deployment-{account}", Key="function.zip", Body=package.getvalue())
    return f"s3://deployment-{account}/function.zip"


def test_approvals_deploy(cloud):
    account = "555555555555"
    package = packaged(cloud, account)
    outputs = cloud.deploy(
        account,
        "approvals",
        templates.transform(package, path=templates.APPROVALS),
        RecordsTable="deniedby-Records-1A2B",
        ExternalId="an-external-id-for-tests",
        OrganizationId="o-exampleorgid",
        SlackSigningSecretArn=SIGNING_SECRET,
        SlackTeamId="T0ACME",
        Approvers="U0ANN, U0BOB",
    )
    role = outputs["ApproveRoleArn"].rpartition("/")[2]
    policy = cloud.client("iam", account).get_role_policy(RoleName=role, PolicyName="deniedby")["PolicyDocument"]
    granted = {statement["Sid"]: statement for statement in policy["Statement"]}
    assert granted["ReadSigningSecret"]["Resource"] == SIGNING_SECRET
    assert granted["FixThroughTheFixRole"]["Resource"] == f"arn:aws:iam::*:role/{FIX_ROLE}"
    assert granted["KeepRecordsOfChanges"]["Resource"].endswith(f":{account}:table/deniedby-Records-1A2B")
    assert granted["GoOnAfterTheAnswer"]["Resource"].endswith(":function:approvals-approve")


def test_records_outlive_the_stack_and_can_be_restored(hub_resources):
    table = hub_resources["Records"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}


def test_what_was_told_is_forgotten_in_time(hub_resources):
    table = hub_resources["Told"]["Properties"]
    assert (table["BillingMode"], table["KeySchema"]) == ("PAY_PER_REQUEST", [{"AttributeName": "id", "KeyType": "HASH"}])
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert "Condition" not in hub_resources["Told"]


def test_what_is_counted_is_not_kept_back_by_a_level_of_the_log(hub_resources):
    assert hub_resources["Function"]["Properties"]["LoggingConfig"]["ApplicationLogLevel"] == "TRACE"
    assert hub_resources["Function"]["Properties"]["Environment"]["Variables"]["DENIEDBY_LOG"] == {"Ref": "LogLevel"}


def test_hub_role_writes_only_to_its_own_resources(hub_statements):
    allowed = {sid: (as_list(s["Action"]), s["Resource"]) for sid, s in hub_statements.items()}
    allowed.pop("ReadThroughTheReadRole")
    allowed.pop("ReadTheOrganization")
    allowed.pop("FixThroughTheFixRole")
    assert allowed == {
        "KeepCases": (["s3:PutObject"], {"Fn::Sub": "arn:${AWS::Partition}:s3:::${CaseStore}/cases/*"}),
        "KeepRecordsOfChanges": (RECORDS, {"Fn::GetAtt": ["Records", "Arn"]}),
        "RememberWhatWasTold": (
            ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"],
            {"Fn::GetAtt": ["Told", "Arn"]},
        ),
        "PublishFindings": (["sns:Publish"], {"Ref": "Topic"}),
        "WriteOwnLog": (["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": ["LogGroup", "Arn"]}),
        "KeepFailedEvents": (["sqs:SendMessage"], {"Fn::GetAtt": ["DeadLetters", "Arn"]}),
        "RedriveFailedEvents": (
            ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
            {"Fn::GetAtt": ["DeadLetters", "Arn"]},
        ),
        "ReadSlackWebhook": (["secretsmanager:GetSecretValue", "ssm:GetParameter"], {"Ref": "SlackWebhookArn"}),
    }
    own = {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
    assert hub_statements["KeepCases"]["Condition"] == own


def without_own(policies):
    """The fix role's policy without the statements that keep it from changing itself, and those who take it."""
    policies = deepcopy(policies)
    [policy] = policies
    for sid in ["NotItself", "NotTheHub"]:
        assert policy["PolicyDocument"]["Statement"].pop(0)["Sid"] == sid
    return policies


def test_templates_hold_what_the_program_prints(
    hub_resources, approvals, member_role, management_role, fix_role, deniedby
):
    printed = json.loads(deniedby.run("permissions").stdout)
    in_templates = {
        "hub": hub_resources["FunctionRole"]["Properties"]["Policies"],
        "approve": approvals["ApproveRole"]["Properties"]["Policies"],
        "read": member_role["Policies"],
        "management": management_role["Policies"],
        "fix": without_own(fix_role["Policies"]),
    }
    assert {name: [policy["PolicyDocument"] for policy in policies] for name, policies in in_templates.items()} == {
        name: [policy] for name, policy in printed.items()
    }


def test_no_policy_has_a_wildcard_action(hub_statements, hub_resources, member_role, management_role):
    everything = [
        *hub_statements.values(),
        *templates.statements(hub_resources["DeadLettersPolicy"]["Properties"]["PolicyDocument"]),
        *templates.statements(hub_resources["FunctionRole"]["Properties"]["AssumeRolePolicyDocument"]),
        *templates.statements(member_role["AssumeRolePolicyDocument"]),
        *templates.statements(member_role["Policies"][0]["PolicyDocument"]),
        *templates.statements(management_role["AssumeRolePolicyDocument"]),
        *templates.statements(management_role["Policies"][0]["PolicyDocument"]),
    ]
    for statement in everything:
        assert "NotAction" not in statement and "NotResource" not in statement, statement
        assert not any("*" in action for action in as_list(statement["Action"])), statement


def test_roles_read_settings_and_nothing_else(member_role, management_role):
    for role in (member_role, management_role):
        [policy] = role["Policies"]
        granted = templates.statements(policy["PolicyDocument"], optional=False)
        actions = [a for s in granted for a in as_list(s["Action"])]
        assert len(actions) == len(set(actions))
        for action in actions:
            assert re.fullmatch(r"[a-z0-9-]+:(Get|List|Describe|Lookup|Decode|Simulate)[A-Za-z]+", action), action
        assert not {"s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTorrent"} & set(actions)
        assert "secretsmanager:GetSecretValue" not in actions
        assert "ManagedPolicyArns" not in role


def test_objects_can_be_read_only_where_the_owner_says_so(member_role):
    document = member_role["Policies"][0]["PolicyDocument"]
    always = [s["Sid"] for s in templates.statements(document, optional=False)]
    [optional] = [s for s in templates.statements(document) if s["Sid"] not in always]
    assert set(optional["Action"]) == {"s3:GetObject", "s3:GetObjectVersion"}
    parameters = templates.load(templates.MEMBER)["Parameters"]
    assert parameters["ReadObjectMetadata"]["Default"] == "false"
    assert templates.load(templates.HUB)["Parameters"]["ReadObjectMetadata"]["Default"] == "false"


def test_roles_trust_the_hub_alone_and_ask_for_the_external_id(member_role, management_role):
    for role in (member_role, management_role):
        assert role["MaxSessionDuration"] == 3600
        [trust] = templates.statements(role["AssumeRolePolicyDocument"])
        assert trust == {
            "Effect": "Allow",
            "Principal": {"AWS": {"Ref": "HubRoleArn"}},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
        }


def test_the_fix_role_trusts_the_hub_alone_and_can_do_nothing_until_it_is_told(fix_role):
    [trust] = templates.statements(fix_role["AssumeRolePolicyDocument"])
    organization = {"Fn::If": ["InOrganization", {"Ref": "OrganizationId"}, {"Ref": "AWS::NoValue"}]}
    assert trust == {
        "Effect": "Allow",
        "Principal": {"AWS": {"Ref": "HubRoleArn"}},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}, "aws:PrincipalOrgID": organization}},
    }
    [policy] = fix_role["Policies"]
    always = templates.statements(policy["PolicyDocument"], optional=False)
    assert [(s["Sid"], s["Effect"]) for s in always] == [("NotItself", "Deny"), ("NotTheHub", "Deny")]
    assert "ManagedPolicyArns" not in fix_role
    for statement in templates.statements(policy["PolicyDocument"]):
        assert not any("*" in action for action in as_list(statement["Action"])), statement
    switches = {name: p for name, p in templates.load(templates.FIX)["Parameters"].items() if "AllowedValues" in p}
    assert len(switches) >= 14 and all(p["Default"] == "false" for p in switches.values())


def test_failed_events_are_kept(hub_resources):
    queue = {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    for rule in ("Denials", "MemberDenials"):
        [target] = hub_resources[rule]["Properties"]["Targets"]
        assert target["DeadLetterConfig"] == {"Arn": queue}
    [invocations] = [r for r in hub_resources.values() if r["Type"] == "AWS::Lambda::EventInvokeConfig"]
    assert invocations["Properties"]["DestinationConfig"] == {"OnFailure": {"Destination": queue}}
    [statement] = templates.statements(hub_resources["DeadLettersPolicy"]["Properties"]["PolicyDocument"])
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    own = {"Fn::GetAtt": ["Denials", "Arn"]}
    members = {"Fn::If": ["InOrganization", {"Fn::GetAtt": ["MemberDenials", "Arn"]}, {"Ref": "AWS::NoValue"}]}
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": [own, members]}}


def test_what_failed_is_told_and_can_be_handled_again(hub_resources):
    alarms = {name: r["Properties"] for name, r in hub_resources.items() if r["Type"] == "AWS::CloudWatch::Alarm"}
    topic = {"Fn::If": ["MakesAlarmTopic", {"Ref": "AlarmTopic"}, {"Ref": "AlarmTopicArn"}]}
    assert all(alarm["AlarmActions"] == [topic] for alarm in alarms.values())
    watched = {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms.values()}
    assert watched == {
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "DestinationDeliveryFailures"),
        ("AWS/Events", "FailedInvocations"),
        ("deniedby", "Refused"),
    }
    refused = [alarm["Dimensions"] for alarm in alarms.values() if alarm["MetricName"] == "Refused"]
    assert refused == [[{"Name": "Sink", "Value": "sns"}], [{"Name": "Sink", "Value": "slack"}]]
    # CloudWatch cannot publish to a topic under the AWS managed key.
    assert "KmsMasterKeyId" not in hub_resources["AlarmTopic"]["Properties"]
    redrive, function = hub_resources["Redrive"], hub_resources["Function"]["Properties"]
    assert (redrive["Condition"], redrive["Properties"]["FunctionResponseTypes"]) == ("RedrivesFailed", ["ReportBatchItemFailures"])
    assert hub_resources["DeadLetters"]["Properties"]["VisibilityTimeout"] >= 6 * function["Timeout"]


@pytest.mark.parametrize(
    "webhook",
    [
        f"arn:aws:secretsmanager:us-east-1:{HUB}:secret:slack-AbCdEf",
        f"arn:aws:ssm:us-east-1:{HUB}:parameter/deniedby/slack",
    ],
    ids=["secret", "parameter"],
)
def test_hub_deploys_with_every_option(webhook, cloud, request):
    """The other options are those of the hub that the denials go through."""
    account = {"secret": "666666666666", "parameter": "777777777777"}[request.node.callspec.id]
    package = packaged(cloud, account)
    outputs = cloud.deploy(
        account,
        "deniedby",
        templates.transform(package),
        ExternalId="an-external-id-for-tests",
        OrganizationId="o-exampleorgid",
        SlackWebhookArn=webhook,
        ReservedConcurrency="5",
        OwnRoles="deniedby-read-staging",
        RedriveFailed="true",
        ManagementRoleArn=MANAGEMENT_ROLE,
        ReadObjectMetadata="true",
        CaseStore=f"deployment-{account}",
        WatchChanges="true",
        AutoFix="bucket-owner-full-control,ownership-preferred",
        Approvals="true",
    )
    role = outputs["FunctionRoleArn"].rpartition("/")[2]
    iam = cloud.client("iam", account)
    policy = iam.get_role_policy(RoleName=role, PolicyName="deniedby")["PolicyDocument"]
    granted = {statement["Sid"]: statement for statement in policy["Statement"]}
    assert granted["ReadSlackWebhook"]["Resource"] == webhook
    assert granted["ReadThroughTheReadRole"]["Resource"] == f"arn:aws:iam::*:role/{READ_ROLE}"
    assert granted["ReadThroughTheReadRole"]["Condition"] == {"StringEquals": {"aws:ResourceOrgID": "o-exampleorgid"}}
    assert granted["ReadTheOrganization"]["Resource"] == MANAGEMENT_ROLE
    assert granted["KeepCases"]["Resource"] == f"arn:aws:s3:::deployment-{account}/cases/*"
    function = cloud.client("lambda", account).get_function_configuration(FunctionName=outputs["FunctionArn"])
    environment = function["Environment"]["Variables"]
    assert environment["DENIEDBY_SLACK_WEBHOOK"] == webhook
    assert environment["DENIEDBY_OWN_ROLES"] == f"{role},deniedby-read-staging"
    assert environment["DENIEDBY_MANAGEMENT_ROLE"] == MANAGEMENT_ROLE
    assert environment["DENIEDBY_OBJECT_METADATA"] == "true"
    assert environment["DENIEDBY_QUIET_MINUTES"] == "60"
    assert granted["RememberWhatWasTold"]["Resource"].endswith(f"table/{environment['DENIEDBY_TOLD_TABLE']}")
    assert environment["DENIEDBY_CASE_BUCKET"] == f"deployment-{account}"
    assert environment["DENIEDBY_AUTO_FIX"] == "bucket-owner-full-control,ownership-preferred"
    assert (environment["DENIEDBY_APPROVALS"], environment["DENIEDBY_FIX_ROLE"]) == ("true", FIX_ROLE)
    assert environment["DENIEDBY_RECORDS_TABLE"] == outputs["RecordsTable"]
    assert granted["FixThroughTheFixRole"]["Resource"] == f"arn:aws:iam::*:role/{FIX_ROLE}"
    assert function["Architectures"] == ["arm64"]
    events = cloud.client("events", account)
    assert len(events.list_rules()["Rules"]) == 2
    assert outputs["MembersBusName"] == "deniedby-members"
    assert len(events.list_rules(EventBusName="deniedby-members")["Rules"]) == 2


def test_function_is_built_as_cargo_toml_says():
    """SAM cannot pass on a cargo profile, so CargoLambda.toml repeats it."""
    wanted = tomllib.loads((templates.ROOT / "Cargo.toml").read_text())["profile"]["lambda"]
    assert wanted.pop("inherits") == "release"
    build = tomllib.loads((templates.ROOT / "CargoLambda.toml").read_text())["build"]
    settings = tomllib.loads("\n".join(build["config"]))["profile"]["release"]
    assert settings == wanted
    assert build["disable_optimizations"] is True
    assert build["features"] == ["aws"]


def filled(pattern: dict, **names: object) -> dict:
    """A pattern, or another part of a template, with what its references stand for."""
    return json.loads(json.dumps(pattern), object_hook=lambda value: names[value["Ref"]] if "Ref" in value else value)


ROLE_NAMES = {"ReadRoleName": READ_ROLE, "FixRoleName": FIX_ROLE, "FunctionRole": FUNCTION_ROLE, "ForwardRole": FORWARD_ROLE}
LONGEST_NAMES = {name: "r" * 64 for name in ROLE_NAMES}
RULES = ["Denials", "MemberDenials", "member"]


@pytest.fixture(scope="module")
def patterns(hub_resources, member_denials) -> dict[str, dict]:
    """Of the rules for denials: the hub's own, that of what members forward, and the members'."""
    rules = [hub_resources["Denials"], hub_resources["MemberDenials"], member_denials["Denials"]]
    return {name: rule["Properties"]["EventPattern"] for name, rule in zip(RULES, rules, strict=True)}


def test_rules_see_read_only_calls_too(hub_resources, member_denials):
    every = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    assert hub_resources["Denials"]["Properties"]["State"] == hub_resources["MemberDenials"]["Properties"]["State"] == every
    assert member_denials["Denials"]["Properties"]["State"] == {"Fn::If": ["IsTheHub", "DISABLED", every]}


def test_event_bus_takes_the_patterns(cloud, patterns, hub_resources):
    events = cloud.client("events", HUB)
    changes = hub_resources["Changes"]["Properties"]["EventPattern"]
    for source in [filled(pattern, **LONGEST_NAMES) for pattern in patterns.values()] + [changes]:
        text = json.dumps(source, separators=(",", ":"))
        events.put_rule(Name="pattern", EventPattern=text)
        assert len(text) <= 2048  # more needs a raised quota

    broken = filled(patterns["Denials"], **ROLE_NAMES)
    broken["detail"]["errorCode"] = [{"prefixes": "AccessDenied"}]
    with pytest.raises(ClientError, match="InvalidEventPattern"):
        events.put_rule(Name="broken", EventPattern=json.dumps(broken))


def test_rules_for_denials_are_the_same_everywhere_but_for_our_roles(patterns):
    own, members, forwarded = (filled(pattern, **dict.fromkeys(ROLE_NAMES, "ours")) for pattern in patterns.values())
    assert own == members == forwarded


def assumed(role: str) -> dict:
    return {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"type": "Role", "userName": role}}}


@pytest.mark.parametrize(
    "wanted, name, error_code",
    [(True, "PutBucketPolicy", None), (False, "PutBucketPolicy", "AccessDenied"), (False, "GetBucketPolicy", None)],
)
def test_rule_for_changes_lets_through(wanted, name, error_code, cloud, hub_resources):
    source = hub_resources["Changes"]["Properties"]["EventPattern"]
    assert event_matches(cloud, source, CALL, {"eventName": name} | ({"errorCode": error_code} if error_code else {})) is wanted


def test_members_come_by_a_bus_of_the_organization_alone(hub_resources):
    [granted] = templates.statements(hub_resources["Members"]["Properties"]["Policy"])
    assert granted["Action"] == "events:PutEvents"
    assert granted["Condition"] == {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}}
    for name in ("Members", "MemberDenials", "InvokeOnMemberDenialPermission"):
        assert hub_resources[name]["Condition"] == "InOrganization"
    for name in ("MemberChanges", "InvokeOnMemberChangePermission"):
        assert hub_resources[name]["Condition"] == "WatchesMembers"
    for name in ("MemberDenials", "MemberChanges"):
        assert hub_resources[name]["Properties"]["EventBusName"] == {"Ref": "Members"}


HUB_BUS = {
    "Fn::Sub": [
        "arn:${AWS::Partition}:events:${Region}:${HubAccountId}:event-bus/${HubBusName}",
        {"Region": {"Fn::If": ["StaysInRegion", {"Ref": "AWS::Region"}, {"Ref": "HubRegion"}]}},
    ]
}


def test_members_forward_to_the_hub_and_may_do_nothing_else(member_denials, member_changes):
    for resources, rule in ((member_denials, "Denials"), (member_changes, "Changes")):
        [target] = resources[rule]["Properties"]["Targets"]
        assert (target["Arn"], target["RoleArn"]) == (HUB_BUS, {"Fn::GetAtt": ["ForwardRole", "Arn"]})
        [policy] = resources["ForwardRole"]["Properties"]["Policies"]
        [statement] = templates.statements(policy["PolicyDocument"])
        assert (statement["Action"], statement["Resource"]) == ("events:PutEvents", HUB_BUS)
        assert "ManagedPolicyArns" not in resources["ForwardRole"]["Properties"]


def test_rules_for_changes_are_the_same_everywhere(hub_resources, member_changes):
    own = hub_resources["Changes"]["Properties"]["EventPattern"]
    assert own == hub_resources["MemberChanges"]["Properties"]["EventPattern"]
    assert own == member_changes["Changes"]["Properties"]["EventPattern"]


def here(account: str, region: str) -> dict[str, object]:
    parameters = {name: {"Ref": name} for name in ("HubAccountId", "HubRegion")}
    return parameters | {"AWS::AccountId": account, "AWS::Region": region}


MEMBER_REGIONS = [
    ("", REGIONS[0], "DISABLED"),  # the hub's own account, and a hub in each Region
    ("us-east-1", REGIONS[0], "DISABLED"),
    ("eu-west-1", REGIONS[0], "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
]


@pytest.mark.parametrize("hub_region, region, in_hub_account", MEMBER_REGIONS)
@pytest.mark.parametrize("is_hub_account", [True, False])
def test_member_denials_deploy(cloud, is_hub_account, hub_region, region, in_hub_account):
    hub_account = "121212121212"
    account = hub_account if is_hub_account else "232323232323"
    name = f"members-{hub_region or 'same'}"
    template = templates.load(templates.MEMBER_DENIALS)
    # MiniStack leaves pseudo parameters in conditions as they stand.
    template["Conditions"] = filled(template["Conditions"], **here(account, region))
    cloud.deploy(account, name, template, HubAccountId=hub_account, HubRegion=hub_region)
    events = cloud.client("events", account)
    rules = events.list_rules(NamePrefix=name)["Rules"]
    every = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    assert [rule["State"] for rule in rules] == [in_hub_account if is_hub_account else every]
    [target] = events.list_targets_by_rule(Rule=rules[0]["Name"])["Targets"]
    assert target["Arn"] == f"arn:aws:events:{hub_region or region}:{hub_account}:event-bus/deniedby-members"
    role = target["RoleArn"].rpartition("/")[2]
    policy = cloud.client("iam", account).get_role_policy(RoleName=role, PolicyName="forward")["PolicyDocument"]
    assert policy["Statement"][0]["Resource"] == target["Arn"]


@pytest.mark.parametrize("wanted, source", [(True, "aws.s3"), (True, "aws.iam"), (False, "acme.s3"), (False, "awsx")])
def test_rules_take_what_aws_sent(wanted, source, cloud, patterns, hub_resources):
    detail = {"eventName": "PutBucketPolicy"}
    for name in ("Changes", "MemberChanges"):
        pattern = hub_resources[name]["Properties"]["EventPattern"]
        assert event_matches(cloud, pattern, CALL, detail, source=source) is wanted
    denial = detail | {"errorCode": "AccessDenied", "userIdentity": IAM_USER}
    for pattern in patterns.values():
        assert event_matches(cloud, filled(pattern, **ROLE_NAMES), CALL, denial, source=source) is wanted


CALL = "AWS API Call via CloudTrail"
ENDPOINT = "AWS Network Activity Event via CloudTrail"
IAM_USER = {"type": "IAMUser", "userName": "alice"}
CASES = {
    "a role's S3 call": (True, CALL, "AccessDenied", assumed("app")),
    "a role's KMS call": (True, CALL, "AccessDeniedException", assumed("app")),
    "EC2": (True, CALL, "Client.UnauthorizedOperation", assumed("app")),
    "EC2, the older code": (True, CALL, "UnauthorizedOperation", assumed("app")),
    "SNS": (True, CALL, "AuthorizationErrorException", assumed("app")),
    "a disabled KMS key": (True, CALL, "KMS.DisabledException", assumed("app")),
    "an archived object": (True, CALL, "InvalidObjectState", assumed("app")),
    "an IAM user, without a session": (True, CALL, "AccessDenied", IAM_USER),
    "an IAM user with MFA, without an issuer": (True, CALL, "AccessDenied", IAM_USER | {"sessionContext": {}}),
    "somebody of another account": (True, CALL, "AccessDenied", {"type": "AWSAccount", "accountId": "111122223333"}),
    "anonymous": (True, CALL, "AccessDenied", {"type": "AWSAccount", "accountId": "anonymous", "principalId": ""}),
    "an AWS service": (True, CALL, "AccessDenied", {"type": "AWSService", "invokedBy": "glue.amazonaws.com"}),
    "a VPC endpoint's policy": (True, ENDPOINT, "VpceAccessDenied", {"type": "AWSAccount"}),
    "a role with a similar name": (True, CALL, "AccessDenied", assumed(f"{READ_ROLE}er")),
    "our read role": (False, CALL, "AccessDenied", assumed(READ_ROLE)),
    "our fix role": (False, CALL, "AccessDenied", assumed(FIX_ROLE)),
    "our read role at a VPC endpoint": (False, ENDPOINT, "VpceAccessDenied", assumed(READ_ROLE)),
    "success": (False, CALL, None, assumed("app")),
    "throttling": (False, CALL, "ThrottlingException", assumed("app")),
    "slow down": (False, CALL, "SlowDown", assumed("app")),
    "not found": (False, CALL, "NoSuchKey", assumed("app")),
    "a sign-in": (False, "AWS Console Sign In via CloudTrail", "AccessDenied", IAM_USER),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("case", CASES)
def test_rule_lets_through(case, rule, cloud, patterns):
    wanted, detail_type, error_code, identity = CASES[case]
    detail = {"eventVersion": "1.11", "eventName": "GetObject", "userIdentity": identity}
    detail |= {"errorCode": error_code} if error_code else {}
    assert event_matches(cloud, filled(patterns[rule], **ROLE_NAMES), detail_type, detail) is wanted


@pytest.mark.parametrize("rule, role", [("Denials", FUNCTION_ROLE), ("MemberDenials", FUNCTION_ROLE), ("member", FORWARD_ROLE)])
def test_rule_leaves_out_its_own_role(rule, role, cloud, patterns):
    detail = {"eventName": "GetObject", "userIdentity": assumed(role), "errorCode": "AccessDenied"}
    assert event_matches(cloud, filled(patterns[rule], **ROLE_NAMES), CALL, detail) is False


def event_matches(cloud, pattern: dict, detail_type: str, detail: dict, source: str = "aws.s3") -> bool:
    event = {
        "version": "0",
        "id": "5c8b8a0e-0000-0000-0000-000000000000",
        "detail-type": detail_type,
        "source": source,
        "account": "111122223333",
        "time": "2026-11-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }
    events = cloud.client("events", HUB)
    answer = events.test_event_pattern(EventPattern=json.dumps(pattern), Event=json.dumps(event))
    return answer["Result"]
