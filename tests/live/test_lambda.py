"""The function under the Lambda Runtime API: event in, finding out to SNS and to the chat."""

import base64
import gzip
import json
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

import events
import scenarios
import test_edges
import webhook as hook
from fault_proxy import Fault, FaultProxy
from moto_server import HUB, REGION
from program import ACCESS_KEY, READ_ROLE, SECRET_KEY, SESSION_TOKEN
from records import TOLD
from world import BUCKET, BUCKET_ACCOUNT, KEY

# Ends what a person would see as one line, turns text around, or drives a terminal.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@pytest.fixture
def event(world):
    return events.bus_event(scenarios.office_only(world))


def texts(value):
    """All text of a chat message, with whether it is markup."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text"):
            yield value["type"] == "mrkdwn", value["text"]
        else:
            for name, part in value.items():
                yield from [(True, part)] if name == "text" and isinstance(part, str) else texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def assert_found(outcome, record):
    assert outcome.ok, outcome.body
    (report,) = outcome.body["reports"]
    assert report["schema"] == "deniedby/report/1"
    assert report["event_id"] == record["eventID"]
    assert report["causes"][0]["code"] == "resource-policy-explicit-deny"
    assert outcome.body["skipped"] == []


def assert_told_topic(inbox):
    (notification,) = inbox.take()
    assert "OnlyOffice" in notification["Message"]
    assert BUCKET in notification["Subject"] + notification["Message"]


def assert_told_chat(message):
    assert message["text"]
    assert len(message["blocks"]) <= 50
    assert any("OnlyOffice" in text for _, text in texts(message))


def test_a_finding_goes_to_both(function, inbox, webhook, secret, event):
    outcome = function(DENIEDBY_SLACK_WEBHOOK=secret).invoke(event)
    assert_found(outcome, event["detail"])
    assert_told_topic(inbox)
    (message,) = webhook.messages
    assert_told_chat(message)
    assert webhook.paths == [f"/services/{webhook.secret}"]


def test_a_log_group_that_is_subscribed(function, inbox, world):
    record = test_edges.refused("E0", "d0.cloudfront.net", **{"x-edge-detailed-result-type": "ClientGeoBlocked"})
    del record["recipientAccountId"]
    fine = record | {"sc-status": "200", "x-edge-request-id": "request-2"}
    lines = [{"id": str(number), "timestamp": 1, "message": json.dumps(line)} for number, line in enumerate([record, fine])]
    batch = {"messageType": "DATA_MESSAGE", "owner": BUCKET_ACCOUNT, "logGroup": "cloudfront", "logEvents": lines}
    data = base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode()
    running = function()
    outcome = running.invoke({"awslogs": {"data": data}})
    assert outcome.ok, outcome.body
    (report,) = outcome.body["reports"]
    # The log group's account is where the distribution is looked for.
    assert report["event_id"] == "request-1" and BUCKET_ACCOUNT in json.dumps(report)
    assert report["causes"][0]["code"] == "cloudfront-geo-restriction"
    assert len(outcome.body["skipped"]) == 1
    (notification,) = inbox.take()
    assert "cloudfront-geo-restriction" in notification["Message"]
    check = base64.b64encode(gzip.compress(b'{"messageType":"CONTROL_MESSAGE"}')).decode()
    assert running.invoke({"awslogs": {"data": check}}).ok
    assert running.invoke({"awslogs": {"data": "bm9uc2Vuc2U="}}).kind == "error"


@pytest.mark.parametrize("name", ["/deniedby/slack", "slack"])
def test_the_webhook_may_be_a_parameter(function, moto, inbox, webhook, event, name):
    moto.client("ssm").put_parameter(Name=name, Type="SecureString", Value=webhook.hook)
    parameter = f"arn:aws:ssm:{REGION}:{HUB}:parameter/{name.removeprefix('/')}"
    outcome = function(DENIEDBY_SLACK_WEBHOOK=parameter).invoke(event)
    assert_found(outcome, event["detail"])
    assert_told_topic(inbox)
    (message,) = webhook.messages
    assert_told_chat(message)


@pytest.mark.parametrize("setting", [None, ""], ids=["unset", "empty"])
def test_the_chat_is_optional(function, inbox, event, setting):
    assert_found(function(DENIEDBY_SLACK_WEBHOOK=setting).invoke(event), event["detail"])
    assert_told_topic(inbox)


def test_one_process_takes_many_events(function, inbox, webhook, secret, event):
    running = function(DENIEDBY_SLACK_WEBHOOK=secret)
    for _ in range(3):
        assert_found(running.invoke(event), event["detail"])
    assert len(inbox.take()) == len(webhook.bodies) == 3


@pytest.mark.parametrize("reply", [hook.ERROR, hook.RESET], ids=["500", "reset"])
def test_a_chat_that_fails_does_not_lose_the_finding(function, inbox, webhook, secret, event, reply):
    webhook.replies = [reply]
    outcome = function(DENIEDBY_SLACK_WEBHOOK=secret).invoke(event)
    assert outcome.kind == "error", "an error makes Lambda try again"
    assert "slack" in outcome.body["errorMessage"].lower()
    assert_told_topic(inbox)


def test_a_chat_that_asks_to_wait_is_waited_for(function, inbox, webhook, secret, event):
    webhook.replies = [hook.slow_down(1), hook.OK]
    assert_found(function(DENIEDBY_SLACK_WEBHOOK=secret).invoke(event), event["detail"])
    first, second = webhook.messages
    assert first == second
    assert_told_topic(inbox)


def assert_refused(running, event, sink):
    """The invocation did not fail, since to try again is of no use; the log says so, and it is counted."""
    running.stop()
    lines = [json.loads(line) for line in running.stdout]
    (refused,) = [line for line in lines if line.get("level") == "ERROR"]
    assert (refused["fields"]["event_id"], refused["fields"]["sink"]) == (event["detail"]["eventID"], sink)
    (counted,) = [line for line in lines if "Refused" in line]
    assert (counted["Sink"], counted["Refused"]) == (sink, 1)
    assert [line["Verdict"] for line in lines if "Denials" in line] == ["explained"]


def test_a_webhook_that_is_gone_is_asked_once(function, inbox, webhook, secret, event):
    webhook.replies = [hook.GONE]
    running = function(DENIEDBY_SLACK_WEBHOOK=secret)
    assert_found(running.invoke(event), event["detail"])
    assert len(webhook.bodies) == 1
    assert_told_topic(inbox)
    assert_refused(running, event, "slack")


def test_a_topic_that_is_gone_does_not_lose_the_finding(function, inbox, webhook, secret, event):
    inbox.delete_topic()
    running = function(DENIEDBY_SLACK_WEBHOOK=secret)
    assert_found(running.invoke(event), event["detail"])
    (message,) = webhook.messages
    assert_told_chat(message)
    assert_refused(running, event, "sns")


def test_a_finding_that_nobody_took_fails_the_invocation(function, inbox, event):
    inbox.delete_topic()
    outcome = function().invoke(event)
    assert outcome.kind == "error", "it ends among what failed"
    assert "sns" in outcome.body["errorMessage"].lower()


def test_a_secret_that_is_gone_does_not_lose_the_finding(function, moto, inbox, secret, event):
    moto.client("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    running = function(DENIEDBY_SLACK_WEBHOOK=secret)
    assert_found(running.invoke(event), event["detail"])
    assert_told_topic(inbox)
    assert_refused(running, event, "slack")


def test_an_error_is_logged_with_what_was_found(function, inbox, webhook, secret, event):
    webhook.replies = [hook.ERROR]
    running = function(DENIEDBY_SLACK_WEBHOOK=secret)
    assert running.invoke(event).kind == "error"
    running.stop()
    lines = [json.loads(line) for line in running.stdout]
    assert [line["fields"]["message"] for line in lines if line.get("level") == "INFO"] == ["diagnosed"]
    (failed,) = [line["fields"] for line in lines if line.get("level") == "ERROR"]
    assert failed["event_id"] == event["detail"]["eventID"]
    assert [line["Verdict"] for line in lines if "Denials" in line] == ["explained"]


def test_what_failed_is_handled_once_more(function, inbox, event):
    """As the mapping of the dead-letter queue brings it: what Lambda keeps of an invocation, and what EventBridge keeps."""
    failed = {
        "version": "1.0",
        "requestContext": {"requestId": "r", "condition": "RetriesExhausted", "approximateInvokeCount": 3},
        "requestPayload": event,
        "responsePayload": {"errorType": "NotPublished", "errorMessage": "m"},
    }
    outcome = function().invoke(events.batch({"by-lambda": failed, "by-eventbridge": again(event), "bad": "{}"}))
    assert outcome.body["batchItemFailures"] == [{"itemIdentifier": "bad"}]
    assert len(outcome.body["reports"]) == len(inbox.take()) == 2


REMEMBERS = {"DENIEDBY_TOLD_TABLE": TOLD, "DENIEDBY_QUIET_MINUTES": "60"}


def test_an_event_that_comes_again_is_told_once(function, told, inbox, webhook, secret, event):
    running = function(DENIEDBY_SLACK_WEBHOOK=secret, **REMEMBERS)
    assert_found(running.invoke(event), event["detail"])
    # As another process, which has no memory of its own.
    other = function(DENIEDBY_SLACK_WEBHOOK=secret, **REMEMBERS)
    outcome = other.invoke(event)
    assert (outcome.ok, outcome.body["reports"], outcome.body["repeated"]) == (True, [], [event["detail"]["eventID"]])
    assert len(inbox.take()) == len(webhook.bodies) == 1


def test_only_what_failed_is_told_again(function, told, inbox, webhook, secret, event):
    webhook.replies = [hook.ERROR]
    running = function(DENIEDBY_SLACK_WEBHOOK=secret, **REMEMBERS)
    assert [running.invoke(event).kind for _ in range(2)] == ["error", "error"]
    webhook.replies, posts = [hook.OK], len(webhook.bodies)
    assert running.invoke(event).ok
    assert (len(inbox.take()), len(webhook.bodies) - posts) == (1, 1)


def test_many_equal_denials_are_told_once_and_counted(function, told, inbox, webhook, secret, event, moto):
    with FaultProxy(moto.url) as proxy:
        running = function(endpoint=proxy.url, DENIEDBY_SLACK_WEBHOOK=secret, **REMEMBERS)
        assert running.invoke(event).ok
        asked = len(proxy.calls)
        for _ in range(30):
            outcome = running.invoke(again(event))
            assert outcome.ok and len(outcome.body["repeated"]) == 1, outcome.body
        assert {call.service for call in proxy.calls[asked:]} == {"dynamodb"}
        assert len(inbox.take()) == len(webhook.bodies) == 1
        told.later(301)
        assert len(running.invoke(again(event)).body["repeated"]) == 1
        assert {call.service for call in proxy.calls[asked:]} > {"dynamodb"}, "one was looked at all the same"
        told.later(3600)
        assert len(running.invoke(again(event)).body["reports"]) == 1
    (notification,) = inbox.take()
    assert "31 more denials of this kind came since the last message" in notification["Message"]
    assert any("31 more denials" in text for _, text in texts(webhook.messages[-1]))
    running.stop()
    counted = [line["Verdict"] for line in map(json.loads, running.stdout) if "Denials" in line]
    assert (counted.count("repeated"), counted.count("explained")) == (31, 2)


def test_many_at_once_are_told_once(function, told, inbox, event):
    functions = [function(**REMEMBERS) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda running: running.invoke(again(event)), functions))
    assert all(outcome.ok for outcome in outcomes)
    assert len(inbox.take()) == 1
    (kind,) = told.kinds()
    assert kind["more"] == {"N": "3"}


def test_without_its_table_everything_is_told(function, inbox, event):
    running = function(**REMEMBERS)
    for _ in range(2):
        assert_found(running.invoke(event), event["detail"])
    assert len(inbox.take()) == 2
    running.stop()
    assert "what was told is not known, or not kept: ResourceNotFoundException" in running.output()


@pytest.mark.parametrize("level", ["WARN", "ERROR"])
def test_a_quiet_log_still_counts_and_keeps_cases(function, event, level):
    running = function(DENIEDBY_LOG=level, DENIEDBY_CASE_BUCKET="log")
    assert_found(running.invoke(event), event["detail"])
    running.stop()
    lines = [json.loads(line) for line in running.stdout]
    assert [line["Verdict"] for line in lines if "Denials" in line] == ["explained"]
    assert len([line for line in lines if "case" in line.get("fields", {})]) == 1
    assert not [line for line in lines if line.get("fields", {}).get("message") == "diagnosed"]


@pytest.mark.parametrize("role", [READ_ROLE, "deniedby-function"])
def test_our_own_denials_are_skipped(function, inbox, webhook, secret, role):
    identity = events.role_session(BUCKET_ACCOUNT, role, session="deniedby")
    record = events.denied(identity, BUCKET, KEY, BUCKET_ACCOUNT, name="GetBucketPolicy")
    outcome = function(DENIEDBY_SLACK_WEBHOOK=secret).invoke(events.bus_event(record))
    assert outcome.ok, outcome.body
    assert outcome.body["reports"] == []
    assert len(outcome.body["skipped"]) == 1
    assert inbox.take() == webhook.bodies == []


def test_what_was_not_denied_is_skipped(function, inbox, webhook, secret, event):
    del event["detail"]["errorCode"]
    outcome = function(DENIEDBY_SLACK_WEBHOOK=secret).invoke(event)
    assert outcome.ok, outcome.body
    assert (outcome.body["reports"], len(outcome.body["skipped"])) == ([], 1)
    assert inbox.take() == webhook.bodies == []


HALF_AN_EVENT = {"detail-type": "AWS API Call via CloudTrail", "detail": {"eventName": "GetObject"}}


@pytest.mark.parametrize("bad", ["not JSON", "{}", HALF_AN_EVENT], ids=["no-json", "empty", "half"])
def test_a_bad_message_of_a_batch_alone_comes_back(function, inbox, webhook, secret, event, bad):
    outcome = function(DENIEDBY_SLACK_WEBHOOK=secret).invoke(events.batch({"good": event, "bad": bad}))
    assert outcome.ok, outcome.body
    assert outcome.body["batchItemFailures"] == [{"itemIdentifier": "bad"}]
    assert_told_topic(inbox)
    (message,) = webhook.messages
    assert_told_chat(message)


def test_a_good_batch_has_no_failures(function, inbox, event):
    outcome = function().invoke(events.batch({"one": event, "two": event}))
    assert outcome.ok, outcome.body
    assert outcome.body["batchItemFailures"] == []
    assert inbox.take()


def test_a_message_whose_finding_was_not_sent_comes_back(function, inbox, event):
    inbox.delete_topic()
    outcome = function().invoke(events.batch({"one": event}))
    assert outcome.kind == "error" or outcome.body["batchItemFailures"] == [{"itemIdentifier": "one"}]


def test_a_malformed_event_is_an_error_that_says_where(function, inbox, webhook, secret, event):
    running = function(DENIEDBY_SLACK_WEBHOOK=secret)
    broken = {**event, "detail": {**event["detail"], "eventTime": "yesterday"}}
    outcome = running.invoke(broken)
    assert outcome.kind == "error"
    assert "detail.eventTime" in outcome.body["errorMessage"]
    assert inbox.take() == webhook.bodies == []
    assert_found(running.invoke(event), event["detail"])


def test_secrets_are_said_nowhere(function, moto, inbox, webhook, secret, event):
    webhook.replies = [hook.ERROR]
    with FaultProxy(moto.url) as proxy:
        running = function(endpoint=proxy.url, DENIEDBY_SLACK_WEBHOOK=secret, DENIEDBY_LOG="TRACE")
        failed = running.invoke(event)
        webhook.replies = [hook.OK]
        fine = running.invoke(event)
        running.invoke({"detail-type": "AWS API Call via CloudTrail", "detail": {**event["detail"], "eventTime": 1}})
        running.stop()
    assert (failed.kind, fine.kind) == ("error", "response")
    assert proxy.issued
    said = [running.output(), json.dumps(failed.body), json.dumps(fine.body), *webhook.bodies]
    said += [json.dumps(notification) for notification in inbox.take()]
    assert running.output()
    secrets = [webhook.secret, ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, events.ACCESS_KEY, *proxy.issued]
    assert [s for s in secrets if any(s in text for text in said)] == []


def test_log_lines_are_json(function, event):
    running = function()
    running.invoke(event)
    running.invoke({})
    running.stop()
    assert running.stdout
    for line in running.stdout:
        assert isinstance(json.loads(line), dict), line


def test_denials_are_counted(function, event):
    """In CloudWatch's embedded metric format: a line for each denial, by verdict."""
    running = function()
    running.invoke(event)
    running.stop()
    (counted,) = [line for line in map(json.loads, running.stdout) if "_aws" in line]
    (directive,) = counted["_aws"]["CloudWatchMetrics"]
    assert {metric["Name"]: counted[metric["Name"]] for metric in directive["Metrics"]} == {"Denials": 1, "MessageContradicted": 0}
    assert [counted[name] for name in directive["Dimensions"][0]] == ["explained"]
    assert abs(counted["_aws"]["Timestamp"] / 1000 - time.time()) < 60


