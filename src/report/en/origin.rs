//! Words about CloudFront in front of a bucket.

use super::allowing::near_lines;
use super::code;
use crate::diagnosis::{Assessed, Diagnosis};
use crate::evaluate::OriginWorld;
use crate::evidence::{DistributionInfo, Fact, Origin};
use crate::finding::{ComesAs, NearMiss};
use crate::request::Origin as Because;

/// What a bucket's policy lacks for CloudFront.
pub(super) fn origin_lines(
    bucket: &str,
    comes_as: ComesAs,
    near: Option<&NearMiss>,
    assessed: &Assessed<'_>,
    diagnosis: &Diagnosis<'_>,
    lines: &mut Vec<String>,
) {
    let arn = assessed.request.resource.arn.as_ref();
    let partition = arn.map_or("aws", |arn| arn.partition());
    let (action, objects) = (code(assessed.request.action.name()), code(&format!("arn:{partition}:s3:::{bucket}/*")));
    lines.push(match comes_as {
        ComesAs::Identity => format!("CloudFront came with an origin access identity; which, the record does not say. The policy of bucket {} has to let it in.", code(bucket)),
        ComesAs::Service => format!("CloudFront came with origin access control; for which distribution, the record does not say. The policy of bucket {} has to let the service in.", code(bucket)),
        ComesAs::Anybody => format!("By its user agent, CloudFront came, and without a signature: to bucket {} it is anybody.", code(bucket)),
    });
    let distributions =
        diagnosis.origin.as_ref().and_then(|world| Some((world, world.distributions.known().copied()?)));
    if let Some((world, list)) = distributions {
        in_front(world, list, lines);
    }
    if let Some(near) = near.filter(|_| comes_as != ComesAs::Anybody) {
        near_lines(near, "bucket policy", lines);
    }
    let under_key = |row: &Assessed<'_>| matches!(row.request.origin, Because::Encryption { .. });
    if comes_as == ComesAs::Identity && diagnosis.requests.iter().any(under_key) {
        lines.push(
            "The bucket encrypts with a KMS key, and what is under one cannot be served to an identity at all."
                .to_owned(),
        );
    }
    let only = distributions.and_then(|(_, list)| if let [only] = list.as_slice() { Some(only) } else { None });
    let distribution = only
        .map_or_else(|| format!("arn:{partition}:cloudfront::ACCOUNT:distribution/ID"), |info| info.arn.to_string());
    let policy = format!(
        "in the bucket policy, allow {action} on {objects} to `{{\"Service\": \"cloudfront.amazonaws.com\"}}` under the condition `StringEquals` `AWS:SourceArn` {}",
        code(&distribution)
    );
    lines.push(match comes_as {
        ComesAs::Identity => format!("To fix: in the bucket policy, allow {action} on {objects} to `arn:{partition}:iam::cloudfront:user/CloudFront Origin Access Identity ID`, with the identity's id; or better go over to origin access control."),
        ComesAs::Service => format!("To fix: {policy}. CloudFront keeps an error for ten seconds."),
        ComesAs::Anybody => format!("To fix: give the distribution's origin an origin access control that signs (`always`), on the bucket's own endpoint and not on that of its website; and {policy}. Do not open the bucket to everybody."),
    });
}

/// What is known of the distributions in front of the bucket.
fn in_front(world: &OriginWorld<'_>, list: &[DistributionInfo], lines: &mut Vec<String>) {
    const SHOWN: usize = 4;
    if list.is_empty() {
        lines.push("The bucket's account has no distribution with this bucket as an origin: it is another account's, or was changed since.".to_owned());
        return;
    }
    for info in list.iter().take(SHOWN) {
        let name = info.aliases.first().unwrap_or(&info.domain);
        let how = info.origins_of(&world.bucket).map(|origin| comes(world, origin)).collect::<Vec<_>>().join("; and ");
        lines.push(format!("Distribution {} ({}) has the bucket as an origin, {how}.", code(info.id()), code(name)));
    }
    if list.len() > SHOWN {
        lines.push(format!("So have {} more.", list.len() - SHOWN));
    }
}

/// How a distribution comes to an origin.
fn comes(world: &OriginWorld<'_>, origin: &Origin) -> String {
    if origin.is_website() {
        return format!("by its website endpoint {}, which takes no signature", code(&origin.domain));
    }
    match (&origin.access_control, &origin.access_identity) {
        (Some(id), _) => match world.controls.iter().find(|row| row.0 == *id).map(|row| &row.1) {
            Some(Fact::Known(info)) if info.origin_type != "s3" => {
                format!(
                    "with origin access control {}, which is for origins of type {}",
                    code(&info.name),
                    code(&info.origin_type)
                )
            }
            Some(Fact::Known(info)) => {
                let signs = match info.signing.as_str() {
                    "never" => "never signs",
                    "no-override" => "signs only what viewers have not signed themselves",
                    _ => "signs",
                };
                format!("with origin access control {}, which {signs} ({})", code(&info.name), code(&info.signing))
            }
            Some(Fact::Absent) => format!("with origin access control {}, which is not there", code(id)),
            Some(Fact::Unreadable(_)) | None => format!("with origin access control {}", code(id)),
        },
        (None, Some(id)) => format!("with origin access identity {}", code(id)),
        (None, None) => "without an origin access control or identity, so that it comes as anybody".to_owned(),
    }
}
