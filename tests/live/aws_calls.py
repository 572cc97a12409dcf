"""Which AWS operation an HTTP request is, on what, and in which account."""

import json
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Call:
    service: str
    operation: str
    account: str
    resource: str

    @property
    def permission(self):
        """The IAM action that the call takes."""
        return PERMISSIONS.get((self.service, self.operation), f"{self.service}:{self.operation}")


# Operations whose IAM action has another name.
PERMISSIONS = {
    ("s3", "ListObjectsV2"): "s3:ListBucket",
    ("s3", "HeadBucket"): "s3:ListBucket",
    ("s3", "ListObjectVersions"): "s3:ListBucketVersions",
    ("s3", "ListBuckets"): "s3:ListAllMyBuckets",
    ("s3", "GetPublicAccessBlock"): "s3:GetBucketPublicAccessBlock",
    ("s3", "GetBucketEncryption"): "s3:GetEncryptionConfiguration",
    ("s3control", "GetPublicAccessBlock"): "s3:GetAccountPublicAccessBlock",
    ("s3control", "GetAccessPoint"): "s3:GetAccessPoint",
    ("s3control", "GetAccessPointPolicy"): "s3:GetAccessPointPolicy",
    ("s3control", "ListAccessPoints"): "s3:ListAccessPoints",
    ("s3control", "ListMultiRegionAccessPoints"): "s3:ListMultiRegionAccessPoints",
    ("s3control", "GetMultiRegionAccessPointPolicy"): "s3:GetMultiRegionAccessPointPolicy",
    ("tagging", "GetResources"): "tag:GetResources",
}

# Method, what the path names, sub-resource.
S3_OPERATIONS = {
    ("GET", "service", ""): "ListBuckets",
    ("HEAD", "bucket", ""): "HeadBucket",
    ("GET", "bucket", "policy"): "GetBucketPolicy",
    ("GET", "bucket", "policyStatus"): "GetBucketPolicyStatus",
    ("GET", "bucket", "acl"): "GetBucketAcl",
    ("GET", "bucket", "ownershipControls"): "GetBucketOwnershipControls",
    ("GET", "bucket", "publicAccessBlock"): "GetPublicAccessBlock",
    ("GET", "bucket", "location"): "GetBucketLocation",
    ("GET", "bucket", "list-type"): "ListObjectsV2",
    ("GET", "bucket", "versions"): "ListObjectVersions",
    ("GET", "bucket", "versioning"): "GetBucketVersioning",
    ("GET", "bucket", "encryption"): "GetBucketEncryption",
    ("GET", "bucket", "requestPayment"): "GetBucketRequestPayment",
    ("GET", "bucket", "abac"): "GetBucketAbac",
    ("GET", "bucket", "tagging"): "GetBucketTagging",
    ("GET", "bucket", ""): "ListObjects",
    ("GET", "object", "acl"): "GetObjectAcl",
    ("GET", "object", "attributes"): "GetObjectAttributes",
    ("GET", "object", "tagging"): "GetObjectTagging",
    ("GET", "object", "retention"): "GetObjectRetention",
    ("GET", "object", "legal-hold"): "GetObjectLegalHold",
    ("GET", "object", ""): "GetObject",
    ("HEAD", "object", ""): "HeadObject",
}

# What the path of a GET is behind the version, and what it names.
S3_CONTROL_OPERATIONS = {
    r"configuration/publicAccessBlock": "GetPublicAccessBlock",
    r"accesspoint": "ListAccessPoints",
    r"accesspoint/([^/]+)": "GetAccessPoint",
    r"accesspoint/([^/]+)/policy": "GetAccessPointPolicy",
    r"mrap/instances": "ListMultiRegionAccessPoints",
    r"mrap/instances/([^/]+)/policy": "GetMultiRegionAccessPointPolicy",
}

# Query parameters that may be empty and still name no sub-resource.
S3_PARAMETERS = {
    "prefix", "delimiter", "marker", "start-after", "continuation-token", "key-marker", "version-id-marker"
}  # fmt: skip

# What tells two calls of one operation apart.
QUERY_RESOURCES = [
    "RoleArn", "RoleName", "UserName", "GroupName", "PolicyArn", "PolicyName", "VersionId", "TopicArn", "Marker"
]  # fmt: skip
JSON_RESOURCES = ["Name", "SecretId", "KeyId", "ChildId", "TargetId", "PolicyId"]


def recognise(method, target, headers, body, account_of_key, default_account):
    """Reads a request. An operation that is not known gets a name that no known one has."""
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    key, service = _signature(headers.get("Authorization", ""))
    account = account_of_key.get(key, default_account)
    if url.path.startswith("/v20180820/"):
        return _s3_control(method, unquote(url.path), account, headers.get("x-amz-account-id", ""))
    if target_header := headers.get("X-Amz-Target"):
        named = json.loads(body or b"{}")
        # What is looked up has a list around it, and each Region has its own events.
        region = headers.get("Authorization", "").split("/")[2:3]
        named |= {"Name": " ".join([item["AttributeValue"], *region]) for item in named.get("LookupAttributes", [])}
        return Call(service, target_header.split(".")[-1], account, _first(named, JSON_RESOURCES))
    form = dict(parse_qsl(body.decode("utf-8", "replace"))) if service != "s3" else {}
    if "Action" in form:
        # A role is assumed in the account that has it.
        if form["Action"].startswith("AssumeRole"):
            account = form.get("RoleArn", "::::").split(":")[4]
        return Call(service, form["Action"], account, "/".join(form[name] for name in QUERY_RESOURCES if name in form))
    return _s3(method, unquote(url.path), query, account)


def _signature(header):
    """The access key id and the service of a signed request."""
    scope = re.search(r"Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/", header)
    return scope.groups() if scope else ("", "s3")


def _first(values, names):
    return next((str(values[name]) for name in names if name in values), "")


def _s3_control(method, path, account, about):
    for pattern, operation in S3_CONTROL_OPERATIONS.items():
        named = re.fullmatch(f"/v20180820/{pattern}", path)
        if method == "GET" and named:
            return Call("s3control", operation, account, "/".join(named.groups()) or about)
    return Call("s3control", f"{method} {path}", account, about)


def _s3(method, path, query, account):
    bucket, _, key = path.removeprefix("/").partition("/")
    kind = "object" if key else "bucket" if bucket else "service"
    marker = next((name for name in query if name == "list-type" or not query[name] and name not in S3_PARAMETERS), "")
    operation = S3_OPERATIONS.get((method, kind, marker), f"{method} {kind} {marker}")
    resource = f"{bucket}/{key}" if key else bucket
    if "versionId" in query:
        resource += f"?versionId={query['versionId']}"
        operation = operation.replace("GetObjectAcl", "GetObjectVersionAcl")
    details = [f"{name}={query[name]}" for name in sorted(S3_PARAMETERS) if query.get(name)]
    return Call("s3", operation, account, " ".join([resource, *details]))
