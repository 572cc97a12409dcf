//! Rules of single services.

pub(super) mod exempt;
pub(super) mod grants;
pub(super) mod keys;
pub(super) mod locks;
pub(super) mod public;
pub(super) mod s3;
