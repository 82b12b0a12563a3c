//! Addresses that may not be called, in every spelling that somebody found to get past a filter.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use assay_core::engine::BoxFuture;
use tokio::net::TcpListener;
use url::Url;

use super::support::{Counting, answered, client, client_with, failed, loopback, network, request, say};
use crate::addresses::{Addresses, Names};

/// Spellings of this machine; `PORT` is where somebody listens.
const LOOPBACK: &[&str] = &[
    "http://127.0.0.1:PORT/",
    "http://127.0.0.2:PORT/",
    "http://127.1:PORT/",
    "http://127.0.1:PORT/",
    "http://127.000.000.001:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0177.0.1:PORT/",
    "http://0177.1:PORT/",
    "http://0000177.0.0.01:PORT/",
    "http://0x7f.0.0.1:PORT/",
    "http://0x7F.0x0.0x0.0x1:PORT/",
    "http://0x7f.1:PORT/",
    "http://0x7f000001:PORT/",
    "http://0x007f000001:PORT/",
    "http://2130706433:PORT/",
    "http://017700000001:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://127.1.:PORT/",
    "http://2130706433.:PORT/",
    "http://127%2e0%2e0%2e1:PORT/",
    "http://%31%32%37.0.0.1:PORT/",
    "http://%30x7f.1:PORT/",
    "http://１２７.０.０.１:PORT/",
    "http://127。0。0。1:PORT/",
    "http://127．0．0．1:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://𝟏𝟐𝟕.𝟎.𝟎.𝟏:PORT/",
    "http://[::1]:PORT/",
    "http://[0:0:0:0:0:0:0:1]:PORT/",
    "http://[0000:0000::0001]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::FFFF:7F00:0001]:PORT/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST:PORT/",
    "http://local%68ost:PORT/",
    "http://ｌｏｃａｌｈｏｓｔ:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://0x0:PORT/",
    "http://00000:PORT/",
    "http://user@127.0.0.1:PORT/",
    "http://8.8.8.8@127.0.0.1:PORT/",
    "http://8.8.8.8:80@127.0.0.1:PORT/",
    "http://hooks.example.com%2f@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\\@8.8.8.8/",
    "http://127.0.0.1:PORT#@8.8.8.8/",
    "http://127.0.0.1:PORT?@8.8.8.8/",
    "http:\\\\127.0.0.1:PORT\\",
    "http:///127.0.0.1:PORT/",
    "http:127.0.0.1:PORT/",
    "HTTP://127.0.0.1:PORT/",
    "http://127.0.0.1:0PORT/",
    "http://in-house.example:PORT/",
    "http://in-house-6.example:PORT/",
    "http://mapped.example:PORT/",
    "http://both.example:PORT/",
];

