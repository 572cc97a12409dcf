//! The evaluator: which decisions are possible for a request, given what is known. Total and pure; it returns no
//! `Result`, and an unknown fact makes every decision possible that the fact could bring.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

mod behind;
mod condition;
mod decide;
mod decision;
mod glue;
mod layer;
mod origin;
mod principal;
mod requests;
mod service;
mod simulation;
mod statement;
mod viewer;
mod ways;
mod world;

pub use condition::holds;
pub use decide::{Blocker, BlockerKind, Evaluation, evaluate, possible};
pub use decision::Possible;
pub(crate) use glue::jobs as glue_jobs;
pub use layer::{Body, Gap, Input, Outcome, Source, StatementTrace};
pub use origin::{OriginWorld, is_from_cloudfront};
pub use principal::{Named, named};
pub use requests::{complete, raise_tags, requests};
pub use service::grants::granted;
pub use service::public::is_public;
pub use service::s3::{AclUse, BlockSetting, permission_of};
pub(crate) use simulation::{
    LAYERS as SIMULATED_LAYERS, is_unread as is_for_simulator, question as simulation_question,
};
pub(crate) use statement::entry_text;
pub use statement::{Actual, Element, Miss, Shape, actual_value};
pub use viewer::{Barrier, SignedFault, ViewerWorld};
pub use ways::ways_out;
pub use world::{World, is_beyond_rcps, needs_grant};
pub(crate) use world::{
    access_grants_question, access_point_ref, bucket_ref, endpoint_question, key_ref, object_owner, object_questions,
    object_ref, role_entity,
};
