//! `IpAddress` and `NotIpAddress`.

use std::net::IpAddr;

use ipnet::IpNet;

use super::any_fits;
use crate::truth::Truth;

pub(super) fn matches(wanted: &[Option<IpNet>], value: &str) -> Truth {
    match value.parse::<IpAddr>() {
        Ok(address) => any_fits(wanted, |network| network.contains(&address)),
        Err(_) => Truth::Unknown,
    }
}
