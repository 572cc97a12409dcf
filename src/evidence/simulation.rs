//! What IAM's policy simulator is asked, and what it says.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::arn::{AccountId, Arn};
use crate::layer::Layer;

/// A request, as the simulator takes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SimulationRef {
    /// The caller's account.
    pub account: AccountId,
    /// The user or role, with its path.
    pub caller: Arn,
    /// The action.
    pub action: String,
    /// The resource; `None` for an action that is on none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Arn>,
    /// The condition keys that are known, in lower case. What is not here counts as missing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, Vec<String>>,
}

/// What the simulator says of a request: of what is in force when it is asked, and with the context that it is given.
///
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Simulation {
    /// What all that it evaluates comes to.
    pub decision: Simulated,
    /// Whether service control policies allow it; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizations: Option<bool>,
    /// Whether the permissions boundary allows it; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary: Option<bool>,
    /// The identity policies whose statements deny it, by the simulator's names for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied_by: Vec<String>,
    /// Condition keys that identity policies name and that it was not given. Those of control policies are not told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}

/// A decision of the simulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Simulated {
    /// The request is allowed.
    Allowed,
    /// A statement denies it.
    ExplicitDeny,
    /// No statement allows it.
    ImplicitDeny,
}

/// What the simulator says of one layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// It allows the request.
    Allows,
    /// A statement of it denies the request.
    ExplicitDeny,
    /// No statement of it allows the request.
    NoAllow,
    /// One of these two.
    Denies,
}

impl Simulation {
    /// What it says of a layer; `None` if nothing.
    #[must_use]
    pub fn says(&self, layer: Layer) -> Option<Word> {
        match layer {
            Layer::Scp => self.limits(self.organizations, self.boundary),
            Layer::PermissionsBoundary => self.limits(self.boundary, self.organizations),
            Layer::IdentityPolicy | Layer::KmsIdentityPolicy => match self.decision {
                Simulated::Allowed => Some(Word::Allows),
                Simulated::ExplicitDeny => (!self.denied_by.is_empty()).then_some(Word::ExplicitDeny),
                // Where a limit denies, nothing is said of what it limits.
                Simulated::ImplicitDeny => {
                    let limited = self.organizations == Some(false) || self.boundary == Some(false);
                    (!limited).then_some(Word::NoAllow)
                }
            },
            Layer::Rcp
            | Layer::RootCaller
            | Layer::KeyOperation
            | Layer::VpcEndpointPolicy
            | Layer::SessionPolicy
            | Layer::ResourcePolicy
            | Layer::AccessPointPolicy
            | Layer::KmsKeyPolicy
            | Layer::TrustPolicy
            | Layer::BlockPublicAccess
            | Layer::RequesterPays
            | Layer::AccessPointVpc
            | Layer::ObjectLock
            | Layer::MfaDelete
            | Layer::CustomerKey
            | Layer::ExpectedOwner
            | Layer::AccessGrants
            | Layer::Acl => None,
        }
    }

    /// Of a layer that limits. An explicit deny is that layer's only where nothing else can have denied.
    fn limits(&self, allows: Option<bool>, other: Option<bool>) -> Option<Word> {
        Some(match (allows?, self.decision) {
            (true, _) => Word::Allows,
            (false, Simulated::ImplicitDeny) => Word::NoAllow,
            (false, Simulated::ExplicitDeny) if self.denied_by.is_empty() && other != Some(false) => Word::ExplicitDeny,
            (false, Simulated::ExplicitDeny | Simulated::Allowed) => Word::Denies,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decision, control policies, boundary, denying identity policies; and what is said of each of these layers.
    #[test]
    fn what_is_said_of_each_layer() {
        use Simulated::{Allowed, ExplicitDeny, ImplicitDeny};
        let rows = [
            ((Allowed, Some(true), Some(true), 0), (Some(Word::Allows), Some(Word::Allows), Some(Word::Allows))),
            ((Allowed, None, None, 0), (None, None, Some(Word::Allows))),
            ((ExplicitDeny, Some(false), None, 0), (Some(Word::ExplicitDeny), None, None)),
            (
                (ExplicitDeny, Some(false), Some(true), 1),
                (Some(Word::Denies), Some(Word::Allows), Some(Word::ExplicitDeny)),
            ),
            ((ExplicitDeny, Some(false), Some(false), 0), (Some(Word::Denies), Some(Word::Denies), None)),
            ((ExplicitDeny, Some(true), Some(false), 0), (Some(Word::Allows), Some(Word::ExplicitDeny), None)),
            ((ExplicitDeny, Some(true), None, 1), (Some(Word::Allows), None, Some(Word::ExplicitDeny))),
            ((ImplicitDeny, Some(false), None, 0), (Some(Word::NoAllow), None, None)),
            ((ImplicitDeny, Some(true), Some(false), 0), (Some(Word::Allows), Some(Word::NoAllow), None)),
            ((ImplicitDeny, None, None, 0), (None, None, Some(Word::NoAllow))),
            // What contradicts itself names nothing for sure.
            ((Allowed, Some(false), None, 0), (Some(Word::Denies), None, Some(Word::Allows))),
        ];
        for ((decision, organizations, boundary, denying), (scp, of_boundary, identity)) in rows {
            let denied_by = vec!["p".to_owned(); denying];
            let simulation = Simulation { decision, organizations, boundary, denied_by, missing: Vec::new() };
            assert_eq!(simulation.says(Layer::Scp), scp, "{simulation:?}");
            assert_eq!(simulation.says(Layer::PermissionsBoundary), of_boundary, "{simulation:?}");
            assert_eq!(simulation.says(Layer::IdentityPolicy), identity, "{simulation:?}");
            assert_eq!(simulation.says(Layer::Rcp), None);
        }
    }
}
