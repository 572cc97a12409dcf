"""An organization of 2,000 accounts and 60 policies: only the path of the accounts concerned is read, and once."""

import uuid

import events
from moto_server import HUB
from organization import MANAGEMENT_ROLE
from scenarios import READS
from world import BUCKET, KEY, policy, statement

SCP = "SERVICE_CONTROL_POLICY"
ACCOUNTS = 2000
POLICIES = 60
LEVELS = 3


def large(moto):
    """The path from the root down to one account, and that account's id."""
    client = moto.client("organizations", HUB)
    client.create_organization(FeatureSet="ALL")
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType=SCP)
    path, others = [root], []
    for level in range(LEVELS):
        for name in ("here", "elsewhere"):
            made = client.create_organizational_unit(ParentId=path[level], Name=f"{name}-{level}")
            (path if name == "here" else others).append(made["OrganizationalUnit"]["Id"])
    accounts = [
        client.create_account(Email=f"a{number}@example.com", AccountName=f"a{number}")["CreateAccountStatus"]["AccountId"]
        for number in range(ACCOUNTS)
    ]
    concerned = accounts[ACCOUNTS // 2]
    client.move_account(AccountId=concerned, SourceParentId=root, DestinationParentId=path[-1])
    # Two on each level of the path, the others on units that are of no concern.
    targets = [target for target in path for _ in range(2)]
    targets += [others[number % len(others)] for number in range(POLICIES - len(targets))]
    for number, target in enumerate(targets):
        guard = policy(statement(f"Guard{number}", "Deny", f"ec2:Guard{number}", "*"))
        made = client.create_policy(Name=f"guard-{number}", Description="", Content=guard, Type=SCP)
        client.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)
    return path, concerned


def test_only_the_path_is_read_and_once(function, proxy, moto, world):
    path, account = large(moto)
    role = world.role(inline={"reports": READS}, account=account)
    world.bucket(keys=[KEY], account=account)
    record = events.denied(events.role_session(account, role_id=role), BUCKET, KEY, account)
    running = function(endpoint=proxy.url, DENIEDBY_MANAGEMENT_ROLE=MANAGEMENT_ROLE)

    first = running.invoke(events.bus_event(record))
    assert first.kind == "response", first.body
    cold = list(proxy.calls)
    organization = [call for call in cold if call.service == "organizations"]
    asked = {call.resource for call in organization if call.operation == "ListPoliciesForTarget"}
    assert asked == {*path, account}
    assert len({call.resource for call in organization if call.operation == "DescribePolicy"}) == 2 * len(path) + 1

    second = running.invoke(events.bus_event(record | {"eventID": str(uuid.uuid4())}))
    assert second.kind == "response", second.body
    warm = [call for call in proxy.calls[len(cold) :] if call.service != "sns"]
    cold = [call for call in cold if call.service != "sns"]
    assert len(warm) * 5 <= len(cold), (len(cold), [call.operation for call in warm])
    assert not [call for call in warm if call.service == "organizations"]
