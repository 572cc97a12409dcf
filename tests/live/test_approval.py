"""Approving a remedy from Slack: who may, what exactly, once, and from nobody but Slack."""

import json
import time

import pytest

import slack
from fault_proxy import Fault, FaultProxy
from test_repair import FIX_ROLE, SETTINGS, WRITE, Owner, writes
from world import BUCKET

ASKED = SETTINGS | {"DENIEDBY_AUTO_FIX": "", "DENIEDBY_APPROVALS": "true"}
OWNERSHIP = "BucketOwnerPreferred"


@pytest.fixture
def owner(moto, world):
    return Owner(moto, world)


@pytest.fixture
def proposal(function, table, webhook, secret, owner):
    """The buttons of a message that proposes to set Object Ownership, and the message."""
    outcome = function(DENIEDBY_SLACK_WEBHOOK=secret, **ASKED).invoke(owner.event())
    assert outcome.ok, outcome.body
    (message,) = webhook.messages
    remedies = {remedy["approval"]: remedy for remedy in outcome.body["reports"][0]["remedies"] if "approval" in remedy}
    for offered in slack.buttons(message):
        if remedies[offered["deniedby-approve"]["value"]]["kind"] == "ownership-preferred":
            webhook.bodies.clear()
            return Proposal(offered, message, webhook, table)
    raise AssertionError(json.dumps(message, indent=1))


class Proposal:
    def __init__(self, buttons, message, webhook, table):
        self.approve, self.reject = buttons["deniedby-approve"], buttons["deniedby-reject"]
        self.message = message
        self.webhook = webhook
        self.table = table
        self.id = self.approve["value"].split()[0]

    def click(self, button=None, **who):
        return slack.click(button or self.approve, f"{self.webhook.url}/actions/T0/1/x", message=self.message, **who)

    @property
    def record(self):
        return self.table.record(self.id)


def send(running, request):
    started = time.monotonic()
    outcome = running.invoke(request)
    assert outcome.ok, outcome.body
    assert time.monotonic() - started < 3, "Slack waits three seconds"
    return outcome.body["statusCode"]


def go_on(running, proxy):
    """What Lambda does with the events that the function sent to itself."""
    outcomes = [running.invoke(event) for event in proxy.invoked]
    proxy.invoked.clear()
    return outcomes


def told(proposal):
    messages = proposal.webhook.messages
    proposal.webhook.bodies.clear()
    return [(message["response_type"], message["text"]) for message in messages]


def test_a_proposal_is_shown_whole_and_changes_nothing(proposal, owner, table):
    assert proposal.record["state"] == "proposed"
    assert owner.ownership == "ObjectWriter"
    (text,) = [
        block["text"]["text"]
        for block in proposal.message["blocks"]
        if "text" in block and "would be: `BucketOwnerPreferred`" in block["text"]["text"]
    ]
    assert "is there: `ObjectWriter`" in text and BUCKET in text
    assert proposal.approve["confirm"]["title"]["text"] == f"Change account {owner.account}?"
    assert not table.holds()


def test_what_was_shown_is_approved_made_and_told(approving, proposal, proxy, owner):
    shown = proposal.record["edit"]
    running = approving(endpoint=proxy.url)
    assert send(running, slack.request(proposal.click())) == 200
    record = proposal.record
    assert (record["state"], record["approved_by"]) == ("approved", f"slack:{slack.TEAM}/{slack.APPROVER}")
    assert owner.ownership == "ObjectWriter", "it is made after the answer"
    assert len(proxy.invoked) == 1

    (outcome,) = go_on(running, proxy)
    assert outcome.ok, outcome.body
    assert owner.ownership == OWNERSHIP
    assert [(call.service, call.operation) for call in writes(proxy)] == [WRITE]
    assert (proposal.record["state"], proposal.record["edit"]) == ("done", shown)
    ((kind, text),) = told(proposal)
    assert kind == "in_channel" and text.startswith("made, as approved by") and proposal.id in text
    roles = {call["RoleArn"] for call in proxy.assumed}
    assert roles == {f"arn:aws:iam::{owner.account}:role/{FIX_ROLE}"}

    # The same request again, and another click.
    for body in (proposal.click(), proposal.click(proposal.reject), proposal.click(user="U0SECOND")):
        assert send(running, slack.request(body)) == 200
        go_on(running, proxy)
        assert told(proposal) == [("ephemeral", "it was decided before, and nothing more is done")]
    assert len(writes(proxy)) == 1


