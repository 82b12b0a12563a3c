//! Which addresses may be called. Whoever writes a URL into a rule must not reach what only this machine can reach: its
//! own services, the network it stands in, the metadata service of its cloud. Such addresses are refused unless
//! `allow_private` names a network that they are in.
//!
//! What counts is the address, not how it is spelled: names are looked up first, the answer is filtered, and what is left
//! is what is connected to. A name that stands for something else the next moment gains nothing by it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use assay_core::connection::Network;
use assay_core::engine::BoxFuture;

/// An address that may not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// It.
    pub address: IpAddr,
    /// What it is, such as `a loopback address`.
    pub is: &'static str,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}", self.address, self.is)
    }
}

/// Why there is nothing to connect to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The name has no address, or cannot be looked up.
    #[error("{host} cannot be resolved: {why}")]
    NotResolved {
        /// The name.
        host: String,
        /// What the system says.
        why: String,
    },
    /// No address of the host may be called.
    #[error("{host} may not be called: {refused}; `allow_private` can name its network")]
    NotAllowed {
        /// The name, or the address itself.
        host: String,
        /// The first of its addresses.
        refused: Refused,
    },
}

/// Looks names up.
pub trait Names: Send + Sync {
    /// The addresses of a name.
    fn look_up<'a>(&'a self, host: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>>;
}

/// The system's way: its files, its name servers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNames;

impl Names for SystemNames {
    fn look_up<'a>(&'a self, host: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|found| found.ip()).collect()) })
    }
}

/// Addresses of hosts, filtered.
#[derive(Clone)]
pub struct Addresses {
    names: Arc<dyn Names>,
}

impl Default for Addresses {
    fn default() -> Self {
        Addresses::new(Arc::new(SystemNames))
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Addresses").finish_non_exhaustive()
    }
}

impl Addresses {
    /// Addresses as somebody else looks them up.
    pub fn new(names: Arc<dyn Names>) -> Self {
        Addresses { names }
    }

    /// What may be connected to of a host: a name, or an address (of IPv6 in brackets or not). Never empty.
    ///
    /// # Errors
    /// It has no address, or none that may be called.
    pub async fn resolve(&self, host: &str, port: u16, allow: &[Network]) -> Result<Vec<SocketAddr>, AddressError> {
        let found = match literal(host) {
            Some(address) => vec![address],
            None => self.names.look_up(host).await.map_err(|error| not_resolved(host, &error.to_string()))?,
        };
        let mut refused = None;
        let mut allowed: Vec<SocketAddr> = Vec::new();
        for address in found {
            match permitted(address, allow) {
                Ok(()) => allowed.push(SocketAddr::new(address, port)),
                Err(why) => refused = refused.or(Some(why)),
            }
        }
        match refused {
            _ if !allowed.is_empty() => Ok(allowed),
            Some(refused) => Err(AddressError::NotAllowed { host: host.into(), refused }),
            None => Err(not_resolved(host, "it has no address")),
        }
    }
}

fn not_resolved(host: &str, why: &str) -> AddressError {
    AddressError::NotResolved { host: host.into(), why: why.into() }
}

/// The address that a host is written as.
fn literal(host: &str) -> Option<IpAddr> {
    let inside = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inside.unwrap_or(host).parse().ok()
}

/// Whether an address may be called: anybody may be reached at it, or a network of `allow` has it.
///
/// # Errors
/// It may not.
pub fn permitted(address: IpAddr, allow: &[Network]) -> Result<(), Refused> {
    let canonical = address.to_canonical();
    let is_named = || allow.iter().any(|network| network.contains(canonical));
    match special(canonical) {
        Some(is) if !is_named() => Err(Refused { address, is }),
        _ => Ok(()),
    }
}

fn is_in_4(address: Ipv4Addr, base: Ipv4Addr, bits: u8) -> bool {
    let differing = address.to_bits() ^ base.to_bits();
    differing.leading_zeros() >= u32::from(bits)
}

fn is_in_6(address: Ipv6Addr, base: Ipv6Addr, bits: u8) -> bool {
    let differing = address.to_bits() ^ base.to_bits();
    differing.leading_zeros() >= u32::from(bits)
}

