//! Everything that can be tested without AWS, in one binary.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::string_slice,
    reason = "a test that does not find what it expects has to fail"
)]

mod advice;
mod applying;
#[cfg(feature = "aws")]
mod approving;
mod architecture;
mod causes;
mod command_line;
mod decisions;
mod documents;
mod edge;
mod evaluation;
mod explaining;
mod faults;
mod hostile;
mod kin;
mod made_up;
mod messages;
mod mutations;
mod owner;
mod permissions;
mod pipeline;
mod policy_set;
mod pool;
mod properties;
mod readme;
mod remedies;
mod repairing;
mod renderings;
mod scan;
mod scenarios;
mod schema;
mod secrets;
mod successes;
mod tame;
mod telling;
mod unread;
mod world;
