"""Denied requests whose cause we know: each builds its world and returns the record of the denial."""

import events
from world import BUCKET, BUCKET_ACCOUNT, KEY, PRINCIPAL_ACCOUNT, USER, policy, principal, statement

BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
OBJECTS = f"{BUCKET_ARN}/*"

# An identity-based policy that allows the request, as a whole.
READS = policy(statement("ReadReports", "Allow", "s3:GetObject", OBJECTS))

# The same in a bucket policy.
LETS_READ = statement("LetReportingRead", "Allow", "s3:GetObject", OBJECTS, Principal=principal(PRINCIPAL_ACCOUNT))

# The record's source address, 192.0.2.10, is not of these.
OFFICE = {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}
ONLY_OFFICE = statement("OnlyOffice", "Deny", "s3:*", OBJECTS, Principal="*", Condition=OFFICE)


def silent_identity(world):
    """All in one account; the role's only statement is on the bucket, not on its objects."""
    role = world.role(inline={"reports": policy(statement("ReadReports", "Allow", "s3:GetObject", BUCKET_ARN))})
    world.bucket(keys=[KEY], account=PRINCIPAL_ACCOUNT)
    return _denied(role, "because no identity-based policy allows the s3:GetObject action", owner=PRINCIPAL_ACCOUNT)


def only_identity_allows(world, reads=READS):
    """Two accounts; the bucket policy lets another role read."""
    role = world.role(managed={"read": reads})
    other = statement("LetAuditRead", "Allow", "s3:GetObject", OBJECTS, Principal=principal(PRINCIPAL_ACCOUNT, "audit"))
    world.bucket(policy(other), keys=[KEY])
    return _denied(role, "because no resource-based policy allows the s3:GetObject action")


def office_only(world, key=KEY):
    """Two accounts, both sides allow, and the bucket policy denies by address, whether there is such a key or not."""
    role = world.role(inline={"reports": READS})
    world.bucket(policy(LETS_READ, ONLY_OFFICE), keys=[KEY])
    return _denied(role, "with an explicit deny in a resource-based policy", key=key)


def tight_boundary(world):
    """Both sides allow, and the role's boundary knows nothing of S3."""
    boundary = policy(statement("OnlyLogs", "Allow", "logs:*", "*"))
    role = world.role(inline={"reports": READS}, boundary=boundary)
    world.bucket(policy(LETS_READ), keys=[KEY])
    return _denied(role, "because no permissions boundary allows the s3:GetObject action")


def missing_object(world, *, says_why):
    """Both sides allow, but there is no such object, and nobody lets the role know."""
    role = world.role(inline={"reports": READS})
    world.bucket(policy(LETS_READ))
    record = _denied(role, None)
    if says_why:
        reason = "because no identity-based policy allows the s3:ListBucket action"
        record["errorMessage"] = events.message(record["userIdentity"], "s3:ListBucket", BUCKET_ARN, reason)
    return record


def old_version(world):
    """Both sides let the role read the current version, and it asks for one that was overwritten."""
    role = world.role(inline={"reports": READS})
    world.bucket(policy(LETS_READ), keys=[KEY])
    record = _denied(role, "because no identity-based policy allows the s3:GetObjectVersion action")
    record["errorMessage"] = record["errorMessage"].replace("s3:GetObject on", "s3:GetObjectVersion on")
    record["requestParameters"]["versionId"] = world.overwrite(KEY)
    return record


def everything_read(world):
    """As `office_only` for an ACL, with ACLs on and a policy of every kind that a role can have.

    moto takes a deny of `s3:GetObject` as one of our own GetObjectAcl, whatever its condition, so this one is narrower.
    """
    action = "s3:GetObjectAcl"
    boundary = policy(statement("AnyS3", "Allow", "s3:*", "*"))
    role = world.role(
        inline={"reports": policy(statement("ReadReports", "Allow", action, OBJECTS))},
        managed={"logs": policy(statement("Logs", "Allow", "logs:*", "*"))},
        boundary=boundary,
    )
    world.bucket(
        policy({**LETS_READ, "Action": action}, {**ONLY_OFFICE, "Action": action}), keys=[KEY], ownership="ObjectWriter"
    )
    world.account_public_access_block()
    return _denied(role, "with an explicit deny in a resource-based policy", name="GetObjectAcl")


def silent_user(world):
    """A user with a policy of every kind, none of which is about the bucket, which lets the user read."""
    kinds = ["own", "attached", "shared", "group-attached"]
    user = world.user(*(policy(statement(f"Not{n}", "Allow", "logs:*", "*")) for n, _ in enumerate(kinds)))
    reader = {"AWS": f"arn:aws:iam::{PRINCIPAL_ACCOUNT}:user/{USER}"}
    world.bucket(policy({**LETS_READ, "Principal": reader}), keys=[KEY])
    identity = events.user(PRINCIPAL_ACCOUNT, USER, user)
    reason = "because no identity-based policy allows the s3:GetObject action"
    return events.denied(identity, BUCKET, KEY, BUCKET_ACCOUNT, reason=reason)


def _denied(role_id, reason, key=KEY, owner=BUCKET_ACCOUNT, name="GetObject"):
    identity = events.role_session(PRINCIPAL_ACCOUNT, role_id=role_id)
    return events.denied(identity, BUCKET, key, owner, reason=reason, name=name)
