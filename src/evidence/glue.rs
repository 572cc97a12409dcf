//! What Glue says of a job.

use serde::{Deserialize, Serialize};

/// A job.
///
/// <https://docs.aws.amazon.com/glue/latest/webapi/API_Job.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlueJobInfo {
    /// Its name.
    pub name: String,
    /// Connections, which put it into a VPC.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connections: Vec<String>,
    /// How it encrypts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_configuration: Option<String>,
    /// Where its script is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Where it keeps what is only for a while, and its logs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_places: Vec<String>,
}

impl GlueJobInfo {
    /// Whether a bucket is one that the job works with: its script's, or that of temporary files and logs.
    #[must_use]
    pub fn keeps_in(&self, bucket: &str) -> bool {
        let is_in = |place: &String| place.split_once("://").map(|row| row.1.split('/').next()) == Some(Some(bucket));
        self.script.iter().chain(&self.own_places).any(is_in)
    }
}
