"""moto's server with what it lacks of S3, IAM, Organizations, Lambda and CloudTrail."""

import re

from event_history import lookup_events
from moto.cloudtrail.responses import CloudTrailResponse
from moto.awslambda.policy import Policy
from moto.core.exceptions import JsonRESTError
from moto.core.serialize import SERVICE_SPECIFIC_SERIALIZERS, RestXMLSerializer
from moto.iam.responses import IamResponse
from moto.organizations.exceptions import AccountNotFoundException
from moto.organizations.models import OrganizationsBackend
from moto.s3.responses import S3Response
from moto.server import main
from policy_simulator import simulate_principal_policy

# Sub-resources of buckets that moto keeps nothing of, and what AWS says of a bucket where they were never set.
SETTINGS = {
    "requestPayment": "<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>",
    "abac": "<AbacStatus><Status>Disabled</Status></AbacStatus>",
}

NO_LOCK = (
    "<Error><Code>NoSuchObjectLockConfiguration</Code>"
    "<Message>The specified object does not have a ObjectLock configuration</Message></Error>"
)


def settings_of_buckets(get, put):
    def bucket_get(self, name, query):
        for setting in SETTINGS.keys() & query.keys():
            bucket = self.backend.head_bucket(name)
            return 200, {}, getattr(bucket, f"kept_{setting}", SETTINGS[setting])
        return get(self, name, query)

    def bucket_put(self, request, name, query):
        for setting in SETTINGS.keys() & query.keys():
            setattr(self.backend.head_bucket(name), f"kept_{setting}", self.body)
            return 200, {}, ""
        return put(self, request, name, query)

    return bucket_get, bucket_put


def mfa_delete(get, put):
    """moto keeps the status alone, and answers in another element than S3."""

    def bucket_get(self, name, query):
        if "versioning" not in query:
            return get(self, name, query)
        bucket = self.backend.head_bucket(name)
        status = f"<Status>{bucket.versioning_status}</Status>" if bucket.versioning_status else ""
        state = getattr(bucket, "kept_mfa_delete", "")
        return 200, {}, f"<VersioningConfiguration>{status}{state}</VersioningConfiguration>"

    def bucket_put(self, request, name, query):
        if "versioning" in query:
            state = re.search("<MfaDelete>.*</MfaDelete>", self.body.decode())
            self.backend.head_bucket(name).kept_mfa_delete = state[0] if state else ""
        return put(self, request, name, query)

    return bucket_get, bucket_put


def locks_of_objects(get):
    def key_get(self, query, name):
        if "retention" not in query and "legal-hold" not in query:
            return get(self, query, name)
        key, _ = self._get_key()
        if "retention" in query and key.lock_mode:
            mode, until = f"<Mode>{key.lock_mode}</Mode>", f"<RetainUntilDate>{key.lock_until}</RetainUntilDate>"
            return 200, {}, f"<Retention>{mode}{until}</Retention>"
        if "legal-hold" in query and key.lock_legal_status:
            return 200, {}, f"<LegalHold><Status>{key.lock_legal_status}</Status></LegalHold>"
        return 404, {}, NO_LOCK

    return key_get


def regions_of_buckets(list_all):
    def all_buckets(self):
        status, headers, body = list_all(self)

        def with_region(found):
            return f"{found[0]}<BucketRegion>{self.backend.head_bucket(found[1]).region_name}</BucketRegion>"

        return status, headers, re.sub("<Name>([^<]+)</Name>", with_region, body)

    return all_buckets


# Objects under this prefix belong to another account than their bucket, which may not read their ACLs. In moto all objects
# have one owner.
FOREIGN = "foreign/"


def owners_of_objects(list_objects, get_acl):
    def listed(self):
        status, headers, body = list_objects(self)
        owned = re.compile(f"(<Key>{FOREIGN}[^<]*</Key>(?:(?!<Key>).)*?<ID>)[0-9a-f]+", re.DOTALL)
        return status, headers, owned.sub(rf"\g<1>{'c3' * 32}", body)

    def acl(self):
        key, _ = self._get_key()
        if key.name.startswith(FOREIGN):
            return 403, {}, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
        return get_acl(self)

    return listed, acl


def children(list_parents):
    def of_organization(self, **arguments):
        try:
            return list_parents(self, **arguments)
        except AccountNotFoundException:
            raise JsonRESTError("ChildNotFoundException", "You specified a child that doesn't exist.") from None

    return of_organization


def named_principals(formatter):
    """https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"""

    def format_principal(self, principal):
        if isinstance(principal, str) and ":iam::" in principal:
            return {"AWS": principal}
        return formatter(self, principal)

    return format_principal


class S3ControlSerializer(RestXMLSerializer):
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessPoint.html"""

    def _serialized_result_to_response(self, *arguments):
        response = super()._serialized_result_to_response(*arguments)
        name = self.operation_model.name
        response["body"] = response["body"].replace(f"{name}Response", f"{name}Result")
        return response


S3Response._bucket_response_get, S3Response._bucket_response_put = settings_of_buckets(
    S3Response._bucket_response_get, S3Response._bucket_response_put
)
S3Response._bucket_response_get, S3Response._bucket_response_put = mfa_delete(
    S3Response._bucket_response_get, S3Response._bucket_response_put
)
S3Response._key_response_get = locks_of_objects(S3Response._key_response_get)
S3Response.all_buckets = regions_of_buckets(S3Response.all_buckets)
Policy.principal_formatter = named_principals(Policy.principal_formatter)
S3Response.list_objects_v2, S3Response.get_object_acl = owners_of_objects(
    S3Response.list_objects_v2, S3Response.get_object_acl
)
OrganizationsBackend.list_parents = children(OrganizationsBackend.list_parents)
SERVICE_SPECIFIC_SERIALIZERS["s3control"] = {"rest-xml": S3ControlSerializer}
CloudTrailResponse.lookup_events = lookup_events
IamResponse.simulate_principal_policy = simulate_principal_policy

if __name__ == "__main__":
    main()
