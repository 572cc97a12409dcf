"""SimulatePrincipalPolicy for moto, which has none: the caller's own policies by moto's evaluator, without conditions,
boundaries and control policies.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
"""

from moto.core.responses import ActionResult
from moto.iam.access_control import IAMPolicy, PermissionResult

DECISIONS = {
    PermissionResult.PERMITTED: "allowed",
    PermissionResult.DENIED: "explicitDeny",
    PermissionResult.NEUTRAL: "implicitDeny",
}


def policies(backend, arn):
    name = arn.rsplit("/", 1)[1]
    if ":user/" in arn:
        user = backend.get_user(name)
        holders = [user, *backend.get_groups_for_user(name)]
    else:
        holders = [backend.get_role(name)]
    for holder in holders:
        inline = holder.policies
        yield from inline.values() if isinstance(inline, dict) else inline
        yield from holder.managed_policies.values()


def decide(backend, arn, action, resource):
    """The strictest of what each policy says: an explicit deny, else an allow."""
    said = {IAMPolicy(policy).is_action_permitted(action, resource) for policy in policies(backend, arn)}
    order = (PermissionResult.DENIED, PermissionResult.PERMITTED, PermissionResult.NEUTRAL)
    return DECISIONS[next(result for result in order if result in said or result == PermissionResult.NEUTRAL)]


def simulate_principal_policy(self):
    arn, resources = self._get_param("PolicySourceArn"), self._get_param("ResourceArns", ["*"])
    results = []
    for action in self._get_param("ActionNames"):
        decisions = {resource: decide(self.backend, arn, action, resource) for resource in resources}
        strictest = next(d for d in ("explicitDeny", "implicitDeny", "allowed") if d in decisions.values())
        own = [{"EvalResourceName": name, "EvalResourceDecision": decided} for name, decided in decisions.items()]
        results.append({"EvalActionName": action, "EvalDecision": strictest, "ResourceSpecificResults": own})
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})
