//! A server on loopback, and a client that sends whatever bytes a test wants.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::http::{Options, Server, serve};
use crate::testing::Fixture;

/// A server, and the daemon behind it.
pub(super) struct Served {
    pub fixture: Fixture,
    pub address: SocketAddr,
    pub shutdown: CancellationToken,
    pub server: Option<Server>,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answered {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

pub(super) fn options() -> Options {
    Options::default()
}

impl Served {
    pub async fn new(fixture: Fixture) -> Self {
        Served::with(fixture, options()).await
    }

    pub async fn with(fixture: Fixture, options: Options) -> Self {
        let shutdown = CancellationToken::new();
        let server = serve(fixture.daemon.clone(), options, shutdown.clone()).await.unwrap();
        Served { address: server.address, fixture, shutdown, server: Some(server) }
    }

    pub async fn get(&self, path: &str, token: &str) -> Answered {
        self.send("GET", path, &[("Authorization", &format!("Bearer {token}"))], b"").await
    }

    pub async fn post(&self, path: &str, token: &str, json: &serde_json::Value) -> Answered {
        let token = format!("Bearer {token}");
        let headers = [("Authorization", token.as_str()), ("Content-Type", "application/json")];
        self.send("POST", path, &headers, json.to_string().as_bytes()).await
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answered {
        self.raw(&self.request(method, path, headers, body)).await
    }

    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "Host") {
            head.push_str(&format!("Host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if method != "GET" {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        [head.as_bytes(), b"\r\n", body].concat()
    }

    pub async fn raw(&self, bytes: &[u8]) -> Answered {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // a server that answers before it has read all may have closed by then
        let _ = stream.write_all(bytes).await;
        read(&mut stream).await.expect("an answer")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Reads one answer, to the end of the connection or of its declared length. `None`: the connection was closed.
pub(super) async fn read(stream: &mut TcpStream) -> Option<Answered> {
    let mut bytes = Vec::new();
    let mut part = [0; 16 << 10];
    loop {
        if let Some(answered) = Answered::parse(&bytes) {
            return Some(answered);
        }
        let n = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut part)).await.expect("the server hangs");
        match n {
            Ok(n) if n > 0 => bytes.extend_from_slice(&part[..n]),
            _ => return None,
        }
    }
}

impl Answered {
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let (first, rest) = head.split_once("\r\n").unwrap_or((&head, ""));
        let headers = rest.lines().filter_map(|line| line.split_once(": "));
        let headers: BTreeMap<_, _> = headers.map(|(name, value)| (name.to_lowercase(), value.to_string())).collect();
        let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let body = bytes[end + 4..].to_vec();
        let status = first.split(' ').nth(1).unwrap().parse().unwrap();
        (body.len() >= length).then_some(Answered { status, headers, body })
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The machine-readable code of a problem.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        self.json()["code"].as_str().unwrap().to_string()
    }
}
