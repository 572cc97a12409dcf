"""Remedies on an S3 that enforces who owns an object: what was denied really works after, and is denied again after undo.

The gateway is version 16: it knows no PutBucketOwnershipControls, and its accounts are users by name.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from ceph import REGION, Ceph

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("DENIEDBY_BIN") or ROOT / "target" / "debug" / "deniedby"
BODY = b"a,b\n1,2\n"
OWNER, UPLOADER, OTHER = "owner", "uploader", "other"


@pytest.fixture(scope="module")
def ceph(tmp_path_factory):
    running = Ceph(tmp_path_factory.mktemp("ceph"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def keys(ceph):
    return {name: ceph.user(name) for name in (OWNER, UPLOADER, OTHER)}


def run(ceph, keys, *arguments):
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": ceph.url,
    }
    return subprocess.run([BINARY, *map(str, arguments)], env=env, capture_output=True, text=True, timeout=120)


def bucket(ceph, keys, name, *actions):
    """A bucket of the owner's that lets the uploader put, and the other one do as told."""
    s3 = ceph.client(keys[OWNER])
    s3.create_bucket(Bucket=name)
    let = lambda who, do: {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam:::user/{who}"}, "Action": do, "Resource": f"arn:aws:s3:::{name}/*"}  # noqa: E731
    put = ["s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging"]
    statements = [let(UPLOADER, put), *([let(OTHER, list(actions))] if actions else [])]
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    return s3


def case(tmp_path, scenario, bucket, key):
    """A saved case, of this bucket, key and these owners."""
    [folder] = [f / scenario for f in (ROOT / "events", ROOT / "tests" / "cases") if (f / scenario).is_dir()]
    text = (folder / "case.json").read_text()
    known = next(entry["key"] for entry in json.loads(text)["evidence"] if entry["ask"] == "object")
    for old, new in [("acme-reports", bucket), (known, key), ("c3" * 32, UPLOADER), ("a1" * 32, OWNER)]:
        text = text.replace(old, new)
    (path := tmp_path / "case.json").write_text(text)
    return path


def remedy(ceph, keys, path, kind):
    planned = json.loads(run(ceph, keys, "fix", path, "--format", "json").stdout)
    [found] = [remedy for remedy in planned["remedies"] if remedy["kind"] == kind]
    return found["id"]


def is_denied(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDenied", error
        return True
    return False


def test_the_denied_read_works_after_bucket_owner_full_control(ceph, keys, tmp_path):
    s3, theirs = bucket(ceph, keys, "acl"), ceph.client(keys[UPLOADER])
    theirs.put_object(Bucket="acl", Key="q3.csv", Body=BODY)
    assert is_denied(s3.get_object, Bucket="acl", Key="q3.csv"), "the gateway does not heed the object's owner"
    before = theirs.get_object_acl(Bucket="acl", Key="q3.csv")["Grants"]

    path, records = case(tmp_path, "object-of-a-known-uploader", "acl", "q3.csv"), tmp_path / "records"
    done = run(ceph, keys[UPLOADER], "fix", path, "--apply", "--records", records)
    assert done.returncode == 0, done.stderr
    assert s3.get_object(Bucket="acl", Key="q3.csv")["Body"].read() == BODY
    grants = {(g["Grantee"]["ID"], g["Permission"]) for g in theirs.get_object_acl(Bucket="acl", Key="q3.csv")["Grants"]}
    assert grants == {(UPLOADER, "FULL_CONTROL"), (OWNER, "FULL_CONTROL")}

    [record] = [file.stem for file in records.glob("*.json")]
    undone = run(ceph, keys[UPLOADER], "undo", record, "--records", records)
    assert undone.returncode == 0, undone.stderr
    assert is_denied(s3.get_object, Bucket="acl", Key="q3.csv")
    assert theirs.get_object_acl(Bucket="acl", Key="q3.csv")["Grants"] == before


def test_an_acl_by_whoever_may_not_write_it_stays(ceph, keys, tmp_path):
    bucket(ceph, keys, "not-mine")
    theirs = ceph.client(keys[UPLOADER])
    theirs.put_object(Bucket="not-mine", Key="q3.csv", Body=BODY)
    path = case(tmp_path, "object-of-a-known-uploader", "not-mine", "q3.csv")
    done = run(ceph, keys[OWNER], "fix", path, "--apply", "--records", tmp_path / "records")
    assert done.returncode == 1 and "nothing was changed" in done.stderr and "denied" in done.stderr, done.stderr
    assert [g["Grantee"]["ID"] for g in theirs.get_object_acl(Bucket="not-mine", Key="q3.csv")["Grants"]] == [UPLOADER]


KEPT = {
    "CacheControl": "max-age=60",
    "ContentDisposition": 'attachment; filename="q3.csv"',
    "ContentEncoding": "identity",
    "ContentLanguage": "en",
    "ContentType": "text/csv",
    "Metadata": {"quarter": "q3", "source": "erp"},
}


def uploaded(ceph, keys, name, key, **more):
    """An object of the uploader's that the bucket's owner may read."""
    theirs = ceph.client(keys[UPLOADER])
    theirs.put_object(Bucket=name, Key=key, Body=BODY, ACL="bucket-owner-full-control", **KEPT, **more)


def kept(s3, name, key):
    head = s3.head_object(Bucket=name, Key=key)
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=name, Key=key)["TagSet"]}
    return {field: head.get(field) for field in KEPT}, tags, head["ContentLength"]


def owner_of(s3, name, key):
    return s3.list_objects_v2(Bucket=name, Prefix=key, FetchOwner=True)["Contents"][0]["Owner"]["ID"]


@pytest.mark.parametrize("key", ["q3.csv", "inbox/année 2026+q3 (1).csv"])
def test_a_copy_onto_itself_belongs_to_the_buckets_owner_and_keeps_everything(ceph, keys, tmp_path, key):
    name = f"copy{len(key)}"
    s3 = bucket(ceph, keys, name, "s3:GetObject")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    uploaded(ceph, keys, name, key)
    other = ceph.client(keys[OTHER])
    before, version = kept(s3, name, key), s3.head_object(Bucket=name, Key=key)["VersionId"]
    assert owner_of(s3, name, key) == UPLOADER

    path, records = case(tmp_path, "acl-no-grant", name, key), tmp_path / "records"
    chosen = remedy(ceph, keys[OWNER], path, "copy-onto-itself")
    done = run(ceph, keys[OWNER], "fix", path, "--apply", "--remedy", chosen, "--records", records)
    assert done.returncode == 0, done.stderr
    assert owner_of(s3, name, key) == OWNER
    assert kept(s3, name, key) == before
    assert s3.get_object(Bucket=name, Key=key)["Body"].read() == BODY
    assert other.get_object(Bucket=name, Key=key)["Body"].read() == BODY

    [record] = [file.stem for file in records.glob("*.json")]
    undone = run(ceph, keys[OWNER], "undo", record, "--records", records)
    assert undone.returncode == 0, undone.stderr
    assert owner_of(s3, name, key) == UPLOADER
    assert s3.head_object(Bucket=name, Key=key)["VersionId"] == version
    assert len(s3.list_object_versions(Bucket=name)["Versions"]) == 1


def test_a_copy_in_a_bucket_without_versions_says_that_it_stays(ceph, keys, tmp_path):
    s3 = bucket(ceph, keys, "for-good", "s3:GetObject")
    uploaded(ceph, keys, "for-good", "q3.csv")
    path, records = case(tmp_path, "acl-no-grant", "for-good", "q3.csv"), tmp_path / "records"
    chosen = remedy(ceph, keys[OWNER], path, "copy-onto-itself")
    done = run(ceph, keys[OWNER], "fix", path, "--apply", "--remedy", chosen, "--records", records)
    assert done.returncode == 0 and "cannot be undone" in done.stderr, done.stderr
    assert owner_of(s3, "for-good", "q3.csv") == OWNER
    [record] = [file.stem for file in records.glob("*.json")]
    undone = run(ceph, keys[OWNER], "undo", record, "--records", records)
    assert undone.returncode == 1 and "cannot be undone" in undone.stderr, undone.stderr


def test_an_object_that_was_replaced_since_is_not_copied(ceph, keys, tmp_path):
    s3 = bucket(ceph, keys, "replaced", "s3:GetObject")
    uploaded(ceph, keys, "replaced", "q3.csv")
    path, records = case(tmp_path, "acl-no-grant", "replaced", "q3.csv"), tmp_path / "records"
    chosen = remedy(ceph, keys[OWNER], path, "copy-onto-itself")
    s3.put_object(Bucket="replaced", Key="q3.csv", Body=b"new")
    done = run(ceph, keys[OWNER], "fix", path, "--apply", "--remedy", chosen, "--records", records)
    # It is the bucket owner's already: there is nothing to do, and nothing is done.
    assert done.returncode == 0, done.stderr
    assert s3.get_object(Bucket="replaced", Key="q3.csv")["Body"].read() == b"new"


def test_a_copy_that_lost_something_is_deleted_again(ceph, keys, tmp_path):
    """This gateway loses tags where metadata is replaced, whatever it is told."""
    s3 = bucket(ceph, keys, "lost", "s3:GetObject")
    s3.put_bucket_versioning(Bucket="lost", VersioningConfiguration={"Status": "Enabled"})
    uploaded(ceph, keys, "lost", "q3.csv", Tagging="team=finance")
    before, version = kept(s3, "lost", "q3.csv"), s3.head_object(Bucket="lost", Key="q3.csv")["VersionId"]
    path, records = case(tmp_path, "acl-no-grant", "lost", "q3.csv"), tmp_path / "records"
    chosen = remedy(ceph, keys[OWNER], path, "copy-onto-itself")
    done = run(ceph, keys[OWNER], "fix", path, "--apply", "--remedy", chosen, "--records", records)
    assert done.returncode == 1 and "not the same tags; it was deleted again" in done.stderr, done.stderr
    assert (kept(s3, "lost", "q3.csv"), s3.head_object(Bucket="lost", Key="q3.csv")["VersionId"]) == (before, version)
    assert owner_of(s3, "lost", "q3.csv") == UPLOADER
