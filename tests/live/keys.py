"""KMS keys in moto, and records of calls that KMS denied.

https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
"""

import events
from world import policy, statement

KEY_OPERATIONS = ["Decrypt", "GenerateDataKey"]


def root_statement(account):
    """What makes the account's own IAM policies count for the key."""
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    return statement("AccountDecides", "Allow", "kms:*", "*", Principal=root)


def key(world, account, *statements):
    """The ARN of a key with this policy."""
    made = world.client("kms", account).create_key(Policy=policy(*statements))
    return made["KeyMetadata"]["Arn"]


def denied(identity, key_arn, owner, name="Decrypt", context=None):
    """The record of a denied call on a key."""
    record = events.denied(identity, "unused", "unused", owner, name=name)
    message = f"User: {identity['arn']} is not authorized to perform: kms:{name} on resource: {key_arn}"
    parameters = {"keyId": key_arn, "encryptionAlgorithm": "SYMMETRIC_DEFAULT"}
    if context:
        parameters["encryptionContext"] = context
    return {
        **record,
        "eventSource": "kms.amazonaws.com",
        "errorCode": "AccessDenied",
        "errorMessage": message,
        "requestParameters": parameters,
        "additionalEventData": None,
        "resources": [{"accountId": owner, "type": "AWS::KMS::Key", "ARN": key_arn}],
        "managementEvent": True,
        "eventCategory": "Management",
    }
