"""An organization in moto: a root, a unit in it, and a member account in the unit."""

from moto_server import HUB
from world import policy

MANAGEMENT_ROLE = f"arn:aws:iam::{HUB}:role/deniedby-management"


class Organization:
    """The management account is the hub's. Member accounts have ids that moto makes up."""

    def __init__(self, moto):
        self._client = moto.client("organizations", HUB)
        self.id = self._client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
        self.root = self._client.list_roots()["Roots"][0]["Id"]
        made = self._client.create_organizational_unit(ParentId=self.root, Name="workloads")
        self.unit = made["OrganizationalUnit"]["Id"]
        self.member = self._member("member@example.com")

    def another_member(self):
        return self._member("another@example.com")

    def _member(self, email):
        made = self._client.create_account(Email=email, AccountName="member")["CreateAccountStatus"]["AccountId"]
        self._client.move_account(AccountId=made, SourceParentId=self.root, DestinationParentId=self.unit)
        return made

    def enable(self, kind):
        self._client.enable_policy_type(RootId=self.root, PolicyType=kind)

    def disable(self, kind):
        self._client.disable_policy_type(RootId=self.root, PolicyType=kind)

    def attach(self, kind, target, *statements, name="guard"):
        """The ARN of a new policy that is attached to a root, a unit or an account."""
        made = self._client.create_policy(Name=name, Description="", Content=policy(*statements), Type=kind)
        summary = made["Policy"]["PolicySummary"]
        self._client.attach_policy(PolicyId=summary["Id"], TargetId=target)
        return summary["Arn"]

    def detach_default(self, target):
        self._client.detach_policy(PolicyId="p-FullAWSAccess", TargetId=target)
