#![doc = include_str!("../README.md")]
//!
//! # Modules, in the order of the flow
//!
//! A module imports only from those above it.

pub mod truth;
pub mod spelling;
pub mod layer;
pub mod arn;
pub mod policy;
pub mod event;
pub mod request;
pub mod evidence;
pub mod permissions;
pub mod evaluate;
pub mod finding;
pub mod diagnosis;
pub mod checks;
pub mod remedy;
pub mod report;
pub mod simulate;
pub mod notice;
pub mod ports;
pub mod case;
pub mod gather;
pub mod apply;
pub mod repair;
pub mod pipeline;
pub mod config;
#[cfg(feature = "aws")]
pub mod approval;
#[cfg(feature = "aws")]
pub mod aws;
