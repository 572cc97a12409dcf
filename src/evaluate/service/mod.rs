//! Rules of single services.

pub(super) mod public;
pub(super) mod s3;
