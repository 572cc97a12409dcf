//! # The object is encrypted with an AWS managed key of another account
//!
//! **Means**: AWS manages the key (`aws/s3`): its policy lets only its own account in, and nobody can change it.
//!
//! **We know** by who manages the key, and the caller's account.
//!
//! **To do**: encrypt the bucket's objects with a key of your own, whose policy names the other account; objects that
//! are there have to be copied onto themselves with that key.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>

use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::key_ref;
use crate::evidence::Fact;
use crate::finding::{Cause, Confidence, Finding, Place};
use crate::request::Origin;

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    let of = |(index, assessed): (usize, &Assessed<'_>)| one(diagnosis, index, assessed);
    diagnosis.requests.iter().enumerate().filter_map(of).collect()
}

fn one(diagnosis: &Diagnosis<'_>, index: usize, assessed: &Assessed<'_>) -> Option<Finding> {
    let key = key_ref(&assessed.request, &diagnosis.denial.region)?;
    let by_name = key.key.ends_with(":alias/aws/s3");
    let account = key.account;
    let info = diagnosis.evidence.kms_key(&key);
    let (managed, name) = match info {
        Fact::Known(info) => (info.aws_managed, info.arn.to_string()),
        Fact::Absent | Fact::Unreadable(_) => (by_name, key.key),
    };
    let caller = assessed.request.principal.account.filter(|caller| managed && *caller != account)?;
    let assumed = assessed.request.origin == Origin::Encryption { assumed: true };
    let confidence = if assumed { Confidence::Possible } else { Confidence::Certain };
    let place = Place {
        policy: name.clone(),
        statement: String::new(),
        element: "KeyManager".to_owned(),
        wanted: format!("a caller of account {account}"),
        actual: format!("a caller of account {caller}"),
    };
    let cause = Cause::AwsManagedKeyShared { key: name };
    Some(Finding { cause, confidence, request: index, places: vec![place] })
}
