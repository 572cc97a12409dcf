"""`deniedby fix` and `deniedby undo`: what is written, what is read back, and what is never overwritten."""

import json

import pytest
from botocore.exceptions import ClientError

import events
import scenarios
from moto_server import REGION
from program import EXTERNAL_ID, READ_ROLE
from world import BUCKET, BUCKET_ACCOUNT, KEY, PRINCIPAL_ACCOUNT, ROLE, policy, principal, statement

FIX_ROLE = "deniedby-fix"


@pytest.fixture
def records(tmp_path):
    return tmp_path / "records"


def fix(deniedby, moto, case, records, *more):
    roles = ["--fix-role", FIX_ROLE, "--external-id", EXTERNAL_ID]
    return deniedby.run("fix", case, "--apply", "--records", records, *roles, *more, endpoint=moto.url)


def undo(deniedby, moto, records, by_file=False):
    (record,) = (file for file in records.glob("*.json") if not file.stem.endswith("-undo"))
    roles = ["--fix-role", FIX_ROLE, "--external-id", EXTERNAL_ID]
    named = [record] if by_file else [record.stem, "--records", records]
    return deniedby.run("undo", *named, *roles, endpoint=moto.url), record


def saved(deniedby, moto, record, path):
    result = deniedby.explain(record, "--save-case", path, endpoint=moto.url)
    assert result.code == 0, result.stderr
    return result.report


def edited(path, edit):
    """The case with other answers."""
    case = json.loads(path.read_text())
    for entry in case["evidence"]:
        edit(entry)
    path.write_text(json.dumps(case))


def test_a_missing_allow_is_added_and_taken_back(deniedby, moto, world, tmp_path, records):
    case = tmp_path / "case.json"
    denied = scenarios.silent_identity(world)
    report = saved(deniedby, moto, denied, case)
    (remedy,) = [remedy for remedy in report["remedies"] if remedy["kind"] == "identity-allow"]
    assert remedy["applicability"] == "needs-approval" and remedy["account"] == PRINCIPAL_ACCOUNT
    iam = world.client("iam", PRINCIPAL_ACCOUNT)
    before = iam.list_role_policies(RoleName=ROLE)["PolicyNames"]

    # Nothing is applied that nobody named.
    unnamed = fix(deniedby, moto, case, records)
    assert unnamed.code == 1 and "name one with `--remedy`" in unnamed.stderr

    done = fix(deniedby, moto, case, records, "--remedy", remedy["id"])
    assert done.code == 0, done.stderr
    (added,) = set(iam.list_role_policies(RoleName=ROLE)["PolicyNames"]) - set(before)
    document = iam.get_role_policy(RoleName=ROLE, PolicyName=added)["PolicyDocument"]
    assert document == json.loads(remedy["after"])
    again = deniedby.explain(denied, endpoint=moto.url)
    decisions = {layer["layer"]: layer["decision"] for layer in again.report["requests"][0]["layers"]}
    assert decisions["identity-policy"] == "allowed"

    # A second time finds the first.
    assert fix(deniedby, moto, case, records, "--remedy", remedy["id"]).code == 0
    undone, record = undo(deniedby, moto, records)
    assert undone.code == 0, undone.stderr
    assert iam.list_role_policies(RoleName=ROLE)["PolicyNames"] == before
    assert json.loads(record.read_text())["state"] == "undone"


def foreign_object(deniedby, moto, world, case):
    """A case of an object of another account. In moto all objects have one owner, so the case says otherwise."""
    world.role(inline={"reports": policy(statement("ReadReports", "Allow", "s3:GetObject", "*"))}, account=BUCKET_ACCOUNT)
    world.bucket(keys=[KEY], ownership="ObjectWriter")
    identity = events.role_session(BUCKET_ACCOUNT)
    saved(deniedby, moto, events.denied(identity, BUCKET, KEY, BUCKET_ACCOUNT), case)

    def edit(entry):
        if entry["ask"] == "object":
            entry["answer"] = {"known": {"object": {"owner": "c3" * 32}}}
        if entry["ask"] == "object-acl":
            entry["answer"] = {"unreadable": "access-denied"}

    edited(case, edit)


def ownership(world):
    s3 = world.client("s3", BUCKET_ACCOUNT)
    return s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"][0]["ObjectOwnership"]


def test_object_ownership_is_set_and_set_back(deniedby, moto, world, tmp_path, records):
    case = tmp_path / "case.json"
    foreign_object(deniedby, moto, world, case)
    planned = deniedby.run("fix", case, "--format", "json").report
    kinds = {remedy["kind"]: remedy["applicability"] for remedy in planned["remedies"]}
    assert kinds["ownership-preferred"] == "safe" and kinds["ownership-enforced"] == "needs-approval"

    done = fix(deniedby, moto, case, records)
    assert done.code == 0, done.stderr
    assert ownership(world) == "BucketOwnerPreferred"
    undone, _ = undo(deniedby, moto, records, by_file=True)
    assert undone.code == 0, undone.stderr
    assert ownership(world) == "ObjectWriter"

    # The same again: what was undone is neither done nor undone for ever.
    assert fix(deniedby, moto, case, records).code == 0
    assert ownership(world) == "BucketOwnerPreferred"
    assert undo(deniedby, moto, records)[0].code == 0
    assert ownership(world) == "ObjectWriter"
    assert not list(records.glob("*.held"))


def test_what_was_changed_since_is_not_overwritten(deniedby, moto, world, tmp_path, records):
    case = tmp_path / "case.json"
    foreign_object(deniedby, moto, world, case)
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    world.client("s3", BUCKET_ACCOUNT).put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=rules)
    done = fix(deniedby, moto, case, records)
    assert done.code == 1
    assert "nothing was changed" in done.stderr and "changed since" in done.stderr
    assert ownership(world) == "BucketOwnerEnforced"


