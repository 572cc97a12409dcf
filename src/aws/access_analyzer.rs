//! IAM Access Analyzer's opinion of a policy. It is told the policies and looks at nothing else, so any account can ask.

use serde_json::{Value, json};

use super::errors::Failure;
use super::signed::Signer;
use super::signed::calls::{
    ANALYZER_CHECK_NO_NEW_ACCESS, ANALYZER_CHECK_NO_PUBLIC_ACCESS, ANALYZER_VALIDATE_POLICY, Call, Rest,
};
use crate::evidence::Document;
use crate::remedy::{Inquiry, Opinion};

/// Pages of findings that are read: a policy has few.
const PAGES: usize = 10;

/// Asks all that there is to ask, at once.
pub(super) async fn ask(signer: &Signer, inquiry: &Inquiry) -> Opinion {
    let kind = if inquiry.of_resource { "RESOURCE_POLICY" } else { "IDENTITY_POLICY" };
    let after = text(&inquiry.after);
    let new_access = async {
        let existing = text(inquiry.before.as_ref()?);
        let input = json!({ "newPolicyDocument": after, "existingPolicyDocument": existing, "policyType": kind });
        Some(failed(signer, &ANALYZER_CHECK_NO_NEW_ACCESS, &input).await)
    };
    let public = async {
        let input = json!({ "policyDocument": after, "resourceType": inquiry.checked_as? });
        Some(failed(signer, &ANALYZER_CHECK_NO_PUBLIC_ACCESS, &input).await)
    };
    let mut input = json!({ "policyDocument": after, "policyType": kind });
    if let (Some(validated_as), Some(members)) = (inquiry.validated_as, input.as_object_mut()) {
        members.insert("validatePolicyResourceType".to_owned(), validated_as.into());
    }
    let (faults, new_access, public) = futures_util::join!(faults(signer, &input), new_access, public);
    Opinion { faults: faults.map_err(why), new_access: new_access.map(told), public: public.map(told) }
}

/// <https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html>
async fn faults(signer: &Signer, input: &Value) -> Result<Vec<String>, Failure> {
    let mut codes = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..PAGES {
        let parameters: Vec<_> = token.iter().map(|token| ("nextToken", token.as_str())).collect();
        let answer = signer.post_for(&ANALYZER_VALIDATE_POLICY, &parameters, input).await?;
        for finding in answer.get("findings").and_then(Value::as_array).ok_or_else(Failure::garbled)? {
            let member = |name: &str| finding.get(name).and_then(Value::as_str).ok_or_else(Failure::garbled);
            if member("findingType")? != "SUGGESTION" {
                codes.push(member("issueCode")?.to_owned());
            }
        }
        token = answer.get("nextToken").and_then(Value::as_str).map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    codes.dedup();
    Ok(codes)
}

/// Whether a check that there is no such access failed: there is.
async fn failed(signer: &Signer, call: &Call<Rest>, input: &Value) -> Result<bool, Failure> {
    let answer = signer.post_for(call, &[], input).await?;
    match answer.get("result").and_then(Value::as_str) {
        Some("PASS") => Ok(false),
        Some("FAIL") => Ok(true),
        Some(_) | None => Err(Failure::garbled()),
    }
}

fn told(answer: Result<bool, Failure>) -> Result<bool, String> {
    answer.map_err(why)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn why(failure: Failure) -> String {
    failure.in_words().into_owned()
}

fn text(document: &Document) -> String {
    document.value().map(ToString::to_string).unwrap_or_default()
}
