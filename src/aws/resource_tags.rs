//! Tags of resources, by the one call that answers for most services.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::errors::{Failure, Outcome};
use super::signed::Signer;
use super::signed::calls::TAG_GET_RESOURCES;
use crate::arn::Arn;
use crate::evidence::Answer;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    resource_tag_mapping_list: Vec<Tagged>,
}

#[derive(Deserialize)]
struct Tagged {
    #[serde(rename = "ResourceARN")]
    arn: String,
    #[serde(rename = "Tags", default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

/// The tags of one resource: an answer for one is never on a second page. Resources that never had a tag are not
/// listed, nor are those that are not there.
///
/// <https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html>
pub(super) async fn ask(signer: &Signer, arn: &Arn) -> Outcome {
    let answer = signer.json(&TAG_GET_RESOURCES, &json!({ "ResourceARNList": [arn.as_str()] })).await?;
    let page: Page = serde_json::from_value(answer).map_err(|_| Failure::garbled())?;
    let found = page.resource_tag_mapping_list.into_iter().find(|resource| resource.arn == arn.as_str());
    Ok(found.map(|resource| {
        Answer::Tags(resource.tags.into_iter().map(|tag| (tag.key, tag.value)).collect::<BTreeMap<_, _>>())
    }))
}
