//! deniedby
pub mod arn;
pub mod event;
pub mod layer;
pub mod policy;
pub mod truth;