/// Spellings of what is not here: the URL, and a network that allows it.
const ELSEWHERE: &[(&str, &str)] = &[
    ("http://10.0.0.1/", "10.0.0.0/8"),
    ("http://012.0.0.1/", "10.0.0.0/8"),
    ("http://0xa.0.0.1/", "10.0.0.0/8"),
    ("http://167772161/", "10.0.0.0/8"),
    ("http://10.1/", "10.0.0.0/8"),
    ("http://172.16.0.1/", "172.16.0.0/12"),
    ("http://192.168.1/", "192.168.0.0/16"),
    ("http://169.254.169.254/latest/meta-data/", "169.254.169.254/32"),
    ("http://169.254.43518/", "169.254.0.0/16"),
    ("http://2852039166/", "169.254.0.0/16"),
    ("http://0xA9FEA9FE/", "169.254.0.0/16"),
    ("http://0251.0376.0251.0376/", "169.254.0.0/16"),
    ("http://[::ffff:169.254.169.254]/", "169.254.0.0/16"),
    ("http://[::ffff:a9fe:a9fe]/", "169.254.0.0/16"),
    ("http://[64:ff9b::169.254.169.254]/", "64:ff9b::/96"),
    ("http://[64:ff9b::7f00:1]/", "64:ff9b::/96"),
    ("http://[64:ff9b:1::a9fe:a9fe]/", "64:ff9b:1::/48"),
    ("http://[2002:7f00:1::]/", "2002::/16"),
    ("http://[2002:a9fe:a9fe::1]/", "2002::/16"),
    ("http://[2001:0:7f00:1::]/", "2001::/32"),
    ("http://[::127.0.0.1]/", "::/96"),
    ("http://[::ffff:0:127.0.0.1]/", "::ffff:0:0:0/96"),
    ("http://[fd00:ec2::254]/", "fd00:ec2::/32"),
    ("http://[fe80::1]/", "fe80::/10"),
    ("http://[fc00::1]/", "fc00::/7"),
    ("http://[::]/", "::/128"),
    ("http://[2a00:1450::5efe:10.0.0.1]/", "2a00:1450::/32"),
    ("http://100.64.0.1/", "100.64.0.0/10"),
    ("http://100.100.100.200/", "100.64.0.0/10"),
    ("http://168.63.129.16/", "168.63.129.16/32"),
    ("http://198.18.0.1/", "198.18.0.0/15"),
    ("http://192.0.2.1/", "192.0.2.0/24"),
    ("http://224.0.0.1/", "224.0.0.0/4"),
    ("http://255.255.255.255/", "255.255.255.255/32"),
    ("http://240.0.0.1/", "240.0.0.0/4"),
    ("http://metadata.google.internal/computeMetadata/v1/", "169.254.0.0/16"),
    ("http://metadata.google.internal./computeMetadata/v1/", "169.254.0.0/16"),
    ("http://router.example/", "192.168.0.0/16"),
];

/// Names of these tests; those that nobody knows are not asked of anybody else.
struct Book(BTreeMap<&'static str, Vec<&'static str>>);

impl Names for Book {
    fn look_up<'a>(&'a self, host: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = self.0.get(host.trim_end_matches('.')).ok_or(std::io::ErrorKind::NotFound)?;
            Ok(found.iter().map(|text| text.parse().unwrap()).collect())
        })
    }
}

fn book() -> Addresses {
    Addresses::new(Arc::new(Book(BTreeMap::from([
        ("localhost", vec!["127.0.0.1", "::1"]),
        ("in-house.example", vec!["127.0.0.1"]),
        ("in-house-6.example", vec!["::1"]),
        ("mapped.example", vec!["::ffff:127.0.0.1"]),
        ("both.example", vec!["10.0.0.1", "127.0.0.1"]),
        ("metadata.google.internal", vec!["169.254.169.254"]),
        ("router.example", vec!["192.168.0.1"]),
    ]))))
}

