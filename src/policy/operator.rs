//! The condition operators and how their names are put together.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

/// How an operator compares a value of the request with one of the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Text, letter case counts.
    String,
    /// Text, letter case does not count.
    StringIgnoreCase,
    /// Text with wildcards.
    StringLike,
    /// Numbers.
    Numeric(Order),
    /// Points in time.
    Date(Order),
    /// `true` or `false`.
    Bool,
    /// Bytes, written in base64.
    Binary,
    /// An address in a range.
    IpAddress,
    /// ARNs, field by field, with wildcards. `ArnEquals` and `ArnLike` are the same.
    Arn,
    /// Whether the key is absent.
    Null,
}

/// The order that a number or a date must have to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The same.
    Equals,
    /// Less, or earlier.
    LessThan,
    /// Not more, or not later.
    LessThanEquals,
    /// More, or later.
    GreaterThan,
    /// Not less, or not earlier.
    GreaterThanEquals,
}

/// How the values of a key with several values count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    /// Every value of the request must match; true for no values.
    ForAllValues,
    /// One value of the request must match; false for no values.
    ForAnyValue,
}

/// A condition operator with its prefix and suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// What is compared, and how.
    pub comparison: Comparison,
    /// `…Not…`: no value of the policy may match.
    pub negated: bool,
    /// `ForAllValues:` or `ForAnyValue:`.
    pub set: Option<SetOperator>,
    /// `…IfExists`: true where the request lacks the key.
    pub if_exists: bool,
}

/// Every base operator: name, comparison, negated.
pub const OPERATORS: &[(&str, Comparison, bool)] = &[
    ("StringEquals", Comparison::String, false),
    ("StringNotEquals", Comparison::String, true),
    ("StringEqualsIgnoreCase", Comparison::StringIgnoreCase, false),
    ("StringNotEqualsIgnoreCase", Comparison::StringIgnoreCase, true),
    ("StringLike", Comparison::StringLike, false),
    ("StringNotLike", Comparison::StringLike, true),
    ("NumericEquals", Comparison::Numeric(Order::Equals), false),
    ("NumericNotEquals", Comparison::Numeric(Order::Equals), true),
    ("NumericLessThan", Comparison::Numeric(Order::LessThan), false),
    ("NumericLessThanEquals", Comparison::Numeric(Order::LessThanEquals), false),
    ("NumericGreaterThan", Comparison::Numeric(Order::GreaterThan), false),
    ("NumericGreaterThanEquals", Comparison::Numeric(Order::GreaterThanEquals), false),
    ("DateEquals", Comparison::Date(Order::Equals), false),
    ("DateNotEquals", Comparison::Date(Order::Equals), true),
    ("DateLessThan", Comparison::Date(Order::LessThan), false),
    ("DateLessThanEquals", Comparison::Date(Order::LessThanEquals), false),
    ("DateGreaterThan", Comparison::Date(Order::GreaterThan), false),
    ("DateGreaterThanEquals", Comparison::Date(Order::GreaterThanEquals), false),
    ("Bool", Comparison::Bool, false),
    ("BinaryEquals", Comparison::Binary, false),
    ("IpAddress", Comparison::IpAddress, false),
    ("NotIpAddress", Comparison::IpAddress, true),
    ("ArnEquals", Comparison::Arn, false),
    ("ArnLike", Comparison::Arn, false),
    ("ArnNotEquals", Comparison::Arn, true),
    ("ArnNotLike", Comparison::Arn, true),
    ("Null", Comparison::Null, false),
];

impl Operator {
    /// Reads a name such as `ForAnyValue:StringNotLikeIfExists`, without regard to letter case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (set, rest) = match name.split_once(':') {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAllValues") => {
                (Some(SetOperator::ForAllValues), rest)
            }
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case("ForAnyValue") => {
                (Some(SetOperator::ForAnyValue), rest)
            }
            Some(_) => return None,
            None => (None, name),
        };
        let base = |wanted: &str| OPERATORS.iter().find(|(name, ..)| name.eq_ignore_ascii_case(wanted));
        let (row, if_exists) = match base(rest) {
            Some(row) => (row, false),
            None => (base(strip_suffix_ignore_case(rest, "IfExists")?)?, true),
        };
        // Null asks for existence itself: it takes neither the suffix nor a prefix.
        if row.1 == Comparison::Null && (if_exists || set.is_some()) {
            return None;
        }
        Some(Self { comparison: row.1, negated: row.2, set, if_exists })
    }
}

fn strip_suffix_ignore_case<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(suffix.len())?;
    text.get(at..)?.eq_ignore_ascii_case(suffix).then(|| text.get(..at)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_prefix_base_and_suffix() {
        let all = Operator::parse("ForAllValues:StringNotLikeIfExists").unwrap();
        assert_eq!(
            (all.comparison, all.negated, all.set, all.if_exists),
            (Comparison::StringLike, true, Some(SetOperator::ForAllValues), true)
        );
        assert_eq!(Operator::parse("boolifexists").unwrap().comparison, Comparison::Bool);
        for wrong in ["StringEquls", "NullIfExists", "ForSome:Bool", "ForAnyValue:Null", "IfExists", ""] {
            assert_eq!(Operator::parse(wrong), None, "{wrong}");
        }
    }
}
