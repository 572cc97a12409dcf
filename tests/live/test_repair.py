"""The function changes what its hub and the owners let it change, and nothing else."""

import time

import pytest

import events
from fault_proxy import Fault, FaultProxy
from organization import MANAGEMENT_ROLE, Organization
from program import EXTERNAL_ID
from records import TABLE
from world import BUCKET, policy, statement

FIX_ROLE = "deniedby-fix"
KEY = "foreign/summary.csv"
TAG = "deniedby:fix"
WRITE = ("s3", "PUT bucket ownershipControls")
SETTINGS = {
    "DENIEDBY_MANAGEMENT_ROLE": MANAGEMENT_ROLE,
    "DENIEDBY_AUTO_FIX": "bucket-owner-full-control, ownership-preferred",
    "DENIEDBY_FIX_ROLE": FIX_ROLE,
    "DENIEDBY_RECORDS_TABLE": TABLE,
    "DENIEDBY_RECORD_DAYS": "30",
}


class Owner:
    """An account of the organization, with a bucket in which somebody else's object lies."""

    def __init__(self, moto, world):
        self.world = world
        self.organizations = moto.client("organizations")
        self.account = Organization(moto).member
        world.role(
            inline={"reports": policy(statement("ReadReports", "Allow", "s3:GetObject", "*"))}, account=self.account
        )
        world.bucket(keys=[KEY], account=self.account, ownership="ObjectWriter")
        self.s3 = world.client("s3", self.account)

    def says(self, account=None, bucket=None):
        if account is not None:
            self.organizations.tag_resource(ResourceId=self.account, Tags=[{"Key": TAG, "Value": account}])
        if bucket is not None:
            self.s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": TAG, "Value": bucket}]})

    def event(self):
        return events.bus_event(events.denied(events.role_session(self.account), BUCKET, KEY, self.account))

    @property
    def ownership(self):
        return self.s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"][0]["ObjectOwnership"]


@pytest.fixture
def owner(moto, world):
    return Owner(moto, world)


@pytest.fixture
def function(function):
    """The function with the time that the template gives it: a change is begun only while there is enough."""

    def start(**settings):
        running = function(**settings)
        running.api.seconds = 120
        return running

    return start


def remedy(outcome, kind="ownership-preferred"):
    assert outcome.ok, outcome.body
    (report,) = outcome.body["reports"]
    return next(remedy for remedy in report["remedies"] if remedy["kind"] == kind)


def writes(proxy):
    """Calls that could change something of a customer's."""
    reads = ("Get", "List", "Head", "Describe", "Lookup", "Simulate")
    services = ("s3", "s3control", "iam", "kms", "organizations")
    return [call for call in proxy.calls if call.service in services and not call.operation.startswith(reads)]


def test_a_bucket_is_repaired_verified_told_and_undone(function, deniedby, moto, table, inbox, proxy, owner):
    owner.says(bucket="auto")
    event = owner.event()
    outcome = function(endpoint=proxy.url, **SETTINGS).invoke(event)
    told = remedy(outcome)["outcome"]
    assert told.startswith("made without a person, and read back"), told
    assert owner.ownership == "BucketOwnerPreferred"
    assert [(call.service, call.operation) for call in writes(proxy)] == [WRITE]
    (notification,) = inbox.take()
    assert "made without a person" in notification["Message"]

    id = event["detail"]["eventID"] + "-auto"
    record = table.record(id)
    assert (record["state"], record["kind"], record.get("approved_by")) == ("done", "ownership-preferred", None)
    kept = int(table.items()[f"record#{id}"]["expires"]["N"]) - time.time()
    assert 29 * 24 * 3600 < kept <= 30 * 24 * 3600
    assert id in told

    # The write was in the fix role's session, for this one change, and the session was the event's.
    fixes = [call for call in proxy.assumed if call["RoleArn"].endswith(f":role/{FIX_ROLE}")]
    assert {call["RoleArn"] for call in fixes} == {f"arn:aws:iam::{owner.account}:role/{FIX_ROLE}"}
    assert all(call["ExternalId"] == EXTERNAL_ID and BUCKET in call["Policy"] for call in fixes)

    roles = ["--fix-role", FIX_ROLE, "--external-id", EXTERNAL_ID]
    undone = deniedby.run("undo", id, "--ledger-table", TABLE, *roles, endpoint=moto.url)
    assert undone.code == 0, undone.stderr
    assert owner.ownership == "ObjectWriter"
    assert table.record(id)["state"] == "undone"


def test_the_account_may_agree_for_all_its_buckets(function, table, owner):
    owner.says(account="auto")
    assert remedy(function(**SETTINGS).invoke(owner.event()))["outcome"].startswith("made")
    assert owner.ownership == "BucketOwnerPreferred"


@pytest.mark.parametrize(
    ("account", "bucket", "why"),
    [
        (None, None, "no tag"),
        ("approve", "auto", "says `approve`"),
        ("auto", "approve", "says `approve`"),
        ("auto", "never", "says `never`"),
        ("never", "auto", "says `never`"),
        ("auto", "yes please", "says none of"),
    ],
)
def test_nothing_is_written_where_an_owner_does_not_agree(function, table, inbox, proxy, owner, account, bucket, why):
    owner.says(account, bucket)
    outcome = function(endpoint=proxy.url, **SETTINGS).invoke(owner.event())
    assert why in remedy(outcome)["outcome"]
    assert writes(proxy) == [] and table.items() == {}
    assert owner.ownership == "ObjectWriter"
    assert len(inbox.take()) == 1