/// Servers at three addresses of this machine, with one port.
async fn listeners() -> Vec<Counting> {
    let serve = |stream| say(stream, b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    loop {
        let first = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = first.local_addr().unwrap().port();
        let second = TcpListener::bind(("127.0.0.2", port)).await;
        let third = TcpListener::bind(("::1", port)).await;
        // another program may have the port at one of them
        if let (Ok(second), Ok(third)) = (second, third) {
            return [first, second, third].into_iter().map(|listener| Counting::on(listener, serve)).collect();
        }
    }
}

fn total(listeners: &[Counting]) -> usize {
    listeners.iter().map(Counting::count).sum()
}

#[tokio::test]
async fn no_spelling_of_this_machine_is_connected_to_unless_allowed() {
    let listeners = listeners().await;
    let port = listeners[0].address.port().to_string();
    let client = client_with(book());
    for spelling in LOOPBACK {
        let error = failed(client.post(&request(&spelling.replace("PORT", &port)), &[]).await);
        assert!(error.contains(" may not be called: "), "{spelling}: {error}");
        assert!(error.contains("`allow_private`"), "{spelling}: {error}");
    }
    assert_eq!(total(&listeners), 0, "somebody was connected to");

    let allow = [loopback(), vec![network("0.0.0.0/8")]].concat();
    for (n, spelling) in LOOPBACK.iter().enumerate() {
        let answer = answered(client.post(&request(&spelling.replace("PORT", &port)), &allow).await);
        assert_eq!((answer.status, total(&listeners)), (200, n + 1), "{spelling}");
    }
}

#[tokio::test]
async fn no_spelling_of_other_special_addresses_is_connected_to_unless_allowed() {
    let addresses = book();
    let client = client_with(addresses.clone());
    for (spelling, allowing) in ELSEWHERE {
        let error = failed(client.post(&request(spelling), &loopback()).await);
        assert!(error.contains(" may not be called: "), "{spelling}: {error}");
        // they are nobody's here: that they pass is enough
        let url = Url::parse(spelling).unwrap();
        let allowed = addresses.resolve(url.host_str().unwrap(), 80, &[network(allowing)]).await;
        assert!(allowed.is_ok(), "{spelling} with {allowing}: {allowed:?}");
    }
}

#[tokio::test]
async fn what_is_no_url_at_all_is_not_connected_to_either() {
    let listeners = listeners().await;
    let port = listeners[0].address.port().to_string();
    let client = client();
    for spelling in [
        "http://127.0.0.1 :PORT/",
        "http://[::1%25lo]:PORT/",
        "http://[127.0.0.1]:PORT/",
        "http://8.8.8.8%40127.0.0.1:PORT/",
        "http://127.0.0.1%00.example.com:PORT/",
        "http://127.0.0.256:PORT/",
        "http://0x7f.0.0.0.1:PORT/",
        "//127.0.0.1:PORT/",
        "127.0.0.1:PORT",
        "file:///etc/passwd",
        "gopher://127.0.0.1:PORT/",
    ] {
        let carried = client.post(&request(&spelling.replace("PORT", &port)), &loopback()).await;
        assert!(!matches!(carried, assay_notify::receivers::Carried::Answered(_)), "{spelling}: {carried:?}");
    }
    assert_eq!(total(&listeners), 0, "somebody was connected to");
}

/// Stands for an allowed address first, and for another one ever after.
struct Rebinding(AtomicUsize);

impl Names for Rebinding {
    fn look_up<'a>(&'a self, _: &'a str) -> BoxFuture<'a, std::io::Result<Vec<IpAddr>>> {
        let first = self.0.fetch_add(1, Ordering::SeqCst) == 0;
        let address = if first { "127.0.0.2" } else { "127.0.0.1" };
        Box::pin(async move { Ok(vec![address.parse().unwrap()]) })
    }
}

#[tokio::test]
async fn a_name_that_stands_for_something_else_the_next_moment_gains_nothing() {
    let listeners = listeners().await;
    let url = format!("http://rebinding.example:{}/", listeners[0].address.port());
    let names = Arc::new(Rebinding(AtomicUsize::new(0)));
    let client = client_with(Addresses::new(names.clone()));
    let allow = [network("127.0.0.2/32")];
    assert_eq!(answered(client.post(&request(&url), &allow).await).status, 200);
    assert_eq!(names.0.load(Ordering::SeqCst), 1, "looked up once, and connected to what was found");
    let error = failed(client.post(&request(&url), &allow).await);
    assert!(error.contains("127.0.0.1 is a loopback address"), "{error}");
    assert_eq!((listeners[0].count(), listeners[1].count()), (0, 1));
}

#[tokio::test]
async fn a_redirect_to_a_private_address_leads_nowhere() {
    let private = Counting::new("127.0.0.1:0", |stream| say(stream, b"HTTP/1.1 200 OK\r\n\r\n")).await;
    for status in [301, 302, 303, 307, 308] {
        let answer = format!("HTTP/1.1 {status} Moved\r\nlocation: http://{}/\r\n\r\n", private.address);
        let answer: Arc<[u8]> = answer.into_bytes().into();
        let public = Counting::new("127.0.0.2:0", move |stream| {
            let answer = answer.clone();
            async move { say(stream, &answer).await }
        })
        .await;
        let url = format!("http://{}/", public.address);
        let answered = answered(client().post(&request(&url), &loopback()).await);
        assert_eq!((answered.status, public.count()), (status, 1));
    }
    assert_eq!(private.count(), 0, "a redirect was followed");
}
