//! What may be called, address by address, and what is left of a name's addresses.

use std::net::IpAddr;
use std::sync::Arc;

use assay_core::connection::Network;
use assay_core::engine::BoxFuture;

use super::{AddressError, Addresses, Names, permitted};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap_or_else(|_| panic!("{text} is no address"))
}

fn network(text: &str) -> Network {
    Network::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

/// Addresses that are refused: the address, a word of the reason, a network that allows it.
const REFUSED: &[(&str, &str, &str)] = &[
    ("0.0.0.0", "this machine", "0.0.0.0/8"),
    ("0.255.255.255", "this machine", "0.0.0.0/8"),
    ("127.0.0.1", "loopback", "127.0.0.1/32"),
    ("127.255.255.254", "loopback", "127.0.0.0/8"),
    ("10.0.0.0", "private", "10.0.0.0/8"),
    ("10.255.255.255", "private", "10.255.0.0/16"),
    ("172.16.0.1", "private", "172.16.0.0/12"),
    ("172.31.255.255", "private", "172.16.0.0/12"),
    ("192.168.1.1", "private", "192.168.0.0/16"),
    ("169.254.1.1", "link-local", "169.254.0.0/16"),
    ("169.254.169.254", "metadata", "169.254.169.254/32"),
    ("100.100.100.200", "metadata", "100.64.0.0/10"),
    ("168.63.129.16", "metadata", "168.63.129.16/32"),
    ("192.0.0.192", "metadata", "192.0.0.0/24"),
    ("100.64.0.1", "carrier", "100.64.0.0/10"),
    ("100.127.255.255", "carrier", "100.64.0.0/10"),
    ("192.0.0.8", "protocols", "192.0.0.0/24"),
    ("192.0.2.1", "documentation", "192.0.2.0/24"),
    ("198.51.100.7", "documentation", "198.51.100.0/24"),
    ("203.0.113.9", "documentation", "203.0.113.0/24"),
    ("198.18.0.1", "benchmarks", "198.18.0.0/15"),
    ("198.19.255.255", "benchmarks", "198.18.0.0/15"),
    ("192.88.99.1", "6to4", "192.88.99.0/24"),
    ("224.0.0.1", "multicast", "224.0.0.0/4"),
    ("239.255.255.255", "multicast", "224.0.0.0/4"),
    ("240.0.0.1", "reserved", "240.0.0.0/4"),
    ("255.255.255.255", "broadcast", "255.255.255.255/32"),
    ("::", "this machine", "::/128"),
    ("::1", "loopback", "::1/128"),
    ("::ffff:127.0.0.1", "loopback", "127.0.0.0/8"),
    ("::ffff:10.1.2.3", "private", "10.0.0.0/8"),
    ("::ffff:169.254.169.254", "metadata", "169.254.0.0/16"),
    ("::ffff:0:127.0.0.1", "translated", "::ffff:0:0:0/96"),
    ("::127.0.0.1", "no longer used", "::/96"),
    ("::8.8.8.8", "no longer used", "::/96"),
    ("64:ff9b::127.0.0.1", "loopback", "64:ff9b::/96"),
    ("64:ff9b::10.0.0.1", "private", "64:ff9b::/96"),
    ("64:ff9b::169.254.169.254", "metadata", "64:ff9b::/96"),
    ("64:ff9b:1::8.8.8.8", "NAT64", "64:ff9b:1::/48"),
    ("64:ff9b:0:1::1", "reserved", "64:ff9b:0:1::/64"),
    ("100::1", "reserved", "100::/64"),
    ("2001::1", "Teredo", "2001::/32"),
    ("2001:0:53aa:64c:0:0:80ff:fffe", "Teredo", "2001::/32"),
    ("2001:2::1", "benchmarks", "2001:2::/48"),
    ("2001:20::1", "protocols", "2001:20::/28"),
    ("2001:db8::1", "documentation", "2001:db8::/32"),
    ("3fff::1", "documentation", "3fff::/20"),
    ("2002:7f00:1::", "6to4", "2002::/16"),
    ("2002:a00:1::1", "6to4", "2002::/16"),
    ("fc00::1", "private", "fc00::/7"),
    ("fd12:3456::1", "private", "fd12:3456::/32"),
    ("fd00:ec2::254", "metadata", "fd00:ec2::254/128"),
    ("fd20:ce::254", "metadata", "fd20:ce::254/128"),
    ("fe80::1", "link-local", "fe80::/10"),
    ("febf::1", "link-local", "fe80::/10"),
    ("fec0::1", "private", "fec0::/10"),
    ("ff02::1", "multicast", "ff00::/8"),
    ("2a00:1450::5efe:10.0.0.1", "private", "2a00:1450::/32"),
    ("2a00:1450::200:5efe:127.0.0.1", "loopback", "2a00:1450::/32"),
    ("5f00::1", "reserved", "5f00::/16"),
    ("4000::1", "reserved", "4000::/3"),
];

#[test]
fn special_addresses_are_refused_unless_a_network_names_them() {
    for (text, word, allowing) in REFUSED {
        let refused = permitted(address(text), &[]).expect_err(text);
        assert!(refused.to_string().contains(word), "{refused}, not {word}");
        assert_eq!(permitted(address(text), &[network(allowing)]), Ok(()), "{text} with {allowing}");
        let elsewhere = [network("10.99.0.0/16"), network("fd99::/16"), network("8.8.8.8/32")];
        assert!(permitted(address(text), &elsewhere).is_err(), "{text}");
    }
}

#[test]
fn addresses_of_everybody_may_be_called() {
    let open = [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2001:4860:4860::8888",
        "2606:4700:4700::1111",
        "2a00:1450::5efe:8.8.8.8",
    ];
    for text in open {
        assert_eq!(permitted(address(text), &[]), Ok(()), "{text}");
    }
}

#[test]
fn a_network_of_one_family_allows_nothing_of_the_other() {
    assert!(permitted(address("::1"), &[network("0.0.0.0/0")]).is_err());
    assert!(permitted(address("127.0.0.1"), &[network("::/0")]).is_err());
    assert!(permitted(address("64:ff9b::10.0.0.1"), &[network("10.0.0.0/8")]).is_err());
    assert_eq!(permitted(address("127.0.0.1"), &[network("0.0.0.0/0")]), Ok(()));
    assert_eq!(permitted(address("fd00::1"), &[network("::/0")]), Ok(()));
}

/// Every name stands for these.
struct Fixed(Vec<&'static str>);

impl Names for Fixed {
    fn look_up<'a>(&'a self, host: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
        assert!(host.parse::<IpAddr>().is_err(), "{host} is an address and looked up");
        Box::pin(async { Ok(self.0.iter().map(|text| address(text)).collect()) })
    }
}

async fn check(host: &str, found: &[&'static str], allow: &[&str]) -> Result<Vec<String>, AddressError> {
    let allow: Vec<Network> = allow.iter().map(|text| network(text)).collect();
    let addresses = Addresses::new(Arc::new(Fixed(found.to_vec())));
    let sockets = addresses.resolve(host, 25, &allow).await?;
    Ok(sockets.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn what_may_not_be_called_is_left_out_of_a_names_addresses() {
    let mixed = check("relay.example", &["10.0.0.1", "8.8.8.8", "::1", "2606:4700::1"], &[]).await;
    assert_eq!(mixed.unwrap(), ["8.8.8.8:25", "[2606:4700::1]:25"]);
    let allowed = check("relay.example", &["10.0.0.1", "192.168.0.1"], &["10.0.0.0/8"]).await;
    assert_eq!(allowed.unwrap(), ["10.0.0.1:25"]);
    let refused = check("relay.example", &["10.0.0.1", "::1"], &[]).await.unwrap_err();
    let said = "relay.example may not be called: 10.0.0.1 is a private address; `allow_private` can name its network";
    assert_eq!(refused.to_string(), said);
    let nothing = check("relay.example", &[], &[]).await.unwrap_err();
    assert_eq!(nothing.to_string(), "relay.example cannot be resolved: it has no address");
}

#[tokio::test]
async fn addresses_are_not_looked_up() {
    assert_eq!(check("8.8.8.8", &[], &[]).await.unwrap(), ["8.8.8.8:25"]);
    assert_eq!(check("[2606:4700::1]", &[], &[]).await.unwrap(), ["[2606:4700::1]:25"]);
    assert!(matches!(check("[::1]", &[], &[]).await, Err(AddressError::NotAllowed { .. })));
    assert!(matches!(check("::ffff:127.0.0.1", &[], &[]).await, Err(AddressError::NotAllowed { .. })));
}

#[tokio::test]
async fn the_systems_own_spellings_are_filtered_as_well() {
    for host in ["localhost", "0x7f.1", "2130706433", "017700000001", "127.1"] {
        let found = Addresses::default().resolve(host, 25, &[]).await;
        assert!(found.is_err(), "{host}: {found:?}");
    }
    let allow = [network("127.0.0.0/8"), network("::1/128")];
    assert!(Addresses::default().resolve("localhost", 25, &allow).await.is_ok());
}