HOSTILE = "q3 <!channel> & <https://evil.example|click> *bold* `code`\r\nSubject: x\u202egpj.\x07\x1b[31m"


def test_hostile_names_arrive_as_text(function, inbox, webhook, secret, world):
    record = scenarios.office_only(world, key=HOSTILE)
    record["userAgent"] = f"[{HOSTILE}]"
    outcome = function(DENIEDBY_SLACK_WEBHOOK=secret).invoke(events.bus_event(record))
    assert outcome.ok, outcome.body

    (notification,) = inbox.take()
    assert notification["Subject"].isascii()
    assert notification["Subject"].isprintable()
    assert len(notification["Subject"]) < 100
    assert not UNSAFE.search(notification["Message"])

    (message,) = webhook.messages
    for is_markup, text in texts(message):
        assert not UNSAFE.search(text), text
        if is_markup:
            assert not re.search("<[^a-z]|<https://evil", text), text
            outside_code = re.sub("```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
            assert "*bold*" not in outside_code, text
    assert any("&lt;!channel&gt;" in text for _, text in texts(message))


def again(event):
    """The same denial as another event."""
    return events.bus_event({**event["detail"], "eventID": str(uuid.uuid4())})


def changed(name, parameters, account):
    """The event of a successful call that changed permissions."""
    record = events.denied(events.user(account), BUCKET, KEY, account, name=name)
    record |= {"errorCode": None, "errorMessage": None, "requestParameters": parameters, "managementEvent": True}
    return events.bus_event(record)


def test_a_second_event_makes_fewer_calls(function, proxy, world):
    event = events.bus_event(scenarios.everything_read(world))
    running = function(endpoint=proxy.url)
    first = running.invoke(event)
    count = len(proxy.calls)
    second = running.invoke(again(event))
    later = [call.operation for call in proxy.calls[count:]]
    assert len(later) < count / 2, later
    assert "AssumeRole" not in later and "GetBucketPolicy" not in later
    assert "ListObjectsV2" in later, "objects are asked for each time"
    (one,), (other,) = first.body["reports"], second.body["reports"]
    assert one["causes"][0]["code"] == other["causes"][0]["code"] == "resource-policy-explicit-deny"


def test_a_change_is_read_at_once(function, proxy, world):
    event = events.bus_event(scenarios.everything_read(world))
    running = function(endpoint=proxy.url)
    running.invoke(event)
    outcome = running.invoke(changed("PutBucketPolicy", {"bucketName": BUCKET}, BUCKET_ACCOUNT))
    assert outcome.ok and len(outcome.body["skipped"]) == 1
    count = len(proxy.calls)
    running.invoke(again(event))
    later = [call.operation for call in proxy.calls[count:]]
    assert "GetBucketPolicy" in later
    assert "GetRolePolicy" not in later, "the role did not change"


@pytest.mark.parametrize("service, operation", [("s3", "GetBucketPolicy"), ("sts", "AssumeRole")])
def test_the_report_is_out_before_the_time_is_up(function, moto, inbox, event, service, operation):
    with FaultProxy(moto.url, Fault("timeout", service, operation)) as proxy:
        running = function(endpoint=proxy.url)
        running.api.seconds = 23
        started = time.monotonic()
        outcome = running.invoke(event)
        assert time.monotonic() - started < 15
    assert outcome.ok, outcome.body
    (report,) = outcome.body["reports"]
    (policy,) = [entry for entry in report["unread"] if "s3:GetBucketPolicy" in entry["needs"]]
    assert "time" in policy["why"]
    assert len(inbox.take()) == 1


def test_a_case_is_kept_for_each_finding(function, moto, inbox, event):
    s3 = moto.client("s3")
    s3.create_bucket(Bucket="acme-cases", CreateBucketConfiguration={"LocationConstraint": REGION})
    assert_found(function(DENIEDBY_CASE_BUCKET="acme-cases").invoke(event), event["detail"])
    (kept,) = s3.list_objects_v2(Bucket="acme-cases")["Contents"]
    assert kept["Key"] == f"cases/2026-11-01/{event['detail']['eventID']}.json"
    text = s3.get_object(Bucket="acme-cases", Key=kept["Key"])["Body"].read().decode()
    case = json.loads(text)
    assert case["schema"] == "deniedby/case/1"
    assert case["denial"]["eventID"] == event["detail"]["eventID"]
    assert [s for s in (events.ACCESS_KEY, ACCESS_KEY, SECRET_KEY, SESSION_TOKEN) if s in text] == []


def test_a_case_may_go_to_the_log(function, event):
    running = function(DENIEDBY_CASE_BUCKET="log")
    assert_found(running.invoke(event), event["detail"])
    running.stop()
    lines = [json.loads(line).get("fields", {}) for line in running.stdout]
    (case,) = [json.loads(fields["case"]) for fields in lines if "case" in fields]
    assert case["denial"]["eventID"] == event["detail"]["eventID"]


def test_a_case_store_that_fails_does_not_keep_the_finding(function, inbox, event):
    running = function(DENIEDBY_CASE_BUCKET="there-is-no-such-bucket")
    assert_found(running.invoke(event), event["detail"])
    assert_told_topic(inbox)
    running.stop()
    assert "the case was not kept: NoSuchBucket" in running.output()


def test_wrong_settings_are_all_named_at_once(function):
    running = function(DENIEDBY_READ_ROLE=None, DENIEDBY_TOPIC_ARN="findings", DENIEDBY_SLACK_WEBHOOK="arn:aws:s3:::b")
    assert running.process.wait(10) != 0
    running.stop()
    said = running.output().splitlines() + [error["errorMessage"] for error in running.api.init_errors]
    settings = ("DENIEDBY_READ_ROLE", "DENIEDBY_TOPIC_ARN", "DENIEDBY_SLACK_WEBHOOK")
    assert any(all(setting in line for setting in settings) for line in said), said
    assert not running.api.polled.is_set()
