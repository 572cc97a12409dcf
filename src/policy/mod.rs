//! The IAM policy language as data.

mod arn_pattern;
mod document;
mod glob;
mod index;
mod json;
mod operator;
mod parse;
mod pattern;

pub use arn_pattern::ArnPattern;
pub use document::{
    Actions, Condition, Effect, Policy, PrincipalEntry, Principals, Problem, Resources, Severity, Statement, Values,
    Version, Written,
};
pub use index::ServiceIndex;
pub use operator::{Comparison, OPERATORS, Operator, Order, SetOperator};
pub use parse::{parse_date, parse_network, parse_number};
pub use pattern::{Binding, Pattern, Syntax, Variable};