def test_a_body_may_come_as_text(approving, proposal, proxy):
    assert send(approving(endpoint=proxy.url), slack.request(proposal.click(), encoded=False)) == 200
    assert proposal.record["state"] == "approved"


def test_what_is_rejected_is_not_made(approving, proposal, proxy, owner):
    running = approving(endpoint=proxy.url)
    assert send(running, slack.request(proposal.click(proposal.reject))) == 200
    go_on(running, proxy)
    ((kind, text),) = told(proposal)
    assert kind == "in_channel" and text.startswith("rejected by")
    assert send(running, slack.request(proposal.click())) == 200
    go_on(running, proxy)
    assert proposal.record["state"] == "rejected" and owner.ownership == "ObjectWriter"
    assert writes(proxy) == []


def test_what_changed_since_it_was_shown_is_not_overwritten(approving, proposal, proxy, owner):
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    owner.s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=rules)
    running = approving(endpoint=proxy.url)
    assert send(running, slack.request(proposal.click())) == 200
    (outcome,) = go_on(running, proxy)
    assert outcome.ok
    assert owner.ownership == "BucketOwnerEnforced" and writes(proxy) == []
    ((_, text),) = told(proposal)
    assert "changed since" in text and "explain the event again" in text
    assert proposal.record["state"] == "failed"


NOW = time.time


def forgeries(proposal):
    body, now = proposal.click(), int(NOW())
    signed = slack.signature(body, now)
    large = body + "&padding=" + "x" * (1024 * 1024)
    return {
        "unsigned": (401, slack.request(body, sign="")),
        "another secret": (401, slack.request(body, secret="0" * 32)),
        "an empty secret": (401, slack.request(body, secret="")),
        "tampered body": (401, slack.request(body.replace(slack.APPROVER, "U0EVE"), at=now, sign=signed)),
        "another version": (401, slack.request(body, at=now, sign=signed.replace("v0=", "v1="))),
        "cut": (401, slack.request(body, at=now, sign=signed[:-2])),
        "late": (401, slack.request(body, at=now - 301)),
        "early": (401, slack.request(body, at=now + 310)),
        "another time than signed": (401, slack.request(body, at=now - 1, sign=signed)),
        "no time": (401, slack.request(body, at="", sign=signed)),
        "oversized": (413, slack.request(large)),
        "oversized text": (413, slack.request(large, encoded=False)),
        "by GET": (400, slack.request(body, method="GET")),
        "no form": (400, slack.request("{}")),
        "empty": (400, slack.request("")),
        "another button": (400, slack.request(proposal.click({**proposal.approve, "action_id": "another"}))),
        "told elsewhere": (400, slack.request(slack.click(proposal.approve, "https://evil.example/x"))),
        "our own work by the URL": (400, {"deniedby": {"make": {"record": proposal.id}}, **slack.request("", method="GET")}),
    }


def test_whatever_is_not_slacks_is_refused(approving, proposal, proxy, owner):
    running = approving(endpoint=proxy.url)
    for name, (status, request) in forgeries(proposal).items():
        assert send(running, request) == status, name
        assert proposal.record["state"] == "proposed", name
    assert proxy.invoked == [] and writes(proxy) == [] and proxy.assumed == []
    assert told(proposal) == []
    running.stop()
    assert slack.SIGNING_SECRET not in running.output()


