//! Which calls answer which question, and whose.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use super::asking::AwsReader;
use super::clients::Clients;
use super::errors::{Failure, Outcome};
use super::{
    access_grants, authorization, cloudfront, cloudtrail, glue, iam, kms, organizations, resource_policy,
    resource_tags, s3, s3control, simulator, vpc, waf,
};
use crate::arn::{AccountId, Partition};
use crate::evidence::{BucketRef, Entity, KeyRef, Question, SessionRef};

impl AwsReader {
    /// In a box: the calls' futures are large, and few of them are ever made of one question.
    pub(super) fn answer<'q>(&'q self, question: &'q Question) -> BoxFuture<'q, Outcome> {
        Box::pin(self.dispatch(question))
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each question, and no second list of them")]
    async fn dispatch(&self, question: &Question) -> Outcome {
        match question {
            Question::Identity(entity) => iam::identity(self.of(entity).await?.iam(), entity).await,
            Question::InlinePolicies(entity) => iam::inline_policies(self.of(entity).await?.iam(), entity).await,
            Question::InlinePolicy { of, policy } => iam::inline_policy(self.of(of).await?.iam(), of, policy).await,
            Question::AttachedPolicies(entity) => iam::attached_policies(self.of(entity).await?.iam(), entity).await,
            Question::Groups(entity) => iam::groups(self.of(entity).await?.iam(), entity).await,
            Question::ManagedPolicy { account, arn } => {
                iam::managed_policy(self.clients(*account, "").await?.iam(), arn).await
            }

            Question::OrganizationPath { account } => {
                organizations::path(self.management().await?.organizations(), &self.organization, *account).await
            }
            Question::AccountTags { account } => {
                organizations::account_tags(self.management().await?.organizations(), *account).await
            }
            Question::ControlPolicies { target, kind } => {
                organizations::control_policies(self.management().await?.organizations(), target, *kind).await
            }
            Question::OrganizationPolicy { arn } => {
                organizations::policy(self.management().await?.organizations(), arn).await
            }

            Question::OwnedBucket(bucket) => {
                let clients = self.clients(bucket.account, &bucket.region).await?;
                s3::owned_bucket(clients.s3(), &bucket.bucket).await
            }
            Question::CanonicalId { account, region } => {
                s3::canonical_id(self.clients(*account, region).await?.s3()).await
            }
            Question::BucketPolicy(bucket) => {
                self.at(bucket, |at| async move { s3::policy(at.s3(), bucket).await }).await
            }
            Question::BucketPolicyStatus(bucket) => {
                self.at(bucket, |at| async move { s3::policy_status(at.s3(), bucket).await }).await
            }
            Question::BucketOwnership(bucket) => {
                self.at(bucket, |at| async move { s3::ownership(at.s3(), bucket).await }).await
            }
            Question::BucketAcl(bucket) => {
                self.at(bucket, |at| async move { s3::bucket_acl(at.s3(), bucket).await }).await
            }
            Question::BucketPublicAccessBlock(bucket) => {
                self.at(bucket, |at| async move { s3::public_access_block(at.s3(), bucket).await }).await
            }
            Question::BucketRequestPayment(bucket) => {
                self.at(bucket, |at| async move { s3::request_payment(at.s3(), bucket).await }).await
            }
            Question::BucketEncryption(bucket) => {
                self.at(bucket, |at| async move { s3::encryption(at.s3(), bucket).await }).await
            }
            Question::BucketVersioning(bucket) => {
                self.at(bucket, |at| async move { s3::versioning(at.s3(), bucket).await }).await
            }
            Question::BucketAbac(bucket) => self.at(bucket, |at| async move { s3::abac(at.s3(), bucket).await }).await,
            Question::BucketTags(bucket) => {
                self.at(bucket, |at| async move { s3::bucket_tags(at.s3(), bucket).await }).await
            }

            Question::Object { bucket, key } => {
                self.at(bucket, |at| async move { s3::object(at.s3(), bucket, key).await }).await
            }
            Question::ObjectVersion { bucket, key, version } => {
                self.at(bucket, |at| async move { s3::object_version(at.s3(), bucket, key, version).await }).await
            }
            Question::ObjectAcl { bucket, key } => {
                self.at(bucket, |at| async move { s3::object_acl(at.s3(), bucket, key, None).await }).await
            }
            Question::ObjectVersionAcl { bucket, key, version } => {
                self.at(bucket, |at| async move { s3::object_acl(at.s3(), bucket, key, Some(version)).await }).await
            }
            Question::OwnersObjectAcl { object, owner } => {
                let clients = self.clients(*owner, &object.bucket.region).await?;
                s3::object_acl(clients.s3(), &object.bucket, &object.key, object.version.as_deref()).await
            }
            Question::ObjectTags(object) => {
                self.at(&object.bucket, |at| async move { s3::object_tags(at.s3(), object).await }).await
            }
            Question::ObjectLock(object) => {
                self.at(&object.bucket, |at| async move { s3::object_lock(at.s3(), object).await }).await
            }
            Question::ObjectMetadata(object) => {
                self.at(&object.bucket, |at| async move { s3::metadata(at.s3(), object).await }).await
            }

            Question::AccountPublicAccessBlock { account, region } => {
                let clients = self.clients(*account, region).await?;
                s3control::account_public_access_block(clients.s3control(), *account).await
            }
            Question::AccessPoint(point) => {
                s3control::access_point(self.clients(point.account, &point.region).await?.s3control(), point).await
            }
            Question::AccessPointPolicy(point) => {
                let clients = self.clients(point.account, &point.region).await?;
                s3control::access_point_policy(clients.s3control(), point).await
            }
            Question::AccessPointAlias { account, region, alias } => {
                let clients = self.clients(*account, region).await?;
                s3control::access_point_of_alias(clients.s3control(), *account, alias).await
            }

            Question::MultiRegionAccessPoint { account, alias } => {
                let clients = self.clients(*account, s3control::MULTI_REGION_HOME).await?;
                s3control::multi_region_access_point(clients.s3control(), *account, alias).await
            }
            Question::MultiRegionAccessPointPolicy { account, name } => {
                let clients = self.clients(*account, s3control::MULTI_REGION_HOME).await?;
                s3control::multi_region_access_point_policy(clients.s3control(), *account, name).await
            }
            Question::ObjectLambda(point) => {
                s3control::object_lambda(self.clients(point.account, &point.region).await?.s3control(), point).await
            }
            Question::AccessGrants { account, region, grantee } => {
                let clients = self.clients(*account, region).await?;
                access_grants::granted_to(clients.s3control(), *account, grantee).await
            }

            Question::KmsKey(key) => kms::key(self.with(key).await?.kms(), key).await,
            Question::KmsKeyPolicy(key) => kms::key_policy(self.with(key).await?.kms(), key).await,
            Question::KmsGrants(key) => kms::grants(self.with(key).await?.kms(), key).await,

            Question::VpcEndpoint { account, region, endpoint } => {
                vpc::endpoint(self.clients(*account, region).await?.signer(), endpoint).await
            }
            Question::ResourcePolicy { account, arn } => {
                resource_policy::ask(&*self.clients(*account, arn.region()).await?, *account, arn).await
            }
            Question::ResourceTags { account, arn } => {
                resource_tags::ask(self.clients(*account, arn.region()).await?.signer(), arn).await
            }
            Question::Authorization { account, region, id } => {
                authorization::authorization(self.clients(*account, region).await?.signer(), id).await
            }
            Question::DecodedMessage { account, region, message } => {
                authorization::decoded(self.clients(*account, region).await?.sts(), message).await
            }
            Question::Simulation(asked) => {
                simulator::simulation(self.clients(asked.account, "").await?.iam(), asked).await
            }
            Question::Distribution { account, region, distribution } => {
                cloudfront::distribution(self.clients(*account, region).await?.signer(), distribution).await
            }
            Question::OriginDistributions { account, region, bucket } => {
                cloudfront::of_origin(self.clients(*account, region).await?.signer(), bucket).await
            }
            Question::OriginAccessControl { account, region, control } => {
                cloudfront::access_control(self.clients(*account, region).await?.signer(), control).await
            }
            Question::WebAcl { account, arn } => {
                waf::web_acl(self.clients(*account, arn.region()).await?.signer(), arn).await
            }
            Question::SampledRequests(asked) => {
                let clients = self.clients(asked.account, asked.web_acl.region()).await?;
                waf::sampled_requests(clients.signer(), asked).await
            }
            Question::GlueJobs { account, region, role } => {
                glue::jobs(self.clients(*account, region).await?.signer(), role).await
            }
            Question::Session(session) => self.session(session).await,
            Question::Changes { account, region, resource, since } => {
                cloudtrail::changes(self.clients(*account, region).await?.signer(), resource, *since).await
            }
        }
    }

    async fn clients(&self, account: AccountId, region: &str) -> Result<Arc<Clients>, Failure> {
        self.sessions.clients(account, region).await.map_err(Failure::new)
    }

    /// IAM is one service for the whole partition: any Region finds it.
    async fn of(&self, entity: &Entity) -> Result<Arc<Clients>, Failure> {
        self.clients(entity.account, "").await
    }

    /// So is Organizations.
    async fn management(&self) -> Result<Arc<Clients>, Failure> {
        self.sessions.management().await.map_err(Failure::new)
    }

    async fn with(&self, key: &KeyRef) -> Result<Arc<Clients>, Failure> {
        self.clients(key.account, &kms::region(key)).await
    }

    /// Asks where the session was used, and then where the calls to the global endpoint of STS are recorded.
    async fn session(&self, session: &SessionRef) -> Outcome {
        let here = self.clients(session.account, &session.region).await?;
        let global = Partition::of_region(&session.region).global_region();
        match cloudtrail::session(here.signer(), session).await? {
            None if here.region() != global => {
                cloudtrail::session(self.clients(session.account, global).await?.signer(), session).await
            }
            settled => Ok(settled),
        }
    }

    /// Asks where the question says that the bucket is. If S3 says that it is elsewhere, asks there, once.
    async fn at<A: Future<Output = Outcome>>(&self, bucket: &BucketRef, ask: impl Fn(Arc<Clients>) -> A) -> Outcome {
        let clients = self.clients(bucket.account, &bucket.region).await?;
        let outcome = ask(Arc::clone(&clients)).await;
        let elsewhere = match &outcome {
            Err(failure) => failure.bucket_region().filter(|region| *region != clients.region()),
            Ok(_) => None,
        };
        match elsewhere {
            None => outcome,
            Some(region) => ask(self.clients(bucket.account, region).await?).await,
        }
    }
}
