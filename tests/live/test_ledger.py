"""The records of changes in a table: one change of a resource at a time, and found again whatever broke."""

import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fault_proxy import Fault, FaultProxy
from moto_server import HUB
from program import EXTERNAL_ID, environment
from records import TABLE
from test_fix import FIX_ROLE, foreign_object, ownership
from world import BUCKET, BUCKET_ACCOUNT

ROLES = ["--fix-role", FIX_ROLE, "--external-id", EXTERNAL_ID, "--ledger-table", TABLE]


@pytest.fixture
def case(deniedby, moto, world, tmp_path):
    path = tmp_path / "case.json"
    foreign_object(deniedby, moto, world, path)
    return path


def again(case, path):
    """The same denial as another event."""
    other = json.loads(case.read_text())
    other["denial"]["eventID"] = "11111111-2222-4333-8444-555555555555"
    path.write_text(json.dumps(other))
    return path


def fix(deniedby, case, endpoint):
    return deniedby.run("fix", case, "--apply", *ROLES, endpoint=endpoint)


def test_a_change_is_recorded_and_undone(deniedby, moto, world, table, case):
    done = fix(deniedby, case, moto.url)
    assert done.code == 0, done.stderr
    assert ownership(world) == "BucketOwnerPreferred"
    ((key, item),) = table.records().items()
    record = json.loads(item["record"]["S"])
    assert (record["state"], item["state"]["S"]) == ("done", "done")
    assert record["edit"]["before"] == {"ownership": "ObjectWriter"}
    assert f":{HUB}:" in record["approved_by"], "who ran the command"
    assert int(item["expires"]["N"]) > time.time() + 399 * 24 * 3600
    assert not table.holds()

    undone = deniedby.run("undo", key.removeprefix("record#"), *ROLES, endpoint=moto.url)
    assert undone.code == 0, undone.stderr
    assert ownership(world) == "ObjectWriter"
    assert table.states() == {key: "undone", f"{key}-undo": "done"}


def test_of_many_at_once_each_ends_and_one_resource_is_changed_once(deniedby, moto, world, table, case, proxy, tmp_path):
    cases = [case, again(case, tmp_path / "other.json")] * 4
    with ThreadPoolExecutor(len(cases)) as pool:
        results = list(pool.map(lambda one: fix(deniedby, one, proxy.url), cases))
    assert ownership(world) == "BucketOwnerPreferred"
    busy = [result.stderr for result in results if result.code]
    assert all("under way" in line for line in busy), busy
    assert len(busy) < len(results)
    assert not table.holds()
    assert set(table.states().values()) == {"done"}


def test_another_change_waits_while_a_place_is_held_and_not_for_ever(deniedby, moto, world, table, case, tmp_path):
    with FaultProxy(moto.url, Fault("timeout", "s3", "PUT bucket ownershipControls")) as proxy:
        killed(proxy, deniedby, case)
    (hold,) = table.holds()
    other = again(case, tmp_path / "other.json")
    waits = fix(deniedby, other, moto.url)
    assert waits.code == 1 and "under way" in waits.stderr
    assert ownership(world) == "ObjectWriter"
    # The lease of who died ends.
    item = table.items()[hold]
    assert 540 < int(item["lease"]["N"]) - time.time() <= 600
    table.put({**item, "lease": {"N": str(int(time.time()) - 1)}})
    assert fix(deniedby, other, moto.url).code == 0
    assert ownership(world) == "BucketOwnerPreferred"
    assert not table.holds()
    # The first one is found again, and finds that it is made.
    assert fix(deniedby, case, moto.url).code == 0
    assert set(table.states().values()) == {"done"}


def killed(proxy, deniedby, case):
    """Ends the command at the call that hangs."""
    command = [deniedby.binary, "fix", case, "--apply", *ROLES]
    with subprocess.Popen(command, env=environment(proxy.url, deniedby._home), stderr=subprocess.PIPE) as process:
        assert proxy.hanging.wait(30)
        process.kill()


CALLS = [("dynamodb", "GetItem"), ("dynamodb", "PutItem"), ("dynamodb", "DeleteItem")]
CHANGES = [("s3", "GetBucketOwnershipControls"), ("s3", "PUT bucket ownershipControls"), ("sts", "AssumeRole")]


@pytest.mark.parametrize("kind", ["timeout", "answer-lost"])
@pytest.mark.parametrize(("service", "operation"), CALLS + CHANGES)
def test_who_was_killed_at_a_call_is_found_again(deniedby, moto, world, table, case, kind, service, operation):
    with FaultProxy(moto.url, Fault(kind, service, operation)) as proxy:
        killed(proxy, deniedby, case)
    assert ownership(world) in ("ObjectWriter", "BucketOwnerPreferred")
    done = fix(deniedby, case, moto.url)
    assert done.code == 0, done.stderr
    assert ownership(world) == "BucketOwnerPreferred"
    assert set(table.states().values()) == {"done"} and not table.holds()


@pytest.mark.parametrize("kind", ["denied", "throttled", "reset", "garbage"])
@pytest.mark.parametrize(("service", "operation"), CALLS[:2])
def test_a_ledger_that_fails_is_told_and_found_again(deniedby, moto, world, table, case, kind, service, operation):
    with FaultProxy(moto.url, Fault(kind, service, operation)) as proxy:
        failed = fix(deniedby, case, proxy.url)
    assert failed.code == 1
    assert "ledger of changes could not be used" in failed.stderr and TABLE in failed.stderr
    assert ownership(world) == "ObjectWriter"
    done = fix(deniedby, case, moto.url)
    assert done.code == 0, done.stderr
    assert set(table.states().values()) == {"done"}


def test_a_place_that_was_not_set_free_is_taken_over(deniedby, moto, world, table, case, tmp_path):
    with FaultProxy(moto.url, Fault("denied", "dynamodb", "DeleteItem")) as proxy:
        assert fix(deniedby, case, proxy.url).code == 0
    assert len(table.holds()) == 1
    other = fix(deniedby, again(case, tmp_path / "other.json"), moto.url)
    assert other.code == 0, other.stderr
    assert not table.holds()


def test_without_its_table_nothing_is_changed(deniedby, moto, world, case):
    failed = fix(deniedby, case, moto.url)
    assert failed.code == 1 and "nothing was changed" in failed.stderr and "ResourceNotFoundException" in failed.stderr
    assert ownership(world) == "ObjectWriter"


def test_a_write_by_somebody_else_meanwhile_is_not_overwritten(deniedby, moto, world, table, case):
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    world.client("s3", BUCKET_ACCOUNT).put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=rules)
    failed = fix(deniedby, case, moto.url)
    assert failed.code == 1 and "changed since" in failed.stderr
    assert ownership(world) == "BucketOwnerEnforced"
    assert set(table.states().values()) == {"failed"} and not table.holds()
