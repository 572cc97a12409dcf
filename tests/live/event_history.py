"""CloudTrail's event history for moto, which keeps none: what a test puts into a bucket of the account."""

import json
from datetime import datetime

from moto.s3.models import s3_backends


def bucket(account):
    return f"event-history-{account}"


def record(world, account, event):
    """Puts a record into the history of an account."""
    s3 = world.client("s3", account)
    s3.create_bucket(Bucket=bucket(account), CreateBucketConfiguration={"LocationConstraint": event["awsRegion"]})
    s3.put_object(Bucket=bucket(account), Key=event["eventID"], Body=json.dumps(event))


def lookup_events(self):
    """https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html"""
    asked = json.loads(self.body)
    kept = s3_backends[self.current_account]["aws"].buckets.get(bucket(self.current_account))
    records = [json.loads(key.value) for key in kept.keys.values()] if kept else []
    found = [event for event in records if event["awsRegion"] == self.region and _matches(asked, event)]
    found.sort(key=lambda event: event["eventTime"], reverse=True)
    events = [{"EventId": event["eventID"], "CloudTrailEvent": json.dumps(event)} for event in found]
    return json.dumps({"Events": events})


def _matches(asked, event):
    (attribute,) = asked["LookupAttributes"]
    value = attribute["AttributeValue"]
    if attribute["AttributeKey"] == "EventName":
        named = event["eventName"] == value
    else:
        named = value in (event["requestParameters"] or {}).values()
    time = datetime.fromisoformat(event["eventTime"]).timestamp()
    return named and asked["StartTime"] <= time <= asked.get("EndTime", time)
