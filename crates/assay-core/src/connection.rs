//! `connections` of assay.yaml, as far as alerts need them: mail relays, and which addresses may be called.

use std::net::IpAddr;

use crate::secret::Secret;

/// An address and how many of its first bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// Any address of it.
    pub address: IpAddr,
    /// How many bits count.
    pub bits: u8,
}

/// Why a text is no network: one sentence, and advice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotANetwork {
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: String,
}

impl Network {
    /// Reads `10.0.0.0/8`, `::1` (a single address), `fd00::/8`.
    ///
    /// # Errors
    /// The text is none; what is wrong with it. The text is not in the message.
    pub fn parse(text: &str) -> Result<Network, NotANetwork> {
        let wrong = |message: &str, hint: String| Err(NotANetwork { message: message.into(), hint });
        let example = || "as in `10.0.0.0/8`, `192.168.1.5`, `::1` or `fd00::/8`".to_owned();
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return wrong("a network is an address, or an address and how many of its bits count", example());
        };
        if let IpAddr::V6(mapped) = address
            && let Some(inner) = mapped.to_ipv4_mapped()
        {
            return wrong(
                "an IPv4 address that is written as IPv6 is compared as IPv4",
                format!("write it as `{inner}`"),
            );
        }
        let most = if address.is_ipv4() { 32 } else { 128 };
        let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let bits = match bits {
            None => most,
            Some(bits) => match Some(bits).filter(is_number).and_then(|bits| bits.parse().ok()) {
                Some(bits) if bits <= most => bits,
                _ => return wrong(&format!("such an address has 0 to {most} bits"), example()),
            },
        };
        let first = first_of(address, bits);
        if first != address {
            return wrong(
                &format!("bits beyond the first {bits} are set"),
                format!("did you mean `{first}/{bits}`, or `{address}` alone?"),
            );
        }
        Ok(Network { address, bits })
    }

    /// Whether an address is of it. An IPv4 address that is written as IPv6 is taken as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && first_of(address, self.bits) == first_of(self.address, self.bits)
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// The address with all bits beyond the first ones unset.
fn first_of(address: IpAddr, bits: u8) -> IpAddr {
    // a shift by all bits is none for the machine
    let bits = u32::from(bits);
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0);
            IpAddr::V4((u32::from(address) & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0);
            IpAddr::V6((u128::from(address) & mask).into())
        }
    }
}

/// Whether and when a connection to a mail relay is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// It begins in clear and is encrypted before anything is said; a relay that cannot is refused.
    Starttls,
    /// From the beginning.
    Implicit,
    /// Never. Login is refused.
    None,
}

impl MailTls {
    /// The port where none is written.
    pub fn port(self) -> u16 {
        match self {
            MailTls::Starttls => 587,
            MailTls::Implicit => 465,
            MailTls::None => 25,
        }
    }
}

/// `smtp` of a connection: who takes mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relay {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether and when the connection is encrypted.
    pub tls: MailTls,
    /// Name and password.
    pub login: Option<(String, Secret)>,
    /// A file with certificates (PEM) that are trusted beside the system's.
    pub ca: Option<String>,
    /// Networks that may be called although they are private.
    pub allow_private: Vec<Network>,
}

/// A connection of assay.yaml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// A mail relay.
    Smtp {
        /// How it is reached.
        relay: Relay,
        /// Whom its mails come from.
        from: String,
    },
}

#[cfg(test)]
mod tests {
    use super::Network;

    fn network(text: &str) -> Network {
        Network::parse(text).unwrap_or_else(|why| panic!("{text}: {}", why.message))
    }

    #[test]
    fn networks_hold_the_addresses_whose_first_bits_are_theirs() {
        let cases = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("10.0.0.0/8", "a00::", false),
            ("192.168.1.5", "192.168.1.5", true),
            ("192.168.1.5", "192.168.1.4", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::1", "::1", true),
            ("::/0", "2001:db8::1", true),
            ("::/0", "10.0.0.1", false),
            ("fd00::/8", "fdff::1", true),
            ("fd00::/8", "fe80::1", false),
        ];
        for (text, address, expected) in cases {
            assert_eq!(network(text).contains(address.parse().expect(address)), expected, "{text}, {address}");
        }
        assert_eq!(network("::1").to_string(), "::1/128");
    }

    #[test]
    fn what_is_no_network_is_told_with_advice() {
        for text in ["", "localhost", "10.0.0/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/+8", "::/129", "010.0.0.1", "1"]
        {
            assert!(Network::parse(text).is_err(), "{text}");
        }
        let hint = |text: &str| Network::parse(text).expect_err(text).hint;
        assert_eq!(hint("10.0.0.1/8"), "did you mean `10.0.0.0/8`, or `10.0.0.1` alone?");
        assert_eq!(hint("::ffff:10.0.0.1"), "write it as `10.0.0.1`");
    }
}