@pytest.mark.parametrize(
    ("who", "button", "said"),
    [
        ({"user": "U0EVE"}, {}, "not among those who may approve"),
        ({"team": "T0EVIL"}, {}, "not among those who may approve"),
        ({}, {"value": "there-is-none 00"}, "no such proposal"),
        ({}, {"value": "{id} " + "0" * 64}, "another change is proposed by now"),
        ({}, {"value": "{id}"}, "another change is proposed by now"),
    ],
    ids=["user", "workspace", "unknown", "digest", "no-digest"],
)
def test_who_may_not_approves_nothing(approving, proposal, proxy, who, button, said):
    button = proposal.approve | {name: value.format(id=proposal.id) for name, value in button.items()}
    running = approving(endpoint=proxy.url)
    assert send(running, slack.request(proposal.click(button, **who))) == 200
    go_on(running, proxy)
    ((kind, text),) = told(proposal)
    assert kind == "ephemeral" and said in text
    assert proposal.record["state"] == "proposed" and writes(proxy) == []


def test_an_approval_whose_follow_up_was_lost_is_taken_up_by_the_next_click(approving, moto, proposal, owner):
    with FaultProxy(moto.url, Fault("denied", "lambda", "Invoke")) as broken:
        assert send(approving(endpoint=broken.url), slack.request(proposal.click())) == 503
    assert proposal.record["state"] == "approved" and owner.ownership == "ObjectWriter"
    moto.client("secretsmanager").delete_secret(SecretId="signing", ForceDeleteWithoutRecovery=True)
    with FaultProxy(moto.url) as proxy:
        running = approving(endpoint=proxy.url)
        assert send(running, slack.request(proposal.click())) == 200
        go_on(running, proxy)
    assert proposal.record["state"] == "done" and owner.ownership == OWNERSHIP


@pytest.mark.parametrize("fault", [("dynamodb", "GetItem"), ("secretsmanager", "GetSecretValue")])
def test_what_cannot_be_looked_up_is_not_approved(approving, moto, proposal, fault):
    with FaultProxy(moto.url, Fault("denied", *fault)) as proxy:
        assert send(approving(endpoint=proxy.url), slack.request(proposal.click())) == 503
        assert proxy.invoked == []
    assert proposal.record["state"] == "proposed"


def test_what_is_open_is_tried_again(approving, moto, proposal, owner):
    # The look before the write gets through; the look after it does not.
    with FaultProxy(moto.url, Fault("denied", "s3", "GetBucketOwnershipControls", skip=1)) as proxy:
        running = approving(endpoint=proxy.url)
        assert send(running, slack.request(proposal.click())) == 200
        events = list(proxy.invoked)
        (outcome,) = go_on(running, proxy)
        assert outcome.kind == "error" and outcome.body["errorType"] == "Unsettled"
    assert owner.ownership == OWNERSHIP
    assert "not known yet" in told(proposal)[0][1]
    moto.client("secretsmanager").delete_secret(SecretId="signing", ForceDeleteWithoutRecovery=True)
    assert approving().invoke(events[0]).ok, "Lambda invokes it again"
    assert proposal.record["state"] == "done"


def test_work_that_nobody_approved_is_not_done(approving, proposal, proxy, owner):
    """Whoever may invoke the function cannot approve by that."""
    running = approving(endpoint=proxy.url)
    work = {"deniedby-work": {"make": {"token": f"{proposal.id} {'0' * 64}", "tell": f"{proposal.webhook.url}/x"}}}
    assert running.invoke(work).ok
    assert proposal.record["state"] == "proposed" and owner.ownership == "ObjectWriter" and writes(proxy) == []
    elsewhere = {"deniedby-work": {"tell": {"text": "x", "to_all": True, "tell": "https://evil.example/"}}}
    assert running.invoke(elsewhere).kind == "error"


def test_wrong_settings_are_all_named_at_once(approving):
    running = approving(DENIEDBY_SLACK_TEAM="acme", DENIEDBY_APPROVERS="", DENIEDBY_RECORDS_TABLE="")
    assert running.process.wait(10) != 0
    running.stop()
    for name in ("DENIEDBY_SLACK_TEAM", "DENIEDBY_APPROVERS", "DENIEDBY_RECORDS_TABLE"):
        assert name in running.output()
