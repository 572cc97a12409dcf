//! `IpAddress` and `NotIpAddress`.

use std::net::IpAddr;

use ipnet::IpNet;

use super::any_fits;
use crate::policy::Written;
use crate::truth::Truth;

pub(super) fn matches(wanted: &[Written<IpNet>], value: &str) -> Truth {
    match value.parse::<IpAddr>() {
        Ok(address) => any_fits(wanted, |network| network.contains(&address)),
        Err(_) => Truth::Unknown,
    }
}
