#!/usr/bin/env python3
"""Write `deniedby simulate` lines that look for trouble.

    generate.py [N] [--seed S] [--first I]     N lines (default 20,000)

Line I depends on the seed and I alone, so that a line can be made again by itself. Each takes a caller, a resource and
a request context, and builds policies around them whose elements match the request, nearly match it, or do not.
About a third of the requests are allowed, explicitly and implicitly denied.
"""

import argparse
import base64
import json
import random

HOME, OTHER, THIRD = "111122223333", "444455556666", "777788889999"
REGION = "eu-west-1"
ORG = "o-abcdef1234"

# Action, the ARN of its resource, and the condition keys of the service with the kind of their values.
KINDS = {
    "s3-object": (
        ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:GetObjectTagging"],
        {"s3:TlsVersion": "numeric", "s3:signatureversion": "string"},
    ),
    "s3-bucket": (
        ["s3:ListBucket"],
        {"s3:prefix": "string", "s3:delimiter": "string", "s3:max-keys": "numeric", "s3:TlsVersion": "numeric"},
    ),
    "sqs": (["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueUrl"], {}),
    "dynamodb": (
        ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
        {"dynamodb:LeadingKeys": "strings", "dynamodb:Attributes": "strings"},
    ),
    "kms": (
        ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        {"kms:ViaService": "string", "kms:CallerAccount": "account", "kms:EncryptionContextKeys": "strings"},
    ),
    "trust": (["sts:AssumeRole"], {"sts:ExternalId": "string", "sts:RoleSessionName": "string"}),
    "lambda": (["lambda:InvokeFunction", "lambda:GetFunction", "lambda:UpdateFunctionCode"], {}),
    "secret": (["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], {}),
    "sns": (["sns:Publish", "sns:Subscribe"], {}),
    "ec2": (["ec2:DescribeInstances", "ec2:DescribeVpcs"], {}),
    "instance": (["ec2:StartInstances", "ec2:TerminateInstances"], {}),
}
WITH_RCP = ("s3-object", "s3-bucket", "sqs", "dynamodb", "kms", "trust", "secret")
WITHOUT_RESOURCE_POLICY = ("ec2", "instance")

GLOBAL_KEYS = {
    "aws:PrincipalTag/team": "string",
    "aws:PrincipalTag/blob": "binary",
    "aws:PrincipalOrgID": "string",
    "aws:RequestedRegion": "string",
    "aws:SourceVpce": "string",
    "aws:SourceVpc": "string",
    "aws:SourceIdentity": "string",
    "aws:UserAgent": "string",
    "aws:referer": "string",
    "aws:userid": "string",
    "aws:username": "string",
    "aws:PrincipalType": "string",
    "aws:PrincipalAccount": "account",
    "aws:ResourceAccount": "account",
    "aws:PrincipalArn": "arn",
    "aws:SourceArn": "arn",
    "aws:SourceAccount": "account",
    "aws:SourceIp": "ip",
    "aws:VpcSourceIp": "ip",
    "aws:SecureTransport": "bool",
    "aws:MultiFactorAuthPresent": "bool",
    "aws:ViaAWSService": "bool",
    "aws:MultiFactorAuthAge": "numeric",
    "aws:CurrentTime": "date",
    "aws:TokenIssueTime": "date",
    "aws:EpochTime": "date",
    "aws:TagKeys": "strings",
    "aws:CalledVia": "strings",
    "aws:PrincipalOrgPaths": "strings",
}

STRINGS = {
    "aws:PrincipalTag/team": ["core", "Core", "data-eng", "data-sci", "a*b", "axb", "${team}", "x?z", "naïve", ""],
    "aws:PrincipalOrgID": [ORG, "o-zzzzzzzzzz"],
    "aws:RequestedRegion": ["eu-west-1", "eu-central-1", "us-east-1"],
    "aws:SourceVpce": ["vpce-0aaaaaaaaaaaaaaaa", "vpce-0bbbbbbbbbbbbbbbb"],
    "aws:SourceVpc": ["vpc-0aaaaaaa", "vpc-0bbbbbbb"],
    "aws:SourceIdentity": ["alice", "Alice", "bob"],
    "aws:UserAgent": ["aws-cli/2.0 (x; y) [z]", "curl/8", "Mozilla/5.0 + more"],
    "aws:referer": ["https://example.com/a?b=c", "http://example.com/"],
    "s3:prefix": ["", "team/", "home/alice/", "team/core/x"],
    "s3:delimiter": ["/", "|"],
    "s3:signatureversion": ["AWS4-HMAC-SHA256", "AWS"],
    "kms:ViaService": ["s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com"],
    "sts:ExternalId": ["ext-1", "EXT-1", "ext-2"],
    "sts:RoleSessionName": ["alice", "bob", "i-0abc"],
    "aws:PrincipalType": ["User", "AssumedRole", "Account", "FederatedUser"],
}
LISTS = {
    "aws:TagKeys": ["env", "Env", "team", "cost-center"],
    "aws:CalledVia": ["athena.amazonaws.com", "cloudformation.amazonaws.com"],
    "aws:PrincipalOrgPaths": [f"{ORG}/r-ab12/ou-ab12-11111111/", f"{ORG}/r-ab12/ou-ab12-22222222/"],
    "dynamodb:LeadingKeys": ["alice", "bob", "core"],
    "dynamodb:Attributes": ["id", "name", "secret"],
    "kms:EncryptionContextKeys": ["aws:s3:arn", "app"],
}
NUMBERS = ["0", "1", "1.2", "1.20", "1.3", "60", "3600", "-5", "100000"]
INSTANTS = ["2026-01-02T03:04:05Z", "2026-01-02T04:04:05+01:00", "2025-06-30T00:00:00Z", "2026-01-02", "2027-01-01T00:00:00.500Z"]
EPOCHS = ["1767323045", "1751241600", "1798761600"]
ADDRESSES = ["203.0.113.7", "203.0.113.255", "198.51.100.1", "2001:db8::1", "2001:db8:0:1::ffff", "10.0.0.1"]
NETWORKS = ["203.0.113.0/24", "203.0.113.7/32", "198.51.100.0/25", "0.0.0.0/0", "10.0.0.0/8", "2001:db8::/32", "::/0"]
BLOBS = [base64.b64encode(text).decode() for text in (b"secret", b"Secret", b"\x00\xff")]
SERVICES = ["lambda.amazonaws.com", "s3.amazonaws.com", "events.amazonaws.com"]

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Line:
    """One request and the policies around it."""

    def __init__(self, seed, index):
        self.random = random.Random(f"{seed}/{index}")
        self.id = f"{seed}-{index}"

    def chance(self, probability):
        return self.random.random() < probability

    def one(self, options):
        return self.random.choice(options)

    def some(self, options, most=3):
        return self.random.sample(options, min(len(options), self.random.randint(1, most)))

    # The request.

    def build(self):
        self.caller()
        self.target()
        self.make_context()
        line = {
            "id": self.id,
            "principal": self.principal,
            "action": self.one([self.action] * 9 + [self.action.lower()]),
            "resource": {"arn": self.arn, "account": self.owner},
            "context": {self.spelled(key) if self.chance(0.2) else key: value for key, value in self.context.items()},
        }
        line.update(self.policies())
        return line

    def caller(self):
        self.form = self.random.choices(
            ["user", "session", "role", "federated", "root", "service", "anonymous"], [28, 34, 8, 8, 6, 8, 8]
        )[0]
        self.name = self.one(["alice", "bob", "Alice"])
        path = self.one(["", "", "", "team/", "a/b/"]) if self.form in ("user", "session", "role") else ""
        role = self.one(["App", "app", "Admin"])
        iam, sts = f"arn:aws:iam::{HOME}", f"arn:aws:sts::{HOME}"
        self.role_arn = f"{iam}:role/{path}{role}"
        self.session_arn = f"{sts}:assumed-role/{role}/{self.name}"
        self.user_arn = f"{iam}:user/{path}{self.name}"
        self.federated_arn = f"{sts}:federated-user/{self.name}"
        self.principal, self.principal_arn, self.userid = {
            "user": (self.user_arn, self.user_arn, "AIDAEXAMPLEALICE00001"),
            "session": (self.session_arn, self.role_arn, f"AROAEXAMPLEAPP0000001:{self.name}"),
            "role": (self.role_arn, self.role_arn, f"AROAEXAMPLEAPP0000001:{self.name}"),
            "federated": (self.federated_arn, self.federated_arn, f"{HOME}:{self.name}"),
            "root": (f"{iam}:root", f"{iam}:root", HOME),
            "service": (self.one(SERVICES), None, None),
            "anonymous": ("anonymous", None, "anonymous"),
        }[self.form]

    def target(self):
        kinds = [kind for kind in KINDS if self.form not in ("service", "anonymous") or kind not in WITHOUT_RESOURCE_POLICY]
        weights = [4 if kind == "s3-object" else 2 if kind in ("s3-bucket", "kms", "trust", "sqs") else 1 for kind in kinds]
        self.kind = self.random.choices(kinds, weights)[0]
        actions, self.own_keys = KINDS[self.kind]
        self.action = self.one(actions)
        self.owner = HOME if self.kind in WITHOUT_RESOURCE_POLICY or self.chance(0.72) else OTHER
        part = self.one(["core", "alice", "data-eng", "a*b", "x", self.name])
        # An ARN with a wildcard asks that engine something else.
        part = part.replace("*", "-")
        tail = self.one([part, f"home/{part}/file.txt", f"{part}/a b", f"{part}/v1.0+x", f"logs/{part}/2026"])
        self.arn = {
            "s3-object": f"arn:aws:s3:::corp-data/{tail}",
            "s3-bucket": "arn:aws:s3:::corp-data",
            "sqs": f"arn:aws:sqs:{REGION}:{self.owner}:queue-{part}",
            "dynamodb": f"arn:aws:dynamodb:{REGION}:{self.owner}:table/{part}-table",
            "kms": f"arn:aws:kms:{REGION}:{self.owner}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "trust": f"arn:aws:iam::{self.owner}:role/target/{part}",
            "lambda": f"arn:aws:lambda:{REGION}:{self.owner}:function:fn-{part}",
            "secret": f"arn:aws:secretsmanager:{REGION}:{self.owner}:secret:app/{part}-AbCdEf",
            "sns": f"arn:aws:sns:{REGION}:{self.owner}:topic-{part}",
            "ec2": "*",
            "instance": f"arn:aws:ec2:{REGION}:{self.owner}:instance/i-0{part}",
        }[self.kind]

    def make_context(self):
        self.keys = {**GLOBAL_KEYS, **self.own_keys}
        context = {}
        if self.principal_arn:
            context["aws:PrincipalArn"] = self.principal_arn
            context["aws:PrincipalAccount"] = HOME
        if self.userid:
            context["aws:userid"] = self.userid
        if self.form == "user":
            context["aws:username"] = self.name
        fixed = {"aws:PrincipalArn", "aws:PrincipalAccount", "aws:userid", "aws:username"}
        for key in self.keys:
            if key not in fixed and self.chance(0.5):
                value = self.value(key)
                if isinstance(value, list) or value != "" or key in ("s3:prefix", "aws:PrincipalTag/team"):
                    context[key] = value
        self.context = {key: [value] if isinstance(value, str) and self.chance(0.2) else value for key, value in context.items()}

    def spelled(self, key):
        """Condition keys are matched without regard to case, but for what is after a slash here."""
        return key if "/" in key else self.one([key, key, key, key.lower(), key.upper()])

    def value(self, key):
        """What a request may have for a key."""
        kind = self.keys[key]
        if kind == "strings":
            values = LISTS[key]
            return self.random.sample(values, min(len(values), self.one([1, 2, 2, 2, 3])))
        if kind == "string":
            return self.one(STRINGS.get(key) or [self.name, "other"])
        if kind == "date":
            return self.one(EPOCHS if key == "aws:EpochTime" else INSTANTS)
        return self.one({
            "account": [HOME, OTHER, THIRD],
            "arn": [f"arn:aws:s3:::corp-data", f"arn:aws:sns:{REGION}:{HOME}:topic-x", f"arn:aws:iam::{HOME}:role/team/App"],
            "ip": ADDRESSES,
            "bool": ["true", "false", "true", "false", "True"],
            "numeric": NUMBERS,
            "binary": BLOBS,
        }[kind])

    def held(self, key):
        value = self.context.get(key)
        return value if isinstance(value, list) or value is None else [value]

    # Statements. `near` says whether an element should match the request; the engines say whether it does.

    def statement(self, effect, layer, hit):
        near = lambda: hit or self.chance(0.6)
        body = {}
        if self.chance(0.5):
            body["Sid"] = f"S{self.random.randint(0, 9999)}"
        body["Effect"] = effect
        if layer in ("resource", "trust", "endpoint", "rcp"):
            body.update(self.principals(effect, layer, near()))
        body.update(self.actions(layer, near()))
        if layer != "trust":
            body.update(self.resources(layer, near()))
        if self.chance(0.65 if effect == "Deny" else 0.4):
            condition = self.conditions(near())
            if condition:
                body["Condition"] = condition
        return body

    def actions(self, layer, hit):
        service, name = self.action.split(":")
        others = {
            "s3": ["s3:PutObjectAcl", "s3:GetBucketAcl", "s3:Delete*Version", "s3:List?bject"],
            "kms": ["kms:ScheduleKeyDeletion", "kms:Describe*"],
            "sts": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        }.get(service, [f"{service}:List*", f"{service}:Tag?esource"])
        if layer != "trust" and layer != "rcp":
            others = others + ["iam:PassRole", "cloudtrail:*"]
        cut = self.random.randint(1, len(name) - 1)
        mine = [
            self.action, self.action, self.action.lower(), f"{service}:{name.upper()}", f"{service}:{name[:cut]}*",
            f"{service}:*{name[cut:]}", f"{service}:{name[:cut]}?{name[cut + 1:]}", f"{service}:*", f"{service}:{name[:cut]}*{name[cut:]}",
        ]
        if layer not in ("trust", "rcp"):
            mine += ["*"]
        if layer != "rcp" and layer != "trust" and self.chance(0.15):
            chosen = self.some(others) if hit else self.some(mine, 2)
            return {"NotAction": self.list(chosen)}
        chosen = self.some(mine, 2) + (self.some(others, 2) if self.chance(0.3) else []) if hit else self.some(others)
        self.random.shuffle(chosen)
        return {"Action": self.list(chosen)}

    def list(self, values):
        return values[0] if len(values) == 1 and self.chance(0.6) else values

    def resources(self, layer, hit):
        if self.arn == "*":
            return {"Resource": "*"} if hit else {"Resource": f"arn:aws:ec2:{REGION}:{HOME}:instance/*"}
        arn = self.arn
        head, tail = arn.rsplit(":", 1)
        cut = self.random.randint(1, len(tail) - 1)
        mine = ["*", arn, arn, f"{head}:{tail[:cut]}*", f"{head}:*{tail[cut:]}" , f"{head}:{tail[:cut]}?{tail[cut + 1:]}", f"{head}:*",
                f"{head}:{tail[:cut]}*{tail[cut:]}"]
        parts = arn.split(":", 5)
        if parts[3]:
            mine += [":".join([*parts[:3], "*", *parts[4:]]), ":".join([*parts[:3], "eu-*", "*", parts[5]])]
        mine += self.with_variables(arn)
        if layer in ("identity", "session", "boundary") and self.chance(0.1):
            # In an identity-based policy an ARN may end early.
            mine += [f"arn:aws:{parts[2]}:*", f"arn:aws:{parts[2]}"]
        others = ["arn:aws:s3:::other-bucket/*", arn + "x", arn.upper().replace("ARN:AWS", "arn:aws", 1), f"{head}:{tail[:cut]}", f"arn:aws:sqs:us-east-1:{THIRD}:*"]
        if layer in ("rcp", "resource") or parts[2] != "s3":
            others = others[:2] + others[3:]
        others = [text for text in others if len(text.split(":", 5)[-1]) > 1]
        if layer in ("resource", "endpoint", "rcp"):
            mine.append("*")
        if self.chance(0.15):
            chosen = self.some(others) if hit else self.some(mine, 2)
            return {"NotResource": self.list(chosen)}
        chosen = self.some(mine, 2) + (self.some(others, 2) if self.chance(0.3) else []) if hit else self.some(others, 2)
        self.random.shuffle(chosen)
        return {"Resource": self.list(chosen)}

    def with_variables(self, text):
        """The same text with a part of it as a policy variable."""
        found = []
        for key in ("aws:username", "aws:PrincipalTag/team", "aws:SourceIdentity", "aws:RequestedRegion", "aws:PrincipalAccount", "sts:ExternalId"):
            for value in self.held(key) or []:
                if len(value) > 2 and value in text:
                    spelled = self.one([key, key, key.lower()])
                    default = self.one(["", "", ", 'core'", f", '{value}'"])
                    found.append(text.replace(value, "${" + spelled + default + "}", 1))
        for part in ("core", "alice", "data-eng"):
            if part in text and self.chance(0.3):
                key = self.one(["aws:PrincipalTag/absent", "aws:PrincipalTag/team", "aws:username", "aws:SourceIdentity"])
                found.append(text.replace(part, "${" + key + f", '{part}'" + "}", 1))
                found.append(text.replace(part, "${" + key + "}", 1))
        for literal in "*?$":
            if literal in text and "${" not in text:
                found.append(text.replace(literal, "${" + literal + "}"))
        if text and "*" not in text and self.chance(0.1):
            found.append(text[:-1] + self.one(["${*}", "${?}", "${$}"]))
        return found

    def principals(self, effect, layer, hit):
        if layer in ("rcp", "endpoint"):
            return {"Principal": "*"}
        account = [HOME, f"arn:aws:iam::{HOME}:root"]
        mine = {
            "user": [self.user_arn] * 4 + account,
            "session": [self.role_arn] * 3 + [self.session_arn] * 3 + account,
            "role": [self.role_arn] * 4 + account,
            "federated": [self.federated_arn] * 3 + [f"arn:aws:iam::{HOME}:user/{self.name}"] + account,
            "root": account,
            "service": [],
            "anonymous": [],
        }[self.form]
        others = [OTHER, f"arn:aws:iam::{THIRD}:root", f"arn:aws:iam::{HOME}:user/carol", f"arn:aws:iam::{HOME}:role/Other",
                  f"arn:aws:sts::{HOME}:assumed-role/App/carol", f"arn:aws:sts::{HOME}:federated-user/carol", f"arn:aws:iam::{OTHER}:user/{self.name}"]
        services = [self.principal] if self.form == "service" else SERVICES
        more = lambda: self.one([
            {"AWS": self.list(self.some(others))}, {"Service": self.list(self.some(SERVICES, 2))},
            *([{"Federated": "cognito-identity.amazonaws.com"}] if layer == "trust" else []),
            {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"} if self.kind.startswith("s3") else {"AWS": THIRD},
        ])
        if effect == "Deny" and layer == "resource" and self.chance(0.18):
            if hit or self.form in ("service", "anonymous"):
                return {"NotPrincipal": {"AWS": self.list(self.some(others))}}
            complete = {
                "session": [self.session_arn, self.role_arn, account[1]],
                "user": [self.user_arn, account[1]],
                "federated": [self.federated_arn, account[1]],
            }.get(self.form, mine)
            return {"NotPrincipal": {"AWS": complete if self.chance(0.85) else self.list(self.some(mine, 2))}}
        if not hit:
            return {"Principal": more()}
        if self.form == "service":
            return {"Principal": {"Service": self.list(services + self.some(SERVICES, 1))}}
        if not mine or self.chance(0.25):
            return {"Principal": self.one(["*", {"AWS": "*"}, {"AWS": ["*"]}])}
        chosen = self.some(mine, 2)
        if self.chance(0.3):
            chosen += self.some(others, 2)
        principal = {"AWS": self.list(list(dict.fromkeys(chosen)))}
        if self.chance(0.15):
            principal["Service"] = self.one(SERVICES)
        return {"Principal": principal}

    # Conditions.

    def conditions(self, hit):
        condition = {}
        for _ in range(self.one([1, 1, 1, 2, 2, 3])):
            operator, key, values = self.condition(hit)
            condition.setdefault(operator, {}).setdefault(key, values)
        return condition

    def condition(self, hit):
        present = [key for key in self.keys if key in self.context]
        absent = [key for key in self.keys if key not in self.context]
        key = self.one(absent if absent and self.chance(0.25) else present)
        kind = self.keys[key]
        spelled = self.spelled(key)
        if self.chance(0.07):
            missing = "true" if key in absent else "false"
            return "Null", spelled, missing if hit else self.one(["true", "false"])
        operators = {
            "string": ["StringEquals", "StringLike", "StringEqualsIgnoreCase", "StringNotEquals", "StringNotLike", "StringNotEqualsIgnoreCase"],
            "account": ["StringEquals", "StringLike", "StringNotEquals", "NumericEquals"],
            "arn": ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals", "StringNotLike"],
            "ip": ["IpAddress", "NotIpAddress"],
            "bool": ["Bool"],
            "numeric": ["NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals"],
            "date": ["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals"],
            "binary": ["BinaryEquals"],
            "strings": ["StringEquals", "StringLike", "StringEqualsIgnoreCase", "StringNotEquals", "StringNotLike"],
        }[kind]
        if kind in ("account",) and self.chance(0.9):
            operators = operators[:3]
        operator = self.one(operators)
        negated = "Not" in operator
        held = self.held(key)
        if held is None:
            held = [self.value(key)]
            held = held[0] if isinstance(held[0], list) else held
        want = self.one(held)
        near = hit != negated
        values = []
        for _ in range(self.one([1, 1, 2, 3])):
            values.append(self.matching(operator, key, kind, want) if near and (not values or self.chance(0.5)) else self.different(operator, key, kind, want))
        if kind == "strings" and near and self.chance(0.5):
            values += [self.matching(operator, key, kind, value) for value in held]
        if kind == "strings":
            prefix = self.random.choices(["ForAnyValue:", "ForAllValues:", ""], [48, 48, 4])[0]
        else:
            prefix = self.random.choices(["", "ForAnyValue:", "ForAllValues:"], [92, 4, 4])[0]
        suffix = "IfExists" if self.chance(0.2) else ""
        return prefix + operator + suffix, spelled, self.list(values)

    def matching(self, operator, key, kind, want):
        if "IgnoreCase" in operator:
            return self.one([want, want.upper(), want.lower()])
        if operator.startswith("Date") or operator.startswith("Numeric"):
            return want if self.chance(0.6) else self.different(operator, key, kind, want)
        if operator in ("StringLike", "StringNotLike") and want:
            cut = self.random.randint(0, len(want) - 1)
            return self.one([want, want[:cut] + "*", "*" + want[cut:], want[:cut] + "?" + want[cut + 1:], "*", want[:cut] + "*" + want[cut:], *self.with_variables(want)])
        if operator.startswith("Arn"):
            head, tail = want.rsplit(":", 1)
            cut = self.random.randint(0, len(tail) - 1)
            parts = want.split(":", 5)
            return self.one([want, f"{head}:{tail[:cut]}*", f"{head}:*", ":".join([*parts[:4], "*", parts[5]]), ":".join([*parts[:2], "*", *parts[3:]]), f"{head}:{tail[:cut]}?{tail[cut + 1:]}", *self.with_variables(want)])
        if kind == "ip":
            if ":" in want:
                return self.one(["2001:db8::/32", "::/0", want])
            return self.one([want, want + "/32", want.rsplit(".", 1)[0] + ".0/24", "0.0.0.0/0"])
        if kind in ("string", "strings") and self.chance(0.3):
            return self.one([want, *self.with_variables(want)])
        return want

    def different(self, operator, key, kind, want):
        if kind == "ip":
            return self.one(NETWORKS + ADDRESSES)
        if kind == "date":
            return self.one((INSTANTS + EPOCHS) if self.chance(0.1) else EPOCHS if key == "aws:EpochTime" else INSTANTS)
        if kind == "arn":
            return self.one([f"arn:aws:iam::{OTHER}:role/*", f"arn:aws:iam::{HOME}:role/Admin", f"arn:aws:iam::*:user/carol", "arn:aws:s3:::other*"])
        value = self.value(key)
        value = self.one(value) if isinstance(value, list) else value
        if kind in ("string", "strings"):
            swap = lambda text: text.swapcase() if text.isascii() else text
            return self.one([value, value, swap(want), want + "x", "nothing", "${aws:username}", "${aws:PrincipalTag/absent}"])
        return value

    # Layers.

    def document(self, layer, statements, version=None):
        chosen = version or ("2012-10-17" if layer == "rcp" or self.chance(0.85) else "2008-10-17")
        document = {"Version": chosen}
        if self.chance(0.1) and layer == "resource":
            document["Id"] = "policy"
        document["Statement"] = statements[0] if len(statements) == 1 and self.chance(0.3) else statements
        return document

    def statements(self, layer, granted, deny):
        """An Allow that matches if `granted`, and others; Denies of which some nearly match."""
        found = [self.statement("Allow", layer, True)] if granted else []
        found += [self.statement("Allow", layer, False) for _ in range(self.one([0, 0, 1]))]
        found += [self.statement("Deny", layer, self.chance(0.3)) for _ in range(self.one([0, 1, 1]) if self.chance(deny) else 0)]
        if not found:
            found.append(self.statement("Allow", layer, False))
        self.random.shuffle(found)
        return found

    def named(self, layer, granted, deny, most=2):
        count = self.random.randint(1, most)
        grants = self.random.randrange(count)
        return [{"name": f"{layer}-{i}", "document": self.document(layer, self.statements(layer, granted and i == grants, deny))} for i in range(count)]

    def policies(self):
        layers = {}
        identity = self.form in ("user", "session", "role", "federated")
        if identity:
            if self.chance(0.93):
                layers["identity_policies"] = self.named("identity", self.chance(0.75), 0.6)
            else:
                layers["identity_policies"] = []
        if identity and self.form != "federated" and self.chance(0.25):
            layers["permissions_boundary"] = {"name": "boundary", "document": EVERYTHING if self.chance(0.3) else self.document("boundary", self.statements("boundary", self.chance(0.85), 0.4))}
        if (self.form in ("session", "role") and self.chance(0.25)) or (self.form == "federated" and self.chance(0.9)):
            version = self.one(["2012-10-17", "2012-10-17", "2008-10-17"])
            count = self.one([1, 1, 2])
            layers["session_policies"] = [
                {"name": f"session-{i}", "document": self.document("session", self.statements("session", self.chance(0.9), 0.4), version)} for i in range(count)
            ]
        if self.form not in ("service", "anonymous") and self.chance(0.5):
            layers["service_control_policies"] = [self.level("scp") for _ in range(self.random.randint(1, 3))]
        if self.kind in WITH_RCP and self.chance(0.4):
            layers["resource_control_policies"] = [self.level("rcp") for _ in range(self.random.randint(1, 3))]
        if self.kind not in WITHOUT_RESOURCE_POLICY:
            must = self.owner != HOME or self.kind in ("kms", "trust") or not identity
            if self.chance(0.95 if must else 0.55):
                layer = "trust" if self.kind == "trust" else "resource"
                layers["resource_policy"] = self.document(layer, self.statements(layer, self.chance(0.85 if must else 0.4), 0.6))
        if self.kind != "trust" and self.chance(0.15):
            layers["vpc_endpoint_policy"] = self.document("endpoint", self.statements("endpoint", self.chance(0.9), 0.3))
        if self.kind.startswith("s3") and layers.get("resource_policy") and self.chance(0.05):
            layers["block_public_access"] = {"restrict_public_buckets": self.chance(0.8)}
        return layers

    def level(self, layer):
        policies = [{"name": "full", "document": EVERYTHING}] if layer == "scp" and self.chance(0.85) else []
        if layer == "rcp":
            return [{"name": "rcp", "document": self.document("rcp", [self.statement("Deny", "rcp", self.chance(0.2))])}] if self.chance(0.5) else []
        if not policies:
            policies = [{"name": "allows", "document": self.document(layer, [self.statement("Allow", layer, self.chance(0.9))])}]
        if self.chance(0.3):
            policies.append({"name": "denies", "document": self.document(layer, [self.statement("Deny", layer, self.chance(0.2))])})
        return policies


def lines(count, seed="1", first=0):
    for index in range(first, first + count):
        yield Line(seed, index).build()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("count", nargs="?", type=int, default=20_000)
    arguments.add_argument("--seed", default="1")
    arguments.add_argument("--first", type=int, default=0)
    given = arguments.parse_args()
    for line in lines(given.count, given.seed, given.first):
        print(json.dumps(line, separators=(",", ":"), ensure_ascii=False))


if __name__ == "__main__":
    main()