/// Networks of IPv4 that not everybody can reach: IANA's register of special addresses, and what clouds made special.
/// Those told apart by a longer prefix come first.
const SPECIAL_4: &[([u8; 4], u8, &str)] = &[
    ([169, 254, 169, 254], 32, "a cloud's metadata service"),
    ([100, 100, 100, 200], 32, "a cloud's metadata service"),
    ([168, 63, 129, 16], 32, "a cloud's metadata service"),
    ([192, 0, 0, 192], 32, "a cloud's metadata service"),
    ([255, 255, 255, 255], 32, "the broadcast address"),
    ([0, 0, 0, 0], 8, "an address of this machine"),
    ([127, 0, 0, 0], 8, "a loopback address"),
    ([10, 0, 0, 0], 8, "a private address"),
    ([172, 16, 0, 0], 12, "a private address"),
    ([192, 168, 0, 0], 16, "a private address"),
    ([169, 254, 0, 0], 16, "a link-local address"),
    ([100, 64, 0, 0], 10, "an address shared behind a carrier's NAT"),
    ([192, 0, 0, 0], 24, "reserved for protocols"),
    ([192, 88, 99, 0], 24, "a 6to4 relay"),
    ([198, 18, 0, 0], 15, "reserved for benchmarks"),
    ([192, 0, 2, 0], 24, "reserved for documentation"),
    ([198, 51, 100, 0], 24, "reserved for documentation"),
    ([203, 0, 113, 0], 24, "reserved for documentation"),
    ([224, 0, 0, 0], 4, "a multicast address"),
    ([240, 0, 0, 0], 4, "reserved"),
];

/// Networks of IPv6, by their first four groups; all are at most 64 bits, but for those that [`special_6`] knows.
const SPECIAL_6: &[([u16; 4], u8, &str)] = &[
    ([0x64, 0xff9b, 1, 0], 48, "an address of IPv4 behind a local NAT64"),
    ([0x2001, 0, 0, 0], 32, "a Teredo address"),
    ([0x2001, 2, 0, 0], 48, "reserved for benchmarks"),
    ([0x2001, 0, 0, 0], 23, "reserved for protocols"),
    ([0x2001, 0xdb8, 0, 0], 32, "reserved for documentation"),
    ([0x3fff, 0, 0, 0], 20, "reserved for documentation"),
    ([0x2002, 0, 0, 0], 16, "a 6to4 address"),
    ([0xfd00, 0xec2, 0, 0], 32, "a cloud's metadata service"),
    ([0xfd20, 0xce, 0, 0], 32, "a cloud's metadata service"),
    ([0xfc00, 0, 0, 0], 7, "a private address"),
    ([0xfe80, 0, 0, 0], 10, "a link-local address"),
    ([0xfec0, 0, 0, 0], 10, "a private address"),
    ([0xff00, 0, 0, 0], 8, "a multicast address"),
];

fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_4(address),
        IpAddr::V6(address) => special_6(address),
    }
}

fn special_4(address: Ipv4Addr) -> Option<&'static str> {
    let found = SPECIAL_4.iter().find(|(base, bits, _)| is_in_4(address, Ipv4Addr::from(*base), *bits));
    found.map(|(_, _, is)| *is)
}

fn special_6(address: Ipv6Addr) -> Option<&'static str> {
    let groups = address.segments();
    match groups {
        [0, 0, 0, 0, 0, 0, 0, 0] => return Some("an address of this machine"),
        [0, 0, 0, 0, 0, 0, 0, 1] => return Some("a loopback address"),
        [0, 0, 0, 0, 0, 0, _, _] => return Some("an address of IPv4 in a form that is no longer used"),
        [0, 0, 0, 0, 0xffff, 0, _, _] => return Some("an address of IPv4 that is translated"),
        // networks without IPv4 reach all of it through these: what counts is who is behind
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => return special_4(embedded(groups)),
        _ => {}
    }
    let base = |first: &[u16; 4]| Ipv6Addr::new(first[0], first[1], first[2], first[3], 0, 0, 0, 0);
    if let Some((_, _, is)) = SPECIAL_6.iter().find(|(first, bits, _)| is_in_6(address, base(first), *bits)) {
        return Some(is);
    }
    // of all others only 2000::/3 is given to anybody
    if groups[0] & 0xe000 != 0x2000 {
        return Some("reserved");
    }
    // ISATAP: the router takes what is inside of the network, and sends it on over IPv4
    let is_isatap = groups[4] & !0x0200 == 0 && groups[5] == 0x5efe;
    if is_isatap { special_4(embedded(groups)) } else { None }
}

/// The address of IPv4 in the last 32 bits.
fn embedded(groups: [u16; 8]) -> Ipv4Addr {
    Ipv4Addr::from_bits(u32::from(groups[6]) << 16 | u32::from(groups[7]))
}

#[cfg(test)]
mod tests;
