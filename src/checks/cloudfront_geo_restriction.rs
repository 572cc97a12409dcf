//! # The distribution does not serve the viewer's country
//!
//! **Means**: CloudFront's geographic restriction lets in viewers of some countries only, or keeps some out, and goes by
//! the viewer's address.
//!
//! **We know** by CloudFront's log, which says `ClientGeoBlocked`; the distribution, where it can be read, says which
//! countries.
//!
//! **To do**: if the country shall be served, change the distribution's restriction (Security, CloudFront geographic
//! restrictions). An address may be placed in the wrong country, or be that of a VPN or a proxy.
//!
//! <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/georestrictions.html>

use crate::diagnosis::Diagnosis;
use crate::evaluate::Barrier;
use crate::finding::{Finding, Place};

pub(super) fn check(diagnosis: &Diagnosis<'_>) -> Vec<Finding> {
    super::viewer::findings(
        diagnosis,
        |barrier| *barrier == Barrier::Geo,
        |viewer, _| {
            let geo = super::viewer::distribution(diagnosis).and_then(|info| info.geo.as_ref());
            let wanted = geo.map(|geo| {
                let countries = geo.countries.join(", ");
                if geo.only { countries } else { format!("not {countries}") }
            });
            let address = diagnosis.denial.source_ip.clone();
            vec![Place {
                policy: super::viewer::name(diagnosis, viewer),
                statement: String::new(),
                element: "GeoRestriction".to_owned(),
                wanted: wanted.unwrap_or_default(),
                actual: viewer.country.clone().or(address).unwrap_or_default(),
            }]
        },
    )
}
