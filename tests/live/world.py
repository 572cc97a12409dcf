"""Builds principals, buckets and sinks in moto, through the APIs that people use."""

import json

from moto_server import HUB, REGION

PRINCIPAL_ACCOUNT = "111122223333"
BUCKET_ACCOUNT = "444455556666"
ROLE = "reporting"
USER = "ann"
BUCKET = "acme-reports"
KEY = "q3/summary.csv"

BLOCK_ALL = dict.fromkeys(["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"], True)


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def statement(sid, effect, action, resource, **others):
    return {"Sid": sid, "Effect": effect, "Action": action, "Resource": resource, **others}


def principal(account, role=ROLE):
    return {"AWS": f"arn:aws:iam::{account}:role/{role}"}


class World:
    def __init__(self, moto):
        self._moto = moto

    def client(self, service, account):
        return self._moto.client(service, account)

    def role(self, inline=None, managed=None, boundary=None, account=PRINCIPAL_ACCOUNT, name=ROLE):
        """A role, and its id. `inline` and `managed` map names to documents; a managed policy may also be an ARN."""
        iam = self.client("iam", account)
        trust = policy({"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"})
        limit = {"PermissionsBoundary": self.managed(account, "boundary", boundary)} if boundary else {}
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **limit)["Role"]
        for policy_name, document in (inline or {}).items():
            iam.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=document)
        for policy_name, document in (managed or {}).items():
            iam.attach_role_policy(RoleName=name, PolicyArn=self.managed(account, policy_name, document))
        return role["RoleId"]

    def user(self, inline, managed, group_inline, group_managed, account=PRINCIPAL_ACCOUNT, name=USER):
        """A user in one group, with a policy of each kind, and the user's id."""
        iam = self.client("iam", account)
        user = iam.create_user(UserName=name)["User"]
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=inline)
        iam.attach_user_policy(UserName=name, PolicyArn=self.managed(account, "attached", managed))
        iam.create_group(GroupName="analysts")
        iam.put_group_policy(GroupName="analysts", PolicyName="shared", PolicyDocument=group_inline)
        iam.attach_group_policy(GroupName="analysts", PolicyArn=self.managed(account, "group-attached", group_managed))
        iam.add_user_to_group(GroupName="analysts", UserName=name)
        return user["UserId"]

    def managed(self, account, name, document):
        """The ARN of a managed policy, which is made unless it is AWS's."""
        if document.startswith("arn:"):
            return document
        return self.client("iam", account).create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"]

    def bucket(self, document=None, keys=(), account=BUCKET_ACCOUNT, name=BUCKET, ownership="BucketOwnerEnforced"):
        """A bucket as AWS makes them: ACLs off and public access blocked, unless told otherwise."""
        s3 = self.client("s3", account)
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=BLOCK_ALL)
        for key in keys:
            s3.put_object(Bucket=name, Key=key, Body=b"a,b\n")
        if document:  # last: moto heeds it when objects are written
            s3.put_bucket_policy(Bucket=name, Policy=document)

    def overwrite(self, key, account=BUCKET_ACCOUNT, name=BUCKET):
        """Writes an object twice, and gives the id of the older version."""
        s3 = self.client("s3", account)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return [s3.put_object(Bucket=name, Key=key, Body=body)["VersionId"] for body in (b"old\n", b"new\n")][0]

    def account_public_access_block(self, account=BUCKET_ACCOUNT):
        control = self.client("s3control", account)
        control.put_public_access_block(AccountId=account, PublicAccessBlockConfiguration=BLOCK_ALL)


class Inbox:
    """A topic of the hub, and a queue that is subscribed to it."""

    def __init__(self, moto):
        self._sns = moto.client("sns", HUB)
        self._sqs = moto.client("sqs", HUB)
        self.topic = self._sns.create_topic(Name="findings")["TopicArn"]
        self._queue = self._sqs.create_queue(QueueName="findings")["QueueUrl"]
        known = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])["Attributes"]
        self._sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=known["QueueArn"])

    def delete_topic(self):
        self._sns.delete_topic(TopicArn=self.topic)

    def take(self):
        """All notifications so far. moto delivers before Publish returns, so nothing is on its way."""
        notifications = []
        while batch := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for received in batch:
                notifications.append(json.loads(received["Body"]))
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=received["ReceiptHandle"])
        return notifications