def test_the_owner_of_an_object_gives_the_buckets_owner_full_control(deniedby, moto, world, tmp_path, records):
    case = tmp_path / "case.json"
    uploader = PRINCIPAL_ACCOUNT
    document = policy(statement("LetIn", "Allow", "s3:*", f"arn:aws:s3:::{BUCKET}/*", Principal=principal(uploader)))
    world.role(inline={"reports": policy(statement("Read", "Allow", "s3:GetObject", "*"))}, account=BUCKET_ACCOUNT)
    world.bucket(document, keys=[KEY], ownership="ObjectWriter")
    identity = events.role_session(BUCKET_ACCOUNT)
    saved(deniedby, moto, events.denied(identity, BUCKET, KEY, BUCKET_ACCOUNT), case)
    s3 = world.client("s3", uploader)
    owner, ours = s3.get_object_acl(Bucket=BUCKET, Key=KEY)["Owner"]["ID"], "b2" * 32
    # moto shows one grantee for each permission only, so the grant that is there is another one than the new one.
    s3.put_object_acl(Bucket=BUCKET, Key=KEY, GrantRead=f'id="{owner}"')
    there = [{"grantee": {"account": owner}, "permission": "READ"}]

    def edit(entry):
        if entry["ask"] == "object":
            entry["answer"] = {"known": {"object": {"owner": owner}}}
        if entry["ask"] == "object-acl":
            entry["answer"] = {"unreadable": "access-denied"}
        if entry["ask"] == "bucket-acl":
            grants = [{"grantee": {"account": ours}, "permission": "FULL_CONTROL"}]
            entry["answer"] = {"known": {"acl": {"owner": ours, "grants": grants}}}

    edited(case, edit)
    text = json.loads(case.read_text())
    place = {"account": BUCKET_ACCOUNT, "region": REGION, "bucket": BUCKET}
    text["evidence"] += [
        {"ask": "canonical-id", "account": uploader, "region": REGION, "answer": {"known": {"canonical-id": owner}}},
        {
            "ask": "owners-object-acl",
            **place,
            "key": KEY,
            "owner": uploader,
            "answer": {"known": {"acl": {"owner": owner, "grants": there}}},
        },
    ]
    case.write_text(json.dumps(text))
    planned = deniedby.run("fix", case, "--format", "json").report
    (remedy,) = [remedy for remedy in planned["remedies"] if remedy["kind"] == "bucket-owner-full-control"]
    assert (remedy["applicability"], remedy["account"]) == ("safe", uploader), remedy["proof"]

    done = fix(deniedby, moto, case, records, "--remedy", remedy["id"])
    assert done.code == 0, done.stderr

    def grantees():
        grants = s3.get_object_acl(Bucket=BUCKET, Key=KEY)["Grants"]
        return {(grant["Grantee"]["ID"], grant["Permission"]) for grant in grants}

    assert grantees() == {(owner, "READ"), (ours, "FULL_CONTROL")}
    undone, _ = undo(deniedby, moto, records)
    assert undone.code == 0, undone.stderr
    assert grantees() == {(owner, "READ")}


def test_an_event_is_diagnosed_first(deniedby, moto, world, tmp_path):
    event = tmp_path / "event.json"
    event.write_text(json.dumps(scenarios.silent_identity(world)))
    roles = ["--read-role", READ_ROLE, "--external-id", EXTERNAL_ID]
    planned = deniedby.run("fix", event, *roles, "--format", "json", endpoint=moto.url)
    assert planned.code == 0, planned.stderr
    (remedy,) = [remedy for remedy in planned.report["remedies"] if remedy["kind"] == "identity-allow"]
    assert remedy["proof"]

    def refused(*arguments, path=event):
        result = deniedby.run("fix", path, *arguments, endpoint=moto.url)
        (line,) = result.stderr.splitlines()
        assert (result.code, result.stdout) == (1, "")
        return line

    # A number of a report that is not at hand may be another remedy's by now.
    assert "keep a case with `explain --save-case CASE`" in refused(*roles, "--apply", "--remedy", remedy["id"])
    assert "none of the remedies is safe" in refused(*roles, "--apply")
    case = tmp_path / "case.json"
    saved(deniedby, moto, json.loads(event.read_text()), case)
    assert "a saved case holds its answers" in refused(*roles, path=case)
    case.write_text(case.read_text().replace('"evidence"', '"answers"'))
    assert "is not what `explain --save-case` writes" in refused(path=case)
    event.write_text(json.dumps({"Records": [json.loads(event.read_text())] * 2}))
    assert "one denial at a time" in refused()


def test_a_change_that_aws_refuses_is_not_made(deniedby, moto, world, tmp_path, records):
    case = tmp_path / "case.json"
    report = saved(deniedby, moto, scenarios.silent_identity(world), case)
    (remedy,) = [remedy for remedy in report["remedies"] if remedy["kind"] == "identity-allow"]
    iam = world.client("iam", PRINCIPAL_ACCOUNT)
    for name in iam.list_role_policies(RoleName=ROLE)["PolicyNames"]:
        iam.delete_role_policy(RoleName=ROLE, PolicyName=name)
    iam.delete_role(RoleName=ROLE)
    done = fix(deniedby, moto, case, records, "--remedy", remedy["id"])
    assert done.code == 1 and "nothing was changed" in done.stderr, done.stderr
    with pytest.raises(ClientError):
        iam.get_role(RoleName=ROLE)
