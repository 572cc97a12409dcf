"""CloudTrail records of denied S3 calls, and what carries them to us.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

import json
import uuid

from moto_server import HUB, REGION

ACCESS_KEY = "ASIAIOSFODNN7DENIED1"


def role_session(account, role="reporting", role_id="AROAIOSFODNN7EXAMPLE1", session="nightly"):
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
        "accountId": account,
        "accessKeyId": ACCESS_KEY,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id,
                "arn": f"arn:aws:iam::{account}:role/{role}",
                "accountId": account,
                "userName": role,
            },
            "attributes": {"creationDate": "2026-11-01T09:00:00Z", "mfaAuthenticated": "false"},
        },
    }


def user(account, name="ann", user_id="AIDAIOSFODNN7EXAMPLE1"):
    return {
        "type": "IAMUser",
        "principalId": user_id,
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "accountId": account,
        "accessKeyId": ACCESS_KEY.replace("ASIA", "AKIA"),
        "userName": name,
    }


def message(identity, action, resource, reason):
    """AWS's own words for a denial."""
    return f'User: {identity["arn"]} is not authorized to perform: {action} on resource: "{resource}" {reason}'


def denied(identity, bucket, key, owner, *, reason=None, name="GetObject", source_ip="192.0.2.10"):
    """The record of a denied call on an object. Without a reason AWS said nothing but `Access Denied`."""
    object_arn = f"arn:aws:s3:::{bucket}/{key}"
    return {
        "eventVersion": "1.11",
        "userIdentity": identity,
        "eventTime": "2026-11-01T10:00:00Z",
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": source_ip,
        "userAgent": "[Boto3/1.40.0]",
        "errorCode": "AccessDenied",
        "errorMessage": message(identity, f"s3:{name}", object_arn, reason) if reason else "Access Denied",
        "requestParameters": {"bucketName": bucket, "Host": f"{bucket}.s3.{REGION}.amazonaws.com", "key": key},
        "responseElements": None,
        "additionalEventData": {
            "SignatureVersion": "SigV4",
            "CipherSuite": "TLS_AES_128_GCM_SHA256",
            "bytesTransferredIn": 0,
            "AuthenticationMethod": "AuthHeader",
            "bytesTransferredOut": 0,
        },
        "requestID": "R1R2R3R4R5R6R7R8",
        "eventID": str(uuid.uuid4()),
        "readOnly": True,
        "resources": [
            {"type": "AWS::S3::Object", "ARN": object_arn},
            {"accountId": owner, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
        ],
        "eventType": "AwsApiCall",
        "managementEvent": False,
        "recipientAccountId": identity["accountId"],
        "eventCategory": "Data",
        "tlsDetails": {
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{bucket}.s3.{REGION}.amazonaws.com",
        },
    }


def bus_event(record):
    """The record as EventBridge delivers it."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.s3",
        "account": record["recipientAccountId"],
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": record,
    }


def batch(bodies):
    """An SQS batch; `bodies` maps message ids to texts, or to what is to be written as JSON."""
    return {
        "Records": [
            {
                "messageId": message_id,
                "receiptHandle": "handle",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1793527200000"},
                "messageAttributes": {},
                "md5OfBody": "d41d8cd98f00b204e9800998ecf8427e",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:{HUB}:denials",
                "awsRegion": REGION,
            }
            for message_id, body in bodies.items()
        ]
    }
