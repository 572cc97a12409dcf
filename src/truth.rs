//! Kleene's three-valued logic. What we could not read is `Unknown`, and stays so unless it cannot matter.

use std::ops::Not;

/// True, false, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// It may hold or not: a fact is missing.
    Unknown,
}

impl Truth {
    /// Both hold.
    #[must_use]
    #[inline]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
        }
    }

    /// At least one holds.
    #[must_use]
    #[inline]
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }

    /// All hold; true for none. Stops at the first that does not.
    pub fn all(items: impl IntoIterator<Item = Self>) -> Self {
        !Self::any(items.into_iter().map(Not::not))
    }

    /// At least one holds; false for none. Stops at the first that does.
    pub fn any(items: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::False;
        for item in items {
            match item {
                Self::True => return Self::True,
                Self::Unknown => result = Self::Unknown,
                Self::False => {}
            }
        }
        result
    }

    /// Whether it may hold.
    #[must_use]
    pub fn possible(self) -> bool {
        self != Self::False
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}
