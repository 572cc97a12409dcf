//! # The credentials have expired
//!
//! **Means**: the request was signed with temporary credentials, and their time was over. No policy was looked at.
//!
//! **We know** by the error code. S3 writes no record of requests that fail so: this is seen for other services.
//!
//! **To do**: get new credentials: sign in again (`aws sso login`), or take the role again. A program should let the
//! SDK refresh them instead of keeping a copy. A presigned URL ends with the session that signed it.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html>

use crate::diagnosis::Diagnosis;
use crate::finding::{CredentialFault, Finding};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::credential_fault::find(diagnosis, CredentialFault::Expired)
}