@pytest.mark.parametrize("operation", [("organizations", "ListTagsForResource"), ("s3", "GetBucketTagging")])
def test_tags_that_cannot_be_read_agree_to_nothing(function, moto, table, owner, operation):
    owner.says(account="auto", bucket="auto")
    with FaultProxy(moto.url, Fault("denied", *operation)) as proxy:
        outcome = function(endpoint=proxy.url, **SETTINGS).invoke(owner.event())
    assert "could not be read" in remedy(outcome)["outcome"]
    assert writes(proxy) == [] and owner.ownership == "ObjectWriter"


@pytest.mark.parametrize("auto", ["", "bucket-owner-full-control"])
def test_a_kind_that_the_hub_does_not_name_is_not_made(function, table, proxy, owner, auto):
    owner.says(account="auto", bucket="auto")
    outcome = function(endpoint=proxy.url, **(SETTINGS | {"DENIEDBY_AUTO_FIX": auto})).invoke(owner.event())
    assert remedy(outcome)["outcome"] is None
    assert writes(proxy) == [] and table.items() == {}
    assert owner.ownership == "ObjectWriter"


def test_without_settings_nothing_is_asked_for_a_change(function, proxy, owner):
    owner.says(account="auto", bucket="auto")
    assert remedy(function(endpoint=proxy.url).invoke(owner.event()))["outcome"] is None
    assert writes(proxy) == []
    assert not [call for call in proxy.calls if call.service == "dynamodb" or call.operation == "ListTagsForResource"]


def test_a_second_delivery_tells_what_the_first_one_made(function, table, proxy, owner):
    owner.says(bucket="auto")
    running, event = function(endpoint=proxy.url, **SETTINGS), owner.event()
    running.invoke(event)
    assert remedy(running.invoke(event))["outcome"].startswith("made without a person")
    assert len(writes(proxy)) == 1


def test_many_denials_at_once_lead_to_one_change(function, table, proxy, owner):
    owner.says(bucket="auto")
    batch = events.batch({str(number): owner.event() for number in range(10)})
    outcome = function(endpoint=proxy.url, **SETTINGS).invoke(batch)
    assert outcome.ok and outcome.body["batchItemFailures"] == []
    assert len(outcome.body["reports"]) == 10
    assert owner.ownership == "BucketOwnerPreferred"
    assert len(writes(proxy)) == 1 and not table.holds()


@pytest.mark.parametrize("fault", [("dynamodb", "PutItem"), ("dynamodb", "GetItem"), WRITE])
def test_what_fails_is_told_and_the_report_goes_out(function, moto, table, inbox, owner, fault):
    owner.says(bucket="auto")
    event = owner.event()
    with FaultProxy(moto.url, Fault("denied", *fault)) as proxy:
        outcome = function(endpoint=proxy.url, **SETTINGS).invoke(event)
    assert remedy(outcome)["outcome"].startswith("not made: ")
    assert len(inbox.take()) == 1 and owner.ownership == "ObjectWriter"
    assert remedy(function(**SETTINGS).invoke(event))["outcome"].startswith("made")
    assert owner.ownership == "BucketOwnerPreferred"


def test_what_is_open_is_tried_again(function, moto, table, inbox, owner):
    owner.says(bucket="auto")
    event = owner.event()
    # The diagnosis and the look before the write get through; the look after it does not.
    with FaultProxy(moto.url, Fault("denied", "s3", "GetBucketOwnershipControls", skip=2)) as proxy:
        outcome = function(endpoint=proxy.url, **SETTINGS).invoke(event)
    assert outcome.kind == "error" and outcome.body["errorType"] == "Unsettled", "Lambda tries again"
    (notification,) = inbox.take()
    assert "not known yet" in notification["Message"]
    assert remedy(function(**SETTINGS).invoke(event))["outcome"].startswith("made")


def test_nothing_is_begun_without_the_time_to_end_it(function, table, inbox, proxy, owner):
    owner.says(bucket="auto")
    running = function(endpoint=proxy.url, **SETTINGS)
    running.api.seconds = 60
    assert "no time left" in remedy(running.invoke(owner.event()))["outcome"]
    assert writes(proxy) == [] and table.items() == {} and len(inbox.take()) == 1


def test_denials_of_the_fix_role_are_our_own(function, table, inbox, owner):
    event = events.bus_event(
        events.denied(events.role_session(owner.account, FIX_ROLE, session="deniedby"), BUCKET, KEY, owner.account)
    )
    outcome = function(**SETTINGS).invoke(event)
    assert outcome.body["reports"] == [] and len(outcome.body["skipped"]) == 1
    assert inbox.take() == []


def test_wrong_settings_of_changes_are_told_at_once(function):
    running = function(DENIEDBY_AUTO_FIX="identity-allow,ownership-preferred")
    assert running.process.wait(10) != 0
    running.stop()
    for name in ("identity-allow", "DENIEDBY_MANAGEMENT_ROLE", "DENIEDBY_FIX_ROLE", "DENIEDBY_RECORDS_TABLE"):
        assert name in running.output()
