//! Decisions, and sets of decisions that are still possible.

use std::fmt;

use crate::truth::Truth;

/// The decisions that are still possible, whatever the unknown facts turn out to be.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Possible(u8);

impl Possible {
    /// No decision: what a union starts from.
    pub(super) const NOTHING: Self = Self(0);
    /// Allowed for sure.
    pub const ALLOWED: Self = Self(1);
    /// Explicitly denied for sure.
    pub const EXPLICIT_DENY: Self = Self(2);
    /// Implicitly denied for sure.
    pub const IMPLICIT_DENY: Self = Self(4);
    /// Denied for sure, one way or the other.
    pub const ANY_DENY: Self = Self(2 | 4);
    /// Nothing is known.
    pub const ANYTHING: Self = Self(1 | 2 | 4);

    /// What follows from whether a statement denies, and whether one allows.
    #[must_use]
    pub fn of(deny: Truth, allow: Truth) -> Self {
        use Truth::{False, True, Unknown};
        match (deny, allow) {
            (True, _) => Self::EXPLICIT_DENY,
            (False, True) => Self::ALLOWED,
            (False, False) => Self::IMPLICIT_DENY,
            (False, Unknown) => Self(1 | 4),
            (Unknown, True) => Self(1 | 2),
            // Denied, whichever way it goes.
            (Unknown, False) => Self::ANY_DENY,
            (Unknown, Unknown) => Self::ANYTHING,
        }
    }

    /// Either may hold.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether one of the decisions of `other` is possible.
    #[must_use]
    pub fn includes(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the request is denied for sure.
    #[must_use]
    pub fn is_denied(self) -> bool {
        !self.includes(Self::ALLOWED)
    }

    /// The one decision that is possible, or `unknown`.
    #[must_use]
    pub fn decision(self) -> &'static str {
        if self == Self::ANY_DENY { "unknown" } else { self.name() }
    }

    /// The names of the decisions that are possible.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        [Self::ALLOWED, Self::EXPLICIT_DENY, Self::IMPLICIT_DENY]
            .into_iter()
            .filter(|one| self.includes(*one))
            .map(Self::name)
            .collect()
    }

    /// The decision in a word, as reports say it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ALLOWED => "allowed",
            Self::EXPLICIT_DENY => "explicitly-denied",
            Self::IMPLICIT_DENY => "implicitly-denied",
            Self::ANY_DENY => "denied",
            _ => "unknown",
        }
    }
}

impl fmt::Debug for Possible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (Self::ALLOWED, "allowed"),
            (Self::EXPLICIT_DENY, "explicit deny"),
            (Self::IMPLICIT_DENY, "implicit deny"),
        ];
        f.debug_set().entries(names.iter().filter(|row| self.includes(row.0)).map(|row| row.1)).finish()
    }
}
