//! Everything that can be tested without AWS, in one binary.

mod architecture;
mod faults;
mod pipeline;
mod policy_set;
mod readme;
mod scenarios;
mod schema;
mod world;
