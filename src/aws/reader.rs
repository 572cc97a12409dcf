//! Answers the questions of one event with calls to AWS.

use std::fmt;

use super::errors::{Failure, Outcome};
use super::sessions::Sessions;
use super::{QUESTION_TIMEOUT, iam, s3, s3control};
use crate::evidence::{Answer, BucketRef, Fact, Question, Why};
use crate::ports::Reader;

/// Reads for one event. Made by [`Edge::reader`](super::Edge::reader).
pub struct AwsReader {
    sessions: Sessions,
}

impl AwsReader {
    pub(super) fn new(sessions: Sessions) -> Self {
        Self { sessions }
    }

    async fn answer(&self, question: &Question) -> Outcome {
        match question {
            Question::Identity(_)
            | Question::InlinePolicies(_)
            | Question::InlinePolicy { .. }
            | Question::AttachedPolicies(_)
            | Question::Groups(_)
            | Question::ManagedPolicy { .. } => {
                // IAM is one service for the whole partition: any Region finds it.
                let clients = self.sessions.clients(question.account(), "").await.map_err(Failure::new)?;
                iam::ask(clients.iam(), question).await
            }
            Question::CanonicalId { account, region } => {
                let clients = self.sessions.clients(*account, region).await.map_err(Failure::new)?;
                s3::canonical_id(clients.s3()).await
            }
            Question::AccountPublicAccessBlock { account, region } => {
                let clients = self.sessions.clients(*account, region).await.map_err(Failure::new)?;
                s3control::account_public_access_block(clients.s3control(), *account).await
            }
            Question::BucketLocation(bucket)
            | Question::BucketPolicy(bucket)
            | Question::BucketOwnership(bucket)
            | Question::BucketAcl(bucket)
            | Question::BucketPublicAccessBlock(bucket)
            | Question::Object { bucket, .. }
            | Question::ObjectVersion { bucket, .. }
            | Question::ObjectAcl { bucket, .. }
            | Question::ObjectVersionAcl { bucket, .. } => self.about_bucket(bucket, question).await,
        }
    }

    /// Asks where the question says that the bucket is. If S3 says that it is elsewhere, asks there, once.
    async fn about_bucket(&self, bucket: &BucketRef, question: &Question) -> Outcome {
        let clients = self.sessions.clients(bucket.account, &bucket.region).await.map_err(Failure::new)?;
        let outcome = s3::ask(clients.s3(), bucket, question).await;
        let elsewhere = match &outcome {
            Err(failure) => failure.bucket_region().filter(|region| *region != clients.region()),
            Ok(_) => None,
        };
        match elsewhere {
            None => outcome,
            Some(region) => {
                let clients = self.sessions.clients(bucket.account, region).await.map_err(Failure::new)?;
                s3::ask(clients.s3(), bucket, question).await
            }
        }
    }
}

impl Reader for AwsReader {
    async fn ask(&self, question: &Question) -> Fact<Answer> {
        match tokio::time::timeout(QUESTION_TIMEOUT, self.answer(question)).await {
            Ok(Ok(Some(answer))) => Fact::Known(answer),
            Ok(Ok(None)) => Fact::Absent,
            Ok(Err(failure)) => Fact::Unreadable(failure.why().clone()),
            Err(_) => Fact::Unreadable(Why::Timeout),
        }
    }
}

impl fmt::Debug for AwsReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsReader").finish_non_exhaustive()
    }
}
